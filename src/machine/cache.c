/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Caches of descriptors.  See cache.h.
 *
 * Under AddressSanitizer nothing is kept: it reports a use after free only for a
 * block that was really freed.
 */
#include <stdlib.h>
#include <vmallocfs/page.h>

#include "machine/cache.h"
#include "machine/lock.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define __SANITIZE_ADDRESS__ 1
#endif
#endif

#ifdef __SANITIZE_ADDRESS__
static const bool keep = false;
#else
static const bool keep = true;
#endif

void kmem_cache_init(struct kmem_cache *c, struct machine *m, size_t size)
{
	c->m = m;
	c->size = size;
	c->nr_spare = 0;
	pthread_mutex_init(&c->lock, NULL);
}

void kmem_cache_deinit(struct kmem_cache *c)
{
	host_uncharge(c->m, c->nr_spare * c->size);
	while (c->nr_spare)
		free(c->spare[--c->nr_spare]);
	pthread_mutex_destroy(&c->lock);
}

void *kmem_cache_alloc(struct kmem_cache *c)
{
	void *p = NULL;

	if (should_fail(c->m, &c->m->failslab, GFP_KERNEL, c->size))
		return NULL;
	lock_mutex(&c->lock);
	if (c->nr_spare)
		p = c->spare[--c->nr_spare];
	unlock_mutex(&c->lock);
	if (!p && host_charge(c->m, c->size)) {
		p = malloc(c->size);
		if (!p)
			host_uncharge(c->m, c->size);
	}
	if (p)
		counter_add(&c->m->kmalloc_live, 1);
	return p;
}

void kmem_cache_free(struct kmem_cache *c, void *p)
{
	if (!p)
		return;
	counter_add(&c->m->kmalloc_live, (uint64_t)-1);
	lock_mutex(&c->lock);
	if (keep && c->nr_spare < KMEM_CACHE_SPARE) {
		c->spare[c->nr_spare++] = p;
		p = NULL;
	}
	unlock_mutex(&c->lock);
	if (p)
		host_uncharge(c->m, c->size);
	free(p);
}
