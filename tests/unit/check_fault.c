/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fault injection: each test that a call passes, by itself and in its order.
 */
#include <pthread.h>

#include "unit.h"

/* An attr that fails every call, without end. */
static struct fault_attr *always(struct machine *m)
{
	struct fault_attr *a = &m->failslab;

	a->times = -1;
	fault_set_probability(m, a, 100);
	return a;
}

static bool fails(struct machine *m, struct fault_attr *a)
{
	return should_fail(m, a, GFP_KERNEL, 10);
}

static int count_failures(struct machine *m, struct fault_attr *a, int calls)
{
	int n = 0;

	while (calls--)
		n += fails(m, a);
	return n;
}

/* How many failures the log has. */
static int logged(struct machine *m)
{
	char *log = NULL;
	size_t len;
	int n = 0;

	ck_assert_int_eq(log_read(m, &log, &len), 0);
	for (const char *p = log; (p = strstr(p, "FAULT_INJECTION: forcing a failure.\n")); p++)
		n++;
	free(log);
	return n;
}

START_TEST(test_defaults)
{
	struct machine *m = unit_boot(MiB(1), 1);
	struct fault_attr *all[] = { &m->fail_page_alloc, &m->fail_table, &m->failslab };

	for (int i = 0; i < 3; i++) {
		const struct fault_attr *a = all[i];

		ck_assert_uint_eq(a->nth, 0);
		ck_assert_uint_eq(a->probability, 0);
		ck_assert_uint_eq(a->interval, 1);
		ck_assert_int_eq(a->times, 1);
		ck_assert_int_eq(a->space, 0);
		ck_assert_uint_eq(a->verbose, 2);
		ck_assert_uint_eq(a->ratelimit_ms, 0);
		ck_assert_uint_eq(a->ratelimit_burst, 10);
		ck_assert_uint_eq(a->stacktrace_depth, 32);
		ck_assert_uint_eq(a->require_end, UINT64_MAX);
		ck_assert_uint_eq(a->min_order, 0);
		ck_assert(!a->ignore_gfp_wait && !a->ignore_gfp_highmem);
	}
	ck_assert_int_eq(count_failures(m, &m->failslab, 100), 0);
	machine_destroy(m);
}
END_TEST

START_TEST(test_probability)
{
	struct machine *m = unit_boot(MiB(1), 1), *twin = unit_boot(MiB(1), 1);
	struct fault_attr *a = always(m), *b = always(twin);
	int n = 0;

	a->verbose = b->verbose = 0;
	ck_assert_int_eq(count_failures(m, a, 1000), 1000);
	fault_set_probability(m, a, 0);
	ck_assert_uint_eq(a->nth, 0);
	ck_assert_int_eq(count_failures(m, a, 1000), 0);

	count_failures(twin, b, 1000); /* so that both have drawn alike */
	fault_set_probability(m, a, 25);
	fault_set_probability(twin, b, 25);
	for (int i = 0; i < 10000; i++) {
		bool failed = fails(m, a);

		ck_assert_int_eq(fails(twin, b), failed);
		n += failed;
	}
	ck_assert_int_gt(n, 2300);
	ck_assert_int_lt(n, 2700);
	machine_destroy(m);
	machine_destroy(twin);
}
END_TEST

START_TEST(test_times)
{
	struct machine *m = unit_boot(MiB(1), 1);
	struct fault_attr *a = always(m);

	a->times = 3;
	ck_assert_int_eq(count_failures(m, a, 100), 3);
	ck_assert_int_eq(a->times, 0);
	/* It falls with real failures only. */
	a->times = 2;
	a->interval = 10;
	ck_assert_int_eq(count_failures(m, a, 9), 0);
	ck_assert_int_eq(a->times, 2);
	ck_assert_int_eq(count_failures(m, a, 1), 1);
	ck_assert_int_eq(a->times, 1);
	machine_destroy(m);
}
END_TEST

START_TEST(test_interval)
{
	struct machine *m = unit_boot(MiB(1), 1);
	struct fault_attr *a = always(m);

	a->interval = 3;
	for (int i = 1; i <= 30; i++)
		ck_assert_int_eq(fails(m, a), i % 3 == 0);
	a->interval = 0;
	ck_assert_int_eq(count_failures(m, a, 5), 5);
	machine_destroy(m);
}
END_TEST

START_TEST(test_space)
{
	struct machine *m = unit_boot(MiB(1), 1);
	struct fault_attr *a = always(m);

	/* 35: 10, 10 and 10 are burnt, 5 is not more than the next 10. */
	a->space = 35;
	ck_assert_int_eq(count_failures(m, a, 3), 0);
	ck_assert_int_eq(a->space, 5);
	ck_assert(fails(m, a));
	ck_assert_int_eq(a->space, 5);
	/* Space comes before interval: burning it does not count there. */
	a->space = 21;
	a->interval = 2;
	ck_assert_int_eq(count_failures(m, a, 2), 0);
	ck_assert(!fails(m, a));
	ck_assert(fails(m, a));
	/* And after times: with none left nothing is burnt. */
	a->space = 100;
	a->times = 0;
	ck_assert_int_eq(count_failures(m, a, 5), 0);
	ck_assert_int_eq(a->space, 100);
	machine_destroy(m);
}
END_TEST

START_TEST(test_filters)
{
	struct machine *m = unit_boot(MiB(1), 1);
	struct fault_attr *a = always(m);

	a->task_filter = true;
	ck_assert(!fails(m, a));
	a->task_filter = false;
	a->cache_filter = true;
	ck_assert(!fails(m, a));
	a->cache_filter = false;

	a->ignore_gfp_wait = true;
	ck_assert(!should_fail(m, a, GFP_KERNEL, 1));
	ck_assert(!should_fail(m, a, __GFP_WAIT, 1));
	ck_assert(should_fail(m, a, __GFP_HIGHMEM, 1));
	a->ignore_gfp_wait = false;
	a->ignore_gfp_highmem = true;
	ck_assert(should_fail(m, a, GFP_KERNEL, 1));
	ck_assert(!should_fail(m, a, GFP_KERNEL | __GFP_HIGHMEM, 1));
	a->ignore_gfp_highmem = false;
	ck_assert(fails(m, a));

	/* A call that a filter lets pass does not count for fail-nth either. */
	fault_set_probability(m, a, 0);
	fault_set_nth(m, a, 2);
	a->cache_filter = true;
	ck_assert_int_eq(count_failures(m, a, 5), 0);
	ck_assert_uint_eq(fault_nth(a), 2);
	machine_destroy(m);
}
END_TEST

START_TEST(test_nth)
{
	struct machine *m = unit_boot(MiB(1), 1);
	struct fault_attr *a = always(m);

	/* It comes before chance, and leaves it as it was. */
	fault_set_nth(m, a, 4);
	ck_assert_uint_eq(fault_nth(a), 4);
	ck_assert_int_eq(count_failures(m, a, 3), 0);
	ck_assert_uint_eq(fault_nth(a), 1);
	ck_assert(fails(m, a));
	ck_assert_uint_eq(fault_nth(a), 0);
	ck_assert_int_eq(count_failures(m, a, 5), 5);

	/* Setting one does not set the other off. */
	fault_set_nth(m, a, 7);
	fault_set_probability(m, a, 0);
	ck_assert_uint_eq(fault_nth(a), 7);
	ck_assert_int_eq(count_failures(m, a, 50), 1);
	ck_assert_uint_eq(a->nth, 0);
	fault_set_nth(m, a, UINT64_MAX);
	ck_assert_int_eq(count_failures(m, a, 50), 0);
	fault_set_nth(m, a, 0);
	ck_assert_uint_eq(a->nth, 0);

	/* fail-nth also strikes when no times are left; where some are, it uses one up. */
	a->times = 0;
	fault_set_nth(m, a, 1);
	ck_assert(fails(m, a));
	a->times = 2;
	fault_set_nth(m, a, 1);
	ck_assert(fails(m, a));
	ck_assert_int_eq(a->times, 1);
	machine_destroy(m);
}
END_TEST

START_TEST(test_log)
{
	struct machine *m = unit_boot(MiB(1), 1);
	struct fault_attr *a = always(m);

	a->times = 7;
	a->space = 3;
	ck_assert(fails(m, a));
	ck_assert_int_eq(logged(m), 1);
	ck_assert(
		unit_logged(m, "] name failslab, interval 1, probability 100, space 3, times 7\n"));
	a->verbose = 0;
	ck_assert(fails(m, a));
	ck_assert_int_eq(logged(m), 1);
	a->verbose = 1;
	ck_assert(fails(m, a));
	ck_assert_int_eq(logged(m), 2);

	/* A burst of lines, and no more within the interval of an hour. */
	a->times = -1;
	a->ratelimit_ms = 3600000;
	a->ratelimit_burst = 5;
	ck_assert_int_eq(count_failures(m, a, 50), 50);
	ck_assert_int_eq(logged(m), 7);
	a->ratelimit_ms = 0;
	ck_assert_int_eq(count_failures(m, a, 8), 8);
	ck_assert_int_eq(logged(m), 15);
	machine_destroy(m);
}
END_TEST

/* Frames are asked for in bulk, and each is a call. */
START_TEST(test_frames)
{
	struct machine *m = unit_boot(MiB(16), 1);
	struct fault_attr *a = &m->fail_page_alloc;
	uint64_t free = nr_free_pages(m);
	struct page *block;
	pfn_t pfn[100];
	size_t n;

	a->times = -1;
	a->interval = 8;
	fault_set_probability(m, a, 100);
	n = alloc_pages_bulk(m, GFP_KERNEL, 0, 100, pfn);
	ck_assert_uint_eq(n, 7);
	put_pages_bulk(m, pfn, n);

	/* A block is one call, of its size. */
	a->interval = 1;
	a->space = 9;
	block = alloc_pages(m, GFP_KERNEL, 0, 3);
	ck_assert_ptr_nonnull(block);
	ck_assert_int_eq(a->space, 1);
	ck_assert_ptr_null(alloc_pages(m, GFP_KERNEL, 0, 3));
	for (int i = 0; i < 8; i++)
		put_page(m, block + i);

	/* Below min_order nothing fails. */
	a->min_order = 1;
	ck_assert_uint_eq(alloc_pages_bulk(m, GFP_KERNEL, 0, 100, pfn), 100);
	put_pages_bulk(m, pfn, 100);
	ck_assert_int_eq(alloc_table(m, pfn), 0);
	free_table(m, pfn[0]);
	ck_assert_ptr_null(alloc_pages(m, GFP_KERNEL, 0, 1));
	a->min_order = 0;

	/* By chance a table fails like other pages; fail-nth passes it over. */
	ck_assert_int_ne(alloc_table(m, pfn), 0);
	fault_set_nth(m, a, 1);
	ck_assert_int_eq(alloc_table(m, pfn), 0);
	free_table(m, pfn[0]);
	ck_assert_uint_eq(fault_nth(a), 1);
	ck_assert_uint_eq(nr_free_pages(m), free);
	unit_check_pages(m);
	machine_destroy(m);
}
END_TEST

#define THREADS 4
#define CALLS 20000

static void *caller(void *arg)
{
	struct machine *m = arg;

	return (void *)(intptr_t)count_failures(m, &m->failslab, CALLS);
}

/* Counts are exact with several threads. */
START_TEST(test_threads)
{
	struct machine *m = unit_boot(MiB(1), 1);
	struct fault_attr *a = always(m);
	pthread_t thread[THREADS];
	intptr_t sum = 0;

	a->verbose = 0;
	a->interval = 4;
	a->times = THREADS * CALLS / 4 - 100;
	for (int i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&thread[i], NULL, caller, m), 0);
	for (int i = 0; i < THREADS; i++) {
		void *n;

		pthread_join(thread[i], &n);
		sum += (intptr_t)n;
	}
	ck_assert_int_eq(sum, THREADS * CALLS / 4 - 100);
	ck_assert_int_eq(a->times, 0);
	machine_destroy(m);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("fault");
	TCase *t = tcase_create("fault");

	tcase_add_test(t, test_defaults);
	tcase_add_test(t, test_probability);
	tcase_add_test(t, test_times);
	tcase_add_test(t, test_interval);
	tcase_add_test(t, test_space);
	tcase_add_test(t, test_filters);
	tcase_add_test(t, test_nth);
	tcase_add_test(t, test_log);
	tcase_add_test(t, test_frames);
	tcase_add_test(t, test_threads);
	suite_add_tcase(s, t);
	return unit_main(s);
}
