/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The area index against its model: random operations in a few small arenas.
 */
#include "gaptwin.h"

/* Where the random operations happen.  Arenas are small, so that operations meet. */
static const struct arena {
	uint64_t base;
	uint64_t start;
	uint64_t size;
	unsigned most; /* about so many ranges */
	bool pages;
} arenas[] = {
	{ BASE, BASE, 2048 * PAGE_SIZE, 100, true },
	{ BASE, BASE, 65536 * PAGE_SIZE, 2000, true },
	{ BASE, BASE - 2000, 4000, 150, false },		/* base in the middle */
	{ BASE, 0, 600 * PAGE_SIZE, 40, true },			/* far below base */
	{ 0, 0, PAGE_SIZE + 20000, 600, false },		/* at the lower end */
	{ GAPTREE_TOP, GAPTREE_TOP - 5000, 10000, 200, false }, /* over the upper end */
	{ BASE, 0, UINT64_MAX, 60, false },
};

static uint64_t random_size(const struct arena *a)
{
	uint64_t unit = a->pages ? PAGE_SIZE : 1;

	switch (below(16)) {
	case 0:
		return a->size / (1 + below(64)); /* large; unaligned, too */
	case 1:
		return unit_random(&seed) >> below(64);
	default:
		return unit * (1 + below(1 + a->size / unit / a->most));
	}
}

static uint64_t random_addr(const struct arena *a)
{
	switch (below(4)) {
	case 0:
		return a->start + below(a->size);
	case 1:
		return unit_random(&seed);
	default: /* at, or next to, a range */
		if (model.n == 0)
			return a->start;
		return model.r[below(model.n)].addr + (below(4) ? 0 : below(3) - 1);
	}
}

static void random_place(const struct arena *a)
{
	uint64_t end = a->start + a->size < a->start ? UINT64_MAX : a->start + a->size;
	uint64_t align = below(3) ? 1 : UINT64_C(1) << below(below(8) ? 16 : 64);
	uint64_t low = a->start, high = end;

	if (below(3) == 0)
		low = random_addr(a);
	if (below(3) == 0)
		high = random_addr(a);
	place(random_size(a), align, low, high);
}

static void random_op(const struct arena *a)
{
	switch (below(model.n > a->most ? 9 : 12)) {
	case 0:
	case 1:
		resize(random_addr(a), random_size(a));
		break;
	case 2:
		replace(random_addr(a));
		break;
	case 3:
		compare_from(random_addr(a));
		break;
	case 4:
		insert(random_addr(a), random_size(a));
		break;
	case 5:
	case 6:
	case 7:
		remove_at(random_addr(a));
		break;
	default:
		random_place(a);
	}
}

START_TEST(random_ops)
{
	const struct arena *a = &arenas[_i];

	gaptree_deinit(&tree);
	ck_assert_int_eq(gaptree_init(&tree, m, a->base), 0);
	gaptree_set_small(&tree, 5 * PAGE_SIZE);
	for (unsigned i = 0; i < 40000; i++) {
		if (below(8) == 0)
			atomic_store(&m->failslab.nth, 1 + below(3));
		random_op(a);
		atomic_store(&m->failslab.nth, 0);
		if (i % 64 == 0)
			compare();
	}
	while (model.n) {
		remove_at(model.r[below(model.n)].addr);
		if (model.n % 16 == 0)
			compare();
	}
	ck_assert_uint_eq(m->kmalloc_live, 1);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("gaprandom");
	TCase *t = tcase_create("gaptree");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 300); /* valgrind is slow */
	tcase_add_loop_test(t, random_ops, 0, sizeof(arenas) / sizeof(arenas[0]));
	suite_add_tcase(s, t);

	return unit_main(s);
}
