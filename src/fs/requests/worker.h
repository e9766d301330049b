/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Inside of the request loop: what loop.c and watchdog.c share.
 *
 * A worker is a thread that serves requests.  Its `turn` counts: an odd number
 * while it serves a request and leads, an even one else.  So the thread that
 * changes turn from the odd number t to t + 1 decides whether the worker still
 * leads after request t:
 *
 *	the worker itself, at the end		it does
 *	the worker itself, before it waits	it handed the lead on
 *	the watchdog				it was late, the lead was taken away
 *
 * A request costs two atomic operations, on memory that no other thread writes to
 * and only the watchdog reads as well, once a tick.
 */
#ifndef FS_REQUESTS_WORKER_H
#define FS_REQUESTS_WORKER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "fs/requests/loop.h"

struct worker {
	struct loop *loop;
	pthread_t thread;
	pid_t tid;
	struct fuse_buf buf; /* its memory is for libfuse to allocate, and for us to free */

	_Atomic uint64_t turn;
	uint32_t client;	  /* the thread that made the last request */
	_Atomic unsigned changes; /* how often that was another one than before */

	/* The watchdog's, from its last tick. */
	uint64_t seen_turn;
	uint64_t seen_cpu; /* CPU time of our thread; nanoseconds */
	unsigned seen_changes;

	/* Under the loop's lock. */
	bool leads;
	pthread_cond_t promoted;
	LIST_ENTRY(worker) all;
	SLIST_ENTRY(worker) idle;
};

struct watchdog {
	pthread_t thread;
	bool exists;
	int timer;
	_Atomic bool ticking; /* the timer runs */

	/* Under the loop's lock. */
	int load;	  /* /proc/loadavg, or -1 */
	unsigned nr_cpus; /* that we may use */
	unsigned alone;	  /* ticks in a row at which all requests were one client's */
	unsigned helped;  /* ticks since the last further leader was asked for */
};

struct loop {
	struct fuse_session *se;
	struct loop_config config;
	struct worker first; /* the thread of loop_run(); it stays to the end */
	struct watchdog watchdog;

	pthread_mutex_t lock; /* innermost */
	pthread_cond_t fewer; /* a worker leads no longer, or is gone */
	LIST_HEAD(, worker) workers;
	SLIST_HEAD(, worker) idle; /* the last to come is the first to go: its caches are warm */
	unsigned nr_workers;
	unsigned nr_idle;
	_Atomic unsigned nr_leading; /* changed under the lock, as is the next one */
	_Atomic unsigned nr_wanted;  /* so many should lead */
	struct worker *gone;	     /* has ended, and was not joined yet */
	bool stop;
	int error;
};

/* Sees to it that as many lead as should, as far as that is possible. Lock held. */
void loop_promote(struct loop *loop);

/* The lead goes to others, unless request `turn` has ended by itself. Lock held. */
void loop_take_lead(struct worker *w, uint64_t turn);

/* Without a watchdog only those requests hand the lead on that say they are long. */
void watchdog_start(struct loop *loop);
void watchdog_stop(struct loop *loop); /* the loop's stop is set */

/* A request begins, or no thread leads: starts the timer unless it runs. */
void watchdog_wake(struct loop *loop);

#endif
