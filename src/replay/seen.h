/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The addresses that are known from a layout or from placements of a trace.
 *
 *	[ loaded  ]   [ placed, and perhaps free again ]	   ?
 *	[    seen |   ][			       ]	unseen
 *
 * What is free here and was never seen may have been in use all the time, by
 * something that neither a list nor a trace shows.
 */
#ifndef REPLAY_SEEN_H
#define REPLAY_SEEN_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

struct seen {
	GArray *ranges; /* struct seen_range: disjoint, ascending, with something between them */
};

void seen_init(struct seen *s);
void seen_deinit(struct seen *s);

/* [start, end) is known from now on. O(log n + ranges that it joins or moves). */
void seen_add(struct seen *s, uint64_t start, uint64_t end);

/* [start, end) is not known any more: as if it had never been seen. */
void seen_forget(struct seen *s, uint64_t start, uint64_t end);

/* True if all of [start, end) is known. O(log n). */
bool seen_has(const struct seen *s, uint64_t start, uint64_t end);

#endif
