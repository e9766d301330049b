/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addresses that are known: as a row of bits has them. */
#include <string.h>

#include "replay/seen.h"
#include "unit.h"

#define ADDRESSES 200

static void compare(const struct seen *s, const bool *known)
{
	for (uint64_t start = 0; start < ADDRESSES; start++) {
		bool all = true;

		for (uint64_t end = start + 1; end <= ADDRESSES; end++) {
			all = all && known[end - 1];
			unit_assert(seen_has(s, start, end) == all);
		}
	}
}

START_TEST(random_ranges)
{
	bool known[ADDRESSES] = { false };
	uint64_t state = 88172645463325252u + (uint64_t)_i;
	struct seen s;

	seen_init(&s);
	for (int i = 0; i < 300; i++) {
		uint64_t start = unit_random(&state) % ADDRESSES;
		uint64_t end = start + 1 + unit_random(&state) % 20;
		bool add = unit_random(&state) % 2;

		end = MIN(end, ADDRESSES);
		if (add)
			seen_add(&s, start, end);
		else
			seen_forget(&s, start, end);
		for (uint64_t at = start; at < end; at++)
			known[at] = add;
		if (i % 5 == 0)
			compare(&s, known);
	}
	compare(&s, known);
	seen_forget(&s, 0, ADDRESSES);
	ck_assert_uint_eq(s.ranges->len, 0);
	seen_deinit(&s);
}
END_TEST

static Suite *seen_suite(void)
{
	Suite *s = suite_create("seen");
	TCase *tc = tcase_create("seen");

	tcase_add_loop_test(tc, random_ranges, 0, 4);
	suite_add_tcase(s, tc);
	return s;
}

int main(void)
{
	return unit_main(seen_suite());
}
