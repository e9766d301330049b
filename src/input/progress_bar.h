/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A bar on a terminal, for what takes a while.
 *
 *	struct progress_bar bar;
 *
 *	progress_bar_init(&bar, "unpacking");
 *	options.progress = &bar.progress;
 *	listing_read(path, &options, ...);
 *	progress_bar_clear(&bar);
 */
#ifndef INPUT_PROGRESS_BAR_H
#define INPUT_PROGRESS_BAR_H

#include <glib.h>

#include "input/dump/dump_file.h"

struct progress_bar {
	struct dump_progress progress; /* draws it on stderr, if that is a terminal */
	const char *what;
	gint64 start; /* when it was made: what is quick needs no bar */
	int percent;  /* that it shows; -1: it shows nothing */
};

/* The bar must stay where it is as long as its progress is used; so must the word. */
void progress_bar_init(struct progress_bar *bar, const char *what);

/* Takes it off the terminal, if it was drawn. */
void progress_bar_clear(struct progress_bar *bar);

#endif
