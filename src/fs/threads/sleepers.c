/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The thread that wakes requests which sleep.  See sleepers.h.
 */
#include <errno.h>
#include <time.h>

#include "fs/requests/door.h"
#include "fs/requests/task.h"
#include "fs/threads/sleepers.h"

#define SECOND UINT64_C(1000000000)

struct sleepers {
	struct fs *fs;
	pthread_t thread;

	pthread_mutex_t lock; /* no other lock is taken while it is held */
	pthread_cond_t wake;
	TAILQ_HEAD(, sleeper) list;
	bool running; /* the thread was started */
	bool stop;
};

static uint64_t monotonic_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * SECOND + (uint64_t)t.tv_nsec;
}

/*
 * A sleeper to wake now.  NULL: no sleeper is due; *until is then when the next one will be,
 * or UINT64_MAX if no sleeper is ready.  Lock held.
 */
static struct sleeper *next_due(struct sleepers *all, uint64_t *until)
{
	uint64_t now = monotonic_ns();
	struct sleeper *s;

	*until = UINT64_MAX;
	TAILQ_FOREACH (s, &all->list, next) {
		if (!s->ready)
			continue;
		if (s->interrupted || all->stop || s->due <= now)
			break;
		*until = MIN(*until, s->due);
	}
	return s;
}

/* Lock held; it is dropped meanwhile. */
static void wait_until(struct sleepers *all, uint64_t until)
{
	const struct timespec t = { (time_t)(until / SECOND), (long)(until % SECOND) };

	if (until == UINT64_MAX)
		pthread_cond_wait(&all->wake, &all->lock);
	else
		pthread_cond_timedwait(&all->wake, &all->lock, &t);
}

/* Lock held; it is dropped meanwhile. */
static void wake_sleeper(struct sleepers *all, struct sleeper *s)
{
	int err = s->interrupted || all->stop ? -EINTR : 0;

	TAILQ_REMOVE(&all->list, s, next);
	pthread_mutex_unlock(&all->lock);
	fs_enter(all->fs);
	task_of(all->fs, s->req);
	s->wake(s, err);
	fs_leave(all->fs);
	pthread_mutex_lock(&all->lock);
}

static void *sleepers_thread(void *arg)
{
	struct sleepers *all = arg;
	struct sleeper *s;
	uint64_t until;

	pthread_mutex_lock(&all->lock);
	while (!all->stop || !TAILQ_EMPTY(&all->list)) {
		s = next_due(all, &until);
		if (s)
			wake_sleeper(all, s);
		else
			wait_until(all, until);
	}
	pthread_mutex_unlock(&all->lock);
	return NULL;
}

/*
 * The kernel says that the process was interrupted.  libfuse calls this with a lock of the
 * request held, which an answer takes as well: so the sleepers' thread has to answer.
 */
static void on_sleep_interrupt(fuse_req_t req, void *arg)
{
	struct sleepers *all = arg;
	struct sleeper *s;

	handover_lock(&all->lock);
	TAILQ_FOREACH (s, &all->list, next)
		if (s->req == req)
			s->interrupted = true;
	pthread_cond_signal(&all->wake);
	pthread_mutex_unlock(&all->lock);
}

/* Puts s into the list, and starts the thread if need be.  0 or -errno.  Lock held. */
static int add_sleeper(struct sleepers *all, struct sleeper *s)
{
	int err = 0;

	if (all->stop)
		return -EINTR;
	if (!all->running)
		err = -pthread_create(&all->thread, NULL, sleepers_thread, all);
	if (err)
		return err;
	all->running = true;
	TAILQ_INSERT_TAIL(&all->list, s, next);
	return 0;
}

int sleepers_park(struct fs *fs, struct sleeper *s, uint64_t ns)
{
	struct sleepers *all = fs->sleepers;
	int err;

	s->due = monotonic_ns() + ns;
	s->ready = s->interrupted = false;
	handover_lock(&all->lock);
	err = add_sleeper(all, s);
	pthread_mutex_unlock(&all->lock);
	if (err)
		return err;
	/*
	 * If the interrupt has come already, libfuse calls the function at once, which has
	 * to find the sleeper in the list.  Until it is ready it is not woken, so that the
	 * request is still there.
	 */
	fuse_req_interrupt_func(s->req, on_sleep_interrupt, all);
	handover_lock(&all->lock);
	s->ready = true;
	pthread_cond_signal(&all->wake);
	pthread_mutex_unlock(&all->lock);
	return 0;
}

struct sleepers *sleepers_new(struct fs *fs)
{
	struct sleepers *all = g_new0(struct sleepers, 1);
	pthread_condattr_t attr;

	all->fs = fs;
	TAILQ_INIT(&all->list);
	pthread_mutex_init(&all->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&all->wake, &attr);
	pthread_condattr_destroy(&attr);
	return all;
}

void sleepers_stop(struct sleepers *all)
{
	bool running;

	pthread_mutex_lock(&all->lock);
	all->stop = true;
	running = all->running;
	pthread_cond_signal(&all->wake);
	pthread_mutex_unlock(&all->lock);
	if (running)
		pthread_join(all->thread, NULL);
}

void sleepers_free(struct sleepers *all)
{
	pthread_cond_destroy(&all->wake);
	pthread_mutex_destroy(&all->lock);
	g_free(all);
}
