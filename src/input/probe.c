/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Three forms, each on one line:
 *
 *	kprobes	  ...: NAME: (alloc_vmap_area+0x0/0x880) size=20480 align=1 vstart=0x... vend=0x...
 *		  ...: NAME: (__get_vm_area_node+0xb1/0x150 <- alloc_vmap_area) va_start=0x...
 *		  ...: NAME: (free_vmap_area_noflush+0x0/0x340) va_start=0x...
 *		  ...: NAME: (__purge_vmap_area_lazy+0x0/0x3d0)
 *	bpftrace  ... alloc 0xffffc90000000000 size=20480 align=1
 *		  ... free 0xffffc90000000000
 *		  ... purge
 *	perf trace  ... vmalloc:alloc_vmap_area(va_start: 18446683600570023936, size: 20480, ...)
 *
 * A kprobe has the name that its user gave it, so the function in parentheses
 * tells what it is.  What is asked for is known when alloc_vmap_area() is entered,
 * and the address when it returns; the two lines belong together by their task,
 * which may have other events in between.
 */
#include <string.h>

#include "input/event_time.h"
#include "input/probe.h"

/* The first address that a kernel of 64 bits may have. */
#define KERNEL_HALF UINT64_C(0xff00000000000000)

struct probe_text {
	const char *p;
	const char *end;
};

static const char *find_in(struct probe_text t, const char *word)
{
	return memmem(t.p, (size_t)(t.end - t.p), word, strlen(word));
}

static bool starts_with(struct probe_text t, const char *word)
{
	size_t len = strlen(word);

	return (size_t)(t.end - t.p) >= len && !memcmp(t.p, word, len);
}

static unsigned probe_digit(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0');
	if (c >= 'a' && c <= 'f')
		return (unsigned)(c - 'a') + 10;
	return 16;
}

/* A number, decimal or 0x hexadecimal, at t->p, which moves past it. */
static bool read_probe_number(struct probe_text *t, uint64_t *ret)
{
	unsigned base = starts_with(*t, "0x") ? 16 : 10;
	const char *first;

	if (base == 16)
		t->p += 2;
	first = t->p;
	*ret = 0;
	while (t->p < t->end && probe_digit(*t->p) < base) {
		if (__builtin_mul_overflow(*ret, base, ret) ||
		    __builtin_add_overflow(*ret, (uint64_t)probe_digit(*t->p), ret))
			return false;
		t->p++;
	}
	return t->p > first;
}

/* KEY=NUMBER or KEY: NUMBER anywhere in the text, after a blank or a parenthesis. */
static bool probe_field(struct probe_text t, const char *key, uint64_t *ret)
{
	const char *start = t.p;

	while ((t.p = find_in(t, key))) {
		char before = t.p == start ? ' ' : t.p[-1];

		t.p += strlen(key);
		if ((before != ' ' && before != '(') || t.p >= t.end ||
		    (*t.p != '=' && *t.p != ':'))
			continue;
		t.p++;
		while (t.p < t.end && *t.p == ' ')
			t.p++;
		return read_probe_number(&t, ret);
	}
	return false;
}

static enum trace_status finish_alloc(struct event *e, const char **why)
{
	if (!e->has_addr && !e->failed) {
		*why = "this allocation has no address";
		return TRACE_JUNK;
	}
	return traced_alloc(e, why);
}

/* --- kprobes ---------------------------------------------------------------- */

/* "init-1       [000] ": the number of the task, or UINT64_MAX. */
static uint64_t task_of_line(struct probe_text line)
{
	const char *cpu = find_in(line, " [");
	const char *p = cpu;
	uint64_t task;

	if (!cpu)
		return UINT64_MAX;
	while (p > line.p && *p == ' ')
		p--;
	while (p > line.p && *p >= '0' && *p <= '9')
		p--;
	if (*p != '-')
		return UINT64_MAX;
	line.p = p + 1;
	return read_probe_number(&line, &task) ? task : UINT64_MAX;
}

/* The entry of that task that has not returned, or (task 0 is free) a free place, or NULL. */
static struct probe_entry *find_entry(struct trace_reader *t, uint64_t task)
{
	for (unsigned i = 0; i < TRACE_ENTRIES; i++)
		if (t->entry[i].task == task)
			return &t->entry[i];
	return NULL;
}

static enum trace_status take_probe_entry(struct trace_reader *t, struct probe_text line,
					  struct probe_text fields, const char **why)
{
	uint64_t task = task_of_line(line);
	struct probe_entry *entry = find_entry(t, task + 1);

	if (!entry)
		entry = find_entry(t, 0);
	/* Where more tasks wait than any machine has, the oldest one must have been lost. */
	if (!entry)
		entry = &t->entry[t->next_entry++ % TRACE_ENTRIES];
	*entry = (struct probe_entry){ .task = task + 1 };
	if (!probe_field(fields, "size", &entry->size)) {
		*why = "the probe of alloc_vmap_area has no size=";
		return TRACE_JUNK;
	}
	if (!probe_field(fields, "align", &entry->align))
		entry->align = 1;
	entry->has_window = probe_field(fields, "vstart", &entry->start) &&
			    probe_field(fields, "vend", &entry->end);
	return TRACE_NOTHING;
}

static enum trace_status take_probe_return(struct trace_reader *t, struct probe_text line,
					   struct probe_text fields, struct event *ret,
					   const char **why)
{
	struct probe_entry *entry = find_entry(t, task_of_line(line) + 1);
	struct probe_entry e;

	if (!entry) {
		*why = "alloc_vmap_area returns, but its entry is not in the trace";
		return TRACE_JUNK;
	}
	e = *entry;
	*entry = (struct probe_entry){ 0 };
	ret->type = EVENT_ALLOC;
	ret->size = e.size;
	ret->align = e.align;
	ret->has_window = e.has_window;
	ret->start = e.start;
	ret->end = e.end;
	/* A pointer that holds an error leads to no structure. */
	ret->failed = find_in(fields, "(fault)");
	ret->has_addr = !ret->failed && probe_field(fields, "va_start", &ret->addr);
	return finish_alloc(ret, why);
}

static enum trace_status take_probed_free(struct probe_text fields, struct event *ret,
					  const char **why)
{
	ret->type = EVENT_FREE;
	ret->lazy = true; /* every kernel that has these functions frees lazily */
	ret->has_addr = probe_field(fields, "va_start", &ret->addr);
	if (ret->has_addr)
		return TRACE_EVENT;
	*why = "the probe of free_vmap_area_noflush has no va_start=";
	return TRACE_JUNK;
}

/* "(FUNCTION+0x0/0x880)", perhaps with a suffix of the compiler: FUNCTION.constprop.0 */
static bool enters(struct probe_text at, const char *function)
{
	size_t len = strlen(function);

	return starts_with(at, function) && at.p + len < at.end &&
	       (at.p[len] == '+' || at.p[len] == '.');
}

static bool returns_from(struct probe_text at, const char *function)
{
	const char *close = memchr(at.p, ')', (size_t)(at.end - at.p));
	struct probe_text inside = { at.p, close ? close : at.p };
	const char *arrow = find_in(inside, " <- ");

	if (!arrow)
		return false;
	inside.p = arrow + strlen(" <- ");
	return starts_with(inside, function) &&
	       (inside.p + strlen(function) == close || inside.p[strlen(function)] == '.');
}

static enum trace_status kprobe_line(struct trace_reader *t, struct probe_text line,
				     struct event *ret, bool *is_probe, const char **why)
{
	const char *paren = find_in(line, ": (");
	struct probe_text at = { paren ? paren + strlen(": (") : line.end, line.end };

	*is_probe = true;
	ret->timed = paren && event_time_before(line.p, paren, &ret->time);
	if (returns_from(at, "alloc_vmap_area"))
		return take_probe_return(t, line, at, ret, why);
	if (enters(at, "alloc_vmap_area"))
		return take_probe_entry(t, line, at, why);
	if (enters(at, "free_vmap_area_noflush"))
		return take_probed_free(at, ret, why);
	ret->type = EVENT_PURGE;
	if (enters(at, "__purge_vmap_area_lazy"))
		return TRACE_EVENT;
	*is_probe = false;
	return TRACE_NOTHING;
}

/* --- bpftrace --------------------------------------------------------------- */

/* The last word of the text before `end`, or the only one. */
static bool ends_in(struct probe_text t, const char *word)
{
	size_t len = strlen(word);

	return (size_t)(t.end - t.p) > len && !memcmp(t.end - len, word, len) &&
	       t.end[-(ptrdiff_t)len - 1] == ' ';
}

static enum trace_status bpftrace_line(struct probe_text line, struct event *ret, bool *is_probe,
				       const char **why)
{
	const char *address = find_in(line, " 0x");
	struct probe_text before = { line.p, address ? address : line.p };
	struct probe_text after = { address ? address + 1 : line.end, line.end };
	bool alloc = ends_in(before, "alloc") ||
		     (starts_with(line, "alloc 0x") && before.end - before.p == 5);
	bool is_free = ends_in(before, "free") ||
		       (starts_with(line, "free 0x") && before.end - before.p == 4);

	/* "23517784799 154 init purge"; the word alone is a command. */
	ret->timed = event_time_first(line.p, line.end, &ret->time);
	if (ends_in(line, "purge") && *line.p >= '0' && *line.p <= '9') {
		*is_probe = true;
		ret->type = EVENT_PURGE;
		return TRACE_EVENT;
	}
	if ((!alloc && !is_free) || !read_probe_number(&after, &ret->addr) ||
	    ret->addr < KERNEL_HALF)
		return TRACE_NOTHING;
	*is_probe = true;
	ret->has_addr = true;
	ret->type = alloc ? EVENT_ALLOC : EVENT_FREE;
	if (is_free) {
		/* With tasks before them, lines are those of a script that shows purges too. */
		ret->lazy = before.end - before.p > 4;
		return TRACE_EVENT;
	}
	if (!probe_field(after, "size", &ret->size)) {
		while (after.p < after.end && *after.p == ' ')
			after.p++;
		if (!read_probe_number(&after, &ret->size)) {
			*why = "this allocation has no size";
			return TRACE_JUNK;
		}
	}
	if (!probe_field(after, "align", &ret->align))
		ret->align = 1;
	return finish_alloc(ret, why);
}

/* --- perf trace ------------------------------------------------------------- */

/* perf trace leaves out fields that are 0. */
static enum trace_status perf_trace_line(struct probe_text line, struct event *ret, bool *is_probe,
					 const char **why)
{
	static const char group[] = "vmalloc:";
	const char *name = find_in(line, group);
	struct probe_text at = { name ? name + strlen(group) : line.end, line.end };
	uint64_t number = 0;

	*is_probe = true;
	ret->timed = event_time_first(line.p, line.end, &ret->time);
	if (starts_with(at, "alloc_vmap_area(")) {
		ret->type = EVENT_ALLOC;
		ret->failed = probe_field(at, "failed", &number) && number;
		ret->has_addr = !ret->failed && probe_field(at, "va_start", &ret->addr);
		probe_field(at, "size", &ret->size);
		if (!probe_field(at, "align", &ret->align))
			ret->align = 1;
		ret->has_window = probe_field(at, "vstart", &ret->start) &&
				  probe_field(at, "vend", &ret->end);
		return finish_alloc(ret, why);
	}
	if (starts_with(at, "free_vmap_area_noflush(")) {
		ret->type = EVENT_FREE;
		ret->lazy = probe_field(at, "nr_lazy_max", &number) && number;
		ret->has_addr = probe_field(at, "va_start", &ret->addr);
		*why = "this free has no address";
		return ret->has_addr ? TRACE_EVENT : TRACE_JUNK;
	}
	ret->type = EVENT_PURGE;
	if (starts_with(at, "purge_vmap_area_lazy("))
		return TRACE_EVENT;
	*is_probe = false;
	return TRACE_NOTHING;
}

enum trace_status probe_line(struct trace_reader *t, const char *line, size_t len,
			     struct event *ret, bool *is_probe, const char **why)
{
	struct probe_text text = { line, line + len };
	enum trace_status status = TRACE_NOTHING;

	*ret = (struct event){ .traced = true };
	*is_probe = false;
	while (text.end > text.p && (text.end[-1] == ' ' || text.end[-1] == '\t'))
		text.end--;
	if (memchr(line, '(', len)) {
		status = kprobe_line(t, text, ret, is_probe, why);
		if (!*is_probe)
			status = perf_trace_line(text, ret, is_probe, why);
	} else if (len &&
		   (line[0] == 'a' || line[0] == 'f' || (line[0] >= '0' && line[0] <= '9'))) {
		status = bpftrace_line(text, ret, is_probe, why);
	}
	return status;
}
