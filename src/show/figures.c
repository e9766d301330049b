/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Adding up a snapshot: one pass over areas and lazy ranges in ascending order,
 * with a cursor at the end of what is taken so far.
 */
#include "show/figures.h"

struct figures_walk {
	struct figures *f;
	const struct machine *m;
	struct vm_space space;
	vaddr_t cursor;
	uint64_t unusable_below; /* bytes of a hole */
	bool first;		 /* nothing taken so far */
};

/* Counts the hole between the cursor and end. */
static void count_hole(struct figures_walk *w, vaddr_t end, bool in_span)
{
	struct figures *f = w->f;
	vaddr_t start = w->cursor;
	uint64_t size = end - start;

	f->holes++;
	f->free += size;
	if (size < w->unusable_below) {
		f->unusable += size;
		f->unusable_holes++;
	}
	if (size > f->largest_hole) {
		f->largest_hole = size;
		f->largest_at = start;
	}
	if (in_span) {
		f->span_free += size;
		if (size > f->span_largest)
			f->span_largest = size;
	}
}

/*
 * What was device memory on another machine may be RAM on this one.  A restored
 * layout does not map it then.
 */
uint64_t area_mapped(const struct area_record *a, const struct machine *m)
{
	uint64_t payload = a->size - record_guard(a);
	paddr_t phys = a->phys_addr & PAGE_MASK;

	if (a->flags & VM_IOREMAP && a->flags & VM_LENT)
		return payload;
	if (!(a->flags & VM_IOREMAP))
		return (a->nr_pages ? a->nr_pages : a->nr_lent) << PAGE_SHIFT;
	return phys >= m->ram_size && phys < PHYS_END && payload <= PHYS_END - phys ? payload : 0;
}

/* Counts the hole before a range, and moves past the range. False if it is not in the window. */
static bool count_range(struct figures_walk *w, vaddr_t addr, uint64_t size)
{
	vaddr_t last = addr + size - 1; /* an area may end at 2^64 */

	if (last < w->space.start || addr >= w->space.end)
		return false;
	if (addr > w->cursor)
		count_hole(w, addr, !w->first);
	w->cursor = last + 1;
	w->first = false;
	return true;
}

static void take_area(struct figures_walk *w, const struct area_record *a)
{
	uint64_t mapped = area_mapped(a, w->m);
	uint64_t guard = record_guard(a);

	if (!count_range(w, a->addr, a->size))
		return;
	w->f->areas++;
	w->f->mapped += mapped;
	w->f->guards += guard;
	w->f->unmapped += a->size - guard - mapped;
}

static void take_lazy(struct figures_walk *w, const struct lazy_record *r)
{
	if (!count_range(w, r->addr, r->size))
		return;
	if (r->pooled) {
		w->f->pooled += r->size;
		w->f->pooled_ranges++;
	} else {
		w->f->lazy += r->size;
		w->f->lazy_ranges++;
	}
}

void figures_of_space(struct figures *f, const struct snapshot *s, const struct machine *m,
		      enum vm_space_id id)
{
	struct figures_walk w = {
		.f = f,
		.m = m,
		.unusable_below = vmalloc_unusable_below(m),
		.first = true,
	};
	guint lazy = 0;

	*f = (struct figures){ .unusable_pages = vmalloc_unusable_pages(m) };
	vm_space(m, id, &w.space);
	w.cursor = w.space.start;
	for (guint i = 0; i < s->areas->len; i++) {
		const struct area_record *a = snapshot_area(s, i);

		while (lazy < s->lazy->len && snapshot_lazy(s, lazy)->addr < a->addr)
			take_lazy(&w, snapshot_lazy(s, lazy++));
		take_area(&w, a);
	}
	while (lazy < s->lazy->len)
		take_lazy(&w, snapshot_lazy(s, lazy++));
	/* Nothing is given out from there on; no area in the window begins above it. */
	if (w.cursor < w.space.usable_end)
		count_hole(&w, w.space.usable_end, false);
}

void figures_compute(struct figures *f, const struct snapshot *s, const struct machine *m)
{
	figures_of_space(f, s, m, VM_SPACE_VMALLOC);
	f->areas = s->areas->len;
	for (guint i = 0; i < s->areas->len; i++) {
		const struct area_record *a = snapshot_area(s, i);

		f->outside += vm_space_of(m, a->addr, a->size) == VM_OUTSIDE;
	}
}

unsigned fragmentation(uint64_t largest, uint64_t free)
{
	if (!free)
		return 0;
	return (unsigned)((double)(free - largest) / (double)free * 10000 + 0.5);
}

unsigned unusable_share(uint64_t part, uint64_t free)
{
	return free ? (unsigned)((double)part / (double)free * 10000 + 0.5) : 0;
}
