/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Telling lines of a trace apart.
 */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <vmallocfs/machine.h>

#include "input/event.h"
#include "input/probe.h"

/* True for text without control characters other than tabs. */
static bool is_text(const char *line, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)line[i] < ' ' && line[i] != '\t')
			return false;
	return true;
}

static bool is_blank(const char *line, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (line[i] != ' ' && line[i] != '\t')
			return false;
	return true;
}

/* "# entries-in-buffer/entries-written: 1405/1405   #P:2", or "cpus=2" of trace-cmd. */
static void take_header_cpus(struct trace_reader *t, const char *line, const char *word)
{
	const char *at = strstr(line, word);
	unsigned long n = at ? strtoul(at + strlen(word), NULL, 10) : 0;

	if (n && n <= CPUS_MAX)
		t->cpus = (unsigned)n;
}

static enum trace_status take_command(struct event *ret, const char **why)
{
	struct command *c = &ret->command;

	ret->name = c->name;
	ret->size = c->size;
	switch (c->type) {
	case COMMAND_NONE:
	case COMMAND_HELP:
	case COMMAND_CPU: /* what a processor sees changes no address space */
	case COMMAND_REMAP:
	case COMMAND_UNMAP:
		return TRACE_NOTHING;
	case COMMAND_VMALLOC:
		/* The directory of a name says which function makes the area. */
		ret->io = !strncmp(c->name, "ioremap/", strlen("ioremap/"));
		ret->paged = !ret->io;
		ret->type = EVENT_ALLOC;
		break;
	case COMMAND_GET_VM_AREA:
		ret->align = c->align;
		ret->has_window = c->has_window;
		ret->start = c->start;
		ret->end = c->end;
		ret->type = EVENT_ALLOC;
		break;
	case COMMAND_IOREMAP:
		ret->io = true;
		ret->home = "ioremap";
		ret->type = EVENT_ALLOC;
		break;
	case COMMAND_VMAP:
		ret->vmap = c;
		ret->home = "vmap";
		ret->type = EVENT_ALLOC;
		break;
	case COMMAND_ALLOC:
		ret->has_addr = c->has_offset;
		ret->addr = VMALLOC_START + c->addr;
		ret->type = EVENT_ALLOC;
		break;
	case COMMAND_VFREE:
		ret->addr = c->addr;
		ret->has_addr = !c->name;
		ret->type = EVENT_FREE;
		break;
	case COMMAND_FREE:
		ret->type = EVENT_FREE;
		break;
	case COMMAND_RESIZE:
		ret->type = EVENT_RESIZE;
		break;
	case COMMAND_PURGE:
		ret->type = EVENT_PURGE;
		break;
	case COMMAND_RESET:
		ret->type = EVENT_RESET;
		break;
	case COMMAND_POLICY:
		ret->type = EVENT_POLICY;
		break;
	case COMMAND_ON:
		if (c->size >= CPUS_MAX) {
			*why = "there is no such processor";
			return TRACE_JUNK;
		}
		ret->cpu = (int)c->size;
		ret->type = EVENT_ON;
		break;
	case COMMAND_SLEEP:
		ret->type = EVENT_SLEEP;
		break;
	case COMMAND_SAY:
		ret->name = c->text;
		ret->type = EVENT_SAY;
		break;
	}
	return TRACE_EVENT;
}

/*
 * Whether a tracer may have written the line.  The lines of all but bpftrace have a colon,
 * a bracket or a parenthesis, and those of bpftrace begin with a number, or with "alloc" or
 * "free" and have an address.  Most commands have none of these, and need not be searched
 * for the names of events.
 */
static bool may_be_traced(const char *line, size_t len)
{
	if (line[0] >= '0' && line[0] <= '9')
		return true;
	if ((line[0] == 'a' || line[0] == 'f') && memchr(line, 'x', len))
		return true;
	return memchr(line, ':', len) || memchr(line, '[', len) || memchr(line, '(', len);
}

/* A line of a kernel's trace: true, and what it says. */
static bool take_traced(struct trace_reader *t, char *line, size_t len, struct event *ret,
			enum trace_status *status, const char **why)
{
	bool is_kernel, is_probe;
	uint64_t lost;

	*status = ftrace_line(line, len, ret, &is_kernel, &lost, why);
	/* A kprobe may have the name of an event. */
	if (*status != TRACE_EVENT) {
		enum trace_status probed = probe_line(t, line, len, ret, &is_probe, why);

		if (is_probe) {
			t->kernel = true;
			*status = probed;
			return true;
		}
	}
	if (is_kernel) {
		t->kernel = true;
		t->lost += lost;
	}
	return is_kernel;
}

enum trace_status trace_line(struct trace_reader *t, char *line, size_t len, struct event *ret,
			     const char **why)
{
	enum trace_status status;

	if (!len)
		return TRACE_NOTHING;
	line[len] = '\0';
	while (line[0] == '>') { /* quoted in a mail */
		len -= line[1] == ' ' ? 2 : 1;
		line += line[1] == ' ' ? 2 : 1;
	}
	if (!len)
		return TRACE_NOTHING;
	if (line[0] == '#' || (line[0] == 'c' && !strncmp(line, "cpus=", 5))) {
		take_header_cpus(t, line, line[0] == '#' ? "#P:" : "cpus=");
		return TRACE_NOTHING;
	}
	if (may_be_traced(line, len) && take_traced(t, line, len, ret, &status, why))
		return status;
	/*
	 * Between the events of a kernel's trace stand call chains and remarks
	 * of its tools.  None of them is a command.
	 */
	if (t->kernel && (line[0] == ' ' || line[0] == '\t') && is_text(line, len))
		return TRACE_NOTHING;
	if (is_blank(line, len))
		return TRACE_NOTHING;
	memset(ret, 0, offsetof(struct event, command)); /* command_parse() sets the rest */
	if (memchr(line, '\0', len)) {
		*why = "it has a zero byte";
		return TRACE_JUNK;
	}
	if (command_parse(line, len, &ret->command, why))
		return TRACE_JUNK;
	return take_command(ret, why);
}
