/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The only way out for a reply.
 *
 * Each function first announces what changed (announce.h), so that no thread that
 * replies can forget it, and then does what libfuse's function of that name does:
 * 0, or -errno if no process waits for the reply any more.  The request is gone
 * afterwards.  No lock of src/fs but an inode's or an open's may be held.
 */
#ifndef FS_REPLY_H
#define FS_REPLY_H

#include <glib.h>
#include <sys/statvfs.h>

#include "fs/start/fs.h"

int reply_err(fuse_req_t req, int err); /* 0: success, without more to say */
void reply_none(fuse_req_t req);
int reply_entry(fuse_req_t req, const struct fuse_entry_param *e);
int reply_create(fuse_req_t req, const struct fuse_entry_param *e, const struct fuse_file_info *fi);
int reply_open(fuse_req_t req, const struct fuse_file_info *fi);
int reply_attr(fuse_req_t req, const struct stat *st, double timeout);
int reply_buf(fuse_req_t req, const void *buf, size_t size);
int reply_write(fuse_req_t req, size_t count);
int reply_lseek(fuse_req_t req, off_t off);
int reply_poll(fuse_req_t req, unsigned events);
int reply_statfs(fuse_req_t req, const struct statvfs *st);
int reply_xattr_size(fuse_req_t req, size_t size);

/*
 * Replies to a read straight out of the machine's RAM: iov[] names bytes of
 * frames, which other threads may be writing at this moment.  0, or -EIO if
 * no process waits for the reply any more.
 */
int reply_guest(fuse_req_t req, const struct iovec *iov, int n);

/* Replies to a read of `count` bytes from `off` out of a text; NULL is an empty one. */
void reply_text(fuse_req_t req, GBytes *text, size_t count, uint64_t off);

/*
 * Buffers of IO_MAX bytes, kept for the next request that needs one.  NULL, which put
 * takes as well: the host has no memory.
 */
void *buffer_get(struct fs *fs);
void buffer_put(struct fs *fs, void *buf);

#endif
