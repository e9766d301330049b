/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's tree of holes against the model, and its own rules by example.
 */
#include <errno.h>

#include "linuxmodel.h"
#include "unit.h"
#include "vmalloc/index/kerneltree.h"

#define TOP UINT64_MAX
#define BASE UINT64_C(0xffffc90000000000)
#define P LM_PAGE

static struct machine *m;
static struct kerneltree *tree;
static struct linux_model model;
static uint64_t seed;

static void setup(void)
{
	m = unit_boot(MiB(1), 1);
	ck_assert_int_eq(kerneltree_create(m, TOP, &tree), 0);
	lm_init(&model, false, 1, BASE, TOP, TOP);
	seed = UINT64_C(88172645463325252);
}

static void teardown(void)
{
	kerneltree_destroy(tree);
	lm_deinit(&model);
	ck_assert_uint_eq(m->kmalloc_live, 0);
	machine_destroy(m);
}

static uint64_t below(uint64_t n)
{
	return (unit_random(&seed) >> 11) % n;
}

/* [first, first + pages) of the window becomes busy, in both; there is one more busy range. */
static void cut(uint64_t first, uint64_t pages)
{
	unit_assert(!kerneltree_reserve(tree, (uint64_t)model.busy.n + 1));
	kerneltree_cut(tree, NULL, BASE + first * P, pages * P);
	lm_cut(&model, BASE + first * P, BASE + (first + pages) * P);
	lm_append(&model.busy,
		  (struct lm_range){ BASE + first * P, BASE + (first + pages) * P, 0 });
}

static void give_back(int i)
{
	struct lm_range r = lm_delete(&model.busy, i);

	kerneltree_give_back(tree, r.start, r.end);
	lm_give_back(&model, r.start, r.end);
	kerneltree_trim(tree, (uint64_t)model.busy.n);
}

static uint64_t count(const struct lm_node *h)
{
	return h == model.nil ? 0 : 1 + count(h->left) + count(h->right);
}

/* Both have the same holes. */
static void compare(void)
{
	uint64_t from = 0, n = 0, start, end;

	unit_assert(!kerneltree_check(tree, (uint64_t)model.busy.n, unit_report, NULL));
	for (; kerneltree_next(tree, from, &start, &end); from = end, n++) {
		const struct lm_node *h = model.root;

		while (h != model.nil && h->start != start)
			h = start < h->start ? h->left : h->right;
		unit_assert(h != model.nil && h->end == end);
	}
	unit_assert(n == count(model.root) && n == tree->holes);
}

static bool search(uint64_t size, uint64_t align, uint64_t start, uint64_t end, uint64_t *ret)
{
	struct kernel_place place;
	bool found = kerneltree_search(tree, size, align, start, end, &place);

	unit_assert(found == lm_search(&model, size, align, start, end, ret));
	unit_assert(!found || place.addr == *ret);
	return found;
}

START_TEST(one_hole)
{
	struct kernel_place place;
	uint64_t addr;

	/* All of it is one hole, which is not cut at the window. */
	ck_assert(search(3 * P, P, BASE, BASE + 10 * P, &addr));
	ck_assert_uint_eq(addr, BASE);
	ck_assert(search(3 * P, 8 * P, BASE + P, BASE + 11 * P, &addr));
	ck_assert_uint_eq(addr, BASE + 8 * P);
	/* A place that ends above the window is no place. */
	ck_assert(!search(4 * P, 8 * P, BASE + P, BASE + 11 * P, &addr));
	ck_assert(!search(3 * P, P, BASE, BASE + 2 * P, &addr));
	/* Nor is there a place for more than any hole could have. */
	ck_assert(!kerneltree_search(tree, UINT64_MAX - P, 2 * P, BASE, TOP, &place));
	ck_assert(!kerneltree_search(tree, 0, P, BASE, TOP, &place));
	ck_assert(!kerneltree_search(tree, P, P, TOP, BASE, &place));
}
END_TEST

START_TEST(exact_hole_off_the_way)
{
	uint64_t addr;

	/*
	 * pages	0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 ...
	 *		x . . . x x . x . x  .  x  .  x  .  x  . .	x: busy
	 *
	 * Below the window nothing is free.  The hole of 3 pages has room for 2
	 * that are aligned to 2.  It is to the left of the root, which is a hole
	 * of one page, and the walk, which asks for 4 pages less a byte, finds no
	 * reason to go there.
	 */
	kerneltree_cut(tree, NULL, 1, BASE - 1);
	lm_cut(&model, 1, BASE);
	cut(0, 1);
	cut(4, 2);
	for (uint64_t i = 7; i < 16; i += 2)
		cut(i, 1);
	ck_assert(search(2 * P, P, BASE, TOP, &addr));
	ck_assert_uint_eq(addr, BASE + P);
	ck_assert(search(2 * P, 2 * P, BASE, TOP, &addr));
	ck_assert_uint_eq(addr, BASE + 16 * P);
	/*
	 * With the hole below the window it does: it goes left in search of that
	 * one, finds that it is not in the window, and comes back past the other.
	 */
	kerneltree_give_back(tree, 1, BASE);
	lm_give_back(&model, 1, BASE);
	ck_assert(search(2 * P, 2 * P, BASE, TOP, &addr));
	ck_assert_uint_eq(addr, BASE + 2 * P);
	/* In a window as long as the range, the size itself is asked for. */
	ck_assert(search(2 * P, 2 * P, BASE + 2 * P, BASE + 4 * P, &addr));
	ck_assert_uint_eq(addr, BASE + 2 * P);
}
END_TEST

START_TEST(joins)
{
	uint64_t start, end;

	cut(0, 1);
	cut(2, 1);
	cut(4, 1);
	ck_assert_uint_eq(tree->holes, 4);
	give_back(1); /* between two holes: three become one */
	ck_assert_uint_eq(tree->holes, 3);
	ck_assert(kerneltree_next(tree, BASE, &start, &end));
	ck_assert_uint_eq(start, BASE + P);
	ck_assert_uint_eq(end, BASE + 4 * P);
	give_back(0);
	give_back(0);
	ck_assert_uint_eq(tree->holes, 1);
	compare();
}
END_TEST

START_TEST(nothing_is_free)
{
	struct kernel_place place;
	uint64_t addr;

	kerneltree_cut(tree, NULL, 1, TOP - 1);
	ck_assert_uint_eq(tree->holes, 0);
	ck_assert(!kerneltree_search(tree, P, P, BASE, TOP, &place));
	ck_assert(!kerneltree_next(tree, 0, &addr, &addr));
	ck_assert_uint_eq(kerneltree_check(tree, 0, unit_report, NULL), 0);
	kerneltree_give_back(tree, BASE, BASE + P);
	ck_assert(kerneltree_search(tree, P, P, BASE, TOP, &place));
	ck_assert_uint_eq(place.addr, BASE);
}
END_TEST

START_TEST(reserve_fails)
{
	uint64_t addr;

	cut(0, 1);
	fault_set_nth(m, &m->failslab, 1);
	ck_assert_int_eq(kerneltree_reserve(tree, 100), -ENOMEM);
	compare();
	ck_assert(search(P, P, BASE, TOP, &addr));
	ck_assert_int_eq(kerneltree_reserve(tree, 100), 0);
	ck_assert_uint_eq(tree->nr_nodes, 101);
}
END_TEST

/* A window that is mostly busy, so that the walk has to choose. */
#define WINDOW_PAGES 600
#define RANGES_MAX 90

static void random_place(void)
{
	uint64_t pages = 1 + below(below(4) ? 6 : 24);
	uint64_t align = P << below(below(2) ? 1 : 6);
	uint64_t start = BASE + (below(4) ? 0 : below(WINDOW_PAGES) * P);
	uint64_t end = below(4) ? BASE + WINDOW_PAGES * P : start + below(3 * pages + 1) * P;
	uint64_t addr;

	if (!search(pages * P, align, start, end, &addr))
		return;
	cut((addr - BASE) / P, pages);
}

static void many_random(uint64_t operations)
{
	for (uint64_t i = 0; i < operations; i++) {
		/* Sometimes nearly full, sometimes nearly empty. */
		uint64_t fill = i % 20000 < 10000 ? RANGES_MAX : RANGES_MAX / 6;

		if (below(fill) >= (uint64_t)model.busy.n)
			random_place();
		else
			give_back((int)below((uint64_t)model.busy.n));
		if (i % 64 == 0)
			compare();
	}
	while (model.busy.n)
		give_back((int)below((uint64_t)model.busy.n));
	compare();
	ck_assert_uint_eq(tree->holes, 1);
}

START_TEST(random_operations)
{
	many_random(1000000);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("kerneltree");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 600);
	tcase_add_test(tc, one_hole);
	tcase_add_test(tc, exact_hole_off_the_way);
	tcase_add_test(tc, joins);
	tcase_add_test(tc, nothing_is_free);
	tcase_add_test(tc, reserve_fails);
	tcase_add_test(tc, random_operations);
	suite_add_tcase(s, tc);
	return s;
}

int main(void)
{
	return unit_main(suite());
}
