/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Decoding the saved bytes of an area: for loading, which makes an area of them, and for
 * listing an image without a machine.
 */
#ifndef VMALLOC_SAVED_AREA_H
#define VMALLOC_SAVED_AREA_H

#include <vmallocfs/state.h>

#include "vmalloc/vmlist.h"

/* A number of pages, in bytes. */
static inline uint64_t state_get_pages(struct state_in *in)
{
	return state_get_max(in, UINT64_MAX >> PAGE_SHIFT, "an address beyond 64 bits")
	       << PAGE_SHIFT;
}

/*
 * One area, of a machine with so many nodes and processors.  0, or -EINVAL.  If the area
 * has a page array in host memory, the entries of the array come next.
 */
int get_saved_area(struct state_in *in, unsigned nodes, unsigned cpus, struct vm_saved_area *ret);

/* A range that waits to be purged. */
void get_saved_waiting(struct state_in *in, unsigned cpus, struct lazy_range *ret);

/* A range of a pool, as pools_for_each() gives them. */
struct saved_pooled {
	unsigned node;
	uint64_t pages;
	vaddr_t addr;
};
void get_saved_pooled(struct state_in *in, unsigned cpus, struct saved_pooled *ret);

#endif
