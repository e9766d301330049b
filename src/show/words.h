/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Words and names of areas, as every listing and its reader spell them.
 */
#ifndef SHOW_WORDS_H
#define SHOW_WORDS_H

#include <vmallocfs/vmalloc.h>

#include "show/snapshot.h"

#define FLAG_WORDS_MAX 80 /* bytes that all words take, with a separator each */

/* Writes the words of flags to p, `separator` before each.  Returns the place after them. */
char *put_flags(char *p, unsigned flags, char separator);

/* Writes a name of len bytes as show_escape() does: at most 4 * len bytes. */
char *put_escaped(char *p, const char *name, size_t len);

/*
 * Writes a text of len bytes with a ? for each byte that could end or change the line, and
 * for those that are no UTF-8: at most len bytes.
 */
char *put_clean(char *p, const char *text, size_t len);

/*
 * Writes what an area is called: its name, escaped.  An area that is not a file
 * has brackets: [pages:a] is the page array of a, [caller] an area of a restored
 * layout, [0xffffc90000000000] an area without a name.
 */
char *put_area_name(char *p, const struct snapshot *s, const struct area_record *a);

/* The most bytes that this takes: a name, or an address. */
static inline size_t area_name_max(const struct area_record *a)
{
	return 8 * a->depth + 4 * a->name_len + 24;
}

/*
 * The short name for a picture: a file's without its directory, a kernel's caller
 * without its offset.  Not escaped, not terminated; NULL if the area has no name
 * of its own.
 */
const char *area_short_name(const struct snapshot *s, const struct area_record *a, size_t *len);

#define SIZE_MAX_LEN 10

/* Writes a size as people say it: 80K, 1.3M.  At most SIZE_MAX_LEN bytes. */
char *put_size(char *p, uint64_t v);

/* The same as a string, for printf. */
struct size_text {
	char s[SIZE_MAX_LEN + 1];
};
struct size_text size_text(uint64_t bytes);

#endif
