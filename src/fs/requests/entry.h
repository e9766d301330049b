/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a lookup, and all that makes a file, tells the kernel of an inode.
 */
#ifndef FS_ENTRY_H
#define FS_ENTRY_H

#include "fs/start/fs.h"

struct inode;

/* For how long the kernel may believe the inode's attributes, in seconds. */
double attr_timeout(const struct inode *inode);

/* All that a lookup tells of an inode. */
void fill_entry(struct fs *fs, struct inode *inode, struct fuse_entry_param *e);

/* Replies with the inode, for which one lookup was counted already. */
void reply_inode(struct fs *fs, fuse_req_t req, struct inode *inode);

#endif
