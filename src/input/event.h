/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The event in a line of a trace.  Each line is parsed by itself, so one input
 * may mix these forms:
 *
 *	alloc n1 36864 0xa000			a recording (input/command.h)
 *	vmalloc a 64K				a command of ctl
 *	 bash-812 [000] .....  7.1: alloc_vmap_area: va_start: 1844... size=...
 *						ftrace, trace-cmd report
 *	 bash 812 [000]  7.1: vmalloc:alloc_vmap_area: va_start: 1844... size=...
 *						perf script
 *	 bash-812 [000] .....  7.1: NAME: (alloc_vmap_area+0x0/0x880) size=...
 *						kprobes, bpftrace, perf trace (probe.c)
 *
 * Other events of a kernel's trace, comments and empty lines are ignored.
 */
#ifndef REPLAY_TRACE_H
#define REPLAY_TRACE_H

#include <vmallocfs/types.h>

#include "input/command.h"

enum event_type {
	EVENT_ALLOC,
	EVENT_FREE,
	EVENT_RESIZE,
	EVENT_PURGE,
	EVENT_RESET,  /* frees all */
	EVENT_POLICY, /* name says which */
	EVENT_ON,     /* what follows runs on processor `cpu` */
	EVENT_SLEEP,  /* what follows comes `size` nanoseconds later */
	EVENT_SAY,    /* name is a text for people */
};

/* Good until the line it came from is gone. */
struct event {
	enum event_type type;
	bool traced;	  /* from a kernel's trace: the area is known by its address there */
	const char *name; /* not traced: of the area; NULL frees an address */
	const char *home; /* alloc: the directory of a name without one, or NULL */
	uint64_t size;	  /* bytes, without guard (alloc: if it has one) */
	uint64_t align;	  /* 0: none */
	vaddr_t start;	  /* the window, if has_window; end is its last byte */
	vaddr_t end;
	vaddr_t addr; /* where the recording kernel had it, if has_addr */
	bool has_addr;
	bool has_window;
	bool failed;		/* alloc: the recording kernel found no place */
	bool io;		/* alloc: aligned as device memory is */
	bool unguarded;		/* alloc: ends without a guard page */
	bool paged;		/* alloc: has frames, and so a page array */
	bool lazy;		/* free, traced: that kernel freed lazily */
	bool timed;		/* traced: the line has the time, */
	uint64_t time;		/* in nanoseconds of the kernel's clock */
	int cpu;		/* traced, on: the processor that it ran on; -1: unknown */
	struct command *vmap;	/* alloc: the sources whose sizes add up to size, or NULL */
	struct command command; /* what vmap points to */
};

enum trace_status {
	TRACE_EVENT,
	TRACE_NOTHING, /* a comment, another event, ... */
	TRACE_JUNK,    /* *why (static) says what is wrong with it */
};

/* A call of alloc_vmap_area() that a kprobe saw, and that has not returned yet. */
struct probe_entry {
	uint64_t task; /* its number plus 1; 0: unused */
	uint64_t size;
	uint64_t align;
	vaddr_t start;
	vaddr_t end;
	bool has_window;
};
#define TRACE_ENTRIES 64

/* All zeros before the first line. */
struct trace_reader {
	bool kernel;   /* a line of a kernel's trace was seen */
	uint64_t lost; /* events that the kernel says it could not record */
	struct probe_entry entry[TRACE_ENTRIES];
	unsigned next_entry; /* which one to give up when all are in use */
	unsigned cpus;	     /* processors that its header speaks of, 0: it has not said */
};

/* Takes a line apart; line[len] is writable, and the line is changed. */
enum trace_status trace_line(struct trace_reader *t, char *line, size_t len, struct event *ret,
			     const char **why);

/*
 * The same for one line of a kernel's trace: an event, or nothing if it is
 * some other line, or junk if it begins as one of the three events and does
 * not go on as one.  *is_kernel says if it looks like a kernel's trace at all.
 */
enum trace_status ftrace_line(const char *line, size_t len, struct event *ret, bool *is_kernel,
			      uint64_t *lost, const char **why);

/*
 * Checks the size and the alignment of a traced allocation, whose size is that of
 * the whole range, and takes the guard off it: TRACE_EVENT, or TRACE_JUNK and *why.
 */
enum trace_status traced_alloc(struct event *ret, const char **why);

#endif
