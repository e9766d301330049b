/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A reader-writer lock of four bytes.
 *
 * Each inode has one.  A pthread_rwlock_t has 56 bytes, a quarter of what is left of an
 * inode, and with a million files most of these locks are never waited for.
 *
 *	state	waiters | writer | readers
 *		bit 31	  bit 30   30 bits
 *
 * 1. A thread that finds the lock free takes it with one atomic operation.
 *
 * 2. A thread that has to wait sets the bit "waiters" and sleeps in the kernel (futex(2))
 *    as long as the state is what it saw.
 *
 * 3. The last thread that lets go takes the bit off in the same operation, and wakes all
 *    that sleep.  After that operation it does not touch the lock any more, because the
 *    next thread may free it; the kernel only compares the address.
 *
 * Readers go before writers that wait, as those of a default pthread_rwlock_t do.  A thread
 * must not take it twice.
 */
#ifndef FS_SMALL_LOCK_H
#define FS_SMALL_LOCK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define SMALL_LOCK_WAITERS (UINT32_C(1) << 31)
#define SMALL_LOCK_WRITER (UINT32_C(1) << 30)

/* All zeros: free. */
struct small_lock {
	_Atomic uint32_t state;
};

static inline bool small_lock_try_read(struct small_lock *l)
{
	uint32_t was = atomic_load_explicit(&l->state, memory_order_relaxed);

	while (!(was & SMALL_LOCK_WRITER))
		if (atomic_compare_exchange_weak_explicit(
			    &l->state, &was, was + 1, memory_order_acquire, memory_order_relaxed))
			return true;
	return false;
}

static inline bool small_lock_try_write(struct small_lock *l)
{
	uint32_t was = atomic_load_explicit(&l->state, memory_order_relaxed);

	while (!(was & ~SMALL_LOCK_WAITERS))
		if (atomic_compare_exchange_weak_explicit(&l->state, &was, was | SMALL_LOCK_WRITER,
							  memory_order_acquire,
							  memory_order_relaxed))
			return true;
	return false;
}

/* Wait until they have it. */
void small_lock_read(struct small_lock *l);
void small_lock_write(struct small_lock *l);

void small_lock_wake(struct small_lock *l);

static inline void small_unlock_read(struct small_lock *l)
{
	uint32_t was = atomic_load_explicit(&l->state, memory_order_relaxed);
	uint32_t now;

	do {
		now = was - 1;
		if (now == SMALL_LOCK_WAITERS)
			now = 0;
	} while (!atomic_compare_exchange_weak_explicit(&l->state, &was, now, memory_order_release,
							memory_order_relaxed));
	if (!now && was & SMALL_LOCK_WAITERS)
		small_lock_wake(l);
}

static inline void small_unlock_write(struct small_lock *l)
{
	if (atomic_exchange_explicit(&l->state, 0, memory_order_release) & SMALL_LOCK_WAITERS)
		small_lock_wake(l);
}

#endif
