/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Running the commands of ctl.
 *
 *	struct ctl_run run;
 *
 *	ctl_run_init(&run, fs, uid, gid);
 *	...
 *		err = ctl_run(&run, &command);		// any number of times
 *	stale = ctl_run_deinit(&run);			// and then answer
 *
 * A run is one write: what its commands did that the kernel does not know of is
 * collected, and told at the end.
 */
#ifndef FS_CTL_H
#define FS_CTL_H

#include "fs/inode/inode.h"
#include "input/command.h"

#define CTL_DIRS 8

struct ctl_run {
	struct fs *fs;
	uid_t uid; /* on whose behalf */
	gid_t gid;
	int cpu;		      /* that its commands run on; -1: the one that the knob says */
	GArray *stale;		      /* struct stale, or NULL: nothing yet */
	struct inode *dirs[CTL_DIRS]; /* where entries came or went */
	unsigned nr_dirs;
	GString *answer; /* of the command that has run last, or NULL or empty: it has none */
	bool asked_help; /* one of its commands was help */
	uint64_t sleep;	 /* nanoseconds that its last command asked for */
	char why[192];	 /* of a command that failed: more than its errno says, or "" */
};

void ctl_run_init(struct ctl_run *run, struct fs *fs, uid_t uid, gid_t gid, int cpu);

/* One command, whole or not at all.  0 or -errno, and then run->why. */
int ctl_run(struct ctl_run *run, struct command *c);

/*
 * Tells the kernel what can be told from a request.  What is left for
 * forget_names() is returned, or NULL if there is nothing.
 */
GArray *ctl_run_deinit(struct ctl_run *run);

/* What the command answers: "LINE: " comes before it, a newline after it. */
__attribute__((format(printf, 2, 3))) void ctl_answer(struct ctl_run *run, const char *fmt, ...);

/* --- what the commands share -------------------------------------------------- */

/* Returns err, and says more of it than errno does. */
__attribute__((format(printf, 3, 4))) int ctl_fail(struct ctl_run *run, int err, const char *fmt,
						   ...);

/*
 * The directory a path leads to, and the name in it.  A path without a
 * directory is in `home`, or the root.  0, -ENOENT, -ENOTDIR, -EINVAL,
 * -ENAMETOOLONG.
 */
int ctl_find_dir(struct ctl_run *run, char *path, const char *home, struct inode **dir,
		 const char **name);

/* The file at a path, held.  Also -EISDIR, and -EPERM for fixed files. */
int ctl_find_file(struct ctl_run *run, char *path, struct inode **ret);

/* Entries came or went there. */
void ctl_dir_changed(struct ctl_run *run, struct inode *dir);

/* ctl_vmap.c: the command vmap, as ctl_run(). */
int ctl_run_vmap(struct ctl_run *run, struct command *c);

/* ctl_cpu.c: the commands of processors and of user maps, as ctl_run(). */
int ctl_run_cpu(struct ctl_run *run, struct command *c);
int ctl_run_remap(struct ctl_run *run, struct command *c);
int ctl_run_unmap(struct ctl_run *run, struct command *c);

#endif
