/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Charts of an SVG picture: figures, sizes of holes, page frames.  Each draws
 * into a rectangle whose upper left corner is at x, y.
 */
#ifndef SHOW_SVG_CHARTS_H
#define SHOW_SVG_CHARTS_H

#include "show/picture/svg.h"

/* Key figures, side by side. */
#define SVG_FIGURES_HEIGHT 58
void svg_figures(struct svg *svg, const struct layout *l, double x, double y, double width);

/* How many holes there are of each size, from a power of two pages to the next. */
void svg_holes(struct svg *svg, const struct layout *l, double x, double y, double width,
	       double height);

/*
 * A bar for each zone: data, page tables, free blocks by order; and how many free
 * blocks there are of each order.  Returns its height.
 */
#define SVG_ZONES_WIDTH 764
double svg_zones(struct svg *svg, const struct layout *l, double x, double y);

#endif
