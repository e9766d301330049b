/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The vmlist: all areas of a machine, in ascending order.  The leaves of the index
 * are the list; it has no links beside theirs.
 */
#include <errno.h>
#include <string.h>

#include "vmalloc/vmlist.h"

void vmlist_read_lock(struct machine *m)
{
	lock_read(&m->vmlist->lock);
}

void vmlist_write_lock(struct machine *m)
{
	lock_write(&m->vmlist->lock);
}

void vmlist_read_unlock(struct machine *m)
{
	unlock_read(&m->vmlist->lock);
}

void vmlist_write_unlock(struct machine *m)
{
	unlock_write(&m->vmlist->lock);
}

struct vm_struct *__find_vm_area(struct machine *m, vaddr_t addr)
{
	void *item = gaptree_find(&m->vmlist->tree, addr);

	return is_freed(m->vmlist, item) ? NULL : item;
}

void vmlist_for_each(struct machine *m, vmlist_fn *fn, void *arg)
{
	struct vmlist *v = m->vmlist;
	struct gap_cursor c;

	vmlist_read_lock(m);
	for (struct vm_struct *area = gaptree_seek(&v->tree, 0, &c); area; area = gaptree_next(&c))
		if (!(area->flags & VM_UNINITIALIZED))
			fn(arg, area);
	vmlist_read_unlock(m);
}

void vmlist_for_each_range(struct machine *m, vmlist_fn *fn, vmlist_lazy_fn *lazy, void *arg)
{
	struct vmlist *v = m->vmlist;
	struct gap_cursor c;

	vmlist_read_lock(m);
	for (struct vm_struct *area = gaptree_seek(&v->tree, 0, &c); area;
	     area = gaptree_next(&c)) {
		if (is_freed(v, area)) {
			struct gap_extent e = gaptree_extent(&c);

			lazy(arg, e.start, e.end - e.start, is_pooled(v, area));
		} else if (!(area->flags & VM_UNINITIALIZED)) {
			fn(arg, area);
		}
	}
	vmlist_read_unlock(m);
}

bool vmlist_with(struct machine *m, vaddr_t addr, vmlist_fn *fn, void *arg)
{
	const struct vm_struct *area;

	vmlist_read_lock(m);
	area = __find_vm_area(m, addr);
	if (area && area->flags & VM_UNINITIALIZED)
		area = NULL;
	if (area)
		fn(arg, area);
	vmlist_read_unlock(m);
	return area;
}

uint64_t vmlist_count(struct machine *m)
{
	uint64_t n;

	vmlist_read_lock(m);
	n = gaptree_count(&m->vmlist->tree);
	vmlist_read_unlock(m);
	return n;
}

uint64_t vmlist_seq(const struct machine *m)
{
	return atomic_load_explicit(&m->vmlist->seq, memory_order_relaxed);
}

/*
 * Gives an area another caller, for which `copy` has room, or is NULL if it is short.
 * Returns the memory of the caller that it had, or NULL.  Lock held for writing.
 */
static char *change_caller(struct vm_struct *area, const char *caller, size_t size, char *copy)
{
	char *old = area->caller == area->short_caller ? NULL : area->caller;

	area->caller = NULL;
	if (caller)
		area->caller = memcpy(copy ? copy : area->short_caller, caller, size);
	return old;
}

int vm_set_caller(struct machine *m, vaddr_t addr, const char *caller)
{
	size_t size = caller ? strlen(caller) + 1 : 0;
	bool is_long = size > sizeof(((struct vm_struct *)0)->short_caller);
	char *copy = is_long ? kmalloc(m, size, GFP_KERNEL) : NULL;
	struct vm_struct *area;

	if (is_long && !copy)
		return -ENOMEM;
	vmlist_write_lock(m);
	area = __find_vm_area(m, addr);
	if (area) {
		if (history_is_on(&m->vmlist->history))
			history_named(m, area, caller);
		copy = change_caller(area, caller, size, copy);
		vmlist_changed(m->vmlist);
	}
	vmlist_write_unlock(m);
	kfree(m, copy);
	return area ? 0 : -ENOENT;
}

void publish_area(struct machine *m, struct vm_struct *area)
{
	vmlist_write_lock(m);
	area->flags &= ~VM_UNINITIALIZED;
	if (area->pages.addr)
		area->flags |= VM_VPAGES;
	vmlist_changed(m->vmlist);
	vmlist_write_unlock(m);
}
