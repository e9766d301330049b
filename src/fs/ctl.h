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

#include "fs/node.h"
#include "show/command.h"

#define CTL_DIRS 8

struct ctl_run {
	struct fs *fs;
	uid_t uid; /* on whose behalf */
	gid_t gid;
	GArray *stale;		     /* struct stale, or NULL: nothing yet */
	struct node *dirs[CTL_DIRS]; /* where entries came or went */
	unsigned nr_dirs;
	char why[128]; /* of a command that failed: more than its errno says, or "" */
};

void ctl_run_init(struct ctl_run *run, struct fs *fs, uid_t uid, gid_t gid);

/* One command, whole or not at all.  0 or -errno, and then run->why. */
int ctl_run(struct ctl_run *run, struct command *c);

/*
 * Tells the kernel what can be told from a request.  What is left for
 * forget_names() is returned, or NULL if there is nothing.
 */
GArray *ctl_run_deinit(struct ctl_run *run);

#endif
