/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names: made and removed.
 */
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "fs/names.h"

bool name_too_long(const char *name)
{
	return strlen(name) > NAME_MAX;
}

int name_make(struct fs *fs, struct node *dir, const char *name, const struct name_owner *owner,
	      const struct file_ops *ops, bool excl, struct node **ret)
{
	const struct dir_kind *kind = dir->kind;
	bool possible = kind->ops && !kind->link_only;
	struct node *node;
	bool made = false;
	int err = 0;

	if (name_too_long(name))
		return -ENAMETOOLONG;
	if (ops && !kind->alloc && !kind->alloc_node)
		possible = false;
	pthread_mutex_lock(&fs->tree_lock);
	node = dir_find(dir, name);
	if (node && excl) {
		err = -EEXIST;
	} else if (!node && !possible) {
		err = -EPERM;
	} else if (!node) {
		node = node_new(fs, ops ? ops : kind->ops, S_IFREG | (owner->mode & 07777),
				owner->uid, owner->gid);
		node->kind = kind;
		node->nid = dir->nid;
		dir_insert(dir, node, name);
		made = true;
	}
	if (!err)
		node_looked_up(fs, node);
	pthread_mutex_unlock(&fs->tree_lock);
	if (err)
		return err;
	if (made)
		node_dir_modified(dir);
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

int name_remove(struct fs *fs, struct node *dir, const char *name, struct name_gone *ret)
{
	struct node *node;
	int err = 0;

	pthread_mutex_lock(&fs->tree_lock);
	node = dir_find(dir, name);
	if (!node)
		err = -ENOENT;
	else if (node_is_dir(node))
		err = -EISDIR;
	else if (node->fixed)
		err = -EPERM;
	if (!err) {
		if (ret)
			*ret = (struct name_gone){ .id = node_id(fs, node),
						   .known = node->nlookup,
						   .open = node->nopen };
		/* Nobody has to hold it for us: a forget may come at any time. */
		node->nlookup++;
		dir_remove(node);
	}
	pthread_mutex_unlock(&fs->tree_lock);
	if (err)
		return err;
	node_settle(fs, node);
	node_forget(fs, node, 1);
	node_dir_modified(dir);
	return 0;
}
