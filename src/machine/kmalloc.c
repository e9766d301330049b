/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Host memory for the core's bookkeeping.
 */
#include <malloc.h>
#include <stdlib.h>
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
	if (m->host_limit && !host_room(m, size))
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
