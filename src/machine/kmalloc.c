/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Host memory for the core's bookkeeping.
 */
#include <stdlib.h>
#include "machine/lock.h"
#include "machine/zone.h"

void *kmalloc(struct machine *m, size_t size, gfp_t gfp)
{
	void *p;

	if (should_fail(m, &m->failslab, gfp, size))
		return NULL;
	if (size == 0)
		size = 1;
	p = gfp & __GFP_ZERO ? calloc(1, size) : malloc(size);
	if (p)
		counter_add(&m->kmalloc_live, 1);
	return p;
}

void kfree(struct machine *m, const void *p)
{
	if (!p)
		return;
	counter_add(&m->kmalloc_live, (uint64_t)-1);
	free((void *)p);
}
