/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What can be asked of a crash dump alone: the frames of an area, where an
 * address leads, and whether pages and page tables agree.
 */
#ifndef INFO_INFO_DUMP_H
#define INFO_INFO_DUMP_H

#include <glib.h>

struct listing;

struct info_dump_asked {
	char *pages_word, *translate_word; /* as they stand on the command line, or NULL */
	gboolean verify;
	guint64 pages;	   /* an address in the area */
	guint64 translate; /* any address */
};

static inline gboolean info_dump_is_asked(const struct info_dump_asked *a)
{
	return a->pages_word || a->translate_word || a->verify;
}

/* 0, or -EINVAL with *error (one line, for g_free): a word is no address. */
int info_dump_parse(struct info_dump_asked *a, char **error);

/*
 * Appends the answers as text.  0, or -errno with *error, which does not name the
 * file: it is no dump, no area is there, nothing is mapped there, or pages and
 * page tables differ.
 */
int info_dump_answer(const struct info_dump_asked *a, const struct listing *l, GString *out,
		     char **error);

#endif
