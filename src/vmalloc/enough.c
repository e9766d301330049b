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

#include "vmalloc/index/gaptree.h"

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

/* How far the window would have to reach; nothing fits in it as it is. */
static int find_wider(struct gaptree *t, const struct vm_question *q, struct vm_answer *ret)
{
	vaddr_t addr;
	int err = gaptree_set_policy(t, VM_TOP_DOWN);

	if (err)
		return err;
	if (q->bottom < q->start &&
	    gaptree_search(t, q->size, q->align, q->bottom, q->end, &addr) && addr < q->start)
		ret->lower = q->start - addr;
	err = gaptree_set_policy(t, VM_FIRST_FIT);
	if (err)
		return err;
	if (q->top > q->end && gaptree_search(t, q->size, q->align, q->start, q->top, &addr) &&
	    addr + q->size > q->end)
		ret->higher = PAGE_ALIGN(addr + q->size - q->end);
	return 0;
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
static void add_removal(struct vm_answer *ret, const struct vm_range *ranges, size_t i)
{
	size_t n = ret->nr_removals < VM_ENOUGH_REMOVALS ? ret->nr_removals : VM_ENOUGH_REMOVALS;
	size_t at = n;

	ret->nr_removals++;
	while (at && ranges[ret->removal[at - 1]].size > ranges[i].size)
		at--;
	if (at == VM_ENOUGH_REMOVALS)
		return;
	if (n == VM_ENOUGH_REMOVALS)
		n--;
	for (size_t k = n; k > at; k--)
		ret->removal[k] = ret->removal[k - 1];
	ret->removal[at] = i;
}

/* The next area from i on: what waits is gone when this is asked. */
static size_t next_area(const struct vm_range *ranges, size_t n, size_t i)
{
	while (i < n && ranges[i].waits)
		i++;
	return i;
}

static void find_removals(const struct vm_range *ranges, size_t n, const struct vm_question *q,
			  struct vm_answer *ret)
{
	vaddr_t before = 0;
	size_t next;

	for (size_t i = next_area(ranges, n, 0); i < n; i = next) {
		vaddr_t end = ranges[i].addr + ranges[i].size;

		next = next_area(ranges, n, i + 1);
		if (ranges[i].addr < q->end && end > q->start &&
		    fits_between(q, before, next < n ? ranges[next].addr : UINT64_MAX))
			add_removal(ret, ranges, i);
		before = end;
	}
}

static bool fits_packed(const struct vm_range *ranges, size_t n, const struct vm_question *q)
{
	vaddr_t start = window_start(q), end = window_end(q);
	uint64_t busy = 0;

	for (size_t i = next_area(ranges, n, 0); i < n; i = next_area(ranges, n, i + 1)) {
		vaddr_t low = ranges[i].addr, high = low + ranges[i].size;

		low = low > start ? low : start;
		high = high < end ? high : end;
		busy += high > low ? high - low : 0;
	}
	return fits_between(q, start + busy, end) || fits_between(q, start, end - busy);
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
	if (!err && !ret->purged[VM_FIRST_FIT].fits)
		err = find_wider(&purged, q, ret);
	if (!err) {
		find_removals(ranges, n, q, ret);
		ret->packed = fits_packed(ranges, n, q);
	}
	gaptree_deinit(&purged);
deinit_now:
	gaptree_deinit(&now);
	return err;
}
