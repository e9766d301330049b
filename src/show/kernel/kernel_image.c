/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Looking into the image that kernel.c became, and the addresses of callers.
 */
#include <string.h>

#include "show/caller_sums.h"
#include "show/elf_width.h"
#include "show/kernel/kernel_image.h"
#include "show/show.h"

bool show_vmlinux_exists(const struct machine *m)
{
	return kernel_image_of(m)->size;
}

const char *kernel_image_version(void)
{
	if (!kernel_image_64bit.size)
		return "types for debuggers: none, no compiler for x86-64 was there";
	return kernel_image_32bit.size
		       ? "types for debuggers: proc/vmlinux, for x86-64 and x86-pae"
		       : "types for debuggers: proc/vmlinux, for x86-64; for x86-pae none, "
			 "because the compiler has no -m32";
}

Elf64_Ehdr kernel_header(const struct kernel_image *k)
{
	return elf_get_ehdr(k->is_32bit, k->elf);
}

Elf64_Shdr kernel_section(const struct kernel_image *k, unsigned i)
{
	return elf_get_shdr(k->is_32bit,
			    k->elf + kernel_header(k).e_shoff + i * elf_shdr_size(k->is_32bit));
}

unsigned kernel_section_of(const struct kernel_image *k, uint32_t type)
{
	unsigned i = 0;

	while (kernel_section(k, i).sh_type != type)
		i++;
	return i;
}

Elf64_Phdr kernel_segment(const struct kernel_image *k)
{
	return elf_get_phdr(k->is_32bit, k->elf + kernel_header(k).e_phoff);
}

vaddr_t kernel_symbol(const struct kernel_image *k, const char *name)
{
	const Elf64_Shdr table = kernel_section(k, kernel_section_of(k, SHT_SYMTAB));
	const unsigned char *strings = k->elf + kernel_section(k, table.sh_link).sh_offset;
	const size_t size = elf_sym_size(k->is_32bit);

	for (size_t at = 0; at < table.sh_size; at += size) {
		Elf64_Sym symbol = elf_get_sym(k->is_32bit, k->elf + table.sh_offset + at);

		if (!strcmp((const char *)strings + symbol.st_name, name))
			return symbol.st_value;
	}
	return 0;
}

const unsigned char *kernel_build_id_note(const struct kernel_image *k, gsize *size)
{
	const Elf64_Shdr section = kernel_section(k, kernel_section_of(k, SHT_NOTE));

	*size = section.sh_size;
	return k->elf + section.sh_offset;
}

char *kernel_build_id(const struct kernel_image *k)
{
	gsize size;
	const Elf64_Nhdr *note = (const void *)kernel_build_id_note(k, &size);
	const unsigned char *id = (const unsigned char *)(note + 1) + (note->n_namesz + 3u) / 4 * 4;
	GString *ret = g_string_new(NULL);

	for (uint32_t i = 0; i < note->n_descsz; i++)
		g_string_append_printf(ret, "%02x", id[i]);
	return g_string_free(ret, FALSE);
}

void callers_init(struct kernel_callers *c, const struct kernel_image *k)
{
	c->image = k;
	c->by_name = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	c->names = g_ptr_array_new();
}

void callers_deinit(struct kernel_callers *c)
{
	g_hash_table_unref(c->by_name);
	g_ptr_array_unref(c->names);
}

vaddr_t callers_address(struct kernel_callers *c, const struct snapshot *s,
			const struct area_record *a)
{
	const guint most = (guint)((c->image->end - c->image->callers) / KERNEL_CALLER_SIZE);
	gpointer number;
	char *name;

	if (a->name == NO_NAME)
		return 0;
	name = caller_of_name(s->names->str + a->name, a->name_len, a->symbol);
	number = g_hash_table_lookup(c->by_name, name);
	if (!number && c->names->len < most) {
		g_ptr_array_add(c->names, name);
		number = GUINT_TO_POINTER(c->names->len);
		g_hash_table_insert(c->by_name, name, number);
	} else {
		g_free(name);
	}
	return number ? c->image->callers +
				(GPOINTER_TO_UINT(number) - 1) * (vaddr_t)KERNEL_CALLER_SIZE
		      : 0;
}
