/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Copying all areas while the address space stands still.
 */
#include <string.h>

#include <vmallocfs/pgtable.h>

#include "show/snapshot.h"

#include "show/counters.h"
#include "show/show.h"
#include "show/proc/zones.h"

#define AREAS_SPARE 32 /* room for areas that are made meanwhile */
#define NAME_GUESS 24  /* bytes of a name, on average; longer ones cost a copy */

/* Appends a name, and where it is to the record. */
static void copy_name(struct snapshot *s, struct area_record *r, const char *name)
{
	size_t len = strlen(name);

	if (!text_reserve(s->names, len)) {
		s->failed = true;
		return;
	}
	r->name = s->names->len;
	r->name_len = len;
	g_string_append_len(s->names, name, (gssize)len);
}

/* The frames that an area has on each node. */
static void copy_nodes(struct snapshot *s, struct area_record *r, const struct vm_struct *area)
{
	r->nodes = s->nodes->len;
	for (unsigned nid = 0; nid < s->nr_nodes; nid++) {
		uint64_t n = area->node_pages[nid];

		s->failed |= !records_add(s->nodes, &n, sizeof(n));
	}
}

static void add_array_entry(struct snapshot *s, uint64_t entry)
{
	s->failed |= !records_add(s->entries, &entry, sizeof(entry));
}

#define ENTRIES_PER_PAGE (PAGE_SIZE / sizeof(uint64_t))

/* The entries of an array that is an area. Zeros where its page is not mapped. */
static void copy_mapped_entries(struct snapshot *s, const struct vm_struct *area)
{
	struct machine *m = s->arrays_of;

	for (uint64_t i = 0; i < area->nr_pages && !s->failed; i += ENTRIES_PER_PAGE) {
		const uint64_t n = MIN(area->nr_pages - i, ENTRIES_PER_PAGE);
		unsigned char *page;
		enum fault fault;

		if (!pgtable_run(m, m->cr3, area->pages.addr + i * sizeof(uint64_t), 1, ACCESS_READ,
				 &page, &fault))
			page = NULL;
		for (uint64_t k = 0; k < n; k++)
			add_array_entry(s, page ? ((const uint64_t *)(const void *)page)[k] : 0);
	}
}

/* Its page array, if debuggers do not find it in the machine. */
static void copy_array_entries(struct snapshot *s, struct area_record *r,
			       const struct vm_struct *area)
{
	const uint64_t *entries = area->pages.capacity == 1 ? &area->pages.only : area->pages.host;

	if (area->pages.addr && !machine_is_32bit(s->arrays_of))
		return;
	r->entries = s->entries->len;
	if (area->pages.addr)
		copy_mapped_entries(s, area);
	else
		for (uint64_t i = 0; i < area->nr_pages; i++)
			add_array_entry(s, entries[i]);
}

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
		.entries = NO_ENTRIES,
		.array = area->pages.addr,
	};
	const struct vm_struct *owner = area;

	while (owner->array_of) {
		owner = owner->array_of;
		r.depth++;
	}
	r.symbol = owner->flags & VM_SYMBOL;
	r.requested_size = owner->requested_size;
	if (owner->caller && *owner->caller)
		copy_name(s, &r, owner->caller);
	if (area->node_pages)
		copy_nodes(s, &r, area);
	if (s->arrays_of && area->nr_pages && area->pages.capacity)
		copy_array_entries(s, &r, area);
	s->failed |= !records_add(s->areas, &r, sizeof(r));
}

static void copy_lazy(void *arg, vaddr_t addr, uint64_t size, bool pooled)
{
	struct snapshot *s = arg;
	struct lazy_record r = { .addr = addr, .size = size, .pooled = pooled };

	s->failed |= !records_add(s->lazy, &r, sizeof(r));
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

static bool reserve_touched(struct records *r, uint64_t n, gsize size)
{
	if (!records_reserve(r, n, size))
		return false;
	touch_pages(r->data, r->room * size);
	return true;
}

/* Makes room for the copies. */
static bool snapshot_reserve(struct snapshot *s, uint64_t areas)
{
	if (!reserve_touched(s->areas, areas, sizeof(struct area_record)) ||
	    !reserve_touched(s->nodes, s->nr_nodes > 1 ? areas * s->nr_nodes : 0,
			     sizeof(uint64_t)) ||
	    !text_reserve(s->names, areas * NAME_GUESS))
		return false;
	touch_pages(s->names->str, s->names->allocated_len);
	return true;
}

static void take_snapshot(struct snapshot *s, struct machine *m, bool arrays)
{
	uint64_t areas = vmlist_count(m);

	*s = (struct snapshot){ .nr_nodes = m->nr_nodes,
				.numa = !machine_is_32bit(m) || m->nr_nodes > 1,
				.names = g_string_new(NULL),
				.arrays_of = arrays ? m : NULL };
	if (snapshot_reserve(s, areas + areas / 64 + AREAS_SPARE))
		vmlist_for_each_range(m, copy_area, copy_lazy, s);
	else
		s->failed = true;
	if (s->failed)
		snapshot_empty(s);
}

void snapshot_init(struct snapshot *s, struct machine *m)
{
	take_snapshot(s, m, false);
}

void snapshot_init_arrays(struct snapshot *s, struct machine *m)
{
	take_snapshot(s, m, true);
}

void snapshot_empty(struct snapshot *s)
{
	records_free(s->areas);
	records_free(s->lazy);
	records_free(s->nodes);
	records_free(s->entries);
}

void snapshot_deinit(struct snapshot *s)
{
	snapshot_empty(s);
	g_string_free(s->names, TRUE);
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
