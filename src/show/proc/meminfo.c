/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * proc/meminfo: every line of Linux 6.1's, in its order.
 *
 *	MemTotal:         983744 kB
 *	...
 *
 * Lines about things that this machine does not have (a page cache, processes,
 * swap, slabs) are 0.  The others are true:
 *
 *	MemTotal	frames that can be handed out
 *	MemFree		those of them that are free, on the zones' stacks too
 *	MemAvailable	the same: no reserve is kept, and there is nothing to
 *			reclaim
 *	PageTables	frames that are page tables, of the kernel and of ranges
 *			that users have mapped
 *	VmallocTotal	the window; its last byte is its end, as VMALLOC_END is
 *	VmallocUsed	sizes of the areas that begin in it, guards included
 *	VmallocChunk	the largest gap, the one after the last area included
 *	Hugepagesize	what the architecture has
 *	DirectMap*	bytes that the direct map's entries of each size cover,
 *			counted in the page tables
 *	HighTotal ...	of x86-pae: MemTotal and MemFree once more, parted into HighMem and
 *			the low memory
 *
 * VmallocUsed and VmallocChunk mean what they did up to Linux 4.3.  Since then
 * Used has been 0 and then the mapped frames, and Chunk always 0.
 */
#include <stddef.h>
#include <vmallocfs/vmalloc.h>

#include "show/columns.h"
#include "show/show.h"
#include "show/sys/tables.h"

/* All in kB. */
struct meminfo {
	uint64_t none; /* 0 */
	uint64_t total;
	uint64_t free;
	uint64_t page_tables;
	uint64_t vmalloc_total;
	uint64_t vmalloc_used;
	uint64_t vmalloc_chunk;
	uint64_t huge_page;
	uint64_t direct[PG_LEVELS]; /* by level of the leaf */
	uint64_t high_total, high_free, low_total, low_free;
};

enum unit { KB, COUNT };

/* Machines that have the line. */
enum row_of { ALL, BITS_32, BITS_64 };

struct meminfo_row {
	const char *label;
	size_t figure; /* offset in struct meminfo */
	enum unit unit;
	enum row_of of;
};

#define TRUE_ROW(label_, figure_)                                                                  \
	{                                                                                          \
		.label = (label_), .figure = offsetof(struct meminfo, figure_)                     \
	}
#define ROW_OF(label_, figure_, of_)                                                               \
	{                                                                                          \
		.label = (label_), .figure = offsetof(struct meminfo, figure_), .of = (of_)        \
	}
#define NONE(label_) TRUE_ROW(label_, none)
#define NONE_COUNTED(label_)                                                                       \
	{                                                                                          \
		.label = (label_), .unit = COUNT                                                   \
	}

static const struct meminfo_row rows[] = {
	TRUE_ROW("MemTotal:", total),
	TRUE_ROW("MemFree:", free),
	TRUE_ROW("MemAvailable:", free),
	NONE("Buffers:"),
	NONE("Cached:"),
	NONE("SwapCached:"),
	NONE("Active:"),
	NONE("Inactive:"),
	NONE("Active(anon):"),
	NONE("Inactive(anon):"),
	NONE("Active(file):"),
	NONE("Inactive(file):"),
	NONE("Unevictable:"),
	NONE("Mlocked:"),
	ROW_OF("HighTotal:", high_total, BITS_32),
	ROW_OF("HighFree:", high_free, BITS_32),
	ROW_OF("LowTotal:", low_total, BITS_32),
	ROW_OF("LowFree:", low_free, BITS_32),
	NONE("SwapTotal:"),
	NONE("SwapFree:"),
	NONE("Zswap:"),
	NONE("Zswapped:"),
	NONE("Dirty:"),
	NONE("Writeback:"),
	NONE("AnonPages:"),
	NONE("Mapped:"),
	NONE("Shmem:"),
	NONE("KReclaimable:"),
	NONE("Slab:"),
	NONE("SReclaimable:"),
	NONE("SUnreclaim:"),
	NONE("KernelStack:"),
	TRUE_ROW("PageTables:", page_tables),
	NONE("SecPageTables:"),
	NONE("NFS_Unstable:"),
	NONE("Bounce:"),
	NONE("WritebackTmp:"),
	NONE("CommitLimit:"),
	NONE("Committed_AS:"),
	TRUE_ROW("VmallocTotal:", vmalloc_total),
	TRUE_ROW("VmallocUsed:", vmalloc_used),
	TRUE_ROW("VmallocChunk:", vmalloc_chunk),
	NONE("Percpu:"),
	NONE("HardwareCorrupted:"),
	NONE("AnonHugePages:"),
	NONE("ShmemHugePages:"),
	NONE("ShmemPmdMapped:"),
	NONE("FileHugePages:"),
	NONE("FilePmdMapped:"),
	NONE_COUNTED("HugePages_Total:"),
	NONE_COUNTED("HugePages_Free:"),
	NONE_COUNTED("HugePages_Rsvd:"),
	NONE_COUNTED("HugePages_Surp:"),
	TRUE_ROW("Hugepagesize:", huge_page),
	NONE("Hugetlb:"),
	TRUE_ROW("DirectMap4k:", direct[PG_LEVEL_PTE]),
	TRUE_ROW("DirectMap2M:", direct[PG_LEVEL_PMD]),
	ROW_OF("DirectMap1G:", direct[PG_LEVEL_PUD], BITS_64),
};

/* --- the vmalloc window ---------------------------------------------------- */

struct window {
	const struct machine *m;
	vaddr_t cursor; /* end of what is taken so far */
	uint64_t used;
	uint64_t chunk;
};

/* Called with the lock held, once a range, ascending. False if it is not in the window. */
static bool take_chunk(struct window *w, vaddr_t addr, uint64_t size)
{
	vaddr_t last = addr + size - 1;

	if (last < w->m->vmalloc_start || addr >= vmalloc_window_end(w->m))
		return false;
	if (addr > w->cursor)
		w->chunk = MAX(w->chunk, addr - w->cursor);
	w->cursor = last + 1;
	return true;
}

/* A range that reaches into the window from below is neither used space of it nor a gap. */
static void count_area(void *arg, const struct vm_struct *area)
{
	struct window *w = arg;

	if (take_chunk(w, area->addr, area->size) && area->addr >= w->m->vmalloc_start)
		w->used += area->size;
}

/* A freed range is not used, but it is not a gap either until it is purged. */
static void count_lazy(void *arg, vaddr_t addr, uint64_t size, bool pooled)
{
	(void)pooled;
	take_chunk(arg, addr, size);
}

static void count_vmalloc(struct machine *m, struct meminfo *f)
{
	struct window w = { .m = m, .cursor = m->vmalloc_start };

	vmlist_for_each_range(m, count_area, count_lazy, &w);
	if (w.cursor < m->vmalloc_end)
		w.chunk = MAX(w.chunk, m->vmalloc_end - w.cursor);
	f->vmalloc_total = (m->vmalloc_end - m->vmalloc_start) >> 10;
	f->vmalloc_used = w.used >> 10;
	f->vmalloc_chunk = w.chunk >> 10;
}

/* --- the direct map -------------------------------------------------------- */

struct direct_map_figures {
	const struct machine *m;
	struct meminfo *f;
};

/* The direct map begins where an entry of the highest level does. */
static bool count_entry(void *arg, const struct table_entry *e)
{
	struct direct_map_figures *d = arg;

	if (e->addr - d->m->page_offset_base >= d->m->direct_map_size &&
	    table_entry_last(e) - d->m->page_offset_base >= d->m->direct_map_size)
		return false;
	if (e->kind == ENTRY_LEAF)
		d->f->direct[e->level] += UINT64_C(1) << (level_shift(e->level) - 10);
	return true;
}

static void count_direct_map(struct machine *m, struct meminfo *f)
{
	struct direct_map_figures d = { .m = m, .f = f };

	tables_walk(m, m->cr3, count_entry, &d);
}

/* --- the text -------------------------------------------------------------- */

static uint64_t frames_to_kb(uint64_t frames)
{
	return frames << (PAGE_SHIFT - 10);
}

static void count_high_memory(struct machine *m, struct meminfo *f)
{
	for (unsigned nid = 0; nid < m->nr_nodes; nid++) {
		struct zone_info z;

		if (!zone_info(m, nid, ZONE_HIGHMEM, &z))
			continue;
		f->high_total += frames_to_kb(z.managed);
		f->high_free += frames_to_kb(z.free);
	}
	f->low_total = f->total - f->high_total;
	f->low_free = f->free - MIN(f->free, f->high_free);
}

#define LABEL_WIDTH 16
#define NUMBER_WIDTH 8
#define ROW_MAX (32 + DEC_MAX)

/* A label that is too long takes its columns from the number's. */
static char *put_meminfo_row(char *p, const struct meminfo_row *row, uint64_t figure)
{
	char *start = p;

	p = put_left(p, row->label, LABEL_WIDTH);
	p = put_dec_wide(p, figure, LABEL_WIDTH + NUMBER_WIDTH - (int)(p - start));
	return put_str(p, row->unit == KB ? " kB\n" : "\n");
}

GBytes *show_meminfo(struct machine *m)
{
	GString *out = g_string_sized_new(2048);
	struct meminfo f = {
		.total = frames_to_kb(nr_managed_pages(m)),
		.free = frames_to_kb(nr_free_pages(m)),
		.page_tables = frames_to_kb(m->nr_table_frames),
		.huge_page = UINT64_C(1) << (level_shift(PG_LEVEL_PMD) - 10),
	};

	count_vmalloc(m, &f);
	count_direct_map(m, &f);
	if (machine_is_32bit(m))
		count_high_memory(m, &f);
	for (const struct meminfo_row *row = rows; row < rows + G_N_ELEMENTS(rows); row++) {
		const char *figure = (const char *)&f + row->figure;

		if (row->of == (machine_is_32bit(m) ? BITS_64 : BITS_32))
			continue;
		text_end(out,
			 put_meminfo_row(text_room(out, ROW_MAX), row, *(const uint64_t *)figure));
	}
	return g_string_free_to_bytes(out);
}
