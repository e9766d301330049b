/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The host's memory: how much of it a machine takes, and a limit to that.
 *
 * What is counted, in bytes of the host:
 *
 *	frames		4 KiB when a frame's bytes are written for the first time
 *			(PG_backed), which page tables are when they are allocated
 *	descriptors	for each 2 MiB of RAM, when one of its frames is allocated
 *			for the first time: a page of struct page, and a share of the
 *			zone's bitmaps
 *	kmalloc		page arrays, long names
 *	slabs		descriptors of areas, nodes of the index (slab.h)
 *	the rest	what layers above say with host_charge()
 *
 * The limit is checked before something is taken, and what would pass it fails.
 * Two threads that check at the same time may pass it together, by a batch of
 * frames each.
 *
 * The host may have less than the limit, or there is no limit.  So before memory is taken
 * from the C library, the host is asked whether it has it, in steps of HOST_STEP:
 * host_checked is the value up to which host_used may grow before host_room() asks again.
 * It refuses if the host would have less than HOST_SPARE left.  That rest is for small
 * allocations which cannot fail.
 *
 *	host_used    |===========>      |
 *	host_checked                    | at most HOST_STEP ahead after asking,
 *					  and twice that after something came back
 *
 * Memory comes back in blocks that are free: pages_give_back() (page.h) tells the
 * host that it may drop their bytes.  Such a frame reads as zeros, and is known to:
 * neither PG_dirty nor PG_backed is set.
 *
 *	1. Written and removed in turns, the same frames are used again and again,
 *	   and giving them back each time would cost a page fault for each.  So a
 *	   sweep keeps as many frames as were in use at some time since the sweep
 *	   before, the lowest ones, which the allocator takes first.
 *	2. A machine larger than its limit has no huge pages: the host would give
 *	   2 MiB for a byte that is written, which nothing here would count.
 */
#ifndef MACHINE_HOSTMEM_H
#define MACHINE_HOSTMEM_H

#include <vmallocfs/page.h>

#include "machine/lock.h"

#define REGION_ORDER 9 /* a region is 2 MiB of RAM, and its descriptors are one host page */
#define REGION_FRAMES (UINT64_C(1) << REGION_ORDER)

/* Bytes of the host that the descriptors of a region take: a page, and bits in the bitmaps. */
#define REGION_BYTES (REGION_FRAMES * sizeof(struct page) + REGION_FRAMES / 4)

/* The two maps of regions. 0 or -ENOMEM. */
int hostmem_init(struct machine *m);
void hostmem_deinit(struct machine *m);

/* True if the machine has more RAM than the host may give it. */
static inline bool host_is_short(const struct machine *m)
{
	return m->host_limit && m->ram_size > m->host_limit;
}

#define HOST_STEP (UINT64_C(1) << 20)
#define HOST_SPARE (UINT64_C(8) << 20)

/*
 * True if so many bytes more of RAM, which the host gave at boot, are within the limit;
 * else a line in the log says so.  Nothing is counted yet.
 */
bool host_limit_allows(struct machine *m, uint64_t bytes);

/* The same for bytes from the C library: the host must have them, too. */
bool host_ask(struct machine *m, uint64_t bytes);

static inline bool host_room(struct machine *m, uint64_t bytes)
{
	uint64_t used = atomic_load_explicit(&m->host_used, memory_order_relaxed);
	uint64_t checked = atomic_load_explicit(&m->host_checked, memory_order_relaxed);

	return (used <= checked && bytes <= checked - used) || host_ask(m, bytes);
}

static inline bool region_test(_Atomic uint64_t *map, pfn_t pfn)
{
	uint64_t region = pfn >> REGION_ORDER;

	return atomic_load_explicit(&map[region / 64], memory_order_relaxed) >> region % 64 & 1;
}

/* Counts the descriptors of a frame's region, which is about to be written. */
void count_descriptors(struct machine *m, pfn_t pfn);

static inline void describe_frame(struct machine *m, pfn_t pfn)
{
	if (!region_test(m->described, pfn))
		count_descriptors(m, pfn);
}

/* Counts a frame that will be written soon, without marking it dirty. */
void page_count_backed(struct machine *m, pfn_t pfn);

#endif
