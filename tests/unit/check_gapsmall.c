/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All small spaces there are: each way to occupy a few cells, each window onto
 * them, each size and alignment, under each policy; at the bottom of the
 * space, in its middle and at its top, with the index's base below, among and
 * above the cells.
 */
#include "gapmodel.h"

#define CELLS 6

static const uint64_t origins[] = { PAGE_SIZE, BASE, GAPTREE_TOP - CELLS };
static const unsigned bases[] = { 0, 2, CELLS };

/*
 * Ranges where `mask` has a bit.  With `rows`, neighbours are one range; else each bit is a
 * range, and all cells were busy before.
 */
static void occupy(uint64_t origin, unsigned mask, bool rows)
{
	for (unsigned i = 0; i < CELLS && !rows; i++)
		insert(origin + i, 1);
	for (unsigned i = CELLS; i-- && !rows;)
		if (!(mask >> i & 1))
			drop(i);
	for (unsigned i = 0, n; i < CELLS && rows; i += n + 1) {
		for (n = 0; i + n < CELLS && mask >> (i + n) & 1;)
			n++;
		if (n)
			insert(origin + i, n);
	}
}

static void search(uint64_t size, uint64_t align, uint64_t start, uint64_t end)
{
	uint64_t from = start < PAGE_SIZE ? PAGE_SIZE : start;
	uint64_t to = end > GAPTREE_TOP ? GAPTREE_TOP : end;
	uint64_t want = 0, got = 0;
	bool fits = model_search(size, align, from, to, &want);

	unit_assert(gaptree_search(&tree, size, align, start, end, &got) == fits);
	unit_assert(!fits || got == want);
}

static void look_everywhere(uint64_t origin)
{
	for (uint64_t start = origin - 1; start <= origin + CELLS; start++) {
		for (uint64_t end = start; end <= origin + CELLS + 1; end++) {
			compare_largest(start, end);
			for (uint64_t size = 1; size <= 4; size++)
				for (uint64_t align = 1; align <= 4; align *= 2)
					search(size, align, start, end);
		}
	}
	for (uint64_t size = 1; size <= CELLS; size++)
		search(size, 1, 0, UINT64_MAX);
	compare_largest(0, UINT64_MAX);
}

static void one_space(uint64_t origin, uint64_t base, unsigned mask, bool rows)
{
	gaptree_deinit(&tree);
	unit_assert(!gaptree_init(&tree, m, base));
	gaptree_set_small(&tree, 5 * PAGE_SIZE);
	model.n = 0;
	model_set_policy(VM_FIRST_FIT);
	set_policy(mask & 1 ? VM_BEST_FIT : VM_WORST_FIT);
	occupy(origin, mask, rows);
	compare();
	for (unsigned policy = 0; policy < NR_VM_POLICIES; policy++) {
		set_policy((enum vm_policy)policy);
		tree.placed_end = model.placed_end = 0;
		look_everywhere(origin);
		for (uint64_t i = 1; i <= CELLS && policy == VM_NEXT_FIT; i += 2) {
			tree.placed_end = model.placed_end = origin + i;
			look_everywhere(origin);
		}
	}
	while (model.n) {
		drop(model.n / 2);
		compare();
	}
}

START_TEST(all_small_spaces)
{
	const uint64_t origin = origins[_i / 3], base = origin + bases[_i % 3];

	for (unsigned mask = 0; mask < 1u << CELLS; mask++) {
		one_space(origin, base, mask, false);
		one_space(origin, base, mask, true);
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("gapsmall");
	TCase *t = tcase_create("index");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, SPACE_TIMEOUT);
	tcase_add_loop_test(t, all_small_spaces, 0, 9);
	suite_add_tcase(s, t);
	return unit_main(s);
}
