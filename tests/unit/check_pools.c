/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pools of freed ranges: queues that decay.
 */
#include <errno.h>

#include "unit.h"
#include "vmalloc/index/pools.h"

#define BASE UINT64_C(0xffffc90000000000)
#define P PAGE_SIZE
#define NODES 3

static struct machine *m;
static struct pools *pools;

static void setup(void)
{
	m = unit_boot(MiB(1), 1);
	ck_assert_int_eq(pools_create(m, NODES, &pools), 0);
}

static void teardown(void)
{
	pools_destroy(pools);
	ck_assert_uint_eq(m->kmalloc_live, 0);
	machine_destroy(m);
}

/* What decayed, as text: first and last page of each range that came. */
struct gone {
	char text[256];
	size_t len;
};

static void note(void *arg, uint64_t start, uint64_t end)
{
	struct gone *g = arg;

	g->len += (size_t)snprintf(g->text + g->len, sizeof(g->text) - g->len, "%u-%u ",
				   (unsigned)((start - BASE) / P), (unsigned)((end - BASE) / P));
}

static void decays(unsigned node, bool all, const char *expected)
{
	struct gone g = { .len = 0 };

	pools_decay(pools, node, all, note, &g);
	ck_assert_str_eq(g.text, expected);
}

static void put(unsigned node, uint64_t pages, unsigned first)
{
	ck_assert_int_eq(pools_put(pools, node, pages, BASE + first * P), 0);
}

static void front_is(unsigned node, uint64_t pages, unsigned first)
{
	uint64_t addr = 0;

	ck_assert(pools_front(pools, node, pages, &addr));
	ck_assert_uint_eq(addr, BASE + first * P);
}

START_TEST(a_queue)
{
	uint64_t addr;

	ck_assert(!pools_front(pools, 0, 2, &addr));
	/* More than fit in the first memory of a pool. */
	for (unsigned i = 0; i < 9; i++)
		put(0, 2, 10 * i);
	ck_assert_uint_eq(pools->ranges, 9);
	ck_assert_uint_eq(pools->pages, 18);
	front_is(0, 2, 80);
	pools_rotate(pools, 0, 2);
	front_is(0, 2, 70);
	ck_assert_uint_eq(pools_at(pools, 0, 2, 8), BASE + 80 * P);
	pools_take(pools, 0, 2);
	front_is(0, 2, 60);
	ck_assert_uint_eq(pools_length(pools, 0, 2), 8);
	/* One of its own for each size and each node; none for what is larger. */
	ck_assert(!pools_front(pools, 1, 2, &addr));
	ck_assert(!pools_front(pools, 0, 3, &addr));
	ck_assert(!pools_front(pools, 0, POOL_PAGES_MAX + 1, &addr));
	put(NODES - 1, POOL_PAGES_MAX, 1000);
	front_is(NODES - 1, POOL_PAGES_MAX, 1000);
}
END_TEST

START_TEST(one_that_is_alone_rotates)
{
	put(0, 1, 5);
	pools_rotate(pools, 0, 1);
	front_is(0, 1, 5);
	ck_assert_uint_eq(pools_length(pools, 0, 1), 1);
}
END_TEST

START_TEST(from_the_middle)
{
	for (unsigned i = 0; i < 5; i++)
		put(1, 1, i);
	ck_assert(pools_remove(pools, 1, 1, BASE + 2 * P));
	ck_assert(!pools_remove(pools, 1, 1, BASE + 2 * P));
	ck_assert(!pools_remove(pools, 0, 1, BASE + 3 * P));
	ck_assert(!pools_remove(pools, 1, POOL_PAGES_MAX + 1, BASE));
	ck_assert_uint_eq(pools_length(pools, 1, 1), 4);
	for (unsigned i = 0; i < 4; i++)
		ck_assert_uint_eq(pools_at(pools, 1, 1, i), BASE + (4 - i - (i > 1)) * P);
}
END_TEST

START_TEST(decay_by_quarters)
{
	/* 9 of one page, none beside another: 2 of them go, the two put in last. */
	for (unsigned i = 0; i < 9; i++)
		put(0, 1, 2 * i);
	decays(0, false, "14-15 16-17 "); /* 9 / 4 */
	decays(0, false, "12-13 ");	  /* 7 / 4 */
	decays(0, false, "10-11 ");
	decays(0, false, "8-9 ");
	decays(0, false, "6-7 ");
	/* 3 are left, which is fewer than four. */
	decays(0, false, "0-1 2-3 4-5 ");
	decays(0, false, "");
	ck_assert_uint_eq(pools->ranges, 0);
	ck_assert_uint_eq(pools->pages, 0);
}
END_TEST

START_TEST(neighbours_join)
{
	put(0, 1, 4);
	put(0, 3, 1);
	put(0, 2, 5);
	put(0, 1, 9);
	put(1, 1, 8); /* another node's: it does not join */
	decays(0, false, "1-7 9-10 ");
	decays(1, false, "8-9 ");
}
END_TEST

START_TEST(all_go)
{
	for (unsigned i = 0; i < 100; i++)
		put(2, 1, i);
	decays(2, true, "0-100 ");
	ck_assert_uint_eq(pools->ranges, 0);
}
END_TEST

/* No memory: the range stays out, and what the pools have is as it was. */
START_TEST(put_fails)
{
	uint64_t failed = 0, done = 0;

	while (done < 200) {
		fault_set_nth(m, &m->failslab, 1);
		if (!pools_put(pools, 0, 1, BASE + done * P)) {
			done++;
			continue;
		}
		failed++;
		ck_assert_uint_eq(pools->ranges, done);
		fault_set_nth(m, &m->failslab, 0);
		put(0, 1, (unsigned)done++);
	}
	fault_set_nth(m, &m->failslab, 0);
	ck_assert_uint_gt(failed, 0);
	decays(0, true, "0-200 ");
}
END_TEST

START_TEST(create_fails)
{
	struct pools *p = NULL;

	for (uint64_t nth = 1; nth <= 2; nth++) {
		fault_set_nth(m, &m->failslab, nth);
		ck_assert_int_eq(pools_create(m, 2, &p), -ENOMEM);
	}
	ck_assert_int_eq(pools_create(m, 2, &p), 0);
	pools_destroy(p);
	pools_destroy(NULL);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("pools");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_queue);
	tcase_add_test(tc, one_that_is_alone_rotates);
	tcase_add_test(tc, from_the_middle);
	tcase_add_test(tc, decay_by_quarters);
	tcase_add_test(tc, neighbours_join);
	tcase_add_test(tc, all_go);
	tcase_add_test(tc, put_fails);
	tcase_add_test(tc, create_fails);
	suite_add_tcase(s, tc);
	return s;
}

int main(void)
{
	return unit_main(suite());
}
