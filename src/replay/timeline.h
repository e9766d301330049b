/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How the address space changed over a trace, and a picture of that.
 *
 * A timeline has a fixed number of points, each the mean of as many events.
 * When all points are taken, neighbours are joined two by two, and from then
 * on a point stands for twice as many events:
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
	TIMELINE_LARGEST,	/* bytes */
	TIMELINE_SPAN,		/* bytes from the first to the last address in use */
	TIMELINE_VALUES,
};

struct timeline {
	const char *name;  /* static: the policy */
	unsigned points;   /* that are complete */
	uint64_t distance; /* events a point stands for */
	uint64_t taken;	   /* events in the point that is not complete */
	double sum[TIMELINE_VALUES];
	double point[TIMELINE_POINTS][TIMELINE_VALUES];
};

void timeline_init(struct timeline *t, const char *name);
void timeline_add(struct timeline *t, double fragmentation, uint64_t largest, uint64_t span);

/* An SVG of n of them, which saw the same events, above each other in three charts. */
GString *timeline_svg(const struct timeline *const *t, unsigned n);

#endif
