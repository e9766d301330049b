/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the log says of a placement that failed.  The wording is not tested, but the
 * numbers and names in it are.
 */
#include "machine/log.h"
#include "space.h"
#include "vmalloc/noroom.h"

#define K PAGE_SIZE
#define BASE VMALLOC_START

static const char kernel_line[] =
	"allocation failed: out of vmalloc space - use vmalloc=<size> to increase size.";

static struct machine *m;

/* The window has 32 pages to use. */
static void setup(void)
{
	m = space_boot_window(MiB(16), 33);
}

static void teardown(void)
{
	space_end(m);
}

static char help[2048]; /* the last line of the log: what would be enough */

/*
 * The line before the last one of the log, if the one before it is the kernel's; for
 * the caller to free.
 */
static char *last_line(void)
{
	char *log, *line, *before, *copy;
	size_t len;

	ck_assert_int_eq(log_read(m, &log, &len), 0);
	ck_assert_uint_gt(len, 0);
	log[len - 1] = '\0';
	line = strrchr(log, '\n');
	ck_assert_ptr_nonnull(line);
	*line++ = '\0';
	snprintf(help, sizeof(help), "%s", strstr(line, "] ") + 2);
	line = strrchr(log, '\n');
	ck_assert_ptr_nonnull(line);
	*line++ = '\0';
	before = strrchr(log, '\n');
	before = before ? before + 1 : log;
	ck_assert_ptr_nonnull(strstr(before, kernel_line));
	copy = strdup(strstr(line, "] ") + 2);
	free(log);
	return copy;
}

/* The window's n-th page in hexadecimal. */
static const char *page(char text[24], unsigned n)
{
	snprintf(text, 24, "0x%016llx", (unsigned long long)(BASE + n * K));
	return text;
}

/* A failure that the log explains with `bytes`, a hole of pages first to last, and two names. */
static void expect(uint64_t bytes, unsigned first, unsigned last, const char *left,
		   const char *right)
{
	char *line = last_line();
	char a[24], b[24], want[2048];

	snprintf(want, sizeof(want), "%llu bytes", (unsigned long long)bytes);
	ck_assert_msg(strstr(line, want) == line, "%s in: %s", want, line);
	snprintf(want, sizeof(want), " %u pages, %s-%s", last - first, page(a, first),
		 page(b, last));
	ck_assert_msg(strstr(line, want), "%s in: %s", want, line);
	snprintf(want, sizeof(want), "between %s and %s", left, right);
	ck_assert_msg(strstr(line, want), "%s in: %s", want, line);
	free(line);
}

/*	 0    4    10   14        24        32
 *	[a   ]     [b  ]         [c        ]	holes of 6 and 10 */
START_TEST(between_two)
{
	ck_assert(__get_vm_area(m, 3 * K, VM_ALLOC, BASE, BASE + 4 * K, "a"));
	ck_assert(__get_vm_area(m, 3 * K, VM_ALLOC, BASE + 10 * K, BASE + 14 * K, "b"));
	ck_assert(__get_vm_area(m, 7 * K, VM_ALLOC, BASE + 24 * K, BASE + 32 * K, "c"));
	ck_assert(!get_vm_area(m, 10 * K, VM_ALLOC, "x"));
	expect(10 * K, 14, 24, "b", "c");
	/* as far as it lies in the window */
	ck_assert(!__get_vm_area(m, 10 * K - 1, VM_ALLOC, BASE, BASE + 19 * K, "x"));
	expect(10 * K - 1, 4, 10, "a", "b");
	ck_assert(!__get_vm_area(m, 6 * K, VM_ALLOC, BASE + 5 * K, BASE + 19 * K, "x"));
	expect(6 * K, 5, 10, "the start of the window", "b");
	ck_assert(!__get_vm_area(m, 7 * K, VM_ALLOC, BASE, BASE + 20 * K + 5, "x"));
	expect(7 * K, 4, 10, "a", "b");
	ck_assert(!__get_vm_area(m, 7 * K, VM_ALLOC, BASE, BASE + 21 * K + 5, "x"));
	expect(7 * K, 14, 21, "b", "the end of the window");
}
END_TEST

START_TEST(edges)
{
	char *line;

	ck_assert(!get_vm_area(m, 32 * K, VM_ALLOC, "x"));
	expect(32 * K, 0, 32, "the start of the window", "the end of the window");
	ck_assert(get_vm_area(m, 31 * K, VM_ALLOC, "a"));
	ck_assert(!get_vm_area(m, 1, VM_ALLOC, "x"));
	line = last_line();
	ck_assert_ptr_nonnull(strstr(line, "no hole"));
	free(line);
	/* a window of nothing, and sizes that no space has */
	ck_assert(!__get_vm_area(m, K, VM_ALLOC, BASE + 4, BASE + 3, "x"));
	free(last_line());
	ck_assert(!__get_vm_area(m, K, VM_ALLOC, UINT64_MAX, UINT64_MAX, "x"));
	free(last_line());
	ck_assert(!get_vm_area(m, -K, VM_ALLOC, "x"));
	line = last_line();
	ck_assert_ptr_nonnull(strstr(line, "18446744073709547520 bytes"));
	free(line);
	ck_assert(!get_vm_area(m, -2 * K, VM_ALLOC, "x"));
	free(last_line());
}
END_TEST

/* The alignment is told where it matters. */
START_TEST(alignment)
{
	char *line;

	ck_assert(get_vm_area(m, 4 * K, VM_ALLOC, "a"));
	ck_assert(!get_vm_area_range(m, 8 * K, 32 * K, VM_ALLOC, BASE, BASE + 32 * K, -1, "x"));
	expect(8 * K, 5, 32, "a", "the end of the window");
	line = last_line();
	ck_assert_ptr_nonnull(strstr(line, "0x20000"));
	ck_assert_ptr_nonnull(strstr(line, "9 pages"));
	free(line);
}
END_TEST

/* An area without a file has its caller in brackets, as in status. */
START_TEST(names)
{
	const uint64_t big = 600 * K; /* more frames than a page array of one page names */
	struct vm_struct *area;
	char want[32];
	vaddr_t a;

	teardown();
	m = space_boot_window(MiB(64), 640 + 1);
	a = vmalloc(m, big, "a file");
	ck_assert(a);
	ck_assert_uint_eq(space_area(m, a)->pages.addr, BASE + 601 * K);
	ck_assert(!vmalloc(m, 64 * K, "x"));
	expect(64 * K, 604, 640, "[pages:a\\040file]", "the end of the window");
	area = __get_vm_area(m, K, VM_ALLOC, BASE + 610 * K, BASE + 640 * K, NULL);
	ck_assert(area);
	snprintf(want, sizeof(want), "[0x%016llx]", (unsigned long long)area->addr);
	ck_assert(!vmalloc(m, 64 * K, "x"));
	expect(64 * K, 612, 640, want, "the end of the window");
	ck_assert(__get_vm_area(m, K, VM_ALLOC | VM_SYMBOL, BASE + 638 * K, BASE + 640 * K,
				"init+0x1/0x2"));
	ck_assert(!vmalloc(m, 64 * K, "x"));
	expect(64 * K, 612, 638, want, "[init+0x1/0x2]");
}
END_TEST

/* Whatever a name holds: one record, one line, both sides and all numbers in it. */
START_TEST(long_names)
{
	static const char *const pieces[] = { "n",   "\n", "\\", "\xc3\xa9", "\xf0\x9f\x90\xa7",
					      "\x01" };
	char name[4097] = "";
	char *line;

	for (unsigned len = 200; len < 4000; len += 379) {
		const char *piece = pieces[len % 6];

		name[0] = '\0';
		while (strlen(name) < len)
			strcat(name, piece);
		ck_assert(__get_vm_area(m, K, VM_ALLOC, BASE, BASE + 2 * K, name));
		ck_assert(__get_vm_area(m, K, VM_ALLOC, BASE + 30 * K, BASE + 32 * K, name));
		ck_assert(!get_vm_area(m, 28 * K, VM_ALLOC, "x"));
		line = last_line();
		ck_assert_ptr_nonnull(strstr(line, "28 pages"));
		ck_assert_ptr_nonnull(strstr(line, " and "));
		ck_assert_uint_lt(strlen(line), LOG_TEXT_MAX);
		for (const char *p = line; *p; p++) /* whole characters only */
			ck_assert((*p & 0xc0) != 0xc0 || (p[1] & 0xc0) == 0x80);
		free(line);
		free_vm_struct(m, remove_vm_area(m, BASE));
		free_vm_struct(m, remove_vm_area(m, BASE + 30 * K));
		/* ten lines in five seconds */
		teardown();
		setup();
	}
}
END_TEST

/* Not one more line than the kernel's own. */
START_TEST(limited)
{
	for (unsigned i = 0; i < 50; i++)
		ck_assert(!get_vm_area(m, 40 * K, VM_ALLOC, "x"));
	ck_assert_uint_eq(space_logged(m, kernel_line), RATELIMIT_BURST);
	ck_assert_uint_eq(space_logged(m, "32 pages"), RATELIMIT_BURST);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("noroom");
	TCase *t = tcase_create("noroom");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, SPACE_TIMEOUT);
	tcase_add_test(t, between_two);
	tcase_add_test(t, edges);
	tcase_add_test(t, alignment);
	tcase_add_test(t, names);
	tcase_add_test(t, long_names);
	tcase_add_test(t, limited);
	suite_add_tcase(s, t);
	return unit_main(s);
}
