/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Events become steps: names are looked up, sizes added up, windows filled in.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "replay/replay.h"

#define ARRAY_ENTRY sizeof(uint64_t)
#define PROGRESS_LINES 65536

static const char *const problem_texts[NR_PROBLEMS] = {
	[PROBLEM_JUNK] = "lines that are no events",
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

static void add_problems(struct replay *r, enum problem problem, uint64_t n)
{
	struct problem_count *p = &r->problem[problem];

	if (!p->count)
		p->line = r->line;
	p->count += n;
}

static void add_problem(struct replay *r, enum problem problem)
{
	add_problems(r, problem, 1);
}

void replay_flush(struct replay *r)
{
	for (unsigned i = 0; i < r->nr_runs && !r->err; i++)
		r->err = run_steps(&r->run[i], r->batch, r->nr_batch, r->live.nr_slots);
	r->nr_batch = 0;
}

/* A step of the event that is looked at; good until the next one. */
static struct step *add_step(struct replay *r, enum step_type type, uint32_t slot)
{
	struct step *s;

	if (r->nr_batch == REPLAY_BATCH)
		replay_flush(r);
	s = &r->batch[r->nr_batch++];
	*s = (struct step){
		.type = type,
		.slot = slot,
		.owner = NO_SLOT,
		.root = NO_SLOT,
		.array = NO_SLOT,
		.line = r->line,
	};
	return s;
}

void replay_restore(struct replay *r, const struct step *area, uint32_t slot)
{
	struct step *s = add_step(r, STEP_PLACE, slot);

	*s = *area;
	s->slot = slot;
}

static void set_window(const struct replay *r, struct step *s, const struct event *e)
{
	const struct machine_config *c = &r->config.machine;

	s->start = VMALLOC_START;
	s->end = VMALLOC_START + (c->vmalloc_size & PAGE_MASK) - 1;
	if (!e || !e->has_window)
		return;
	s->start = e->start;
	s->end = e->end;
	if (r->config.clip && s->end > s->start && s->end - s->start >= c->vmalloc_size)
		s->end = s->start + c->vmalloc_size - 1;
	s->aside = s->start >= TEXT_START;
}

/*
 * More than 512 pages have a page array that is an area itself, and it comes
 * right after its owner.
 */
static struct live *add_array(struct replay *r, uint64_t entries, uint32_t owner, uint32_t root)
{
	uint64_t bytes = entries * ARRAY_ENTRY;
	struct live *array;
	struct step *s;

	if (bytes <= PAGE_SIZE)
		return NULL;
	array = live_add_array(&r->live);
	array->size = bytes;
	s = add_step(r, STEP_PLACE, array->slot);
	s->size = bytes;
	s->owner = owner;
	s->root = root;
	set_window(r, s, NULL);
	array->array = add_array(r, PAGE_ALIGN(bytes) >> PAGE_SHIFT, array->slot, root);
	return array;
}

/* `instead` is the array that takes its place, or NO_SLOT. */
static void remove_array(struct replay *r, struct live *array, uint32_t instead)
{
	while (array) {
		struct live *next = array->array;

		add_step(r, STEP_REMOVE, array->slot)->array = instead;
		live_remove_array(&r->live, array);
		array = next;
		instead = NO_SLOT;
	}
}

static void free_live(struct replay *r, struct live *l)
{
	add_step(r, STEP_REMOVE, l->slot);
	remove_array(r, l->array, NO_SLOT);
	live_remove(&r->live, l);
}

/* Pages of an area that a vmap takes. */
static uint64_t source_size(const struct live *l, const struct command_source *source)
{
	uint64_t pages = PAGE_ALIGN(l->size) >> PAGE_SHIFT;
	uint64_t last = MIN(source->last, pages - 1);

	return source->first > last ? 0 : (last - source->first + 1) << PAGE_SHIFT;
}

/* 0, or -EINVAL: one of its sources is not there. */
static int add_up_sources(struct replay *r, struct event *e)
{
	struct command_source source;
	const char *why;
	int more;

	e->size = 0;
	while ((more = command_next_source(e->vmap, &source, &why)) > 0) {
		const struct live *l = live_find(&r->live, source.name, 0);

		if (!l) {
			add_problem(r, PROBLEM_NO_NAME);
			return -EINVAL;
		}
		if (__builtin_add_overflow(e->size, source_size(l, &source), &e->size))
			more = -EINVAL;
		if (more < 0)
			break;
	}
	if (more < 0 || !e->size) {
		add_problem(r, PROBLEM_JUNK);
		return -EINVAL;
	}
	return 0;
}

static void alloc_failed(struct replay *r, const struct event *e)
{
	struct live *nobody = live_add_array(&r->live);
	struct step *s = add_step(r, STEP_PLACE, nobody->slot);

	s->size = e->size;
	s->align = e->align;
	s->failed = true;
	set_window(r, s, e);
	s->last = true;
	live_remove_array(&r->live, nobody);
}

/* An area that is new, or had lost its last page. */
static void place_live(struct replay *r, struct live *l, const struct event *e)
{
	struct step *s = add_step(r, STEP_PLACE, l->slot);

	l->size = e->size;
	s->size = e->size;
	s->align = e->align;
	s->io = e->io;
	s->recorded = e->has_addr;
	s->addr = e->addr;
	set_window(r, s, e);
	if (l->paged) {
		l->capacity = PAGE_ALIGN(e->size) >> PAGE_SHIFT;
		l->array = add_array(r, l->capacity, l->slot, l->slot);
	}
}

static void event_alloc(struct replay *r, struct event *e)
{
	struct live *l;

	if (e->home && !strchr(e->name, '/')) {
		g_string_printf(r->path, "%s/%s", e->home, e->name);
		e->name = r->path->str;
	}
	if (e->vmap && add_up_sources(r, e))
		return;
	if (!e->size) {
		add_problem(r, PROBLEM_JUNK);
		return;
	}
	if (e->failed) {
		alloc_failed(r, e);
		return;
	}
	l = live_find(&r->live, e->name, e->addr);
	if (l) {
		add_problem(r, PROBLEM_TWICE);
		free_live(r, l);
	}
	l = live_add(&r->live, e->name, e->addr);
	l->paged = e->paged;
	place_live(r, l, e);
}

static void event_free(struct replay *r, const struct event *e)
{
	struct live *l = live_find(&r->live, e->name, e->addr);

	if (e->traced && !r->config.has_lazy && e->lazy != r->lazy) {
		r->lazy = e->lazy;
		add_step(r, STEP_LAZY, NO_SLOT)->size = e->lazy ? UINT64_MAX : 0;
	}
	if (l)
		free_live(r, l);
	else
		add_problem(r, e->name ? PROBLEM_NO_NAME : PROBLEM_NO_ADDRESS);
}

/*
 * As vresize() does: a larger page array comes first, at least twice as large
 * as before, and the old one goes last; one that is no longer worth its place
 * goes when the area has shrunk.
 */
static void change_size(struct replay *r, struct live *l, uint64_t size)
{
	uint64_t pages = PAGE_ALIGN(size) >> PAGE_SHIFT;
	uint64_t before = PAGE_ALIGN(l->size) >> PAGE_SHIFT;
	struct live *old = NULL;
	uint32_t array = NO_SLOT;
	struct step *s;

	l->size = size;
	if (pages == before)
		return;
	if (pages > l->capacity) {
		old = l->array;
		l->capacity = MAX(pages, 2 * l->capacity);
		l->array = add_array(r, l->capacity, l->slot, NO_SLOT);
		array = l->array ? l->array->slot : NO_SLOT;
	} else if (pages * ARRAY_ENTRY <= PAGE_SIZE && l->array) {
		old = l->array;
		l->capacity = pages;
		l->array = NULL;
	}
	s = add_step(r, STEP_RESIZE, l->slot);
	s->size = size;
	s->grows = pages > before;
	s->array = array;
	set_window(r, s, NULL);
	remove_array(r, old, array);
}

static void event_resize(struct replay *r, const struct event *e)
{
	struct live *l = live_find(&r->live, e->name, 0);

	if (!l) {
		add_problem(r, PROBLEM_NO_NAME);
	} else if (!l->paged || (e->size && !PAGE_ALIGN(e->size))) {
		/* Only what vmalloc made has a size to change. */
		add_problem(r, PROBLEM_JUNK);
	} else if (!e->size) {
		add_step(r, STEP_REMOVE, l->slot);
		remove_array(r, l->array, NO_SLOT);
		l->array = NULL;
		l->size = 0;
	} else if (!l->size) {
		place_live(r, l, e);
	} else {
		change_size(r, l, e->size);
	}
}

static void event_purge(struct replay *r, const struct event *e)
{
	/* With --lazy the kernel's own purges count no more, but what somebody asked for does. */
	if (e->traced && r->config.has_lazy)
		return;
	if (!e->traced && !r->config.has_lazy)
		r->purge_lines++;
	add_step(r, STEP_PURGE, NO_SLOT);
}

static void drained(void *arg, const struct live *l)
{
	add_step(arg, STEP_REMOVE, l->slot);
}

static void event_policy(struct replay *r, const struct event *e)
{
	enum vm_policy policy;

	if (vm_policy_parse(e->name, &policy)) {
		add_problem(r, PROBLEM_JUNK);
		return;
	}
	/* Policies of the command line are there to be compared. */
	if (!r->config.nr_policies)
		add_step(r, STEP_POLICY, NO_SLOT)->size = policy;
}

void replay_event(struct replay *r, struct event *e)
{
	r->events++;
	switch (e->type) {
	case EVENT_ALLOC:
		event_alloc(r, e);
		break;
	case EVENT_FREE:
		event_free(r, e);
		break;
	case EVENT_RESIZE:
		event_resize(r, e);
		break;
	case EVENT_PURGE:
		event_purge(r, e);
		break;
	case EVENT_RESET:
		live_drain(&r->live, drained, r);
		add_step(r, STEP_PURGE, NO_SLOT);
		break;
	case EVENT_POLICY:
		event_policy(r, e);
		break;
	}
	if (r->nr_batch)
		r->batch[r->nr_batch - 1].last = true;
}

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
							: problem_texts[i];
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

static void take_line(struct replay *r, struct trace *t, char *line, size_t len, const char **why)
{
	uint64_t lost = t->lost;
	struct event e;

	switch (trace_line(t, line, len, &e, why)) {
	case TRACE_EVENT:
		replay_event(r, &e);
		break;
	case TRACE_JUNK:
		add_problem(r, PROBLEM_JUNK);
		break;
	case TRACE_NOTHING:
		break;
	}
	if (t->lost != lost)
		add_problems(r, PROBLEM_LOST, t->lost - lost);
}

int replay_input(struct replay *r, struct input *in, replay_progress_fn *progress, void *arg,
		 char **error)
{
	struct trace t = { 0 };
	enum input_status status;
	const char *why = NULL;
	char *line;
	size_t len;

	while ((status = input_line(in, &line, &len)) != INPUT_END) {
		r->line = ++r->lines;
		if (status == INPUT_LINE)
			take_line(r, &t, line, len, &why);
		else
			add_problem(r, PROBLEM_TOO_LONG);
		if (r->config.strict && any_problem(r))
			break;
		if (r->config.strict && !r->nr_batch && check_strict(r, why, error))
			return -EINVAL;
		if (r->err)
			break;
		if (progress && r->lines % PROGRESS_LINES == 0)
			progress(arg, r, in);
	}
	r->cut = input_problem(in);
	if (r->cut && status == INPUT_END) {
		r->line++;
		add_problem(r, PROBLEM_CUT);
	}
	replay_flush(r);
	if (r->err) {
		*error = g_strdup("the host is out of memory");
		return r->err;
	}
	return check_strict(r, why, error);
}

static void show_error(char **error, const char *what, int err)
{
	*error = g_strdup_printf("%s: %s", what, g_strerror(-err));
}

int replay_create(const struct replay_config *config, struct replay **ret, char **error)
{
	struct replay *r = g_new0(struct replay, 1);
	int err = 0;

	r->config = *config;
	live_table_init(&r->live);
	r->path = g_string_new(NULL);
	r->run = g_new0(struct run, MAX(config->nr_policies, 1));
	for (unsigned i = 0; i < MAX(config->nr_policies, 1) && !err; i++) {
		enum vm_policy policy = config->nr_policies ? config->policy[i] : VM_FIRST_FIT;
		struct timeline *timeline = NULL;

		if (config->timeline) {
			timeline = g_new(struct timeline, 1);
			timeline_init(timeline, vm_policy_name(policy));
		}
		err = run_init(&r->run[i], &config->machine, policy, config->lazy, timeline);
		r->nr_runs++;
	}
	if (err)
		show_error(error, "no machine for this", err);
	if (!err && config->load)
		err = replay_load(r, config->load, error);
	if (err) {
		replay_destroy(r);
		return err;
	}
	*ret = r;
	return 0;
}

void replay_destroy(struct replay *r)
{
	if (!r)
		return;
	for (unsigned i = 0; i < r->nr_runs; i++) {
		g_free(r->run[i].timeline);
		run_deinit(&r->run[i]);
	}
	g_free(r->run);
	live_table_deinit(&r->live);
	g_string_free(r->path, TRUE);
	g_free(r);
}
