/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names: made and removed.
 */
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "fs/inode/dir.h"
#include "fs/inode/names.h"

bool name_too_long(const char *name)
{
	return strlen(name) > NAME_MAX;
}

/* A new file for a directory, without a name. Tree lock held. */
static struct inode *new_file(struct fs *fs, struct inode *dir, const struct name_owner *owner,
			      const struct file_ops *ops)
{
	struct inode *inode =
		inode_new(fs, ops, S_IFREG | (owner->mode & 07777), owner->uid, owner->gid);

	if (!inode)
		return NULL;
	inode->kind = dir->kind;
	inode->nid = dir->nid;
	return inode;
}

int name_make(struct fs *fs, struct inode *dir, const char *name, const struct name_owner *owner,
	      bool excl, struct inode **ret)
{
	const struct dir_kind *kind = dir->kind;
	struct inode *inode;
	bool made = false;
	int err = 0;

	if (name_too_long(name))
		return -ENAMETOOLONG;
	handover_lock(&fs->tree_lock);
	inode = dir_find(dir, name);
	if (inode && excl) {
		err = -EEXIST;
	} else if (inode) {
		inode_hold(inode);
	} else if (!kind->ops || kind->link_only) {
		err = -EPERM;
	} else if (inode_limit_reached(fs)) {
		err = -ENOSPC;
	} else {
		inode = new_file(fs, dir, owner, kind->ops);
		err = inode ? dir_insert(dir, inode, name) : -ENOMEM;
		made = true;
	}
	pthread_mutex_unlock(&fs->tree_lock);
	if (err) {
		if (made && inode)
			inode_drop(fs, inode);
		return err;
	}
	if (made)
		inode_dir_modified(dir);
	*ret = inode;
	return 0;
}

int name_make_locked(struct fs *fs, struct inode *dir, const char *name,
		     const struct name_owner *owner, const struct file_ops *ops, struct inode **ret)
{
	const struct dir_kind *kind = dir->kind;
	bool possible = kind->ops && !kind->link_only;
	struct inode *inode = NULL;
	int err = 0;

	if (name_too_long(name))
		return -ENAMETOOLONG;
	if (ops && !kind->alloc && !kind->alloc_node)
		possible = false;
	handover_lock(&fs->tree_lock);
	if (dir_find(dir, name)) {
		err = -EEXIST;
	} else if (!possible) {
		err = -EPERM;
	} else if (inode_limit_reached(fs)) {
		err = -ENOSPC;
	} else if (!(inode = new_file(fs, dir, owner, ops ? ops : kind->ops))) {
		err = -ENOMEM;
	} else {
		/* Its lock comes before the tree's, but no other thread knows it yet. */
		small_lock_try_write(&inode->lock);
		err = dir_insert(dir, inode, name);
	}
	pthread_mutex_unlock(&fs->tree_lock);
	if (err && inode) {
		inode_unlock(inode);
		inode_drop(fs, inode);
	}
	if (err)
		return err;
	*ret = inode;
	return 0;
}

int name_add(struct fs *fs, struct inode *dir, const char *name, struct inode *inode)
{
	int err = 0;

	handover_lock(&fs->tree_lock);
	if (dir_find(dir, name))
		err = -EEXIST;
	else
		err = dir_insert(dir, inode, name);
	pthread_mutex_unlock(&fs->tree_lock);
	if (!err)
		inode_dir_modified(dir);
	return err;
}

/* Why it cannot go, or 0. Tree lock held. */
static int check_removal(const struct inode *inode)
{
	if (!inode || inode->unlinked)
		return -ENOENT;
	if (inode_is_dir(inode))
		return -EISDIR;
	return inode->fixed ? -EPERM : 0;
}

/*
 * Takes the name of an inode away: inode is what was found, or NULL.  Tree lock
 * held.  0, and then it is held, or why it cannot go.
 */
static int take_name(struct inode *inode, struct name_gone *ret)
{
	int err = check_removal(inode);

	if (err)
		return err;
	if (ret)
		*ret = (struct name_gone){ .id = inode->id,
					   .known = inode->nlookup,
					   .open = inode->nopen };
	inode_hold(inode);
	dir_remove(inode);
	return 0;
}

/* What follows from that; the inode is dropped. */
static void after_removal(struct fs *fs, struct inode *inode)
{
	struct inode *dir = inode->parent;

	inode_settle(fs, inode);
	inode_drop(fs, inode);
	inode_dir_modified(dir);
}

int name_remove(struct fs *fs, struct inode *dir, const char *name, struct name_gone *ret)
{
	struct inode *inode;
	int err;

	handover_lock(&fs->tree_lock);
	inode = dir_find(dir, name);
	err = take_name(inode, ret);
	pthread_mutex_unlock(&fs->tree_lock);
	if (!err)
		after_removal(fs, inode);
	return err;
}

int inode_remove(struct fs *fs, struct inode *inode, struct name_gone *ret)
{
	int err;

	handover_lock(&fs->tree_lock);
	err = take_name(inode, ret);
	pthread_mutex_unlock(&fs->tree_lock);
	if (!err)
		after_removal(fs, inode);
	return err;
}
