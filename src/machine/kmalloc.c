/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Host memory for the core's bookkeeping, and the points at which a test makes
 * memory end.
 */
#include <stdlib.h>
#include "machine/lock.h"
#include "machine/zone.h"

size_t fault_point_pass(struct fault_point *f, size_t n)
{
	uint64_t nth = atomic_load_explicit(&f->nth, memory_order_relaxed);
	uint64_t left;

	do {
		if (__builtin_expect(nth == 0, 1))
			return n;
		left = nth > n ? nth - n : 0;
	} while (!atomic_compare_exchange_weak(&f->nth, &nth, left));
	return left ? n : nth - 1;
}

bool should_fail(struct fault_point *f)
{
	return fault_point_pass(f, 1) == 0;
}

void *kmalloc(struct machine *m, size_t size, gfp_t gfp)
{
	void *p;

	if (should_fail(&m->failslab))
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
