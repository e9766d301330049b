/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Drawing one address space.
 *
 * One pass goes over the segments as items: an area with its guard, a lazily
 * freed range, a hole.  A wide item is drawn at once, in each row that it reaches
 * into.  The bytes of narrow items are added to the current column, which is
 * drawn when it is full or a wide item begins.
 *
 *	row     |wide item      |n|n|n|n|n|wide item  |
 *	columns |               |cc|cc|cc |           |
 */
#include "show/picture/svg_space.h"

#include <string.h>

#include "show/picture/svg_font.h"
#include "show/show.h"

#define MAX_SHAPES 1200 /* items drawn as themselves, */
#define COLUMN 2	/* and pixels of a column, if there is room for so much */
#define LABEL_CHARS 64	/* of a name in hover text */
#define LABEL_FONT 12
#define LABEL_WIDTH 120 /* pixels that have room for a label */
#define MIN_WIDTH 3	/* pixels of what is drawn as itself */

struct item {
	guint first, n; /* segments */
	vaddr_t addr;
	uint64_t size;
};

struct drawing {
	struct svg *svg;
	struct svg_space *space;
	const struct layout *l;
	unsigned max_shapes; /* at most so many items are drawn as themselves, */
	uint64_t wide;	     /* which are those from so many bytes on */
	unsigned column;     /* pixels of a column */
	guint row;	     /* the row with the current address, or the first one after it */

	/* The current column; it is empty if its start is its end. */
	vaddr_t start, end;
	uint64_t bytes[NR_SEGMENT_KINDS];
	GString *columns[NR_SEGMENT_KINDS]; /* paths of all of them */
};

static const struct layout_row *row_at(const struct drawing *d, guint i)
{
	return &g_array_index(d->space->rows, struct layout_row, i);
}

/* True if addr lies after the last byte of the row. */
static bool is_after_row(const struct layout_row *row, vaddr_t addr)
{
	return addr > row->addr && addr - row->addr >= row->size;
}

static void flush_column(struct drawing *d)
{
	const struct layout_row *row = row_at(d, d->row);
	double x, w, y, height = d->space->row_height;
	uint64_t size = d->end - d->start;
	bool any = false;

	if (!size)
		return;
	x = svg_space_x(d->space, row, d->start);
	w = (double)size / (double)d->space->pixel;
	y = svg_space_row_y(d->space, d->row) + height;
	for (unsigned kind = 0; kind < SEG_OUTSIDE; kind++) {
		double h = (double)d->bytes[kind] / (double)size * height;

		if (kind == SEG_HOLE || !d->bytes[kind])
			continue;
		any = true;
		h = MAX(h, 0.25);
		y -= h;
		svg_path_rect(d->columns[kind], x, y, w, h);
	}
	d->space->nr_columns += any;
	memset(d->bytes, 0, sizeof(d->bytes));
	d->start = d->end;
}

/* Adds [addr, addr + size) of a narrow item, all in one row. */
static void add_to_columns(struct drawing *d, enum segment_kind kind, vaddr_t addr, uint64_t size)
{
	uint64_t column = d->column * d->space->pixel;
	vaddr_t row = row_at(d, d->row)->addr;

	while (size) {
		vaddr_t next = row + ((addr - row) / column + 1) * column;
		uint64_t take = MIN(size, next - addr);

		if (d->end != addr || d->start == d->end) {
			flush_column(d);
			d->start = addr;
		}
		d->end = addr + take;
		d->bytes[kind] += take;
		if (d->end == next)
			flush_column(d);
		addr += take;
		size -= take;
	}
}

/* Goes on to the row that has addr, or to the first one that begins after it. */
static bool to_row(struct drawing *d, vaddr_t addr)
{
	while (d->row < d->space->rows->len && is_after_row(row_at(d, d->row), addr)) {
		flush_column(d);
		d->row++;
	}
	return d->row < d->space->rows->len;
}

/* Calls fn for each row that a segment reaches into, with the part that lies there. */
typedef void piece_fn(struct drawing *d, const struct segment *seg, vaddr_t addr, uint64_t size,
		      void *arg);

static void each_piece(struct drawing *d, const struct segment *seg, piece_fn *fn, void *arg)
{
	vaddr_t addr = seg->addr, last = seg->addr + (seg->size - 1);

	while (to_row(d, addr)) {
		const struct layout_row *row = row_at(d, d->row);
		vaddr_t row_last = layout_row_last(row);
		vaddr_t end = MIN(last, row_last);

		fn(d, seg, addr, end - addr + 1, arg);
		if (!seg->outside)
			d->space->drawn[seg->kind] += end - addr + 1;
		if (end == last)
			return;
		addr = end + 1;
	}
}

static void narrow_piece(struct drawing *d, const struct segment *seg, vaddr_t addr, uint64_t size,
			 void *arg)
{
	(void)arg;
	if (!row_at(d, d->row)->is_break)
		add_to_columns(d, seg->kind, addr, size);
}

/* What a wide item gathers while its pieces are written. */
struct shape {
	GString *path;
	double x, y, width; /* of the first piece with room for a label, or the widest */
};

static void wide_piece(struct drawing *d, const struct segment *seg, vaddr_t addr, uint64_t size,
		       void *arg)
{
	const struct layout_row *row = row_at(d, d->row);
	struct shape *shape = arg;
	double x, y, w;

	(void)seg;
	if (row->is_break)
		return;
	x = svg_space_x(d->space, row, addr);
	y = svg_space_row_y(d->space, d->row);
	w = (double)size / (double)d->space->pixel;
	svg_path_rect(shape->path, x, y, w, d->space->row_height);
	if (w > shape->width && shape->width < LABEL_WIDTH) {
		shape->x = x;
		shape->y = y;
		shape->width = w;
	}
}

static void put_tooltip(struct drawing *d, const struct item *item)
{
	const struct snapshot *s = &d->l->snapshot;
	const struct segment *seg = layout_segment(d->l, item->first);
	GString *out = d->svg->out;

	g_string_append(out, "<title>");
	if (seg->area != NO_AREA) {
		const struct area_record *a = snapshot_area(s, seg->area);
		g_autofree char *name = g_malloc(area_name_max(a));

		svg_escape(d->svg, name, (size_t)(put_area_name(name, s, a) - name), LABEL_CHARS);
		g_string_append_printf(out, "\n%s\n", segment_kind_name(seg->kind));
	} else {
		g_string_append_printf(out, "%s\n", segment_kind_name(seg->kind));
	}
	g_string_append_printf(out, "0x%lx-0x%lx\n%s", (unsigned long)item->addr,
			       (unsigned long)(item->addr + item->size), svg_size(item->size).s);
	if (seg->area != NO_AREA) {
		const struct area_record *a = snapshot_area(s, seg->area);

		g_string_append_printf(out, ", %lu page%s, ", (unsigned long)a->nr_pages,
				       a->nr_pages == 1 ? "" : "s");
		show_flags(out, a->flags);
		if (a->flags & VM_IOREMAP)
			g_string_append_printf(out, "\nphys 0x%lx", (unsigned long)a->phys_addr);
	}
	g_string_append(out, "</title>");
}

/* A name without its directory, or without what follows "+", or a size, if all of it fits. */
static void put_label(struct drawing *d, const struct segment *seg, const struct shape *shape)
{
	const struct snapshot *s = &d->l->snapshot;
	struct svg_word bytes = svg_size(seg->size);
	const char *name = bytes.s;
	size_t len = strlen(bytes.s);

	if (seg->kind == SEG_LAST)
		return;
	if (seg->area != NO_AREA)
		name = area_short_name(s, snapshot_area(s, seg->area), &len);
	if (!name || !len || svg_text_width(name, len, LABEL_FONT) + 8 > shape->width)
		return;
	g_string_append(d->svg->out, "<text x=\"");
	svg_number(d->svg, shape->x + 4);
	g_string_append(d->svg->out, "\" y=\"");
	svg_number(d->svg, shape->y + d->space->row_height / 2 + 4);
	g_string_append_printf(d->svg->out, "\" fill=\"%s\" pointer-events=\"none\">",
			       svg_ink(seg->kind));
	svg_escape(d->svg, name, len, SIZE_MAX);
	g_string_append(d->svg->out, "</text>");
}

static void draw_wide(struct drawing *d, const struct item *item)
{
	const struct segment *first = layout_segment(d->l, item->first);
	GString *out = d->svg->out;
	struct shape widest = { .width = 0 };

	if (first->kind == SEG_OUTSIDE)
		return;
	if (first->area != NO_AREA)
		d->space->nr_areas++;
	flush_column(d);
	g_string_append(out, "<g>");
	put_tooltip(d, item);
	for (guint i = 0; i < item->n; i++) {
		const struct segment *seg = layout_segment(d->l, item->first + i);
		struct shape shape = { .path = g_string_new(NULL) };

		each_piece(d, seg, wide_piece, &shape);
		if (shape.path->len)
			g_string_append_printf(out, "<path fill=\"%s\" d=\"%s\"%s/>",
					       svg_fill(seg->kind), shape.path->str,
					       seg->kind < SEG_GUARD
						       ? " stroke=\"#ffffff\" stroke-width=\"0.4\""
						       : "");
		g_string_free(shape.path, TRUE);
		shape.path = NULL;
		if (!i)
			widest = shape;
	}
	put_label(d, first, &widest);
	g_string_append(out, "</g>\n");
}

static void draw_item(struct drawing *d, const struct item *item)
{
	if (item->size >= d->wide) {
		draw_wide(d, item);
		return;
	}
	for (guint i = 0; i < item->n; i++)
		each_piece(d, layout_segment(d->l, item->first + i), narrow_piece, NULL);
}

/* The item that begins with segment i: all segments of one area. */
static struct item item_at(const struct layout *l, guint i)
{
	const struct segment *seg = layout_segment(l, i);
	struct item item = { .first = i, .n = 1, .addr = seg->addr, .size = seg->size };

	if (seg->area == NO_AREA)
		return item;
	for (; i + item.n < l->segments->len; item.n++) {
		const struct segment *next = layout_segment(l, i + item.n);

		if (next->area != seg->area)
			break;
		item.size += next->size;
	}
	return item;
}

/* The least width, MIN_WIDTH or a power of two above it, that few enough items reach. */
static uint64_t choose_wide(const struct drawing *d)
{
	uint64_t nr[64] = { 0 }, sum = 0;
	uint64_t least = MIN_WIDTH * d->space->pixel;
	struct item item;
	unsigned step;

	for (guint i = 0; i < d->l->segments->len; i += item.n) {
		item = item_at(d->l, i);
		if (item.size >= least)
			nr[fls64(item.size / least) - 1]++;
	}
	for (step = 63; step; step--) {
		sum += nr[step];
		if (sum > d->max_shapes)
			return least << (step + 1);
	}
	return sum + nr[0] > d->max_shapes ? least << 1 : least;
}

/* The background of a row: its address, and the part of it that is in the window. */
static void draw_space_row(struct drawing *d, guint i)
{
	const struct layout *l = d->l;
	const struct layout_row *row = row_at(d, i);
	double y = svg_space_row_y(d->space, i), height = d->space->row_height;
	vaddr_t last = layout_row_last(row);
	vaddr_t from = MAX(row->addr, l->window_start);
	vaddr_t to = MIN(last, l->window_start + (l->window_size - 1));

	svg_text(d->svg, d->space->x, y + height / 2 + 4,
		 "font-family=\"DejaVu Sans Mono, Menlo, Consolas, monospace\" font-size=\"11\"",
		 "0x%lx", (unsigned long)row->addr);
	if (from <= to)
		svg_rect(d->svg, svg_space_x(d->space, row, from), y,
			 (double)(to - from + 1) / (double)d->space->pixel, height,
			 "fill=\"" SVG_HOLE_FILL "\"");
	svg_rect(d->svg, d->space->x + SVG_SPACE_MARGIN - 0.5, y - 0.5, d->space->width + 1.0,
		 height + 1, "fill=\"none\" stroke=\"#c8d0d8\" stroke-width=\"1\"");
}

static void draw_space_break(struct drawing *d, guint i)
{
	double y = svg_space_row_y(d->space, i) + d->space->row_height / 2;
	double x = d->space->x + SVG_SPACE_MARGIN, half;
	g_autofree char *hole = layout_break_text(d->l, row_at(d, i));
	g_autofree char *what = g_strdup_printf("\u2026 %s \u2026", hole);

	g_string_append(d->svg->out, "<path d=\"M");
	svg_number(d->svg, x);
	g_string_append_c(d->svg->out, ' ');
	svg_number(d->svg, y);
	g_string_append_printf(d->svg->out, "h%u\" ", d->space->width);
	g_string_append(d->svg->out, "stroke=\"#8b949e\" stroke-width=\"1.5\" "
				     "stroke-dasharray=\"2 6\" fill=\"none\"/>\n");
	half = svg_text_width(what, strlen(what), LABEL_FONT) / 2 + 6;
	svg_rect(d->svg, x + d->space->width / 2.0 - half, y - 9, 2 * half, 18, "fill=\"#ffffff\"");
	svg_text(d->svg, x + d->space->width / 2.0, y + 4,
		 "text-anchor=\"middle\" fill=\"" SVG_FAINT "\"", "%s", what);
}

static void draw_columns(struct drawing *d)
{
	for (unsigned kind = 0; kind < NR_SEGMENT_KINDS; kind++) {
		if (d->columns[kind]->len)
			g_string_append_printf(d->svg->out,
					       "<path fill=\"%s\" d=\"%s\"><title>%s, merged"
					       "</title></path>\n",
					       svg_fill(kind), d->columns[kind]->str,
					       segment_kind_name(kind));
		g_string_free(d->columns[kind], TRUE);
	}
}

static void draw_rows(struct drawing *d)
{
	for (guint i = 0; i < d->space->rows->len; i++) {
		if (row_at(d, i)->is_break)
			draw_space_break(d, i);
		else
			draw_space_row(d, i);
	}
}

static void draw_items(struct drawing *d)
{
	struct item item;

	for (unsigned kind = 0; kind < NR_SEGMENT_KINDS; kind++)
		d->columns[kind] = g_string_new(NULL);
	d->wide = choose_wide(d);
	for (guint i = 0; i < d->l->segments->len; i += item.n) {
		item = item_at(d->l, i);
		draw_item(d, &item);
	}
	if (d->row < d->space->rows->len)
		flush_column(d);
	draw_columns(d);
}

static GArray *cut_rows(const struct svg_space *space, uint64_t *pixel)
{
	return layout_rows(space->layout, space->width, space->max_rows,
			   MAX(space->min_pixel, PAGE_SIZE / 64), pixel);
}

uint64_t svg_space_pixel(const struct svg_space *space)
{
	uint64_t pixel;

	g_array_unref(cut_rows(space, &pixel));
	return pixel;
}

void svg_space_draw(struct svg *svg, struct svg_space *space)
{
	gsize start = svg->out->len;
	unsigned column = COLUMN, shapes = MAX_SHAPES;

	space->rows = cut_rows(space, &space->pixel);
	space->height = svg_space_pitch(space) * space->rows->len - 6;
	for (;; column *= 2, shapes /= 2) {
		struct drawing d = { .svg = svg,
				     .space = space,
				     .l = space->layout,
				     .column = column,
				     .max_shapes = shapes };

		space->nr_areas = space->nr_columns = 0;
		memset(space->drawn, 0, sizeof(space->drawn));
		draw_rows(&d);
		draw_items(&d);
		if (svg->out->len - start <= space->max_bytes || column >= space->width)
			break;
		g_string_truncate(svg->out, start);
	}
}

double svg_legend(struct svg *svg, const struct layout *l, double x, double y, double width)
{
	double at = x, line = y;

	for (unsigned kind = 0; kind <= SEG_LAST; kind++) {
		const char *name = segment_kind_name(kind);
		double w = 18 + 10 + svg_text_width(name, strlen(name), LABEL_FONT) + 14;
		g_autofree char *fill = g_strdup_printf(
			"fill=\"%s\" stroke=\"#8b949e\" stroke-width=\"0.6\"", svg_fill(kind));

		if (!l->bytes[kind] && !l->areas[kind] && kind != SEG_GUARD && kind != SEG_HOLE)
			continue;
		if (at + w > x + width) {
			at = x;
			line += 22;
		}
		svg_rect(svg, at, line, 18, 14, fill);
		svg_text(svg, at + 24, line + 11, "", "%s", name);
		at += w;
	}
	return line + 22 - y;
}
