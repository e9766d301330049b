/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Draws a listing with the code that draws the machines of the mount: its areas
 * become a snapshot, and a window's bounds replace those of a machine.
 */
#include <inttypes.h>
#include <string.h>

#include "info/info_report.h"
#include "show/picture/svg_space.h"

#define WIDTH 1200
#define SIDE 20
#define ROW_PIXELS 1024
#define ROWS_MAX 24
#define SPACE_BYTES (700u << 10) /* of one space; a picture of two is below 2 MiB */

/* The VM_ flags that a machine would have for it. */
static unsigned flags_of(const struct listed *a)
{
	unsigned flags = a->flags & (VM_IOREMAP | VM_ALLOC | VM_MAP | VM_USERMAP);

	if (!(flags & (VM_IOREMAP | VM_ALLOC)))
		flags |= VM_MAP;
	return flags | (a->guard ? 0 : VM_NO_GUARD);
}

static void record_listed(struct snapshot *s, const struct listing *l, const struct listed *a)
{
	const char *caller = listing_name(l, a->caller);
	struct area_record r = {
		.addr = a->start,
		.size = a->size,
		.nr_pages = listed_mapped(l, a) >> PAGE_SHIFT,
		.phys_addr = a->has_phys && a->phys < PHYS_END - a->size ? a->phys : 0,
		.flags = flags_of(a),
		.symbol = true,
		.requested_size = a->size,
		.name = NO_NAME,
		.nodes = NO_NODES,
	};

	if (caller) {
		r.name = s->names->len;
		r.name_len = strlen(caller);
		g_string_append(s->names, caller);
	}
	s->failed |= !records_add(s->areas, &r, sizeof(r));
}

/* The areas of one space. */
static void fill(struct snapshot *s, const struct listing *l, const struct listing_window *w)
{
	*s = (struct snapshot){
		.nr_nodes = 1,
		.names = g_string_new(NULL),
	};
	for (guint i = 0; i < l->areas->len; i++) {
		const struct listed *a = listing_area(l, i);
		struct lazy_record r = { .addr = a->start, .size = a->size };

		if (a->overlaps || listing_window_of(l, a) != w)
			continue;
		if (a->kind == LISTED_UNPURGED)
			s->failed |= !records_add(s->lazy, &r, sizeof(r));
		else
			record_listed(s, l, a);
	}
}

static double draw_info_space(struct svg *svg, const struct info *info, const struct info_space *s,
			      double y)
{
	const struct listing_window *w = s->window;
	struct machine bounds = { .vmalloc_start = w->start,
				  .vmalloc_end = w->end - (w->last_unused ? 1 : 0) };
	struct snapshot snapshot;
	struct layout l;
	struct svg_space space = { .layout = &l,
				   .x = SIDE,
				   .y = y + 46,
				   .width = ROW_PIXELS,
				   .max_rows = ROWS_MAX,
				   .row_height = 24,
				   .max_bytes = SPACE_BYTES };

	fill(&snapshot, info->l, w);
	layout_of_snapshot(&l, &snapshot, &bounds);
	if (l.snapshot.failed)
		g_error("no memory for a picture of %u areas", info->l->areas->len);
	svg_text(svg, SIDE, y, "font-size=\"16\" font-weight=\"bold\"",
		 "%s " ADDR_FMT "\u2013" ADDR_FMT ", %s", s->name, ADDR_ARG(info->l, w->start),
		 ADDR_ARG(info->l, w->end), svg_size(w->end - w->start).s);
	svg_text(svg, SIDE, y + 20, "fill=\"" SVG_FAINT "\"",
		 "%s in %s areas, %s free in %s holes, the largest %s; %s wait for a purge",
		 svg_size(s->bytes).s, svg_count(s->areas).s, svg_size(s->holes.free).s,
		 svg_count(s->holes.hole->len).s, svg_size(s->holes.largest.size).s,
		 svg_size(s->waiting_bytes).s);
	svg_space_draw(svg, &space);
	g_array_unref(space.rows);
	y = space.y + space.height + 20;
	y += svg_legend(svg, &l, SIDE + SVG_SPACE_MARGIN, y, ROW_PIXELS);
	layout_deinit(&l);
	return y + 30;
}

GBytes *info_svg(const struct info *info)
{
	struct svg svg;
	double y = 34;

	svg_begin(&svg, WIDTH);
	svg_text(&svg, SIDE, y, "font-size=\"22\" font-weight=\"bold\"", "%s",
		 info->l->hidden ? "the addresses are hidden" : "vmalloc address space");
	y += 34;
	for (unsigned i = 0; i < info->nr_spaces; i++)
		y = draw_info_space(&svg, info, &info->space[i], y);
	return svg_end(&svg, y);
}
