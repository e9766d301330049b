/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the unit tests of the windows share: a machine's text as a string, a
 * recording to compare it with, and its lines.
 */
#ifndef TEXTS_H
#define TEXTS_H

#include <glib.h>

#include "show/show.h"
#include "space.h"

typedef GBytes *show_fn(struct machine *m);

/* A text as a string; the caller frees it. */
static inline char *text_of(show_fn *show, struct machine *m)
{
	GBytes *bytes = show(m);
	gsize len;
	const char *data = g_bytes_get_data(bytes, &len);
	char *s = g_strndup(data, len);

	ck_assert_uint_eq(strlen(s), len); /* a text has no NUL in it */
	g_bytes_unref(bytes);
	return s;
}

/* The path of a file of tests/data; the caller frees it. */
static inline char *data_path(const char *name)
{
	const char *srcdir = g_getenv("srcdir");

	return g_build_filename(srcdir ? srcdir : ".", "tests", "data", name, NULL);
}

/* What is in it; the caller frees it. */
static inline char *data_file(const char *name)
{
	g_autofree char *path = data_path(name);
	char *s;

	ck_assert_msg(g_file_get_contents(path, &s, NULL, NULL), "%s", path);
	return s;
}

/*
 * Its lines, each without newline.  Every line has one, the last too.  (Not by
 * g_strsplit: under a sanitizer each search of its goes to the end of the text.)
 */
static inline char **lines_of(const char *text)
{
	GPtrArray *lines = g_ptr_array_new();
	const char *end;

	for (; *text; text = end + 1) {
		end = strchr(text, '\n');
		ck_assert_msg(end, "%s", text);
		g_ptr_array_add(lines, g_strndup(text, (gsize)(end - text)));
	}
	g_ptr_array_add(lines, NULL);
	return (char **)g_ptr_array_free(lines, FALSE);
}

#endif
