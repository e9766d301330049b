/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What grows with the number of areas: records, and the texts that list them.  GLib
 * ends the process when the host has no memory; these say so to their caller.
 *
 *	while (i < n && text_reserve(out, LINE_ROOM))
 *		add_line(out, i++);		// appends LINE_ROOM bytes at most
 *	return text_finish(out, i == n);
 *
 * A large piece is refused when too little of the host's memory would be left
 * (host_has() in machine.h).  Small pieces come from GLib's own functions, and what is
 * left is for them.
 */
#ifndef SHOW_GROWTH_H
#define SHOW_GROWTH_H

#include <glib.h>
#include <stdbool.h>

/* An array.  Its first members are those of a GArray, so that g_array_index() works. */
struct records {
	gchar *data;
	guint len;
	guint room;
};

/* Room for n records of `size` bytes in all. False: the host has no memory. */
bool records_reserve(struct records *r, uint64_t n, gsize size) G_GNUC_WARN_UNUSED_RESULT;

/* Appends a record of `size` bytes; the same size each time. False as above. */
bool records_add(struct records *r, gconstpointer record, gsize size) G_GNUC_WARN_UNUSED_RESULT;

void records_free(struct records *r);

/* Room for n bytes more, and for the few that stand between two lines. False as above. */
bool text_reserve(GString *out, gsize n) G_GNUC_WARN_UNUSED_RESULT;

/* The text, or NULL if not `ok`; out is gone. */
GBytes *text_finish(GString *out, bool ok);

#endif
