/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keeping shared mappings of *_user files and all other views of their frames
 * in step.
 *
 * 1. The problem.  The kernel caches the pages of an open *_user file, and a
 *    process may store into a mapping of them without a request to us.  So a
 *    frame and its cached page can differ in two ways.
 *
 *    A store that we have not seen.  A process maps vmalloc_user/u and stores 7 to
 *    its first byte.  Another one reads that frame through dev/mem.  Our RAM still
 *    says 0, and so would the reply.
 *
 *    A page that hides a write.  A process has read u, so that its page is cached.
 *    Another one writes 9 through dev/mem.  The first one reads u again, and the
 *    kernel answers from its cache: the old byte.
 *
 * 2. The rule.  A request of another view (a vmap twin, dev/mem, dev/kmem, kcore)
 *    that meets such a frame is not answered by the thread that received it.  The
 *    coherence thread
 *
 *	a. invalidates the pages in the kernel; stores come in as WRITE requests
 *	b. copies
 *	c. invalidates again what was read in meanwhile, and may be old
 *	d. answers
 *
 *    Without (c): after (a) the process touches its mapping, the kernel reads the
 *    page in, byte 0; then (b) writes 9; the process sees 0 from then on.
 *
 * 3. No lock is held in (a) and (c).  They end only when the kernel has written
 *    its dirty pages back, and each is a request to us.
 *
 *    An example.  The page of u is dirty.  If the thread held u's lock in (a), the
 *    WRITE that comes in would wait for that lock on another thread, and the
 *    invalidation for the WRITE, for ever.  A request handler never takes these
 *    steps for the same reason: with -s it is the only thread, and would wait for
 *    a request that it has to read itself.
 *
 * 4. Which requests those are: a frame under the range has PG_user, which says
 *    that the vma of an open *_user file has it.  While no such file is open, that
 *    costs a look at one counter (fs->nr_user).  While a vma is made anew, its
 *    frames lack the flag for a moment, and all requests of other views go through
 *    the thread (fs->nr_remapping).
 *
 *    A *_user file that is opened during a write of another view is found when the
 *    write is done: coherence_written() does (c) and (d).
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

/*
 * The kernel forgets, soon, what it knows of the inode's attributes: the size after
 * a read that fell short, the mode after a write that cleared setuid.
 */
void coherence_attributes(struct fs *fs, struct inode *inode);

/* Called by fs_start(), fs_stop() and fs_destroy(). */
int coherence_start(struct fs *fs); /* 0 or -errno */
void coherence_stop(struct fs *fs);
void coherence_free(struct fs *fs);

#endif
