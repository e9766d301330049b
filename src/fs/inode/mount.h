/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * struct fs: what all parts of one mount share.  start/fs.c makes and destroys
 * it.  inode.h has the order of the locks.
 */
#ifndef FS_MOUNT_H
#define FS_MOUNT_H

#include <glib.h>
#include <pthread.h>
#include <sys/queue.h>

#include "fs/inode/ids.h"
#include "fs/requests/handover.h"
#include "fs/start/fs.h"
#include "machine/slab.h"
#include "show/show.h"

struct coherence;
struct forget;
struct inode;
struct saves;
struct sleepers;
struct tasks;
struct sweeper;
struct trace_pipe;

LIST_HEAD(inode_list, inode);

struct fs {
	pthread_rwlock_t door; /* taken through fs_enter(), see requests/door.h */
	struct machine *m;
	struct fs_config config;
	struct inode *root;
	struct show_options options; /* what the machine itself does not know */
	GHashTable *opens; /* what opens put into fi->fh -> struct held; under the tree lock */

	pthread_mutex_t tree_lock;
	uint32_t racing_until; /* until then lookups pin inodes; as inode->pinned_until */
	ino_t last_ino;
	uint64_t nr_inodes;  /* that exist, */
	uint64_t nr_fixed;   /* of which so many are always there, */
	uint64_t max_inodes; /* and so many can be made */
	struct slab inodes;
	struct inode_ids ids;

	pthread_rwlock_t addr_lock; /* taken through fs_areas_lock() */
	/*
	 * Held for reading while a thread has references to frames that no area
	 * has, for writing to count both.  Taken before an inode's lock; who has
	 * it for reading locks no fixed file.
	 */
	pthread_rwlock_t gather_lock;

	/*
	 * Open *_user files, and how many opens.  The lock is taken before an
	 * inode's.  While the count is 0 no view can be stale.
	 */
	pthread_mutex_t user_lock;
	struct inode_list user;
	_Atomic unsigned nr_user;
	_Atomic unsigned nr_remapping; /* how many files' frames may lack PG_user just now */

	pthread_mutex_t buffer_lock; /* innermost */
	GPtrArray *buffers;	     /* spare ones, of IO_MAX bytes each */

	GPtrArray *texts;	    /* struct text; fixed once the tree is there */
	pthread_mutex_t texts_lock; /* innermost */
	_Atomic unsigned nr_told;   /* of these, so many whose size the kernel remembers */
	GHashTable *text_users;	    /* uid -> bytes of texts that its opens have; see text_copy.h */
	uint64_t text_bytes;	    /* of all users, */
	uint64_t text_peak;	    /* and how many there were since the host got some back */
	struct show_question question; /* the last one of enough; under texts_lock, too */

	struct coherence *coherence;
	struct forget *forget;
	struct trace_pipe *trace_pipe;
	struct sleepers *sleepers;
	struct sweeper *sweeper;
	struct saves *saves;
	struct tasks *tasks;
	struct fuse_session *se; /* NULL before it serves, and after it ended */
};

/*
 * That the areas of files stay where they are.  Shared: while a file gets an
 * area, gives it back or moves it.  Exclusive: while a thread looks for the file
 * that has an address.  A waiting writer goes first.
 */
static inline void fs_areas_lock_shared(struct fs *fs)
{
	handover_rdlock(&fs->addr_lock);
}

static inline void fs_areas_unlock_shared(struct fs *fs)
{
	pthread_rwlock_unlock(&fs->addr_lock);
}

static inline void fs_areas_lock(struct fs *fs)
{
	handover_wrlock(&fs->addr_lock);
}

static inline void fs_areas_unlock(struct fs *fs)
{
	pthread_rwlock_unlock(&fs->addr_lock);
}

/* gather_lock; a waiting writer goes first, too. */
static inline void fs_gather_lock_shared(struct fs *fs)
{
	handover_rdlock(&fs->gather_lock);
}

static inline void fs_gather_unlock_shared(struct fs *fs)
{
	pthread_rwlock_unlock(&fs->gather_lock);
}

static inline void fs_gather_lock(struct fs *fs)
{
	handover_wrlock(&fs->gather_lock);
}

static inline void fs_gather_unlock(struct fs *fs)
{
	pthread_rwlock_unlock(&fs->gather_lock);
}

#endif
