/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The part of a trace that is looked at.
 *
 *	event	1 ........ 249 | 250 .......... 900 | 901 ...
 *		is replayed,   | --from=250	    | is not read
 *		and counts not | 	  --to=900  |
 *
 * What comes before makes the space what it is, so it is replayed all the same.
 */
#include <errno.h>
#include <inttypes.h>

#include "replay/follow.h"
#include "replay/replay.h"
#include "replay/story.h"

static void begin_figures(struct replay *r)
{
	replay_flush(r);
	for (unsigned i = 0; i < r->nr_runs; i++)
		run_begin(&r->run[i]);
	for (unsigned i = 0; i < r->nr_followers; i++) {
		run_begin(&r->follower[i]);
		follow_begin(r->follower[i].follow);
	}
	r->live.most = live_count(&r->live);
}

/* Areas that there are begin here. */
static void begin_chrome(struct replay *r)
{
	for (unsigned i = 0; i < r->nr_runs; i++)
		chrome_begin(&r->run[i], run_name(&r->run[i]), r->timed, r->events + 1, r->now);
}

static void begin_stories(struct replay *r)
{
	for (unsigned i = 0; i < r->nr_runs + r->nr_followers; i++)
		story_begin(&r->run[i], r->events, r->now);
}

/*
 * Times of several processors need not ascend; what is before the first counts as first.
 * Where a line has no time the clock stands still, but for sleeps.
 */
static void set_time(struct replay *r, const struct event *e)
{
	if (!e->timed)
		return;
	if (!r->has_first)
		r->first_time = e->time;
	r->timed = r->has_first = true;
	r->now = r->slept + (e->time > r->first_time ? e->time - r->first_time : 0);
}

bool replay_enter(struct replay *r, const struct event *e)
{
	struct trace_now now = { .event = r->events + 1 };

	set_time(r, e);
	now.ns = r->now;
	if (trace_moment_is_past(&r->config.to, &now)) {
		r->ended = true;
		return false;
	}
	if (r->began || trace_moment_is_ahead(&r->config.from, &now))
		return true;
	if (r->events)
		begin_figures(r);
	if (r->config.chrome)
		begin_chrome(r);
	if (r->config.html)
		begin_stories(r);
	r->began = now.event;
	return true;
}

static char *no_such_moment(const struct replay *r, const char *option,
			    const struct trace_moment *m)
{
	if (m->timed)
		return g_strdup_printf(
			"the trace is over %.6f s after its first event, before what "
			"%s asks for",
			(double)r->now / 1e9, option);
	return g_strdup_printf("the trace has %" PRIu64 " events, and %s asks for event %" PRIu64,
			       r->events, option, m->value);
}

int replay_check_span(const struct replay *r, char **error)
{
	const struct replay_config *c = &r->config;
	struct trace_now now = { .event = r->events, .ns = r->now };

	if ((c->from.timed || c->to.timed) && !r->timed)
		*error = g_strdup(
			"the trace has no times in seconds; say --from, --to and --at with "
			"the numbers of events");
	else if (c->from.given && !r->began)
		*error = no_such_moment(r, "--from", &c->from);
	else if (c->at && !r->ended && trace_moment_is_ahead(&c->to, &now))
		*error = no_such_moment(r, "--at", &c->to);
	else
		return 0;
	return -ENODATA;
}

/* A point for the last event, whatever its number. */
static void end_series(struct replay *r)
{
	struct series_point point;

	for (unsigned i = 0; r->began && i < r->nr_runs; i++) {
		run_point(&r->run[i], r->events, r->now, &point);
		series_end(r->run[i].series, &point);
	}
}

/* Where the end comes before the first event there is one moment, and it is that. */
static void end_stories(struct replay *r)
{
	if (!r->began)
		begin_stories(r);
	for (unsigned i = 0; i < r->nr_runs + r->nr_followers; i++)
		story_end(&r->run[i], r->events, r->now);
}

int replay_end(struct replay *r)
{
	int err;

	if (r->config.series)
		end_series(r);
	if (r->config.html)
		end_stories(r);
	if (!r->config.chrome)
		return 0;
	for (unsigned i = 0; r->began && i < r->nr_runs; i++)
		chrome_end(&r->run[i], r->events, r->now);
	err = chrome_write(&r->chrome, r->run, r->nr_runs);
	return err ? err : chrome_file_end(&r->chrome);
}

void replay_write_chrome(struct replay *r, FILE *f, uint64_t max)
{
	r->err = chrome_file_begin(&r->chrome, f, max);
}

GString *replay_series(const struct replay *r)
{
	GString *out = g_string_new(NULL);

	series_head(out);
	for (unsigned i = 0; i < r->nr_runs; i++)
		series_csv(r->run[i].series, run_name(&r->run[i]), r->timed, out);
	return out;
}
