/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Requests that sleep.
 *
 *	thread of the loop	sleepers' thread
 *	line 3: sleep 2
 *	parks the request ----> waits for the first that is due
 *	serves others		...
 *				line 4, 5, ...: answers
 *
 * A request that sleeps has no thread and no lock, and is not inside the door.  One
 * thread wakes all of them, and runs what each does next, inside the door and on behalf
 * of its process.  It is started by the first request that sleeps: a mount without one
 * does not have the thread.
 *
 * A sleeper wakes early, with -EINTR, when the process that waits for the answer is
 * interrupted, and when the mount ends.
 */
#ifndef FS_SLEEPERS_H
#define FS_SLEEPERS_H

#include "fs/inode/mount.h"

struct sleeper {
	TAILQ_ENTRY(sleeper) next;
	fuse_req_t req;
	uint64_t due; /* nanoseconds of CLOCK_MONOTONIC */
	bool ready;   /* sleepers_park() is done with it, so that it may be woken */
	bool interrupted;
	/* Called once, and owns s.  err is 0, or -EINTR: it woke early. */
	void (*wake)(struct sleeper *s, int err);
};

/*
 * Parks s->req for ns nanoseconds; the caller holds no lock.  The sleepers' thread calls
 * s->wake(), perhaps before this returns.  0; or, and then wake is not called, -EINTR if
 * the mount ends, or -errno if the thread cannot be started.
 */
int sleepers_park(struct fs *fs, struct sleeper *s, uint64_t ns);

/*
 * Called by fs_create(), fs_stop() and fs_destroy().  stop wakes all, and returns when
 * each has been answered and the thread has ended.
 */
struct sleepers *sleepers_new(struct fs *fs);
void sleepers_stop(struct sleepers *all);
void sleepers_free(struct sleepers *all);

#endif
