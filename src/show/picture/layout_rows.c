/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Cutting a layout into rows.  Rows lie on a grid that begins where the layout
 * does; which of them are drawn follows from one pass over what is not free.
 */
#include "show/picture/layout.h"

#include <string.h>

#include "show/words.h"

struct grid {
	const struct layout *l;
	vaddr_t origin;
	vaddr_t last; /* the last byte laid out */
	uint64_t row_bytes;
	unsigned max_rows;
	GArray *rows;
	uint64_t next; /* the row after those that are there */
};

static void add_grid_row(struct grid *g, uint64_t n, guint first, bool is_break)
{
	struct layout_row row = {
		.addr = g->origin + g->next * g->row_bytes,
		.size = n * g->row_bytes,
		.first = first,
		.is_break = is_break,
	};

	if (is_break && row.addr + (row.size - 1) > g->last)
		row.size = g->last - row.addr + 1;
	g_array_append_val(g->rows, row);
	g->next += n;
}

/* Rows up to `row`, all of them free; the first meets segment `first`. */
static void skip_to(struct grid *g, uint64_t row, guint first)
{
	if (row == g->next + 1)
		add_grid_row(g, 1, first, false);
	else if (row > g->next)
		add_grid_row(g, row - g->next, first, true);
}

/* The first of the free segments that lead up to segment i, or i. */
static guint free_before(const struct layout *l, guint i)
{
	while (i && segment_is_free(layout_segment(l, i - 1)))
		i--;
	return i;
}

/* False if there are more than max_rows. */
static bool cut_grid(struct grid *g)
{
	const struct layout *l = g->l;
	uint64_t last_row = (g->last - g->origin) / g->row_bytes;

	g_array_set_size(g->rows, 0);
	g->next = 0;
	for (guint i = 0; i < l->segments->len; i++) {
		const struct segment *seg = layout_segment(l, i);
		uint64_t from = (seg->addr - g->origin) / g->row_bytes;
		uint64_t to = (seg->addr - g->origin + (seg->size - 1)) / g->row_bytes;

		/* There is always a first row, even if it is empty. */
		if (segment_is_free(seg)) {
			if (!g->next)
				add_grid_row(g, 1, i, false);
			continue;
		}
		if (to < g->next)
			continue;
		skip_to(g, from, free_before(l, i));
		if (to - g->next >= g->max_rows)
			return false;
		while (g->next <= to)
			add_grid_row(g, 1, g->next == from ? free_before(l, i) : i, false);
		if (g->rows->len > g->max_rows)
			return false;
	}
	skip_to(g, last_row + 1, free_before(l, l->segments->len));
	return g->rows->len <= g->max_rows;
}

/* If all rows fit, no break is needed. */
static void cut_whole(struct grid *g)
{
	uint64_t nr = (g->last - g->origin) / g->row_bytes + 1;
	guint seg = 0;

	if (nr > g->max_rows)
		return;
	g_array_set_size(g->rows, 0);
	for (g->next = 0; g->next < nr;) {
		uint64_t offset = g->next * g->row_bytes;

		while (layout_segment(g->l, seg)->addr - g->origin +
			       (layout_segment(g->l, seg)->size - 1) <
		       offset)
			seg++;
		add_grid_row(g, 1, seg, false);
	}
}

GArray *layout_rows(const struct layout *l, unsigned cells, unsigned max_rows, uint64_t min_cell,
		    uint64_t *cell)
{
	const struct segment *last = layout_segment(l, l->segments->len - 1);
	struct grid g = {
		.l = l,
		.origin = layout_segment(l, 0)->addr,
		.last = last->addr + (last->size - 1),
		.max_rows = max_rows,
		.rows = g_array_new(FALSE, FALSE, sizeof(struct layout_row)),
	};
	uint64_t busy = 0;

	for (unsigned kind = 0; kind < SEG_HOLE; kind++)
		busy += l->bytes[kind];
	*cell = min_cell;
	while (busy / *cell / cells > max_rows)
		*cell *= 2;
	for (;; *cell *= 2) {
		g.row_bytes = *cell * cells;
		if (cut_grid(&g))
			break;
	}
	cut_whole(&g);
	return g.rows;
}

uint64_t layout_row_window(const struct layout *l, const struct layout_row *row)
{
	vaddr_t from = MAX(row->addr, l->window_start);
	vaddr_t last = MIN(layout_row_last(row), l->window_start + (l->window_size - 1));

	return from <= last ? last - from + 1 : 0;
}

struct layout_break layout_break_of(const struct layout *l, const struct layout_row *row)
{
	struct layout_break b = { .free = layout_row_window(l, row) };
	vaddr_t last = layout_row_last(row);

	b.outside = row->size - b.free;
	for (guint i = row->first; i < l->segments->len; i++) {
		const struct segment *seg = layout_segment(l, i);

		if (seg->addr > last)
			break;
		if (seg->kind == SEG_HOLE && seg->addr + (seg->size - 1) >= row->addr)
			b.hole = MAX(b.hole, seg->size);
	}
	return b;
}

char *layout_break_text(const struct layout *l, const struct layout_row *row)
{
	struct layout_break b = layout_break_of(l, row);
	struct size_text part = size_text(b.free), whole = size_text(b.hole);
	GString *text = g_string_new(NULL);

	if (b.free && b.hole > b.free && strcmp(part.s, whole.s) != 0)
		g_string_append_printf(text, "%s of a hole of %s", part.s, whole.s);
	else if (b.free)
		g_string_append_printf(text, "hole of %s", part.s);
	if (b.outside)
		g_string_append_printf(text, "%s%s not of the window", b.free ? ", " : "",
				       size_text(b.outside).s);
	return g_string_free(text, FALSE);
}
