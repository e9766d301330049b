/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Host memory for the core's bookkeeping.
 */
#include <malloc.h>
#include <stdlib.h>
#include "machine/cache.h"
#include "machine/hostmem.h"
#include "machine/lock.h"
#include "machine/zone.h"

void *kmalloc(struct machine *m, size_t size, gfp_t gfp)
{
	void *p;

	if (should_fail(m, &m->failslab, gfp, size))
		return NULL;
	if (size == 0)
		size = 1;
	if (!host_room(m, size))
		return NULL;
	p = gfp & __GFP_ZERO ? calloc(1, size) : malloc(size);
	if (p) {
		counter_add(&m->kmalloc_live, 1);
		counter_add(&m->host_used, malloc_usable_size(p));
	}
	return p;
}

void kfree(struct machine *m, const void *p)
{
	if (!p)
		return;
	counter_add(&m->kmalloc_live, (uint64_t)-1);
	host_uncharge(m, malloc_usable_size((void *)p));
	free((void *)p);
}

/* Bytes of the host that a block of glibc's malloc takes, its head included. */
static inline uint64_t block_size(size_t size)
{
	return (size + sizeof(size_t) + 15) & ~UINT64_C(15);
}

void *kmem_alloc(struct machine *m, size_t size)
{
	void *p;

	if (should_fail(m, &m->failslab, GFP_KERNEL, size))
		return NULL;
	if (!host_room(m, size))
		return NULL;
	p = malloc(size);
	if (p) {
		counter_add(&m->kmalloc_live, 1);
		counter_add(&m->host_used, block_size(size));
	}
	return p;
}

void kmem_free(struct machine *m, void *p, size_t size)
{
	if (!p)
		return;
	counter_add(&m->kmalloc_live, (uint64_t)-1);
	counter_add(&m->host_used, -block_size(size));
	free(p);
}
