/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Slabs.  See slab.h.
 */
#include <stdlib.h>
#include <sys/mman.h>

#include "machine/hostmem.h"
#include "machine/slab.h"

#define FIRST_SIZE ((size_t)16 << 10)
#define CHUNK_SIZE ((size_t)2 << 20)
#define HEAD_SIZE 64 /* a line of the cache, so that things of 64 bytes keep to lines */
#define KEPT_BYTES ((size_t)64 << 10) /* that the one empty chunk may go on to hold */
#define SMALL_CHUNKS 2u		      /* that are not made of huge pages */

/* What was freed, and not used again yet. */
struct free_thing {
	struct free_thing *next;
};

struct slab_chunk {
	struct slab_chunk *next;    /* of those that have room, */
	struct slab_chunk **linked; /* and what points to this one */
	struct free_thing *free;
	uint32_t live;	/* things in use */
	uint32_t fresh; /* things that were ever used; those after them were never touched */
	uint32_t max;
	bool whole; /* counted as a whole, a huge page */
};

_Static_assert(sizeof(struct slab_chunk) <= HEAD_SIZE, "the head of a chunk is too large");

void slab_init(struct slab *s, struct machine *m, size_t size)
{
	*s = (struct slab){ .m = m, .size = (size + 7) & ~(size_t)7 };
}

/* --- chunks --------------------------------------------------------------------- */

static void chunk_link(struct slab *s, struct slab_chunk *c)
{
	c->next = s->room;
	c->linked = &s->room;
	if (c->next)
		c->next->linked = &c->next;
	s->room = c;
}

static void chunk_unlink(struct slab_chunk *c)
{
	*c->linked = c->next;
	if (c->next)
		c->next->linked = c->linked;
}

static struct slab_chunk *chunk_begin(struct slab *s, void *at, size_t bytes)
{
	struct slab_chunk *c = at;

	*c = (struct slab_chunk){ .max = (uint32_t)((bytes - HEAD_SIZE) / s->size) };
	chunk_link(s, c);
	return c;
}

/* 2 MiB at a multiple of it: out of twice as much, of which the ends are given back. */
static void *chunk_map(void)
{
	char *p = mmap(NULL, 2 * CHUNK_SIZE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	size_t below = CHUNK_SIZE - (uintptr_t)p % CHUNK_SIZE;

	if (p == MAP_FAILED)
		return NULL;
	munmap(p, below);
	if (below < CHUNK_SIZE)
		munmap(p + below + CHUNK_SIZE, CHUNK_SIZE - below);
	return p + below;
}

static struct slab_chunk *chunk_create(struct slab *s)
{
	bool whole = s->nr_chunks >= SMALL_CHUNKS && !host_is_short(s->m);
	struct slab_chunk *c;
	void *p;

	if (whole && !host_charge(s->m, CHUNK_SIZE))
		whole = false;
	p = chunk_map();
	if (!p) {
		host_uncharge(s->m, whole ? CHUNK_SIZE : 0);
		return NULL;
	}
	madvise(p, CHUNK_SIZE, whole ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
	c = chunk_begin(s, p, CHUNK_SIZE);
	c->whole = whole;
	s->nr_chunks++;
	return c;
}

static void chunk_destroy(struct slab *s, struct slab_chunk *c)
{
	chunk_unlink(c);
	host_uncharge(s->m, c->whole ? CHUNK_SIZE : 0);
	munmap(c, CHUNK_SIZE);
	s->nr_chunks--;
}

static struct slab_chunk *chunk_with_room(struct slab *s)
{
	if (s->room)
		return s->room;
	if (!s->first) {
		void *p = aligned_alloc(HEAD_SIZE, FIRST_SIZE);

		if (p)
			s->first = chunk_begin(s, p, FIRST_SIZE);
		return p;
	}
	return chunk_create(s);
}

static struct slab_chunk *chunk_of(const struct slab *s, void *p)
{
	if ((uintptr_t)p - (uintptr_t)s->first < FIRST_SIZE)
		return s->first;
	return (struct slab_chunk *)((uintptr_t)p & ~(CHUNK_SIZE - 1));
}

/* --- things ---------------------------------------------------------------------- */

/* A thing of a chunk that has room: what was freed last, or what was never used. */
static void *take_thing(const struct slab *s, struct slab_chunk *c)
{
	struct free_thing *p = c->free;

	if (!p)
		return (char *)c + HEAD_SIZE + c->fresh++ * s->size;
	c->free = p->next;
	return p;
}

static void *take_block(struct slab *s)
{
	void *p;

	if (!host_charge(s->m, s->size))
		return NULL;
	p = malloc(s->size);
	if (!p)
		host_uncharge(s->m, s->size);
	return p;
}

void *slab_alloc(struct slab *s)
{
	struct slab_chunk *c;
	void *p;

	if (SLAB_FROM_MALLOC)
		return take_block(s);
	c = chunk_with_room(s);
	if (!c || (!c->whole && !host_charge(s->m, s->size)))
		return NULL;
	p = take_thing(s, c);
	if (++c->live == c->max)
		chunk_unlink(c);
	if (c == s->empty)
		s->empty = NULL;
	return p;
}

/* Nothing is left in it, and its pages are as good as never used. */
static void chunk_reset(struct slab_chunk *c)
{
	c->fresh = 0;
	c->free = NULL;
}

/* Nothing is left in the chunk: it is the one that is kept, unless there is one. */
static void chunk_emptied(struct slab *s, struct slab_chunk *c)
{
	if (c == s->first) {
		chunk_reset(c);
	} else if (s->empty) {
		chunk_destroy(s, c);
	} else {
		s->empty = c;
		if (c->whole || c->fresh * s->size < KEPT_BYTES)
			return;
		chunk_reset(c);
		madvise((char *)c + PAGE_SIZE, CHUNK_SIZE - PAGE_SIZE, MADV_DONTNEED);
	}
}

void slab_free(struct slab *s, void *p)
{
	struct free_thing *thing = p;
	struct slab_chunk *c;

	if (SLAB_FROM_MALLOC) {
		host_uncharge(s->m, s->size);
		free(p);
		return;
	}
	c = chunk_of(s, p);
	if (!c->whole)
		host_uncharge(s->m, s->size);
	thing->next = c->free;
	c->free = thing;
	if (c->live-- == c->max)
		chunk_link(s, c);
	if (!c->live)
		chunk_emptied(s, c);
}

void slab_deinit(struct slab *s)
{
	if (s->empty)
		chunk_destroy(s, s->empty);
	free(s->first);
	s->empty = NULL;
	s->first = NULL;
}
