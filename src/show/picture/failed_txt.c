/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The request that failed, for a terminal.
 */
#include "show/picture/failed.h"

#include <string.h>

#define PAGES_WIDTH 14 /* columns for a number of pages after a bar */

static const struct glyph asked = { 0x2573, 'x' };     /* ╳ */
static const struct glyph hole = { 0xb7, '.' };	       /* · */
static const struct glyph neighbour = { 0x2588, '#' }; /* █ */

static unsigned rounded(double cells)
{
	return cells > 0 && cells < 1 ? 1 : (unsigned)(cells + 0.5);
}

static void draw_failed_pages(struct canvas *c, unsigned column, uint64_t pages)
{
	canvas_tab(c, column);
	canvas_printf(c, "  %lu page%s", (unsigned long)pages, pages == 1 ? "" : "s");
	canvas_newline(c);
}

void failed_txt(struct canvas *c, const struct failed *f, unsigned margin)
{
	unsigned cells = c->width - margin - PAGES_WIDTH;
	unsigned wanted = rounded(failed_scale(f, f->pages, cells));
	unsigned there = rounded(failed_scale(f, f->hole, cells));
	unsigned side = rounded(failed_scale(f, MAX(f->pages, f->hole), cells) / 8);

	if (f->name->len)
		canvas_text(c, f->name->str, f->name->len);
	else
		canvas_printf(c, "a request");
	canvas_printf(c, " failed");
	canvas_newline(c);
	canvas_printf(c, "asked for");
	canvas_tab(c, margin + side);
	canvas_fill(c, asked, wanted);
	draw_failed_pages(c, margin + cells, f->pages);
	canvas_printf(c, "largest hole");
	canvas_tab(c, margin);
	canvas_fill(c, neighbour, side);
	canvas_fill(c, hole, there);
	canvas_fill(c, neighbour, MAX(side, wanted - MIN(wanted, there)));
	draw_failed_pages(c, margin + cells, f->hole);
	canvas_words(c, f->why);
	canvas_newline(c);
}
