/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The area index against its model: small trees, large ones, and memory that ends.
 */
#include "gaptwin.h"

/* --- small trees ------------------------------------------------------------- */

START_TEST(empty)
{
	struct gap_cursor c;
	uint64_t addr;

	compare();
	ck_assert_ptr_null(gaptree_seek(&tree, 0, &c));
	ck_assert_ptr_null(gaptree_seek(&tree, UINT64_MAX, &c));
	ck_assert_ptr_null(gaptree_find(&tree, BASE));
	ck_assert_ptr_null(gaptree_find(&tree, GAPTREE_TOP));
	ck_assert_ptr_null(gaptree_find(&tree, UINT64_MAX));
	ck_assert_ptr_null(gaptree_remove(&tree, GAPTREE_TOP));
	ck_assert_ptr_null(gaptree_remove(&tree, UINT64_MAX));
	ck_assert_int_eq(gaptree_resize(&tree, BASE, 1), -ENOENT);
	ck_assert(!gaptree_replace(&tree, GAPTREE_TOP, items));

	ck_assert(!gaptree_search(&tree, 0, 1, 0, UINT64_MAX, &addr));
	ck_assert(gaptree_search(&tree, 1, 1, 0, UINT64_MAX, &addr));
	ck_assert_uint_eq(addr, PAGE_SIZE);
	ck_assert(gaptree_search(&tree, 1, 1, BASE, UINT64_MAX, &addr));
	ck_assert_uint_eq(addr, BASE);
	compare();
}
END_TEST

START_TEST(one)
{
	ck_assert_int_eq(place(PAGE_SIZE, 1, BASE, UINT64_MAX), 0);
	ck_assert_uint_eq(model.r[0].addr, BASE);
	compare();
	for (uint64_t at = BASE - 1; at <= BASE + PAGE_SIZE; at++) {
		struct gap_cursor c;
		bool inside = at < BASE + PAGE_SIZE;

		ck_assert_int_eq(gaptree_seek(&tree, at, &c) != NULL, inside);
		if (at >= BASE && inside)
			ck_assert_int_eq(insert(at, 1), -EBUSY);
	}
	ck_assert_int_eq(insert(BASE - 1, 2), -EBUSY);
	ck_assert_int_eq(insert(BASE - 1, 1), 0);
	ck_assert_int_eq(insert(BASE + PAGE_SIZE, 1), 0);
	compare();
	remove_at(BASE + 1);
	remove_at(BASE);
	remove_at(BASE);
	remove_at(BASE - 1);
	remove_at(BASE + PAGE_SIZE);
	ck_assert_uint_eq(model.n, 0);
	compare();
}
END_TEST

/* The window's end is exact: a range may end at it and not one byte above. */
START_TEST(window)
{
	const uint64_t end = BASE + 4 * PAGE_SIZE;

	ck_assert_int_eq(place(4 * PAGE_SIZE + 1, 1, BASE, end), -ENOSPC);
	ck_assert_int_eq(place(4 * PAGE_SIZE, 1, BASE + 1, end), -ENOSPC);
	ck_assert_int_eq(place(4 * PAGE_SIZE, 1, BASE, end - 1), -ENOSPC);
	ck_assert_int_eq(place(4 * PAGE_SIZE, 1, BASE, end), 0);
	ck_assert_int_eq(place(1, 1, BASE, end), -ENOSPC);
	ck_assert_int_eq(place(1, 1, BASE, end + 1), 0);
	ck_assert_int_eq(place(1, 1, end, BASE), -ENOSPC);
	compare();

	/* below base, twice: base follows */
	ck_assert_int_eq(place(PAGE_SIZE, 1, BASE - PAGE_SIZE, end), 0);
	ck_assert_int_eq(place(PAGE_SIZE, PAGE_SIZE, 1, UINT64_MAX), 0);
	ck_assert_uint_eq(model.r[0].addr, PAGE_SIZE);
	ck_assert_int_eq(place(PAGE_SIZE, 1, 0, 2 * PAGE_SIZE), -ENOSPC);
	ck_assert_int_eq(place(PAGE_SIZE, 1, BASE, UINT64_MAX), 0);
	compare();
}
END_TEST

/* The top of the space, and sums that do not fit in 64 bits. */
START_TEST(top)
{
	static const uint64_t huge[] = { UINT64_MAX,	   UINT64_MAX - 1,  GAPTREE_TOP + 1,
					 GAPTREE_TOP,	   GAPTREE_TOP - 1, UINT64_C(1) << 63,
					 UINT64_MAX - BASE };
	const size_t n = sizeof(huge) / sizeof(huge[0]);
	uint64_t addr;

	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < n; k++) {
			if (insert(huge[i], huge[k]) == 0)
				remove_at(huge[i]);
			for (unsigned bit = 0; bit < 64; bit++) {
				uint64_t want = 0;
				bool fits = model_search(huge[i], UINT64_C(1) << bit, huge[k],
							 UINT64_MAX, &want);

				addr = 0;
				must(gaptree_search(&tree, huge[i], UINT64_C(1) << bit, huge[k],
						    UINT64_MAX, &addr) == fits);
				must(addr == want);
			}
		}
	}
	ck_assert_int_eq(insert(0, 1), -EINVAL);
	ck_assert_int_eq(insert(PAGE_SIZE - 1, 1), -EINVAL);
	ck_assert_int_eq(insert(BASE, 0), -EINVAL);
	ck_assert_int_eq(place(PAGE_SIZE, 1, GAPTREE_TOP - PAGE_SIZE + 1, UINT64_MAX), -ENOSPC);
	ck_assert_int_eq(place(PAGE_SIZE, 1, GAPTREE_TOP - PAGE_SIZE, UINT64_MAX), 0);
	ck_assert_int_eq(place(1, 1, GAPTREE_TOP - PAGE_SIZE, UINT64_MAX), -ENOSPC);
	ck_assert_int_eq(insert(GAPTREE_TOP - PAGE_SIZE - 1, 1), 0);
	resize(GAPTREE_TOP - PAGE_SIZE, PAGE_SIZE + 1);
	resize(GAPTREE_TOP - PAGE_SIZE, UINT64_MAX);
	resize(GAPTREE_TOP - PAGE_SIZE - 1, 2);
	compare();
	ck_assert(gaptree_search(&tree, GAPTREE_TOP - 2 * PAGE_SIZE - 1, 0, 0, UINT64_MAX, &addr));
	ck_assert_uint_eq(addr, PAGE_SIZE);
	ck_assert(!gaptree_search(&tree, GAPTREE_TOP - 2 * PAGE_SIZE, 0, 0, UINT64_MAX, &addr));
	/* the whole space in one piece */
	remove_at(GAPTREE_TOP - PAGE_SIZE);
	remove_at(GAPTREE_TOP - PAGE_SIZE - 1);
	ck_assert_int_eq(place(GAPTREE_TOP - PAGE_SIZE, 1, 0, UINT64_MAX), 0);
	ck_assert_int_eq(place(1, 1, 0, UINT64_MAX), -ENOSPC);
	compare();
}
END_TEST

START_TEST(resizing)
{
	ck_assert_int_eq(insert(BASE, 10), 0);
	ck_assert_int_eq(insert(BASE + 20, 10), 0);
	resize(BASE, 21);
	resize(BASE, 20);
	ck_assert_int_eq(place(1, 1, BASE, BASE + 30), -ENOSPC);
	resize(BASE, 0);
	resize(BASE, 1);
	resize(BASE + 1, 1);
	resize(BASE + 20, GAPTREE_TOP - BASE - 20);
	ck_assert_int_eq(place(20, 1, BASE, UINT64_MAX), -ENOSPC);
	compare();
	ck_assert_int_eq(place(19, 1, BASE, UINT64_MAX), 0);
	compare();
}
END_TEST

/* --- many --------------------------------------------------------------------- */

enum order { ASCENDING, DESCENDING, SHUFFLED, ORDERS };

static void make_order(enum order order, uint64_t *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		v[i] = order == DESCENDING ? n - 1 - i : i;
	for (size_t i = n - 1; order == SHUFFLED && i > 0; i--) {
		size_t k = below(i + 1);
		uint64_t other = v[k];

		v[k] = v[i];
		v[i] = other;
	}
}

/* Each order of coming with each order of going; every second time ranges touch. */
START_TEST(orders)
{
	enum { N = 3000 };
	static uint64_t v[N];
	const uint64_t step = _i & 1 ? 7 : 8;
	enum order in = (enum order)(_i / 2 % ORDERS), out = (enum order)(_i / 2 / ORDERS);

	make_order(in, v, N);
	for (size_t i = 0; i < N; i++) {
		must(insert(BASE + v[i] * step, 7) == 0);
		if (i % 500 == 0)
			compare();
	}
	compare();
	make_order(out, v, N);
	for (size_t i = 0; i < N; i++) {
		remove_at(BASE + v[i] * step);
		if (i % 500 == 0)
			compare();
	}
	ck_assert_uint_eq(model.n, 0);
	compare();
	ck_assert_uint_eq(m->kmalloc_live, 1); /* a leaf */
}
END_TEST

/* More ranges than the model could follow: first fit refills what was punched out. */
START_TEST(large)
{
	enum { N = 100000 };
	uint64_t addr;

	for (uint64_t i = 0; i < N; i++) {
		must(gaptree_place(&tree, PAGE_SIZE, 1, BASE, UINT64_MAX, items, &addr) == 0);
		must(addr == BASE + i * PAGE_SIZE);
	}
	for (uint64_t i = 0; i < N; i += 3)
		must(gaptree_remove(&tree, BASE + i * PAGE_SIZE) == items);
	ck_assert_uint_eq(gaptree_check(&tree, unit_report, NULL), 0);
	for (uint64_t i = 0; i < N; i += 3) {
		must(gaptree_place(&tree, PAGE_SIZE, 1, BASE, UINT64_MAX, items, &addr) == 0);
		must(addr == BASE + i * PAGE_SIZE);
	}
	ck_assert_uint_eq(gaptree_count(&tree), N);
	ck_assert_uint_eq(gaptree_check(&tree, unit_report, NULL), 0);
}
END_TEST

/* --- memory that ends ------------------------------------------------------------ */

START_TEST(no_memory_for_tree)
{
	struct gaptree t;

	atomic_store(&m->failslab.nth, 1);
	ck_assert_int_eq(gaptree_init(&t, m, BASE), -ENOMEM);
}
END_TEST

/* Each insertion with its 1st, 2nd, ... node refused, until it needs no more. */
START_TEST(no_memory_for_split)
{
	enum { N = 3000 };
	static uint64_t v[N];
	unsigned most = 0;

	make_order((enum order)_i, v, N);
	for (size_t i = 0; i < N; i++) {
		uint64_t live = m->kmalloc_live;
		unsigned nth;
		int err;

		for (nth = 1;; nth++) {
			atomic_store(&m->failslab.nth, nth);
			/* by address and by search in turn */
			if (i & 1)
				err = insert(BASE + v[i] * 8, 7);
			else
				err = place(7, 1, BASE + v[i] * 8, BASE + v[i] * 8 + 7);
			if (!err)
				break;
			must(err == -ENOMEM);
			must(m->failslab.nth == 0);
			must(m->kmalloc_live == live);
			compare();
		}
		atomic_store(&m->failslab.nth, 0);
		if (nth > most)
			most = nth;
	}
	compare();
	ck_assert_uint_ge(most, 4); /* a leaf, an inner node and a root at once */
}
END_TEST

/* --- the checker itself ----------------------------------------------------------- */

START_TEST(checker_sees)
{
	for (uint64_t i = 0; i < 200; i++)
		ck_assert_int_eq(insert(BASE + i * 8, 7), 0);
	compare();
	tree.count++;
	ck_assert_uint_eq(gaptree_check(&tree, NULL, NULL), 1);
	tree.count--;
	tree.base++;
	ck_assert_uint_eq(gaptree_check(&tree, NULL, NULL), 1);
	tree.base--;
	ck_assert(gaptree_replace(&tree, BASE + 8, NULL));
	ck_assert_uint_eq(gaptree_check(&tree, NULL, NULL), 1);
	ck_assert(gaptree_replace(&tree, BASE + 8, model.r[1].item));
	compare();
}
END_TEST

int main(void)
{
	Suite *s = suite_create("gaptree");
	TCase *t = tcase_create("gaptree");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 300); /* valgrind is slow */
	tcase_add_test(t, empty);
	tcase_add_test(t, one);
	tcase_add_test(t, window);
	tcase_add_test(t, top);
	tcase_add_test(t, resizing);
	tcase_add_loop_test(t, orders, 0, 2 * ORDERS * ORDERS);
	tcase_add_test(t, large);
	tcase_add_test(t, no_memory_for_tree);
	tcase_add_loop_test(t, no_memory_for_split, 0, ORDERS);
	tcase_add_test(t, checker_sees);
	suite_add_tcase(s, t);

	return unit_main(s);
}
