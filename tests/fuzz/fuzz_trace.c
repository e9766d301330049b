/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lines of a trace, for input/event.h: ftrace text, perf script, commands.
 *
 * What is wrong with a line is told.  An event has what its type promises, and
 * a kernel's own line is not changed by looking at it.
 */
#include "fuzz.h"
#include "input/event.h"
#include <vmallocfs/machine.h>

static void check_event(const struct event *e, const char *line, size_t len)
{
	if (e->name) {
		FUZZ_ASSERT(!e->traced);
		FUZZ_ASSERT(e->name >= line && e->name <= line + len);
		FUZZ_ASSERT(memchr(e->name, '\0', (size_t)(line + len + 1 - e->name)));
	}
	if (e->type == EVENT_ALLOC) {
		FUZZ_ASSERT(!(e->align & (e->align - 1)));
		FUZZ_ASSERT(e->traced || e->name);
		FUZZ_ASSERT(!e->vmap || e->vmap == &e->command);
		FUZZ_ASSERT(!(e->failed && e->has_addr));
		FUZZ_ASSERT(!e->traced || (e->size && !(e->size & ~PAGE_MASK)));
	}
	if (e->type == EVENT_FREE)
		FUZZ_ASSERT(e->name || e->has_addr);
	if (e->type == EVENT_RESIZE || e->type == EVENT_POLICY)
		FUZZ_ASSERT(e->name);
	if (e->type == EVENT_ON)
		FUZZ_ASSERT(e->cpu >= 0 && e->cpu < CPUS_MAX);
}

static void one_line(void *arg, char *line, size_t len)
{
	struct trace_reader *t = arg;
	char *before = malloc(len + 1);
	const char *why = NULL;
	uint64_t lost;
	bool is_kernel;
	struct event e;

	FUZZ_ASSERT(before);
	memcpy(before, line, len);
	if (ftrace_line(line, len, &e, &is_kernel, &lost, &why) == TRACE_EVENT) {
		FUZZ_ASSERT(is_kernel && e.traced);
		check_event(&e, line, len);
	}
	FUZZ_ASSERT(!memcmp(before, line, len));
	why = NULL;
	switch (trace_line(t, line, len, &e, &why)) {
	case TRACE_EVENT:
		check_event(&e, line, len);
		break;
	case TRACE_JUNK:
		FUZZ_ASSERT(why && *why);
		break;
	case TRACE_NOTHING:
		break;
	}
	free(before);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct trace_reader t = { 0 };

	fuzz_lines(data, size, 1, one_line, &t);
	return 0;
}
