/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Attributes of a node, and of the filesystem.
 */
#include <errno.h>
#include <sys/statvfs.h>

#include "fs/requests/ops.h"
#include "fs/files/trace_pipe.h"

void op_getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct fs *fs = op_fs(req);
	struct node *node = node_of(fs, ino);
	struct stat st;

	(void)fi;
	node_stat(fs, node, &st);
	fuse_reply_attr(req, &st, attr_timeout(node));
}

int set_size(struct fs *fs, struct node *node, off_t size, bool by_root)
{
	bool changed;
	int err;

	if (node_is_dir(node))
		return -EISDIR;
	if (!node->ops->resize)
		return -EPERM;
	changed = (uint64_t)size != node->size;
	err = size < 0 ? -EINVAL : node->ops->resize(fs, node, (uint64_t)size);
	if (err)
		return err;
	if (changed)
		node_modified(node);
	if (!by_root)
		node_kill_suid(node);
	return 0;
}

static void set_times(struct node *node, const struct stat *attr, int to_set)
{
	struct timespec now = node_now();

	if (to_set & FUSE_SET_ATTR_ATIME_NOW)
		node->atime = now;
	else if (to_set & FUSE_SET_ATTR_ATIME)
		node->atime = attr->st_atim;
	if (to_set & FUSE_SET_ATTR_MTIME_NOW)
		node->mtime = now;
	else if (to_set & FUSE_SET_ATTR_MTIME)
		node->mtime = attr->st_mtim;
}

static void set_owner(struct node *node, const struct stat *attr, int to_set)
{
	if (to_set & FUSE_SET_ATTR_UID)
		node->uid = attr->st_uid;
	if (to_set & FUSE_SET_ATTR_GID)
		node->gid = attr->st_gid;
	if (to_set & (FUSE_SET_ATTR_UID | FUSE_SET_ATTR_GID) && !node_is_dir(node))
		node_kill_suid(node);
}

/* Who may do this has been decided by the kernel. */
static int set_attr(struct fs *fs, struct node *node, const struct stat *attr, int to_set,
		    bool by_root)
{
	const int others = FUSE_SET_ATTR_MODE | FUSE_SET_ATTR_UID | FUSE_SET_ATTR_GID |
			   FUSE_SET_ATTR_ATIME | FUSE_SET_ATTR_MTIME | FUSE_SET_ATTR_ATIME_NOW |
			   FUSE_SET_ATTR_MTIME_NOW;
	int err = 0;

	pthread_rwlock_wrlock(&node->lock);
	if (to_set & FUSE_SET_ATTR_SIZE)
		err = set_size(fs, node, attr->st_size, by_root);
	if (!err && to_set & others) {
		set_owner(node, attr, to_set);
		if (to_set & FUSE_SET_ATTR_MODE)
			node->mode = (node->mode & S_IFMT) | (attr->st_mode & 07777);
		set_times(node, attr, to_set);
		node->ctime = node_now();
	}
	pthread_rwlock_unlock(&node->lock);
	return err;
}

void op_setattr(fuse_req_t req, fuse_ino_t ino, struct stat *attr, int to_set,
		struct fuse_file_info *fi)
{
	struct fs *fs = op_fs(req);
	struct node *node = node_of(fs, ino);
	struct stat st;
	int err;

	(void)fi;
	task_of(fs, req);
	err = set_attr(fs, node, attr, to_set, !fuse_req_ctx(req)->uid);
	texts_announce(fs);
	if (err) {
		fuse_reply_err(req, -err);
		return;
	}
	node_stat(fs, node, &st);
	fuse_reply_attr(req, &st, attr_timeout(node));
}

/* Blocks are frames, so that df shows memory; a new file needs one at least. */
void op_statfs(fuse_req_t req, fuse_ino_t ino)
{
	struct fs *fs = op_fs(req);
	struct statvfs st = { .f_bsize = PAGE_SIZE, .f_frsize = PAGE_SIZE, .f_namemax = NAME_MAX };

	(void)ino;
	st.f_blocks = nr_managed_pages(fs->m);
	st.f_bfree = st.f_bavail = nr_free_pages(fs->m);
	pthread_mutex_lock(&fs->tree_lock);
	st.f_files = fs->nr_nodes + st.f_bfree;
	pthread_mutex_unlock(&fs->tree_lock);
	st.f_ffree = st.f_favail = st.f_bfree;
	fuse_reply_statfs(req, &st);
}
