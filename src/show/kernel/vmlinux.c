/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * proc/vmlinux: the kernel's image for debuggers, with a symbol for each area.
 *
 *	+------------------------+
 *	| kernel.c as linked     |  its types, variables and debug information
 *	+------------------------+
 *	| .symtab                |  its symbols, then ours
 *	| .strtab, .shstrtab     |  their names
 *	| .debug_gdb_scripts     |  where the commands for gdb are installed
 *	+------------------------+
 *	| section headers        |  its own, of which three point to the tables above,
 *	+------------------------+  and ours
 *
 * A symbol needs a section for a debugger to say "b + 16" of an address in it, so the
 * vmalloc window is one, without bytes, and the callers are another.
 */
#include <string.h>

#include "show/elf_width.h"
#include "show/kernel/kernel_image.h"
#include "show/show.h"
#include <vmallocfs/vmalloc.h>

/* Where the commands for gdb are; the first byte says that it is a Python file. */
static const char gdb_scripts[] = "\001" GDB_SCRIPT;

/* Sections of our own, after those of the image. */
enum { VMALLOC_SECTION, CALLERS_SECTION, SCRIPTS_SECTION, NR_OWN_SECTIONS };

struct vmlinux {
	struct machine *m;
	const struct kernel_image *image;
	struct snapshot s;
	struct kernel_callers callers;
	GByteArray *symbols;
	GString *strings;
};

static void add_symbol(struct vmlinux *v, const char *name, vaddr_t addr, uint64_t size,
		       unsigned type, unsigned section)
{
	const Elf64_Sym symbol = {
		.st_name = (Elf64_Word)v->strings->len,
		.st_info = ELF64_ST_INFO(STB_GLOBAL, type),
		.st_shndx = (Elf64_Section)section,
		.st_value = addr,
		.st_size = size,
	};

	g_string_append_len(v->strings, name, (gssize)strlen(name) + 1);
	elf_put_sym(v->symbols, v->image->is_32bit, &symbol);
}

static unsigned own_section(const struct vmlinux *v, unsigned which)
{
	return kernel_header(v->image).e_shnum + which;
}

/*
 * An identifier that a debugger can read, for g_free: "vmap/b.2" becomes vmap_b_2, of
 * "load_module+0x0/0x0" the function's name stays, and "b_pages" is the page array of b.
 */
static char *area_symbol(const struct snapshot *s, const struct area_record *a)
{
	const char *name = a->name == NO_NAME ? "area" : s->names->str + a->name;
	size_t len = a->name == NO_NAME ? strlen(name) : a->name_len;
	GString *ret = g_string_sized_new(len + 16);

	if (a->symbol && memchr(name, '+', len))
		len = (size_t)((const char *)memchr(name, '+', len) - name);
	if (g_ascii_isdigit(*name))
		g_string_append_c(ret, '_');
	for (size_t i = 0; i < len; i++)
		g_string_append_c(ret, g_ascii_isalnum(name[i]) ? name[i] : '_');
	for (unsigned i = 0; i < a->depth; i++)
		g_string_append(ret, "_pages");
	return g_string_free(ret, FALSE);
}

static bool starts_in_window(const struct machine *m, vaddr_t addr)
{
	return addr >= m->vmalloc_start && addr <= m->vmalloc_end;
}

static void add_symbols(struct vmlinux *v)
{
	for (guint i = 0; i < v->s.areas->len; i++) {
		const struct area_record *a = snapshot_area(&v->s, i);
		g_autofree char *name = area_symbol(&v->s, a);

		add_symbol(v, name, a->addr, a->size - record_guard(a), STT_OBJECT,
			   starts_in_window(v->m, a->addr) ? own_section(v, VMALLOC_SECTION)
							   : SHN_ABS);
		callers_address(&v->callers, &v->s, a);
	}
	for (guint i = 0; i < v->callers.names->len; i++)
		add_symbol(v, g_ptr_array_index(v->callers.names, i),
			   v->image->callers + i * (vaddr_t)KERNEL_CALLER_SIZE, KERNEL_CALLER_SIZE,
			   STT_FUNC, own_section(v, CALLERS_SECTION));
}

/* Appends zeros up to an offset that suits any table. */
static void put_alignment(GByteArray *out)
{
	static const guint8 zeros[8];

	g_byte_array_append(out, zeros, -out->len % sizeof(zeros));
}

/* Appends the bytes, and says in the header where they stand. */
static void put_section(GByteArray *out, Elf64_Shdr *header, const void *bytes, size_t size)
{
	put_alignment(out);
	header->sh_offset = out->len;
	header->sh_size = size;
	g_byte_array_append(out, bytes, (guint)size);
}

/* Adds the name of a section to those of the image: where it stands. */
static Elf64_Word section_name(GString *names, const char *name)
{
	Elf64_Word at = (Elf64_Word)names->len;

	g_string_append_len(names, name, (gssize)strlen(name) + 1);
	return at;
}

static void name_own_sections(const struct vmlinux *v, Elf64_Shdr *own, GString *names)
{
	own[VMALLOC_SECTION] = (Elf64_Shdr){
		.sh_name = section_name(names, ".vmalloc"),
		.sh_type = SHT_NOBITS,
		.sh_flags = SHF_ALLOC | SHF_WRITE,
		.sh_addr = v->m->vmalloc_start,
		.sh_size = vmalloc_window_size(v->m),
		.sh_addralign = PAGE_SIZE,
	};
	own[CALLERS_SECTION] = (Elf64_Shdr){
		.sh_name = section_name(names, ".callers"),
		.sh_type = SHT_NOBITS,
		.sh_flags = SHF_ALLOC | SHF_EXECINSTR,
		.sh_addr = v->image->callers,
		.sh_size = v->image->end - v->image->callers,
		.sh_addralign = KERNEL_CALLER_SIZE,
	};
	own[SCRIPTS_SECTION] = (Elf64_Shdr){
		.sh_name = section_name(names, ".debug_gdb_scripts"),
		.sh_type = SHT_PROGBITS,
		.sh_flags = SHF_MERGE | SHF_STRINGS,
		.sh_addralign = 1,
		.sh_entsize = 1,
	};
}

/* What is made up belongs to the image: drgn looks for symbols nowhere else. */
static void widen_segment(const struct kernel_image *k, GByteArray *out)
{
	g_autoptr(GByteArray) bytes = g_byte_array_new();
	Elf64_Phdr segment = kernel_segment(k);

	segment.p_memsz = k->end - k->start;
	elf_put_phdr(bytes, k->is_32bit, &segment);
	memcpy(out->data + kernel_header(k).e_phoff, bytes->data, bytes->len);
}

static void put_section_headers(const struct kernel_image *k, GByteArray *out,
				const Elf64_Shdr *headers, unsigned n)
{
	g_autoptr(GByteArray) bytes = g_byte_array_new();
	Elf64_Ehdr ehdr = kernel_header(k);

	put_alignment(out);
	ehdr.e_shoff = out->len;
	ehdr.e_shnum = (Elf64_Half)n;
	elf_put_ehdr(bytes, k->is_32bit, &ehdr);
	memcpy(out->data, bytes->data, bytes->len);
	for (unsigned i = 0; i < n; i++)
		elf_put_shdr(out, k->is_32bit, &headers[i]);
}

/* The file: the image, the tables, and the headers that lead to them. */
static GByteArray *put_file(struct vmlinux *v)
{
	const struct kernel_image *k = v->image;
	const unsigned n = kernel_header(k).e_shnum;
	const unsigned symtab = kernel_section_of(k, SHT_SYMTAB);
	const unsigned image_names = kernel_header(k).e_shstrndx;
	GByteArray *out = g_byte_array_sized_new((guint)k->size + v->symbols->len);
	g_autofree Elf64_Shdr *headers = g_new0(Elf64_Shdr, n + NR_OWN_SECTIONS);
	g_autoptr(GString) names = g_string_new(NULL);

	g_byte_array_append(out, k->elf, (guint)k->size);
	for (unsigned i = 0; i < n; i++)
		headers[i] = kernel_section(k, i);
	g_string_append_len(names, (const char *)k->elf + headers[image_names].sh_offset,
			    (gssize)headers[image_names].sh_size);
	name_own_sections(v, headers + n, names);
	put_section(out, &headers[symtab], v->symbols->data, v->symbols->len);
	put_section(out, &headers[headers[symtab].sh_link], v->strings->str, v->strings->len);
	put_section(out, &headers[image_names], names->str, names->len);
	put_section(out, &headers[n + SCRIPTS_SECTION], gdb_scripts, sizeof(gdb_scripts));
	widen_segment(k, out);
	put_section_headers(k, out, headers, n + NR_OWN_SECTIONS);
	return out;
}

/* The tables of symbols, twice while they grow, and the file. */
static bool has_memory(const struct kernel_image *k, const struct snapshot *s)
{
	uint64_t symbol = sizeof(Elf64_Sym) + 32; /* with what is put around a name */

	return !s->failed && host_has(k->size + 3 * (s->areas->len * symbol + s->names->len));
}

GBytes *show_vmlinux(struct machine *m)
{
	const struct kernel_image *k = kernel_image_of(m);
	struct vmlinux v = {
		.m = m,
		.image = k,
		.symbols = g_byte_array_new(),
		.strings = g_string_new(NULL),
	};
	const Elf64_Shdr symtab = kernel_section(k, kernel_section_of(k, SHT_SYMTAB));
	const Elf64_Shdr strtab = kernel_section(k, symtab.sh_link);
	GByteArray *out;
	GBytes *ret;
	bool ok;

	g_byte_array_append(v.symbols, k->elf + symtab.sh_offset, (guint)symtab.sh_size);
	g_string_append_len(v.strings, (const char *)k->elf + strtab.sh_offset,
			    (gssize)strtab.sh_size);
	snapshot_init(&v.s, m);
	callers_init(&v.callers, k);
	ok = has_memory(k, &v.s);
	if (ok)
		add_symbols(&v);
	out = put_file(&v);
	callers_deinit(&v.callers);
	snapshot_deinit(&v.s);
	g_byte_array_unref(v.symbols);
	g_string_free(v.strings, TRUE);
	ret = g_byte_array_free_to_bytes(out);
	if (!ok)
		g_clear_pointer(&ret, g_bytes_unref);
	return ret;
}
