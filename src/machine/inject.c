/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fault injection: which call is made to fail.  struct fault_attr (machine.h)
 * has the tests and their order.
 *
 * A call comes here only while its attr is not off.  What it finds and changes
 * then is under one lock, so that "each third call" and "five times" are exact
 * with any number of threads.
 */
#include "machine/lock.h"
#include "machine/zone.h"

#define RATELIMIT_BURST 10

void fault_attr_init(struct fault_attr *attr, const char *name)
{
	*attr = (struct fault_attr){
		.name = name,
		.interval = 1,
		.times = 1,
		.verbose = 2,
		.ratelimit_burst = RATELIMIT_BURST,
		.stacktrace_depth = STACKTRACE_DEPTH_MAX,
		.require_end = UINT64_MAX,
	};
}

uint64_t fault_nth(const struct fault_attr *attr)
{
	return attr->nth & ~FAULT_BY_CHANCE;
}

/* Sets the one word that a call looks at. fault_lock is held. */
static void set_armed(struct fault_attr *attr, uint64_t nth)
{
	attr->nth = (nth & ~FAULT_BY_CHANCE) | (attr->probability ? FAULT_BY_CHANCE : 0);
}

void fault_set_nth(struct machine *m, struct fault_attr *attr, uint64_t nth)
{
	lock_mutex(&m->fault_lock);
	set_armed(attr, nth);
	unlock_mutex(&m->fault_lock);
}

void fault_set_probability(struct machine *m, struct fault_attr *attr, uint64_t percent)
{
	lock_mutex(&m->fault_lock);
	attr->probability = percent;
	set_armed(attr, fault_nth(attr));
	unlock_mutex(&m->fault_lock);
}

/* From 0 to 99. A Weyl sequence, mixed: any start will do, 0 too. */
static unsigned chance(struct machine *m)
{
	uint64_t x = m->fault_random += UINT64_C(0x9e3779b97f4a7c15);

	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return (unsigned)((x ^ x >> 31) % 100);
}

static bool may_be_logged(struct machine *m, struct fault_attr *attr)
{
	uint64_t limit = attr->ratelimit_ms * UINT64_C(1000);
	uint64_t now;

	if (!attr->verbose)
		return false;
	if (!limit)
		return true;
	now = machine_uptime_us(m);
	if (!attr->limit_used || now - attr->limit_from >= limit) {
		attr->limit_from = now;
		attr->limit_used = 0;
	}
	if (attr->limit_used >= attr->ratelimit_burst)
		return false;
	attr->limit_used++;
	return true;
}

/* This call fails. */
static void force(struct machine *m, struct fault_attr *attr)
{
	int32_t times = attr->times;

	if (may_be_logged(m, attr))
		printk(m, KERN_NOTICE,
		       "FAULT_INJECTION: forcing a failure.\n"
		       "name %s, interval %lu, probability %lu, space %d, times %d",
		       attr->name, (unsigned long)attr->interval, (unsigned long)attr->probability,
		       attr->space, times);
	/* A new value that was written to the knob meanwhile stays. */
	if (times > 0)
		atomic_compare_exchange_strong(&attr->times, &times, times - 1);
}

static bool fails_by_chance(struct machine *m, struct fault_attr *attr, size_t size)
{
	uint64_t interval = attr->interval;
	int32_t space = attr->space;

	if (!attr->probability || attr->task_filter || !attr->times)
		return false;
	if (space > 0 && (uint64_t)space > size) {
		atomic_compare_exchange_strong(&attr->space, &space, space - (int32_t)size);
		return false;
	}
	if (interval > 1 && ++attr->count % interval)
		return false;
	if (attr->probability <= chance(m))
		return false;
	force(m, attr);
	return true;
}

static bool never_fails(const struct fault_attr *attr, const struct fault_call *call)
{
	return call->order < attr->min_order || attr->cache_filter ||
	       (attr->ignore_gfp_wait && call->gfp & __GFP_WAIT) ||
	       (attr->ignore_gfp_highmem && call->gfp & __GFP_HIGHMEM);
}

size_t fault_inject(struct machine *m, struct fault_attr *attr, const struct fault_call *call,
		    size_t n)
{
	uint64_t frames = (uint64_t)n << call->order;
	size_t passed = n;
	uint64_t nth;

	if (!n || never_fails(attr, call))
		return n;
	lock_mutex(&m->fault_lock);
	nth = fault_nth(attr);
	if (nth > frames) {
		set_armed(attr, nth - frames);
	} else if (nth) {
		set_armed(attr, 0);
		force(m, attr);
		passed = (size_t)(nth - 1) >> call->order;
	} else {
		for (passed = 0; passed < n; passed++)
			if (fails_by_chance(m, attr, call->size))
				break;
	}
	unlock_mutex(&m->fault_lock);
	return passed;
}

bool should_fail(struct machine *m, struct fault_attr *attr, gfp_t gfp, size_t size)
{
	struct fault_call call = { .gfp = gfp, .size = size };

	if (__builtin_expect(!atomic_load_explicit(&attr->nth, memory_order_relaxed), 1))
		return false;
	return !fault_inject(m, attr, &call, 1);
}
