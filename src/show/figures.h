/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Figures of an address space, computed from a snapshot.
 *
 *	start                                                         end
 *	|                                                                 |
 *	[ mmmm G ]..hole..[ mm G ][ uuuu G ] llllll ppp  [ mmm G ]..hole.|x|
 *	          \__________________ span ______________________/
 *
 * The window is that of a space, in which areas are placed.  Each byte of it is
 * one of: mapped (m), reserved without a mapping (u), guard (G), lazy (l: freed
 * and not purged), pooled (p: purged, and kept for an area of the same size), free
 * (in a hole), or in the window's last page (x), which is never given out.
 *
 * An area is in the window if any page of it is, and then all of it counts.  The
 * same holds for a lazy or a pooled range.  Each space has its own figures.  Areas in no
 * space, which a saved layout may have, count in `areas` and `outside` and nowhere else.
 */
#ifndef SHOW_FIGURES_H
#define SHOW_FIGURES_H

#include "show/snapshot.h"

struct figures {
	uint64_t areas;	   /* figures_compute(): all of them; else those in the space */
	uint64_t outside;  /* figures_compute(): those of them that are in no space */
	uint64_t mapped;   /* bytes with a mapping, to frames or device memory */
	uint64_t unmapped; /* bytes of areas without one, guards excepted */
	uint64_t guards;   /* bytes of guard pages */
	uint64_t lazy;	   /* bytes that were freed and not purged, their guards included */
	uint64_t
		lazy_ranges; /* the ranges that these bytes are in, one for each area that was freed */
	uint64_t pooled;     /* bytes of ranges in pools, their guards included */
	uint64_t pooled_ranges;
	uint64_t holes;		 /* maximal free ranges in the window; an area fits that
				  takes all of one, its guard included */
	uint64_t free;		 /* bytes of all holes */
	uint64_t largest_hole;	 /* bytes of the largest */
	vaddr_t largest_at;	 /* where it begins, the lowest of several; 0: no hole */
	uint64_t span_free;	 /* bytes of the holes between the first and the last area,
				  or freed range */
	uint64_t span_largest;	 /* bytes of the largest of these */
	uint64_t unusable_pages; /* pages of an area, beside its guard, */
	uint64_t unusable;	 /* bytes of the holes that are too small for it, */
	uint64_t unusable_holes; /* and how many these are */
};

/* Those of vmalloc's space, and of all areas. */
void figures_compute(struct figures *f, const struct snapshot *s, const struct machine *m);

/* Those of one space, which the machine has. */
void figures_of_space(struct figures *f, const struct snapshot *s, const struct machine *m,
		      enum vm_space_id id);

/*
 * How many bytes of an area are mapped, counted from its start: to its own frames,
 * to those that vmap() was given, or to device memory.
 */
uint64_t area_mapped(const struct area_record *a, const struct machine *m);

/*
 * Fragmentation in ten-thousandths: 1 - largest / free, the part of the free
 * space that no single request can use.  0 if all of it is one hole, or nothing
 * is free.
 */
unsigned fragmentation(uint64_t largest, uint64_t free);

/* part / free in ten-thousandths, 0 if nothing is free: the share of holes that are too small. */
unsigned unusable_share(uint64_t part, uint64_t free);

#endif
