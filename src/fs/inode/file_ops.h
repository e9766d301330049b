/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * struct file_ops: what a kind of file does when it is opened, read, written,
 * resized and freed.  requests/ asks, files/ and ctl/ answer.
 */
#ifndef FS_FILE_OPS_H
#define FS_FILE_OPS_H

#include <sys/stat.h>

#include "fs/start/fs.h"
#include <vmallocfs/types.h>

struct inode;

/* The most that one read or write request carries. */
#define IO_MAX (UINT64_C(1) << 20)
/* Frames that so many bytes can touch, and iovecs they can need. */
#define IO_FRAMES (IO_MAX / PAGE_SIZE + 2)

/*
 * A member may be NULL where "NULL:" says what that means.  Functions return 0,
 * a count, or -errno, and the caller replies; those named reply_ send the reply
 * themselves, at once or later from another thread.
 */
struct file_ops {
	bool direct_io;	 /* no page cache in between */
	bool fixed_size; /* resize only says so; free ends the area */
	bool more;	 /* its inodes have an inode->more */

	/* NULL: nothing to do. fi->flags may have O_TRUNC. */
	int (*open)(struct fs *fs, struct inode *inode, struct fuse_file_info *fi);
	/* fi has fh and nothing else if the mount ended before the file was closed. */
	void (*release)(struct fs *fs, struct inode *inode, struct fuse_file_info *fi);

	/* Copies into buf; 0 is the end of the file. Either this or reply_read is there. */
	ssize_t (*read)(struct fs *fs, struct inode *inode, void *buf, size_t count, uint64_t off);
	/* Used in place of read where it is there. */
	void (*reply_read)(struct fs *fs, fuse_req_t req, struct inode *inode, size_t count,
			   uint64_t off, struct fuse_file_info *fi);

	/* NULL: the file cannot be opened for writing, unless there is a reply_write. */
	ssize_t (*write)(struct fs *fs, struct inode *inode, const void *buf, size_t count,
			 uint64_t off, const struct fuse_file_info *fi);
	/* Used in place of write where it is there. */
	void (*reply_write)(struct fs *fs, fuse_req_t req, struct inode *inode, const char *buf,
			    size_t count, struct fuse_file_info *fi);
	/* Each close(2) of an open for writing. NULL: nothing to do. */
	void (*reply_flush)(struct fs *fs, fuse_req_t req, struct inode *inode,
			    struct fuse_file_info *fi);

	/*
	 * The frames under a range, for coherence: at most IO_FRAMES go to ret.
	 * NULL: no frame that another view could have.
	 */
	size_t (*frames)(struct fs *fs, struct inode *inode, uint64_t off, size_t count,
			 pfn_t *ret);

	/*
	 * The events of poll(2) that have happened.  If there are none, ph is
	 * told later.  ph becomes the file's in any case; NULL: no poller has to be
	 * told.  A NULL poll: reads and writes never wait.
	 */
	unsigned (*poll)(struct fs *fs, struct inode *inode, struct fuse_file_info *fi,
			 struct fuse_pollhandle *ph);

	/* Inode's lock held for writing. NULL: the size cannot be set, EPERM. */
	int (*resize)(struct fs *fs, struct inode *inode, uint64_t size);
	/* SEEK_DATA and SEEK_HOLE, -ENXIO at the end. NULL: data from 0 to st_size. */
	int (*seek)(struct fs *fs, struct inode *inode, uint64_t off, int whence, uint64_t *ret);
	/* Used in place of seek where it is there: what this open sees. */
	int (*seek_open)(struct fs *fs, const struct fuse_file_info *fi, uint64_t off, int whence,
			 uint64_t *ret);
	/* Sets st_size and st_blocks. NULL: both are 0, as for all that is made up on reading. */
	void (*size)(struct fs *fs, struct inode *inode, struct stat *st);
	/* Gives the area back; inode's lock held for writing. NULL: a fixed file. */
	void (*free)(struct fs *fs, struct inode *inode);
};

#endif
