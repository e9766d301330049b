/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A crash dump as a listing, for all that reads listings.
 */
#ifndef INPUT_DUMP_LISTING_H
#define INPUT_DUMP_LISTING_H

#include "input/listing.h"

/*
 * As listing_read() of a dump; the listing keeps the dump open.  A listed area's
 * `line` is its place in the dump's own list, from 1.  -ENOTSUP: built without
 * libkdumpfile.
 */
int dump_listing_read(const char *path, const struct listing_options *o, struct listing **ret,
		      char **error);

#endif
