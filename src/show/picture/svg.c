/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writing SVG.  The colours are those of Okabe and Ito, which colour-blind
 * people can tell apart.
 */
#include "show/picture/svg.h"

#include <stdio.h>
#include <string.h>

#define HEIGHT_DIGITS 6

static const char defs[] =
	"<defs>\n"
	"<pattern id=\"hole\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\">"
	"<rect width=\"6\" height=\"6\" fill=\"#f1f4f6\"/>"
	"<circle cx=\"3\" cy=\"3\" r=\"0.6\" fill=\"#b9c3cc\"/></pattern>\n"
	"<pattern id=\"guard\" width=\"4\" height=\"4\" patternUnits=\"userSpaceOnUse\">"
	"<rect width=\"4\" height=\"4\" fill=\"#fbe3d6\"/>"
	"<path d=\"M-1 1l2-2M0 4l4-4M3 5l2-2\" stroke=\"#d55e00\" stroke-width=\"1.4\"/>"
	"</pattern>\n"
	"<pattern id=\"lazy\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\">"
	"<rect width=\"6\" height=\"6\" fill=\"#f0e442\"/>"
	"<path d=\"M0 0l6 6M0 6l6-6\" stroke=\"#8a8310\" stroke-width=\"0.8\"/></pattern>\n"
	"<pattern id=\"pooled\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\">"
	"<rect width=\"6\" height=\"6\" fill=\"#f0e442\"/>"
	"<path d=\"M0 3h6M3 0v6\" stroke=\"#8a8310\" stroke-width=\"1\"/></pattern>\n"
	"<pattern id=\"unmapped\" width=\"5\" height=\"5\" patternUnits=\"userSpaceOnUse\">"
	"<rect width=\"5\" height=\"5\" fill=\"#d5d9dd\"/>"
	"<path d=\"M0 2.5h5\" stroke=\"#8b949e\" stroke-width=\"1\"/></pattern>\n"
	"<pattern id=\"table\" width=\"4\" height=\"4\" patternUnits=\"userSpaceOnUse\">"
	"<rect width=\"4\" height=\"4\" fill=\"#cc79a7\"/>"
	"<path d=\"M2 0v4\" stroke=\"#7d3f62\" stroke-width=\"1\"/></pattern>\n"
	"</defs>\n";

static const struct {
	const char *fill;
	const char *ink;
} styles[NR_SEGMENT_KINDS] = {
	[SEG_VMALLOC] = { "#0072b2", "#ffffff" },
	[SEG_USER] = { "#56b4e9", "#000000" },
	[SEG_ARRAY] = { "#cc79a7", "#000000" },
	[SEG_VMAP] = { "#009e73", "#ffffff" },
	[SEG_IOREMAP] = { "#e69f00", "#000000" },
	[SEG_UNMAPPED] = { "url(#unmapped)", "#000000" },
	[SEG_GUARD] = { "url(#guard)", "#000000" },
	[SEG_LAZY] = { "url(#lazy)", "#000000" },
	[SEG_POOLED] = { "url(#pooled)", "#000000" },
	[SEG_HOLE] = { SVG_HOLE_FILL, SVG_FAINT },
	[SEG_LAST] = { "#444c56", "#ffffff" },
	[SEG_OUTSIDE] = { "none", SVG_FAINT },
};

const char *svg_fill(enum segment_kind kind)
{
	return styles[kind].fill;
}

const char *svg_ink(enum segment_kind kind)
{
	return styles[kind].ink;
}

struct svg_word svg_size(uint64_t bytes)
{
	struct svg_word w;

	*put_size(w.s, bytes) = '\0';
	return w;
}

struct svg_word svg_count(uint64_t n)
{
	struct svg_word w;
	char digits[24];
	int len = snprintf(digits, sizeof(digits), "%lu", (unsigned long)n);
	char *p = w.s;

	for (int i = 0; i < len; i++) {
		if (i && (len - i) % 3 == 0)
			*p++ = ',';
		*p++ = digits[i];
	}
	*p = '\0';
	return w;
}

/* Written by hand, since printf writes a comma in some locales. */
static void number(GString *out, double v)
{
	long hundredths = (long)(v * 100 + (v < 0 ? -0.5 : 0.5));

	if (hundredths < 0) {
		g_string_append_c(out, '-');
		hundredths = -hundredths;
	}
	g_string_append_printf(out, "%ld", hundredths / 100);
	if (hundredths % 100) {
		g_string_append_c(out, '.');
		g_string_append_c(out, (char)('0' + hundredths / 10 % 10));
		if (hundredths % 10)
			g_string_append_c(out, (char)('0' + hundredths % 10));
	}
}

void svg_number(struct svg *svg, double v)
{
	number(svg->out, v);
}

void svg_path_rect(GString *d, double x, double y, double w, double h)
{
	g_string_append_c(d, 'M');
	number(d, x);
	g_string_append_c(d, ' ');
	number(d, y);
	g_string_append_c(d, 'h');
	number(d, w);
	g_string_append_c(d, 'v');
	number(d, h);
	g_string_append_c(d, 'h');
	number(d, -w);
	g_string_append_c(d, 'z');
}

void svg_begin(struct svg *svg, double width)
{
	svg->width = width;
	svg->out = g_string_sized_new(65536);
	g_string_append_printf(svg->out,
			       "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
			       "<svg xmlns=\"http://www.w3.org/2000/svg\" version=\"1.1\" "
			       "width=\"%d\" ",
			       (int)width);
	svg->head = svg->out->len;
	g_string_append_printf(svg->out, "height=\"%*d\" viewBox=\"0 0 %d %*d\" ", HEIGHT_DIGITS, 0,
			       (int)width, HEIGHT_DIGITS, 0);
	g_string_append(svg->out, "font-family=\"Helvetica, Arial, 'DejaVu Sans', sans-serif\" "
				  "font-size=\"12\" fill=\"" SVG_INK "\">\n");
	g_string_append(svg->out, defs);
	g_string_append(svg->out, "<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n");
}

GBytes *svg_end(struct svg *svg, double height)
{
	int rows = (int)(height + 0.99);
	g_autofree char *size =
		g_strdup_printf("height=\"%0*d\" viewBox=\"0 0 %d %0*d\" ", HEIGHT_DIGITS, rows,
				(int)svg->width, HEIGHT_DIGITS, rows);

	memcpy(svg->out->str + svg->head, size, strlen(size));
	g_string_append(svg->out, "</svg>\n");
	return g_string_free_to_bytes(svg->out);
}

/* Visible characters of XML 1.0; characters that control text do not belong in a name. */
static bool allowed(gunichar ch)
{
	return (ch >= 0x20 && ch < 0x7f) || (ch >= 0xa0 && ch < 0xd800) ||
	       (ch >= 0xe000 && ch < 0xfffe) || (ch >= 0x10000 && (ch & 0xfffe) != 0xfffe);
}

void svg_escape(struct svg *svg, const char *s, size_t len, size_t chars)
{
	const char *end = s + len;

	for (; s < end && chars; chars--) {
		gunichar ch = g_utf8_get_char_validated(s, end - s);
		bool valid = ch != (gunichar)-1 && ch != (gunichar)-2;

		s = valid ? g_utf8_next_char(s) : s + 1;
		if (!valid || !(allowed(ch) || ch == '\n'))
			ch = 0xfffd;
		switch (ch) {
		case '&':
			g_string_append(svg->out, "&amp;");
			break;
		case '<':
			g_string_append(svg->out, "&lt;");
			break;
		case '>':
			g_string_append(svg->out, "&gt;");
			break;
		default:
			g_string_append_unichar(svg->out, ch);
		}
	}
	if (s < end)
		g_string_append_unichar(svg->out, 0x2026); /* … */
}

void svg_rect(struct svg *svg, double x, double y, double w, double h, const char *attributes)
{
	const struct {
		const char *name;
		double v;
	} values[] = { { "x", x }, { "y", y }, { "width", w }, { "height", h } };

	g_string_append(svg->out, "<rect");
	for (size_t i = 0; i < G_N_ELEMENTS(values); i++) {
		g_string_append_printf(svg->out, " %s=\"", values[i].name);
		number(svg->out, values[i].v);
		g_string_append_c(svg->out, '"');
	}
	g_string_append_printf(svg->out, " %s/>\n", attributes);
}

void svg_text(struct svg *svg, double x, double y, const char *attributes, const char *fmt, ...)
{
	g_autofree char *s = NULL;
	va_list ap;

	va_start(ap, fmt);
	s = g_strdup_vprintf(fmt, ap);
	va_end(ap);
	g_string_append(svg->out, "<text x=\"");
	number(svg->out, x);
	g_string_append(svg->out, "\" y=\"");
	number(svg->out, y);
	g_string_append_printf(svg->out, "\" %s>", attributes);
	svg_escape(svg, s, strlen(s), SIZE_MAX);
	g_string_append(svg->out, "</text>\n");
}
