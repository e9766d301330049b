/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * map.txt: golden pictures, lines that keep to the width, and cells that add
 * up to what status says.
 */
#include <vmallocfs/history.h>

#include "scenes.h"

static char *map_txt(struct machine *m, unsigned width, bool ascii)
{
	struct show_options o = { .map_width = width, .map_ascii = ascii };
	GBytes *bytes = show_map_txt(m, &o);
	gsize len;
	const char *data = g_bytes_get_data(bytes, &len);
	char *s = g_strndup(data, len);

	ck_assert_uint_eq(strlen(s), len);
	g_bytes_unref(bytes);
	return s;
}

/* Columns that a terminal uses for a line. */
static unsigned columns(const char *line)
{
	unsigned n = 0;

	for (; *line; line = g_utf8_next_char(line)) {
		gunichar ch = g_utf8_get_char(line);

		ck_assert(g_unichar_isprint(ch));
		n += g_unichar_iswide(ch) ? 2 : g_unichar_iszerowidth(ch) ? 0 : 1;
	}
	return n;
}

#define LINES_MAX 70

static void check_shape(struct machine *m, unsigned width, bool ascii)
{
	g_autofree char *text = map_txt(m, width, ascii);
	g_auto(GStrv) lines = NULL;

	ck_assert(g_utf8_validate(text, -1, NULL));
	if (ascii)
		for (const char *p = text; *p; p++)
			ck_assert(*p == '\n' || (*p >= ' ' && *p < 0x7f));
	lines = lines_of(text);
	ck_assert_uint_le(g_strv_length(lines), LINES_MAX);
	for (char **line = lines; *line; line++) {
		ck_assert_uint_le(columns(*line), width);
		ck_assert(!g_str_has_suffix(*line, " "));
	}
}

START_TEST(lines_keep_to_the_width)
{
	struct machine *scenes[] = { scene_kinds(), scene_linux(), scene_fragmented(3),
				     space_boot(MiB(16), 1), space_boot(GiB(16), 64) };

	for (size_t i = 0; i < G_N_ELEMENTS(scenes); i++) {
		for (unsigned width = MAP_WIDTH_MIN; width <= MAP_WIDTH_MAX;
		     width += width < 100 ? 1 : 50) {
			check_shape(scenes[i], width, false);
			check_shape(scenes[i], width, true);
		}
		space_end(scenes[i]);
	}
}
END_TEST

/* Names are bytes of any kind, wide, without width, or no text at all. */
START_TEST(names_of_any_kind)
{
	static const char *const names[] = {
		"\xff\xfe",
		"a\xcc\x81",
		"\xe6\xbc\xa2\xe5\xad\x97",
		"\x1b[31mred",
		"new\nline\t\x7f",
		"\xe2\x80\x8b",
		"\xf0\x9f\x98\x80",
		"\xe2\x80\xae",
		"\xc3",
		"%s%n",
		"\xed\xa0\x80",
		"\xc2\x9b[1m",
	};
	struct machine *m = space_boot_window(MiB(16), 1024);

	for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
		g_autofree char *name = g_strnfill(255, 'x');

		memcpy(name, names[i], strlen(names[i]));
		ck_assert(vmalloc(m, 30 * PAGE_SIZE, names[i]));
		ck_assert(vmalloc(m, 40 * PAGE_SIZE, name));
		for (unsigned width = MAP_WIDTH_MIN; width < 100; width += 7) {
			check_shape(m, width, false);
			check_shape(m, width, true);
		}
	}
	space_end(m);
}
END_TEST

/* What differs from one machine to the next is left out of the comparison. */
static void check_golden(struct machine *m, unsigned width, bool ascii, const char *file)
{
	g_autofree char *text = map_txt(m, width, ascii);
	g_autofree char *want = data_file(file);

	if (strcmp(text, want)) {
		g_file_set_contents(file, text, -1, NULL);
		ck_abort_msg("%s is not as it was; here is what is drawn now: ./%s", file, file);
	}
}

START_TEST(golden)
{
	struct machine *m = scene_kinds();

	check_golden(m, 80, false, "map-kinds-80.txt");
	check_golden(m, 40, false, "map-kinds-40.txt");
	check_golden(m, 60, true, "map-kinds-60-ascii.txt");
	space_end(m);
	m = scene_linux();
	check_golden(m, 80, false, "map-linux-80.txt");
	check_golden(m, 120, true, "map-linux-120-ascii.txt");
	space_end(m);
	m = space_boot(MiB(64), 1);
	check_golden(m, 80, false, "map-empty-80.txt");
	space_end(m);
}
END_TEST

/*
 * Where a cell is a page every glyph is one page of one kind, and a label
 * stands on pages that are mapped.
 */
static void count_cells(const char *text, uint64_t *guards, uint64_t *holes, uint64_t *lazy,
			uint64_t *areas)
{
	g_auto(GStrv) lines = lines_of(text);

	*guards = *holes = *lazy = *areas = 0;
	ck_assert_ptr_nonnull(strstr(text, "each cell 4K"));
	for (char **line = lines; *line; line++) {
		if (!g_str_has_prefix(*line, "\u2026") || strstr(*line, "  "))
			continue; /* neither a row, nor an entry of the list of areas */
		for (const char *p = strchr(*line, ' ') + 1; *p; p = g_utf8_next_char(p)) {
			switch (g_utf8_get_char(p)) {
			case 0x2502:
				++*guards;
				break;
			case 0xb7:
				++*holes;
				break;
			case 0xd7:
				++*lazy;
				break;
			case 0x2524:
			case ' ':
				break;
			default:
				++*areas;
			}
		}
	}
}

START_TEST(cells_are_the_figures)
{
	for (uint64_t seed = 1; seed < 30; seed++) {
		struct machine *m =
			seed == 1 ? scene_kinds() : scene_lazy(seed, seed % 3 ? 10000 : 0);
		g_autofree char *text = map_txt(m, seed & 1 ? 80 : 100, false);
		uint64_t guards, holes, lazy, areas;

		count_cells(text, &guards, &holes, &lazy, &areas);
		ck_assert_uint_eq(guards << PAGE_SHIFT, scene_figure(m, "guards"));
		ck_assert_uint_eq(holes << PAGE_SHIFT, scene_figure(m, "free"));
		ck_assert_uint_eq(lazy, vmalloc_nr_lazy(m));
		ck_assert_uint_eq(areas << PAGE_SHIFT,
				  scene_figure(m, "mapped") + scene_figure(m, "unmapped"));
		space_end(m);
	}
}
END_TEST

/* An area of a page in a window of terabytes, far from all others, is to be seen. */
START_TEST(tiny_areas_are_seen)
{
	struct machine *m = space_boot(MiB(64), 1);
	vaddr_t far = m->vmalloc_start + (UINT64_C(20) << 40);
	g_autofree char *text = NULL;

	ck_assert_ptr_nonnull(get_vm_area(m, MiB(512), VM_ALLOC, "large"));
	ck_assert_ptr_nonnull(__get_vm_area(m, PAGE_SIZE, VM_ALLOC, far, m->vmalloc_end, "tiny"));
	text = map_txt(m, 80, false);
	ck_assert_ptr_nonnull(strstr(text, "\u2026dd0000000000 \u2581\u00b7"));
	space_end(m);
}
END_TEST

/*
 * An area without a name of its own has no label, however wide it is drawn: the
 * page array of an area of 3 MiB in a window of 4 MiB, and an area without a
 * caller.
 */
START_TEST(wide_areas_without_a_name)
{
	struct machine *m = space_boot_window(MiB(64), 1024);

	ck_assert(vmalloc(m, MiB(3), "a"));
	ck_assert_ptr_nonnull(get_vm_area(m, 64 * PAGE_SIZE, VM_ALLOC, NULL));
	for (unsigned width = MAP_WIDTH_MIN; width <= MAP_WIDTH_MAX; width += 20)
		check_shape(m, width, false);
	space_end(m);
}
END_TEST

/* How often ch stands in the line that begins with the key. */
static unsigned in_line(const char *text, const char *key, gunichar ch)
{
	g_auto(GStrv) lines = lines_of(text);
	unsigned n = 0;

	for (char **line = lines; *line; line++)
		for (const char *p = *line; g_str_has_prefix(*line, key) && *p;
		     p = g_utf8_next_char(p))
			n += g_utf8_get_char(p) == ch;
	return n;
}

/* A request that failed is drawn to scale, with the log's sentence, until an area is placed. */
START_TEST(a_failure)
{
	struct machine *m = space_boot_window(MiB(16), 64);
	char why[VM_WHY_MAX];
	struct vm_history h;

	ck_assert_int_eq(vmalloc_set_history(m, 100), 0);
	ck_assert(vmalloc(m, 42 * PAGE_SIZE, "a"));
	ck_assert_uint_eq(vmalloc(m, 79 * PAGE_SIZE, "wanted"), 0);
	ck_assert_int_eq(vm_history_read_failure(m, &h), 0);
	vm_event_why(&h.event[0], why);
	for (unsigned width = MAP_WIDTH_MIN; width <= MAP_WIDTH_MAX; width += 20) {
		g_autofree char *text = map_txt(m, width, false);
		unsigned asked = in_line(text, "asked for", 0x2573);
		unsigned hole = in_line(text, "largest hole", 0xb7);
		g_auto(GStrv) words = g_strsplit_set(text, " \n", -1);
		g_autofree char *flat = g_strjoinv(" ", words);

		ck_assert_ptr_nonnull(strstr(text, "wanted failed\n"));
		ck_assert_ptr_nonnull(strstr(flat, why));
		/* 80 pages and 20. */
		ck_assert_uint_ge(4 * hole + 4, asked);
		ck_assert_uint_le(4 * hole, asked + 4);
		check_shape(m, width, false);
		check_shape(m, width, true);
	}
	vm_history_free(&h);
	ck_assert(vmalloc(m, PAGE_SIZE, "b"));
	{
		g_autofree char *text = map_txt(m, 80, false);

		ck_assert_ptr_null(strstr(text, "failed"));
	}
	/* Where there is no hole at all, and no name. */
	while (vmalloc(m, PAGE_SIZE, "c"))
		;
	ck_assert_uint_eq(vmalloc(m, PAGE_SIZE, NULL), 0);
	check_shape(m, 80, false);
	space_end(m);
}
END_TEST

/*
 * Device memory in a cell of 64 KiB beside a hole: no cell is full of it, and still it is to
 * be seen, and named.  A name without room for all of it is left out.  Equal areas are listed
 * once.
 */
START_TEST(what_is_rare_or_equal)
{
	struct machine *m = space_boot_window(MiB(64), 4096);
	g_autofree char *text = NULL;
	paddr_t phys;

	ck_assert_int_eq(io_reserve(m, PAGE_SIZE, &phys), 0);
	ck_assert(ioremap(m, phys, PAGE_SIZE, SCENE_IO_PROT, "uart"));
	ck_assert(vmalloc(m, 3 * 65536 - PAGE_SIZE, "long-name-of-an-area"));
	for (unsigned i = 0; i < 5; i++)
		ck_assert(vmalloc(m, 2 * 65536 - PAGE_SIZE, "f"));
	ck_assert_ptr_nonnull(__get_vm_area(m, PAGE_SIZE, VM_ALLOC, m->vmalloc_start + MiB(12),
					    m->vmalloc_end, "far"));
	text = map_txt(m, MAP_WIDTH_MIN, false);
	ck_assert_ptr_nonnull(strstr(text, "ioremap"));
	ck_assert_ptr_nonnull(strstr(text, "guard page"));
	ck_assert_ptr_nonnull(strstr(text, "never given out"));
	/* In the first row, and in the list of areas. */
	ck_assert_uint_eq(in_line(text, "\u2026c90000000000 ", 0x2591), 2);
	ck_assert_ptr_null(strstr(text, "long-n\u2026"));
	ck_assert_ptr_nonnull(strstr(text, " of a hole of "));
	ck_assert_ptr_nonnull(strstr(text, "128K 5 alike, 640K"));
	check_shape(m, MAP_WIDTH_MIN, false);
	space_end(m);
}
END_TEST

static Suite *map_txt_suite(void)
{
	Suite *s = suite_create("map_txt");
	TCase *tc = tcase_create("map_txt");

	tcase_set_timeout(tc, SPACE_TIMEOUT);
	tcase_add_test(tc, lines_keep_to_the_width);
	tcase_add_test(tc, names_of_any_kind);
	tcase_add_test(tc, golden);
	tcase_add_test(tc, cells_are_the_figures);
	tcase_add_test(tc, tiny_areas_are_seen);
	tcase_add_test(tc, wide_areas_without_a_name);
	tcase_add_test(tc, a_failure);
	tcase_add_test(tc, what_is_rare_or_equal);
	suite_add_tcase(s, tc);
	return s;
}

int main(void)
{
	return unit_main(map_txt_suite());
}
