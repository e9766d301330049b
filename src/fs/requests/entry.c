/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel is told of an inode.
 */
#include "fs/files/files.h"
#include "fs/inode/inode.h"
#include "fs/requests/entry.h"
#include "fs/requests/reply.h"

/* For how long the kernel may believe what it was told; what changes otherwise is invalidated. */
#define LONG_TIMEOUT 3600.0

double attr_timeout(const struct inode *inode)
{
	/*
	 * The log grows without a request that could announce it, and the size of a
	 * vmcore is that of the save that was begun last.
	 */
	return inode->ops == &log_ops || inode->ops == &vmcore_ops ? 0 : LONG_TIMEOUT;
}

void fill_entry(struct fs *fs, struct inode *inode, struct fuse_entry_param *e)
{
	*e = (struct fuse_entry_param){
		.ino = inode->id,
		/* An inode id may come back with another inode; the pair does not. */
		.generation = inode->ino,
		.attr_timeout = attr_timeout(inode),
		.entry_timeout = LONG_TIMEOUT,
	};
	inode_stat(fs, inode, &e->attr);
}

void reply_inode(struct fs *fs, fuse_req_t req, struct inode *inode)
{
	struct fuse_entry_param e;

	fill_entry(fs, inode, &e);
	/* If no process waits for the reply any more, no forget will come. */
	if (reply_entry(req, &e))
		inode_forget(fs, inode, 1);
}
