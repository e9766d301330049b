/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * map.svg: it is XML whatever the names are, it stays small whatever the number
 * of areas is, and what is drawn adds up to what status says.  How it looks is
 * for tests/fs/map_svg.sh to see.
 */
#include <vmallocfs/history.h>

#include "scenes.h"
#include "show/picture/svg_font.h"
#include "show/picture/svg_space.h"

#define SVG_MAX ((gsize)1 << 20)

static char *map_svg(struct machine *m)
{
	struct show_options o = { .map_width = MAP_WIDTH_DEFAULT };
	GBytes *bytes = show_map_svg(m, &o);
	gsize len;
	const char *data = g_bytes_get_data(bytes, &len);
	char *s = g_strndup(data, len);

	ck_assert_uint_eq(strlen(s), len);
	ck_assert_uint_lt(len, SVG_MAX);
	g_bytes_unref(bytes);
	return s;
}

/* GLib's parser takes a part of XML, and refuses what is not well-formed in it. */
static void check_xml(const char *text)
{
	static const GMarkupParser nothing = { .start_element = NULL };
	g_autoptr(GMarkupParseContext) c = g_markup_parse_context_new(&nothing, 0, NULL, NULL);
	g_autoptr(GError) error = NULL;

	ck_assert_msg(g_markup_parse_context_parse(c, text, (gssize)strlen(text), &error) &&
			      g_markup_parse_context_end_parse(c, &error),
		      "%s", error ? error->message : "");
	for (const char *p = text; *p; p = g_utf8_next_char(p)) {
		gunichar ch = g_utf8_get_char(p);

		unit_assert(ch == '\n' || ch >= ' ');
		unit_assert(ch < 0xd800 || (ch >= 0xe000 && ch < 0xfffe) || ch > 0xffff);
	}
}

START_TEST(well_formed)
{
	struct machine *scenes[] = { scene_kinds(), scene_linux(), scene_fragmented(7),
				     space_boot(MiB(16), 1), space_boot(GiB(16), 64) };

	for (size_t i = 0; i < G_N_ELEMENTS(scenes); i++) {
		g_autofree char *text = map_svg(scenes[i]);

		check_xml(text);
		space_end(scenes[i]);
	}
}
END_TEST

START_TEST(names_of_any_kind)
{
	static const char *const names[] = {
		"</title><script>alert(1)</script>",
		"a & b < c > d \" ' ]]>",
		"&lt;&#0;&bogus;",
		"\x01\x02\x08\x0b\x1f\x7f",
		"\xff\xfe\xc3",
		"\xed\xa0\x80",	    /* half of a pair */
		"\xef\xbf\xbf",	    /* U+FFFF */
		"\xf4\x90\x80\x80", /* beyond Unicode */
		"\xc2\x85\xe2\x80\xae",
		"<!-- -- -->",
	};
	struct machine *m = space_boot_window(MiB(16), 1024);
	g_autofree char *text = NULL;

	for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
		char name[256] = "";

		while (strlen(name) + strlen(names[i]) < 256)
			strcat(name, names[i]);
		ck_assert(vmalloc(m, 30 * PAGE_SIZE, names[i]));
		ck_assert(vmalloc(m, PAGE_SIZE, name));
	}
	text = map_svg(m);
	check_xml(text);
	ck_assert_ptr_null(strstr(text, "<script"));
	ck_assert_ptr_nonnull(strstr(text, "&lt;script&gt;"));
	space_end(m);
}
END_TEST

/* Draws the space alone; what is drawn is all there is. */
static void check_drawn(struct machine *m, unsigned width, unsigned max_rows, gsize max_bytes)
{
	struct layout l;
	struct svg svg;
	struct svg_space space = { .layout = &l,
				   .width = width,
				   .max_rows = max_rows,
				   .row_height = 20,
				   .max_bytes = max_bytes };
	GBytes *bytes;

	layout_init(&l, m);
	svg_begin(&svg, width);
	svg_space_draw(&svg, &space);
	for (unsigned kind = 0; kind < NR_SEGMENT_KINDS; kind++)
		ck_assert_uint_eq(space.drawn[kind], l.bytes[kind]);
	ck_assert_uint_eq(space.drawn[SEG_GUARD], scene_figure(m, "guards"));
	ck_assert_uint_eq(space.drawn[SEG_HOLE], scene_figure(m, "free"));
	ck_assert_uint_eq(space.drawn[SEG_LAZY] >> PAGE_SHIFT, vmalloc_nr_lazy(m));
	ck_assert_uint_le(space.nr_areas, l.figures.areas);
	g_array_unref(space.rows);
	bytes = svg_end(&svg, space.height);
	ck_assert_uint_lt(g_bytes_get_size(bytes), MAX(max_bytes, (gsize)100 << 10) + 8192);
	g_bytes_unref(bytes);
	layout_deinit(&l);
}

/* A scale that is given is the one taken, unless it is too fine. */
START_TEST(scale)
{
	struct machine *m = scene_many(2000);
	struct layout l;
	struct svg svg;
	struct svg_space space = {
		.layout = &l, .width = 256, .max_rows = 28, .row_height = 20, .max_bytes = 900 << 10
	};
	uint64_t pixel;

	layout_init(&l, m);
	pixel = svg_space_pixel(&space);
	for (unsigned i = 0; i < 12; i++) {
		space.min_pixel = i ? pixel << i >> 2 : 0;
		ck_assert_uint_eq(svg_space_pixel(&space), MAX(pixel, space.min_pixel));
		svg_begin(&svg, space.width);
		svg_space_draw(&svg, &space);
		ck_assert_uint_eq(space.pixel, MAX(pixel, space.min_pixel));
		ck_assert_uint_le(space.rows->len, space.max_rows);
		for (unsigned kind = 0; kind < NR_SEGMENT_KINDS; kind++)
			ck_assert_uint_eq(space.drawn[kind], l.bytes[kind]);
		g_array_unref(space.rows);
		g_bytes_unref(svg_end(&svg, space.height));
	}
	layout_deinit(&l);
	space_end(m);
}
END_TEST

START_TEST(drawn_is_the_figures)
{
	struct machine *scenes[] = {
		scene_kinds(),	   scene_linux(),	   scene_fragmented(7),
		scene_many(20000), space_boot(MiB(16), 1), scene_lazy(8, 10000)
	};

	for (size_t i = 0; i < G_N_ELEMENTS(scenes); i++) {
		check_drawn(scenes[i], 1024, 16, 900 << 10);
		check_drawn(scenes[i], 200, 40, 900 << 10);
		check_drawn(scenes[i], 300, 5, 20 << 10);
		space_end(scenes[i]);
	}
}
END_TEST

START_TEST(a_million_areas)
{
	struct machine *m = scene_many(1000000);
	g_autofree char *text = map_svg(m);

	ck_assert_uint_eq(scene_figure(m, "areas"), 875000);
	ck_assert_ptr_nonnull(strstr(text, "875,000 areas drawn as "));
	check_xml(text);
	space_end(m);
}
END_TEST

/* The dearest picture: all that can be drawn as itself, with the longest names, and columns. */
START_TEST(dear_pictures_are_small)
{
	for (unsigned pages = 1; pages <= 64; pages *= 4) {
		struct machine *m = space_boot(MiB(64), 1);
		char name[256];
		g_autofree char *text = NULL;

		memset(name, '&', 255);
		name[255] = '\0';
		for (unsigned i = 0; i < 20000; i++) {
			bool large = i % 16 == 0;
			static const unsigned flags[] = { VM_ALLOC, 0, VM_MAP, VM_USERMAP };

			unit_assert(get_vm_area(m, (large ? pages : 1) * PAGE_SIZE, flags[i % 4],
						name));
			if (i % 5 == 0)
				unit_assert(get_vm_area(m, PAGE_SIZE, VM_IOREMAP, name));
		}
		text = map_svg(m);
		check_xml(text);
		space_end(m);
	}
}
END_TEST

/* The number after the key in the first element that has the word. */
static double attribute_of(const char *text, const char *word, const char *key)
{
	const char *at = strstr(text, word);
	const char *element = NULL;

	ck_assert_msg(at != NULL, "no %s", word);
	for (const char *p = text; p < at; p++)
		if (*p == '<')
			element = p;
	at = strstr(element, key);
	ck_assert_ptr_nonnull(at);
	return g_ascii_strtod(at + strlen(key), NULL);
}

/* A request that failed stands above the rows, to one scale with the hole that was too small. */
START_TEST(a_failure)
{
	struct machine *m = space_boot_window(MiB(16), 64);
	g_autofree char *text = NULL;
	g_autofree char *later = NULL;

	ck_assert_int_eq(vmalloc_set_history(m, 100), 0);
	ck_assert(vmalloc(m, 42 * PAGE_SIZE, "a"));
	ck_assert_uint_eq(vmalloc(m, 79 * PAGE_SIZE, "<wanted>"), 0);
	text = map_svg(m);
	check_xml(text);
	ck_assert_ptr_nonnull(strstr(text, "&lt;wanted&gt; failed"));
	ck_assert_ptr_nonnull(strstr(text, "do not fit: the largest hole has 20 pages"));
	/* 80 pages of the 100 that the width of 1024 stands for. */
	ck_assert_double_eq_tol(attribute_of(text, "fill=\"#fdecea\"", "width=\""), 819.2, 0.1);
	ck_assert(vmalloc(m, PAGE_SIZE, "b"));
	later = map_svg(m);
	ck_assert_ptr_null(strstr(later, "failed"));
	space_end(m);
}
END_TEST

/* A label is whole or not there, a break says of which hole it is, a bar from where to where. */
START_TEST(words)
{
	struct machine *m = space_boot_window(MiB(64), 4096);
	g_autofree char *text = NULL;
	g_autofree char *wide = NULL;
	static const char *const names[] = { "MMMMMMMMMM", "iiiiiiiiii" };

	for (unsigned i = 0; i < 2; i++)
		ck_assert(vmalloc(m, 19 * PAGE_SIZE, names[i]));
	ck_assert_ptr_nonnull(__get_vm_area(m, PAGE_SIZE, VM_ALLOC, m->vmalloc_start + MiB(12),
					    m->vmalloc_end, "far"));
	text = map_svg(m);
	ck_assert_ptr_nonnull(strstr(text, ">iiiiiiiiii</text>"));
	ck_assert_ptr_null(strstr(text, "M\u2026</text>"));
	ck_assert_ptr_nonnull(strstr(text, " of a hole of "));
	ck_assert_ptr_nonnull(strstr(text, ">8M\u201316M</text>"));
	ck_assert_ptr_nonnull(strstr(text, ">never given out</text>"));
	/* As wide as the letters are: M is 0.863 of the font's size in DejaVu Sans. */
	ck_assert_double_eq_tol(svg_text_width("MM", 2, 100), 172.6, 0.01);
	ck_assert_double_eq_tol(svg_text_width("ii", 2, 100), 55.6, 0.01);
	ck_assert_uint_eq(svg_text_line("one two three", svg_text_width("one two", 7, 12), 12), 7);
	ck_assert_uint_eq(svg_text_line("unbroken word", 1, 12), 8);
	space_end(m);
	m = scene_many(20000);
	wide = map_svg(m);
	ck_assert_ptr_nonnull(strstr(wide, "<title>guard page, merged</title>"));
	space_end(m);
}
END_TEST

static Suite *map_svg_suite(void)
{
	Suite *s = suite_create("map_svg");
	TCase *tc = tcase_create("map_svg");

	tcase_set_timeout(tc, SPACE_TIMEOUT);
	tcase_add_test(tc, well_formed);
	tcase_add_test(tc, names_of_any_kind);
	tcase_add_test(tc, drawn_is_the_figures);
	tcase_add_test(tc, scale);
	tcase_add_test(tc, dear_pictures_are_small);
	tcase_add_test(tc, a_failure);
	tcase_add_test(tc, words);
	suite_add_tcase(s, tc);
	tcase_add_test(unit_long_case(s), a_million_areas);
	return s;
}

int main(void)
{
	return unit_main(map_svg_suite());
}
