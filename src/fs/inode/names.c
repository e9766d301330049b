/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names: made and removed.
 */
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "fs/inode/names.h"

bool name_too_long(const char *name)
{
	return strlen(name) > NAME_MAX;
}

/* A new file for a directory, without a name. Tree lock held. */
static struct node *new_file(struct fs *fs, struct node *dir, const struct name_owner *owner,
			     const struct file_ops *ops)
{
	struct node *node =
		node_new(fs, ops, S_IFREG | (owner->mode & 07777), owner->uid, owner->gid);

	node->kind = dir->kind;
	node->nid = dir->nid;
	return node;
}

int name_make(struct fs *fs, struct node *dir, const char *name, const struct name_owner *owner,
	      bool excl, struct node **ret)
{
	const struct dir_kind *kind = dir->kind;
	struct node *node;
	bool made = false;
	int err = 0;

	if (name_too_long(name))
		return -ENAMETOOLONG;
	pthread_mutex_lock(&fs->tree_lock);
	node = dir_find(dir, name);
	if (node && excl) {
		err = -EEXIST;
	} else if (node) {
		node_hold(node);
	} else if (!kind->ops || kind->link_only) {
		err = -EPERM;
	} else {
		node = new_file(fs, dir, owner, kind->ops);
		dir_insert(dir, node, name);
		made = true;
	}
	pthread_mutex_unlock(&fs->tree_lock);
	if (err)
		return err;
	if (made)
		node_dir_modified(dir);
	*ret = node;
	return 0;
}

int name_make_locked(struct fs *fs, struct node *dir, const char *name,
		     const struct name_owner *owner, const struct file_ops *ops, struct node **ret)
{
	const struct dir_kind *kind = dir->kind;
	bool possible = kind->ops && !kind->link_only;
	struct node *node = NULL;
	int err = 0;

	if (name_too_long(name))
		return -ENAMETOOLONG;
	if (ops && !kind->alloc && !kind->alloc_node)
		possible = false;
	pthread_mutex_lock(&fs->tree_lock);
	if (dir_find(dir, name))
		err = -EEXIST;
	else if (!possible)
		err = -EPERM;
	else
		node = new_file(fs, dir, owner, ops ? ops : kind->ops);
	pthread_mutex_unlock(&fs->tree_lock);
	if (err)
		return err;

	/* Its lock comes before the tree's; so the name may be taken by now. */
	pthread_rwlock_wrlock(&node->lock);
	pthread_mutex_lock(&fs->tree_lock);
	if (dir_find(dir, name))
		err = -EEXIST;
	else
		dir_insert(dir, node, name);
	pthread_mutex_unlock(&fs->tree_lock);
	if (err) {
		pthread_rwlock_unlock(&node->lock);
		node_drop(fs, node);
		return err;
	}
	*ret = node;
	return 0;
}

int name_add(struct fs *fs, struct node *dir, const char *name, struct node *node)
{
	int err = 0;

	pthread_mutex_lock(&fs->tree_lock);
	if (dir_find(dir, name))
		err = -EEXIST;
	else
		dir_insert(dir, node, name);
	pthread_mutex_unlock(&fs->tree_lock);
	if (!err)
		node_dir_modified(dir);
	return err;
}

/* Why it cannot go, or 0. Tree lock held. */
static int check_removal(const struct node *node)
{
	if (!node || node->unlinked)
		return -ENOENT;
	if (node_is_dir(node))
		return -EISDIR;
	return node->fixed ? -EPERM : 0;
}

/* node: what was found, or NULL. Tree lock held; it is dropped. */
static int remove_found(struct fs *fs, struct node *node, struct name_gone *ret)
{
	struct node *dir;
	int err = check_removal(node);

	if (err) {
		pthread_mutex_unlock(&fs->tree_lock);
		return err;
	}
	if (ret)
		*ret = (struct name_gone){ .id = node_id(fs, node),
					   .known = node->nlookup,
					   .open = node->nopen };
	dir = node->parent;
	node_hold(node);
	dir_remove(node);
	pthread_mutex_unlock(&fs->tree_lock);

	node_settle(fs, node);
	node_drop(fs, node);
	node_dir_modified(dir);
	return 0;
}

int name_remove(struct fs *fs, struct node *dir, const char *name, struct name_gone *ret)
{
	pthread_mutex_lock(&fs->tree_lock);
	return remove_found(fs, dir_find(dir, name), ret);
}

int node_remove(struct fs *fs, struct node *node, struct name_gone *ret)
{
	pthread_mutex_lock(&fs->tree_lock);
	return remove_found(fs, node, ret);
}
