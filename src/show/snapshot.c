/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Copying all areas while the address space stands still.
 */
#include <string.h>

#include "show/snapshot.h"

#include "show/counters.h"
#include "show/show.h"
#include "show/proc/zones.h"

#define AREAS_SPARE 32 /* room for areas that are made meanwhile */
#define NAME_GUESS 24  /* bytes of a name, on average; longer ones cost a copy */

/* Called with the lock held, once for each area. */
static void copy_area(void *arg, const struct vm_struct *area)
{
	struct snapshot *s = arg;
	struct area_record r = {
		.addr = area->addr,
		.size = area->size,
		.nr_pages = area->nr_pages,
		.nr_lent = area->flags & (VM_MAP | VM_LENT) ? area->pages.capacity : 0,
		.phys_addr = area->phys_addr,
		.flags = area->flags,
		.name = NO_NAME,
		.nodes = NO_NODES,
		.array = area->pages.addr,
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
	if (s->entries && area->nr_pages && area->pages.capacity && !area->pages.addr) {
		const uint64_t *entries =
			area->pages.capacity == 1 ? &area->pages.only : area->pages.host;

		r.entries = s->entries->len;
		g_array_append_vals(s->entries, entries, (guint)area->nr_pages);
	}
	g_array_append_val(s->areas, r);
}

static void copy_lazy(void *arg, vaddr_t addr, uint64_t size, bool pooled)
{
	struct snapshot *s = arg;
	struct lazy_record r = { .addr = addr, .size = size, .pooled = pooled };

	g_array_append_val(s->lazy, r);
}

/*
 * Writers wait while the areas are copied.  So the memory for the copies is
 * allocated and touched before the lock is taken.
 */
static void touch_pages(void *data, gsize size)
{
	volatile char *p = data;

	for (gsize i = 0; i < size; i += PAGE_SIZE)
		p[i] = 0;
}

static GArray *new_touched_array(guint element_size, uint64_t room)
{
	GArray *array = g_array_sized_new(FALSE, FALSE, element_size, (guint)room);

	touch_pages(array->data, room * element_size);
	return array;
}

static void take_snapshot(struct snapshot *s, struct machine *m)
{
	uint64_t room;

	s->nr_nodes = m->nr_nodes;
	room = vmlist_count(m);
	room += room / 64 + AREAS_SPARE;
	s->areas = new_touched_array(sizeof(struct area_record), room);
	s->names = g_string_sized_new(room * NAME_GUESS);
	touch_pages(s->names->str, s->names->allocated_len);
	s->nodes = new_touched_array(sizeof(uint64_t), s->nr_nodes > 1 ? room * s->nr_nodes : 0);
	s->lazy = new_touched_array(sizeof(struct lazy_record), 0);
	vmlist_for_each_range(m, copy_area, copy_lazy, s);
}

void snapshot_init(struct snapshot *s, struct machine *m)
{
	s->entries = NULL;
	take_snapshot(s, m);
}

void snapshot_init_arrays(struct snapshot *s, struct machine *m)
{
	s->entries = new_touched_array(sizeof(uint64_t), 0);
	take_snapshot(s, m);
}

void snapshot_deinit(struct snapshot *s)
{
	g_array_unref(s->areas);
	g_array_unref(s->lazy);
	g_string_free(s->names, TRUE);
	g_array_unref(s->nodes);
	g_clear_pointer(&s->entries, g_array_unref);
}

struct show_generation show_generation_now(struct machine *m)
{
	return (struct show_generation){
		.areas = vmlist_seq(m),
		.log_records = log_seq(m),
		.page_events = nr_page_events(m),
		.table_frames = m->nr_table_frames,
		.crashed = m->crashed,
		.host_used = m->host_used,
		.counters = counters_sum(m),
		.stale = cpus_stale(m),
	};
}

bool show_changed_since(struct machine *m, const struct show_generation *seen)
{
	struct show_generation now = show_generation_now(m);

	return memcmp(&now, seen, sizeof(now)) != 0;
}

/* A hash of all counts and their places, so that a frame which moves changes it. */
uint64_t show_zones_state(struct machine *m)
{
	struct zone_info z;
	uint64_t state = 0;

	for (unsigned i = 0; i < nr_zones(m); i++) {
		if (!zone_by_number(m, i, &z))
			continue;
		state = (state ^ z.pcp) * UINT64_C(0x9e3779b97f4a7c15);
		for (unsigned order = 0; order < MAX_ORDER; order++)
			state = (state ^ z.nr_free[order]) * UINT64_C(0x9e3779b97f4a7c15);
	}
	return state;
}
