/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One run of a trace: a machine with one policy, and its figures.
 *
 *	trace --> replay --> step, step, step, ... --> run (first-fit)
 *						   --> run (best-fit)
 *
 * A step is an event whose names are looked up and whose sizes are known: what
 * remains is to place and to remove.  Only address space is handed out; no area
 * has frames, so a small machine is enough for any trace.
 *
 * Ranges of another space go to a machine of their own: those at the top of the
 * address space, where kernel text and modules are, and, once the vmalloc window is
 * known, all that do not begin in it.  As one space with that window, its holes
 * would be counted that lie between the two.  A policy of Linux's has all in
 * one machine, for where areas go depends on all holes of the address space;
 * there the figures are of what lies below alone.
 */
#ifndef REPLAY_RUN_H
#define REPLAY_RUN_H

#include <glib.h>
#include <vmallocfs/vmalloc.h>

#include "replay/series.h"
#include "replay/timeline.h"

/* Everything from here on belongs to kernel text and modules on x86-64. */
#define TEXT_START UINT64_C(0xffffffff80000000)

#define NO_SLOT UINT32_MAX

/* Of the first area that a kernel's per-CPU allocator makes, and what it is aligned to. */
#define PER_CPU_SIZE (UINT64_C(2) << 20)

enum step_type {
	STEP_PLACE,
	STEP_REMOVE,
	STEP_RESIZE,
	STEP_PURGE,
	STEP_LAZY,   /* from here on freed ranges wait; size says for how many pages */
	STEP_POLICY, /* size says which */
	STEP_WINDOW, /* start and end are its whole vmalloc space, addr its per-CPU area or 0 */
};

struct step {
	enum step_type type;
	uint32_t slot;
	uint32_t owner; /* place: whose page array this is, or NO_SLOT */
	uint32_t root;	/* the outermost owner; NO_SLOT: it can go without, if there is no place */
	uint32_t array; /* resize, remove: done only if this page array found a place; or NO_SLOT */
	unsigned flags; /* of the area */
	bool aside;	/* not in the vmalloc window */
	bool recorded;	/* addr says where the recording kernel placed it */
	bool failed;	/* the recording kernel found no place */
	bool restored;	/* put at addr, where a saved layout has it; size has the guard, if any */
	bool traced;	/* by a kernel, which tells of its purges and failures, too */
	bool last;	/* of an event: the figures are sampled after it */
	uint16_t cpu;	/* that it ran on */
	uint64_t line;	/* of the trace */
	uint64_t event; /* its number */
	uint64_t now;	/* nanoseconds since the first, if the trace has times or sleeps */
	const char *name; /* what the trace calls the area, where names are kept; or NULL */
	uint64_t size;
	uint64_t least; /* place: the size if there is no place for `size`, or 0 */
	uint64_t align;
	vaddr_t start;
	vaddr_t end;
	vaddr_t addr;
};

/* The results of a run. Sizes are in bytes. */
struct run_figures {
	uint64_t events;
	uint64_t placed;
	uint64_t failed;
	uint64_t same;	       /* of those with a recorded address */
	uint64_t compared;     /* placements and failures that could be compared */
	uint64_t failed_alone; /* the recording kernel found a place */
	uint64_t placed_alone; /* it found none */
	uint64_t first_alone;  /* the line of the first of either, 0 for none */
	uint64_t searches;     /* placements tried */
	uint64_t steps;	       /* nodes of the index that they looked at */
	uint64_t ns;	       /* of the processor, in the core, for all events */
	uint64_t peak_span;
	uint64_t peak_busy;
	uint64_t most_holes;
	double frag_sum;
	double frag_max;
	double unusable_sum; /* the share of free bytes in holes that are too small */
	double unusable_max;
	struct vm_span span; /* at the end */
};

/* A range that is gone, as it was. */
struct removed {
	uint32_t slot;
	unsigned flags;
	vaddr_t addr;
	uint64_t size; /* guard included */
};

struct chrome_run;
struct failures;
struct follow;
struct story;

struct run {
	struct machine *m;
	struct machine *aside; /* NULL until something is placed there */
	bool one;	       /* nothing is placed there: all is in m */
	vaddr_t start, end;    /* what begins in [start, end) is in m */
	vaddr_t top;	       /* with one: figures are of what lies in [start, top) */
	unsigned held;	       /* areas of m that no step placed: the per-CPU allocator's */
	bool own_lazy;	       /* how many pages may wait is the policy's own affair */
	enum vm_policy policy;
	bool mixed; /* another policy placed areas before it */
	uint64_t lazy_max;
	vaddr_t window_start; /* what placements named, all together; UINT64_MAX: nothing yet */
	vaddr_t window_last;
	uint64_t areas;	 /* in both machines; not kept while following */
	uint64_t bytes;	 /* of them, guards included */
	GArray *places;	 /* vaddr_t by slot, 0: no place was found */
	GArray *removed; /* struct removed: of m, since a step last placed something; or NULL */
	struct machine_config config;
	struct run_figures figures;
	bool judged;		   /* the first placement whose recorded address is known, */
	bool first_same;	   /* and whether it was the same here */
	uint64_t steps_before;	   /* of searches, before these figures begin */
	struct timeline *timeline; /* NULL: not wanted */
	struct series *series;
	struct chrome_run *chrome;
	struct failures *failures;
	struct story *story;   /* what it was like over the whole trace; NULL: not wanted */
	struct follow *follow; /* areas go where they were recorded; NULL: where the policy says */
};

/*
 * 0 or -errno. The caller owns timeline and follow (NULL: the run goes its own way).
 * lazy_max NULL: as many pages wait as is usual with the policy, until the trace says
 * something else.
 */
int run_init(struct run *r, const struct machine_config *config, enum vm_policy policy,
	     const uint64_t *lazy_max, struct timeline *timeline, struct follow *follow);
void run_deinit(struct run *r);

/* Holes that take no area of so many pages count as unusable; called after run_init(). */
void run_count_unusable(struct run *r, uint64_t pages);

/* From here on the run keeps `removed`, which is never longer than the most areas at one time. */
void run_keep_removed(struct run *r);

/* Puts these ranges back into m, for a picture; the run can take no more steps. */
void run_restore_removed(struct run *r);

/* The policy, or "mixed" if the trace itself changed it on the way. */
const char *run_name(const struct run *r);

/* The vmalloc window is [start, end).  No step was taken yet. */
void run_set_window(struct run *r, vaddr_t start, vaddr_t end);

/* True if what lies at addr is not in the vmalloc window. */
bool run_is_aside(const struct run *r, vaddr_t addr);

/* The machine that holds an area at that address. */
struct machine *run_machine_at(const struct run *r, vaddr_t addr);

/* The trace begins here: the figures start anew, without what was placed before. */
void run_begin(struct run *r);

/* Figures of the vmalloc space; what lies above it in the same machine is left out. */
void run_look_at_span(struct run *r);

/* An event is over, of which this was the last step: samples them. */
void run_look(struct run *r, const struct step *last);

/* The state of the run as a point of a series. */
void run_point(const struct run *r, uint64_t event, uint64_t now, struct series_point *ret);

/* Takes n steps, with slots below nr_slots. 0 or -ENOMEM. */
int run_steps(struct run *r, const struct step *step, size_t n, uint32_t nr_slots);

#endif
