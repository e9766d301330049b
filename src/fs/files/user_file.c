/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files of vmalloc_user and vmalloc_32_user, which processes may map shared.
 *
 *	process's mapping -> kernel's page cache -> READ  -> vma -> frames
 *						    WRITE -> area -> frames
 *
 * Their opens are cached, because only then does the kernel allow a shared
 * mapping.  While the file is open it has a simulated vma over its whole area,
 * made by remap_vmalloc_range; page-ins read through it.  What other views do
 * meanwhile to the same frames is the matter of coherence.c.
 */
#include <errno.h>
#include <string.h>

#include "fs/files/area_file.h"
#include "fs/files/files.h"
#include "fs/inode/inode.h"
#include <vmallocfs/vmalloc.h>

/*
 * The area is ours and as large as it has to be: so its page tables were
 * tampered with.  Touching its pages one by one logs where.
 */
static int tables_are_bad(struct fs *fs, const struct inode *inode)
{
	char byte;

	for (uint64_t off = 0; off < inode->size; off += PAGE_SIZE)
		if (vread_area(fs->m, &byte, inode->addr + off, 1) < 0)
			break;
	return -EIO;
}

/* Inode's lock held for writing. */
static int user_map(struct fs *fs, struct inode *inode)
{
	struct vma *vma;
	int err;

	if (inode->more->vma || !inode->addr)
		return 0;
	area_may_take_long(inode->size);
	err = vma_create(fs->m, inode->size, &vma);
	if (err)
		return err;
	err = remap_vmalloc_range(fs->m, vma, inode->addr, 0);
	if (err) {
		vma_destroy(fs->m, vma);
		return err == -EINVAL ? tables_are_bad(fs, inode) : err;
	}
	inode->more->vma = vma;
	return 0;
}

static void user_unmap(struct fs *fs, struct inode *inode)
{
	vma_destroy(fs->m, inode->more->vma);
	inode->more->vma = NULL;
}

/*
 * The file grows while it is open: its pages keep their frames, so the vma keeps
 * what it has, and appending in small pieces costs what the pieces do.
 */
static int user_grow(struct fs *fs, struct inode *inode, uint64_t size)
{
	uint64_t old = inode->size;
	int err;

	/* Until the vma has the new frames too, no thread trusts PG_user. */
	fs->nr_remapping++;
	err = area_resize(fs, inode, size);
	if (!err) {
		err = vma_grow(fs->m, inode->more->vma, inode->addr, size);
		if (err)
			area_resize(fs, inode, old);
		if (err == -EINVAL)
			err = tables_are_bad(fs, inode);
	}
	fs->nr_remapping--;
	return err;
}

/* Inode's lock held for writing. */
static int user_resize(struct fs *fs, struct inode *inode, uint64_t size)
{
	uint64_t old = inode->size;
	int map_err = 0;
	int err;

	if (size == old)
		return 0;
	if (size > old && inode->more->vma)
		return user_grow(fs, inode, size);
	/*
	 * A frame loses PG_user when a vma lets go of it, even if another vma has
	 * it: so the old one goes first, and no thread trusts the flag until the
	 * new one is there.
	 */
	fs->nr_remapping++;
	user_unmap(fs, inode);
	err = area_resize(fs, inode, size);
	if (inode->more->nr_user)
		map_err = user_map(fs, inode);
	if (!err && map_err && size > old) {
		/* No frames for the vma's tables: then the file does not grow. */
		area_resize(fs, inode, old);
		user_map(fs, inode);
		err = map_err;
	}
	fs->nr_remapping--;
	return err;
}

static void user_release(struct fs *fs, struct inode *inode, struct fuse_file_info *fi)
{
	bool last;

	(void)fi;
	handover_lock(&fs->user_lock);
	last = !--inode->more->nr_user;
	if (last)
		LIST_REMOVE(inode, more->user);
	fs->nr_user--;
	pthread_mutex_unlock(&fs->user_lock);
	if (!last)
		return;
	inode_lock(inode);
	if (!inode->more->nr_user) /* else another process has opened it again and needs the vma */
		user_unmap(fs, inode);
	inode_unlock(inode);
}

static int user_open(struct fs *fs, struct inode *inode, struct fuse_file_info *fi)
{
	int err = area_open(fs, inode, fi);

	if (err)
		return err;
	handover_lock(&fs->user_lock);
	if (!inode->more->nr_user++)
		LIST_INSERT_HEAD(&fs->user, inode, more->user);
	fs->nr_user++;
	pthread_mutex_unlock(&fs->user_lock);

	inode_lock(inode);
	err = user_map(fs, inode);
	inode_unlock(inode);
	if (err)
		user_release(fs, inode, fi);
	return err;
}

/*
 * A page-in.  A short answer would tell the kernel that the file ends there,
 * so a fault in the middle is an error for the whole of it; the kernel then
 * asks again page by page.  Inode's lock held.
 */
static ssize_t read_vma(struct fs *fs, const struct inode *inode, void *buf, size_t count,
			uint64_t off)
{
	ssize_t done;

	if (off >= inode->size)
		return 0;
	count = MIN(count, inode->size - off);
	done = vma_read(fs->m, inode->more->vma, buf, off, count);
	return done >= 0 && (size_t)done < count ? -EIO : done;
}

/* Making the vma failed when the size changed; perhaps there are frames now. */
static ssize_t map_and_read(struct fs *fs, struct inode *inode, void *buf, size_t count,
			    uint64_t off)
{
	ssize_t done;

	inode_lock(inode);
	done = user_map(fs, inode);
	if (!done)
		done = read_vma(fs, inode, buf, count, off);
	inode_unlock(inode);
	return done;
}

static ssize_t user_read(struct fs *fs, struct inode *inode, void *buf, size_t count, uint64_t off)
{
	bool mapped;
	ssize_t done = 0;

	inode_lock_to_read(fs, inode);
	mapped = inode->more->vma || off >= inode->size;
	if (mapped)
		done = read_vma(fs, inode, buf, count, off);
	inode_unlock_shared(inode);
	return mapped ? done : map_and_read(fs, inode, buf, count, off);
}

const struct file_ops user_ops = {
	.more = true,
	.direct_io = false,
	.open = user_open,
	.release = user_release,
	.read = user_read,
	.write = area_write,
	.resize = user_resize,
	.size = area_size,
	.free = area_free,
};
