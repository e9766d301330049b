/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of this layer share: the address space of one machine.
 */
#ifndef VMALLOC_VMLIST_H
#define VMALLOC_VMLIST_H

#include <errno.h>
#include <vmallocfs/vmalloc.h>

#include "machine/cache.h"
#include "machine/lock.h"
#include "vmalloc/history.h"
#include "vmalloc/index/gaptree.h"

/* A range that was freed and not purged; bytes, guard included. */
struct lazy_range {
	vaddr_t addr;
	uint64_t size;
	uint32_t pool_node; /* as in struct vm_struct */
};

/* Those of a machine, see lazy.c. Under vmlist_lock; the two numbers may be read without. */
struct lazy {
	struct vm_struct item; /* stands for each of them in the index; is no area */
	struct lazy_range *range;
	size_t n;
	size_t room; /* entries there is memory for */
	_Atomic uint64_t nr_pages;
	uint64_t pages_of[NR_VM_SPACES]; /* of them by space; vmalloc has those outside, too */
	_Atomic uint64_t max_pages;	 /* 0: areas are freed at once, and nothing waits */
	bool max_is_set;     /* max_pages was asked for, and does not follow the policy */
	bool ceiling_is_set; /* m->tlb_single_page_flush_ceiling was asked for */
};

/*
 * Locks, outermost first:
 *
 * busy	  Held for reading by every operation that takes several steps (an
 *	  area is reserved, then filled, then published), for writing by
 *	  machine_check(), which must see the machine between operations.
 * lock	  vmlist_lock.  For writing: searching, inserting, removing,
 *	  publishing.  For reading: looking up, listing, vread, vwrite.
 *	  Nothing sleeps or does I/O under it.
 */
struct vmlist {
	pthread_rwlock_t busy;
	pthread_rwlock_t lock;
	struct gaptree tree;	     /* struct vm_struct by address; under lock */
	uint64_t modules_placed_end; /* tree.placed_end of the modules' space; under lock */
	struct lazy lazy;	     /* ranges in tree whose areas are gone */
	struct pools *pools; /* VM_LINUX_6_12 with several processors, or NULL; under lock */
	struct vm_struct pooled_item;	 /* as lazy.item, for ranges in pools */
	vaddr_t pool_start, pool_end;	 /* the window of allocations that pools are for */
	struct gaptree io;		 /* device ranges in use, by physical address; under lock */
	struct vma *vmas;		 /* under lock */
	uint64_t last_vma;		 /* its ID, under lock */
	uint32_t last_tag;		 /* under lock */
	_Atomic uint64_t unusable_pages; /* written under lock */
	_Atomic uint64_t seq;		 /* written under lock */
	_Atomic enum vm_policy policy; /* tree's, for those who hold no lock; written under lock */
	struct kmem_cache descriptors; /* of areas */
	_Atomic uint64_t failures[NR_VM_SPACES]; /* requests that found no place */
	struct history history;			 /* what happened; under lock */
};

static inline void vmlist_changed(struct vmlist *v)
{
	uint64_t seq = atomic_load_explicit(&v->seq, memory_order_relaxed);

	atomic_store_explicit(&v->seq, seq + 1, memory_order_relaxed);
}

/* The next owner mark for frames: 24 bits; 0 means no owner. Lock held for writing. */
static inline void tag_area(struct vmlist *v, struct vm_struct *area)
{
	v->last_tag = v->last_tag % 0xffffff + 1;
	area->tag = v->last_tag;
}

/* Whether an area can be put there, other areas aside: 0, -EINVAL, -EEXIST, -ENOMEM. */
int check_restore(const struct machine *m, const struct vm_restore *r);

/* Bytes of an area's guard. */
static inline uint64_t area_guard(const struct vm_struct *area)
{
	return area->flags & VM_NO_GUARD ? 0 : PAGE_SIZE;
}

/* One past the last byte that may be mapped. */
static inline vaddr_t area_payload_end(const struct vm_struct *area)
{
	return area->addr + area->size - area_guard(area);
}

/* Frames the area holds references on: its own, or those of a vmap. */
static inline uint64_t area_nr_held(const struct vm_struct *area)
{
	return area->flags & (VM_MAP | VM_LENT) ? area->pages.capacity : area->nr_pages;
}

/* Lazy freeing, see lazy.c. deinit forgets what waits. */
void lazy_init(struct lazy *l);
void lazy_deinit(struct machine *m, struct lazy *l);

/* Until it is set, the flush ceiling follows the policy and lazy freeing. Write-locked. */
void follow_ceiling(struct machine *m, enum vm_policy policy);

static inline bool is_lazy(const struct vmlist *v, const void *item)
{
	return item == &v->lazy.item;
}

static inline bool is_pooled(const struct vmlist *v, const void *item)
{
	return item == &v->pooled_item;
}

/* A range of the index that is no area. */
static inline bool is_freed(const struct vmlist *v, const void *item)
{
	return is_lazy(v, item) || is_pooled(v, item);
}

/*
 * For an area whose pages are unmapped.  free_vmap_area_noflush: its range, which
 * is in the index, waits for a purge from now on; the purge may come at once.
 * freed_at_once: its range is out of the index; flushes the TLB.  Lock held for
 * writing.
 */
void free_vmap_area_noflush(struct machine *m, const struct vm_struct *area);
void freed_at_once(struct machine *m, const struct vm_struct *area);

/* One range more that waits: there is room for it, and it is in the index.  Lock held for writing. */
void add_waiting(struct machine *m, const struct lazy_range *r);

/*
 * Puts a range into the index that waits from the start: 0, -EBUSY (it meets
 * something), -EINVAL, -ENOMEM.  On failure nothing has changed, except that other
 * ranges may have been purged.  Lock held for writing.
 */
int add_lazy_range(struct machine *m, vaddr_t addr, uint64_t size);

/*
 * purge_vmap_area_lazy with the lock held for writing.  purge_for_room: because
 * there is no place otherwise in the space that addr is in; pools are emptied, too.
 * purge_all_for_room: in no space.  Each returns how many ranges became free.
 */
uint64_t purge_locked(struct machine *m);
uint64_t purge_for_room(struct machine *m, vaddr_t addr);
uint64_t purge_all_for_room(struct machine *m);

/* Takes a vma off the list, lock held for writing; and frees one that is off it. */
void unlink_vma(struct machine *m, struct vma *vma);
void free_vma(struct machine *m, struct vma *vma);

/* unmap_vm_area without the TLB flush. */
void unmap_vm_area_noflush(struct machine *m, struct vm_struct *area);

static inline bool is_in_modules(const struct machine *m, vaddr_t addr)
{
	return addr - m->modules_start < m->modules_end - m->modules_start;
}

/* The space in which the area at addr moves: its own, or vmalloc's. */
void home_space(const struct machine *m, vaddr_t addr, struct vm_space *ret);

/* A request for a window that begins there found no place.  Lock held for writing. */
void count_failure(struct machine *m, vaddr_t start);

/* A copy of the `len` bytes of a name for area->caller, which has none yet. NULL: no memory. */
char *make_caller(struct machine *m, struct vm_struct *area, const char *caller, size_t len);

/* A descriptor that is on no list yet. NULL (errno ENOMEM). */
struct vm_struct *new_vm_struct(struct machine *m, unsigned flags, int node, const char *caller);

/*
 * Finds the place in [start, end] that the policy says for an area of `size`
 * bytes beside its guard, aligned to `align` (a power of two or 0), and puts it
 * there.  The area may stand in for another one that is going to move there, `mover`,
 * else NULL.  0, -EINVAL, -ENOSPC (logged), -ENOMEM.
 */
int place_area(struct machine *m, struct vm_struct *area, const struct vm_struct *mover,
	       uint64_t size, uint64_t align, vaddr_t start, vaddr_t end);

/*
 * The same for a descriptor that is the caller's alone, which is freed if there
 * is no place: the area, or NULL and errno (EIO: the machine has crashed).  From
 * here on other threads find the area.  So the caller sets the members that they
 * read (array_of, caller, flags, gfp, prot) before.
 */
struct vm_struct *place_new_area(struct machine *m, struct vm_struct *area, uint64_t size,
				 uint64_t align, vaddr_t start, vaddr_t end);

/* The area for the page array of `owner`: its address, or 0 with errno. */
vaddr_t vmalloc_array(struct machine *m, uint64_t bytes, struct vm_struct *owner);

/*
 * __vunmap of an address that is known to be good, without the checks on the
 * caller.  With an owner: only if the area is still its page array.
 */
void vunmap_area(struct machine *m, vaddr_t addr, const struct vm_struct *owner);

/* Ends half-built state: readers see the area from now on. */
void publish_area(struct machine *m, struct vm_struct *area);

/* Maps an area to physical addresses phys... (device memory). 0 or -errno as pgtable_map. */
int map_phys(struct machine *m, struct vm_struct *area, paddr_t phys, pgprot_t prot);

/* True if [phys, phys + size) can be device memory: above RAM, within what the CPU can name. */
bool phys_is_device(const struct machine *m, paddr_t phys, uint64_t size);

/* The errno of a mapping that failed: an occupied PTE is no fault of the caller's, so it is EIO. */
static inline int map_errno(int err)
{
	return err == -EBUSY ? EIO : -err;
}

/* Pages that `size` bytes take; 0 if that overflows. */
static inline uint64_t size_to_pages(uint64_t size)
{
	return PAGE_ALIGN(size) >> PAGE_SHIFT;
}

#endif
