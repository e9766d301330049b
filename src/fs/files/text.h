/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files that say something of the machine: their rows, and what is kept of each
 * of them.
 */
#ifndef FS_TEXT_H
#define FS_TEXT_H

#include <glib.h>

#include "fs/inode/rows.h"
#include "show/show.h"

struct fs;
struct inode;
struct text_copy;

/* A row of the table of texts: the row of each inode of text_ops, clear_ops and log_ops. */
struct text_row {
	struct fixed_file file;
	GBytes *(*show)(struct machine *m); /* what it says; NULL if the host has no memory */
	/* or this, for those that have options */
	GBytes *(*show_with)(struct machine *m, const struct show_options *options);
	/* or this, for those that a node or a processor has: inode->nid is its number */
	GBytes *(*show_of)(struct machine *m, unsigned nr);
	bool sized;    /* st_size is the current length of the text; else 0, as in /proc */
	bool uncached; /* may read otherwise while struct show_generation stands still */
	bool zones;    /* it does so if show_zones_state() changes, and not else */
	bool (*exists)(const struct machine *m); /* NULL: the file is always there */
	/* clear_ops: what truncating does, the second for those of a processor */
	void (*clear)(struct machine *m);
	void (*clear_of)(struct machine *m, int nr);
	/* clear_ops: what writing does; without it what is written goes nowhere */
	ssize_t (*write)(struct machine *m, const char *text, size_t len);
};

/*
 * All that a text is made of, and that changes: two that are equal byte for byte
 * stand for the same text.  Every member has 64 bits, so that there is no padding.
 */
struct text_generation {
	struct show_generation machine;
	uint64_t map_width; /* options of the mount */
	uint64_t map_ascii;
	uint64_t zones; /* show_zones_state(), for those that depend on it, else 0 */
};

/* What is kept of one text file: inode->text. */
struct text {
	struct inode *inode;

	/* Under the inode's lock. */
	struct text_copy *last; /* the text made last, or NULL; see text_copy.h */
	bool made;		/* there was one, and so: */
	uint64_t size;		/* its length, */
	struct text_generation made_at;

	/* Under fs->texts_lock. */
	bool told; /* the kernel remembers a size; see announce.c */
	struct text_generation told_at;
};

/* For an inode of one of those kinds; belongs to fs->texts from here on. No other thread yet. */
void text_add(struct fs *fs, struct inode *inode);

/* For fs->texts: no open is left. */
void text_free(void *text);

#endif
