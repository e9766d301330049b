/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The events of the kernel's vmalloc, as ftrace and perf script print them:
 *
 *	alloc_vmap_area: va_start: 18446683600570023936 size=20480 align=1
 *		vstart=0xffffc90000000000 vend=0xffffe8ffffffffff failed=0
 *	free_vmap_area_noflush: va_start=0xffffc90000000000 nr_lazy=5 nr_lazy_max=32768
 *	purge_vmap_area_lazy: start=0xffffc90000000000 end=0xffffc90000005000 num_purged=1
 *
 * (each on one line).  The text before the event differs between kernels and
 * tools and may hold anything, as a task's name does.  So the event is found by
 * its name, and the rest of the line must have its form.
 */
#include <string.h>

#include <vmallocfs/machine.h>

#include "input/event.h"
#include "input/event_time.h"

/* The middle of all three names. */
static const char stem[] = "_vmap_area";
#define STEM_LEN (sizeof(stem) - 1)

/* The rest of a line. */
struct trace_words {
	const char *p;
	const char *end;
};

static bool blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool is_decimal(char c)
{
	return c >= '0' && c <= '9';
}

/* Values of hexadecimal digits, plus one; 0 is no digit. */
static const unsigned char hex_digits[256] = {
	['0'] = 1,  ['1'] = 2,	['2'] = 3,  ['3'] = 4,	['4'] = 5,  ['5'] = 6,
	['6'] = 7,  ['7'] = 8,	['8'] = 9,  ['9'] = 10, ['a'] = 11, ['b'] = 12,
	['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16, ['A'] = 11, ['B'] = 12,
	['C'] = 13, ['D'] = 14, ['E'] = 15, ['F'] = 16,
};

static bool take_trace_hex(struct trace_words *w, uint64_t *ret)
{
	const char *p = w->p;
	uint64_t value = 0;
	unsigned d;

	for (; p < w->end && (d = hex_digits[(unsigned char)*p]); p++) {
		if (value >> 60)
			return false;
		value = value << 4 | (d - 1);
	}
	*ret = value;
	if (p == w->p)
		return false;
	w->p = p;
	return true;
}

/* A number, decimal or 0x hexadecimal. False if it is missing or too large. */
static bool take_trace_number(struct trace_words *w, uint64_t *ret)
{
	const char *first = w->p;
	uint64_t value = 0;

	if (w->end - w->p > 2 && w->p[0] == '0' && w->p[1] == 'x') {
		w->p += 2;
		return take_trace_hex(w, ret);
	}
	while (w->p < w->end && is_decimal(*w->p)) {
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, (uint64_t)(*w->p - '0'), &value))
			return false;
		w->p++;
	}
	*ret = value;
	return w->p > first;
}

static void skip_trace_blanks(struct trace_words *w)
{
	while (w->p < w->end && blank(*w->p))
		w->p++;
}

/* "key=NUMBER" or "key: NUMBER", and the blanks after it. */
static inline bool take_trace_field(struct trace_words *w, const char *key, size_t len,
				    uint64_t *ret)
{
	if ((size_t)(w->end - w->p) <= len || memcmp(w->p, key, len))
		return false;
	w->p += len;
	if (*w->p != '=' && *w->p != ':')
		return false;
	w->p++;
	skip_trace_blanks(w);
	if (!take_trace_number(w, ret))
		return false;
	if (w->p < w->end && !blank(*w->p))
		return false;
	skip_trace_blanks(w);
	return true;
}

#define FIELD(w, key, ret) take_trace_field((w), (key), sizeof(key) - 1, (ret))

enum trace_status traced_alloc(struct event *ret, const char **why)
{
	if (!ret->size || ret->size % PAGE_SIZE) {
		*why = "the size is not a number of pages";
		return TRACE_JUNK;
	}
	if (ret->align & (ret->align - 1)) {
		*why = "the alignment is not a power of two";
		return TRACE_JUNK;
	}
	/*
	 * The size is that of the whole range.  Its last page is nearly always
	 * a guard.  The event does not say when it is not, but a single page
	 * has none.
	 */
	ret->unguarded = ret->size == PAGE_SIZE;
	if (!ret->unguarded)
		ret->size -= PAGE_SIZE;
	return TRACE_EVENT;
}

static enum trace_status take_alloc(struct trace_words *w, struct event *ret, const char **why)
{
	uint64_t failed;

	/* trace-cmd's raw form has the names of the record's fields. */
	if ((!FIELD(w, "va_start", &ret->addr) && !FIELD(w, "addr", &ret->addr)) ||
	    !FIELD(w, "size", &ret->size) || !FIELD(w, "align", &ret->align) ||
	    !FIELD(w, "vstart", &ret->start) || !FIELD(w, "vend", &ret->end) ||
	    !FIELD(w, "failed", &failed) || w->p != w->end) {
		*why = "this alloc_vmap_area event is not complete";
		return TRACE_JUNK;
	}
	ret->failed = failed;
	ret->has_window = true;
	ret->has_addr = !failed;
	return traced_alloc(ret, why);
}

static enum trace_status take_free(struct trace_words *w, struct event *ret, const char **why)
{
	uint64_t waiting, max;

	if (!FIELD(w, "va_start", &ret->addr) || !FIELD(w, "nr_lazy", &waiting) ||
	    !FIELD(w, "nr_lazy_max", &max) || w->p != w->end) {
		*why = "this free_vmap_area_noflush event is not complete";
		return TRACE_JUNK;
	}
	ret->has_addr = true;
	ret->lazy = max;
	return TRACE_EVENT;
}

static enum trace_status take_purge(struct trace_words *w, struct event *ret, const char **why)
{
	uint64_t start, end, count;

	(void)ret;
	if (!FIELD(w, "start", &start) || !FIELD(w, "end", &end) ||
	    (!FIELD(w, "num_purged", &count) && !FIELD(w, "npurged", &count)) || w->p != w->end) {
		*why = "this purge_vmap_area_lazy event is not complete";
		return TRACE_JUNK;
	}
	return TRACE_EVENT;
}

/* The names, split around their common middle. */
static const struct {
	const char *before;
	size_t before_len;
	const char *after; /* with the colon that ends it */
	size_t after_len;
	enum event_type type;
	enum trace_status (*take)(struct trace_words *w, struct event *ret, const char **why);
} events[] = {
	{ "alloc", 5, ":", 1, EVENT_ALLOC, take_alloc },
	{ "free", 4, "_noflush:", 9, EVENT_FREE, take_free },
	{ "purge", 5, "_lazy:", 6, EVENT_PURGE, take_purge },
};

/* The event whose name has its middle at `at`; -1 if no event's name has. */
static int read_event(const char *line, const char *at, const char *end)
{
	const char *after = at + STEM_LEN;

	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
		const char *first = at - events[i].before_len;

		if ((size_t)(at - line) <= events[i].before_len ||
		    (size_t)(end - after) < events[i].after_len)
			continue;
		if (!memcmp(first, events[i].before, events[i].before_len) &&
		    !memcmp(after, events[i].after, events[i].after_len) &&
		    (blank(first[-1]) || first[-1] == ':'))
			return (int)i;
	}
	return -1;
}

/* "[000] ": the CPU, which ftrace and perf both have in each line. */
static bool has_cpu(const char *line, const char *end)
{
	const char *p = line;

	while ((p = memchr(p, '[', (size_t)(end - p)))) {
		const char *q = ++p;

		while (q < end && is_decimal(*q))
			q++;
		if (q > p && end - q >= 2 && q[0] == ']' && q[1] == ' ')
			return true;
	}
	return false;
}

/* The processor: the last "[000] " before the event.  -1 if the line names no processor. */
static int cpu_before(const char *line, const char *event)
{
	const char *p = event;
	int cpu = 0;

	while ((p = memrchr(line, '[', (size_t)(p - line)))) {
		const char *q = p + 1;

		for (cpu = 0; q < event && is_decimal(*q) && cpu < CPUS_MAX; q++)
			cpu = 10 * cpu + (*q - '0');
		if (q > p + 1 && event - q >= 2 && q[0] == ']' && q[1] == ' ' && cpu < CPUS_MAX)
			return cpu;
	}
	return -1;
}

/* "CPU:1 [LOST 57 EVENTS]" */
static bool lost_events(const char *line, const char *end, uint64_t *ret)
{
	static const char lost[] = " [LOST ";
	struct trace_words w = { .end = end };
	const char *p;

	if (end - line < 4 || memcmp(line, "CPU:", 4))
		return false;
	p = memmem(line, (size_t)(end - line), lost, sizeof(lost) - 1);
	if (!p)
		return false;
	w.p = p + sizeof(lost) - 1;
	return take_trace_number(&w, ret);
}

enum trace_status ftrace_line(const char *line, size_t len, struct event *ret, bool *is_kernel,
			      uint64_t *lost, const char **why)
{
	const char *end = line + len;
	const char *at = line;
	enum trace_status status = TRACE_NOTHING;

	*lost = 0;
	while ((at = memmem(at, (size_t)(end - at), stem, STEM_LEN))) {
		int i = read_event(line, at, end);
		struct trace_words w;

		at += STEM_LEN;
		if (i < 0)
			continue;
		w = (struct trace_words){ .p = at + events[i].after_len, .end = end };
		while (w.end > w.p && blank(w.end[-1]))
			w.end--;
		skip_trace_blanks(&w);
		*ret = (struct event){ .type = events[i].type, .traced = true, .cpu = -1 };
		status = events[i].take(&w, ret, why);
		if (status == TRACE_EVENT) {
			ret->cpu = cpu_before(line, at - STEM_LEN);
			ret->timed = event_time_before(line, at - STEM_LEN - events[i].before_len,
						       &ret->time);
			break;
		}
	}
	*is_kernel = status != TRACE_NOTHING || lost_events(line, end, lost) || has_cpu(line, end);
	return status;
}
