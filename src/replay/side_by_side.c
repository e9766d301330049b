/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 *	title
 *	first-fit		best-fit		top-down
 *	figures			figures			figures
 *	address  |aaa|G|bb|	address  |bb|G|aaa|	address  |..|G|aa|
 *	address  |cc|G|		address  |cc|G|		address  |b|G|ccc|
 *	legend
 *
 * A pixel stands for the same number of bytes in all of them: the largest
 * number that any of them needs.
 *
 * Most traces of tests end with everything freed, and then the picture would be
 * empty.  So the runs keep what was removed since the last placement, and the
 * picture puts it back.
 */
#include <inttypes.h>

#include "replay/side_by_side.h"
#include "show/picture/svg_space.h"

#define SIDE 20
#define TOP 74
#define HEAD 58 /* of a column */
#define ROWS_MAX 28
#define MANY 2	 /* more columns than this are narrow */
#define WIDE 512 /* pixels of a row: powers of two, so that rows begin at round addresses */
#define NARROW 256
#define LEGEND_MIN 560 /* pixels that its words take */
#define SPACE_BYTES (900u << 10)

static unsigned row_width(const struct replay *r)
{
	return r->nr_runs > MANY ? NARROW : WIDE;
}

static double column_x(const struct replay *r, unsigned i)
{
	return SIDE + i * (double)(SVG_SPACE_MARGIN + row_width(r) + SIDE);
}

static void give_name(void *arg, const struct live *l)
{
	const struct replay *r = arg;

	for (unsigned i = 0; l->name && i < r->nr_runs; i++) {
		const struct run *run = &r->run[i];
		vaddr_t addr = l->slot < run->places->len
				       ? g_array_index(run->places, vaddr_t, l->slot)
				       : 0;

		/* If memory is short, or the area is in the other machine, it stays unnamed. */
		if (addr)
			vm_set_caller(run->m, addr, l->name);
	}
}

/* True if nothing is left to draw, not even ranges that wait for a purge. */
static bool nothing_left(const struct replay *r)
{
	uint64_t left = live_count(&r->live);

	for (unsigned i = 0; i < r->nr_runs; i++)
		left += vmlist_count(r->run[i].m) + vmalloc_nr_lazy(r->run[i].m) - r->run[i].held;
	return !left && r->run[0].removed;
}

/* Goes back to the last placement. */
static void go_back(struct replay *r)
{
	for (unsigned i = 0; i < r->nr_runs; i++)
		run_restore_removed(&r->run[i]);
	for (guint i = 0; i < r->live.gone->len; i++)
		give_name(r, g_ptr_array_index(r->live.gone, i));
}

/* No area of a replay has frames. It is drawn as what it would be with them. */
static void fill_areas(struct layout *l)
{
	for (guint i = 0; i < l->segments->len; i++) {
		struct segment *seg = &g_array_index(l->segments, struct segment, i);
		enum segment_kind kind;

		if (seg->kind != SEG_UNMAPPED)
			continue;
		kind = area_kind(snapshot_area(&l->snapshot, seg->area));
		if (kind == SEG_UNMAPPED)
			continue;
		l->areas[SEG_UNMAPPED]--;
		l->areas[kind]++;
		if (!seg->outside) {
			l->bytes[SEG_UNMAPPED] -= seg->size;
			l->bytes[kind] += seg->size;
		}
		seg->kind = (uint8_t)kind;
	}
}

/* What the i-th column draws. */
static struct svg_space column_space(const struct replay *r, const struct layout *l, unsigned i)
{
	return (struct svg_space){
		.layout = l,
		.x = column_x(r, i),
		.y = TOP + HEAD,
		.width = row_width(r),
		.max_rows = ROWS_MAX,
		.row_height = 18,
		.max_bytes = SPACE_BYTES / r->nr_runs,
	};
}

/* The scale that all columns can use: bytes of a pixel. */
static uint64_t common_pixel(const struct replay *r, const struct layout *l)
{
	uint64_t pixel = 0;

	for (unsigned i = 0; i < r->nr_runs; i++) {
		struct svg_space space = column_space(r, &l[i], i);

		pixel = MAX(pixel, svg_space_pixel(&space));
	}
	return pixel;
}

/* Returns its height. */
static double draw_column(struct svg *svg, const struct replay *r, const struct layout *l,
			  unsigned i, uint64_t pixel)
{
	struct svg_space space = column_space(r, l, i);
	const struct run *run = &r->run[i];
	double x = space.x;
	struct vm_span span;

	vmlist_span(run->m, &span);
	space.min_pixel = pixel;
	svg_text(svg, x, TOP, "font-size=\"16\" font-weight=\"bold\"", "%s", run_name(run));
	if (run->figures.failed)
		svg_text(svg, x + SVG_SPACE_MARGIN + row_width(r), TOP,
			 "text-anchor=\"end\" font-weight=\"bold\" fill=\"#b42318\"",
			 "\u2716 %s failed", svg_count(run->figures.failed).s);
	/* The hole above the last area is not among these. */
	if (span.holes)
		svg_text(svg, x, TOP + 20, "", "span %s, %s %s in it, the largest %s",
			 svg_size(span.end - span.start).s, svg_count(span.holes).s,
			 span.holes == 1 ? "hole" : "holes", svg_size(span.largest).s);
	else
		svg_text(svg, x, TOP + 20, "", "span %s, and no hole inside it",
			 svg_size(span.end - span.start).s);
	svg_space_draw(svg, &space);
	svg_text(svg, x, TOP + 38, "fill=\"" SVG_FAINT "\"", "%s areas; a row is %s",
		 svg_count(l->figures.areas).s, svg_size(space.pixel * space.width).s);
	g_array_unref(space.rows);
	return HEAD + space.height;
}

static void draw_policies_title(struct svg *svg, const struct replay *r, bool went_back)
{
	static const char bold[] = "font-size=\"20\" font-weight=\"bold\"";

	if (went_back)
		svg_text(svg, SIDE, 36, bold,
			 "The address space after event %s of %s: the last one that placed an area",
			 svg_count(r->placed_at).s, svg_count(r->events).s);
	else
		svg_text(svg, SIDE, 36, bold, "The address space after %s events",
			 svg_count(r->events).s);
}

GBytes *replay_map_svg(struct replay *r)
{
	double width = MAX(column_x(r, r->nr_runs), LEGEND_MIN + 2 * SIDE);
	double height = 0;
	bool went_back = nothing_left(r);
	struct layout l[NR_VM_POLICIES];
	uint64_t pixel;
	struct svg svg;

	live_each(&r->live, give_name, r);
	if (went_back)
		go_back(r);
	for (unsigned i = 0; i < r->nr_runs; i++) {
		layout_init(&l[i], r->run[i].m);
		if (l[i].snapshot.failed)
			g_error("no memory for a picture");
		fill_areas(&l[i]);
	}
	pixel = common_pixel(r, l);
	svg_begin(&svg, width);
	draw_policies_title(&svg, r, went_back && r->placed_at);
	for (unsigned i = 0; i < r->nr_runs; i++) {
		double column = draw_column(&svg, r, &l[i], i, pixel);

		height = MAX(height, column);
	}
	height += TOP + 16;
	height += svg_legend(&svg, &l[0], SIDE, height, width - 2 * SIDE);
	for (unsigned i = 0; i < r->nr_runs; i++)
		layout_deinit(&l[i]);
	return svg_end(&svg, height + 12);
}
