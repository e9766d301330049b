/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The forgetting thread: a queue of jobs, done one after the other, and a guard
 * that sees to it that no writer to ctl waits for ever (forget.h).
 *
 *	writes to ctl --submit--> [job][job][job] --> thread --> reply
 *	                                                ^
 *	                                              guard
 */
#include <errno.h>
#include <string.h>

#include "fs/inode/mount.h"
#include "fs/requests/reply.h"
#include "fs/threads/forget.h"

struct forget_job {
	STAILQ_ENTRY(forget_job) next;
	fuse_req_t req; /* NULL: no process waits for it, or it was answered */
	GArray *stale;
	ssize_t done;
	bool flush;
};

struct forget {
	struct fuse_session *se;
	pthread_t thread;
	pthread_t guard; /* see guard_thread() */

	pthread_mutex_t lock;
	pthread_cond_t wake;
	pthread_cond_t begun;
	STAILQ_HEAD(, forget_job) jobs;
	struct forget_job *current; /* the job under way */
	uint64_t steps;		    /* of all jobs */
	bool guarding;		    /* the guard looks by itself */
	bool stop;		    /* take no more jobs */
	bool stop_guard;
};

static void stale_clear(void *p)
{
	struct stale *stale = p;

	g_free(stale->name);
}

GArray *stale_new(void)
{
	GArray *array = g_array_new(FALSE, FALSE, sizeof(struct stale));

	g_array_set_clear_func(array, stale_clear);
	return array;
}

void forget_answer(fuse_req_t req, ssize_t done, bool flush)
{
	if (done < 0 || flush)
		reply_err(req, done < 0 ? (int)-done : 0);
	else
		reply_write(req, (size_t)done);
}

static void forget_job_free(struct forget_job *job)
{
	g_array_unref(job->stale);
	g_free(job);
}

/* The connection is about to end, and with it all that the kernel knows. */
static void forget_job_skip(struct forget_job *job)
{
	if (job->req)
		forget_answer(job->req, job->done, job->flush);
	forget_job_free(job);
}

void forget_names(struct fs *fs, fuse_req_t req, GArray *stale, ssize_t done, bool flush)
{
	struct forget *f = fs->forget;
	struct forget_job *job = g_new0(struct forget_job, 1);
	bool stopped;

	job->req = req;
	job->stale = stale;
	job->done = done;
	job->flush = flush;
	handover_lock(&f->lock);
	stopped = f->stop;
	if (!stopped) {
		STAILQ_INSERT_TAIL(&f->jobs, job, next);
		pthread_cond_signal(&f->wake);
	}
	pthread_mutex_unlock(&f->lock);
	if (stopped)
		forget_job_skip(job);
}

/* Answers a job's request, unless it was answered. Lock held; it is dropped meanwhile. */
static void answer(struct forget *f, struct forget_job *job)
{
	fuse_req_t req = job->req;
	ssize_t done = job->done;
	bool flush = job->flush;

	job->req = NULL;
	if (!req)
		return;
	pthread_mutex_unlock(&f->lock);
	forget_answer(req, done, flush);
	pthread_mutex_lock(&f->lock);
}

/* Waits for the kernel, and with it perhaps for other requests. No lock is held. */
static void forget_one(struct forget *f, const struct stale *s)
{
	/* An error means that the kernel knew nothing of it any more. */
	if (s->name)
		fuse_lowlevel_notify_delete(f->se, s->dir, s->id, s->name, strlen(s->name));
	else
		fuse_lowlevel_notify_inval_inode(f->se, s->id, 0, 0);
}

/* Lock held; it is dropped meanwhile. */
static void forget_job_do(struct forget *f, struct forget_job *job)
{
	f->current = job;
	if (!f->guarding)
		pthread_cond_signal(&f->begun);
	for (guint i = 0; i < job->stale->len; i++) {
		pthread_mutex_unlock(&f->lock);
		forget_one(f, &g_array_index(job->stale, struct stale, i));
		pthread_mutex_lock(&f->lock);
		f->steps++;
	}
	answer(f, job);
	f->current = NULL;
	forget_job_free(job);
}

static void *forget_thread(void *arg)
{
	struct forget *f = arg;
	struct forget_job *job;

	pthread_mutex_lock(&f->lock);
	while (!f->stop) {
		job = STAILQ_FIRST(&f->jobs);
		if (!job) {
			pthread_cond_wait(&f->wake, &f->lock);
			continue;
		}
		STAILQ_REMOVE_HEAD(&f->jobs, next);
		forget_job_do(f, job);
	}
	while ((job = STAILQ_FIRST(&f->jobs))) {
		STAILQ_REMOVE_HEAD(&f->jobs, next);
		forget_job_skip(job);
	}
	pthread_mutex_unlock(&f->lock);
	return NULL;
}

/* The first in the queue that a process waits for. Lock held. */
static struct forget_job *next_waiting(struct forget *f)
{
	struct forget_job *job;

	STAILQ_FOREACH (job, &f->jobs, next)
		if (job->req)
			break;
	return job;
}

/* Answers all writes to ctl that wait, done or not. Lock held; it is dropped meanwhile. */
static void answer_all(struct forget *f)
{
	struct forget_job *job;

	answer(f, f->current);
	/* The writer that has the lock of ctl now may be one whose turn has not come. */
	while ((job = next_waiting(f)))
		answer(f, job);
}

/* For how long a job may make no step before the guard answers the writers; see forget.h. */
#define GUARD_NS 250000000

static void *guard_thread(void *arg)
{
	struct forget *f = arg;
	uint64_t steps;

	pthread_mutex_lock(&f->lock);
	while (!f->stop_guard) {
		struct timespec late;

		f->guarding = f->current;
		if (!f->current) {
			pthread_cond_wait(&f->begun, &f->lock);
			continue;
		}
		steps = f->steps;
		clock_gettime(CLOCK_MONOTONIC, &late);
		late.tv_nsec += GUARD_NS;
		late.tv_sec += late.tv_nsec / 1000000000;
		late.tv_nsec %= 1000000000;
		while (!f->stop_guard &&
		       pthread_cond_timedwait(&f->begun, &f->lock, &late) != ETIMEDOUT)
			;
		if (f->current && f->steps == steps)
			answer_all(f);
	}
	pthread_mutex_unlock(&f->lock);
	return NULL;
}

static void wake_all(struct forget *f, bool guard_too)
{
	pthread_mutex_lock(&f->lock);
	f->stop = true;
	pthread_cond_signal(&f->wake);
	if (guard_too) {
		f->stop_guard = true;
		pthread_cond_signal(&f->begun);
	}
	pthread_mutex_unlock(&f->lock);
}

int forget_start(struct fs *fs)
{
	struct forget *f = g_new0(struct forget, 1);
	pthread_condattr_t attr;
	int err;

	f->se = fs->se;
	STAILQ_INIT(&f->jobs);
	pthread_mutex_init(&f->lock, NULL);
	pthread_cond_init(&f->wake, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&f->begun, &attr);
	pthread_condattr_destroy(&attr);
	fs->forget = f;
	err = -pthread_create(&f->guard, NULL, guard_thread, f);
	if (err)
		goto free_all;
	err = -pthread_create(&f->thread, NULL, forget_thread, f);
	if (err)
		goto stop_guard;
	return 0;

stop_guard:
	wake_all(f, true);
	pthread_join(f->guard, NULL);
free_all:
	forget_free(fs);
	return err;
}

/* The guard ends last: the thread may need it to finish its job. */
void forget_stop(struct fs *fs)
{
	struct forget *f = fs->forget;

	wake_all(f, false);
	pthread_join(f->thread, NULL);
	wake_all(f, true);
	pthread_join(f->guard, NULL);
}

void forget_free(struct fs *fs)
{
	struct forget *f = fs->forget;

	if (!f)
		return;
	pthread_cond_destroy(&f->begun);
	pthread_cond_destroy(&f->wake);
	pthread_mutex_destroy(&f->lock);
	g_free(f);
	fs->forget = NULL;
}
