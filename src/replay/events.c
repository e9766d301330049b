/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Events become steps: names are looked up, sizes added up, windows filled in.
 *
 *	vmalloc a 4M		place 4M, place its page array
 *	resize a 9M		place a larger array, resize, remove the old array
 *	vfree a			remove the area, remove its array
 */
#include <errno.h>
#include <string.h>

#include "replay/replay.h"

#define WINDOW_MIN (UINT64_C(4) << 30) /* bytes: no window of modules is that long */

static void step_window(const struct replay *r, struct step *s, const struct event *e)
{
	const struct machine_config *c = &r->config.machine;

	s->start = r->window_start;
	s->end = r->window_end;
	if (!e || !e->has_window)
		return;
	s->start = e->start;
	s->end = e->end;
	/* A window of modules, which does not meet the one that the user gave, stays as it is. */
	if (r->config.window_end && s->start <= r->window_end && s->end >= r->window_start) {
		s->start = MAX(s->start, r->window_start);
		s->end = MIN(s->end, r->window_end);
	}
	if (r->config.clip && s->end > s->start && s->end - s->start >= c->vmalloc_size)
		s->end = s->start + c->vmalloc_size - 1;
	s->aside = run_is_aside(&r->run[0], s->start);
	/* The machine that an area is in follows from its address. */
	if (!s->aside && s->end >= TEXT_START)
		s->end = TEXT_START - 1;
}

/* The name that status has for the page array of `owner`. */
static void name_array(struct replay *r, struct step *s, const char *owner)
{
	g_autofree char *name = NULL;

	if (!r->config.names || !owner)
		return;
	name = g_strdup_printf("[pages:%s]", owner);
	replay_name_step(r, s, name);
}

/*
 * An area of more than 512 pages has a page array that is an area itself, and is
 * placed right after its owner.  `least`, if not 0, is the number of entries that
 * will do where there is no place for all.
 */
static struct live *add_array(struct replay *r, uint64_t entries, uint64_t least, uint32_t owner,
			      uint32_t root, const char *name)
{
	uint64_t bytes = vm_array_area_size(entries);
	struct live *array;
	struct step *s;

	if (!bytes)
		return NULL;
	array = live_add_array(&r->live);
	array->size = bytes;
	s = replay_step(r, STEP_PLACE, array->slot);
	s->size = bytes;
	s->least = vm_array_area_size(least);
	s->owner = owner;
	s->root = root;
	name_array(r, s, name);
	step_window(r, s, NULL);
	array->array = add_array(r, PAGE_ALIGN(bytes) >> PAGE_SHIFT, 0, array->slot, root, s->name);
	return array;
}

/* `instead` is the array that replaces it, or NO_SLOT. */
static void remove_array(struct replay *r, struct live *array, uint32_t instead)
{
	while (array) {
		struct live *next = array->array;

		replay_step(r, STEP_REMOVE, array->slot)->array = instead;
		live_remove_array(&r->live, array);
		array = next;
		instead = NO_SLOT;
	}
}

static void free_live(struct replay *r, struct live *l)
{
	replay_step(r, STEP_REMOVE, l->slot);
	remove_array(r, l->array, NO_SLOT);
	live_remove(&r->live, l);
}

/* How many bytes of an area a vmap takes. */
static uint64_t source_size(const struct live *l, const struct command_source *source)
{
	uint64_t pages = PAGE_ALIGN(l->size) >> PAGE_SHIFT;
	uint64_t last = MIN(source->last, pages - 1);

	return source->first > last ? 0 : (last - source->first + 1) << PAGE_SHIFT;
}

/* 0, or -EINVAL: one of its sources is not allocated. */
static int add_up_sources(struct replay *r, struct event *e)
{
	struct command_source source;
	const char *why;
	int more;

	e->size = 0;
	while ((more = command_next_source(e->vmap, &source, &why)) > 0) {
		const struct live *l = live_find(&r->live, source.name, 0);

		if (!l) {
			replay_problem(r, PROBLEM_NO_NAME);
			return -EINVAL;
		}
		if (__builtin_add_overflow(e->size, source_size(l, &source), &e->size))
			more = -EINVAL;
		if (more < 0)
			break;
	}
	if (more < 0 || !e->size) {
		replay_problem(r, PROBLEM_JUNK);
		return -EINVAL;
	}
	return 0;
}

static unsigned area_flags(const struct event *e)
{
	return (e->io ? VM_IOREMAP : VM_ALLOC) | (e->unguarded ? VM_NO_GUARD : 0);
}

static void alloc_failed(struct replay *r, const struct event *e)
{
	struct live *unnamed = live_add_array(&r->live);
	struct step *s = replay_step(r, STEP_PLACE, unnamed->slot);

	s->size = e->size;
	s->align = e->align;
	s->flags = area_flags(e);
	s->failed = true;
	s->traced = e->traced;
	replay_name_step(r, s, e->name);
	step_window(r, s, e);
	s->last = true;
	live_remove_array(&r->live, unnamed);
}

static void note_first(struct replay *r, const struct step *s)
{
	uint64_t align = MAX(s->align, PAGE_SIZE);

	if (!s->recorded || s->aside || r->first_at)
		return;
	r->first_at = s->addr;
	r->first_lowest = (s->start + align - 1) & ~(align - 1);
}

/* Places an area that is new, or that had been resized to 0. */
static void place_live(struct replay *r, struct live *l, const struct event *e)
{
	struct step *s = replay_step(r, STEP_PLACE, l->slot);

	l->size = e->size;
	/* ioremap() aligns to whole pages. */
	s->size = e->io && PAGE_ALIGN(e->size) ? PAGE_ALIGN(e->size) : e->size;
	s->align = e->align;
	s->flags = area_flags(e);
	replay_name_step(r, s, l->name);
	s->recorded = e->has_addr;
	s->traced = e->traced;
	s->addr = e->addr;
	step_window(r, s, e);
	note_first(r, s);
	if (l->paged) {
		l->capacity = PAGE_ALIGN(e->size) >> PAGE_SHIFT;
		l->array = add_array(r, l->capacity, 0, l->slot, l->slot, l->name);
	}
}

/*
 * The whole vmalloc space of the recording kernel is the widest window of its
 * trace; modules and the like have less.  Where requests name no window it is the
 * one of the layout or the command line.  Kernels of 32 bits have no pools for it.
 *
 * Below its top a kernel of 64 bits has an area that no trace shows: the first that
 * its per-CPU allocator made, which searches downwards.
 */
static void look_at_window(struct replay *r, const struct event *e)
{
	uint64_t length = e->has_window ? e->end - e->start : r->window_end - r->window_start;
	struct step *s;

	if (length <= r->widest)
		return;
	if (e->has_window ? !e->traced || e->end < e->start || length < WINDOW_MIN
			  : r->window_end <= UINT32_MAX)
		return;
	r->widest = length;
	s = replay_step(r, STEP_WINDOW, NO_SLOT);
	step_window(r, s, e);
	/* A layout has it already, and a window that was cut has no such top. */
	if (e->has_window && !r->config.load && !r->config.clip)
		s->addr = (e->end & ~(PER_CPU_SIZE - 1)) - PER_CPU_SIZE;
	r->per_cpu = s->addr;
}

/* What a recording of a mount has in this directory is placed in the space of the modules. */
static void take_modules_window(const struct replay *r, struct event *e)
{
	struct vm_space space;

	e->has_window = vm_space(r->run[0].m, VM_SPACE_MODULES, &space);
	e->start = space.start;
	e->end = space.last;
}

static void event_alloc(struct replay *r, struct event *e)
{
	struct live *l;

	look_at_window(r, e);

	if (e->home && !strchr(e->name, '/')) {
		g_string_printf(r->path, "%s/%s", e->home, e->name);
		e->name = r->path->str;
	}
	if (e->vmap && add_up_sources(r, e))
		return;
	if (e->name && g_str_has_prefix(e->name, "module_alloc/") && !e->has_window)
		take_modules_window(r, e);
	if (!e->size) {
		replay_problem(r, PROBLEM_JUNK);
		return;
	}
	if (e->failed) {
		alloc_failed(r, e);
		return;
	}
	l = live_find(&r->live, e->name, e->addr);
	if (l) {
		replay_problem(r, PROBLEM_TWICE);
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
		replay_step(r, STEP_LAZY, NO_SLOT)->size = e->lazy ? UINT64_MAX : 0;
	}
	if (l)
		free_live(r, l);
	else
		replay_problem(r, e->name ? PROBLEM_NO_NAME : PROBLEM_NO_ADDRESS);
}

/* The steps of a vresize(), in its order: a larger array, the range, the old array. */
static void change_size(struct replay *r, struct live *l, uint64_t size)
{
	struct vm_resize_plan plan = {
		.old_pages = PAGE_ALIGN(l->size) >> PAGE_SHIFT,
		.new_pages = PAGE_ALIGN(size) >> PAGE_SHIFT,
	};
	struct live *old = NULL;
	uint32_t array = NO_SLOT;
	struct step *s;

	l->size = size;
	if (plan.new_pages == plan.old_pages)
		return;
	vm_plan_array(&plan, l->capacity, l->array);
	l->capacity = plan.capacity;
	if (plan.array != VM_ARRAY_STAYS) {
		old = l->array;
		l->array = NULL;
	}
	if (plan.array == VM_ARRAY_GROWS) {
		l->array = add_array(r, plan.capacity, plan.least, l->slot, NO_SLOT, l->name);
		array = l->array ? l->array->slot : NO_SLOT;
	}
	s = replay_step(r, STEP_RESIZE, l->slot);
	s->size = size;
	s->array = array;
	replay_name_step(r, s, l->name);
	step_window(r, s, NULL);
	remove_array(r, old, array);
}

static void event_resize(struct replay *r, const struct event *e)
{
	struct live *l = live_find(&r->live, e->name, 0);

	if (!l) {
		replay_problem(r, PROBLEM_NO_NAME);
	} else if (!l->paged || (e->size && !PAGE_ALIGN(e->size))) {
		/* Only an area made by vmalloc() can be resized. */
		replay_problem(r, PROBLEM_JUNK);
	} else if (!e->size) {
		replay_step(r, STEP_REMOVE, l->slot);
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
	/* --lazy replaces the kernel's own purges, but not those that the trace commands. */
	if (e->traced && r->config.has_lazy)
		return;
	if (!e->traced && !r->config.has_lazy)
		r->purge_lines++;
	replay_step(r, STEP_PURGE, NO_SLOT);
}

static void drained(void *arg, const struct live *l)
{
	replay_step(arg, STEP_REMOVE, l->slot);
}

static void event_policy(struct replay *r, const struct event *e)
{
	enum vm_policy policy;

	if (vm_policy_parse(e->name, &policy)) {
		replay_problem(r, PROBLEM_JUNK);
		return;
	}
	/* The command line names policies to compare, which the trace does not change. */
	if (!r->config.nr_policies)
		replay_step(r, STEP_POLICY, NO_SLOT)->size = policy;
}

#define SAYS_MAX 1000

static void keep_said(struct replay *r, const char *text)
{
	struct said said = { .event = r->events, .now = r->now };

	if (!r->says || r->says->len >= SAYS_MAX)
		return;
	said.text = g_strdup(text);
	g_array_append_val(r->says, said);
}

/* What is no event of the address space: it has no number. */
static bool take_remark(struct replay *r, const struct event *e)
{
	if (e->type != EVENT_SLEEP && e->type != EVENT_SAY)
		return false;
	r->remarks++;
	if (e->type == EVENT_SAY) {
		keep_said(r, e->name);
		return true;
	}
	r->now += e->size;
	r->slept += e->size;
	r->timed = true;
	return true;
}

void replay_event(struct replay *r, struct event *e)
{
	if (take_remark(r, e))
		return;
	r->events++;
	if ((e->traced && e->cpu >= 0) || e->type == EVENT_ON)
		r->cpu = (uint16_t)e->cpu;
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
		replay_step(r, STEP_PURGE, NO_SLOT);
		break;
	case EVENT_POLICY:
		event_policy(r, e);
		break;
	case EVENT_ON:
	case EVENT_SLEEP:
	case EVENT_SAY:
		break;
	}
	if (r->nr_batch)
		r->batch[r->nr_batch - 1].last = true;
}
