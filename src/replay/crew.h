/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The crew: threads that let all runs take a batch of steps.
 *
 *	caller	 | reads batch 1 | reads batch 2 | run 2, batch 1 | reads batch 3 ...
 *	thread	 |               | run 0, run 1  of batch 1       | run 0, ...
 *
 * The runs share nothing, so any thread may take any run; a run takes its steps
 * in order, since a batch begins only when the one before it is done.  The caller
 * reads on meanwhile, and helps when it has to wait.  With one thread the
 * caller does everything itself.
 */
#ifndef REPLAY_CREW_H
#define REPLAY_CREW_H

#include "replay/run.h"

struct crew;

/*
 * A crew for these runs, which must outlive it.  The caller is one of its `threads`
 * (at least 1); no more are made than there are runs.
 */
struct crew *crew_create(struct run *run, unsigned nr_runs, unsigned threads);

/* Ends the threads, after a batch that has begun is done.  NULL is allowed. */
void crew_destroy(struct crew *crew);

/*
 * Begins a batch.  The steps stay as they are until crew_wait() returns, which is
 * due before the next batch.
 */
void crew_begin(struct crew *crew, const struct step *step, size_t n, uint32_t nr_slots);

/* Returns when all runs have taken the batch: 0 or the -errno of a run. */
int crew_wait(struct crew *crew);

#endif
