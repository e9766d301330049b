/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The texts of a machine: names and words, figures, status, vmallocinfo, kmsg,
 * and the counters that say when a text is old.
 */
#include "listings.h"
#include "show/digits.h"
#include "show/figures.h"
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

/* --- names, words, digits -------------------------------------------------- */

START_TEST(escape_every_byte)
{
	for (int c = 1; c < 256; c++) {
		char name[] = { 'a', (char)c, 'b', '\0' };
		g_autoptr(GString) out = g_string_new("x");
		g_autofree char *octal = g_strdup_printf("xa\\%03ob", c);
		g_autofree char *plain = g_strdup_printf("xa%cb", c);
		bool special = c <= ' ' || c == '\\' || c >= 0x7f; /* alone no UTF-8 */

		show_escape(out, name);
		ck_assert_str_eq(out->str, special ? octal : plain);
		ck_assert_uint_eq(out->len, strlen(out->str));
	}
}
END_TEST

/* Characters that steer a terminal are escaped byte by byte, all others stay. */
START_TEST(escape_utf8)
{
	static const struct {
		const char *name;
		const char *want;
	} cases[] = {
		{ "\303\251t\303\251", "\303\251t\303\251" },
		{ "\342\202\254", "\342\202\254" },		/* a euro sign */
		{ "\360\237\220\247", "\360\237\220\247" },	/* a penguin */
		{ "a\302\2332J", "a\\302\\2332J" },		/* U+009B */
		{ "a\2332J", "a\\2332J" },			/* its byte */
		{ "\302\240", "\302\240" },			/* after the last of C1 */
		{ "a\342\200\256gpj", "a\\342\\200\\256gpj" },	/* U+202E */
		{ "\342\201\247x", "\\342\\201\\247x" },	/* U+2067 */
		{ "\342\200\250", "\\342\\200\\250" },		/* a line separator */
		{ "\300\212", "\\300\\212" },			/* a newline, too long */
		{ "\355\240\200", "\\355\\240\\200" },		/* half a pair */
		{ "\364\220\200\200", "\\364\\220\\200\\200" }, /* after the last one */
		{ "\342\202", "\\342\\202" },			/* cut off */
	};

	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GString) out = g_string_new(NULL);

		show_escape(out, cases[i].name);
		ck_assert_str_eq(out->str, cases[i].want);
	}
}
END_TEST

START_TEST(escape_long)
{
	g_autofree char *name = g_strnfill(255, '\n');
	g_autoptr(GString) out = g_string_new(NULL);

	show_escape(out, name);
	ck_assert_uint_eq(out->len, 4 * 255);
	show_escape(out, "");
	ck_assert_uint_eq(out->len, 4 * 255);
	for (gsize i = 0; i < out->len; i += 4)
		ck_assert_int_eq(memcmp(out->str + i, "\\012", 4), 0);
}
END_TEST

START_TEST(flags_as_words)
{
	static const struct {
		unsigned flags;
		const char *words;
	} cases[] = {
		{ 0, "-" },
		{ VM_ALLOC, "vmalloc" },
		{ VM_ALLOC | VM_USERMAP | VM_VPAGES, "vmalloc,user,vpages" },
		{ VM_IOREMAP, "ioremap" },
		{ VM_MAP, "vmap" },
		{ VM_MAP | VM_DMA_COHERENT, "vmap,dma-coherent" },
		{ VM_SPARSE, "sparse" },
		{ VM_NO_GUARD | VM_SYMBOL | VM_UNINITIALIZED, "-" },
		{ ~0u, "ioremap,sparse,vmalloc,vmap,user,dma-coherent,vpages,vm_map_ram" },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GString) out = g_string_new(NULL);

		show_flags(out, cases[i].flags);
		ck_assert_str_eq(out->str, cases[i].words);
	}
}
END_TEST

START_TEST(digits_like_printf)
{
	GRand *r = g_rand_new_with_seed(1);

	for (int i = 0; i < 20000; i++) {
		uint64_t v = (uint64_t)g_rand_int(r) << 32 | g_rand_int(r);
		char got[128], want[128], *p = got;

		v >>= g_rand_int_range(r, 0, 64);
		if (i == 0)
			v = 0;
		if (i == 1)
			v = UINT64_MAX;
		p = put_dec(p, v);
		*p++ = ' ';
		p = put_dec_wide(p, v, 7);
		*p++ = ' ';
		p = put_hex(p, v);
		*p++ = ' ';
		p = put_addr(p, v);
		*p = '\0';
		snprintf(want, sizeof(want), "%lu %7lu %lx 0x%016lx", v, v, v, v);
		ck_assert_str_eq(got, want);
	}
	g_rand_free(r);
}
END_TEST

/* --- figures --------------------------------------------------------------- */

/* Pages of the window: 0..15, of which 15 is never given out. */
#define AT(page) (VMALLOC_START + (page)*PAGE_SIZE)

static const struct machine window16 = {
	.vmalloc_start = VMALLOC_START,
	.vmalloc_end = VMALLOC_START + 16 * PAGE_SIZE - 1,
	.ram_size = MiB(1),
};

static struct figures compute_lazy(const struct area_record *areas, guint n,
				   const struct lazy_record *lazy, guint nr_lazy)
{
	struct snapshot s = { .areas = g_array_new(FALSE, FALSE, sizeof(*areas)),
			      .lazy = g_array_new(FALSE, FALSE, sizeof(*lazy)) };
	struct figures f;

	g_array_append_vals(s.areas, areas, n);
	g_array_append_vals(s.lazy, lazy, nr_lazy);
	figures_compute(&f, &s, &window16);
	g_array_unref(s.areas);
	g_array_unref(s.lazy);
	return f;
}

static struct figures compute(const struct area_record *areas, guint n)
{
	return compute_lazy(areas, n, NULL, 0);
}

START_TEST(figures_empty)
{
	struct figures f = compute(NULL, 0);

	ck_assert_uint_eq(f.areas, 0);
	ck_assert_uint_eq(f.holes, 1);
	ck_assert_uint_eq(f.free, 15 * PAGE_SIZE);
	ck_assert_uint_eq(f.largest_hole, 15 * PAGE_SIZE);
	ck_assert_uint_eq(f.largest_at, AT(0));
	ck_assert_uint_eq(f.span_free, 0);
	ck_assert_uint_eq(fragmentation(f.largest_hole, f.free), 0);
}
END_TEST

/*
 *	0    1    2    3    4    5    6    7    8    9    10   11   12   13   14   15
 *	     [ a    G ][ b    b    G ]         [ c    c    G ]    .    .    .   | x |
 */
START_TEST(figures_holes)
{
	const struct area_record areas[] = {
		{ .addr = AT(1), .size = 2 * PAGE_SIZE, .nr_pages = 1, .flags = VM_ALLOC },
		{ .addr = AT(3), .size = 3 * PAGE_SIZE, .nr_lent = 2, .flags = VM_MAP },
		{ .addr = AT(8), .size = 3 * PAGE_SIZE, .flags = VM_ALLOC },
	};
	struct figures f = compute(areas, G_N_ELEMENTS(areas));

	ck_assert_uint_eq(f.areas, 3);
	ck_assert_uint_eq(f.outside, 0);
	ck_assert_uint_eq(f.mapped, 3 * PAGE_SIZE);
	ck_assert_uint_eq(f.unmapped, 2 * PAGE_SIZE);
	ck_assert_uint_eq(f.guards, 3 * PAGE_SIZE);
	ck_assert_uint_eq(f.holes, 3);
	ck_assert_uint_eq(f.free, 7 * PAGE_SIZE);
	ck_assert_uint_eq(f.largest_hole, 4 * PAGE_SIZE);
	ck_assert_uint_eq(f.largest_at, AT(11));
	ck_assert_uint_eq(f.span_free, 2 * PAGE_SIZE);
	ck_assert_uint_eq(f.span_largest, 2 * PAGE_SIZE);
	ck_assert_uint_eq(f.mapped + f.unmapped + f.guards + f.free + PAGE_SIZE, 16 * PAGE_SIZE);
	ck_assert_uint_eq(fragmentation(f.largest_hole, f.free), 4286);
}
END_TEST

START_TEST(figures_full)
{
	const struct area_record area = {
		.addr = AT(0), .size = 15 * PAGE_SIZE, .nr_pages = 14, .flags = VM_ALLOC
	};
	struct figures f = compute(&area, 1);

	ck_assert_uint_eq(f.holes, 0);
	ck_assert_uint_eq(f.free, 0);
	ck_assert_uint_eq(f.largest_hole, 0);
	ck_assert_uint_eq(f.largest_at, 0);
	ck_assert_uint_eq(fragmentation(f.largest_hole, f.free), 0);
}
END_TEST

/* Outside: before, right before, right after, at the top.  Astride: both ends. */
START_TEST(figures_outside)
{
	const struct area_record outside[] = {
		{ .addr = PAGE_OFFSET, .size = 2 * PAGE_SIZE, .nr_pages = 1 },
		{ .addr = AT(-2), .size = 2 * PAGE_SIZE, .nr_pages = 1 },
		{ .addr = AT(16), .size = 2 * PAGE_SIZE, .nr_pages = 1 },
		{ .addr = -2 * PAGE_SIZE, .size = 2 * PAGE_SIZE, .nr_pages = 1 },
	};
	const struct area_record astride[] = {
		{ .addr = AT(-1), .size = 3 * PAGE_SIZE, .nr_pages = 2 },
		{ .addr = AT(12), .size = 9 * PAGE_SIZE, .nr_pages = 8 },
	};
	struct figures f = compute(outside, G_N_ELEMENTS(outside));

	ck_assert_uint_eq(f.areas, 4);
	ck_assert_uint_eq(f.outside, 4);
	ck_assert_uint_eq(f.mapped, 0);
	ck_assert_uint_eq(f.guards, 0);
	ck_assert_uint_eq(f.holes, 1);
	ck_assert_uint_eq(f.largest_hole, 15 * PAGE_SIZE);

	f = compute(astride, G_N_ELEMENTS(astride));
	ck_assert_uint_eq(f.outside, 0);
	ck_assert_uint_eq(f.mapped, 10 * PAGE_SIZE);
	ck_assert_uint_eq(f.holes, 1);
	ck_assert_uint_eq(f.largest_at, AT(2));
	ck_assert_uint_eq(f.largest_hole, 10 * PAGE_SIZE);
	ck_assert_uint_eq(f.span_free, 10 * PAGE_SIZE);
}
END_TEST

/* Of equal holes the lowest is told; one before an area in the unused page ends at that page. */
START_TEST(figures_ties_and_last_page)
{
	const struct area_record areas[] = {
		{ .addr = AT(3), .size = 2 * PAGE_SIZE, .nr_pages = 1 },
		{ .addr = AT(8), .size = 4 * PAGE_SIZE, .nr_pages = 3 },
		{ .addr = AT(15), .size = 2 * PAGE_SIZE, .nr_pages = 1 },
	};
	struct figures f = compute(areas, G_N_ELEMENTS(areas));

	ck_assert_uint_eq(f.holes, 3);
	ck_assert_uint_eq(f.free, 9 * PAGE_SIZE);
	ck_assert_uint_eq(f.largest_hole, 3 * PAGE_SIZE);
	ck_assert_uint_eq(f.largest_at, AT(0));
	ck_assert_uint_eq(f.span_free, 6 * PAGE_SIZE);

	f = compute(areas + 2, 1);
	ck_assert_uint_eq(f.largest_hole, 15 * PAGE_SIZE);
}
END_TEST

/*
 * Lazy ranges are no areas, and no holes either; those outside do not count.
 *
 *	0    1    2    3    4    5    6    7    8    9    10   11   12   13   14   15
 *	[ l    l ]          [ a    G ][ l    l    l ]          [ l    l ]      | x |
 */
START_TEST(figures_lazy)
{
	const struct area_record areas[] = {
		{ .addr = AT(4), .size = 2 * PAGE_SIZE, .nr_pages = 1, .flags = VM_ALLOC },
	};
	const struct lazy_record lazy[] = {
		{ .addr = AT(-9), .size = 2 * PAGE_SIZE },
		{ .addr = AT(0), .size = 2 * PAGE_SIZE },
		{ .addr = AT(6), .size = 3 * PAGE_SIZE },
		{ .addr = AT(11), .size = 2 * PAGE_SIZE },
		{ .addr = AT(16), .size = 2 * PAGE_SIZE },
	};
	struct figures f = compute_lazy(areas, 1, lazy, G_N_ELEMENTS(lazy));

	ck_assert_uint_eq(f.areas, 1);
	ck_assert_uint_eq(f.outside, 0);
	ck_assert_uint_eq(f.lazy, 7 * PAGE_SIZE);
	ck_assert_uint_eq(f.lazy_ranges, 3);
	ck_assert_uint_eq(f.mapped, PAGE_SIZE);
	ck_assert_uint_eq(f.guards, PAGE_SIZE);
	ck_assert_uint_eq(f.holes, 3);
	ck_assert_uint_eq(f.free, 6 * PAGE_SIZE);
	ck_assert_uint_eq(f.largest_at, AT(2));
	ck_assert_uint_eq(f.span_free, 4 * PAGE_SIZE);
	ck_assert_uint_eq(f.mapped + f.unmapped + f.guards + f.lazy + f.free + PAGE_SIZE,
			  16 * PAGE_SIZE);
}
END_TEST

START_TEST(figures_io_and_no_guard)
{
	const struct area_record areas[] = {
		{ .addr = AT(0),
		  .size = 2 * PAGE_SIZE,
		  .flags = VM_IOREMAP,
		  .phys_addr = UINT64_C(1) << 32 },
		{ .addr = AT(2), .size = 2 * PAGE_SIZE, .flags = VM_IOREMAP, .phys_addr = 0x1000 },
		{ .addr = AT(4),
		  .size = 2 * PAGE_SIZE,
		  .flags = VM_IOREMAP,
		  .phys_addr = PHYS_END },
		{ .addr = AT(6),
		  .size = 2 * PAGE_SIZE,
		  .nr_pages = 2,
		  .flags = VM_ALLOC | VM_NO_GUARD },
	};
	struct figures f = compute(areas, G_N_ELEMENTS(areas));

	ck_assert_uint_eq(f.mapped, 3 * PAGE_SIZE);
	ck_assert_uint_eq(f.unmapped, 2 * PAGE_SIZE);
	ck_assert_uint_eq(f.guards, 3 * PAGE_SIZE);
}
END_TEST

START_TEST(fragmentation_rounds)
{
	ck_assert_uint_eq(fragmentation(1, 2), 5000);
	ck_assert_uint_eq(fragmentation(1, 3), 6667);
	ck_assert_uint_eq(fragmentation(2, 3), 3333);
	ck_assert_uint_eq(fragmentation(UINT64_C(1) << 45, UINT64_C(1) << 45), 0);
	ck_assert_uint_eq(fragmentation(PAGE_SIZE, UINT64_C(1) << 45), 10000);
}
END_TEST

/* --- texts ----------------------------------------------------------------- */

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
	g_autofree char *value = NULL;
	va_list ap;

	va_start(ap, format);
	value = g_strdup_vprintf(format, ap);
	va_end(ap);
	g_string_replace(golden, place, value, 0);
}

/* What a golden file says, with the figures that are the layers' own below. */
static char *golden_file(const char *name, struct machine *m)
{
	g_autofree char *text = data_file(name);
	GString *s = g_string_new(text);

	fill_in(s, "cr3", "0x%016lx", m->cr3);
	fill_in(s, "io_start", "0x%016lx", m->io_start);
	fill_in(s, "tables", "%lu (%luK)", m->nr_table_frames, m->nr_table_frames * 4);
	fill_in(s, "host", "%lu (%.3gK)", m->host_used, (double)m->host_used / 1024);
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
	ck_assert_uint_eq(number(text, "areas"), 1);
	ck_assert_ptr_nonnull(strstr(text, "(1 outside"));
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
	TCase *t = tcase_create("words");

	tcase_add_test(t, escape_every_byte);
	tcase_add_test(t, escape_utf8);
	tcase_add_test(t, escape_long);
	tcase_add_test(t, flags_as_words);
	tcase_add_test(t, digits_like_printf);
	suite_add_tcase(s, t);

	t = tcase_create("figures");
	tcase_add_test(t, figures_empty);
	tcase_add_test(t, figures_holes);
	tcase_add_test(t, figures_full);
	tcase_add_test(t, figures_outside);
	tcase_add_test(t, figures_lazy);
	tcase_add_test(t, figures_ties_and_last_page);
	tcase_add_test(t, figures_io_and_no_guard);
	tcase_add_test(t, fragmentation_rounds);
	suite_add_tcase(s, t);

	t = tcase_create("texts");
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
	tcase_add_test(t, arrays_have_owners);
	tcase_add_test(t, symbols_stand_as_they_are);
	tcase_add_test(t, long_listing);
	tcase_add_test(t, kmsg_is_the_log);
	tcase_add_test(t, generation_changes);
	suite_add_tcase(s, t);

	return unit_main(s);
}
