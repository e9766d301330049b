/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The texts of a machine: status, vmallocinfo, kmsg, and the counters that say when
 * a text is old.
 */
#include "listings.h"
#include "show/digits.h"
#include "texts.h"

static struct machine *boot(uint64_t memory, uint64_t window, unsigned nodes)
{
	struct machine_config c = MACHINE_CONFIG_DEFAULT;

	c.memory = memory;
	c.vmalloc_size = window;
	c.nodes = nodes;
	return space_boot_config(&c);
}

/* What `awk '/^KEY:/{print $2}'` prints. */
static char *figure(const char *status, const char *key)
{
	g_auto(GStrv) lines = g_strsplit(status, "\n", -1);
	g_autofree char *prefix = g_strconcat(key, ": ", NULL);

	for (char **line = lines; **line; line++)
		if (g_str_has_prefix(*line, prefix))
			return g_strndup(*line + strlen(prefix),
					 strcspn(*line + strlen(prefix), " "));
	ck_abort_msg("status has no %s", key);
}

static uint64_t number(const char *status, const char *key)
{
	g_autofree char *word = figure(status, key);
	char *end;
	uint64_t v = g_ascii_strtoull(word, &end, 10);

	ck_assert_msg(end > word && !*end, "%s is no number: %s", key, word);
	return v;
}

/*
 * The small machine of the golden files: 16 MiB, two nodes, a window of 8 MiB,
 * an area of each kind, and names that would break lines and columns.
 */
static struct machine *small_machine(void)
{
	struct machine *m = boot(MiB(16), MiB(8), 2);
	struct page *pages[3];
	vaddr_t hole, a;

	a = vmalloc(m, 65536, "a");
	ck_assert(a);
	hole = vmalloc(m, 40960, "gone");
	ck_assert(vmalloc_user(m, 1, "vmalloc_user/two words"));
	ck_assert(vmalloc_node(m, 10000, 1, "vmalloc_node/1/new\nline\ttab\\\x7f\x01"));
	ck_assert(vmalloc(m, 600 * PAGE_SIZE, "large"));
	ck_assert_int_eq(vm_area_pages(m, a, 1, 3, pages), 0);
	ck_assert(vmap(m, pages, 3, VM_MAP, PAGE_KERNEL, "vmap/z\xc3\xa4h (deleted)"));
	for (int i = 0; i < 3; i++)
		put_page(m, pages[i]);
	ck_assert(ioremap(m, m->io_start, 8192, PAGE_KERNEL_NOCACHE, "ioremap/dev"));
	ck_assert(get_vm_area(m, 4096, 0, NULL));
	vfree(m, hole);
	return m;
}

/* Puts a figure in the place of @KEY@. */
__attribute__((format(printf, 3, 4))) static void fill_in(GString *golden, const char *key,
							  const char *format, ...)
{
	g_autofree char *place = g_strdup_printf("@%s@", key);
	g_auto(GStrv) parts = g_strsplit(golden->str, place, -1);
	g_autofree char *value = NULL;
	g_autofree char *filled = NULL;
	va_list ap;

	va_start(ap, format);
	value = g_strdup_vprintf(format, ap);
	va_end(ap);
	filled = g_strjoinv(value, parts);
	g_string_assign(golden, filled);
}

/* What a golden file says, with the figures that the layers below decide filled in. */
static char *golden_file(const char *name, struct machine *m)
{
	g_autofree char *text = data_file(name);
	GString *s = g_string_new(text);

	fill_in(s, "cr3", "0x%016lx", m->cr3);
	fill_in(s, "io_start", "0x%016lx", m->io_start);
	fill_in(s, "tables", "%lu (%luK)", m->nr_table_frames, m->nr_table_frames * 4);
	fill_in(s, "host", "%lu (%.3gK)", m->host_used, (double)m->host_used / 1024);
	fill_in(s, "tlb", "%lu", m->nr_flush_tlb);
	fill_in(s, "vmap", "%lu", m->nr_flush_cache_vmap);
	fill_in(s, "vunmap", "%lu", m->nr_flush_cache_vunmap);
	fill_in(s, "free", "%lu (%.3gM)", nr_free_pages(m), (double)nr_free_pages(m) / 256);
	return g_string_free(s, FALSE);
}

START_TEST(status_golden)
{
	struct machine *m = small_machine();
	g_autofree char *text = text_of(show_status, m);
	g_autofree char *golden = golden_file("show-status.txt", m);

	ck_assert_str_eq(text, golden);
	space_end(m);
}
END_TEST

START_TEST(vmallocinfo_golden)
{
	struct machine *m = small_machine();
	g_autofree char *text = text_of(show_vmallocinfo, m);
	g_autofree char *golden = golden_file("show-vmallocinfo.txt", m);

	ck_assert_str_eq(text, golden);
	space_end(m);
}
END_TEST

/* Freed and not purged: a figure in status, and lines after all others in vmallocinfo. */
START_TEST(lazy_ranges)
{
	struct machine *m = boot(MiB(16), MiB(1), 1);
	vaddr_t a = vmalloc(m, 65536, "a");
	g_autofree char *status = NULL;
	g_autofree char *info = NULL;
	g_autofree char *after = NULL;
	vaddr_t b = vmalloc(m, 1, "b");
	vaddr_t c = vmalloc(m, 5000, "c");

	vmalloc_set_lazy_max(m, 1000);
	vfree(m, a);
	vfree(m, c);
	ck_assert(b);
	status = text_of(show_status, m);
	ck_assert_uint_eq(number(status, "areas"), 1);
	ck_assert_uint_eq(number(status, "lazy"), 65536 + 2 * 4096 + 2 * 4096);
	ck_assert_uint_eq(number(status, "holes"), 1);
	ck_assert_ptr_null(strstr(status, " a\n"));
	info = text_of(show_vmallocinfo, m);
	ck_assert_str_eq(
		info,
		"0xffffc90000011000-0xffffc90000013000    8192 b+0x0/0x1 pages=1 vmalloc N0=1\n"
		"0xffffc90000000000-0xffffc90000011000   69632 unpurged vm_area\n"
		"0xffffc90000013000-0xffffc90000016000   12288 unpurged vm_area\n");
	purge_vmap_area_lazy(m);
	after = text_of(show_status, m);
	ck_assert_uint_eq(number(after, "lazy"), 0);
	ck_assert_uint_eq(number(after, "holes"), 2);
	space_end(m);
}
END_TEST

/* The columns of the example that the format was drawn up with. */
START_TEST(status_columns)
{
	struct machine *m = boot(MiB(16), MiB(1), 1);
	g_autofree char *text = NULL;

	ck_assert(vmalloc(m, 65536, "a"));
	text = text_of(show_status, m);
	ck_assert_ptr_nonnull(strstr(
		text,
		"\n\n"
		"START-END                                 SIZE PAGES FLAGS                NAME\n"
		"0xffffc90000000000-0xffffc90000011000    69632    16 vmalloc              a\n"));
	ck_assert(g_str_has_suffix(text, " a\n"));
	space_end(m);
}
END_TEST

START_TEST(status_of_nothing)
{
	struct machine *m = boot(MiB(16), MiB(1), 1);
	g_autofree char *text = text_of(show_status, m);
	g_autofree char *info = text_of(show_vmallocinfo, m);

	ck_assert_uint_eq(number(text, "areas"), 0);
	ck_assert_uint_eq(number(text, "largest_hole"), (1 << 20) - PAGE_SIZE);
	ck_assert_uint_eq(number(text, "frames"), 4096);
	ck_assert(g_str_has_suffix(text, " NAME\n"));
	ck_assert_str_eq(info, "");
	space_end(m);
}
END_TEST

/* Sizes for people are rounded to tenths, and up to the next unit where that is what it comes to. */
START_TEST(sizes_are_rounded)
{
	static const struct {
		uint64_t memory;
		const char *words;
	} cases[] = {
		{ MEMORY_MIN, "memory 1M," },
		{ (UINT64_C(1) << 30) - PAGE_SIZE, "memory 1G," },
		{ MiB(1200), "memory 1.2G," },
		{ MiB(1000), "memory 1000M," },
		{ UINT64_C(24) << 30, "memory 24G," }, /* as much as tools leave room for */
	};

	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct machine *m = boot(cases[i].memory, MiB(1), 1);
		g_autofree char *text = text_of(show_status, m);

		ck_assert_msg(strstr(text, cases[i].words), "%s: %s", cases[i].words, text);
		space_end(m);
	}
}
END_TEST

/* largest_hole is what the largest request may take, guard included. */
START_TEST(largest_hole_fits)
{
	struct machine *m = boot(MiB(16), MiB(1), 1);
	g_autofree char *text = NULL;
	uint64_t largest;

	for (int i = 0; i < 9; i++) {
		vaddr_t hole = vmalloc(m, 4096 * (1 + i % 3), "hole");

		ck_assert(vmalloc(m, 8192, "keep"));
		if (i % 2)
			vfree(m, hole);
	}
	text = text_of(show_status, m);
	largest = number(text, "largest_hole");
	ck_assert_uint_eq(vmalloc(m, largest - PAGE_SIZE + 1, "too much"), 0);
	ck_assert_int_eq(errno, ENOSPC);
	ck_assert(vmalloc(m, largest - PAGE_SIZE, "fits"));
	space_end(m);
}
END_TEST

START_TEST(status_keys)
{
	static const char *const keys[] = {
		"machine",	"cr3",		 "vmalloc",
		"areas",	"mapped",	 "unmapped",
		"guards",	"holes",	 "free",
		"largest_hole", "fragmentation", "span_fragmentation",
		"frames",	"free_frames",	 "page_table_frames",
		"host_memory",	"host_limit",	 "policy",
	};
	struct machine *m = small_machine();
	g_autofree char *text = text_of(show_status, m);
	g_autofree char *policy = figure(text, "policy");

	for (size_t i = 0; i < G_N_ELEMENTS(keys); i++)
		g_free(figure(text, keys[i]));
	ck_assert_str_eq(policy, "first-fit");
	ck_assert_uint_eq(number(text, "free_frames"), nr_free_pages(m));
	ck_assert_uint_eq(number(text, "page_table_frames"), m->nr_table_frames);
	ck_assert_uint_eq(number(text, "mapped") + number(text, "unmapped") +
				  number(text, "guards") + number(text, "free") + PAGE_SIZE,
			  MiB(8));
	space_end(m);
}
END_TEST

/* A "Bad page state" that the log leaves out for want of room is still counted. */
START_TEST(counters_are_told)
{
	struct machine *m = small_machine();
	struct show_generation before;

	for (unsigned i = 0; i < 50; i++) {
		g_autofree char *text = NULL;

		before = show_generation_now(m);
		bad_page(m, 1);
		ck_assert(show_changed_since(m, &before));
		text = text_of(show_status, m);
		ck_assert_uint_eq(number(text, "nr_bad_page"), i + 1);
	}
	space_end(m);
}
END_TEST

START_TEST(crash_is_told)
{
	struct machine *m = boot(MiB(16), MiB(1), 1);
	struct show_generation before = show_generation_now(m);
	g_autofree char *sound = text_of(show_status, m);
	g_autofree char *crashed = NULL;

	m->crashed = true; /* without the line in the log */
	ck_assert(show_changed_since(m, &before));
	crashed = text_of(show_status, m);
	ck_assert_ptr_null(strstr(sound, "crashed"));
	ck_assert_ptr_nonnull(strstr(crashed, "crashed"));
	space_end(m);
}
END_TEST

/* A large area's array stands under its owner's name, also after a rename. */
START_TEST(arrays_have_owners)
{
	struct machine *m = boot(MiB(64), MiB(64), 1);
	vaddr_t a = vmalloc(m, 600 * PAGE_SIZE, "a");
	g_autofree char *text = NULL, *info = NULL;

	ck_assert(a);
	ck_assert_int_eq(vm_set_caller(m, a, "b c"), 0);
	text = text_of(show_status, m);
	info = text_of(show_vmallocinfo, m);
	ck_assert_ptr_nonnull(strstr(text, "   600 vmalloc,vpages       b\\040c\n"));
	ck_assert_ptr_nonnull(strstr(text, "     2 vmalloc              [pages:b\\040c]\n"));
	ck_assert_ptr_nonnull(
		strstr(info, " 2461696 b\\040c+0x0/0x258000 pages=600 vmalloc vpages N0=600\n"));
	ck_assert_ptr_nonnull(strstr(info, "   12288 b\\040c+0x0/0x258000 pages=2 vmalloc N0=2\n"));
	space_end(m);
}
END_TEST

START_TEST(symbols_stand_as_they_are)
{
	struct machine *m = boot(MiB(16), MiB(8), 1);
	const struct vm_restore r = { .addr = MODULES_VADDR,
				      .size = 3 * PAGE_SIZE,
				      .nr_pages = 2,
				      .flags = VM_ALLOC | VM_SYMBOL,
				      .caller = "load_module+0x1/0x2 [mod]" };
	g_autofree char *text = NULL, *info = NULL;

	ck_assert_int_eq(vm_restore_area(m, &r), 0);
	text = text_of(show_status, m);
	info = text_of(show_vmallocinfo, m);
	ck_assert(
		g_str_has_suffix(text, " vmalloc              [load_module+0x1/0x2\\040[mod]]\n"));
	ck_assert_str_eq(info, "0xffffffffa0000000-0xffffffffa0003000   12288 "
			       "load_module+0x1/0x2 [mod] pages=2 vmalloc N0=2\n");
	/* It is in the modules' space, and in no figure of the other. */
	ck_assert_ptr_null(strstr(text, "outside"));
	ck_assert_uint_eq(number(text, "modules_areas"), 1);
	ck_assert_uint_eq(number(text, "modules_mapped"), 2 * PAGE_SIZE);
	ck_assert_uint_eq(number(text, "modules_guards"), PAGE_SIZE);
	ck_assert_uint_eq(number(text, "mapped"), 0);
	ck_assert_uint_eq(number(text, "guards"), 0);
	space_end(m);
}
END_TEST

/* Many lines: in order, none lost, and each can be read back. */
START_TEST(long_listing)
{
	struct machine *m = boot(MiB(256), VMALLOC_SIZE_MAX, 1);
	g_autofree char *text = NULL, *info = NULL;
	g_auto(GStrv) lines = NULL, rows = NULL;
	const int n = 5000;
	struct listing *l;

	for (int i = 0; i < n; i++) {
		g_autofree char *name = g_strdup_printf("file \n%d", i);

		ck_assert(vmalloc(m, 1 + 4096 * (uint64_t)(i % 3), name));
	}
	info = text_of(show_vmallocinfo, m);
	lines = g_strsplit(info, "\n", -1);
	l = listing_of(info);
	ck_assert_uint_eq(l->passed_over, 0);
	text = text_of(show_status, m);
	rows = g_strsplit(strstr(text, " NAME\n") + 6, "\n", -1);
	ck_assert_int_eq(g_strv_length(lines), n + 1);
	ck_assert_int_eq(g_strv_length(rows), n + 1);
	for (int i = 0; i < n; i++) {
		g_autofree char *caller =
			g_strdup_printf("file\\040\\012%d+0x0/0x%x", i, 1 + 4096 * (i % 3));
		g_autofree char *name = g_strdup_printf(" file\\040\\012%d", i);
		const struct listed *a = listing_area(l, (guint)i);

		ck_assert_uint_eq(a->pages, (unsigned)(1 + i % 3));
		ck_assert_str_eq(listing_name(l, a->caller), caller);
		ck_assert(g_str_has_suffix(rows[i], name));
		ck_assert_int_eq(memcmp(rows[i], lines[i], RANGE_MAX), 0);
	}
	listing_free(l);
	space_end(m);
}
END_TEST

START_TEST(kmsg_is_the_log)
{
	struct machine *m = boot(MiB(16), MiB(1), 1);
	g_autofree char *text = NULL;

	printk(m, KERN_WARNING, "one %d", 1);
	text = text_of(show_kmsg, m);
	ck_assert(g_str_has_suffix(text, "] one 1\n"));
	ck_assert(g_str_has_prefix(strrchr(g_strchomp(text), '\n') + 1, "<4>["));
	space_end(m);
}
END_TEST

/* Whatever changes a text changes a counter, and nothing else does. */
START_TEST(generation_changes)
{
	struct machine *m = boot(MiB(16), MiB(1), 1);
	struct show_generation seen = show_generation_now(m);
	struct vm_struct *area;
	struct page *page;
	vaddr_t a;

#define CHANGES(what)                                                                              \
	do {                                                                                       \
		what;                                                                              \
		ck_assert_msg(show_changed_since(m, &seen), #what);                                \
		seen = show_generation_now(m);                                                     \
	} while (0)

	CHANGES(a = vmalloc(m, 4096, "a"));
	CHANGES(ck_assert_int_eq(vm_set_caller(m, a, "b"), 0));
	CHANGES(ck_assert_int_eq(vresize(m, a, 8192, &a), 0));
	CHANGES(ck_assert_int_eq(vresize(m, a, 8191, &a), 0)); /* the size asked for is shown */
	CHANGES(vfree(m, a));
	CHANGES(area = get_vm_area(m, 4096, VM_IOREMAP, "io"));
	CHANGES(free_vm_struct(m, remove_vm_area(m, area->addr)));
	CHANGES(printk(m, KERN_INFO, "news"));
	CHANGES(page = alloc_pages(m, GFP_KERNEL, 0, 0));
	CHANGES(put_page(m, page));

	g_bytes_unref(show_status(m));
	g_bytes_unref(show_vmallocinfo(m));
	g_bytes_unref(show_kmsg(m));
	ck_assert(!show_changed_since(m, &seen));
	space_end(m);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("show");
	TCase *t = tcase_create("texts");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, status_golden);
	tcase_add_test(t, vmallocinfo_golden);
	tcase_add_test(t, lazy_ranges);
	tcase_add_test(t, status_columns);
	tcase_add_test(t, status_of_nothing);
	tcase_add_test(t, status_keys);
	tcase_add_test(t, sizes_are_rounded);
	tcase_add_test(t, largest_hole_fits);
	tcase_add_test(t, crash_is_told);
	tcase_add_test(t, counters_are_told);
	tcase_add_test(t, arrays_have_owners);
	tcase_add_test(t, symbols_stand_as_they_are);
	tcase_add_test(t, long_listing);
	tcase_add_test(t, kmsg_is_the_log);
	tcase_add_test(t, generation_changes);
	suite_add_tcase(s, t);

	return unit_main(s);
}
