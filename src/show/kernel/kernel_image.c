/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Looking into the image that kernel.c became, and the addresses of callers.
 */
#include <string.h>

#include "show/caller_sums.h"
#include "show/kernel/kernel_image.h"
#include "show/show.h"

bool kernel_image_exists(void)
{
	return kernel_elf_size;
}

bool show_vmlinux_exists(const struct machine *m)
{
	return kernel_image_exists() && !machine_is_32bit(m);
}

const char *kernel_image_version(void)
{
	return kernel_image_exists()
		       ? "types for debuggers: proc/vmlinux, for x86-64"
		       : "types for debuggers: none, no compiler for x86-64 was there";
}

const Elf64_Shdr *kernel_section(unsigned i)
{
	return (const Elf64_Shdr *)(const void *)(kernel_elf + kernel_header()->e_shoff) + i;
}

const Elf64_Shdr *kernel_section_of(uint32_t type)
{
	const Elf64_Shdr *section = kernel_section(0);

	while (section->sh_type != type)
		section++;
	return section;
}

vaddr_t kernel_symbol(const char *name)
{
	const Elf64_Shdr *table = kernel_section_of(SHT_SYMTAB);
	const Elf64_Sym *symbols = (const void *)(kernel_elf + table->sh_offset);
	const unsigned char *strings = kernel_elf + kernel_section(table->sh_link)->sh_offset;

	for (size_t i = 0; i < table->sh_size / sizeof(*symbols); i++)
		if (!strcmp((const char *)strings + symbols[i].st_name, name))
			return symbols[i].st_value;
	return 0;
}

char *kernel_build_id(void)
{
	const Elf64_Shdr *section = kernel_section_of(SHT_NOTE);
	const Elf64_Nhdr *note = (const void *)(kernel_elf + section->sh_offset);
	const unsigned char *id = (const unsigned char *)(note + 1) + (note->n_namesz + 3u) / 4 * 4;
	GString *ret = g_string_new(NULL);

	for (uint32_t i = 0; i < note->n_descsz; i++)
		g_string_append_printf(ret, "%02x", id[i]);
	return g_string_free(ret, FALSE);
}

void callers_init(struct kernel_callers *c)
{
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
	const guint most = (KERNEL_IMAGE_END - KERNEL_CALLERS_START) / KERNEL_CALLER_SIZE;
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
	return number ? KERNEL_CALLERS_START +
				(GPOINTER_TO_UINT(number) - 1) * (vaddr_t)KERNEL_CALLER_SIZE
		      : 0;
}
