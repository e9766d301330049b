/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tracing as the filesystem takes part in it: events name the process that made
 * the call, and trace_pipe hands them to whoever waits.
 */
#ifndef FS_TRACE_PIPE_H
#define FS_TRACE_PIPE_H

#include "fs/inode/inode.h"

/*
 * To be called before anything that may allocate or free: from now on this
 * thread works on behalf of the process that made the request.  Pages written
 * back, and closing, are no process's any more and are the daemon's own.  Costs
 * a load while nothing is traced.
 */
void task_set(struct fs *fs, fuse_req_t req);
static inline void task_of(struct fs *fs, fuse_req_t req)
{
	if (atomic_load_explicit(&fs->m->trace_wanted, memory_order_relaxed))
		task_set(fs, req);
}

struct tasks *tasks_new(void);
void tasks_free(struct tasks *tasks);

/*
 * trace_pipe's thread, which answers all its readers.  Stopping it ends the
 * file for those that wait, and for all that come later.
 */
struct trace_pipe *trace_pipe_new(struct fs *fs);
int trace_pipe_start(struct trace_pipe *p); /* 0 or -errno */
void trace_pipe_stop(struct trace_pipe *p);
void trace_pipe_free(struct trace_pipe *p); /* after the stop, if there was a start */

#endif
