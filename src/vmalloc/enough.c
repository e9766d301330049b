/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What would be enough for a request that does not fit.
 *
 *	 start						  end
 *	 |						  |
 *	 [ a a a ][ w w ]  hole  [ b ]   hole   [ c c c c ]
 *
 * Two indexes of their own are built of the ranges: one with all of them, one
 * without those that wait (w), as a purge leaves it.  They place as the
 * machine's index does, because they are the same index.  For Linux's policies the
 * ranges that wait are really given back, in the order of its generation on one
 * processor (generation.h), since the shape of its tree depends on that.
 *
 *	a wider window	A place below `start` is the highest that there is when the
 *			window begins at `bottom`: none fits above, so that exactly
 *			this start is enough.  Above `end` it is the lowest one.
 *	a removal	The hole around an area, from its neighbour to the next.
 *	packing		All areas moved to one end leave one hole.
 */
#include <errno.h>

#include "vmalloc/enough.h"

static const char range_item; /* stands for each range: the index wants some pointer */

static int build(struct gaptree *t, struct machine *m, const struct vm_range *ranges, size_t n,
		 bool purged, vaddr_t base)
{
	int err = gaptree_init(t, m, base);

	for (size_t i = 0; i < n && !err; i++) {
		if (purged && ranges[i].waits)
			continue;
		err = gaptree_insert(t, ranges[i].addr, ranges[i].size, (void *)&range_item);
		if (err)
			gaptree_deinit(t);
	}
	return err == -EBUSY ? -EINVAL : err;
}

/* The window's whole pages. */
static vaddr_t window_start(const struct vm_question *q)
{
	return PAGE_ALIGN(q->start);
}

static vaddr_t window_end(const struct vm_question *q)
{
	return q->end & PAGE_MASK;
}

static void largest_hole(const struct gaptree *t, const struct vm_question *q, vaddr_t *at,
			 uint64_t *size)
{
	vaddr_t low, high;

	*at = *size = 0;
	if (!gaptree_largest(t, window_start(q), window_end(q), &low, &high))
		return;
	*at = low;
	*size = high - low;
}

static int place_by_all(struct gaptree *t, const struct vm_question *q, struct vm_place *places)
{
	for (unsigned p = 0; p < NR_VM_POLICIES; p++) {
		int err = gaptree_set_policy(t, (enum vm_policy)p);

		if (err)
			return err;
		places[p].fits =
			gaptree_search(t, q->size, q->align, q->start, q->end, &places[p].addr);
	}
	return 0;
}

/* What waits is given back, joined with what it touches, in ascending order. */
static void purge_joined(struct gaptree *t, const struct vm_range *ranges, size_t n)
{
	for (size_t i = 0, next; i < n; i = next) {
		vaddr_t end = ranges[i].addr;

		for (next = i; next < n && ranges[next].waits && ranges[next].addr == end; next++) {
			gaptree_take(t, end);
			end += ranges[next].size;
		}
		if (next > i)
			gaptree_give_back(t, ranges[i].addr, end);
		else
			next = i + 1;
	}
}

static void purge_singly(struct gaptree *t, const struct vm_range *ranges, size_t n)
{
	while (n--)
		if (ranges[n].waits)
			gaptree_remove(t, ranges[n].addr);
}

/* After a purge, under one of Linux's policies. */
static int place_by_linux(struct machine *m, const struct vm_range *ranges, size_t n,
			  const struct vm_question *q, enum vm_policy policy, struct vm_place *ret)
{
	struct gaptree t;
	int err = build(&t, m, ranges, n, false, q->start);

	if (err)
		return err;
	err = gaptree_set_policy(&t, policy);
	if (!err) {
		if (policy == VM_LINUX_6_1)
			purge_joined(&t, ranges, n);
		else
			purge_singly(&t, ranges, n);
		ret->fits = gaptree_search(&t, q->size, q->align, q->start, q->end, &ret->addr);
	}
	gaptree_deinit(&t);
	return err;
}

static int place_purged(struct gaptree *purged, const struct vm_range *ranges, size_t n,
			const struct vm_question *q, struct vm_place *places)
{
	int err = place_by_all(purged, q, places);

	for (enum vm_policy p = VM_LINUX_6_1; p <= VM_LINUX_6_12 && !err; p++)
		err = place_by_linux(purged->m, ranges, n, q, p, &places[p]);
	return err;
}

static bool fits_between(const struct vm_question *q, vaddr_t low, vaddr_t high)
{
	vaddr_t start = window_start(q), end = window_end(q);
	uint64_t slack;

	low = low > start ? low : start;
	high = high < end ? high : end;
	slack = -low & (q->align - 1);
	return high > low && high - low >= q->size && high - low - q->size >= slack;
}

/* Keeps the smallest removals, the lowest of equal ones first. */
static void add_removal(struct enough_help *h, const struct vm_range *range, size_t i)
{
	size_t n = h->nr_removals < VM_ENOUGH_REMOVALS ? h->nr_removals : VM_ENOUGH_REMOVALS;
	size_t at = n;

	h->nr_removals++;
	while (at && h->removal[at - 1].range.size > range->size)
		at--;
	if (at == VM_ENOUGH_REMOVALS)
		return;
	if (n == VM_ENOUGH_REMOVALS)
		n--;
	for (size_t k = n; k > at; k--)
		h->removal[k] = h->removal[k - 1];
	h->removal[at].range = *range;
	h->removal[at].i = i;
}

/* The next busy range, and which one it is.  False at the end. */
static bool next_busy(struct busy_walk *w, struct vm_range *ret, size_t *i)
{
	struct gap_extent e;

	if (!w->tree) {
		while (w->i < w->n && w->ranges[w->i].waits)
			w->i++;
		*i = w->i;
		if (w->i == w->n)
			return false;
		*ret = w->ranges[w->i++];
		return true;
	}
	if (!(w->begun ? gaptree_next(&w->c) : gaptree_seek(w->tree, 0, &w->c)))
		return false;
	w->begun = true;
	e = gaptree_extent(&w->c);
	*ret = (struct vm_range){ e.start, e.end - e.start, false };
	*i = w->i++;
	return true;
}

/* [low, high) is free: how far would the window have to reach for a place there? */
static void look_at_gap(const struct vm_question *q, vaddr_t low, vaddr_t high,
			struct enough_help *h)
{
	vaddr_t from = low > q->bottom ? low : PAGE_ALIGN(q->bottom);
	vaddr_t to = high < q->end ? high : q->end & PAGE_MASK;
	vaddr_t at;

	/* A place that begins below the window: the highest of them, which comes last. */
	if (to > from && to - from >= q->size) {
		at = (to - q->size) & ~(q->align - 1);
		if (at >= from && at < q->start)
			h->lower = q->start - at;
	}
	/* A place that ends above it: the lowest, which comes first. */
	from = low > q->start ? low : window_start(q);
	to = high < q->top ? high : q->top & PAGE_MASK;
	at = (from + q->align - 1) & ~(q->align - 1);
	if (!h->higher && at >= from && to > at && to - at >= q->size && at + q->size > q->end)
		h->higher = PAGE_ALIGN(at + q->size - q->end);
}

/* How much of a range lies in the window. */
static uint64_t part_in_window(const struct vm_question *q, const struct vm_range *r)
{
	vaddr_t start = window_start(q), end = window_end(q);
	vaddr_t low = r->addr > start ? r->addr : start;
	vaddr_t high = r->addr + r->size < end ? r->addr + r->size : end;

	return high > low ? high - low : 0;
}

void enough_find_help(struct busy_walk *w, const struct vm_question *q, struct enough_help *h)
{
	struct vm_range this, next;
	vaddr_t start = window_start(q), end = window_end(q), before = 0;
	uint64_t busy = 0;
	size_t i, next_i = 0;
	bool more = next_busy(w, &this, &i);

	*h = (struct enough_help){ 0 };
	look_at_gap(q, 0, more ? this.addr : UINT64_MAX, h);
	while (more) {
		vaddr_t after, this_end = this.addr + this.size;

		more = next_busy(w, &next, &next_i);
		after = more ? next.addr : UINT64_MAX;
		look_at_gap(q, this_end, after, h);
		if (this.addr < q->end && this_end > q->start && fits_between(q, before, after))
			add_removal(h, &this, i);
		busy += part_in_window(q, &this);
		before = this_end;
		this = next;
		i = next_i;
	}
	h->packed = fits_between(q, start + busy, end) || fits_between(q, start, end - busy);
}

static bool is_valid(const struct vm_range *ranges, size_t n, const struct vm_question *q)
{
	vaddr_t before = 0;

	if (!q->size || !q->align || q->align & (q->align - 1) || q->end <= q->start)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (ranges[i].addr < before || !ranges[i].size ||
		    ranges[i].size > GAPTREE_TOP - ranges[i].addr)
			return false;
		before = ranges[i].addr + ranges[i].size;
	}
	return true;
}

static void take_help(const struct vm_range *ranges, size_t n, const struct vm_question *q,
		      struct vm_answer *ret)
{
	struct busy_walk w = { .ranges = ranges, .n = n };
	struct enough_help h;

	enough_find_help(&w, q, &h);
	ret->lower = ret->purged[VM_FIRST_FIT].fits ? 0 : h.lower;
	ret->higher = ret->purged[VM_FIRST_FIT].fits ? 0 : h.higher;
	ret->nr_removals = h.nr_removals;
	for (size_t i = 0; i < VM_ENOUGH_REMOVALS; i++)
		ret->removal[i] = h.removal[i].i;
	ret->packed = h.packed;
}

int vm_enough(struct machine *m, const struct vm_range *ranges, size_t n,
	      const struct vm_question *q, struct vm_answer *ret)
{
	struct gaptree now, purged;
	int err;

	*ret = (struct vm_answer){ 0 };
	if (!is_valid(ranges, n, q))
		return -EINVAL;
	err = build(&now, m, ranges, n, false, q->start);
	if (err)
		return err;
	err = build(&purged, m, ranges, n, true, q->start);
	if (err)
		goto deinit_now;
	largest_hole(&now, q, &ret->largest_at, &ret->largest);
	largest_hole(&purged, q, &ret->purged_largest_at, &ret->purged_largest);
	err = place_by_all(&now, q, ret->now);
	if (!err)
		err = place_purged(&purged, ranges, n, q, ret->purged);
	if (!err)
		take_help(ranges, n, q, ret);
	gaptree_deinit(&purged);
deinit_now:
	gaptree_deinit(&now);
	return err;
}
