/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Copying all areas while the address space stands still.
 */
#include "show/snapshot.h"

#include "show/show.h"

#define AREAS_FIRST 32 /* room to begin with; a short listing never grows */

/* Called with the lock held, once an area. */
static void copy_area(void *arg, const struct vm_struct *area)
{
	struct snapshot *s = arg;
	struct area_record r = {
		.addr = area->addr,
		.size = area->size,
		.nr_pages = area->nr_pages,
		.nr_lent = area->flags & VM_MAP ? area->pages.capacity : 0,
		.phys_addr = area->phys_addr,
		.flags = area->flags,
		.name = NO_NAME,
		.nodes = NO_NODES,
	};
	const struct vm_struct *owner = area;

	while (owner->array_of) {
		owner = owner->array_of;
		r.depth++;
	}
	r.symbol = owner->flags & VM_SYMBOL;
	r.requested_size = owner->requested_size;
	if (owner->caller && *owner->caller) {
		r.name = s->names->len;
		r.name_len = strlen(owner->caller);
		g_string_append_len(s->names, owner->caller, (gssize)r.name_len);
	}
	if (area->node_pages) {
		r.nodes = s->nodes->len;
		for (unsigned nid = 0; nid < s->nr_nodes; nid++) {
			uint64_t n = area->node_pages[nid];

			g_array_append_val(s->nodes, n);
		}
	}
	g_array_append_val(s->areas, r);
}

static void copy_lazy(void *arg, vaddr_t addr, uint64_t size)
{
	struct snapshot *s = arg;
	struct lazy_record r = { .addr = addr, .size = size };

	g_array_append_val(s->lazy, r);
}

void snapshot_init(struct snapshot *s, struct machine *m)
{
	s->nr_nodes = m->nr_nodes;
	s->areas = g_array_sized_new(FALSE, FALSE, sizeof(struct area_record), AREAS_FIRST);
	s->names = g_string_sized_new(AREAS_FIRST * 16);
	s->nodes = g_array_new(FALSE, FALSE, sizeof(uint64_t));
	s->lazy = g_array_new(FALSE, FALSE, sizeof(struct lazy_record));
	vmlist_for_each_range(m, copy_area, copy_lazy, s);
}

void snapshot_deinit(struct snapshot *s)
{
	g_array_unref(s->areas);
	g_array_unref(s->lazy);
	g_string_free(s->names, TRUE);
	g_array_unref(s->nodes);
}

/*
 * The events only grow, so that no two of them cancel out.  What can also
 * shrink, or change a moment after its event was counted, stands in bits that
 * no count of events reaches.
 */
uint64_t show_generation(struct machine *m)
{
	uint64_t events = vmlist_seq(m) + log_seq(m) + nr_page_events(m);
	uint64_t tables = m->nr_table_frames;
	uint64_t crashed = m->crashed;

	return events ^ tables << 40 ^ crashed << 63;
}
