/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lazy freeing: the pages of a freed area are unmapped at once, its range
 * stays busy for a while.
 *
 *	vfree(B)	[ A  G][.........][ C  G]	the range is still in the index,
 *							 under an item of its own
 *	purge		[ A  G]  hole     [ C  G]	one TLB flush for all that wait
 *
 * Why kernels do it: a processor may still have translations of the old pages
 * in its TLB, and telling all processors to forget them is the expensive part of
 * unmapping.  A range that is not used again yet can wait until one flush does for
 * many.
 *
 * How it works
 *
 * 1. gaptree_replace() gives the range the one item that all waiting ranges
 *    share, lazy.item.  It is no area: it carries VM_UNINITIALIZED, by which all
 *    that walk the index pass over what readers must not see, and
 *    __find_vm_area() does not find it.  Where such a range lies, the index
 *    knows (gaptree_extent).
 * 2. An array has the ranges in the order in which they were freed.  A purge
 *    takes each of them out of the index.
 * 3. Freeing must not fail.  If there is no memory for a longer array, all that
 *    wait are purged, which makes room in the old one; if there is no array at
 *    all, the range is free at once.
 * 4. Nothing waits while max_pages is 0.  So __remove_vm_area() need not ask then
 *    whether what it takes out of the index is an area.  Where there are pools no
 *    range is freed at once: it waits, and with max_pages 0 it is purged right
 *    away, into its pool.
 * 5. In which order ranges are given back, and what goes into pools instead, is
 *    a matter of the policy: generation.c.
 */
#include <string.h>

#include "vmalloc/generation.h"
#include "vmalloc/vmlist.h"

#define RANGES_FIRST 64

void lazy_init(struct lazy *l)
{
	*l = (struct lazy){ .item.flags = VM_UNINITIALIZED | VM_NO_GUARD };
}

void lazy_deinit(struct machine *m, struct lazy *l)
{
	kfree(m, l->range);
	*l = (struct lazy){ .n = 0 };
}

/* Makes room for one range more. Lock held for writing. */
static bool make_lazy_room(struct machine *m, struct lazy *l)
{
	size_t room = l->room ? 2 * l->room : RANGES_FIRST;
	struct lazy_range *range;

	if (l->n < l->room)
		return true;
	range = kmalloc(m, room * sizeof(*range), GFP_KERNEL);
	if (!range) {
		purge_locked(m);
		return l->n < l->room;
	}
	if (l->n)
		memcpy(range, l->range, l->n * sizeof(*range));
	kfree(m, l->range);
	l->range = range;
	l->room = room;
	return true;
}

static void trace_free(struct machine *m, vaddr_t addr, uint64_t nr_lazy, uint64_t max)
{
	uint64_t arg[] = { addr, nr_lazy, max };

	if (trace_wants(m, TRACE_FREE_VMAP_AREA_NOFLUSH))
		trace_event(m, TRACE_FREE_VMAP_AREA_NOFLUSH, arg, 3);
}

static void trace_purge(struct machine *m, vaddr_t start, vaddr_t end, uint64_t n)
{
	uint64_t arg[] = { start, end, n };

	if (trace_wants(m, TRACE_PURGE_VMAP_AREA_LAZY))
		trace_event(m, TRACE_PURGE_VMAP_AREA_LAZY, arg, 3);
}

static __attribute__((noinline)) void trace_freed_at_once(struct machine *m, vaddr_t start,
							  vaddr_t end)
{
	trace_free(m, start, (end - start) >> PAGE_SHIFT, m->vmlist->lazy.max_pages);
	trace_purge(m, start, end, 1);
}

void freed_at_once(struct machine *m, const struct vm_struct *area)
{
	vaddr_t end = area->addr + area->size;

	if (trace_wants(m, TRACE_FREE_VMAP_AREA_NOFLUSH) ||
	    trace_wants(m, TRACE_PURGE_VMAP_AREA_LAZY))
		trace_freed_at_once(m, area->addr, end);
	flush_tlb_kernel_range(m, area->addr, end);
	if (history_is_on(&m->vmlist->history))
		history_freed(m, area, VM_RANGE_FREE);
}

void free_vmap_area_noflush(struct machine *m, const struct vm_struct *area)
{
	struct vmlist *v = m->vmlist;
	struct lazy *l = &v->lazy;

	if (!make_lazy_room(m, l)) {
		gaptree_remove(&v->tree, area->addr);
		freed_at_once(m, area);
		return;
	}
	gaptree_replace(&v->tree, area->addr, &l->item);
	l->range[l->n++] = (struct lazy_range){ area->addr, area->size, area->pool_node };
	l->nr_pages += area->size >> PAGE_SHIFT;
	if (history_is_on(&v->history))
		history_freed(m, area, VM_RANGE_WAITS);
	trace_free(m, area->addr, l->nr_pages, l->max_pages);
	if (l->nr_pages > l->max_pages)
		purge_locked(m);
}

int add_lazy_range(struct machine *m, vaddr_t addr, uint64_t size)
{
	struct vmlist *v = m->vmlist;
	struct lazy *l = &v->lazy;
	uint64_t pages = size >> PAGE_SHIFT;
	size_t waiting = l->n;
	int err;

	/* Nothing waits above the maximum: see 4. */
	if (pages > l->max_pages || l->nr_pages > l->max_pages - pages)
		return -EINVAL;
	if (!make_lazy_room(m, l) || l->n < waiting)
		return -ENOMEM;
	err = gaptree_insert(&v->tree, addr, size, &l->item);
	if (err)
		return err;
	l->range[l->n++] = (struct lazy_range){ addr, size, 0 }; /* of no pool */
	l->nr_pages += pages;
	if (history_is_on(&v->history)) {
		history_note(m, addr, size, VM_RANGE_FREE, VM_RANGE_WAITS);
		history_noted(m, VM_EVENT_HOLD);
	}
	vmlist_changed(v);
	return 0;
}

/* The bounds of all that waits, which are flushed as one. */
static void waiting_bounds(const struct lazy *l, vaddr_t *start, vaddr_t *end)
{
	*start = UINT64_MAX;
	*end = 0;
	for (size_t i = 0; i < l->n; i++) {
		const struct lazy_range *r = &l->range[i];

		if (r->addr < *start)
			*start = r->addr;
		if (r->addr + r->size > *end)
			*end = r->addr + r->size;
	}
}

/* How many became free, or are in pools from now on. */
static uint64_t purge(struct machine *m, bool for_room)
{
	struct vmlist *v = m->vmlist;
	struct lazy *l = &v->lazy;
	vaddr_t start, end;
	size_t n = l->n;
	uint64_t decayed;

	if (!n && !v->pools)
		return 0;
	waiting_bounds(l, &start, &end);
	for (size_t i = 0; history_is_on(&v->history) && i < n; i++)
		history_note(m, l->range[i].addr, l->range[i].size, VM_RANGE_WAITS, VM_RANGE_FREE);
	decayed = give_back_waiting(m, for_room);
	if (history_is_on(&v->history)) {
		history_settle(m);
		history_noted(m, VM_EVENT_PURGE);
	}
	l->n = 0;
	l->nr_pages = 0;
	if (n)
		flush_tlb_kernel_range(m, start, end);
	if (n || decayed || !for_room) /* Linux traces empty purges, too */
		trace_purge(m, start, end, n);
	vmlist_changed(v);
	return n + decayed;
}

uint64_t purge_locked(struct machine *m)
{
	return purge(m, false);
}

uint64_t purge_for_room(struct machine *m)
{
	return purge(m, true);
}

uint64_t purge_vmap_area_lazy(struct machine *m)
{
	uint64_t n;

	vmlist_write_lock(m);
	n = purge_locked(m);
	vmlist_write_unlock(m);
	return n;
}

void follow_ceiling(struct machine *m, enum vm_policy policy)
{
	const struct lazy *l = &m->vmlist->lazy;
	bool today = vm_policy_is_linux(policy) || l->max_pages;

	if (!l->ceiling_is_set)
		m->tlb_single_page_flush_ceiling = today ? LINUX_FLUSH_CEILING : 0;
}

void vmalloc_set_flush_ceiling(struct machine *m, uint64_t pages)
{
	vmlist_write_lock(m);
	m->vmlist->lazy.ceiling_is_set = true;
	m->tlb_single_page_flush_ceiling = pages;
	vmlist_write_unlock(m);
}

void vmalloc_set_lazy_max(struct machine *m, uint64_t pages)
{
	struct lazy *l = &m->vmlist->lazy;

	vmlist_write_lock(m);
	l->max_is_set = true;
	l->max_pages = pages;
	follow_ceiling(m, m->vmlist->tree.policy);
	if (l->nr_pages > pages)
		purge_locked(m);
	vmlist_write_unlock(m);
}

uint64_t vmalloc_lazy_max(const struct machine *m)
{
	return m->vmlist->lazy.max_pages;
}

uint64_t vmalloc_nr_lazy(const struct machine *m)
{
	return m->vmlist->lazy.nr_pages;
}
