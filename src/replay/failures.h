/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Requests of a run that found no place, each with what the log of a kernel would
 * say and the holes as they were at that moment.
 */
#ifndef REPLAY_FAILURES_H
#define REPLAY_FAILURES_H

#include "replay/run_holes.h"

#define FAILURE_HOLES 8

struct failure {
	uint64_t line; /* of the trace */
	uint64_t event;
	uint64_t now; /* nanoseconds since the first event */
	char *name;   /* what the trace calls it, or NULL */
	char *why;    /* the sentence of the log, */
	char *help;   /* and the one about what would be enough */
	uint64_t nr_holes;
	uint64_t free;				/* bytes of all of them */
	struct run_hole largest[FAILURE_HOLES]; /* as many as there are, the largest first */
};

struct failures {
	uint64_t max;  /* that are kept */
	GArray *kept;  /* struct failure: the first of them */
	uint64_t seen; /* all of them */
};

/* Keeps up to max. */
struct failures *failures_create(uint64_t max);
void failures_destroy(struct failures *f);

/* Forgets those so far. */
void failures_begin(struct failures *f);

/* The step found no place in m just now. */
void failures_add(struct failures *f, struct machine *m, const struct step *s);

#endif
