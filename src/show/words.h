/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Words and names of areas, as every listing and its reader spell them.
 */
#ifndef SHOW_WORDS_H
#define SHOW_WORDS_H

#include <stddef.h>

/* What vmallocinfo calls a VM_ flag; in the order in which it prints them. */
struct flag_word {
	unsigned flag;
	const char *word;
	size_t len;
};

#define FLAG_WORDS 7
extern const struct flag_word flag_words[FLAG_WORDS];

#define FLAG_WORDS_MAX 64 /* bytes that all words take, with a separator each */

/* Writes the words of flags to p, `separator` before each.  Returns the place after them. */
char *put_flags(char *p, unsigned flags, char separator);

/* Writes a name of len bytes as show_escape() does: at most 4 * len bytes. */
char *put_escaped(char *p, const char *name, size_t len);

#endif
