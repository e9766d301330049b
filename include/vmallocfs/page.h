/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Page frames: descriptors, zones, and the binary buddy allocator.
 *
 * Each frame of RAM has a struct page.  It is eight bytes, because a machine
 * has many; an all-zero descriptor is a free frame that was never written, so
 * that booting touches none of them.
 *
 * A zone keeps its free frames in naturally aligned blocks of 2^order frames,
 * order 0 to 10, one bit a block in a bitmap for each order: splitting,
 * merging and finding the lowest free block are bit operations.  In front of
 * the buddy lists each zone keeps a short stack of single frames that were
 * freed last (Linux's per-cpu pages), so that a loop of vmalloc and vfree does
 * not split and merge the same block each time round.
 *
 * A frame is in use while references to it are held.  Allocation gives the first
 * one; vmap takes one for each mapping; the frame is free again when the last is
 * put.  No frame is ever unmapped from the host process: reading a frame that is
 * free by now does no harm, though the bytes mean nothing.
 */
#ifndef VMALLOCFS_PAGE_H
#define VMALLOCFS_PAGE_H

#include <vmallocfs/machine.h>

VMALLOCFS_BEGIN_DECLS

/*
 * The three zones of a machine, from the lowest up.  With 64-bit addresses they are DMA,
 * DMA32 and Normal.  With 32-bit addresses they are DMA, Normal and HighMem, which begins
 * where the direct map ends: two of the numbers have a second name for that.
 */
enum zone_type { ZONE_DMA, ZONE_DMA32, ZONE_NORMAL, MAX_NR_ZONES };
#define ZONE_NORMAL_32 ZONE_DMA32
#define ZONE_HIGHMEM ZONE_NORMAL

#define ZONE_DMA_END (UINT64_C(16) << 20) /* physical address */
#define ZONE_DMA32_END (UINT64_C(4) << 30)

#define MAX_ORDER 11 /* orders 0 to 10: blocks of 4 KiB to 4 MiB */
#define MAX_ORDER_NR_PAGES (UINT64_C(1) << (MAX_ORDER - 1))

/* Values of Linux 2.6.19; only those that change what happens here. */
#define __GFP_DMA 0x01u	    /* ZONE_DMA only */
#define __GFP_HIGHMEM 0x02u /* any zone, HighMem included */
#define __GFP_DMA32 0x04u   /* below 4 GiB; with 32-bit addresses Normal or DMA */
#define __GFP_WAIT 0x10u    /* may wait; only fault injection looks at it */
#define __GFP_ZERO 0x8000u  /* zeroed whatever init_on_alloc says */
#define GFP_KERNEL 0xd0u    /* with __GFP_WAIT */

struct page {
	_Atomic(uint32_t) _refcount; /* 0: free */
	uint32_t owner : 24;	/* its area's tag; set after allocating, cleared before freeing */
	_Atomic(uint8_t) flags; /* PG_ bits */
};

#define PG_reserved 0x01u			   /* never handed out: frame 0 */
#define PG_dirty 0x02u				   /* may hold something other than zeros */
#define PG_table 0x04u				   /* a page table */
#define PG_array 0x08u				   /* holds the page array of a large area */
#define PG_user 0x10u				   /* inserted in a simulated vma */
#define PG_backed 0x20u				   /* its bytes are counted as host memory */
#define PG_unread 0x40u				   /* its bytes are in the machine's frame_source */
#define PG_moment 0x80u				   /* its bytes are those of a moment, state.h */
#define PG_kept (PG_dirty | PG_backed | PG_moment) /* flags that a free frame may have */

/* What /proc/buddyinfo and friends need to know about a zone, copied under its lock. */
struct zone_info {
	unsigned node;
	enum zone_type type;
	const char *name; /* "DMA", "DMA32", "Normal", "HighMem" */
	pfn_t start_pfn;
	pfn_t end_pfn;		     /* one past the last; equal to start_pfn: no such zone */
	uint64_t managed;	     /* frames that can be handed out */
	uint64_t free;		     /* of them free, the stack included */
	uint64_t pcp;		     /* of these the ones on the stack */
	uint64_t tables;	     /* frames in use as page tables */
	uint64_t nr_free[MAX_ORDER]; /* free blocks of each order */
};

static inline pfn_t page_to_pfn(const struct machine *m, const struct page *page)
{
	return (pfn_t)(page - m->mem_map);
}

static inline struct page *pfn_to_page(const struct machine *m, pfn_t pfn)
{
	return &m->mem_map[pfn];
}

static inline bool pfn_valid(const struct machine *m, pfn_t pfn)
{
	return pfn < m->nr_frames;
}

/* Host address of a frame's bytes; pfn is valid. */
static inline unsigned char *pfn_to_ram(const struct machine *m, pfn_t pfn)
{
	return m->ram + (pfn << PAGE_SHIFT);
}

static inline unsigned pfn_to_nid(const struct machine *m, pfn_t pfn)
{
	uint64_t nid = pfn / m->node_frames;

	return nid < m->nr_nodes ? (unsigned)nid : m->nr_nodes - 1;
}

/*
 * A simulated kernel pointer to a frame's struct page, as page arrays hold
 * them, and the frame that such a pointer names.  The frame may be any number if
 * the value is no such pointer.
 *
 * The entries of an array have eight bytes on x86-pae too.  An i386 kernel has its
 * descriptors in the direct map, but here descriptors have no bytes in the machine.
 * So vmemmap_base lies beyond the 32-bit addresses, where no mapping can be.
 */
#define STRUCT_PAGE_SHIFT 6
#define STRUCT_PAGE_SIZE (1 << STRUCT_PAGE_SHIFT)

static inline uint64_t pfn_to_vmemmap(const struct machine *m, pfn_t pfn)
{
	return m->vmemmap_base + (pfn << STRUCT_PAGE_SHIFT);
}

static inline pfn_t vmemmap_to_pfn(const struct machine *m, uint64_t pointer)
{
	return (pointer - m->vmemmap_base) >> STRUCT_PAGE_SHIFT;
}

/*
 * One of page_mark_dirty and page_touch must be called before a frame's bytes are
 * written.  page_touch is for writes that may fail: false if the host's memory would
 * pass its limit, and then the frame must not be written.  Both keep what a moment
 * needs of the frame.
 */
void page_first_write(struct machine *m, pfn_t pfn);
bool page_try_first_write(struct machine *m, pfn_t pfn);

static inline bool page_may_be_written(struct machine *m, pfn_t pfn)
{
	return (atomic_load_explicit(&pfn_to_page(m, pfn)->flags, memory_order_acquire) &
		(PG_dirty | PG_moment)) == PG_dirty;
}

static inline void page_mark_dirty(struct machine *m, pfn_t pfn)
{
	if (!page_may_be_written(m, pfn))
		page_first_write(m, pfn);
}

static inline bool page_touch(struct machine *m, pfn_t pfn)
{
	return page_may_be_written(m, pfn) || page_try_first_write(m, pfn);
}

/*
 * The bytes of a frame that was allocated and not written yet are in the machine's source:
 * they come from there when they are asked for.
 */
void page_set_unread(struct machine *m, pfn_t pfn);

/*
 * To be called before the bytes of a frame are looked at or partly written: gets them from
 * the source, if they are there.  0 or -errno: -EIO they cannot be had, -ENOMEM the host
 * has no memory for them.
 */
int page_fetch(struct machine *m, pfn_t pfn);

/*
 * The same for all frames of [addr, addr + count), which is RAM: how many bytes from addr on
 * are there.
 */
size_t phys_want(struct machine *m, paddr_t addr, size_t count);

/*
 * Allocates n single frames, writing their numbers to ret, and returns how
 * many there were: fewer than n only if memory ended or fail_page_alloc
 * struck.  Node `node` is tried first (NUMA_NO_NODE: 0), then the others in
 * ascending order, wrapping; within a node the highest zone first, as
 * far as gfp allows.  No reserve is kept: the allocator hands out every frame.
 * Frames come with one reference, and zeroed if gfp has __GFP_ZERO or
 * init_on_alloc is set; a frame that was not written since it was last zero is not
 * zeroed again.
 */
size_t alloc_pages_bulk(struct machine *m, gfp_t gfp, int node, size_t n, pfn_t *ret);

/*
 * Allocates one naturally aligned block of 2^order frames under the same
 * rules, each with a reference of its own.  NULL when no such block is free.
 */
struct page *alloc_pages(struct machine *m, gfp_t gfp, int node, unsigned order);

/*
 * Allocates a zeroed frame for a page table: fail_table instead of
 * fail_page_alloc, counted in nr_table_frames.  0 or -ENOMEM.
 */
int alloc_table(struct machine *m, pfn_t *ret);
void free_table(struct machine *m, pfn_t pfn);

/*
 * Tells the host that all of these frames are about to be written: for frames in a
 * row it gives the memory at once instead of in one page fault for each.
 */
void pages_populate(struct machine *m, const pfn_t *pfn, size_t n);

/*
 * For a caller that still needs n frames, and has not put those that it got: true
 * if fewer than n are free in the zones that gfp allows.  Else the failure was
 * injected, and the log has it already.
 */
bool frames_short(struct machine *m, gfp_t gfp, uint64_t n);

/*
 * Logs (rate-limited) that `asked` frames could not be had: of which zones and
 * node, and what is free there.
 */
void log_no_frames(struct machine *m, gfp_t gfp, int node, uint64_t asked);

/* The same for a block of 1 << order frames; the zones may have more, but not in a row. */
void log_no_block(struct machine *m, gfp_t gfp, int node, unsigned order);

/* References.  The caller of get_page holds one already or owns the frame otherwise. */
void get_page(struct page *page);
void put_page(struct machine *m, struct page *page);

/* put_page for many; frames that become free are merged in runs. */
void put_pages_bulk(struct machine *m, const pfn_t *pfn, size_t n);

/*
 * Logs "Bad page state" (rate-limited) for what was found where a frame's
 * number should be, and counts it in nr_bad_page.  The frame is left alone.
 */
void bad_page(struct machine *m, uint64_t entry);

/* Totals over all zones, in frames. */
uint64_t nr_managed_pages(struct machine *m);
uint64_t nr_free_pages(struct machine *m);

/* Frames ever allocated plus ever freed: unchanged means that nothing moved. */
uint64_t nr_page_events(struct machine *m);

/* Zone `type` of node nid. False if the node has no such zone. */
bool zone_info(struct machine *m, unsigned nid, enum zone_type type, struct zone_info *ret);

/* Empties the stacks of single frames into the buddy lists. */
void drain_all_pages(struct machine *m);

/*
 * Gives the memory of free frames back to the host; they are zero then.  With
 * `all` every free frame; otherwise free blocks of 2 MiB and more, except for as
 * many frames as were in use at some time since the last call: a program that
 * allocates and frees in turns keeps what it will use next.  Returns how many
 * frames had host memory.  Meant to be called once in a while, from any thread.
 */
uint64_t pages_give_back(struct machine *m, bool all);

/*
 * The first frame in [pfn, end) that was written (`written`), or that was not and so
 * reads as zeros; end if there is none.  Free frames count like all others.  Where
 * nothing was written it goes by 128 MiB.
 */
pfn_t frames_seek(const struct machine *m, pfn_t pfn, pfn_t end, bool written);

/*
 * Checks the allocator's own books: bitmaps, counts, blocks disjoint, free
 * frames without references, used ones with.  Calls report for each thing
 * wrong (a line without newline) and returns how many there were.
 */
typedef void page_report_fn(void *arg, const char *line);
unsigned page_check(struct machine *m, page_report_fn *report, void *arg);

VMALLOCFS_END_DECLS

#endif
