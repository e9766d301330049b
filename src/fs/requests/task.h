/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * On whose behalf a thread works, and since when.  Events of tracing and of the history
 * name that process.
 */
#ifndef FS_TASK_H
#define FS_TASK_H

#include "fs/inode/mount.h"

/*
 * From now on this thread works on behalf of the process that made the request.
 * Pages written back, and closing, belong to no process any more and count as
 * the daemon's own.  Costs two loads while
 * neither tracing nor the history wants to know.
 */
void task_set(struct fs *fs, fuse_req_t req);
static inline void task_of(struct fs *fs, fuse_req_t req)
{
	if (machine_wants_task(fs->m))
		task_set(fs, req);
}

struct tasks *tasks_new(void);
void tasks_free(struct tasks *tasks);

#endif
