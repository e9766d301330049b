/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the unit tests of the machine share: a booted machine, its checker, and
 * a main() that writes TAP.
 */
#ifndef UNIT_H
#define UNIT_H

#ifdef NO_LIBCHECK
#error the tests need libcheck (the package check); install it, and run configure again
#endif
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vmallocfs/page.h>

#define KiB(n) ((uint64_t)(n) << 10)
#define MiB(n) ((uint64_t)(n) << 20)
#define GiB(n) ((uint64_t)(n) << 30)

static inline struct machine *unit_boot(uint64_t memory, unsigned nodes)
{
	struct machine_config c = MACHINE_CONFIG_DEFAULT;
	struct machine *m = NULL;

	c.memory = memory;
	c.nodes = nodes;
	ck_assert_int_eq(machine_boot(&c, &m), 0);
	return m;
}

static inline void unit_report(void *arg, const char *line)
{
	(void)arg;
	printf("# %s\n", line);
}

/*
 * For the insides of long loops.  A ck_assert tells the test runner each time
 * it is passed, which costs far more than what is tested there.
 */
#define unit_assert(cond)                                                                          \
	do {                                                                                       \
		if (!(cond))                                                                       \
			ck_abort_msg("%s", #cond);                                                 \
	} while (0)

#define unit_check_pages(m) ck_assert_uint_eq(page_check((m), unit_report, NULL), 0)

/* True if the machine's log has this text. */
static inline bool unit_logged(struct machine *m, const char *text)
{
	char *log = NULL;
	size_t len;
	bool found;

	ck_assert_int_eq(log_read(m, &log, &len), 0);
	found = strstr(log, text) != NULL;
	free(log);
	return found;
}

/* A small generator of its own, so that a run can be repeated anywhere. */
static inline uint64_t unit_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* How many random operations a test makes: VMALLOCFS_OPS of the environment, or these. */
static inline int unit_operations(int many)
{
	const char *ops = getenv("VMALLOCFS_OPS");

	return ops ? atoi(ops) : many;
}

/* The same, but never more of them than these. */
static inline unsigned unit_at_most(unsigned many)
{
	int n = unit_operations((int)many);

	return n > 0 && (unsigned)n < many ? (unsigned)n : many;
}

/*
 * A test that tries one point after the other, of hundreds, takes each nth of them with
 * VMALLOCFS_STRIDE=N of the environment, else each.
 */
static inline unsigned unit_stride(void)
{
	const char *stride = getenv("VMALLOCFS_STRIDE");

	return stride && atoi(stride) > 0 ? (unsigned)atoi(stride) : 1;
}

/*
 * For tests that do the same things thousands of times, or need very much room.  Under
 * valgrind, where these take minutes or do not fit, CK_EXCLUDE_TAGS=long leaves them out.
 * Sanitizers run all of them.
 */
static inline TCase *unit_long_case(Suite *suite)
{
	TCase *tc = tcase_create("long");

	tcase_set_tags(tc, "long");
	tcase_set_timeout(tc, 120);
	suite_add_tcase(suite, tc);
	return tc;
}

static inline int unit_main(Suite *suite)
{
	SRunner *sr = srunner_create(suite);
	int failed;

	srunner_set_tap(sr, "-");
	srunner_run_all(sr, CK_SILENT);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
