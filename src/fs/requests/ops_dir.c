/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Operations on names.
 *
 * Each takes the tree lock, changes names, and drops it; what follows from the
 * change (areas freed, callers renamed, times) is done after that and before
 * the reply.  names.c has what ctl does as well.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "fs/files/area_file.h"
#include "fs/inode/dir.h"
#include "fs/inode/inode.h"
#include "fs/inode/names.h"
#include "fs/inode/open.h"
#include "fs/requests/entry.h"
#include "fs/requests/ops.h"
#include "fs/requests/reply.h"

void op_lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	struct fs *fs = op_fs(req);
	struct inode *inode;

	handover_lock(&fs->tree_lock);
	inode = dir_find(inode_of(fs, parent), name);
	if (inode)
		inode_looked_up(fs, inode);
	pthread_mutex_unlock(&fs->tree_lock);
	if (inode)
		reply_inode(fs, req, inode);
	else
		reply_err(req, name_too_long(name) ? ENAMETOOLONG : ENOENT);
}

void op_forget(fuse_req_t req, fuse_ino_t ino, uint64_t nlookup)
{
	struct fs *fs = op_fs(req);

	inode_forget(fs, inode_of(fs, ino), nlookup);
	reply_none(req);
}

void op_forget_multi(fuse_req_t req, size_t count, struct fuse_forget_data *forgets)
{
	struct fs *fs = op_fs(req);

	for (size_t i = 0; i < count; i++)
		inode_forget(fs, inode_of(fs, forgets[i].ino), forgets[i].nlookup);
	reply_none(req);
}

static int find_or_make(struct fs *fs, fuse_req_t req, fuse_ino_t parent, const char *name,
			mode_t mode, bool excl, struct inode **ret)
{
	const struct fuse_ctx *ctx = fuse_req_ctx(req);
	const struct name_owner owner = { .mode = mode, .uid = ctx->uid, .gid = ctx->gid };
	int err = name_make(fs, inode_of(fs, parent), name, &owner, excl, ret);

	if (!err)
		inode_drop_to_kernel(fs, *ret);
	return err;
}

void op_create(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode,
	       struct fuse_file_info *fi)
{
	struct fs *fs = op_fs(req);
	struct fuse_entry_param e;
	struct inode *inode;
	int err = find_or_make(fs, req, parent, name, mode, fi->flags & O_EXCL, &inode);

	if (err) {
		reply_err(req, -err);
		return;
	}
	err = inode_is_dir(inode) ? -EISDIR : inode_open(fs, inode, fi);
	if (err) {
		inode_forget(fs, inode, 1);
		reply_err(req, -err);
		return;
	}
	fill_entry(fs, inode, &e);
	if (reply_create(req, &e, fi)) {
		inode_close(fs, inode, fi);
		inode_forget(fs, inode, 1);
	}
}

void op_mknod(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode, dev_t rdev)
{
	struct fs *fs = op_fs(req);
	struct inode *inode;
	int err;

	(void)rdev;
	err = S_ISREG(mode) ? find_or_make(fs, req, parent, name, mode, true, &inode) : -EPERM;
	if (err)
		reply_err(req, -err);
	else
		reply_inode(fs, req, inode);
}

void op_mkdir(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode)
{
	(void)parent;
	(void)name;
	(void)mode;
	reply_err(req, EPERM);
}

void op_symlink(fuse_req_t req, const char *target, fuse_ino_t parent, const char *name)
{
	(void)target;
	(void)parent;
	(void)name;
	reply_err(req, EPERM);
}

/* Names are the kernel's to check first: an existing one never comes as far as this. */
void op_link(fuse_req_t req, fuse_ino_t ino, fuse_ino_t newparent, const char *newname)
{
	struct fs *fs = op_fs(req);
	struct inode *from = inode_of(fs, ino);
	struct inode *dir = inode_of(fs, newparent);
	g_autofree char *caller = NULL;
	struct inode *inode;
	int err = 0;

	if (!dir->kind->link_only)
		err = -EPERM;
	else if (name_too_long(newname))
		err = -ENAMETOOLONG;
	else if (inode_is_dir(from))
		err = -EPERM;
	if (!err) {
		caller = g_strconcat(dir->kind->path, "/", newname, NULL);
		err = vmap_new(fs, from, dir->kind, caller, &inode);
	}
	if (err) {
		reply_err(req, -err);
		return;
	}

	err = name_add(fs, dir, newname, inode);
	if (err) {
		inode_drop(fs, inode);
		reply_err(req, -err);
		return;
	}
	inode_drop_to_kernel(fs, inode);
	reply_inode(fs, req, inode);
}

void op_unlink(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	struct fs *fs = op_fs(req);
	int err;

	err = name_remove(fs, inode_of(fs, parent), name, NULL);
	reply_err(req, -err);
}

void op_rmdir(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	(void)parent;
	(void)name;
	reply_err(req, EPERM);
}

static bool is_fixed(const struct inode *inode)
{
	return inode && (inode->fixed || inode_is_dir(inode));
}

/*
 * Tree lock held.  *other is the inode that lost its name, or got the other one.
 * A file that the kernel has not looked up came to be there while the request
 * was on its way; ESTALE makes the kernel look, and ask again.  If it moved
 * something else it would know the one by the name of the other.
 */
static int rename_entry(struct inode *dir, const char *name, struct inode *newdir,
			const char *newname, unsigned flags, struct inode **ret,
			struct inode **other)
{
	struct inode *inode = dir_find(dir, name);
	struct inode *target = dir_find(newdir, newname);

	*ret = inode;
	*other = NULL;
	if (!inode)
		return -ENOENT;
	if (flags & RENAME_NOREPLACE && target)
		return -EEXIST;
	if (is_fixed(inode) || is_fixed(target) || (dir == newdir && dir->kind->fixed_names))
		return -EPERM;
	if (dir != newdir)
		return -EXDEV;
	if (flags & RENAME_EXCHANGE && !target)
		return -ENOENT;
	if (!inode->nlookup || (flags & RENAME_EXCHANGE && !target->nlookup))
		return -ESTALE;
	if (target == inode)
		return 0;

	*other = target;
	if (flags & RENAME_EXCHANGE) {
		dir_exchange(inode, target);
		return 0;
	}
	return dir_rename(inode, newname, target);
}

void op_rename(fuse_req_t req, fuse_ino_t parent, const char *name, fuse_ino_t newparent,
	       const char *newname, unsigned flags)
{
	struct fs *fs = op_fs(req);
	struct inode *dir = inode_of(fs, parent);
	struct inode *inode = NULL;
	struct inode *other = NULL;
	int err;

	if (flags & ~(unsigned)(RENAME_NOREPLACE | RENAME_EXCHANGE)) {
		reply_err(req, EINVAL);
		return;
	}
	if (name_too_long(newname)) {
		reply_err(req, ENAMETOOLONG);
		return;
	}
	handover_lock(&fs->tree_lock);
	err = rename_entry(dir, name, inode_of(fs, newparent), newname, flags, &inode, &other);
	if (!err) {
		inode_hold(inode);
		if (other)
			inode_hold(other);
	}
	pthread_mutex_unlock(&fs->tree_lock);
	if (!err) {
		inode_renamed(fs, inode);
		inode_drop(fs, inode);
		if (other && flags & RENAME_EXCHANGE)
			inode_renamed(fs, other);
		else if (other)
			inode_settle(fs, other);
		if (other)
			inode_drop(fs, other);
		inode_dir_modified(dir);
	}
	reply_err(req, -err);
}
