/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Slabs: host memory for many things of one size, without a head for each.
 *
 *	first	[ thing | thing | ...        ]		16 KiB of malloc
 *	chunk	[ head | thing | thing | ... ]		2 MiB, at a multiple of 2 MiB
 *
 * 1. A machine with few areas must stay small.  So the first things lie in a small
 *    block, and the first two chunks take pages of the host as they fill up.  There each
 *    thing counts against hostmem= by itself.
 *
 * 2. A million areas are looked up all over their descriptors and nodes.  In pages of
 *    4 KiB most look-ups miss the host's TLB as well.  So later chunks are huge pages, and
 *    count as 2 MiB from the start.  A machine that has more RAM than the host may give it
 *    has none (see hostmem.h).
 *
 * 3. What is freed is used again by the next thing.  A chunk in which nothing is left
 *    goes back to the host, but for one, whose pages alone go back: making and removing
 *    one thing again and again must not map and unmap a chunk each time.
 *
 *	slab_init(&s, m, sizeof(struct gap_node));
 *	p = slab_alloc(&s);			// NULL: the host has no memory
 *	slab_free(&s, p);
 *	slab_deinit(&s);
 *
 * Locks: none.  The caller lets one thread in at a time.
 *
 * Under AddressSanitizer each thing is a block of malloc: it reports a use after free
 * only for a block that was really freed.
 */
#ifndef MACHINE_SLAB_H
#define MACHINE_SLAB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define __SANITIZE_ADDRESS__ 1
#endif
#endif

#ifdef __SANITIZE_ADDRESS__
#define SLAB_FROM_MALLOC true
#else
#define SLAB_FROM_MALLOC false
#endif

struct machine;
struct slab_chunk;

struct slab {
	struct machine *m;
	size_t size; /* bytes of one thing */
	struct slab_chunk *first;
	struct slab_chunk *room;  /* the chunks that have room */
	struct slab_chunk *empty; /* the chunk that was kept, or NULL */
	uint64_t nr_chunks;	  /* without the first block */
};

void slab_init(struct slab *s, struct machine *m, size_t size);

/* All things were freed before. */
void slab_deinit(struct slab *s);

/*
 * Bytes for one thing, undefined, at a multiple of 8, and of 64 if the size is one.
 * NULL: it would pass hostmem=, or the host has none.
 */
void *slab_alloc(struct slab *s);
void slab_free(struct slab *s, void *p);

#endif
