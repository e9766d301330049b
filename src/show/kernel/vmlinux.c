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

#include "show/kernel/kernel_image.h"
#include "show/show.h"
#include <vmallocfs/vmalloc.h>

/* Where the commands for gdb are; the first byte says that it is a Python file. */
static const char gdb_scripts[] = "\001" GDB_SCRIPT;

/* Sections of our own, after those of the image. */
enum { VMALLOC_SECTION, CALLERS_SECTION, SCRIPTS_SECTION, NR_OWN_SECTIONS };

struct vmlinux {
	struct machine *m;
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
	g_byte_array_append(v->symbols, (const guint8 *)&symbol, sizeof(symbol));
}

static unsigned own_section(unsigned which)
{
	return kernel_header()->e_shnum + which;
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
			   starts_in_window(v->m, a->addr) ? own_section(VMALLOC_SECTION)
							   : SHN_ABS);
		callers_address(&v->callers, &v->s, a);
	}
	for (guint i = 0; i < v->callers.names->len; i++)
		add_symbol(v, g_ptr_array_index(v->callers.names, i),
			   KERNEL_CALLERS_START + i * (vaddr_t)KERNEL_CALLER_SIZE,
			   KERNEL_CALLER_SIZE, STT_FUNC, own_section(CALLERS_SECTION));
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
		.sh_addr = KERNEL_CALLERS_START,
		.sh_size = KERNEL_IMAGE_END - KERNEL_CALLERS_START,
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

/* The file: the image, the tables, and the headers that lead to them. */
static GByteArray *put_file(struct vmlinux *v)
{
	const unsigned n = kernel_header()->e_shnum;
	const Elf64_Shdr *image_names = kernel_section(kernel_header()->e_shstrndx);
	const Elf64_Shdr *symtab = kernel_section_of(SHT_SYMTAB);
	GByteArray *out = g_byte_array_sized_new((guint)kernel_elf_size + v->symbols->len);
	g_autofree Elf64_Shdr *headers = g_new0(Elf64_Shdr, n + NR_OWN_SECTIONS);
	g_autoptr(GString) names = g_string_new_len(
		(const char *)kernel_elf + image_names->sh_offset, (gssize)image_names->sh_size);
	Elf64_Ehdr *ehdr;

	g_byte_array_append(out, kernel_elf, (guint)kernel_elf_size);
	memcpy(headers, kernel_section(0), n * sizeof(*headers));
	name_own_sections(v, headers + n, names);
	put_section(out, &headers[symtab - kernel_section(0)], v->symbols->data, v->symbols->len);
	put_section(out, &headers[symtab->sh_link], v->strings->str, v->strings->len);
	put_section(out, &headers[kernel_header()->e_shstrndx], names->str, names->len);
	put_section(out, &headers[n + SCRIPTS_SECTION], gdb_scripts, sizeof(gdb_scripts));
	put_alignment(out);
	ehdr = (Elf64_Ehdr *)(void *)out->data;
	/* What is made up belongs to the image: drgn looks for symbols nowhere else. */
	((Elf64_Phdr *)(void *)(out->data + ehdr->e_phoff))->p_memsz =
		KERNEL_IMAGE_END - KERNEL_IMAGE_START;
	ehdr->e_shoff = out->len;
	ehdr->e_shnum = (Elf64_Half)(n + NR_OWN_SECTIONS);
	g_byte_array_append(out, (const guint8 *)headers,
			    (guint)((n + NR_OWN_SECTIONS) * sizeof(*headers)));
	return out;
}

/* The tables of symbols, twice while they grow, and the file. */
static bool has_memory(const struct snapshot *s)
{
	uint64_t symbol = sizeof(Elf64_Sym) + 32; /* with what is put around a name */

	return !s->failed &&
	       host_has(kernel_elf_size + 3 * (s->areas->len * symbol + s->names->len));
}

GBytes *show_vmlinux(struct machine *m)
{
	struct vmlinux v = { .m = m, .symbols = g_byte_array_new(), .strings = g_string_new(NULL) };
	const Elf64_Shdr *symtab = kernel_section_of(SHT_SYMTAB);
	const Elf64_Shdr *strtab = kernel_section(symtab->sh_link);
	GByteArray *out;
	GBytes *ret;
	bool ok;

	g_byte_array_append(v.symbols, kernel_elf + symtab->sh_offset, (guint)symtab->sh_size);
	g_string_append_len(v.strings, (const char *)kernel_elf + strtab->sh_offset,
			    (gssize)strtab->sh_size);
	snapshot_init(&v.s, m);
	callers_init(&v.callers);
	ok = has_memory(&v.s);
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
