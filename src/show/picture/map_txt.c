/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * map.txt: the address space and the page frames for a terminal.
 *
 *	figures		areas, holes, fragmentation
 *	failure		the last request that found no place, failed_txt.c
 *	rows		…c90000000000 a██████│b██│········████│
 *	                ⋮ 31.9T hole
 *	legend		the glyphs that stand in the rows
 *	areas		the largest, with their names
 *	other spaces	their figures and rows
 *	frames		map_frames_txt.c
 *
 * Every cell of a row stands for the same number of bytes.  A cell that is all
 * busy shows the kind that has the most of it.  A cell that is partly busy is
 * filled from below to the same part, and at least a little, so that no area is
 * too small to be seen.
 *
 * The scale is a power of two and the number of rows and listed areas is
 * bounded, so that a picture which is drawn each second stays where it is.
 */
#include "show/picture/map_txt.h"

#include <string.h>

#include "show/digits.h"
#include "show/picture/failed.h"
#include "show/show.h"
#include "show/words.h"

#define ROWS_MAX 16
#define OTHER_ROWS_MAX 4 /* of another space */
#define AREAS_MAX 8

/* The address at the start of a row: an ellipsis, twelve digits, a blank. */
#define MARGIN 14
#define ADDR_DIGITS 12

#define RANGE_WIDTH 46 /* columns that the range of the window takes, with its key */
#define KEY_WIDTH 19   /* columns of the longest key of a figure */

static const struct glyph kind_glyphs[NR_SEGMENT_KINDS] = {
	[SEG_VMALLOC] = { 0x2588, '#' },  /* █ */
	[SEG_USER] = { 0x2593, '%' },	  /* ▓ */
	[SEG_ARRAY] = { 0x25a4, '=' },	  /* ▤ */
	[SEG_VMAP] = { 0x2592, '&' },	  /* ▒ */
	[SEG_IOREMAP] = { 0x2591, '@' },  /* ░ */
	[SEG_UNMAPPED] = { 0x25a1, 'o' }, /* □ */
	[SEG_GUARD] = { 0x2502, '|' },	  /* │ */
	[SEG_LAZY] = { 0xd7, '~' },	  /* × */
	[SEG_POOLED] = { 0x25a6, '+' },	  /* ▦ */
	[SEG_HOLE] = { 0xb7, '.' },	  /* · */
	[SEG_LAST] = { 0x2524, ']' },	  /* ┤ */
	[SEG_OUTSIDE] = { ' ', ' ' },
};

/* What lies in one cell. */
struct cell {
	uint64_t bytes[NR_SEGMENT_KINDS];
	gunichar label; /* or 0 */
};

struct map {
	struct canvas c;
	const struct layout *l;
	unsigned cells; /* of a row */
	uint64_t cell;	/* bytes */
	uint64_t seen;	/* kinds that the rows show, a bit each */
	bool partly;	/* and cells that are busy in part */
	struct cell *row;

	/* Kinds that no cell shows, a bit each, and how many bytes the cells have that shall. */
	uint64_t rare;
	uint64_t most[NR_SEGMENT_KINDS];
};

static void draw_address(struct map *map, vaddr_t addr)
{
	char digits[ADDR_DIGITS];

	put_hex_wide(digits, addr & ((UINT64_C(1) << 4 * ADDR_DIGITS) - 1), ADDR_DIGITS);
	if (addr >> 32) {
		canvas_put(&map->c, map->c.ascii ? '~' : 0x2026); /* … */
	} else { /* 32 bits are eight digits, in the same columns */
		canvas_put(&map->c, ' ');
		memcpy(digits, "  0x", ADDR_DIGITS - 8);
	}
	canvas_text(&map->c, digits, ADDR_DIGITS);
	canvas_put(&map->c, ' ');
}

/*
 * Writes the name into n cells that belong to the segment alone, if the last of
 * them can stay free.  A name that is too long is left out.
 */
static void label(struct map *map, struct cell *cell, size_t n, const struct segment *seg)
{
	gunichar text[64];
	size_t len, chars = 0;
	const struct snapshot *s = &map->l->snapshot;
	const char *name = area_short_name(s, snapshot_area(s, seg->area), &len);
	const char *end;

	if (!name)
		return;
	end = name + len;
	while (name < end && chars < G_N_ELEMENTS(text)) {
		gunichar ch = canvas_next(&map->c, &name, end);

		text[chars++] = ch >= 0x80 && g_unichar_iswide(ch) ? '?' : ch;
	}
	if (chars >= n || name < end)
		return;
	for (size_t i = 0; i < chars; i++)
		cell[i].label = text[i];
}

/* Adds a segment, which begins or ends in the row or lies across it, to its cells. */
static void add_segment(struct map *map, const struct layout_row *row, const struct segment *seg)
{
	uint64_t from = seg->addr > row->addr ? seg->addr - row->addr : 0;
	uint64_t to = MIN(seg->addr - row->addr + seg->size, row->size);
	uint64_t first = from / map->cell, end = (to + map->cell - 1) / map->cell;
	uint64_t whole = (from + map->cell - 1) / map->cell;

	for (uint64_t i = first; i < end; i++) {
		uint64_t start = MAX(from, i * map->cell);

		map->row[i].bytes[seg->kind] += MIN(to, (i + 1) * map->cell) - start;
	}
	if (seg->kind < SEG_GUARD && seg->area != NO_AREA && seg->addr >= row->addr &&
	    snapshot_area(&map->l->snapshot, seg->area)->addr == seg->addr &&
	    to / map->cell > whole)
		label(map, &map->row[whole], to / map->cell - whole, seg);
}

/* Which of those kinds has the most bytes of the cell. */
static enum segment_kind most_of(const struct cell *cell, unsigned from, unsigned end)
{
	unsigned best = from;

	for (unsigned kind = from + 1; kind < end; kind++)
		if (cell->bytes[kind] > cell->bytes[best])
			best = kind;
	return best;
}

static uint64_t busy_bytes(const struct cell *cell)
{
	uint64_t busy = 0;

	for (unsigned kind = 0; kind < SEG_HOLE; kind++)
		busy += cell->bytes[kind];
	return busy;
}

/* The kind that a cell shows if it is not drawn as busy in part. */
static enum segment_kind main_kind(const struct cell *cell)
{
	if (busy_bytes(cell))
		return most_of(cell, 0, SEG_HOLE);
	return most_of(cell, SEG_HOLE, NR_SEGMENT_KINDS);
}

/*
 * True if the cell shall show a kind that no cell would otherwise: one of those with the
 * most bytes of it.  Guards are everywhere, so one cell is enough for them.
 */
static bool shows_rare(struct map *map, const struct cell *cell, enum segment_kind *ret)
{
	for (unsigned kind = 0; kind < SEG_OUTSIDE; kind++) {
		if (!(map->rare >> kind & 1) || !cell->bytes[kind] ||
		    cell->bytes[kind] < map->most[kind])
			continue;
		if (kind == SEG_GUARD || kind == SEG_LAST)
			map->rare &= ~(UINT64_C(1) << kind);
		*ret = kind;
		return true;
	}
	return false;
}

static gunichar cell_glyph(struct map *map, const struct cell *cell)
{
	uint64_t busy = busy_bytes(cell), free = cell->bytes[SEG_HOLE];
	enum segment_kind kind;
	unsigned step;

	if (map->rare && shows_rare(map, cell, &kind)) {
		map->seen |= UINT64_C(1) << kind;
		return canvas_glyph(&map->c, kind_glyphs[kind]);
	}
	if (busy && free) {
		step = (unsigned)((double)busy / (double)(busy + free) * CANVAS_STEPS + 0.5);
		map->partly = true;
		return canvas_step(&map->c, CLAMP(step, 1, CANVAS_STEPS - 1));
	}
	kind = main_kind(cell);
	if (!cell->bytes[kind])
		return ' '; /* after the end of the layout */
	map->seen |= UINT64_C(1) << kind;
	return canvas_glyph(&map->c, kind_glyphs[kind]);
}

static void fill_cells(struct map *map, const struct layout_row *row)
{
	memset(map->row, 0, map->cells * sizeof(*map->row));
	for (guint i = row->first; i < map->l->segments->len; i++) {
		const struct segment *seg = layout_segment(map->l, i);

		if (seg->addr > row->addr && seg->addr - row->addr >= row->size)
			break;
		if (seg->addr < row->addr && seg->size <= row->addr - seg->addr)
			continue;
		add_segment(map, row, seg);
	}
}

/* Which kinds no cell would show, since all of their cells have more of others, or holes. */
static void find_rare(struct map *map, const GArray *rows)
{
	uint64_t shown = 0, there = 0;

	memset(map->most, 0, sizeof(map->most));
	for (guint i = 0; i < rows->len; i++) {
		const struct layout_row *row = &g_array_index(rows, struct layout_row, i);

		if (row->is_break)
			continue;
		fill_cells(map, row);
		for (unsigned k = 0; k < map->cells; k++) {
			const struct cell *cell = &map->row[k];

			if (cell->label)
				continue;
			if (!busy_bytes(cell) || !cell->bytes[SEG_HOLE])
				shown |= UINT64_C(1) << main_kind(cell);
			for (unsigned kind = 0; kind < SEG_OUTSIDE; kind++) {
				if (!cell->bytes[kind])
					continue;
				there |= UINT64_C(1) << kind;
				map->most[kind] = MAX(map->most[kind], cell->bytes[kind]);
			}
		}
	}
	map->rare = there & ~shown;
}

static void draw_cells_row(struct map *map, const struct layout_row *row)
{
	fill_cells(map, row);
	draw_address(map, row->addr);
	for (unsigned i = 0; i < map->cells; i++) {
		gunichar ch = cell_glyph(map, &map->row[i]);

		canvas_put(&map->c, map->row[i].label ? map->row[i].label : ch);
	}
	canvas_newline(&map->c);
}

static void draw_row_break(struct map *map, const struct layout_row *row)
{
	g_autofree char *text = layout_break_text(map->l, row);

	canvas_tab(&map->c, MARGIN);
	canvas_put(&map->c, map->c.ascii ? ':' : 0x22ee); /* ⋮ */
	canvas_printf(&map->c, " %s", text);
	canvas_newline(&map->c);
}

static void draw_space(struct map *map, unsigned max_rows)
{
	g_autoptr(GArray) rows = layout_rows(map->l, map->cells, max_rows, PAGE_SIZE, &map->cell);

	find_rare(map, rows);
	for (guint i = 0; i < rows->len; i++) {
		const struct layout_row *row = &g_array_index(rows, struct layout_row, i);

		if (row->is_break)
			draw_row_break(map, row);
		else
			draw_cells_row(map, row);
	}
}

static void put_glyph_item(struct canvas *c, gunichar glyph, const char *what)
{
	char utf8[8] = "";

	g_unichar_to_utf8(glyph, utf8);
	canvas_item(c, MARGIN, "%s %s", utf8, what);
}

static void draw_legend(struct map *map)
{
	struct canvas *c = &map->c;

	canvas_item(c, MARGIN, "each cell %s, each row %s", size_text(map->cell).s,
		    size_text(map->cell * map->cells).s);
	canvas_newline(c);
	for (unsigned kind = 0; kind < SEG_OUTSIDE; kind++)
		if (map->seen >> kind & 1 || (kind == SEG_LAST && map->l->bytes[kind]))
			put_glyph_item(c, canvas_glyph(c, kind_glyphs[kind]),
				       segment_kind_name(kind));
	if (map->partly) {
		char steps[32] = "";

		for (unsigned i = 1; i < CANVAS_STEPS; i += 3)
			g_unichar_to_utf8(canvas_step(c, i), steps + strlen(steps));
		canvas_item(c, MARGIN, "%s busy in part", steps);
	}
	canvas_newline(c);
}

/* Areas of one size and one kind; the first is the lowest. */
struct equals {
	guint first;
	guint n;
};

static bool are_equal(const struct area_record *a, const struct area_record *b)
{
	return a->size == b->size && area_kind(a) == area_kind(b);
}

/* The largest areas, in descending order, those that are equal together.  Returns how many. */
static guint largest_areas(const struct snapshot *s, struct equals *ret)
{
	guint n = 0;

	for (guint i = 0; i < s->areas->len; i++) {
		const struct area_record *a = snapshot_area(s, i);
		guint at = n;

		while (at && snapshot_area(s, ret[at - 1].first)->size < a->size)
			at--;
		for (guint k = at; k && snapshot_area(s, ret[k - 1].first)->size == a->size; k--)
			if (are_equal(snapshot_area(s, ret[k - 1].first), a)) {
				ret[k - 1].n++;
				at = AREAS_MAX;
			}
		if (at == AREAS_MAX)
			continue;
		n = MIN(n + 1, AREAS_MAX);
		memmove(&ret[at + 1], &ret[at], (n - at - 1) * sizeof(*ret));
		ret[at] = (struct equals){ .first = i, .n = 1 };
	}
	return n;
}

static void draw_area(struct map *map, const struct equals *e)
{
	const struct snapshot *s = &map->l->snapshot;
	const struct area_record *a = snapshot_area(s, e->first);
	g_autofree char *name = g_malloc(area_name_max(a));
	struct canvas *c = &map->c;

	draw_address(map, a->addr);
	canvas_put(c, canvas_glyph(c, kind_glyphs[layout_area_kind(map->l, e->first)]));
	canvas_printf(c, " %6s ", size_text(a->size).s);
	if (e->n > 1)
		canvas_printf(c, "%u alike, %s in all: ", e->n, size_text(e->n * a->size).s);
	canvas_text(c, name, (size_t)(put_area_name(name, s, a) - name));
	canvas_newline(c);
}

static void draw_areas(struct map *map)
{
	const struct records *areas = map->l->snapshot.areas;
	struct equals largest[AREAS_MAX + 1];
	guint n = largest_areas(&map->l->snapshot, largest);
	guint listed = 0;

	if (!n)
		return;
	for (guint i = 0; i < n; i++)
		listed += largest[i].n;
	canvas_newline(&map->c);
	canvas_printf(&map->c, areas->len > listed ? "The largest areas" : "Areas by size");
	canvas_newline(&map->c);
	for (guint i = 0; i < n; i++)
		draw_area(map, &largest[i]);
	if (areas->len > listed) {
		canvas_tab(&map->c, MARGIN);
		canvas_printf(&map->c, "and %u more", areas->len - listed);
		canvas_newline(&map->c);
	}
}

static void draw_fragmentation(struct canvas *c, const char *key, uint64_t largest, uint64_t free)
{
	canvas_printf(c, "%s", key);
	canvas_tab(c, KEY_WIDTH);
	canvas_bar(c, c->width >= 80 ? 24 : 12, free - largest, free);
	canvas_printf(c, " %.4f", fragmentation(largest, free) / 10000.0);
	if (c->width >= 80)
		canvas_printf(c, "  %s free, largest %s", size_text(free).s, size_text(largest).s);
	canvas_newline(c);
}

static void draw_unusable(struct canvas *c, const struct figures *f)
{
	canvas_printf(c, "unusable_index");
	canvas_tab(c, KEY_WIDTH);
	canvas_bar(c, c->width >= 80 ? 24 : 12, f->unusable, f->free);
	canvas_printf(c, " %.4f", unusable_share(f->unusable, f->free) / 10000.0);
	if (c->width >= 80)
		canvas_printf(c, "  %s too small for %lu pages", size_text(f->unusable).s,
			      (unsigned long)f->unusable_pages);
	canvas_newline(c);
}

static void draw_figures(struct map *map)
{
	const struct layout *l = map->l;
	const struct figures *f = &l->figures;
	struct canvas *c = &map->c;
	vaddr_t end = l->window_start + l->window_size;

	if (c->width < RANGE_WIDTH) {
		canvas_item(c, 0, "%s 0x%lx", l->space, (unsigned long)l->window_start);
		canvas_item(c, 0, "to 0x%lx", (unsigned long)end);
	} else {
		canvas_item(c, 0, "%s 0x%lx-0x%lx", l->space, (unsigned long)l->window_start,
			    (unsigned long)end);
	}
	canvas_item(c, 0, "%s", size_text(l->window_size).s);
	canvas_item(c, 0, "policy %s", vm_policy_name(l->policy));
	if (l->crashed)
		canvas_item(c, 0, "CRASHED");
	canvas_newline(c);

	canvas_item(c, 0, "%lu area%s", (unsigned long)f->areas, f->areas == 1 ? "" : "s");
	canvas_item(c, 0, "%s mapped", size_text(f->mapped).s);
	if (f->unmapped)
		canvas_item(c, 0, "%s not mapped", size_text(f->unmapped).s);
	canvas_item(c, 0, "%s guards", size_text(f->guards).s);
	if (l->bytes[SEG_LAZY])
		canvas_item(c, 0, "%s not purged", size_text(l->bytes[SEG_LAZY]).s);
	if (l->bytes[SEG_POOLED])
		canvas_item(c, 0, "%s in pools", size_text(l->bytes[SEG_POOLED]).s);
	canvas_item(c, 0, "%lu hole%s", (unsigned long)f->holes, f->holes == 1 ? "" : "s");
	if (f->largest_hole)
		canvas_item(c, 0, "largest %s at 0x%lx", size_text(f->largest_hole).s,
			    (unsigned long)f->largest_at);
	canvas_newline(c);
}

static void draw_shares(struct canvas *c, const struct figures *f)
{
	draw_fragmentation(c, "fragmentation", f->largest_hole, f->free);
	draw_fragmentation(c, "span_fragmentation", f->span_largest, f->span_free);
	draw_unusable(c, f);
	canvas_newline(c);
}

/* A space in which nothing is has no picture. */
static bool is_empty(const struct layout *l)
{
	return !l->snapshot.areas->len && !l->snapshot.lazy->len;
}

/* The request that failed in that space, if it is still the last word. */
static void draw_failed_txt(struct canvas *c, const struct failed *f, enum vm_space_id id)
{
	if (f && f->space == id)
		failed_txt(c, f, MARGIN);
}

/* Another space than vmalloc's. */
static void draw_other_space(struct canvas *c, const struct layout *l, struct cell *row,
			     const struct failed *failed, enum vm_space_id id)
{
	struct map map = { .c = *c, .l = l, .cells = (c->width - MARGIN) & ~7u, .row = row };

	canvas_newline(&map.c);
	if (is_empty(l)) {
		canvas_item(&map.c, 0, "%s 0x%lx-0x%lx", l->space, (unsigned long)l->window_start,
			    (unsigned long)(l->window_start + l->window_size));
		canvas_item(&map.c, 0, "%s, empty", size_text(l->window_size).s);
		canvas_newline(&map.c);
		draw_failed_txt(&map.c, failed, id);
	} else {
		draw_figures(&map);
		draw_failed_txt(&map.c, failed, id);
		draw_space(&map, OTHER_ROWS_MAX);
		draw_legend(&map);
	}
	*c = map.c;
}

GBytes *show_map_txt(struct machine *m, const struct show_options *options)
{
	unsigned width = CLAMP(options->map_width, MAP_WIDTH_MIN, MAP_WIDTH_MAX);
	struct layout all, l;
	struct failed failure, *failed = failed_init(&failure, m) ? &failure : NULL;
	struct map map = {
		.c = { .out = g_string_sized_new(8192),
		       .width = width,
		       .ascii = options->map_ascii },
		.l = &l,
		.cells = (width - MARGIN) & ~7u,
	};
	bool ok;

	layout_init(&all, m);
	layout_of_space(&l, &all.snapshot, m, VM_SPACE_VMALLOC);
	ok = !l.snapshot.failed;
	map.row = g_new(struct cell, map.cells);
	draw_figures(&map);
	draw_shares(&map.c, &l.figures);
	draw_failed_txt(&map.c, failed, VM_SPACE_VMALLOC);
	draw_space(&map, ROWS_MAX);
	draw_legend(&map);
	draw_areas(&map);
	layout_deinit(&l);
	for (unsigned id = VM_SPACE_VMALLOC + 1; id < NR_VM_SPACES; id++) {
		if (!layout_of_space(&l, &all.snapshot, m, (enum vm_space_id)id))
			continue;
		draw_other_space(&map.c, &l, map.row, failed, (enum vm_space_id)id);
		ok &= !l.snapshot.failed;
		layout_deinit(&l);
	}
	canvas_newline(&map.c);
	map_frames(&map.c, &all);
	g_free(map.row);
	ok &= !all.snapshot.failed;
	layout_deinit(&all);
	if (failed)
		failed_deinit(failed);
	return text_finish(map.c.out, ok);
}
