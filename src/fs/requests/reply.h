/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Replies to reads.
 */
#ifndef FS_REPLY_H
#define FS_REPLY_H

#include <glib.h>

#include "fs/start/fs.h"

/*
 * Replies to a read straight out of the machine's RAM: iov[] names bytes of
 * frames, which other threads may be writing at this moment.  0, or -EIO if
 * nobody waits for the reply any more.
 */
int reply_guest(fuse_req_t req, const struct iovec *iov, int n);

/* Replies to a read of `count` bytes from `off` out of a text; NULL is an empty one. */
void reply_text(fuse_req_t req, GBytes *text, size_t count, uint64_t off);

/* Buffers of IO_MAX bytes, kept for the next request that needs one. */
void *buffer_get(struct fs *fs);
void buffer_put(struct fs *fs, void *buf);

#endif
