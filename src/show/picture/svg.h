/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writing SVG 1.1: the frame of a picture, text that is safe in XML, and the
 * colours of kinds.
 *
 * All style is in attributes, so that browsers and librsvg draw the same, and
 * patterns tell apart what colour alone would not.  Lengths are in pixels; a
 * coordinate is written with at most two digits after the point.
 *
 *	struct svg svg;
 *
 *	svg_begin(&svg, 1200);
 *	svg_text(&svg, 24, 40, "font-size=\"20\"", "a title");
 *	...
 *	GBytes *picture = svg_end(&svg, height);
 */
#ifndef SHOW_SVG_H
#define SHOW_SVG_H

#include "show/picture/layout.h"
#include "show/words.h"

struct svg {
	GString *out;
	gsize head; /* where the height is filled in */
	double width;
};

void svg_begin(struct svg *svg, double width);
GBytes *svg_end(struct svg *svg, double height);

/* Appends up to `chars` characters of any bytes; what XML does not allow becomes U+FFFD. */
void svg_escape(struct svg *svg, const char *s, size_t len, size_t chars);

void svg_number(struct svg *svg, double v);

/* "M x y h w v h h -w z": a rectangle of a path. */
void svg_path_rect(GString *d, double x, double y, double w, double h);

void svg_rect(struct svg *svg, double x, double y, double w, double h, const char *attributes);
void svg_text(struct svg *svg, double x, double y, const char *attributes, const char *fmt, ...)
	G_GNUC_PRINTF(5, 6);

/* The fill of a kind, a colour or a pattern, and the colour of letters on it. */
const char *svg_fill(enum segment_kind kind);
const char *svg_ink(enum segment_kind kind);

#define SVG_DATA_FILL "#0072b2"	     /* frames of data */
#define SVG_TABLE_FILL "url(#table)" /* of page tables */
#define SVG_INK "#1b1f24"
#define SVG_FAINT "#5b6570"
#define SVG_HOLE_FILL "url(#hole)"

/* A size as people say it; a number with commas. */
struct svg_word {
	char s[32];
};
struct svg_word svg_size(uint64_t bytes);
struct svg_word svg_count(uint64_t n);

#endif
