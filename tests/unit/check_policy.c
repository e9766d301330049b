/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where each policy puts a range: by hand, at the ends of the space, at random,
 * and when memory runs out.
 */
#include "gapmodel.h"
#include "vmalloc/index/kerneltree.h"

/* --- by hand ------------------------------------------------------------------------ */

/*
 *	 0  1     4  5        10 11    14 15         22
 *	[A]       [B]         [C]      [D]           [E]	holes of 3, 5, 3, 7
 */
static void five(void)
{
	static const unsigned at[] = { 0, 4, 10, 14, 22 };

	for (size_t i = 0; i < 5; i++)
		insert(BASE + at[i] * K, K);
	ck_assert_uint_eq(model.n, 5);
}

static void goes_to(uint64_t pages, uint64_t align, uint64_t start, uint64_t end, uint64_t want)
{
	uint64_t got = 0;

	ck_assert(gaptree_search(&tree, pages * K, align, BASE + start * K, BASE + end * K, &got));
	ck_assert_uint_eq((got - BASE) / K, want);
}

START_TEST(by_hand)
{
	uint64_t got;

	five();
	ck_assert_int_eq(set_policy(VM_BEST_FIT), 0);
	goes_to(1, K, 0, 100, 1); /* 3, the lower of two */
	goes_to(3, K, 0, 100, 1);
	goes_to(4, K, 0, 100, 5);      /* 5 */
	goes_to(6, K, 0, 100, 15);     /* 7 */
	goes_to(8, K, 0, 100, 23);     /* the rest */
	goes_to(1, K, 2, 100, 2);      /* cut to 2 */
	goes_to(1, K, 4, 25, 23);      /* the rest, cut to 2 */
	goes_to(3, K, 4, 100, 11);     /* 3, the other one */
	goes_to(3, 4 * K, 0, 100, 16); /* aligned: only in 7, and at the start of the rest */

	ck_assert_int_eq(set_policy(VM_WORST_FIT), 0);
	goes_to(1, K, 0, 100, 23);
	goes_to(1, K, 0, 22, 15); /* 7 */
	goes_to(1, K, 0, 20, 5);  /* 7 cut to 5: the lower of two */
	goes_to(1, K, 0, 25, 15);
	goes_to(4, 8 * K, 0, 22, 16);
	goes_to(3, K, 0, 9, 5); /* 5 cut to 4 */

	ck_assert_int_eq(set_policy(VM_TOP_DOWN), 0);
	goes_to(1, K, 0, 100, 99);
	goes_to(1, K, 0, 23, 21);
	goes_to(1, K, 0, 22, 21);
	goes_to(6, K, 0, 22, 16);
	goes_to(5, 4 * K, 0, 22, 16);
	goes_to(5, K, 0, 20, 15);
	goes_to(3, K, 0, 13, 7);

	ck_assert_int_eq(set_policy(VM_NEXT_FIT), 0);
	goes_to(1, K, 0, 100, 1); /* nothing was placed so far */
	ck_assert_int_eq(place(2 * K, K, BASE + 5 * K, BASE + 10 * K), 0);
	goes_to(1, K, 0, 100, 7);
	goes_to(3, K, 0, 100, 7);
	goes_to(4, K, 0, 100, 15);
	goes_to(4, K, 0, 22, 15);
	goes_to(3, K, 0, 5, 1); /* around */
	drop(2);
	goes_to(1, K, 0, 100, 7);
	ck_assert(!gaptree_search(&tree, 8 * K, K, BASE, BASE + 22 * K, &got));
	compare();
}
END_TEST

/* The part of the space below base, which is in no entry. */
START_TEST(below_base)
{
	for (unsigned p = 0; p < NR_VM_POLICIES; p++) {
		ck_assert_int_eq(set_policy(p), 0);
		ck_assert_int_eq(place(8 * K, K, BASE - 16 * K, BASE + 4 * K), 0);
		ck_assert_int_eq(place(8 * K, K, BASE - 16 * K, BASE + 4 * K), 0);
		compare();
		ck_assert_int_eq(place(8 * K, K, BASE - 16 * K, BASE + 4 * K), -ENOSPC);
		ck_assert_int_eq(place(2 * K, K, BASE - 16 * K, BASE + 4 * K), 0);
		ck_assert_int_eq(place(K, K, 0, K * K), 0);
		ck_assert_int_eq(place(K, K, BASE - 64 * K, UINT64_MAX), 0);
		compare();
		while (model.n)
			drop(below(model.n));
		compare();
		gaptree_deinit(&tree);
		ck_assert_int_eq(gaptree_init(&tree, m, BASE), 0);
		model.placed_end = 0;
		model_set_policy(VM_FIRST_FIT);
	}
}
END_TEST

/* Sizes and alignments at the ends of 64 bits. */
START_TEST(top)
{
	static const uint64_t huge[] = { 1,
					 UINT64_MAX,
					 UINT64_MAX - 1,
					 GAPTREE_TOP + 1,
					 GAPTREE_TOP,
					 GAPTREE_TOP - PAGE_SIZE,
					 UINT64_C(1) << 63,
					 UINT64_MAX - BASE };
	const size_t n = sizeof(huge) / sizeof(huge[0]);

	ck_assert_int_eq(set_policy((enum vm_policy)_i), 0);
	for (size_t i = 0; i < n * n * n; i++) {
		for (unsigned bit = 0; bit < 64; bit += 9) {
			if (!place(huge[i % n], UINT64_C(1) << bit, huge[i / n % n],
				   huge[i / n / n]))
				drop(below(model.n));
		}
		if (i % 50 == 0)
			insert(huge[i / n % n] - 3 * K, 2);
	}
	compare();
}
END_TEST

/* --- at random ------------------------------------------------------------------------ */

static const struct arena {
	uint64_t bytes, largest, unit;
	unsigned ops;
} arenas[] = {
	{ 400, 12, 1, 60000 },	 /* crowded: hardly a gap is larger than what is asked for */
	{ 40000, 60, 1, 30000 }, /* thousands of ranges */
	{ 1 << 22, 1 << 18, 4096, 30000 }, /* large and small pages */
};

static void random_window(const struct arena *a, uint64_t *start, uint64_t *end)
{
	uint64_t x = below(10);

	*start = BASE;
	*end = BASE + a->bytes;
	if (x == 0) {
		*start = 0;
		*end = UINT64_MAX;
	} else if (x == 1) {
		*start = BASE - below(a->bytes);
		*end = *start + below(a->bytes);
	} else if (x < 4) {
		*start = BASE + below(a->bytes);
		*end = *start + below(a->bytes);
	} else if (x == 4 && model.n) {
		*start = model.r[below(model.n)].addr + below(3) - 1;
		*end = model.r[below(model.n)].addr + below(3) - 1;
	}
}

static void random_place(const struct arena *a)
{
	uint64_t size =
		(1 + below(below(4) ? a->largest / 4 / a->unit + 1 : a->largest / a->unit)) *
		a->unit;
	uint64_t align = below(3) ? a->unit : a->unit << below(8);
	uint64_t start, end;

	random_window(a, &start, &end);
	if (model.n < MODEL_MAX - 1)
		place(size, align, start, end);
}

START_TEST(random_ops)
{
	const struct arena *a = &arenas[_i / NR_VM_POLICIES];
	const unsigned ops = unit_at_most(a->ops);

	/* Each policy from the start, and all of them in turn. */
	ck_assert_int_eq(set_policy((enum vm_policy)(_i % NR_VM_POLICIES)), 0);
	for (unsigned op = 0; op < ops; op++) {
		/* it fills up, and empties, in waves */
		unsigned wish = op / 2000 % 2 ? 45 : 60;
		unsigned x = (unsigned)below(100);

		if (below(20) == 0)
			atomic_store(&m->failslab.nth, 1 + below(3));
		if (x < wish || !model.n)
			random_place(a);
		else if (x < 94)
			drop(below(model.n));
		else if (x < 98)
			resize(below(model.n), (1 + below(a->largest / a->unit)) * a->unit);
		else if (model.n < MODEL_MAX - 1)
			insert(BASE + below(a->bytes), 1 + below(a->largest));
		if (op > ops / 2 && below(500) == 0)
			set_policy((enum vm_policy)below(NR_VM_POLICIES));
		atomic_store(&m->failslab.nth, 0);
		if (below(400) == 0)
			compare();
	}
	compare();
}
END_TEST

/* --- without memory --------------------------------------------------------------------- */

#define MANY 3000u

/* Ranges that touch, of several sizes. */
static void crowd(void)
{
	uint64_t addr = BASE;

	for (unsigned i = 0; i < MANY; i++) {
		insert(addr, 1 + i % 97 + i % 7);
		addr += 1 + i % 97 + i % 7;
	}
}

/* A switch that fails leaves all as it was. */
START_TEST(no_memory_to_switch)
{
	const enum vm_policy policy = _i ? VM_LINUX_6_1 : VM_BEST_FIT;
	uint64_t nth, live;

	crowd();
	while (model.n > MANY / 2)
		drop(below(model.n));
	ck_assert_int_eq(set_policy(VM_NEXT_FIT), 0);
	live = m->kmalloc_live;
	for (nth = 1;; nth++) {
		atomic_store(&m->failslab.nth, nth);
		if (!set_policy(policy))
			break;
		unit_assert(model.policy == VM_NEXT_FIT && m->kmalloc_live == live);
		if (nth % 50 == 0)
			compare();
	}
	atomic_store(&m->failslab.nth, 0);
	ck_assert_uint_gt(nth, 100);
	compare();
	ck_assert_int_eq(set_policy(VM_WORST_FIT), 0);
	compare();
	ck_assert_int_eq(set_policy(VM_TOP_DOWN), 0);
	ck_assert_uint_eq(m->kmalloc_live, live);
}
END_TEST

/* Once ranges are placed, no memory is needed to take them out or make them smaller. */
START_TEST(no_memory_to_remove)
{
	ck_assert_int_eq(set_policy(_i & 8   ? VM_LINUX_6_1
				    : _i & 1 ? VM_BEST_FIT
					     : VM_WORST_FIT),
			 0);
	crowd();
	compare();
	fault_set_probability(m, &m->failslab, 100);
	atomic_store(&m->failslab.times, -1);
	atomic_store(&m->failslab.verbose, 0);
	for (unsigned i = 0; i < MODEL_MAX && _i & 2; i++) {
		size_t at = below(model.n);

		resize(at, 1 + below(model.r[at].size));
	}
	compare();
	/* every second one first, in order: a new gap each time; or at random */
	for (size_t i = 0; i < model.n && _i & 4; i++) {
		drop(i);
		if (i % 100 == 0)
			compare();
	}
	while (model.n) {
		drop(below(model.n));
		if (model.n % 200 == 0)
			compare();
	}
	fault_set_probability(m, &m->failslab, 0);
	compare();
	/* and the memory that was kept ready for them goes back */
	ck_assert_uint_lt(m->kmalloc_live, _i & 8 ? 80 : 40);
}
END_TEST

/* A placement that fails changes nothing, whichever allocation it was. */
START_TEST(no_memory_to_place)
{
	uint64_t most = 0;

	ck_assert_int_eq(set_policy((enum vm_policy)_i), 0);
	for (unsigned i = 0; i < 3000; i++) {
		uint64_t nth;

		for (nth = 1;; nth++) {
			struct vm_span before, after;

			gaptree_span(&tree, &before);
			atomic_store(&m->failslab.nth, nth);
			if (!place(1 + below(50), 1, BASE, BASE + (1 << 20)))
				break;
			gaptree_span(&tree, &after);
			after.steps = before.steps;
			unit_assert(!memcmp(&before, &after, sizeof(after)));
			if (i % 20 == 0)
				compare();
		}
		atomic_store(&m->failslab.nth, 0);
		if (nth > most)
			most = nth;
		if (model.n > 10 && below(3) == 0)
			drop(below(model.n));
	}
	compare();
	ck_assert_uint_ge(most, 3);
}
END_TEST

/* --- how far a search looks ----------------------------------------------------------------- */

START_TEST(few_steps)
{
	enum { N = 100000, ROUNDS = 20000 };
	static uint64_t addr[N];
	const unsigned few = unit_at_most(N), n = few < 1000 ? 1000 : few;
	const unsigned rounds = n / (N / ROUNDS);
	const uint64_t end = BASE + (UINT64_C(1) << 40);

	ck_assert_int_eq(gaptree_set_policy(&tree, (enum vm_policy)_i), 0);
	for (unsigned i = 0; i < n; i++)
		unit_assert(
			!gaptree_place(&tree, (1 + below(32)) * K, K, BASE, end, &item, &addr[i]));
	for (unsigned i = 0; i < 3 * n + rounds; i++) {
		uint64_t *p = &addr[below(n)];

		if (i == 3 * n)
			tree.steps = 0;
		unit_assert(gaptree_remove(&tree, *p));
		unit_assert(!gaptree_place(&tree, (1 + below(32)) * K, K, BASE, end, &item, p));
	}
	ck_assert_uint_ge(tree.steps, rounds);
	/* A node of Linux's tree has two children, and it is climbed as well. */
	ck_assert_uint_lt(tree.steps / rounds, _i < VM_LINUX_6_1 ? 40 : 60);
	ck_assert(!gaptree_check(&tree, unit_report, NULL));
}
END_TEST

/* --- the checker itself ---------------------------------------------------------------------- */

START_TEST(checker_sees)
{
	five();
	ck_assert_int_eq(set_policy(VM_BEST_FIT), 0);
	compare();
	tree.busy++;
	ck_assert_uint_eq(gaptree_check(&tree, NULL, NULL), 1);
	tree.busy--;
	tree.gaps--;
	ck_assert_uint_eq(gaptree_check(&tree, NULL, NULL), 1);
	tree.gaps++;
	tree.policy = VM_TOP_DOWN;
	ck_assert_uint_eq(gaptree_check(&tree, NULL, NULL), 1);
	tree.policy = VM_BEST_FIT;
	compare();

	ck_assert_int_eq(set_policy(VM_LINUX_6_12), 0);
	compare();
	ck_assert_int_eq(kerneltree_reserve(tree.kernel, tree.count + 1), 0);
	kerneltree_cut(tree.kernel, NULL, BASE + 64 * K, K);
	ck_assert_uint_ge(gaptree_check(&tree, NULL, NULL), 1);
	kerneltree_give_back(tree.kernel, BASE + 64 * K, BASE + 65 * K);
	compare();
	tree.policy = VM_TOP_DOWN;
	ck_assert_uint_eq(gaptree_check(&tree, NULL, NULL), 1);
	tree.policy = VM_LINUX_6_12;
}
END_TEST

/* --- a machine ---------------------------------------------------------------------------------- */

START_TEST(names)
{
	enum vm_policy policy;

	for (unsigned i = 0; i < NR_VM_POLICIES; i++) {
		ck_assert_int_eq(vm_policy_parse(vm_policy_name(i), &policy), 0);
		ck_assert_uint_eq(policy, i);
	}
	ck_assert_int_eq(vm_policy_parse("", &policy), -EINVAL);
	ck_assert_int_eq(vm_policy_parse("first", &policy), -EINVAL);
	ck_assert_int_eq(vm_policy_parse("first-fit ", &policy), -EINVAL);
}
END_TEST

START_TEST(machine)
{
	struct machine *space = space_boot_window(MiB(16), 65); /* 64 pages to use */
	vaddr_t a[4], moved;
	struct vm_span span;
	uint64_t seq;

	vmlist_span(space, &span);
	ck_assert_uint_eq(span.start | span.end | span.busy | span.holes | span.free | span.largest,
			  0);
	ck_assert_uint_eq(vmalloc_policy(space), VM_FIRST_FIT);
	seq = vmlist_seq(space);
	ck_assert_int_eq(vmalloc_set_policy(space, VM_TOP_DOWN), 0);
	ck_assert_uint_ne(vmlist_seq(space), seq);
	ck_assert_uint_eq(vmalloc_policy(space), VM_TOP_DOWN);
	for (unsigned i = 0; i < 4; i++)
		a[i] = vmalloc(space, 3 * K, "a");
	ck_assert_uint_eq(a[0], BASE + 60 * K);
	ck_assert_uint_eq(a[3], BASE + 48 * K);
	vfree(space, a[1]);
	vmlist_span(space, &span);
	ck_assert_uint_eq(span.start, a[3]);
	ck_assert_uint_eq(span.end, BASE + 64 * K);
	ck_assert_uint_eq(span.busy, 12 * K);
	ck_assert_uint_eq(span.holes, 1);
	ck_assert_uint_eq(span.free, 4 * K);
	ck_assert_uint_eq(span.largest, 4 * K);
	ck_assert_uint_gt(span.steps, 0);

	/* A file that grows and finds no room goes where the policy says. */
	ck_assert_int_eq(vresize(space, a[3], 5 * K, &moved), 0);
	ck_assert_uint_eq(moved, BASE + 42 * K);
	ck_assert_int_eq(vresize(space, moved, 3 * K, &moved), 0);
	ck_assert_uint_eq(moved, BASE + 42 * K);
	space_check(space);

	/* Busy are 42 to 45, 52 to 55, and 60 on. */
	atomic_store(&space->failslab.nth, 1);
	ck_assert_int_eq(vmalloc_set_policy(space, VM_BEST_FIT), -ENOMEM);
	ck_assert_uint_eq(vmalloc_policy(space), VM_TOP_DOWN);
	ck_assert_int_eq(vmalloc_set_policy(space, VM_BEST_FIT), 0);
	ck_assert_uint_eq(vmalloc(space, K, "b"), BASE + 56 * K);
	ck_assert_int_eq(vmalloc_set_policy(space, VM_WORST_FIT), 0);
	ck_assert_uint_eq(vmalloc(space, K, "c"), BASE);
	ck_assert_int_eq(vmalloc_set_policy(space, VM_NEXT_FIT), 0);
	ck_assert_uint_eq(vmalloc(space, K, "d"), BASE + 2 * K);
	space_check(space);
	space_end(space);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("policy");
	TCase *t = tcase_create("index");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, SPACE_TIMEOUT);
	tcase_add_test(t, by_hand);
	tcase_add_test(t, below_base);
	tcase_add_loop_test(t, top, 0, NR_VM_POLICIES);
	tcase_add_loop_test(t, no_memory_to_switch, 0, 2);
	tcase_add_loop_test(t, no_memory_to_remove, 0, 16);
	tcase_add_loop_test(t, no_memory_to_place, 0, NR_VM_POLICIES);
	tcase_add_test(t, checker_sees);
	suite_add_tcase(s, t);
	t = unit_long_case(s);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, random_ops, 0,
			    NR_VM_POLICIES * (int)(sizeof(arenas) / sizeof(arenas[0])));
	tcase_add_loop_test(t, few_steps, 0, NR_VM_POLICIES);
	t = tcase_create("machine");
	tcase_set_timeout(t, SPACE_TIMEOUT);
	tcase_add_test(t, names);
	tcase_add_test(t, machine);
	suite_add_tcase(s, t);
	return unit_main(s);
}
