/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kinds of files, each one a struct file_ops (inode.h), and what they share.
 */
#ifndef FS_FILES_H
#define FS_FILES_H

#include "fs/inode/inode.h"

extern const struct file_ops area_ops;	   /* area.c: vmalloc and its sisters */
extern const struct file_ops ioremap_ops;  /* area.c */
extern const struct file_ops vmap_ops;	   /* area.c */
extern const struct file_ops reserved_ops; /* area.c: get_vm_area of ctl */
extern const struct file_ops user_ops;	   /* user.c: vmalloc_user, vmalloc_32_user */
extern const struct file_ops text_ops;	   /* text.c: snapshots, struct fixed_file.show */
extern const struct file_ops clear_ops;	   /* text.c: a text that truncating makes empty */
extern const struct file_ops pipe_ops;	   /* trace.c: trace_pipe */
extern const struct file_ops log_ops;	   /* text.c: the same for a text that grows */
extern const struct file_ops knob_ops;	   /* knob.c */
extern const struct file_ops ctl_ops;	   /* ctl.c */
extern const struct file_ops mem_ops;	   /* dev.c */
extern const struct file_ops kmem_ops;	   /* dev.c */
extern const struct file_ops kcore_ops;	   /* kcore.c */

/* Parts of area_ops that its relatives use, contracts as in struct file_ops. */
int area_open(struct fs *fs, struct inode *inode, struct fuse_file_info *fi);
ssize_t area_pwrite(struct fs *fs, struct inode *inode, const void *buf, size_t count, uint64_t off,
		    const struct fuse_file_info *fi);
int area_resize(struct fs *fs, struct inode *inode, uint64_t size);
void area_size(struct fs *fs, struct inode *inode, struct stat *st);
void area_free(struct fs *fs, struct inode *inode);

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
 * Gives an inode of reserved_ops its area, with the inode's lock held for writing.
 * Returns what get_vm_area_range() does.
 */
struct area_place {
	uint64_t size;
	uint64_t align;
	vaddr_t start;
	vaddr_t end; /* the last byte */
};
int area_reserve(struct fs *fs, struct inode *inode, const struct area_place *place);

/* Frames mapped in [addr, addr + count) of kernel space; at most IO_FRAMES go to ret. */
size_t mapped_frames(const struct machine *m, vaddr_t addr, size_t count, pfn_t *ret);

/* Part of an open *_user file. */
struct user_range {
	fuse_ino_t id;
	uint64_t off;
	uint64_t len;
};

/*
 * Appends to `ranges` where any of these frames is a page of an open *_user
 * file.  Sorts pfn[].
 */
void user_ranges(struct fs *fs, pfn_t *pfn, size_t n, GArray *ranges);

#endif
