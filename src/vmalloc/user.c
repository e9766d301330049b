/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ranges of a user process: vmas, and remap_vmalloc_range.
 *
 *	vma:	vm_start ............ vm_end	  tables of its own (pgd)
 *		   |    |    |    |
 *		 frames of a VM_USERMAP area, from page pgoff on
 *
 * A vma holds a reference on each frame inserted.  It remembers these frames in
 * host memory: its tables are guest memory, and may say anything later.
 */
#include <errno.h>
#include <string.h>

#include <vmallocfs/state.h>

#include "vmalloc/vmlist.h"

#define USER_SPACE_END UINT64_C(0x00007ffffffff000)

/* Where a user's ranges begin and end.  With 32 bits Linux begins at a third of them. */
static vaddr_t user_base(const struct machine *m)
{
	return machine_is_32bit(m) ? PAGE_ALIGN(m->kernel_start / 3) : VMA_BASE;
}

static uint64_t user_room(const struct machine *m)
{
	return (machine_is_32bit(m) ? m->kernel_start : USER_SPACE_END) - user_base(m);
}

/* As Linux does for each process; what the kernel's PGD gets later is copied on a fault. */
static void share_kernel_half(struct machine *m, paddr_t pgd)
{
	const pte_t *from = (const pte_t *)(m->ram + m->cr3);
	pte_t *to = (pte_t *)(m->ram + pgd);

	page_mark_dirty(m, pgd >> PAGE_SHIFT);
	for (unsigned i = pgd_user_entries(m); i < pgd_entries(m); i++)
		pte_set(&to[i], pte_get(&from[i]));
}

int vma_create(struct machine *m, uint64_t size, struct vma **ret)
{
	uint64_t full = PAGE_ALIGN(size);
	struct vma *vma;
	pfn_t pgd;
	int err;

	if (full < size || full > user_room(m))
		return -EINVAL;
	vma = kmalloc(m, sizeof(*vma), GFP_KERNEL | __GFP_ZERO);
	if (!vma)
		return -ENOMEM;
	lock_read(&m->vmlist->busy);
	err = alloc_table(m, &pgd);
	if (!err) {
		share_kernel_half(m, pgd << PAGE_SHIFT);
		vma->vm_start = user_base(m);
		vma->vm_end = vma->vm_start + full;
		vma->pgd = pgd << PAGE_SHIFT;
		vmlist_write_lock(m);
		vma->id = ++m->vmlist->last_vma;
		vma->next = m->vmlist->vmas;
		m->vmlist->vmas = vma;
		vmlist_write_unlock(m);
	}
	unlock_read(&m->vmlist->busy);
	if (err) {
		kfree(m, vma);
		return err;
	}
	*ret = vma;
	return 0;
}

/* PG_user says that some vma has the frame, so it stays where another one has it. */
static void unmark_frames(struct machine *m, const struct vma *vma)
{
	for (uint64_t i = 0; i < vma->nr_frames; i++)
		atomic_fetch_and(&pfn_to_page(m, vma->frames[i])->flags, (uint8_t)~PG_user);
	for (const struct vma *other = m->vmlist->vmas; other; other = other->next)
		for (uint64_t i = 0; other->tag == vma->tag && i < other->nr_frames; i++)
			atomic_fetch_or(&pfn_to_page(m, other->frames[i])->flags, PG_user);
}

void unlink_vma(struct machine *m, struct vma *vma)
{
	struct vma **link;

	for (link = &m->vmlist->vmas; *link != vma; link = &(*link)->next)
		;
	*link = vma->next;
	cpus_leave(m, vma->pgd);
	unmark_frames(m, vma);
}

void free_vma(struct machine *m, struct vma *vma)
{
	put_pages_bulk(m, vma->frames, vma->nr_frames);
	pgtable_destroy_user(m, vma->pgd);
	kfree(m, vma->frames);
	kfree(m, vma);
}

void vma_destroy(struct machine *m, struct vma *vma)
{
	if (!vma)
		return;
	lock_read(&m->vmlist->busy);
	vmlist_write_lock(m);
	unlink_vma(m, vma);
	vmlist_write_unlock(m);
	free_vma(m, vma);
	unlock_read(&m->vmlist->busy);
}

/*
 * The frames under pages first..first+n-1 of the area at addr, each with a new reference,
 * and the tag of the first one's area.  The tag is read under the lock: without it another
 * thread may free the area, and then its frames have no tag any more.
 */
static int grab_frames(struct machine *m, vaddr_t addr, uint64_t first, uint64_t n, pfn_t *ret,
		       uint32_t *tag)
{
	const struct vm_struct *area;
	uint64_t pages;
	int err = -EINVAL;

	vmlist_read_lock(m);
	area = __find_vm_area(m, addr);
	if (!area || area->flags & VM_UNINITIALIZED || !(area->flags & VM_USERMAP))
		goto out;
	pages = (area->size - area_guard(area)) >> PAGE_SHIFT;
	if (first > pages || n > pages - first)
		goto out;
	for (uint64_t i = 0; i < n; i++) {
		struct page *page = vmalloc_to_page(m, addr + ((first + i) << PAGE_SHIFT));

		/* No holder: such a frame is here only because the tables were tampered with. */
		if (!page || !atomic_load(&page->_refcount)) {
			while (i)
				put_page(m, pfn_to_page(m, ret[--i]));
			goto out;
		}
		get_page(page);
		ret[i] = page_to_pfn(m, page);
	}
	*tag = pfn_to_page(m, ret[0])->owner;
	err = 0;
out:
	vmlist_read_unlock(m);
	return err;
}

static void vma_frames(void *arg, uint64_t first, size_t n, pfn_t *ret)
{
	const pfn_t *frames = arg;

	memcpy(ret, frames + first, n * sizeof(*ret));
}

/* Under the lock, because a thread that unmaps another vma reads the frames of this one. */
static void replace_frame_room(struct machine *m, struct vma *vma, pfn_t *frames, uint64_t room)
{
	pfn_t *old;

	vmlist_write_lock(m);
	old = vma->frames;
	vma->frames = frames;
	vma->room = room;
	vmlist_write_unlock(m);
	kfree(m, old);
}

/* Makes room for n frames, at least twice as much as before: growing page by page stays cheap. */
static int make_frame_room(struct machine *m, struct vma *vma, uint64_t n)
{
	uint64_t room = n > 2 * vma->room ? n : 2 * vma->room;
	pfn_t *frames;

	if (n <= vma->room)
		return 0;
	frames = kmalloc(m, room * sizeof(*frames), GFP_KERNEL);
	if (!frames)
		return -ENOMEM;
	if (vma->nr_frames)
		memcpy(frames, vma->frames, vma->nr_frames * sizeof(*frames));
	replace_frame_room(m, vma, frames, room);
	return 0;
}

/*
 * Marks the new frames and counts them in the vma, both under the lock: a thread that
 * holds the lock sees a vma whose frames all have the mark.
 */
static void publish_frames(struct machine *m, struct vma *vma, uint32_t tag, uint64_t pgoff,
			   uint64_t n)
{
	vmlist_write_lock(m);
	if (!vma->nr_frames) {
		vma->tag = tag;
		vma->pgoff = pgoff;
	}
	for (uint64_t i = vma->nr_frames; i < n; i++)
		atomic_fetch_or(&pfn_to_page(m, vma->frames[i])->flags, PG_user);
	vma->nr_frames = n;
	vma->vm_end = vma->vm_start + (n << PAGE_SHIFT);
	vma->vm_flags |= VM_RESERVED;
	vmlist_write_unlock(m);
}

/* Inserts frames of the area at addr, from its page pgoff on, until the vma has n. */
static int insert_frames(struct machine *m, struct vma *vma, vaddr_t addr, uint64_t pgoff,
			 uint64_t n)
{
	uint64_t have = vma->nr_frames;
	uint64_t more = n - have;
	uint32_t tag;
	pfn_t *frames;
	int err = make_frame_room(m, vma, n);

	if (err)
		return err;
	frames = vma->frames + have;
	err = grab_frames(m, addr, pgoff, more, frames, &tag);
	if (err)
		return err;
	err = pgtable_map(m, vma->pgd, vma->vm_start + (have << PAGE_SHIFT), more, PAGE_SHARED,
			  vma_frames, frames);
	if (err) {
		put_pages_bulk(m, frames, more);
		return err;
	}
	publish_frames(m, vma, tag, pgoff, n);
	return 0;
}

int remap_vmalloc_range(struct machine *m, struct vma *vma, vaddr_t addr, uint64_t pgoff)
{
	uint64_t n = (vma->vm_end - vma->vm_start) >> PAGE_SHIFT;
	int err;

	if (addr & ~PAGE_MASK || !n || vma->nr_frames)
		return vma->nr_frames ? -EBUSY : -EINVAL;
	if (n > m->nr_frames)
		return -EINVAL;
	lock_read(&m->vmlist->busy);
	err = insert_frames(m, vma, addr, pgoff, n);
	if (err)
		replace_frame_room(m, vma, NULL, 0);
	unlock_read(&m->vmlist->busy);
	return err;
}

int vma_grow(struct machine *m, struct vma *vma, vaddr_t addr, uint64_t size)
{
	uint64_t full = PAGE_ALIGN(size);
	uint64_t n = full >> PAGE_SHIFT;
	int err;

	if (addr & ~PAGE_MASK || full < size || full > user_room(m) || n > m->nr_frames ||
	    n < vma->nr_frames || !vma->nr_frames)
		return -EINVAL;
	if (n == vma->nr_frames)
		return 0;
	lock_read(&m->vmlist->busy);
	err = insert_frames(m, vma, addr, vma->nr_frames, n);
	unlock_read(&m->vmlist->busy);
	return err;
}

/*
 * The references and marks of all vmas go, or come back.  A table that has the mark
 * is a process's, as those below the top one are all the time.
 */
static void vmas_let_go(struct machine *m, bool go)
{
	for (const struct vma *vma = m->vmlist->vmas; vma; vma = vma->next) {
		struct page *pgd = pfn_to_page(m, vma->pgd >> PAGE_SHIFT);

		if (go)
			atomic_fetch_or(&pgd->flags, PG_user);
		else
			atomic_fetch_and(&pgd->flags, (uint8_t)~PG_user);
		for (uint64_t i = 0; i < vma->nr_frames; i++) {
			struct page *page = pfn_to_page(m, vma->frames[i]);

			if (go) {
				atomic_fetch_sub(&page->_refcount, 1);
				atomic_fetch_and(&page->flags, (uint8_t)~PG_user);
			} else {
				atomic_fetch_add(&page->_refcount, 1);
				atomic_fetch_or(&page->flags, PG_user);
			}
		}
	}
}

int vmalloc_moment_begin(struct machine *m, struct moment **ret)
{
	int err;

	vmas_let_go(m, true);
	err = moment_begin(m, ret);
	vmas_let_go(m, false);
	return err;
}
