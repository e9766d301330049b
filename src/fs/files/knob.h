/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The files below sys/ that have one value each: further rows for the tree.
 */
#ifndef FS_KNOB_H
#define FS_KNOB_H

#include "fs/inode/inode.h"

#define TRACE_EVENT_DIR "sys/kernel/tracing/events/vmalloc/"

/* How such a value is read and written: knob_value.c. */
struct knob_type {
	/* Appends the value and a newline. NULL: cannot be read. */
	void (*get)(struct fs *fs, size_t field, GString *out);
	/* 0, -EINVAL, -EIO, -ENOMEM. NULL: cannot be written. */
	int (*set)(struct fs *fs, size_t field, const char *text);
};

extern const struct knob_type knob_ulong;
extern const struct knob_type knob_hex;
extern const struct knob_type knob_u32;
extern const struct knob_type knob_int;
extern const struct knob_type knob_yes_no;
extern const struct knob_type knob_0_1;
extern const struct knob_type knob_depth;
extern const struct knob_type knob_probability;
extern const struct knob_type knob_nth;
extern const struct knob_type knob_counter;
extern const struct knob_type knob_check;
extern const struct knob_type knob_lazy_max;
extern const struct knob_type knob_nr_lazy;
extern const struct knob_type knob_purge;
extern const struct knob_type knob_map_width;
extern const struct knob_type knob_map_ascii;
extern const struct knob_type knob_tracing_on;
extern const struct knob_type knob_trace_enable;
extern const struct knob_type knob_vfree;
extern const struct knob_type knob_policy;

extern const struct fixed_file knob_files[];
extern const size_t nr_knob_files;

/*
 * vfree of any address, from outside: a file whose area it is has none
 * afterwards and size 0.  That file goes to ret, held, or NULL if it is no
 * file's: the kernel is to be told.  0, or -EIO if this crashed the machine.
 */
int vfree_by_address(struct fs *fs, vaddr_t addr, struct inode **ret);

#endif
