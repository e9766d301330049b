/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A node of the gap tree: what one looks like, finding in it, and how a change
 * in it is told upwards.  gaptree.c says how the whole works.
 */
#ifndef VMALLOC_GAPNODE_H
#define VMALLOC_GAPNODE_H

#include <string.h>

#include "vmalloc/index/gapsize.h"
#include "vmalloc/index/gaptree.h"

#define GAP_FANOUT 16u
#define GAP_FILL_MIN (GAP_FANOUT / 4) /* of every node but the root */

struct gap_entry {
	uint64_t key; /* leaf: start of a range; inner node: last key of the child */
	uint64_t gap; /* leaf: free bytes before it; inner node: the child's largest gap */
	void *ptr;    /* leaf: the item; inner node: the child */
};

/* Entries ascend by key.  An unused one has the highest key, UINT64_MAX, and no gap. */
struct gap_node {
	struct gap_node *up;	      /* NULL: the root */
	struct gap_node *prev, *next; /* of the same level, in order */
	uint16_t slot;		      /* this node's entry in up */
	uint16_t n;		      /* entries in use */
	uint16_t level;		      /* 0: a leaf */
	struct gap_entry e[GAP_FANOUT];
};

/*
 * The first entry with key >= addr.  It has no branches, because the outcome is as
 * good as random.  Unused entries have the highest key, so none is counted.
 */
static inline unsigned gap_node_rank(const struct gap_node *p, uint64_t addr)
{
	unsigned half = (p->e[GAP_FANOUT / 2 - 1].key < addr) * (GAP_FANOUT / 2);
	const struct gap_entry *e = &p->e[half];
	unsigned n = 0;

#pragma GCC unroll 8
	for (unsigned i = 0; i < GAP_FANOUT / 2; i++)
		n += e[i].key < addr;
	return half + n;
}

/* The first entry from i on with a gap of at least size; p->n if none has. */
static inline unsigned gap_node_fit(const struct gap_node *p, unsigned i, uint64_t size)
{
	while (i < p->n && p->e[i].gap < size)
		i++;
	return i;
}

/* Makes room for a new entry i; the caller fills it. */
static inline void gap_node_open(struct gap_node *p, unsigned i)
{
	memmove(&p->e[i + 1], &p->e[i], (p->n - i) * sizeof(p->e[0]));
	p->n++;
}

static inline void gap_node_close(struct gap_node *p, unsigned i)
{
	p->n--;
	memmove(&p->e[i], &p->e[i + 1], (p->n - i) * sizeof(p->e[0]));
	p->e[p->n].key = UINT64_MAX;
	p->e[p->n].gap = 0;
}

/*
 * The largest gap in p.  It is taken over all entries (unused ones have no gap), in
 * two halves that the processor works on side by side: branches on the number of
 * entries, or on which gap is larger, would be predicted badly.
 */
static inline uint64_t gap_node_max(const struct gap_node *p)
{
	uint64_t even = 0, odd = 0;

#pragma GCC unroll 8
	for (unsigned i = 0; i < GAP_FANOUT; i += 2) {
		even = p->e[i].gap > even ? p->e[i].gap : even;
		odd = p->e[i + 1].gap > odd ? p->e[i + 1].gap : odd;
	}
	return even > odd ? even : odd;
}

/* A gap in p has become g, which is no less than before. */
static inline void gap_node_raise_max(struct gap_node *p, uint64_t g)
{
	for (; p->up && p->up->e[p->slot].gap < g; p = p->up)
		p->up->e[p->slot].gap = g;
}

/* A gap of `old` in p is gone or smaller now. */
static inline void gap_node_lower_max(struct gap_node *p, uint64_t old)
{
	for (; p->up && p->up->e[p->slot].gap == old; p = p->up) {
		uint64_t max = gap_node_max(p);

		if (max == old)
			return;
		p->up->e[p->slot].gap = max;
	}
}

/* Bytes of a gap that count as those of a small one. */
static inline uint64_t gap_small(const struct gaptree *t, uint64_t gap)
{
	return gap < t->small ? gap : 0;
}

/* A leaf's entry, and with it the gap before it. */
struct gap_pos {
	struct gap_node *node;
	unsigned i;
};

/* With fewer ranges all nodes are near, and to fetch them costs more than it gains. */
#define GAP_FETCH_MIN 30000

/*
 * Asks for all lines of a node that gap_node_rank() may look at, at once.  In a
 * large tree a child is far away, and rank would wait for one line after the other.
 */
static inline struct gap_node *gap_node_fetch(struct gap_node *p, bool far)
{
	if (!far)
		return p;
	for (unsigned line = 0; line < sizeof(*p); line += 64)
		__builtin_prefetch((const char *)p + line);
	return p;
}

/* The first entry with key >= addr, for addr <= GAPTREE_TOP: there is one. */
static inline struct gap_pos gap_descend(const struct gaptree *t, uint64_t addr)
{
	bool far = t->count >= GAP_FETCH_MIN;
	struct gap_node *p = t->root;
	unsigned i;

	for (i = gap_node_rank(p, addr); p->level; i = gap_node_rank(p, addr))
		p = gap_node_fetch(p->e[i].ptr, far);
	return (struct gap_pos){ p, i };
}

/*
 * The first entry with key >= addr, for addr <= GAPTREE_TOP.  The entry that the
 * hint names may belong to another range by now, or be unused; its key tells.
 */
static inline struct gap_pos gap_locate(const struct gaptree *t, uint64_t addr)
{
	struct gap_node *p = t->last_leaf;
	unsigned i = t->last_slot;

	if (p->e[i].key == addr)
		return (struct gap_pos){ p, i };
	return gap_descend(t, addr);
}

/* The entry after it; pos is not the last one. */
static inline struct gap_pos gap_pos_next(struct gap_pos pos)
{
	if (__builtin_expect(pos.i + 1u < pos.node->n, 1))
		return (struct gap_pos){ pos.node, pos.i + 1 };
	return (struct gap_pos){ pos.node->next, 0 };
}

/* The entry with key GAPTREE_TOP. */
static inline struct gap_pos gap_last(const struct gaptree *t)
{
	return (struct gap_pos){ t->last, t->last->n - 1u };
}

/* What a new range asks for: bytes, a power of two, and a window. */
struct gap_wish {
	uint64_t size;	/* not 0 */
	uint64_t align; /* not 0 */
	uint64_t start; /* at least PAGE_SIZE */
	uint64_t end;	/* at most GAPTREE_TOP, at least start + size */
};

/*
 * The policies but first fit and next fit (gapfit.c): the gap that takes the
 * new range, and its address.  Adds to *steps the nodes looked at.  By size:
 * *at is the gap in that order, or at->node is NULL.
 */
bool gap_fit_by_size(const struct gaptree *t, const struct gap_wish *w, struct gap_pos *pos,
		     uint64_t *ret, uint64_t *steps, struct gapsize_cursor *at);
bool gap_fit_top_down(const struct gaptree *t, const struct gap_wish *w, struct gap_pos *pos,
		      uint64_t *ret, uint64_t *steps);
bool gap_fit_kernel(const struct gaptree *t, const struct gap_wish *w, struct gap_pos *pos,
		    uint64_t *ret, uint64_t *steps);

/*
 * Tell the order by size, where there is one, what became of a gap (gapsort.c).
 * `key` is that of the entry after the gap.  They take no memory: see gapsize.h.
 *
 * split: the gap of `old` bytes at low is gone; in its place there is one of
 * `before` bytes at the same address, and one of `after` bytes at next.  Any of
 * them may be empty.
 *
 * merged: the gaps of `before` bytes at low and `after` bytes at end are one now.
 * That of Linux is told as well.
 *
 * resized: the range at addr, with `room` bytes to the next one, has another size.
 */
void gap_sort_split(struct gaptree *t, uint64_t key, uint64_t old, uint64_t low, uint64_t before,
		    uint64_t after, uint64_t next);
void gap_sort_merged(struct gaptree *t, uint64_t key, uint64_t before, uint64_t low, uint64_t after,
		     uint64_t end);
void gap_sort_resized(struct gaptree *t, uint64_t addr, uint64_t room, uint64_t old, uint64_t size);

/* A node without entries, all links NULL, or NULL. */
struct gap_node *gap_node_create(struct gaptree *t);

/* Frees nodes that are chained by next. */
void gap_node_free_chain(struct gaptree *t, struct gap_node *p);

/* All nodes that it takes to split p, chained by next. 0 or -ENOMEM. */
int gap_node_reserve(struct gaptree *t, const struct gap_node *p, struct gap_node **ret);

/*
 * Splits p, which is full and is about to get an entry at `at`: p keeps the
 * lower ones, p->next has the others.  Takes its nodes from `chain`, all of it.
 */
void gap_node_split(struct gaptree *t, struct gap_node *p, unsigned at, struct gap_node **chain);

/* p lost an entry: brings it back to its least fill. May free p. */
void gap_node_refill(struct gaptree *t, struct gap_node *p);

#endif
