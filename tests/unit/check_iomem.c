/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * iomem: physical memory as a tree of ranges.
 *
 * That a format is Linux's is tested with a recording: whatever takes the
 * recording apart and puts it together again without loss must do the same
 * with our text.
 */
#include <stdio.h>

#include "texts.h"

/* Depth of a line; it is taken apart and put together as Linux does it. */
static unsigned check_iomem_line(const char *line, uint64_t *start, uint64_t *last)
{
	unsigned depth = (unsigned)strspn(line, " ") / 2;
	g_autofree char *again = NULL;
	int name = 0;

	ck_assert_int_eq(sscanf(line, "%lx-%lx : %n", start, last, &name), 2);
	ck_assert_int_gt(name, 0);
	again = g_strdup_printf("%*s%08lx-%08lx : %s", (int)depth * 2, "", *start, *last,
				line + name);
	ck_assert_str_eq(line, again);
	ck_assert_uint_le(*start, *last);
	return depth;
}

/* Well-formed, and every range lies in the one above that is a step further out. */
static void check_iomem(const char *text, bool siblings_may_overlap)
{
	g_auto(GStrv) lines = lines_of(text);
	uint64_t start[8], last[8];
	unsigned depth = 0;

	for (char **line = lines; *line; line++) {
		uint64_t from, to;
		unsigned d = check_iomem_line(*line, &from, &to);

		ck_assert_uint_le(d, 5);
		ck_assert(line == lines || d <= depth + 1);
		if (d > 0 && d < 5)
			ck_assert_msg(from >= start[d - 1] && to <= last[d - 1], "%s", *line);
		if (line > lines && d <= depth && d < 5 && !siblings_may_overlap)
			ck_assert_msg(from > last[d], "%s", *line);
		start[d] = from;
		last[d] = to;
		depth = d;
	}
}

START_TEST(iomem_is_linux)
{
	g_autofree char *recorded = data_file("iomem-linux-6.1.txt");

	check_iomem(recorded, false);
}
END_TEST

START_TEST(iomem_golden)
{
	struct machine *m = space_boot(MiB(256), 1);
	g_autofree char *text = text_of(show_iomem, m);
	g_autofree char *after = NULL;
	vaddr_t a;

	ck_assert_str_eq(text, "00000000-00000fff : Reserved\n"
			       "00001000-0fffffff : System RAM\n"
			       "10000000-3fffffffffff : PCI Bus 0000:00\n");
	ck_assert(ioremap(m, GiB(4) + 0x10, 0x1234, PAGE_KERNEL_NOCACHE, "ioremap/two words"));
	a = ioremap(m, GiB(4) + MiB(1), 1, PAGE_KERNEL_NOCACHE, "ioremap/gone");
	ck_assert(ioremap(m, 0xfed00000, 0x400, PAGE_KERNEL_NOCACHE, NULL));
	ck_assert(ioremap(m, PHYS_END - PAGE_SIZE, PAGE_SIZE, PAGE_KERNEL_NOCACHE, "ioremap/last"));
	ck_assert(get_vm_area(m, PAGE_SIZE, VM_IOREMAP, "reserved only"));
	ck_assert(vmalloc(m, PAGE_SIZE, "ram"));
	iounmap(m, a);
	after = text_of(show_iomem, m);
	ck_assert_str_eq(after, "00000000-00000fff : Reserved\n"
				"00001000-0fffffff : System RAM\n"
				"10000000-3fffffffffff : PCI Bus 0000:00\n"
				"  fed00000-fed003ff : 0xffffc90000006000\n"
				"  100000010-100001243 : ioremap/two\\040words\n"
				"  3ffffffff000-3fffffffffff : ioremap/last\n");
	check_iomem(after, false);
	space_end(m);
}
END_TEST

/* Ranges in ranges, the same range many times, and ranges that only overlap. */
START_TEST(iomem_nests)
{
	struct machine *m = space_boot(MiB(16), 1);
	const paddr_t at = m->io_start;
	g_autofree char *text = NULL;

	ck_assert(ioremap(m, at + 0x2000, 0x1000, PAGE_KERNEL, "inner"));
	ck_assert(ioremap(m, at, 0x8000, PAGE_KERNEL, "outer"));
	ck_assert(ioremap(m, at + 0x2000, 0x2000, PAGE_KERNEL, "middle"));
	ck_assert(ioremap(m, at + 0x5000, 0x4000, PAGE_KERNEL, "across"));
	ck_assert(ioremap(m, at + 0x6000, 0x1000, PAGE_KERNEL, "in both"));
	ck_assert(ioremap(m, at + 0x10000, 0x1000, PAGE_KERNEL, "behind"));
	text = text_of(show_iomem, m);
	ck_assert(g_str_has_suffix(text, " : PCI Bus 0000:00\n"
					 "  100000000-100007fff : outer\n"
					 "    100002000-100003fff : middle\n"
					 "      100002000-100002fff : inner\n"
					 "  100005000-100008fff : across\n"
					 "    100006000-100006fff : in\\040both\n"
					 "  100010000-100010fff : behind\n"));
	check_iomem(text, true);
	space_end(m);
}
END_TEST

START_TEST(iomem_many_of_one_range)
{
	struct machine *m = space_boot(MiB(64), 1);
	g_autofree char *text = NULL;
	g_auto(GStrv) lines = NULL;

	for (int i = 0; i < 3000; i++)
		ck_assert(ioremap(m, m->io_start, PAGE_SIZE, PAGE_KERNEL, "twin"));
	text = text_of(show_iomem, m);
	lines = lines_of(text);
	check_iomem(text, true);
	ck_assert_uint_eq(g_strv_length(lines), 3003);
	ck_assert_str_eq(lines[3], "  100000000-100000fff : twin");
	ck_assert_str_eq(lines[3002], "          100000000-100000fff : twin");
	space_end(m);
}
END_TEST

/* Of a restored layout: callers as they stand, and device memory that is RAM here left out. */
START_TEST(iomem_restored)
{
	struct machine *m = space_boot(MiB(64), 1);
	struct vm_restore r = { .addr = VMALLOC_START,
				.size = 3 * PAGE_SIZE,
				.phys_addr = 0xfed00000,
				.flags = VM_IOREMAP | VM_SYMBOL,
				.caller = "hpet_enable+0x38/0x380 [mod]" };
	g_autofree char *text = NULL;

	ck_assert_int_eq(vm_restore_area(m, &r), 0);
	r.addr += r.size;
	r.phys_addr = MiB(32);
	ck_assert_int_eq(vm_restore_area(m, &r), 0);
	r.addr += r.size;
	r.phys_addr = MiB(64) - PAGE_SIZE; /* half of it is RAM */
	ck_assert_int_eq(vm_restore_area(m, &r), 0);
	r.addr += r.size;
	r.phys_addr = PHYS_END;
	ck_assert_int_eq(vm_restore_area(m, &r), 0);
	r.addr += r.size;
	r.phys_addr = PHYS_END - PAGE_SIZE; /* half of it is beyond the end */
	ck_assert_int_eq(vm_restore_area(m, &r), 0);
	r.addr += r.size;
	r.phys_addr = 0xfee00010; /* only so far as it is mapped */
	r.caller = "odd+0x0/0x1";
	ck_assert_int_eq(vm_restore_area(m, &r), 0);
	text = text_of(show_iomem, m);
	ck_assert(g_str_has_suffix(text, " : PCI Bus 0000:00\n"
					 "  fed00000-fed01fff : hpet_enable+0x38/0x380 [mod]\n"
					 "  fee00010-fee01fff : odd+0x0/0x1\n"));
	space_end(m);
}
END_TEST

/* The kept text: what it shows never changes while the counters stay. */
START_TEST(iomem_generation)
{
	struct machine *m = space_boot(MiB(64), 1);
	struct show_generation seen = show_generation_now(m);
	vaddr_t a = ioremap(m, m->io_start, PAGE_SIZE, PAGE_KERNEL, "a");

	ck_assert(show_changed_since(m, &seen));
	seen = show_generation_now(m);
	ck_assert_int_eq(vm_set_caller(m, a, "b"), 0);
	ck_assert(show_changed_since(m, &seen));
	seen = show_generation_now(m);
	iounmap(m, a);
	ck_assert(show_changed_since(m, &seen));
	space_end(m);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("iomem");
	TCase *t = tcase_create("iomem");

	tcase_add_test(t, iomem_is_linux);
	tcase_add_test(t, iomem_golden);
	tcase_add_test(t, iomem_nests);
	tcase_add_test(t, iomem_many_of_one_range);
	tcase_add_test(t, iomem_restored);
	tcase_add_test(t, iomem_generation);
	tcase_set_timeout(t, SPACE_TIMEOUT);
	suite_add_tcase(s, t);

	return unit_main(s);
}
