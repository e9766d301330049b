/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Inodes: making them, counting what keeps them, freeing them and their areas.
 * inode.h has the model.
 */
#include <string.h>

#include "fs/inode/counted.h"
#include "fs/inode/dir.h"
#include "fs/inode/inode.h"
#include <vmallocfs/vmalloc.h>

/* The reverse of give_own(), also where that failed. */
static void take_own(struct fs *fs, struct inode *inode)
{
	if (!inode->ops && inode->dir)
		dir_free(inode->dir);
	if (!inode->ops || !inode->ops->more || !inode->more)
		return;
	vma_destroy(fs->m, inode->more->vma);
	g_clear_pointer(&inode->more->made, g_bytes_unref);
	counted_free(fs->m, inode->more);
}

/* What only its kind has: entries, or more. False: the host has no memory. */
static bool give_own(struct fs *fs, struct inode *inode)
{
	if (!inode->ops)
		return (inode->dir = dir_new(fs->m)) != NULL;
	if (inode->ops->more)
		return (inode->more = counted_alloc(fs->m, sizeof(*inode->more))) != NULL;
	return true;
}

struct inode *inode_new(struct fs *fs, const struct file_ops *ops, mode_t mode, uid_t uid,
			gid_t gid)
{
	struct inode *inode = slab_alloc(&fs->inodes);

	if (!inode)
		return NULL;
	*inode = (struct inode){ .ops = ops, .nid = NUMA_NO_NODE, .unlinked = true, .nheld = 1 };
	if (!give_own(fs, inode))
		goto free;
	inode->id = ids_take(&fs->ids, fs->m, inode);
	if (!inode->id)
		goto free;
	inode->ino = ++fs->last_ino;
	inode->mode = (uint16_t)mode;
	inode->uid = uid;
	inode->gid = gid;
	inode->atime = inode->mtime = inode->ctime = inode_now();
	fs->nr_inodes++;
	return inode;

free:
	take_own(fs, inode);
	slab_free(&fs->inodes, inode);
	return NULL;
}

bool inode_limit_reached(const struct fs *fs)
{
	return fs->nr_inodes - fs->nr_fixed >= fs->max_inodes;
}

/*
 * No thread can find the inode any more.  Take the lock: the thread that answered
 * its last reader may still be unlocking, and the lock is freed next.
 */
static void inode_give_back(struct fs *fs, struct inode *inode)
{
	inode_lock(inode);
	if (inode->ops && inode->ops->free && !inode->gone)
		inode->ops->free(fs, inode);
	inode->gone = true;
	inode_unlock(inode);
}

static void inode_free(struct fs *fs, struct inode *inode)
{
	/* While it has its id: an area that is a file's can be found by that. */
	inode_give_back(fs, inode);
	take_own(fs, inode);
	dir_free_name(fs->m, inode);
	handover_lock(&fs->tree_lock);
	ids_put(&fs->ids, inode->id);
	fs->nr_inodes--;
	slab_free(&fs->inodes, inode);
	pthread_mutex_unlock(&fs->tree_lock);
}

void inode_free_all(struct fs *fs)
{
	/* Backwards: directories were made before what is in them. */
	for (uint64_t id = fs->ids.used; id; id--) {
		struct inode *inode = ids_at(&fs->ids, id);

		if (inode)
			inode_free(fs, inode);
	}
}

/* For how long a lost race is remembered, in seconds. */
#define RACING 2

static uint32_t uptime(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	return (uint32_t)now.tv_sec;
}

void inode_lost_race(struct fs *fs)
{
	fs->racing_until = uptime() + RACING;
}

void inode_looked_up(struct fs *fs, struct inode *inode)
{
	inode->nlookup++;
	if (fs->racing_until && fs->racing_until > uptime())
		inode->pinned_until = fs->racing_until;
}

bool inode_is_dead(const struct inode *inode)
{
	return inode->unlinked && !inode->nopen &&
	       !(inode->pinned_until && inode->pinned_until > uptime());
}

bool inode_is_unused(const struct inode *inode)
{
	return inode->unlinked && !inode->nlookup && !inode->nopen && !inode->nheld;
}

void inode_forget(struct fs *fs, struct inode *inode, uint64_t n)
{
	bool last;

	if (inode == fs->root)
		return;
	handover_lock(&fs->tree_lock);
	g_assert(inode->nlookup >= n);
	inode->nlookup -= n;
	last = inode_is_unused(inode);
	pthread_mutex_unlock(&fs->tree_lock);
	if (last)
		inode_free(fs, inode);
}

void inode_drop(struct fs *fs, struct inode *inode)
{
	bool last;

	handover_lock(&fs->tree_lock);
	inode->nheld--;
	last = inode_is_unused(inode);
	pthread_mutex_unlock(&fs->tree_lock);
	if (last)
		inode_free(fs, inode);
}

void inode_drop_to_kernel(struct fs *fs, struct inode *inode)
{
	handover_lock(&fs->tree_lock);
	inode_looked_up(fs, inode);
	inode->nheld--;
	pthread_mutex_unlock(&fs->tree_lock);
}

/* Inode's lock held for writing. */
static void tell_caller(struct fs *fs, struct inode *inode)
{
	char path[INODE_PATH_MAX];

	/* An area of a layout keeps the caller that it came with. */
	if (!inode->addr || (inode->kind && inode->kind->fixed_names))
		return;
	/* On failure the listing shows the old name; there is nothing better to do. */
	inode_path(fs, inode, path);
	vm_set_caller(fs->m, inode->addr, path);
}

void inode_settle(struct fs *fs, struct inode *inode)
{
	bool unlinked;
	bool dead;

	inode_lock(inode);
	handover_lock(&fs->tree_lock);
	unlinked = inode->unlinked;
	dead = inode_is_dead(inode);
	pthread_mutex_unlock(&fs->tree_lock);
	if (dead && !inode->gone) {
		inode->ops->free(fs, inode);
		inode->gone = true;
	} else if (unlinked && !inode->gone) {
		inode->ctime = inode_now();
		tell_caller(fs, inode);
	}
	inode_unlock(inode);
}

void inode_renamed(struct fs *fs, struct inode *inode)
{
	inode_lock(inode);
	inode->ctime = inode_now();
	tell_caller(fs, inode);
	inode_unlock(inode);
}

/*
 * The path of a directory ends in a slash, the root's is empty.  Returns where it
 * ends: directories are made by the program alone, and have short names.  Tree lock
 * held.
 */
static char *put_dir_path(char *p, const struct inode *dir)
{
	if (!dir->parent)
		return p;
	p = stpcpy(put_dir_path(p, dir->parent), dir->name);
	*p++ = '/';
	return p;
}

void inode_path(struct fs *fs, struct inode *inode, char *ret)
{
	handover_lock(&fs->tree_lock);
	ret = stpcpy(put_dir_path(ret, inode->parent), inode->name);
	strcpy(ret, inode->unlinked ? " (deleted)" : "");
	pthread_mutex_unlock(&fs->tree_lock);
}
