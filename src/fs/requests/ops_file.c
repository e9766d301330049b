/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Operations on open files: each asks the kind of the file (struct file_ops),
 * or hands the request to the coherence thread.
 */
#include <errno.h>
#include <linux/falloc.h>
#include <poll.h>
#include <unistd.h>

#include "fs/inode/inode.h"
#include "fs/inode/open.h"
#include "fs/requests/ops.h"
#include "fs/requests/reply.h"
#include "fs/threads/coherence.h"

/* Bytes of a read or a write that take so long that other requests should not wait. */
#define LONG_TRANSFER ((size_t)256 << 10)

void op_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct fs *fs = op_fs(req);
	struct inode *inode = inode_of(fs, ino);
	int err;

	err = inode_open(fs, inode, fi);
	if (err)
		reply_err(req, -err);
	else if (reply_open(req, fi))
		inode_close(fs, inode,
			    fi); /* no process waits any more, and no release will come */
}

void op_release(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct fs *fs = op_fs(req);

	inode_close(fs, inode_of(fs, ino), fi);
	reply_err(req, 0);
}

static void read_copied(struct fs *fs, fuse_req_t req, struct inode *inode, size_t size,
			uint64_t off)
{
	void *buf = buffer_get(fs);
	ssize_t done = -ENOMEM;

	if (buf)
		done = inode->ops->read(fs, inode, buf, MIN(size, IO_MAX), off);
	if (done < 0)
		reply_err(req, (int)-done);
	else
		reply_buf(req, buf, (size_t)done);
	buffer_put(fs, buf);
}

void op_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off, struct fuse_file_info *fi)
{
	struct fs *fs = op_fs(req);
	struct inode *inode = inode_of(fs, ino);

	if (size >= LONG_TRANSFER)
		loop_may_take_long();
	if (coherence_touches(fs, inode, (uint64_t)off, size))
		coherence_read(fs, req, inode, MIN(size, IO_MAX), (uint64_t)off);
	else if (inode->ops->reply_read)
		inode->ops->reply_read(fs, req, inode, size, (uint64_t)off, fi);
	else
		read_copied(fs, req, inode, size, (uint64_t)off);
}

/*
 * What the kernel does for other filesystems when a user other than root writes.
 * True if the mode changed, which the kernel does not know then.
 */
static bool drop_suid(struct inode *inode)
{
	mode_t before;
	bool changed;

	inode_lock(inode);
	before = inode->mode;
	inode_kill_suid(inode);
	changed = inode->mode != before;
	inode_unlock(inode);
	return changed;
}

void op_write(fuse_req_t req, fuse_ino_t ino, const char *buf, size_t size, off_t off,
	      struct fuse_file_info *fi)
{
	struct fs *fs = op_fs(req);
	struct inode *inode = inode_of(fs, ino);
	bool slowly = false;
	ssize_t done;

	if (size >= LONG_TRANSFER)
		loop_may_take_long();
	if (inode->ops->reply_write) {
		inode->ops->reply_write(fs, req, inode, buf, size, fi);
		return;
	}
	/* A page that is written back is no act of the process that the request names. */
	if (fuse_req_ctx(req)->uid && !fi->writepage && drop_suid(inode)) {
		/* The thread does one thing after the other: first this, then the write. */
		coherence_attributes(fs, inode);
		slowly = true;
	}
	if (slowly || coherence_touches(fs, inode, (uint64_t)off, size)) {
		coherence_write(fs, req, inode, buf, size, (uint64_t)off, fi);
		return;
	}
	done = inode->ops->write(fs, inode, buf, size, (uint64_t)off, fi);
	if (done < 0)
		reply_err(req, (int)-done);
	else if (coherence_touches(fs, inode, (uint64_t)off, (size_t)done))
		/* A *_user file was opened meanwhile, and may have been read too early. */
		coherence_written(fs, req, inode, (size_t)done, (uint64_t)off);
	else
		reply_write(req, (size_t)done);
}

void op_flush(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct fs *fs = op_fs(req);
	struct inode *inode = inode_of(fs, ino);

	if (inode->ops->reply_flush)
		inode->ops->reply_flush(fs, req, inode, fi);
	else
		reply_err(req, 0);
}

/* Allocation is the size; there are no holes to fill or to punch. */
static int grow_to(struct fs *fs, struct inode *inode, int mode, uint64_t end)
{
	int err = 0;

	if (!inode->ops->resize)
		return -EPERM;
	if (mode & ~FALLOC_FL_KEEP_SIZE)
		return -EOPNOTSUPP;
	inode_lock(inode);
	if (end > inode->size) {
		err = mode & FALLOC_FL_KEEP_SIZE ? -EOPNOTSUPP : inode->ops->resize(fs, inode, end);
		if (!err)
			inode_modified(inode);
	}
	inode_unlock(inode);
	return err;
}

void op_fallocate(fuse_req_t req, fuse_ino_t ino, int mode, off_t offset, off_t length,
		  struct fuse_file_info *fi)
{
	struct fs *fs = op_fs(req);
	int err;

	(void)fi;
	err = offset > INT64_MAX - length
		      ? -EFBIG
		      : grow_to(fs, inode_of(fs, ino), mode, (uint64_t)offset + (uint64_t)length);
	reply_err(req, -err);
}

static int seek_size(struct fs *fs, struct inode *inode, uint64_t off, int whence, uint64_t *ret)
{
	struct stat st = { .st_size = 0 };

	if (inode->ops->size)
		inode->ops->size(fs, inode, &st);
	if (off >= (uint64_t)st.st_size)
		return -ENXIO;
	*ret = whence == SEEK_DATA ? off : (uint64_t)st.st_size;
	return 0;
}

void op_lseek(fuse_req_t req, fuse_ino_t ino, off_t off, int whence, struct fuse_file_info *fi)
{
	struct fs *fs = op_fs(req);
	struct inode *inode = inode_of(fs, ino);
	uint64_t found = 0;
	int err;

	if (inode_is_dir(inode) || (whence != SEEK_DATA && whence != SEEK_HOLE))
		err = -EINVAL;
	else if (inode->ops->seek_open)
		err = inode->ops->seek_open(fs, fi, (uint64_t)off, whence, &found);
	else
		err = (inode->ops->seek ? inode->ops->seek : seek_size)(fs, inode, (uint64_t)off,
									whence, &found);
	if (err)
		reply_err(req, -err);
	else
		reply_lseek(req, (off_t)found);
}

void op_poll(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi, struct fuse_pollhandle *ph)
{
	struct fs *fs = op_fs(req);
	struct inode *inode = inode_of(fs, ino);
	unsigned events = POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM;

	if (inode->ops && inode->ops->poll)
		events = inode->ops->poll(fs, inode, fi, ph);
	else if (ph)
		fuse_pollhandle_destroy(ph);
	reply_poll(req, events);
}

/* Nothing to sync: writes go straight to the frames. */
void op_fsync(fuse_req_t req, fuse_ino_t ino, int datasync, struct fuse_file_info *fi)
{
	(void)ino;
	(void)datasync;
	(void)fi;
	reply_err(req, 0);
}
