/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The space in figures.  A program that watches the space fragment asks for them
 * after each change.  gaptree.c keeps sums; only the largest gap between the first
 * and the last range has to be looked for.
 *
 *			[ a | b | c | d ]
 *			  /	       \
 *	     [ x | . | . ]	       [ . | . | x ]	x: the gaps at the two ends
 *
 * A node that has neither of the two outer gaps below it is as good as its maximum.
 * So each level has at most two nodes to look into, one at either end.
 */
#include "vmalloc/index/gapnode.h"

/* The largest gap of entries first to end - 1, or max if that is larger. */
static inline uint64_t max_of(const struct gap_node *p, unsigned first, unsigned end, uint64_t max)
{
	for (unsigned i = first; i < end; i++)
		max = p->e[i].gap > max ? p->e[i].gap : max;
	return max;
}

uint64_t gaptree_inner_max(const struct gaptree *t)
{
	const struct gap_node *left = t->root, *right = t->root;
	uint64_t max = max_of(left, 1, left->n - 1u, 0);

	for (unsigned level = t->root->level; level; level--) {
		/* A subtree with nothing larger in it need not be entered. */
		left = left && left->e[0].gap > max ? left->e[0].ptr : NULL;
		right = right->e[right->n - 1].ptr;
		max = max_of(right, 0, right->n - 1u, max);
		if (left)
			max = max_of(left, 1, left->n, max);
	}
	return max;
}

static uint64_t count_small(const struct gaptree *t)
{
	uint64_t bytes = 0;

	for (const struct gap_node *p = t->first; p; p = p->next)
		for (unsigned i = 0; i < p->n; i++)
			bytes += gap_small(t, p->e[i].gap);
	return bytes;
}

void gaptree_set_small(struct gaptree *t, uint64_t bytes)
{
	t->small = bytes;
	t->small_bytes = count_small(t);
}

void gaptree_span(const struct gaptree *t, struct vm_span *ret)
{
	const struct gap_pos pos = gap_last(t);
	const struct gap_entry *first = &t->first->e[0];
	const struct gap_entry *last = &pos.node->e[pos.i];

	*ret = (struct vm_span){ .steps = t->steps };
	if (!t->count)
		return;
	ret->start = first->key;
	ret->end = last->key - last->gap;
	ret->busy = t->busy;
	ret->free = ret->end - ret->start - ret->busy;
	ret->holes = t->gaps - (first->gap != 0) - (last->gap != 0);
	ret->unusable = t->small_bytes - gap_small(t, first->gap) - gap_small(t, last->gap);
	ret->largest = gaptree_inner_max(t);
}

void gaptree_span_below(const struct gaptree *t, uint64_t limit, struct vm_span *ret)
{
	struct gap_cursor c;
	struct vm_span above = { 0 };
	uint64_t low, end = 0;

	gaptree_span(t, ret);
	if (ret->end <= limit)
		return;
	if (ret->start >= limit) {
		*ret = (struct vm_span){ .steps = ret->steps };
		return;
	}
	for (void *item = gaptree_seek(t, limit, &c); item; item = gaptree_next(&c)) {
		struct gap_extent e = gaptree_extent(&c);

		const struct gap_entry *entry = &c.node->e[c.i];

		if (!end) /* the gap between the two parts goes with the upper one */
			end = entry->key - entry->gap;
		above.holes += entry->gap != 0;
		above.unusable += gap_small(t, entry->gap);
		above.busy += e.end - e.start;
	}
	ret->end = end;
	ret->busy -= above.busy;
	ret->holes -= above.holes;
	ret->unusable -= above.unusable;
	ret->free = ret->end - ret->start - ret->busy;
	ret->largest = 0;
	if (gaptree_largest(t, ret->start, ret->end, &low, &end))
		ret->largest = end - low;
}

void gaptree_span_in(const struct gaptree *t, uint64_t start, uint64_t limit, struct vm_span *ret)
{
	struct gap_cursor c;
	uint64_t low, high;
	void *item;

	gaptree_span_below(t, limit, ret);
	if (!ret->end || ret->start >= start)
		return;
	if (ret->end <= start) {
		*ret = (struct vm_span){ .steps = ret->steps };
		return;
	}
	for (item = gaptree_seek(t, 0, &c); item; item = gaptree_next(&c)) {
		const struct gap_entry *entry = &c.node->e[c.i];
		struct gap_extent e = gaptree_extent(&c);

		if (entry->key != ret->start && entry->gap)
			ret->holes--; /* the one before this range */
		if (e.start >= start) {
			ret->start = e.start;
			break;
		}
		ret->busy -= e.end - e.start;
	}
	ret->free = ret->end - ret->start - ret->busy;
	ret->largest = 0;
	if (gaptree_largest(t, ret->start, ret->end, &low, &high))
		ret->largest = high - low;
}

bool gaptree_hole(const struct gaptree *t, uint64_t addr, uint64_t *start, uint64_t *end)
{
	struct gap_pos pos;
	const struct gap_entry *e;

	if (addr < PAGE_SIZE || addr >= GAPTREE_TOP)
		return false;
	pos = gap_locate(t, addr + 1);
	e = &pos.node->e[pos.i];
	*start = addr < t->base ? PAGE_SIZE : e->key - e->gap;
	*end = e->key;
	return addr < t->base || addr >= *start;
}
