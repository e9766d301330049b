/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Knobs that the command line sets: -o NAME=VALUE, where NAME is the file's path
 * below sys/kernel/mm/vmalloc, sys/kernel/debug or sys/kernel/tracing.
 *
 *	-o policy=best-fit		sys/kernel/mm/vmalloc/policy
 *	-o failslab/times=5		sys/kernel/debug/failslab/times
 *	-o failslab=1:10:0:-1		interval, probability, space, times, as Linux has
 *					it; a comma, which Linux has there, is \, in -o
 */
#ifndef FS_BOOT_KNOBS_H
#define FS_BOOT_KNOBS_H

#include <glib.h>
#include <stdbool.h>

struct fs;

/* An empty list of settings; for g_ptr_array_unref(). */
GPtrArray *boot_knobs_new(void);

/*
 * Adds what an option says.  False if its name is not that of a knob which can be
 * read and written; or if it has no value, and then *needs_value is true.
 */
bool boot_knobs_add(GPtrArray *knobs, const char *option, bool *needs_value);

/* Prints the names, one a line, each with = after it. */
void boot_knobs_list(void);

/* Sets all of them. 0, or a negative errno, and then *why says what to change; for g_free(). */
int boot_knobs_set(struct fs *fs, const GPtrArray *knobs, char **why);

#endif
