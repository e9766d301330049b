/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A snapshot: copies of all areas, taken at one moment.
 *
 *	areas   [ record | record | record | ... ]    ascending addresses
 *	             |        |
 *	names   "a\0  vmap/b\0 ..."                   record.name is an offset
 *	nodes   3 1   0 2 ...                         record.nodes is an index,
 *	                                              nr_nodes counts each
 *	entries 0xffffea00...  0xffffea00...          page arrays: record.entries is an
 *	                                              index.  Only where it was asked for
 *	lazy    [ range | range | ... ]               freed and not purged, or in a pool,
 *	                                              ascending
 *
 * It is filled under the address space's lock, so filling it does nothing but
 * copy.  Everything that follows from the copies is computed later.
 */
#ifndef SHOW_SNAPSHOT_H
#define SHOW_SNAPSHOT_H

#include <glib.h>
#include <vmallocfs/vmalloc.h>

#include "show/growth.h"

#define NO_NAME SIZE_MAX
#define NO_NODES SIZE_MAX
#define NO_ENTRIES SIZE_MAX

struct area_record {
	vaddr_t addr;
	uint64_t size; /* guard included */
	uint64_t nr_pages;
	uint64_t nr_lent; /* frames of others that vmap() was given */
	paddr_t phys_addr;
	unsigned flags;
	/*
	 * A page array has the name of the area that it serves: depth 1, or 2
	 * if it is the array of that area's array.
	 */
	unsigned depth;
	bool symbol;		 /* the name is a kernel's symbol+0x0/0x0 */
	uint64_t requested_size; /* of the area that has the name */
	size_t name;		 /* offset in names, or NO_NAME */
	size_t name_len;
	size_t nodes;	/* first of nr_nodes counts, or NO_NODES: all on node 0 */
	vaddr_t array;	/* where its page array lies if that is an area, else 0 */
	size_t entries; /* the first of nr_pages entries that were copied, or NO_ENTRIES */
};

/* A range whose area was freed, and which stays taken until it is purged or reused. */
struct lazy_record {
	vaddr_t addr;
	uint64_t size; /* guard included */
	bool pooled;   /* it was purged, and is kept in a pool */
};

struct snapshot {
	unsigned nr_nodes;
	bool numa; /* its kernel has nodes; one of 32 bits has none, unless it is asked for some */
	struct records areas[1]; /* struct area_record */
	struct records lazy[1];	 /* struct lazy_record */
	GString *names;
	struct records nodes[1];   /* uint64_t */
	struct records entries[1]; /* uint64_t */
	struct machine *arrays_of; /* entries are copied, of this machine; or NULL */
	bool failed;		   /* the host had no memory for all of it, and it is empty */
};

/*
 * Takes a snapshot of the machine's areas and lazy ranges; snapshot_init_arrays() also
 * copies the page arrays that are host memory, and with 32 bits those that are areas.
 * deinit frees it.  A text that is made of one that failed is not shown.
 */
void snapshot_init(struct snapshot *s, struct machine *m);
void snapshot_init_arrays(struct snapshot *s, struct machine *m);
void snapshot_deinit(struct snapshot *s);

/* Drops all records. */
void snapshot_empty(struct snapshot *s);

static inline const struct area_record *snapshot_area(const struct snapshot *s, guint i)
{
	return &g_array_index(s->areas, struct area_record, i);
}

static inline const struct lazy_record *snapshot_lazy(const struct snapshot *s, guint i)
{
	return &g_array_index(s->lazy, struct lazy_record, i);
}

/* The size of an area's guard in bytes: a page, or 0. */
static inline uint64_t record_guard(const struct area_record *a)
{
	return a->flags & VM_NO_GUARD ? 0 : PAGE_SIZE;
}

#endif
