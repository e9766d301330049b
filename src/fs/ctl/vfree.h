/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vfree of any address, for a line of ctl and for the knob sys/kernel/mm/vmalloc/vfree.
 */
#ifndef FS_VFREE_H
#define FS_VFREE_H

#include <vmallocfs/types.h>

struct fs;
struct inode;

/*
 * A file whose area it is has no area afterwards, and size 0.  That file goes
 * to ret, held, so that the caller can tell the kernel; NULL goes there if the
 * area belonged to no file.  0, or -EIO if this crashed the machine.
 */
int vfree_by_address(struct fs *fs, vaddr_t addr, struct inode **ret);

#endif
