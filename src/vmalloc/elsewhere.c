/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Following another machine, step by step.
 *
 * A policy is judged by what it does next, in the very state that the other
 * machine was in.  If it were left to go its own way, the first area that it
 * places elsewhere would move most of those that come after it.  So the policy
 * is asked, and then the area goes where it was:
 *
 *	there	[ A ][ B ]    [ C ]	C was put here
 *	here	[ A ][ B ]		asked: right after B.  Noted, and then:
 *		[ A ][ B ]    [ C ]
 *
 * Asking changes nothing.  Cutting a range out of the kernel's tree and giving it
 * back would leave a tree of another shape.
 */
#include <errno.h>

#include "vmalloc/generation.h"
#include "vmalloc/vmlist.h"

static uint64_t follow_align(const struct vm_follow *f)
{
	return f->align < PAGE_SIZE ? PAGE_SIZE : f->align;
}

/* The range at the front of the pool that the kernel looks at first.  Lock held. */
static bool front_range(struct machine *m, const struct vm_follow *f, vaddr_t *ret)
{
	const struct pools *p = m->vmlist->pools;
	uint16_t node = p ? pool_node_for(m, f->start, f->end) : 0;

	return node && f->size && pools_front(p, node - 1, f->size >> PAGE_SHIFT, ret);
}

static void ask_policy(struct machine *m, struct vm_follow *f)
{
	vaddr_t front;

	f->from_pool = front_range(m, f, &front) && !(front & (follow_align(f) - 1));
	if (f->from_pool)
		f->said = front;
	else if (!gaptree_search(&m->vmlist->tree, f->size, follow_align(f), f->start, f->end,
				 &f->said))
		f->said = 0;
}

/* Out of whichever pool it is in. */
static void leave_pool(struct vmlist *v, vaddr_t addr, uint64_t size)
{
	for (unsigned node = 0; v->pools && node <= v->pools->nr_nodes; node++)
		if (pools_remove(v->pools, node, size >> PAGE_SHIFT, addr))
			return;
}

/* The item of the range that meets [addr, addr + size), the lowest, and its bounds; or NULL. */
static void *range_met_by(struct vmlist *v, vaddr_t addr, uint64_t size, struct gap_extent *ret)
{
	struct gap_cursor c;
	void *item = gaptree_seek(&v->tree, addr, &c);

	if (!item)
		return NULL;
	*ret = gaptree_extent(&c);
	return ret->start < addr + size ? item : NULL;
}

static int follow_put_area(struct machine *m, const struct vm_follow *f, struct vm_struct *area)
{
	struct vmlist *v = m->vmlist;
	enum vm_range_kind was = VM_RANGE_FREE;
	struct gap_extent e;
	vaddr_t front;
	int err = 0;

	/* The kernel has looked at the front range, and put it last if it is misaligned. */
	if (front_range(m, f, &front) && front & (follow_align(f) - 1))
		pools_rotate(v->pools, pool_node_for(m, f->start, f->end) - 1,
			     f->size >> PAGE_SHIFT);
	if (is_pooled(v, range_met_by(v, f->addr, f->size, &e)) && e.start == f->addr &&
	    e.end - e.start == f->size) {
		leave_pool(v, f->addr, f->size);
		gaptree_replace(&v->tree, f->addr, area);
		was = VM_RANGE_POOLED;
	} else {
		err = gaptree_insert(&v->tree, f->addr, f->size, area);
	}
	if (err)
		return err == -EBUSY ? -EEXIST : err;
	v->tree.placed_end = f->addr + f->size;
	area->pool_node = v->pools ? pool_node_for(m, f->start, f->end) : 0;
	area->addr = f->addr;
	area->size = f->size;
	area->requested_size = f->size - area_guard(area);
	tag_area(v, area);
	vmlist_changed(v);
	if (history_is_on(&v->history))
		history_placed(m, area, NULL, f->align, was);
	return 0;
}

/* Lock held for writing. */
static int follow_put_locked(struct machine *m, const struct vm_follow *f)
{
	struct vm_struct *area = new_vm_struct(m, f->flags, NUMA_NO_NODE, NULL);
	int err = area ? follow_put_area(m, f, area) : -ENOMEM;

	if (err)
		free_vm_struct(m, area);
	return err;
}

int vm_follow(struct machine *m, struct vm_follow *f)
{
	int err = -EAGAIN;

	vmlist_write_lock(m);
	ask_policy(m, f);
	if (f->said && f->said == f->addr)
		err = follow_put_locked(m, f);
	vmlist_write_unlock(m);
	return err;
}

void vm_follow_ask(struct machine *m, struct vm_follow *f)
{
	vmlist_read_lock(m);
	ask_policy(m, f);
	vmlist_read_unlock(m);
}

int vm_follow_put(struct machine *m, const struct vm_follow *f)
{
	int err;

	vmlist_write_lock(m);
	err = follow_put_locked(m, f);
	vmlist_write_unlock(m);
	return err;
}

/* True if a range of that size at addr is in the pool of ranges whose node is not known. */
static bool owner_unknown(const struct vmlist *v, vaddr_t addr, uint64_t size)
{
	const struct pools *p = v->pools;
	uint64_t pages = size >> PAGE_SHIFT;

	if (!p || pages > POOL_PAGES_MAX)
		return false;
	for (uint32_t i = 0; i < pools_length(p, p->nr_nodes, pages); i++)
		if (pools_at(p, p->nr_nodes, pages, i) == addr)
			return true;
	return false;
}

static enum vm_follow_state follow_state_of(struct vmlist *v, vaddr_t addr, uint64_t size)
{
	struct gap_extent e;
	void *item = range_met_by(v, addr, size, &e);

	if (!item)
		return VM_FOLLOW_FREE;
	if (is_pooled(v, item) && e.start == addr && e.end - e.start == size)
		return owner_unknown(v, addr, size) ? VM_FOLLOW_UNKNOWN : VM_FOLLOW_POOLED;
	for (; item;
	     item = e.end < addr + size ? range_met_by(v, e.end, addr + size - e.end, &e) : NULL)
		if (is_lazy(v, item))
			return VM_FOLLOW_WAITS;
	return VM_FOLLOW_BUSY;
}

enum vm_follow_state vm_follow_look(struct machine *m, vaddr_t addr, uint64_t size)
{
	enum vm_follow_state state;

	vmlist_read_lock(m);
	state = follow_state_of(m->vmlist, addr, size);
	vmlist_read_unlock(m);
	return state;
}

/* For the history. Lock held for writing. */
static void note_cleared(struct machine *m, void *item, const struct gap_extent *e)
{
	struct vmlist *v = m->vmlist;

	if (is_freed(v, item))
		history_note(m, e->start, e->end - e->start,
			     is_pooled(v, item) ? VM_RANGE_POOLED : VM_RANGE_WAITS, VM_RANGE_FREE);
	else
		history_freed(m, item, VM_RANGE_FREE);
}

void vm_follow_clear(struct machine *m, vaddr_t addr, uint64_t size)
{
	struct vmlist *v = m->vmlist;
	struct gap_extent e;
	void *item;

	vmlist_write_lock(m);
	if (follow_state_of(v, addr, size) == VM_FOLLOW_WAITS)
		purge_locked(m);
	while ((item = range_met_by(v, addr, size, &e))) {
		gaptree_remove(&v->tree, e.start);
		if (history_is_on(&v->history))
			note_cleared(m, item, &e);
		if (is_pooled(v, item))
			leave_pool(v, e.start, e.end - e.start);
		else if (!is_freed(v, item))
			free_vm_struct(m, item); /* its array, if any, is not on the way */
	}
	if (history_is_on(&v->history))
		history_noted(m, VM_EVENT_PURGE);
	vmlist_changed(v);
	vmlist_write_unlock(m);
}

int vm_follow_hold(struct machine *m, vaddr_t addr, uint64_t size)
{
	const struct vm_restore area = {
		.addr = addr,
		.size = size,
		.flags = VM_MAP_RAM | VM_NO_GUARD,
	};
	struct vmlist *v = m->vmlist;
	int err;

	if (!v->pools || size >> PAGE_SHIFT > POOL_PAGES_MAX)
		return vm_restore_area(m, &area);
	vmlist_write_lock(m);
	err = gaptree_insert(&v->tree, addr, size, &v->pooled_item);
	if (!err) {
		err = pools_put(v->pools, v->pools->nr_nodes, size >> PAGE_SHIFT, addr);
		if (err)
			gaptree_remove(&v->tree, addr);
	}
	if (!err && history_is_on(&v->history)) {
		history_note(m, addr, size, VM_RANGE_FREE, VM_RANGE_POOLED);
		history_noted(m, VM_EVENT_HOLD);
	}
	vmlist_write_unlock(m);
	return err == -EBUSY ? -EEXIST : err;
}

void vm_follow_adopt(struct machine *m, vaddr_t addr)
{
	struct vm_struct *area;

	vmlist_write_lock(m);
	area = __find_vm_area(m, addr);
	if (area && m->vmlist->pools)
		area->pool_node = (uint16_t)(m->vmlist->pools->nr_nodes + 1);
	vmlist_write_unlock(m);
}

void vm_follow_purge_for_room(struct machine *m)
{
	vmlist_write_lock(m);
	purge_all_for_room(m);
	vmlist_write_unlock(m);
}

bool vm_follow_hole(struct machine *m, vaddr_t addr, vaddr_t *start, vaddr_t *end)
{
	bool found;

	vmlist_read_lock(m);
	found = gaptree_hole(&m->vmlist->tree, addr, start, end);
	vmlist_read_unlock(m);
	return found;
}
