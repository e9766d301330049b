/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The door that each request comes in by (ops.c), and how one shuts it.
 *
 * A request is inside from its first step to its reply.  The thread of coherence.h
 * comes in by the same door for what it does to the machine on a request's behalf.
 * So a thread that is inside alone sees the machine and all files between two
 * requests: that is how a moment is taken (state.h).
 *
 *	fs_alone_begin(fs);	// inside already: leaves, and comes back as the only one
 *	err = vmalloc_moment_begin(m, &mo);
 *	fs_alone_end(fs);
 *
 * Inside nothing waits for a request that still has to come in, so the last one
 * does leave.  The lock comes before all others of src/fs.
 */
#ifndef FS_REQUESTS_DOOR_H
#define FS_REQUESTS_DOOR_H

#include "fs/inode/mount.h"

static inline void fs_enter(struct fs *fs)
{
	handover_rdlock(&fs->door);
}

static inline void fs_leave(struct fs *fs)
{
	pthread_rwlock_unlock(&fs->door);
}

/* No other lock is held. */
static inline void fs_alone_begin(struct fs *fs)
{
	fs_leave(fs);
	loop_may_take_long();
	pthread_rwlock_wrlock(&fs->door);
}

/* Other requests may have come in before it returns. */
static inline void fs_alone_end(struct fs *fs)
{
	fs_leave(fs);
	fs_enter(fs);
}

#endif
