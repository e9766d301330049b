/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * proc/kcore: the machine as an ELF core file, for debuggers.
 *
 *	0		the head, see show/proc/kcore_head.c
 *	KCORE_HEAD	kernel space by address & 0x7fffffffffff, see region.h; in it
 *			the kernel's data, which an open sees as they are when it
 *			first reads of them
 *	kcore_end()	the end: the last page of kernel space is not there
 *
 * Unlike dev/kmem it is read only, and has no gap and no early end: where
 * nothing lies there are zeros, and a request gets all bytes it asks for, across
 * regions.  Memory of a crashed machine gives EIO; the head can still be read.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "fs/files/files.h"
#include "fs/files/region.h"
#include "fs/inode/inode.h"
#include "fs/requests/reply.h"
#include "show/kernel/kernel_image.h"
#include "show/show.h"
#include <vmallocfs/vmalloc.h>

struct kcore_open {
	GBytes *data; /* the kernel's, or NULL: not read yet; under the inode's lock */
};

static int kcore_open(struct fs *fs, struct inode *inode, struct fuse_file_info *fi)
{
	(void)fs;
	(void)inode;
	if (fi->flags & O_TRUNC)
		return -EACCES;
	fi->fh = (uintptr_t)g_new0(struct kcore_open, 1);
	return 0;
}

static void kcore_release(struct fs *fs, struct inode *inode, struct fuse_file_info *fi)
{
	struct kcore_open *open = (void *)(uintptr_t)fi->fh;

	(void)fs;
	(void)inode;
	if (open->data)
		g_bytes_unref(open->data);
	g_free(open);
}

/* Offsets after the head: where the kernel's data begin and end. */
static uint64_t data_start(const struct machine *m)
{
	return address_to_offset(m, kernel_image_of(m)->start);
}

static uint64_t data_end(const struct machine *m)
{
	return address_to_offset(m, kernel_image_of(m)->end);
}

/* The kernel's data as this open sees them, or as they are now without one; NULL: no memory. */
static GBytes *data_of(struct fs *fs, struct inode *inode, struct kcore_open *open)
{
	GBytes *data;

	if (!open)
		return show_kernel_data(fs->m);
	inode_lock(inode);
	if (!open->data) {
		loop_may_take_long();
		open->data = show_kernel_data(fs->m);
	}
	data = open->data ? g_bytes_ref(open->data) : NULL;
	inode_unlock(inode);
	return data;
}

/* Bytes of the kernel's data; after them there are zeros. -ENOMEM. */
static ssize_t read_data(struct fs *fs, struct inode *inode, struct kcore_open *open, void *buf,
			 size_t count, uint64_t off)
{
	GBytes *data = data_of(fs, inode, open);
	gsize size, done = 0;
	const char *bytes;

	if (!data)
		return -ENOMEM;
	count = region_clip(count, data_end(fs->m) - off);
	off -= data_start(fs->m);
	bytes = g_bytes_get_data(data, &size);
	if (off < size) {
		done = MIN(count, size - off);
		memcpy(buf, bytes + off, done);
	}
	g_bytes_unref(data);
	memset((char *)buf + done, 0, count - done);
	return (ssize_t)count;
}

static size_t read_head(struct machine *m, void *buf, size_t count, uint64_t off)
{
	g_autoptr(GBytes) head = show_kcore(m);
	const char *bytes = g_bytes_get_data(head, NULL);

	count = region_clip(count, KCORE_HEAD - off);
	memcpy(buf, bytes + off, count);
	return count;
}

/* Kernel space from the offset, which is without the head; one region of it. */
static ssize_t read_region(struct fs *fs, struct inode *inode, struct kcore_open *open, void *buf,
			   size_t count, uint64_t off)
{
	struct region region;
	size_t done;

	if (kernel_is_shown(fs->m) && off >= data_start(fs->m) && off < data_end(fs->m))
		return read_data(fs, inode, open, buf, count, off);
	region = region_at(fs, inode, off);
	count = region_clip(count, region.left);
	if (off < data_start(fs->m))
		count = region_clip(count, data_start(fs->m) - off);
	done = region_read(fs->m, &region, buf, count);
	memset((char *)buf + done, 0, count - done);
	return (ssize_t)count;
}

static ssize_t read_open(struct fs *fs, struct inode *inode, struct kcore_open *open, void *buf,
			 size_t count, uint64_t off)
{
	size_t done = 0;

	if (off >= kcore_end(fs->m))
		return 0;
	count = region_clip(count, kcore_end(fs->m) - off);
	if (off < KCORE_HEAD)
		done = read_head(fs->m, buf, count, off);
	if (done < count && fs->m->crashed)
		return done ? (ssize_t)done : -EIO;
	while (done < count) {
		ssize_t n = read_region(fs, inode, open, (char *)buf + done, count - done,
					off + done - KCORE_HEAD);

		if (n < 0)
			return done ? (ssize_t)done : n;
		done += (size_t)n;
	}
	return (ssize_t)done;
}

static ssize_t kcore_read(struct fs *fs, struct inode *inode, void *buf, size_t count, uint64_t off)
{
	return read_open(fs, inode, NULL, buf, count, off);
}

/*
 * Replies out of the frames, if all of [off, off + count) lies in a region
 * where that can be done.  Holes need no more entries than pages do.
 */
static bool reply_frames(struct fs *fs, fuse_req_t req, struct inode *inode, size_t count,
			 uint64_t off)
{
	static const char zeros[PAGE_SIZE];
	struct iovec iov[IO_FRAMES + 1];
	int n = IO_FRAMES;
	struct region region = region_at(fs, inode, off);
	size_t done;

	if (count > region.left || region.kind == VMEMMAP || region.kind == NOTHING)
		return false;
	for (done = region_iov(fs->m, &region, count, iov, &n); done < count; n++) {
		if (n == G_N_ELEMENTS(iov))
			return false;
		iov[n].iov_base = (void *)(uintptr_t)zeros;
		iov[n].iov_len = region_clip(count - done, PAGE_SIZE);
		done += iov[n].iov_len;
	}
	reply_guest(req, iov, n);
	return true;
}

static void kcore_reply_read(struct fs *fs, fuse_req_t req, struct inode *inode, size_t count,
			     uint64_t off, struct fuse_file_info *fi)
{
	void *buf;
	ssize_t done;

	count = MIN(count, IO_MAX);
	if (off >= KCORE_HEAD && off < kcore_end(fs->m) && count <= kcore_end(fs->m) - off &&
	    !fs->m->crashed && reply_frames(fs, req, inode, count, off - KCORE_HEAD))
		return;
	buf = buffer_get(fs);
	done = buf ? read_open(fs, inode, (void *)(uintptr_t)fi->fh, buf, count, off) : -ENOMEM;
	if (done < 0)
		reply_err(req, (int)-done);
	else
		reply_buf(req, buf, (size_t)done);
	buffer_put(fs, buf);
}

static size_t kcore_frames(struct fs *fs, struct inode *inode, uint64_t off, size_t count,
			   pfn_t *ret)
{
	pfn_t pfn[IO_FRAMES];
	uint64_t end;
	size_t n = 0;

	if (off >= kcore_end(fs->m))
		return 0;
	end = off + region_clip(count, kcore_end(fs->m) - off);
	if (off < KCORE_HEAD)
		off = KCORE_HEAD;
	while (off < end) {
		struct region region = region_at(fs, inode, off - KCORE_HEAD);
		size_t found = region_frames(fs->m, &region, end - off, pfn);

		found = MIN(found, IO_FRAMES - n);
		memcpy(ret + n, pfn, found * sizeof(*pfn));
		n += found;
		off += region_clip(end - off, region.left);
	}
	return n;
}

/* What region_seek() found among the areas, with the kernel's data put between them. */
static int with_kernel_data(struct fs *fs, uint64_t off, int whence, int err, uint64_t *ret)
{
	const uint64_t start = data_start(fs->m);
	const uint64_t end = start + kernel_data_most(fs->m);

	if (start == end || off >= end)
		return err;
	if (whence == SEEK_HOLE) {
		if (*ret >= start && *ret < end)
			*ret = end;
		return err;
	}
	if (err || *ret > start)
		*ret = MAX(off, start);
	return 0;
}

static int kcore_seek(struct fs *fs, struct inode *inode, uint64_t off, int whence, uint64_t *ret)
{
	int err;

	if (off >= kcore_end(fs->m))
		return -ENXIO;
	if (off < KCORE_HEAD) {
		*ret = whence == SEEK_DATA ? off : KCORE_HEAD;
		return 0;
	}
	err = region_seek(fs, inode, off - KCORE_HEAD, whence, ret);
	err = with_kernel_data(fs, off - KCORE_HEAD, whence, err, ret);
	if (err)
		return err;
	*ret = MIN(*ret + KCORE_HEAD, kcore_end(fs->m));
	return whence == SEEK_DATA && *ret == kcore_end(fs->m) ? -ENXIO : 0;
}

static void kcore_size(struct fs *fs, struct inode *inode, struct stat *st)
{
	(void)inode;
	st->st_size = (off_t)kcore_end(fs->m);
}

const struct file_ops kcore_ops = {
	.more = true,
	.direct_io = true,
	.open = kcore_open,
	.release = kcore_release,
	.reply_read = kcore_reply_read,
	.read = kcore_read,
	.frames = kcore_frames,
	.seek = kcore_seek,
	.size = kcore_size,
};
