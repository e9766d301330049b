/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Opening and closing files.
 */
#ifndef FS_OPEN_H
#define FS_OPEN_H

#include "fs/start/fs.h"

struct inode;

/*
 * -ESTALE: the last name and the area went while the request was on its way;
 * the kernel then looks the path up again.  Other errors are those of the file's
 * own open, and -EACCES for writing to a file that cannot be written.
 */
int inode_open(struct fs *fs, struct inode *inode, struct fuse_file_info *fi);
void inode_close(struct fs *fs, struct inode *inode, struct fuse_file_info *fi);

/*
 * Releases what is still open.  A mount that was told to stop does not hear of
 * the closes that follow.  No other thread is there any more.
 */
void inode_close_all(struct fs *fs);

#endif
