/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vresize that fails: the area stays as it was, to the byte and to the frame.
 */
#include "resizing.h"

START_TEST(test_refused)
{
	struct machine *m = space_boot(MiB(64), 1);
	vaddr_t addr = vmalloc(m, 4 * P, NULL), ret = 42;
	struct page *page = vmalloc_to_page(m, addr);
	vaddr_t bad[] = { 0,
			  addr + 1,
			  addr + P,
			  addr + 4 * P,
			  addr + MiB(1),
			  UINT64_MAX,
			  vmap(m, &page, 1, VM_MAP, PAGE_KERNEL, NULL),
			  ioremap(m, m->io_start, P, 0, NULL),
			  get_vm_area(m, P, VM_ALLOC, NULL)->addr };
	static struct snapshot before;

	space_fill(m, addr, 4 * P, 1);
	snap(m, addr, &before);
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ck_assert_msg(vresize(m, bad[i], P, &ret) == -EINVAL, "row %u", i);
		ck_assert_int_eq(vresize(m, bad[i], 9 * P, &ret), -EINVAL);
	}
	ck_assert_int_eq(vresize(m, addr, 0, &ret), -EINVAL);
	ck_assert_int_eq(vresize(m, addr, MiB(64) + 1, &ret), -ENOMEM);
	ck_assert_int_eq(vresize(m, addr, GiB(8192), &ret), -ENOMEM);
	ck_assert_int_eq(vresize(m, addr, UINT64_MAX, &ret), -ENOMEM);
	ck_assert_int_eq(vresize(m, addr, -P, &ret), -ENOMEM);
	ck_assert_int_eq(vresize(m, addr, MiB(64), &ret), -ENOMEM); /* really runs out */
	ck_assert_uint_eq(ret, 42);
	expect_unchanged(m, addr, &before);
	atomic_store(&m->crashed, true);
	ck_assert_int_eq(vresize(m, addr, 2 * P, &ret), -EIO);
	ck_assert_int_eq(vresize(m, addr, 6 * P, &ret), -EIO);
	atomic_store(&m->crashed, false);
	expect_unchanged(m, addr, &before);
	space_end(m);
}
END_TEST

START_TEST(test_no_space)
{
	struct machine *m = space_boot_window(MiB(16), 32);
	vaddr_t addr = vmalloc(m, 4 * P, NULL), ret = 42;
	static struct snapshot before;

	/* [0..4][5..6]........: 25 pages, the last of them never used */
	vmalloc(m, P, NULL);
	space_fill(m, addr, 4 * P, 1);
	snap(m, addr, &before);
	ck_assert_int_eq(vresize(m, addr, 24 * P, &ret), -ENOSPC);
	ck_assert(unit_logged(m, "out of vmalloc space"));
	ck_assert_uint_eq(ret, 42);
	expect_unchanged(m, addr, &before);
	ck_assert_uint_eq(resized(m, addr, 23 * P), addr + 7 * P);
	addr += 7 * P;
	/* Growing in place must not go beyond the end of the window either. */
	ck_assert_int_eq(vresize(m, addr, 24 * P, &ret), -ENOSPC);
	space_check(m);
	space_end(m);
}
END_TEST

/* The area finds room, its page array does not. */
START_TEST(test_no_space_for_array)
{
	struct machine *m = space_boot_window(MiB(16), 620);
	vaddr_t addr = vmalloc(m, 500 * P, NULL), ret;
	static struct snapshot before;

	while (vmalloc(m, P, NULL))
		;
	/* one hole of three pages: no room for an array of two and its guard */
	vfree(m, addr + 501 * P + 20 * P);
	snap(m, addr, &before);
	ck_assert_int_eq(vresize(m, addr, 520 * P, &ret), -ENOSPC);
	expect_unchanged(m, addr, &before);
	space_end(m);
}
END_TEST

/* PTEs where the area would grow to. */
START_TEST(test_stray_pte)
{
	struct machine *m = space_boot(MiB(64), 1);
	vaddr_t addr = vmalloc(m, 8 * P, NULL), ret;
	static struct snapshot before;
	paddr_t at;

	ck_assert_uint_eq(resized(m, addr, 4 * P), addr);
	space_fill(m, addr, 4 * P, 1);
	at = space_pte_addr(m, addr + 6 * P);
	space_poke(m, at, 0x5000 | PAGE_KERNEL);
	ck_assert_int_eq(vresize(m, addr, 8 * P, &ret), -EIO);
	ck_assert_uint_eq(space_warnings(m), 1);
	ck_assert_uint_eq(space_peek(m, at), 0x5000 | PAGE_KERNEL);
	space_poke(m, at, 0);
	snap(m, addr, &before);
	expect_unchanged(m, addr, &before);
	space_expect(m, addr, 4 * P, 1);
	ck_assert_uint_eq(resized(m, addr, 8 * P), addr);
	space_check(m);
	space_end(m);
}
END_TEST

/*
 * Every table and block of host memory it takes, missing in turn, for growth in
 * place and elsewhere, with and without a new array; of the frames, which are all
 * alike, the first twenty and then one in FRAME_STEP.
 */
enum point { FRAME, TABLE, SLAB, NR_POINTS };
#define FRAME_STEP 29

static struct fault_attr *fault_point(struct machine *m, enum point p)
{
	return p == FRAME ? &m->fail_page_alloc : p == TABLE ? &m->fail_table : &m->failslab;
}

static const struct {
	uint64_t from, to;
	bool wall;
	unsigned least[NR_POINTS]; /* failures there must be */
} growths[] = {
	{ 3, 5, false, { 2, 0, 1 } },	   { 3, 5, true, { 2, 0, 2 } },
	{ 3, 600, false, { 38, 1, 1 } },   { 3, 600, true, { 38, 1, 1 } },
	{ 520, 530, false, { 10, 0, 1 } }, { 520, 530, true, { 10, 1, 1 } },
	{ 520, 1100, true, { 38, 1, 1 } },
};

START_TEST(test_growth_failures)
{
	static struct snapshot before;

	for (enum point p = FRAME; p < NR_POINTS; p++) {
		unsigned failures = 0;

		for (unsigned nth = 1;; nth += p == FRAME && nth >= 20 ? FRAME_STEP : 1) {
			struct machine *m = space_boot(MiB(16), 1);
			vaddr_t addr = vmalloc(m, growths[_i].from * P, NULL), ret = 42;
			uint64_t left;
			int err;

			if (growths[_i].wall)
				vmalloc(m, P, NULL);
			space_fill(m, addr, growths[_i].from * P, 1);
			snap(m, addr, &before);
			atomic_store(&fault_point(m, p)->nth, nth);
			err = vresize(m, addr, growths[_i].to * P, &ret);
			left = atomic_load(&fault_point(m, p)->nth);
			atomic_store(&fault_point(m, p)->nth, 0);
			if (err) {
				failures++;
				ck_assert_int_eq(err, -ENOMEM);
				ck_assert_uint_eq(left, 0);
				ck_assert_uint_eq(ret, 42);
				expect_unchanged(m, addr, &before);
				space_expect(m, addr, growths[_i].from * P, 1);
				/* And it works the next time. */
				ret = resized(m, addr, growths[_i].to * P);
			}
			space_expect(m, ret, growths[_i].from * P, 1);
			space_check(m);
			vfree(m, ret);
			space_end(m);
			if (!err && left)
				break;
			ck_assert_uint_lt(nth, 5000);
		}
		ck_assert_msg(failures >= growths[_i].least[p], "point %d: %u failures", p,
			      failures);
	}
}
END_TEST

/* Shrinking takes nothing, so nothing that is missing can keep it from it. */
START_TEST(test_shrink_never_fails)
{
	for (unsigned nth = 1; nth < 6; nth++) {
		struct machine *m = space_boot(MiB(16), 1);
		vaddr_t addr = vmalloc(m, 1200 * P, NULL);

		space_fill(m, addr, 1200 * P, 1);
		atomic_store(&m->failslab.nth, nth);
		atomic_store(&m->fail_page_alloc.nth, nth);
		atomic_store(&m->fail_table.nth, nth);
		ck_assert_uint_eq(resized(m, addr, 300 * P), addr);
		atomic_store(&m->failslab.nth, 0);
		atomic_store(&m->fail_page_alloc.nth, 0);
		space_expect(m, addr, 300 * P, 1);
		space_check(m);
		ck_assert_uint_eq(resized(m, addr, 2 * P), addr);
		space_check(m);
		space_end(m);
	}
}
END_TEST

/* Memory is nearly full: the area grows as far as it can without a larger array. */
START_TEST(test_tight)
{
	struct machine *m = space_boot(MiB(16), 1);
	vaddr_t addr = vmalloc(m, 100 * P, NULL), ret;
	uint64_t n = 100;

	space_fill(m, addr, 100 * P, 1);
	while (vresize(m, addr, (n + 1) * P, &ret) == 0) {
		addr = ret;
		n++;
	}
	space_expect(m, addr, 100 * P, 1);
	ck_assert_uint_gt(n, 3000);
	ck_assert_uint_eq(space_area(m, addr)->nr_pages, n);
	space_check(m);
	space_end(m);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("resize_fails");
	TCase *t = tcase_create("resize");

	tcase_set_timeout(t, SPACE_TIMEOUT);
	tcase_add_test(t, test_refused);
	tcase_add_test(t, test_no_space);
	tcase_add_test(t, test_no_space_for_array);
	tcase_add_test(t, test_stray_pte);
	tcase_add_test(t, test_shrink_never_fails);
	tcase_add_test(t, test_tight);
	suite_add_tcase(s, t);
	t = unit_long_case(s);
	tcase_add_loop_test(t, test_growth_failures, 0,
			    (int)(sizeof(growths) / sizeof(growths[0])));
	return unit_main(s);
}
