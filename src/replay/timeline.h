/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How the address space changed over a trace, and a picture of that.
 *
 * A timeline has a fixed number of points, each the mean of the same number of
 * events; for the peak address it is the highest, so that no peak is lost, and of the
 * failures the last count.  When
 * all points are taken, neighbours are joined two by two, and from then on a point
 * stands for twice as many events:
 *
 *	| a | b | c | d |  full  ->  | ab | cd |    |    |
 *
 * So a trace of any length takes the same memory.
 */
#ifndef REPLAY_TIMELINE_H
#define REPLAY_TIMELINE_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#define TIMELINE_POINTS 1024

enum timeline_value {
	TIMELINE_FRAGMENTATION, /* 0 to 1 */
	TIMELINE_UNUSABLE,	/* 0 to 1 */
	TIMELINE_LARGEST,	/* bytes */
	TIMELINE_SPAN,		/* bytes from the first to the last address in use */
	TIMELINE_PEAK,		/* one past the highest address in use; 0 if no address is */
	TIMELINE_CHARTS,	/* those above have a chart each */
	TIMELINE_FAILED = TIMELINE_CHARTS, /* placements that failed so far */
	TIMELINE_VALUES,
};

struct timeline {
	const char *name;  /* static: the policy */
	unsigned points;   /* that are complete */
	uint64_t distance; /* events a point stands for */
	uint64_t taken;	   /* events in the point that is not complete */
	double window;	   /* the lowest address that any area could have had */
	double open
		[TIMELINE_VALUES]; /* of that point: the sum over its events, or the highest value */
	double point[TIMELINE_POINTS][TIMELINE_VALUES];
};

void timeline_init(struct timeline *t, const char *name);
/* The points so far are forgotten. */
void timeline_begin(struct timeline *t);

void timeline_add(struct timeline *t, const double value[TIMELINE_VALUES]);

/* The start of a window; the peak address is drawn relative to the lowest of these. */
void timeline_window(struct timeline *t, uint64_t start);

/*
 * An SVG of n of them, which saw the same events, above each other in five charts.  A line
 * is crossed where a placement failed.
 * `first` is the number of the first of these events.
 */
GString *timeline_svg(const struct timeline *const *t, unsigned n, uint64_t first);

#endif
