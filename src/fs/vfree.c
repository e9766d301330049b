/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vfree of an address that somebody wrote down: perhaps a file's area, perhaps
 * one that is no file's, perhaps nothing.
 *
 *	find the file		under addr_lock, for writing: no file's address
 *				changes, no area comes or goes with a file
 *	none has it		vfree, still under the lock: if a file could get
 *				an area there meanwhile, that would be freed
 *	one has it		drop the lock, take the file's, look again
 */
#include <errno.h>

#include "fs/knob.h"

/*
 * The file whose area starts at addr, with a lookup more, so that it stays.
 * *dying: it has one, but is about to free it by itself.  addr_lock held for
 * writing.
 */
static struct node *find_owner(struct fs *fs, vaddr_t addr, bool *dying)
{
	struct node *node;

	*dying = false;
	pthread_mutex_lock(&fs->tree_lock);
	LIST_FOREACH(node, &fs->all, all)
	if (node->addr == addr)
		break;
	if (node && node->unlinked && !node->nlookup && !node->nopen) {
		*dying = true;
		node = NULL;
	}
	if (node)
		node->nlookup++;
	pthread_mutex_unlock(&fs->tree_lock);
	return node;
}

/* -EAGAIN: by now the file's area is elsewhere. */
static int free_owned(struct fs *fs, struct node *node, vaddr_t addr)
{
	int err = 0;

	pthread_rwlock_wrlock(&node->lock);
	if (node->addr != addr)
		err = -EAGAIN;
	else if (node->kind->link_only) /* its size cannot be set */
		node->ops->free(fs, node);
	else
		err = node->ops->resize(fs, node, 0);
	if (!err)
		node_modified(node);
	pthread_rwlock_unlock(&node->lock);
	return err;
}

int vfree_by_address(struct fs *fs, vaddr_t addr)
{
	struct node *node;
	bool dying;
	int err;

	/* The BUG ends it before it begins: the file keeps its area. */
	if (fs->m->in_interrupt) {
		vfree(fs->m, addr);
		return -EIO;
	}
	do {
		err = 0;
		pthread_rwlock_wrlock(&fs->addr_lock);
		node = addr ? find_owner(fs, addr, &dying) : NULL;
		if (addr && !node && !dying)
			vfree(fs->m, addr);
		pthread_rwlock_unlock(&fs->addr_lock);
		if (node) {
			err = free_owned(fs, node, addr);
			/* Attributes alone: this waits for no other request. */
			fuse_lowlevel_notify_inval_inode(fs->se, node_id(fs, node), -1, 0);
			node_forget(fs, node, 1);
		}
	} while (err == -EAGAIN);
	return err;
}
