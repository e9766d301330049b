/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of FUSE operations, and the door that each request comes in by.
 *
 * What is not here is left to the kernel: access (default_permissions),
 * copy_file_range (it copies), opendir (directories need no handle).
 */
#include "fs/inode/mount.h"
#include "fs/requests/door.h"
#include "fs/requests/ops.h"
#include "fs/requests/task.h"

static void on_init(void *userdata, struct fuse_conn_info *conn)
{
	const struct fs *fs = userdata;

	conn->max_read = fs->config.max_read; /* libfuse insists on hearing it twice */
	/*
	 * Pages of *_user files change without the kernel's knowledge only where
	 * coherence.c says so; a new mtime alone is no reason to drop them.
	 */
	conn->want &= ~(unsigned)FUSE_CAP_AUTO_INVAL_DATA;
	/* We clear setuid bits: writes with direct I/O leave it to us anyway. */
	conn->want |= conn->capable & FUSE_CAP_HANDLE_KILLPRIV;
}

#define DOOR(name, params, args, note)                                                             \
	static void door_##name params                                                             \
	{                                                                                          \
		struct fs *fs = op_fs(req);                                                        \
                                                                                                   \
		fs_enter(fs);                                                                      \
		note;                                                                              \
		op_##name args;                                                                    \
		fs_leave(fs);                                                                      \
	}
#define LOOKING_DOOR(name, params, args) DOOR(name, params, args, (void)0)
#define CHANGING_DOOR(name, params, args) DOOR(name, params, args, task_of(fs, req))
LOOKING_OPERATIONS(LOOKING_DOOR)
CHANGING_OPERATIONS(CHANGING_DOOR)

#define ROW(name, params, args) .name = door_##name,
const struct fuse_lowlevel_ops fs_operations = { .init = on_init, OPERATIONS(ROW) };
