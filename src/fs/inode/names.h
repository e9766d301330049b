/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Making and removing files by name, for a request of the kernel (ops_dir.c) or
 * for a line of ctl.
 *
 * Each takes the tree lock, changes names, and drops it; what follows from the
 * change (areas freed, times) is done when it returns.  What the kernel knows
 * of the name is the caller's matter.
 */
#ifndef FS_NAMES_H
#define FS_NAMES_H

#include "fs/inode/inode.h"

/* Who makes a file, and what it is like. */
struct name_owner {
	mode_t mode; /* permission bits */
	uid_t uid;
	gid_t gid;
};

bool name_too_long(const char *name);

/*
 * Finds or makes the file `name` and holds it.  0, -EEXIST (it is there, and
 * excl), -EPERM (nothing can be made here), -ENAMETOOLONG,
 * -ENOSPC (there are as many files as there may be), -ENOMEM.
 */
int name_make(struct fs *fs, struct inode *dir, const char *name, const struct name_owner *owner,
	      bool excl, struct inode **ret);

/*
 * Makes the file and holds it, its lock taken for writing: a lookup waits for
 * that, and the kernel never learns what the file was like before.  ops: its
 * kind, if it is another one than the directory's; then the directory has to be
 * one of an allocator.  Errors as above.  When the lock is let go of, the
 * directory has changed: inode_dir_modified().
 */
int name_make_locked(struct fs *fs, struct inode *dir, const char *name,
		     const struct name_owner *owner, const struct file_ops *ops,
		     struct inode **ret);

/* Gives an inode that has none its name.  0, -EEXIST, -ENOMEM. */
int name_add(struct fs *fs, struct inode *dir, const char *name, struct inode *inode);

/* What there was to know of a file before its name went. */
struct name_gone {
	fuse_ino_t id;
	bool known; /* the kernel has looked it up */
	bool open;
};

/* unlink(2).  0, -ENOENT, -EISDIR, -EPERM (a fixed file).  ret may be NULL. */
int name_remove(struct fs *fs, struct inode *dir, const char *name, struct name_gone *ret);

/* The same for this file, whatever it is called by now.  The caller holds it. */
int inode_remove(struct fs *fs, struct inode *inode, struct name_gone *ret);

#endif
