/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Knobs: the files below sys/ and proc/sys/ that have one value each.  A knob is one of five
 * kinds, and each kind has rows of its own:
 *
 *	member_row	the value is a member of struct machine
 *	fault_row	the value is kept by fault injection, for one kind of call
 *	call_row	functions read and write it
 *	event_row	it switches events of tracing on and off
 *	tlb_row		it is a part of the shape of the TLBs
 */
#ifndef FS_KNOB_H
#define FS_KNOB_H

#include <glib.h>

#include "fs/inode/rows.h"
#include <vmallocfs/cpu.h>

#define TRACE_EVENT_DIR "sys/kernel/tracing/events/vmalloc/"

struct fs;
struct knob_row;

/*
 * How the rows of one kind are read and written.  The mode of a file says which
 * of the two is possible.
 */
struct knob_kind {
	/* Appends the value and a newline. */
	void (*get)(struct fs *fs, const struct knob_row *row, GString *out);
	/* 0, -EINVAL, -EIO, -ENOMEM. */
	int (*set)(struct fs *fs, const struct knob_row *row, const char *text);
};

/* What all rows begin with. */
struct knob_row {
	struct fixed_file file;
	const struct knob_kind *kind;
};

/* How a member of one type is read and written: knob_member.c. */
struct member_type {
	void (*get)(const void *member, GString *out);
	int (*set)(void *member, const char *text);
};

struct member_row {
	struct knob_row knob;
	const struct member_type *type;
	size_t offset; /* of the member in struct machine */
};

struct fault_row {
	struct knob_row knob;
	void (*get)(const struct fault_attr *attr, GString *out);
	int (*set)(struct machine *m, struct fault_attr *attr, const char *text);
	size_t offset; /* of the struct fault_attr in struct machine */
};

struct call_row {
	struct knob_row knob;
	void (*get)(struct fs *fs, GString *out);
	int (*set)(struct fs *fs, const char *text);
};

struct event_row {
	struct knob_row knob;
	enum trace_type first; /* the events that it switches */
	enum trace_type last;
};

struct tlb_row {
	struct knob_row knob;
	enum tlb_size size; /* of the pages */
	bool ways;	    /* else sets */
};

/* Calls `visit` with each knob of each kind; false at the first for which it is false. */
bool knobs_for_each(bool (*visit)(struct fs *fs, const struct fixed_file *file), struct fs *fs);

/*
 * The name of a knob: its path below sys/kernel/mm/vmalloc, sys/kernel/debug or
 * sys/kernel/tracing, such as "policy" or "failslab/times".  And the knob that has a
 * name; NULL: there is none.
 */
const char *knob_name(const char *path);
const struct knob_row *knob_by_name(const char *name);

extern const struct knob_kind member_kind; /* knob_member.c */
extern const struct knob_kind fault_kind;  /* knob_fault.c */
extern const struct knob_kind call_kind;   /* knob_call.c */
extern const struct knob_kind event_kind;  /* knob_call.c */
extern const struct knob_kind tlb_kind;	   /* knob_tlb.c */

extern const struct member_type member_ulong;
extern const struct member_type member_hex;
extern const struct member_type member_u32;
extern const struct member_type member_int;
extern const struct member_type member_yes_no;
extern const struct member_type member_0_1;
extern const struct member_type member_depth;
extern const struct member_type member_counter;

extern const struct fault_row fault_rows[];
extern const size_t nr_fault_rows;
extern const struct call_row call_rows[];
extern const size_t nr_call_rows;
extern const struct event_row event_rows[];
extern const size_t nr_event_rows;
extern const struct tlb_row tlb_rows[];
extern const size_t nr_tlb_rows;

#endif
