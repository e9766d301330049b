/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Counting the host's memory.  See hostmem.h.
 */
#include <errno.h>
#include <stdint.h>
#include <sys/mman.h>

#include "machine/hostmem.h"
#include "machine/moment.h"

static uint64_t map_bytes(const struct machine *m)
{
	return ((m->nr_frames >> REGION_ORDER) / 64 + 1) * sizeof(uint64_t);
}

static _Atomic uint64_t *map_create(const struct machine *m)
{
	void *p = mmap(NULL, map_bytes(m), PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

int hostmem_init(struct machine *m)
{
	m->backed = map_create(m);
	m->described = map_create(m);
	return m->backed && m->described ? 0 : -ENOMEM;
}

void hostmem_deinit(struct machine *m)
{
	if (m->backed)
		munmap(m->backed, map_bytes(m));
	if (m->described)
		munmap(m->described, map_bytes(m));
}

static void __attribute__((noinline)) log_host_full(struct machine *m, uint64_t bytes)
{
	if (printk_ratelimit(m))
		printk(m, KERN_WARNING,
		       "out of host memory: %lu bytes more would pass the limit; %lu of %lu are in "
		       "use (hostmem=)",
		       (unsigned long)bytes,
		       (unsigned long)atomic_load_explicit(&m->host_used, memory_order_relaxed),
		       (unsigned long)m->host_limit);
}

bool host_limit_allows(struct machine *m, uint64_t bytes)
{
	if (bytes <= host_left(m))
		return true;
	log_host_full(m, bytes);
	return false;
}

bool host_has(uint64_t bytes)
{
	void *p;

	if (bytes > SIZE_MAX - HOST_SPARE)
		return false;
	p = mmap(NULL, bytes + HOST_SPARE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		 0);
	if (p == MAP_FAILED)
		return false;
	munmap(p, bytes + HOST_SPARE);
	return true;
}

bool host_ask(struct machine *m, uint64_t bytes)
{
	uint64_t used = atomic_load_explicit(&m->host_used, memory_order_relaxed);
	uint64_t step = HOST_STEP;

	if (!host_limit_allows(m, bytes))
		return false;
	if (bytes > UINT64_MAX - HOST_STEP || !host_has(bytes + HOST_STEP)) {
		if (printk_ratelimit(m))
			printk(m, KERN_WARNING,
			       "out of host memory: the host has no %lu bytes more",
			       (unsigned long)bytes);
		return false;
	}
	if (m->host_limit && m->host_limit - bytes < used + HOST_STEP)
		step = 0; /* near the limit each request is compared with it */
	atomic_store_explicit(&m->host_checked, used + bytes + step, memory_order_relaxed);
	return true;
}

void host_recheck(struct machine *m)
{
	atomic_store_explicit(&m->host_checked, 0, memory_order_relaxed);
}

bool host_charge(struct machine *m, uint64_t bytes)
{
	if (!host_room(m, bytes))
		return false;
	counter_add(&m->host_used, bytes);
	return true;
}

/* The host may give to other processes what comes back: after some of it, ask it anew. */
void host_uncharge(struct machine *m, uint64_t bytes)
{
	uint64_t used, checked;

	counter_add(&m->host_used, -bytes);
	used = atomic_load_explicit(&m->host_used, memory_order_relaxed);
	checked = atomic_load_explicit(&m->host_checked, memory_order_relaxed);
	if (checked > used && checked - used > 2 * HOST_STEP)
		host_recheck(m);
}

uint64_t host_left(const struct machine *m)
{
	uint64_t used = atomic_load_explicit(&m->host_used, memory_order_relaxed);

	if (!m->host_limit)
		return UINT64_MAX;
	return used < m->host_limit ? m->host_limit - used : 0;
}

/* Sets a region's bit. False if it was set. */
static bool region_set(_Atomic uint64_t *map, pfn_t pfn)
{
	uint64_t region = pfn >> REGION_ORDER;
	uint64_t bit = UINT64_C(1) << region % 64;

	return !(atomic_fetch_or_explicit(&map[region / 64], bit, memory_order_relaxed) & bit);
}

void count_descriptors(struct machine *m, pfn_t pfn)
{
	if (region_set(m->described, pfn))
		counter_add(&m->host_used, REGION_BYTES);
}

/* Sets flags of a frame; a frame that had no host memory is counted, unless `counted`. */
static void set_backed(struct machine *m, pfn_t pfn, uint8_t flags, bool counted)
{
	uint8_t old = atomic_fetch_or_explicit(&pfn_to_page(m, pfn)->flags, flags | PG_backed,
					       memory_order_relaxed);

	if (old & PG_backed) {
		if (counted)
			host_uncharge(m, PAGE_SIZE);
		return;
	}
	if (!counted)
		counter_add(&m->host_used, PAGE_SIZE);
	describe_frame(m, pfn);
	if (!region_test(m->backed, pfn))
		region_set(m->backed, pfn);
}

void page_count_backed(struct machine *m, pfn_t pfn)
{
	set_backed(m, pfn, 0, false);
}

void page_first_write(struct machine *m, pfn_t pfn)
{
	page_before_change(m, pfn);
	set_backed(m, pfn, PG_dirty, false);
}

bool page_try_first_write(struct machine *m, pfn_t pfn)
{
	const struct page *page = pfn_to_page(m, pfn);
	bool backed = atomic_load_explicit(&page->flags, memory_order_relaxed) & PG_backed;

	page_before_change(m, pfn);
	if (!backed) {
		if (!host_limit_allows(m, PAGE_SIZE))
			return false;
		counter_add(&m->host_used, PAGE_SIZE);
	}
	set_backed(m, pfn, PG_dirty, !backed);
	return true;
}

/* The end of the 2 MiB, or of the 128 MiB, that no frame was written in. */
static pfn_t unwritten_end(const struct machine *m, pfn_t pfn)
{
	uint64_t word = (pfn >> REGION_ORDER) / 64;

	if (!atomic_load_explicit(&m->backed[word], memory_order_relaxed))
		return (word + 1) * 64 * REGION_FRAMES;
	return (pfn | (REGION_FRAMES - 1)) + 1;
}

pfn_t frames_seek(const struct machine *m, pfn_t pfn, pfn_t end, bool written)
{
	while (pfn < end) {
		const struct page *page = pfn_to_page(m, pfn);

		if (!region_test(m->backed, pfn)) {
			if (!written)
				return pfn;
			pfn = unwritten_end(m, pfn);
			continue;
		}
		if (!!(atomic_load_explicit(&page->flags, memory_order_relaxed) & PG_kept) ==
		    written)
			return pfn;
		pfn++;
	}
	return end;
}
