/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The head of proc/kcore: the part of an ELF core file that a debugger reads first.
 *
 *	0	+----------------------+
 *		| ELF header           |  ET_CORE, no sections
 *	64	+----------------------+
 *		| PT_NOTE              |  only its offset and size are set
 *		| PT_LOAD              |  vmalloc space	    p_paddr -1
 *		| PT_LOAD              |  direct map of RAM    p_paddr 4096
 *		| PT_LOAD              |  vmemmap of that      p_paddr -1
 *		| PT_LOAD              |  the kernel's data    p_paddr -1
 *		+----------------------+
 *		| CORE PRSTATUS        |  zeros: there is no CPU
 *		| CORE PRPSINFO        |  "vmlinux", how the machine was booted
 *		| VMCOREINFO           |  lines KEY=VALUE
 *		+ - - - - - - - - - - -+
 *		| zeros                |
 *	4096	+----------------------+
 *
 * With 32 bits all of that is an ELF file of 32 bits, for i386; of RAM it has the low
 * memory, as in Linux with HighMem, and in place of the vmemmap mem_map.
 *
 * As in Linux 6.1, without the note TASKSTRUCT and the segments of the kernel's
 * text and modules: this kernel has neither.  Its data are made up (kernel/), and
 * the segment is there where they are.  A segment lies where kcore_offset() says.
 */
#include <elf.h>
#include <string.h>

#include <vmallocfs/page.h>

#include "show/elf_width.h"
#include "show/kernel/kernel_image.h"
#include "show/proc/core_notes.h"
#include "show/show.h"

/* The bytes of struct elf_prstatus and elf_prpsinfo, whatever the host is. */
static const struct core_sizes {
	unsigned prstatus, prpsinfo, fname, psargs;
} sizes_64bit = { 336, 136, 40, 56 }, sizes_32bit = { 144, 124, 28, 44 };

#define PRPSINFO_SNAME 1
#define PRPSINFO_PSARGS_SIZE 80

static const struct core_sizes *core_sizes(const struct machine *m)
{
	return machine_is_32bit(m) ? &sizes_32bit : &sizes_64bit;
}

#define NOTE_ALIGN 4

/* An ELF core with so many program headers after it, for a file of that width. */
static void put_header(GByteArray *out, const struct machine *m, bool is_32bit, uint64_t segments)
{
	Elf64_Ehdr header = {
		.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB,
			     EV_CURRENT, ELFOSABI_SYSV },
		.e_type = ET_CORE,
		.e_machine = machine_is_32bit(m) ? EM_386 : EM_X86_64,
		.e_version = EV_CURRENT,
		.e_phoff = elf_ehdr_size(is_32bit),
		.e_phnum = (Elf64_Half)MIN(segments, PN_XNUM),
	};

	if (segments >= PN_XNUM) {
		header.e_shoff = header.e_phoff + segments * elf_phdr_size(is_32bit);
		header.e_shnum = 1;
	}
	elf_put_ehdr(out, is_32bit, &header);
}

void core_put_header(GByteArray *out, const struct machine *m, uint64_t segments)
{
	put_header(out, m, false, segments);
}

static void put_phdr(GByteArray *out, const struct machine *m, const Elf64_Phdr *p)
{
	elf_put_phdr(out, machine_is_32bit(m), p);
}

static void put_note_segment(GByteArray *out, const struct machine *m, uint64_t offset,
			     uint64_t size)
{
	const Elf64_Phdr phdr = { .p_type = PT_NOTE, .p_offset = offset, .p_filesz = size };

	put_phdr(out, m, &phdr);
}

static void put_load_segment(GByteArray *out, const struct machine *m, vaddr_t addr, paddr_t phys,
			     uint64_t size)
{
	const Elf64_Phdr phdr = {
		.p_type = PT_LOAD,
		.p_flags = PF_R | PF_W | PF_X,
		.p_offset = kcore_offset(m, addr),
		.p_vaddr = addr,
		.p_paddr = phys,
		.p_filesz = size,
		.p_memsz = size,
		.p_align = PAGE_SIZE,
	};

	put_phdr(out, m, &phdr);
}

/* Returns how many segments there are; with `out` NULL they are only counted. */
static unsigned put_load_segments(GByteArray *out, const struct machine *m)
{
	const paddr_t none = (paddr_t)-1;
	const vaddr_t pages = shown_page(m, 0);
	const vaddr_t pages_end = PAGE_ALIGN(shown_page(m, m->nr_frames));
	const struct kernel_image *k = kernel_image_of(m);
	/* System RAM begins with the second frame; the first is a BIOS's, see iomem. */
	const paddr_t ram = machine_is_32bit(m) ? 0 : PAGE_SIZE;
	const struct {
		vaddr_t addr;
		paddr_t phys;
		uint64_t size;
		bool left_out;
	} segments[] = {
		/* VMALLOC_END is the last byte, so Linux's segment lacks that. */
		{ m->vmalloc_start, none, m->vmalloc_end - m->vmalloc_start, false },
		{ m->page_offset_base + ram, ram, m->direct_map_size - ram, false },
		{ pages, none, pages_end - pages, false },
		{ k->start, none, k->end - k->start, !kernel_is_shown(m) },
	};
	unsigned n = 0;

	for (size_t i = 0; i < G_N_ELEMENTS(segments); i++) {
		if (segments[i].left_out)
			continue;
		if (out)
			put_load_segment(out, m, segments[i].addr, segments[i].phys,
					 segments[i].size);
		n++;
	}
	return n;
}

/* Appends up to the next multiple of NOTE_ALIGN. */
static void put_padded(GByteArray *out, const void *bytes, size_t size)
{
	static const guint8 zeros[NOTE_ALIGN];

	g_byte_array_append(out, bytes, (guint)size);
	g_byte_array_append(out, zeros, (guint)(-size & (NOTE_ALIGN - 1)));
}

static void put_note(GByteArray *out, const char *name, uint32_t type, const void *desc,
		     size_t size)
{
	const Elf64_Nhdr note = {
		.n_namesz = (uint32_t)strlen(name) + 1,
		.n_descsz = (uint32_t)size,
		.n_type = type,
	};

	g_byte_array_append(out, (const guint8 *)&note, sizeof(note));
	put_padded(out, name, note.n_namesz);
	put_padded(out, desc, size);
}

static void put_prpsinfo(GByteArray *notes, const struct machine *m)
{
	const struct core_sizes *sizes = core_sizes(m);
	unsigned char info[256] = { 0 };

	info[PRPSINFO_SNAME] = 'R';
	strcpy((char *)info + sizes->fname, "vmlinux");
	g_snprintf((char *)info + sizes->psargs, PRPSINFO_PSARGS_SIZE,
		   "memory=%" G_GUINT64_FORMAT "K nodes=%u vmalloc=%" G_GUINT64_FORMAT "K",
		   m->ram_size >> 10, m->nr_nodes, vmalloc_window_size(m) >> 10);
	put_note(notes, "CORE", NT_PRPSINFO, info, sizes->prpsinfo);
}

static void put_windows(GString *text, const struct machine *m)
{
	g_string_append_printf(text, "NUMBER(VMALLOC_START)=0x%" G_GINT64_MODIFIER "x\n",
			       m->vmalloc_start);
	g_string_append_printf(text, "NUMBER(VMALLOC_END)=0x%" G_GINT64_MODIFIER "x\n",
			       m->vmalloc_end);
}

/* The array of struct page, which is a variable of the image, and the windows. */
static void put_tables_32bit(GString *text, const struct machine *m)
{
	if (kernel_is_shown(m))
		g_string_append_printf(text, "SYMBOL(mem_map)=%" G_GINT64_MODIFIER "x\n",
				       kernel_symbol(kernel_image_of(m), "mem_map"));
	put_windows(text, m);
	g_string_append(text, "CONFIG_X86_PAE=y\nKERNELOFFSET=0\n");
}

static void put_tables_64bit(GString *text, const struct machine *m)
{
	g_string_append_printf(text, "LENGTH(mem_section)=%" G_GUINT64_FORMAT "\n",
			       nr_section_roots(m));
	g_string_append_printf(text, "NUMBER(SECTION_SIZE_BITS)=%d\n", SECTION_SIZE_BITS);
	g_string_append_printf(text, "NUMBER(MAX_PHYSMEM_BITS)=%u\n", kernel_physmem_bits(m));
	put_windows(text, m);
	g_string_append_printf(text, "NUMBER(pgtable_l5_enabled)=%d\nKERNELOFFSET=0\n",
			       m->arch->levels == 5);
}

/*
 * What debuggers must know to walk the page tables, to find the kernel's types, and
 * the layout of the struct page that the vmemmap shows; nothing that this machine
 * does not have.  The page global directory lies in the direct map and not in the
 * image: a debugger finds it there through the segment.  phys_base, which says where
 * the image lies in RAM, is left out, because the image is not there at all; drgn would
 * translate the directory's address with it.  libkdumpfile knows the directory by the
 * name init_top_pgt alone.
 */
static void put_vmcoreinfo(GByteArray *notes, const struct machine *m)
{
	const struct page_form form = page_form_of(m);
	g_autoptr(GString) text = g_string_new("OSRELEASE=6.1.0-vmallocfs\n");

	g_string_append_printf(text, "PAGESIZE=%" G_GUINT64_FORMAT "\n", PAGE_SIZE);
	g_string_append_printf(text, "SYMBOL(swapper_pg_dir)=%" G_GINT64_MODIFIER "x\n",
			       m->page_offset_base + m->cr3);
	g_string_append_printf(text, "SYMBOL(init_top_pgt)=%" G_GINT64_MODIFIER "x\n",
			       m->page_offset_base + m->cr3);
	g_string_append_printf(text, "SIZE(page)=%u\n", form.size);
	g_string_append(text, "OFFSET(page.flags)=0\n");
	g_string_append_printf(text, "OFFSET(page._refcount)=%u\n", form.refcount);
	if (machine_is_32bit(m))
		put_tables_32bit(text, m);
	else
		put_tables_64bit(text, m);
	if (kernel_is_shown(m)) {
		g_autofree char *id = kernel_build_id(kernel_image_of(m));

		g_string_append_printf(text, "BUILD-ID=%s\n", id);
	}
	put_note(notes, "VMCOREINFO", 0, text->str, text->len);
}

void core_put_notes(GByteArray *notes, const struct machine *m)
{
	static const unsigned char prstatus[512];

	put_note(notes, "CORE", NT_PRSTATUS, prstatus, core_sizes(m)->prstatus);
	put_prpsinfo(notes, m);
	put_vmcoreinfo(notes, m);
}

void core_put_build_id(GByteArray *notes, const struct machine *m)
{
	const unsigned char *note;
	gsize size;

	if (!kernel_is_shown(m))
		return;
	note = kernel_build_id_note(kernel_image_of(m), &size);
	g_byte_array_append(notes, note, (guint)size);
}

GBytes *show_kcore(struct machine *m)
{
	g_autoptr(GByteArray) notes = g_byte_array_new();
	GByteArray *out = g_byte_array_sized_new(KCORE_HEAD);
	const bool is_32bit = machine_is_32bit(m);
	const unsigned nr_phdrs = 1 + put_load_segments(NULL, m);
	guint size;

	core_put_notes(notes, m);
	put_header(out, m, is_32bit, nr_phdrs);
	put_note_segment(out, m, out->len + nr_phdrs * elf_phdr_size(is_32bit), notes->len);
	put_load_segments(out, m);
	g_byte_array_append(out, notes->data, notes->len);

	size = out->len;
	g_assert(size <= KCORE_HEAD);
	g_byte_array_set_size(out, KCORE_HEAD);
	memset(out->data + size, 0, KCORE_HEAD - size);
	return g_byte_array_free_to_bytes(out);
}
