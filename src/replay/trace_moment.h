/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A moment of a trace, as --from=, --to= and --at= name it:
 *
 *	250	the 250th event, as the report counts them
 *	1.5s	a second and a half after the first event of which the time is known
 */
#ifndef REPLAY_TRACE_MOMENT_H
#define REPLAY_TRACE_MOMENT_H

#include <stdbool.h>
#include <stdint.h>

struct trace_moment {
	bool given;
	bool timed;
	uint64_t value; /* an event's number, or (timed) nanoseconds */
};

/* Where the trace is: events so far, and the nanoseconds since the first. */
struct trace_now {
	uint64_t event;
	uint64_t ns;
};

/* False if the word is neither a number nor a number of seconds with an s. */
bool trace_moment_parse(const char *word, struct trace_moment *ret);

/* True if `now` lies before the moment, or after it. */
bool trace_moment_is_ahead(const struct trace_moment *m, const struct trace_now *now);
bool trace_moment_is_past(const struct trace_moment *m, const struct trace_now *now);

#endif
