/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vmalloc and vfree.
 *
 * An allocation takes four steps, and undoes them in reverse when one fails:
 *
 *	1. reserve an area, hidden from readers	 (place_area)
 *	2. get its page array			 (array_alloc)
 *	3. get its frames, one by one		 (area_alloc_frames)
 *	4. map them				 (pgtable_map)
 *
 * and is published last.  A page array larger than a page goes through the
 * same four steps for itself, in step 2, so it lies at the lowest place after
 * its owner has taken one.
 */
#include <errno.h>

#include "vmalloc/array.h"
#include "vmalloc/vmlist.h"

static int fill_area(struct machine *m, struct vm_struct *area)
{
	uint64_t n = (area->size - area_guard(area)) >> PAGE_SHIFT;
	struct array_frames frames = { .m = m, .array = &area->pages };
	int err;

	if (atomic_load_explicit(&m->crashed, memory_order_relaxed))
		return -EIO;
	if (n > m->nr_frames) {
		log_no_frames(m, area->gfp, area->node, n);
		return -ENOMEM;
	}
	err = array_alloc(m, area, n, &area->pages);
	if (err)
		return err;
	err = area_alloc_frames(m, area, &area->pages, 0, n);
	if (err)
		goto free_array;
	area->nr_pages = n;
	err = pgtable_map(m, m->cr3, area->addr, n, area->prot, array_frames, &frames);
	flush_cache_vmap(m, area->addr, area_payload_end(area));
	if (err)
		goto put_frames;
	publish_area(m, area);
	return 0;

put_frames:
	area->nr_pages = 0;
	area_put_frames(m, area, &area->pages, 0, n);
free_array:
	array_free(m, area, &area->pages);
	return err;
}

/* Fills a reserved area, or ends it. */
static vaddr_t fill_or_free(struct machine *m, struct vm_struct *area)
{
	int err = fill_area(m, area);

	if (!err)
		return area->addr;
	free_vm_struct(m, remove_vm_area(m, area->addr));
	errno = map_errno(err);
	return 0;
}

struct request {
	uint64_t size;
	uint64_t align;
	vaddr_t start;
	vaddr_t end;
	gfp_t gfp;
	pgprot_t prot;
	unsigned flags;
	int node;
	const char *caller;
	struct vm_struct *array_of;
};

static vaddr_t make_area(struct machine *m, const struct request *r)
{
	uint64_t n = size_to_pages(r->size);
	struct vm_struct *area;

	if (!n) {
		errno = r->size ? ENOMEM : EINVAL;
		return 0;
	}
	if (n > m->nr_frames) {
		log_no_frames(m, r->gfp, r->node, n);
		errno = ENOMEM;
		return 0;
	}
	area = new_vm_struct(m, r->flags | VM_ALLOC | VM_UNINITIALIZED, r->node, r->caller);
	if (!area)
		return 0;
	area->requested_size = r->size;
	area->gfp = r->gfp;
	area->prot = r->prot;
	area->array_of = r->array_of;
	area = place_new_area(m, area, r->size, r->align, r->start, r->end);
	return area ? fill_or_free(m, area) : 0;
}

/* Bookkeeping comes from any zone, even if the area's own frames may not. */
vaddr_t vmalloc_array(struct machine *m, uint64_t bytes, struct vm_struct *owner)
{
	return make_area(m, &(struct request){ .size = bytes,
					       .start = m->vmalloc_start,
					       .end = m->vmalloc_end,
					       .gfp = owner->gfp & ~(__GFP_DMA | __GFP_DMA32),
					       .prot = PAGE_KERNEL,
					       .node = owner->node,
					       .caller = owner->caller,
					       .array_of = owner });
}

vaddr_t __vmalloc_area_node(struct machine *m, struct vm_struct *area, gfp_t gfp, pgprot_t prot,
			    int node)
{
	vaddr_t addr;

	lock_read(&m->vmlist->busy);
	vmlist_write_lock(m);
	area->flags |= VM_UNINITIALIZED;
	area->gfp = gfp;
	area->prot = prot;
	area->node = node;
	vmlist_write_unlock(m);
	addr = fill_or_free(m, area);
	unlock_read(&m->vmlist->busy);
	return addr;
}

vaddr_t __vmalloc_area(struct machine *m, struct vm_struct *area, gfp_t gfp, pgprot_t prot)
{
	return __vmalloc_area_node(m, area, gfp, prot, NUMA_NO_NODE);
}

vaddr_t __vmalloc_node_range(struct machine *m, uint64_t size, uint64_t align, vaddr_t start,
			     vaddr_t end, gfp_t gfp, pgprot_t prot, unsigned flags, int node,
			     const char *caller)
{
	struct request r = {
		.size = size,
		.align = align,
		.start = start,
		.end = end,
		.gfp = gfp,
		.prot = prot,
		.flags = flags,
		.node = node,
		.caller = caller,
	};
	vaddr_t addr;

	if (flags & ~VM_USERMAP) {
		errno = EINVAL;
		return 0;
	}
	lock_read(&m->vmlist->busy);
	addr = make_area(m, &r);
	unlock_read(&m->vmlist->busy);
	return addr;
}

vaddr_t __vmalloc_node(struct machine *m, uint64_t size, gfp_t gfp, pgprot_t prot, int node,
		       const char *caller)
{
	return __vmalloc_node_range(m, size, 0, m->vmalloc_start, m->vmalloc_end, gfp, prot, 0,
				    node, caller);
}

vaddr_t __vmalloc(struct machine *m, uint64_t size, gfp_t gfp, pgprot_t prot, const char *caller)
{
	return __vmalloc_node(m, size, gfp, prot, NUMA_NO_NODE, caller);
}

vaddr_t vmalloc(struct machine *m, uint64_t size, const char *caller)
{
	return __vmalloc(m, size, GFP_KERNEL | __GFP_HIGHMEM, PAGE_KERNEL, caller);
}

vaddr_t vmalloc_node(struct machine *m, uint64_t size, int node, const char *caller)
{
	return __vmalloc_node(m, size, GFP_KERNEL | __GFP_HIGHMEM, PAGE_KERNEL, node, caller);
}

vaddr_t vmalloc_exec(struct machine *m, uint64_t size, const char *caller)
{
	return __vmalloc(m, size, GFP_KERNEL | __GFP_HIGHMEM, PAGE_KERNEL_EXEC, caller);
}

vaddr_t module_alloc(struct machine *m, uint64_t size, const char *caller)
{
	bool apart = m->modules_end;
	struct vm_struct *area;

	if (!size) {
		errno = EINVAL;
		return 0;
	}
	area = __get_vm_area(m, size, VM_ALLOC, apart ? m->modules_start : m->vmalloc_start,
			     apart ? m->modules_end : m->vmalloc_end, caller);
	return area ? __vmalloc_area(m, area, GFP_KERNEL | __GFP_HIGHMEM, PAGE_KERNEL_EXEC) : 0;
}

vaddr_t vmalloc_32(struct machine *m, uint64_t size, const char *caller)
{
	return __vmalloc(m, size, GFP_KERNEL | __GFP_DMA32, PAGE_KERNEL, caller);
}

/* VM_USERMAP is there from the start: no reader ever sees the area without it. */
static vaddr_t vmalloc_for_user(struct machine *m, uint64_t size, gfp_t zone, const char *caller)
{
	return __vmalloc_node_range(m, size, 0, m->vmalloc_start, m->vmalloc_end,
				    GFP_KERNEL | __GFP_ZERO | zone, PAGE_KERNEL, VM_USERMAP,
				    NUMA_NO_NODE, caller);
}

vaddr_t vmalloc_user(struct machine *m, uint64_t size, const char *caller)
{
	return vmalloc_for_user(m, size, __GFP_HIGHMEM, caller);
}

vaddr_t vmalloc_32_user(struct machine *m, uint64_t size, const char *caller)
{
	return vmalloc_for_user(m, size, __GFP_DMA32, caller);
}

/* Lets go of a removed area's frames: its own by its array, those of a vmap by its record. */
static void release_frames(struct machine *m, struct vm_struct *area)
{
	uint64_t frame[ARRAY_BATCH];

	if (area->nr_pages) {
		area_put_frames(m, area, &area->pages, 0, area->nr_pages);
		return;
	}
	if (!(area->flags & (VM_MAP | VM_LENT)))
		return;
	for (uint64_t i = 0; i < area->pages.capacity; i += ARRAY_BATCH) {
		uint64_t left = area->pages.capacity - i;
		size_t n = left < ARRAY_BATCH ? (size_t)left : ARRAY_BATCH;
		struct array_frames frames = { .m = m, .array = &area->pages };

		array_frames(&frames, i, n, frame);
		put_pages_bulk(m, frame, n);
	}
}

/* Takes an area that readers can see off the vmlist, or nothing. Owner as for vunmap_area. */
static struct vm_struct *remove_whole_area(struct machine *m, vaddr_t addr,
					   const struct vm_struct *owner)
{
	struct vm_struct *area;

	vmlist_write_lock(m);
	area = __find_vm_area(m, addr);
	if (area && !(area->flags & VM_UNINITIALIZED) && (!owner || area->array_of == owner))
		area = __remove_vm_area(m, addr);
	else
		area = NULL;
	vmlist_write_unlock(m);
	return area;
}

static bool vunmap_checked(struct machine *m, vaddr_t addr, const struct vm_struct *owner)
{
	struct vm_struct *area = remove_whole_area(m, addr, owner);

	if (!area)
		return false;
	release_frames(m, area);
	array_free(m, area, &area->pages);
	free_vm_struct(m, area);
	return true;
}

void vunmap_area(struct machine *m, vaddr_t addr, const struct vm_struct *owner)
{
	if (WARN_ON(m, !vunmap_checked(m, addr, owner)))
		printk(m, KERN_ERR, "Trying to vfree() nonexistent vm area (%0*llx)",
		       address_digits(m), (unsigned long long)addr);
}

/*
 * Historic: vunmap of an area that owns frames leaked them.  Here they are
 * freed either way, so deallocate_pages makes no difference any more.
 */
void __vunmap(struct machine *m, vaddr_t addr, bool deallocate_pages)
{
	bool found;

	(void)deallocate_pages;
	if (!addr)
		return;
	if (addr & ~PAGE_MASK) {
		printk(m, KERN_ERR, "Trying to vfree() bad address (%0*llx)", address_digits(m),
		       (unsigned long long)addr);
		WARN_ON(m, true);
		return;
	}
	lock_read(&m->vmlist->busy);
	found = vunmap_checked(m, addr, NULL);
	unlock_read(&m->vmlist->busy);
	if (!found) {
		printk(m, KERN_ERR, "Trying to vfree() nonexistent vm area (%0*llx)",
		       address_digits(m), (unsigned long long)addr);
		WARN_ON(m, true);
	}
}

void vfree(struct machine *m, vaddr_t addr)
{
	if (BUG_ON(m, atomic_load_explicit(&m->in_interrupt, memory_order_relaxed)))
		return;
	__vunmap(m, addr, true);
}

void vunmap(struct machine *m, vaddr_t addr)
{
	if (BUG_ON(m, atomic_load_explicit(&m->in_interrupt, memory_order_relaxed)))
		return;
	__vunmap(m, addr, false);
}
