/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The newest events in status.json:
 *
 *	"history": [
 *	{"seq": 7, "time": 12.345678, "comm": "truncate", "pid": 42, "event": "alloc",
 *		"policy": "first-fit", "start": "0x...", "end": "0x...", "size": 69632,
 *		"name": "a", "requested": 65536},
 *	{"seq": 8, ..., "event": "fail", ..., "size": 135168, "name": "b", "requested": 131072,
 *		"largest_hole": 4096, "largest_hole_at": "0x...", "why": "..."}
 *	{"seq": 9, ..., "event": "say", ..., "text": "b does not fit"}
 *	]
 *
 * Each on a line of its own.  All of them are in sys/kernel/mm/vmalloc/history.
 */
#include "show/own/history_json.h"

#include "show/event_words.h"
#include "show/json.h"

#define EVENTS_MAX 1024

static void json_event_number(GString *out, const char *key, uint64_t v)
{
	char *p = text_room(out, 64 + JSON_NUMBER_MAX);

	p = put_str(put_str(put_str(p, ", \""), key), "\": ");
	text_end(out, put_json_number(p, v));
}

static void json_event_address(GString *out, const char *key, vaddr_t addr)
{
	char *p = text_room(out, 64 + JSON_ADDR_MAX);

	p = put_str(put_str(put_str(p, ", \""), key), "\": ");
	text_end(out, put_json_vaddr(p, addr));
}

static void json_event_string(GString *out, const char *key, const char *s)
{
	size_t len = strlen(s);
	char *p = text_room(out, 64 + JSON_NAME_FACTOR * len);

	p = put_str(put_str(put_str(p, ", \""), key), "\": \"");
	p = put_json_name(p, s, len);
	*p++ = '"';
	text_end(out, p);
}

static void json_event_bounds(GString *out, vaddr_t addr, uint64_t size)
{
	json_event_address(out, "start", addr);
	json_event_address(out, "end", addr + size);
	json_event_number(out, "size", size);
}

static void json_event_area(GString *out, const struct vm_event *e)
{
	g_autoptr(GString) name = g_string_new(NULL);

	json_event_bounds(out, e->addr, e->size);
	event_area_name(name, e, e->name);
	json_event_string(out, "name", name->str);
	json_event_number(out, "requested", e->requested);
	if (e->what == VM_EVENT_RESIZE || e->what == VM_EVENT_MOVE)
		json_event_number(out, "old_size", e->old_size);
	if (e->what == VM_EVENT_MOVE)
		json_event_address(out, "old_start", e->old_addr);
	if (e->what == VM_EVENT_NAME) {
		event_area_name(name, e, e->text[0]);
		json_event_string(out, "old_name", name->str);
	}
	if (e->before == VM_RANGE_POOLED)
		g_string_append(out, ", \"from_pool\": true");
	if (e->after == VM_RANGE_WAITS)
		g_string_append(out, ", \"waits\": true");
}

static void json_event_ranges(GString *out, const struct vm_event *e)
{
	json_event_number(out, "size", event_bytes(e));
	g_string_append(out, ", \"ranges\": [");
	for (size_t i = 0; i < e->nr_ranges; i++) {
		const struct vm_event_range *r = &e->range[i];
		char *p = text_room(out, 64 + 2 * JSON_ADDR_MAX);

		p = put_json_vaddr(put_str(p, i ? ", [" : "["), r->addr);
		p = put_json_vaddr(put_str(p, ", "), r->addr + r->size);
		*p++ = ']';
		text_end(out, p);
	}
	g_string_append_c(out, ']');
}

static void json_event_failure(GString *out, const struct vm_event *e)
{
	char why[VM_WHY_MAX];

	json_event_number(out, "size", e->size);
	if (e->name)
		json_event_string(out, "name", e->name);
	json_event_number(out, "requested", e->requested);
	if (e->align)
		json_event_number(out, "align", e->align);
	json_event_number(out, "largest_hole", e->old_size);
	if (e->old_size)
		json_event_address(out, "largest_hole_at", e->old_addr);
	vm_event_why(e, why);
	json_event_string(out, "why", why);
}

static void json_event_text(GString *out, const char *text)
{
	size_t len = strlen(text);
	char *p = put_str(text_room(out, 64 + JSON_NAME_FACTOR * len), ", \"text\": \"");

	p = put_json_text(p, text, len);
	*p++ = '"';
	text_end(out, p);
}

static void add_json_event(GString *out, const struct vm_event *e)
{
	g_string_append_printf(out,
			       "{\"seq\": %" G_GUINT64_FORMAT ", \"time\": %" G_GUINT64_FORMAT
			       ".%06u",
			       e->seq, e->us / 1000000, (unsigned)(e->us % 1000000));
	json_event_string(out, "comm", e->comm);
	g_string_append_printf(out, ", \"pid\": %d", e->pid);
	json_event_string(out, "event", vm_event_word(e->what));
	json_event_string(out, "policy", vm_policy_name(e->policy));
	if (event_has_ranges(e))
		json_event_ranges(out, e);
	else if (e->what == VM_EVENT_FAIL)
		json_event_failure(out, e);
	else if (e->what == VM_EVENT_SAY)
		json_event_text(out, e->text[0]);
	else
		json_event_area(out, e);
	g_string_append_c(out, '}');
}

void add_json_history(GString *out, struct machine *m)
{
	struct vm_history h;

	if (vm_history_read_events(m, EVENTS_MAX, &h)) {
		g_string_append(out, "\"history\": null");
		return;
	}
	g_string_append(out, "\"history\": [");
	for (size_t i = 0; i < h.nr_events; i++) {
		g_string_append(out, i ? ",\n" : "\n");
		add_json_event(out, &h.event[i]);
	}
	g_string_append(out, h.nr_events ? "\n]" : "]");
	vm_history_free(&h);
}
