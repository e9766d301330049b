/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The figures of a window, computed from records of its areas: holes, the largest
 * one, fragmentation.
 */
#include "listings.h"
#include "show/figures.h"
#include "texts.h"

/* Pages of the window: 0..15, of which 15 is never given out. */
#define AT(page) (VMALLOC_START + (page)*PAGE_SIZE)

static const struct machine window16 = {
	.vmalloc_start = VMALLOC_START,
	.vmalloc_end = VMALLOC_START + 16 * PAGE_SIZE - 1,
	.ram_size = MiB(1),
};

static struct figures compute_lazy(const struct area_record *areas, guint n,
				   const struct lazy_record *lazy, guint nr_lazy)
{
	struct snapshot s = { 0 };
	struct figures f;

	for (guint i = 0; i < n; i++)
		ck_assert(records_add(s.areas, &areas[i], sizeof(areas[i])));
	for (guint i = 0; i < nr_lazy; i++)
		ck_assert(records_add(s.lazy, &lazy[i], sizeof(lazy[i])));
	figures_compute(&f, &s, &window16);
	snapshot_empty(&s);
	return f;
}

static struct figures compute(const struct area_record *areas, guint n)
{
	return compute_lazy(areas, n, NULL, 0);
}

START_TEST(figures_empty)
{
	struct figures f = compute(NULL, 0);

	ck_assert_uint_eq(f.areas, 0);
	ck_assert_uint_eq(f.holes, 1);
	ck_assert_uint_eq(f.free, 15 * PAGE_SIZE);
	ck_assert_uint_eq(f.largest_hole, 15 * PAGE_SIZE);
	ck_assert_uint_eq(f.largest_at, AT(0));
	ck_assert_uint_eq(f.span_free, 0);
	ck_assert_uint_eq(fragmentation(f.largest_hole, f.free), 0);
}
END_TEST

/*
 *	0    1    2    3    4    5    6    7    8    9    10   11   12   13   14   15
 *	     [ a    G ][ b    b    G ]         [ c    c    G ]    .    .    .   | x |
 */
START_TEST(figures_holes)
{
	const struct area_record areas[] = {
		{ .addr = AT(1), .size = 2 * PAGE_SIZE, .nr_pages = 1, .flags = VM_ALLOC },
		{ .addr = AT(3), .size = 3 * PAGE_SIZE, .nr_lent = 2, .flags = VM_MAP },
		{ .addr = AT(8), .size = 3 * PAGE_SIZE, .flags = VM_ALLOC },
	};
	struct figures f = compute(areas, G_N_ELEMENTS(areas));

	ck_assert_uint_eq(f.areas, 3);
	ck_assert_uint_eq(f.outside, 0);
	ck_assert_uint_eq(f.mapped, 3 * PAGE_SIZE);
	ck_assert_uint_eq(f.unmapped, 2 * PAGE_SIZE);
	ck_assert_uint_eq(f.guards, 3 * PAGE_SIZE);
	ck_assert_uint_eq(f.holes, 3);
	ck_assert_uint_eq(f.free, 7 * PAGE_SIZE);
	ck_assert_uint_eq(f.largest_hole, 4 * PAGE_SIZE);
	ck_assert_uint_eq(f.largest_at, AT(11));
	ck_assert_uint_eq(f.span_free, 2 * PAGE_SIZE);
	ck_assert_uint_eq(f.span_largest, 2 * PAGE_SIZE);
	ck_assert_uint_eq(f.mapped + f.unmapped + f.guards + f.free + PAGE_SIZE, 16 * PAGE_SIZE);
	ck_assert_uint_eq(fragmentation(f.largest_hole, f.free), 4286);
	ck_assert_uint_eq(f.unusable, f.free);
	ck_assert_uint_eq(f.unusable_holes, 3);
	ck_assert_uint_eq(unusable_share(f.unusable, f.free), 10000);
}
END_TEST

START_TEST(figures_full)
{
	const struct area_record area = {
		.addr = AT(0), .size = 15 * PAGE_SIZE, .nr_pages = 14, .flags = VM_ALLOC
	};
	struct figures f = compute(&area, 1);

	ck_assert_uint_eq(f.holes, 0);
	ck_assert_uint_eq(f.free, 0);
	ck_assert_uint_eq(f.largest_hole, 0);
	ck_assert_uint_eq(f.largest_at, 0);
	ck_assert_uint_eq(fragmentation(f.largest_hole, f.free), 0);
}
END_TEST

/* Outside: before, right before, right after, at the top.  Astride: both ends. */
START_TEST(figures_outside)
{
	const struct area_record outside[] = {
		{ .addr = PAGE_OFFSET, .size = 2 * PAGE_SIZE, .nr_pages = 1 },
		{ .addr = AT(-2), .size = 2 * PAGE_SIZE, .nr_pages = 1 },
		{ .addr = AT(16), .size = 2 * PAGE_SIZE, .nr_pages = 1 },
		{ .addr = -2 * PAGE_SIZE, .size = 2 * PAGE_SIZE, .nr_pages = 1 },
	};
	const struct area_record astride[] = {
		{ .addr = AT(-1), .size = 3 * PAGE_SIZE, .nr_pages = 2 },
		{ .addr = AT(12), .size = 9 * PAGE_SIZE, .nr_pages = 8 },
	};
	struct figures f = compute(outside, G_N_ELEMENTS(outside));

	ck_assert_uint_eq(f.areas, 4);
	ck_assert_uint_eq(f.outside, 4);
	ck_assert_uint_eq(f.mapped, 0);
	ck_assert_uint_eq(f.guards, 0);
	ck_assert_uint_eq(f.holes, 1);
	ck_assert_uint_eq(f.largest_hole, 15 * PAGE_SIZE);

	f = compute(astride, G_N_ELEMENTS(astride));
	ck_assert_uint_eq(f.outside, 0);
	ck_assert_uint_eq(f.mapped, 10 * PAGE_SIZE);
	ck_assert_uint_eq(f.holes, 1);
	ck_assert_uint_eq(f.largest_at, AT(2));
	ck_assert_uint_eq(f.largest_hole, 10 * PAGE_SIZE);
	ck_assert_uint_eq(f.span_free, 10 * PAGE_SIZE);
}
END_TEST

/* Of equal holes the lowest is told; one before an area in the unused page ends at that page. */
START_TEST(figures_ties_and_last_page)
{
	const struct area_record areas[] = {
		{ .addr = AT(3), .size = 2 * PAGE_SIZE, .nr_pages = 1 },
		{ .addr = AT(8), .size = 4 * PAGE_SIZE, .nr_pages = 3 },
		{ .addr = AT(15), .size = 2 * PAGE_SIZE, .nr_pages = 1 },
	};
	struct figures f = compute(areas, G_N_ELEMENTS(areas));

	ck_assert_uint_eq(f.holes, 3);
	ck_assert_uint_eq(f.free, 9 * PAGE_SIZE);
	ck_assert_uint_eq(f.largest_hole, 3 * PAGE_SIZE);
	ck_assert_uint_eq(f.largest_at, AT(0));
	ck_assert_uint_eq(f.span_free, 6 * PAGE_SIZE);

	f = compute(areas + 2, 1);
	ck_assert_uint_eq(f.largest_hole, 15 * PAGE_SIZE);
}
END_TEST

/*
 * Lazy ranges are no areas, and no holes either; those outside do not count.
 *
 *	0    1    2    3    4    5    6    7    8    9    10   11   12   13   14   15
 *	[ l    l ]          [ a    G ][ p    p    p ]          [ l    l ]      | x |
 */
START_TEST(figures_lazy)
{
	const struct area_record areas[] = {
		{ .addr = AT(4), .size = 2 * PAGE_SIZE, .nr_pages = 1, .flags = VM_ALLOC },
	};
	const struct lazy_record lazy[] = {
		{ .addr = AT(-9), .size = 2 * PAGE_SIZE },
		{ .addr = AT(0), .size = 2 * PAGE_SIZE },
		{ .addr = AT(6), .size = 3 * PAGE_SIZE, .pooled = true },
		{ .addr = AT(11), .size = 2 * PAGE_SIZE },
		{ .addr = AT(16), .size = 2 * PAGE_SIZE },
	};
	struct figures f = compute_lazy(areas, 1, lazy, G_N_ELEMENTS(lazy));

	ck_assert_uint_eq(f.areas, 1);
	ck_assert_uint_eq(f.outside, 0);
	ck_assert_uint_eq(f.lazy, 4 * PAGE_SIZE);
	ck_assert_uint_eq(f.lazy_ranges, 2);
	ck_assert_uint_eq(f.pooled, 3 * PAGE_SIZE);
	ck_assert_uint_eq(f.pooled_ranges, 1);
	ck_assert_uint_eq(f.mapped, PAGE_SIZE);
	ck_assert_uint_eq(f.guards, PAGE_SIZE);
	ck_assert_uint_eq(f.holes, 3);
	ck_assert_uint_eq(f.free, 6 * PAGE_SIZE);
	ck_assert_uint_eq(f.largest_at, AT(2));
	ck_assert_uint_eq(f.span_free, 4 * PAGE_SIZE);
	ck_assert_uint_eq(f.mapped + f.unmapped + f.guards + f.lazy + f.pooled + f.free + PAGE_SIZE,
			  16 * PAGE_SIZE);
}
END_TEST

START_TEST(figures_io_and_no_guard)
{
	const struct area_record areas[] = {
		{ .addr = AT(0),
		  .size = 2 * PAGE_SIZE,
		  .flags = VM_IOREMAP,
		  .phys_addr = UINT64_C(1) << 32 },
		{ .addr = AT(2), .size = 2 * PAGE_SIZE, .flags = VM_IOREMAP, .phys_addr = 0x1000 },
		{ .addr = AT(4),
		  .size = 2 * PAGE_SIZE,
		  .flags = VM_IOREMAP,
		  .phys_addr = PHYS_END },
		{ .addr = AT(6),
		  .size = 2 * PAGE_SIZE,
		  .nr_pages = 2,
		  .flags = VM_ALLOC | VM_NO_GUARD },
	};
	struct figures f = compute(areas, G_N_ELEMENTS(areas));

	ck_assert_uint_eq(f.mapped, 3 * PAGE_SIZE);
	ck_assert_uint_eq(f.unmapped, 2 * PAGE_SIZE);
	ck_assert_uint_eq(f.guards, 3 * PAGE_SIZE);
}
END_TEST

START_TEST(fragmentation_rounds)
{
	ck_assert_uint_eq(fragmentation(1, 2), 5000);
	ck_assert_uint_eq(fragmentation(1, 3), 6667);
	ck_assert_uint_eq(fragmentation(2, 3), 3333);
	ck_assert_uint_eq(fragmentation(UINT64_C(1) << 45, UINT64_C(1) << 45), 0);
	ck_assert_uint_eq(fragmentation(PAGE_SIZE, UINT64_C(1) << 45), 10000);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("figures");
	TCase *t = tcase_create("figures");

	tcase_add_test(t, figures_empty);
	tcase_add_test(t, figures_holes);
	tcase_add_test(t, figures_full);
	tcase_add_test(t, figures_outside);
	tcase_add_test(t, figures_lazy);
	tcase_add_test(t, figures_ties_and_last_page);
	tcase_add_test(t, figures_io_and_no_guard);
	tcase_add_test(t, fragmentation_rounds);
	suite_add_tcase(s, t);

	return unit_main(s);
}
