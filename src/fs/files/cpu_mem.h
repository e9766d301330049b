/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FS_CPU_MEM_H
#define FS_CPU_MEM_H

#include <sys/types.h>
#include <vmallocfs/cpu.h>

/*
 * What a program gets for an access of a processor: the bytes done, or if there were none
 * -EFAULT, -ENOMEM or -EIO.  Logs the fault of a processor, and panics if it has to.
 */
ssize_t cpu_access_result(struct machine *m, size_t done, const struct cpu_fault *f);

#endif
