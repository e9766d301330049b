/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Areas of another machine, put where they lay there instead of where the policy
 * would place them.
 *
 * What such an area looked like is taken as it stands.  Its page array is
 * always host memory, also where the other machine had an area for it: that
 * area is in the saved layout itself, and must not appear twice.
 */
#include <errno.h>
#include <string.h>

#include "vmalloc/array.h"
#include "vmalloc/restore.h"
#include "vmalloc/vmlist.h"

static bool overlaps(vaddr_t addr, uint64_t size, vaddr_t start, uint64_t length)
{
	return addr < start + length && start < addr + size;
}

int check_restore(const struct machine *m, const struct vm_restore *r)
{
	if (!r->size || r->addr & ~PAGE_MASK || r->size & ~PAGE_MASK || r->addr < m->kernel_start ||
	    r->addr > m->address_last - PAGE_SIZE)
		return -EINVAL;
	/* The last page of the address space stays unused. */
	if (r->size > m->address_last + 1 - PAGE_SIZE - r->addr ||
	    r->nr_pages > r->size >> PAGE_SHIFT)
		return -EINVAL;
	if (r->nr_pages > m->nr_frames)
		return -ENOMEM;
	if (overlaps(r->addr, r->size, m->page_offset_base, PAGE_ALIGN(m->direct_map_size)) ||
	    overlaps(r->addr, r->size, m->vmemmap_base, m->nr_frames * STRUCT_PAGE_SIZE))
		return -EEXIST;
	return 0;
}

/* The other machine's frames, node by node as it had them. */
static int restore_frames(struct machine *m, struct vm_struct *area, const struct vm_restore *r)
{
	struct array_frames frames = { .m = m, .array = &area->pages };
	uint64_t done = 0;
	int err;

	err = array_alloc_host(m, r->nr_pages, &area->pages);
	if (err)
		return err;
	for (unsigned nid = 0; r->node_pages && nid < m->nr_nodes; nid++) {
		uint64_t n = r->node_pages[nid];

		if (n > r->nr_pages - done) {
			err = -EINVAL;
			goto put_frames;
		}
		area->node = (int)nid;
		err = area_alloc_frames(m, area, &area->pages, done, n);
		if (err)
			goto put_frames;
		done += n;
	}
	area->node = NUMA_NO_NODE;
	err = area_alloc_frames(m, area, &area->pages, done, r->nr_pages - done);
	if (err)
		goto put_frames;
	done = r->nr_pages;
	err = pgtable_map(m, m->cr3, area->addr, done, area->prot, array_frames, &frames);
	if (err)
		goto put_frames;
	area->nr_pages = done;
	return 0;

put_frames:
	area_put_frames(m, area, &area->pages, 0, done);
	return err;
}

/* An area that is no larger than its guard is a BUG in map_vm_area(); it stays all the same. */
static int restore_device(struct machine *m, struct vm_struct *area)
{
	struct page **none = NULL;

	if (area->size > area_guard(area))
		return map_phys(m, area, area->phys_addr, area->prot);
	map_vm_area(m, area, area->prot, &none);
	return 0;
}

static int restore_busy(struct machine *m, const struct vm_restore *r)
{
	struct vmlist *v = m->vmlist;
	struct vm_struct *area;
	int err = 0;

	area = new_vm_struct(m, r->flags | VM_UNINITIALIZED, NUMA_NO_NODE, r->caller);
	if (!area)
		return -ENOMEM;
	if (r->nr_pages && r->nr_pages == r->size >> PAGE_SHIFT)
		area->flags |= VM_NO_GUARD;
	area->addr = r->addr;
	area->size = r->size;
	area->requested_size = r->nr_pages ? r->nr_pages << PAGE_SHIFT : r->size - area_guard(area);
	area->phys_addr = r->phys_addr;
	/* Where there is HighMem such areas live in it, as vmalloc()'s do. */
	area->gfp = GFP_KERNEL | (machine_is_32bit(m) ? __GFP_HIGHMEM : 0);
	area->prot = PAGE_KERNEL;

	vmlist_write_lock(m);
	do { /* once more if a purge has made room */
		err = gaptree_insert(&v->tree, area->addr, area->size, area);
	} while (err == -EBUSY && purge_for_room(m, area->addr));
	if (!err) {
		tag_area(v, area);
		vmlist_changed(v);
		if (history_is_on(&v->history))
			history_placed(m, area, NULL, 0, VM_RANGE_FREE);
	}
	vmlist_write_unlock(m);
	if (err) {
		free_vm_struct(m, area);
		return err == -EBUSY ? -EEXIST : err;
	}

	if (r->leaves && r->nr_pages) {
		err = restore_owned(m, area, r);
	} else if (r->leaves) {
		err = restore_lent(m, area, r);
	} else if (r->nr_pages) {
		err = restore_frames(m, area, r);
	} else if (area->flags & VM_IOREMAP &&
		   phys_is_device(m, r->phys_addr & PAGE_MASK, area->size - area_guard(area))) {
		area->prot = PAGE_KERNEL_NOCACHE;
		err = restore_device(m, area);
	}
	if (err) {
		free_vm_struct(m, remove_vm_area(m, area->addr));
		return err;
	}
	publish_area(m, area);
	return 0;
}

int vm_restore_area(struct machine *m, const struct vm_restore *r)
{
	int err = check_restore(m, r);

	if (err)
		return err;
	lock_read(&m->vmlist->busy);
	err = restore_busy(m, r);
	unlock_read(&m->vmlist->busy);
	return err;
}

int vm_restore_waiting(struct machine *m, vaddr_t addr, uint64_t size)
{
	const struct vm_restore r = { .addr = addr, .size = size };
	int err = check_restore(m, &r);

	if (err)
		return err;
	lock_read(&m->vmlist->busy);
	vmlist_write_lock(m);
	err = add_lazy_range(m, addr, size);
	vmlist_write_unlock(m);
	unlock_read(&m->vmlist->busy);
	return err == -EBUSY ? -EEXIST : err;
}
