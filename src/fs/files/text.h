/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files that say something of the machine, made anew when it changed.
 */
#ifndef FS_TEXT_H
#define FS_TEXT_H

#include <glib.h>

#include "fs/inode/rows.h"
#include "show/show.h"

/* A row of the table of texts: the row of each inode of text_ops, clear_ops and log_ops. */
struct text_row {
	struct fixed_file file;
	GBytes *(*show)(struct machine *m); /* what it says; NULL if the host has no memory */
	/* or this, for those that have options */
	GBytes *(*show_with)(struct machine *m, const struct show_options *options);
	bool sized;    /* st_size is the current length of the text; else 0, as in /proc */
	bool uncached; /* may read otherwise while show_generation() stands still */
	bool zones;    /* it does so if show_zones_state() changes, and not else */
	void (*clear)(struct machine *m); /* clear_ops: what truncating does */
};

#endif
