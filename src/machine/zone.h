/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Zones and the binary buddy allocator: what page.c builds on.
 *
 *	bitmap[2]    . . . . . . . 1	    1: frames 28-31 are one free block
 *	bitmap[1]    . . 1 . . . . . ...    1: frames 4 and 5
 *	bitmap[0]    .. .1 .. .. .. ...	    1: frame 3
 *
 * A free block of 2^order frames has one bit, in the bitmap of its order, and
 * no frame has two.  The buddy of block b is block b ^ 1 of the same order: two
 * free buddies are always merged, so that both bits are never set, except in
 * the highest order.  Blocks are numbered from a multiple of the largest block; where
 * a zone begins or ends in the middle of one, the bits outside of it are never set.
 *
 * The stack holds single free frames in front of the bitmaps.  They count as
 * free, but do not merge until they are drained.
 */
#ifndef MACHINE_ZONE_H
#define MACHINE_ZONE_H

#include <vmallocfs/page.h>
#include "machine/bitmap.h"

#define PCP_MAX 64   /* frames the stack holds */
#define PCP_BATCH 32 /* frames it is filled with, and drained by */
#define PCP_SMALL 16 /* calls for at most this many frames go through the stack */

struct zone {
	pthread_mutex_t lock; /* everything below but the first four and tables */
	pfn_t start, end;     /* end: one past the last; equal: no such zone */
	pfn_t base;	      /* start, rounded down to the largest block; blocks count from it */
	uint64_t managed;
	_Atomic uint64_t free;	 /* frames, the stack included; read without the lock */
	uint64_t least_free;	 /* the least that `free` was since the last sweep, giveback.c */
	_Atomic uint64_t events; /* frames allocated plus frames freed; likewise */
	_Atomic uint64_t tables; /* frames that are page tables; changed without the lock */
	unsigned orders;	 /* bit o is set if nr_free[o] is not 0 */
	unsigned nr_pcp;
	uint64_t nr_free[MAX_ORDER];
	struct bitmap bitmap[MAX_ORDER];
	uint64_t *words;    /* one host mapping that has all their words */
	size_t words_size;  /* bytes */
	pfn_t pcp[PCP_MAX]; /* the last one goes first */
};

struct node {
	struct zone zone[MAX_NR_ZONES];
};

/*
 * Sets up a zone of frames start..end-1 with no frame free.  0 or -ENOMEM.
 * zone_deinit may be called on a zone of zeros, and twice.
 */
int zone_init(struct zone *z, pfn_t start, pfn_t end);
void zone_deinit(struct zone *z);

/*
 * The buddy lists, with z->lock held.  None of these touches the stack, nor the
 * counts of free frames: the functions in page.c that take or give frames do that.
 *
 * zone_free_run adds frames start..end-1, merging; zone_take fills ret with up
 * to n frames and returns how many there were, in the largest blocks that fit
 * into what is wanted, lowest address first; zone_take_block takes one block.
 */
void zone_free_run(struct zone *z, pfn_t start, pfn_t end);
size_t zone_take(struct zone *z, size_t n, pfn_t *ret);
bool zone_take_block(struct zone *z, unsigned order, pfn_t *ret);

/* The stack, with z->lock held: keeps the `keep` frames that were freed last. */
void zone_drain(struct zone *z, unsigned keep);

/*
 * The highest zone that gfp allows.  The middle one of the three is meant by __GFP_DMA32,
 * and with 32-bit addresses also by gfp without __GFP_HIGHMEM: zone_flip inverts that bit,
 * so that a set bit of zone_low means the middle zone in both cases.
 */
static inline unsigned gfp_zone(const struct machine *m, gfp_t gfp)
{
	if (gfp & __GFP_DMA)
		return ZONE_DMA;
	return (gfp ^ m->zone_flip) & m->zone_low ? ZONE_DMA32 : ZONE_NORMAL;
}

/* Zone of a valid frame. */
static inline struct zone *pfn_to_zone(const struct machine *m, pfn_t pfn)
{
	struct node *node = m->nr_nodes == 1 ? m->node : &m->node[pfn_to_nid(m, pfn)];

	if (pfn >= m->zone_end[ZONE_DMA32])
		return &node->zone[ZONE_NORMAL];
	return &node->zone[pfn < m->zone_end[ZONE_DMA] ? ZONE_DMA : ZONE_DMA32];
}

/* "DMA", "DMA32", ...  Static. */
const char *zone_name(const struct machine *m, enum zone_type type);

/* Splits RAM into nodes and zones; every frame but frame 0 becomes free.  0 or -ENOMEM. */
int page_init(struct machine *m);
void page_deinit(struct machine *m);

/*
 * Allocates n zeroed table frames as alloc_table does, all or none: 0 or
 * -ENOMEM.  extra_flags are PG_ bits set on top of PG_table.
 */
int alloc_tables(struct machine *m, uint32_t extra_flags, size_t n, pfn_t *ret);

/* A call that fault injection may make to fail. */
struct fault_call {
	gfp_t gfp;
	unsigned order;
	size_t size; /* what `space` is charged */
};

/* fault_pass for an attr that is not off. */
size_t fault_inject(struct machine *m, struct fault_attr *attr, const struct fault_call *call,
		    size_t n);

/*
 * Asks for n calls at once: returns how many of them come before the one that
 * shall fail, n if all of them do.  A call of an order counts for its frames.
 */
static inline size_t fault_pass(struct machine *m, struct fault_attr *attr, gfp_t gfp,
				unsigned order, size_t n)
{
	struct fault_call call = { .gfp = gfp, .order = order, .size = (size_t)1 << order };

	if (__builtin_expect(!atomic_load_explicit(&attr->nth, memory_order_relaxed), 1))
		return n;
	return fault_inject(m, attr, &call, n);
}

/* Sets the defaults; `name` stays the caller's. */
void fault_attr_init(struct fault_attr *attr, const char *name);

#endif
