/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Waiting for a small lock.  See small_lock.h.
 */
#include <limits.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fs/inode/small_lock.h"

/* Sleeps until the state is another one, or for no reason at all. Not if `busy` is not set. */
static void wait_for_change(struct small_lock *l, uint32_t busy)
{
	uint32_t was = atomic_load_explicit(&l->state, memory_order_relaxed);

	if (!(was & busy))
		return;
	if (!(was & SMALL_LOCK_WAITERS) &&
	    !atomic_compare_exchange_strong_explicit(&l->state, &was, was | SMALL_LOCK_WAITERS,
						     memory_order_relaxed, memory_order_relaxed))
		return;
	syscall(SYS_futex, &l->state, FUTEX_WAIT_PRIVATE, was | SMALL_LOCK_WAITERS, NULL, NULL, 0);
}

void small_lock_read(struct small_lock *l)
{
	while (!small_lock_try_read(l))
		wait_for_change(l, SMALL_LOCK_WRITER);
}

void small_lock_write(struct small_lock *l)
{
	while (!small_lock_try_write(l))
		wait_for_change(l, ~SMALL_LOCK_WAITERS);
}

void small_lock_wake(struct small_lock *l)
{
	syscall(SYS_futex, &l->state, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
}
