/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What answers to reads are made of: bytes in a buffer of ours, a text, or the
 * machine's RAM itself, which nobody copies before the kernel does.
 */
#include <errno.h>

#include "fs/inode/file_ops.h"
#include "fs/inode/mount.h"
#include "fs/requests/reply.h"

void *buffer_get(struct fs *fs)
{
	void *buf = NULL;

	pthread_mutex_lock(&fs->buffer_lock);
	if (fs->buffers->len)
		buf = g_ptr_array_steal_index_fast(fs->buffers, fs->buffers->len - 1);
	pthread_mutex_unlock(&fs->buffer_lock);
	return buf ? buf : g_malloc(IO_MAX);
}

void buffer_put(struct fs *fs, void *buf)
{
	pthread_mutex_lock(&fs->buffer_lock);
	g_ptr_array_add(fs->buffers, buf);
	pthread_mutex_unlock(&fs->buffer_lock);
}

void reply_text(fuse_req_t req, GBytes *text, size_t count, uint64_t off)
{
	gsize size = text ? g_bytes_get_size(text) : 0;

	if (off >= size)
		fuse_reply_buf(req, NULL, 0);
	else
		fuse_reply_buf(req, (const char *)g_bytes_get_data(text, NULL) + off,
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
	int err = reply_pieces(req, iov, n);

	return err ? -EIO : 0;
}
