/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Beginning with a saved layout.
 *
 * Its areas become ranges of address space in the machines of the runs, without
 * frames, each known by its address: a kernel's trace may free it.  Ranges that
 * waited for a purge are placed and freed, so that they wait here.
 */
#include <errno.h>

#include "input/load.h"
#include "input/progress_bar.h"
#include "replay/replay.h"

/* The flags of an area that matter to a run's machine. */
#define KEPT_FLAGS (VM_IOREMAP | VM_ALLOC | VM_MAP | VM_USERMAP)

static bool is_loaded(const struct replay *r, const struct listed *a)
{
	return !a->overlaps && load_can_place(a, &r->config.machine);
}

static struct live *place_listed(struct replay *r, const struct listed *a)
{
	struct live *l = live_add(&r->live, NULL, a->start);
	struct step *s = replay_step(r, STEP_PLACE, l->slot);

	l->size = a->size - (a->guard ? PAGE_SIZE : 0);
	s->restored = true;
	s->flags = (a->flags & KEPT_FLAGS) | (a->guard ? 0 : VM_NO_GUARD) | VM_SYMBOL;
	s->addr = a->start;
	s->size = a->size;
	s->aside = run_is_aside(&r->run[0], a->start);
	return l;
}

/* A kernel that has ranges that wait frees lazily, until its trace says something else. */
static void place_waiting(struct replay *r, const struct listed *a)
{
	struct live *l;

	if (!r->lazy && !r->config.has_lazy) {
		r->lazy = true;
		replay_step(r, STEP_LAZY, NO_SLOT)->size = UINT64_MAX;
	}
	l = place_listed(r, a);
	replay_step(r, STEP_REMOVE, l->slot);
	live_remove(&r->live, l);
}

/* In ascending order, what waits too: the kernel's tree of holes is rebuilt best so. */
static void place_areas(struct replay *r, const struct listing *layout)
{
	for (guint i = 0; i < layout->areas->len; i++) {
		const struct listed *a = listing_area(layout, i);

		if (!is_loaded(r, a))
			continue;
		if (a->kind == LISTED_UNPURGED) {
			place_waiting(r, a);
		} else {
			place_listed(r, a);
			r->loaded++;
		}
	}
}

/* Names the areas for pictures. Without memory for a name, the area has none. */
static void name_areas(struct replay *r, const struct listing *layout)
{
	for (guint i = 0; i < layout->areas->len; i++) {
		const struct listed *a = listing_area(layout, i);
		const char *caller = listing_name(layout, a->caller);

		if (!caller || !is_loaded(r, a))
			continue;
		for (unsigned k = 0; k < r->nr_runs; k++) {
			struct run *run = &r->run[k];

			vm_set_caller(run_machine_at(run, a->start), a->start, caller);
		}
	}
}

/* The form of page tables is the layout's own; the windows are the trace's, or given. */
static int read_listing(struct replay *r, const char *path, struct listing **ret, char **error)
{
	const struct load_decided decided = {
		.vmalloc = true, .modules = true, .memory = true, .nodes = true
	};
	struct machine_config config = r->config.machine;
	struct progress_bar bar;
	struct listing_options o = { .progress = &bar.progress };
	g_autofree char *why = NULL, *name = listing_title(path);
	struct listing *l;
	int err;

	o.vmalloc.start = r->config.window_start;
	o.vmalloc.end = r->config.window_end;
	progress_bar_init(&bar, "unpacking");
	err = listing_read(path, &o, &l, error);
	progress_bar_clear(&bar);
	if (err)
		return err;
	err = load_configure(l, &decided, &config, &why);
	if (!err) {
		r->config.machine.arch = config.arch;
		*ret = l;
		return 0;
	}
	listing_free(l);
	*error = g_strdup_printf("%s: %s", name, why);
	return err;
}

void replay_set_window(struct replay *r, vaddr_t start, vaddr_t end)
{
	for (unsigned i = 0; i < r->nr_runs; i++)
		run_set_window(&r->run[i], start, end);
	for (unsigned i = 0; i < r->nr_followers; i++)
		run_set_window(&r->follower[i], start, end);
}

/* A trace without windows, as of bpftrace, is of the kernel that the layout is of. */
static void take_layout_window(struct replay *r, const struct listing *layout)
{
	const struct listing_window *w = &layout->vmalloc;

	if (r->config.window_end || !w->end)
		return;
	replay_set_window(r, w->start, w->end);
	r->window_start = w->start;
	r->window_end = w->end - 1;
	if (r->config.clip && r->window_end - r->window_start >= r->config.machine.vmalloc_size)
		r->window_end = r->window_start + r->config.machine.vmalloc_size - 1;
}

int replay_read_layout(struct replay *r, char **error)
{
	return read_listing(r, r->config.load, &r->layout, error);
}

int replay_load(struct replay *r, char **error)
{
	take_layout_window(r, r->layout);
	place_areas(r, r->layout);
	replay_flush(r);
	if (r->err) {
		*error = g_strdup_printf("%s: its areas cannot be made: %s", r->config.load,
					 g_strerror(-r->err));
		return r->err;
	}
	name_areas(r, r->layout);
	r->load_summary = g_string_new(NULL);
	listing_summary(r->layout, r->load_summary);
	for (unsigned i = 0; i < r->nr_runs; i++)
		run_begin(&r->run[i]);
	for (unsigned i = 0; i < r->nr_followers; i++)
		run_begin(&r->follower[i]);
	return 0;
}

void replay_forget_layout(struct replay *r)
{
	if (r->layout)
		listing_free(r->layout);
	r->layout = NULL;
}
