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
 *	perf trace  ... vmalloc:alloc_vmap_area(addr: 18446683600570023936, size: 20480, ...)
 *
 * bpftrace's -f json puts {"type": "printf", "data": "..."} around the text.
 *
 * A kprobe has the name that its user gave it, so the function in parentheses tells
 * what it is.  What is asked for is known when alloc_vmap_area() is entered, and the
 * address when it returns; the two lines belong together by their task, which may have
 * other events in between.
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

/*
 * The number of the task, or UINT64_MAX: "init-1       [000] " of ftrace and trace-cmd,
 * "init     1 [000] " of perf script, "init/1 probe:" of perf trace.
 */
static uint64_t task_of_line(struct probe_text line)
{
	const char *cpu = find_in(line, " [");
	const char *p = cpu ? cpu : find_in(line, " probe:");
	uint64_t task;

	if (!p)
		return UINT64_MAX;
	while (p > line.p && *p == ' ')
		p--;
	while (p > line.p && *p >= '0' && *p <= '9')
		p--;
	if (*p != '-' && *p != '/' && *p != ' ')
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

/* What follows the arrow of a return, or NULL. A web page's source has it as "&lt;-". */
static const char *after_arrow(struct probe_text t)
{
	static const char *const arrows[] = { " <- ", " &lt;- " };

	for (size_t i = 0; i < sizeof(arrows) / sizeof(arrows[0]); i++) {
		const char *p = find_in(t, arrows[i]);

		if (p)
			return p + strlen(arrows[i]);
	}
	return NULL;
}

static bool returns_from(struct probe_text at, const char *function)
{
	const char *close = memchr(at.p, ')', (size_t)(at.end - at.p));
	struct probe_text inside = { at.p, close ? close : at.p };
	const char *from = after_arrow(inside);

	if (!from)
		return false;
	inside.p = from;
	return starts_with(inside, function) &&
	       (inside.p + strlen(function) == close || inside.p[strlen(function)] == '.');
}

/*
 * perf and trace-cmd print addresses in the parentheses, or nothing.  Then what the user
 * called the event and its fields tells the probes apart: an entry has a size and a window,
 * a return two addresses.
 */
static enum trace_status unnamed_probe(struct trace_reader *t, struct probe_text line,
				       struct probe_text name, struct probe_text at, bool returns,
				       struct event *ret, bool *is_probe, const char **why)
{
	uint64_t number;

	if (returns && probe_field(at, "va_start", &number))
		return take_probe_return(t, line, at, ret, why);
	if (!returns && probe_field(at, "size", &number) && probe_field(at, "vstart", &number))
		return take_probe_entry(t, line, at, why);
	if (!returns && find_in(name, "free") && probe_field(at, "va_start", &number))
		return take_probed_free(at, ret, why);
	ret->type = EVENT_PURGE;
	if (!returns && find_in(name, "purge_vmap_area_lazy"))
		return TRACE_EVENT;
	*is_probe = false;
	return TRACE_NOTHING;
}

/* The word before `end`. */
static struct probe_text word_before(struct probe_text line, const char *end)
{
	struct probe_text word = { end, end };

	while (word.p > line.p && word.p[-1] != ' ')
		word.p--;
	return word;
}

/* True if the parentheses have "ffffffff81234560", or "ADDRESS <- ADDRESS". */
static bool has_addresses(struct probe_text at)
{
	const char *p = at.p;

	while (p < at.end && probe_digit(*p) < 16)
		p++;
	return p - at.p >= 8 && p < at.end && (*p == ')' || *p == ' ');
}

static enum trace_status kprobe_line(struct trace_reader *t, struct probe_text line,
				     struct event *ret, bool *is_probe, const char **why)
{
	const char *paren = find_in(line, ": ");
	struct probe_text at = { line.end, line.end };

	/* Blanks may stand between the name and the parenthesis; a time has a colon as well. */
	for (; paren; paren = find_in((struct probe_text){ paren + 1, line.end }, ": ")) {
		at.p = paren + 1;
		while (at.p < line.end && *at.p == ' ')
			at.p++;
		if (at.p++ < line.end && at.p[-1] == '(')
			break;
		at.p = line.end;
	}

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
	if (has_addresses(at))
		return unnamed_probe(t, line, word_before(line, paren), at, after_arrow(at), ret,
				     is_probe, why);
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

/*
 * What a script calls the two functions: their names, or short ones.  With the word at the
 * end of the text, *alloc says which it is.
 */
static bool names_function(struct probe_text t, bool *alloc)
{
	static const char *const words[] = { "alloc", "alloc_vmap_area", "free",
					     "free_vmap_area_noflush" };

	if (t.end > t.p && t.end[-1] == ':')
		t.end--;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		*alloc = i < 2;
		if (ends_in(t, words[i]) ||
		    (starts_with(t, words[i]) && t.p + strlen(words[i]) == t.end))
			return true;
	}
	return false;
}

/* Splits "... alloc 0xADDRESS ...", or with "va=", "addr=" and the like before the address. */
static bool split_at_address(struct probe_text line, struct probe_text *before,
			     struct probe_text *after)
{
	const char *p = find_in(line, "0x");

	if (!p || p == line.p || (p[-1] != ' ' && p[-1] != '='))
		return false;
	*after = (struct probe_text){ p, line.end };
	if (p[-1] == '=')
		p = word_before(line, p).p;
	while (p > line.p && p[-1] == ' ')
		p--;
	*before = (struct probe_text){ line.p, p };
	return true;
}

static enum trace_status bpftrace_line(struct probe_text line, struct event *ret, bool *is_probe,
				       const char **why)
{
	struct probe_text before, after;
	bool alloc;

	/* "23517784799 154 init purge"; the word alone is a command. */
	ret->timed = event_time_first(line.p, line.end, &ret->time);
	if (ends_in(line, "purge") && *line.p >= '0' && *line.p <= '9') {
		*is_probe = true;
		ret->type = EVENT_PURGE;
		return TRACE_EVENT;
	}
	if (!split_at_address(line, &before, &after) || !names_function(before, &alloc) ||
	    !read_probe_number(&after, &ret->addr) || ret->addr < KERNEL_HALF)
		return TRACE_NOTHING;
	*is_probe = true;
	ret->has_addr = true;
	ret->type = alloc ? EVENT_ALLOC : EVENT_FREE;
	if (!alloc) {
		/* With tasks before them, lines are those of a script that shows purges too. */
		ret->lazy = memchr(before.p, ' ', (size_t)(before.end - before.p));
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
	ret->has_window =
		probe_field(after, "vstart", &ret->start) && probe_field(after, "vend", &ret->end);
	return finish_alloc(ret, why);
}

/* --- perf trace ------------------------------------------------------------- */

/* perf trace leaves out fields that are 0. */
static enum trace_status perf_trace_line(struct trace_reader *t, struct probe_text line,
					 struct event *ret, bool *is_probe, const char **why)
{
	const char *probe = find_in(line, "(__probe_");
	static const char group[] = "vmalloc:";
	const char *name = find_in(line, group);
	struct probe_text at = { name ? name + strlen(group) : line.end, line.end };
	uint64_t number = 0;

	*is_probe = true;
	ret->timed = event_time_first(line.p, line.end, &ret->time);
	if (starts_with(at, "alloc_vmap_area(")) {
		ret->type = EVENT_ALLOC;
		ret->failed = probe_field(at, "failed", &number) && number;
		/* It prints the names of the record's fields; text has va_start for this one. */
		ret->has_addr = !ret->failed && (probe_field(at, "addr", &ret->addr) ||
						 probe_field(at, "va_start", &ret->addr));
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
	if (probe) {
		at.p = probe;
		return unnamed_probe(t, line, word_before(line, probe), at,
				     find_in(at, "__probe_ret_ip"), ret, is_probe, why);
	}
	*is_probe = false;
	return TRACE_NOTHING;
}

/* {"type": "printf", "data": "alloc 0xffffc90000000000 20480\n"}: the text of it. */
static void unpack_json(struct probe_text *text)
{
	static const char data[] = "\"data\": \"";
	const char *p;

	if (!starts_with(*text, "{\"type\"") || !(p = find_in(*text, data)))
		return;
	text->p = p + sizeof(data) - 1;
	p = memchr(text->p, '"', (size_t)(text->end - text->p));
	text->end = p ? p : text->end;
	if (text->end - text->p >= 2 && !memcmp(text->end - 2, "\\n", 2))
		text->end -= 2;
}

enum trace_status probe_line(struct trace_reader *t, const char *line, size_t len,
			     struct event *ret, bool *is_probe, const char **why)
{
	struct probe_text text = { line, line + len };
	enum trace_status status = TRACE_NOTHING;

	*ret = (struct event){ .traced = true };
	*is_probe = false;
	unpack_json(&text);
	while (text.end > text.p && (text.end[-1] == ' ' || text.end[-1] == '\t'))
		text.end--;
	if (memchr(line, '(', len)) {
		status = kprobe_line(t, text, ret, is_probe, why);
		if (!*is_probe)
			status = perf_trace_line(t, text, ret, is_probe, why);
	} else if (text.end > text.p &&
		   (*text.p == 'a' || *text.p == 'f' || (*text.p >= '0' && *text.p <= '9'))) {
		status = bpftrace_line(text, ret, is_probe, why);
	}
	return status;
}
