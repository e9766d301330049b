/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Undoing what terminals, mail programs, word processors and logs do to a text
 * between a kernel and a file.
 */
#include <string.h>

#include "input/listing_line.h"

/* True if all bytes are printable ASCII. Eight at a time, since every line is checked. */
static bool is_plain(const char *text, size_t len)
{
	const uint64_t high = UINT64_C(0x8080808080808080);
	const uint64_t blanks = UINT64_C(0x2020202020202020);
	uint64_t odd = 0;
	size_t i;

	for (i = 0; i + 8 <= len; i += 8) {
		uint64_t w;

		memcpy(&w, text + i, 8);
		odd |= (w | ((w - blanks) & ~w)) & high;
	}
	for (; i < len; i++)
		odd |= (unsigned char)text[i] < ' ' || (unsigned char)text[i] > '~';
	return !odd;
}

/* Bytes of the escape sequence at p ("ESC [ ... letter"), 1 if it is another one. */
static size_t escape_len(const char *p, const char *end)
{
	const char *q = p + 1;

	if (q == end || *q != '[')
		return 1;
	for (q++; q < end; q++)
		if (*q >= '@' && *q <= '~')
			return (size_t)(q + 1 - p);
	return (size_t)(end - p);
}

/* UTF-8 sequences that stand for something a kernel prints. */
static const struct {
	const char *bytes;
	const char *ascii;
} utf8[] = {
	{ "\xc2\xa0", " " },	   /* no-break space */
	{ "\xe2\x80\xaf", " " },   /* narrow no-break space */
	{ "\xe2\x80\x87", " " },   /* figure space */
	{ "\xe2\x80\x89", " " },   /* thin space */
	{ "\xe2\x80\x83", " " },   /* em space */
	{ "\xe2\x80\x82", " " },   /* en space */
	{ "\xe3\x80\x80", " " },   /* ideographic space */
	{ "\xe2\x80\x8b", "" },	   /* zero width space */
	{ "\xef\xbb\xbf", "" },	   /* byte order mark */
	{ "\xe2\x80\x90", "-" },   /* hyphen */
	{ "\xe2\x80\x91", "-" },   /* non-breaking hyphen */
	{ "\xe2\x80\x93", "-" },   /* en dash */
	{ "\xe2\x80\x94", "-" },   /* em dash */
	{ "\xe2\x88\x92", "-" },   /* minus */
	{ "\xe2\x80\xa6", "..." }, /* ellipsis */
};

/* Single bytes of Latin-1 and of Windows' own set, in a text that is not in UTF-8. */
static char take_byte(unsigned char c)
{
	switch (c) {
	case 0xa0: /* no-break space */
		return ' ';
	case 0x96: /* dashes */
	case 0x97:
	case 0xad:
		return '-';
	default:
		return (char)c;
	}
}

/* Bytes of the UTF-8 sequence at p, or 0. */
static size_t sequence_len(const char *p, const char *end)
{
	unsigned char c = (unsigned char)*p;
	size_t n = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : c >= 0xc0 ? 2 : 0;

	if ((size_t)(end - p) < n)
		return 0;
	for (size_t i = 1; i < n; i++)
		if (((unsigned char)p[i] & 0xc0) != 0x80)
			return 0;
	return n;
}

/* Writes at *to what the bytes at p stand for, and moves *to past it. Returns how many were read. */
static size_t take_utf8(const char *p, const char *end, char **to)
{
	size_t n;

	for (size_t i = 0; i < G_N_ELEMENTS(utf8); i++) {
		n = strlen(utf8[i].bytes);

		if ((size_t)(end - p) < n || memcmp(p, utf8[i].bytes, n))
			continue;
		*to = memcpy(*to, utf8[i].ascii, strlen(utf8[i].ascii));
		*to += strlen(utf8[i].ascii);
		return n;
	}
	n = sequence_len(p, end);
	if (!n) {
		*(*to)++ = take_byte((unsigned char)*p);
		return 1;
	}
	memmove(*to, p, n);
	*to += n;
	return n;
}

size_t listing_clean(char *text, size_t len)
{
	const char *end = text + len;
	char *to = text;

	if (is_plain(text, len))
		return len;
	for (const char *p = text; p < end;) {
		unsigned char c = (unsigned char)*p;

		if (c == 0x1b) {
			p += escape_len(p, end);
		} else if (c >= 0x80) {
			p += take_utf8(p, end, &to);
		} else {
			if (c)
				*to++ = c < ' ' || c == 0x7f ? ' ' : (char)c;
			p++;
		}
	}
	return (size_t)(to - text);
}

/* "[   12.345678]", "[Mon Nov 27 00:20:00 2026]", "[    T1]": the prefixes of log lines. */
static const char *skip_stamp(const char *p, const char *end)
{
	const char *q = p + 1;
	bool time = q < end && *q == ' ';

	while (q < end && *q != ']') {
		if (!g_ascii_isalnum(*q) && !strchr(" .:,+-@", *q))
			return p;
		time = time || *q == '.' || *q == ':';
		q++;
	}
	return time && q < end ? q + 1 : p;
}

const char *listing_skip_prefix(const char *text, const char *end)
{
	const char *p = text;

	while (p < end) {
		const char *q = p;

		if (*p == ' ' || *p == '>' || *p == '|')
			q = p + 1;
		else if (*p == '[')
			q = skip_stamp(p, end);
		else if (*p == '<' && end - p > 2 && g_ascii_isdigit(p[1]) && p[2] == '>')
			q = p + 3; /* a log level */
		if (q == p)
			break;
		p = q;
	}
	return p;
}
