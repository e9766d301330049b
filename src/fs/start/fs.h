/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A machine as a filesystem: what main() needs to know of it.
 *
 *	struct fs *fs;
 *	fs_create(m, &config, &fs);
 *	se = fuse_session_new(&args, &fs_operations, sizeof(fs_operations), fs);
 *	fuse_session_mount(se, dir);
 *	fuse_daemonize(...);			// forks: no thread exists before
 *	fs_start(fs, se);			// 0 or -errno
 *	loop_run(loop);
 *	fs_stop(fs);				// before the loop ends, if it can be
 *	fuse_session_unmount(se);
 *	fuse_session_destroy(se);
 *	fs_destroy(fs);				// every area that is a file's is freed
 */
#ifndef FS_FS_H
#define FS_FS_H

#define FUSE_USE_VERSION 312

#include <fuse_lowlevel.h>
#include <vmallocfs/machine.h>

struct fs;

struct fs_config {
	uid_t uid; /* owner of the directories and the fixed files */
	gid_t gid;
	bool noatime;	    /* reads leave atime alone */
	unsigned max_read;  /* as the mount has it; 0: no such limit */
	bool nowindows;	    /* nothing but the files of areas, and status */
	uint64_t nr_inodes; /* files that users can make; 0: one for each frame, at least 16,384 */
};

/*
 * The tree with the files that are always there, and those of a layout's areas.  0, or
 * -ENOMEM if there are so many of these that the host's memory would pass its limit.
 */
int fs_create(struct machine *m, const struct fs_config *config, struct fs **ret);

/* Frees all inodes and their areas, names and open files or not. */
void fs_destroy(struct fs *fs);

/*
 * Starts the threads that speak to the kernel through se by themselves: that of
 * coherence.h, that of forget.h, and trace_pipe's.  0 or -errno.
 */
int fs_start(struct fs *fs, struct fuse_session *se);

/*
 * Ends them.  Some may be waiting for the kernel, and the kernel for an
 * answer of ours: so, unless the connection is gone, the loop still has to be
 * running.
 */
void fs_stop(struct fs *fs);

/* The operations of a session; its user data is the struct fs. */
extern const struct fuse_lowlevel_ops fs_operations;

#endif
