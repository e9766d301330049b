/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Putting text on lines of a terminal, column by column.
 */
#include "show/picture/canvas.h"

#include <string.h>

gunichar canvas_char(const struct canvas *c, gunichar ch)
{
	if (ch < 0x80)
		return g_ascii_isprint((char)ch) ? ch : '?';
	if (c->ascii || !g_unichar_isprint(ch) || g_unichar_iszerowidth(ch))
		return '?';
	return ch;
}

gunichar canvas_next(const struct canvas *c, const char **p, const char *end)
{
	gunichar ch = g_utf8_get_char_validated(*p, end - *p);

	if (ch == (gunichar)-1 || ch == (gunichar)-2) {
		++*p;
		return '?';
	}
	*p = g_utf8_next_char(*p);
	return canvas_char(c, ch);
}

void canvas_put(struct canvas *c, gunichar ch)
{
	unsigned columns = ch >= 0x80 && g_unichar_iswide(ch) ? 2 : 1;

	if (c->column + columns > c->width) {
		c->column = c->width; /* nothing after it fits either */
		return;
	}
	g_string_append_unichar(c->out, ch);
	c->column += columns;
}

void canvas_fill(struct canvas *c, struct glyph g, unsigned n)
{
	while (n--)
		canvas_put(c, canvas_glyph(c, g));
}

void canvas_text(struct canvas *c, const char *s, size_t len)
{
	const char *end = s + len;

	while (s < end)
		canvas_put(c, canvas_next(c, &s, end));
}

void canvas_printf(struct canvas *c, const char *fmt, ...)
{
	g_autofree char *s = NULL;
	va_list ap;

	va_start(ap, fmt);
	s = g_strdup_vprintf(fmt, ap);
	va_end(ap);
	canvas_text(c, s, strlen(s));
}

void canvas_tab(struct canvas *c, unsigned column)
{
	while (c->column < column && c->column < c->width)
		canvas_put(c, ' ');
}

void canvas_newline(struct canvas *c)
{
	while (c->out->len && c->out->str[c->out->len - 1] == ' ')
		g_string_truncate(c->out, c->out->len - 1);
	g_string_append_c(c->out, '\n');
	c->column = 0;
}

void canvas_item(struct canvas *c, unsigned indent, const char *fmt, ...)
{
	g_autofree char *s = NULL;
	va_list ap;

	va_start(ap, fmt);
	s = g_strdup_vprintf(fmt, ap);
	va_end(ap);
	if (c->column > indent) {
		if (c->column + 2 + g_utf8_strlen(s, -1) > c->width)
			canvas_newline(c);
		else
			canvas_text(c, "  ", 2);
	}
	canvas_tab(c, indent);
	canvas_text(c, s, strlen(s));
}

void canvas_words(struct canvas *c, const char *s)
{
	for (s += strspn(s, " "); *s; s += strspn(s, " ")) {
		size_t len = strcspn(s, " ");

		if (c->column && c->column + 1 + g_utf8_strlen(s, (gssize)len) > c->width)
			canvas_newline(c);
		else if (c->column)
			canvas_put(c, ' ');
		canvas_text(c, s, len);
		s += len;
	}
	canvas_newline(c);
}

void canvas_bar(struct canvas *c, unsigned n, uint64_t part, uint64_t whole)
{
	/* U+2588 is a full block, and the seven after it are ever narrower ones. */
	const gunichar full = c->ascii ? '#' : 0x2588;
	unsigned parts = c->ascii ? 1 : 8;
	unsigned filled = whole ? (unsigned)((double)part / (double)whole * n * parts + 0.5) : 0;

	if (part && !filled)
		filled = 1;
	for (unsigned i = 0; i < n; i++, filled -= MIN(filled, parts)) {
		if (filled >= parts)
			canvas_put(c, full);
		else if (filled)
			canvas_put(c, full + parts - filled);
		else
			canvas_put(c, c->ascii ? '.' : 0xb7);
	}
}

gunichar canvas_step(const struct canvas *c, unsigned step)
{
	static const char steps[CANVAS_STEPS + 1] = { '.', '-', '-', '-', '+', '+', '*', '*', '#' };

	if (c->ascii)
		return (gunichar)steps[step];
	return step ? 0x2580 + step : 0xb7;
}
