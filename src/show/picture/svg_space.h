/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One address space in a rectangle of an SVG picture.  Several of them may
 * stand in one picture.
 *
 *	address  |aaaaaaaaaaaaaaaaaaaa|G|bbbbbbbbb|G|            |
 *	address  |            |cccccccccc|G|....|d|G|ee|G|       |
 *	         |<--------------- width pixels --------------->|
 *
 * Every pixel of a row stands for the same number of bytes.  An area that is wide
 * enough is drawn by itself, with hover text, and with a label if that fits.
 * Neighbours that are too narrow are merged into columns of a few pixels.  A
 * column is a stack of the kinds in it, so that each kind has as much ink as it
 * has bytes.
 *
 *	struct svg_space space = { .layout = &l, .x = 16, .y = 100, .width = 1024, ... };
 *
 *	svg_space_draw(&svg, &space);
 *	y = space.y + space.height;
 */
#ifndef SHOW_SVG_SPACE_H
#define SHOW_SVG_SPACE_H

#include "show/picture/svg.h"

#define SVG_SPACE_MARGIN 136 /* pixels for the address before a row */

struct svg_space {
	/* Given. */
	const struct layout *layout;
	double x, y;	   /* upper left corner */
	unsigned width;	   /* of a row, in pixels, without its margin */
	unsigned max_rows; /* rows and breaks; at least 4 */
	double row_height;
	uint64_t min_pixel; /* the fewest bytes that a pixel may stand for; 0: as few as fit */
	gsize max_bytes;    /* of SVG; below 100 KiB it may take more */

	/* Told. */
	double height;
	uint64_t pixel;			  /* bytes */
	GArray *rows;			  /* struct layout_row; for g_array_unref */
	uint64_t nr_areas;		  /* areas drawn as themselves */
	uint64_t nr_columns;		  /* columns of merged ones */
	uint64_t drawn[NR_SEGMENT_KINDS]; /* bytes that have been drawn, holes included */
};

/*
 * How many bytes of a pixel it would choose.  Pictures side by side take the
 * largest of their choices as min_pixel, so that all have one scale.
 */
uint64_t svg_space_pixel(const struct svg_space *space);

/* Draws it, more coarsely where there is less room. */
void svg_space_draw(struct svg *svg, struct svg_space *space);

/* Where the i-th row or break begins, and how high a row is with what is below it. */
static inline double svg_space_pitch(const struct svg_space *space)
{
	return space->row_height + 6;
}

static inline double svg_space_row_y(const struct svg_space *space, guint i)
{
	return space->y + i * svg_space_pitch(space);
}

/* Pixels from a row's left end. */
static inline double svg_space_x(const struct svg_space *space, const struct layout_row *row,
				 vaddr_t addr)
{
	return space->x + SVG_SPACE_MARGIN + (double)(addr - row->addr) / (double)space->pixel;
}

/* The legend: a swatch and a word for each kind, in lines of that width.  Returns its height. */
double svg_legend(struct svg *svg, const struct layout *l, double x, double y, double width);

#endif
