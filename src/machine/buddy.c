/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The binary buddy allocator of one zone, and the stack in front of it.
 * zone.h draws the bitmaps.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include "machine/zone.h"

#define ORDER_MAX (MAX_ORDER - 1)

int zone_init(struct zone *z, pfn_t start, pfn_t end)
{
	size_t used = 0;

	pthread_mutex_init(&z->lock, NULL);
	z->start = start;
	z->base = start & ~(MAX_ORDER_NR_PAGES - 1);
	z->end = end;
	if (start == end)
		return 0;

	for (unsigned o = 0; o < MAX_ORDER; o++)
		used += bitmap_init(&z->bitmap[o], (end - z->base) >> o, NULL);
	z->words_size = used * sizeof(uint64_t);
	z->words = mmap(NULL, z->words_size, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (z->words == MAP_FAILED) {
		z->words = NULL;
		return -ENOMEM;
	}
	/* A few words of it are used, far apart: huge pages would waste host memory. */
	madvise(z->words, z->words_size, MADV_NOHUGEPAGE);

	used = 0;
	for (unsigned o = 0; o < MAX_ORDER; o++)
		used += bitmap_init(&z->bitmap[o], (end - z->base) >> o, z->words + used);
	return 0;
}

void zone_deinit(struct zone *z)
{
	if (z->words)
		munmap(z->words, z->words_size);
	z->words = NULL;
}

/* Adds and removes a whole block.  Blocks are numbered from the zone's base. */
static inline void block_add(struct zone *z, uint64_t block, unsigned order)
{
	bitmap_set(&z->bitmap[order], block);
	z->nr_free[order]++;
	z->orders |= 1u << order;
}

static inline void block_del(struct zone *z, uint64_t block, unsigned order)
{
	bitmap_clear(&z->bitmap[order], block);
	if (--z->nr_free[order] == 0)
		z->orders &= ~(1u << order);
}

static inline pfn_t block_take_lowest(struct zone *z, unsigned order)
{
	uint64_t block = bitmap_first(&z->bitmap[order]);

	block_del(z, block, order);
	return z->base + (block << order);
}

/* The order of the largest aligned block that begins at frame `at` and fits into n frames. */
static inline unsigned block_order(pfn_t at, uint64_t n)
{
	unsigned fits = fls64(n) - 1;
	unsigned aligned = (unsigned)__builtin_ctzll(at | MAX_ORDER_NR_PAGES);

	return fits < aligned ? fits : aligned;
}

void zone_free_run(struct zone *z, pfn_t start, pfn_t end)
{
	while (start < end) {
		unsigned order = block_order(start, end - start);
		uint64_t block = (start - z->base) >> order;

		start += UINT64_C(1) << order;
		while (order < ORDER_MAX && bitmap_test(&z->bitmap[order], block ^ 1)) {
			block_del(z, block ^ 1, order);
			block >>= 1;
			order++;
		}
		block_add(z, block, order);
	}
}

/* Gives back the end of a block that was split: no part of it has a free buddy. */
static void free_rest(struct zone *z, pfn_t start, pfn_t end)
{
	while (start < end) {
		unsigned order = block_order(start, end - start);

		block_add(z, (start - z->base) >> order, order);
		start += UINT64_C(1) << order;
	}
}

size_t zone_take(struct zone *z, size_t n, pfn_t *ret)
{
	size_t got = 0;

	while (got < n && z->orders) {
		uint64_t want = n - got;
		unsigned fit = fls64(want) - 1;
		unsigned whole, order;
		uint64_t len;
		pfn_t pfn;

		if (fit > ORDER_MAX)
			fit = ORDER_MAX;
		whole = z->orders & ((2u << fit) - 1);
		if (whole) {
			order = fls64(whole) - 1;
			len = UINT64_C(1) << order;
			pfn = block_take_lowest(z, order);
		} else {
			/* Larger than what is wanted, which is less than the next order up. */
			order = (unsigned)__builtin_ctz(z->orders);
			len = want;
			pfn = block_take_lowest(z, order);
			free_rest(z, pfn + len, pfn + (UINT64_C(1) << order));
		}
		for (uint64_t i = 0; i < len; i++)
			ret[got + i] = pfn + i;
		got += len;
	}
	return got;
}

bool zone_take_block(struct zone *z, unsigned order, pfn_t *ret)
{
	unsigned enough = z->orders & ~((1u << order) - 1);
	unsigned found;

	if (!enough)
		return false;
	found = (unsigned)__builtin_ctz(enough);
	*ret = block_take_lowest(z, found);
	free_rest(z, *ret + (UINT64_C(1) << order), *ret + (UINT64_C(1) << found));
	return true;
}

void zone_drain(struct zone *z, unsigned keep)
{
	unsigned drop = z->nr_pcp > keep ? z->nr_pcp - keep : 0;
	unsigned i = 0;

	while (i < drop) {
		pfn_t start = z->pcp[i++];
		pfn_t end = start + 1;

		/* Neighbours lie on it in descending order. */
		while (i < drop && z->pcp[i] == start - 1) {
			start--;
			i++;
		}
		zone_free_run(z, start, end);
	}
	z->nr_pcp -= drop;
	memmove(z->pcp, z->pcp + drop, z->nr_pcp * sizeof(z->pcp[0]));
}
