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
#include "show/growth.h"
#include "show/show.h"
#include <vmallocfs/vmalloc.h>

#define LINE_ROOM (2 * (DEC_MAX + 1) + RANGE_MAX + 1)

struct pooled_record {
	vaddr_t addr;
	uint32_t node;
	uint32_t pages;
};

struct pooled_walk {
	struct records ranges[1]; /* struct pooled_record */
	bool failed;		  /* the host has no memory for all of them */
};

/* The lock is held: this does nothing but copy. */
static void copy_pooled(void *arg, unsigned node, uint64_t pages, vaddr_t addr)
{
	struct pooled_record r = { .addr = addr, .node = node, .pages = (uint32_t)pages };
	struct pooled_walk *w = arg;

	w->failed |= !records_add(w->ranges, &r, sizeof(r));
}

static void put_pooled_line(GString *out, const struct pooled_record *r, unsigned nr_cpus)
{
	char *p = text_room(out, LINE_ROOM);

	if (r->node < nr_cpus)
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

GBytes *show_pools(struct machine *m)
{
	GString *out = g_string_sized_new(2048);
	struct pooled_walk w = { .failed = false };

	w.failed = !records_reserve(w.ranges, MIN(vmalloc_nr_pooled(m), 65536),
				    sizeof(struct pooled_record));
	vmlist_for_each_pooled(m, copy_pooled, &w);
	for (guint i = 0; !w.failed && i < w.ranges->len; i++) {
		w.failed = !text_reserve(out, LINE_ROOM);
		if (!w.failed)
			put_pooled_line(out, &g_array_index(w.ranges, struct pooled_record, i),
					m->nr_cpus);
	}
	records_free(w.ranges);
	return text_finish(out, !w.failed);
}
