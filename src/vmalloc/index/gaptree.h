/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An ordered set of disjoint ranges of 64-bit addresses, and the gaps between
 * them: the gap that takes a new range is found in O(log n), the lowest one or
 * the one that another policy chooses.
 *
 *	base                                                     GAPTREE_TOP
 *	|  gap  [ range ][ range ]    gap    [ range ]      gap      |
 *
 * Each range has an item, a pointer of the caller's that the tree never looks
 * into.  Ranges are half-open, [addr, addr + size), in bytes, and at most
 * GAPTREE_TOP ends them; they may touch.  Nothing lies in the page of address
 * 0.  `base` is where searches mostly start, and makes those quick; a range
 * below it is as good as any other, and lowers it.
 *
 * Locks: none.  The caller keeps others out while the tree changes (it holds
 * vmlist_lock for writing); functions that take it const may run side by side.
 *
 *	struct gaptree t;
 *	uint64_t addr;
 *	int err = gaptree_init(&t, m, start);
 *
 *	err = gaptree_place(&t, 2 * PAGE_SIZE, 1, start, end, item, &addr);
 *	...
 *	item = gaptree_remove(&t, addr);
 */
#ifndef VMALLOC_GAPTREE_H
#define VMALLOC_GAPTREE_H

#include <vmallocfs/vmalloc.h>

#include "machine/cache.h"

#define GAPTREE_TOP (UINT64_MAX - PAGE_SIZE + 1) /* the last page of the space stays unused */

struct gap_node;
struct gapsize;
struct kerneltree;

struct gaptree {
	struct machine *m; /* whose memory the nodes are */
	struct gap_node *root;
	struct gap_node *first;	    /* the leftmost leaf, the same one for ever */
	struct gap_node *last;	    /* the rightmost leaf */
	struct gap_node *last_leaf; /* where the last range was put in, */
	unsigned last_slot;	    /* and its entry there: a hint */
	uint64_t base;		    /* the first gap begins here */
	uint64_t count;		    /* ranges */
	uint64_t busy;		    /* bytes of all ranges */
	uint64_t gaps;		    /* that are not empty, the first and the last one too */
	uint64_t small;		    /* a gap of fewer bytes counts as small; 0: none is counted */
	uint64_t small_bytes;	    /* of all small gaps */
	uint64_t placed_end;	    /* where the range placed last ended then, or 0 */
	uint64_t steps;		    /* nodes that placing has looked at */
	bool ordered_twice;	    /* one of the next two is there: see gaptree_set_policy */
	struct gapsize *by_size;    /* the gaps by size, or NULL */
	struct kerneltree *kernel;  /* the gaps as Linux keeps them, or NULL */
	enum vm_policy policy;
	struct kmem_cache nodes;
};

/* A place in the ascending order; good until the tree changes. */
struct gap_cursor {
	const struct gap_node *node;
	unsigned i;
};

struct gap_extent {
	uint64_t start;
	uint64_t end; /* one past the last byte */
	uint64_t gap; /* free bytes from there to the next range or GAPTREE_TOP */
};

/* An empty tree; base is at most GAPTREE_TOP. 0 or -ENOMEM. */
int gaptree_init(struct gaptree *t, struct machine *m, uint64_t base);

/* Frees the nodes; what is left in the tree is forgotten, the items are the caller's. */
void gaptree_deinit(struct gaptree *t);

/*
 * Where ranges are placed from now on; it is first fit to begin with.  Best
 * fit, worst fit and Linux's policies keep the gaps in a second order while they
 * last, which takes memory when they begin, O(n log n), and with each placement.
 * That of Linux is made by cutting the ranges out of one hole, in ascending
 * order; both generations have the same one.  0, or -ENOMEM and the policy
 * stays.
 */
int gaptree_set_policy(struct gaptree *t, enum vm_policy policy);

/*
 * An addr >= start, a multiple of align (a power of two; 0 is 1), such that
 * addr + size <= end and [addr, addr + size) meets no range: of all such places the
 * one that the policy says.  False if there is no such place, or if size is 0.
 * O(log n) if the first gap that the policy looks at is well aligned and in
 * the window; each one that has to be passed over costs as much again.
 */
bool gaptree_search(const struct gaptree *t, uint64_t size, uint64_t align, uint64_t start,
		    uint64_t end, uint64_t *ret);

/*
 * Finds that place and puts a range with `item` (not NULL) there.  0, -ENOSPC
 * (no such place), -ENOMEM; nothing changes on failure.
 */
int gaptree_place(struct gaptree *t, uint64_t size, uint64_t align, uint64_t start, uint64_t end,
		  void *item, uint64_t *ret);

/*
 * Puts [addr, addr + size) in.  0, -EBUSY (it meets a range), -EINVAL (size 0,
 * the page of address 0, beyond GAPTREE_TOP), -ENOMEM; nothing changes on
 * failure.
 */
int gaptree_insert(struct gaptree *t, uint64_t addr, uint64_t size, void *item);

/* Takes the range that starts at addr out: its item, NULL if none does. Never fails. */
void *gaptree_remove(struct gaptree *t, uint64_t addr);

/*
 * The same in two steps, for ranges that are given back together: the first
 * leaves the range busy in the order of Linux, if there is one; the second frees
 * all of [start, end) there, in one piece.
 */
void *gaptree_take(struct gaptree *t, uint64_t addr);
void gaptree_give_back(struct gaptree *t, uint64_t start, uint64_t end);

/* The item of the range that starts at addr, or NULL. */
void *gaptree_find(const struct gaptree *t, uint64_t addr);

/*
 * Gives the range that starts at addr another size: 0, -EBUSY (the gap after
 * it is too small), -EINVAL (size 0), -ENOENT.  Takes no memory.
 */
int gaptree_resize(struct gaptree *t, uint64_t addr, uint64_t size);

/* Gives the range that starts at addr another item (not NULL). False if none does. */
bool gaptree_replace(struct gaptree *t, uint64_t addr, void *item);

/*
 * The first range that ends above addr (it may contain addr, or follow it),
 * and the one after c's: the item, NULL at the end.
 *
 *	for (item = gaptree_seek(t, addr, &c); item; item = gaptree_next(&c))
 */
void *gaptree_seek(const struct gaptree *t, uint64_t addr, struct gap_cursor *c);
void *gaptree_next(struct gap_cursor *c);

/*
 * The bounds of the largest gap as far as it lies in [start, end), the lowest of
 * several.  False if the window is empty or all of it is busy.  About O(log n).
 */
bool gaptree_largest(const struct gaptree *t, uint64_t start, uint64_t end, uint64_t *low,
		     uint64_t *high);

/* The gap that has addr: its bounds.  False if addr is in a range, or beyond the space. */
bool gaptree_hole(const struct gaptree *t, uint64_t addr, uint64_t *start, uint64_t *end);

/* The size of the largest gap between the first and the last range, or 0. O(log n). */
uint64_t gaptree_inner_max(const struct gaptree *t);

/* Gaps of fewer bytes count as small from now on; with 0 none is counted. O(n). */
void gaptree_set_small(struct gaptree *t, uint64_t bytes);

/* The whole in figures: from the first to the last busy byte. O(log n). */
void gaptree_span(const struct gaptree *t, struct vm_span *ret);

/* The same of the ranges below `limit`, which none crosses.  O(log n + ranges above). */
void gaptree_span_below(const struct gaptree *t, uint64_t limit, struct vm_span *ret);

/* And of those from `start` on as well.  O(log n + ranges outside). */
void gaptree_span_in(const struct gaptree *t, uint64_t start, uint64_t limit, struct vm_span *ret);

/* Where c's range lies. c stands on a range, not at the end. */
struct gap_extent gaptree_extent(const struct gap_cursor *c);

static inline uint64_t gaptree_count(const struct gaptree *t)
{
	return t->count;
}

/*
 * Checks the tree's own order: keys, separators, maxima, fill, links, sums, and
 * that the second order, if there is one, has the same gaps.
 * Calls report (may be NULL) for each thing wrong; returns how many there were.
 */
unsigned gaptree_check(const struct gaptree *t, page_report_fn *report, void *arg);

#endif
