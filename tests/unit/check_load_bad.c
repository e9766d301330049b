/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Layouts that are wrong: what is wrong with a file costs no more than itself, and
 * a file that this machine cannot have leaves it as it was.
 */
#include "loads.h"

#define RANGE_2 "0xffffc90000008000-0xffffc9000000a000    8192"

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

int main(void)
{
	Suite *s = suite_create("load_bad");
	TCase *t = tcase_create("bad");

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
	suite_add_tcase(s, t);

	return unit_main(s);
}
