/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Words in columns, to go with the numbers of digits.h: what printf calls %-16s
 * and %8s.  A word that is wider than its column is written whole.
 */
#ifndef SHOW_COLUMNS_H
#define SHOW_COLUMNS_H

#include "show/digits.h"

static inline char *put_blanks(char *p, size_t n)
{
	memset(p, ' ', n);
	return p + n;
}

/* At the left of a column, followed by blanks. */
static inline char *put_left(char *p, const char *word, size_t width)
{
	size_t len = strlen(word);

	p = put_bytes(p, word, len);
	return len < width ? put_blanks(p, width - len) : p;
}

/* At the right of a column, after blanks. */
static inline char *put_right(char *p, const char *word, size_t width)
{
	size_t len = strlen(word);

	if (len < width)
		p = put_blanks(p, width - len);
	return put_bytes(p, word, len);
}

#endif
