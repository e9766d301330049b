/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The log: format, the ring's end, rate limit, WARN and BUG, page-fault lines.
 */
#include <vmallocfs/pgtable.h>
#include "machine/log.h"
#include "unit.h"

static struct machine *m;

static void setup(void)
{
	m = unit_boot(MiB(1), 1);
}

static void teardown(void)
{
	machine_destroy(m);
}

/* The whole log; free it. */
static char *read_log(size_t *len)
{
	char *text;
	size_t n;

	ck_assert_int_eq(log_read(m, &text, &n), 0);
	ck_assert_uint_eq(strlen(text), n);
	if (len)
		*len = n;
	return text;
}

/* What the last n lines say, without "<level>[time] "; the level of the first in *level. */
static char *last_lines(unsigned n, int *level)
{
	char *text = read_log(NULL), *at = text + strlen(text), *out = calloc(1, strlen(text) + 1);

	ck_assert_int_eq(at[-1], '\n');
	for (; n; n--)
		for (at--; at > text && at[-1] != '\n'; at--)
			;
	*level = at[1] - '0';
	while (*at) {
		char *say = strstr(at, "] "), *end = strchr(at, '\n');

		ck_assert(say && say < end);
		strncat(out, say + 2, (size_t)(end + 1 - say - 2));
		at = end + 1;
	}
	free(text);
	return out;
}

#define assert_last(n, want_level, want)                                                           \
	do {                                                                                       \
		int level_;                                                                        \
		char *text_ = last_lines((n), &level_);                                            \
		ck_assert_str_eq(text_, (want));                                                   \
		ck_assert_int_eq(level_, (want_level));                                            \
		free(text_);                                                                       \
	} while (0)

START_TEST(test_format)
{
	uint64_t seq = log_seq(m);
	char *text, *line;
	unsigned level, width;
	unsigned long s, us;

	printk(m, KERN_ERR, "value %d", 42);
	ck_assert_uint_eq(log_seq(m), seq + 1);
	text = read_log(NULL);
	line = strrchr(text, '<');
	/* "<3>[    0.000123] value 42": seconds in five columns, six digits of microseconds */
	ck_assert_int_eq(sscanf(line, "<%u>[%lu.%lu] value 42%n", &level, &s, &us, &width), 3);
	ck_assert_uint_eq(level, 3);
	ck_assert_int_eq(line[3], '[');
	ck_assert_int_eq(line[9], '.');
	ck_assert_int_eq(line[16], ']');
	ck_assert_str_eq(line + 17, " value 42\n");
	free(text);
}
END_TEST

START_TEST(test_times_ascend)
{
	char *text, *at;
	uint64_t last = 0;

	for (int i = 0; i < 1000; i++)
		printk(m, KERN_INFO, "%d", i);
	text = read_log(NULL);
	for (at = text; *at; at = strchr(at, '\n') + 1) {
		unsigned long s, us;

		ck_assert_int_eq(sscanf(at, "<6>[%lu.%lu]", &s, &us), 2);
		ck_assert_uint_ge(s * 1000000 + us, last);
		last = s * 1000000 + us;
	}
	ck_assert_uint_le(last, machine_uptime_us(m));
	free(text);
}
END_TEST

/* Each line of a message of several has the prefix. */
START_TEST(test_lines)
{
	uint64_t seq = log_seq(m);

	printk(m, KERN_ALERT, "first\nsecond\n\nfourth");
	ck_assert_uint_eq(log_seq(m), seq + 1);
	assert_last(4, 1, "first\nsecond\n\nfourth\n");
	printk(m, KERN_INFO, "%s", "");
	assert_last(1, 6, "\n");
}
END_TEST

START_TEST(test_cut)
{
	char text[3000], want[LOG_TEXT_MAX + 2];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	printk(m, KERN_INFO, "%s", text);
	memset(want, 'x', LOG_TEXT_MAX);
	strcpy(want + LOG_TEXT_MAX, "\n");
	assert_last(1, 6, want);
}
END_TEST

/* The newest records are there, whole and in order, however often the ring went round. */
START_TEST(test_ring)
{
	char pad[900];
	unsigned written = 0, first, n, lines = 0;
	char *text, *at;
	size_t len;

	memset(pad, '.', sizeof(pad) - 1);
	pad[sizeof(pad) - 1] = '\0';
	for (; written < 20000; written++)
		printk(m, KERN_INFO, "record %u %.*s", written, (int)(written % sizeof(pad)), pad);
	text = read_log(&len);
	ck_assert_uint_gt(len, LOG_SIZE - 2000);
	ck_assert_int_eq(sscanf(text, "<6>[%*u.%*u] record %u", &first), 1);
	ck_assert_uint_gt(first, 0);
	for (at = text, n = first; *at; at = strchr(at, '\n') + 1, n++, lines++) {
		unsigned got;

		ck_assert_int_eq(sscanf(at, "<6>[%*u.%*u] record %u", &got), 1);
		ck_assert_uint_eq(got, n);
		ck_assert_uint_eq(strspn(strchr(at, ']') + strlen("] record ") + (got > 9999) +
						 (got > 999) + (got > 99) + (got > 9) + 2,
					 "."),
				  got % sizeof(pad));
	}
	ck_assert_uint_eq(n, written);
	free(text);
}
END_TEST

START_TEST(test_ratelimit)
{
	unsigned open = 0;
	uint64_t seq = log_seq(m);

	for (int i = 0; i < 25; i++)
		open += printk_ratelimit(m);
	ck_assert_uint_eq(open, RATELIMIT_BURST);
	ck_assert_uint_eq(log_seq(m), seq); /* it says nothing while it is shut */

	m->log->boot_ns -= 4 * UINT64_C(1000000000); /* four seconds pass */
	ck_assert(!printk_ratelimit(m));
	m->log->boot_ns -= 2 * UINT64_C(1000000000);
	ck_assert(printk_ratelimit(m));
	assert_last(1, KERN_WARNING, "printk: 16 messages suppressed.\n");
	ck_assert_uint_eq(log_seq(m), seq + 1);

	/* Five seconds have given one message back, and no more. */
	ck_assert(!printk_ratelimit(m));
	m->log->boot_ns -= 15 * UINT64_C(1000000000);
	for (int i = 0; i < 3; i++)
		ck_assert(printk_ratelimit(m));
	assert_last(1, KERN_WARNING, "printk: 1 messages suppressed.\n");
	ck_assert(!printk_ratelimit(m));

	/* However long the log was silent, ten messages may follow each other, and no more. */
	m->log->boot_ns -= 1000 * UINT64_C(1000000000);
	ck_assert(printk_ratelimit(m));
	seq = log_seq(m);
	for (int i = 1; i < 10; i++)
		ck_assert(printk_ratelimit(m));
	ck_assert(!printk_ratelimit(m));
	ck_assert_uint_eq(log_seq(m), seq); /* where nothing was lost, nothing is said */
}
END_TEST

START_TEST(test_warn_and_bug)
{
	ck_assert(!WARN_ON(m, 1 == 2));
	ck_assert_uint_eq(m->nr_warn, 0);
	ck_assert(WARN_ON(m, 1 == 1));
	ck_assert_uint_eq(m->nr_warn, 1);
	ck_assert(unit_logged(m, "<4>"));
	ck_assert(unit_logged(m, "WARNING: at "));

	machine_warn(m, "../src/vmalloc/vfree.c", 12, "vfree");
	assert_last(1, KERN_WARNING, "WARNING: at vmalloc/vfree.c:12 vfree()\n");
	ck_assert(!m->crashed);
	ck_assert(!BUG_ON(m, 0));
	ck_assert(!m->crashed);
	machine_bug(m, "/usr/src/x/src/vmalloc/area.c", 7);
	assert_last(1, KERN_CRIT, "kernel BUG at vmalloc/area.c:7!\n");
	ck_assert(m->crashed);
}
END_TEST

START_TEST(test_source_file)
{
	ck_assert_str_eq(log_source_file("src/a/b.c"), "a/b.c");
	ck_assert_str_eq(log_source_file("/x/src/a/b.c"), "a/b.c");
	ck_assert_str_eq(log_source_file("../../src/b.c"), "b.c");
	ck_assert_str_eq(log_source_file("mysrc/b.c"), "mysrc/b.c");
	ck_assert_str_eq(log_source_file("tests/b.c"), "tests/b.c");
	ck_assert_str_eq(log_source_file("src/mysrc/b.c"), "mysrc/b.c");
}
END_TEST

START_TEST(test_page_fault)
{
	static const struct {
		unsigned access;
		enum fault fault;
		const char *second, *third;
	} rows[] = {
		{ ACCESS_READ, FAULT_ABSENT, "#PF: supervisor read access in kernel mode",
		  "#PF: error_code(0x0000) - not-present page" },
		{ ACCESS_WRITE, FAULT_NOT_PRESENT, "#PF: supervisor write access in kernel mode",
		  "#PF: error_code(0x0002) - not-present page" },
		{ ACCESS_WRITE, FAULT_READ_ONLY, "#PF: supervisor write access in kernel mode",
		  "#PF: error_code(0x0003) - permissions violation" },
		{ ACCESS_READ, FAULT_RESERVED, "#PF: supervisor read access in kernel mode",
		  "#PF: error_code(0x0009) - reserved bit violation" },
		{ ACCESS_USER, FAULT_USER, "#PF: user read access in user mode",
		  "#PF: error_code(0x0005) - permissions violation" },
		{ ACCESS_USER | ACCESS_WRITE, FAULT_RESERVED, "#PF: user write access in user mode",
		  "#PF: error_code(0x000f) - reserved bit violation" },
		{ ACCESS_READ, FAULT_OUTSIDE, "#PF: supervisor read access in kernel mode",
		  "#PF: error_code(0x0001) - no such memory" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char want[400];

		snprintf(want, sizeof(want),
			 "BUG: unable to handle page fault for address: ffffc90000001000\n%s\n%s\n",
			 rows[i].second, rows[i].third);
		log_page_fault(m, VMALLOC_START + 0x1000, rows[i].access, rows[i].fault);
		assert_last(3, KERN_ALERT, want);
	}
	log_page_fault(m, UINT64_C(0x800000000000), 0, FAULT_NONCANONICAL);
	assert_last(
		1, KERN_ALERT,
		"general protection fault, probably for non-canonical address 0x800000000000\n");
	for (int f = -1; f < 20; f++)
		ck_assert_ptr_nonnull(fault_name((enum fault)f));
}
END_TEST

START_TEST(test_bad_page)
{
	bad_page(m, UINT64_C(0xdeadbeefcafe));
	ck_assert_uint_eq(m->nr_bad_page, 1);
	ck_assert(unit_logged(m, "] Bad page state: 0000deadbeefcafe"));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("log");
	TCase *t = tcase_create("log");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 120);
	tcase_add_test(t, test_format);
	tcase_add_test(t, test_times_ascend);
	tcase_add_test(t, test_lines);
	tcase_add_test(t, test_cut);
	tcase_add_test(t, test_ring);
	tcase_add_test(t, test_ratelimit);
	tcase_add_test(t, test_warn_and_bug);
	tcase_add_test(t, test_source_file);
	tcase_add_test(t, test_page_fault);
	tcase_add_test(t, test_bad_page);
	suite_add_tcase(s, t);
	return unit_main(s);
}
