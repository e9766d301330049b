/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Inodes: what a file or directory is, and how long it lives.
 *
 *	root --names--> "a"		struct inode: ops = area_ops, addr, size
 *	     --names--> "status"	struct inode: ops = text_ops, fixed
 *	     --names--> "vmap" --names--> "t"
 *
 * 1. The problem.  The kernel names an inode by an id, at any time and from
 *    several requests at once, until it says FORGET.  Meanwhile another process
 *    may have removed the name.  So a name, an area and an inode end at different
 *    moments, and each of them must end exactly once.
 *
 * 2. What keeps an inode.  Four things do: its name (!unlinked), the kernel's
 *    lookups (nlookup), opens (nopen), and operations of ours that found it by
 *    themselves (nheld).  When the last of these goes, the inode is freed.
 *
 * 3. What keeps its area.  The name and the opens do; lookups do not.
 *
 *	unlink		the name goes; the area too, if the file is not open
 *	last release	the area goes, if the name is gone
 *	last forget	the inode goes, if the name is gone
 *
 * 4. Rules for a request.  The kernel sends no FORGET for an inode while a
 *    request that names it waits for its reply.  So a request may use the inodes
 *    it names until it replies, and must not touch them after that, unless it
 *    holds the inode's lock: a thread that frees an inode takes that lock for
 *    writing first.
 *
 *    An example.  A read of "a" is answered with a's lock held, straight out of
 *    a's frames.  The reader closes the file at once, and another process
 *    removes it: unlink gives the area back, and for that it waits until the
 *    thread that answered has let go of the lock.
 *
 * 5. Rules for other code.  What finds an inode by name or by address, as ctl
 *    does, holds it meanwhile (inode_hold(), inode_drop()).
 *
 *    An example.  Line 1 of ctl is "vmalloc b 4K".  The kernel has never heard of
 *    b, so nlookup is 0.  Without the hold an `rm b` that comes between the
 *    insertion of the name and the allocation would free the inode under us.
 *
 * 6. Losing a race.  The kernel looks up "a" (nlookup = 1); another process
 *    unlinks it, and the area goes; then the open of the first one arrives.  It
 *    fails with ESTALE, and the kernel begins again with the lookup, once.  It
 *    must not lose again.  So for two seconds after an ESTALE each lookup pins
 *    the inode it finds (pinned_until): its area then stays, without a name, for
 *    the open that follows, at the latest until the forget.
 *
 * 7. Locks, outermost first:
 *
 *	inode->lock	attributes, and the area or text they describe
 *	fs->addr_lock	that the areas of files stay where they are (mount.h)
 *	fs->tree_lock	names, directories, lookup and open counts; held for a
 *			few instructions, and nothing is called under it that
 *			takes another lock
 *
 *    Two inodes are never locked at once.  The core's locks come below
 *    inode->lock.  An open's own lock (ctl.c) and fs->user_lock come above it.
 *
 * An inode id that the kernel holds is a place in a table (ids.h); the root was made
 * first and has FUSE_ROOT_ID.  st_ino is a running number, never used twice.
 */
#ifndef FS_INODE_H
#define FS_INODE_H

#include <sys/stat.h>
#include <time.h>

#include "fs/inode/attr.h"
#include "fs/inode/file_ops.h"
#include "fs/inode/mount.h"
#include "fs/inode/rows.h"
#include "fs/inode/small_lock.h"

struct text;

/* What only the inodes of some kinds have: those whose file_ops say so. */
struct inode_more {
	/* *_user files. The number of opens is changed under fs->user_lock, as is the list. */
	struct vma *vma; /* while open; under the inode's lock */
	LIST_ENTRY(inode) user;
	_Atomic unsigned nr_user;

	/* ctl: its answer; kmem, kcore: extents, see region.c. Under the inode's lock. */
	GBytes *made;
	uint64_t made_at; /* when vmlist_seq() was this */

	paddr_t phys; /* ioremap files: the device range; under the inode's lock */
};

/*
 * Most of what a file of one page costs is its inode, so what is rare lies elsewhere, and
 * small members lie side by side.
 */
struct inode {
	/* Fixed when the inode is made. */
	const struct file_ops *ops;	/* NULL: a directory */
	const struct dir_kind *kind;	/* a directory's own; a file's: where it was made */
	const struct fixed_file *fixed; /* its row, or NULL */
	ino_t ino;
	union {
		struct dir *dir;	 /* a directory's entries; under the tree lock */
		struct text *text;	 /* of a text file: see text.h */
		struct inode_more *more; /* if ops->more */
	};
	uint32_t id; /* what the kernel calls it */
	int16_t nid; /* number of the NUMA node or processor that it belongs to, or NUMA_NO_NODE */

	/* Under the tree lock. */
	uint16_t nheld; /* threads that hold it, see inode_hold() */
	unsigned nopen;
	uint32_t slot; /* its place in the parent's list */
	uint32_t name_hash;
	uint32_t pinned_until; /* seconds of CLOCK_MONOTONIC_COARSE */
	uint64_t nlookup;      /* of the kernel */
	struct inode *parent;
	char *name;		 /* memory of its own, or: */
	char short_name[16];	 /* where a short one is */
	struct inode *next_name; /* in the parent's hash table, dir.c */
	bool unlinked;

	/* Under the inode's lock. */
	bool gone;		/* the area was given back for good */
	uint16_t mode;		/* with the type, which never changes */
	struct small_lock lock; /* taken through inode_lock() */
	uid_t uid;
	gid_t gid;
	int64_t atime, mtime, ctime; /* see inode_now() */
	uint64_t size;		     /* area files: as asked for; 0: no area */
	vaddr_t addr;		     /* of the area, 0 without one; see fs_areas_lock() */
};

/* The device range of an ioremap file, or 0. Inode's lock held. */
static inline paddr_t inode_phys(const struct inode *inode)
{
	return inode->ops && inode->ops->more ? inode->more->phys : 0;
}

static inline void inode_lock_shared(struct inode *inode)
{
	if (small_lock_try_read(&inode->lock))
		return;
	loop_may_take_long();
	small_lock_read(&inode->lock);
}

static inline void inode_unlock_shared(struct inode *inode)
{
	small_unlock_read(&inode->lock);
}

/* For writing. */
static inline void inode_lock(struct inode *inode)
{
	if (small_lock_try_write(&inode->lock))
		return;
	loop_may_take_long();
	small_lock_write(&inode->lock);
}

static inline void inode_unlock(struct inode *inode)
{
	small_unlock_write(&inode->lock);
}

/* The inode for an id that the kernel sent. */
static inline struct inode *inode_of(struct fs *fs, fuse_ino_t ino)
{
	return ids_find(&fs->ids, ino);
}

static inline bool inode_is_dir(const struct inode *inode)
{
	return !inode->ops;
}

/*
 * A new inode without a name, a lookup or an area, and held; times are now.  NULL: the
 * host has no memory, or would pass its limit.
 * Tree lock held, or no other thread there yet.
 */
struct inode *inode_new(struct fs *fs, const struct file_ops *ops, mode_t mode, uid_t uid,
			gid_t gid);

/* No more files can be made: ENOSPC. Tree lock held. */
bool inode_limit_reached(const struct fs *fs);

/* Counts a lookup that an open may follow. Tree lock held. */
void inode_looked_up(struct fs *fs, struct inode *inode);

/* From here on it stays until inode_drop(). Tree lock held. */
static inline void inode_hold(struct inode *inode)
{
	inode->nheld++;
}

/* The inode may be gone afterwards. */
void inode_drop(struct fs *fs, struct inode *inode);

/* The same, but the kernel will be told of it: counts a lookup. */
void inode_drop_to_kernel(struct fs *fs, struct inode *inode);

/* Drops n lookups; the inode may be gone afterwards. */
void inode_forget(struct fs *fs, struct inode *inode, uint64_t n);

/* Nothing keeps it any more, and a thread is about to free it. Tree lock held. */
bool inode_is_unused(const struct inode *inode);

/* It has no name and no opens, and is not pinned: its area can go. Tree lock held. */
bool inode_is_dead(const struct inode *inode);

/*
 * Opens fail with ESTALE because of a lost race: lookups pin inodes from now on,
 * for a while.  Tree lock held.
 */
void inode_lost_race(struct fs *fs);

/* Frees all inodes and their areas, whatever keeps them. No other thread is there any more. */
void inode_free_all(struct fs *fs);

/* After its name went, or its last open: gives the area back unless it is still in use. */
void inode_settle(struct fs *fs, struct inode *inode);

/* After a rename: tells the core, in whose listings the name stands. */
void inode_renamed(struct fs *fs, struct inode *inode);

/* The longest path: directories are our own and short, and a file's name has 255 bytes. */
#define INODE_PATH_MAX 512

/* Its path below the mount, with " (deleted)" if it has no name any more. */
void inode_path(struct fs *fs, struct inode *inode, char *ret);

#endif
