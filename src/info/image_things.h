/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The files and areas of an image, each once: a file and its area are one thing.
 */
#ifndef INFO_IMAGE_THINGS_H
#define INFO_IMAGE_THINGS_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

struct image;

struct image_thing {
	char *name;
	bool file;
	uint32_t tag;	/* of the area, which keeps it as long as it exists; 0: no area */
	uint64_t addr;	/* where the area starts, or 0 */
	uint64_t size;	/* as stat() has it; of an area alone, as it was asked for */
	uint64_t pages; /* without the guard */
	bool has_bytes; /* it is neither of device memory nor a page array */
	uint64_t array_of;
	bool matched;
};

/* struct image_thing for g_array_unref.  0, or -EINVAL and *error: a part is damaged. */
int info_image_things(const struct image *img, GArray **ret, char **error);

#endif
