/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the tests of vresize share: an area that must change, and one that must not.
 */
#ifndef RESIZING_H
#define RESIZING_H

#include "space.h"

#define P PAGE_SIZE

static inline vaddr_t resized(struct machine *m, vaddr_t addr, uint64_t size)
{
	vaddr_t ret = 0;

	ck_assert_int_eq(vresize(m, addr, size, &ret), 0);
	ck_assert_uint_eq(space_area(m, ret)->requested_size, size);
	ck_assert_uint_eq(space_area(m, ret)->nr_pages, PAGE_ALIGN(size) >> PAGE_SHIFT);
	ck_assert_uint_eq(space_area(m, ret)->size, PAGE_ALIGN(size) + P);
	return ret;
}

/* All there is to know about an area, for "nothing has changed". */
struct snapshot {
	struct vm_struct area;
	pfn_t pfn[2000];
	uint64_t free, tables, live, areas;
	unsigned char bytes[64];
};

static inline void snap(struct machine *m, vaddr_t addr, struct snapshot *s)
{
	memset(s, 0, sizeof(*s));
	s->area = *space_area(m, addr);
	for (uint64_t i = 0; i < s->area.nr_pages && i < 2000; i++)
		s->pfn[i] = space_pfn(m, addr + i * P);
	s->tables = atomic_load(&m->nr_table_frames);
	s->free = nr_free_pages(m) + s->tables; /* tables may stay */
	s->tables = 0;
	s->live = atomic_load(&m->kmalloc_live);
	s->areas = space_areas(m);
	ck_assert_int_eq(vread_area(m, s->bytes, addr, sizeof(s->bytes)), sizeof(s->bytes));
}

static inline void expect_unchanged(struct machine *m, vaddr_t addr, const struct snapshot *before)
{
	struct snapshot *after = malloc(sizeof(*after));

	snap(m, addr, after);
	ck_assert_uint_eq(after->area.size, before->area.size);
	ck_assert_uint_eq(after->area.requested_size, before->area.requested_size);
	ck_assert_uint_eq(after->area.nr_pages, before->area.nr_pages);
	ck_assert_uint_eq(after->area.flags, before->area.flags);
	ck_assert_uint_eq(after->area.pages.addr, before->area.pages.addr);
	ck_assert_uint_eq(after->area.pages.capacity, before->area.pages.capacity);
	ck_assert_mem_eq(after->pfn, before->pfn, sizeof(after->pfn));
	ck_assert_mem_eq(after->bytes, before->bytes, sizeof(after->bytes));
	ck_assert_uint_eq(after->free, before->free);
	ck_assert_uint_eq(after->live, before->live);
	ck_assert_uint_eq(after->areas, before->areas);
	space_check(m);
	free(after);
}

#endif
