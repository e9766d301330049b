/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A report that --json has written, read again.
 *
 *	{ "events": 4, ..., "runs": [ { "policy": "first-fit", "failures": 0, ... }, ... ] }
 *
 * Of the whole only the numbers of the runs are kept.  Any JSON is read, however it is
 * laid out, and what is not known is passed over, so that reports of other versions
 * can be compared.
 */
#ifndef REPLAY_REPORT_FILE_H
#define REPLAY_REPORT_FILE_H

#include <glib.h>
#include <stdbool.h>

struct report_file {
	GHashTable *figures; /* "policy key" -> double, both allocated */
	GHashTable *policies;
};

/* 0, or -errno and *error (for g_free): no file, no JSON, no report. */
int report_file_read(const char *path, struct report_file **ret, char **error);

/* The same of a text. */
int report_file_parse(const char *text, gsize len, struct report_file **ret);
void report_file_free(struct report_file *f);

bool report_file_has(const struct report_file *f, const char *policy);

/* False if the run of that policy has no such number. */
bool report_file_figure(const struct report_file *f, const char *policy, const char *key,
			double *ret);

#endif
