/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Page frames for a terminal: a line for each zone.
 *
 *	node zone in use   free    0    1    2 ...    free blocks of order 0-10
 *	 0 DMA32  ████▒···  62K    3    1    0 ...
 *
 * The bar has the frames of data and of page arrays first, then page tables, then
 * what is free.  On a narrow terminal each order is one glyph, which says how much
 * of the free memory is in blocks of that order.
 */
#include "show/picture/map_txt.h"

#include "show/words.h"

#define ZONES_MAX 8
#define ZONE_NAME 10  /* columns of its name */
#define ORDER_WIDTH 5 /* columns of a count */
#define ORDERS_AT 25  /* column where the counts begin */
#define WIDE (ORDERS_AT + MAX_ORDER * ORDER_WIDTH)
#define BAR_WIDTH 8

static const struct glyph data_glyph = { 0x2588, '#' };	      /* █ */
static const struct glyph table_glyph = { 0x2592, 'T' };      /* ▒ */
static const struct glyph few_data_glyph = { 0x258f, ':' };   /* ▏ */
static const struct glyph few_tables_glyph = { 0x2591, 't' }; /* ░ */
static const struct glyph free_glyph = { 0xb7, '.' };	      /* · */

/* A number in four columns: 9999, 12k, 4M. */
static void put_short_count(struct canvas *c, uint64_t n)
{
	static const char units[] = " kMGTPE";
	unsigned unit = 0;

	while (n >= 10000 || (unit && n >= 1000)) {
		n /= 1000;
		unit++;
	}
	if (unit)
		canvas_printf(c, " %3lu%c", (unsigned long)n, units[unit]);
	else
		canvas_printf(c, " %4lu", (unsigned long)n);
}

/* How many of n cells `part` takes; at least one if it is not 0. */
static unsigned share_of_cells(unsigned n, uint64_t part, uint64_t whole)
{
	unsigned cells = (unsigned)((double)part / (double)whole * n + 0.5);

	return part && !cells ? 1 : cells;
}

static void draw_owners(struct canvas *c, unsigned n, const struct zone_info *z)
{
	uint64_t frames = z->end_pfn - z->start_pfn;
	uint64_t used = frames - MIN(frames, z->free);
	uint64_t nr_data = used - MIN(used, z->tables);
	unsigned tables = share_of_cells(n, z->tables, frames);
	unsigned data = share_of_cells(n, nr_data, frames);

	tables = MIN(tables, n);
	data = MIN(data, n - tables);
	if (z->free && data + tables == n)
		*(data > tables ? &data : &tables) -= 1;
	canvas_fill(c, nr_data * n * 2 < frames ? few_data_glyph : data_glyph, data);
	canvas_fill(c, z->tables * n * 2 < frames ? few_tables_glyph : table_glyph, tables);
	canvas_fill(c, free_glyph, n - data - tables);
}

static void draw_orders(struct canvas *c, const struct zone_info *z)
{
	for (unsigned order = 0; order < MAX_ORDER; order++) {
		uint64_t frames = z->nr_free[order] << order;
		unsigned step;

		if (c->width >= WIDE) {
			put_short_count(c, z->nr_free[order]);
			continue;
		}
		step = z->free ? share_of_cells(CANVAS_STEPS, frames, z->free) : 0;
		canvas_put(c, canvas_step(c, MIN(step, CANVAS_STEPS)));
	}
}

static void draw_zone(struct canvas *c, const struct zone_info *z)
{
	bool wide = c->width >= WIDE;

	canvas_printf(c, "%2u %s", z->node, z->name);
	canvas_tab(c, ZONE_NAME);
	draw_owners(c, BAR_WIDTH, z);
	put_short_count(c, z->free);
	canvas_printf(c, " ");
	if (wide)
		canvas_tab(c, ORDERS_AT);
	draw_orders(c, z);
	canvas_newline(c);
}

static void draw_head(struct canvas *c)
{
	bool wide = c->width >= WIDE;

	canvas_printf(c, "node zone");
	canvas_tab(c, ZONE_NAME);
	canvas_printf(c, "in use   free ");
	if (!wide) {
		canvas_printf(c, "in orders 0-10");
	} else {
		canvas_tab(c, ORDERS_AT);
		for (unsigned order = 0; order < MAX_ORDER; order++)
			canvas_printf(c, " %4u", order);
	}
	canvas_newline(c);
}

void map_frames(struct canvas *c, const struct layout *l)
{
	char glyph[8] = "";
	guint n = MIN(l->zones->len, ZONES_MAX);

	canvas_item(c, 0, "%lu page frames, %s", (unsigned long)l->frames, size_text(l->memory).s);
	g_unichar_to_utf8(canvas_glyph(c, data_glyph), glyph);
	canvas_item(c, 0, "%s %lu data", glyph, (unsigned long)layout_data_frames(l));
	if (l->array_frames)
		canvas_item(c, 0, "%lu page arrays", (unsigned long)l->array_frames);
	g_unichar_to_utf8(canvas_glyph(c, table_glyph), glyph);
	canvas_item(c, 0, "%s %lu page tables", glyph, (unsigned long)l->table_frames);
	canvas_item(c, 0, "%lu free", (unsigned long)l->free_frames);
	canvas_newline(c);
	draw_head(c);
	for (guint i = 0; i < n; i++)
		draw_zone(c, layout_zone(l, i));
	if (l->zones->len > n) {
		canvas_printf(c, "and %u zones more", l->zones->len - n);
		canvas_newline(c);
	}
}
