/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * When an event happened, as tools print it:
 *
 *	 bash-812 [000] .....  7.100200: alloc_vmap_area: ...	ftrace, trace-cmd, kprobes
 *	 bash 812 [000]  7.100200: vmalloc:alloc_vmap_area: ...	perf script
 *	     1.250 ( ): bash/812 vmalloc:alloc_vmap_area(...)	perf trace: milliseconds
 *	23517784799 154 init alloc 0xffffc90000000000 ...	bpftrace: nanoseconds
 */
#ifndef INPUT_EVENT_TIME_H
#define INPUT_EVENT_TIME_H

#include <stdbool.h>
#include <stdint.h>

/*
 * The seconds before the event's name, which begins at `name` in the line, in
 * nanoseconds.  False if no seconds with a fraction stand there: other clocks of
 * ftrace count something else.
 */
bool event_time_before(const char *line, const char *name, uint64_t *ret);

/* A number at the start of the line: with a fraction milliseconds, else nanoseconds. */
bool event_time_first(const char *line, const char *end, uint64_t *ret);

#endif
