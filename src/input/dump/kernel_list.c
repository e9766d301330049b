/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Circles are found as Brent does: the mark jumps to where the walk is after 1,
 * 2, 4, 8, ... steps, and a walk that goes round comes back to it.
 */
#include "input/dump/kernel_list.h"

void kernel_list_init(struct kernel_list *l, const struct dump_memory *mem, uint64_t head)
{
	*l = (struct kernel_list){ .mem = mem, .head = head, .node = head, .limit = 1 };
}

bool kernel_list_next(struct kernel_list *l)
{
	uint64_t next;

	if (l->problem)
		return false;
	if (!memory_u64(l->mem, l->node, &next)) {
		l->problem = "cannot be read";
		return false;
	}
	if (next == l->head)
		return false;
	if (next == l->mark) {
		l->problem = "leads back to itself";
		return false;
	}
	if (++l->steps == l->limit) {
		l->mark = next;
		l->steps = 0;
		l->limit *= 2;
	}
	l->node = next;
	return true;
}
