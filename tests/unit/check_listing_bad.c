/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Listings that are damaged, cut, doubled or mixed: whole lines are read, and a damaged
 * one costs only itself.
 */
#include "listings.h"

#define ARM "vmallocinfo-armmp-6.1.txt"
#define I386 "vmallocinfo-i386-6.1-full.txt"
#define X86 "vmallocinfo-x86_64-6.12-unsorted.txt"
#define JC "vmallocinfo-x86_64-5.4-jc.txt"
#define ARM64 "vmallocinfo-arm64-6.5-gdb-lx.txt"

static const char *const whole_files[] = {
	ARM,
	I386,
	X86,
	"vmallocinfo-x86_64-2.6.25-mm.txt",
	"vmallocinfo-arm32-4.4-zynq.txt",
	"vmallocinfo-arm32-3.18-msm-lowmem.txt",
	"vmallocinfo-arm64-va39-mail-quoted.txt",
	"crash-kmem-v-x86_64.txt",
	"vmallocinfo-x86_64-5.x-hashed-numa.txt",
};

static const struct listing_options options = { 0 };

/* Reads it, or not; either way nothing leaks and the areas are in order. */
static guint read_any(const char *bytes, size_t len)
{
	g_autofree char *error = NULL;
	struct listing *l = listing_of_bytes(bytes, len, &options, &error);
	guint n;

	if (!l) {
		unit_assert(error && *error && !strchr(error, '\n'));
		return 0;
	}
	for (guint i = 1; i < l->areas->len; i++)
		unit_assert(l->hidden ||
			    listing_area(l, i - 1)->start <= listing_area(l, i)->start);
	n = l->areas->len;
	listing_free(l);
	return n;
}

/* Cut after each line, and in the middle of each line. */
START_TEST(test_cut)
{
	gsize len;
	g_autofree char *bytes = case_bytes(whole_files[_i], &len);
	guint before = 0;

	for (gsize at = 0; at < len; at++) {
		guint n;

		if (bytes[at] != '\n' && (at + 7) % 53)
			continue;
		n = read_any(bytes, at);
		unit_assert(n >= before); /* more text, more areas */
		before = n;
	}
	ck_assert_uint_gt(before, 0);
}
END_TEST

START_TEST(test_doubled)
{
	gsize len;
	g_autofree char *bytes = case_bytes(whole_files[_i], &len);
	g_autofree char *twice = g_strconcat(bytes, "\n", bytes, NULL);
	g_autofree char *error = NULL;
	struct listing *once = listing_of(bytes);
	struct listing *l = listing_of_bytes(twice, strlen(twice), &options, &error);

	ck_assert_uint_eq(l->areas->len, 2 * once->areas->len);
	if (!l->hidden)
		ck_assert_uint_eq(l->nr_overlaps, once->areas->len);
	for (guint i = 0; !l->hidden && i < l->areas->len; i++) {
		const struct listed *a = listing_area(l, i);

		/* Each area is there once, as the first copy had it. */
		unit_assert(a->overlaps == i % 2);
		unit_assert(a->start == listing_area(once, i / 2)->start);
		unit_assert(a->overlaps || a->line == listing_area(once, i / 2)->line);
	}
	ck_assert_uint_eq(l->vmalloc.start, once->vmalloc.start);
	ck_assert_uint_eq(l->vmalloc.end, once->vmalloc.end);
	listing_free(once);
	listing_free(l);
}
END_TEST

static GString *lines_reversed(const char *bytes)
{
	g_auto(GStrv) lines = g_strsplit(bytes, "\n", -1);
	GString *out = g_string_new(NULL);

	for (guint i = g_strv_length(lines); i--;)
		g_string_append_printf(out, "%s\n", lines[i]);
	return out;
}

START_TEST(test_reversed)
{
	static const char *const names[] = { ARM, I386, X86, JC };
	gsize len;
	g_autofree char *bytes = case_bytes(names[_i], &len);
	g_autoptr(GString) text = lines_reversed(bytes);
	struct listing *a = listing_of(bytes), *b = listing_of(text->str);

	ck_assert_uint_eq(a->areas->len, b->areas->len);
	for (guint i = 0; i < a->areas->len; i++) {
		unit_assert(listing_area(a, i)->start == listing_area(b, i)->start);
		unit_assert(listing_area(a, i)->size == listing_area(b, i)->size);
	}
	ck_assert_uint_eq(a->vmalloc.start, b->vmalloc.start);
	ck_assert_uint_eq(a->vmalloc.end, b->vmalloc.end);
	listing_free(a);
	listing_free(b);
}
END_TEST

/* Two machines in one file: the larger part is read, the other counted. */
static const struct {
	const char *larger, *smaller;
} mixed[] = {
	{ I386, ARM64 },
	{ X86, ARM },
	{ JC, I386 },
	{ X86, ARM64 },
	{ I386, "vmallocinfo-x86_64-5level-synthetic.txt" },
};

START_TEST(test_two_machines)
{
	gsize len;
	g_autofree char *a = case_bytes(mixed[_i].larger, &len);
	g_autofree char *b = case_bytes(mixed[_i].smaller, &len);
	g_autofree char *ab = g_strconcat(a, "\n", b, NULL);
	g_autofree char *ba = g_strconcat(b, "\n", a, NULL);
	const char *texts[] = { ab, ba };
	struct listing *large = listing_of(a), *small = listing_of(b);

	for (size_t i = 0; i < 2; i++) {
		struct listing *l = listing_of(texts[i]);

		/* x86-64's modules may be of any of two such machines. */
		ck_assert_uint_ge(l->areas->len, large->areas->len);
		ck_assert_uint_le(l->areas->len, large->areas->len + 1);
		ck_assert_uint_eq(l->areas->len + l->elsewhere,
				  large->areas->len + small->areas->len);
		ck_assert_uint_eq(l->vmalloc.start, large->vmalloc.start);
		ck_assert_uint_eq(l->vmalloc.end, large->vmalloc.end);
		listing_free(l);
	}
	listing_free(large);
	listing_free(small);
}
END_TEST

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* All layouts among the cases, in order. */
static GPtrArray *all_files(void)
{
	g_autofree char *directory = case_path("");
	g_autoptr(GDir) dir = g_dir_open(directory, 0, NULL);
	GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
	const char *name;

	ck_assert_ptr_nonnull(dir);
	while ((name = g_dir_read_name(dir)))
		if (!g_str_has_prefix(name, "meminfo-") && !g_str_has_prefix(name, "trace-") &&
		    !g_str_has_prefix(name, "failure-"))
			g_ptr_array_add(names, g_strdup(name));
	g_ptr_array_sort(names, by_name);
	return names;
}

/* Cut after some fifty of its lines: more text is never fewer areas. */
static void check_cuts(const char *bytes, gsize len)
{
	gsize step = len / 50, next = 0;
	guint before = 0;

	for (gsize at = 0; at < len; at++) {
		guint n;

		if (bytes[at] != '\n' || at < next)
			continue;
		n = read_any(bytes, at);
		unit_assert(n >= before);
		before = n;
		next = at + step;
	}
}

/* Whichever layout it is, and whatever another one stands after it in the file. */
START_TEST(test_every_file)
{
	g_autoptr(GPtrArray) names = all_files();

	ck_assert_uint_gt(names->len, 20);
	for (guint i = 0; i < names->len; i++) {
		const char *other = g_ptr_array_index(names, (i + 1) % names->len);
		gsize len, other_len;
		g_autofree char *bytes = case_bytes(g_ptr_array_index(names, i), &len);
		g_autofree char *more = case_bytes(other, &other_len);
		g_autofree char *twice = g_strconcat(bytes, "\n", bytes, NULL);
		g_autofree char *joined = g_strconcat(bytes, "\n", more, NULL);
		g_autoptr(GString) reversed = lines_reversed(bytes);
		guint once = read_any(bytes, len);
		guint n = read_any(joined, strlen(joined));

		ck_assert_msg(once > 0, "%s", (char *)g_ptr_array_index(names, i));
		check_cuts(bytes, len);
		ck_assert_msg(read_any(twice, strlen(twice)) == 2 * once, "%s twice",
			      (char *)g_ptr_array_index(names, i));
		ck_assert_msg(read_any(reversed->str, reversed->len) > 0, "%s reversed",
			      (char *)g_ptr_array_index(names, i));
		ck_assert_msg(n >= MIN(once, read_any(more, other_len)), "%s and %s",
			      (char *)g_ptr_array_index(names, i), other);
	}
}
END_TEST

/* Lines of the original that a flipped byte cannot have damaged are read as before. */
static void check_flip(const struct listing *good, const char *bytes, size_t len, size_t at)
{
	g_autofree char *error = NULL;
	struct listing *l = listing_of_bytes(bytes, len, &options, &error);
	uint64_t line = 1;
	guint k = 0;

	for (size_t i = 0; i < at; i++)
		line += bytes[i] == '\n';
	unit_assert(l);
	for (guint i = 0; i < good->areas->len; i++) {
		const struct listed *a = listing_area(good, i), *b;

		/* The byte's own line, and the one before or after if it is a line end. */
		if (a->line + 1 >= line && a->line <= line + 1)
			continue;
		while (k < l->areas->len && listing_area(l, k)->start < a->start)
			k++;
		unit_assert(k < l->areas->len);
		b = listing_area(l, k);
		unit_assert(b->start == a->start && b->size == a->size && b->pages == a->pages);
		unit_assert(b->kind == a->kind && b->phys == a->phys && !b->overlaps);
		unit_assert(!g_strcmp0(listing_name(l, b->caller), listing_name(good, a->caller)));
		unit_assert(!g_strcmp0(listing_name(l, b->words), listing_name(good, a->words)));
	}
	/* Nor does more than that line get lost. */
	unit_assert(l->areas->len + 2 >= good->areas->len);
	listing_free(l);
}

START_TEST(test_flipped)
{
	static const char *const names[] = { ARM, X86, "vmallocinfo-x86_64-2.6.25-mm.txt" };
	static const unsigned char masks[] = { 0x01, 0x10, 0x80, 0xff };
	gsize len;
	g_autofree char *bytes = case_bytes(names[_i], &len);
	struct listing *good;

	len = MIN(len, 1024);
	while (bytes[len - 1] != '\n')
		len--;
	bytes[len] = '\0';
	good = listing_of(bytes);
	for (size_t at = 0; at < len; at++) {
		unsigned char mask = masks[(at + (size_t)_i) % G_N_ELEMENTS(masks)];

		bytes[at] = (char)(bytes[at] ^ mask);
		check_flip(good, bytes, len, at);
		bytes[at] = (char)(bytes[at] ^ mask);
	}
	listing_free(good);
}
END_TEST

/* Line ends that were lost cost nothing. */
START_TEST(test_one_line)
{
	gsize len;
	g_autofree char *bytes = case_bytes(ARM, &len);
	struct listing *a = listing_of(bytes), *b;

	g_strdelimit(bytes, "\n", ' ');
	b = listing_of(bytes);
	ck_assert_uint_eq(a->areas->len, b->areas->len);
	for (guint i = 0; i < a->areas->len; i++)
		unit_assert(listing_area(a, i)->pages == listing_area(b, i)->pages);
	ck_assert_uint_eq(b->passed_over, 0);
	listing_free(a);
	listing_free(b);
}
END_TEST

START_TEST(test_junk)
{
	g_autofree char *bytes = g_malloc(1 << 18);
	uint64_t state = 88172645463325252u + (unsigned)_i;

	for (size_t i = 0; i < 1 << 18; i++)
		bytes[i] = (char)unit_random(&state);
	ck_assert_uint_eq(read_any(bytes, 1 << 18), 0);
	ck_assert_uint_eq(read_any(bytes, 0), 0);
	for (size_t i = 0; i < 1 << 18; i++)
		bytes[i] = "0123456789abcdef-x \n"[(unsigned char)bytes[i] % 20];
	read_any(bytes, 1 << 18);
	memset(bytes, '-', 1 << 18);
	read_any(bytes, 1 << 18);
	memset(bytes, 0, 1 << 18);
	read_any(bytes, 1 << 18);
}
END_TEST

/* Junk between the lines is passed over, and nothing else is. */
START_TEST(test_junk_between)
{
	gsize len;
	g_autofree char *bytes = case_bytes(ARM, &len);
	g_auto(GStrv) lines = g_strsplit(bytes, "\n", -1);
	g_autoptr(GString) text = g_string_new(NULL);
	struct listing *a = listing_of(bytes), *b;
	uint64_t state = 42;

	for (char **line = lines; *line && **line; line++) {
		g_string_append_printf(text, "%s\n", *line);
		for (unsigned i = 0; i < 40; i++)
			g_string_append_c(text, (char)(0x80 | unit_random(&state)));
		g_string_append(text, "\n");
	}
	b = listing_of(text->str);
	ck_assert_uint_eq(b->areas->len, a->areas->len);
	ck_assert_uint_eq(b->passed_over, a->areas->len);
	listing_free(a);
	listing_free(b);
}
END_TEST

/* Strict refuses what is only counted otherwise, and nothing else. */
START_TEST(test_strict)
{
	static const struct {
		const char *text;
		bool passes;
	} texts[] = {
		{ "0xf1000000-0xf1002000 8192 a+0x1/0x2 pages=1 vmalloc\n", true },
		{ "\n0xf1000000-0xf1001000 4096 iotable_init+0x0/0x1 phys=1000 ioremap\n", true },
		{ "0xf1000000-0xf1002000 8192 unpurged vm_area\n", true },
		{ "hello\n0xf1000000-0xf1002000 8192 a+0x1/0x2 pages=1 vmalloc\n", false },
		{ "0xf1000000-0xf1002000 8192 a+0x1/0x2 vmap\n...\n", false },
		{ "0xf1000000-0xf1002000 8192 a+0x1/0x2 vmap\n"
		  "0xf1001000-0xf1003000 8192 a+0x1/0x2 vmap\n",
		  false },
		{ "0x0000db07-0x0000ad69 8192 a+0x1/0x2 vmap\n", false },
		{ "0xf1000000-0xf1002000 8192 a+0x1/0x2 vmap\n"
		  "0xf1004000-0xf1006000 8192 a+0x1/0x2 vmap\n"
		  "0xffffc90000000000-0xffffc90000002000 8192 a+0x1/0x2 vmap\n",
		  false },
	};
	const struct listing_options strict = { .strict = true };

	for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
		g_autofree char *error = NULL;
		struct listing *l;

		l = listing_of_bytes(texts[i].text, strlen(texts[i].text), &strict, &error);
		ck_assert_msg((l != NULL) == texts[i].passes, "%s", texts[i].text);
		listing_free(l);
		listing_free(listing_of(texts[i].text));
	}
}
END_TEST

/* Overlaps of all sorts, against the plain rule: whatever comes first in the file stays. */
START_TEST(test_random_overlaps)
{
	uint64_t state = 7 + (unsigned)_i;
	g_autoptr(GString) text = g_string_new(NULL);
	struct listing *l;
	bool busy[200] = { false };

	for (unsigned i = 0; i < 60; i++) {
		uint64_t start = unit_random(&state) % 190, n = 1 + unit_random(&state) % 9;

		g_string_append_printf(text, "0x%llx-0x%llx %llu a%u+0x1/0x2 vmap\n",
				       0xf1000000ull + start * 4096,
				       0xf1000000ull + (start + n) * 4096,
				       (unsigned long long)n * 4096, i);
	}
	l = listing_of(text->str);
	ck_assert_uint_eq(l->areas->len, 60);
	for (uint64_t line = 1; line <= 60; line++) {
		for (guint i = 0; i < l->areas->len; i++) {
			const struct listed *a = listing_area(l, i);
			uint64_t first = (a->start - 0xf1000000) >> 12, n = a->size >> 12;
			bool taken = false;

			if (a->line != line)
				continue;
			for (uint64_t k = first; k < first + n; k++)
				taken = taken || busy[k];
			unit_assert(a->overlaps == taken);
			for (uint64_t k = first; k < first + n && !taken; k++)
				busy[k] = true;
		}
	}
	listing_free(l);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("listing_bad");
	TCase *tc = tcase_create("bad");

	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(tc, test_cut, 0, G_N_ELEMENTS(whole_files));
	tcase_add_loop_test(tc, test_doubled, 0, G_N_ELEMENTS(whole_files));
	tcase_add_loop_test(tc, test_reversed, 0, 4);
	tcase_add_loop_test(tc, test_two_machines, 0, G_N_ELEMENTS(mixed));
	tcase_add_test(tc, test_every_file);
	tcase_add_loop_test(tc, test_flipped, 0, 3);
	tcase_add_test(tc, test_one_line);
	tcase_add_loop_test(tc, test_junk, 0, 4);
	tcase_add_test(tc, test_junk_between);
	tcase_add_test(tc, test_strict);
	tcase_add_loop_test(tc, test_random_overlaps, 0, 20);
	suite_add_tcase(s, tc);
	return unit_main(s);
}
