/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tracing: a ring of events, the oldest overwritten first.
 *
 *	      tail                    head
 *	-------+-------+-------+-------+-------
 *	 read  | event | event | event |  next
 *
 * head and tail count events since boot; the place in the ring is what remains
 * modulo TRACE_EVENTS.  An event that finds the ring full moves the tail, and
 * the lost one counts as overrun: recording never waits for a reader.
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
	LIST_ENTRY(task) all;
	int32_t pid;
	int cpu; /* that the thread was put on; negative: none in particular */
	char comm[TRACE_COMM];
};

int trace_create(struct trace **ret)
{
	struct trace *t = calloc(1, sizeof(*t));

	if (!t)
		return -ENOMEM;
	t->ring = calloc(TRACE_EVENTS, sizeof(*t->ring));
	if (!t->ring) {
		free(t);
		return -ENOMEM;
	}
	pthread_mutex_init(&t->lock, NULL);
	LIST_INIT(&t->tasks);
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
	while ((task = LIST_FIRST(&t->tasks))) {
		LIST_REMOVE(task, all);
		free(task);
	}
	pthread_mutex_destroy(&t->lock);
	free(t->ring);
	free(t);
}

/* --- tasks ------------------------------------------------------------------ */

static void end_task(void *arg)
{
	struct task *task = arg;
	struct trace *t = task->trace;

	lock_mutex(&t->lock);
	LIST_REMOVE(task, all);
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
			strcpy(task->comm, "<idle>");
			LIST_INSERT_HEAD(&t->tasks, task, all);
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
	task->pid = pid;
	strncpy(task->comm, comm, TRACE_COMM - 1);
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

	e->pid = task ? task->pid : 0;
	e->cpu = machine_cpu(m);
	memcpy(e->comm, task ? task->comm : "<idle>\0\0\0\0\0\0\0\0\0", TRACE_COMM);
}

/* Calls the listener: there is an event, or the switch was turned.  Lock held. */
static void tell(struct trace *t)
{
	if (t->listener)
		t->listener(t->listener_arg);
}

void trace_event(struct machine *m, enum trace_type type, const uint64_t *arg, size_t n)
{
	struct trace *t = m->trace;
	uint64_t head, tail;
	struct trace_event *e;

	lock_mutex(&t->lock);
	head = t->head;
	tail = t->tail;
	if (head - tail == TRACE_EVENTS) {
		t->tail = tail + 1;
		t->overrun++;
	}
	e = &t->ring[head % TRACE_EVENTS];
	e->us = machine_uptime_us(m); /* under the lock, so that times ascend */
	e->type = type;
	memcpy(e->arg, arg, n * sizeof(*arg));
	set_task_of(m, e);
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

/* n events from the tail on. Lock held. */
static void copy(const struct trace *t, struct trace_event *to, size_t n)
{
	size_t at = t->tail % TRACE_EVENTS;
	size_t first = n < TRACE_EVENTS - at ? n : TRACE_EVENTS - at;

	memcpy(to, t->ring + at, first * sizeof(*to));
	memcpy(to + first, t->ring, (n - first) * sizeof(*to));
}

int trace_read(struct machine *m, struct trace_event **ret, size_t *n, uint64_t *written)
{
	struct trace_event *events = malloc(TRACE_EVENTS * sizeof(*events));
	struct trace *t = m->trace;

	if (!events)
		return -ENOMEM;
	lock_mutex(&t->lock);
	*n = t->head - t->tail;
	*written = *n + t->overrun;
	copy(t, events, *n);
	unlock_mutex(&t->lock);
	*ret = events;
	return 0;
}

size_t trace_consume(struct machine *m, struct trace_event *ret, size_t max, uint64_t *lost)
{
	struct trace *t = m->trace;
	size_t n;

	lock_mutex(&t->lock);
	n = t->head - t->tail;
	if (n > max)
		n = max;
	copy(t, ret, n);
	t->tail += n;
	*lost = 0;
	if (n) {
		*lost = t->overrun - t->told;
		t->told = t->overrun;
	}
	unlock_mutex(&t->lock);
	return n;
}

bool trace_pending(const struct machine *m)
{
	return m->trace->head != m->trace->tail;
}

void trace_clear(struct machine *m)
{
	struct trace *t = m->trace;

	lock_mutex(&t->lock);
	t->tail = t->head;
	t->overrun = 0;
	t->told = 0;
	unlock_mutex(&t->lock);
}
