/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Booting with a saved layout: the recording of a real kernel comes out as it
 * went in, what a file has wrong costs no more than itself, and a file that
 * this machine cannot have leaves it as it was.  How lines are read is tested in
 * check_listing*.c.
 */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "input/load.h"
#include "texts.h"

static void shut_down(struct machine *m)
{
	space_check(m);
	space_end(m);
}

static int load_bytes(struct machine *m, const char *data, size_t len, char **error)
{
	g_autofree char *path = NULL;
	int fd = g_file_open_tmp("check_load.XXXXXX", &path, NULL);
	int err;

	ck_assert_int_ge(fd, 0);
	close(fd);
	ck_assert(g_file_set_contents(path, data, (gssize)len, NULL));
	*error = NULL;
	err = load_file(m, path, error);
	ck_assert_int_eq(err != 0, *error != NULL);
	if (*error) {
		ck_assert_msg(g_str_has_prefix(*error, path), "%s", *error);
		ck_assert_ptr_null(strchr(*error, '\n'));
	}
	g_unlink(path);
	return err;
}

static void load_good(struct machine *m, const char *text)
{
	g_autofree char *error = NULL;
	int err = load_bytes(m, text, strlen(text), &error);

	ck_assert_msg(!err, "%s", error);
}

/*
 * Loads something bad into a machine of its own.  The message has every word
 * of `words` (separated by '|'), and nothing of the file has stayed.
 */
static void load_bad_bytes(uint64_t memory, const char *data, size_t len, int want,
			   const char *words)
{
	struct machine *m = space_boot(memory, 1);
	g_autofree char *error = NULL, *info = NULL;
	g_auto(GStrv) word = g_strsplit(words, "|", -1);
	uint64_t free = nr_free_pages(m);
	struct show_generation seen = show_generation_now(m);

	ck_assert_int_eq(load_bytes(m, data, len, &error), want);
	for (char **w = word; *w; w++)
		ck_assert_msg(strstr(error, *w), "no '%s' in: %s", *w, error);
	info = text_of(show_vmallocinfo, m);
	ck_assert_str_eq(info, "");
	ck_assert_uint_eq(nr_free_pages(m), free);
	ck_assert(!show_changed_since(m, &seen)); /* nor was anything tried */
	shut_down(m);
}

static void load_bad(const char *text, int want, const char *words)
{
	load_bad_bytes(MiB(16), text, strlen(text), want, words);
}

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
	ck_assert_msg(strstr(log, "3 areas outside"), "%s", log);
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

#define RANGE "0xffffc90000000000-0xffffc90000005000   20480"
#define RANGE_2 "0xffffc90000008000-0xffffc9000000a000    8192"

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

/* --- bad input ------------------------------------------------------------- */

static const struct bad {
	const char *text;
	const char *words;
} bad[] = {
	/* hashed or hidden addresses */
	{ "0x00000000d3b1f6d2-0x00000000f2b6a7a0   20480 a+0x1/0x2 pages=4 vmalloc\n",
	  "hashed|no_hash_pointers|kptr_restrict" },
	{ "0x00000000d3b1f000-0x00000000f2b6a000   20480 a+0x1/0x2 pages=4 vmalloc\n", "hashed" },
	{ "0x0000000000000000-0x0000000000000000   20480 a+0x1/0x2 pages=4 vmalloc\n", "hashed" },
	{ "0x(____ptrval____)-0x(____ptrval____)   20480 a+0x1/0x2 pages=4 vmalloc\n", "hashed" },
	{ "0x        (ptrval)-0x        (ptrval)   20480 a+0x1/0x2 pages=4 vmalloc\n", "hashed" },
	{ "(ptrval)-(ptrval) 20480 a+0x1/0x2 pages=4 vmalloc\n", "hashed" },
	{ "0x          (null)-0x          (null)   20480 a+0x1/0x2 pages=4 vmalloc\n", "hashed" },
	/* addresses of other machines */
	{ "0xf0800000-0xf0802000 8192 a+0x1/0x2 phys=a0000 ioremap\n", "x86-64|vmallocfs-info" },
	{ "0xffa0000000000000-0xffa0000000002000 8192 a+0x1/0x2\n", "x86-64|vmallocfs-info" },
	{ "0x00007f0000000000-0x00007f0000002000 8192 a+0x1/0x2\n", "x86-64" },
	{ "0xc008000000000000-0xc008000000020000 131072 a+0x1/0x2 pages=1 vmalloc\n", "x86-64" },
	/* no layout at all */
	{ "", "no area" },
	{ "\n\n", "no area" },
	{ "hello\n", "no area" },
	{ "MemTotal:         983744 kB\n", "no area" },
	{ "START-END SIZE PAGES FLAGS NAME\n", "no area" },
	{ "0xffffc90000008000-0xffffc9000000a000\n", "no area" },
};

START_TEST(bad_input)
{
	load_bad(bad[_i].text, -EINVAL, bad[_i].words);
}
END_TEST

/* What begins as a dump does is read as one, or not at all. */
START_TEST(no_dump)
{
	load_bad("\x7f"
		 "ELF\x02\x01\x01\n",
		 -ENOTSUP, "dump");
}
END_TEST

/* What is wrong with a line costs no more than the line. */
static const struct {
	const char *text;
	uint64_t areas;
} flawed[] = {
	{ RANGE "\nhello\n" RANGE_2 "\n", 2 },
	{ RANGE "\n0xffffc90000008000-0xffffc9000000a000 8193\n", 1 },
	{ RANGE "\n0xffffc90000008100-0xffffc9000000a100 8192\n", 1 },
	{ RANGE "\n0xffffc9000000a000-0xffffc90000008000 8192\n", 1 },
	{ RANGE "\n0xffffc90000008000-0xffffc90000008000 0\n", 1 },
	{ RANGE "\n0xffffc90000008000-0xffffc9000000a0\n", 1 },
	{ RANGE "\n0xffffc90000008000-", 1 },
	{ RANGE "\n" RANGE_2 " a+0x1/0x2 pages=1 vmalloc N0=1", 2 },
	/* overlaps: what comes first in the file stays */
	{ RANGE_2 "\n" RANGE "\n0xffffc90000004000-0xffffc90000006000 8192\n", 2 },
	{ RANGE "\n" RANGE_2 "\n" RANGE "\n", 2 },
	{ RANGE_2 "\n0xffffc90000000000-0xffffc90000100000 1048576\n", 1 },
	/* in the way of this machine's own */
	{ RANGE "\n0xffff888000000000-0xffff888000002000 8192 a+0x1/0x2\n", 1 },
	{ RANGE "\n0xffff887ffffff000-0xffffc8ffffffe000 70918499983360 a+0x1/0x2\n", 1 },
	{ RANGE "\n0xffffea0000000000-0xffffea0000002000 8192 a+0x1/0x2\n", 1 },
	{ RANGE "\n0xffffffffffffe000-0x0000000000000000 8192 a+0x1/0x2\n", 1 },
	/* fields that cannot be: the area is one all the same */
	{ RANGE " a+0x1/0x2 pages=6 vmalloc\n", 1 },
	{ RANGE " a+0x1/0x2 pages=18446744073709551616 vmalloc\n", 1 },
	{ RANGE " a+0x1/0x2 pages=18446744073709551615 vmalloc\n", 1 },
	{ RANGE " a+0x1/0x2 pages=-1 vmalloc\n", 1 },
	{ RANGE " a+0x1/0x2 pages=4 pages=4 vmalloc vmalloc\n", 1 },
	{ RANGE " a+0x1/0x2 pages=4 vmalloc N0=3\n", 1 },
	{ RANGE " a+0x1/0x2 pages=4 vmalloc N0=2 N0=2\n", 1 },
	{ RANGE " a+0x1/0x2 pages=4 vmalloc N0=18446744073709551615 N1=5\n", 1 },
	{ RANGE " a+0x1/0x2 pages=4 vmalloc N65535=4 N99999=4 N9\n", 1 },
	{ RANGE " a+0x1/0x2 phys=xyz ioremap\n", 1 },
	{ RANGE " a+0x1/0x2 phys=0xffffffffffffffff ioremap\n", 1 },
	{ RANGE " a+0x1/0x2 pages=4 ioremap\n", 1 },
	{ RANGE " a+0x1/0x2 pages=4 vmal b+0x1/0x2\n", 1 },
};

START_TEST(flawed_input)
{
	for (unsigned nodes = 1; nodes <= 2; nodes++) {
		struct machine *m = space_boot(MiB(16), nodes);

		load_good(m, flawed[_i].text);
		ck_assert_uint_eq(space_areas(m), flawed[_i].areas);
		ck_assert(!m->crashed);
		shut_down(m);
	}
}
END_TEST

START_TEST(binary_junk)
{
	GRand *r = g_rand_new_with_seed(7);
	static char junk[65536];

	for (int i = 0; i < 8; i++) {
		for (size_t j = 0; j < sizeof(junk); j++)
			junk[j] = (char)g_rand_int(r);
		load_bad_bytes(MiB(16), junk, sizeof(junk), -EINVAL, "no area");
	}
	memset(junk, 0, sizeof(junk));
	load_bad_bytes(MiB(16), junk, sizeof(junk), -EINVAL, "no area");
	g_rand_free(r);
}
END_TEST

START_TEST(line_of_a_megabyte)
{
	g_autofree char *letters = g_strnfill(1 << 20, 'a');
	g_autofree char *text = g_strconcat(letters, "\n" RANGE "\n", letters, NULL);
	struct machine *m = space_boot(MiB(16), 1);

	load_good(m, text);
	ck_assert_uint_eq(space_areas(m), 1);
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

/* Too many frames: told with the memory= that is enough, and it is. */
START_TEST(too_many_pages)
{
	static const char *const layouts[] = {
		/* 32 MiB in one area */
		"0xffffc90000000000-0xffffc90002001000 33558528 a+0x1/0x2 pages=8192 vmalloc\n",
		/* a page in each of three far places: tables count as well */
		"0xffffc90000000000-0xffffc90000e01000 14684160 a+0x1/0x2 pages=3584 vmalloc\n"
		"0xffffca0000000000-0xffffca0000e01000 14684160 b+0x1/0x2 pages=3584 vmalloc\n"
		"0xffffffffc0000000-0xffffffffc0002000 8192 c+0x1/0x2 pages=1 vmalloc\n",
		/* 8 GiB of device memory: two thousand page tables and more */
		"0xffffc90000000000-0xffffc90200001000 8589938688 phys=0x10000000000 ioremap\n",
	};

	for (size_t i = 0; i < G_N_ELEMENTS(layouts); i++) {
		struct machine *m = space_boot(MiB(4), 1);
		g_autofree char *error = NULL;
		uint64_t memory, free = nr_free_pages(m);
		char *p;

		ck_assert_int_eq(load_bytes(m, layouts[i], strlen(layouts[i]), &error), -ENOMEM);
		ck_assert_uint_eq(nr_free_pages(m), free);
		p = strstr(error, "memory=");
		ck_assert_msg(p, "%s", error);
		memory = g_ascii_strtoull(p + 7, &p, 10);
		ck_assert_str_eq(p, "M");
		shut_down(m);

		m = space_boot(MiB(memory), 1);
		load_good(m, layouts[i]);
		shut_down(m);
	}
}
END_TEST

START_TEST(more_pages_than_any_machine)
{
	load_bad("0xffffc90000000000-0xffffd10000000000 8796093022208 a+0x1/0x2 pages=2147483647\n"
		 "0xffffd10000000000-0xffffe10000000000 17592186044416 a+0x1/0x2 pages=4294967295\n"
		 "0xffff880000000000-0xffff888000000000 549755813888 a+0x1/0x2 pages=134217727\n"
		 "0xffffa00000000000-0xffffb80000000000 26388279066624 a+0x1/0x2 "
		 "pages=6442450943\n",
		 -ENOMEM, "more than any");
}
END_TEST

/* A failure at any step of making the areas takes back those that were made. */
START_TEST(failure_takes_all_back)
{
	g_autofree char *path = data_path("vmallocinfo-linux-6.1.txt");
	struct {
		const char *name;
		size_t offset;
	} points[] = {
		{ "frame", offsetof(struct machine, fail_page_alloc) },
		{ "table", offsetof(struct machine, fail_table) },
		{ "descriptor", offsetof(struct machine, failslab) },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(points); i++) {
		for (uint64_t nth = 1;; nth += 1 + nth / 8) {
			struct machine *m = space_boot(MiB(64), 1);
			struct fault_attr *point = (void *)((char *)m + points[i].offset);
			g_autofree char *error = NULL, *info = NULL;
			uint64_t free = nr_free_pages(m);
			uint64_t tables = m->nr_table_frames;
			uint64_t live = m->kmalloc_live;
			int err;

			point->nth = nth;
			err = load_file(m, path, &error);
			if (!err) {
				ck_assert_msg(nth > 3, "no %s was asked for", points[i].name);
				shut_down(m);
				break;
			}
			ck_assert_int_eq(err, -ENOMEM);
			ck_assert_msg(strstr(error, "line "), "%s", error);
			info = text_of(show_vmallocinfo, m);
			ck_assert_str_eq(info, "");
			/* Page tables stay once they are there. */
			ck_assert_uint_eq(nr_free_pages(m) + m->nr_table_frames, free + tables);
			ck_assert_msg(m->kmalloc_live <= live + 4, "%lu descriptors lost",
				      m->kmalloc_live - live);
			shut_down(m);
		}
	}
}
END_TEST

/* The machine has an area already: that one stays. */
START_TEST(place_taken)
{
	struct machine *m = space_boot(MiB(64), 1);
	g_autofree char *path = data_path("vmallocinfo-linux-6.1.txt");
	g_autofree char *error = NULL, *before = NULL, *after = NULL;

	ck_assert(get_vm_area(m, 0x100000, VM_ALLOC, "mine"));
	before = text_of(show_vmallocinfo, m);
	ck_assert_int_eq(load_file(m, path, &error), -EEXIST);
	ck_assert_msg(strstr(error, "line 1:"), "%s", error);
	after = text_of(show_vmallocinfo, m);
	ck_assert_str_eq(before, after);
	shut_down(m);
}
END_TEST

START_TEST(files_that_are_none)
{
	struct machine *m = space_boot(MiB(16), 1);
	g_autofree char *dir = g_dir_make_tmp("check_load.XXXXXX", NULL);
	g_autofree char *missing = g_build_filename(dir, "no such\nfile", NULL);
	g_autofree char *error = NULL;

	ck_assert_int_eq(load_file(m, missing, &error), -ENOENT);
	ck_assert_ptr_null(strchr(error, '\n'));
	g_clear_pointer(&error, g_free);
	ck_assert_int_eq(load_file(m, dir, &error), -EISDIR);
	g_clear_pointer(&error, g_free);
	ck_assert_int_eq(load_file(m, "/dev/zero", &error), -EINVAL);
	g_clear_pointer(&error, g_free);
	ck_assert_int_eq(load_file(m, "/dev/null", &error), -EINVAL);
	g_rmdir(dir);
	shut_down(m);
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
	tcase_add_test(t, frames_on_their_nodes);
	tcase_add_test(t, missing_caller);
	tcase_add_test(t, areas_anywhere);
	tcase_add_test(t, windows_line_ends);
	tcase_add_test(t, memory_that_is_enough);
	suite_add_tcase(s, t);

	t = tcase_create("bad");
	tcase_set_timeout(t, 120);
	tcase_add_loop_test(t, bad_input, 0, G_N_ELEMENTS(bad));
	tcase_add_test(t, no_dump);
	tcase_add_loop_test(t, flawed_input, 0, G_N_ELEMENTS(flawed));
	tcase_add_test(t, binary_junk);
	tcase_add_test(t, line_of_a_megabyte);
	tcase_add_test(t, too_many_pages);
	tcase_add_test(t, more_pages_than_any_machine);
	tcase_add_test(t, failure_takes_all_back);
	tcase_add_test(t, place_taken);
	tcase_add_test(t, files_that_are_none);
	tcase_add_test(t, from_a_pipe);
	suite_add_tcase(s, t);

	return unit_main(s);
}
