/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads a trace line by line, and reports what is wrong with it.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "replay/failures.h"
#include "replay/follow.h"
#include "replay/replay.h"
#include "replay/story.h"

#define PROGRESS_LINES 65536

/* The first thing wrong, if anything is. */
static char *first_problem(const struct replay *r, const char *why)
{
	uint64_t line = UINT64_MAX;
	const char *what = NULL;

	for (unsigned i = 0; i < NR_PROBLEMS; i++) {
		const struct problem_count *p = &r->problem[i];

		if (p->count && p->line < line) {
			line = p->line;
			what = i == PROBLEM_JUNK && why ? why
			       : i == PROBLEM_CUT	? r->cut
							: problem_text(i);
		}
	}
	for (unsigned i = 0; i < r->nr_runs; i++) {
		const struct run_figures *f = &r->run[i].figures;

		if (f->first_alone && f->first_alone < line) {
			line = f->first_alone;
			what = "a placement that failed in the trace and not here, or the other "
			       "way round";
		}
	}
	return what ? g_strdup_printf("line %" PRIu64 ": %s", line, what) : NULL;
}

static bool any_problem(const struct replay *r)
{
	for (unsigned i = 0; i < NR_PROBLEMS; i++)
		if (r->problem[i].count)
			return true;
	return false;
}

static int check_strict(struct replay *r, const char *why, char **error)
{
	g_autofree char *what = NULL;

	if (!r->config.strict)
		return 0;
	what = first_problem(r, why);
	if (!what)
		return 0;
	*error = g_steal_pointer(&what);
	return -EINVAL;
}

static void show_error(char **error, const char *what, int err)
{
	*error = g_strdup_printf("%s: %s", what, g_strerror(-err));
}

/* The machine of one policy, which goes its own way: 0 or -errno. */
static int start_run(struct replay *r, enum vm_policy policy)
{
	const struct replay_config *c = &r->config;
	struct timeline *timeline = NULL;
	struct run *run = &r->run[r->nr_runs++];
	int err;

	if (c->timeline) {
		timeline = g_new(struct timeline, 1);
		timeline_init(timeline, vm_policy_name(policy));
	}
	err = run_init(run, &c->machine, policy, c->has_lazy ? &c->lazy : NULL, timeline, NULL);
	if (!err)
		run_count_unusable(run, c->unusable);
	if (c->map)
		run_keep_removed(run);
	if (c->series)
		run->series = series_create(c->series);
	if (c->chrome)
		run->chrome = chrome_run_create(r->nr_runs - 1);
	if (c->failures)
		run->failures = failures_create(c->failures);
	if (c->html)
		run->story = story_create(true);
	return err;
}

/* The same, where areas go as they were recorded. */
static int start_following(struct replay *r, enum vm_policy policy)
{
	const struct replay_config *c = &r->config;
	struct run *run = &r->follower[r->nr_followers++];

	int err = run_init(run, &c->machine, policy, c->has_lazy ? &c->lazy : NULL, NULL,
			   follow_create(c->misses));

	if (!err)
		run_count_unusable(run, c->unusable);
	/* The state is the same in all of them. */
	if (c->html)
		run->story = story_create(r->nr_followers == 1);
	return err;
}

/* Boots all machines.  0, or -errno and *error; replay_stop() is due in both cases. */
static int replay_start(struct replay *r, char **error)
{
	const struct replay_config *c = &r->config;
	unsigned n = MAX(c->nr_policies, 1);
	int err = 0;

	live_table_init(&r->live, c->map);
	for (unsigned i = 0; c->names && i < G_N_ELEMENTS(r->names); i++)
		r->names[i] = g_string_chunk_new(4096);
	r->run = g_new0(struct run, 2 * n);
	r->follower = r->run + n;
	for (unsigned i = 0; i < n && !err; i++) {
		enum vm_policy policy = c->nr_policies ? c->policy[i] : VM_FIRST_FIT;

		err = start_run(r, policy);
		if (!err && c->follow)
			err = start_following(r, policy);
	}
	r->batch = r->steps[0];
	r->crew = crew_create(r->run, r->nr_runs + (err ? 0 : r->nr_followers),
			      c->threads ? c->threads : g_get_num_processors());
	if (err)
		show_error(error, "no machine for this", err);
	if (!err && c->window_end)
		replay_set_window(r, c->window_start, c->window_end);
	if (!err && c->load)
		err = replay_load(r, error);
	return err;
}

static void replay_stop(struct replay *r)
{
	crew_destroy(r->crew);
	r->crew = NULL;
	for (unsigned i = 0; i < r->nr_runs; i++) {
		g_free(r->run[i].timeline);
		series_destroy(r->run[i].series);
		chrome_run_destroy(r->run[i].chrome);
		failures_destroy(r->run[i].failures);
		story_destroy(r->run[i].story);
		run_deinit(&r->run[i]);
	}
	for (unsigned i = 0; i < r->nr_followers; i++) {
		struct follow *follow = r->follower[i].follow;

		story_destroy(r->follower[i].story);
		run_deinit(&r->follower[i]);
		follow_destroy(follow);
	}
	g_free(r->run);
	r->run = r->follower = NULL;
	r->nr_runs = r->nr_followers = 0;
	r->nr_batch = 0;
	for (unsigned i = 0; i < G_N_ELEMENTS(r->names); i++)
		g_clear_pointer(&r->names[i], g_string_chunk_free);
	live_table_deinit(&r->live);
	if (r->load_summary)
		g_string_free(r->load_summary, TRUE);
	r->load_summary = NULL;
	r->loaded = 0;
	r->lazy = false;
}

/*
 * The head of the trace says how many processors its machine had.  Nothing has
 * happened yet, so the machines are booted anew with as many.
 */
static int heed_cpus(struct replay *r, const struct trace_reader *t, char **error)
{
	unsigned *cpus = &r->config.machine.cpus;

	if (!t->cpus || r->config.has_cpus || r->events || *cpus == t->cpus)
		return 0;
	*cpus = t->cpus;
	replay_stop(r);
	return replay_start(r, error);
}

static bool line_is_empty(const char *line, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (line[i] != ' ' && line[i] != '\t' && line[i] != '\r')
			return false;
	return true;
}

static void replay_line(struct replay *r, struct trace_reader *t, char *line, size_t len,
			const char **why)
{
	uint64_t lost = t->lost;
	struct event e;

	bool comment = len && line[0] == '#';
	bool empty = line_is_empty(line, len);

	switch (trace_line(t, line, len, &e, why)) {
	case TRACE_EVENT:
		if (replay_enter(r, &e))
			replay_event(r, &e);
		break;
	case TRACE_JUNK:
		replay_problem(r, PROBLEM_JUNK);
		break;
	case TRACE_NOTHING:
		r->empty += empty;
		r->comments += comment;
		r->others += !empty && !comment;
		break;
	}
	if (t->lost != lost)
		replay_problems(r, PROBLEM_LOST, t->lost - lost);
}

/* "2 lines: 1 comment, 1 empty"; for g_free. */
static char *said_instead(const struct replay *r)
{
	const struct {
		uint64_t n;
		const char *what;
	} kinds[] = {
		{ r->others, "of a kernel's trace, but of no event of vmalloc" },
		{ r->problem[PROBLEM_JUNK].count, "of no known form" },
		{ r->problem[PROBLEM_TOO_LONG].count, "too long" },
		{ r->comments, "that begin with #" },
		{ r->remarks, "that sleep or say something" },
		{ r->empty, "empty" },
	};
	GString *out = g_string_new(NULL);

	for (unsigned i = 0; i < G_N_ELEMENTS(kinds); i++)
		if (kinds[i].n)
			g_string_append_printf(out, "%s%" PRIu64 " %s%s", out->len ? ", " : "",
					       kinds[i].n, out->len ? "" : "lines ", kinds[i].what);
	return g_string_free(out, FALSE);
}

static int no_events(const struct replay *r, const struct trace_reader *t, char **error)
{
	g_autofree char *lines = said_instead(r);

	if (!r->lines)
		*error = g_strdup("the trace is empty");
	else
		*error = g_strdup_printf(
			"%s no event of vmalloc in it (%s); record with echo 1 "
			">/sys/kernel/tracing/events/vmalloc/enable, or before Linux 6.2 "
			"with kprobes, as vmallocfs-replay(1) shows",
			t->kernel ? "this is a kernel's trace with"
				  : "this is not a trace: there is",
			lines);
	return -ENODATA;
}

bool replay_began_full(const struct replay *r)
{
	if (r->config.load || !r->first_at || r->first_at == r->first_lowest)
		return false;
	for (unsigned i = 0; i < r->nr_runs; i++)
		if (r->run[i].first_same)
			return false;
	return true;
}

/* err is what a run or the file of --chrome came to. */
static int say_run_error(int err, char **error)
{
	if (err == -EFBIG)
		*error =
			g_strdup("the file of --chrome would have more than 1 GB, which no browser "
				 "loads; use --from and --to");
	else if (err == -ENOMEM)
		*error = g_strdup("the host is out of memory");
	else
		*error = g_strdup_printf("the file of --chrome: %s", g_strerror(-err));
	return err;
}

int replay_input(struct replay *r, struct input *in, replay_progress_fn *progress, void *arg,
		 char **error)
{
	struct trace_reader t = { 0 };
	enum input_status status;
	const char *why = NULL;
	char *line;
	size_t len;
	int err;

	while ((status = input_line(in, &line, &len)) != INPUT_END) {
		r->line = ++r->lines;
		if (status == INPUT_LINE)
			replay_line(r, &t, line, len, &why);
		else
			replay_problem(r, PROBLEM_TOO_LONG);
		err = heed_cpus(r, &t, error);
		if (err)
			return err;
		if (r->events)
			replay_forget_layout(r);
		if (r->config.strict && any_problem(r))
			break;
		r->lines -= r->ended; /* the line that is past the end was read, and not replayed */
		if (r->err || r->ended)
			break;
		if (r->lines % PROGRESS_LINES)
			continue;
		/* What the runs find wrong is known after the batch. */
		if (r->config.strict)
			replay_flush(r);
		if (check_strict(r, why, error))
			return -EINVAL;
		if (progress)
			progress(arg, r, in);
	}
	r->cut = input_problem(in);
	if (r->cut && status == INPUT_END) {
		r->line++;
		replay_problem(r, PROBLEM_CUT);
	}
	replay_flush(r);
	if (r->err)
		return say_run_error(r->err, error);
	err = check_strict(r, why, error);
	if (!err && !r->events && !r->ended && (r->lines || !r->config.load))
		err = no_events(r, &t, error);
	if (!err)
		err = replay_check_span(r, error);
	if (err)
		return err;
	err = replay_end(r);
	return err ? say_run_error(err, error) : 0;
}

static void clear_said(gpointer p)
{
	g_free(((struct said *)p)->text);
}

int replay_create(const struct replay_config *config, struct replay **ret, char **error)
{
	struct replay *r = g_new0(struct replay, 1);
	int err;

	r->config = *config;
	r->path = g_string_new(NULL);
	if (config->html) {
		r->says = g_array_new(FALSE, FALSE, sizeof(struct said));
		g_array_set_clear_func(r->says, clear_said);
	}
	r->window_start = config->window_end ? config->window_start : VMALLOC_START;
	r->window_end =
		(config->window_end ? config->window_end
				    : VMALLOC_START + (config->machine.vmalloc_size & PAGE_MASK)) -
		1;
	err = config->load ? replay_read_layout(r, error) : 0;
	if (err)
		goto free_replay;
	err = replay_start(r, error);
	if (err)
		goto stop;
	*ret = r;
	return 0;

stop:
	replay_stop(r);
free_replay:
	replay_forget_layout(r);
	g_string_free(r->path, TRUE);
	g_clear_pointer(&r->says, g_array_unref);
	g_free(r);
	return err;
}

void replay_destroy(struct replay *r)
{
	if (!r)
		return;
	replay_stop(r);
	replay_forget_layout(r);
	g_string_free(r->path, TRUE);
	g_clear_pointer(&r->says, g_array_unref);
	g_free(r);
}
