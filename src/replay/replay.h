/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A trace, replayed under one or several policies at once.
 *
 *	input --> event --> replay: which area, how large --> steps --> run, run, ...
 *
 * The input is read once.  Steps are gathered into batches, and all runs take a
 * batch on the threads of the crew, so that a run has a processor's cache to itself
 * for a while.  A run's time is the processor time of the thread that it is on.
 *
 * What a trace has wrong is counted, not fatal, unless `strict` is set:
 *
 *	a free of what is not allocated		is passed over
 *	an allocation of what was not freed	the older area is freed first
 *	a line that is not an event		is passed over
 */
#ifndef REPLAY_REPLAY_H
#define REPLAY_REPLAY_H

#include <stdio.h>

#include "input/lines.h"
#include "replay/chrome.h"
#include "replay/crew.h"
#include "replay/live.h"
#include "replay/trace_moment.h"
#include "replay/run.h"
#include "input/event.h"

struct replay_config {
	struct machine_config machine;
	vaddr_t window_start; /* --vmalloc=START-END: [start, end); end 0: not given */
	vaddr_t window_end;
	bool clip; /* windows of the trace are cut to machine.vmalloc_size */
	enum vm_policy policy[NR_VM_POLICIES];
	unsigned nr_policies; /* 0: one run, first fit, until the trace's own commands say else */
	bool has_lazy;
	uint64_t lazy;	   /* pages that may wait */
	uint64_t unusable; /* a hole that takes no area of so many pages is unusable */
	bool has_cpus;	   /* machine.cpus was asked for, and is not the trace's */
	bool follow;	   /* each policy is also asked at each step of the recording */
	uint64_t misses;   /* that are kept, for each policy */
	bool strict;
	unsigned threads; /* that replay the trace; 0: one for each processor of the host */
	bool timeline;
	bool map;		  /* replay_map_svg() will be asked for */
	const char *load;	  /* a saved vmallocinfo to begin with, or NULL */
	struct trace_moment from; /* figures begin with the first event that is not before it */
	struct trace_moment to;	  /* the replay ends before the first event that is past it */
	bool at;		  /* `to` must be reached */
	uint64_t failures;	  /* that are kept, for each policy */
	uint64_t series;	  /* points that are kept, for each policy; 0: none */
	bool chrome;		  /* replay_write_chrome() follows */
	bool html;		  /* story_page() will be asked for */
	bool names;		  /* steps carry the names of their areas */
};

struct listing;

enum problem {
	PROBLEM_JUNK,
	PROBLEM_TOO_LONG,
	PROBLEM_NO_NAME,
	PROBLEM_NO_ADDRESS,
	PROBLEM_TWICE,
	PROBLEM_LOST,
	PROBLEM_CUT,
	NR_PROBLEMS,
};

struct problem_count {
	uint64_t count;
	uint64_t line; /* of the first */
};

/* A text of the trace. */
struct said {
	uint64_t event; /* after which it was said */
	uint64_t now;
	char *text;
};

/* Enough that waking a thread for a batch costs little, and that a batch stays in the cache. */
#define REPLAY_BATCH 8192

struct replay {
	struct replay_config config;
	struct run *run; /* nr_runs of them */
	unsigned nr_runs;
	struct run *follower; /* the same, those that follow the recording; or none: after run[] */
	unsigned nr_followers;
	struct live_table live;
	struct crew *crew;
	struct step steps[2][REPLAY_BATCH]; /* one gathers while the runs take the other */
	vaddr_t window_start;		    /* for what the trace names no window for */
	vaddr_t window_end;		    /* its last byte */
	struct step *batch;		    /* the one that gathers */
	size_t nr_batch;
	GString *path;	 /* of a name that came without its directory */
	uint64_t line;	 /* of the current event */
	bool lazy;	 /* what the kernel that recorded the trace does at this point */
	uint16_t cpu;	 /* of the event that is looked at */
	uint64_t widest; /* window of the trace, less one byte */
	vaddr_t per_cpu; /* where the per-CPU allocator's first area is taken to be, or 0 */
	int err;	 /* of a run: it is out of memory */

	uint64_t lines;
	uint64_t empty;	      /* lines with nothing in them, */
	uint64_t comments;    /* comments, */
	uint64_t remarks;     /* that sleep or say something, */
	uint64_t others;      /* and lines of a kernel's trace that are none of our events */
	vaddr_t first_at;     /* where the first area lies in the trace, or 0 */
	vaddr_t first_lowest; /* and where it would lie in an empty space */
	uint64_t events;
	uint64_t began;	     /* the first event that the figures count; 0: none was reached */
	uint64_t first_time; /* of the first event with a time, in nanoseconds */
	uint64_t slept;	     /* nanoseconds, by all commands to sleep so far */
	uint64_t now;	     /* nanoseconds since the first event, at the current one */
	bool has_first;	     /* there was an event with a time, */
	bool timed;	     /* or one that sleeps: so there is a clock */
	bool ended;	     /* `to` is past */
	struct chrome_file chrome;
	GArray *says;		/* struct said, the first of them; or NULL */
	GStringChunk *names[2]; /* of the steps of each batch, or NULL */
	uint64_t placed_at;	/* the last of them that placed an area, or should have */
	uint64_t loaded;	/* areas of the saved layout */
	struct listing *layout; /* that one, until the trace has begun, or NULL */
	GString *load_summary;	/* what was read from their file, or NULL */
	uint64_t purge_lines;	/* of a recording, while nothing waits for them */
	const char *cut;	/* why the input ended too early, or NULL */
	struct problem_count problem[NR_PROBLEMS];
};

/* 0, or -errno and *error (for g_free). */
int replay_create(const struct replay_config *config, struct replay **ret, char **error);
void replay_destroy(struct replay *r);

/*
 * The whole input.  0, or -errno and *error (for g_free): -EINVAL for the first
 * problem if the replay is strict, -ENODATA if there is no event, or if a moment that was
 * asked for is not in it, -ENOMEM.  progress (may be NULL) is called every now and then.
 */
typedef void replay_progress_fn(void *arg, const struct replay *r, const struct input *in);
int replay_input(struct replay *r, struct input *in, replay_progress_fn *progress, void *arg,
		 char **error);

/*
 * Due before replay_input() if config.chrome is set: it writes all of the file, which
 * stays the caller's, and fails with -EFBIG where that would be larger than max.
 */
void replay_write_chrome(struct replay *r, FILE *f, uint64_t max);

/*
 * True if the trace shows that its space was not empty when it began: the first area
 * lies above the lowest place, and no run put it there.
 */
bool replay_began_full(const struct replay *r);

/* What --series= writes. */
GString *replay_series(const struct replay *r);

/* The plural of a problem, in words. */
const char *problem_text(enum problem problem);

/* The vmalloc window of all runs is [start, end) (preload.c). */
void replay_set_window(struct replay *r, vaddr_t start, vaddr_t end);

/* Takes one event (events.c); its steps may wait in the batch until replay_flush(). */
void replay_event(struct replay *r, struct event *e);

/*
 * The span that is looked at (span.c).  replay_enter() is called before each event:
 * false if it is past the end that was asked for, and then the replay is over.
 * replay_check_span() says at the end if what was asked for is missing: 0, or
 * -ENODATA and *error.
 */
bool replay_enter(struct replay *r, const struct event *e);
int replay_check_span(const struct replay *r, char **error);

/* After the last event: ends series and the file of --chrome.  0 or -errno. */
int replay_end(struct replay *r);

/*
 * A saved vmallocinfo (preload.c).  replay_read_layout() reads the file, once: it may
 * be a pipe.  replay_load() places its areas, before the trace begins, and does so
 * again where the machines are booted anew.  replay_forget_layout() is due when no
 * more machine will be.  0, or -errno and *error (for g_free).
 */
int replay_read_layout(struct replay *r, char **error);
int replay_load(struct replay *r, char **error);
void replay_forget_layout(struct replay *r);

/*
 * The batch (batch.c).  replay_step() appends a step, which stays valid until the
 * next call; replay_flush() returns when all runs have taken all steps, and has set
 * r->err if one of them failed.  Until then a thread may be at work on any run.
 */
struct step *replay_step(struct replay *r, enum step_type type, uint32_t slot);
void replay_flush(struct replay *r);

/* Gives a step the name of its area (NULL: it has none), if config.names is set. */
void replay_name_step(struct replay *r, struct step *s, const char *name);

/* Counts one problem, or n of them, found at this line of the trace. */
void replay_problem(struct replay *r, enum problem problem);
void replay_problems(struct replay *r, enum problem problem, uint64_t n);

#endif
