/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Walking a kernel's linked list in a dump, which may be torn: a list whose
 * end never comes is found out in constant memory, and one that cannot be read
 * to its end is an error, never a shorter list.
 *
 *	struct kernel_list l;
 *
 *	kernel_list_init(&l, mem, head);
 *	while (kernel_list_next(&l))
 *		... l.node ...
 *	if (l.problem) ...
 */
#ifndef INPUT_KERNEL_LIST_H
#define INPUT_KERNEL_LIST_H

#include "input/dump/dump_memory.h"

struct kernel_list {
	const struct dump_memory *mem;
	uint64_t head;
	uint64_t node;	     /* where the list_head of this entry is */
	uint64_t mark;	     /* an entry that was passed; meeting it again means a circle */
	uint64_t steps;	     /* since then */
	uint64_t limit;	     /* after so many steps the mark moves, and the limit doubles */
	const char *problem; /* why the walk ended early, or NULL */
};

void kernel_list_init(struct kernel_list *l, const struct dump_memory *mem, uint64_t head);

/* Goes to the next entry.  False at the end, or if there is a problem. */
bool kernel_list_next(struct kernel_list *l);

#endif
