/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How much of the host's memory a machine may take by default.
 */
#ifndef FS_HOSTLIMIT_H
#define FS_HOSTLIMIT_H

#include <stdint.h>

/*
 * Bytes: seven eighths of what the host can spare now, which is the least of
 * MemAvailable in PROC/meminfo and what is left of each memory cgroup that
 * PROC/self/cgroup names, and of the cgroups around it, below CGROUP.  The rest is
 * for the program itself.  0 if the host does not say.
 */
uint64_t host_limit_default(const char *proc, const char *cgroup);

#endif
