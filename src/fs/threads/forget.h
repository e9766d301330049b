/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Making the kernel forget names, and pages, that ctl has removed.
 *
 * To forget a name the kernel takes the lock of its directory, which whoever
 * makes or removes a file there holds until we have answered him.  So a thread
 * of its own does it, which holds no lock, and which nobody but writers to ctl
 * waits for.
 */
#ifndef FS_FORGET_H
#define FS_FORGET_H

#include "fs/inode/inode.h"

/*
 * What the kernel shall forget: a name that is gone (dir, name, and id of the
 * file that had it), or all it knows of the file `id`, if name is NULL.
 */
struct stale {
	fuse_ino_t dir;
	fuse_ino_t id;
	char *name;
};

/* An array of struct stale that frees its names. */
GArray *stale_new(void);

/*
 * The kernel forgets that (the array is ours from here on), then the request is
 * answered: with `done` bytes written, or with -done as the error; a flush has
 * 0 bytes.  req may be NULL.
 */
void forget_names(struct fs *fs, fuse_req_t req, GArray *stale, ssize_t done, bool flush);

/* Answers a write or a flush, as above. */
void forget_answer(fuse_req_t req, ssize_t done, bool flush);

/* Parts of fs_start() and fs_stop(), and what follows on the latter. */
int forget_start(struct fs *fs); /* 0 or -errno */
void forget_stop(struct fs *fs);
void forget_free(struct fs *fs);

#endif
