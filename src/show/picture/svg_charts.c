/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Charts of an SVG picture.
 */
#include "show/picture/svg_charts.h"

#include <string.h>

#include "show/picture/svg_font.h"

#define HEADING "font-size=\"14\" font-weight=\"bold\""
#define SMALL "font-size=\"10\" fill=\"" SVG_FAINT "\""

static void figure(struct svg *svg, double x, double y, double width, const char *what,
		   const char *value, const char *more)
{
	svg_rect(svg, x, y, width, SVG_FIGURES_HEIGHT, "rx=\"4\" fill=\"#f1f4f6\"");
	svg_text(svg, x + 10, y + 16, "font-size=\"11\" fill=\"" SVG_FAINT "\"", "%s", what);
	svg_text(svg, x + 10, y + 36, "font-size=\"18\" font-weight=\"bold\"", "%s", value);
	if (svg_text_width(more, strlen(more), 10) + 12 <= width)
		svg_text(svg, x + 10, y + 51, SMALL, "%s", more);
}

/* Of ten-thousandths. */
static char *fraction(unsigned f)
{
	return g_strdup_printf("%u.%04u", f / 10000, f % 10000);
}

/* What of the busy space belongs to no area, in a line. */
static char *freed(const struct layout *l)
{
	uint64_t lazy = l->bytes[SEG_LAZY], pooled = l->bytes[SEG_POOLED];

	if (lazy && pooled)
		return g_strdup_printf("%s not purged, %s in pools", svg_size(lazy).s,
				       svg_size(pooled).s);
	if (pooled)
		return g_strdup_printf("%s freed, in pools", svg_size(pooled).s);
	return lazy ? g_strdup_printf("%s freed, not purged", svg_size(lazy).s) : g_strdup("");
}

void svg_figures(struct svg *svg, const struct layout *l, double x, double y, double width)
{
	const struct figures *f = &l->figures;
	g_autofree char *outside =
		g_strdup_printf("%lu outside the window", (unsigned long)f->outside);
	g_autofree char *unmapped =
		g_strdup_printf("%s reserved, not mapped", svg_size(f->unmapped).s);
	g_autofree char *lazy = freed(l);
	g_autofree char *holes =
		g_strdup_printf("in %s hole%s", svg_count(f->holes).s, f->holes == 1 ? "" : "s");
	g_autofree char *at = g_strdup_printf("at 0x%lx", (unsigned long)f->largest_at);
	g_autofree char *whole = fraction(fragmentation(f->largest_hole, f->free));
	g_autofree char *span = fraction(fragmentation(f->span_largest, f->span_free));
	g_autofree char *unusable = fraction(unusable_share(f->unusable, f->free));
	g_autofree char *small = g_strdup_printf("%s too small for %s", svg_size(f->unusable).s,
						 svg_size(f->unusable_pages << PAGE_SHIFT).s);
	const struct {
		const char *what;
		struct svg_word value;
		const char *text; /* instead of value */
		const char *more;
	} all[] = {
		{ "Areas", svg_count(f->areas), NULL, f->outside ? outside : "" },
		{ "Mapped", svg_size(f->mapped), NULL, f->unmapped ? unmapped : "" },
		{ "Guard pages", svg_size(f->guards), NULL, lazy },
		{ "Free", svg_size(f->free), NULL, holes },
		{ "Largest hole", svg_size(f->largest_hole), NULL, f->largest_hole ? at : "" },
		{ "Fragmentation", { "" }, whole, "of the whole window" },
		{ "Fragmentation", { "" }, span, "first to last area" },
		{ "Unusable index", { "" }, unusable, small },
	};
	double step = (width + 10) / G_N_ELEMENTS(all);

	for (size_t i = 0; i < G_N_ELEMENTS(all); i++)
		figure(svg, x + step * (double)i, y, step - 10, all[i].what,
		       all[i].text ? all[i].text : all[i].value.s, all[i].more);
}

/* A number in as few letters as there is room for above a bar: 999, 7k. */
static struct svg_word thousands(uint64_t n)
{
	struct svg_word w;

	g_snprintf(w.s, sizeof(w.s), n < 1000 ? "%lu" : "%luk",
		   (unsigned long)(n < 1000 ? n : (n + 500) / 1000));
	return w;
}

/* A number in at most five letters: 9999, 12k, 4M. */
static struct svg_word short_count(uint64_t n)
{
	struct svg_word w;

	if (n < 10000)
		g_snprintf(w.s, sizeof(w.s), "%lu", (unsigned long)n);
	else if (n < 10000000)
		g_snprintf(w.s, sizeof(w.s), "%luk", (unsigned long)(n / 1000));
	else
		g_snprintf(w.s, sizeof(w.s), "%luM", (unsigned long)(n / 1000000));
	return w;
}

static void hole_bar(struct svg *svg, const struct hole_class *class, unsigned i, double x,
		     double base, double width, double height)
{
	uint64_t least = PAGE_SIZE << i;

	g_string_append_printf(svg->out, "<g><title>%s hole%s of %s to below %s, %s in all</title>",
			       svg_count(class->count).s, class->count == 1 ? "" : "s",
			       svg_size(least).s, svg_size(2 * least).s, svg_size(class->bytes).s);
	svg_rect(svg, x, base - height, width, height, "fill=\"#56b4e9\"");
	g_string_append(svg->out, "</g>");
}

/* "16K\u201332K": the smallest hole of a class, and the smallest of the next one. */
static struct svg_word svg_hole_sizes(unsigned i)
{
	struct svg_word w;

	g_snprintf(w.s, sizeof(w.s), "%s\u2013%s", svg_size(PAGE_SIZE << i).s,
		   svg_size(PAGE_SIZE << (i + 1)).s);
	return w;
}

void svg_holes(struct svg *svg, const struct layout *l, double x, double y, double width,
	       double height)
{
	double base = y + height - 18, room = height - 18 - 44, slot;
	double next = 0, next_count = 0, last_height = 0; /* where the letters so far end */
	unsigned from = HOLE_CLASSES, to = 0;
	uint64_t most = 1;

	svg_text(svg, x, y + 12, HEADING, "Holes by size");
	for (unsigned i = 0; i < HOLE_CLASSES; i++) {
		if (!l->holes[i].count)
			continue;
		from = MIN(from, i);
		to = i;
		most = MAX(most, l->holes[i].count);
	}
	if (from > to) {
		svg_text(svg, x, y + 34, SMALL, "there are none");
		return;
	}
	slot = MIN(width / (to - from + 1), 64);
	for (unsigned i = from; i <= to; i++) {
		double left = x + slot * (i - from), half;
		double h = (double)l->holes[i].count / (double)most * room;
		struct svg_word sizes;

		if (l->holes[i].count)
			hole_bar(svg, &l->holes[i], i, left + 1, base, slot - 2, MAX(h, 1));
		if (!l->holes[i].count)
			continue;
		sizes = svg_hole_sizes(i);
		half = svg_text_width(sizes.s, strlen(sizes.s), 10) / 2;
		if (left + slot / 2 - half < next)
			continue;
		svg_text(svg, left + slot / 2, base + 13, "text-anchor=\"middle\" font-size=\"10\"",
			 "%s", sizes.s);
		next = left + slot / 2 + half + 4;
	}
	/* Above the bars, so that no bar hides its neighbour's count. */
	for (unsigned i = from; i <= to; i++) {
		double middle = x + slot * (i - from + 0.5);
		double h = (double)l->holes[i].count / (double)most * room;
		struct svg_word count = thousands(l->holes[i].count);

		if (!l->holes[i].count || (middle < next_count && ABS(h - last_height) < 12))
			continue;
		svg_text(svg, middle, base - MAX(h, 1) - 3,
			 "text-anchor=\"middle\" font-size=\"10\"", "%s", count.s);
		next_count = middle + 7 * (double)strlen(count.s);
		last_height = h;
	}
	svg_rect(svg, x, base, MAX(slot * (to - from + 1), 60), 1, "fill=\"#8b949e\"");
}

#define ZONES_MAX 10
#define ZONE_HEIGHT 24
#define BAR_AT 96
#define BAR_WIDTH 280
#define ORDERS_AT 390
#define ORDER_WIDTH 34

/* Free blocks: the smaller they are, the darker. */
static const char *const order_fills[MAX_ORDER] = {
	"#00543c", "#066449", "#0f7456", "#1d8464", "#329374", "#4aa285",
	"#64b097", "#81bfaa", "#9fcebe", "#bdddd3", "#dceee8",
};

static double bar_part(struct svg *svg, double x, double y, uint64_t part, uint64_t whole,
		       const char *fill, const char *what)
{
	g_autofree char *attributes = g_strdup_printf("fill=\"%s\"", fill);
	double w = (double)part / (double)whole * BAR_WIDTH;

	if (!part)
		return x;
	g_string_append_printf(svg->out, "<g><title>%s frame%s: %s</title>", svg_count(part).s,
			       part == 1 ? "" : "s", what);
	svg_rect(svg, x, y, MAX(w, 0.5), ZONE_HEIGHT - 8, attributes);
	g_string_append(svg->out, "</g>");
	return x + w;
}

static void zone(struct svg *svg, const struct zone_info *z, double x, double y)
{
	uint64_t frames = z->end_pfn - z->start_pfn;
	uint64_t used = frames - MIN(frames, z->free);
	double at = x + BAR_AT;

	svg_text(svg, x, y + 12, "", "Node %u %s", z->node, z->name);
	at = bar_part(svg, at, y, used - MIN(used, z->tables), frames, SVG_DATA_FILL, "data");
	at = bar_part(svg, at, y, z->tables, frames, SVG_TABLE_FILL, "page tables");
	at = bar_part(svg, at, y, z->pcp, frames, order_fills[0], "free, on the stack");
	for (unsigned order = 0; order < MAX_ORDER; order++) {
		g_autofree char *what = g_strdup_printf("free, in blocks of order %u", order);

		at = bar_part(svg, at, y, z->nr_free[order] << order, frames, order_fills[order],
			      what);
	}
	svg_rect(svg, x + BAR_AT, y, BAR_WIDTH, ZONE_HEIGHT - 8,
		 "fill=\"none\" stroke=\"#8b949e\" stroke-width=\"0.6\"");
	for (unsigned order = 0; order < MAX_ORDER; order++)
		svg_text(svg, x + ORDERS_AT + ORDER_WIDTH * (order + 1.0) - 4, y + 12,
			 z->nr_free[order]
				 ? "text-anchor=\"end\" font-size=\"10\""
				 : "text-anchor=\"end\" font-size=\"10\" fill=\"#a8b0b8\"",
			 "%s", short_count(z->nr_free[order]).s);
}

/* Returns where the next one can be drawn. */
static double swatch(struct svg *svg, double x, double y, const char *fill, const char *what)
{
	g_autofree char *attributes = g_strdup_printf("fill=\"%s\"", fill);

	svg_rect(svg, x, y, 14, 12, attributes);
	svg_text(svg, x + 19, y + 10, "font-size=\"11\"", "%s", what);
	return x + 40 + 6.4 * (double)strlen(what);
}

double svg_zones(struct svg *svg, const struct layout *l, double x, double y)
{
	guint n = MIN(l->zones->len, ZONES_MAX);
	double at = x, line = y + 26;
	g_autofree char *data = NULL, *tables = NULL;

	svg_text(svg, x, y + 12, HEADING, "Page frames: %s, %s free", svg_count(l->frames).s,
		 svg_count(l->free_frames).s);
	svg_text(svg, x + ORDERS_AT + 8, y + 12, SMALL, "free blocks by order");
	for (unsigned order = 0; order < MAX_ORDER; order++)
		svg_text(svg, x + ORDERS_AT + ORDER_WIDTH * (order + 1.0) - 4, line + 6,
			 "text-anchor=\"end\" " SMALL, "%u", order);
	line += 12;
	for (guint i = 0; i < n; i++, line += ZONE_HEIGHT)
		zone(svg, layout_zone(l, i), x, line);
	if (l->zones->len > n) {
		svg_text(svg, x, line + 12, SMALL, "and %u zones more", l->zones->len - n);
		line += ZONE_HEIGHT;
	}
	line += 8;
	data = l->array_frames ? g_strdup_printf("data %s, page arrays %s",
						 svg_count(layout_data_frames(l)).s,
						 svg_count(l->array_frames).s)
			       : g_strdup_printf("data %s", svg_count(layout_data_frames(l)).s);
	tables = g_strdup_printf("page tables %s", svg_count(l->table_frames).s);
	at = swatch(svg, at, line, SVG_DATA_FILL, data);
	at = swatch(svg, at, line, SVG_TABLE_FILL, tables);
	at = swatch(svg, at, line, order_fills[0], "free in small blocks");
	swatch(svg, at, line, order_fills[MAX_ORDER - 1], "free in large blocks");
	return line + 18 - y;
}
