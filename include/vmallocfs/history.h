/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What happened in the address space, so that each moment that is still remembered
 * can be rebuilt.
 *
 *	events	  1 alloc a   2 alloc b   3 free a   4 fail c
 *	moments	0           1           2          3          4 = now
 *		             <-- vm_history_undo()
 *
 * It is off (0 events) until vmalloc_set_history() is called.  An event is remembered
 * under vmlist_lock, at the moment when the ranges change.  An area is there from the
 * moment its place is taken, before it has frames.
 */
#ifndef VMALLOCFS_HISTORY_H
#define VMALLOCFS_HISTORY_H

#include <vmallocfs/vmalloc.h>

VMALLOCFS_BEGIN_DECLS

enum vm_event_what {
	VM_EVENT_ALLOC,	  /* an area got its place, and its name */
	VM_EVENT_FREE,	  /* an area left it; its range is free, or waits for a purge */
	VM_EVENT_ABANDON, /* the same for one that was not finished: no frames, tables or memory */
	VM_EVENT_RESIZE,  /* an area grew or shrank where it is */
	VM_EVENT_RESERVE, /* an area that has to move got a second range */
	VM_EVENT_MOVE,	  /* and it moved there; its old range is free, or waits */
	VM_EVENT_PURGE,	  /* ranges that waited or were in pools are free, or in pools */
	VM_EVENT_HOLD,	  /* ranges are taken without an area: they wait, or are in a pool */
	VM_EVENT_NAME,	  /* an area got another name */
	VM_EVENT_FAIL,	  /* there was no place */
	VM_EVENT_SAY,	  /* nothing changed: a person or a script said something */
};
#define NR_VM_EVENTS 11

/* "alloc", "free", ... */
const char *vm_event_word(enum vm_event_what what);

enum vm_range_kind { VM_RANGE_FREE, VM_RANGE_AREA, VM_RANGE_WAITS, VM_RANGE_POOLED };

struct vm_event_range {
	vaddr_t addr;
	uint64_t size;
	uint8_t before; /* enum vm_range_kind */
	uint8_t after;
};

/*
 * Sizes are bytes, guards included, unless something else is said.
 *
 *	ALLOC, RESERVE	[addr, size) was `before` and is an area
 *	FREE, ABANDON	[addr, size) was an area and is `after`
 *	RESIZE		it had old_size bytes
 *	MOVE		it was at [old_addr, old_size), which is `after` now
 *	PURGE, HOLD	the ranges; addr and size are the bounds of them all
 *	NAME		text[0] is the old name
 *	FAIL		size is what was looked for, range[0] the window, [old_addr, old_size)
 *			the largest hole in it (size 0: none), text[] what lies on its two sides
 *	SAY		text[0] is what was said; addr and size are 0
 */
struct vm_event {
	uint64_t seq; /* from 1 on, without gaps */
	uint64_t us;  /* since boot, when the request began: machine_task() */
	vaddr_t addr;
	uint64_t size;
	vaddr_t old_addr;
	uint64_t old_size;
	uint64_t requested;	/* as asked for, to the byte */
	uint64_t old_requested; /* RESIZE, MOVE */
	uint64_t align;		/* ALLOC, FAIL: as asked for; 0: none */
	const char *name;	/* of the area, or NULL */
	const char *text[2];	/* or NULL */
	const struct vm_event_range *range;
	uint32_t nr_ranges;
	uint32_t flags; /* of the area */
	int32_t pid;
	uint8_t what;
	uint8_t policy;
	uint8_t before;
	uint8_t after;
	bool modules;  /* FAIL: the window is that of modules */
	uint8_t depth; /* 0: name is the area's own; 1: it is the page array of that one, ... */
	char comm[TRACE_COMM];
};

/*
 * How many events are remembered at most: 0 or -ENOMEM.  A smaller number keeps the
 * newest.  Names and lists of ranges have HISTORY_BYTES bytes an event on average; where
 * they are longer, fewer events are remembered, and a purge of more ranges than all that
 * takes ends the history before it.
 */
#define HISTORY_EVENTS 16384 /* customary */
#define HISTORY_EVENTS_MAX (1u << 20)
#define HISTORY_BYTES 64
int vmalloc_set_history(struct machine *m, size_t events);
size_t vmalloc_history(const struct machine *m);

/*
 * Remembers a text as an event.  The text may have any bytes before its 0, and is copied.
 * Does nothing while no events are remembered.
 */
void vmalloc_say(struct machine *m, const char *text);

/* A range of one moment that is not free. */
struct vm_moment_range {
	vaddr_t addr;
	uint64_t size;
	uint64_t requested;
	const char *name;
	uint32_t flags;
	uint8_t kind; /* enum vm_range_kind */
	uint8_t depth;
};

/*
 * A copy of all events that are remembered, the oldest first, and of the address space:
 * as it is now at first, and with each vm_history_undo() as it was one event before.
 * Requested sizes are those of the events; a change within a page is no event.
 */
struct vm_history {
	struct vm_event *event;
	size_t nr_events;
	struct vm_moment_range *range; /* ascending */
	size_t nr_ranges;
	size_t at;   /* the ranges are those after event[at - 1] and before event[at] */
	char *bytes; /* what the pointers lead to */
	char *names;
};

/*
 * 0 or -ENOMEM.  The caller ends it with vm_history_free(), which leaves it empty.
 * _events: the newest `most` events at most, without the ranges, so nothing can be undone.
 * _failure: the last FAIL as the only event; no event if an area got a place after it.
 */
int vm_history_read(struct machine *m, struct vm_history *ret);
int vm_history_read_events(struct machine *m, size_t most, struct vm_history *ret);
int vm_history_read_failure(struct machine *m, struct vm_history *ret);
void vm_history_free(struct vm_history *h);

/* Goes one event back.  False at the oldest state that is kept.  O(ranges). */
bool vm_history_undo(struct vm_history *h);

/*
 * Why a FAIL failed, in one line, as the log has it.  text has VM_WHY_MAX bytes.
 */
#define VM_WHY_MAX VM_NO_ROOM_MAX
void vm_event_why(const struct vm_event *e, char *text);

/* The last area that had this address and was freed, moved or shrunk. */
struct vm_freed {
	uint64_t seq; /* of the event */
	uint64_t us;
	vaddr_t addr; /* the range that it left */
	uint64_t size;
	int32_t pid;
	char comm[TRACE_COMM];
	char name[64]; /* cut if it is longer; empty: it had none */
};

/* False if no event says so.  O(events). */
bool vm_history_freed(struct machine *m, vaddr_t addr, struct vm_freed *ret);

VMALLOCFS_END_DECLS

#endif
