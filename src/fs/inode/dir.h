/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Directory entries.  They keep their order and have a position each; a reader
 * may return to a position whatever was made or removed meanwhile.  A rename
 * leaves the position.  All of this needs the tree lock.
 */
#ifndef FS_DIR_H
#define FS_DIR_H

#include <stdint.h>

struct dir;
struct inode;

struct dir *dir_new(void);
void dir_free(struct dir *dir);

/* NULL: there is no such name. */
struct inode *dir_find(const struct inode *dir, const char *name);

void dir_insert(struct inode *dir, struct inode *inode, const char *name);
void dir_remove(struct inode *inode);			   /* afterwards it is unlinked */
void dir_rename(struct inode *inode, const char *newname); /* newname is not taken */
void dir_exchange(struct inode *a, struct inode *b);

/* The first entry after position `after` (0: from the start), whose position goes to ret. */
struct inode *dir_next(const struct inode *dir, uint64_t after, uint64_t *ret);

/* st_nlink of the directory. */
unsigned dir_nlink(const struct inode *dir);

#endif
