/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sys/kernel/debug/page_tables/kernel and current_kernel: what is mapped where, and how.
 *
 *	---[ vmalloc() Area ]---
 *	0xffffc90000000000-0xffffc90000004000          16K     RW                 GLB NX pte
 *	0xffffc90000004000-0xffffc90000005000           4K                               pte
 *	range                                         size USR RW PWT PCD PSE PAT GLB NX level
 *
 * Entries that follow each other make one line, a run, while their level, their
 * flags, and the effective flags of the entries above them agree.  A run ends
 * at a marker, also where one entry reaches across it.
 *
 *	entries		|rw|rw|rw|  |  |rw|rw|ro|  |
 *	runs		[   rw   ][    ][ rw ][ro][...
 *	markers		M                  M		an Mth line between runs
 *
 * A line without flags is a range in which a CPU finds nothing.  An entry that is
 * not zero but leads nowhere is on a line of its own, since its flags differ.
 *
 * In current_kernel the line of a user's pages ends with A and D, if its entries have
 * them: so the pages that were used lately, the working set, can be told.  Linux never
 * prints these.
 *
 * Some lines are left out and counted: those after the sixteenth in the ESPfix
 * area, as in Linux, and here also what tables.h skips and what exceeds
 * LINES_MAX.  Tables that a user filled with noise must not fill the host's
 * memory.
 */
#include <stdlib.h>
#include <string.h>
#include <vmallocfs/cpu.h>

#include "show/digits.h"
#include "show/growth.h"
#include "show/show.h"
#include "show/sys/tables.h"

#define LINES_MAX (UINT64_C(1) << 22)

struct marker {
	vaddr_t start;
	const char *name;
	uint64_t max_lines; /* 0: no limit of its own */
};

#define NR_MARKERS 13

/* Windows that a user chose may lie anywhere. */
static int by_marker_start(const void *a, const void *b)
{
	const struct marker *x = a, *y = b;

	return (x->start > y->start) - (x->start < y->start);
}

/* Where a 6.1 kernel of 32 bits with PAE has them; its modules are in the vmalloc area. */
static unsigned set_markers_32bit(struct marker *ret, const struct machine *m)
{
	const struct marker markers[] = {
		{ 0, "User Space", 0 },
		{ m->kernel_start, "Kernel Space", 0 },
		{ m->vmalloc_start, "vmalloc() Area", 0 },
		{ vmalloc_window_end(m), "vmalloc() End", 0 },
		{ UINT64_C(0xff000000), "Persistent kmap() Area", 0 },
		{ UINT64_C(0xff200000), "LDT remap", 0 },
		{ UINT64_C(0xff400000), "CPU entry area", 0 },
		{ UINT64_C(0xffdb8000), "Fixmap area", 0 },
	};

	memcpy(ret, markers, sizeof(markers));
	return G_N_ELEMENTS(markers);
}

/* Where Linux 6.1 has them, with four levels and with five, without KASLR. */
static unsigned set_markers_64bit(struct marker *ret, const struct machine *m)
{
	bool five = m->arch->levels == 5;
	const struct marker markers[NR_MARKERS] = {
		{ 0, "User Space", 0 },
		{ m->kernel_start, "Kernel Space", 0 },
		{ five ? UINT64_C(0xff10000000000000) : UINT64_C(0xffff880000000000), "LDT remap",
		  0 },
		{ m->page_offset_base, "Low Kernel Mapping", 0 },
		{ m->vmalloc_start, "vmalloc() Area", 0 },
		{ m->vmemmap_base, "Vmemmap", 0 },
		{ UINT64_C(0xfffffe0000000000), "CPU entry Area", 0 },
		{ UINT64_C(0xffffff0000000000), "ESPfix Area", 16 },
		{ UINT64_C(0xffffffef00000000), "EFI Runtime Services", 0 },
		{ UINT64_C(0xffffffff80000000), "High Kernel Mapping", 0 },
		{ m->modules_start, "Modules", 0 },
		{ m->modules_end, "End Modules", 0 },
		{ UINT64_C(0xffffffffff579000), "Fixmap Area", 0 },
	};

	memcpy(ret, markers, sizeof(markers));
	return NR_MARKERS;
}

struct ptdump_run {
	vaddr_t start;
	vaddr_t last; /* inclusive: the last run ends with the address space */
	enum pg_level level;
	pte_t flags;
	pte_t effective;
};

struct table_dump {
	const struct machine *m;
	GString *out;
	struct marker markers[NR_MARKERS];
	unsigned nr_markers;
	const struct marker *next; /* the first that was not reached yet */
	bool use;		   /* A and D are shown, where pages are a user's */
	bool open;		   /* `run` has entries */
	struct ptdump_run run;
	uint64_t lines;		/* so far */
	uint64_t section_lines; /* of them since the last marker, those left out included */
	uint64_t skipped;	/* left out since the last line */
	bool failed;		/* the host has no memory for a line */
};

static void set_markers(struct table_dump *d)
{
	bool is_32bit = machine_is_32bit(d->m);

	d->nr_markers = is_32bit ? set_markers_32bit(d->markers, d->m)
				 : set_markers_64bit(d->markers, d->m);
	qsort(d->markers, d->nr_markers, sizeof(d->markers[0]), by_marker_start);
}

/* --- lines ----------------------------------------------------------------- */

#define LINE_MAX_BYTES (RANGE_MAX + DEC_MAX + 64)

/* The largest unit in which it is a whole number. */
static char *put_ptdump_size(char *p, uint64_t size)
{
	const char *unit = "BKMGTPE";

	for (; !(size & 1023) && unit[1]; unit++)
		size >>= 10;
	p = put_dec_wide(p, size, 9);
	*p++ = *unit;
	*p++ = ' ';
	return p;
}

static char *put_flag(char *p, pte_t flag, const char *word)
{
	return put_bytes(p, flag ? word : "    ", 4);
}

/* The columns are as wide without flags.  Bit 7 is PAT in a PTE and PSE above, where PAT is 12. */
static char *put_run_flags(char *p, const struct ptdump_run *run)
{
	bool large = run->level > PG_LEVEL_PTE;
	pte_t f = run->flags;

	if (!(f & _PAGE_PRESENT)) {
		memset(p, ' ', 30);
		return p + 30;
	}
	p = put_flag(p, f & _PAGE_USER, "USR ");
	p = put_bytes(p, f & _PAGE_RW ? "RW " : "ro ", 3);
	p = put_flag(p, f & _PAGE_PWT, "PWT ");
	p = put_flag(p, f & _PAGE_PCD, "PCD ");
	p = put_flag(p, large ? f & _PAGE_PSE : 0, "PSE ");
	p = put_flag(p, large ? f & PAGE_SIZE : f & _PAGE_PSE, "PAT ");
	p = put_flag(p, f & _PAGE_GLOBAL, "GLB ");
	return put_bytes(p, f & _PAGE_NX ? "NX " : "x  ", 3);
}

/* A and D of a user's pages, which come to be set one by one. */
static char *put_use(char *p, const struct ptdump_run *run)
{
	p = put_str(p, run->flags & _PAGE_ACCESSED ? " A" : " -");
	return put_str(p, run->flags & _PAGE_DIRTY ? " D" : " -");
}

/* As wide as the machine's pointers: addresses of users are low ones. */
static char *put_addr_of(char *p, const struct machine *m, vaddr_t addr)
{
	return put_hex_wide(put_bytes(p, "0x", 2), addr, (unsigned)address_digits(m));
}

static char *put_run(char *p, const struct table_dump *d)
{
	const struct ptdump_run *run = &d->run;
	uint64_t size = run->last - run->start + 1;

	p = put_addr_of(p, d->m, run->start);
	*p++ = '-';
	p = put_addr_of(p, d->m, run->last + 1);
	p = put_ptdump_size(put_bytes(p, "   ", 3), size);
	p = put_run_flags(p, run);
	p = put_bytes(p, pg_level_name(d->m, run->level), 3);
	if (d->use && run->flags & _PAGE_PRESENT && run->flags & _PAGE_USER)
		p = put_use(p, run);
	*p++ = '\n';
	return p;
}

/* A line in place of those that were left out, which says how many they are. */
static void tell_skipped(struct table_dump *d)
{
	char *p;

	if (!d->skipped)
		return;
	p = text_room(d->out, LINE_MAX_BYTES);
	p = put_dec(put_str(p, "... "), d->skipped);
	p = put_str(p, d->skipped == 1 ? " entry" : " entries");
	text_end(d->out, put_str(p, " skipped ... \n"));
	d->skipped = 0;
}

static void end_run(struct table_dump *d)
{
	uint64_t most = d->next > d->markers ? d->next[-1].max_lines : 0;

	if (!d->open)
		return;
	d->open = false;
	d->section_lines++;
	if (d->lines == LINES_MAX || (most && d->section_lines > most)) {
		d->skipped++;
		return;
	}
	/* Room for a marker and the line of what was skipped as well. */
	d->failed = d->failed || !text_reserve(d->out, 3 * LINE_MAX_BYTES);
	if (d->failed)
		return;
	tell_skipped(d);
	d->lines++;
	text_end(d->out, put_run(text_room(d->out, LINE_MAX_BYTES), d));
}

static void end_section(struct table_dump *d)
{
	end_run(d);
	tell_skipped(d);
	d->section_lines = 0;
}

static void begin_section(struct table_dump *d)
{
	char *p;

	end_section(d);
	p = put_str(text_room(d->out, LINE_MAX_BYTES), "---[ ");
	p = put_str(p, d->next->name);
	text_end(d->out, put_str(p, " ]---\n"));
	d->next++;
}

/* --- runs ------------------------------------------------------------------ */

static bool marker_by(const struct table_dump *d, vaddr_t addr)
{
	return d->next < d->markers + d->nr_markers && d->next->start <= addr;
}

/* Adds entries to the run they belong to.  While it is open, they adjoin it. */
static void extend(struct table_dump *d, const struct ptdump_run *r)
{
	struct ptdump_run *run = &d->run;

	if (d->open && run->flags == r->flags && run->effective == r->effective &&
	    run->level == r->level) {
		run->last = r->last;
		return;
	}
	end_run(d);
	*run = *r;
	d->open = true;
}

static void add_entries(struct table_dump *d, struct ptdump_run *r)
{
	while (marker_by(d, r->last)) {
		if (d->next->start > r->start) {
			struct ptdump_run before = *r;

			before.last = d->next->start - 1;
			extend(d, &before);
			r->start = d->next->start;
		}
		begin_section(d);
	}
	extend(d, r);
}

static void skip_entry(struct table_dump *d, const struct table_entry *e)
{
	while (marker_by(d, e->addr))
		begin_section(d);
	end_run(d);
	d->skipped++;
}

/* Every bit outside of the address is a flag.  PAT of a large leaf is one of those. */
static pte_t entry_flags(const struct table_entry *e)
{
	pte_t flags = e->entry & ~PTE_PFN_MASK;

	if (e->kind == ENTRY_NONE)
		return flags & ~_PAGE_PRESENT;
	return e->level > PG_LEVEL_PTE ? flags | (e->entry & PAGE_SIZE) : flags;
}

static bool dump_entry(void *arg, const struct table_entry *e)
{
	struct table_dump *d = arg;
	struct ptdump_run r;

	if (e->kind == ENTRY_TABLE)
		return true;
	if (e->kind == ENTRY_SKIPPED) {
		skip_entry(d, e);
		return false;
	}
	r = (struct ptdump_run){
		.start = e->addr,
		.last = table_entry_last(e),
		.level = e->level,
		.flags = entry_flags(e),
		.effective = e->effective,
	};
	add_entries(d, &r);
	return false;
}

static GBytes *dump_tables(struct machine *m, paddr_t cr3, bool use)
{
	struct table_dump d = {
		.m = m,
		.out = g_string_sized_new(4096),
		.next = d.markers,
		.use = use,
	};

	set_markers(&d);
	tables_walk(m, cr3, dump_entry, &d);
	end_section(&d);
	return text_finish(d.out, !d.failed);
}

GBytes *show_ptdump(struct machine *m)
{
	return dump_tables(m, m->cr3, false);
}

GBytes *show_ptdump_current(struct machine *m)
{
	return dump_tables(m, cpu_cr3(m, machine_cpu(m)), true);
}
