/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Taking locks on a thread that may lead the request loop (loop.h).
 *
 * The leader receives all requests, so it must not wait: if a lock is taken, it hands
 * the lead on before it waits.  For other threads these functions are those of the C
 * library.
 *
 *	thread 1 (leads)	thread 2 (makes a text, has the inode's lock)
 *	try the lock: taken
 *	hands on the lead ----> thread 3 leads
 *	waits for the lock	...
 */
#ifndef FS_REQUESTS_HANDOVER_H
#define FS_REQUESTS_HANDOVER_H

#include <pthread.h>

#include "fs/requests/loop.h"

/* How often a mutex is tried first; most are held for a few instructions only. */
#define HANDOVER_TRIES 100

static inline void handover_lock(pthread_mutex_t *lock)
{
	for (int i = 0; i < HANDOVER_TRIES; i++) {
		if (!pthread_mutex_trylock(lock))
			return;
	}
	loop_may_take_long();
	pthread_mutex_lock(lock);
}

static inline void handover_rdlock(pthread_rwlock_t *lock)
{
	if (!pthread_rwlock_tryrdlock(lock))
		return;
	loop_may_take_long();
	pthread_rwlock_rdlock(lock);
}

static inline void handover_wrlock(pthread_rwlock_t *lock)
{
	if (!pthread_rwlock_trywrlock(lock))
		return;
	loop_may_take_long();
	pthread_rwlock_wrlock(lock);
}

#endif
