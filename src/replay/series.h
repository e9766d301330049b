/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The figures of a run over a trace, as a table: --series=FILE.csv.
 *
 * A point is the exact state after one event.  When there are more points than were
 * asked for, every second one goes, and from then on only every second event makes
 * one; so a trace of any length takes the same memory.
 *
 *	| 1 | 2 | 3 | 4 |  full  ->  | 1 | 3 | 5 | 7 |  full  ->  | 1 | 5 | ...
 */
#ifndef REPLAY_SERIES_H
#define REPLAY_SERIES_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#define SERIES_POINTS 1000 /* as many as there are, if nothing else was said */

struct series_point {
	uint64_t event;
	uint64_t now;	      /* nanoseconds since the first event */
	double fragmentation; /* of the whole window, as status has it */
	double span_fragmentation;
	double unusable_index;
	uint64_t largest_hole; /* bytes, between the first and the last area */
	uint64_t span;	       /* bytes */
	uint64_t peak;	       /* the highest address in use, in bytes above the window's start */
	uint64_t areas;
	uint64_t bytes; /* of them, guards included */
	uint64_t failures;
};

struct series {
	uint64_t max;
	uint64_t distance; /* events from one point to the next */
	uint64_t until;	   /* events that pass before the next point */
	GArray *points;
};

/* max: at least 2. */
struct series *series_create(uint64_t max);
void series_destroy(struct series *s);

/* Forgets the points so far. */
void series_begin(struct series *s);

/* An event is over: true if series_add() is due. */
static inline bool series_wants(struct series *s)
{
	return !s->until-- ? (s->until = s->distance - 1, true) : false;
}
void series_add(struct series *s, const struct series_point *point);

/* The last event's point, whether or not its turn has come; there is no more after it. */
void series_end(struct series *s, const struct series_point *point);

/* The line with the names of the columns, and a line for each point; policy: of the run. */
void series_head(GString *out);
void series_csv(const struct series *s, const char *policy, bool timed, GString *out);

#endif
