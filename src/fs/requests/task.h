/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * On whose behalf a thread works.  Events of tracing name that process.
 */
#ifndef FS_TASK_H
#define FS_TASK_H

#include <stdatomic.h>

#include "fs/inode/mount.h"

/*
 * From now on this thread works on behalf of the process that made the request.
 * Pages written back, and closing, belong to no process any more and count as
 * the daemon's own.  Costs a load while nothing is traced.
 */
void task_set(struct fs *fs, fuse_req_t req);
static inline void task_of(struct fs *fs, fuse_req_t req)
{
	if (atomic_load_explicit(&fs->m->trace_wanted, memory_order_relaxed))
		task_set(fs, req);
}

struct tasks *tasks_new(void);
void tasks_free(struct tasks *tasks);

#endif
