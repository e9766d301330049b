/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pools of freed ranges.  See pools.h.
 *
 * A purge must not fail, and decay has to sort what it takes out.  So memory
 * for that is got when a range is put into a pool, which may fail: then the
 * range goes back to the holes, as all of them do when the kernel's memory runs
 * short.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "vmalloc/index/pools.h"

#define ROOM_FIRST 4u
#define SORT_FIRST 64u

int pools_create(struct machine *m, unsigned nr_nodes, struct pools **ret)
{
	struct pools *p = kmalloc(m, sizeof(*p), GFP_KERNEL | __GFP_ZERO);

	if (!p)
		return -ENOMEM;
	p->m = m;
	p->nr_nodes = nr_nodes;
	p->node = kmalloc(m, (nr_nodes + 1) * sizeof(p->node[0]), GFP_KERNEL | __GFP_ZERO);
	if (!p->node) {
		kfree(m, p);
		return -ENOMEM;
	}
	*ret = p;
	return 0;
}

void pools_destroy(struct pools *p)
{
	if (!p)
		return;
	for (unsigned i = 0; i <= p->nr_nodes; i++)
		for (unsigned j = 0; j < POOL_PAGES_MAX; j++)
			kfree(p->m, p->node[i].pool[j].addr);
	kfree(p->m, p->sort);
	kfree(p->m, p->node);
	kfree(p->m, p);
}

static inline uint64_t *entry(struct pool *q, uint32_t i)
{
	return &q->addr[(q->front + i) & (q->room - 1)];
}

/* One range more in this pool, or fewer: -1. */
static void count_block(struct pools *p, unsigned node, uint64_t pages, int more)
{
	p->node[node].pool[pages - 1].n += (uint32_t)more;
	p->node[node].ranges += (uint64_t)more;
	p->ranges += (uint64_t)more;
	p->pages += (uint64_t)more * pages;
}

bool pools_front(const struct pools *p, unsigned node, uint64_t pages, uint64_t *ret)
{
	if (pages > POOL_PAGES_MAX || !pools_length(p, node, pages))
		return false;
	*ret = pools_at(p, node, pages, 0);
	return true;
}

void pools_take(struct pools *p, unsigned node, uint64_t pages)
{
	struct pool *q = &p->node[node].pool[pages - 1];

	q->front = (q->front + 1) & (q->room - 1);
	count_block(p, node, pages, -1);
}

void pools_rotate(struct pools *p, unsigned node, uint64_t pages)
{
	struct pool *q = &p->node[node].pool[pages - 1];
	uint64_t addr = *entry(q, 0);

	q->front = (q->front + 1) & (q->room - 1);
	*entry(q, q->n - 1) = addr;
}

static bool grow_pool(struct pools *p, struct pool *q)
{
	uint32_t room = q->room ? 2 * q->room : ROOM_FIRST;
	uint64_t *addr = kmalloc(p->m, room * sizeof(*addr), GFP_KERNEL);

	if (!addr)
		return false;
	for (uint32_t i = 0; i < q->n; i++)
		addr[i] = *entry(q, i);
	kfree(p->m, q->addr);
	q->addr = addr;
	q->room = room;
	q->front = 0;
	return true;
}

static bool grow_sort(struct pools *p)
{
	uint64_t room = p->sort_room ? 2 * p->sort_room : SORT_FIRST;
	struct pool_range *sort = kmalloc(p->m, room * sizeof(*sort), GFP_KERNEL);

	if (!sort)
		return false;
	kfree(p->m, p->sort);
	p->sort = sort;
	p->sort_room = room;
	return true;
}

int pools_put(struct pools *p, unsigned node, uint64_t pages, uint64_t addr)
{
	struct pool *q = &p->node[node].pool[pages - 1];

	if (p->node[node].ranges == p->sort_room && !grow_sort(p))
		return -ENOMEM;
	if (q->n == q->room && !grow_pool(p, q))
		return -ENOMEM;
	q->front = (q->front - 1) & (q->room - 1);
	*entry(q, 0) = addr;
	count_block(p, node, pages, 1);
	return 0;
}

bool pools_remove(struct pools *p, unsigned node, uint64_t pages, uint64_t addr)
{
	struct pool *q;
	uint32_t i = 0;

	if (pages > POOL_PAGES_MAX)
		return false;
	q = &p->node[node].pool[pages - 1];
	while (i < q->n && *entry(q, i) != addr)
		i++;
	if (i == q->n)
		return false;
	for (; i + 1 < q->n; i++)
		*entry(q, i) = *entry(q, i + 1);
	count_block(p, node, pages, -1);
	return true;
}

static int by_start(const void *a, const void *b)
{
	const struct pool_range *x = a, *y = b;

	return (x->start > y->start) - (x->start < y->start);
}

/* How many of a pool go now. */
static uint32_t decaying(const struct pool *q, bool all)
{
	return all || q->n < 4 ? q->n : q->n / 4;
}

void pools_decay(struct pools *p, unsigned node, bool all, pools_fn *fn, void *arg)
{
	struct pool_range *gone = p->sort;
	uint64_t n = 0;

	if (!p->node[node].ranges)
		return;
	for (uint64_t pages = 1; pages <= POOL_PAGES_MAX; pages++) {
		struct pool *q = &p->node[node].pool[pages - 1];

		for (uint32_t left = decaying(q, all); left; left--) {
			uint64_t addr = *entry(q, 0);

			gone[n++] = (struct pool_range){ addr, addr + (pages << PAGE_SHIFT) };
			pools_take(p, node, pages);
		}
	}
	qsort(gone, n, sizeof(gone[0]), by_start);
	for (uint64_t i = 0, j; i < n; i = j) {
		uint64_t end = gone[i].end;

		for (j = i + 1; j < n && gone[j].start == end; j++)
			end = gone[j].end;
		fn(arg, gone[i].start, end);
	}
}
