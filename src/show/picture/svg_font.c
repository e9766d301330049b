/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Widths of letters.  A picture asks for Helvetica, Arial or DejaVu Sans (svg.c), and we
 * do not know which of them a viewer has.  Helvetica and Arial have the same widths; a
 * letter counts as the wider one of theirs and DejaVu Sans's.
 */
#include "show/picture/svg_font.h"

#include <stdbool.h>
#include <string.h>

/* From the blank to the tilde, in thousandths of the font's size. */
static const unsigned short widths[] = {
	318,  401, 460, 838, 636, 950, 780, 275, 390, 390, 500, 838, 318, 361, 318, 337,
	636,  636, 636, 636, 636, 636, 636, 636, 636, 636, 337, 337, 838, 838, 838, 556,
	1015, 684, 686, 722, 770, 667, 611, 778, 752, 295, 500, 667, 557, 863, 748, 787,
	667,  787, 722, 667, 611, 732, 684, 989, 685, 667, 685, 390, 337, 390, 838, 556,
	500,  613, 635, 550, 635, 615, 352, 635, 634, 278, 278, 579, 278, 974, 634, 612,
	635,  635, 411, 521, 392, 634, 592, 818, 592, 592, 525, 636, 337, 636, 838,
};
#define WIDTH_OTHERS 1000 /* no letter of other scripts that people name files in is wider */

double svg_text_width(const char *s, size_t len, double font_size)
{
	const char *end = s + len;
	unsigned sum = 0;

	while (s < end) {
		gunichar ch = g_utf8_get_char_validated(s, end - s);
		bool valid = ch != (gunichar)-1 && ch != (gunichar)-2;

		s = valid ? g_utf8_next_char(s) : s + 1;
		if (valid && ch >= ' ' && ch - ' ' < G_N_ELEMENTS(widths))
			sum += widths[ch - ' '];
		else
			sum += WIDTH_OTHERS;
	}
	return sum * font_size / 1000;
}

size_t svg_text_line(const char *s, double width, double font_size)
{
	size_t len = strcspn(s, " ");

	while (s[len]) {
		size_t blanks = strspn(s + len, " ");
		size_t next = len + blanks + strcspn(s + len + blanks, " ");

		if (svg_text_width(s, next, font_size) > width)
			break;
		len = next;
	}
	return len;
}
