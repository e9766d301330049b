/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The lock of an inode: who gets it, who has to wait, and that no waiter is forgotten.
 */
#include <pthread.h>
#include <sched.h>

#include "fs/inode/small_lock.h"
#include "unit.h"

#define THREADS 4
#define ROUNDS 3000

static struct small_lock lock;
static uint64_t first, second; /* equal whenever nobody writes */
static _Atomic unsigned torn;

/* Readers share it, a writer has it alone, and in the end it is free again. */
START_TEST(tries)
{
	struct small_lock l = { 0 };

	ck_assert(small_lock_try_read(&l));
	ck_assert(small_lock_try_read(&l));
	ck_assert(!small_lock_try_write(&l));
	small_unlock_read(&l);
	ck_assert(!small_lock_try_write(&l));
	small_unlock_read(&l);
	ck_assert(small_lock_try_write(&l));
	ck_assert(!small_lock_try_write(&l));
	ck_assert(!small_lock_try_read(&l));
	small_unlock_write(&l);
	ck_assert_uint_eq(l.state, 0);
}
END_TEST

static void *read_and_write(void *arg)
{
	bool mostly_reads = arg != NULL;

	for (unsigned i = 0; i < ROUNDS; i++) {
		if (mostly_reads && i % 8) {
			small_lock_read(&lock);
			torn += first != second;
			small_unlock_read(&lock);
			continue;
		}
		small_lock_write(&lock);
		first++;
		if (i % 64 == 0)
			sched_yield(); /* so that others have to wait */
		second++;
		small_unlock_write(&lock);
	}
	return NULL;
}

/* Threads that wait for each other all come to their end, and no reader sees half a change. */
START_TEST(threads)
{
	pthread_t t[THREADS];

	for (unsigned i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&t[i], NULL, read_and_write, i % 2 ? &lock : NULL),
				 0);
	for (unsigned i = 0; i < THREADS; i++)
		pthread_join(t[i], NULL);
	ck_assert_uint_eq(torn, 0);
	ck_assert_uint_eq(first, second);
	ck_assert_uint_eq(first, THREADS / 2 * (ROUNDS + ROUNDS / 8));
	ck_assert_uint_eq(lock.state, 0);
}
END_TEST

static void *unlock_for_waiter(void *arg)
{
	bool written = *(bool *)arg;

	while (!(lock.state & SMALL_LOCK_WAITERS))
		sched_yield();
	if (written)
		small_unlock_write(&lock);
	else
		small_unlock_read(&lock);
	return NULL;
}

/* A thread that sleeps for the lock wakes when the reader or the writer that had it lets go. */
START_TEST(woken)
{
	bool written = _i;
	pthread_t t;

	ck_assert(written ? small_lock_try_write(&lock) : small_lock_try_read(&lock));
	ck_assert_int_eq(pthread_create(&t, NULL, unlock_for_waiter, &written), 0);
	small_lock_write(&lock);
	small_unlock_write(&lock);
	pthread_join(t, NULL);
	ck_assert_uint_eq(lock.state, 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("small_lock");
	TCase *tc = tcase_create("small_lock");

	tcase_add_test(tc, tries);
	tcase_add_test(tc, threads);
	tcase_add_loop_test(tc, woken, 0, 2);
	suite_add_tcase(s, tc);
	return unit_main(s);
}
