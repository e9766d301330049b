/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Choosing a gap other than the first: the last one, the smallest, the largest.
 *
 *	      start					 end
 *	  [ A ]  |  [ B ] 2 [ C ]    4    [ D ]   3   [ E ] |      9      [ F ]
 *	       \_|_/					   \_________/
 *		 2 of 4, in the window			    1 of 9
 *
 * A gap counts as far as it lies in the window.  The one that the start of the
 * window cuts, and the one that its end cuts, are smaller than what the tree
 * says of them, so the choice by size looks at these two first.  All others are
 * in the window whole, or not at all.  The last gap of all, which goes on to the
 * top of the space, counts as one that is cut, and is not in the order by size.
 *
 * The space below `base` is in no entry.  It belongs to the first gap.
 */
#include "vmalloc/index/gapnode.h"
#include "vmalloc/index/kerneltree.h"

/* --- top-down ------------------------------------------------------------------ */

/* The last gap of at least size from pos on downwards. */
static bool prev_gap(struct gap_pos *pos, uint64_t size, uint64_t *steps)
{
	struct gap_node *p = pos->node;
	unsigned i = pos->i + 1; /* one above the entry that is next to be looked at */

	for (;;) {
		while (i && p->e[i - 1].gap < size)
			i--;
		if (i)
			break;
		if (!p->up)
			return false;
		i = p->slot;
		p = p->up;
		++*steps;
	}
	while (p->level) { /* what is above says that there is one below */
		p = p->e[i - 1].ptr;
		for (i = p->n; p->e[i - 1].gap < size; i--)
			;
		++*steps;
	}
	*pos = (struct gap_pos){ p, i - 1 };
	return true;
}

/* The highest place in [low, high). */
static bool fit_below(const struct gap_wish *w, uint64_t low, uint64_t high, uint64_t *ret)
{
	if (high > w->end)
		high = w->end;
	if (low < w->start)
		low = w->start;
	if (high < w->size)
		return false;
	*ret = (high - w->size) & ~(w->align - 1);
	return *ret >= low;
}

bool gap_fit_top_down(const struct gaptree *t, const struct gap_wish *w, struct gap_pos *pos,
		      uint64_t *ret, uint64_t *steps)
{
	/* The gap that ends at the end of the window, or above it. */
	*pos = gap_descend(t, w->end);
	*steps += t->root->level + 1u;
	while (prev_gap(pos, w->size, steps)) {
		const struct gap_entry *e = &pos->node->e[pos->i];

		if (e->key < w->size || e->key - w->size < w->start)
			break;
		if (fit_below(w, e->key - e->gap, e->key, ret))
			return true;
		pos->i--; /* below entry 0 too: prev_gap adds one, and goes on upwards */
	}
	*pos = (struct gap_pos){ t->first, 0 };
	return w->start < t->base && fit_below(w, w->start, t->first->e[0].key, ret);
}

/* --- as Linux does it ---------------------------------------------------------- */

bool gap_fit_kernel(const struct gaptree *t, const struct gap_wish *w, struct gap_pos *pos,
		    uint64_t *ret, uint64_t *steps)
{
	struct kernel_place place;
	bool found = kerneltree_search(t->kernel, w->size, w->align, w->start, w->end, &place);

	*steps += place.steps;
	if (!found)
		return false;
	*pos = gap_descend(t, place.addr);
	*ret = place.addr;
	return true;
}

/* --- by size ------------------------------------------------------------------- */

/* The best so far. */
struct choice {
	bool found;
	uint64_t size;
	uint64_t low;
	uint64_t addr;
	struct gapsize_cursor at; /* node NULL: not in the order by size */
};

/* The lowest place in [low, high). */
static inline bool fit_above(const struct gap_wish *w, uint64_t low, uint64_t high, uint64_t *ret)
{
	uint64_t addr = align_up(low, w->align);

	if (addr < low || high < w->size || addr > high - w->size)
		return false;
	*ret = addr;
	return true;
}

/* A gap that the window cuts, or the last one. */
static void consider(enum vm_policy policy, const struct gap_wish *w, uint64_t low, uint64_t high,
		     struct choice *best)
{
	uint64_t size, addr;

	if (low < w->start)
		low = w->start;
	if (high > w->end)
		high = w->end;
	if (low >= high || !fit_above(w, low, high, &addr))
		return;
	size = high - low;
	/* They come in ascending order, so of equal ones the first stays. */
	if (best->found && (policy == VM_BEST_FIT ? size >= best->size : size <= best->size))
		return;
	*best = (struct choice){ true, size, low, addr, { NULL, 0 } };
}

static void consider_cut(const struct gaptree *t, const struct gap_wish *w, struct choice *best,
			 uint64_t *steps)
{
	uint64_t done = 0; /* the gap before this key has been looked at */
	struct gap_pos pos;
	const struct gap_entry *e;

	if (w->start < t->base) {
		done = t->first->e[0].key;
		consider(t->policy, w, w->start, done, best);
	} else if (w->start > t->base) {
		pos = gap_descend(t, w->start + 1);
		*steps += t->root->level + 1u;
		e = &pos.node->e[pos.i];
		if (e->key - e->gap < w->start) {
			done = e->key;
			consider(t->policy, w, e->key - e->gap, e->key, best);
		}
	}
	pos = gap_last(t);
	++*steps;
	e = &pos.node->e[pos.i];
	if (w->end < e->key - e->gap) {
		pos = gap_descend(t, w->end + 1);
		*steps += t->root->level + 1u;
		e = &pos.node->e[pos.i];
		if (e->key - e->gap >= w->end)
			return;
	}
	if (e->key != done)
		consider(t->policy, w, e->key - e->gap, e->key, best);
}

/* True for a gap that is in the window whole, and takes the range. */
static inline bool whole_fits(const struct gaptree *t, const struct gap_wish *w, gap_key_t key,
			      uint64_t *addr)
{
	uint64_t low = gap_key_addr(key);
	uint64_t high = low + gap_key_size(key);

	if (low < w->start || high > w->end || (low == t->base && w->start < t->base))
		return false;
	return fit_above(w, low, high, addr);
}

/* The gap at c, if it takes the range. */
static inline bool choose(const struct gaptree *t, const struct gap_wish *w,
			  const struct gapsize_cursor *c, struct choice *best, uint64_t *steps)
{
	const gap_key_t key = gapsize_at(c);
	uint64_t addr;

	++*steps;
	if (!whole_fits(t, w, key, &addr))
		return false;
	*best = (struct choice){ true, gap_key_size(key), gap_key_addr(key), addr, *c };
	return true;
}

/* Smallest first; of one size, ascending. */
static void best_fit(const struct gaptree *t, const struct gap_wish *w, struct choice *best,
		     uint64_t *steps)
{
	const gap_key_t limit = best->found ? gap_key(best->size, best->low) : ~(gap_key_t)0;
	struct gapsize_cursor c;
	bool more = gapsize_seek(t->by_size, gap_key(w->size, 0), &c);

	*steps += gapsize_height(t->by_size) - 1;
	for (; more && gapsize_at(&c) < limit; more = gapsize_next(&c))
		if (choose(t, w, &c, best, steps))
			return;
}

/* Largest first; of one size, ascending. */
static void worst_fit(const struct gaptree *t, const struct gap_wish *w, struct choice *best,
		      uint64_t *steps)
{
	struct gapsize_cursor top, below, c;
	bool more = gapsize_last(t->by_size, &top);

	*steps += gapsize_height(t->by_size) - 1;
	for (; more; top = below) {
		const uint64_t size = gap_key_size(gapsize_at(&top));

		if (size < w->size || (best->found && size < best->size))
			return;
		below = c = top;
		more = gapsize_prev(&below);
		if (more && gap_key_size(gapsize_at(&below)) == size) { /* there are several */
			gapsize_seek(t->by_size, gap_key(size, 0), &c);
			*steps += gapsize_height(t->by_size) - 1;
			below = c;
			more = gapsize_prev(&below);
		}
		do {
			const gap_key_t key = gapsize_at(&c);

			if (gap_key_size(key) != size)
				break;
			if (best->found && size == best->size && gap_key_addr(key) > best->low)
				return;
			if (choose(t, w, &c, best, steps))
				return;
		} while (gapsize_next(&c));
	}
}

bool gap_fit_by_size(const struct gaptree *t, const struct gap_wish *w, struct gap_pos *pos,
		     uint64_t *ret, uint64_t *steps, struct gapsize_cursor *at)
{
	const struct gap_entry *hint = &t->last_leaf->e[t->last_slot];
	struct choice best = { .found = false };

	consider_cut(t, w, &best, steps);
	if (t->policy == VM_BEST_FIT)
		best_fit(t, w, &best, steps);
	else
		worst_fit(t, w, &best, steps);
	if (!best.found)
		return false;
	/* What the range put in last has left is often what is found next. */
	if (hint->gap && hint->key - hint->gap == best.low) {
		*pos = (struct gap_pos){ t->last_leaf, t->last_slot };
		++*steps;
	} else {
		*pos = gap_descend(t, best.low + 1);
		*steps += t->root->level + 1u;
	}
	*ret = best.addr;
	*at = best.at;
	return true;
}

/* --- the largest, without the order by size --------------------------------------- */

struct largest {
	uint64_t start, end; /* the window */
	uint64_t low, high;  /* the largest so far; both 0 */
};

static void enter(struct largest *l, const struct gap_entry *e, uint64_t below);

static void look_at(struct largest *l, uint64_t low, uint64_t high)
{
	if (low < l->start)
		low = l->start;
	if (high > l->end)
		high = l->end;
	if (low < high && high - low > l->high - l->low) {
		l->low = low;
		l->high = high;
	}
}

/*
 * The gaps of p, whose keys are above `below`.  Children that lie in the window
 * whole are as good as their maxima: only the best of them is entered, and the
 * maximum leads down.  The two that the window cuts are entered as well.  From
 * left to right, so that of equal ones the lowest stays.
 */
static void look_below(struct largest *l, const struct gap_node *p, uint64_t below)
{
	const struct gap_entry *best = NULL;

	for (unsigned i = 0; i < p->n && below < l->end; below = p->e[i++].key) {
		const struct gap_entry *e = &p->e[i];
		bool whole = below >= l->start && e->key <= l->end;

		if (e->key <= l->start) {
			continue;
		} else if (p->level == 0) {
			look_at(l, e->key - e->gap, e->key);
		} else if (whole) {
			if (!best || e->gap > best->gap)
				best = e;
		} else {
			enter(l, best, l->start);
			best = NULL;
			enter(l, e, below);
		}
	}
	enter(l, best, l->start);
}

/* A child, if there is one and it has a gap larger than the largest so far. */
static void enter(struct largest *l, const struct gap_entry *e, uint64_t below)
{
	if (e && e->gap > l->high - l->low)
		look_below(l, e->ptr, below);
}

bool gaptree_largest(const struct gaptree *t, uint64_t start, uint64_t end, uint64_t *low,
		     uint64_t *high)
{
	struct largest l = { .start = start, .end = end };

	if (l.start < PAGE_SIZE)
		l.start = PAGE_SIZE;
	if (l.end > GAPTREE_TOP)
		l.end = GAPTREE_TOP;
	if (l.start < t->base)
		look_at(&l, l.start, t->first->e[0].key);
	look_below(&l, t->root, 0);
	*low = l.low;
	*high = l.high;
	return l.high > l.low;
}
