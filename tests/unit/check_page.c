/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Frames: zones, allocation, references, zeroing, failure.
 */
#include <errno.h>
#include "machine/zone.h"
#include "unit.h"

/* Zones */

START_TEST(test_zones)
{
	static const struct {
		uint64_t memory;
		unsigned nodes, nid;
		enum zone_type type;
		uint64_t start, end; /* bytes; equal: no such zone */
	} rows[] = {
		{ MiB(1), 1, 0, ZONE_DMA, 0, MiB(1) },
		{ MiB(1), 1, 0, ZONE_DMA32, 0, 0 },
		{ MiB(1), 1, 0, ZONE_NORMAL, 0, 0 },
		{ MiB(16), 1, 0, ZONE_DMA, 0, MiB(16) },
		{ MiB(16), 1, 0, ZONE_DMA32, 0, 0 },
		{ MiB(17), 1, 0, ZONE_DMA32, MiB(16), MiB(17) },
		{ GiB(4), 1, 0, ZONE_DMA32, MiB(16), GiB(4) },
		{ GiB(4), 1, 0, ZONE_NORMAL, 0, 0 },
		{ GiB(4) + 4096, 1, 0, ZONE_NORMAL, GiB(4), GiB(4) + 4096 },
		/* Nodes have whole blocks of 4 MiB, the last takes the rest. */
		{ MiB(32) + 4096, 3, 0, ZONE_DMA, 0, MiB(8) },
		{ MiB(32) + 4096, 3, 1, ZONE_DMA, MiB(8), MiB(16) },
		{ MiB(32) + 4096, 3, 1, ZONE_DMA32, 0, 0 },
		{ MiB(32) + 4096, 3, 2, ZONE_DMA, 0, 0 },
		{ MiB(32) + 4096, 3, 2, ZONE_DMA32, MiB(16), MiB(32) + 4096 },
		{ GiB(6), 2, 1, ZONE_DMA32, GiB(3), GiB(4) },
		{ GiB(6), 2, 1, ZONE_NORMAL, GiB(4), GiB(6) },
		{ GiB(6), 2, 2, ZONE_NORMAL, 0, 0 },
	};
	static const char *const names[] = { "DMA", "DMA32", "Normal" };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct machine *m = unit_boot(rows[i].memory, rows[i].nodes);
		struct zone_info z;
		bool found = zone_info(m, rows[i].nid, rows[i].type, &z);

		ck_assert_msg(found == (rows[i].start != rows[i].end), "row %zu", i);
		if (found) {
			ck_assert_uint_eq(z.start_pfn, rows[i].start >> PAGE_SHIFT);
			ck_assert_uint_eq(z.end_pfn, rows[i].end >> PAGE_SHIFT);
			ck_assert_uint_eq(z.managed, z.end_pfn - z.start_pfn - !z.start_pfn);
			ck_assert_uint_eq(z.node, rows[i].nid);
			ck_assert_str_eq(z.name, names[rows[i].type]);
			ck_assert_uint_eq(pfn_to_nid(m, z.start_pfn), rows[i].nid);
			ck_assert_uint_eq(pfn_to_nid(m, z.end_pfn - 1), rows[i].nid);
		}
		unit_check_pages(m);
		machine_destroy(m);
	}
}
END_TEST

/* What buddyinfo says of a fresh zone: whole blocks, and what frame 0 and the end leave. */
START_TEST(test_fresh_blocks)
{
	struct machine *m = unit_boot(MiB(32) + 5 * 4096, 1);
	struct zone_info z;

	ck_assert(zone_info(m, 0, ZONE_DMA, &z));
	for (unsigned o = 0; o < MAX_ORDER - 1; o++)
		ck_assert_uint_eq(z.nr_free[o], 1);
	ck_assert_uint_eq(z.nr_free[MAX_ORDER - 1], 3);
	ck_assert_uint_eq(z.free, 4095);

	/* Zone DMA32 gave four tables; what it has is what its counts say. */
	ck_assert(zone_info(m, 0, ZONE_DMA32, &z));
	ck_assert_uint_eq(z.free, z.managed - 4);
	drain_all_pages(m);
	ck_assert(zone_info(m, 0, ZONE_DMA32, &z));
	ck_assert_uint_eq(z.pcp, 0);
	uint64_t sum = 0;
	for (unsigned o = 0; o < MAX_ORDER; o++)
		sum += z.nr_free[o] << o;
	ck_assert_uint_eq(sum, z.free);
	machine_destroy(m);
}
END_TEST

/* Allocation */

START_TEST(test_fallback)
{
	struct machine *m = unit_boot(GiB(8), 2);
	static const struct {
		gfp_t gfp;
		int node;
		uint64_t low, high; /* bytes */
	} rows[] = {
		{ GFP_KERNEL, NUMA_NO_NODE, MiB(16), GiB(4) }, /* node 0 ends at 4 GiB */
		{ GFP_KERNEL | __GFP_HIGHMEM, 0, MiB(16), GiB(4) },
		{ GFP_KERNEL, 1, GiB(4), GiB(8) },
		{ __GFP_DMA32, 1, MiB(16), GiB(4) }, /* none in node 1 */
		{ __GFP_DMA32 | __GFP_HIGHMEM, 0, MiB(16), GiB(4) },
		{ __GFP_DMA, 0, 0, MiB(16) },
		{ __GFP_DMA, 1, 0, MiB(16) },
		{ GFP_KERNEL, 7, MiB(16), GiB(4) }, /* no such node: 0 */
		{ GFP_KERNEL, -5, MiB(16), GiB(4) },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (size_t n = 1; n < 4000; n = n * 3 + 1) {
			pfn_t pfn[4000];

			unit_assert(alloc_pages_bulk(m, rows[i].gfp, rows[i].node, n, pfn) == n);
			for (size_t k = 0; k < n; k++) {
				unit_assert(pfn[k] >= rows[i].low >> PAGE_SHIFT);
				unit_assert(pfn[k] < rows[i].high >> PAGE_SHIFT);
				unit_assert(pfn_to_page(m, pfn[k])->_refcount == 1);
			}
			put_pages_bulk(m, pfn, n);
		}
	}
	unit_check_pages(m);
	machine_destroy(m);
}
END_TEST

/* All of memory, in pieces of several sizes: each frame once, none left, all back. */
START_TEST(test_exhaustion)
{
	static const size_t pieces[] = { 1, 3, 16, 17, 100, 1024, 5000, SIZE_MAX };

	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		struct machine *m = unit_boot(MiB(41) + 4096, 2);
		size_t want = nr_free_pages(m), n = 0, got;
		pfn_t *pfn = calloc(want + 1, sizeof(*pfn));
		unsigned char *seen = calloc(m->nr_frames, 1);
		struct zone_info before[2][2], after;

		drain_all_pages(m);
		for (unsigned z = 0; z < 4; z++)
			zone_info(m, z / 2, z % 2, &before[z / 2][z % 2]);
		do {
			size_t piece = pieces[i] < want + 1 - n ? pieces[i] : want + 1 - n;

			got = alloc_pages_bulk(m, GFP_KERNEL, (int)(n % 2), piece, pfn + n);
			n += got;
		} while (got);
		unit_assert(n == want);
		unit_assert(nr_free_pages(m) == 0);
		for (size_t k = 0; k < n; k++)
			unit_assert(seen[pfn[k]]++ == 0);
		unit_assert(seen[0] == 0);
		unit_assert(alloc_pages(m, GFP_KERNEL, 0, 0) == NULL);
		unit_check_pages(m);

		for (size_t k = 0; k < n; k += got) {
			got = pieces[i] < n - k ? pieces[i] : n - k;
			put_pages_bulk(m, pfn + k, got);
		}
		unit_assert(nr_free_pages(m) == want);
		drain_all_pages(m);
		for (unsigned z = 0; z < 4; z++)
			if (zone_info(m, z / 2, z % 2, &after))
				ck_assert_mem_eq(after.nr_free, before[z / 2][z % 2].nr_free,
						 sizeof(after.nr_free));
		unit_check_pages(m);
		free(pfn);
		free(seen);
		machine_destroy(m);
	}
}
END_TEST

/* Fresh memory comes in one piece, from its lowest end. */
START_TEST(test_lowest_first)
{
	struct machine *m = unit_boot(MiB(64), 1);
	pfn_t pfn[3000], more[100];
	struct zone_info z;

	drain_all_pages(m);
	unit_assert(alloc_pages_bulk(m, __GFP_DMA, 0, 3000, pfn) == 3000);
	/* Two whole blocks first, lowest one first; then the pieces around frame 0. */
	for (size_t i = 0; i < 2048; i++)
		unit_assert(pfn[i] == 1024 + i);
	unit_assert(pfn[2048] == 512);
	unit_assert(zone_info(m, 0, ZONE_DMA, &z));
	unit_assert(z.nr_free[10] == 1); /* untouched: the pieces were enough */
	unit_assert(z.free == 4095 - 3000);

	/* A frame that was freed is taken before those above it. */
	put_pages_bulk(m, pfn, 1024);
	unit_assert(alloc_pages_bulk(m, __GFP_DMA, 0, 1024, pfn) == 1024);
	unit_assert(pfn[0] == 1024);

	/* Small ones come back in ascending order, as they were. */
	unit_assert(alloc_pages_bulk(m, GFP_KERNEL, 0, 10, more) == 10);
	for (size_t i = 1; i < 10; i++)
		unit_assert(more[i] == more[0] + i);
	put_pages_bulk(m, more, 10);
	unit_assert(alloc_pages_bulk(m, GFP_KERNEL, 0, 10, more + 10) == 10);
	ck_assert_mem_eq(more, more + 10, 10 * sizeof(more[0]));
	machine_destroy(m);
}
END_TEST

START_TEST(test_blocks)
{
	struct machine *m = unit_boot(MiB(64), 1);
	uint64_t free = nr_free_pages(m);

	for (unsigned order = 0; order < MAX_ORDER; order++) {
		struct page *page = alloc_pages(m, GFP_KERNEL, 0, order);
		uint64_t n = UINT64_C(1) << order;

		ck_assert_ptr_nonnull(page);
		ck_assert_uint_eq(page_to_pfn(m, page) % n, 0);
		ck_assert_uint_eq(nr_free_pages(m), free - n);
		unit_check_pages(m);
		for (uint64_t i = 0; i < n; i++) {
			ck_assert_uint_eq(page[i]._refcount, 1);
			put_page(m, page + i);
		}
		ck_assert_uint_eq(nr_free_pages(m), free);
	}
	ck_assert_ptr_null(alloc_pages(m, GFP_KERNEL, 0, MAX_ORDER));
	ck_assert_ptr_null(alloc_pages(m, GFP_KERNEL, 0, 63));
	unit_check_pages(m);
	machine_destroy(m);
}
END_TEST

/* Half of the frames are free, but no two in a row: the log says that. */
START_TEST(test_no_block)
{
	struct machine *m = unit_boot(MiB(1), 1);
	static pfn_t pfn[256];
	size_t n = alloc_pages_bulk(m, GFP_KERNEL, 0, 256, pfn);

	for (size_t i = 0; i < n; i++)
		if (pfn[i] % 2)
			put_page(m, pfn_to_page(m, pfn[i]));
	ck_assert_uint_ge(nr_free_pages(m), 100);
	ck_assert_ptr_null(alloc_pages(m, GFP_KERNEL, 0, 1));
	ck_assert(unit_logged(
		m, "out of frames: 2 in a row (order 1) were asked for, of zone Normal"));
	ck_assert(unit_logged(m, "the largest free block has 1"));
	while (alloc_pages(m, GFP_KERNEL, 0, 0))
		;
	ck_assert(unit_logged(m, "out of frames: 1 was asked for"));
	machine_destroy(m);
}
END_TEST

START_TEST(test_one_frame_injected)
{
	struct machine *m = unit_boot(MiB(1), 1);

	m->fail_page_alloc.nth = 1;
	ck_assert_ptr_null(alloc_pages(m, GFP_KERNEL, 0, 0));
	m->fail_page_alloc.nth = 1;
	ck_assert_ptr_null(alloc_pages(m, GFP_KERNEL, 0, 2));
	ck_assert(!unit_logged(m, "out of frames"));
	machine_destroy(m);
}
END_TEST

/* A frame on the stack must not keep a large block from being had. */
START_TEST(test_block_drains_stack)
{
	struct machine *m = unit_boot(MiB(4), 1);
	pfn_t *pfn = calloc(1024, sizeof(*pfn));
	size_t n = alloc_pages_bulk(m, GFP_KERNEL, 0, 1024, pfn);
	struct zone_info z;

	/* Everything is taken; give back frames 512 to 527, one by one. */
	for (size_t i = 0; i < n; i++)
		if (pfn[i] >= 512 && pfn[i] < 528)
			put_page(m, pfn_to_page(m, pfn[i]));
	ck_assert(zone_info(m, 0, ZONE_DMA, &z));
	ck_assert_uint_eq(z.pcp, 16);
	ck_assert_uint_eq(z.free, 16);
	struct page *page = alloc_pages(m, GFP_KERNEL, 0, 4);
	ck_assert_ptr_nonnull(page);
	ck_assert_uint_eq(page_to_pfn(m, page), 512);
	ck_assert_uint_eq(nr_free_pages(m), 0);
	free(pfn);
	machine_destroy(m);
}
END_TEST

START_TEST(test_stack_is_bounded)
{
	struct machine *m = unit_boot(MiB(16), 1);
	pfn_t pfn[1000];
	struct zone_info z;

	unit_assert(alloc_pages_bulk(m, GFP_KERNEL, 0, 1000, pfn) == 1000);
	for (size_t i = 0; i < 1000; i++) {
		put_page(m, pfn_to_page(m, pfn[i]));
		unit_assert(zone_info(m, 0, ZONE_DMA, &z));
		unit_assert(z.pcp <= PCP_MAX);
	}
	unit_assert(z.pcp > 0);
	unit_check_pages(m);
	drain_all_pages(m);
	unit_assert(zone_info(m, 0, ZONE_DMA, &z));
	unit_assert(z.pcp == 0);
	unit_check_pages(m);
	machine_destroy(m);
}
END_TEST

/* Failure */

START_TEST(test_fail_nth)
{
	struct machine *m = unit_boot(MiB(64), 1);
	uint64_t free = nr_free_pages(m);
	pfn_t pfn[300];

	for (size_t nth = 1; nth <= 300; nth++) {
		size_t n;

		m->fail_page_alloc.nth = nth;
		n = alloc_pages_bulk(m, GFP_KERNEL, 0, 300, pfn);
		ck_assert_uint_eq(n, nth - 1);
		ck_assert_uint_eq(m->fail_page_alloc.nth, 0);
		put_pages_bulk(m, pfn, n);
		ck_assert_uint_eq(nr_free_pages(m), free);
	}
	/* Calls add up. */
	m->fail_page_alloc.nth = 10;
	ck_assert_uint_eq(alloc_pages_bulk(m, GFP_KERNEL, 0, 4, pfn), 4);
	ck_assert_uint_eq(m->fail_page_alloc.nth, 6);
	ck_assert_uint_eq(alloc_pages_bulk(m, GFP_KERNEL, 0, 5, pfn + 4), 5);
	ck_assert_uint_eq(alloc_pages_bulk(m, GFP_KERNEL, 0, 1, pfn + 9), 0);
	ck_assert_uint_eq(alloc_pages_bulk(m, GFP_KERNEL, 0, 1, pfn + 9), 1);
	put_pages_bulk(m, pfn, 10);

	m->fail_page_alloc.nth = 1;
	ck_assert_ptr_null(alloc_pages(m, GFP_KERNEL, 0, 3));
	m->fail_page_alloc.nth = 8;
	ck_assert_ptr_null(alloc_pages(m, GFP_KERNEL, 0, 3));
	ck_assert_uint_eq(nr_free_pages(m), free);

	/* Data and tables fail apart. */
	m->fail_page_alloc.nth = 1;
	ck_assert_int_eq(alloc_table(m, pfn), 0);
	free_table(m, pfn[0]);
	m->fail_page_alloc.nth = 0;
	m->fail_table.nth = 1;
	ck_assert_uint_eq(alloc_pages_bulk(m, GFP_KERNEL, 0, 1, pfn), 1);
	put_page(m, pfn_to_page(m, pfn[0]));
	ck_assert_int_eq(alloc_table(m, pfn), -ENOMEM);
	ck_assert_uint_eq(nr_free_pages(m), free);
	unit_check_pages(m);
	machine_destroy(m);
}
END_TEST

START_TEST(test_nothing_wanted)
{
	struct machine *m = unit_boot(MiB(1), 1);
	uint64_t events = nr_page_events(m);

	m->fail_page_alloc.nth = 1;
	ck_assert_uint_eq(alloc_pages_bulk(m, GFP_KERNEL, 0, 0, NULL), 0);
	ck_assert_uint_eq(m->fail_page_alloc.nth, 1);
	put_pages_bulk(m, NULL, 0);
	ck_assert_uint_eq(nr_page_events(m), events);
	unit_check_pages(m);
	machine_destroy(m);
}
END_TEST

START_TEST(test_events)
{
	struct machine *m = unit_boot(MiB(64), 1);
	uint64_t events = nr_page_events(m);
	pfn_t pfn[40];

	drain_all_pages(m);
	nr_free_pages(m);
	ck_assert_uint_eq(nr_page_events(m), events);
	alloc_pages_bulk(m, GFP_KERNEL, 0, 40, pfn);
	ck_assert_uint_eq(nr_page_events(m), events + 40);
	get_page(pfn_to_page(m, pfn[0]));
	put_page(m, pfn_to_page(m, pfn[0]));
	ck_assert_uint_eq(nr_page_events(m), events + 40);
	put_pages_bulk(m, pfn, 40);
	ck_assert_uint_eq(nr_page_events(m), events + 80);
	machine_destroy(m);
}
END_TEST

/* Content */

static bool frame_is(const struct machine *m, pfn_t pfn, unsigned char byte)
{
	const unsigned char *p = pfn_to_ram(m, pfn);

	for (size_t i = 0; i < PAGE_SIZE; i++)
		if (p[i] != byte)
			return false;
	return true;
}

static void fill(struct machine *m, pfn_t pfn, unsigned char byte)
{
	page_mark_dirty(m, pfn);
	memset(pfn_to_ram(m, pfn), byte, PAGE_SIZE);
}

START_TEST(test_zeroing)
{
	struct machine *m = unit_boot(MiB(16), 1);
	pfn_t pfn[20], again[20];

	for (size_t n = 1; n <= 20; n += 19) { /* through the stack, and not */
		for (int round = 0; round < 4; round++) {
			bool init = round & 1, zero = round & 2;

			ck_assert_uint_eq(alloc_pages_bulk(m, GFP_KERNEL, 0, n, pfn), n);
			for (size_t i = 0; i < n; i++)
				fill(m, pfn[i], 0x5a);
			put_pages_bulk(m, pfn, n);
			m->init_on_alloc = init;
			ck_assert_uint_eq(alloc_pages_bulk(m, zero ? __GFP_ZERO : GFP_KERNEL, 0, n,
							   again),
					  n);
			ck_assert_mem_eq(pfn, again, n * sizeof(pfn[0]));
			for (size_t i = 0; i < n; i++) {
				ck_assert(frame_is(m, again[i], init || zero ? 0 : 0x5a));
				ck_assert_int_eq(!(pfn_to_page(m, again[i])->flags & PG_dirty),
						 init || zero);
			}
			put_pages_bulk(m, again, n);
		}
	}

	/* A frame without the mark is believed to be zero: bytes written without the mark stay. */
	m->init_on_alloc = true;
	ck_assert_uint_eq(alloc_pages_bulk(m, GFP_KERNEL, 0, 1, pfn), 1);
	memset(pfn_to_ram(m, pfn[0]), 1, PAGE_SIZE);
	put_page(m, pfn_to_page(m, pfn[0]));
	ck_assert_uint_eq(alloc_pages_bulk(m, GFP_KERNEL | __GFP_ZERO, 0, 1, pfn), 1);
	ck_assert(frame_is(m, pfn[0], 1));

	/* A whole block. */
	struct page *page = alloc_pages(m, GFP_KERNEL, 0, 5);
	for (unsigned i = 0; i < 32; i++)
		fill(m, page_to_pfn(m, page) + i, 0x77);
	for (unsigned i = 0; i < 32; i++)
		put_page(m, page + i);
	drain_all_pages(m);
	ck_assert_ptr_eq(alloc_pages(m, GFP_KERNEL, 0, 5), page);
	for (unsigned i = 0; i < 32; i++)
		ck_assert(frame_is(m, page_to_pfn(m, page) + i, 0));
	machine_destroy(m);
}
END_TEST

/* References */

START_TEST(test_references)
{
	struct machine *m = unit_boot(MiB(16), 1);
	uint64_t free = nr_free_pages(m);
	struct page *page = alloc_pages(m, GFP_KERNEL, 0, 0);
	pfn_t pfn[40];

	get_page(page);
	get_page(page);
	put_page(m, page);
	put_page(m, page);
	ck_assert_uint_eq(nr_free_pages(m), free - 1);
	put_page(m, page);
	ck_assert_uint_eq(nr_free_pages(m), free);
	ck_assert_uint_eq(m->nr_bad_page, 0);

	/* In the middle of a run one stays. */
	ck_assert_uint_eq(alloc_pages_bulk(m, GFP_KERNEL, 0, 40, pfn), 40);
	get_page(pfn_to_page(m, pfn[20]));
	pfn_to_page(m, pfn[7])->flags |= PG_user | PG_array;
	put_pages_bulk(m, pfn, 40);
	ck_assert_uint_eq(nr_free_pages(m), free - 1);
	ck_assert_uint_eq(pfn_to_page(m, pfn[20])->_refcount, 1);
	ck_assert_uint_eq(pfn_to_page(m, pfn[7])->flags, 0);
	unit_check_pages(m);
	put_page(m, pfn_to_page(m, pfn[20]));
	ck_assert_uint_eq(nr_free_pages(m), free);
	unit_check_pages(m);
	machine_destroy(m);
}
END_TEST

/* A run of neighbours that goes over the ends of zones and nodes. */
START_TEST(test_put_across_zones)
{
	struct machine *m = unit_boot(MiB(40), 4); /* 8 MiB each; DMA ends with node 1 */
	uint64_t all = nr_free_pages(m);
	pfn_t *pfn = calloc(all, sizeof(*pfn));
	unsigned char *taken = calloc(m->nr_frames, 1);
	size_t n = alloc_pages_bulk(m, GFP_KERNEL, 0, all, pfn), k = 0;

	ck_assert_uint_eq(n, all);
	for (size_t i = 0; i < n; i++)
		taken[pfn[i]] = 1;
	for (pfn_t p = 0; p < m->nr_frames; p++)
		if (taken[p])
			pfn[k++] = p;
	put_pages_bulk(m, pfn, n);
	ck_assert_uint_eq(nr_free_pages(m), all);
	unit_check_pages(m);
	free(pfn);
	free(taken);
	machine_destroy(m);
}
END_TEST

/* A frame that cannot be freed is reported, and left alone. */
START_TEST(test_bad_put)
{
	struct machine *m = unit_boot(MiB(16), 1);
	uint64_t free = nr_free_pages(m);
	pfn_t pfn[6];

	ck_assert_uint_eq(alloc_pages_bulk(m, GFP_KERNEL, 0, 2, pfn), 2);
	pfn[2] = 0;	       /* reserved */
	pfn[3] = pfn[0];       /* twice */
	pfn[4] = m->nr_frames; /* beyond the end */
	pfn[5] = UINT64_MAX;
	put_pages_bulk(m, pfn, 6);
	ck_assert_uint_eq(m->nr_bad_page, 4);
	ck_assert_uint_eq(nr_free_pages(m), free);
	put_page(m, pfn_to_page(m, pfn[1]));
	ck_assert_uint_eq(m->nr_bad_page, 5);
	ck_assert_uint_eq(nr_free_pages(m), free);
	ck_assert(unit_logged(m, "Bad page state"));
	unit_check_pages(m);
	machine_destroy(m);
}
END_TEST

START_TEST(test_tables)
{
	struct machine *m = unit_boot(MiB(16), 1);
	uint64_t free = nr_free_pages(m), tables = m->nr_table_frames;
	pfn_t pfn, data;

	m->init_on_alloc = false;
	ck_assert_uint_eq(alloc_pages_bulk(m, GFP_KERNEL, 0, 1, &data), 1);
	fill(m, data, 0xff);
	put_page(m, pfn_to_page(m, data));
	ck_assert_int_eq(alloc_table(m, &pfn), 0);
	ck_assert_uint_eq(pfn, data);
	ck_assert(frame_is(m, pfn, 0));
	ck_assert(pfn_to_page(m, pfn)->flags & PG_table);
	ck_assert_uint_eq(m->nr_table_frames, tables + 1);
	free_table(m, pfn);
	ck_assert_uint_eq(m->nr_table_frames, tables);
	ck_assert_uint_eq(pfn_to_page(m, pfn)->flags & PG_table, 0);
	ck_assert_uint_eq(nr_free_pages(m), free);

	/* No tables: a free frame, a data frame, no frame. */
	free_table(m, pfn);
	ck_assert_uint_eq(alloc_pages_bulk(m, GFP_KERNEL, 0, 1, &data), 1);
	free_table(m, data);
	free_table(m, m->nr_frames);
	ck_assert_uint_eq(m->nr_bad_page, 3);
	ck_assert_uint_eq(m->nr_table_frames, tables);
	ck_assert_uint_eq(nr_free_pages(m), free - 1);
	unit_check_pages(m);
	machine_destroy(m);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("page");
	TCase *t = tcase_create("page");

	tcase_set_timeout(t, 300);
	tcase_add_test(t, test_zones);
	tcase_add_test(t, test_fresh_blocks);
	tcase_add_test(t, test_fallback);
	tcase_add_test(t, test_exhaustion);
	tcase_add_test(t, test_lowest_first);
	tcase_add_test(t, test_blocks);
	tcase_add_test(t, test_no_block);
	tcase_add_test(t, test_one_frame_injected);
	tcase_add_test(t, test_block_drains_stack);
	tcase_add_test(t, test_stack_is_bounded);
	tcase_add_test(t, test_fail_nth);
	tcase_add_test(t, test_nothing_wanted);
	tcase_add_test(t, test_events);
	tcase_add_test(t, test_zeroing);
	tcase_add_test(t, test_references);
	tcase_add_test(t, test_bad_put);
	tcase_add_test(t, test_tables);
	tcase_add_test(t, test_put_across_zones);
	suite_add_tcase(s, t);
	return unit_main(s);
}
