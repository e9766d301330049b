/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * meminfo: totals, vmalloc space, and how the direct map is mapped.
 *
 * That a format is Linux's is tested with a recording: whatever takes the
 * recording apart and puts it together again without loss must do the same
 * with our text.  That the numbers are true is tested with the machine's books.
 */
#include <stdio.h>

#include "frames.h"

/* A machine's figure in meminfo. */
static uint64_t meminfo(struct machine *m, const char *key)
{
	g_autofree char *text = text_of(show_meminfo, m);
	g_autofree char *line = g_strdup_printf("\n%s:", key);
	g_autofree char *whole = g_strconcat("\n", text, NULL);

	return number(whole, line);
}

static uint64_t kb(uint64_t frames)
{
	return frames * PAGE_SIZE / 1024;
}

/* One line taken apart and put together as Linux does it. */
static void check_meminfo_line(const char *line)
{
	const char *colon = strchr(line, ':');
	g_autofree char *label = NULL;
	g_autofree char *again = NULL;
	unsigned long value;
	char unit[4] = "";
	int width;

	ck_assert_msg(colon, "%s", line);
	label = g_strndup(line, (gsize)(colon + 1 - line));
	ck_assert_int_ge(sscanf(colon + 1, "%lu %3s", &value, unit), 1);
	width = strlen(label) > 16 ? 24 - (int)strlen(label) : 8;
	again = g_strdup_printf("%-16s%*lu%s%s", label, width, value, *unit ? " " : "", unit);
	ck_assert_str_eq(line, again);
}

START_TEST(meminfo_is_linux)
{
	struct machine *m = space_boot(GiB(1), 1);
	g_autofree char *text = text_of(show_meminfo, m);
	g_autofree char *recorded = data_file("meminfo-linux-6.1.txt");
	g_auto(GStrv) lines = lines_of(text);
	g_auto(GStrv) theirs = lines_of(recorded);

	ck_assert_uint_eq(g_strv_length(lines), g_strv_length(theirs));
	for (int i = 0; lines[i]; i++) {
		size_t label = strcspn(theirs[i], ":") + 1;

		check_meminfo_line(theirs[i]);
		check_meminfo_line(lines[i]);
		ck_assert_msg(!strncmp(lines[i], theirs[i], label), "%s\n%s", lines[i], theirs[i]);
		ck_assert_int_eq(g_str_has_suffix(lines[i], " kB"),
				 g_str_has_suffix(theirs[i], " kB"));
		/* Two lines do not depend on the machine: they are the same to the byte. */
		if (g_str_has_prefix(lines[i], "VmallocTotal:") ||
		    g_str_has_prefix(lines[i], "Hugepagesize:"))
			ck_assert_str_eq(lines[i], theirs[i]);
	}
	space_end(m);
}
END_TEST

START_TEST(meminfo_is_true)
{
	struct machine *m = space_boot(MiB(64), 1);
	uint64_t free = meminfo(m, "MemFree");
	vaddr_t a;

	ck_assert_uint_eq(meminfo(m, "MemTotal"), kb(MiB(64) / PAGE_SIZE - 1));
	ck_assert_uint_eq(free, kb(nr_free_pages(m)));
	ck_assert_uint_eq(meminfo(m, "MemAvailable"), free);
	ck_assert_uint_eq(meminfo(m, "MemTotal"), free + meminfo(m, "PageTables"));

	a = vmalloc(m, 100 * PAGE_SIZE, "a");
	ck_assert(a);
	ck_assert_uint_eq(meminfo(m, "MemFree"), kb(nr_free_pages(m)));
	ck_assert_uint_eq(meminfo(m, "PageTables"), kb(m->nr_table_frames));
	ck_assert_uint_eq(meminfo(m, "MemTotal"),
			  meminfo(m, "MemFree") + meminfo(m, "PageTables") + kb(100));
	ck_assert_uint_eq(meminfo(m, "Slab"), 0);
	vfree(m, a);
	ck_assert_uint_eq(meminfo(m, "MemFree") + meminfo(m, "PageTables"), meminfo(m, "MemTotal"));
	space_end(m);
}
END_TEST

/*
 *	0    1    2    3    4    5    6    7    8    9    10   11   12   13   14   15
 *	[ a    G ]      hole         [ b    b    G ]             hole             |
 *
 * The last hole ends with the window's last byte, so that it is one byte short.
 */
START_TEST(vmalloc_used_and_chunk)
{
	struct machine *m = space_boot_window(MiB(16), 16);
	vaddr_t a, gone;

	ck_assert_uint_eq(meminfo(m, "VmallocTotal"), 63);
	ck_assert_uint_eq(meminfo(m, "VmallocUsed"), 0);
	ck_assert_uint_eq(meminfo(m, "VmallocChunk"), 63); /* nothing there: the total */

	a = vmalloc(m, PAGE_SIZE, "a");
	gone = vmalloc(m, 3 * PAGE_SIZE, "gone");
	ck_assert(vmalloc(m, 2 * PAGE_SIZE, "b"));
	ck_assert_uint_eq(meminfo(m, "VmallocUsed"), 36);
	ck_assert_uint_eq(meminfo(m, "VmallocChunk"), 27);
	vfree(m, gone);
	ck_assert_uint_eq(meminfo(m, "VmallocUsed"), 20);
	ck_assert_uint_eq(meminfo(m, "VmallocChunk"), 27);

	/* A gap between areas is the largest, then the one before the first. */
	ck_assert(get_vm_area(m, 4 * PAGE_SIZE, 0, "c"));
	ck_assert_uint_eq(meminfo(m, "VmallocUsed"), 40);
	ck_assert_uint_eq(meminfo(m, "VmallocChunk"), 16);
	vfree(m, a);
	ck_assert_uint_eq(meminfo(m, "VmallocChunk"), 24);
	ck_assert(get_vm_area(m, 3 * PAGE_SIZE, 0, "d"));
	ck_assert_uint_eq(meminfo(m, "VmallocUsed"), 48);
	ck_assert_uint_eq(meminfo(m, "VmallocChunk"), 8);
	space_end(m);
}
END_TEST

/* Areas outside the window, as in the module range, are not used space of it. */
START_TEST(vmalloc_outside)
{
	struct machine *m = space_boot_window(MiB(16), 16);
	const struct vm_restore module = { .addr = MODULES_VADDR,
					   .size = 3 * PAGE_SIZE,
					   .nr_pages = 2,
					   .flags = VM_ALLOC,
					   .caller = "module" };
	const struct vm_restore below = { .addr = VMALLOC_START - 2 * PAGE_SIZE,
					  .size = 4 * PAGE_SIZE,
					  .flags = VM_ALLOC,
					  .caller = "below" };
	const struct vm_restore above = { .addr = VMALLOC_START + 14 * PAGE_SIZE,
					  .size = 4 * PAGE_SIZE,
					  .flags = VM_ALLOC,
					  .caller = "above" };

	ck_assert_int_eq(vm_restore_area(m, &module), 0);
	ck_assert_uint_eq(meminfo(m, "VmallocUsed"), 0);
	ck_assert_uint_eq(meminfo(m, "VmallocChunk"), 63);
	ck_assert_int_eq(vm_restore_area(m, &below), 0);
	ck_assert_uint_eq(meminfo(m, "VmallocUsed"), 0);
	ck_assert_uint_eq(meminfo(m, "VmallocChunk"), 55);
	ck_assert_int_eq(vm_restore_area(m, &above), 0);
	ck_assert_uint_eq(meminfo(m, "VmallocUsed"), 16);
	ck_assert_uint_eq(meminfo(m, "VmallocChunk"), 48);
	space_end(m);
}
END_TEST

START_TEST(direct_map_sizes)
{
	static const struct {
		uint64_t memory;
		uint64_t kb4, kb2m, kb1g;
	} cases[] = {
		{ MiB(1), 1024, 0, 0 },
		{ MiB(16), 0, 16384, 0 },
		{ MiB(17) + KiB(12), 1024 + 12, 16384, 0 },
		{ GiB(1), 0, 0, 1048576 },
		{ GiB(3) + MiB(5) + KiB(4), 1024 + 4, 4096, 3 * 1048576 },
		{ GiB(20) + MiB(2), 0, 2048, 20 * UINT64_C(1048576) },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct machine *m = space_boot(cases[i].memory, 1);

		ck_assert_uint_eq(meminfo(m, "DirectMap4k"), cases[i].kb4);
		ck_assert_uint_eq(meminfo(m, "DirectMap2M"), cases[i].kb2m);
		ck_assert_uint_eq(meminfo(m, "DirectMap1G"), cases[i].kb1g);
		space_end(m);
	}
}
END_TEST

/* A change of the tables is seen at once, although nothing was allocated. */
START_TEST(direct_map_is_read_from_tables)
{
	struct machine *m = space_boot(MiB(16), 1);
	paddr_t at = space_entry_addr(m, PG_LEVEL_PMD, PAGE_OFFSET + MiB(8));
	uint64_t entry = space_peek(m, at);

	space_poke(m, at, entry & ~_PAGE_PRESENT);
	ck_assert_uint_eq(meminfo(m, "DirectMap2M"), 14 * 1024);
	space_poke(m, at, entry);
	ck_assert_uint_eq(meminfo(m, "DirectMap2M"), 16 * 1024);
	/* What is mapped right after it, and right before, is not part of it. */
	space_poke(m, space_entry_addr(m, PG_LEVEL_PMD, PAGE_OFFSET + MiB(16)), entry);
	ck_assert(vmalloc(m, PAGE_SIZE, "a"));
	space_poke(m, m->cr3 + 8 * (level_index(PG_LEVEL_PGD, PAGE_OFFSET) - 1),
		   space_peek(m, space_entry_addr(m, PG_LEVEL_PGD, PAGE_OFFSET)));
	ck_assert_uint_eq(meminfo(m, "DirectMap2M"), 16 * 1024);
	ck_assert_uint_eq(meminfo(m, "DirectMap4k"), 0);
	vmalloc_exit(m);
	machine_destroy(m);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("meminfo");
	TCase *t = tcase_create("meminfo");

	tcase_add_test(t, meminfo_is_linux);
	tcase_add_test(t, meminfo_is_true);
	tcase_add_test(t, vmalloc_used_and_chunk);
	tcase_add_test(t, vmalloc_outside);
	tcase_add_test(t, direct_map_sizes);
	tcase_add_test(t, direct_map_is_read_from_tables);
	tcase_set_timeout(t, SPACE_TIMEOUT);
	suite_add_tcase(s, t);

	return unit_main(s);
}
