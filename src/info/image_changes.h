/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What changed between two images of one machine: its files and areas, and their bytes.
 */
#ifndef INFO_IMAGE_CHANGES_H
#define INFO_IMAGE_CHANGES_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

struct listing;

/* What may have become of a file or an area. */
enum image_fate {
	FATE_CAME = 1,
	FATE_WENT = 2,
	FATE_ANEW = 4, /* a file of that name was there before, with another area or none */
	FATE_RENAMED = 8,
	FATE_MOVED = 16,
	FATE_GREW = 32,
	FATE_SHRANK = 64,
	FATE_BYTES = 128,
};

/* The words for them, in the order of their bits. */
#define NR_FATES 8
extern const char *const image_fate_words[NR_FATES];

struct image_change {
	char *name;	/* its path; in brackets the page array of an area; or a caller */
	char *was;	/* its name before, if it was renamed */
	bool file;	/* else it is an area alone */
	unsigned fates; /* enum image_fate */
	uint64_t from_addr, to_addr; /* 0: it had no area */
	uint64_t from_size, to_size; /* as stat() has it; of an area, as it was asked for */
	uint64_t bytes;		     /* that differ, as far as both have them */
	uint64_t pages;		     /* that have them */
	uint64_t first;		     /* the offset of the first one */
};

/*
 * struct image_change for g_array_unref, by address; the listings are of images.  0, or
 * -errno with *error (one line that names the file, for g_free): one of them is damaged.
 */
int info_image_changes(const struct listing *from, const struct listing *to, GArray **ret,
		       char **error);

#endif
