/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What ties the two orders of gaps together: that by address (gaptree.c) and,
 * under best fit and worst fit, that by size (gapsize.c).
 *
 *	by address	[ A ]  2  [ B ]    4    [ C ]  3  [ D ]     the rest
 *	by size		2 behind A, 3 behind C, 4 behind B
 *
 * The order by size has all gaps but the last one, which hardly any window has
 * whole.  What tells the last one is the key of the entry behind it.
 */
#include <errno.h>

#include "vmalloc/index/gapnode.h"

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

void gap_sort_merged(struct gaptree *t, uint64_t key, uint64_t before, uint64_t low, uint64_t after,
		     uint64_t end)
{
	if (before)
		gapsize_del(t->by_size, gap_key(before, low));
	if (after && key != GAPTREE_TOP)
		gapsize_del(t->by_size, gap_key(after, end));
	if (key != GAPTREE_TOP)
		gapsize_add(t->by_size, gap_key(end + after - low, low));
	gapsize_trim(t->by_size, t->count);
}

int gaptree_set_policy(struct gaptree *t, enum vm_policy policy)
{
	bool by_size = policy == VM_BEST_FIT || policy == VM_WORST_FIT;
	struct gapsize *x;
	int err;

	if (by_size && !t->by_size) {
		err = gapsize_create(t->m, t->count, &x);
		if (err)
			return err;
		for (const struct gap_node *p = t->first; p; p = p->next)
			for (unsigned i = 0; i < p->n; i++)
				if (p->e[i].gap && p->e[i].key != GAPTREE_TOP)
					gapsize_add(x, gap_key(p->e[i].gap,
							       p->e[i].key - p->e[i].gap));
		t->by_size = x;
	} else if (!by_size) {
		gapsize_destroy(t->by_size);
		t->by_size = NULL;
	}
	t->policy = policy;
	return 0;
}
