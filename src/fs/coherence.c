/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The coherence thread: a queue of jobs, done one after the other.
 *
 *	request handlers --submit--> [job][job][job] --> thread --> reply
 *
 * A job's node stays: the kernel keeps the file open until it has its answer.
 */
#include <errno.h>
#include <string.h>

#include "fs/coherence.h"
#include "fs/files.h"
#include "fs/trace.h"

enum job_kind { JOB_READ, JOB_WRITE, JOB_WRITTEN, JOB_ATTRIBUTES, JOB_FORGET };

struct job {
	STAILQ_ENTRY(job) next;
	enum job_kind kind;
	fuse_req_t req;
	struct node *node;
	fuse_ino_t id; /* JOB_ATTRIBUTES: the node may be gone by then */
	uint64_t off;
	size_t count;
	struct fuse_file_info fi;
	unsigned char *data; /* JOB_WRITE: what to write */
	GArray *stale;	     /* JOB_FORGET */
	ssize_t done;
	bool flush;
};

struct coherence {
	struct fs *fs;
	struct fuse_session *se;
	pthread_t thread;

	pthread_mutex_t lock;
	pthread_cond_t wake;
	STAILQ_HEAD(, job) jobs;
	bool stop; /* take no more jobs */

	pthread_t guard; /* see guard_thread() */
	pthread_cond_t begun;
	struct job *forgetting; /* the job under way */
	uint64_t steps;		/* of all such jobs */
	bool guarding;		/* the guard looks by itself */
	bool stop_guard;
};

/*
 * The frames mapped in a range of kernel space.  A page that faults has none;
 * neither has device memory.
 */
size_t mapped_frames(const struct machine *m, vaddr_t addr, size_t count, pfn_t *ret)
{
	unsigned char *host[IO_FRAMES];
	vaddr_t page = addr & PAGE_MASK;
	size_t left = (count + (addr - page) + PAGE_SIZE - 1) >> PAGE_SHIFT;
	size_t found = 0;

	if (left > IO_FRAMES)
		left = IO_FRAMES;
	while (left) {
		enum fault fault;
		size_t n = pgtable_run((struct machine *)m, m->cr3, page, left, ACCESS_READ, host,
				       &fault);

		for (size_t i = 0; i < n; i++)
			if (host[i])
				ret[found++] = (pfn_t)(host[i] - m->ram) >> PAGE_SHIFT;
		if (fault != FAULT_NONE)
			n++;
		if (!n)
			break;
		page += n << PAGE_SHIFT;
		left -= n < left ? n : left;
	}
	return found;
}

bool coherence_touches(struct fs *fs, struct node *node, uint64_t off, size_t count)
{
	pfn_t pfn[IO_FRAMES];
	size_t n;

	if (!fs->nr_user || !node->ops->frames)
		return false;
	if (fs->nr_remapping)
		return true;
	n = node->ops->frames(fs, node, off, count, pfn);
	for (size_t i = 0; i < n; i++)
		if (pfn_to_page(fs->m, pfn[i])->flags & PG_user)
			return true;
	return false;
}

static void job_free(struct job *job)
{
	g_clear_pointer(&job->stale, g_array_unref);
	g_free(job->data);
	g_free(job);
}

/* The thread has stopped, the connection is about to end: as if it had. */
static void job_refuse(struct job *job)
{
	if (job->req)
		fuse_reply_err(job->req, ENOTCONN);
	job_free(job);
}

static void submit(struct fs *fs, struct job *job)
{
	struct coherence *c = fs->coherence;
	bool stopped;

	pthread_mutex_lock(&c->lock);
	stopped = c->stop;
	if (!stopped) {
		STAILQ_INSERT_TAIL(&c->jobs, job, next);
		pthread_cond_signal(&c->wake);
	}
	pthread_mutex_unlock(&c->lock);
	if (stopped)
		job_refuse(job);
}

static struct job *job_new(enum job_kind kind, fuse_req_t req, struct node *node, size_t count,
			   uint64_t off)
{
	struct job *job = g_new0(struct job, 1);

	job->kind = kind;
	job->req = req;
	job->node = node;
	job->count = count;
	job->off = off;
	return job;
}

void coherence_read(struct fs *fs, fuse_req_t req, struct node *node, size_t count, uint64_t off)
{
	submit(fs, job_new(JOB_READ, req, node, count, off));
}

void coherence_write(struct fs *fs, fuse_req_t req, struct node *node, const void *buf,
		     size_t count, uint64_t off, const struct fuse_file_info *fi)
{
	struct job *job = job_new(JOB_WRITE, req, node, count, off);

	job->data = g_memdup2(buf, count);
	job->fi = *fi;
	submit(fs, job);
}

void coherence_written(struct fs *fs, fuse_req_t req, struct node *node, size_t done, uint64_t off)
{
	submit(fs, job_new(JOB_WRITTEN, req, node, done, off));
}

void coherence_attributes(struct fs *fs, struct node *node)
{
	struct job *job = job_new(JOB_ATTRIBUTES, NULL, NULL, 0, 0);

	job->id = node_id(fs, node);
	submit(fs, job);
}

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

void coherence_forget(struct fs *fs, fuse_req_t req, GArray *stale, ssize_t done, bool flush)
{
	struct job *job = job_new(JOB_FORGET, req, NULL, 0, 0);

	job->stale = stale;
	job->done = done;
	job->flush = flush;
	submit(fs, job);
}

/* Where the pages that a job touches are part of open *_user files. */
static GArray *find_ranges(struct fs *fs, const struct job *job)
{
	GArray *ranges = g_array_new(FALSE, FALSE, sizeof(struct user_range));
	pfn_t pfn[IO_FRAMES];
	size_t n = 0;

	if (job->node->ops->frames)
		n = job->node->ops->frames(fs, job->node, job->off, job->count, pfn);
	user_ranges(fs, pfn, n, ranges);
	return ranges;
}

/* Waits for the kernel, and with it perhaps for other requests. No lock is held. */
static void invalidate(struct coherence *c, const GArray *ranges)
{
	for (guint i = 0; i < ranges->len; i++) {
		const struct user_range *r = &g_array_index(ranges, struct user_range, i);

		/* An error means that the kernel has no such pages. */
		fuse_lowlevel_notify_inval_inode(c->se, r->id, (off_t)r->off, (off_t)r->len);
	}
}

static void do_read(struct coherence *c, struct job *job)
{
	struct fs *fs = c->fs;
	GArray *ranges = find_ranges(fs, job);
	void *buf = buffer_get(fs);
	ssize_t done;

	invalidate(c, ranges);
	done = job->node->ops->pread(fs, job->node, buf, job->count, job->off);
	invalidate(c, ranges);
	if (done < 0)
		fuse_reply_err(job->req, (int)-done);
	else
		fuse_reply_buf(job->req, buf, (size_t)done);
	buffer_put(fs, buf);
	g_array_unref(ranges);
}

static void do_write(struct coherence *c, struct job *job)
{
	struct fs *fs = c->fs;
	GArray *ranges = find_ranges(fs, job);
	ssize_t done = (ssize_t)job->count;

	invalidate(c, ranges);
	if (job->kind == JOB_WRITE) {
		task_of(fs, job->req);
		done = job->node->ops->pwrite(fs, job->node, job->data, job->count, job->off,
					      &job->fi);
		invalidate(c, ranges);
		texts_announce(fs);
	}
	if (done < 0)
		fuse_reply_err(job->req, (int)-done);
	else
		fuse_reply_write(job->req, (size_t)done);
	g_array_unref(ranges);
}

/* Answers a job's request, unless somebody did. Lock held; it is dropped meanwhile. */
static void answer(struct coherence *c, struct job *job)
{
	fuse_req_t req = job->req;
	ssize_t done = job->done;
	bool flush = job->flush;

	job->req = NULL;
	if (!req)
		return;
	pthread_mutex_unlock(&c->lock);
	if (done < 0 || flush)
		fuse_reply_err(req, done < 0 ? (int)-done : 0);
	else
		fuse_reply_write(req, (size_t)done);
	pthread_mutex_lock(&c->lock);
}

static void forget(struct coherence *c, const struct stale *s)
{
	/* An error means that the kernel knew nothing of it any more. */
	if (s->name)
		fuse_lowlevel_notify_delete(c->se, s->dir, s->id, s->name, strlen(s->name));
	else
		fuse_lowlevel_notify_inval_inode(c->se, s->id, 0, 0);
}

static void do_forget(struct coherence *c, struct job *job)
{
	pthread_mutex_lock(&c->lock);
	c->forgetting = job;
	if (!c->guarding)
		pthread_cond_signal(&c->begun);
	pthread_mutex_unlock(&c->lock);

	for (guint i = 0; i < job->stale->len; i++) {
		forget(c, &g_array_index(job->stale, struct stale, i));
		pthread_mutex_lock(&c->lock);
		c->steps++;
		pthread_mutex_unlock(&c->lock);
	}

	pthread_mutex_lock(&c->lock);
	answer(c, job);
	c->forgetting = NULL;
	pthread_mutex_unlock(&c->lock);
}

/* Answers all writes to ctl that wait for what they have to wait for no longer. Lock held. */
static void answer_all(struct coherence *c, struct job *job)
{
	answer(c, job);
	/* Whoever has the lock of ctl now may be one whose turn has not come. */
	do {
		STAILQ_FOREACH(job, &c->jobs, next)
		if (job->kind == JOB_FORGET && job->req)
			break;
		if (job)
			answer(c, job);
	} while (job);
}

/*
 * The guard.  The kernel keeps ctl locked while a write to it waits for us, and
 * locks a directory to forget a name in it.  Who removes ctl itself locks the
 * directory first and then ctl: both would wait for ever.  So if a job makes no
 * step for a quarter of a second, writes are answered before it is done.
 */
#define GUARD_NS 250000000

static void *guard_thread(void *arg)
{
	struct coherence *c = arg;
	uint64_t steps;

	pthread_mutex_lock(&c->lock);
	while (!c->stop_guard) {
		struct timespec late;

		c->guarding = c->forgetting;
		if (!c->forgetting) {
			pthread_cond_wait(&c->begun, &c->lock);
			continue;
		}
		steps = c->steps;
		clock_gettime(CLOCK_MONOTONIC, &late);
		late.tv_nsec += GUARD_NS;
		late.tv_sec += late.tv_nsec / 1000000000;
		late.tv_nsec %= 1000000000;
		while (!c->stop_guard &&
		       pthread_cond_timedwait(&c->begun, &c->lock, &late) != ETIMEDOUT)
			;
		if (c->forgetting && c->steps == steps)
			answer_all(c, c->forgetting);
	}
	pthread_mutex_unlock(&c->lock);
	return NULL;
}

static void do_job(struct coherence *c, struct job *job)
{
	switch (job->kind) {
	case JOB_READ:
		do_read(c, job);
		break;
	case JOB_WRITE:
	case JOB_WRITTEN:
		do_write(c, job);
		break;
	case JOB_ATTRIBUTES:
		fuse_lowlevel_notify_inval_inode(c->se, job->id, -1, 0);
		break;
	case JOB_FORGET:
		do_forget(c, job);
		break;
	}
	job_free(job);
}

static void *coherence_thread(void *arg)
{
	struct coherence *c = arg;
	struct job *job;

	pthread_mutex_lock(&c->lock);
	while (!c->stop) {
		job = STAILQ_FIRST(&c->jobs);
		if (!job) {
			pthread_cond_wait(&c->wake, &c->lock);
			continue;
		}
		STAILQ_REMOVE_HEAD(&c->jobs, next);
		pthread_mutex_unlock(&c->lock);
		do_job(c, job);
		pthread_mutex_lock(&c->lock);
	}
	while ((job = STAILQ_FIRST(&c->jobs))) {
		STAILQ_REMOVE_HEAD(&c->jobs, next);
		job_refuse(job);
	}
	pthread_mutex_unlock(&c->lock);
	return NULL;
}

static void wake_all(struct coherence *c, bool guard_too)
{
	pthread_mutex_lock(&c->lock);
	c->stop = true;
	pthread_cond_signal(&c->wake);
	if (guard_too) {
		c->stop_guard = true;
		pthread_cond_signal(&c->begun);
	}
	pthread_mutex_unlock(&c->lock);
}

int coherence_start(struct fs *fs)
{
	struct coherence *c = g_new0(struct coherence, 1);
	pthread_condattr_t attr;
	int err;

	c->fs = fs;
	c->se = fs->se;
	STAILQ_INIT(&c->jobs);
	pthread_mutex_init(&c->lock, NULL);
	pthread_cond_init(&c->wake, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&c->begun, &attr);
	pthread_condattr_destroy(&attr);
	fs->coherence = c;
	err = -pthread_create(&c->guard, NULL, guard_thread, c);
	if (err)
		goto free_all;
	err = -pthread_create(&c->thread, NULL, coherence_thread, c);
	if (err)
		goto stop_guard;
	return 0;

stop_guard:
	wake_all(c, true);
	pthread_join(c->guard, NULL);
free_all:
	coherence_free(fs);
	return err;
}

void coherence_stop(struct fs *fs)
{
	struct coherence *c = fs->coherence;

	wake_all(c, false);
	pthread_join(c->thread, NULL);
	wake_all(c, true);
	pthread_join(c->guard, NULL);
}

void coherence_free(struct fs *fs)
{
	struct coherence *c = fs->coherence;

	if (!c)
		return;
	pthread_cond_destroy(&c->begun);
	pthread_cond_destroy(&c->wake);
	pthread_mutex_destroy(&c->lock);
	g_free(c);
	fs->coherence = NULL;
}
