/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The vmalloc core: virtually contiguous areas over single page frames.
 *
 *	vmalloc_start                                             vmalloc_end
 *	|                                                                   |
 *	[ a a a a G ][ b b G ]......hole......[ c c c c c c G ]....hole.....
 *	             ^ addr                    \___ size ____/
 *
 * An area is a range of kernel addresses that ends in one unmapped guard page
 * (G).  vmlist holds all areas in ascending order.  A new one goes to the
 * lowest address where it fits, unless another policy is chosen.
 *
 * Names and conventions are those of Linux 2.6.19: NULL or 0 on failure, and
 * errno then says why:
 *	ENOMEM	no frames, or more than the machine has (both logged), or no
 *		descriptor memory
 *	ENOSPC	no room in the address space (logged)
 *	EINVAL	a size of zero or another impossible value
 *	EIO	the machine has crashed (a BUG)
 * Functions that Linux does not have return 0 or -errno, and their result in
 * the last parameter.  Sizes are bytes.
 *
 * `caller` names the owner of an area in listings; it is copied, and may be NULL.
 * `node` is preferred for frames; NUMA_NO_NODE: no preference.
 *
 * Locks: one reader-writer lock, vmlist_lock, that every function takes itself
 * except where "lock held" is said.  Any thread that knows an area's address may
 * free or resize it; a caller that needs the area to stay must keep others from
 * that.
 */
#ifndef VMALLOCFS_VMALLOC_H
#define VMALLOCFS_VMALLOC_H

#include <sys/types.h>
#include <sys/uio.h>

#include <vmallocfs/cpu.h>
#include <vmallocfs/page.h>
#include <vmallocfs/pgtable.h>

VMALLOCFS_BEGIN_DECLS

#define VM_IOREMAP 0x01u       /* device memory */
#define VM_ALLOC 0x02u	       /* vmalloc() */
#define VM_MAP 0x04u	       /* vmap()ed frames of another area */
#define VM_USERMAP 0x08u       /* may be given to remap_vmalloc_range() */
#define VM_VPAGES 0x10u	       /* its page array is vmalloc'ed itself */
#define VM_UNINITIALIZED 0x20u /* still being built: readers pass it over */
#define VM_NO_GUARD 0x40u /* no guard page: only where get_vm_area_range() or a layout says so */
#define VM_DMA_COHERENT 0x100u /* only in restored layouts */
#define VM_SPARSE 0x200u       /* only in restored layouts */
#define VM_MAP_RAM 0x400u /* only in restored layouts: a block of vm_map_ram(), no frames known */
#define VM_LENT 0x800u	  /* only restored ones: its record names frames of others, in no order */
#define VM_SYMBOL 0x8000u /* caller is a kernel's "symbol+0x0/0x0", not a file's name */

/* What vmallocinfo calls a flag; in the order in which it prints them. */
struct vm_flag_word {
	unsigned flag;
	const char *word;
	size_t len;
};

#define NR_VM_FLAG_WORDS 8
extern const struct vm_flag_word vm_flag_words[NR_VM_FLAG_WORDS];

/* The largest alignment of an I/O area is 2^30, and 2^21 on x86-pae; historic kernels had 2^19. */
#define IOREMAP_MAX_ORDER 30
#define IOREMAP_MAX_ORDER_32 21

/*
 * The frames of an area: simulated struct page pointers (page.h,
 * pfn_to_vmemmap), in order.  A single entry is kept here; up to one page of them
 * is host memory; a larger array is an area of its own, and users can change its
 * content.
 */
struct page_array {
	union {
		uint64_t only;	/* the entry, if capacity is 1 */
		uint64_t *host; /* the entries, if capacity is more and addr is 0 */
	};
	vaddr_t addr;	   /* where the area with the entries starts, or 0 */
	uint64_t capacity; /* entries there is room for; 0: there is no array */
};

struct vm_struct {
	vaddr_t addr;
	uint64_t size;		 /* guard included, until the area is removed */
	uint64_t requested_size; /* as asked for, to the byte */
	uint64_t nr_pages;	 /* frames it owns; 0 for vmap and ioremap */
	paddr_t phys_addr;	 /* VM_IOREMAP: the range mapped, else 0 */
	uint32_t flags;
	gfp_t gfp; /* what its frames were allocated with, for resize */
	pgprot_t prot;
	int16_t node;
	uint16_t pool_node; /* VM_LINUX_6_12: its node, plus one; 0: none; nr_cpus + 1: not known */
	uint32_t tag;	    /* page->owner of its frames */
	struct page_array pages;
	struct vm_struct *array_of;    /* this area is the page array of that one */
	_Atomic(uint64_t) *node_pages; /* frames on each node; NULL on a one-node machine */
	char *caller;		       /* NULL, memory of its own, or: */
	char short_caller[16];	       /* where a short one is */
};

/*
 * The spaces: the ranges in which areas are placed, each under its own name.
 *
 *	vmalloc		for vmalloc() and its kin, vmap() and ioremap()
 *	modules		for module_alloc()
 *
 * They do not meet.  An area lies in a space if any page of it does.  One that lies
 * in neither is outside: a saved layout may have such areas.
 */
enum vm_space_id { VM_SPACE_VMALLOC, VM_SPACE_MODULES };
#define NR_VM_SPACES 2
#define VM_OUTSIDE (-1)

struct vm_space {
	const char *name; /* static */
	vaddr_t start;	  /* its window is [start, end) */
	vaddr_t end;
	vaddr_t usable_end; /* areas are given out up to here: end, or a page less */
	vaddr_t last;	    /* the window's end as get_vm_area_range() has it */
};

/* False if the machine has no such space. */
bool vm_space(const struct machine *m, enum vm_space_id id, struct vm_space *ret);

/* The space that [addr, addr + size) lies in, or VM_OUTSIDE. */
int vm_space_of(const struct machine *m, vaddr_t addr, uint64_t size);

/* How many requests for a place in that space found none since boot. */
uint64_t vm_space_failures(const struct machine *m, enum vm_space_id id);

/* Makes the address space of a machine that was just booted. 0 or -ENOMEM. */
int vmalloc_init(struct machine *m);

/* Frees every area that is left, and the address space. */
void vmalloc_exit(struct machine *m);

/*
 * Address space alone: a range is reserved, nothing is mapped.
 *
 * VM_IOREMAP aligns to 2^fls(size) up to 2^IOREMAP_MAX_ORDER.  The window is
 * [start, end], and an area with its guard must end at or below `end`; without
 * one it is the machine's vmalloc window.  ENOSPC is logged, rate-limited: the
 * kernel's line, and one that says what was asked for, and the largest hole
 * there is, by its neighbours' callers.
 */
struct vm_struct *get_vm_area(struct machine *m, uint64_t size, unsigned flags, const char *caller);
struct vm_struct *get_vm_area_node(struct machine *m, uint64_t size, unsigned flags, int node,
				   const char *caller);
struct vm_struct *__get_vm_area(struct machine *m, uint64_t size, unsigned flags, vaddr_t start,
				vaddr_t end, const char *caller);
struct vm_struct *__get_vm_area_node(struct machine *m, uint64_t size, unsigned flags,
				     vaddr_t start, vaddr_t end, int node, const char *caller);

/*
 * The general form.  align is a power of two, or 0 for none; the stronger of it and
 * what the flags demand counts.  With VM_NO_GUARD the range is its size in whole
 * pages, without a guard.
 */
struct vm_struct *get_vm_area_range(struct machine *m, uint64_t size, uint64_t align,
				    unsigned flags, vaddr_t start, vaddr_t end, int node,
				    const char *caller);

/* The area that starts exactly at addr, or NULL. Lock held. */
struct vm_struct *__find_vm_area(struct machine *m, vaddr_t addr);

/*
 * Unmaps the area that starts at addr and takes it off the vmlist and the
 * guard off its size.  The caller owns it then and ends it with
 * free_vm_struct().  NULL if no area starts there.  __: lock held for writing.
 */
struct vm_struct *__remove_vm_area(struct machine *m, vaddr_t addr);
struct vm_struct *remove_vm_area(struct machine *m, vaddr_t addr);

/* Frees a removed area's descriptor and host page array, not its frames. NULL is fine. */
void free_vm_struct(struct machine *m, struct vm_struct *area);

/* vmlist_lock, for callers of the functions above that want it held. */
void vmlist_read_lock(struct machine *m);
void vmlist_read_unlock(struct machine *m);
void vmlist_write_lock(struct machine *m);
void vmlist_write_unlock(struct machine *m);

/*
 * The policy says where the next area goes, of all places in its window where it
 * fits.  A hole counts as far as it lies in the window; of equal holes the lowest
 * is taken.
 */
enum vm_policy {
	VM_FIRST_FIT, /* the lowest place: what Linux did until 5.1 */
	VM_NEXT_FIT,  /* the lowest above where the area placed last ended, or else of all */
	VM_BEST_FIT,  /* the start of the smallest hole */
	VM_WORST_FIT, /* the start of the largest hole */
	VM_TOP_DOWN,  /* the highest place */

	/*
	 * What kernels in use today do, see kerneltree.h and generation.h.  Both
	 * are exact: the same requests get the same addresses.
	 */
	VM_LINUX_6_1,  /* 5.2 to 6.8 */
	VM_LINUX_6_12, /* 6.9 and later */
};
#define NR_VM_POLICIES 7

/* True of the two that are a kernel's of today. */
static inline bool vm_policy_is_linux(enum vm_policy policy)
{
	return policy == VM_LINUX_6_1 || policy == VM_LINUX_6_12;
}

/* What it is called: "first-fit", ...; and the other way round, -EINVAL for no such name. */
const char *vm_policy_name(enum vm_policy policy);
int vm_policy_parse(const char *name, enum vm_policy *ret);

/*
 * Areas stay where they are.  0, or -ENOMEM (all but first fit, next fit and
 * top-down keep an index of their own), and the policy stays.  As long as
 * vmalloc_set_lazy_max() was not called, the policy says how many pages may
 * wait to be purged: none, or as many as Linux lets wait.
 */
int vmalloc_set_policy(struct machine *m, enum vm_policy policy);
enum vm_policy vmalloc_policy(const struct machine *m);

/*
 * Lazy freeing.  A freed area is unmapped at once, its range stays busy until
 * more than `max` pages (guards included) wait, or until there is no place otherwise
 * for a new area, one that grows or one that is restored.  Then all ranges that
 * wait are purged together, with one TLB flush.  0 frees at once, and is the
 * default unless the policy is one of Linux's, where it is vmalloc_linux_lazy_max().
 * Setting a lower max purges if more than that wait already.
 */
void vmalloc_set_lazy_max(struct machine *m, uint64_t pages);
uint64_t vmalloc_linux_lazy_max(const struct machine *m); /* fls(processors) * 8192 */
uint64_t vmalloc_lazy_max(const struct machine *m);
uint64_t vmalloc_nr_lazy(const struct machine *m); /* pages that wait */

/*
 * Ranges of at most so many pages are flushed page by page; for longer ones all TLBs are
 * emptied.  Until it is set it is 0, the way of 2006, and LINUX_FLUSH_CEILING as long as the
 * policy is one of Linux's or ranges may wait to be purged.
 */
#define LINUX_FLUSH_CEILING 33
void vmalloc_set_flush_ceiling(struct machine *m, uint64_t pages);

/* Purges now: how many ranges became free, or are kept in pools from now on. */
uint64_t purge_vmap_area_lazy(struct machine *m);

/*
 * Pools of freed ranges, which VM_LINUX_6_12 keeps on a machine of more than
 * one processor (generation.h).  A range in a pool is busy, and no area.
 *
 * The allocations that pools are for are those whose window is the whole
 * vmalloc space: the machine's, unless set otherwise.
 */
uint64_t vmalloc_nr_pooled(struct machine *m); /* pages */
void vmalloc_set_pool_window(struct machine *m, vaddr_t start, vaddr_t end);

/*
 * fn is called for each range, by node, then by size, then from the front.  Lock held
 * for reading.
 */
typedef void vmlist_pool_fn(void *arg, unsigned node, uint64_t pages, vaddr_t addr);
void vmlist_for_each_pooled(struct machine *m, vmlist_pool_fn *fn, void *arg);

/*
 * The address space at this moment, in O(log n): what lies between the first
 * and the last busy byte.  Freed ranges that are not purged are busy.
 */
struct vm_span {
	vaddr_t start; /* the first busy byte, or 0 */
	vaddr_t end;   /* one past the last */
	uint64_t busy; /* bytes */
	uint64_t holes;
	uint64_t free;	   /* bytes of the holes */
	uint64_t largest;  /* bytes of the largest hole */
	uint64_t unusable; /* bytes of holes that are too small, see vmlist_count_unusable() */
	uint64_t steps;	   /* index nodes that searches have looked at since boot */
};
void vmlist_span(struct machine *m, struct vm_span *ret);

/*
 * A hole is unusable if no area of this many pages fits there with its guard.
 * 16 to begin with; 0: every hole is of use.  O(n).
 */
#define UNUSABLE_PAGES 16
void vmalloc_set_unusable_pages(struct machine *m, uint64_t pages);
uint64_t vmalloc_unusable_pages(const struct machine *m);

/* The bytes of such a hole are fewer than this. */
uint64_t vmalloc_unusable_below(const struct machine *m);

/*
 * The index counts unusable holes from now on, for vmlist_span(): each change takes a
 * little more.
 */
void vmlist_count_unusable(struct machine *m);

/* The same of what lies below `limit` alone, which no range crosses.  O(log n + ranges above). */
void vmlist_span_below(struct machine *m, vaddr_t limit, struct vm_span *ret);

/* And of what begins at `start` or above. */
void vmlist_span_in(struct machine *m, vaddr_t start, vaddr_t limit, struct vm_span *ret);

/*
 * Page tables of an area.  map_vm_area maps it, guard excepted, to the frames
 * at *pages, which is advanced past those used: 0, -ENOMEM (a table or an
 * entry of the array is missing) or -EBUSY (a PTE was occupied, WARN); on
 * failure nothing is mapped and *pages stays.  BUG if the area is no larger
 * than its guard.
 */
int map_vm_area(struct machine *m, struct vm_struct *area, pgprot_t prot, struct page ***pages);
void unmap_vm_area(struct machine *m, struct vm_struct *area);

/* The frame mapped at a kernel address, or NULL (device memory has none). */
struct page *vmalloc_to_page(struct machine *m, vaddr_t addr);

/*
 * Allocation: the address of a new area of `size` bytes, or 0.  A size of zero
 * fails without a message, one of more pages than the machine has with one.
 */
vaddr_t vmalloc(struct machine *m, uint64_t size, const char *caller);
vaddr_t vmalloc_user(struct machine *m, uint64_t size, const char *caller);
vaddr_t vmalloc_node(struct machine *m, uint64_t size, int node, const char *caller);
vaddr_t vmalloc_exec(struct machine *m, uint64_t size, const char *caller);
/* In the space of the modules, executable: __get_vm_area(), and then __vmalloc_area(). */
vaddr_t module_alloc(struct machine *m, uint64_t size, const char *caller);
vaddr_t vmalloc_32(struct machine *m, uint64_t size, const char *caller);
vaddr_t vmalloc_32_user(struct machine *m, uint64_t size, const char *caller);

vaddr_t __vmalloc(struct machine *m, uint64_t size, gfp_t gfp, pgprot_t prot, const char *caller);
vaddr_t __vmalloc_node(struct machine *m, uint64_t size, gfp_t gfp, pgprot_t prot, int node,
		       const char *caller);

/* The general form: get_vm_area_range(), filled. flags: VM_USERMAP or 0. */
vaddr_t __vmalloc_node_range(struct machine *m, uint64_t size, uint64_t align, vaddr_t start,
			     vaddr_t end, gfp_t gfp, pgprot_t prot, unsigned flags, int node,
			     const char *caller);

/*
 * Fill a reserved area with frames and map them: its address, or 0, and then
 * the area is removed and freed.
 */
vaddr_t __vmalloc_area(struct machine *m, struct vm_struct *area, gfp_t gfp, pgprot_t prot);
vaddr_t __vmalloc_area_node(struct machine *m, struct vm_struct *area, gfp_t gfp, pgprot_t prot,
			    int node);

/*
 * Maps count frames that belong to other areas; each mapping holds a reference on
 * each frame.  VM_USERMAP from a caller is EINVAL.
 */
vaddr_t vmap(struct machine *m, struct page **pages, uint64_t count, unsigned flags, pgprot_t prot,
	     const char *caller);

/*
 * Maps a range of device memory; the result keeps phys's offset in its page.
 * Its size, with that offset, is rounded up to pages before it is aligned.
 * EINVAL if any of it is RAM or beyond what the CPU can name.
 */
vaddr_t ioremap(struct machine *m, paddr_t phys, uint64_t size, pgprot_t flags, const char *caller);
void iounmap(struct machine *m, vaddr_t addr);

/* A free range of device memory for an ioremap, lowest first: 0, -ENOMEM, -EINVAL. */
int io_reserve(struct machine *m, uint64_t size, paddr_t *ret);
void io_release(struct machine *m, paddr_t phys);

/*
 * Freeing.  0 is nothing.  An address that is misaligned or starts no area is
 * logged and WARNed about, and nothing changes.  BUG in interrupt context.
 */
void vfree(struct machine *m, vaddr_t addr);
void vunmap(struct machine *m, vaddr_t addr);
void __vunmap(struct machine *m, vaddr_t addr, bool deallocate_pages);

/*
 * Changes the size of the VM_ALLOC area at addr.  Its content stays; its address
 * may change, in the space where it is.  New frames come first.  The area grows in
 * place if the gap after it allows, else its frames are mapped anew where the policy
 * finds a place.  If there is no place, but the gap is large enough once waiting ranges
 * are purged, it grows in place after all.  The range that a shrunk area leaves is free at once; the one
 * that a moved area leaves is freed as by vfree.  Bytes between the old and the new
 * size read as zero (without init_on_alloc only those of the old last page).  0,
 * -ENOMEM, -ENOSPC, -EINVAL (no such area, or size zero), -EIO; on failure nothing
 * has changed.  The caller keeps others from resizing or freeing the area meanwhile.
 */
int vresize(struct machine *m, vaddr_t addr, uint64_t size, vaddr_t *ret);

/*
 * What vresize() does, decided before anything is done:
 *
 *	1. A page array that is too small is replaced by a larger one.
 *	2. The range changes: in place, after a purge if need be, or it moves.
 *	3. A page array that is an area and would fit into host memory by now is
 *	   replaced by a smaller one.
 */
enum vm_resize_array { VM_ARRAY_STAYS, VM_ARRAY_GROWS, VM_ARRAY_SHRINKS };

enum vm_resize_place {
	VM_RESIZE_IN_PLACE,
	VM_RESIZE_PURGES, /* what waits is purged, and then it has room in place */
	VM_RESIZE_MOVES,  /* it needs another place; there may be none */
};

struct vm_resize_plan {
	uint64_t old_pages;
	uint64_t new_pages;
	enum vm_resize_array array;
	uint64_t capacity; /* entries of the page array afterwards */
	uint64_t least;	   /* VM_ARRAY_GROWS: so many if there is no memory or place for those */
	enum vm_resize_place place;
};

/*
 * The plan of vresize() with the same arguments, as things are now.  A larger
 * page array that is an area itself comes first, so where `array` is
 * VM_ARRAY_GROWS, `place` may change: the array may take the room.  0, -EINVAL or
 * -ENOMEM as vresize(); frames that are not free are not looked for.
 */
int vm_plan_resize(struct machine *m, vaddr_t addr, uint64_t size, struct vm_resize_plan *ret);

/*
 * The part that concerns the page array alone: sets array, capacity and least by
 * old_pages and new_pages, for an array of `capacity` entries that is an area or
 * host memory.
 */
void vm_plan_array(struct vm_resize_plan *plan, uint64_t capacity, bool is_area);

/* Bytes of the area that a page array of so many entries is; 0: it is host memory. */
static inline uint64_t vm_array_area_size(uint64_t capacity)
{
	uint64_t bytes = capacity * sizeof(uint64_t);

	return bytes > PAGE_SIZE ? bytes : 0;
}

/*
 * Changes the size of a VM_ALLOC area that has no pages, address space alone:
 * its range goes where vresize() would put it, in place or elsewhere.  0,
 * -ENOMEM, -ENOSPC, -EINVAL (no such area, or size zero); on failure nothing has
 * changed.
 */
int vm_resize_range(struct machine *m, vaddr_t addr, uint64_t size, vaddr_t *ret);

/*
 * Access as /dev/kmem makes it: whatever areas lie in [addr, addr + count).
 * Gaps, guards, absent pages, device memory and pages that fault read as zeros
 * and swallow writes; faults are logged.  The result is the bytes up to the
 * end of the last area's payload, 0 when nothing intersects.  A write ends earlier
 * where the host has no memory for a frame.
 */
size_t vread(struct machine *m, void *buf, vaddr_t addr, size_t count);
size_t vwrite(struct machine *m, const void *buf, vaddr_t addr, size_t count);

/*
 * vread without the copy: iov[] (at most *n entries; *n is set) names the
 * bytes where they lie, up to the returned count.  As many entries as pages
 * are touched are always enough; with fewer the count may end early.  The
 * bytes stay addressable whatever happens.  Nothing keeps others from freeing
 * an area after the call: its frames then show what their next owner writes.
 */
size_t vread_iov(struct machine *m, vaddr_t addr, size_t count, struct iovec *iov, int *n);

/*
 * Access as a file makes it: [addr, addr + count) lies within one area, and a
 * page that faults ends it.  Returns the bytes before the fault, or, if there were
 * none, -EIO, or -ENOMEM where the host has no memory for the frame; -EFAULT if no
 * area covers the range.
 */
ssize_t vread_area(struct machine *m, void *buf, vaddr_t addr, size_t count);
ssize_t vwrite_area(struct machine *m, const void *buf, vaddr_t addr, size_t count);

/*
 * vread_area without the copy: iov[] (at most *n entries; *n is set) names the
 * bytes where they lie, up to the returned count.  They stay addressable
 * whatever happens; they stay the area's as long as the caller keeps others
 * from freeing it.
 */
ssize_t vread_area_iov(struct machine *m, vaddr_t addr, size_t count, struct iovec *iov, int *n);

/*
 * A range of a user process with page tables of its own, as mmap makes it.
 */
struct vma {
	vaddr_t vm_start;
	vaddr_t vm_end;
	uint32_t vm_flags;
	paddr_t pgd;
	uint64_t nr_frames; /* inserted, each with a reference */
	uint64_t room;	    /* entries there is memory for */
	pfn_t *frames;
	uint64_t id;	  /* from 1 on; none is used twice */
	uint64_t pgoff;	  /* of the area, where it begins */
	uint32_t tag;	  /* page->owner of its frames */
	bool by_id;	  /* made by vm_remap() */
	struct vma *next; /* all vmas of a machine */
};

#define VMA_BASE UINT64_C(0x00007f0000000000) /* where vma_create puts them; not on x86-pae */
#define VM_RESERVED 0x00080000u

/* size is rounded up to pages. 0, -EINVAL (larger than a user range), -ENOMEM. */
int vma_create(struct machine *m, uint64_t size, struct vma **ret);

/*
 * Drops the references on all inserted frames, frees the tables; processors that are in
 * them get the kernel's. NULL is fine.
 */
void vma_destroy(struct machine *m, struct vma *vma);

/*
 * Maps pages pgoff... of the VM_USERMAP area at addr into all of vma and sets
 * VM_RESERVED.  0, -EINVAL (misaligned, no such area, not for users, too
 * small, empty vma, or the tables lead to a frame that is not in use), -ENOMEM,
 * -EBUSY; on failure the vma is as it was.
 */
int remap_vmalloc_range(struct machine *m, struct vma *vma, vaddr_t addr, uint64_t pgoff);

/*
 * An area whose pages remap_vmalloc_range() inserted from pgoff 0 on, and which
 * is at addr now, has grown: the vma gets `size` bytes, rounded up to pages, and
 * the pages it has not yet are inserted.  Those it has keep their frames, so this
 * costs what the new pages do.  0 and errors as remap_vmalloc_range(), also
 * -EINVAL for a smaller size than before; on failure the vma is as it was.
 */
int vma_grow(struct machine *m, struct vma *vma, vaddr_t addr, uint64_t size);

/*
 * A vma of so many pages, over an area from page pgoff on, that is known by its ID: 0, *id
 * and *start, or what vma_create() and remap_vmalloc_range() return, and then *why (static) is
 * the rule that it breaks, or NULL.  vm_unmap() ends it: -ENOENT, or -EBUSY for a vma that
 * is not known by its ID alone.  vm_unmap_all() ends all of them.
 */
int vm_remap(struct machine *m, vaddr_t addr, uint64_t pgoff, uint64_t pages, uint64_t *id,
	     vaddr_t *start, const char **why);
int vm_unmap(struct machine *m, uint64_t id);
void vm_unmap_all(struct machine *m);

/* The processor's CR3 is that of a vma from now on; 0 is the kernel's.  0 or -ENOENT. */
int vm_load_cr3(struct machine *m, unsigned cpu, uint64_t id);

/* fn is called for each vma, by ID. Lock held for reading. */
typedef void vma_fn(void *arg, const struct vma *vma);
void vma_for_each(struct machine *m, vma_fn *fn, void *arg);

/* Reads through the vma's own tables, `offset` bytes from its start; else as vread_area. */
ssize_t vma_read(struct machine *m, const struct vma *vma, void *buf, uint64_t offset,
		 size_t count);

/*
 * Listing.  fn is called for each area in ascending order with the lock held
 * for reading: it copies what it needs and does not block.  Half-built areas
 * are passed over.
 */
typedef void vmlist_fn(void *arg, const struct vm_struct *area);
void vmlist_for_each(struct machine *m, vmlist_fn *fn, void *arg);

/*
 * The same; `lazy` is called, in the same order, for each range that was freed and
 * is not purged yet, or is in a pool.
 */
typedef void vmlist_lazy_fn(void *arg, vaddr_t addr, uint64_t size, bool pooled);
void vmlist_for_each_range(struct machine *m, vmlist_fn *fn, vmlist_lazy_fn *lazy, void *arg);

/* The same for the area that starts at addr. False if no area does. */
bool vmlist_with(struct machine *m, vaddr_t addr, vmlist_fn *fn, void *arg);

/*
 * How many areas there are, including those that a listing passes over: a listing
 * has no more entries than that if nothing changes meanwhile.
 */
uint64_t vmlist_count(struct machine *m);

/* Grows with every change that a listing could show. */
uint64_t vmlist_seq(const struct machine *m);

/* Replaces the caller of the area at addr. 0, -ENOENT, -ENOMEM. */
int vm_set_caller(struct machine *m, vaddr_t addr, const char *caller);

/* Frames first..first+n-1 under an area, through the page tables; -EINVAL if one is not RAM. */
int vm_area_pages(struct machine *m, vaddr_t addr, uint64_t first, uint64_t n, struct page **ret);

/*
 * Puts an area where another machine had it: exactly [addr, addr + size),
 * VM_NO_GUARD if its pages fill it.  nr_pages frames are allocated and mapped
 * from addr on (node_pages says how many on which node, or is NULL); an
 * I/O area maps phys_addr if none of that is RAM.  0, -EINVAL, -EEXIST (meets
 * another area), -ENOMEM.
 *
 * With leaves, what is mapped and how is taken from them.  They lie in the area's
 * payload, one after the other; a frame of RAM is one that the caller holds, and the area
 * takes a reference of its own.  An area with nr_pages owns the frames of as many pages: no
 * other area owns one of them, and where a page has no leaf, it gets a frame and is mapped
 * as without leaves.  One without nr_pages holds the frames as a vmap does.
 */
struct vm_leaf {
	vaddr_t addr;
	enum pg_level level;
	pte_t flags; /* of its entry: all but the frame */
	pfn_t pfn;   /* the first frame: of RAM, or of a device where no frame is RAM */
};

struct vm_restore {
	vaddr_t addr;
	uint64_t size;
	uint64_t nr_pages;
	paddr_t phys_addr;
	unsigned flags;
	const uint64_t *node_pages;   /* nr_nodes counts that sum up to nr_pages; without leaves */
	const struct vm_leaf *leaves; /* or NULL */
	size_t nr_leaves;
	const char *caller;
};
int vm_restore_area(struct machine *m, const struct vm_restore *r);

/*
 * Puts a range there that another machine had freed and not purged: it waits
 * here as well.  0, -EINVAL (also if more would wait than vmalloc_lazy_max()
 * lets), -EEXIST, -ENOMEM.
 */
int vm_restore_waiting(struct machine *m, vaddr_t addr, uint64_t size);

/*
 * Following another machine, of which it is known where it put its areas: the
 * same range is taken here, and the policy says where it would have put it.
 *
 *	struct vm_follow f = { size, align, start, end, flags, addr };
 *
 *	if (vm_follow(m, &f) == -EAGAIN)	// f.said is another place, or 0
 *		err = vm_follow_put(m, &f);	// -EEXIST: vm_follow_clear() first
 *
 * Areas are address space alone.  Nothing is purged unless that is said.
 */
struct vm_follow {
	uint64_t size;	/* bytes, guard included */
	uint64_t align; /* a power of two, or 0 */
	vaddr_t start;	/* the window, as get_vm_area_range() has it */
	vaddr_t end;
	unsigned flags; /* of the area */
	vaddr_t addr;	/* where the other machine put it; 0: nowhere */
	vaddr_t said;	/* where this one would: set by vm_follow() and _ask(); 0: nowhere */
	bool from_pool; /* said is the range at the front of a pool */
};

/* Asks, and takes the range if the answer is f->addr.  0, -EAGAIN (it is not), -ENOMEM. */
int vm_follow(struct machine *m, struct vm_follow *f);
void vm_follow_ask(struct machine *m, struct vm_follow *f);

/* Takes the range at f->addr, out of a pool if just this one is there.  0, -EEXIST, -ENOMEM. */
int vm_follow_put(struct machine *m, const struct vm_follow *f);

enum vm_follow_state {
	VM_FOLLOW_FREE,
	VM_FOLLOW_POOLED,  /* [addr, addr + size) is a range of some node's pool */
	VM_FOLLOW_UNKNOWN, /* the same, and it is not known whose pool */
	VM_FOLLOW_WAITS,   /* a range in it was freed and not purged */
	VM_FOLLOW_BUSY,	   /* something else is in it */
};
enum vm_follow_state vm_follow_look(struct machine *m, vaddr_t addr, uint64_t size);

/* Makes [addr, addr + size) free: purges if something waits there, and takes the rest out. */
void vm_follow_clear(struct machine *m, vaddr_t addr, uint64_t size);

/*
 * What is free here was not free there: it is busy from now on, in a pool of
 * which it is not known whose it is, or as an area.  0, -EEXIST, -ENOMEM.
 */
int vm_follow_hold(struct machine *m, vaddr_t addr, uint64_t size);

/* Whose the area at addr is, is not known: that is so for areas of a listing. */
void vm_follow_adopt(struct machine *m, vaddr_t addr);

/* Purges because there was no place. */
void vm_follow_purge_for_room(struct machine *m);

/* The hole that has addr: its bounds.  False if addr is busy. */
bool vm_follow_hole(struct machine *m, vaddr_t addr, vaddr_t *start, vaddr_t *end);

/*
 * Why no place was found and what would be enough, in the two lines that the log has:
 * what was asked for, the largest hole of the window as it is now, and its neighbours;
 * and what would help.  The arguments are those of get_vm_area_range(); text and help
 * have VM_NO_ROOM_MAX bytes.  Takes the lock for reading.  O(areas).
 */
#define VM_NO_ROOM_MAX 960
void vm_explain_no_room(struct machine *m, uint64_t size, uint64_t align, unsigned flags,
			vaddr_t start, vaddr_t end, char *text, char *help);

/*
 * What would be enough: whether a request fits into a window of which the
 * ranges are known, and if not, what would help.  The ranges may be of this
 * machine, or of any other; m gives the memory to work with.
 */
struct vm_range {
	vaddr_t addr;
	uint64_t size;
	bool waits; /* freed: busy until a purge */
};

struct vm_question {
	uint64_t size;	/* bytes of address space, the guard included */
	uint64_t align; /* a power of two */
	vaddr_t start;	/* the window: [start, end], as get_vm_area_range() has it */
	vaddr_t end;
	vaddr_t bottom; /* where a wider window could begin and end at most */
	vaddr_t top;
};

struct vm_place {
	bool fits;
	vaddr_t addr;
};

#define VM_ENOUGH_REMOVALS 8

struct vm_answer {
	struct vm_place now[NR_VM_POLICIES];	/* with all ranges busy */
	struct vm_place purged[NR_VM_POLICIES]; /* when those that wait are free */
	vaddr_t largest_at;			/* the largest hole in the window, */
	uint64_t largest;			/* its bytes; 0: the window is full */
	vaddr_t purged_largest_at;
	uint64_t purged_largest;

	/* With what waits purged; meaningful if the request does not fit then. */
	uint64_t lower;	      /* bytes by which start would have to be lower, 0: that cannot help */
	uint64_t higher;      /* bytes by which end would have to be higher, 0: that cannot help */
	uint64_t nr_removals; /* areas such that removing one of them makes room */
	size_t removal[VM_ENOUGH_REMOVALS]; /* the smallest of them, smallest first */
	bool packed; /* it fits if all areas of the window are moved to one of its ends */
};

/*
 * ranges: n disjoint ones in ascending order, in or outside of the window.
 * 0, -EINVAL (a size of 0, an empty window, ranges out of order) or -ENOMEM.
 */
int vm_enough(struct machine *m, const struct vm_range *ranges, size_t n,
	      const struct vm_question *q, struct vm_answer *ret);

/*
 * An access of a processor that faulted: the log gets Linux's lines and one that says whose
 * the address is.  With m->panic_on_oops the machine has crashed then.
 *
 * vm_explain_fault() writes that line alone, without the address, into text[VM_FAULT_TEXT].
 */
#define VM_FAULT_TEXT 768
void vm_oops(struct machine *m, const struct cpu_fault *f);
void vm_explain_fault(struct machine *m, const struct cpu_fault *f, char *text);

/*
 * Walks everything and compares: vmlist and index agree; areas ordered and
 * disjoint; each PTE of the kernel's tables accounted for by an area or the
 * direct map; each frame owned once or by its reference count; free counts
 * right.  Calls report for each thing wrong and returns how many there were.  Stale entries
 * of TLBs are reported as well, and counted only where the core has flushed.
 * Stops the machine meanwhile (takes the lock for writing).
 */
unsigned machine_check(struct machine *m, page_report_fn *report, void *arg);

VMALLOCFS_END_DECLS

#endif
