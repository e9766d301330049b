/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * trace_pipe's thread, which answers all its readers.  Stopping it ends the
 * file for those that wait, and for all that come later.
 */
#ifndef FS_TRACE_PIPE_H
#define FS_TRACE_PIPE_H

struct fs;
struct trace_pipe;

struct trace_pipe *trace_pipe_new(struct fs *fs);
int trace_pipe_start(struct trace_pipe *p); /* 0 or -errno */
void trace_pipe_stop(struct trace_pipe *p);
void trace_pipe_free(struct trace_pipe *p); /* after the stop, if there was a start */

#endif
