/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An image as a listing.
 */
#ifndef INPUT_IMAGE_LISTING_H
#define INPUT_IMAGE_LISTING_H

#include "input/listing.h"

/* As listing_read(), for the path of a core file.  -ENOEXEC and no error: it is no image. */
int image_listing_read(const char *path, const struct listing_options *o, struct listing **ret,
		       char **error);

#endif
