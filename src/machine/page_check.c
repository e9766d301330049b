/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * page_check: the checker of the allocator's books.
 *
 * It goes through each zone in blocks of the highest order.  A block that is
 * free as a whole is one bit, and its descriptors are looked at only if the
 * host has them in memory: a machine of many TiB has touched almost none of
 * them, and checking must not change that.  In any other block a frame that a bit
 * of some order or the stack says is free must have no reference, and every other
 * frame at least one.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include "machine/lock.h"
#include "machine/zone.h"

#define BLOCK MAX_ORDER_NR_PAGES
#define HOST_PAGES 4096 /* host pages asked for at once */

struct frames_check {
	struct machine *m;
	struct zone *z;
	page_report_fn *report;
	void *arg;
	unsigned bad;
	uint64_t free;		     /* frames seen free */
	uint64_t nr_free[MAX_ORDER]; /* bits seen */
	/* The host pages that resident[] is about: the first, and one past the last. */
	uint64_t resident_from, resident_end;
	unsigned char resident[HOST_PAGES];
};

static void __attribute__((format(printf, 2, 3)))
books_wrong(struct frames_check *c, const char *fmt, ...)
{
	char line[160];
	int len = snprintf(line, sizeof(line), "zone %lx-%lx: ", (unsigned long)c->z->start,
			   (unsigned long)c->z->end);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line + len, sizeof(line) - (size_t)len, fmt, ap);
	va_end(ap);
	c->bad++;
	if (c->report)
		c->report(c->arg, line);
}

/*
 * True if the host has any of the host pages from the one with `first` to the one
 * with `last` in memory.  The host is asked for many pages at once, up to `end`.
 */
static bool resident(struct frames_check *c, const void *first, const void *last, const void *end)
{
	uint64_t from = (uintptr_t)first / PAGE_SIZE;
	uint64_t to = (uintptr_t)last / PAGE_SIZE;

	if (from < c->resident_from || to >= c->resident_end) {
		uint64_t n = ((uintptr_t)end + PAGE_SIZE - 1) / PAGE_SIZE - from;

		n = n < HOST_PAGES ? n : HOST_PAGES;
		if (mincore((void *)(uintptr_t)(from * PAGE_SIZE), n * PAGE_SIZE, c->resident))
			return true;
		c->resident_from = from;
		c->resident_end = from + n;
	}
	for (uint64_t i = from; i <= to; i++)
		if (c->resident[i - c->resident_from] & 1)
			return true;
	return false;
}

static bool descriptors_resident(struct frames_check *c, pfn_t start)
{
	const struct page *map = c->m->mem_map;

	return resident(c, &map[start], &map[start + BLOCK - 1], &map[c->m->nr_frames]);
}

static void check_frame(struct frames_check *c, pfn_t pfn, bool free)
{
	const struct page *page = pfn_to_page(c->m, pfn);
	uint32_t count = atomic_load_explicit(&page->_refcount, memory_order_relaxed);
	uint32_t flags = atomic_load_explicit(&page->flags, memory_order_relaxed);

	if (flags & PG_reserved) {
		if (free || pfn != 0)
			books_wrong(c, "frame %lx is reserved and should not be",
				    (unsigned long)pfn);
		return;
	}
	if (free && count)
		books_wrong(c, "frame %lx is free and has %u references", (unsigned long)pfn,
			    count);
	if (free && flags & ~PG_kept)
		books_wrong(c, "frame %lx is free and has flags %#x", (unsigned long)pfn, flags);
	if (!free && !count)
		books_wrong(c, "frame %lx is neither free nor referenced", (unsigned long)pfn);
}

/* Marks the frames of a block that some bit of a lower order says are free. */
static void mark_free(struct frames_check *c, pfn_t start, uint64_t len, unsigned char *mark)
{
	const struct zone *z = c->z;

	for (unsigned order = 0; order < MAX_ORDER - 1; order++) {
		uint64_t first = (start - z->base) >> order;

		for (uint64_t b = 0; b << order < len; b++) {
			uint64_t at = b << order, end = at + (UINT64_C(1) << order);

			if (!bitmap_test(&z->bitmap[order], first + b))
				continue;
			c->nr_free[order]++;
			if (b % 2 && bitmap_test(&z->bitmap[order], first + b - 1))
				books_wrong(c, "blocks of order %u before frame %lx are not merged",
					    order, (unsigned long)(start + end));
			if (end > len) {
				books_wrong(c, "block %lx of order %u goes beyond the end",
					    (unsigned long)(start + at), order);
				end = len;
			}
			for (; at < end; at++)
				if (mark[at]++)
					books_wrong(c, "frame %lx is in two free blocks",
						    (unsigned long)(start + at));
		}
	}
	for (unsigned i = 0; i < z->nr_pcp; i++)
		if (z->pcp[i] >= start && z->pcp[i] < start + len && mark[z->pcp[i] - start]++)
			books_wrong(c, "frame %lx is on the stack, and free in a bitmap as well",
				    (unsigned long)z->pcp[i]);
}

static void check_block(struct frames_check *c, pfn_t start, uint64_t len)
{
	unsigned char mark[BLOCK] = { 0 };

	if (bitmap_test(&c->z->bitmap[MAX_ORDER - 1], (start - c->z->base) / BLOCK)) {
		c->nr_free[MAX_ORDER - 1]++;
		c->free += BLOCK;
		if (len < BLOCK)
			books_wrong(c, "block %lx goes beyond the end", (unsigned long)start);
		else if (!descriptors_resident(c, start))
			return;
		memset(mark, 1, sizeof(mark));
	} else {
		mark_free(c, start, len, mark);
		for (uint64_t i = 0; i < len; i++)
			c->free += mark[i] != 0;
	}
	/* The frames before a zone's start belong to the zone below. */
	for (uint64_t i = start < c->z->start ? c->z->start - start : 0; i < len; i++)
		check_frame(c, start + i, mark[i]);
}

/*
 * A bit of a higher level is set if the word below it is not zero.  A host page
 * of words that was never written holds zeros alone, and is not read: on some
 * hosts reading such a page takes memory.
 */
static bool level_tells(struct frames_check *c, const struct bitmap *b, unsigned l, uint64_t words)
{
	const uint64_t *below = b->level[l - 1];
	uint64_t next;

	for (uint64_t i = 0; i < words; i = next) {
		uint64_t left = PAGE_SIZE - (uintptr_t)&below[i] % PAGE_SIZE;

		next = i + left / sizeof(*below);
		next = next < words ? next : words;
		if (!resident(c, &below[i], &below[i], &below[words]))
			continue;
		for (; i < next; i++)
			if (below[i] && !(b->level[l][i / 64] >> (i % 64) & 1)) {
				books_wrong(c, "level %u of a bitmap has no bit for word %lu", l,
					    (unsigned long)i);
				return false;
			}
	}
	return true;
}

static void check_bitmap(struct frames_check *c, unsigned order)
{
	const struct bitmap *b = &c->z->bitmap[order];
	uint64_t words = b->nr_words;

	for (unsigned l = 1; l < b->nr_levels; l++) {
		if (!level_tells(c, b, l, words))
			return;
		words = words / 64 + 1;
	}
}

static unsigned zone_check(struct machine *m, struct zone *z, page_report_fn *fn, void *arg)
{
	struct frames_check c = { .m = m, .z = z, .report = fn, .arg = arg };

	for (pfn_t at = z->base; at < z->end; at += BLOCK)
		check_block(&c, at, z->end - at < BLOCK ? z->end - at : BLOCK);

	for (unsigned o = 0; o < MAX_ORDER; o++) {
		check_bitmap(&c, o);
		if (c.nr_free[o] != z->nr_free[o])
			books_wrong(&c, "order %u has %lu free blocks, but counts %lu", o,
				    (unsigned long)c.nr_free[o], (unsigned long)z->nr_free[o]);
		if ((z->nr_free[o] != 0) != (z->orders >> o & 1))
			books_wrong(&c, "order %u is not marked as it counts", o);
	}
	if (z->nr_pcp > PCP_MAX)
		books_wrong(&c, "%u frames on the stack", z->nr_pcp);
	for (unsigned i = 0; i < z->nr_pcp && i < PCP_MAX; i++)
		if (z->pcp[i] < z->start || z->pcp[i] >= z->end)
			books_wrong(&c, "frame %lx is on the stack of another zone",
				    (unsigned long)z->pcp[i]);
	if (c.free != z->free)
		books_wrong(&c, "%lu frames are free, but it counts %lu", (unsigned long)c.free,
			    (unsigned long)z->free);
	return c.bad;
}

unsigned page_check(struct machine *m, page_report_fn *report_fn, void *arg)
{
	unsigned bad = 0;

	for (unsigned i = 0; i < m->nr_nodes * MAX_NR_ZONES; i++) {
		struct zone *z = &m->node[i / MAX_NR_ZONES].zone[i % MAX_NR_ZONES];

		if (z->start == z->end)
			continue;
		lock_mutex(&z->lock);
		bad += zone_check(m, z, report_fn, arg);
		unlock_mutex(&z->lock);
	}
	return bad;
}
