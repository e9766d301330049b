/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The history of an address space: what its other files tell history.c.
 *
 *	   tail                          head
 *	----+-------+-------+-------+-------
 *	    | event | event | event |  next		ring: room for a power of two
 *	----+-------+-------+-------+-------
 *	        |       \        \
 *	 ---+------+---------+----------+----
 *	    | name | name    | ranges   |		data: what an event points to
 *	 ---+------+---------+----------+----
 *
 * Both are rings, and head and tail count events from the start on.  An event is
 * remembered under vmlist_lock, held for writing, together with the change that it
 * tells of.  So undoing the events one after the other, from the ranges of now on,
 * leads through every state that the index was in.
 *
 * An event that finds no room lets the oldest go.  One that has no room at all, which
 * can be a purge of many ranges, lets all go and is not remembered itself: no moment
 * before it could be rebuilt.
 *
 * With a limit of 0 nothing is remembered, and each call costs a load and a branch.
 */
#ifndef VMALLOC_HISTORY_H
#define VMALLOC_HISTORY_H

#include <vmallocfs/history.h>

struct search;
struct vmlist;

struct history_slot {
	struct vm_event event;
	uint64_t data; /* where in `data` its bytes begin, counted like head */
};

/* All under vmlist_lock. */
struct history {
	_Atomic(size_t) limit; /* events; 0: off.  May be read without the lock */
	size_t ring_mask;
	size_t data_mask;
	struct history_slot *ring;
	char *data;
	uint64_t head;
	uint64_t tail;
	uint64_t data_head;
	uint64_t data_end; /* up to where it can go before the oldest event has to */

	/* A purge under way: what became of each range, so far. */
	struct vm_event_range *noted;
	size_t nr_noted;
	size_t noted_room;
	bool noted_lost; /* there was no memory for one of them */

	const struct vm_struct *moved; /* the range that is freed next is where this one was */
	uint64_t moved_size;	       /* what it has there */
	uint64_t moved_requested;
};

static inline bool history_is_on(const struct history *h)
{
	return atomic_load_explicit(&h->limit, memory_order_relaxed);
}

/* Whose page array an area is in the end, or itself; *depth says how far that is. */
static inline const struct vm_struct *array_root(const struct vm_struct *area, uint8_t *depth)
{
	*depth = 0;
	while (area->array_of) {
		area = area->array_of;
		++*depth;
	}
	return area;
}

/* Forgets everything and frees the rings. */
void history_deinit(struct history *h);

/*
 * For all below the lock is held for writing, and the history is on.
 *
 * placed: the area is in the index, with its size.  For a stand-in, `mover` is the area
 * that is going to move there.  It was `before`: free, or in a pool.
 * freed: the area's range is `after` now; size and name are still there.
 * resized: the range in the index changed from old_size to area->size or `size`.
 * named: its name is still the old one; its page arrays, which are called after it, get
 * an event each.
 * failed: no place was found.
 */
void history_placed(struct machine *m, const struct vm_struct *area, const struct vm_struct *mover,
		    uint64_t align, enum vm_range_kind before);
void history_freed(struct machine *m, const struct vm_struct *area, enum vm_range_kind after);
void history_resized(struct machine *m, const struct vm_struct *area, uint64_t old_size,
		     uint64_t size, uint64_t requested);
void history_named(struct machine *m, const struct vm_struct *area, const char *name);
void history_failed(struct machine *m, const struct search *r, const char *name);

/*
 * Ranges without areas: each one is noted, and then all of them are one event.  Where
 * pools may have taken some of those that were noted as free, settle() finds out.
 */
void history_note(struct machine *m, vaddr_t addr, uint64_t size, enum vm_range_kind before,
		  enum vm_range_kind after);
void history_settle(struct machine *m);
void history_noted(struct machine *m, enum vm_event_what what);

/* vm_history_freed() where the lock is held. */
bool history_last_freed(struct machine *m, vaddr_t addr, struct vm_freed *ret);

#endif
