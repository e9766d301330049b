/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tracing: a ring of events, the oldest overwritten first.
 *
 *	      tail                    head
 *	-------+-------+-------+-------+-------
 *	 read  | event | event | event |  next
 *
 * head and tail count events; the place in the ring is what remains modulo its
 * size.  An event that finds the ring full moves the tail, and the lost one counts
 * as overrun: recording never waits for a reader.
 *
 * All processors share the ring.  A reader of one processor's events takes them out
 * of the middle: they stay in their places, marked as TAKEN, until the tail passes
 * them.  The tail itself never rests on one of those.
 *
 * An event belongs to a task, the process for which the thread works at that
 * moment.  Each thread has its own for each machine: the machine has a pthread
 * key, made when the first task is set, and the thread's value is its task.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "machine/lock.h"
#include "machine/trace.h"

/* A thread's value of the key. */
struct task {
	struct trace *trace;
	struct task *next;
	struct task **link; /* what points to it: the list, or next of the one before */
	struct machine_task who;
	int cpu; /* that the thread was put on; negative: none in particular */
};

/* In place of its processor: a reader has this event. */
#define TAKEN UINT32_MAX

/* Lock held, or no other thread. */
static void link_task(struct trace *t, struct task *task)
{
	task->next = t->tasks;
	task->link = &t->tasks;
	if (task->next)
		task->next->link = &task->next;
	t->tasks = task;
}

/* The same. */
static void unlink_task(struct task *task)
{
	*task->link = task->next;
	if (task->next)
		task->next->link = task->link;
}

int trace_create(unsigned nr_cpus, struct trace **ret)
{
	struct trace *t = calloc(1, sizeof(*t));

	if (!t)
		return -ENOMEM;
	t->ring = calloc(TRACE_EVENTS, sizeof(*t->ring));
	t->share = calloc(nr_cpus, sizeof(*t->share));
	if (!t->ring || !t->share) {
		free(t->ring);
		free(t->share);
		free(t);
		return -ENOMEM;
	}
	t->size = TRACE_EVENTS;
	t->nr_cpus = nr_cpus;
	pthread_mutex_init(&t->lock, NULL);
	t->on = true;
	*ret = t;
	return 0;
}

void trace_destroy(struct trace *t)
{
	struct task *task;

	if (!t)
		return;
	/* The threads that are left make no more calls of this machine. */
	if (t->has_key)
		pthread_key_delete(t->key);
	while ((task = t->tasks)) {
		unlink_task(task);
		free(task);
	}
	pthread_mutex_destroy(&t->lock);
	free(t->ring);
	free(t->share);
	free(t);
}

/* --- tasks ------------------------------------------------------------------ */

static void end_task(void *arg)
{
	struct task *task = arg;
	struct trace *t = task->trace;

	lock_mutex(&t->lock);
	unlink_task(task);
	unlock_mutex(&t->lock);
	free(task);
}

/* This thread's. NULL if the host has no room for it. */
static struct task *make_task(struct trace *t)
{
	struct task *task = NULL;

	lock_mutex(&t->lock);
	if (!t->has_key)
		atomic_store_explicit(&t->has_key, !pthread_key_create(&t->key, end_task),
				      memory_order_release);
	if (t->has_key)
		task = pthread_getspecific(t->key);
	if (t->has_key && !task) {
		task = calloc(1, sizeof(*task));
		if (task && pthread_setspecific(t->key, task)) {
			free(task);
			task = NULL;
		}
		if (task) {
			task->trace = t;
			task->cpu = -1;
			strcpy(task->who.comm, "<idle>");
			link_task(t, task);
		}
	}
	unlock_mutex(&t->lock);
	return task;
}

void trace_set_task(struct machine *m, int32_t pid, const char *comm)
{
	struct task *task = make_task(m->trace);

	if (!task)
		return;
	task->who.pid = pid;
	task->who.us = machine_uptime_us(m);
	strncpy(task->who.comm, comm, TRACE_COMM - 1);
}

const struct machine_task *machine_task(const struct machine *m, struct machine_task *none)
{
	const struct trace *t = m->trace;
	const struct task *task = NULL;

	if (atomic_load_explicit(&t->has_key, memory_order_acquire))
		task = pthread_getspecific(t->key);
	if (task && task->who.us)
		return &task->who;
	*none = (struct machine_task){ machine_uptime_us(m), 0, "<idle>" };
	return none;
}

int machine_run_on(struct machine *m, int cpu)
{
	struct task *task;

	if (cpu >= (int)m->nr_cpus)
		return -EINVAL;
	task = make_task(m->trace);
	if (!task)
		return -ENOMEM;
	task->cpu = cpu;
	return 0;
}

unsigned machine_cpu(const struct machine *m)
{
	const struct trace *t = m->trace;
	const struct task *task = NULL;

	if (m->nr_cpus == 1)
		return 0;
	if (atomic_load_explicit(&t->has_key, memory_order_acquire))
		task = pthread_getspecific(t->key);
	if (task && task->cpu >= 0)
		return (unsigned)task->cpu;
	return atomic_load_explicit(&m->cpu, memory_order_relaxed);
}

/* --- recording -------------------------------------------------------------- */

/* Lock held. */
static void set_task_of(const struct machine *m, struct trace_event *e)
{
	const struct trace *t = m->trace;
	const struct task *task = t->has_key ? pthread_getspecific(t->key) : NULL;

	e->pid = task ? task->who.pid : 0;
	e->cpu = machine_cpu(m);
	memcpy(e->comm, task ? task->who.comm : "<idle>\0\0\0\0\0\0\0\0\0", TRACE_COMM);
}

/* Calls the listener: there is an event, or the switch was turned.  Lock held. */
static void tell(struct trace *t)
{
	if (t->listener)
		t->listener(t->listener_arg);
}

static struct trace_event *event_at(const struct trace *t, uint64_t at)
{
	return &t->ring[at % t->size];
}

/* The event is in the ring no longer. Lock held. */
static void take_event(struct trace *t, struct trace_event *e)
{
	t->share[e->cpu].pending--;
	e->cpu = TAKEN;
}

/* Lock held. */
static void pass_taken(struct trace *t)
{
	uint64_t head = t->head, tail = t->tail;

	while (tail != head && event_at(t, tail)->cpu == TAKEN)
		tail++;
	t->tail = tail;
}

/* Makes room for one. Lock held. */
static void overwrite_oldest(struct trace *t)
{
	struct trace_event *oldest = event_at(t, t->tail);

	t->share[oldest->cpu].overrun++;
	take_event(t, oldest);
	pass_taken(t);
}

void trace_event(struct machine *m, enum trace_type type, const uint64_t *arg, size_t n)
{
	struct trace *t = m->trace;
	struct trace_event *e;
	uint64_t head;

	lock_mutex(&t->lock);
	head = t->head;
	if (head - t->tail == t->size)
		overwrite_oldest(t);
	e = event_at(t, head);
	e->us = machine_uptime_us(m); /* under the lock, so that times ascend */
	e->type = type;
	memcpy(e->arg, arg, n * sizeof(*arg));
	set_task_of(m, e);
	t->share[e->cpu].pending++;
	t->head = head + 1;
	tell(t);
	unlock_mutex(&t->lock);
}

/* --- switches --------------------------------------------------------------- */

/* Lock held. */
static void set_wanted(struct machine *m)
{
	struct trace *t = m->trace;

	atomic_store_explicit(&m->trace_wanted, t->on ? t->enabled : 0, memory_order_relaxed);
}

void trace_set_on(struct machine *m, bool on)
{
	struct trace *t = m->trace;

	lock_mutex(&t->lock);
	t->on = on;
	set_wanted(m);
	tell(t);
	unlock_mutex(&t->lock);
}

bool trace_is_on(const struct machine *m)
{
	return m->trace->on;
}

void trace_enable(struct machine *m, enum trace_type type, bool on)
{
	struct trace *t = m->trace;

	lock_mutex(&t->lock);
	if (on)
		t->enabled |= 1u << type;
	else
		t->enabled &= ~(1u << type);
	set_wanted(m);
	unlock_mutex(&t->lock);
}

bool trace_enabled(const struct machine *m, enum trace_type type)
{
	return m->trace->enabled >> type & 1;
}

void trace_listen(struct machine *m, trace_listener *fn, void *arg)
{
	struct trace *t = m->trace;

	lock_mutex(&t->lock);
	t->listener = fn;
	t->listener_arg = arg;
	unlock_mutex(&t->lock);
}

/* --- reading ---------------------------------------------------------------- */

static bool is_of(const struct trace_event *e, int cpu)
{
	return e->cpu != TAKEN && (cpu == TRACE_ANY_CPU || e->cpu == (unsigned)cpu);
}

/* The processors that a reader is interested in: from *first up to, and without, what is returned. */
static unsigned cpus_of(const struct trace *t, int cpu, unsigned *first)
{
	*first = cpu == TRACE_ANY_CPU ? 0 : (unsigned)cpu;
	return cpu == TRACE_ANY_CPU ? t->nr_cpus : *first + 1;
}

/* At most max events from the tail on. Lock held. */
static size_t copy_events(const struct trace *t, int cpu, struct trace_event *to, size_t max)
{
	size_t n = 0;

	for (uint64_t at = t->tail; at != t->head && n < max; at++)
		if (is_of(event_at(t, at), cpu))
			to[n++] = *event_at(t, at);
	return n;
}

int trace_read_of(struct machine *m, int cpu, struct trace_event **ret, size_t *n,
		  uint64_t *written)
{
	size_t room = trace_size(m);
	struct trace_event *events = malloc(room * sizeof(*events));
	struct trace *t = m->trace;
	unsigned first, end;

	if (!events)
		return -ENOMEM;
	lock_mutex(&t->lock);
	*n = copy_events(t, cpu, events, room);
	*written = *n;
	end = cpus_of(t, cpu, &first);
	for (unsigned i = first; i < end; i++)
		*written += t->share[i].overrun;
	unlock_mutex(&t->lock);
	*ret = events;
	return 0;
}

/* What was overwritten since the last time. Lock held. */
static uint64_t take_lost(struct trace *t, int cpu)
{
	uint64_t lost = 0;
	unsigned first, end = cpus_of(t, cpu, &first);

	for (unsigned i = first; i < end; i++) {
		lost += t->share[i].overrun - t->share[i].told;
		t->share[i].told = t->share[i].overrun;
	}
	return lost;
}

size_t trace_consume_of(struct machine *m, int cpu, struct trace_event *ret, size_t max,
			uint64_t *lost)
{
	struct trace *t = m->trace;
	size_t n = 0;

	lock_mutex(&t->lock);
	for (uint64_t at = t->tail; at != t->head && n < max; at++) {
		struct trace_event *e = event_at(t, at);

		if (!is_of(e, cpu))
			continue;
		ret[n++] = *e;
		take_event(t, e);
	}
	pass_taken(t);
	*lost = n ? take_lost(t, cpu) : 0;
	unlock_mutex(&t->lock);
	return n;
}

bool trace_pending_of(const struct machine *m, int cpu)
{
	const struct trace *t = m->trace;

	return cpu == TRACE_ANY_CPU ? t->head != t->tail : t->share[cpu].pending;
}

void trace_clear_of(struct machine *m, int cpu)
{
	struct trace *t = m->trace;
	unsigned first, end = cpus_of(t, cpu, &first);

	lock_mutex(&t->lock);
	for (uint64_t at = t->tail; at != t->head; at++)
		if (is_of(event_at(t, at), cpu))
			take_event(t, event_at(t, at));
	pass_taken(t);
	for (unsigned i = first; i < end; i++)
		t->share[i].overrun = t->share[i].told = 0;
	unlock_mutex(&t->lock);
}

/* --- the size of the ring ---------------------------------------------------- */

size_t trace_size(struct machine *m)
{
	struct trace *t = m->trace;
	size_t size;

	lock_mutex(&t->lock);
	size = t->size;
	unlock_mutex(&t->lock);
	return size;
}

int trace_resize(struct machine *m, size_t events)
{
	struct trace *t = m->trace;
	struct trace_event *ring, *old;
	size_t n;

	if (!events || events > TRACE_EVENTS_MAX)
		return -EINVAL;
	ring = calloc(events, sizeof(*ring));
	if (!ring)
		return -ENOMEM;
	lock_mutex(&t->lock);
	while (t->head - t->tail > events)
		overwrite_oldest(t);
	n = copy_events(t, TRACE_ANY_CPU, ring, events);
	old = t->ring;
	t->ring = ring;
	t->size = events;
	t->tail = 0;
	t->head = n;
	unlock_mutex(&t->lock);
	free(old);
	return 0;
}
