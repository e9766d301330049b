/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Changing the size of an area that is in use.
 *
 *	before	 [ a a a G ]hole[ B G ]
 *
 *	grown in place, by one page:	 [ a a a + G ][ B G ]
 *	by more than the hole takes:	 ....hole.....[ B G ][ a a a + + + G ]
 *
 * Content never moves: a page that goes to another address keeps its frame.
 * Everything that can fail is done first: getting frames, a larger array, a place,
 * tables.  Then one commit under the lock makes the change, and cannot fail.
 */
#include <errno.h>
#include <string.h>

#include "vmalloc/array.h"
#include "vmalloc/resize.h"

struct resize {
	struct machine *m;
	struct vm_struct *area;
	uint64_t size; /* as asked for */
	uint64_t old_n;
	uint64_t new_n;
	struct vm_resize_plan plan;
	pfn_t *fresh;		 /* new_n - old_n frames, while they are in no array */
	struct page_array array; /* a larger array, or none (capacity 0) */
};

static const uint64_t no_frames[NODES_MAX]; /* on any node */

/* The array that names the frames once the area has its new size. */
static struct page_array *array_after(struct resize *r)
{
	return r->array.capacity ? &r->array : &r->area->pages;
}

/*
 * The bytes after the old end, in the page it lies in, may be anything: a shrink
 * left them there, or a program wrote beyond the end of the file through mmap.
 */
static void clear_tail(const struct resize *r)
{
	struct machine *m = r->m;
	struct vm_struct *area = r->area;
	size_t used = area->requested_size & ~PAGE_MASK;
	pfn_t pfn;

	if (!used)
		return;
	array_frames(&(struct array_frames){ .m = m, .array = &area->pages }, r->old_n - 1, 1,
		     &pfn);
	if (!pfn_valid(m, pfn) || pfn_to_page(m, pfn)->owner != area->tag)
		return;
	if (pfn_to_page(m, pfn)->flags & PG_dirty) {
		page_mark_dirty(m, pfn);
		memset(pfn_to_ram(m, pfn) + used, 0, PAGE_SIZE - used);
	}
}

/* Each node has `gone` frames fewer and `come` frames more than before. */
static void set_area_size(const struct resize *r, const uint64_t *gone, const uint64_t *come)
{
	struct vm_struct *area = r->area;

	if (r->size > area->requested_size)
		clear_tail(r);
	area->size = (r->new_n << PAGE_SHIFT) + PAGE_SIZE;
	area->nr_pages = r->new_n;
	area->requested_size = r->size;
	for (unsigned nid = 0; area->node_pages && nid < r->m->nr_nodes; nid++)
		area->node_pages[nid] += come[nid] - gone[nid];
	vmlist_changed(r->m->vmlist);
}

/* Few frames are left: an array that is an area of its own is no longer worth its place. */
static void shrink_array(struct resize *r)
{
	struct machine *m = r->m;
	struct vm_struct *area = r->area;
	struct page_array small;
	struct page_array old = area->pages;
	pfn_t pfn[ARRAY_PER_PAGE];

	if (r->plan.array != VM_ARRAY_SHRINKS || array_alloc_host(m, r->plan.capacity, &small))
		return;
	array_frames(&(struct array_frames){ .m = m, .array = &old }, 0, r->new_n, pfn);
	array_set(m, &small, 0, r->new_n, pfn);

	vmlist_write_lock(m);
	area->pages = small;
	area->flags &= ~VM_VPAGES;
	vmlist_changed(m->vmlist);
	vmlist_write_unlock(m);
	array_free(m, area, &old);
}

static void shrink(struct resize *r)
{
	struct machine *m = r->m;
	struct vm_struct *area = r->area;
	vaddr_t end = area->addr + (r->new_n << PAGE_SHIFT);
	uint64_t gone[NODES_MAX] = { 0 };

	if (area->node_pages)
		area_count_nodes(m, area, &area->pages, r->new_n, r->old_n - r->new_n, gone);
	vmlist_write_lock(m);
	pgtable_unmap(m, m->cr3, end, area_payload_end(area));
	flush_tlb_kernel_range(m, end, area_payload_end(area));
	gaptree_resize(&m->vmlist->tree, area->addr, (r->new_n << PAGE_SHIFT) + PAGE_SIZE);
	if (history_is_on(&m->vmlist->history))
		history_resized(m, area, area->size, (r->new_n << PAGE_SHIFT) + PAGE_SIZE, r->size);
	set_area_size(r, gone, no_frames);
	vmlist_write_unlock(m);

	area_put_frames(m, area, &area->pages, r->new_n, r->old_n - r->new_n);
	shrink_array(r);
}

/* Frames first: they need no place, and there may be none. */
static int get_fresh_frames(struct resize *r)
{
	struct machine *m = r->m;
	uint64_t n = r->new_n - r->old_n;
	bool is_short;
	size_t got;

	r->fresh = kmalloc(m, n * sizeof(*r->fresh), GFP_KERNEL);
	if (!r->fresh)
		return -ENOMEM;
	got = alloc_pages_bulk(m, r->area->gfp, r->area->node, n, r->fresh);
	if (got == n)
		return 0;
	is_short = frames_short(m, r->area->gfp, n - got);
	put_pages_bulk(m, r->fresh, got);
	if (is_short)
		log_no_frames(m, r->area->gfp, r->area->node, n);
	return -ENOMEM;
}

/*
 * A larger array where the old one is full: at least double, so that growing
 * page by page copies each entry a bounded number of times in all; when memory
 * is short, just what is needed.
 */
static int get_larger_array(struct resize *r)
{
	struct machine *m = r->m;
	struct page_array *old = &r->area->pages;
	uint64_t entry[ARRAY_BATCH];
	int err;

	if (r->plan.array != VM_ARRAY_GROWS)
		return 0;
	err = array_alloc(m, r->area, r->plan.capacity, &r->array);
	if (err && r->plan.least < r->plan.capacity)
		err = array_alloc(m, r->area, r->plan.least, &r->array);
	if (err) {
		r->array = (struct page_array){ 0 };
		return err;
	}
	for (uint64_t i = 0; i < r->old_n; i += ARRAY_BATCH) {
		uint64_t left = r->old_n - i;
		size_t n = left < ARRAY_BATCH ? (size_t)left : ARRAY_BATCH;

		array_frames(&(struct array_frames){ .m = m, .array = old }, i, n, entry);
		array_set(m, &r->array, i, n, entry);
	}
	return 0;
}

/*
 * The range of an area in the index takes the size that the plan gives it, or it
 * has to move: 0 or -EBUSY.  Lock held for writing.
 */
static int resize_range(struct machine *m, const struct vm_struct *area, uint64_t full,
			uint64_t requested)
{
	enum vm_resize_place place = plan_place(m, area, full);
	int err;

	if (place == VM_RESIZE_MOVES)
		return -EBUSY;
	if (place == VM_RESIZE_PURGES)
		purge_for_room(m, area->addr);
	err = gaptree_resize(&m->vmlist->tree, area->addr, full);
	if (!err && full != area->size && history_is_on(&m->vmlist->history))
		history_resized(m, area, area->size, full, requested);
	return err;
}

/* The area's range in the index takes the new size; the tail is mapped. */
static int grow_in_place(struct resize *r)
{
	struct machine *m = r->m;
	struct gaptree *tree = &m->vmlist->tree;
	struct vm_struct *area = r->area;
	uint64_t full = (r->new_n << PAGE_SHIFT) + PAGE_SIZE;
	struct array_frames tail = { .m = m, .array = array_after(r), .first = r->old_n };
	int err;

	vmlist_write_lock(m);
	err = resize_range(m, area, full, r->size);
	vmlist_write_unlock(m);
	if (err)
		return err;

	err = pgtable_map(m, m->cr3, area->addr + (r->old_n << PAGE_SHIFT), r->new_n - r->old_n,
			  area->prot, array_frames, &tail);
	flush_cache_vmap(m, area->addr, area->addr + full - PAGE_SIZE);
	if (err) {
		vmlist_write_lock(m);
		gaptree_resize(tree, area->addr, area->size);
		if (history_is_on(&m->vmlist->history))
			history_resized(m, area, full, area->size, area->requested_size);
		vmlist_write_unlock(m);
	}
	return err == -EBUSY ? -EEXIST : err;
}

/* A descriptor at a new place for the area at `from`, `mover` if it is known, with `pages` pages. */
static int place_stand_in(struct machine *m, const struct vm_struct *mover, vaddr_t from,
			  uint64_t pages, struct vm_struct **ret)
{
	struct vm_space home;
	struct vm_struct *stand_in =
		new_vm_struct(m, VM_ALLOC | VM_UNINITIALIZED, NUMA_NO_NODE, NULL);
	int err;

	if (!stand_in)
		return -ENOMEM;
	home_space(m, from, &home);
	err = place_area(m, stand_in, mover ? mover : stand_in, pages << PAGE_SHIFT, 0, home.start,
			 home.last);
	if (err)
		free_vm_struct(m, stand_in);
	else
		*ret = stand_in;
	return err;
}

/*
 * A stand-in takes the new place and is mapped to all frames; then the two
 * change places, and the stand-in leaves with the old one.
 */
static int move(struct resize *r, struct vm_struct **ret)
{
	struct machine *m = r->m;
	struct vm_struct *stand_in;
	struct array_frames all = { .m = m, .array = array_after(r) };
	int err;

	err = place_stand_in(m, r->area, r->area->addr, r->new_n, &stand_in);
	if (err)
		return err;
	err = pgtable_map(m, m->cr3, stand_in->addr, r->new_n, r->area->prot, array_frames, &all);
	flush_cache_vmap(m, stand_in->addr, area_payload_end(stand_in));
	if (!err) {
		*ret = stand_in;
		return 0;
	}
	remove_vm_area(m, stand_in->addr);
	free_vm_struct(m, stand_in);
	return err == -EBUSY ? -EEXIST : err;
}

/* Lock held for writing. */
static void change_places(struct machine *m, struct vm_struct *area, struct vm_struct *stand_in,
			  uint64_t requested)
{
	struct history *h = &m->vmlist->history;
	struct gaptree *tree = &m->vmlist->tree;
	vaddr_t old = area->addr;
	uint16_t pool_node = area->pool_node;

	gaptree_replace(tree, stand_in->addr, area);
	gaptree_replace(tree, old, stand_in);
	area->addr = stand_in->addr;
	h->moved = area;
	h->moved_size = stand_in->size;
	h->moved_requested = requested;
	stand_in->addr = old;
	stand_in->size = area->size;
	area->pool_node = stand_in->pool_node;
	stand_in->pool_node = pool_node;
	__remove_vm_area(m, old);
	h->moved = NULL;
}

/* From here on nothing fails. */
static void commit(struct resize *r, struct vm_struct *stand_in)
{
	struct machine *m = r->m;
	struct vm_struct *area = r->area;
	struct page_array old = { 0 };
	uint64_t come[NODES_MAX] = { 0 };

	for (uint64_t i = 0; i < r->new_n - r->old_n; i++) {
		pfn_to_page(m, r->fresh[i])->owner = area->tag;
		if (area->node_pages)
			come[pfn_to_nid(m, r->fresh[i])]++;
	}
	vmlist_write_lock(m);
	if (stand_in)
		change_places(m, area, stand_in, r->size);
	set_area_size(r, no_frames, come);
	if (r->array.capacity) {
		old = area->pages;
		area->pages = r->array;
		if (area->pages.addr)
			area->flags |= VM_VPAGES;
	}
	vmlist_write_unlock(m);

	array_free(m, area, &old);
	free_vm_struct(m, stand_in);
}

static int grow_area(struct resize *r)
{
	struct machine *m = r->m;
	struct vm_struct *stand_in = NULL;
	int err;

	err = get_fresh_frames(r);
	if (err)
		goto free_list;
	err = get_larger_array(r);
	if (err)
		goto put_fresh;
	array_set(m, array_after(r), r->old_n, r->new_n - r->old_n, r->fresh);

	err = grow_in_place(r);
	if (err == -EBUSY)
		err = move(r, &stand_in);
	if (err)
		goto free_array;
	commit(r, stand_in);
	kfree(m, r->fresh);
	return 0;

free_array:
	if (r->array.capacity)
		array_free(m, r->area, &r->array);
put_fresh:
	put_pages_bulk(m, r->fresh, r->new_n - r->old_n);
free_list:
	kfree(m, r->fresh);
	return err == -EEXIST ? -EIO : err;
}

static int resize_area(struct machine *m, struct vm_struct *area, uint64_t size)
{
	struct resize r = {
		.m = m,
		.area = area,
		.size = size,
		.old_n = area->nr_pages,
		.new_n = size_to_pages(size),
	};

	if (r.new_n > m->nr_frames)
		log_no_frames(m, area->gfp, area->node, r.new_n - r.old_n);
	if (!r.new_n || r.new_n > m->nr_frames)
		return -ENOMEM;
	r.plan.old_pages = r.old_n;
	r.plan.new_pages = r.new_n;
	vm_plan_array(&r.plan, area->pages.capacity, area->pages.addr);
	if (r.new_n > r.old_n)
		return grow_area(&r);
	if (r.new_n < r.old_n) {
		shrink(&r);
	} else {
		vmlist_write_lock(m);
		set_area_size(&r, no_frames, no_frames);
		vmlist_write_unlock(m);
	}
	return 0;
}

int vresize(struct machine *m, vaddr_t addr, uint64_t size, vaddr_t *ret)
{
	struct vm_struct *area;
	int err = -EINVAL;

	if (atomic_load_explicit(&m->crashed, memory_order_relaxed))
		return -EIO;
	lock_read(&m->vmlist->busy);
	vmlist_read_lock(m);
	area = size ? find_resizable(m, addr) : NULL;
	vmlist_read_unlock(m);
	if (area)
		err = resize_area(m, area, size);
	if (!err)
		*ret = area->addr;
	unlock_read(&m->vmlist->busy);
	return err;
}

/* An area that is a range and no more.  Lock held. */
static struct vm_struct *find_bare(struct machine *m, vaddr_t addr)
{
	struct vm_struct *area = __find_vm_area(m, addr);

	if (!area || area->nr_pages || area->flags & (VM_UNINITIALIZED | VM_NO_GUARD) ||
	    !(area->flags & VM_ALLOC))
		return NULL;
	return area;
}

static void set_range_size(struct machine *m, struct vm_struct *area, uint64_t size)
{
	area->size = PAGE_ALIGN(size) + PAGE_SIZE;
	area->requested_size = size;
	vmlist_changed(m->vmlist);
}

/* 0, -EBUSY (it has to move), -EINVAL. */
static int resize_range_in_place(struct machine *m, vaddr_t addr, uint64_t size)
{
	struct vm_struct *area;
	int err = -EINVAL;

	vmlist_write_lock(m);
	area = find_bare(m, addr);
	if (area)
		err = resize_range(m, area, PAGE_ALIGN(size) + PAGE_SIZE, size);
	if (!err)
		set_range_size(m, area, size);
	vmlist_write_unlock(m);
	return err;
}

static int move_range(struct machine *m, vaddr_t addr, uint64_t size, vaddr_t *ret)
{
	struct vm_struct *stand_in;
	struct vm_struct *area;
	int err = place_stand_in(m, NULL, addr, size_to_pages(size), &stand_in);

	if (err)
		return err;
	vmlist_write_lock(m);
	area = find_bare(m, addr);
	if (area) {
		change_places(m, area, stand_in, size);
		set_range_size(m, area, size);
		*ret = area->addr;
	} else {
		__remove_vm_area(m, stand_in->addr);
	}
	vmlist_write_unlock(m);
	free_vm_struct(m, stand_in);
	return area ? 0 : -EINVAL;
}

int vm_resize_range(struct machine *m, vaddr_t addr, uint64_t size, vaddr_t *ret)
{
	int err;

	if (!size)
		return -EINVAL;
	/* A range of all there is, and its guard, fit nowhere. */
	if (PAGE_ALIGN(size) < size || PAGE_ALIGN(size) + PAGE_SIZE < size)
		return -ENOSPC;
	lock_read(&m->vmlist->busy);
	err = resize_range_in_place(m, addr, size);
	if (err == -EBUSY)
		err = move_range(m, addr, size, ret);
	else if (!err)
		*ret = addr;
	unlock_read(&m->vmlist->busy);
	return err;
}
