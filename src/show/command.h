/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The commands of ctl, and of recorded sequences of operations: one a line.
 *
 *	vmalloc NAME SIZE
 *	vfree NAME|ADDR
 *	resize NAME SIZE
 *	get_vm_area NAME SIZE [ALIGN] [START END]
 *	ioremap NAME SIZE
 *	vmap NAME FROM[:PAGE-PAGE] ...
 *	purge
 *	reset
 *	policy NAME
 *
 *	alloc NAME SIZE [OFFSET]	recordings: get_vm_area, and where Linux put it
 *	free NAME
 *
 * Words are separated by blanks and tabs; a name is written as status shows it
 * (\040 for a blank).  Empty lines and lines that start with # say nothing.
 * Numbers are decimal, 0x hexadecimal or octal with a leading 0; a SIZE may end
 * in K, M, G or T.
 *
 * Parsing takes no memory: words are pointers into the line, which is changed.
 */
#ifndef SHOW_COMMAND_H
#define SHOW_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum command_type {
	COMMAND_NONE, /* an empty line or a comment */
	COMMAND_VMALLOC,
	COMMAND_VFREE,
	COMMAND_RESIZE,
	COMMAND_GET_VM_AREA,
	COMMAND_IOREMAP,
	COMMAND_VMAP,
	COMMAND_PURGE,
	COMMAND_RESET,
	COMMAND_POLICY,
	COMMAND_ALLOC,
	COMMAND_FREE,
};

struct command {
	enum command_type type;
	char *name;	/* NUL-terminated, unescaped; of vfree: NULL if it was an address */
	uint64_t addr;	/* of vfree ADDR; of alloc: OFFSET */
	uint64_t size;	/* bytes */
	uint64_t align; /* 0: not given */
	uint64_t start; /* the window, if has_window; end is its last byte */
	uint64_t end;
	bool has_window;
	bool has_offset;
	char *rest; /* of vmap: the sources, for command_next_source() */
};

/* One of the frames' sources of vmap. */
struct command_source {
	char *name;
	uint64_t first; /* pages, both inclusive; 0 and UINT64_MAX if not given */
	uint64_t last;
};

/*
 * Parses a line of `len` bytes, without its newline; line[len] is writable.
 * 0, or -EINVAL, and then *why (static) says what is wrong with it.
 */
int command_parse(char *line, size_t len, struct command *ret, const char **why);

/* 1 and the next source; 0 when there is none left; -EINVAL and *why. */
int command_next_source(struct command *c, struct command_source *ret, const char **why);

#endif
