/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a run was like over the whole trace, for the page of --html (story_page.c).
 *
 *	events	  0   8   16   24   32 ...
 *	moments	  M   M   M    M    M		the ranges after this event, exactly
 *	extra	        F     F 		the same, right after the first failures
 *	marks	  pp  f p  f  f  p		which events failed, or purged
 *
 * To look at all ranges takes as long as many events do.  So a moment waits until there were
 * as many events as it has ranges, but for the first STORY_CREDIT ranges, which are free: a
 * short trace has a moment for each event.
 *
 * Moments are a number of events apart that doubles when there are too many of them, or
 * when they take too much memory: every second one goes then.  Marks are thinned out in
 * the same way, but only above MARKS_MAX, and their number is counted.  So a trace of any
 * length takes the same memory, and each moment that is left is exact.
 */
#ifndef REPLAY_STORY_H
#define REPLAY_STORY_H

#include "replay/failures.h"

struct run;

#define STORY_MOMENTS 512
#define STORY_BYTES (16u << 20) /* of the ranges of all moments of a run */
#define STORY_RANGES 8192	/* of a moment; where there are more, neighbours are joined */
#define STORY_FAILURES 64	/* that are told in words, with a moment of their own */
#define STORY_MARKS 4096
#define STORY_CREDIT (2u << 20)

enum story_kind { STORY_AREA, STORY_IOREMAP, STORY_WAITS, STORY_POOLED };

/* Pages. */
struct story_range {
	uint64_t start;
	uint64_t size;
	enum story_kind kind;
};

/* What a policy says of the placement that the recording made last. */
struct story_vote {
	uint64_t event; /* 0: there was none so far */
	vaddr_t addr;	/* where the recording has it, 0: nowhere */
	vaddr_t said;	/* where the policy would have put it */
	uint64_t compared;
	uint64_t same;
};

struct story_moment {
	uint64_t event;
	uint64_t now; /* nanoseconds since the first event */
	uint64_t areas;
	uint64_t bytes; /* of areas, guards included */
	uint64_t holes; /* between the first and the last range, as are these: */
	uint64_t free;
	uint64_t largest;
	uint64_t failures;
	uint64_t purges;
	uint64_t joined; /* pages: what has a smaller hole between it is one range; 0: nothing is */
	struct story_vote vote;
	struct story_range *range; /* NULL: this run keeps none */
	size_t nr_ranges;
};

struct story_mark {
	uint64_t event;
	uint64_t now;
};

struct story_marks {
	GArray *kept; /* struct story_mark: of `one_in`, the first */
	uint64_t one_in;
	uint64_t count; /* all there were */
};

struct story {
	bool with_ranges;
	uint64_t distance; /* events from one moment to the next, at least */
	uint64_t until;	   /* events that pass before the next */
	GArray *moments;   /* struct story_moment */
	GArray *extra;	   /* the same, after the first failures */
	size_t bytes;	   /* of the ranges of `moments` */
	struct failures *failed;
	struct story_marks failures;
	struct story_marks purges;
	uint64_t credit; /* ranges that may be looked at */
	uint64_t due;	 /* how many the last moment had, before any were joined */
	uint64_t seen_failed;
	uint64_t seen_lazy;
};

struct story *story_create(bool with_ranges);
void story_destroy(struct story *s);

/* The trace, or the part of it that is looked at, begins: after this event all is as it is. */
void story_begin(struct run *r, uint64_t event, uint64_t now);

/* An event is over, of which this was the last step. */
void story_look(struct run *r, const struct step *last);

/* After the last event, whose moment is kept whatever its number. */
void story_end(struct run *r, uint64_t event, uint64_t now);

/* Every second moment goes, but for the first and the last: false if there are no more than these. */
bool story_thin_out(struct story *s);

#endif
