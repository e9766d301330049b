/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A machine that begins with another one's areas: `-o load=FILE`.
 */
#ifndef INPUT_LOAD_H
#define INPUT_LOAD_H

#include <vmallocfs/machine.h>

/*
 * Gives a machine that has no areas yet the layout of a saved vmallocinfo of
 * any kernel version.  0 or -errno; then *error is one line without newline
 * that says what is wrong, where, and what to do (for g_free), and the machine
 * has no areas.  What was left out is told in the machine's log.
 *
 *	-ENOENT, -EACCES, ...	the file cannot be read
 *	-EINVAL			it is no vmallocinfo, or one that cannot be
 *	-ENOMEM			the machine has too few frames, or the host no memory
 *	-EEXIST			the machine already has an area there
 */
int load_file(struct machine *m, const char *path, char **error);

#endif
