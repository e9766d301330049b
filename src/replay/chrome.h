/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A trace as Perfetto and chrome://tracing show it: --chrome=FILE.json, in the Trace
 * Event Format of JSON.
 *
 *	{"traceEvents":[
 *	{"ph":"b","cat":"area","id":"0x1ffc90000000000","name":"a","pid":0,...},
 *	{"ph":"e", ... the same ...}
 *	]}
 *
 * An area is a pair of asynchronous events, its begin and its end.  A policy is a
 * process.  An id is the area's address with the policy's number, from 1 on, in its
 * highest byte, since ids of all processes are one set.  Counters are those of the
 * space; a failure and a purge are instants.
 *
 * Runs write into texts of their own, each on its thread; chrome_write() appends
 * these to the file, in the order of the policies, while no thread is at work.
 */
#ifndef REPLAY_CHROME_H
#define REPLAY_CHROME_H

#include <stdio.h>

#include "replay/run.h"

#define CHROME_MAX UINT64_C(1000000000) /* bytes that a browser can still load */

struct chrome_run {
	GString *text;
	unsigned pid;
	bool timed;	 /* time stamps are microseconds; else numbers of events */
	bool began;	 /* before that nothing is written */
	uint64_t counts; /* events so far, for the counters */
};

struct chrome_file {
	FILE *f;
	uint64_t bytes;
	uint64_t max;
};

struct chrome_run *chrome_run_create(unsigned pid);
void chrome_run_destroy(struct chrome_run *c);

/* From here on it is written.  name: of the run.  The areas that there are begin now. */
void chrome_begin(struct run *r, const char *name, bool timed, uint64_t event, uint64_t now);

/* The areas that there are end now. */
void chrome_end(struct run *r, uint64_t event, uint64_t now);

/* An area at addr; name is what the trace calls it, or NULL.  size: bytes with the guard. */
void chrome_area_begins(struct chrome_run *c, const struct step *s, vaddr_t addr, uint64_t size,
			const char *name);
void chrome_area_ends(struct chrome_run *c, const struct step *s, vaddr_t addr, const char *name);

void chrome_failure(struct chrome_run *c, const struct step *s);
void chrome_purge(struct chrome_run *c, const struct step *s);

/* After an event: the figures of the space. */
void chrome_count(struct run *r, const struct step *s);

/* Begins the file, which the caller has opened.  0 or -errno. */
int chrome_file_begin(struct chrome_file *file, FILE *f, uint64_t max);

/* Appends what the runs have written: 0, -errno, -EFBIG if that is more than max in all. */
int chrome_write(struct chrome_file *file, const struct run *run, unsigned nr_runs);

/* Ends the JSON; the caller closes the file. 0 or -errno. */
int chrome_file_end(struct chrome_file *file);

#endif
