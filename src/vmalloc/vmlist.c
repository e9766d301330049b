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

int vm_set_caller(struct machine *m, vaddr_t addr, const char *caller)
{
	size_t len = caller ? strlen(caller) + 1 : 0;
	char *copy = caller ? kmalloc(m, len, GFP_KERNEL) : NULL;
	struct vm_struct *area;
	char *old = NULL;

	if (caller && !copy)
		return -ENOMEM;
	if (copy)
		memcpy(copy, caller, len);

	vmlist_write_lock(m);
	area = __find_vm_area(m, addr);
	if (area) {
		if (history_is_on(&m->vmlist->history))
			history_named(m, area, copy);
		old = area->caller;
		area->caller = copy;
		vmlist_changed(m->vmlist);
	}
	vmlist_write_unlock(m);

	kfree(m, area ? old : copy);
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
