/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Purging by generations of the kernel, and pools.  See generation.h.
 */
#include <stdlib.h>

#include "vmalloc/generation.h"

#define NODE_ZONE (UINT64_C(64) << 10) /* bytes of addresses in a row whose node is the same */

/* --- placing ------------------------------------------------------------------- */

uint16_t pool_node_for(const struct machine *m, vaddr_t start, vaddr_t end)
{
	const struct vmlist *v = m->vmlist;

	if (start != v->pool_start || end != v->pool_end)
		return 0;
	return (uint16_t)(machine_cpu(m) % v->pools->nr_nodes + 1);
}

bool take_from_pool(struct machine *m, struct vm_struct *area, uint64_t size, uint64_t align)
{
	struct vmlist *v = m->vmlist;
	uint64_t pages = size >> PAGE_SHIFT;
	unsigned node = area->pool_node - 1;
	vaddr_t addr;

	if (!pages || !pools_front(v->pools, node, pages, &addr))
		return false;
	if (addr & (align - 1)) {
		pools_rotate(v->pools, node, pages);
		return false;
	}
	pools_take(v->pools, node, pages);
	gaptree_replace(&v->tree, addr, area);
	area->addr = addr;
	return true;
}

/* --- giving back --------------------------------------------------------------- */

/* The node whose list a range waits in. */
static unsigned home(const struct vmlist *v, const struct lazy_range *r)
{
	unsigned n = v->pools ? v->pools->nr_nodes : 1;

	return r->pool_node && r->pool_node <= n ? r->pool_node - 1
						 : (unsigned)(r->addr / NODE_ZONE % n);
}

static int by_waiting_address(const void *a, const void *b)
{
	const struct lazy_range *x = a, *y = b;

	return (x->addr > y->addr) - (x->addr < y->addr);
}

/* All in ascending order; those that touch go back as one. */
static void give_back_joined(struct vmlist *v)
{
	const struct lazy *l = &v->lazy;

	for (size_t i = 0, next; i < l->n; i = next) {
		vaddr_t end = l->range[i].addr;

		for (next = i; next < l->n && l->range[next].addr == end; next++) {
			gaptree_take(&v->tree, end);
			end += l->range[next].size;
		}
		gaptree_give_back(&v->tree, l->range[i].addr, end);
	}
}

struct decay {
	struct machine *m;
	struct vmlist *v;
	uint64_t n; /* ranges */
};

/* [start, end) was in a pool, as one range or several. */
static void decayed(void *arg, uint64_t start, uint64_t end)
{
	struct decay *d = arg;
	struct gap_cursor c;

	for (vaddr_t addr = start; addr < end; d->n++) {
		struct gap_extent e;

		gaptree_seek(&d->v->tree, addr, &c);
		e = gaptree_extent(&c);
		addr = e.end;
		gaptree_take(&d->v->tree, e.start);
		if (history_is_on(&d->v->history))
			history_note(d->m, e.start, e.end - e.start, VM_RANGE_POOLED,
				     VM_RANGE_FREE);
	}
	gaptree_give_back(&d->v->tree, start, end);
}

static uint64_t decay_pools(struct machine *m, bool all)
{
	struct vmlist *v = m->vmlist;
	struct decay d = { .m = m, .v = v };

	for (unsigned node = 0; node <= v->pools->nr_nodes; node++)
		pools_decay(v->pools, node, all, decayed, &d);
	return d.n;
}

/* True if the range goes into a pool; not if there is no memory for that. */
static bool put_into_pool(struct vmlist *v, const struct lazy_range *r)
{
	uint64_t pages = r->size >> PAGE_SHIFT;

	if (!r->pool_node || pages > POOL_PAGES_MAX)
		return false;
	if (pools_put(v->pools, r->pool_node - 1, pages, r->addr))
		return false;
	gaptree_replace(&v->tree, r->addr, &v->pooled_item);
	return true;
}

/* What waits for one node, [range, range + n) in ascending order. */
static void give_back_node(struct vmlist *v, struct lazy_range *range, size_t n, bool fill)
{
	for (size_t i = 0; fill && i < n; i++)
		if (put_into_pool(v, &range[i]))
			range[i].size = 0;
	while (n--)
		if (range[n].size)
			gaptree_remove(&v->tree, range[n].addr);
}

/* By node, then by address. */
static int by_home(const void *a, const void *b, void *arg)
{
	const struct lazy_range *x = a, *y = b;
	unsigned p = home(arg, x), q = home(arg, y);

	return p != q ? (p > q) - (p < q) : by_waiting_address(x, y);
}

static void give_back_nodes(struct vmlist *v, bool fill)
{
	struct lazy *l = &v->lazy;

	if (!l->n)
		return;
	qsort_r(l->range, l->n, sizeof(l->range[0]), by_home, v);
	for (size_t i = 0, next; i < l->n; i = next) {
		unsigned node = home(v, &l->range[i]);

		for (next = i + 1; next < l->n && home(v, &l->range[next]) == node; next++)
			;
		give_back_node(v, &l->range[i], next - i, fill);
	}
}

uint64_t give_back_waiting(struct machine *m, bool for_room)
{
	struct vmlist *v = m->vmlist;
	struct lazy *l = &v->lazy;
	uint64_t n = 0;

	if (v->tree.policy == VM_LINUX_6_1) {
		qsort(l->range, l->n, sizeof(l->range[0]), by_waiting_address);
		give_back_joined(v);
	} else if (v->tree.policy == VM_LINUX_6_12) {
		if (v->pools)
			n = decay_pools(m, for_room);
		give_back_nodes(v, v->pools && !for_room);
	} else {
		for (size_t i = 0; i < l->n; i++)
			gaptree_remove(&v->tree, l->range[i].addr);
	}
	return n;
}

/* --- pools as a whole ----------------------------------------------------------- */

void drop_pools(struct machine *m)
{
	struct vmlist *v = m->vmlist;

	if (!v->pools)
		return;
	decay_pools(m, true);
	if (history_is_on(&v->history))
		history_noted(m, VM_EVENT_PURGE);
	pools_destroy(v->pools);
	v->pools = NULL;
}

uint64_t vmalloc_nr_pooled(struct machine *m)
{
	uint64_t pages;

	vmlist_read_lock(m);
	pages = m->vmlist->pools ? m->vmlist->pools->pages : 0;
	vmlist_read_unlock(m);
	return pages;
}

void vmalloc_set_pool_window(struct machine *m, vaddr_t start, vaddr_t end)
{
	vmlist_write_lock(m);
	m->vmlist->pool_start = start;
	m->vmlist->pool_end = end;
	vmlist_write_unlock(m);
}

void pools_for_each(struct machine *m, vmlist_pool_fn *fn, void *arg)
{
	const struct pools *p = m->vmlist->pools;

	for (unsigned node = 0; p && node <= p->nr_nodes; node++) {
		if (!p->node[node].ranges)
			continue;
		for (uint64_t pages = 1; pages <= POOL_PAGES_MAX; pages++)
			for (uint32_t i = 0; i < pools_length(p, node, pages); i++)
				fn(arg, node, pages, pools_at(p, node, pages, i));
	}
}

void vmlist_for_each_pooled(struct machine *m, vmlist_pool_fn *fn, void *arg)
{
	vmlist_read_lock(m);
	pools_for_each(m, fn, arg);
	vmlist_read_unlock(m);
}
