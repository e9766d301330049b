/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Locks and counters that cost nothing while the process has one thread.
 *
 * An uncontended pthread lock is two atomic operations, about 20 ns for a pair
 * of rwlock calls; finding a place for an area takes less than that at times.
 * So each wrapper asks __libc_single_threaded first and leaves the lock alone
 * while the process has no other thread.
 *
 * Why that is safe: the answer must not change between taking a lock and
 * dropping it.  It changes only where a thread is created, joined, or forked
 * away from, and none of that is ever done while one of these locks is held:
 * the sole thread that skipped a lock has dropped it before it makes another
 * thread, and pthread_create orders all it did before what the new one does.
 * The C library turns the answer back to "single" at most when the last other
 * thread is gone, joined by the one that is left; neither holds a lock then.
 * The program makes no detached threads.
 *
 * A program with many machines may give each to one thread at a time.  Such a thread
 * says so (machine_alone()), and then takes no lock of any machine either.
 */
#ifndef MACHINE_LOCK_H
#define MACHINE_LOCK_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#if __has_include(<sys/single_threaded.h>)
#include <sys/single_threaded.h>
#endif

/* No other thread calls the machines that this thread calls: machine_alone(). */
extern _Thread_local bool thread_is_alone;

/* A C library that does not tell (glibc before 2.32, musl) may always have threads. */
static inline bool single_threaded(void)
{
#if __has_include(<sys/single_threaded.h>)
	return __builtin_expect(__libc_single_threaded != 0, 1) || thread_is_alone;
#else
	return thread_is_alone;
#endif
}

/*
 * Lets a writer go before readers that come after it.  Other C libraries than glibc
 * cannot be asked for that, so with many readers a writer may wait longer there.
 */
static inline void prefer_writers(pthread_rwlockattr_t *attr)
{
#ifdef __GLIBC__
	pthread_rwlockattr_setkind_np(attr, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
#else
	(void)attr;
#endif
}

static inline void lock_mutex(pthread_mutex_t *lock)
{
	if (!single_threaded())
		pthread_mutex_lock(lock);
}

static inline void unlock_mutex(pthread_mutex_t *lock)
{
	if (!single_threaded())
		pthread_mutex_unlock(lock);
}

static inline void lock_read(pthread_rwlock_t *lock)
{
	if (!single_threaded())
		pthread_rwlock_rdlock(lock);
}

static inline void unlock_read(pthread_rwlock_t *lock)
{
	if (!single_threaded())
		pthread_rwlock_unlock(lock);
}

static inline void lock_write(pthread_rwlock_t *lock)
{
	if (!single_threaded())
		pthread_rwlock_wrlock(lock);
}

static inline void unlock_write(pthread_rwlock_t *lock)
{
	if (!single_threaded())
		pthread_rwlock_unlock(lock);
}

/* A statistic that several threads may change at once; n may be a negative number, cast. */
static inline void counter_add(_Atomic uint64_t *counter, uint64_t n)
{
	if (single_threaded())
		atomic_store_explicit(counter,
				      atomic_load_explicit(counter, memory_order_relaxed) + n,
				      memory_order_relaxed);
	else
		atomic_fetch_add_explicit(counter, n, memory_order_relaxed);
}

#endif
