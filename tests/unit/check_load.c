/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Booting with a saved layout: the recording of a real kernel comes out as it
 * went in, and every area becomes what its line says.  How lines are read is
 * tested in check_listing*.c.
 */
#include <inttypes.h>

#include "loads.h"

/* --- the recording --------------------------------------------------------- */

START_TEST(recording_comes_out_as_it_went_in)
{
	struct machine *m = space_boot(MiB(256), 1);
	g_autofree char *path = data_path("vmallocinfo-linux-6.1.txt");
	g_autofree char *want = NULL, *got = NULL, *error = NULL, *log = NULL;

	ck_assert(g_file_get_contents(path, &want, NULL, NULL));
	ck_assert_msg(!load_file(m, path, &error), "%s", error);
	got = text_of(show_vmallocinfo, m);
	ck_assert_str_eq(got, want);
	log = text_of(show_kmsg, m);
	ck_assert_msg(strstr(log, "72 areas"), "%s", log);
	ck_assert_msg(strstr(log, "3 in modules"), "%s", log);
	shut_down(m);
}
END_TEST

/* The lowest hole of the recording that takes it, worked out from its text. */
START_TEST(next_goes_to_the_lowest_hole)
{
	static const uint64_t sizes[] = { 1, 4096, 8192, 16384, 65536, 1 << 20 };
	g_autofree char *path = data_path("vmallocinfo-linux-6.1.txt");
	g_autofree char *text = NULL;
	g_auto(GStrv) lines = NULL;

	ck_assert(g_file_get_contents(path, &text, NULL, NULL));
	lines = g_strsplit(text, "\n", -1);
	for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++) {
		struct machine *m = space_boot(MiB(256), 1);
		g_autofree char *error = NULL;
		vaddr_t want = VMALLOC_START;

		ck_assert_msg(!load_file(m, path, &error), "%s", error);
		for (char **line = lines; **line; line++) {
			vaddr_t start = g_ascii_strtoull(*line, NULL, 16);

			if (start >= want + PAGE_ALIGN(sizes[i]) + PAGE_SIZE)
				break;
			want = g_ascii_strtoull(*line + 19, NULL, 16);
		}
		ck_assert_uint_eq(vmalloc(m, sizes[i], "next"), want);
		shut_down(m);
	}
}
END_TEST

/* Newer kernels print their lists node by node; the last line may come first. */
START_TEST(any_order_of_lines)
{
	struct machine *m = space_boot(MiB(256), 1);
	g_autofree char *path = data_path("vmallocinfo-linux-6.1.txt");
	g_autofree char *want = NULL, *got = NULL;
	g_autoptr(GString) shuffled = g_string_new(NULL);
	g_auto(GStrv) lines = NULL;
	guint n;

	ck_assert(g_file_get_contents(path, &want, NULL, NULL));
	lines = g_strsplit(g_strchomp(want), "\n", -1);
	n = g_strv_length(lines);
	for (guint i = 0; i < n; i++)
		g_string_append_printf(shuffled, "%s\n", lines[(i * 31 + 17) % n]);
	ck_assert_uint_eq(n % 31 != 0, 1);
	load_good(m, shuffled->str);
	got = text_of(show_vmallocinfo, m);
	ck_assert_str_eq(g_strchomp(got), want);
	shut_down(m);
}
END_TEST

/* Our own vmallocinfo, with names of all sorts, is one more version. */
START_TEST(own_text_comes_back)
{
	struct machine *m = space_boot(MiB(64), 1), *n = space_boot(MiB(64), 1);
	g_autofree char *first = NULL, *second = NULL;

	ck_assert(vmalloc(m, 5000, "vmalloc"));
	ck_assert(vmalloc_user(m, 5000, "vmalloc_user/pages=1"));
	ck_assert(vmalloc(m, 5000, "two words\nand [a] line (deleted)"));
	ck_assert(vmalloc(m, 5000, "0x1000"));
	ck_assert(vmalloc(m, 5000, "N0=1"));
	ck_assert(vmalloc(m, 5000, "+0x0/0x1"));
	ck_assert(vmalloc(m, 600 * PAGE_SIZE, "gro\xc3\x9f"));
	ck_assert(ioremap(m, m->io_start, 4096, PAGE_KERNEL_NOCACHE, "ioremap/unpurged"));
	first = text_of(show_vmallocinfo, m);
	load_good(n, first);
	second = text_of(show_vmallocinfo, n);
	ck_assert_str_eq(first, second);
	shut_down(m);
	shut_down(n);
}
END_TEST

/* --- what a layout becomes ------------------------------------------------- */

static void get_area(void *arg, const struct vm_struct *area)
{
	*(struct vm_struct *)arg = *area;
}

START_TEST(areas_as_they_stand)
{
	struct machine *m = space_boot(MiB(64), 1);
	uint64_t free = nr_free_pages(m);
	g_autofree char *log = NULL, *info = NULL;
	struct vm_struct a;

	load_good(m,
		  "0xffffc90000000000-0xffffc90000005000 20480 a+0x1/0x2 pages=4 vmalloc\n"
		  "0xffffc90000005000-0xffffc90000009000 16384 full+0x1/0x2 pages=4 vmalloc\n"
		  "0xffffc90000009000-0xffffc9000000b000 8192 reserved+0x1/0x2 vmap\n"
		  "0xffffc9000000c000-0xffffc9000000e000 8192 ram+0x1/0x2 phys=0x1000 ioremap\n"
		  "0xffffc9000000e000-0xffffc90000010000 8192 dev+0x1/0x2 "
		  "phys=0x0000000fed00000 ioremap\n"
		  "0xffffc90000010000-0xffffc90000020000 65536 unpurged vm_area\n"
		  "0xffffc90000020000-0xffffc90000030000 65536 vm_map_ram\n"
		  "0xffffc90000010000-0xffffc90000012000 8192 unpurged vm_area\n"
		  "0xffffc90000030000-0xffffc90000031000 4096 pcpu_get_vm_areas+0x0/0x2 vmalloc\n"
		  "0xffffffffc0000000-0xffffffffc0002000 8192 mod+0x1/0x2 [m] pages=1 vmalloc\n"
		  "\n");
	ck_assert_uint_eq(free - nr_free_pages(m) - 4 - 4 - 1 < 16, 1); /* page tables */

	ck_assert(vmlist_with(m, VMALLOC_START, get_area, &a));
	ck_assert_uint_eq(a.nr_pages, 4);
	ck_assert_uint_eq(a.flags & (VM_ALLOC | VM_SYMBOL | VM_NO_GUARD), VM_ALLOC | VM_SYMBOL);
	ck_assert_ptr_nonnull(vmalloc_to_page(m, VMALLOC_START + 3 * PAGE_SIZE));
	ck_assert_ptr_null(vmalloc_to_page(m, VMALLOC_START + 4 * PAGE_SIZE));

	ck_assert(vmlist_with(m, VMALLOC_START + 0x5000, get_area, &a));
	ck_assert_uint_eq(a.flags & VM_NO_GUARD, VM_NO_GUARD);
	ck_assert_ptr_nonnull(vmalloc_to_page(m, VMALLOC_START + 0x8000));

	ck_assert_ptr_null(vmalloc_to_page(m, VMALLOC_START + 0x9000));
	for (int i = 0; i < 2; i++) {
		vaddr_t addr = VMALLOC_START + (i ? 0xe000 : 0xc000);
		struct translation t;

		pgtable_walk(m, m->cr3, addr, ACCESS_READ, &t);
		ck_assert_int_eq(t.fault, i ? FAULT_OUTSIDE : FAULT_ABSENT);
		if (i)
			ck_assert_uint_eq(t.phys, 0xfed00000);
	}
	ck_assert(vmlist_with(m, UINT64_C(0xffffffffc0000000), get_area, &a));
	ck_assert_str_eq(a.caller, "mod+0x1/0x2 [m]");

	/* A block of vm_map_ram, and a page without a guard, are areas. */
	ck_assert(vmlist_with(m, VMALLOC_START + 0x20000, get_area, &a));
	ck_assert_uint_eq(a.flags & (VM_MAP_RAM | VM_NO_GUARD), VM_MAP_RAM | VM_NO_GUARD);
	ck_assert(vmlist_with(m, VMALLOC_START + 0x30000, get_area, &a));
	ck_assert_uint_eq(a.flags & VM_NO_GUARD, VM_NO_GUARD);
	ck_assert(!m->crashed);

	/* Freed ranges wait, and are busy until an allocation needs them. */
	ck_assert_uint_eq(vmalloc_nr_lazy(m), 16);
	ck_assert_uint_eq(vmalloc(m, 0xf000, "x"), VMALLOC_START + 0x31000);
	info = text_of(show_vmallocinfo, m);
	ck_assert_ptr_nonnull(strstr(info, " 65536 unpurged vm_area\n"));
	ck_assert_ptr_nonnull(strstr(info, " 65536 vm_map_ram\n"));
	ck_assert_uint_eq(purge_vmap_area_lazy(m), 1);
	ck_assert_uint_eq(vmalloc(m, 0xf000, "x"), VMALLOC_START + 0x10000);

	log = text_of(show_kmsg, m);
	ck_assert_msg(strstr(log, "8 areas with 9 pages"), "%s", log);
	ck_assert_msg(strstr(log, "16 pages wait for a purge"), "%s", log);
	ck_assert_msg(strstr(log, "1 ioremap areas are not mapped"), "%s", log);
	shut_down(m);
}
END_TEST

/* As many pages may wait as in Linux, which depends on the processors; more if they do already. */
START_TEST(enough_may_wait)
{
	static const struct {
		unsigned cpus;
		const char *size;
		uint64_t pages;
	} cases[] = {
		{ 1, "10000", 8192 },
		{ 4, "10000", 3 * 8192 },
		{ 4, "10000000", 0x10000 },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct machine_config c = MACHINE_CONFIG_DEFAULT;
		uint64_t size = g_ascii_strtoull(cases[i].size, NULL, 16);
		g_autofree char *text = g_strdup_printf("0xffffc90000000000-0x%" PRIx64 " %" PRIu64
							" unpurged vm_area\n",
							VMALLOC_START + size, size);
		struct machine *m;

		c.memory = MiB(16);
		c.cpus = cases[i].cpus;
		m = space_boot_config(&c);
		load_good(m, text);
		ck_assert_uint_eq(vmalloc_nr_lazy(m), size >> PAGE_SHIFT);
		ck_assert_uint_eq(vmalloc_lazy_max(m), cases[i].pages);
		/* They wait under Linux's policies too, until the first purge, and go into no pool. */
		ck_assert_int_eq(vmalloc_set_policy(m, VM_LINUX_6_12), 0);
		ck_assert_uint_eq(vmalloc_nr_lazy(m), size >> PAGE_SHIFT);
		ck_assert_uint_eq(vmalloc_lazy_max(m), cases[i].pages);
		ck_assert_uint_eq(purge_vmap_area_lazy(m), 1);
		ck_assert_uint_eq(vmalloc_nr_pooled(m), 0);
		shut_down(m);
	}
}
END_TEST

START_TEST(frames_on_their_nodes)
{
	struct machine *m = space_boot(MiB(64), 2);
	g_autofree char *got = NULL, *log = NULL;
	static const char text[] =
		"0xffffc90000000000-0xffffc90000005000   20480 a+0x1/0x2 pages=4 vmalloc N0=1 N1=3\n"
		"0xffffc90000008000-0xffffc9000000a000    8192 b+0x1/0x2 pages=1 vmalloc N1=1\n";

	load_good(m, text);
	got = text_of(show_vmallocinfo, m);
	ck_assert_str_eq(got, text);
	shut_down(m);

	m = space_boot(MiB(64), 2);
	load_good(m,
		  "0xffffc90000000000-0xffffc90000005000 20480 a+0x1/0x2 pages=4 vmalloc N3=4\n");
	g_free(got);
	got = text_of(show_vmallocinfo, m);
	ck_assert_ptr_nonnull(strstr(got, " N1=4\n"));
	log = text_of(show_kmsg, m);
	ck_assert_ptr_nonnull(strstr(log, "nodes=4"));
	shut_down(m);
}
END_TEST

/* An area without a caller has none. */
START_TEST(missing_caller)
{
	struct machine *m = space_boot(MiB(16), 1);
	g_autofree char *got = NULL, *status = NULL;

	load_good(m, "0xffffc90000000000-0xffffc90000005000 20480 pages=4 vmalloc\n");
	got = text_of(show_vmallocinfo, m);
	ck_assert_str_eq(got, "0xffffc90000000000-0xffffc90000005000   20480 "
			      "pages=4 vmalloc N0=4\n");
	status = text_of(show_status, m);
	ck_assert(g_str_has_suffix(status, " [0xffffc90000000000]\n"));
	shut_down(m);
}
END_TEST

/* Layouts of kernels with KASLR, of the time before 2.6.31, and at the ends of the window. */
START_TEST(areas_anywhere)
{
	struct machine *m = space_boot(MiB(16), 1);
	g_autofree char *got = NULL;
	static const char text[] =
		"0xffffa3c580000000-0xffffa3c580002000    8192 kaslr+0x1/0x2 pages=1 vmalloc N0=1\n"
		"0xffffc20000000000-0xffffc20000002000    8192 old+0x1/0x2 pages=1 vmalloc N0=1\n"
		"0xffffc8fffffff000-0xffffc90000001000    8192 across+0x1/0x2 pages=1 vmalloc N0=1\n"
		"0xffffe8ffffffe000-0xffffe90000000000    8192 last+0x1/0x2 pages=1 vmalloc N0=1\n"
		"0xffffffffffffd000-0xfffffffffffff000    8192 top+0x1/0x2 pages=1 vmalloc N0=1\n";

	load_good(m, text);
	got = text_of(show_vmallocinfo, m);
	ck_assert_str_eq(got, text);
	ck_assert_uint_eq(vmalloc(m, 1, "x"), VMALLOC_START + PAGE_SIZE);
	shut_down(m);
}
END_TEST

START_TEST(windows_line_ends)
{
	struct machine *m = space_boot(MiB(16), 1);

	load_good(m, RANGE " a+0x1/0x2 pages=4 vmalloc\r\n\r\n");
	ck_assert(vmlist_with(m, VMALLOC_START, get_area, &(struct vm_struct){ 0 }));
	shut_down(m);
}
END_TEST

/* Layouts of all kinds of kernels get the memory that they need, and are sound. */
START_TEST(memory_that_is_enough)
{
	static const char *const names[] = {
		"vmallocinfo-x86_64-5.4-jc.txt",
		"vmallocinfo-x86_64-6.12-unsorted.txt",
		"vmallocinfo-x86_64-2.6.25-mm.txt",
		"vmallocinfo-x86_64-4.14-pcpu-32M.txt",
		"vmallocinfo-x86_64-5.10-ghes-grep.txt",
		"vmallocinfo-arm64-6.5-gdb-lx.txt",
		"vmallocinfo-arm64-6.x-drgn.txt",
		"vmallocinfo-arm64-va39-mail-quoted.txt",
		"crash-kmem-v-x86_64.txt",
		"vmallocinfo-x86_64-5level-synthetic.txt",
	};
	const struct load_decided nothing = { 0 };
	g_autofree char *cases = data_path("cases");

	for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
		for (unsigned nodes = 1; nodes <= 4; nodes += 3) {
			const struct listing_options o = { 0 };
			g_autofree char *path = g_build_filename(cases, names[i], NULL);
			g_autofree char *error = NULL;
			struct machine_config c = MACHINE_CONFIG_DEFAULT;
			struct machine *m;
			struct listing *l;

			ck_assert_int_eq(listing_read(path, &o, &l, &error), 0);
			c.nodes = nodes;
			ck_assert_int_eq(load_configure(l, &nothing, &c, &error), 0);
			m = space_boot_config(&c);
			ck_assert_msg(!load_listing(m, l, &error), "%s", error);
			ck_assert_uint_eq(space_areas(m), l->nr_areas);
			ck_assert_uint_eq(vmalloc_nr_lazy(m) > 0, l->nr_unpurged > 0);
			ck_assert_uint_ge(nr_free_pages(m), 1024);
			listing_free(l);
			shut_down(m);
		}
	}
}
END_TEST

START_TEST(from_a_pipe)
{
	struct machine *m = space_boot(MiB(16), 1);
	g_autofree char *error = NULL, *path = NULL;
	int fd[2];

	ck_assert_int_eq(pipe(fd), 0);
	ck_assert_int_gt(write(fd[1], RANGE "\n", sizeof(RANGE)), 0);
	close(fd[1]);
	path = g_strdup_printf("/dev/fd/%d", fd[0]);
	ck_assert_msg(!load_file(m, path, &error), "%s", error);
	close(fd[0]);
	shut_down(m);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("load");
	TCase *t = tcase_create("recording");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, recording_comes_out_as_it_went_in);
	tcase_add_test(t, next_goes_to_the_lowest_hole);
	tcase_add_test(t, any_order_of_lines);
	tcase_add_test(t, own_text_comes_back);
	suite_add_tcase(s, t);

	t = tcase_create("layout");
	tcase_add_test(t, areas_as_they_stand);
	tcase_add_test(t, enough_may_wait);
	tcase_add_test(t, frames_on_their_nodes);
	tcase_add_test(t, missing_caller);
	tcase_add_test(t, areas_anywhere);
	tcase_add_test(t, windows_line_ends);
	tcase_add_test(t, memory_that_is_enough);
	suite_add_tcase(s, t);

	t = tcase_create("bad");
	tcase_set_timeout(t, 120);
	tcase_add_test(t, from_a_pipe);
	suite_add_tcase(s, t);

	return unit_main(s);
}
