/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * map.svg: the address space and the page frames on one slide.
 *
 *	title
 *	figures
 *	legend
 *	the request that failed       failed_svg.c
 *	address space, in rows        svg_space.c
 *	holes by size | page frames   svg_charts.c
 *	the other spaces
 */
#include "show/show.h"
#include "show/picture/failed.h"
#include "show/picture/svg_charts.h"
#include "show/picture/svg_space.h"

#define WIDTH 1200
#define SIDE 20
#define ROW_PIXELS 1024 /* a power of two, so that a row begins at a round address */
#define ROWS_MAX 16
#define HOLES_WIDTH 350

#define OTHER_ROWS_MAX 8 /* of another space */

/* The whole stays below 1 MiB. */
#define SPACE_BYTES (700u << 10)
#define OTHER_SPACE_BYTES (200u << 10)

static double draw_map_title(struct svg *svg, const struct layout *l)
{
	svg_text(svg, SIDE, 36, "font-size=\"22\" font-weight=\"bold\"", "vmalloc address space");
	svg_text(svg, WIDTH - SIDE, 36, "text-anchor=\"end\" font-size=\"14\"", "policy %s%s",
		 vm_policy_name(l->policy), l->crashed ? ", crashed" : "");
	svg_text(svg, SIDE, 56, "fill=\"" SVG_FAINT "\"",
		 "0x%lx\u20130x%lx, %s \u00b7 %s, %s of memory", (unsigned long)l->window_start,
		 (unsigned long)(l->window_start + l->window_size), svg_size(l->window_size).s,
		 l->arch, svg_size(l->memory).s);
	return 70;
}

static double draw_note(struct svg *svg, const struct svg_space *space, double y)
{
	const struct layout *l = space->layout;
	uint64_t merged = l->figures.areas - MIN(l->figures.areas, space->nr_areas);

	svg_text(svg, SIDE + SVG_SPACE_MARGIN, y, "fill=\"" SVG_FAINT "\"", "a row is %s%s",
		 svg_size(space->pixel * space->width).s,
		 merged ? "; an area too narrow to draw is part of a column, whose colours have "
			  "the height of their share"
			: "");
	if (merged)
		svg_text(svg, WIDTH - SIDE, y, "text-anchor=\"end\"",
			 "%s areas drawn as %s areas and %s columns", svg_count(l->figures.areas).s,
			 svg_count(space->nr_areas).s, svg_count(space->nr_columns).s);
	return y + 16;
}

/* The request that failed in that space, if it is still the last word.  Returns where it ends. */
static double draw_failed_svg(struct svg *svg, const struct failed *f, enum vm_space_id id,
			      double y)
{
	if (!f || f->space != id)
		return y;
	return y + 8 + failed_svg(svg, f, SIDE + SVG_SPACE_MARGIN, y, ROW_PIXELS);
}

/* Another space than vmalloc's, below it.  Returns where it ends. */
static double draw_other_svg(struct svg *svg, const struct layout *l, const struct failed *failed,
			     enum vm_space_id id, double y)
{
	const struct figures *f = &l->figures;
	struct svg_space space = {
		.layout = l,
		.x = SIDE,
		.y = y + 34,
		.width = ROW_PIXELS,
		.max_rows = OTHER_ROWS_MAX,
		.row_height = 24,
		.max_bytes = OTHER_SPACE_BYTES,
	};

	svg_text(svg, SIDE, y, "font-size=\"16\" font-weight=\"bold\"", "%s 0x%lx\u20130x%lx, %s",
		 l->space, (unsigned long)l->window_start,
		 (unsigned long)(l->window_start + l->window_size), svg_size(l->window_size).s);
	svg_text(svg, SIDE, y + 20, "fill=\"" SVG_FAINT "\"",
		 "%s area%s, %s free in %s hole%s, the largest %s", svg_count(f->areas).s,
		 f->areas == 1 ? "" : "s", svg_size(f->free).s, svg_count(f->holes).s,
		 f->holes == 1 ? "" : "s", svg_size(f->largest_hole).s);
	space.y = draw_failed_svg(svg, failed, id, space.y);
	if (!l->snapshot.areas->len && !l->snapshot.lazy->len)
		return space.y + 2;
	svg_space_draw(svg, &space);
	y = draw_note(svg, &space, space.y + space.height + 18);
	g_array_unref(space.rows);
	return y;
}

GBytes *show_map_svg(struct machine *m, const struct show_options *options)
{
	struct layout all, l;
	struct failed failure, *failed = failed_init(&failure, m) ? &failure : NULL;
	struct svg svg;
	struct svg_space space = {
		.layout = &l,
		.x = SIDE,
		.width = ROW_PIXELS,
		.max_rows = ROWS_MAX,
		.row_height = 24,
		.max_bytes = SPACE_BYTES,
	};
	GBytes *text;
	double y;
	bool ok;

	(void)options;
	layout_init(&all, m);
	layout_of_space(&l, &all.snapshot, m, VM_SPACE_VMALLOC);
	ok = !l.snapshot.failed;
	svg_begin(&svg, WIDTH);
	y = draw_map_title(&svg, &l);
	svg_figures(&svg, &l, SIDE, y, WIDTH - 2 * SIDE);
	y += SVG_FIGURES_HEIGHT + 18;
	y += svg_legend(&svg, &all, SIDE + SVG_SPACE_MARGIN, y, ROW_PIXELS) + 4;

	space.y = draw_failed_svg(&svg, failed, VM_SPACE_VMALLOC, y);
	svg_space_draw(&svg, &space);
	y = draw_note(&svg, &space, space.y + space.height + 18);
	g_array_unref(space.rows);
	y += 14;
	svg_holes(&svg, &l, SIDE, y, HOLES_WIDTH, 190);
	y += MAX(190, svg_zones(&svg, &all, WIDTH - SIDE - SVG_ZONES_WIDTH, y));
	layout_deinit(&l);

	for (unsigned id = VM_SPACE_VMALLOC + 1; id < NR_VM_SPACES; id++) {
		if (!layout_of_space(&l, &all.snapshot, m, (enum vm_space_id)id))
			continue;
		y = draw_other_svg(&svg, &l, failed, (enum vm_space_id)id, y + 34);
		ok &= !l.snapshot.failed;
		layout_deinit(&l);
	}
	ok &= !all.snapshot.failed;
	layout_deinit(&all);
	if (failed)
		failed_deinit(failed);
	text = svg_end(&svg, y + 16);
	if (!ok)
		g_clear_pointer(&text, g_bytes_unref);
	return text;
}
