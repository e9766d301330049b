/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Attributes of an inode: what stat(2) says, and what changes it.
 */
#ifndef FS_ATTR_H
#define FS_ATTR_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <time.h>

struct fs;
struct inode;

/* Fills in all of st. Takes the inode's lock. */
void inode_stat(struct fs *fs, struct inode *inode, struct stat *st);

/* truncate(2): 0 or -errno.  Inode's lock held for writing. */
int inode_set_size(struct fs *fs, struct inode *inode, off_t size, bool by_root);

/*
 * Takes the lock, shared, on behalf of a reader: atime moves as under relatime.
 * The lock is then held across the reply: a thread that frees the inode takes it
 * for writing first.
 */
void inode_lock_to_read(struct fs *fs, struct inode *inode);

/*
 * Times of inodes are nanoseconds since 1970, as in the kernel's ktime_t: from 1677 to 2262.
 * Another time becomes the first or the last of these.
 */
int64_t inode_time(const struct timespec *t);
struct timespec inode_timespec(int64_t time);

/* The time now, in the kernel's own granularity, so that times compare well. */
int64_t inode_now(void);

/* The contents changed: sets mtime and ctime. Inode's lock held for writing. */
void inode_modified(struct inode *inode);

/* The entries of a directory changed. Takes its lock. */
void inode_dir_modified(struct inode *dir);

/* As the kernel does when a file is written or given away. Inode's lock held for writing. */
void inode_kill_suid(struct inode *inode);

#endif
