/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sys/kernel/mm/vmalloc/history: what happened in the address space, one event a line.
 *
 *	7 12.345678 truncate-4242 alloc 0xffffc90000000000-0xffffc90000011000 69632 a
 *	8 12.360112 rm-4243 free 0xffffc90000000000-0xffffc90000011000 69632 a
 *	9 13.000400 truncate-4250 fail - 135168 b 131072 bytes (33 pages ...) do not fit: ...
 *
 * The number of the event, seconds since boot, the process, what happened, the range,
 * bytes, and the area's name as in status, or a - where there is none; then, for some,
 * words that say more, up to the end of the line.  What `say` said is such words alone.
 */
#include <string.h>

#include "show/digits.h"
#include "show/event_words.h"
#include "show/growth.h"
#include "show/show.h"
#include "show/words.h"

#define LINE_GUESS 112

static void add_event_range(GString *out, vaddr_t addr, uint64_t size)
{
	char *p = text_room(out, RANGE_MAX);

	text_end(out, put_range(p, addr, size));
}

/* As status writes it. */
static void add_event_name(GString *out, const char *name, const struct vm_event *e)
{
	g_autoptr(GString) text = NULL;

	if (!e->addr && !name) {
		g_string_append_c(out, '-');
		return;
	}
	text = g_string_new(NULL);
	event_area_name(text, e, name);
	text_end(out, put_escaped(text_room(out, 4 * text->len), text->str, text->len));
}

static void add_freed_as(GString *out, const struct vm_event *e)
{
	if (e->after == VM_RANGE_WAITS)
		g_string_append(out, " waits");
}

static void add_event_ranges(GString *out, const struct vm_event *e)
{
	for (size_t i = 0; i < e->nr_ranges; i++) {
		const struct vm_event_range *r = &e->range[i];

		g_string_append_c(out, ' ');
		if (r->after == VM_RANGE_POOLED)
			g_string_append(out, "pool:");
		add_event_range(out, r->addr, r->size);
	}
}

static void add_said(GString *out, const char *text)
{
	size_t len = strlen(text);
	char *p = text_room(out, len + 1);

	*p++ = ' ';
	text_end(out, put_clean(p, text, len));
}

static void add_why(GString *out, const struct vm_event *e)
{
	char why[VM_WHY_MAX];

	switch ((enum vm_event_what)e->what) {
	case VM_EVENT_ALLOC:
	case VM_EVENT_RESERVE:
		if (e->before == VM_RANGE_POOLED)
			g_string_append(out, " from a pool");
		break;
	case VM_EVENT_FREE:
	case VM_EVENT_ABANDON:
		add_freed_as(out, e);
		break;
	case VM_EVENT_RESIZE:
		g_string_append(out, " was ");
		add_event_range(out, e->addr, e->old_size);
		break;
	case VM_EVENT_MOVE:
		g_string_append(out, " was ");
		add_event_range(out, e->old_addr, e->old_size);
		add_freed_as(out, e);
		break;
	case VM_EVENT_PURGE:
	case VM_EVENT_HOLD:
		add_event_ranges(out, e);
		break;
	case VM_EVENT_NAME:
		g_string_append(out, " was ");
		add_event_name(out, e->text[0], e);
		break;
	case VM_EVENT_FAIL:
		vm_event_why(e, why);
		g_string_append_printf(out, " %s", why);
		break;
	case VM_EVENT_SAY:
		add_said(out, e->text[0]);
		break;
	}
}

static void add_event(GString *out, const struct vm_event *e)
{
	char *p;

	g_string_append_printf(out, "%" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT ".%06u ", e->seq,
			       e->us / 1000000, (unsigned)(e->us % 1000000));
	p = text_room(out, 4 * TRACE_COMM);
	text_end(out, put_escaped(p, e->comm, strlen(e->comm)));
	g_string_append_printf(out, "-%d %s ", e->pid, vm_event_word(e->what));
	if (e->what == VM_EVENT_FAIL || e->what == VM_EVENT_SAY)
		g_string_append_c(out, '-');
	else
		add_event_range(out, e->addr, e->size);
	g_string_append_printf(out, " %" G_GUINT64_FORMAT " ", event_bytes(e));
	if (event_has_ranges(e))
		g_string_append_c(out, '-');
	else
		add_event_name(out, e->name, e);
	add_why(out, e);
	g_string_append_c(out, '\n');
}

/* The most bytes that an event's line takes. */
static size_t line_max(const struct vm_event *e)
{
	size_t names = (e->name ? strlen(e->name) : 0) + (e->text[0] ? strlen(e->text[0]) : 0);

	return 512 + VM_WHY_MAX + 8 * (size_t)e->depth * 2 + 4 * names + 64 * (size_t)e->nr_ranges;
}

GBytes *show_history(struct machine *m)
{
	struct vm_history h;
	GString *out;
	bool ok;

	if (vm_history_read_events(m, SIZE_MAX, &h))
		return NULL;
	out = g_string_new(NULL);
	ok = text_reserve(out, h.nr_events * LINE_GUESS + 1);
	for (size_t i = 0; ok && i < h.nr_events; i++) {
		ok = text_reserve(out, line_max(&h.event[i]));
		if (ok)
			add_event(out, &h.event[i]);
	}
	vm_history_free(&h);
	return text_finish(out, ok);
}
