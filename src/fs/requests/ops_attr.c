/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Attributes of an inode, and of the filesystem.
 */
#include <errno.h>
#include <sys/statvfs.h>

#include "fs/inode/inode.h"
#include "fs/requests/entry.h"
#include "fs/requests/ops.h"
#include "fs/requests/reply.h"
#include <vmallocfs/page.h>

void op_getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct fs *fs = op_fs(req);
	struct inode *inode = inode_of(fs, ino);
	struct stat st;

	(void)fi;
	inode_stat(fs, inode, &st);
	reply_attr(req, &st, attr_timeout(inode));
}

static void set_times(struct inode *inode, const struct stat *attr, int to_set)
{
	int64_t now = inode_now();

	if (to_set & FUSE_SET_ATTR_ATIME_NOW)
		inode->atime = now;
	else if (to_set & FUSE_SET_ATTR_ATIME)
		inode->atime = inode_time(&attr->st_atim);
	if (to_set & FUSE_SET_ATTR_MTIME_NOW)
		inode->mtime = now;
	else if (to_set & FUSE_SET_ATTR_MTIME)
		inode->mtime = inode_time(&attr->st_mtim);
}

static void set_owner(struct inode *inode, const struct stat *attr, int to_set)
{
	if (to_set & FUSE_SET_ATTR_UID)
		inode->uid = attr->st_uid;
	if (to_set & FUSE_SET_ATTR_GID)
		inode->gid = attr->st_gid;
	if (to_set & (FUSE_SET_ATTR_UID | FUSE_SET_ATTR_GID) && !inode_is_dir(inode))
		inode_kill_suid(inode);
}

/* Who may do this has been decided by the kernel. */
static int set_attr(struct fs *fs, struct inode *inode, const struct stat *attr, int to_set,
		    bool by_root)
{
	const int others = FUSE_SET_ATTR_MODE | FUSE_SET_ATTR_UID | FUSE_SET_ATTR_GID |
			   FUSE_SET_ATTR_ATIME | FUSE_SET_ATTR_MTIME | FUSE_SET_ATTR_ATIME_NOW |
			   FUSE_SET_ATTR_MTIME_NOW;
	int err = 0;

	inode_lock(inode);
	if (to_set & FUSE_SET_ATTR_SIZE)
		err = inode_set_size(fs, inode, attr->st_size, by_root);
	if (!err && to_set & others) {
		set_owner(inode, attr, to_set);
		if (to_set & FUSE_SET_ATTR_MODE)
			inode->mode = (inode->mode & S_IFMT) | (attr->st_mode & 07777);
		set_times(inode, attr, to_set);
		inode->ctime = inode_now();
	}
	inode_unlock(inode);
	return err;
}

void op_setattr(fuse_req_t req, fuse_ino_t ino, struct stat *attr, int to_set,
		struct fuse_file_info *fi)
{
	struct fs *fs = op_fs(req);
	struct inode *inode = inode_of(fs, ino);
	struct stat st;
	int err;

	(void)fi;
	err = set_attr(fs, inode, attr, to_set, !fuse_req_ctx(req)->uid);
	if (err) {
		reply_err(req, -err);
		return;
	}
	inode_stat(fs, inode, &st);
	reply_attr(req, &st, attr_timeout(inode));
}

/*
 * Blocks are frames, so that df shows memory.  What is available is what can be
 * filled with bytes, which the host's memory limits, too.
 */
void op_statfs(fuse_req_t req, fuse_ino_t ino)
{
	struct fs *fs = op_fs(req);
	struct statvfs st = { .f_bsize = PAGE_SIZE, .f_frsize = PAGE_SIZE, .f_namemax = NAME_MAX };

	(void)ino;
	st.f_blocks = nr_managed_pages(fs->m);
	st.f_bfree = nr_free_pages(fs->m);
	st.f_bavail = MIN(st.f_bfree, host_left(fs->m) >> PAGE_SHIFT);
	handover_lock(&fs->tree_lock);
	st.f_files = fs->nr_fixed + fs->max_inodes;
	st.f_ffree = st.f_favail = st.f_files - fs->nr_inodes;
	pthread_mutex_unlock(&fs->tree_lock);
	reply_statfs(req, &st);
}
