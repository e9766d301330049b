/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The batch: steps gather here until it is full, and then each run takes all of
 * them, while the next steps gather in a second batch.  Problems of the trace are
 * counted here too, as they are found.
 */
#include "replay/replay.h"

static const char *const problem_texts[NR_PROBLEMS] = {
	[PROBLEM_JUNK] = "lines that are not events",
	[PROBLEM_TOO_LONG] = "lines that are too long",
	[PROBLEM_NO_NAME] = "names that are not allocated",
	[PROBLEM_NO_ADDRESS] = "frees of areas from before the trace",
	[PROBLEM_TWICE] = "allocations of what was not freed",
	[PROBLEM_LOST] = "events that were lost in recording",
	[PROBLEM_CUT] = "inputs that end too early",
};

const char *problem_text(enum problem problem)
{
	return problem_texts[problem];
}

void replay_problems(struct replay *r, enum problem problem, uint64_t n)
{
	struct problem_count *p = &r->problem[problem];

	if (!p->count)
		p->line = r->line;
	p->count += n;
}

void replay_problem(struct replay *r, enum problem problem)
{
	replay_problems(r, problem, 1);
}

/* Where the names of the batch that gathers are kept, for as long as the batch is. */
static GStringChunk *batch_names(const struct replay *r)
{
	return r->names[r->batch == r->steps[1]];
}

/* Waits for the runs, and writes what they have said. */
static void wait_for_runs(struct replay *r)
{
	int err = crew_wait(r->crew);

	if (!err && r->chrome.f)
		err = chrome_write(&r->chrome, r->run, r->nr_runs);
	r->err = r->err ? r->err : err;
}

/* Lets the runs begin with the batch, as soon as all are done with the one before it. */
static void hand_over(struct replay *r)
{
	wait_for_runs(r);
	if (r->err) {
		r->nr_batch = 0;
		return;
	}
	crew_begin(r->crew, r->batch, r->nr_batch, r->live.nr_slots);
	r->batch = r->batch == r->steps[0] ? r->steps[1] : r->steps[0];
	r->nr_batch = 0;
	if (r->config.names)
		g_string_chunk_clear(batch_names(r));
}

void replay_flush(struct replay *r)
{
	hand_over(r);
	wait_for_runs(r);
}

struct step *replay_step(struct replay *r, enum step_type type, uint32_t slot)
{
	struct step *s;

	if (r->nr_batch == REPLAY_BATCH)
		hand_over(r);
	if (type == STEP_PLACE || type == STEP_RESIZE)
		r->placed_at = r->events;
	s = &r->batch[r->nr_batch++];
	*s = (struct step){
		.type = type,
		.slot = slot,
		.owner = NO_SLOT,
		.root = NO_SLOT,
		.array = NO_SLOT,
		.flags = VM_ALLOC,
		.line = r->line,
		.event = r->events,
		.now = r->now,
		.cpu = r->cpu,
	};
	return s;
}

void replay_name_step(struct replay *r, struct step *s, const char *name)
{
	if (r->config.names && name)
		s->name = g_string_chunk_insert(batch_names(r), name);
}
