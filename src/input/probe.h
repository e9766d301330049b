/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Events that were recorded without the kernel's own trace events, which exist
 * since Linux 6.2: with kprobes, with bpftrace, and in the form of perf trace.
 */
#ifndef INPUT_PROBE_H
#define INPUT_PROBE_H

#include "input/event.h"

/*
 * Takes a line apart that ftrace_line() did not know.  *is_probe says whether it is
 * a line of such a recording; then the result is as that of trace_line().
 */
enum trace_status probe_line(struct trace_reader *t, const char *line, size_t len,
			     struct event *ret, bool *is_probe, const char **why);

#endif
