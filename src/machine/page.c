/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Page frames: allocation across zones and nodes, references, zeroing.
 *
 * A frame is free if it has a bit in a zone's bitmaps or lies on a zone's stack.
 * Any other frame has a reference count above 0, or it is frame 0, or a call is
 * under way that has just taken it or is about to give it back.  Descriptors are
 * written outside the zone's lock: the thread that took a frame owns it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include "machine/hostmem.h"
#include "machine/lock.h"
#include "machine/moment.h"
#include "machine/zone.h"

_Static_assert(sizeof(struct page) == 8, "a machine has many of them");

const char *zone_name(const struct machine *m, enum zone_type type)
{
	static const char *const names[] = { "DMA", "DMA32", "Normal", "HighMem" };

	return names[type && machine_is_32bit(m) ? type + 1 : type];
}

/* With 32-bit addresses what is not in the direct map is HighMem. */
static void set_zone_ends(struct machine *m)
{
	m->zone_end[ZONE_DMA] = ZONE_DMA_END >> PAGE_SHIFT;
	m->zone_end[ZONE_DMA32] = ZONE_DMA32_END >> PAGE_SHIFT;
	m->zone_low = __GFP_DMA32;
	if (machine_is_32bit(m)) {
		pfn_t low = m->direct_map_size >> PAGE_SHIFT;

		m->zone_end[ZONE_NORMAL_32] = low;
		if (m->zone_end[ZONE_DMA] > low)
			m->zone_end[ZONE_DMA] = low;
		m->zone_low |= __GFP_HIGHMEM;
		m->zone_flip = __GFP_HIGHMEM;
	}
}

static pfn_t clamp(pfn_t x, pfn_t low, pfn_t high)
{
	return x < low ? low : x > high ? high : x;
}

static int node_init(struct machine *m, unsigned nid)
{
	pfn_t start = nid * m->node_frames;
	pfn_t end = nid == m->nr_nodes - 1 ? m->nr_frames : start + m->node_frames;

	for (unsigned t = 0; t < MAX_NR_ZONES; t++) {
		struct zone *z = &m->node[nid].zone[t];
		pfn_t first = t ? clamp(m->zone_end[t - 1], start, end) : start;
		pfn_t last = t < ZONE_NORMAL ? clamp(m->zone_end[t], start, end) : end;
		pfn_t usable = first ? first : 1;
		int err = zone_init(z, first, last);

		if (err)
			return err;
		if (first == last)
			continue;
		z->managed = last - usable;
		z->free = z->managed;
		z->least_free = z->managed;
		zone_free_run(z, usable, last);
	}
	return 0;
}

int page_init(struct machine *m)
{
	m->node = calloc(m->nr_nodes, sizeof(*m->node));
	if (!m->node)
		return -ENOMEM;
	set_zone_ends(m);
	for (unsigned nid = 0; nid < m->nr_nodes; nid++) {
		int err = node_init(m, nid);

		if (err) {
			page_deinit(m);
			return err;
		}
	}
	m->mem_map[0].flags = PG_reserved;
	return 0;
}

void page_deinit(struct machine *m)
{
	for (unsigned nid = 0; m->node && nid < m->nr_nodes; nid++)
		for (unsigned t = 0; t < MAX_NR_ZONES; t++)
			zone_deinit(&m->node[nid].zone[t]);
	free(m->node);
	m->node = NULL;
}

/* Counts frames that come (n > 0) or go, with z->lock held: no atomic addition is needed. */
static void zone_count(struct zone *z, int64_t n)
{
	uint64_t moved = (uint64_t)(n < 0 ? -n : n);
	uint64_t free = atomic_load_explicit(&z->free, memory_order_relaxed) + (uint64_t)n;

	atomic_store_explicit(&z->free, free, memory_order_relaxed);
	if (free < z->least_free)
		z->least_free = free;
	atomic_store_explicit(&z->events,
			      atomic_load_explicit(&z->events, memory_order_relaxed) + moved,
			      memory_order_relaxed);
}

/* Takes what it can from the stack, the frame freed last first. */
static size_t pcp_take(struct zone *z, size_t n, pfn_t *ret)
{
	size_t got = 0;

	while (got < n && z->nr_pcp)
		ret[got++] = z->pcp[--z->nr_pcp];
	return got;
}

/*
 * Puts the next frames of the buddy lists on an empty stack, lowest on top.
 * It is kept out of line: its array would make every call of zone_alloc slower.
 */
static bool __attribute__((noinline)) pcp_refill(struct zone *z)
{
	pfn_t batch[PCP_BATCH];
	size_t n = zone_take(z, PCP_BATCH, batch);

	while (n)
		z->pcp[z->nr_pcp++] = batch[--n];
	return z->nr_pcp;
}

static size_t zone_alloc(struct zone *z, size_t n, pfn_t *ret)
{
	size_t got = 0;

	lock_mutex(&z->lock);
	if (n > PCP_SMALL)
		got = zone_take(z, n, ret);
	while (got < n) {
		got += pcp_take(z, n - got, ret + got);
		if (got < n && !pcp_refill(z))
			break;
	}
	if (got)
		zone_count(z, -(int64_t)got);
	unlock_mutex(&z->lock);
	return got;
}

/*
 * The zones to try, best first.  Begins with zone_first; NULL after the last.
 */
struct zone_walk {
	unsigned nid, nodes_left;
	unsigned highest; /* zone that gfp allows */
	unsigned type;	  /* the next one to try is below it */
};

static struct zone *zone_next(const struct machine *m, struct zone_walk *w)
{
	for (;;) {
		struct zone *z;

		if (w->type == 0) {
			if (w->nodes_left-- == 0)
				return NULL;
			w->nid = w->nid + 1 < m->nr_nodes ? w->nid + 1 : 0;
			w->type = w->highest + 1;
		}
		z = &m->node[w->nid].zone[--w->type];
		if (z->managed)
			return z;
	}
}

static inline struct zone *zone_first(const struct machine *m, gfp_t gfp, int node,
				      struct zone_walk *w)
{
	w->nid = node > 0 && (unsigned)node < m->nr_nodes ? (unsigned)node : 0;
	w->nodes_left = m->nr_nodes - 1;
	w->highest = gfp_zone(m, gfp);
	w->type = w->highest;
	if (m->node[w->nid].zone[w->type].managed) /* the usual case */
		return &m->node[w->nid].zone[w->type];
	return zone_next(m, w);
}

static inline size_t take_frames(struct machine *m, gfp_t gfp, int node, size_t n, pfn_t *ret)
{
	struct zone_walk w;
	struct zone *z = zone_first(m, gfp, node, &w);
	size_t got = z ? zone_alloc(z, n, ret) : 0;

	while (got < n && (z = zone_next(m, &w)))
		got += zone_alloc(z, n - got, ret + got);
	return got;
}

/*
 * The flag is cleared before the bytes are: a device write (phys_write) that comes
 * in between sets the flag again afterwards, so no byte is taken for a zero.
 */
static void zero_frame(struct machine *m, pfn_t pfn)
{
	page_before_change(m, pfn);
	atomic_fetch_and(&pfn_to_page(m, pfn)->flags, ~PG_dirty);
	memset(pfn_to_ram(m, pfn), 0, PAGE_SIZE);
}

/* Makes the caller the owner of a frame that was just taken, in a region that is described. */
static inline void init_frame(struct machine *m, pfn_t pfn, bool zero)
{
	struct page *page = pfn_to_page(m, pfn);

	atomic_store_explicit(&page->_refcount, 1, memory_order_relaxed);
	if (zero && atomic_load_explicit(&page->flags, memory_order_relaxed) & PG_dirty)
		zero_frame(m, pfn);
}

/* The same for many.  Frames in a row mostly lie in the same region. */
static inline void init_frames(struct machine *m, const pfn_t *pfn, size_t n, bool zero)
{
	uint64_t described = UINT64_MAX; /* a region */

	for (size_t i = 0; i < n; i++) {
		if (pfn[i] >> REGION_ORDER != described) {
			described = pfn[i] >> REGION_ORDER;
			describe_frame(m, pfn[i]);
		}
		init_frame(m, pfn[i], zero);
	}
}

static inline bool gfp_zeroed(struct machine *m, gfp_t gfp)
{
	return gfp & __GFP_ZERO || atomic_load_explicit(&m->init_on_alloc, memory_order_relaxed);
}

size_t alloc_pages_bulk(struct machine *m, gfp_t gfp, int node, size_t n, pfn_t *ret)
{
	bool zero = gfp_zeroed(m, gfp);
	size_t allowed = fault_pass(m, &m->fail_page_alloc, gfp, 0, n);
	size_t got;

	if (m->host_limit && !host_limit_allows(m, n * sizeof(struct page)))
		return 0;
	got = take_frames(m, gfp, node, allowed, ret);
	if (zero)
		init_frames(m, ret, got, true);
	else
		init_frames(m, ret, got, false);
	return got;
}

static bool zone_alloc_block(struct zone *z, unsigned order, pfn_t *ret)
{
	bool found;

	lock_mutex(&z->lock);
	found = zone_take_block(z, order, ret);
	if (!found && z->nr_pcp) {
		zone_drain(z, 0);
		found = zone_take_block(z, order, ret);
	}
	if (found)
		zone_count(z, -(INT64_C(1) << order));
	unlock_mutex(&z->lock);
	return found;
}

static struct page *alloc_single(struct machine *m, gfp_t gfp, int node)
{
	pfn_t pfn;

	if (alloc_pages_bulk(m, gfp, node, 1, &pfn))
		return pfn_to_page(m, pfn);
	if (frames_short(m, gfp, 1))
		log_no_frames(m, gfp, node, 1);
	return NULL;
}

struct page *alloc_pages(struct machine *m, gfp_t gfp, int node, unsigned order)
{
	bool zero = gfp_zeroed(m, gfp);
	struct zone_walk w;
	struct zone *z;
	pfn_t pfn;

	if (order == 0)
		return alloc_single(m, gfp, node);
	if (order >= MAX_ORDER || !fault_pass(m, &m->fail_page_alloc, gfp, order, 1))
		return NULL;
	if (m->host_limit && !host_limit_allows(m, sizeof(struct page) << order))
		return NULL;

	for (z = zone_first(m, gfp, node, &w); z; z = zone_next(m, &w))
		if (zone_alloc_block(z, order, &pfn))
			break;
	if (!z) {
		log_no_block(m, gfp, node, order);
		return NULL;
	}

	for (pfn_t end = pfn + (UINT64_C(1) << order), p = pfn; p < end; p++) {
		describe_frame(m, p);
		init_frame(m, p, zero);
	}
	return pfn_to_page(m, pfn);
}

/* Shorter runs are not worth a system call. */
#define POPULATE_MIN 16

/* Linux has it since 5.14, glibc's headers since 2.35. */
#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

void pages_populate(struct machine *m, const pfn_t *pfn, size_t n)
{
	size_t run;

	for (size_t i = 0; i < n; i++)
		page_count_backed(m, pfn[i]);
	for (size_t i = 0; i < n; i += run) {
		run = 1;
		while (i + run < n && pfn[i + run] == pfn[i] + run)
			run++;
		/* A failure is harmless: each frame then takes a fault of its own. */
		if (run >= POPULATE_MIN)
			madvise(pfn_to_ram(m, pfn[i]), run << PAGE_SHIFT, MADV_POPULATE_WRITE);
	}
}

int alloc_tables(struct machine *m, uint32_t extra_flags, size_t n, pfn_t *ret)
{
	size_t allowed = fault_pass(m, &m->fail_table, GFP_KERNEL, 0, n);
	bool is_short;
	size_t got;

	/*
	 * A table is a page as well, so fail_page_alloc may strike by chance.  Its
	 * fail-nth counts data frames alone, so that a test can say which one fails.
	 */
	if (atomic_load_explicit(&m->fail_page_alloc.nth, memory_order_relaxed) == FAULT_BY_CHANCE)
		allowed = fault_pass(m, &m->fail_page_alloc, GFP_KERNEL, 0, allowed);
	if (!host_limit_allows(m, n * (PAGE_SIZE + sizeof(struct page))))
		return -ENOMEM;
	got = take_frames(m, GFP_KERNEL, NUMA_NO_NODE, allowed, ret);

	init_frames(m, ret, got, true);
	for (size_t i = 0; i < got; i++) {
		atomic_fetch_or_explicit(&pfn_to_page(m, ret[i])->flags, PG_table | extra_flags,
					 memory_order_relaxed);
		counter_add(&pfn_to_zone(m, ret[i])->tables, 1);
	}
	counter_add(&m->nr_table_frames, got);
	pages_populate(m, ret, got);
	if (got == n)
		return 0;
	is_short = frames_short(m, GFP_KERNEL, n - got);
	while (got)
		free_table(m, ret[--got]);
	if (is_short)
		log_no_frames(m, GFP_KERNEL, NUMA_NO_NODE, n);
	return -ENOMEM;
}

int alloc_table(struct machine *m, pfn_t *ret)
{
	return alloc_tables(m, 0, 1, ret);
}

/*
 * put_ref for the frames that are not the usual case: other references are left,
 * a flag beside those in PG_kept is set, or there is no reference at all.  acq_rel: what
 * the other holders wrote to the frame is done before it is free.
 */
static bool put_ref_slow(struct machine *m, pfn_t pfn)
{
	struct page *page = pfn_to_page(m, pfn);
	uint32_t flags = atomic_load_explicit(&page->flags, memory_order_relaxed);
	uint32_t count = atomic_load_explicit(&page->_refcount, memory_order_acquire);

	if (count == 0 || flags & PG_reserved) {
		bad_page(m, pfn);
		return false;
	}
	if (atomic_fetch_sub_explicit(&page->_refcount, 1, memory_order_acq_rel) != 1)
		return false;
	if (flags & ~PG_kept)
		atomic_fetch_and_explicit(&page->flags, PG_kept, memory_order_relaxed);
	return true;
}

/*
 * Drops a reference.  True if it was the last one: the frame has no owner then,
 * and is about to be free.  With a count of 1 the caller is the only holder, and
 * no other thread can change the count: a plain store is enough.  The acquire
 * load makes the writes of holders that left earlier happen before.  Where there is a
 * source, page_fetch() of another thread can change the count.
 */
static inline bool put_ref(struct machine *m, pfn_t pfn)
{
	struct page *page = pfn_to_page(m, pfn);
	uint32_t flags = atomic_load_explicit(&page->flags, memory_order_relaxed);

	if (flags & ~PG_kept || m->source.read ||
	    atomic_load_explicit(&page->_refcount, memory_order_acquire) != 1)
		return put_ref_slow(m, pfn);
	atomic_store_explicit(&page->_refcount, 0, memory_order_relaxed);
	return true;
}

void get_page(struct page *page)
{
	if (single_threaded())
		atomic_store_explicit(&page->_refcount,
				      atomic_load_explicit(&page->_refcount, memory_order_relaxed) +
					      1,
				      memory_order_relaxed);
	else
		atomic_fetch_add_explicit(&page->_refcount, 1, memory_order_relaxed);
}

/* Gives frames start..end-1 of one zone back, z->lock held. */
static void zone_give(struct zone *z, pfn_t start, pfn_t end, bool small)
{
	zone_count(z, (int64_t)(end - start));
	if (!small) {
		zone_free_run(z, start, end);
		return;
	}
	while (end > start) {
		if (z->nr_pcp == PCP_MAX)
			zone_drain(z, PCP_MAX - PCP_BATCH);
		z->pcp[z->nr_pcp++] = --end;
	}
}

/*
 * Neighbours that become free together are given back as one run.  The zone's
 * lock is kept from one run to the next, which mostly lies in the same zone.
 */
void put_pages_bulk(struct machine *m, const pfn_t *pfn, size_t n)
{
	struct zone *z = NULL;
	size_t i = 0;

	while (i < n) {
		pfn_t start = pfn[i++];
		pfn_t end = start + 1;

		if (!pfn_valid(m, start)) {
			bad_page(m, start);
			continue;
		}
		if (!put_ref(m, start))
			continue;
		if (!z || start < z->start || start >= z->end) {
			if (z)
				unlock_mutex(&z->lock);
			z = pfn_to_zone(m, start);
			lock_mutex(&z->lock);
		}
		while (i < n && pfn[i] == end && end < z->end) {
			i++;
			if (!put_ref(m, end))
				break;
			end++;
		}
		zone_give(z, start, end, n <= PCP_SMALL);
	}
	if (z)
		unlock_mutex(&z->lock);
}

void put_page(struct machine *m, struct page *page)
{
	pfn_t pfn = page_to_pfn(m, page);

	put_pages_bulk(m, &pfn, 1);
}

void free_table(struct machine *m, pfn_t pfn)
{
	if (!pfn_valid(m, pfn) || !(pfn_to_page(m, pfn)->flags & PG_table)) {
		bad_page(m, pfn);
		return;
	}
	counter_add(&pfn_to_zone(m, pfn)->tables, (uint64_t)-1);
	counter_add(&m->nr_table_frames, (uint64_t)-1);
	put_pages_bulk(m, &pfn, 1);
}

void bad_page(struct machine *m, uint64_t entry)
{
	counter_add(&m->nr_bad_page, 1);
	/* One damaged page of a page array leads here 512 times. */
	if (printk_ratelimit(m))
		printk(m, KERN_ALERT, "Bad page state: %016lx is no frame in use here",
		       (unsigned long)entry);
}

/* --- all zones ---------------------------------------------------------------- */

static struct zone *nth_zone(const struct machine *m, unsigned i)
{
	return &m->node[i / MAX_NR_ZONES].zone[i % MAX_NR_ZONES];
}

uint64_t nr_managed_pages(struct machine *m)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < m->nr_nodes * MAX_NR_ZONES; i++)
		sum += nth_zone(m, i)->managed;
	return sum;
}

uint64_t nr_free_pages(struct machine *m)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < m->nr_nodes * MAX_NR_ZONES; i++)
		sum += atomic_load_explicit(&nth_zone(m, i)->free, memory_order_relaxed);
	return sum;
}

uint64_t nr_page_events(struct machine *m)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < m->nr_nodes * MAX_NR_ZONES; i++)
		sum += atomic_load_explicit(&nth_zone(m, i)->events, memory_order_relaxed);
	return sum;
}

bool zone_info(struct machine *m, unsigned nid, enum zone_type type, struct zone_info *ret)
{
	struct zone *z;

	if (nid >= m->nr_nodes || type >= MAX_NR_ZONES)
		return false;
	z = &m->node[nid].zone[type];
	if (z->start == z->end)
		return false;

	lock_mutex(&z->lock);
	*ret = (struct zone_info){
		.node = nid,
		.type = type,
		.name = zone_name(m, type),
		.start_pfn = z->start,
		.end_pfn = z->end,
		.managed = z->managed,
		.free = z->free,
		.pcp = z->nr_pcp,
		.tables = z->tables,
	};
	memcpy(ret->nr_free, z->nr_free, sizeof(ret->nr_free));
	unlock_mutex(&z->lock);
	return true;
}

void drain_all_pages(struct machine *m)
{
	for (unsigned i = 0; i < m->nr_nodes * MAX_NR_ZONES; i++) {
		struct zone *z = nth_zone(m, i);

		lock_mutex(&z->lock);
		zone_drain(z, 0);
		unlock_mutex(&z->lock);
	}
}
