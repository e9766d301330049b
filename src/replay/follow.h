/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Following a recording: each area goes where the recording kernel put it, and
 * the policy says what it would have done in just that state.
 *
 *	recorded		the policy says		counted as
 *	C at 0x5000		C at 0x5000		same
 *	D found no place	D finds none		same
 *	E at 0x9000		E at 0x7000		a miss, of some kind
 *	F at 0xb000		F at 0xb000		same: E lies at 0x9000
 *
 * Where the policy errs because of something that it could not know, it learns:
 *
 * 1. The kernel placed an area where something seemed to be: that was purged, or
 *    freed, unseen.  It is taken away.
 * 2. The kernel passed over a hole that seemed free and was never seen in use:
 *    something was there before the trace began, such as a pool or a per-CPU
 *    area.  It is marked as busy.
 * 3. The kernel placed it in no hole that any search would find, but has pools:
 *    then the range was in a pool before the trace began.
 *
 * If the policy says the right place after that, the miss counts as learned.
 * Each kind has both figures, and nothing that was learned counts as the same.
 */
#ifndef REPLAY_FOLLOW_H
#define REPLAY_FOLLOW_H

#include "replay/run.h"
#include "replay/seen.h"
#include "replay/story.h"

enum miss_kind {
	MISS_ALIGNED, /* more than to pages: the tree of holes may have another shape */
	MISS_POOLED,  /* the policy, or the kernel, took it out of a pool */
	MISS_UNSEEN,  /* it seemed free, and had never been seen in use */
	MISS_BUSY,    /* the kernel placed it in a hole that was thought busy */
	MISS_WINDOW,  /* in another window than the whole vmalloc space */
	MISS_FAILED,  /* one of the two found no place */
	MISS_OTHER,
	NR_MISS_KINDS,
};

struct hole_bounds {
	vaddr_t start;
	vaddr_t end; /* 0: there is no hole */
};

struct miss {
	uint64_t line;
	enum miss_kind kind;
	bool learned;
	unsigned cpu;
	uint64_t size; /* guard included */
	uint64_t align;
	vaddr_t start; /* the window */
	vaddr_t end;
	vaddr_t addr;		      /* where the kernel put it; 0: it found no place */
	vaddr_t said;		      /* where the policy would have; 0: nowhere */
	struct hole_bounds addr_hole; /* as they were seen just then */
	struct hole_bounds said_hole;
};

struct follow_figures {
	uint64_t compared; /* placements and failures of the recording */
	uint64_t same;
	uint64_t missed[NR_MISS_KINDS];	 /* not the same, those included of which ... */
	uint64_t learned[NR_MISS_KINDS]; /* the cause was learned */
};

struct follow {
	struct follow_figures figures;
	struct seen seen;
	uint64_t max_misses;	/* that are kept */
	GArray *misses;		/* struct miss: the first of them */
	vaddr_t window_start;	/* the whole vmalloc space, */
	vaddr_t window_end;	/* once the trace has told it; 0 before */
	struct story_vote vote; /* on the last placement */
	bool loaded;		/* there are areas of a layout, whose nodes are not known */
	bool purges_for_room;	/* the last placement failed: the next purge is for its sake */
};

/* Keeps up to max_misses misses. */
struct follow *follow_create(uint64_t max_misses);
void follow_destroy(struct follow *f);

/* The figures start anew, without what was followed before; what was learned stays. */
void follow_begin(struct follow *f);

/* "aligned", ...: in reports. */
const char *miss_kind_name(enum miss_kind kind);

/* Of all kinds. */
uint64_t follow_learned(const struct follow_figures *f);

/*
 * A step with a recorded outcome.  *addr is where it lies now, 0 for nowhere.  0 or
 * -ENOMEM.
 */
int follow_place(struct run *r, const struct step *s, vaddr_t *addr);

/* An area of a layout lies at s->addr. */
void follow_loaded(struct run *r, const struct step *s);

/* The kernel purges. */
void follow_purge(struct run *r);

#endif
