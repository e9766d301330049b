/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The address space as a whole: how a machine gets one, and how it ends.
 *
 * It stands apart from vmlist.c because ending an address space frees every
 * area in it: this file calls all the others, and none of them calls it.
 */
#include <errno.h>

#include "machine/lock.h"
#include "vmalloc/generation.h"
#include "vmalloc/vmlist.h"

/* A writer goes before readers that come after it: a crowd of readers must not hold it up. */
static int init_lock(pthread_rwlock_t *lock)
{
	pthread_rwlockattr_t attr;
	int err;

	pthread_rwlockattr_init(&attr);
	prefer_writers(&attr);
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
	v->pooled_item.flags = VM_UNINITIALIZED | VM_NO_GUARD;
	v->unusable_pages = UNUSABLE_PAGES;
	v->pool_start = m->vmalloc_start;
	v->pool_end = m->vmalloc_end;
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
	atomic_store_explicit(&m->task_wanted, false, memory_order_relaxed);
	vmalloc_set_lazy_max(m, 0);
	vmlist_write_lock(m);
	history_deinit(&v->history);
	drop_pools(m);
	vmlist_write_unlock(m);
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
