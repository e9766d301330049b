/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The area index against the simplest model there is: an array of ranges in
 * ascending order, walked from its start, with arithmetic in 128 bits.
 */
#include <errno.h>

#include "unit.h"
#include "vmalloc/index/gaptree.h"

#define MODEL_MAX 4096
#define BASE VMALLOC_START

__extension__ typedef unsigned __int128 u128;

struct range {
	uint64_t addr;
	uint64_t size;
	void *item;
};

struct model {
	struct range r[MODEL_MAX];
	size_t n;
};

/* For what is done often: ck_assert() writes to the parent process each time. */
#define must(cond) ((cond) ? (void)0 : ck_abort_msg("%s", #cond))

static struct machine *m;
static struct gaptree tree;
static struct model model;
static uint64_t seed;

static void setup(void)
{
	m = unit_boot(MiB(1), 1);
	ck_assert_int_eq(gaptree_init(&tree, m, BASE), 0);
	model.n = 0;
	seed = UINT64_C(88172645463325252);
}

static void teardown(void)
{
	gaptree_deinit(&tree);
	ck_assert_uint_eq(m->kmalloc_live, 0);
	machine_destroy(m);
}

static uint64_t below(uint64_t n)
{
	return (unit_random(&seed) >> 11) % n;
}

/* --- the model -------------------------------------------------------------- */

/* The first range that ends above addr. */
static size_t model_seek(uint64_t addr)
{
	size_t i = 0;

	while (i < model.n && (u128)model.r[i].addr + model.r[i].size <= addr)
		i++;
	return i;
}

static struct range *model_find(uint64_t addr)
{
	size_t i = model_seek(addr);

	return i < model.n && model.r[i].addr == addr ? &model.r[i] : NULL;
}

static bool model_search(uint64_t size, uint64_t align, uint64_t start, uint64_t end, uint64_t *ret)
{
	u128 addr = start < PAGE_SIZE ? PAGE_SIZE : start;

	if (size == 0)
		return false;
	if (align == 0)
		align = 1;
	if (end > GAPTREE_TOP)
		end = GAPTREE_TOP;
	addr = (addr + align - 1) / align * align;
	for (size_t i = 0; i < model.n; i++) {
		const struct range *r = &model.r[i];

		if (addr + size <= r->addr)
			break;
		if ((u128)r->addr + r->size > addr)
			addr = ((u128)r->addr + r->size + align - 1) / align * align;
	}
	if (addr + size > end)
		return false;
	*ret = (uint64_t)addr;
	return true;
}

static int model_insert(uint64_t addr, uint64_t size, void *item)
{
	size_t i = model_seek(addr);

	if (size == 0 || addr < PAGE_SIZE || (u128)addr + size > GAPTREE_TOP)
		return -EINVAL;
	if (i < model.n && (u128)addr + size > model.r[i].addr)
		return -EBUSY;
	must(model.n < MODEL_MAX);
	memmove(&model.r[i + 1], &model.r[i], (model.n - i) * sizeof(model.r[0]));
	model.r[i] = (struct range){ addr, size, item };
	model.n++;
	return 0;
}

static void model_remove(struct range *r)
{
	size_t i = (size_t)(r - model.r);

	model.n--;
	memmove(&model.r[i], &model.r[i + 1], (model.n - i) * sizeof(model.r[0]));
}

static int model_resize(uint64_t addr, uint64_t size)
{
	struct range *r = model_find(addr);
	u128 limit = GAPTREE_TOP;

	if (size == 0)
		return -EINVAL;
	if (!r)
		return -ENOENT;
	if (r + 1 < model.r + model.n)
		limit = r[1].addr;
	if ((u128)addr + size > limit)
		return -EBUSY;
	r->size = size;
	return 0;
}

/* Walks both from addr on and compares all there is to see. */
static void compare_from(uint64_t addr)
{
	struct gap_cursor c;
	void *item = gaptree_seek(&tree, addr, &c);
	size_t i = model_seek(addr);

	for (; i < model.n; i++, item = gaptree_next(&c)) {
		const struct range *r = &model.r[i];
		uint64_t next = i + 1 < model.n ? r[1].addr : GAPTREE_TOP;
		struct gap_extent e;

		must(item == r->item);
		e = gaptree_extent(&c);
		must(e.start == r->addr);
		must(e.end == r->addr + r->size);
		must(e.gap == next - e.end);
	}
	must(!item);
	must(!gaptree_next(&c));
}

static void compare(void)
{
	must(gaptree_check(&tree, unit_report, NULL) == 0);
	must(gaptree_count(&tree) == model.n);
	compare_from(0);
}

/* --- one operation on both --------------------------------------------------- */

static char items[1 << 16];

static void *new_item(void)
{
	return &items[below(sizeof(items))];
}

static int place(uint64_t size, uint64_t align, uint64_t start, uint64_t end)
{
	void *item = new_item();
	uint64_t want = 0, found = 1, got = 2;
	bool fits = model_search(size, align, start, end, &want);
	int err;

	must(gaptree_search(&tree, size, align, start, end, &found) == fits);
	err = gaptree_place(&tree, size, align, start, end, item, &got);
	if (!fits) {
		must(err == -ENOSPC);
		must(got == 2);
		return err;
	}
	must(found == want);
	if (err == -ENOMEM) {
		must(got == 2);
		return err;
	}
	must(err == 0);
	must(got == want);
	must(model_insert(got, size, item) == 0);
	return 0;
}

static int insert(uint64_t addr, uint64_t size)
{
	void *item = new_item();
	int err = gaptree_insert(&tree, addr, size, item);

	if (err != -ENOMEM)
		must(err == model_insert(addr, size, item));
	return err;
}

static void remove_at(uint64_t addr)
{
	struct range *r = model_find(addr);
	void *want = r ? r->item : NULL;

	must(gaptree_find(&tree, addr) == want);
	must(gaptree_remove(&tree, addr) == want);
	must(!gaptree_find(&tree, addr));
	if (r)
		model_remove(r);
}

static void resize(uint64_t addr, uint64_t size)
{
	must(gaptree_resize(&tree, addr, size) == model_resize(addr, size));
}

static void replace(uint64_t addr)
{
	struct range *r = model_find(addr);
	void *item = new_item();

	must(gaptree_replace(&tree, addr, item) == (r != NULL));
	if (r)
		r->item = item;
	must(gaptree_find(&tree, addr) == (r ? item : NULL));
}

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

/* --- anything ------------------------------------------------------------------ */

/* Where the random operations happen; all of it is small, so that they meet. */
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
	tcase_add_loop_test(t, random_ops, 0, sizeof(arenas) / sizeof(arenas[0]));
	tcase_add_test(t, no_memory_for_tree);
	tcase_add_loop_test(t, no_memory_for_split, 0, ORDERS);
	tcase_add_test(t, checker_sees);
	suite_add_tcase(s, t);
	return unit_main(s);
}
