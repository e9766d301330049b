/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Directory entries.  They keep their order and have a position each; a reader
 * may return to a position whatever was made or removed meanwhile.  A rename
 * leaves the position.  All of this needs the tree lock.
 */
#ifndef FS_DIR_H
#define FS_DIR_H

#include <stddef.h>
#include <stdint.h>

struct dir;
struct inode;

struct machine;

/* NULL: the host has no memory. */
struct dir *dir_new(struct machine *m);
void dir_free(struct dir *dir);

/* Its name goes, wherever it is kept. The inode is in no directory any more. */
void dir_free_name(struct machine *m, struct inode *inode);

/* NULL: there is no such name. */
struct inode *dir_find(const struct inode *dir, const char *name);

/*
 * 0, or -ENOMEM, and all is as it was.  `name` is not taken; newname is at most that of
 * `replaced`, which is removed.
 */
int dir_insert(struct inode *dir, struct inode *inode, const char *name);
int dir_rename(struct inode *inode, const char *newname, struct inode *replaced);
void dir_remove(struct inode *inode); /* afterwards it is unlinked */
void dir_exchange(struct inode *a, struct inode *b);

/*
 * Going through the entries, as long as the lock is held:
 *
 *	for (at = dir_seek(dir, after); (inode = dir_entry(dir, &at, &position)); at++)
 *
 * dir_seek() gives the place of the first entry after that position (0: of the
 * first one).  dir_entry() gives the entry at *at or the next one there is, moves
 * *at there, and sets its position; NULL at the end.
 */
size_t dir_seek(const struct inode *dir, uint64_t after);
struct inode *dir_entry(const struct inode *dir, size_t *at, uint64_t *position);

/* The first entry after position `after` (0: from the start), whose position goes to ret. */
struct inode *dir_next(const struct inode *dir, uint64_t after, uint64_t *ret);

/* st_nlink of the directory. */
unsigned dir_nlink(const struct inode *dir);

#endif
