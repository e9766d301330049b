/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a run did last, and how far it came.  It is in memory that the run, a
 * process of its own, shares with the one that started it, so that it outlives
 * whatever becomes of the run.
 */
#ifndef TESTS_MODEL_HISTORY_H
#define TESTS_MODEL_HISTORY_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <vmallocfs/types.h>

struct history {
	uint64_t op;	    /* the operation that was begun last */
	uint64_t right;	    /* the last operation after which nothing was found wrong */
	char message[1000]; /* what fail() said; empty if the run ended otherwise */
	uint64_t nr_steps;
	struct step {
		uint64_t op;
		const char *call, *format; /* what was called, and its arguments */
		uint64_t arg[4];
		bool answered; /* what came of it: */
		vaddr_t got;
		int err;
	} step[20]; /* the last ones; step n is at n % 20 */
};

extern struct history *history;

void history_init(void);
void history_clear(void);
/* Nothing that this process does from now on is noted: it is no operation. */
void history_stop(void);

/*
 * Notes what an operation is about to call: a name, then a format for printf
 * with up to four words of type uint64_t.
 */
#define note(call, format, ...)                                                                    \
	((void)sizeof(printf(format, __VA_ARGS__)),                                                \
	 note_call(call, format, (const uint64_t[4]){ __VA_ARGS__ }))

void note_call(const char *call, const char *format, const uint64_t *arg);

/* Notes what it gave: an address, or 1 for "done", or 0 and a positive errno. */
void note_answer(vaddr_t got, int err);

/* Prints the last operations as TAP comments, oldest first. */
void history_print(void);

/* Ends the run as failed. */
void fail(const char *fmt, ...) __attribute__((noreturn, format(printf, 1, 2)));

#endif
