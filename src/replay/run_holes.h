/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The holes of a run's space at this moment.
 */
#ifndef REPLAY_RUN_HOLES_H
#define REPLAY_RUN_HOLES_H

#include "replay/run.h"

struct run_hole {
	vaddr_t start;
	uint64_t size; /* bytes */
};

/*
 * The holes of machine m in the window whose last byte is `last`, which itself is never
 * given out: an array of struct run_hole, in ascending order.  The caller unrefs it.
 * O(areas).
 */
GArray *run_holes(struct machine *m, vaddr_t start, vaddr_t last);

/* Appends a line "START END SIZE" with a tab before it. */
void run_hole_append(GString *out, const struct run_hole *hole);

#endif
