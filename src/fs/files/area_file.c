/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files that are areas.  An area exists exactly while the size is above zero:
 *
 *	size	0 -> n		the allocator of the directory
 *		n -> m		vresize
 *		n -> 0		vfree
 *
 * ioremap files differ in how they come and go, vmap files and reserved ones in
 * that they never change.  Reads answer straight out of the frames.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "fs/files/area_file.h"
#include "fs/files/files.h"
#include "fs/files/frames.h"
#include "fs/inode/inode.h"
#include "fs/requests/reply.h"
#include "fs/threads/coherence.h"
#include <vmallocfs/vmalloc.h>

/* Bytes of an area whose frames it takes long to get, to zero, to map or to free. */
#define LONG_AREA (UINT64_C(4) << 20)

void area_may_take_long(uint64_t size)
{
	if (size >= LONG_AREA)
		loop_may_take_long();
}

/* Inode's lock held for writing, no area there. */
static int area_make(struct fs *fs, struct inode *inode, uint64_t size)
{
	const struct dir_kind *kind = inode->kind;
	char path[INODE_PATH_MAX];

	inode_path(fs, inode, path);
	area_may_take_long(size);
	errno = 0;
	fs_areas_lock_shared(fs);
	inode->addr = kind->alloc_node ? kind->alloc_node(fs->m, size, inode->nid, path)
				       : kind->alloc(fs->m, size, path);
	fs_areas_unlock_shared(fs);
	if (!inode->addr)
		return errno ? -errno : -ENOMEM;
	return 0;
}

void area_free(struct fs *fs, struct inode *inode)
{
	area_may_take_long(inode->size);
	fs_areas_lock_shared(fs);
	vfree(fs->m, inode->addr);
	inode->addr = 0;
	fs_areas_unlock_shared(fs);
	inode->size = 0;
}

/* Inode's lock held for writing. */
static int area_move(struct fs *fs, struct inode *inode, uint64_t size)
{
	int err;

	area_may_take_long(MAX(size, inode->size));
	fs_areas_lock_shared(fs);
	err = vresize(fs->m, inode->addr, size, &inode->addr);
	fs_areas_unlock_shared(fs);
	return err;
}

int area_resize(struct fs *fs, struct inode *inode, uint64_t size)
{
	int err;

	if (inode->gone)
		return -ESTALE;
	if (size == inode->size)
		return 0;
	if (!size) {
		area_free(fs, inode);
		return 0;
	}
	err = inode->addr ? area_move(fs, inode, size) : area_make(fs, inode, size);
	if (!err)
		inode->size = size;
	return err;
}

int area_open(struct fs *fs, struct inode *inode, struct fuse_file_info *fi)
{
	int err;

	if (!(fi->flags & O_TRUNC))
		return 0;
	inode_lock(inode);
	err = inode->ops->resize(fs, inode, 0);
	if (!err)
		inode_modified(inode);
	inode_unlock(inode);
	return err;
}

static void area_reply_read(struct fs *fs, fuse_req_t req, struct inode *inode, size_t count,
			    uint64_t off, struct fuse_file_info *fi)
{
	struct iovec iov[IO_FRAMES];
	int n = IO_FRAMES;
	ssize_t done = 0;

	(void)fi;
	inode_lock_to_read(fs, inode);
	if (off < inode->size) {
		if (count > inode->size - off)
			count = inode->size - off;
		done = vread_area_iov(fs->m, inode->addr + off, count, iov, &n);
		if (done > 0 && (size_t)done < count)
			coherence_attributes(fs, inode);
	}
	if (done < 0)
		reply_err(req, (int)-done);
	else if (!done)
		reply_buf(req, NULL, 0);
	else
		reply_guest(req, iov, n);
	inode_unlock_shared(inode);
}

static ssize_t area_read(struct fs *fs, struct inode *inode, void *buf, size_t count, uint64_t off)
{
	ssize_t done = 0;

	inode_lock_to_read(fs, inode);
	if (off < inode->size) {
		if (count > inode->size - off)
			count = inode->size - off;
		done = vread_area(fs->m, buf, inode->addr + off, count);
	}
	inode_unlock_shared(inode);
	return done;
}

/* Inode's lock held for writing; the range lies within the file. */
static ssize_t write_within(struct fs *fs, struct inode *inode, const void *buf, size_t count,
			    uint64_t off)
{
	ssize_t done = vwrite_area(fs->m, buf, inode->addr + off, count);

	if (done > 0)
		inode_modified(inode);
	return done;
}

ssize_t area_write(struct fs *fs, struct inode *inode, const void *buf, size_t count, uint64_t off,
		   const struct fuse_file_info *fi)
{
	size_t within = count;
	ssize_t done;
	int err = 0;

	inode_lock(inode);
	if (fi->writepage) {
		/* A truncate overtook these bytes of a mapping: they are dropped. */
		uint64_t left = off < inode->size ? inode->size - off : 0;

		if (within > left)
			within = left;
	} else if (off > INT64_MAX - count) {
		err = -EFBIG;
	} else if (off + count > inode->size) {
		err = inode->ops->resize(fs, inode, off + count);
	}
	done = err ? err : 0;
	if (!err && within)
		done = write_within(fs, inode, buf, within, off);
	inode_unlock(inode);
	return done == (ssize_t)within ? (ssize_t)count : done;
}

void area_size(struct fs *fs, struct inode *inode, struct stat *st)
{
	(void)fs;
	inode_lock_shared(inode);
	st->st_size = (off_t)inode->size;
	st->st_blocks = (blkcnt_t)(PAGE_ALIGN(inode->size) / 512);
	inode_unlock_shared(inode);
}

static size_t area_frames(struct fs *fs, struct inode *inode, uint64_t off, size_t count,
			  pfn_t *ret)
{
	size_t n = 0;

	inode_lock_shared(inode);
	if (off < inode->size) {
		if (count > inode->size - off)
			count = inode->size - off;
		n = mapped_frames(fs->m, inode->addr + off, count, ret);
	}
	inode_unlock_shared(inode);
	return n;
}

const struct file_ops area_ops = {
	.direct_io = true,
	.open = area_open,
	.reply_read = area_reply_read,
	.read = area_read,
	.write = area_write,
	.frames = area_frames,
	.resize = area_resize,
	.size = area_size,
	.free = area_free,
};

/*
 * ioremap: device memory has no content to keep, so a new size is a new range
 * with a new mapping, made before the old one goes.
 */
static void ioremap_drop(struct fs *fs, struct inode *inode)
{
	if (inode->addr) {
		iounmap(fs->m, inode->addr);
		io_release(fs->m, inode->more->phys);
	}
	inode->addr = 0;
	inode->more->phys = 0;
	inode->size = 0;
}

static void ioremap_free(struct fs *fs, struct inode *inode)
{
	area_may_take_long(inode->size);
	fs_areas_lock_shared(fs);
	ioremap_drop(fs, inode);
	fs_areas_unlock_shared(fs);
}

static int ioremap_resize(struct fs *fs, struct inode *inode, uint64_t size)
{
	char path[INODE_PATH_MAX];
	paddr_t phys;
	vaddr_t addr;
	int err;

	if (inode->gone)
		return -ESTALE;
	if (size == inode->size)
		return 0;
	if (!size) {
		ioremap_free(fs, inode);
		return 0;
	}
	area_may_take_long(MAX(size, inode->size));
	err = io_reserve(fs->m, size, &phys);
	if (err)
		return err;
	inode_path(fs, inode, path);
	errno = 0;
	fs_areas_lock_shared(fs);
	addr = ioremap(fs->m, phys, size, PAGE_KERNEL_NOCACHE, path);
	if (!addr) {
		err = errno ? -errno : -ENOMEM;
		io_release(fs->m, phys);
	} else {
		ioremap_drop(fs, inode);
		inode->addr = addr;
		inode->more->phys = phys;
		inode->size = size;
	}
	fs_areas_unlock_shared(fs);
	return err;
}

/* One hole from end to end: there is no frame under it. */
static void ioremap_size(struct fs *fs, struct inode *inode, struct stat *st)
{
	area_size(fs, inode, st);
	st->st_blocks = 0;
}

static int ioremap_seek(struct fs *fs, struct inode *inode, uint64_t off, int whence, uint64_t *ret)
{
	uint64_t size;

	(void)fs;
	inode_lock_shared(inode);
	size = inode->size;
	inode_unlock_shared(inode);
	if (off >= size || whence == SEEK_DATA)
		return -ENXIO;
	*ret = off;
	return 0;
}

const struct file_ops ioremap_ops = {
	.more = true,
	.direct_io = true,
	.open = area_open,
	.reply_read = area_reply_read,
	.read = area_read,
	.write = area_write,
	.resize = ioremap_resize,
	.seek = ioremap_seek,
	.size = ioremap_size,
	.free = ioremap_free,
};

int vmap_pages(struct fs *fs, struct page **pages, const struct vmap_file *file,
	       const struct dir_kind *kind, const char *caller, struct inode **ret)
{
	uint64_t count = PAGE_ALIGN(file->size) >> PAGE_SHIFT;
	struct inode *inode = NULL;
	vaddr_t addr;
	bool full;

	area_may_take_long(file->size);
	/* Until there is an inode that has the address. */
	fs_areas_lock_shared(fs);
	errno = 0;
	addr = vmap(fs->m, pages, count, VM_MAP, PAGE_KERNEL, caller);
	if (!addr) {
		fs_areas_unlock_shared(fs);
		return errno ? -errno : -ENOMEM;
	}
	handover_lock(&fs->tree_lock);
	full = inode_limit_reached(fs);
	if (!full)
		inode = inode_new(fs, kind->ops, file->mode, file->uid, file->gid);
	pthread_mutex_unlock(&fs->tree_lock);
	if (inode) {
		inode->kind = kind;
		inode->addr = addr;
		inode->size = file->size;
	} else {
		vunmap(fs->m, addr);
	}
	fs_areas_unlock_shared(fs);
	*ret = inode;
	if (inode)
		return 0;
	return full ? -ENOSPC : -ENOMEM;
}

int vmap_new(struct fs *fs, struct inode *from, const struct dir_kind *kind, const char *caller,
	     struct inode **ret)
{
	g_autofree struct page **pages = NULL;
	struct vmap_file file;
	uint64_t count;
	int err = -EINVAL;

	/* The lock keeps the frames until the mapping has references of its own. */
	inode_lock_shared(from);
	file = (struct vmap_file){
		.size = from->size, .mode = from->mode, .uid = from->uid, .gid = from->gid
	};
	count = PAGE_ALIGN(file.size) >> PAGE_SHIFT;
	if (from->gone)
		err = -ESTALE;
	if (from->addr && !inode_phys(from)) {
		pages = g_try_new(struct page *, count);
		err = pages ? vm_area_pages(fs->m, from->addr, 0, count, pages) : -ENOMEM;
	}
	if (!err)
		err = vmap_pages(fs, pages, &file, kind, caller, ret);
	inode_unlock_shared(from);
	return err;
}

static int vmap_resize(struct fs *fs, struct inode *inode, uint64_t size)
{
	(void)fs;
	return size == inode->size ? 0 : -EPERM;
}

static ssize_t vmap_write(struct fs *fs, struct inode *inode, const void *buf, size_t count,
			  uint64_t off, const struct fuse_file_info *fi)
{
	ssize_t done = -EPERM;

	(void)fi;
	inode_lock(inode);
	if (off < inode->size)
		done = write_within(fs, inode, buf,
				    count < inode->size - off ? count : inode->size - off, off);
	inode_unlock(inode);
	return done;
}

static void vmap_free(struct fs *fs, struct inode *inode)
{
	area_may_take_long(inode->size);
	fs_areas_lock_shared(fs);
	vunmap(fs->m, inode->addr);
	inode->addr = 0;
	fs_areas_unlock_shared(fs);
	inode->size = 0;
}

const struct file_ops vmap_ops = {
	.direct_io = true,
	.fixed_size = true,
	.open = area_open,
	.reply_read = area_reply_read,
	.read = area_read,
	.write = vmap_write,
	.frames = area_frames,
	.resize = vmap_resize,
	.size = area_size,
	.free = vmap_free,
};

/*
 * get_vm_area and no more: address space that is reserved, and nothing in it.
 * Like a vmap it never changes; like device memory it has no frames.
 */
int area_reserve(struct fs *fs, struct inode *inode, const struct area_place *place)
{
	char path[INODE_PATH_MAX];
	struct vm_struct *area;

	if (inode->gone)
		return -ESTALE;
	inode_path(fs, inode, path);
	errno = 0;
	fs_areas_lock_shared(fs);
	area = get_vm_area_range(fs->m, place->size, place->align, 0, place->start, place->end,
				 inode->nid, path);
	if (area)
		inode->addr = area->addr;
	fs_areas_unlock_shared(fs);
	if (!area)
		return errno ? -errno : -ENOMEM;
	inode->size = place->size;
	return 0;
}

const struct file_ops reserved_ops = {
	.direct_io = true,
	.fixed_size = true,
	.open = area_open,
	.reply_read = area_reply_read,
	.read = area_read,
	.write = vmap_write,
	.resize = vmap_resize,
	.seek = ioremap_seek,
	.size = ioremap_size,
	.free = vmap_free,
};

/*
 * Areas of a layout.  They came with the machine and never change; those that
 * own no frames are one hole from end to end.
 */
const struct file_ops loaded_ops = {
	.direct_io = true,
	.fixed_size = true,
	.open = area_open,
	.reply_read = area_reply_read,
	.read = area_read,
	.write = vmap_write,
	.frames = area_frames,
	.resize = vmap_resize,
	.size = area_size,
	.free = area_free,
};

const struct file_ops loaded_bare_ops = {
	.direct_io = true,
	.fixed_size = true,
	.open = area_open,
	.reply_read = area_reply_read,
	.read = area_read,
	.write = vmap_write,
	.resize = vmap_resize,
	.seek = ioremap_seek,
	.size = ioremap_size,
	.free = area_free,
};
