/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pools of freed ranges, kept for the next area of the same size, as Linux
 * keeps them since 6.9 where it has more than one processor.
 *
 *	node 0	1 page	 |
 *		2 pages	 | front  [0x..7000] [0x..3000]  back
 *		  ...
 *		256 pages|
 *	node 1	1 page	 | ...
 *
 * There are as many nodes as processors, and a node has a pool for each size
 * from 1 to POOL_PAGES_MAX pages, guards included.  A pool is a queue of the
 * start addresses of its ranges.  An area is made of the range at the front.  A
 * purge puts ranges to the front, too, and lets those decay that wait longest
 * to be used: see pools_decay.
 *
 * For all others these ranges are busy: the index (gaptree.h) has them too.
 *
 * Locks: none, as in gaptree.
 */
#ifndef VMALLOC_POOLS_H
#define VMALLOC_POOLS_H

#include <vmallocfs/page.h>

#define POOL_PAGES_MAX 256u

struct pool {
	uint64_t *addr; /* a ring of `room` entries, a power of two, or NULL */
	uint32_t room;
	uint32_t front; /* entry of the first one */
	uint32_t n;
};

struct pool_node {
	struct pool pool[POOL_PAGES_MAX]; /* [pages - 1] */
	uint64_t ranges;
};

struct pools {
	struct machine *m;
	struct pool_node *node; /* nr_nodes, and one of ranges whose node is unknown */
	unsigned nr_nodes;
	uint64_t ranges;	 /* of all nodes */
	uint64_t pages;		 /* of them */
	struct pool_range *sort; /* room for all ranges of a node that has many, for decay */
	uint64_t sort_room;
};

struct pool_range {
	uint64_t start;
	uint64_t end;
};

/*
 * Empty pools.  There is one node more, nr_nodes: no processor asks it, and it has
 * the ranges whose node is not known.  0 or -ENOMEM.  pools_destroy() forgets what
 * the pools have; NULL is allowed.
 */
int pools_create(struct machine *m, unsigned nr_nodes, struct pools **ret);
void pools_destroy(struct pools *p);

/* The range at the front of the node's pool of that size, in pages.  False if it is empty. */
bool pools_front(const struct pools *p, unsigned node, uint64_t pages, uint64_t *ret);

/* The front range goes to the back; or out of the pool.  There is one. */
void pools_rotate(struct pools *p, unsigned node, uint64_t pages);
void pools_take(struct pools *p, unsigned node, uint64_t pages);

/* Puts a range to the front.  0 or -ENOMEM. */
int pools_put(struct pools *p, unsigned node, uint64_t pages, uint64_t addr);

/* Takes a range out, wherever it is: false if the pool does not have it. */
bool pools_remove(struct pools *p, unsigned node, uint64_t pages, uint64_t addr);

/*
 * Takes ranges out of all pools of a node: of each pool a quarter, rounded down,
 * from the front; all of a pool that has fewer than four; all of all pools with
 * `all`.  fn is called for what is gone, ascending, with neighbours joined; it
 * leaves the pools alone.
 *
 *	a pool has 7 ranges: 1 goes, then (6) 1, (5) 1, (4) 1, and then (3) all
 */
typedef void pools_fn(void *arg, uint64_t start, uint64_t end);
void pools_decay(struct pools *p, unsigned node, bool all, pools_fn *fn, void *arg);

/* How many ranges a pool has, and the i'th from the front. */
static inline uint32_t pools_length(const struct pools *p, unsigned node, uint64_t pages)
{
	return p->node[node].pool[pages - 1].n;
}

static inline uint64_t pools_at(const struct pools *p, unsigned node, uint64_t pages, uint32_t i)
{
	const struct pool *q = &p->node[node].pool[pages - 1];

	return q->addr[(q->front + i) & (q->room - 1)];
}

#endif
