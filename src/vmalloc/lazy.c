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
 * 5. Each space has its own limit, max_pages, and a purge for lack of room takes what
 *    waits in the space that lacks it.  Linux has one list for all spaces, and so it is
 *    with the policies of Linux: the limit is for all that waits, and a purge takes it all.
 * 6. In which order ranges are given back, and what goes into pools instead, is
 *    a matter of the policy: generation.c.
 */
#include <string.h>

#include "vmalloc/generation.h"
#include "vmalloc/vmlist.h"

#define RANGES_FIRST 64
#define ALL_SPACES (-1)

static uint64_t purge(struct machine *m, bool for_room, int space);

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

/* The space whose limit a range counts for. */
static enum vm_space_id space_at(const struct machine *m, vaddr_t addr)
{
	return is_in_modules(m, addr) ? VM_SPACE_MODULES : VM_SPACE_VMALLOC;
}

/* The space, or all of them: what is limited and purged together with it. */
static int purged_with(const struct machine *m, enum vm_space_id space)
{
	return vm_policy_is_linux(m->vmlist->tree.policy) ? ALL_SPACES : (int)space;
}

void add_waiting(struct machine *m, const struct lazy_range *r)
{
	struct lazy *l = &m->vmlist->lazy;

	l->range[l->n++] = *r;
	l->nr_pages += r->size >> PAGE_SHIFT;
	l->pages_of[space_at(m, r->addr)] += r->size >> PAGE_SHIFT;
}

/* Purges the space if more waits in it than may. */
static void keep_below_max(struct machine *m, enum vm_space_id space)
{
	const struct lazy *l = &m->vmlist->lazy;
	int with = purged_with(m, space);

	if ((with == ALL_SPACES ? l->nr_pages : l->pages_of[space]) > l->max_pages)
		purge(m, false, with);
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
	add_waiting(m, &(struct lazy_range){ area->addr, area->size, area->pool_node });
	if (history_is_on(&v->history))
		history_freed(m, area, VM_RANGE_WAITS);
	trace_free(m, area->addr, l->nr_pages, l->max_pages);
	keep_below_max(m, space_at(m, area->addr));
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
	add_waiting(m, &(struct lazy_range){ addr, size, 0 }); /* of no pool */
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

/* Those of the space come first; returns how many they are. */
static size_t bring_to_front(const struct machine *m, struct lazy *l, enum vm_space_id space)
{
	size_t n = 0;

	for (size_t i = 0; i < l->n; i++) {
		struct lazy_range r = l->range[i];

		if (space_at(m, r.addr) != space)
			continue;
		l->range[i] = l->range[n];
		l->range[n++] = r;
	}
	return n;
}

static void forget_pages(struct lazy *l, enum vm_space_id space)
{
	l->nr_pages -= l->pages_of[space];
	l->pages_of[space] = 0;
}

/* How many became free, or are in pools from now on. */
static uint64_t purge(struct machine *m, bool for_room, int space)
{
	struct vmlist *v = m->vmlist;
	struct lazy *l = &v->lazy;
	vaddr_t start, end;
	size_t all = l->n;
	size_t n = space == ALL_SPACES ? all : bring_to_front(m, l, (enum vm_space_id)space);
	uint64_t decayed;

	if (!n && !v->pools)
		return 0;
	l->n = n;
	waiting_bounds(l, &start, &end);
	for (size_t i = 0; history_is_on(&v->history) && i < n; i++)
		history_note(m, l->range[i].addr, l->range[i].size, VM_RANGE_WAITS, VM_RANGE_FREE);
	decayed = give_back_waiting(m, for_room);
	if (history_is_on(&v->history)) {
		history_settle(m);
		history_noted(m, VM_EVENT_PURGE);
	}
	l->n = all - n;
	if (l->n)
		memmove(l->range, l->range + n, l->n * sizeof(l->range[0]));
	for (unsigned i = 0; i < NR_VM_SPACES; i++)
		if (space == ALL_SPACES || space == (int)i)
			forget_pages(l, (enum vm_space_id)i);
	if (n)
		flush_tlb_kernel_range(m, start, end);
	if (n || decayed || !for_room) /* Linux traces empty purges, too */
		trace_purge(m, start, end, n);
	vmlist_changed(v);
	return n + decayed;
}

uint64_t purge_locked(struct machine *m)
{
	return purge(m, false, ALL_SPACES);
}

uint64_t purge_for_room(struct machine *m, vaddr_t addr)
{
	return purge(m, true, purged_with(m, space_at(m, addr)));
}

uint64_t purge_all_for_room(struct machine *m)
{
	return purge(m, true, ALL_SPACES);
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
	for (unsigned i = 0; i < NR_VM_SPACES; i++)
		keep_below_max(m, (enum vm_space_id)i);
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
