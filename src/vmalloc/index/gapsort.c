/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What ties the orders of gaps together: that by address (gaptree.c) and, under
 * best fit and worst fit, that by size (gapsize.c), or under Linux's policies
 * that of its tree (kerneltree.c).
 *
 *	by address	[ A ]  2  [ B ]    4    [ C ]  3  [ D ]     the rest
 *	by size		2 after A, 3 after C, 4 after B
 *
 * The order by size has all gaps but the last one, which hardly any window has
 * whole.  The last gap is known by the key of the entry after it, GAPTREE_TOP.
 */
#include <errno.h>

#include "vmalloc/index/gapnode.h"
#include "vmalloc/index/kerneltree.h"

void gap_sort_split(struct gaptree *t, uint64_t key, uint64_t old, uint64_t low, uint64_t before,
		    uint64_t after, uint64_t next)
{
	if (old && key != GAPTREE_TOP)
		gapsize_del(t->by_size, gap_key(old, low));
	if (before)
		gapsize_add(t->by_size, gap_key(before, low));
	if (after && key != GAPTREE_TOP)
		gapsize_add(t->by_size, gap_key(after, next));
}

void gaptree_give_back(struct gaptree *t, uint64_t start, uint64_t end)
{
	if (!t->kernel)
		return;
	kerneltree_give_back(t->kernel, start, end);
	kerneltree_trim(t->kernel, t->count);
}

void gap_sort_merged(struct gaptree *t, uint64_t key, uint64_t before, uint64_t low, uint64_t after,
		     uint64_t end)
{
	if (t->kernel) {
		gaptree_give_back(t, low + before, end);
		return;
	}
	if (before)
		gapsize_del(t->by_size, gap_key(before, low));
	if (after && key != GAPTREE_TOP)
		gapsize_del(t->by_size, gap_key(after, end));
	if (key != GAPTREE_TOP)
		gapsize_add(t->by_size, gap_key(end + after - low, low));
	gapsize_trim(t->by_size, t->count);
}

void gap_sort_resized(struct gaptree *t, uint64_t addr, uint64_t room, uint64_t old, uint64_t size)
{
	if (!t->kernel)
		gap_sort_split(t, addr + room, room - old, addr + old, 0, room - size, addr + size);
	else if (size < old)
		gaptree_give_back(t, addr + size, addr + old);
	else if (size > old)
		kerneltree_cut(t->kernel, NULL, addr + old, size - old);
}

static int sort_by_size(struct gaptree *t)
{
	struct gapsize *x;
	int err;

	if (t->by_size)
		return 0;
	err = gapsize_create(t->m, t->count, &x);
	if (err)
		return err;
	for (const struct gap_node *p = t->first; p; p = p->next)
		for (unsigned i = 0; i < p->n; i++)
			if (p->e[i].gap && p->e[i].key != GAPTREE_TOP)
				gapsize_add(x, gap_key(p->e[i].gap, p->e[i].key - p->e[i].gap));
	t->by_size = x;
	return 0;
}

static int sort_as_kernel(struct gaptree *t)
{
	struct gap_cursor c;
	struct kerneltree *k;
	int err;

	if (t->kernel)
		return 0;
	err = kerneltree_create(t->m, UINT64_MAX, &k);
	if (err)
		return err;
	err = kerneltree_reserve(k, t->count);
	if (err) {
		kerneltree_destroy(k);
		return err;
	}
	for (void *item = gaptree_seek(t, 0, &c); item; item = gaptree_next(&c)) {
		struct gap_extent e = gaptree_extent(&c);

		kerneltree_cut(k, NULL, e.start, e.end - e.start);
	}
	t->kernel = k;
	return 0;
}

int gaptree_set_policy(struct gaptree *t, enum vm_policy policy)
{
	bool by_size = policy == VM_BEST_FIT || policy == VM_WORST_FIT;
	bool kernel = vm_policy_is_linux(policy);
	int err = by_size ? sort_by_size(t) : kernel ? sort_as_kernel(t) : 0;

	if (err)
		return err;
	if (!by_size) {
		gapsize_destroy(t->by_size);
		t->by_size = NULL;
	}
	if (!kernel) {
		kerneltree_destroy(t->kernel);
		t->kernel = NULL;
	}
	t->ordered_twice = by_size || kernel;
	t->policy = policy;
	return 0;
}
