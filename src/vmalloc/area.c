/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The address space: where an area goes, and how it leaves.
 *
 *	  start                                       end
 *	    |  [ A  G][ B G]   hole    [ C  G]  hole    |
 *	                    ^
 *	                    the lowest address that is aligned, at or above
 *	                    start, with room for size + guard below end and
 *	                    before the next area; or the one that another
 *	                    policy says
 *
 * Areas may touch: one's guard is the next one's left neighbour.  The search
 * itself is gaptree's; here stand the rules that lead to it.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "vmalloc/array.h"
#include "vmalloc/generation.h"
#include "vmalloc/noroom.h"
#include "vmalloc/vmlist.h"

char *make_caller(struct machine *m, struct vm_struct *area, const char *caller, size_t len)
{
	char *p = area->short_caller;

	if (len >= sizeof(area->short_caller))
		p = kmalloc(m, len + 1, GFP_KERNEL);
	if (p) {
		memcpy(p, caller, len);
		p[len] = '\0';
	}
	return p;
}

/*
 * Zeroes a descriptor in two pieces, for which gcc makes plain stores.  For the whole it
 * would make a "rep stos", which takes longer than finding a place for a small area.
 */
static void clear_vm_struct(struct vm_struct *area)
{
	memset(area, 0, 64);
	memset((char *)area + 64, 0, sizeof(*area) - 64);
}

struct vm_struct *new_vm_struct(struct machine *m, unsigned flags, int node, const char *caller)
{
	struct vm_struct *area = kmem_cache_alloc(&m->vmlist->descriptors);

	if (!area)
		goto fail;
	clear_vm_struct(area);
	area->flags = flags;
	area->node = (int16_t)node;
	if (caller) {
		area->caller = make_caller(m, area, caller, strlen(caller));
		if (!area->caller)
			goto fail;
	}
	if (m->nr_nodes > 1) {
		area->node_pages =
			kmalloc(m, m->nr_nodes * sizeof(uint64_t), GFP_KERNEL | __GFP_ZERO);
		if (!area->node_pages)
			goto fail;
	}
	return area;
fail:
	free_vm_struct(m, area);
	errno = ENOMEM;
	return NULL;
}

/* The array of a removed area is on its own from here on. */
static void forget_array(struct machine *m, struct vm_struct *area)
{
	struct vm_struct *array;

	vmlist_write_lock(m);
	array = __find_vm_area(m, area->pages.addr);
	if (array && array->array_of == area)
		array->array_of = NULL;
	vmlist_write_unlock(m);
}

void free_vm_struct(struct machine *m, struct vm_struct *area)
{
	if (!area)
		return;
	if (area->pages.addr)
		forget_array(m, area);
	array_free_host(m, &area->pages);
	kfree(m, area->node_pages);
	if (area->caller != area->short_caller)
		kfree(m, area->caller);
	kmem_cache_free(&m->vmlist->descriptors, area);
}

/*
 * What an I/O area is aligned to; size as it was asked for.  fls of 8 KiB is
 * 14, so a power of two is aligned to twice its size.  Linux corrected that in
 * 2016.
 */
static uint64_t io_align(const struct machine *m, uint64_t size)
{
	unsigned bit = fls64(vm_policy_is_linux(vmalloc_policy(m)) ? PAGE_ALIGN(size) - 1 : size);
	unsigned max = machine_is_32bit(m) ? IOREMAP_MAX_ORDER_32 : IOREMAP_MAX_ORDER;

	if (bit < PAGE_SHIFT)
		bit = PAGE_SHIFT;
	if (bit > max)
		bit = max;
	return UINT64_C(1) << bit;
}

/* A search ended: at addr, or with an error. */
static __attribute__((noinline)) void trace_search(struct machine *m, const struct search *r,
						   vaddr_t addr, int err)
{
	/* Of a failure Linux tells an error pointer. */
	uint64_t arg[] = { err ? (uint64_t)-EBUSY : addr,
			   r->full,
			   r->align ? r->align : 1,
			   r->start,
			   r->end,
			   err != 0 };

	/* Linux makes no search for a size that overflows with its guard. */
	if (r->full && (!err || err == -ENOSPC))
		trace_event(m, TRACE_ALLOC_VMAP_AREA, arg, 6);
}

/*
 * Says so in the log: what Linux says (it names the range, unless that is the usual
 * one), why, and what would be enough.  Lock held, so that it is still true. */
static __attribute__((noinline)) void log_no_room(struct machine *m, const struct search *r)
{
	struct no_room why;
	char line[NO_ROOM_MAX];

	count_failure(m, r->start);
	if (!printk_ratelimit(m))
		return;
	no_room_look(m, r, &why);
	no_room_print(&why, line);
	if (vm_space_of(m, r->start, 0) == VM_SPACE_MODULES)
		printk(m, KERN_WARNING,
		       "vmalloc_node_range for size %" PRIu64
		       " failed: Address range restricted to 0x%" PRIx64 " - 0x%" PRIx64,
		       r->full, r->start, r->end);
	else
		printk(m, KERN_WARNING,
		       "allocation failed: out of vmalloc space - use vmalloc=<size> to "
		       "increase size.");
	printk(m, KERN_WARNING, "%s", line);
	no_room_help(m, r, line);
	printk(m, KERN_WARNING, "%s", line);
}

/* Next fit goes on in the modules' space from where it was there, and not from where it is now. */
static __attribute__((noinline)) int place_in_modules(struct vmlist *v, const struct search *r,
						      uint64_t align, struct vm_struct *area)
{
	uint64_t elsewhere = v->tree.placed_end;
	int err;

	v->tree.placed_end = v->modules_placed_end;
	err = gaptree_place(&v->tree, r->full, align, r->start, r->end, area, &area->addr);
	v->modules_placed_end = v->tree.placed_end;
	v->tree.placed_end = elsewhere;
	return err;
}

/* Puts the area where it goes as things are: 0, -ENOSPC, -ENOMEM. */
static inline int find_place(struct machine *m, struct vm_struct *area, const struct search *r,
			     enum vm_range_kind *was)
{
	uint64_t align = r->align < PAGE_SIZE ? PAGE_SIZE : r->align;
	int err = 0;

	*was = VM_RANGE_FREE;
	if (is_in_modules(m, r->start))
		err = place_in_modules(m->vmlist, r, align, area);
	else if (area->pool_node && take_from_pool(m, area, r->full, align))
		*was = VM_RANGE_POOLED;
	else
		err = gaptree_place(&m->vmlist->tree, r->full, align, r->start, r->end, area,
				    &area->addr);
	if (trace_wants(m, TRACE_ALLOC_VMAP_AREA))
		trace_search(m, r, area->addr, err);
	return err;
}

int place_area(struct machine *m, struct vm_struct *area, const struct vm_struct *mover,
	       uint64_t size, uint64_t align, vaddr_t start, vaddr_t end)
{
	struct vmlist *v = m->vmlist;
	uint64_t full = PAGE_ALIGN(size);
	enum vm_range_kind was;
	struct search r;
	int err;

	if (!full || align & (align - 1))
		return -EINVAL;
	if (area->flags & VM_IOREMAP && align < io_align(m, size))
		align = io_align(m, size);
	full += area_guard(area); /* 0: that is more than there is */
	r = (struct search){ size, full, align, start, end };
	lock_write(&v->lock);
	area->pool_node = v->pools ? pool_node_for(m, start, end) : 0;
	do { /* once more if a purge has made room */
		err = find_place(m, area, &r, &was);
	} while (err == -ENOSPC && full && purge_for_room(m, start));
	if (!err) {
		area->size = full;
		tag_area(v, area);
		vmlist_changed(v);
		if (history_is_on(&v->history))
			history_placed(m, area, mover, align, was);
	}
	if (err == -ENOSPC)
		log_no_room(m, &r);
	if (err == -ENOSPC && history_is_on(&v->history))
		history_failed(m, &r, (mover ? mover : area)->caller);
	unlock_write(&v->lock);
	return err;
}

struct vm_struct *place_new_area(struct machine *m, struct vm_struct *area, uint64_t size,
				 uint64_t align, vaddr_t start, vaddr_t end)
{
	int err = -EIO;

	if (!atomic_load_explicit(&m->crashed, memory_order_relaxed))
		err = place_area(m, area, NULL, size, align, start, end);
	if (!err)
		return area;
	free_vm_struct(m, area);
	errno = -err;
	return NULL;
}

struct vm_struct *get_vm_area_range(struct machine *m, uint64_t size, uint64_t align,
				    unsigned flags, vaddr_t start, vaddr_t end, int node,
				    const char *caller)
{
	struct vm_struct *area = new_vm_struct(m, flags, node, caller);

	if (!area)
		return NULL;
	area->requested_size = size;
	return place_new_area(m, area, size, align, start, end);
}

struct vm_struct *__get_vm_area_node(struct machine *m, uint64_t size, unsigned flags,
				     vaddr_t start, vaddr_t end, int node, const char *caller)
{
	return get_vm_area_range(m, size, 0, flags, start, end, node, caller);
}

struct vm_struct *__get_vm_area(struct machine *m, uint64_t size, unsigned flags, vaddr_t start,
				vaddr_t end, const char *caller)
{
	return __get_vm_area_node(m, size, flags, start, end, NUMA_NO_NODE, caller);
}

struct vm_struct *get_vm_area_node(struct machine *m, uint64_t size, unsigned flags, int node,
				   const char *caller)
{
	return __get_vm_area_node(m, size, flags, m->vmalloc_start, m->vmalloc_end, node, caller);
}

struct vm_struct *get_vm_area(struct machine *m, uint64_t size, unsigned flags, const char *caller)
{
	return get_vm_area_node(m, size, flags, NUMA_NO_NODE, caller);
}

struct vm_struct *__remove_vm_area(struct machine *m, vaddr_t addr)
{
	struct vmlist *v = m->vmlist;
	bool lazily = v->lazy.max_pages || v->pools;
	struct vm_struct *area;

	/* At once: nothing waits then, so what starts there is an area. */
	area = lazily ? __find_vm_area(m, addr) : gaptree_remove(&v->tree, addr);
	if (!area)
		return NULL;
	unmap_vm_area_noflush(m, area);
	if (lazily)
		free_vmap_area_noflush(m, area);
	else
		freed_at_once(m, area);
	area->size -= area_guard(area);
	vmlist_changed(v);
	return area;
}

struct vm_struct *remove_vm_area(struct machine *m, vaddr_t addr)
{
	struct vm_struct *area;

	vmlist_write_lock(m);
	area = __remove_vm_area(m, addr);
	vmlist_write_unlock(m);
	return area;
}
