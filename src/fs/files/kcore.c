/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * proc/kcore: the machine as an ELF core file, for debuggers.
 *
 *	0		the head, see show/proc/kcore_head.c
 *	KCORE_HEAD	kernel space by address & 0x7fffffffffff, see region.h
 *	kcore_end()	the end: the last page of kernel space is not there
 *
 * Unlike dev/kmem it is read only, and has no gap and no early end: where
 * nothing lies there are zeros, and a request gets all bytes it asks for, across
 * regions.  Memory of a crashed machine gives EIO; the head can still be read.
 */
#include <errno.h>
#include <string.h>

#include "fs/files/files.h"
#include "fs/files/region.h"
#include "fs/inode/inode.h"
#include "fs/requests/reply.h"
#include "show/show.h"
#include <vmallocfs/vmalloc.h>

static int kcore_open(struct fs *fs, struct inode *inode, struct fuse_file_info *fi)
{
	(void)fs;
	(void)inode;
	return fi->flags & O_TRUNC ? -EACCES : 0;
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
static size_t read_region(struct fs *fs, struct inode *inode, void *buf, size_t count, uint64_t off)
{
	struct region region = region_at(fs, inode, off);
	size_t done;

	count = region_clip(count, region.left);
	done = region_read(fs->m, &region, buf, count);
	memset((char *)buf + done, 0, count - done);
	return count;
}

static ssize_t kcore_read(struct fs *fs, struct inode *inode, void *buf, size_t count, uint64_t off)
{
	size_t done = 0;

	if (off >= kcore_end(fs->m))
		return 0;
	count = region_clip(count, kcore_end(fs->m) - off);
	if (off < KCORE_HEAD)
		done = read_head(fs->m, buf, count, off);
	if (done < count && fs->m->crashed)
		return done ? (ssize_t)done : -EIO;
	while (done < count)
		done += read_region(fs, inode, (char *)buf + done, count - done,
				    off + done - KCORE_HEAD);
	return (ssize_t)done;
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

	(void)fi;
	count = MIN(count, IO_MAX);
	if (off >= KCORE_HEAD && off < kcore_end(fs->m) && count <= kcore_end(fs->m) - off &&
	    !fs->m->crashed && reply_frames(fs, req, inode, count, off - KCORE_HEAD))
		return;
	buf = buffer_get(fs);
	done = kcore_read(fs, inode, buf, count, off);
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
	.direct_io = true,
	.open = kcore_open,
	.reply_read = kcore_reply_read,
	.read = kcore_read,
	.frames = kcore_frames,
	.seek = kcore_seek,
	.size = kcore_size,
};
