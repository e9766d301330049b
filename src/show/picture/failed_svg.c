/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The request that failed, in an SVG picture.
 */
#include "show/picture/failed.h"

#include <string.h>

#include "show/picture/svg_font.h"

#define BAR 22
#define FONT 12
#define LINE 16
#define RED "#b42318"

/* A text in a bar, if it has room there. */
static void bar_label(struct svg *svg, double x, double y, double width, const char *fill,
		      const char *text)
{
	g_autofree char *attributes = g_strdup_printf("fill=\"%s\"", fill);

	if (svg_text_width(text, strlen(text), FONT) + 8 <= width)
		svg_text(svg, x + 4, y + BAR - 7, attributes, "%s", text);
}

static char *pages_text(const char *what, uint64_t pages)
{
	return g_strdup_printf("%s: %s page%s", what, svg_count(pages).s, pages == 1 ? "" : "s");
}

static void draw_neighbour(struct svg *svg, double x, double y, double width, const GString *name)
{
	svg_rect(svg, x, y, width, BAR, "fill=\"#8b949e\"");
	bar_label(svg, x, y, width, "#ffffff", name->str);
}

static void draw_failed_bars(struct svg *svg, const struct failed *f, double x, double y,
			     double width)
{
	double wanted = failed_scale(f, f->pages, width), hole = failed_scale(f, f->hole, width);
	double side = MAX(wanted, hole) / 8, there = y + BAR + 4;
	g_autofree char *asked = pages_text("asked for", f->pages);
	g_autofree char *largest = pages_text("largest hole", f->hole);

	svg_rect(svg, x + side, y, wanted, BAR,
		 "fill=\"#fdecea\" stroke=\"" RED "\" stroke-width=\"2\"");
	bar_label(svg, x + side, y, wanted, RED, asked);
	draw_neighbour(svg, x, there, side, f->left);
	svg_rect(svg, x + side, there, hole, BAR, "fill=\"" SVG_HOLE_FILL "\"");
	bar_label(svg, x + side, there, hole, SVG_INK, largest);
	draw_neighbour(svg, x + side + hole, there, MAX(side, wanted - hole), f->right);
}

double failed_svg(struct svg *svg, const struct failed *f, double x, double y, double width)
{
	double at = y + 14 + 8 + 2 * BAR + 4 + LINE;

	svg_text(svg, x, y + 12, "font-size=\"14\" font-weight=\"bold\" fill=\"" RED "\"",
		 "%s failed", f->name->len ? f->name->str : "A request");
	draw_failed_bars(svg, f, x, y + 22, width);
	for (const char *s = f->why; *s; at += LINE) {
		size_t len = svg_text_line(s, width, FONT);

		svg_text(svg, x, at, "", "%.*s", (int)len, s);
		s += len;
		s += strspn(s, " ");
	}
	return at - y;
}
