/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Adding up a snapshot: one pass over the areas in ascending order, with a
 * cursor at the end of what is taken so far.
 */
#include "show/figures.h"

static void add_hole(struct figures *f, vaddr_t start, vaddr_t end, bool in_span)
{
	uint64_t size = end - start;

	f->holes++;
	f->free += size;
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
 * What was device memory to another machine may be RAM here, and is not mapped
 * then when its layout is restored.
 */
uint64_t area_mapped(const struct area_record *a, const struct machine *m)
{
	uint64_t payload = a->size - area_guard(a);
	paddr_t phys = a->phys_addr & PAGE_MASK;

	if (!(a->flags & VM_IOREMAP))
		return (a->nr_pages ? a->nr_pages : a->nr_lent) << PAGE_SHIFT;
	return phys >= m->ram_size && phys < PHYS_END && payload <= PHYS_END - phys ? payload : 0;
}

void figures_compute(struct figures *f, const struct snapshot *s, const struct machine *m)
{
	/* Of what can be given out; no area in the window begins above it. */
	vaddr_t end = m->vmalloc_end + 1 - PAGE_SIZE;
	vaddr_t cursor = m->vmalloc_start;
	bool first = true;

	*f = (struct figures){ .areas = s->areas->len };
	for (guint i = 0; i < s->areas->len; i++) {
		const struct area_record *a = snapshot_area(s, i);
		vaddr_t last = a->addr + a->size - 1; /* an area may end at 2^64 */
		uint64_t mapped, guard;

		if (last < m->vmalloc_start || a->addr > m->vmalloc_end) {
			f->outside++;
			continue;
		}
		mapped = area_mapped(a, m);
		guard = area_guard(a);
		f->mapped += mapped;
		f->guards += guard;
		f->unmapped += a->size - guard - mapped;

		if (a->addr > cursor)
			add_hole(f, cursor, a->addr, !first);
		cursor = last + 1;
		first = false;
	}
	if (cursor < end)
		add_hole(f, cursor, end, false);
}

unsigned fragmentation(uint64_t largest, uint64_t free)
{
	if (!free)
		return 0;
	return (unsigned)((double)(free - largest) / (double)free * 10000 + 0.5);
}
