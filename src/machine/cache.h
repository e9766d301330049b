/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A cache of descriptors of one size, in front of a slab: what was freed last
 * is handed out first.  A pair of malloc and free costs more than finding a
 * place for an area in a small address space; a cache makes it a push and a
 * pop.  Linux has its slab caches for the same reason.
 *
 *	kmem_cache_init(&c, m, sizeof(struct vm_struct));
 *	p = kmem_cache_alloc(&c);		// NULL: no memory, or failslab
 *	kmem_cache_free(&c, p);
 *	kmem_cache_deinit(&c);
 *
 * Locks: its own, under which only that of the log is taken.
 */
#ifndef MACHINE_CACHE_H
#define MACHINE_CACHE_H

#include <pthread.h>
#include <vmallocfs/machine.h>

#include "machine/slab.h"

#define KMEM_CACHE_SPARE 64

struct kmem_cache {
	pthread_mutex_t lock;
	struct slab slab; /* under lock, as are these */
	unsigned nr_spare;
	void *spare[KMEM_CACHE_SPARE];
};

void kmem_cache_init(struct kmem_cache *c, struct machine *m, size_t size);

/* All of them were freed before. */
void kmem_cache_deinit(struct kmem_cache *c);

/* One of them, its bytes undefined.  Counted, and subject to failslab, as kmalloc is. */
void *kmem_cache_alloc(struct kmem_cache *c);

/* NULL is fine. */
void kmem_cache_free(struct kmem_cache *c, void *p);

/*
 * As kmalloc and kfree, for a caller that knows the size when it frees: kfree has
 * to ask malloc how large a block is, to count it.
 */
void *kmem_alloc(struct machine *m, size_t size);
void kmem_free(struct machine *m, void *p, size_t size);

#endif
