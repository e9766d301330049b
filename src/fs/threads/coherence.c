/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The coherence thread: a queue of jobs, done one after the other.
 *
 *	request handlers --submit--> [job][job][job] --> thread --> reply
 *
 * A job's inode stays: the kernel keeps the file open until it has its answer.
 */
#include <errno.h>
#include <string.h>

#include "fs/files/user_ranges.h"
#include "fs/inode/inode.h"
#include "fs/requests/door.h"
#include "fs/requests/reply.h"
#include "fs/requests/task.h"
#include <vmallocfs/page.h>
#include "fs/threads/coherence.h"

enum coherence_job_kind { JOB_READ, JOB_WRITE, JOB_WRITTEN, JOB_ATTRIBUTES };

struct coherence_job {
	STAILQ_ENTRY(coherence_job) next;
	enum coherence_job_kind kind;
	fuse_req_t req;
	struct inode *inode;
	fuse_ino_t id; /* JOB_ATTRIBUTES: the inode may be gone by then */
	uint64_t off;
	size_t count;
	struct fuse_file_info fi;
	unsigned char *data; /* JOB_WRITE: what to write */
};

struct coherence {
	struct fs *fs;
	struct fuse_session *se;
	pthread_t thread;

	pthread_mutex_t lock;
	pthread_cond_t wake;
	STAILQ_HEAD(, coherence_job) jobs;
	bool stop; /* take no more jobs */
};

bool coherence_touches(struct fs *fs, struct inode *inode, uint64_t off, size_t count)
{
	pfn_t pfn[IO_FRAMES];
	size_t n;

	if (!fs->nr_user || !inode->ops->frames)
		return false;
	if (fs->nr_remapping)
		return true;
	n = inode->ops->frames(fs, inode, off, count, pfn);
	for (size_t i = 0; i < n; i++)
		if (pfn_to_page(fs->m, pfn[i])->flags & PG_user)
			return true;
	return false;
}

static void coherence_job_free(struct coherence_job *job)
{
	g_free(job->data);
	g_free(job);
}

/* The thread has stopped, and the connection is about to end: answer as if it had. */
static void coherence_job_refuse(struct coherence_job *job)
{
	if (job->req)
		reply_err(job->req, ENOTCONN);
	coherence_job_free(job);
}

static void submit(struct fs *fs, struct coherence_job *job)
{
	struct coherence *c = fs->coherence;
	bool stopped;

	handover_lock(&c->lock);
	stopped = c->stop;
	if (!stopped) {
		STAILQ_INSERT_TAIL(&c->jobs, job, next);
		pthread_cond_signal(&c->wake);
	}
	pthread_mutex_unlock(&c->lock);
	if (stopped)
		coherence_job_refuse(job);
}

static struct coherence_job *coherence_job_new(enum coherence_job_kind kind, fuse_req_t req,
					       struct inode *inode, size_t count, uint64_t off)
{
	struct coherence_job *job = g_new0(struct coherence_job, 1);

	job->kind = kind;
	job->req = req;
	job->inode = inode;
	job->count = count;
	job->off = off;
	return job;
}

void coherence_read(struct fs *fs, fuse_req_t req, struct inode *inode, size_t count, uint64_t off)
{
	submit(fs, coherence_job_new(JOB_READ, req, inode, count, off));
}

void coherence_write(struct fs *fs, fuse_req_t req, struct inode *inode, const void *buf,
		     size_t count, uint64_t off, const struct fuse_file_info *fi)
{
	struct coherence_job *job = coherence_job_new(JOB_WRITE, req, inode, count, off);

	if (host_has(count))
		job->data = g_try_malloc(MAX(count, 1));
	if (!job->data) {
		reply_err(req, ENOMEM);
		g_free(job);
		return;
	}
	memcpy(job->data, buf, count);
	job->fi = *fi;
	submit(fs, job);
}

void coherence_written(struct fs *fs, fuse_req_t req, struct inode *inode, size_t done,
		       uint64_t off)
{
	submit(fs, coherence_job_new(JOB_WRITTEN, req, inode, done, off));
}

void coherence_attributes(struct fs *fs, struct inode *inode)
{
	struct coherence_job *job = coherence_job_new(JOB_ATTRIBUTES, NULL, NULL, 0, 0);

	job->id = inode->id;
	submit(fs, job);
}

/* Where the pages that a job touches are part of open *_user files. */
static GArray *find_ranges(struct fs *fs, const struct coherence_job *job)
{
	GArray *ranges = g_array_new(FALSE, FALSE, sizeof(struct user_range));
	pfn_t pfn[IO_FRAMES];
	size_t n = 0;

	if (job->inode->ops->frames)
		n = job->inode->ops->frames(fs, job->inode, job->off, job->count, pfn);
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

static void do_read(struct coherence *c, struct coherence_job *job)
{
	struct fs *fs = c->fs;
	GArray *ranges = find_ranges(fs, job);
	void *buf = buffer_get(fs);
	ssize_t done = -ENOMEM;

	invalidate(c, ranges);
	fs_enter(fs);
	if (buf)
		done = job->inode->ops->read(fs, job->inode, buf, job->count, job->off);
	fs_leave(fs);
	invalidate(c, ranges);
	if (done < 0)
		reply_err(job->req, (int)-done);
	else
		reply_buf(job->req, buf, (size_t)done);
	buffer_put(fs, buf);
	g_array_unref(ranges);
}

static void do_write(struct coherence *c, struct coherence_job *job)
{
	struct fs *fs = c->fs;
	GArray *ranges = find_ranges(fs, job);
	ssize_t done = (ssize_t)job->count;

	invalidate(c, ranges);
	if (job->kind == JOB_WRITE) {
		fs_enter(fs);
		done = job->inode->ops->write(fs, job->inode, job->data, job->count, job->off,
					      &job->fi);
		fs_leave(fs);
		invalidate(c, ranges);
	}
	if (done < 0)
		reply_err(job->req, (int)-done);
	else
		reply_write(job->req, (size_t)done);
	g_array_unref(ranges);
}

static void coherence_job_do(struct coherence *c, struct coherence_job *job)
{
	if (job->req)
		task_of(c->fs, job->req);
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
	}
	coherence_job_free(job);
}

static void *coherence_thread(void *arg)
{
	struct coherence *c = arg;
	struct coherence_job *job;

	pthread_mutex_lock(&c->lock);
	while (!c->stop) {
		job = STAILQ_FIRST(&c->jobs);
		if (!job) {
			pthread_cond_wait(&c->wake, &c->lock);
			continue;
		}
		STAILQ_REMOVE_HEAD(&c->jobs, next);
		pthread_mutex_unlock(&c->lock);
		coherence_job_do(c, job);
		pthread_mutex_lock(&c->lock);
	}
	while ((job = STAILQ_FIRST(&c->jobs))) {
		STAILQ_REMOVE_HEAD(&c->jobs, next);
		coherence_job_refuse(job);
	}
	pthread_mutex_unlock(&c->lock);
	return NULL;
}

int coherence_start(struct fs *fs)
{
	struct coherence *c = g_new0(struct coherence, 1);
	int err;

	c->fs = fs;
	c->se = fs->se;
	STAILQ_INIT(&c->jobs);
	pthread_mutex_init(&c->lock, NULL);
	pthread_cond_init(&c->wake, NULL);
	fs->coherence = c;
	err = -pthread_create(&c->thread, NULL, coherence_thread, c);
	if (err)
		coherence_free(fs);
	return err;
}

void coherence_stop(struct fs *fs)
{
	struct coherence *c = fs->coherence;

	pthread_mutex_lock(&c->lock);
	c->stop = true;
	pthread_cond_signal(&c->wake);
	pthread_mutex_unlock(&c->lock);
	pthread_join(c->thread, NULL);
}

void coherence_free(struct fs *fs)
{
	struct coherence *c = fs->coherence;

	if (!c)
		return;
	pthread_cond_destroy(&c->wake);
	pthread_mutex_destroy(&c->lock);
	g_free(c);
	fs->coherence = NULL;
}
