/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The request loop: threads that take requests from the kernel and serve them.
 *
 * The problem.  A request mostly takes a few microseconds.  To wake another
 * thread takes as long, so one thread should do them all, one after the other.
 * But some requests take milliseconds, or wait for a lock, and the short ones
 * that come after them should not wait as well.
 *
 * The rules.
 *  1. One thread leads: it receives a request, serves it, receives the next.
 *  2. A request that may take long, or that has to wait for something, says so
 *     with loop_may_take_long() first.  Its thread then hands the lead to
 *     another one and goes on with the request alone.  Afterwards it waits
 *     among the idle threads, or leads again if no thread does.
 *  3. A request that does not say so, and is not done after a millisecond, loses
 *     the lead all the same: the watchdog takes it from its thread.  The watchdog
 *     sleeps while there are no requests.
 *  4. If all threads are busy and there can be no further one (max_threads, or the
 *     host has no memory), no thread leads until one of them is done.
 *  5. While requests queue up and another CPU has nothing to do, further threads
 *     lead as well.
 *
 * A typical sequence, with a client that makes a large listing and one that
 * asks for attributes:
 *
 *	thread 1	thread 2
 *	leads		idle
 *	open listing
 *	hands on -----> leads
 *	...		getattr
 *	...		getattr
 *	answers		getattr
 *	idle		leads
 *
 * Usage:
 *
 *	err = loop_create(se, &config, &loop);
 *	err = loop_run(loop);			// until unmounted or stopped
 *	loop_destroy(loop);
 *
 *	loop_stop(loop);			// meanwhile, from a thread of one's own
 */
#ifndef FS_REQUESTS_LOOP_H
#define FS_REQUESTS_LOOP_H

#define FUSE_USE_VERSION 312

#include <fuse_lowlevel.h>

struct loop;

struct loop_config {
	/* Threads that serve requests, that of loop_run() included; at least 1. */
	unsigned max_threads;
	/* Of these, so many stay when they have nothing to do, the leader included. */
	unsigned max_idle_threads;
};

/*
 * A loop for a session that is mounted.  0 or -ENOMEM.  The session must live
 * longer than the loop.
 */
int loop_create(struct fuse_session *se, const struct loop_config *config, struct loop **ret);

/* The loop does not run any more. */
void loop_destroy(struct loop *loop);

/*
 * Serves requests, with the calling thread and others, until the file system is
 * unmounted or loop_stop() is called; all threads are gone then.  0, or the
 * negative errno that ended it.  A thread, memory or a timer that the host
 * refuses does not.  SIGUSR1 is taken for interrupting a thread that waits for a
 * request; it must not be blocked.
 */
int loop_run(struct loop *loop);

/*
 * Ends loop_run(), and returns when no thread receives requests any more; those
 * under way are finished.  From any thread that serves none; loop_destroy() must
 * not have been called.
 */
void loop_stop(struct loop *loop);

/*
 * What the calling thread does next may take long (a hundred microseconds are
 * long), or waits for another thread: if it leads, it hands the lead on.  Cheap
 * for a thread that does not lead, and for one that serves no requests at all.
 * No lock is waited for but the loop's own, under which nothing else is taken.
 */
void loop_may_take_long(void);

#endif
