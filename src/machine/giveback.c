/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Giving free frames back to the host.  hostmem.h says why and when.
 *
 * A zone's lock is held while one region of 2 MiB is given back, so that none of
 * its frames is allocated meanwhile.  A user can write to a free frame all the
 * same, through dev/mem, and marks it dirty before and after (phys_write).  So the
 * flags go first, then the bytes: if the write comes between the two it is lost,
 * and the frame is zero and marked dirty, which does no harm.
 */
#include <sys/mman.h>

#include "machine/hostmem.h"
#include "machine/lock.h"
#include "machine/moment.h"
#include "machine/zone.h"

/* Clears the marks of n free frames: how many had host memory. */
static uint64_t clear_marks(struct machine *m, pfn_t pfn, uint64_t n)
{
	uint64_t backed = 0;

	for (pfn_t end = pfn + n; pfn < end; pfn++) {
		struct page *page = pfn_to_page(m, pfn);

		if (!atomic_load_explicit(&page->flags, memory_order_relaxed))
			continue;
		page_before_change(m, pfn);
		if (atomic_exchange_explicit(&page->flags, 0, memory_order_relaxed) & PG_backed)
			backed++;
	}
	return backed;
}

/* Gives the bytes of n free frames back: how many had host memory. */
static uint64_t drop_frames(struct machine *m, pfn_t pfn, uint64_t n)
{
	uint64_t backed = clear_marks(m, pfn, n);

	if (!backed)
		return 0;
	madvise(pfn_to_ram(m, pfn), n << PAGE_SHIFT, MADV_DONTNEED);
	host_uncharge(m, backed << PAGE_SHIFT);
	return backed;
}

/* The descriptors of a region without host memory are zeros, as if it was never used. */
static void drop_descriptors(struct machine *m, pfn_t pfn)
{
	uint64_t region = pfn >> REGION_ORDER;
	uint64_t bit = UINT64_C(1) << region % 64;

	if (!host_is_short(m))
		return;
	if (!(atomic_fetch_and_explicit(&m->described[region / 64], ~bit, memory_order_relaxed) &
	      bit))
		return;
	madvise(pfn_to_page(m, pfn), REGION_FRAMES * sizeof(struct page), MADV_DONTNEED);
	host_uncharge(m, REGION_BYTES);
}

/* True if all frames of the region at pfn are free and in the zone's lists. Lock held. */
static bool region_is_free(const struct zone *z, pfn_t pfn)
{
	for (unsigned order = REGION_ORDER; order < MAX_ORDER; order++)
		if (bitmap_test(&z->bitmap[order], (pfn - z->base) >> order))
			return true;
	return false;
}

/* The free blocks of a region that is in use otherwise. Lock held. */
static uint64_t drop_blocks(struct machine *m, const struct zone *z, pfn_t pfn)
{
	uint64_t dropped = 0;

	for (unsigned order = 0; order < REGION_ORDER; order++)
		for (pfn_t p = pfn; p < pfn + REGION_FRAMES && p < z->end;
		     p += UINT64_C(1) << order)
			if (bitmap_test(&z->bitmap[order], (p - z->base) >> order))
				dropped += drop_frames(m, p, UINT64_C(1) << order);
	return dropped;
}

/* One region that the host holds bytes of. *keep is how many frames shall stay. */
static uint64_t sweep_region(struct machine *m, struct zone *z, pfn_t pfn, bool all, uint64_t *keep)
{
	uint64_t region = pfn >> REGION_ORDER;
	uint64_t bit = UINT64_C(1) << region % 64;
	uint64_t dropped = 0;

	lock_mutex(&z->lock);
	if (!region_is_free(z, pfn)) {
		if (all)
			dropped = drop_blocks(m, z, pfn);
	} else if (*keep >= REGION_FRAMES) {
		*keep -= REGION_FRAMES;
	} else {
		/* The bit goes first: a write that comes now sets it again. */
		atomic_fetch_and_explicit(&m->backed[region / 64], ~bit, memory_order_relaxed);
		dropped = drop_frames(m, pfn, REGION_FRAMES);
		drop_descriptors(m, pfn);
	}
	unlock_mutex(&z->lock);
	return dropped;
}

/* Frames of the zone that were in use at some time since the last sweep, and are free now. */
static uint64_t cycled(struct zone *z, bool all)
{
	uint64_t free, ret;

	lock_mutex(&z->lock);
	if (all)
		zone_drain(z, 0);
	free = atomic_load_explicit(&z->free, memory_order_relaxed);
	ret = all || free < z->least_free ? 0 : free - z->least_free;
	z->least_free = free;
	unlock_mutex(&z->lock);
	return ret;
}

static uint64_t sweep_zone(struct machine *m, struct zone *z, bool all)
{
	uint64_t keep = cycled(z, all);
	uint64_t dropped = 0;

	for (pfn_t pfn = z->base; pfn < z->end; pfn += REGION_FRAMES) {
		/* A word says of 128 MiB at once that there is nothing. */
		if (pfn % (64 * REGION_FRAMES) == 0 &&
		    !atomic_load_explicit(&m->backed[pfn / (64 * REGION_FRAMES)],
					  memory_order_relaxed))
			pfn += 63 * REGION_FRAMES;
		else if (region_test(m->backed, pfn))
			dropped += sweep_region(m, z, pfn, all, &keep);
	}
	return dropped;
}

uint64_t pages_give_back(struct machine *m, bool all)
{
	uint64_t dropped = 0;

	for (unsigned nid = 0; nid < m->nr_nodes; nid++)
		for (unsigned t = 0; t < MAX_NR_ZONES; t++)
			if (m->node[nid].zone[t].managed)
				dropped += sweep_zone(m, &m->node[nid].zone[t], all);
	return dropped;
}
