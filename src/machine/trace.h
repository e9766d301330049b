/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The machine's ring of trace events as its own layer sees it.
 */
#ifndef MACHINE_TRACE_H
#define MACHINE_TRACE_H

#include <vmallocfs/machine.h>

struct task;

/* What concerns the events of one processor. */
struct trace_share {
	_Atomic uint64_t pending; /* events in the ring */
	uint64_t overrun;	  /* events overwritten unread since the last clear, */
	uint64_t told;		  /* and of these, how many a consumer was told of */
};

struct trace {
	/*
	 * Everything; the atomic ones may be read without it.  The listener is
	 * called with it held.
	 */
	pthread_mutex_t lock;
	struct trace_event *ring;
	size_t size; /* events that it has room for */
	_Atomic uint64_t head;
	_Atomic uint64_t tail;
	unsigned nr_cpus;
	struct trace_share *share; /* of each processor */
	_Atomic bool on;
	_Atomic uint32_t enabled; /* a bit for each type */
	trace_listener *listener;
	void *listener_arg;

	_Atomic bool has_key;
	pthread_key_t key; /* a thread's struct task */
	struct task *tasks;
};

/* 0 or -ENOMEM. */
int trace_create(unsigned nr_cpus, struct trace **ret);

/* Threads that had a task may still be there, but in no call of this machine. */
void trace_destroy(struct trace *t);

#endif
