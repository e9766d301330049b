/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading what vmalloc_save() wrote of areas and freed ranges.  doc/image.md has the
 * format.
 */
#include <errno.h>
#include <string.h>

#include "vmalloc/index/pools.h"
#include "vmalloc/saved_area.h"

/* A string, not copied: it points into the bytes that are read. */
static void get_caller(struct state_in *in, struct vm_saved_area *ret)
{
	size_t len = state_get_count(in, "a string that is longer than the part");

	ret->caller = NULL;
	ret->caller_len = 0;
	if (!len)
		return;
	ret->caller = (const char *)state_get_bytes(in, len - 1);
	ret->caller_len = len - 1;
	if (ret->caller && memchr(ret->caller, 0, ret->caller_len))
		state_wrong(in, "a string with a zero in it");
}

int get_saved_area(struct state_in *in, unsigned nodes, unsigned cpus, struct vm_saved_area *ret)
{
	ret->addr = state_get_pages(in);
	ret->size = state_get_pages(in);
	ret->requested_size = state_get(in);
	ret->flags = (uint32_t)state_get_max(in, UINT32_MAX, "flags of more than 32 bits");
	ret->gfp = (gfp_t)state_get_max(in, UINT32_MAX, "flags of more than 32 bits");
	ret->prot = state_get(in);
	ret->node = (int)state_get_signed(in);
	ret->tag = (uint32_t)state_get_max(in, 0xffffff, "an owner that cannot be");
	ret->pool_node = (uint32_t)state_get_max(in, cpus + 1, "a pool that is not there");
	ret->phys_addr = state_get(in);
	ret->nr_pages = state_get(in);
	get_caller(in, ret);
	ret->array_of = state_get_pages(in);
	for (unsigned i = 0; nodes > 1 && i < nodes; i++)
		ret->node_pages[i] = state_get(in);
	ret->array = state_get_pages(in);
	ret->capacity = state_get(in);
	ret->host_array = state_get_max(in, 1, "an array that is neither in host memory nor not");
	return in->wrong ? -EINVAL : 0;
}

void get_saved_waiting(struct state_in *in, unsigned cpus, struct lazy_range *ret)
{
	*ret = (struct lazy_range){ .addr = state_get_pages(in) };
	ret->size = state_get_pages(in);
	ret->pool_node = (uint32_t)state_get_max(in, cpus + 1, "a pool that is not there");
}

void get_saved_pooled(struct state_in *in, unsigned cpus, struct saved_pooled *ret)
{
	ret->node = (unsigned)state_get_max(in, cpus, "a pool that is not there");
	ret->pages = state_get_max(in, POOL_PAGES_MAX, "a range too large for a pool");
	ret->addr = state_get_pages(in);
}

/* --- without a machine --------------------------------------------------------------- */

/* The frames of a page array in host memory, saved as runs. */
static void skip_entries(struct state_in *in, const struct vm_saved_area *area)
{
	uint64_t held = area->flags & (VM_MAP | VM_LENT) ? area->capacity : area->nr_pages;

	while (held && !in->wrong) {
		uint64_t n;

		state_get_signed(in);
		n = state_get_max(in, held, "more frames than the area has");
		if (!in->wrong && !n)
			state_wrong(in, "a run of no frames");
		held -= n;
	}
}

/* A range must not be empty, nor begin before `end`, nor reach the last page of all addresses. */
static void check_range(struct state_in *in, vaddr_t addr, uint64_t size, vaddr_t end)
{
	if (!in->wrong && (!size || size > -addr - PAGE_SIZE || addr < end))
		state_wrong(in, "an area where another one is, or none can be");
}

static void list_saved_areas(struct state_in *in, unsigned nodes, unsigned cpus,
			     const struct vm_saved_fns *fns, void *arg)
{
	struct vm_saved_area area;
	vaddr_t end = PAGE_SIZE;
	uint64_t n;

	state_get(in); /* the last tag */
	n = state_get_count(in, "more areas than the part has room for");
	while (n-- && !get_saved_area(in, nodes, cpus, &area)) {
		check_range(in, area.addr, area.size, end);
		end = area.addr + area.size;
		if (area.host_array)
			skip_entries(in, &area);
		if (!in->wrong)
			fns->area(arg, &area);
	}
}

static void list_saved_waiting(struct state_in *in, unsigned cpus, const struct vm_saved_fns *fns,
			       void *arg)
{
	uint64_t n;

	state_get(in);
	state_get_max(in, 1, "a switch that is neither on nor off");
	n = state_get_count(in, "more ranges that wait than the part has room for");
	while (n-- && !in->wrong) {
		struct lazy_range r;

		get_saved_waiting(in, cpus, &r);
		check_range(in, r.addr, r.size, PAGE_SIZE);
		if (!in->wrong)
			fns->freed(arg, r.addr, r.size, false);
	}
}

int vmalloc_list_saved(struct state_in *in, unsigned nodes, unsigned cpus,
		       const struct vm_saved_fns *fns, void *arg)
{
	uint64_t n;

	list_saved_areas(in, nodes, cpus, fns, arg);
	list_saved_waiting(in, cpus, fns, arg);
	n = state_get_count(in, "more ranges in pools than the part has room for");
	while (n-- && !in->wrong) {
		struct saved_pooled p;

		get_saved_pooled(in, cpus, &p);
		check_range(in, p.addr, p.pages << PAGE_SHIFT, PAGE_SIZE);
		if (!in->wrong)
			fns->freed(arg, p.addr, p.pages << PAGE_SHIFT, true);
	}
	return in->wrong ? -EINVAL : 0;
}
