/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The thread that gives memory back.  See sweeper.h.
 *
 * A tick costs a few loads while no frame is allocated or freed, as with the
 * kernel's own vmstat worker, so the thread need not be told of every free.  After
 * the last change it sweeps twice more: the first sweep still keeps what was in
 * use during the second before.
 */
#include <glib.h>
#include <time.h>
#include <vmallocfs/page.h>

#include "fs/inode/mount.h"
#include "fs/threads/sweeper.h"

#define SWEEPS 2 /* after the last change */

struct sweeper {
	struct machine *m;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool stop;
};

/* Waits for a second. False: the thread is to end. */
static bool wait_a_second(struct sweeper *s)
{
	struct timespec until;
	bool stop;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec++;
	pthread_mutex_lock(&s->lock);
	while (!s->stop && !pthread_cond_timedwait(&s->wake, &s->lock, &until))
		;
	stop = s->stop;
	pthread_mutex_unlock(&s->lock);
	return !stop;
}

static void *sweep(void *arg)
{
	struct sweeper *s = arg;
	uint64_t seen = nr_page_events(s->m);
	unsigned due = SWEEPS;

	while (wait_a_second(s)) {
		uint64_t now = nr_page_events(s->m);

		if (now != seen)
			due = SWEEPS;
		seen = now;
		if (due) {
			due--;
			pages_give_back(s->m, false);
		}
	}
	return NULL;
}

int sweeper_start(struct fs *fs)
{
	struct sweeper *s = g_new0(struct sweeper, 1);
	pthread_condattr_t attr;
	int err;

	s->m = fs->m;
	pthread_mutex_init(&s->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&s->wake, &attr);
	pthread_condattr_destroy(&attr);
	err = pthread_create(&s->thread, NULL, sweep, s);
	if (err) {
		pthread_cond_destroy(&s->wake);
		pthread_mutex_destroy(&s->lock);
		g_free(s);
		return -err;
	}
	fs->sweeper = s;
	return 0;
}

void sweeper_stop(struct fs *fs)
{
	struct sweeper *s = fs->sweeper;

	if (!s)
		return;
	pthread_mutex_lock(&s->lock);
	s->stop = true;
	pthread_cond_signal(&s->wake);
	pthread_mutex_unlock(&s->lock);
	pthread_join(s->thread, NULL);
	pthread_cond_destroy(&s->wake);
	pthread_mutex_destroy(&s->lock);
	g_free(s);
	fs->sweeper = NULL;
}
