/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dev/mem and dev/kmem: the machine's memory by physical and by kernel address.
 *
 *	dev/mem		offset = physical address, up to the end of RAM
 *	dev/kmem	offset = kernel address & 0x7fffffffffff, see region.h
 *
 * A request to kmem stays within one region; a reader gets the next one with
 * its next request.  After the last area is the end of the file, and where no
 * region is, ENXIO.  A crashed machine gives EIO.
 */
#include <errno.h>
#include <unistd.h>

#include "fs/files/files.h"
#include "fs/files/frames.h"
#include "fs/files/region.h"
#include "fs/inode/inode.h"
#include "fs/requests/reply.h"
#include <vmallocfs/vmalloc.h>

static void mem_reply_read(struct fs *fs, fuse_req_t req, struct inode *inode, size_t count,
			   uint64_t off, struct fuse_file_info *fi)
{
	struct machine *m = fs->m;
	struct iovec iov;

	(void)inode;
	(void)fi;
	if (m->crashed) {
		reply_err(req, EIO);
	} else if (off >= m->ram_size) {
		reply_buf(req, NULL, 0);
	} else {
		/* No copy on our side: the kernel takes the bytes from where they are. */
		iov.iov_base = m->ram + off;
		iov.iov_len = phys_want(m, off, region_clip(count, m->ram_size - off));
		if (iov.iov_len)
			reply_guest(req, &iov, 1);
		else
			reply_err(req, EIO);
	}
}

static ssize_t mem_read(struct fs *fs, struct inode *inode, void *buf, size_t count, uint64_t off)
{
	(void)inode;
	if (fs->m->crashed)
		return -EIO;
	if (count && off < fs->m->ram_size && !phys_want(fs->m, off, 1))
		return -EIO;
	return (ssize_t)phys_read(fs->m, buf, off, count);
}

/* An append would be a write past the end, wherever that is. */
static bool appends(const struct fuse_file_info *fi, uint64_t off, uint64_t size)
{
	return fi->flags & O_APPEND && off >= size;
}

static ssize_t mem_write(struct fs *fs, struct inode *inode, const void *buf, size_t count,
			 uint64_t off, const struct fuse_file_info *fi)
{
	struct machine *m = fs->m;
	size_t done;

	(void)inode;
	if (m->crashed)
		return -EIO;
	if (appends(fi, off, m->ram_size))
		return -EFBIG;
	done = phys_write(m, buf, off, count);
	if (!done && off < m->ram_size)
		return -ENOMEM; /* the host has none */
	return done ? (ssize_t)done : -EFAULT;
}

static size_t mem_frames(struct fs *fs, struct inode *inode, uint64_t off, size_t count, pfn_t *ret)
{
	uint64_t size = fs->m->ram_size;

	(void)inode;
	return off < size ? ram_frames(off, region_clip(count, size - off), ret) : 0;
}

static int mem_seek(struct fs *fs, struct inode *inode, uint64_t off, int whence, uint64_t *ret)
{
	uint64_t size = fs->m->ram_size, found;

	(void)inode;
	if (off >= size)
		return -ENXIO;
	loop_may_take_long();
	found = frames_seek(fs->m, off >> PAGE_SHIFT, size >> PAGE_SHIFT, whence == SEEK_DATA)
		<< PAGE_SHIFT;
	*ret = MAX(off, found);
	return whence == SEEK_DATA && found == size ? -ENXIO : 0;
}

static void mem_size(struct fs *fs, struct inode *inode, struct stat *st)
{
	(void)inode;
	st->st_size = (off_t)fs->m->ram_size;
}

const struct file_ops mem_ops = {
	.direct_io = true,
	.reply_read = mem_reply_read,
	.read = mem_read,
	.write = mem_write,
	.frames = mem_frames,
	.seek = mem_seek,
	.size = mem_size,
};

static ssize_t kmem_read(struct fs *fs, struct inode *inode, void *buf, size_t count, uint64_t off)
{
	struct region region;

	if (fs->m->crashed)
		return -EIO;
	if (off >= region_space(fs->m))
		return 0;
	region = region_at(fs, inode, off);
	if (region.kind == NOTHING)
		return -ENXIO;
	return (ssize_t)region_read(fs->m, &region, buf, count);
}

static void kmem_reply_read(struct fs *fs, fuse_req_t req, struct inode *inode, size_t count,
			    uint64_t off, struct fuse_file_info *fi)
{
	struct iovec iov[IO_FRAMES];
	int n = IO_FRAMES;
	struct region region;

	(void)fi;
	if (fs->m->crashed) {
		reply_err(req, EIO);
		return;
	}
	if (off >= region_space(fs->m)) {
		reply_buf(req, NULL, 0);
		return;
	}
	region = region_at(fs, inode, off);
	count = MIN(count, IO_MAX);
	if (region.kind == NOTHING) {
		reply_err(req, ENXIO);
	} else if (region.kind == VMEMMAP) {
		void *buf = buffer_get(fs);

		if (buf)
			reply_buf(req, buf, region_read(fs->m, &region, buf, count));
		else
			reply_err(req, ENOMEM);
		buffer_put(fs, buf);
	} else if (region_iov(fs->m, &region, count, iov, &n)) {
		reply_guest(req, iov, n);
	} else {
		reply_buf(req, NULL, 0);
	}
}

static ssize_t kmem_write(struct fs *fs, struct inode *inode, const void *buf, size_t count,
			  uint64_t off, const struct fuse_file_info *fi)
{
	struct machine *m = fs->m;
	struct region region;
	size_t done = 0;

	if (m->crashed)
		return -EIO;
	if (appends(fi, off, region_space(m)))
		return -EFBIG;
	if (off >= region_space(m))
		return -ENXIO;
	region = region_at(fs, inode, off);
	count = region_clip(count, region.left);
	if (region.kind == DIRECT_MAP)
		done = phys_write(m, buf, region.addr - m->page_offset_base, count);
	else if (region.kind == VMALLOC_SPACE || region.kind == OTHER_AREA)
		done = vwrite(m, buf, region.addr, count);
	if (!done && region.kind != NOTHING && region.kind != VMEMMAP && host_left(m) < PAGE_SIZE)
		return -ENOMEM;
	/* A write that writes nothing would be tried again for ever. */
	return done ? (ssize_t)done : -ENXIO;
}

static size_t kmem_frames(struct fs *fs, struct inode *inode, uint64_t off, size_t count,
			  pfn_t *ret)
{
	struct region region;

	if (off >= region_space(fs->m))
		return 0;
	region = region_at(fs, inode, off);
	return region_frames(fs->m, &region, count, ret);
}

static int kmem_seek(struct fs *fs, struct inode *inode, uint64_t off, int whence, uint64_t *ret)
{
	return off < region_space(fs->m) ? region_seek(fs, inode, off, whence, ret) : -ENXIO;
}

static void kmem_size(struct fs *fs, struct inode *inode, struct stat *st)
{
	(void)inode;
	st->st_size = (off_t)region_space(fs->m);
}

const struct file_ops kmem_ops = {
	.more = true,
	.direct_io = true,
	.reply_read = kmem_reply_read,
	.read = kmem_read,
	.write = kmem_write,
	.frames = kmem_frames,
	.seek = kmem_seek,
	.size = kmem_size,
};
