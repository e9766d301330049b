/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ranges of a gap tree in ascending order: along the leaves, which are
 * chained.  A range ends where the gap before the next entry begins.
 */
#include "vmalloc/index/gapnode.h"

void *gaptree_seek(const struct gaptree *t, uint64_t addr, struct gap_cursor *c)
{
	struct gap_pos pos = gap_locate(t, addr < GAPTREE_TOP ? addr + 1 : GAPTREE_TOP);
	const struct gap_entry *e = &pos.node->e[pos.i];

	/* Below its gap: addr is in the range before it, if there is one. */
	if (addr < e->key - e->gap) {
		if (pos.i > 0)
			pos.i--;
		else if (pos.node->prev)
			pos = (struct gap_pos){ pos.node->prev, pos.node->prev->n - 1u };
	}
	*c = (struct gap_cursor){ pos.node, pos.i };
	return pos.node->e[pos.i].ptr;
}

void *gaptree_next(struct gap_cursor *c)
{
	if (++c->i == c->node->n) {
		if (!c->node->next) {
			c->i--;
			return NULL;
		}
		c->node = c->node->next;
		c->i = 0;
		if (c->node->next)
			__builtin_prefetch(c->node->next);
	}
	return c->node->e[c->i].ptr;
}

struct gap_extent gaptree_extent(const struct gap_cursor *c)
{
	struct gap_pos next = gap_pos_next((struct gap_pos){ (struct gap_node *)c->node, c->i });
	const struct gap_entry *e = &next.node->e[next.i];

	return (struct gap_extent){
		.start = c->node->e[c->i].key,
		.end = e->key - e->gap,
		.gap = e->gap,
	};
}
