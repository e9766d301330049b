/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Replies.  Those to reads are made of bytes in a buffer of ours, of a text, or of
 * the machine's RAM itself, which is copied by the kernel alone.
 */
#include <errno.h>

#include "fs/files/announce.h"
#include "fs/inode/file_ops.h"
#include "fs/inode/mount.h"
#include "fs/requests/reply.h"

static void announce(fuse_req_t req)
{
	texts_announce(fuse_req_userdata(req));
}

int reply_err(fuse_req_t req, int err)
{
	announce(req);
	return fuse_reply_err(req, err);
}

void reply_none(fuse_req_t req)
{
	announce(req);
	fuse_reply_none(req);
}

int reply_entry(fuse_req_t req, const struct fuse_entry_param *e)
{
	announce(req);
	return fuse_reply_entry(req, e);
}

int reply_create(fuse_req_t req, const struct fuse_entry_param *e, const struct fuse_file_info *fi)
{
	announce(req);
	return fuse_reply_create(req, e, fi);
}

int reply_open(fuse_req_t req, const struct fuse_file_info *fi)
{
	announce(req);
	return fuse_reply_open(req, fi);
}

int reply_attr(fuse_req_t req, const struct stat *st, double timeout)
{
	announce(req);
	return fuse_reply_attr(req, st, timeout);
}

int reply_buf(fuse_req_t req, const void *buf, size_t size)
{
	announce(req);
	return fuse_reply_buf(req, buf, size);
}

int reply_write(fuse_req_t req, size_t count)
{
	announce(req);
	return fuse_reply_write(req, count);
}

int reply_lseek(fuse_req_t req, off_t off)
{
	announce(req);
	return fuse_reply_lseek(req, off);
}

int reply_poll(fuse_req_t req, unsigned events)
{
	announce(req);
	return fuse_reply_poll(req, events);
}

int reply_statfs(fuse_req_t req, const struct statvfs *st)
{
	announce(req);
	return fuse_reply_statfs(req, st);
}

int reply_xattr_size(fuse_req_t req, size_t size)
{
	announce(req);
	return fuse_reply_xattr(req, size);
}

void *buffer_get(struct fs *fs)
{
	void *buf = NULL;

	handover_lock(&fs->buffer_lock);
	if (fs->buffers->len)
		buf = g_ptr_array_steal_index_fast(fs->buffers, fs->buffers->len - 1);
	pthread_mutex_unlock(&fs->buffer_lock);
	if (!buf && host_has(IO_MAX))
		buf = g_try_malloc(IO_MAX);
	return buf;
}

void buffer_put(struct fs *fs, void *buf)
{
	if (!buf)
		return;
	handover_lock(&fs->buffer_lock);
	g_ptr_array_add(fs->buffers, buf);
	pthread_mutex_unlock(&fs->buffer_lock);
}

void reply_text(fuse_req_t req, GBytes *text, size_t count, uint64_t off)
{
	gsize size = text ? g_bytes_get_size(text) : 0;

	if (off >= size)
		reply_buf(req, NULL, 0);
	else
		reply_buf(req, (const char *)g_bytes_get_data(text, NULL) + off,
			  MIN(count, size - off));
}

/* One piece takes libfuse less than a list of one. */
static __attribute__((noinline)) int reply_pieces(fuse_req_t req, const struct iovec *iov, int n)
{
	return n == 1 ? fuse_reply_buf(req, iov[0].iov_base, iov[0].iov_len)
		      : fuse_reply_iov(req, iov, n);
}

/*
 * TSan is told of this function by its name, which it knows from the place that
 * a function it compiled returns to.  libfuse is none of these, so there are
 * two functions here, neither inlined, and this one does not end with a call.
 */
__attribute__((noinline)) int reply_guest(fuse_req_t req, const struct iovec *iov, int n)
{
	int err;

	announce(req);
	err = reply_pieces(req, iov, n);
	return err ? -EIO : 0;
}
