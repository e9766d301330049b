/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Page arrays and the frames they name.
 *
 *	area->pages ---> [ e0 | e1 | e2 | ... ]      e = vmemmap_base + 64 * pfn
 *	                   |    |
 *	                   v    v
 *	mem_map        [ page | page ]               page->owner == area->tag
 *
 * The tag in the descriptor is the proof of ownership: the descriptors are
 * host memory, no user can write to them.
 *
 * The loops over frames keep members of the machine in variables: for all that the
 * compiler knows, a store to an array may change them.
 */
#include <errno.h>
#include <string.h>

#include "vmalloc/array.h"
#include "vmalloc/vmlist.h"

int array_alloc_host(struct machine *m, uint64_t capacity, struct page_array *ret)
{
	ret->addr = 0;
	ret->capacity = capacity;
	if (capacity == 1)
		return 0;
	ret->host = kmem_alloc(m, capacity * sizeof(uint64_t));
	return ret->host ? 0 : -ENOMEM;
}

int array_alloc(struct machine *m, struct vm_struct *area, uint64_t capacity,
		struct page_array *ret)
{
	uint64_t bytes = vm_array_area_size(capacity);

	if (!bytes)
		return array_alloc_host(m, capacity, ret);

	ret->host = NULL;
	ret->capacity = capacity;
	ret->addr = vmalloc_array(m, bytes, area);
	return ret->addr ? 0 : -errno;
}

void array_free(struct machine *m, const struct vm_struct *owner, struct page_array *array)
{
	/* A user may have freed it, and another area may be there by now. */
	if (array->addr)
		vunmap_area(m, array->addr, owner);
	array_free_host(m, array);
	*array = (struct page_array){ 0 };
}

/*
 * The host address of entry `first` of an array with more than one; *n is cut to what
 * lies there in one piece.  NULL: unreadable.
 */
static uint64_t *array_at(struct machine *m, const struct page_array *array, uint64_t first,
			  size_t *n, unsigned access)
{
	vaddr_t addr = array->addr + first * sizeof(uint64_t);
	size_t left = ARRAY_PER_PAGE - (size_t)(first % ARRAY_PER_PAGE);
	unsigned char *host = NULL;
	enum fault fault;

	if (!array->addr)
		return array->host + first;
	if (*n > left)
		*n = left;
	if (!pgtable_run(m, m->cr3, addr & PAGE_MASK, 1, access, &host, &fault) || !host) {
		log_page_fault(m, addr, access, fault == FAULT_NONE ? FAULT_ABSENT : fault);
		return NULL;
	}
	return (uint64_t *)(void *)(host + (addr & ~PAGE_MASK));
}

void array_get(struct machine *m, const struct page_array *array, uint64_t first, size_t n,
	       uint64_t *entry)
{
	if (array->capacity == 1 && n == 1) {
		*entry = array->only;
		return;
	}
	while (n) {
		size_t step = n;
		const uint64_t *at = array_at(m, array, first, &step, ACCESS_READ);

		if (at)
			memcpy(entry, at, step * sizeof(*entry));
		else
			memset(entry, 0, step * sizeof(*entry));
		entry += step;
		first += step;
		n -= step;
	}
}

void array_set(struct machine *m, struct page_array *array, uint64_t first, size_t n,
	       const pfn_t *pfn)
{
	const uint64_t base = m->vmemmap_base;

	if (array->capacity == 1 && n == 1) {
		array->only = base + (*pfn << STRUCT_PAGE_SHIFT);
		return;
	}
	while (n) {
		size_t step = n;
		uint64_t *at = array_at(m, array, first, &step, ACCESS_WRITE);

		for (size_t i = 0; at && i < step; i++)
			at[i] = base + (pfn[i] << STRUCT_PAGE_SHIFT);
		pfn += step;
		first += step;
		n -= step;
	}
}

void array_frames(void *arg, uint64_t first, size_t n, pfn_t *ret)
{
	const struct array_frames *f = arg;
	const uint64_t base = f->m->vmemmap_base;

	array_get(f->m, f->array, f->first + first, n, ret);
	for (size_t i = 0; i < n; i++)
		ret[i] = (ret[i] - base) >> STRUCT_PAGE_SHIFT & (PTE_PFN_MASK >> PAGE_SHIFT);
}

/* What own_frame() has to know. */
struct array_owner {
	uint64_t base; /* the machine's vmemmap_base, */
	pfn_t nr_frames;
	struct page *mem_map;
	uint32_t tag; /* the area's */
};

static inline struct array_owner area_owner(const struct machine *m, const struct vm_struct *area)
{
	return (struct array_owner){ m->vmemmap_base, m->nr_frames, m->mem_map, area->tag };
}

/* The frame that an entry names, if it is one of this area's. */
static inline bool own_frame(const struct array_owner *own, uint64_t entry, pfn_t *ret)
{
	*ret = (entry - own->base) >> STRUCT_PAGE_SHIFT;
	return entry % STRUCT_PAGE_SIZE == 0 && *ret < own->nr_frames &&
	       own->mem_map[*ret].owner == own->tag;
}

void area_count_nodes(struct machine *m, const struct vm_struct *area,
		      const struct page_array *array, uint64_t first, uint64_t n, uint64_t *count)
{
	const struct array_owner own = area_owner(m, area);
	uint64_t entry[ARRAY_BATCH];
	pfn_t pfn;

	while (n) {
		size_t step = n < ARRAY_BATCH ? (size_t)n : ARRAY_BATCH;

		array_get(m, array, first, step, entry);
		for (size_t i = 0; i < step; i++)
			if (own_frame(&own, entry[i], &pfn))
				count[pfn_to_nid(m, pfn)]++;
		first += step;
		n -= step;
	}
}

/*
 * As alloc_pages_bulk().  The frames of a page array are written right away, so
 * there has to be host memory for them; all others take it when they are written.
 */
static size_t alloc_area_frames(struct machine *m, const struct vm_struct *area, size_t n,
				pfn_t *ret)
{
	uint64_t bytes = area->array_of ? (uint64_t)n << PAGE_SHIFT : 0;
	size_t got;

	if (bytes && !host_charge(m, bytes))
		return 0;
	got = alloc_pages_bulk(m, area->gfp, area->node, n, ret);
	if (bytes) {
		pages_populate(m, ret, got); /* which counts them */
		host_uncharge(m, bytes);
	}
	return got;
}

int area_alloc_frames(struct machine *m, struct vm_struct *area, struct page_array *array,
		      uint64_t first, uint64_t n)
{
	struct page *mem_map = m->mem_map;
	pfn_t pfn[ARRAY_BATCH];
	uint64_t done = 0;

	while (done < n) {
		size_t want = n - done < ARRAY_BATCH ? (size_t)(n - done) : ARRAY_BATCH;
		size_t got = alloc_area_frames(m, area, want, pfn);

		for (size_t i = 0; i < got; i++)
			mem_map[pfn[i]].owner = area->tag;
		for (size_t i = 0; area->node_pages && i < got; i++)
			area->node_pages[pfn_to_nid(m, pfn[i])]++;
		array_set(m, array, first + done, got, pfn);
		done += got;
		if (got < want) {
			bool is_short = frames_short(m, area->gfp, n - done);

			area_put_frames(m, area, array, first, done);
			if (is_short)
				log_no_frames(m, area->gfp, area->node, n);
			return -ENOMEM;
		}
	}
	return 0;
}

void area_put_frames(struct machine *m, struct vm_struct *area, const struct page_array *array,
		     uint64_t first, uint64_t n)
{
	const struct array_owner own = area_owner(m, area);
	uint64_t entry[ARRAY_BATCH];

	while (n) {
		size_t step = n < ARRAY_BATCH ? (size_t)n : ARRAY_BATCH;
		size_t good = 0;

		array_get(m, array, first, step, entry);
		for (size_t i = 0; i < step; i++) {
			pfn_t pfn;

			if (!own_frame(&own, entry[i], &pfn)) {
				bad_page(m, entry[i]);
				continue;
			}
			own.mem_map[pfn].owner = 0;
			entry[good++] = pfn;
		}
		put_pages_bulk(m, entry, good);
		first += step;
		n -= step;
	}
}
