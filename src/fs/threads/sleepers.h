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
 * of its process.  It is made for the first that sleeps, so that a mount where none does
 * goes without it.
 *
 * A sleeper wakes early, and is told so, when the process that waits for the answer is
 * interrupted, and when the mount ends.
 */
#ifndef FS_SLEEPERS_H
#define FS_SLEEPERS_H

#include "fs/inode/mount.h"

struct sleeper {
	TAILQ_ENTRY(sleeper) next;
	fuse_req_t req;
	uint64_t due; /* nanoseconds of CLOCK_MONOTONIC */
	bool ready;   /* else its request is still being handed over */
	bool interrupted;
	/* err is 0, or -EINTR: it woke early.  The sleeper is the callee's. */
	void (*wake)(struct sleeper *s, int err);
};

/*
 * Parks s->req for so many nanoseconds; no lock is held.  s->wake() is called later, on
 * another thread, which may be before this returns.  0, or -errno if there can be no
 * thread: then it is not called.
 */
int sleepers_park(struct fs *fs, struct sleeper *s, uint64_t ns);

/*
 * Called by fs_create(), fs_stop() and fs_destroy().  stop wakes all, and returns when
 * they are done.
 */
struct sleepers *sleepers_new(struct fs *fs);
void sleepers_stop(struct sleepers *all);
void sleepers_free(struct sleepers *all);

#endif
