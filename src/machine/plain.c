/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which characters may stand in a line that a terminal shows.
 */
#include <stdint.h>

#include <vmallocfs/machine.h>

/* Ranges of code points that steer a terminal, end a line, or reorder what is on it. */
static const struct {
	uint32_t first;
	uint32_t last;
} steering[] = {
	{ 0x80, 0x9f },	    /* C1: U+009B begins an escape sequence */
	{ 0x61c, 0x61c },   /* Arabic letter mark */
	{ 0x200b, 0x200f }, /* of no width; left-to-right and right-to-left marks */
	{ 0x2028, 0x202e }, /* line and paragraph separators; embeddings and overrides */
	{ 0x2060, 0x2069 }, /* of no width; isolates */
	{ 0xfeff, 0xfeff }, /* byte order mark */
};

static bool is_steering(uint32_t c)
{
	for (size_t i = 0; i < sizeof(steering) / sizeof(steering[0]); i++)
		if (c >= steering[i].first && c <= steering[i].last)
			return true;
	return false;
}

/* Reads a character of UTF-8 at s: its length, or 0 if these bytes are not one. */
static size_t decode(const unsigned char *s, size_t len, uint32_t *ret)
{
	size_t n = *s >= 0xc2 && *s < 0xe0 ? 2 : *s >= 0xe0 && *s < 0xf0 ? 3 : *s < 0xf5 ? 4 : 0;
	uint32_t c;

	if (*s < 0xc2 || !n || n > len)
		return 0;
	c = *s & (0xffu >> (n + 1));
	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (s[i] & 0x3fu);
	}
	/* Not the shortest form, half of a pair of UTF-16, or more than there are. */
	if ((n == 3 && (c < 0x800 || (c >= 0xd800 && c < 0xe000))) ||
	    (n == 4 && (c < 0x10000 || c > 0x10ffff)))
		return 0;
	*ret = c;
	return n;
}

size_t plain_char(const char *s, size_t len)
{
	unsigned char first = (unsigned char)*s;
	uint32_t c;
	size_t n;

	if (first < 0x80)
		return first > ' ' && first != '\\' && first != 0x7f;
	n = decode((const unsigned char *)s, len, &c);
	return n && !is_steering(c) ? n : 0;
}
