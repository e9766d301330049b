/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Undoing what web pages and JSON do to a text:
 *
 *	&gt; 0xf1008000-0xf100d000&nbsp;20480 &lt;init_IRQ+116&gt; vmalloc<br>
 *	{"log":"0xf1008000-0xf100d000 20480 \u003cinit_IRQ+116\u003e vmalloc\n"}
 *
 * Whatever stands for more than one character becomes shorter, so this is done in place.
 */
#include <string.h>

#include "input/listing_line.h"

/* What a name or number in the text stands for. */
struct mark {
	const char *text;
	char stands_for;
};

/* Those that occur in a kernel's lines. A carriage return ends a line. */
static const struct mark entities[] = {
	{ "&lt;", '<' },   { "&gt;", '>' },	{ "&amp;", '&' },   { "&nbsp;", ' ' },
	{ "&quot;", '"' }, { "&apos;", '\'' },	{ "&minus;", '-' }, { "&ndash;", '-' },
	{ "&plus;", '+' }, { "&equals;", '=' }, { "&sol;", '/' },   { "&lowbar;", '_' },
};

static const struct mark escapes[] = {
	{ "\\n", '\r' },    { "\\r", '\r' },	{ "\\t", ' ' },	    { "\\u003c", '<' },
	{ "\\u003e", '>' }, { "\\u0026", '&' }, { "\\u003C", '<' }, { "\\u003E", '>' },
	{ "\\u00a0", ' ' }, { "\\/", '/' },
};

/* Tags, and what is left of each; 0: nothing. */
static const struct mark tags[] = {
	{ "a", 0 },	  { "b", 0 },	     { "blockquote", '\r' },
	{ "br", '\r' },	  { "code", 0 },     { "div", '\r' },
	{ "em", 0 },	  { "font", 0 },     { "i", 0 },
	{ "li", '\r' },	  { "mark", 0 },     { "p", '\r' },
	{ "pre", '\r' },  { "samp", 0 },     { "span", 0 },
	{ "strong", 0 },  { "table", '\r' }, { "tbody", '\r' },
	{ "td", ' ' },	  { "th", ' ' },     { "tr", '\r' },
	{ "tt", 0 },	  { "u", 0 },	     { "html", '\r' },
	{ "body", '\r' },
};

static size_t mark_here(const char *p, const char *end, const char *s)
{
	size_t n = strlen(s);

	return (size_t)(end - p) >= n && !memcmp(p, s, n) ? n : 0;
}

/* Bytes of what is found at p in a table, and what it stands for; or 0. */
static size_t look_up(const struct mark *table, size_t n, const char *p, const char *end, char *ret)
{
	for (size_t i = 0; i < n; i++) {
		size_t len = mark_here(p, end, table[i].text);

		if (!len)
			continue;
		*ret = table[i].stands_for;
		return len;
	}
	return 0;
}

/* "&#160;", "&#xA0;": other characters than those of ASCII become blanks. */
static size_t numbered(const char *p, const char *end, char *ret)
{
	bool hex = end - p > 3 && (p[2] == 'x' || p[2] == 'X');
	const char *q;
	uint64_t v;

	if (end - p < 4 || p[1] != '#')
		return 0;
	q = listing_number(p + (hex ? 3 : 2), end, hex ? 16 : 10, &v);
	if (!q || q == end || *q != ';')
		return 0;
	*ret = v == '\n' || v == '\r' ? '\r' : v < ' ' || v > '~' ? ' ' : (char)v;
	return (size_t)(q + 1 - p);
}

/* "<br>", "</td>", "<a href=...>". gdb's <symbol+offset> is not a tag: no name ends before '+'. */
static size_t tag(const char *p, const char *end, char *ret)
{
	const char *name = p + 1 + (end - p > 1 && p[1] == '/');
	const char *close = memchr(p, '>', (size_t)(end - p));

	if (!close)
		return 0;
	for (size_t i = 0; i < G_N_ELEMENTS(tags); i++) {
		size_t n = mark_here(name, close, tags[i].text);

		if (!n || (name + n < close && name[n] != ' ' && name[n] != '/'))
			continue;
		*ret = tags[i].stands_for;
		return (size_t)(close + 1 - p);
	}
	return 0;
}

/* How many bytes the mark at p has, and what it stands for; 0: no mark begins there. */
static size_t mark_at(const char *p, const char *end, char *ret)
{
	size_t n;

	switch (*p) {
	case '&':
		n = look_up(entities, G_N_ELEMENTS(entities), p, end, ret);
		return n ? n : numbered(p, end, ret);
	case '\\':
		return look_up(escapes, G_N_ELEMENTS(escapes), p, end, ret);
	case '<':
		return tag(p, end, ret);
	default:
		return 0;
	}
}

size_t listing_unmark(char *text, size_t len)
{
	const char *end = text + len, *closed = NULL;
	char *to = text;

	if (!memchr(text, '&', len) && !memchr(text, '<', len) && !memchr(text, '\\', len))
		return len;
	for (const char *p = text; p < end;) {
		char c = 0;
		size_t n = mark_at(p, end, &c);

		if (!n)
			c = *p;
		else if (!c && p == closed && p[1] != '/')
			c = ' '; /* two pieces side by side, such as a number of a line and the line */
		if (n && *p == '<' && p[1] == '/')
			closed = p + n;
		if (c)
			*to++ = c;
		p += n ? n : 1;
	}
	return (size_t)(to - text);
}
