/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vfree of an address that a user wrote: it may be a file's area, an area that
 * belongs to no file, or no area at all.
 *
 *	find the file		under addr_lock, for writing: no file's address
 *				changes, no area comes or goes with a file
 *	no file has it		vfree, still under the lock: if a file could get
 *				an area there meanwhile, that would be freed
 *	a file has it		drop the lock, take the file's, look again
 */
#include <errno.h>
#include <string.h>

#include "fs/ctl/vfree.h"
#include "fs/files/loaded.h"
#include "fs/inode/dir.h"
#include "fs/inode/inode.h"
#include <vmallocfs/vmalloc.h>

/* Longest path of a file, and some. */
#define PATH_ROOM 512

/* What an area says of its owner. */
struct owner {
	char path[PATH_ROOM];
	bool none; /* it cannot be a file's */
};

static void copy_owner(void *arg, const struct vm_struct *area)
{
	struct owner *owner = arg;

	owner->none = area->array_of;
	if (area->flags & VM_SYMBOL)
		loaded_path(area, owner->path, sizeof(owner->path));
	else if (area->caller)
		g_strlcpy(owner->path, area->caller, sizeof(owner->path));
}

/*
 * An area's caller is the path of its file, while that has a name; perhaps of
 * another one by now.  Tree lock held.
 */
static struct inode *find_path(struct fs *fs, const struct owner *owner)
{
	struct inode *inode = fs->root;
	const char *name = owner->path;
	const char *slash;

	while (inode && inode_is_dir(inode) && (slash = strchr(name, '/'))) {
		char part[PATH_ROOM];

		g_strlcpy(part, name, (gsize)(slash - name) + 1);
		inode = dir_find(inode, part);
		name = slash + 1;
	}
	return inode && inode_is_dir(inode) ? dir_find(inode, name) : NULL;
}

/*
 * The file whose area starts at addr, held, so that it stays.
 * *dying: it has one, but is about to free it by itself.  addr_lock held for
 * writing.
 */
static struct inode *find_owner(struct fs *fs, vaddr_t addr, bool *dying)
{
	struct owner owner = { .path = "" };
	struct inode *inode;
	uint64_t id = 0;

	*dying = false;
	/* No area, no file: that is known at once, however many files there are. */
	if (!vmlist_with(fs->m, addr, copy_owner, &owner) || owner.none)
		return NULL;
	handover_lock(&fs->tree_lock);
	inode = find_path(fs, &owner);
	if (!inode || inode->addr != addr)
		while ((inode = ids_next(&fs->ids, &id)) && inode->addr != addr)
			;
	if (inode && inode_is_unused(inode)) {
		*dying = true;
		inode = NULL;
	}
	if (inode)
		inode_hold(inode);
	pthread_mutex_unlock(&fs->tree_lock);
	return inode;
}

/* -EAGAIN: by now the file's area is elsewhere. */
static int free_owned(struct fs *fs, struct inode *inode, vaddr_t addr)
{
	int err = 0;

	inode_lock(inode);
	if (inode->addr != addr)
		err = -EAGAIN;
	else if (inode->ops->fixed_size)
		inode->ops->free(fs, inode);
	else
		err = inode->ops->resize(fs, inode, 0);
	if (!err)
		inode_modified(inode);
	inode_unlock(inode);
	return err;
}

int vfree_by_address(struct fs *fs, vaddr_t addr, struct inode **ret)
{
	struct inode *inode;
	bool dying;
	int err;

	*ret = NULL;
	/* The BUG ends it before it begins: the file keeps its area. */
	if (fs->m->in_interrupt) {
		vfree(fs->m, addr);
		return -EIO;
	}
	do {
		err = 0;
		fs_areas_lock(fs);
		inode = addr ? find_owner(fs, addr, &dying) : NULL;
		if (addr && !inode && !dying)
			vfree(fs->m, addr);
		fs_areas_unlock(fs);
		if (inode) {
			err = free_owned(fs, inode, addr);
			if (err)
				inode_drop(fs, inode);
		}
	} while (err == -EAGAIN);
	if (!err)
		*ret = inode;
	return err;
}
