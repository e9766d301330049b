/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files that are areas: what ctl, link(2) and the *_user files need of them.
 */
#ifndef FS_AREA_FILE_H
#define FS_AREA_FILE_H

#include "fs/inode/file_ops.h"

struct dir_kind;
struct inode;
struct page;

/* Parts of area_ops that *_user files use, contracts as in struct file_ops. */
int area_open(struct fs *fs, struct inode *inode, struct fuse_file_info *fi);
ssize_t area_write(struct fs *fs, struct inode *inode, const void *buf, size_t count, uint64_t off,
		   const struct fuse_file_info *fi);
int area_resize(struct fs *fs, struct inode *inode, uint64_t size);
void area_size(struct fs *fs, struct inode *inode, struct stat *st);
void area_free(struct fs *fs, struct inode *inode);

/* An area of so many bytes is about to be made, moved or freed: see loop_may_take_long(). */
void area_may_take_long(uint64_t size);

/*
 * Makes the frames under `from` a new area with a file of its own, which has
 * no name yet and is held.  0, -EINVAL (it has no area, or not of RAM),
 * -ENOMEM, -ENOSPC, -EIO.
 */
int vmap_new(struct fs *fs, struct inode *from, const struct dir_kind *kind, const char *caller,
	     struct inode **ret);

/* The same for any frames, which the caller has references on: as many as file->size takes. */
struct vmap_file {
	uint64_t size;
	mode_t mode;
	uid_t uid;
	gid_t gid;
};
int vmap_pages(struct fs *fs, struct page **pages, const struct vmap_file *file,
	       const struct dir_kind *kind, const char *caller, struct inode **ret);

/*
 * Gives an inode of reserved_ops its area, with the inode's lock held for
 * writing.  Returns what get_vm_area_range() does.
 */
struct area_place {
	uint64_t size;
	uint64_t align;
	vaddr_t start;
	vaddr_t end; /* the last byte */
};
int area_reserve(struct fs *fs, struct inode *inode, const struct area_place *place);

#endif
