/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where frames are pages of open *_user files, for coherence.
 */
#ifndef FS_USER_RANGES_H
#define FS_USER_RANGES_H

#include <glib.h>

#include "fs/start/fs.h"
#include <vmallocfs/types.h>

/* Part of an open *_user file. */
struct user_range {
	fuse_ino_t id;
	uint64_t off;
	uint64_t len;
};

/*
 * Appends to `ranges` where any of these frames is a page of an open *_user
 * file.  Sorts pfn[].  Takes fs->user_lock and the locks of those files.
 */
void user_ranges(struct fs *fs, pfn_t *pfn, size_t n, GArray *ranges);

#endif
