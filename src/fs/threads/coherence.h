/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keeping shared mappings of *_user files and all other views of their frames
 * in step.
 *
 * The kernel caches the pages of an open *_user file, and a process stores into
 * them without our hearing of it.  So a request of another view (a vmap twin,
 * dev/mem, dev/kmem) that meets such a frame is not answered at once: a thread
 * of its own
 *
 *	1. invalidates the pages in the kernel; stores come in as WRITE requests
 *	2. copies
 *	3. invalidates again what was read in meanwhile, and may be old
 *	4. answers
 *
 * It holds no lock in steps 1 and 3, since they end only when other requests
 * have been served, and a request handler never takes these steps itself.
 *
 * Which requests those are: the frame has PG_user.  As long as no *_user file
 * is open, that costs a look at one counter.
 */
#ifndef FS_COHERENCE_H
#define FS_COHERENCE_H

#include "fs/inode/inode.h"

/* True if a request for that range has to go through the thread. */
bool coherence_touches(struct fs *fs, struct inode *inode, uint64_t off, size_t count);

/* Hand it over; the thread answers.  buf is copied. */
void coherence_read(struct fs *fs, fuse_req_t req, struct inode *inode, size_t count, uint64_t off);
void coherence_write(struct fs *fs, fuse_req_t req, struct inode *inode, const void *buf,
		     size_t count, uint64_t off, const struct fuse_file_info *fi);

/*
 * A write was made without the thread, and `done` bytes of it, but the range
 * is touched now: invalidate and answer.
 */
void coherence_written(struct fs *fs, fuse_req_t req, struct inode *inode, size_t done,
		       uint64_t off);

/* The kernel shall forget what it knows of the inode's attributes, soon. */
void coherence_attributes(struct fs *fs, struct inode *inode);

/* Parts of fs_start() and fs_stop(), and what follows on the latter. */
int coherence_start(struct fs *fs); /* 0 or -errno */
void coherence_stop(struct fs *fs);
void coherence_free(struct fs *fs);

#endif
