/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The layout: what every picture of a machine draws.
 *
 *	areas       [ a a a a G ]            [ u u . . G ]
 *	lazy                     [ L L L ]
 *	segments    |vmalloc  |G|  lazy  |hole|user|un|G|   hole    |x|
 *	            ^ window_start                                    ^ window_end
 *
 * Segments are disjoint, in ascending order and without gaps: together they
 * are the vmalloc window, first byte to last.  The last page (x) is never given
 * out.  Areas that lie elsewhere, as the modules of a restored layout do, have
 * segments below or above, marked `outside`, with SEG_OUTSIDE between them.  In
 * the window the bytes of each kind add up to the figure that `status` has for it.
 *
 *	struct layout l;
 *
 *	layout_init(&l, m);
 *	for (guint i = 0; i < l.segments->len; i++) {
 *		const struct segment *seg = layout_segment(&l, i);
 *		...
 *	}
 *	layout_deinit(&l);
 *
 * It is made of copies: once it is made, the machine may change or go.
 */
#ifndef SHOW_LAYOUT_H
#define SHOW_LAYOUT_H

#include "show/figures.h"
#include "show/snapshot.h"

enum segment_kind {
	SEG_VMALLOC,  /* frames of its own */
	SEG_USER,     /* the same, and it may be mapped by processes */
	SEG_ARRAY,    /* the page array of a large area */
	SEG_VMAP,     /* frames of other areas */
	SEG_IOREMAP,  /* device memory */
	SEG_UNMAPPED, /* of an area, without a mapping */
	SEG_GUARD,    /* the page that ends an area */
	SEG_LAZY,     /* freed and not purged */
	SEG_POOLED,   /* freed, purged, and kept in a pool */
	SEG_HOLE,     /* free: a new area may be placed here */
	SEG_LAST,     /* the window's last page */
	SEG_OUTSIDE,  /* between areas that are not in the window */
};
#define NR_SEGMENT_KINDS 12

/* "vmalloc", "page array", ...: for legends. */
const char *segment_kind_name(enum segment_kind kind);

#define NO_AREA UINT32_MAX

struct segment {
	vaddr_t addr;
	uint64_t size; /* never 0; the end may be 2^64 */
	uint32_t area; /* index into the snapshot, or NO_AREA; a guard's is that of its area */
	uint8_t kind;
	bool outside; /* of an area that is not in the window */
};

/* Holes whose pages are in [2^i, 2^(i+1)). */
struct hole_class {
	uint64_t count;
	uint64_t bytes;
};
#define HOLE_CLASSES 52

struct layout {
	struct snapshot snapshot;
	struct figures figures;
	enum vm_policy policy;
	const char *arch; /* the machine's */
	uint64_t memory;  /* bytes of RAM */
	bool crashed;
	const char *space; /* the name of the window */
	vaddr_t window_start;
	uint64_t window_size;

	struct records segments[1];	  /* struct segment */
	uint64_t bytes[NR_SEGMENT_KINDS]; /* of the window */
	uint64_t areas[NR_SEGMENT_KINDS]; /* how many areas are of that kind, wherever they are */
	struct hole_class holes[HOLE_CLASSES];

	/* Frames.  Each zone is sampled on its own, so totals may be slightly inconsistent. */
	GArray *zones; /* struct zone_info */
	uint64_t frames;
	uint64_t free_frames;
	uint64_t table_frames; /* page tables */
	uint64_t array_frames; /* page arrays that are areas */
};

/* Frames in use that are neither page tables nor page arrays. */
static inline uint64_t layout_data_frames(const struct layout *l)
{
	uint64_t others = l->free_frames + l->table_frames + l->array_frames;

	/* Each count is sampled on its own. */
	return l->frames - MIN(l->frames, others);
}

void layout_init(struct layout *l, struct machine *m);

/*
 * The same for areas that belong to no machine.  The caller has filled the
 * snapshot, which the layout owns from now on.  Only vmalloc_start, vmalloc_end
 * and ram_size of `window` are read.  The layout has no frames.
 */
void layout_of_snapshot(struct layout *l, const struct snapshot *s, const struct machine *window);
void layout_deinit(struct layout *l);

/*
 * The same of one space alone, out of a snapshot of the machine, which stays the
 * caller's.  That of vmalloc has the areas that lie in no space as well.  The layout
 * has no frames.  False if the machine has no such space.
 */
bool layout_of_space(struct layout *l, const struct snapshot *all, const struct machine *m,
		     enum vm_space_id id);

/* The kind as which the mapped part of an area is drawn. */
enum segment_kind area_kind(const struct area_record *a);

static inline const struct segment *layout_segment(const struct layout *l, guint i)
{
	return &g_array_index(l->segments, struct segment, i);
}

static inline const struct zone_info *layout_zone(const struct layout *l, guint i)
{
	return &g_array_index(l->zones, struct zone_info, i);
}

/* The kind as which an area's first bytes are drawn: its own, or SEG_UNMAPPED. O(log n). */
enum segment_kind layout_area_kind(const struct layout *l, guint area);

/* True for a kind of free or unused address space. */
static inline bool segment_is_free(const struct segment *seg)
{
	return seg->kind == SEG_HOLE || seg->kind == SEG_LAST || seg->kind == SEG_OUTSIDE;
}

/*
 * Rows: the layout cut into pieces of one size, to be drawn one below the other.
 * Where two or more empty rows follow each other, one break stands for all of
 * them.
 *
 *	row    |a a a G b b b b|
 *	row    |b b G . . . . .|
 *	break   ... 31.9T ...
 *	row    |. . c c c G . .|
 */
struct layout_row {
	vaddr_t addr;
	uint64_t size; /* of a row: always the same, though it may reach beyond the layout;
			  of a break: what is left out */
	guint first;   /* no segment before this one meets it */
	bool is_break;
};

/*
 * Cuts the layout into at most max_rows rows and breaks (max_rows is at least 4)
 * of `cells` cells each.  A cell is the smallest power of two, at least min_cell
 * bytes, with which that can be done, so that the scale stays the same until the
 * layout has grown by half.  *cell is set to it.  Returns an array of struct
 * layout_row with at least one of them.
 */
GArray *layout_rows(const struct layout *l, unsigned cells, unsigned max_rows, uint64_t min_cell,
		    uint64_t *cell);

/* The last address of a row, which may reach beyond the end of all addresses. */
static inline vaddr_t layout_row_last(const struct layout_row *row)
{
	vaddr_t last = row->addr + (row->size - 1);

	return last < row->addr ? UINT64_MAX : last;
}

/* How many bytes of a row or a break are in the window. */
uint64_t layout_row_window(const struct layout *l, const struct layout_row *row);

/* What a break leaves out. */
struct layout_break {
	uint64_t free;	  /* bytes of the window, */
	uint64_t hole;	  /* which are a part of a hole of so many; 0: of none */
	uint64_t outside; /* bytes that are not of the window */
};
struct layout_break layout_break_of(const struct layout *l, const struct layout_row *row);

/* The same in words: "31.9T of a hole of 32T, 1T not of the window".  The caller frees it. */
char *layout_break_text(const struct layout *l, const struct layout_row *row);

#endif
