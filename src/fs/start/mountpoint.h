/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether something can be mounted on a directory.
 */
#ifndef FS_MOUNTPOINT_H
#define FS_MOUNTPOINT_H

#include <stdbool.h>

/*
 * NULL if dir can be mounted on, else one line without newline that says why
 * not and what to do, for g_free: it is no directory, it is not empty or a
 * mountpoint already (unless nonempty), or FUSE cannot be used.
 */
char *mountpoint_check(const char *dir, bool nonempty);

#endif
