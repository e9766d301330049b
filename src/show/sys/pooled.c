/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sys/kernel/mm/vmalloc/pools: the freed ranges that linux-6.12 keeps for the next
 * area of their size, one a line.
 *
 *	0 5 0xffffc90000010000-0xffffc90000015000
 *
 * The node (there are as many as processors), pages, and the range, with one blank
 * between them; by node, then by size, and then in the order in which the pool gives
 * them out.  A range whose node is not known has a - there.
 */
#include "show/digits.h"
#include "show/show.h"
#include <vmallocfs/vmalloc.h>

#define LINE_ROOM (2 * (DEC_MAX + 1) + RANGE_MAX + 1)

struct pooled_record {
	vaddr_t addr;
	uint32_t node;
	uint32_t pages;
};

/* The lock is held: this does nothing but copy. */
static void copy_pooled(void *arg, unsigned node, uint64_t pages, vaddr_t addr)
{
	struct pooled_record r = { .addr = addr, .node = node, .pages = (uint32_t)pages };

	g_array_append_val((GArray *)arg, r);
}

GBytes *show_pools(struct machine *m)
{
	/* A range has a page or more. */
	guint room = (guint)MIN(vmalloc_nr_pooled(m), 65536);
	g_autoptr(GArray) ranges =
		g_array_sized_new(FALSE, FALSE, sizeof(struct pooled_record), room);
	GString *out = g_string_sized_new(2048);

	vmlist_for_each_pooled(m, copy_pooled, ranges);
	for (guint i = 0; i < ranges->len; i++) {
		const struct pooled_record *r = &g_array_index(ranges, struct pooled_record, i);
		char *p = text_room(out, LINE_ROOM);

		if (r->node < m->nr_cpus)
			p = put_dec(p, r->node);
		else
			*p++ = '-';
		*p++ = ' ';
		p = put_dec(p, r->pages);
		*p++ = ' ';
		p = put_range(p, r->addr, (uint64_t)r->pages << PAGE_SHIFT);
		*p++ = '\n';
		text_end(out, p);
	}
	return g_string_free_to_bytes(out);
}
