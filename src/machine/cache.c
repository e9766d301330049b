/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Caches of descriptors.  See cache.h.
 */
#include <vmallocfs/page.h>

#include "machine/cache.h"
#include "machine/lock.h"

void kmem_cache_init(struct kmem_cache *c, struct machine *m, size_t size)
{
	slab_init(&c->slab, m, size);
	c->nr_spare = 0;
	pthread_mutex_init(&c->lock, NULL);
}

void kmem_cache_deinit(struct kmem_cache *c)
{
	while (c->nr_spare)
		slab_free(&c->slab, c->spare[--c->nr_spare]);
	slab_deinit(&c->slab);
	pthread_mutex_destroy(&c->lock);
}

void *kmem_cache_alloc(struct kmem_cache *c)
{
	struct machine *m = c->slab.m;
	void *p;

	if (should_fail(m, &m->failslab, GFP_KERNEL, c->slab.size))
		return NULL;
	lock_mutex(&c->lock);
	p = c->nr_spare ? c->spare[--c->nr_spare] : slab_alloc(&c->slab);
	unlock_mutex(&c->lock);
	if (p)
		counter_add(&m->kmalloc_live, 1);
	return p;
}

void kmem_cache_free(struct kmem_cache *c, void *p)
{
	if (!p)
		return;
	counter_add(&c->slab.m->kmalloc_live, (uint64_t)-1);
	lock_mutex(&c->lock);
	if (!SLAB_FROM_MALLOC && c->nr_spare < KMEM_CACHE_SPARE)
		c->spare[c->nr_spare++] = p;
	else
		slab_free(&c->slab, p);
	unlock_mutex(&c->lock);
}
