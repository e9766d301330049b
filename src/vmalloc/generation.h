/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What differs between the kernel's generations, beside the tree of holes that
 * they have in common (index/kerneltree.h): where ranges go that are purged, and
 * where areas come from before the holes are searched.
 *
 *	linux-6.1	waiting ranges that touch are joined, and all are given
 *			back in ascending order
 *	linux-6.12	on one processor: not joined, in descending order
 *			on N processors: as follows
 *
 * There are N nodes, one for each processor.
 *
 * 1. An allocation whose window is the whole vmalloc space belongs to the node
 *    of the processor that asks.  Others belong to none.
 * 2. One that belongs to a node, and has at most 256 pages with its guard, looks
 *    at the first range of the node's pool of that size.  If its start is
 *    aligned as asked for, it is taken.  If not, it goes to the back, and the
 *    holes are searched.
 *	pool of 5 pages: 0x3000 0x8000; 5 pages aligned to 0x4000: neither is
 *	taken now, and the pool is 0x8000 0x3000 afterwards
 * 3. A freed range waits for its node; one that belongs to none waits for node
 *    (address / 64 KiB) modulo N.
 * 4. A purge first lets the pools of all nodes decay (pools_decay).  Then, node
 *    by node: a range that belongs to it and has at most 256 pages goes to the
 *    front of its pool, in ascending order, so that the highest is first.  Others
 *    are given back to the holes, in descending order.
 * 5. A purge for want of room empties all pools and fills none.
 *
 * On a machine of 32 bits there are no pools.
 */
#ifndef VMALLOC_GENERATION_H
#define VMALLOC_GENERATION_H

#include "vmalloc/index/pools.h"
#include "vmalloc/vmlist.h"

static inline bool policy_has_pools(const struct machine *m, enum vm_policy policy)
{
	return policy == VM_LINUX_6_12 && m->nr_cpus > 1;
}

/* For all below the lock is held, for writing where something changes. */

/* The node that an allocation in the window [start, end] belongs to, plus one, or 0. */
uint16_t pool_node_for(const struct machine *m, vaddr_t start, vaddr_t end);

/*
 * Looks into the pool of area->pool_node for a range of `size` bytes.  True: the
 * area has it, in the index too; its address is set, its size is not.
 */
bool take_from_pool(struct machine *m, struct vm_struct *area, uint64_t size, uint64_t align);

/*
 * All that waits becomes free or goes into pools, as the policy says; the
 * caller empties the list.  Returns how many ranges decayed out of pools.
 */
uint64_t give_back_waiting(struct machine *m, bool for_room);

/* All pools are emptied and gone, if there are any. */
void drop_pools(struct machine *m);

/* vmlist_for_each_pooled with the lock held. */
void pools_for_each(struct machine *m, vmlist_pool_fn *fn, void *arg);

#endif
