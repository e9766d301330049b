/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The request loop: who leads, and who is idle.  loop.h has the rules, worker.h
 * the data, watchdog.c the watchdog.
 */
#include <errno.h>
#include <linux/fuse.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "fs/requests/worker.h"

/* How often a thread that should stop receiving is interrupted, until it did. */
#define INTERRUPT_NS 5000000

/*
 * The worker that the calling thread is, or NULL.  A function far down that has to
 * wait tells its own thread so, through layers that know nothing of requests: so
 * this is a property of the thread and of nothing else.
 */
static _Thread_local struct worker *self;

static void *worker_thread(void *arg);

/* Lock held. 0 or -errno. */
static int worker_create(struct loop *loop)
{
	struct worker *w = calloc(1, sizeof(*w));
	int err;

	if (!w)
		return -ENOMEM;
	w->loop = loop;
	w->leads = true;
	pthread_cond_init(&w->promoted, NULL);
	err = pthread_create(&w->thread, NULL, worker_thread, w);
	if (err) {
		pthread_cond_destroy(&w->promoted);
		free(w);
		return -err;
	}
	LIST_INSERT_HEAD(&loop->workers, w, all);
	loop->nr_workers++;
	loop->nr_leading++;
	return 0;
}

static void worker_join(struct worker *w)
{
	pthread_join(w->thread, NULL);
	pthread_cond_destroy(&w->promoted);
	free(w->buf.mem);
	free(w);
}

void loop_promote(struct loop *loop)
{
	while (!loop->stop && loop->nr_leading < loop->nr_wanted) {
		struct worker *w = SLIST_FIRST(&loop->idle);

		if (w) {
			SLIST_REMOVE_HEAD(&loop->idle, idle);
			loop->nr_idle--;
			loop->nr_leading++;
			w->leads = true;
			pthread_cond_signal(&w->promoted);
		} else if (loop->nr_workers >= loop->config.max_threads || worker_create(loop)) {
			break;
		}
	}
}

/* Lock held. */
static void resign(struct worker *w)
{
	w->leads = false;
	w->loop->nr_leading--;
	pthread_cond_broadcast(&w->loop->fewer);
}

void loop_take_lead(struct worker *w, uint64_t turn)
{
	if (!atomic_compare_exchange_strong(&w->turn, &turn, turn + 1))
		return;
	resign(w);
	loop_promote(w->loop);
}

void loop_may_take_long(void)
{
	struct worker *w = self;
	uint64_t turn;

	if (!w)
		return;
	turn = atomic_load_explicit(&w->turn, memory_order_relaxed);
	if (!(turn & 1))
		return;
	pthread_mutex_lock(&w->loop->lock);
	loop_take_lead(w, turn);
	pthread_mutex_unlock(&w->loop->lock);
}

/* The thread that makes the request; 0 for what the kernel does by itself. */
static uint32_t client_of(const struct fuse_buf *buf)
{
	const struct fuse_in_header *header = buf->mem;

	return buf->flags & FUSE_BUF_IS_FD ? 0 : header->pid;
}

static void note_client(struct worker *w)
{
	uint32_t client = client_of(&w->buf);

	if (!client || client == w->client)
		return;
	if (w->client)
		atomic_fetch_add_explicit(&w->changes, 1, memory_order_relaxed);
	w->client = client;
}

/* Whether the worker still leads. */
static bool serve_request(struct worker *w)
{
	struct loop *loop = w->loop;
	uint64_t turn = atomic_load_explicit(&w->turn, memory_order_relaxed) + 1;

	note_client(w);
	/* Either we see that the watchdog pauses, or it sees the new turn: pause_ticking(). */
	atomic_exchange(&w->turn, turn);
	if (!atomic_load(&loop->watchdog.ticking))
		watchdog_wake(loop);
	fuse_session_process_buf(loop->se, &w->buf);
	return atomic_compare_exchange_strong(&w->turn, &turn, turn + 1);
}

/* 1: there is a request; 0: there will not be any more; or a negative errno. */
static int receive(struct worker *w)
{
	struct pollfd fd = { .fd = fuse_session_fd(w->loop->se), .events = POLLIN };
	int n;

	while (!fuse_session_exited(w->loop->se)) {
		n = fuse_session_receive_buf(w->loop->se, &w->buf);
		if (n == -EAGAIN)
			poll(&fd, 1, -1);
		else if (n != -EINTR)
			return n > 0 ? 1 : n;
	}
	return 0;
}

/* Lock held. */
static void end_loop(struct loop *loop, int error)
{
	struct worker *w;

	if (!loop->stop)
		loop->error = error;
	loop->stop = true;
	fuse_session_exit(loop->se);
	LIST_FOREACH (w, &loop->workers, all)
		pthread_cond_signal(&w->promoted);
}

static bool too_many_lead(const struct loop *loop)
{
	return loop->nr_leading > loop->nr_wanted;
}

/*
 * Requests, as long as the worker leads.  Lock held; it is dropped meanwhile.
 * False: the worker is of no use.
 */
static bool lead(struct worker *w)
{
	struct loop *loop = w->loop;
	int n;

	pthread_mutex_unlock(&loop->lock);
	do
		n = receive(w);
	while (n > 0 && serve_request(w) && !too_many_lead(loop));
	pthread_mutex_lock(&loop->lock);
	if (n > 0) {
		if (w->leads && too_many_lead(loop))
			resign(w);
		return true;
	}
	resign(w);
	if (n != -ENOMEM || w == &loop->first) {
		end_loop(loop, n);
		return true;
	}
	/* No memory for a buffer. The threads that have one are idle, or will be. */
	if (!SLIST_EMPTY(&loop->idle))
		loop_promote(loop);
	else
		watchdog_wake(loop); /* there may be some soon */
	return false;
}

/* Lock held; false: the thread shall end. */
static bool wait_for_lead(struct worker *w)
{
	struct loop *loop = w->loop;

	if (loop->stop)
		return false;
	if (loop->nr_leading < loop->nr_wanted) {
		loop->nr_leading++;
		w->leads = true;
		return true;
	}
	if (w != &loop->first && loop->nr_idle + loop->nr_leading >= loop->config.max_idle_threads)
		return false;
	SLIST_INSERT_HEAD(&loop->idle, w, idle);
	loop->nr_idle++;
	while (!w->leads && !loop->stop)
		pthread_cond_wait(&w->promoted, &loop->lock);
	return w->leads;
}

/* Lock held. */
static void work(struct worker *w)
{
	self = w;
	w->tid = gettid();
	while (w->leads || wait_for_lead(w))
		if (!lead(w))
			break;
	self = NULL;
}

static void *worker_thread(void *arg)
{
	struct worker *w = arg;
	struct loop *loop = w->loop;
	struct worker *before;

	pthread_mutex_lock(&loop->lock);
	work(w);
	LIST_REMOVE(w, all);
	loop->nr_workers--;
	before = loop->gone;
	loop->gone = w;
	pthread_cond_broadcast(&loop->fewer);
	pthread_mutex_unlock(&loop->lock);
	if (before)
		worker_join(before);
	return NULL;
}

/* A worker that serves a request loses the lead; one that receives is interrupted. Lock held. */
static void depose(struct worker *w)
{
	uint64_t turn = w->turn;

	if (turn & 1)
		loop_take_lead(w, turn);
	else
		pthread_kill(w->thread, SIGUSR1);
}

/* Until no thread leads. Lock held, and stop is set; it is dropped meanwhile. */
static void wait_for_leaders(struct loop *loop)
{
	while (loop->nr_leading) {
		struct timespec until;
		struct worker *w;

		/* More than once: the thread may have looked just before, and be about to wait. */
		LIST_FOREACH (w, &loop->workers, all)
			if (w->leads)
				depose(w);
		if (!loop->nr_leading)
			break;
		clock_gettime(CLOCK_MONOTONIC, &until);
		until.tv_nsec += INTERRUPT_NS;
		until.tv_sec += until.tv_nsec / 1000000000;
		until.tv_nsec %= 1000000000;
		pthread_cond_clockwait(&loop->fewer, &loop->lock, CLOCK_MONOTONIC, &until);
	}
}

void loop_stop(struct loop *loop)
{
	pthread_mutex_lock(&loop->lock);
	end_loop(loop, 0);
	wait_for_leaders(loop);
	pthread_mutex_unlock(&loop->lock);
}

static void on_interrupt(int sig)
{
	(void)sig;
}

int loop_run(struct loop *loop)
{
	const struct sigaction interrupt = { .sa_handler = on_interrupt };
	struct worker *w = &loop->first;

	sigaction(SIGUSR1, &interrupt, NULL);
	watchdog_start(loop);
	pthread_mutex_lock(&loop->lock);
	w->thread = pthread_self();
	LIST_INSERT_HEAD(&loop->workers, w, all);
	loop->nr_workers++;
	work(w);
	wait_for_leaders(loop);
	while (loop->nr_workers > 1)
		pthread_cond_wait(&loop->fewer, &loop->lock);
	LIST_REMOVE(w, all);
	loop->nr_workers--;
	pthread_mutex_unlock(&loop->lock);
	if (loop->gone)
		worker_join(loop->gone);
	loop->gone = NULL;
	watchdog_stop(loop);
	return loop->error;
}

int loop_create(struct fuse_session *se, const struct loop_config *config, struct loop **ret)
{
	struct loop *loop = calloc(1, sizeof(*loop));

	if (!loop)
		return -ENOMEM;
	loop->se = se;
	loop->config = *config;
	loop->nr_wanted = 1;
	loop->first.loop = loop;
	pthread_mutex_init(&loop->lock, NULL);
	pthread_cond_init(&loop->fewer, NULL);
	pthread_cond_init(&loop->first.promoted, NULL);
	LIST_INIT(&loop->workers);
	SLIST_INIT(&loop->idle);
	*ret = loop;
	return 0;
}

void loop_destroy(struct loop *loop)
{
	free(loop->first.buf.mem);
	pthread_cond_destroy(&loop->first.promoted);
	pthread_cond_destroy(&loop->fewer);
	pthread_mutex_destroy(&loop->lock);
	free(loop);
}
