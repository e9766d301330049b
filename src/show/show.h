/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Texts of a machine: what its files say, one function a file, and the head of
 * kcore.
 *
 * A text is made whole, from one look at the machine: records are copied under
 * the address space's lock and formatted after it was let go.  A text is a
 * GBytes, which the caller unrefs; it never changes once it is there, so that
 * many readers can share one.
 *
 *	uint64_t seen = show_generation(m);	// first the number,
 *	GBytes *text = show_status(m);		// then the text
 *	...
 *	if (show_generation(m) != seen)
 *		...				// the text may be old
 *
 * No function here holds a lock when it returns.  Any thread may call any of
 * them at any time.
 */
#ifndef VMALLOCFS_SHOW_H
#define VMALLOCFS_SHOW_H

#include <glib.h>
#include <vmallocfs/machine.h>

/* The vmlist for people and scripts: "key: value" lines, an empty line, a line an area. */
GBytes *show_status(struct machine *m);

/* The same as one JSON object: status.json. */
GBytes *show_status_json(struct machine *m);

/* What is free in the vmalloc window: a line "START END SIZE" for each hole. */
GBytes *show_holes(struct machine *m);

/* The vmlist in the format of Linux 6.1's /proc/vmallocinfo. */
GBytes *show_vmallocinfo(struct machine *m);

/* The log in the format of /proc/kmsg.  NULL if the host has no memory for it. */
GBytes *show_kmsg(struct machine *m);

/* The device ranges that areas map, and RAM, in the format of /proc/iomem. */
GBytes *show_iomem(struct machine *m);

/*
 * The first KCORE_HEAD bytes of proc/kcore: ELF header, program headers, notes.
 * They depend on nothing that changes after the boot.  Behind them each byte of
 * kernel space stands at its kcore_offset(), up to KCORE_SIZE.
 */
#define KCORE_HEAD PAGE_SIZE
#define KCORE_SIZE (UINT64_C(0x7ffffffff000) + KCORE_HEAD)
GBytes *show_kcore(struct machine *m);

static inline uint64_t kcore_offset(vaddr_t addr)
{
	return (addr & UINT64_C(0x7fffffffffff)) + KCORE_HEAD;
}

/* A struct page as debuggers see it in the vmemmap; all other bytes of it are zero. */
#define STRUCT_PAGE_SIZE 64
#define STRUCT_PAGE_FLAGS 0	/* 64 bits */
#define STRUCT_PAGE_REFCOUNT 52 /* 32 bits */

/*
 * Windows of Linux 6.1 onto frames, zones and page tables.  They look at what
 * can change without a trace: page tables that a user writes to, single frames
 * that move from a zone's stack into its lists.  show_generation() does not
 * know of that, so none of these texts may be kept and given again.  Zones and
 * tables are looked at one after the other, each as it is at that moment.
 */
GBytes *show_meminfo(struct machine *m);	/* proc/meminfo */
GBytes *show_buddyinfo(struct machine *m);	/* proc/buddyinfo */
GBytes *show_pagetypeinfo(struct machine *m);	/* proc/pagetypeinfo */
GBytes *show_zoneinfo(struct machine *m);	/* proc/zoneinfo */
GBytes *show_ptdump(struct machine *m);		/* debugfs: page_tables/kernel */
GBytes *show_extfrag_index(struct machine *m);	/* debugfs: extfrag/extfrag_index */
GBytes *show_unusable_index(struct machine *m); /* debugfs: extfrag/unusable_index */

/*
 * A page for a browser that draws the address space and the frames, and keeps
 * itself current.  It shows entries of page tables, so it cannot be kept either.
 */
GBytes *show_map_html(struct machine *m);

/*
 * The files of Linux's tracefs.  show_trace() is the ring as it is now (NULL if
 * the host has no memory for it), show_format_*() how a record of an event
 * looks, which never changes.  show_generation() knows nothing of the ring.
 */
GBytes *show_trace(struct machine *m);
GBytes *show_format_alloc_vmap_area(struct machine *m);
GBytes *show_format_purge_vmap_area_lazy(struct machine *m);
GBytes *show_format_free_vmap_area_noflush(struct machine *m);

/* Appends a line for an event; for events that were lost before the next. */
void show_trace_event(GString *out, const struct trace_event *e);
void show_trace_lost(GString *out, uint64_t lost);
#define TRACE_LINE_MAX 256 /* bytes of a line, at most */

/*
 * Another number whenever one of the texts before these windows could read
 * otherwise than before.  Costs next to nothing.  A text is at least as new as
 * a number taken before it was asked for.
 */
uint64_t show_generation(struct machine *m);

/*
 * Pictures, of any machine in bounded size: the address space and the frames
 * for a terminal, and for a slide (SVG 1.1, below 1 MiB).  They depend on the
 * options, and on the lists of free frames as those windows do:
 * show_generation() knows of neither, show_zones_state() of the lists.
 */
struct show_options {
	_Atomic unsigned map_width; /* columns of map.txt, MAP_WIDTH_MIN to MAP_WIDTH_MAX */
	_Atomic bool map_ascii;	    /* and no other characters than ASCII's */
};

#define MAP_WIDTH_MIN 40
#define MAP_WIDTH_MAX 500
#define MAP_WIDTH_DEFAULT 80

GBytes *show_map_txt(struct machine *m, const struct show_options *options);
GBytes *show_map_svg(struct machine *m, const struct show_options *options);

/* Another number when the lists of free frames have changed. A look at every zone. */
uint64_t show_zones_state(struct machine *m);

/*
 * Appends a name so that it is one word on one line: blanks, control
 * characters, backslash and DEL become \ooo (three octal digits), all other
 * bytes stay.
 */
void show_escape(GString *out, const char *name);

/*
 * Appends what vmallocinfo calls these VM_ flags, joined by commas, in the
 * kernel's order: "vmalloc,user".  A lone "-" if there is no word for any.
 */
void show_flags(GString *out, unsigned flags);

#endif
