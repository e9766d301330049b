/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Maps of users that are known by an ID, and the CR3 of processors.
 *
 *	vm_remap(area, 2, 3)	ID 1: a PGD of its own, whose lower half has pages 2 to 4
 *	vm_load_cr3(cpu, 1)	the processor sees them, and the kernel's half as before
 *	vm_unmap(1)		the processor is back in the kernel's tables
 */
#include <errno.h>

#include "vmalloc/vmlist.h"

/* Which of the rules of remap_vmalloc_range() is broken. */
static const char *broken_rule(struct machine *m, vaddr_t addr, uint64_t pgoff, uint64_t pages)
{
	const struct vm_struct *area;
	const char *why = "the tables lead to a frame that is not in use";

	if (addr & ~PAGE_MASK)
		return "the address is misaligned";
	if (!pages)
		return "the map is empty";
	vmlist_read_lock(m);
	area = __find_vm_area(m, addr);
	if (!area || area->flags & VM_UNINITIALIZED)
		why = "no area is there";
	else if (!(area->flags & VM_USERMAP))
		why = "the area is not for users: it has no VM_USERMAP";
	else if (pgoff > UINT64_MAX >> PAGE_SHIFT || pages > (UINT64_MAX >> PAGE_SHIFT) - pgoff)
		why = "the page and the number of pages overflow";
	else if (pgoff + pages > (area->size - area_guard(area)) >> PAGE_SHIFT)
		why = "the area has no such pages";
	vmlist_read_unlock(m);
	return why;
}

int vm_remap(struct machine *m, vaddr_t addr, uint64_t pgoff, uint64_t pages, uint64_t *id,
	     vaddr_t *start, const char **why)
{
	struct vma *vma;
	int err = -EINVAL;

	*why = NULL;
	if (pages <= m->nr_frames)
		err = vma_create(m, pages << PAGE_SHIFT, &vma);
	if (!err) {
		err = remap_vmalloc_range(m, vma, addr, pgoff);
		if (err)
			vma_destroy(m, vma);
	}
	if (err == -EINVAL)
		*why = broken_rule(m, addr, pgoff, pages);
	if (err)
		return err;
	*id = vma->id;
	*start = vma->vm_start;
	vmlist_write_lock(m);
	vma->by_id = true; /* from here on others may end it */
	vmlist_write_unlock(m);
	return 0;
}

/* Lock held. */
static struct vma *find_vma_by_id(const struct machine *m, uint64_t id)
{
	struct vma *vma = m->vmlist->vmas;

	while (vma && vma->id != id)
		vma = vma->next;
	return vma;
}

int vm_unmap(struct machine *m, uint64_t id)
{
	struct vma *vma;
	int err = 0;

	lock_read(&m->vmlist->busy);
	vmlist_write_lock(m);
	vma = find_vma_by_id(m, id);
	if (!vma)
		err = -ENOENT;
	else if (!vma->by_id)
		err = -EBUSY;
	else
		unlink_vma(m, vma);
	vmlist_write_unlock(m);
	if (!err)
		free_vma(m, vma);
	unlock_read(&m->vmlist->busy);
	return err;
}

void vm_unmap_all(struct machine *m)
{
	uint64_t id;

	do {
		id = 0;
		vmlist_read_lock(m);
		for (const struct vma *vma = m->vmlist->vmas; vma; vma = vma->next)
			if (vma->by_id)
				id = vma->id;
		vmlist_read_unlock(m);
	} while (id && (vm_unmap(m, id), true));
}

int vm_load_cr3(struct machine *m, unsigned cpu, uint64_t id)
{
	const struct vma *vma;

	vmlist_read_lock(m); /* vma_destroy() leaves no processor in its tables */
	vma = id ? find_vma_by_id(m, id) : NULL;
	if (vma || !id)
		cpu_load_cr3(m, cpu, vma ? vma->pgd : m->cr3);
	vmlist_read_unlock(m);
	return vma || !id ? 0 : -ENOENT;
}

void vma_for_each(struct machine *m, vma_fn *fn, void *arg)
{
	uint64_t next;
	uint64_t last = 0;

	vmlist_read_lock(m);
	do { /* the list has the newest first */
		const struct vma *found = NULL;

		next = UINT64_MAX;
		for (const struct vma *vma = m->vmlist->vmas; vma; vma = vma->next) {
			if (vma->id > last && vma->id < next) {
				next = vma->id;
				found = vma;
			}
		}
		if (found)
			fn(arg, found);
		last = next;
	} while (next != UINT64_MAX);
	vmlist_read_unlock(m);
}
