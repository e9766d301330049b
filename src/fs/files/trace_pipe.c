/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * trace_pipe: a file whose reads take events out of the ring, and wait while
 * there are none.
 *
 *	requests --> [waiter][waiter][waiter] --> thread --> reply
 *	                                            ^
 *	core: an event ------ wake ----------------+
 *
 * A read is put into the list, and the thread that received it is free again.
 * One thread answers them all, first come, first served: each event goes to one
 * reader.  It answers when there are events (as many whole lines as the reader
 * has room for); when the reader is interrupted, with EINTR; at once, with
 * EAGAIN, if the reader does not want to wait; with the end of the file when
 * tracing was turned off and the reader has seen something, as in Linux, and
 * when the mount ends.
 *
 * The lock is innermost: the core wakes the thread with its own locks held.  So
 * the thread takes events, formats them and replies without it.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>

#include "fs/files/files.h"
#include "fs/files/trace_pipe.h"
#include "fs/inode/inode.h"
#include "fs/requests/reply.h"
#include "show/show.h"

/* Events taken at a time. */
#define BATCH 32

/* All under the pipe's lock. */
struct pipe_open {
	LIST_ENTRY(pipe_open) all;
	int cpu;		    /* whose events it gets, or TRACE_ANY_CPU */
	GString *rest;		    /* lines taken, and not read so far */
	bool has_read;		    /* something */
	struct fuse_pollhandle *ph; /* a poller that waits for events, or NULL */
};

struct waiter {
	TAILQ_ENTRY(waiter) next;
	fuse_req_t req;
	struct pipe_open *open;
	size_t count;
	bool ready; /* else its request is still being handed over */
	bool impatient;
	bool interrupted;
};

struct trace_pipe {
	struct fs *fs;
	pthread_t thread;

	pthread_mutex_t lock;
	pthread_cond_t wake;
	TAILQ_HEAD(, waiter) waiters;
	LIST_HEAD(, pipe_open) opens;
	bool stop;
};

static void wake(void *arg)
{
	struct trace_pipe *p = arg;

	handover_lock(&p->lock);
	pthread_cond_signal(&p->wake);
	pthread_mutex_unlock(&p->lock);
}

/* Whether no more comes. Lock held. */
static bool has_ended(const struct trace_pipe *p, const struct pipe_open *open)
{
	return p->stop || (open->has_read && !trace_is_on(p->fs->m));
}

/* Whether a read of it would end now. Lock held. */
static bool has_news(const struct trace_pipe *p, const struct pipe_open *open)
{
	return open->rest->len || trace_pending_of(p->fs->m, open->cpu) || has_ended(p, open);
}

/* --- the thread ------------------------------------------------------------- */

/* Whole lines for a reader of count bytes; at least one if there is any. */
static void take_lines(struct trace_pipe *p, int cpu, GString *out, size_t count)
{
	struct trace_event event[BATCH];
	size_t max, n;
	uint64_t lost;

	do {
		size_t room = count > out->len ? (count - out->len) / TRACE_LINE_MAX : 0;

		if (out->len && !room)
			return;
		max = CLAMP(room, 1, BATCH);
		n = trace_consume_of(p->fs->m, cpu, event, max, &lost);
		if (lost)
			show_trace_lost(out, lost);
		for (size_t i = 0; i < n; i++)
			show_trace_event(out, &event[i]);
	} while (n == max);
}

/* The lines that a reader has room for; those that it has not stay. Lock held. */
static GString *split_rest(struct pipe_open *open, size_t count)
{
	GString *out = open->rest;

	open->rest = g_string_new(NULL);
	if (out->len > count) {
		g_string_append_len(open->rest, out->str + count, (gssize)(out->len - count));
		g_string_truncate(out, count);
	}
	return out;
}

/* The first whose time has come. Lock held. */
static struct waiter *next_waiter(struct trace_pipe *p)
{
	struct waiter *w;

	TAILQ_FOREACH (w, &p->waiters, next)
		if (w->ready && (w->interrupted || w->impatient || has_news(p, w->open)))
			break;
	return w;
}

/*
 * Lock held, and dropped for what takes time.  Only this thread takes waiters
 * off the list, so that w stays; and until it is off, an interrupt finds it.
 */
static void answer_waiter(struct trace_pipe *p, struct waiter *w)
{
	struct pipe_open *open = w->open;
	g_autoptr(GString) out = g_string_new(NULL);
	fuse_req_t req = w->req;
	int err;

	if (!w->interrupted && !open->rest->len && !p->stop) {
		pthread_mutex_unlock(&p->lock);
		take_lines(p, open->cpu, out, w->count);
		handover_lock(&p->lock);
		g_string_append_len(open->rest, out->str, (gssize)out->len);
	}
	if (!open->rest->len && !w->interrupted && !w->impatient && !has_ended(p, open))
		return; /* another thread cleared the ring meanwhile */

	TAILQ_REMOVE(&p->waiters, w, next);
	g_string_free(out, TRUE);
	out = split_rest(open, w->count);
	open->has_read |= out->len;
	err = out->len || has_ended(p, open) ? 0 : w->interrupted ? EINTR : EAGAIN;
	g_free(w);
	pthread_mutex_unlock(&p->lock);
	if (err)
		reply_err(req, err);
	else
		reply_buf(req, out->str, out->len);
	handover_lock(&p->lock);
}

/* A poller that can be told. Lock held. */
static struct fuse_pollhandle *next_poller(struct trace_pipe *p)
{
	struct fuse_pollhandle *ph = NULL;
	struct pipe_open *open;

	LIST_FOREACH (open, &p->opens, all)
		if (open->ph && has_news(p, open))
			break;
	if (open) {
		ph = open->ph;
		open->ph = NULL;
	}
	return ph;
}

static void *pipe_thread(void *arg)
{
	struct trace_pipe *p = arg;

	handover_lock(&p->lock);
	for (;;) {
		struct waiter *w = next_waiter(p);
		struct fuse_pollhandle *ph = w ? NULL : next_poller(p);

		if (!w && !ph) {
			if (p->stop && TAILQ_EMPTY(&p->waiters))
				break;
			pthread_cond_wait(&p->wake, &p->lock);
			continue;
		}
		if (w) {
			answer_waiter(p, w);
			continue;
		}
		pthread_mutex_unlock(&p->lock);
		fuse_lowlevel_notify_poll(ph);
		fuse_pollhandle_destroy(ph);
		handover_lock(&p->lock);
	}
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

struct trace_pipe *trace_pipe_new(struct fs *fs)
{
	struct trace_pipe *p = g_new0(struct trace_pipe, 1);

	p->fs = fs;
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->wake, NULL);
	TAILQ_INIT(&p->waiters);
	LIST_INIT(&p->opens);
	return p;
}

int trace_pipe_start(struct trace_pipe *p)
{
	int err = -pthread_create(&p->thread, NULL, pipe_thread, p);

	if (!err)
		trace_listen(p->fs->m, wake, p);
	return err;
}

void trace_pipe_stop(struct trace_pipe *p)
{
	handover_lock(&p->lock);
	p->stop = true;
	pthread_cond_signal(&p->wake);
	pthread_mutex_unlock(&p->lock);
	pthread_join(p->thread, NULL);
	trace_listen(p->fs->m, NULL, NULL);
}

void trace_pipe_free(struct trace_pipe *p)
{
	pthread_cond_destroy(&p->wake);
	pthread_mutex_destroy(&p->lock);
	g_free(p);
}

/* --- requests --------------------------------------------------------------- */

static int pipe_open(struct fs *fs, struct inode *inode, struct fuse_file_info *fi)
{
	struct trace_pipe *p = fs->trace_pipe;
	struct pipe_open *open;

	if (fi->flags & O_TRUNC)
		return -EACCES;
	open = g_new0(struct pipe_open, 1);
	open->cpu = inode->nid == NUMA_NO_NODE ? TRACE_ANY_CPU : inode->nid;
	open->rest = g_string_new(NULL);
	handover_lock(&p->lock);
	LIST_INSERT_HEAD(&p->opens, open, all);
	pthread_mutex_unlock(&p->lock);
	fi->fh = (uintptr_t)open;
	fi->nonseekable = 1;
	return 0;
}

static void pipe_release(struct fs *fs, struct inode *inode, struct fuse_file_info *fi)
{
	struct trace_pipe *p = fs->trace_pipe;
	struct pipe_open *open = (void *)(uintptr_t)fi->fh;

	(void)inode;
	handover_lock(&p->lock);
	LIST_REMOVE(open, all);
	pthread_mutex_unlock(&p->lock);
	if (open->ph)
		fuse_pollhandle_destroy(open->ph);
	g_string_free(open->rest, TRUE);
	g_free(open);
}

/*
 * The kernel says that the reader was interrupted.  libfuse holds a lock of the
 * request just now, so that another thread has to answer it; and the answer may
 * be under way already.
 */
static void pipe_interrupt(fuse_req_t req, void *arg)
{
	struct trace_pipe *p = arg;
	struct waiter *w;

	handover_lock(&p->lock);
	TAILQ_FOREACH (w, &p->waiters, next)
		if (w->req == req)
			w->interrupted = true;
	pthread_cond_signal(&p->wake);
	pthread_mutex_unlock(&p->lock);
}

static void pipe_reply_read(struct fs *fs, fuse_req_t req, struct inode *inode, size_t count,
			    uint64_t off, struct fuse_file_info *fi)
{
	struct trace_pipe *p = fs->trace_pipe;
	struct waiter *w = g_new0(struct waiter, 1);
	bool stopped;

	(void)inode;
	(void)off;
	w->req = req;
	w->open = (void *)(uintptr_t)fi->fh;
	w->count = MIN(count, IO_MAX);
	w->impatient = fi->flags & O_NONBLOCK;

	handover_lock(&p->lock);
	stopped = p->stop;
	if (!stopped)
		TAILQ_INSERT_TAIL(&p->waiters, w, next);
	pthread_mutex_unlock(&p->lock);
	if (stopped) {
		g_free(w);
		reply_buf(req, NULL, 0);
		return;
	}
	/*
	 * The interrupt may be here already, and is then told at once: so the
	 * waiter had to be in the list.  Until it is ready no thread answers, and
	 * the request stays.
	 */
	fuse_req_interrupt_func(req, pipe_interrupt, p);
	handover_lock(&p->lock);
	w->ready = true;
	pthread_cond_signal(&p->wake);
	pthread_mutex_unlock(&p->lock);
}

static unsigned pipe_poll(struct fs *fs, struct inode *inode, struct fuse_file_info *fi,
			  struct fuse_pollhandle *ph)
{
	struct trace_pipe *p = fs->trace_pipe;
	struct pipe_open *open = (void *)(uintptr_t)fi->fh;
	struct fuse_pollhandle *old = ph;
	unsigned events = 0;

	(void)inode;
	handover_lock(&p->lock);
	if (has_news(p, open)) {
		events = POLLIN | POLLRDNORM;
	} else if (ph) {
		old = open->ph;
		open->ph = ph;
	}
	pthread_mutex_unlock(&p->lock);
	if (old)
		fuse_pollhandle_destroy(old);
	return events;
}

const struct file_ops pipe_ops = {
	.direct_io = true,
	.open = pipe_open,
	.release = pipe_release,
	.reply_read = pipe_reply_read,
	.poll = pipe_poll,
};
