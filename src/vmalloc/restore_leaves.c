/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An area of another machine, with the leaves that its page tables had there.
 *
 *	leaves	   [4K][4K]		 [	2M	]	their frames exist already
 *	pages	   [0 ][1 ][2 ][3 ] ...	 [512 ... 1023	]	2 and 3 get frames of their own
 *
 * The area takes a reference on each frame under a leaf.  Its page array says which ones:
 * page by page if it owns them, else one after the other, for then a page may have none.
 */
#include <errno.h>

#include "vmalloc/array.h"
#include "vmalloc/restore.h"
#include "vmalloc/vmlist.h"

static uint64_t leaf_pages(const struct vm_leaf *leaf)
{
	return UINT64_C(1) << (9 * (unsigned)leaf->level);
}

static bool leaf_is_ram(const struct machine *m, const struct vm_leaf *leaf)
{
	return pfn_valid(m, leaf->pfn) && leaf_pages(leaf) <= m->nr_frames - leaf->pfn;
}

/* How many frames of RAM are under the leaves. */
static uint64_t frames_under(const struct machine *m, const struct vm_restore *r)
{
	uint64_t n = 0;

	for (size_t i = 0; i < r->nr_leaves; i++)
		n += leaf_is_ram(m, &r->leaves[i]) ? leaf_pages(&r->leaves[i]) : 0;
	return n;
}

/* Takes the frames under a leaf, as entries first... of the area's array. */
static void hold_leaf_frames(struct machine *m, struct vm_struct *area, const struct vm_leaf *leaf,
			     uint64_t first, bool own)
{
	for (uint64_t i = 0; i < leaf_pages(leaf); i++) {
		pfn_t pfn = leaf->pfn + i;
		struct page *page = pfn_to_page(m, pfn);

		get_page(page);
		array_set(m, &area->pages, first + i, 1, &pfn);
		if (!own)
			continue;
		page->owner = area->tag;
		if (area->node_pages)
			area->node_pages[pfn_to_nid(m, pfn)]++;
	}
}

static int map_leaves(struct machine *m, const struct vm_restore *r)
{
	int err = 0;

	for (size_t i = 0; i < r->nr_leaves && !err; i++) {
		const struct vm_leaf *leaf = &r->leaves[i];

		err = pgtable_map_leaf(m, m->cr3, leaf->addr, leaf->level,
				       leaf->pfn << PAGE_SHIFT | leaf->flags);
	}
	return err;
}

/* Pages [first, end) have no leaf: frames of the area's own, mapped as ever. */
static int fill_gap(struct machine *m, struct vm_struct *area, uint64_t first, uint64_t end)
{
	struct array_frames frames = { .m = m, .array = &area->pages, .first = first };
	int err;

	if (first == end)
		return 0;
	err = area_alloc_frames(m, area, &area->pages, first, end - first);
	if (err)
		return err;
	err = pgtable_map(m, m->cr3, area->addr + (first << PAGE_SHIFT), end - first, area->prot,
			  array_frames, &frames);
	if (err)
		area_put_frames(m, area, &area->pages, first, end - first);
	return err;
}

/* The frames of an area that owns them.  *done: of how many pages it has some, also on failure. */
static int own_pages(struct machine *m, struct vm_struct *area, const struct vm_restore *r,
		     uint64_t *done)
{
	int err;

	for (size_t i = 0; i < r->nr_leaves; i++) {
		uint64_t page = (r->leaves[i].addr - area->addr) >> PAGE_SHIFT;

		if (page < *done || page + leaf_pages(&r->leaves[i]) > r->nr_pages ||
		    !leaf_is_ram(m, &r->leaves[i]))
			return -EINVAL;
		err = fill_gap(m, area, *done, page);
		if (err)
			return err;
		hold_leaf_frames(m, area, &r->leaves[i], page, true);
		*done = page + leaf_pages(&r->leaves[i]);
	}
	err = fill_gap(m, area, *done, r->nr_pages);
	if (!err)
		*done = r->nr_pages;
	return err;
}

int restore_owned(struct machine *m, struct vm_struct *area, const struct vm_restore *r)
{
	uint64_t done = 0;
	int err = array_alloc_host(m, r->nr_pages, &area->pages);

	if (err)
		return err;
	err = own_pages(m, area, r, &done);
	if (!err)
		err = map_leaves(m, r);
	if (err)
		area_put_frames(m, area, &area->pages, 0, done);
	else
		area->nr_pages = done;
	return err;
}

int restore_lent(struct machine *m, struct vm_struct *area, const struct vm_restore *r)
{
	uint64_t frames = frames_under(m, r), done = 0;
	int err;

	area->flags |= VM_LENT;
	err = frames ? array_alloc_host(m, frames, &area->pages) : 0;
	if (!err)
		err = map_leaves(m, r);
	if (err)
		return err;
	for (size_t i = 0; i < r->nr_leaves; i++) {
		if (!leaf_is_ram(m, &r->leaves[i]))
			continue;
		hold_leaf_frames(m, area, &r->leaves[i], done, false);
		done += leaf_pages(&r->leaves[i]);
	}
	return 0;
}
