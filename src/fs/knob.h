/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The files below sys/ that have one value each: further rows for the tree.
 */
#ifndef FS_KNOB_H
#define FS_KNOB_H

#include "fs/node.h"

#define TRACE_EVENT_DIR "sys/kernel/tracing/events/vmalloc/"

extern const struct fixed_file knob_files[];
extern const size_t nr_knob_files;

/*
 * vfree of any address, from outside: a file whose area it is has none
 * afterwards and size 0.  That file goes to ret, held, or NULL if it is no
 * file's: the kernel is to be told.  0, or
 * -EIO if this crashed the machine.
 */
int vfree_by_address(struct fs *fs, vaddr_t addr, struct node **ret);

#endif
