/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Steps of a trace, taken on a machine.
 */
#include <errno.h>
#include <time.h>

#include "replay/chrome.h"
#include "replay/failures.h"
#include "replay/follow.h"
#include "replay/run.h"
#include "replay/story.h"

static int boot_machine(const struct run *r, struct machine **ret)
{
	int err = machine_boot(&r->config, ret);

	if (err)
		return err;
	err = vmalloc_init(*ret);
	if (!err)
		err = vmalloc_set_policy(*ret, r->policy);
	if (err) {
		vmalloc_exit(*ret);
		machine_destroy(*ret);
		*ret = NULL;
		return err;
	}
	if (!r->own_lazy)
		vmalloc_set_lazy_max(*ret, r->lazy_max);
	return 0;
}

int run_init(struct run *r, const struct machine_config *config, enum vm_policy policy,
	     const uint64_t *lazy_max, struct timeline *timeline, struct follow *follow)
{
	*r = (struct run){
		.config = *config,
		.policy = policy,
		.one = vm_policy_is_linux(policy) || follow,
		.follow = follow,
		.end = TEXT_START,
		.top = TEXT_START,
		.own_lazy = vm_policy_is_linux(policy) && !lazy_max,
		.lazy_max = lazy_max ? *lazy_max : 0,
		.window_start = UINT64_MAX,
		.places = g_array_new(FALSE, TRUE, sizeof(vaddr_t)),
		.timeline = timeline,
	};
	return boot_machine(r, &r->m);
}

void run_count_unusable(struct run *r, uint64_t pages)
{
	vmalloc_set_unusable_pages(r->m, pages);
	vmlist_count_unusable(r->m);
}

void run_deinit(struct run *r)
{
	struct machine *machines[] = { r->m, r->aside };

	for (size_t i = 0; i < G_N_ELEMENTS(machines); i++) {
		if (!machines[i])
			continue;
		vmalloc_exit(machines[i]);
		machine_destroy(machines[i]);
	}
	g_array_unref(r->places);
	if (r->removed)
		g_array_unref(r->removed);
}

void run_keep_removed(struct run *r)
{
	r->removed = g_array_new(FALSE, FALSE, sizeof(struct removed));
}

void run_restore_removed(struct run *r)
{
	for (guint i = 0; i < r->removed->len; i++) {
		const struct removed *gone = &g_array_index(r->removed, struct removed, i);
		struct vm_restore area = {
			.addr = gone->addr,
			.size = gone->size,
			.flags = gone->flags,
		};

		if (!vm_restore_area(r->m, &area))
			g_array_index(r->places, vaddr_t, gone->slot) = gone->addr;
	}
	g_array_set_size(r->removed, 0);
}

const char *run_name(const struct run *r)
{
	return r->mixed ? "mixed" : vm_policy_name(r->policy);
}

static vaddr_t *slot_place(const struct run *r, uint32_t slot)
{
	return &g_array_index(r->places, vaddr_t, slot);
}

void run_set_window(struct run *r, vaddr_t start, vaddr_t end)
{
	r->start = start;
	r->end = r->top = MIN(end, TEXT_START);
}

bool run_is_aside(const struct run *r, vaddr_t addr)
{
	return addr < r->start || addr >= r->end;
}

struct machine *run_machine_at(const struct run *r, vaddr_t addr)
{
	return r->aside && run_is_aside(r, addr) ? r->aside : r->m;
}

static struct machine *step_machine(const struct run *r, const struct step *s)
{
	return s->aside && r->aside ? r->aside : r->m;
}

/* size: bytes with the guard. */
static void area_begins(struct run *r, const struct step *s, vaddr_t addr, uint64_t size)
{
	r->areas++;
	r->bytes += size;
	if (r->chrome)
		chrome_area_begins(r->chrome, s, addr, size, s->name);
}

static void area_ends(struct run *r, const struct step *s, vaddr_t addr, uint64_t size,
		      const char *name)
{
	r->areas--;
	r->bytes -= size;
	if (r->chrome)
		chrome_area_ends(r->chrome, s, addr, name);
}

/* The vmalloc layer keeps freed descriptors for reuse, so this costs little. */
static void remove_at(struct run *r, const struct step *s, vaddr_t addr)
{
	struct machine *m = run_machine_at(r, addr);
	struct vm_struct *area = addr ? remove_vm_area(m, addr) : NULL;

	if (!area)
		return;
	area_ends(r, s, addr, area->size + (area->flags & VM_NO_GUARD ? 0 : PAGE_SIZE),
		  area->caller);
	free_vm_struct(m, area);
}

static void remove_slot(struct run *r, const struct step *s, uint32_t slot)
{
	remove_at(r, s, *slot_place(r, slot));
	*slot_place(r, slot) = 0;
}

static void keep_removed(struct run *r, uint32_t slot)
{
	struct removed gone = { .slot = slot, .addr = *slot_place(r, slot) };
	const struct vm_struct *area;

	if (!gone.addr || run_machine_at(r, gone.addr) != r->m)
		return;
	vmlist_read_lock(r->m);
	area = __find_vm_area(r->m, gone.addr);
	if (area) {
		gone.size = area->size;
		gone.flags = area->flags;
		g_array_append_val(r->removed, gone);
	}
	vmlist_read_unlock(r->m);
}

/* 0 or -errno. */
static int search_place(struct run *r, const struct step *s, vaddr_t *ret)
{
	struct machine *m = step_machine(r, s);
	struct vm_struct *area;

	r->figures.searches++;
	area = get_vm_area_range(m, s->size, s->align, s->flags, s->start, s->end, NUMA_NO_NODE,
				 s->name);
	if (!s->aside) {
		r->window_start = MIN(r->window_start, s->start);
		r->window_last = MAX(r->window_last, s->end);
	}
	if (!area)
		return -errno;
	*ret = area->addr;
	area_begins(r, s, area->addr, area->size);
	if (r->timeline && !s->aside)
		timeline_window(r->timeline, s->start);
	return 0;
}

static int restore_step(struct run *r, const struct step *s)
{
	struct vm_restore area = {
		.addr = s->addr,
		.size = s->size,
		.flags = s->flags,
	};
	int err = vm_restore_area(step_machine(r, s), &area);

	if (!err) {
		*slot_place(r, s->slot) = s->addr;
		area_begins(r, s, s->addr, s->size);
	}
	if (!err && r->follow)
		follow_loaded(r, s);
	if (!err && r->timeline && !s->aside)
		timeline_window(r->timeline, s->addr);
	return err;
}

/* It found no place in m. */
static void fail_step(struct run *r, struct machine *m, const struct step *s)
{
	r->figures.failed++;
	if (r->failures)
		failures_add(r->failures, m, s);
	if (r->story)
		failures_add(r->story->failed, m, s);
	if (r->chrome)
		chrome_failure(r->chrome, s);
}

static void differs(struct run *r, const struct step *s, uint64_t *count)
{
	(*count)++;
	if (!r->figures.first_alone)
		r->figures.first_alone = s->line;
}

/* Compares the trace's own outcome with ours. */
static void compare_placement(struct run *r, const struct step *s, vaddr_t addr)
{
	struct run_figures *f = &r->figures;

	if (!s->recorded && !s->failed)
		return;
	f->compared++;
	if (s->recorded && !s->aside && !r->judged) {
		r->judged = true;
		r->first_same = addr == s->addr;
	}
	if (s->failed ? !addr : addr == s->addr)
		f->same++;
	if (s->failed && addr)
		differs(r, s, &f->placed_alone);
	if (!s->failed && !addr)
		differs(r, s, &f->failed_alone);
}

/*
 * A placement that failed in the trace.  A kernel that finds no place purges and
 * tries again, and traces both tries; our core does so in one call.  If our core
 * had to purge, then its first try failed as well, and its second try stands for
 * the next event.  An area placed here is removed at once, since the trace never
 * frees it.
 */
static int place_failed(struct run *r, const struct step *s)
{
	struct machine *m = step_machine(r, s);
	bool waiting = vmalloc_nr_lazy(m);
	vaddr_t addr = 0;
	int err = search_place(r, s, &addr);

	if (err == -ENOMEM)
		return err;
	if (addr) {
		bool purged = waiting && !vmalloc_nr_lazy(m);

		remove_at(r, s, addr);
		purge_vmap_area_lazy(m);
		if (purged)
			addr = 0;
	}
	if (addr)
		r->figures.placed++;
	else
		fail_step(r, m, s);
	compare_placement(r, s, addr);
	return 0;
}

/*
 * A recording that no kernel traced need not tell of purges.  But where an area
 * was placed nothing can have waited.
 */
static void heed_unseen_purge(struct run *r, const struct step *s)
{
	if (vm_follow_look(r->m, s->addr, PAGE_ALIGN(s->size) + PAGE_SIZE) == VM_FOLLOW_WAITS)
		purge_vmap_area_lazy(r->m);
}

static int place(struct run *r, const struct step *s)
{
	vaddr_t addr = 0;
	int err;

	if (r->own_lazy && s->recorded && !s->traced)
		heed_unseen_purge(r, s);
	if (r->follow && (s->recorded || s->failed))
		return follow_place(r, s, slot_place(r, s->slot));
	if (s->failed)
		return place_failed(r, s);
	if (s->owner != NO_SLOT && !*slot_place(r, s->owner))
		return 0; /* its owner found no place, so it needs no array */
	err = search_place(r, s, &addr);
	if (err == -ENOSPC && s->least) {
		struct step least = *s;

		least.size = s->least;
		err = search_place(r, &least, &addr);
	}
	if (err == -ENOMEM)
		return err;
	*slot_place(r, s->slot) = addr;
	if (!err)
		r->figures.placed++;
	else
		fail_step(r, step_machine(r, s), s);
	compare_placement(r, s, addr);
	if (err && s->root != NO_SLOT) {
		remove_slot(r, s, s->owner);
		remove_slot(r, s, s->root);
	}
	return 0;
}

/* Of the area at addr, with its guard. */
static uint64_t size_at(const struct run *r, vaddr_t addr)
{
	struct machine *m = run_machine_at(r, addr);
	const struct vm_struct *area;
	uint64_t size;

	vmlist_read_lock(m);
	area = __find_vm_area(m, addr);
	size = area ? area->size : 0;
	vmlist_read_unlock(m);
	return size;
}

/* As vresize(): the core says where the range goes, and moves it there. */
static int resize_step(struct run *r, const struct step *s)
{
	vaddr_t old = *slot_place(r, s->slot);
	uint64_t size;
	vaddr_t addr;
	int err;

	if (!old)
		return 0;
	size = size_at(r, old);
	err = vm_resize_range(run_machine_at(r, old), old, s->size, &addr);
	if (!err) {
		area_ends(r, s, old, size, s->name);
		area_begins(r, s, addr, size_at(r, addr));
	}
	if (!err && addr == old)
		return 0;
	r->figures.searches++;
	if (err == -ENOMEM)
		return err;
	if (err) {
		fail_step(r, run_machine_at(r, old), s);
		return 0;
	}
	r->figures.placed++;
	if (r->timeline && !s->aside)
		timeline_window(r->timeline, s->start);
	*slot_place(r, s->slot) = addr;
	return 0;
}

/* False if a larger page array found no place: then the area stays as it is. */
static bool has_array(const struct run *r, const struct step *s)
{
	return s->array == NO_SLOT || *slot_place(r, s->array);
}

/* If the new array found no place, the old one stays in use. */
static void remove_or_keep(struct run *r, const struct step *s)
{
	if (has_array(r, s)) {
		if (r->removed)
			keep_removed(r, s->slot);
		remove_slot(r, s, s->slot);
	} else {
		*slot_place(r, s->array) = *slot_place(r, s->slot);
		*slot_place(r, s->slot) = 0;
	}
}

/*
 * Linux's policies heed what is at the top, for a hole above it is one more in the
 * tree.  Figures are of what lies below.
 */
static void hold_per_cpu(struct run *r, const struct step *s)
{
	if (!s->addr || !vm_policy_is_linux(r->policy) || r->held)
		return;
	if (vm_follow_hold(r->m, s->addr, PER_CPU_SIZE))
		return;
	r->held = 1;
	r->top = MIN(r->top, s->addr);
}

static int take_step(struct run *r, const struct step *s)
{
	if (r->one && s->cpu != machine_cpu(r->m))
		r->m->cpu = s->cpu % r->m->nr_cpus;
	if (s->aside && !r->aside && !r->one) {
		int err = boot_machine(r, &r->aside);

		if (err)
			return err;
	}
	if (r->removed && (s->type == STEP_PLACE || s->type == STEP_RESIZE))
		g_array_set_size(r->removed, 0);
	switch (s->type) {
	case STEP_PLACE:
		return s->restored ? restore_step(r, s) : place(r, s);
	case STEP_REMOVE:
		remove_or_keep(r, s);
		return 0;
	case STEP_RESIZE:
		return has_array(r, s) ? resize_step(r, s) : 0;
	case STEP_PURGE:
		if (r->follow) {
			follow_purge(r);
			return 0;
		}
		if (r->chrome)
			chrome_purge(r->chrome, s);
		purge_vmap_area_lazy(r->m);
		if (r->aside)
			purge_vmap_area_lazy(r->aside);
		return 0;
	case STEP_LAZY:
		r->own_lazy = false;
		r->lazy_max = s->size;
		vmalloc_set_lazy_max(r->m, s->size);
		if (r->aside)
			vmalloc_set_lazy_max(r->aside, s->size);
		return 0;
	case STEP_WINDOW:
		hold_per_cpu(r, s);
		if (r->follow) {
			r->follow->window_start = s->start;
			r->follow->window_end = s->end;
		}
		vmalloc_set_pool_window(r->m, s->start, s->end);
		return 0;
	case STEP_POLICY:
		if (r->policy != (enum vm_policy)s->size && r->figures.placed)
			r->mixed = true;
		r->policy = (enum vm_policy)s->size;
		if (r->timeline)
			r->timeline->name = run_name(r);
		return vmalloc_set_policy(r->m, r->policy) ||
				       (r->aside && vmalloc_set_policy(r->aside, r->policy))
			       ? -ENOMEM
			       : 0;
	}
	return 0;
}

/* The processor time of this thread, so that other threads and programs do not count. */
static uint64_t processor_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

int run_steps(struct run *r, const struct step *step, size_t n, uint32_t nr_slots)
{
	uint64_t start = processor_ns();
	struct vm_span aside = { 0 };

	if (nr_slots > r->places->len)
		g_array_set_size(r->places, MAX(nr_slots, r->places->len * 2));
	for (size_t i = 0; i < n; i++) {
		int err = take_step(r, &step[i]);

		if (err)
			return err;
		if (step[i].last && !r->follow)
			run_look(r, &step[i]);
		if (step[i].last && r->story)
			story_look(r, &step[i]);
	}
	run_look_at_span(r);
	if (r->aside)
		vmlist_span(r->aside, &aside);
	r->figures.steps = r->figures.span.steps + aside.steps - r->steps_before;
	r->figures.ns += processor_ns() - start;
	return 0;
}
