/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Areas over frames that are not the area's own: vmap of RAM, ioremap of
 * device memory.
 *
 * A vmap keeps a record of its frames, in host memory, because it holds a
 * reference on each: the page tables are guest memory and cannot be asked
 * later.  nr_pages stays 0, as in Linux: the area does not own the frames.
 */
#include <errno.h>

#include "vmalloc/array.h"
#include "vmalloc/vmlist.h"

static void get_frames(struct page **pages, uint64_t n)
{
	for (uint64_t i = 0; i < n; i++)
		get_page(pages[i]);
}

static vaddr_t vmap_busy(struct machine *m, struct page **pages, uint64_t count, unsigned flags,
			 pgprot_t prot, const char *caller)
{
	struct page **cursor = pages;
	struct vm_struct *area;
	int err;

	area = new_vm_struct(m, flags | VM_MAP | VM_UNINITIALIZED, NUMA_NO_NODE, caller);
	if (!area)
		return 0;
	area->requested_size = count << PAGE_SHIFT;
	area->prot = prot;
	area = place_new_area(m, area, count << PAGE_SHIFT, 0, m->vmalloc_start, m->vmalloc_end);
	if (!area)
		return 0;
	err = array_alloc_host(m, count, &area->pages);
	if (err)
		goto free_area;
	err = map_vm_area(m, area, prot, &cursor);
	if (err)
		goto free_area;
	for (uint64_t i = 0; i < count; i++) {
		pfn_t pfn = page_to_pfn(m, pages[i]);

		array_set(m, &area->pages, i, 1, &pfn);
	}
	get_frames(pages, count);
	publish_area(m, area);
	return area->addr;

free_area:
	free_vm_struct(m, remove_vm_area(m, area->addr));
	errno = map_errno(err);
	return 0;
}

vaddr_t vmap(struct machine *m, struct page **pages, uint64_t count, unsigned flags, pgprot_t prot,
	     const char *caller)
{
	vaddr_t addr;

	if (!count || flags & ~VM_MAP) {
		errno = EINVAL;
		return 0;
	}
	if (count > m->nr_frames) {
		errno = ENOMEM;
		return 0;
	}
	lock_read(&m->vmlist->busy);
	addr = vmap_busy(m, pages, count, flags, prot, caller);
	unlock_read(&m->vmlist->busy);
	return addr;
}

static void phys_frames(void *arg, uint64_t first, size_t n, pfn_t *ret)
{
	const pfn_t *base = arg;

	for (size_t i = 0; i < n; i++)
		ret[i] = *base + first + i;
}

int map_phys(struct machine *m, struct vm_struct *area, paddr_t phys, pgprot_t prot)
{
	pfn_t base = phys >> PAGE_SHIFT;
	uint64_t n = (area->size - area_guard(area)) >> PAGE_SHIFT;
	int err = pgtable_map(m, m->cr3, area->addr, n, prot, phys_frames, &base);

	flush_cache_vmap(m, area->addr, area_payload_end(area));
	return err;
}

bool phys_is_device(const struct machine *m, paddr_t phys, uint64_t size)
{
	return phys >= m->ram_size && phys < PHYS_END && size <= PHYS_END - phys;
}

static vaddr_t ioremap_busy(struct machine *m, paddr_t phys, uint64_t size, pgprot_t flags,
			    const char *caller)
{
	uint64_t offset = phys & ~PAGE_MASK;
	struct vm_struct *area;
	int err;

	area = new_vm_struct(m, VM_IOREMAP | VM_UNINITIALIZED, NUMA_NO_NODE, caller);
	if (!area)
		return 0;
	area->requested_size = size;
	area->phys_addr = phys;
	area->prot = PAGE_KERNEL | flags;
	/* The alignment follows from whole pages, the one that phys begins in included. */
	area = place_new_area(m, area, PAGE_ALIGN(size + offset), 0, m->vmalloc_start,
			      m->vmalloc_end);
	if (!area)
		return 0;
	err = map_phys(m, area, phys, area->prot);
	if (err) {
		free_vm_struct(m, remove_vm_area(m, area->addr));
		errno = map_errno(err);
		return 0;
	}
	publish_area(m, area);
	return area->addr + offset;
}

vaddr_t ioremap(struct machine *m, paddr_t phys, uint64_t size, pgprot_t flags, const char *caller)
{
	vaddr_t addr;

	if (!size || !phys_is_device(m, phys, size)) {
		errno = EINVAL;
		return 0;
	}
	lock_read(&m->vmlist->busy);
	addr = ioremap_busy(m, phys, size, flags, caller);
	unlock_read(&m->vmlist->busy);
	return addr;
}

void iounmap(struct machine *m, vaddr_t addr)
{
	vunmap(m, addr & PAGE_MASK);
}

int io_reserve(struct machine *m, uint64_t size, paddr_t *ret)
{
	struct vmlist *v = m->vmlist;
	uint64_t full = PAGE_ALIGN(size);
	int err;

	if (!size)
		return -EINVAL;
	if (!full)
		return -ENOMEM;
	lock_write(&v->lock);
	/* Device ranges have no descriptor; any non-NULL item will do. */
	err = gaptree_place(&v->io, full, PAGE_SIZE, m->io_start, PHYS_END, m, ret);
	unlock_write(&v->lock);
	return err == -ENOSPC ? -ENOMEM : err;
}

void io_release(struct machine *m, paddr_t phys)
{
	struct vmlist *v = m->vmlist;

	lock_write(&v->lock);
	gaptree_remove(&v->io, phys);
	unlock_write(&v->lock);
}
