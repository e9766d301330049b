/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the tables of the tree say of a directory and of a file that is always
 * there.  tree.c has the tables.  A kind of fixed file that needs more than
 * this has a row type of its own, which begins with a struct fixed_file
 * (text.h, knob.h).
 */
#ifndef FS_ROWS_H
#define FS_ROWS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <vmallocfs/types.h>

struct file_ops;
struct machine;

/* What a directory holds: one row of the table in tree.c. */
struct dir_kind {
	const char *path; /* below the mount, "" for the root */
	mode_t mode;	  /* permission bits; 0: 0755 */
	/*
	 * The allocator of its files: one of the two, or neither where files
	 * come into being in another way.
	 */
	vaddr_t (*alloc)(struct machine *m, uint64_t size, const char *caller);
	vaddr_t (*alloc_node)(struct machine *m, uint64_t size, int node, const char *caller);
	const struct file_ops *ops; /* of its files; NULL: no file can be made */
	bool link_only;		    /* files come from link(2) alone */
	bool fixed_names;	    /* its files came with the machine and keep their names */
	bool each_node;		    /* stands for PATH/0, PATH/1, ...: a row for each NUMA node */
};

/* A file that is always there. */
struct fixed_file {
	const char *path; /* below the mount */
	mode_t mode;	  /* permission bits */
	const struct file_ops *ops;
};

#endif
