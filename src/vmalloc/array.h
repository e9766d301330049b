/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Page arrays: which frames an area has.
 *
 * An array of one entry is that entry, kept in struct page_array itself: most
 * areas have one page, and need no memory for it.  Up to one page of entries is
 * host memory.  A larger array is an area of its own in the simulated machine,
 * found by its address alone: its bytes are guest memory and the area itself may be
 * gone when it is needed, because a user may write to the one and free the other.
 * So what is read from an array is believed only as far as the frame's descriptor
 * confirms it.
 */
#ifndef VMALLOC_ARRAY_H
#define VMALLOC_ARRAY_H

#include <vmallocfs/vmalloc.h>

#include "machine/cache.h"

#define ARRAY_PER_PAGE (PAGE_SIZE / sizeof(uint64_t))

/* Frames of one step through an array; small enough for the stack. */
#define ARRAY_BATCH 512u

/*
 * Allocates an array for `capacity` frames of `area`, whose gfp and node it
 * inherits.  0 or -errno.
 */
int array_alloc(struct machine *m, struct vm_struct *area, uint64_t capacity,
		struct page_array *ret);

/* The same in host memory whatever the size, for arrays that Linux does not make. */
int array_alloc_host(struct machine *m, uint64_t capacity, struct page_array *ret);

/* Frees the host memory of an array, if it has any. */
static inline void array_free_host(struct machine *m, const struct page_array *array)
{
	if (array->capacity > 1)
		kmem_free(m, array->host, array->capacity * sizeof(uint64_t));
}

/* Ends an array of `owner`, not the frames it names. One without memory is fine. */
void array_free(struct machine *m, const struct vm_struct *owner, struct page_array *array);

/* Entries first..first+n-1.  An entry that cannot be read is 0. */
void array_get(struct machine *m, const struct page_array *array, uint64_t first, size_t n,
	       uint64_t *entry);
void array_set(struct machine *m, struct page_array *array, uint64_t first, size_t n,
	       const pfn_t *pfn);

/* A frames_fn over an array, for pgtable_map. */
struct array_frames {
	struct machine *m;
	const struct page_array *array;
	uint64_t first;
};
void array_frames(void *arg, uint64_t first, size_t n, pfn_t *ret);

/*
 * Allocates n frames for an area that no reader sees yet, by its gfp, node and
 * tag, into entries first... of array; counts them in node_pages.  -ENOMEM:
 * none were, and the area is good for nothing but to be freed.
 */
int area_alloc_frames(struct machine *m, struct vm_struct *area, struct page_array *array,
		      uint64_t first, uint64_t n);

/* Adds to count[], one a node, the area's frames that entries first... of array name. */
void area_count_nodes(struct machine *m, const struct vm_struct *area,
		      const struct page_array *array, uint64_t first, uint64_t n, uint64_t *count);

/*
 * Puts the frames that entries first... of array name.  An entry that is no
 * frame of this area is a bad page, and skipped.  node_pages is left alone:
 * it changes under the lock, together with nr_pages.
 */
void area_put_frames(struct machine *m, struct vm_struct *area, const struct page_array *array,
		     uint64_t first, uint64_t n);

#endif
