/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The holes of the address space, kept and searched as Linux keeps them since 5.2.
 *
 *	address	1                                                     top
 *		|   hole   [ busy ]  hole  [ busy ][ busy ]    hole    |
 *
 *			       (hole 2, max 9)
 *			       /             \
 *		  (hole 1, max 4)       (hole 3, max 9)
 *
 * A red-black tree has one node for each hole, ordered by address, and each
 * node knows the largest hole of its subtree.  The gap tree (gaptree.h) knows
 * the same holes and finds the lowest that fits.  This one exists because the
 * kernel does not always find that one: with an alignment above a page it looks
 * for more room than it needs, and so the place that it finds depends on the
 * shape of its tree, and the shape on what was cut and given back before.
 *
 * The rules, with 4 KiB pages and sizes in pages:
 *
 * 1. The walk asks for a length: the size, or size + alignment - 1 byte if the
 *    alignment is above a page.  3 pages aligned to 2 ask for (almost) 5.
 * 2. It goes left as long as the left subtree has such a hole and begins above
 *    the start of the window.  Else it takes the node's own hole if the range
 *    fits there, aligned, whatever its length.  Else it goes right, or climbs
 *    back to the first ancestor that fits or has such a hole on its right.
 *    So of two holes of exactly 3 pages, both aligned, it takes the one that it
 *    passes on its way, or neither.
 * 3. A place that ends above the window is no place: nothing else is tried.
 * 4. Cutting from the middle of a hole leaves the upper part to its node; the
 *    lower part becomes a new node, whose place is searched from that one down.
 * 5. A range that is given back joins the holes that it touches.  The node of
 *    the hole before it survives, the node of the one after it goes.
 *
 * Locks: none, as in gaptree.
 *
 *	kerneltree_create(m, top, &t);
 *	err = kerneltree_reserve(t, ranges);	// may fail, before anything changes
 *	if (kerneltree_search(t, size, align, start, end, &place))
 *		kerneltree_cut(t, place.hole, place.addr, size);	// does not fail
 *	kerneltree_give_back(t, addr, addr + size);
 */
#ifndef VMALLOC_KERNELTREE_H
#define VMALLOC_KERNELTREE_H

#include <vmallocfs/page.h>
#include <vmallocfs/state.h>

struct hole;

struct kerneltree {
	struct machine *m;  /* whose memory the nodes are */
	struct hole *root;  /* NULL: there is no hole */
	struct hole *last;  /* the hole that changed last, or NULL: a hint where the next will */
	struct hole *stock; /* nodes that are not in the tree */
	uint64_t holes;	    /* nodes in the tree */
	uint64_t nr_nodes;  /* in the tree and in stock */
	uint64_t top;	    /* one past the last byte of the highest hole */
};

/* What a search found. Good until the tree changes. */
struct kernel_place {
	uint64_t addr;
	struct hole *hole; /* that has it */
	uint64_t steps;	   /* nodes looked at, also where nothing was found */
};

/* One hole, [1, top).  0 or -ENOMEM.  destroy: NULL is fine. */
int kerneltree_create(struct machine *m, uint64_t top, struct kerneltree **ret);
void kerneltree_destroy(struct kerneltree *t);

/*
 * Makes sure that there are nodes for all holes as long as no more than
 * `ranges` ranges are busy.  0 or -ENOMEM, and what it had it keeps.
 */
int kerneltree_reserve(struct kerneltree *t, uint64_t ranges);

/* No more than `ranges` will be busy without another reserve: gives nodes back. */
void kerneltree_trim(struct kerneltree *t, uint64_t ranges);

/*
 * Where the kernel would put a range of `size` bytes, aligned to `align` (a
 * power of two, or 0), in the window [start, end].  False if it would find no
 * place.
 */
bool kerneltree_search(const struct kerneltree *t, uint64_t size, uint64_t align, uint64_t start,
		       uint64_t end, struct kernel_place *ret);

/*
 * [addr, addr + size) becomes busy; it lies within one hole (NULL: look for
 * it).  There is a node for what is left of it.
 */
void kerneltree_cut(struct kerneltree *t, struct hole *hole, uint64_t addr, uint64_t size);

/* [start, end) becomes free; none of it lies in a hole.  There is a node for it. */
void kerneltree_give_back(struct kerneltree *t, uint64_t start, uint64_t end);

/* The bounds of the lowest hole that begins at or above addr.  False if no hole does. */
bool kerneltree_next(const struct kerneltree *t, uint64_t addr, uint64_t *start, uint64_t *end);

/*
 * The tree as bytes, with its shape.  It is loaded into one that has as many holes;
 * what is wrong with the bytes is noted, and whether the tree is one is for the
 * caller to check.
 */
void kerneltree_save(const struct kerneltree *t, struct state_out *o);
void kerneltree_load(struct kerneltree *t, struct state_in *in);

/*
 * Checks order, colours, maxima, links, counts, and that there are nodes for
 * `ranges` ranges.  Calls report (may be NULL) for each thing wrong and returns
 * how many there were.
 */
unsigned kerneltree_check(const struct kerneltree *t, uint64_t ranges, page_report_fn *report,
			  void *arg);

#endif
