/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An area's page tables: its pages onto frames, its guard onto nothing.
 */
#include <errno.h>
#include <string.h>

#include "vmalloc/vmlist.h"

struct page_frames {
	const struct machine *m;
	struct page **pages;
};

static void page_frames(void *arg, uint64_t first, size_t n, pfn_t *ret)
{
	const struct page_frames *f = arg;

	for (size_t i = 0; i < n; i++)
		ret[i] = page_to_pfn(f->m, f->pages[first + i]);
}

int map_vm_area(struct machine *m, struct vm_struct *area, pgprot_t prot, struct page ***pages)
{
	struct page_frames frames = { .m = m, .pages = *pages };
	uint64_t n;
	int err;

	if (BUG_ON(m, area->size <= area_guard(area)))
		return -EIO;
	n = (area->size - area_guard(area)) >> PAGE_SHIFT;

	err = 0;
	for (uint64_t i = 0; i < n && !err; i++)
		if (!frames.pages[i])
			err = -ENOMEM;
	if (!err)
		err = pgtable_map(m, m->cr3, area->addr, n, prot, page_frames, &frames);
	if (!err)
		*pages += n;
	flush_cache_vmap(m, area->addr, area_payload_end(area));
	return err;
}

void unmap_vm_area_noflush(struct machine *m, struct vm_struct *area)
{
	vaddr_t end = area->addr + area->size;

	if (BUG_ON(m, area->addr >= end))
		return;
	flush_cache_vunmap(m, area->addr, end);
	pgtable_unmap(m, m->cr3, area->addr, end);
}

void unmap_vm_area(struct machine *m, struct vm_struct *area)
{
	vaddr_t end = area->addr + area->size;

	unmap_vm_area_noflush(m, area);
	if (area->addr < end)
		flush_tlb_kernel_range(m, area->addr, end);
}

struct page *vmalloc_to_page(struct machine *m, vaddr_t addr)
{
	struct translation t;

	if (pgtable_walk(m, m->cr3, addr, ACCESS_READ, &t) != FAULT_NONE)
		return NULL;
	return pfn_to_page(m, t.phys >> PAGE_SHIFT);
}

int vm_area_pages(struct machine *m, vaddr_t addr, uint64_t first, uint64_t n, struct page **ret)
{
	const struct vm_struct *area;
	uint64_t pages;
	int err = -EINVAL;

	vmlist_read_lock(m);
	area = __find_vm_area(m, addr);
	if (!area || area->flags & VM_UNINITIALIZED)
		goto out;
	pages = (area->size - area_guard(area)) >> PAGE_SHIFT;
	if (first > pages || n > pages - first)
		goto out;
	for (uint64_t i = 0; i < n; i++) {
		ret[i] = vmalloc_to_page(m, addr + ((first + i) << PAGE_SHIFT));
		if (!ret[i])
			goto out;
	}
	err = 0;
out:
	vmlist_read_unlock(m);
	return err;
}
