/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a resize does, decided before anything is done.  The rules of vresize()
 * stand here and nowhere else: vresize() and vm_resize_range() carry a plan out,
 * and a replay of a trace takes its page arrays from one.
 */
#include "vmalloc/resize.h"

void vm_plan_array(struct vm_resize_plan *plan, uint64_t capacity, bool is_area)
{
	plan->array = VM_ARRAY_STAYS;
	plan->capacity = capacity;
	plan->least = capacity;
	if (plan->new_pages > capacity) {
		plan->array = VM_ARRAY_GROWS;
		plan->least = plan->new_pages;
		plan->capacity = plan->new_pages;
		if (capacity <= UINT64_MAX / 2 && plan->new_pages < 2 * capacity)
			plan->capacity = 2 * capacity;
	} else if (plan->new_pages < plan->old_pages && is_area &&
		   !vm_array_area_size(plan->new_pages)) {
		plan->array = VM_ARRAY_SHRINKS;
		plan->capacity = plan->new_pages;
	}
}

/* Bytes that the range at addr could have once nothing waits to be purged. */
static uint64_t room_after_purge(const struct vmlist *v, vaddr_t addr)
{
	struct gap_cursor c;
	struct gap_extent e;

	gaptree_seek(&v->tree, addr, &c);
	e = gaptree_extent(&c);
	while (is_freed(v, gaptree_next(&c)))
		e = gaptree_extent(&c);
	return e.end + e.gap - addr;
}

enum vm_resize_place plan_place(struct machine *m, const struct vm_struct *area, uint64_t full)
{
	const struct vmlist *v = m->vmlist;
	struct gap_cursor c;
	struct gap_extent e;
	struct vm_space home;
	vaddr_t place;

	if (full <= area->size)
		return VM_RESIZE_IN_PLACE;
	home_space(m, area->addr, &home);
	/* An area that was put beyond the window has only its gap to respect. */
	if (area->addr <= home.last && full > home.last - area->addr)
		return VM_RESIZE_MOVES;
	gaptree_seek(&v->tree, area->addr, &c);
	e = gaptree_extent(&c);
	if (full <= e.end - e.start + e.gap)
		return VM_RESIZE_IN_PLACE;
	if ((!v->lazy.n && !v->pools) || full > room_after_purge(v, area->addr))
		return VM_RESIZE_MOVES;
	/* A purge is due only where nothing fits without it. */
	return gaptree_search(&v->tree, full, PAGE_SIZE, home.start, home.last, &place)
		       ? VM_RESIZE_MOVES
		       : VM_RESIZE_PURGES;
}

/* An area that vmalloc made, whole.  Lock held. */
struct vm_struct *find_resizable(struct machine *m, vaddr_t addr)
{
	struct vm_struct *area = __find_vm_area(m, addr);

	if (!area || area->flags & VM_UNINITIALIZED || !(area->flags & VM_ALLOC) ||
	    area->array_of || area->flags & VM_SYMBOL)
		return NULL;
	if (!area->nr_pages || area->size != (area->nr_pages << PAGE_SHIFT) + PAGE_SIZE)
		return NULL;
	return area;
}

int vm_plan_resize(struct machine *m, vaddr_t addr, uint64_t size, struct vm_resize_plan *ret)
{
	const struct vm_struct *area;
	int err = -EINVAL;

	vmlist_read_lock(m);
	area = size ? find_resizable(m, addr) : NULL;
	if (area) {
		ret->old_pages = area->nr_pages;
		ret->new_pages = size_to_pages(size);
		err = ret->new_pages && ret->new_pages <= m->nr_frames ? 0 : -ENOMEM;
	}
	if (!err) {
		vm_plan_array(ret, area->pages.capacity, area->pages.addr);
		ret->place = plan_place(m, area, (ret->new_pages << PAGE_SHIFT) + PAGE_SIZE);
	}
	vmlist_read_unlock(m);
	return err;
}
