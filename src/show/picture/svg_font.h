/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How wide a text is in an SVG picture, so that none is begun that has no room.
 */
#ifndef SHOW_SVG_FONT_H
#define SHOW_SVG_FONT_H

#include <glib.h>

/*
 * Pixels that the first len bytes of s take at most, whichever of the picture's fonts a
 * viewer has.
 */
double svg_text_width(const char *s, size_t len, double font_size);

/*
 * How many bytes of s fit into so many pixels, up to a blank where a line can end there.
 * At least one word, even if it is too long.  Blanks that follow do not count.
 */
size_t svg_text_line(const char *s, double width, double font_size);

#endif
