/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The vmlist: all areas of a machine, in ascending order.  It has no links of
 * its own; the leaves of the index are the list.
 */
#include <errno.h>
#include <string.h>

#include "vmalloc/vmlist.h"

/* A writer goes before readers that come after it: a crowd of readers must not hold it up. */
static int init_lock(pthread_rwlock_t *lock)
{
	pthread_rwlockattr_t attr;
	int err;

	pthread_rwlockattr_init(&attr);
	pthread_rwlockattr_setkind_np(&attr, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	err = pthread_rwlock_init(lock, &attr);
	pthread_rwlockattr_destroy(&attr);
	return -err;
}

int vmalloc_init(struct machine *m)
{
	struct vmlist *v = kmalloc(m, sizeof(*v), GFP_KERNEL | __GFP_ZERO);
	int err = -ENOMEM;

	if (!v)
		return err;
	err = gaptree_init(&v->tree, m, m->vmalloc_start);
	if (err)
		goto free_vmlist;
	err = gaptree_init(&v->io, m, m->io_start);
	if (err)
		goto free_tree;
	err = init_lock(&v->busy);
	if (err)
		goto free_io;
	err = init_lock(&v->lock);
	if (err)
		goto free_busy;
	lazy_init(&v->lazy);
	kmem_cache_init(&v->descriptors, m, sizeof(struct vm_struct));
	m->vmlist = v;
	return 0;

free_busy:
	pthread_rwlock_destroy(&v->busy);
free_io:
	gaptree_deinit(&v->io);
free_tree:
	gaptree_deinit(&v->tree);
free_vmlist:
	kfree(m, v);
	return err;
}

/* The first area that ends above addr, or NULL. Lock held. */
static struct vm_struct *first_above(struct vmlist *v, vaddr_t addr)
{
	struct gap_cursor c;

	return gaptree_seek(&v->tree, addr, &c);
}

void vmalloc_exit(struct machine *m)
{
	struct vmlist *v = m->vmlist;
	struct vm_struct *area;

	if (!v)
		return;
	vmalloc_set_lazy_max(m, 0);
	/*
	 * An array goes with its owner, wherever it lies, and not before it: so
	 * the next area is looked up afresh each time.
	 */
	while ((area = first_above(v, 0))) {
		while (area->array_of)
			area = area->array_of;
		area->flags &= ~VM_UNINITIALIZED;
		vunmap_area(m, area->addr, NULL);
	}
	while (v->vmas)
		vma_destroy(m, v->vmas);
	lazy_deinit(m, &v->lazy);
	kmem_cache_deinit(&v->descriptors);
	pthread_rwlock_destroy(&v->lock);
	pthread_rwlock_destroy(&v->busy);
	gaptree_deinit(&v->io);
	gaptree_deinit(&v->tree);
	kfree(m, v);
	m->vmlist = NULL;
}

void vmlist_read_lock(struct machine *m)
{
	lock_read(&m->vmlist->lock);
}

void vmlist_write_lock(struct machine *m)
{
	lock_write(&m->vmlist->lock);
}

void vmlist_unlock(struct machine *m)
{
	unlock_write(&m->vmlist->lock);
}

void vmlist_for_each(struct machine *m, vmlist_fn *fn, void *arg)
{
	struct vmlist *v = m->vmlist;
	struct gap_cursor c;

	vmlist_read_lock(m);
	for (struct vm_struct *area = gaptree_seek(&v->tree, 0, &c); area; area = gaptree_next(&c))
		if (!(area->flags & VM_UNINITIALIZED))
			fn(arg, area);
	vmlist_unlock(m);
}

void vmlist_for_each_range(struct machine *m, vmlist_fn *fn, vmlist_lazy_fn *lazy, void *arg)
{
	struct vmlist *v = m->vmlist;
	struct gap_cursor c;

	vmlist_read_lock(m);
	for (struct vm_struct *area = gaptree_seek(&v->tree, 0, &c); area;
	     area = gaptree_next(&c)) {
		if (is_lazy(v, area)) {
			struct gap_extent e = gaptree_extent(&c);

			lazy(arg, e.start, e.end - e.start);
		} else if (!(area->flags & VM_UNINITIALIZED)) {
			fn(arg, area);
		}
	}
	vmlist_unlock(m);
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
	vmlist_unlock(m);
	return area;
}

uint64_t vmlist_count(struct machine *m)
{
	uint64_t n;

	vmlist_read_lock(m);
	n = gaptree_count(&m->vmlist->tree);
	vmlist_unlock(m);
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
		old = area->caller;
		area->caller = copy;
		vmlist_changed(m->vmlist);
	}
	vmlist_unlock(m);

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
	vmlist_unlock(m);
}
