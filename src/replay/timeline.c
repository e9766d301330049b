/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Collecting points, and drawing them.
 */
#include <string.h>

#include "replay/timeline.h"

void timeline_init(struct timeline *t, const char *name)
{
	memset(t, 0, sizeof(*t));
	t->name = name;
	t->distance = 1;
}

/* Joins neighbours: half the points, each of twice as many events. */
static void join_points(struct timeline *t)
{
	for (unsigned i = 0; i < TIMELINE_POINTS / 2; i++)
		for (unsigned v = 0; v < TIMELINE_VALUES; v++)
			t->point[i][v] = (t->point[2 * i][v] + t->point[2 * i + 1][v]) / 2;
	t->points = TIMELINE_POINTS / 2;
	t->distance *= 2;
}

void timeline_add(struct timeline *t, double fragmentation, uint64_t largest, uint64_t top)
{
	t->sum[TIMELINE_FRAGMENTATION] += fragmentation;
	t->sum[TIMELINE_LARGEST] += (double)largest;
	t->sum[TIMELINE_TOP] += (double)top;
	if (++t->taken < t->distance)
		return;
	for (unsigned v = 0; v < TIMELINE_VALUES; v++) {
		t->point[t->points][v] = t->sum[v] / (double)t->taken;
		t->sum[v] = 0;
	}
	t->taken = 0;
	if (++t->points == TIMELINE_POINTS)
		join_points(t);
}

GString *timeline_svg(struct timeline *const *t, unsigned n)
{
	(void)t;
	(void)n;
	return g_string_new(NULL);
}
