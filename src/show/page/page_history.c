/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The history in the data of map.html: what past.js reads.
 *
 *	base	the address that pages are counted from
 *	names	each name once; "" is no name
 *	tasks	each COMM-PID once
 *	now	the ranges of now, in ascending order: pages of the hole before it, pages,
 *		kind, name, bytes asked for; or with "brief" only the first three.  null:
 *		there are so many that no earlier moment can be shown
 *	events	[us since the one before, task, what + 16 * policy, ...], see add_what()
 *
 * A kind is its place in page_kinds, plus 8 for an area without a guard.
 */
#include <string.h>

#include <vmallocfs/history.h>

#include "show/json.h"
#include "show/page/page_history.h"

#define BRIEF_FROM 8192	  /* ranges */
#define RANGES_MAX 131072 /* a page has at most */
#define NAME_BYTES 120	  /* of a name; the rest of a longer one is left out */

static const char *const page_kinds[] = { "vmalloc", "user",	 "pages", "vmap",
					  "ioremap", "unmapped", "lazy",  "pooled" };

enum page_kind {
	PK_VMALLOC,
	PK_USER,
	PK_ARRAY,
	PK_VMAP,
	PK_IOREMAP,
	PK_UNMAPPED,
	PK_LAZY,
	PK_POOLED
};
#define PK_NO_GUARD 8

struct words {
	GHashTable *place; /* word -> place + 1 */
	GPtrArray *list;
};

static void words_init(struct words *w)
{
	w->list = g_ptr_array_new_with_free_func(g_free);
	w->place = g_hash_table_new(g_str_hash, g_str_equal);
}

static void words_deinit(struct words *w)
{
	g_hash_table_destroy(w->place);
	g_ptr_array_unref(w->list);
}

static guint word_place(struct words *w, const char *word)
{
	guint place = GPOINTER_TO_UINT(g_hash_table_lookup(w->place, word));
	char *copy;

	if (place)
		return place - 1;
	copy = g_strdup(word);
	g_ptr_array_add(w->list, copy);
	g_hash_table_insert(w->place, copy, GUINT_TO_POINTER(w->list->len));
	return w->list->len - 1;
}

static void add_words_list(GString *out, const char *key, const struct words *w)
{
	g_string_append_printf(out, ",\n\"%s\": [", key);
	for (guint i = 0; i < w->list->len; i++) {
		const char *word = g_ptr_array_index(w->list, i);
		size_t len = MIN(strlen(word), NAME_BYTES);
		char *p = text_room(out, JSON_NAME_FACTOR * len + 4);

		if (i)
			*p++ = ',';
		*p++ = '"';
		p = put_json_name(p, word, len);
		*p++ = '"';
		text_end(out, p);
	}
	g_string_append_c(out, ']');
}

struct history_page {
	GString *out;
	vaddr_t base;
	struct words names;
	struct words tasks;
};

static unsigned kind_of_flags(unsigned flags, unsigned depth)
{
	unsigned kind = PK_UNMAPPED;

	if (depth)
		kind = PK_ARRAY;
	else if (flags & VM_IOREMAP)
		kind = PK_IOREMAP;
	else if (flags & VM_MAP)
		kind = PK_VMAP;
	else if (flags & VM_USERMAP)
		kind = PK_USER;
	else if (flags & VM_ALLOC)
		kind = PK_VMALLOC;
	return kind | (flags & VM_NO_GUARD ? PK_NO_GUARD : 0);
}

static unsigned kind_of_range(const struct vm_moment_range *r)
{
	if (r->kind == VM_RANGE_WAITS)
		return PK_LAZY;
	if (r->kind == VM_RANGE_POOLED)
		return PK_POOLED;
	return kind_of_flags(r->flags, r->depth);
}

/* As status has it, but for an area without a name, which has none here either. */
static guint name_place(struct history_page *h, const char *name, unsigned depth, bool symbol)
{
	g_autoptr(GString) text = NULL;

	if (!name || !*name)
		return word_place(&h->names, "");
	if (!depth && !symbol)
		return word_place(&h->names, name);
	text = g_string_new(NULL);
	for (unsigned i = 0; i < depth; i++)
		g_string_append(text, "[pages:");
	g_string_append_printf(text, symbol && !depth ? "[%s]" : "%s", name);
	for (unsigned i = 0; i < depth; i++)
		g_string_append_c(text, ']');
	return word_place(&h->names, text->str);
}

static guint event_name_place(struct history_page *h, const struct vm_event *e, const char *name)
{
	return name_place(h, name, e->depth, e->flags & VM_SYMBOL);
}

static gint64 page_of(const struct history_page *h, vaddr_t addr)
{
	return (gint64)(addr - h->base) >> PAGE_SHIFT;
}

static void add_now(struct history_page *h, const struct vm_history *history)
{
	bool brief = history->nr_ranges > BRIEF_FROM;
	gint64 end = 0;

	if (history->nr_ranges > RANGES_MAX) {
		g_string_append(h->out, ",\n\"now\": null");
		return;
	}
	g_string_append_printf(h->out, ",\n\"brief\": %s, \"now\": [", brief ? "true" : "false");
	for (size_t i = 0; i < history->nr_ranges; i++) {
		const struct vm_moment_range *r = &history->range[i];
		gint64 at = page_of(h, r->addr), pages = (gint64)(r->size >> PAGE_SHIFT);

		g_string_append_printf(h->out, "%s%" G_GINT64_FORMAT ",%" G_GINT64_FORMAT ",%u",
				       i ? "," : "", at - end, pages, kind_of_range(r));
		if (!brief)
			g_string_append_printf(h->out, ",%u,%" G_GUINT64_FORMAT,
					       name_place(h, r->name, r->depth,
							  r->flags & VM_SYMBOL),
					       r->requested);
		end = at + pages;
	}
	g_string_append_c(h->out, ']');
}

/* ", name, page, pages, kind, bytes asked for" */
static void add_event_area(struct history_page *h, const struct vm_event *e)
{
	g_string_append_printf(
		h->out, ",%u,%" G_GINT64_FORMAT ",%" G_GUINT64_FORMAT ",%u,%" G_GUINT64_FORMAT,
		event_name_place(h, e, e->name), page_of(h, e->addr), e->size >> PAGE_SHIFT,
		kind_of_flags(e->flags, e->depth), e->requested);
}

static void add_event_text(struct history_page *h, const char *text)
{
	size_t len = strlen(text);
	char *p = put_str(text_room(h->out, JSON_NAME_FACTOR * len + 3), ",\"");

	p = put_json_text(p, text, len);
	*p++ = '"';
	text_end(h->out, p);
}

static void add_event_fail(struct history_page *h, const struct vm_event *e)
{
	char why[VM_WHY_MAX];
	char *p;

	vm_event_why(e, why);
	g_string_append_printf(h->out,
			       ",%u,%" G_GUINT64_FORMAT ",%" G_GUINT64_FORMAT ",%" G_GUINT64_FORMAT
			       ",%" G_GINT64_FORMAT ",%" G_GUINT64_FORMAT ",\"",
			       event_name_place(h, e, e->name), e->size >> PAGE_SHIFT, e->requested,
			       e->align, page_of(h, e->old_addr), e->old_size >> PAGE_SHIFT);
	p = text_room(h->out, JSON_NAME_FACTOR * strlen(why) + 1);
	p = put_json_name(p, why, strlen(why));
	*p++ = '"';
	text_end(h->out, p);
}

/*
 * What each event has beside when, who and what.  AREA is: name, page, pages, kind,
 * bytes asked for.
 *
 *	alloc, reserve	AREA, before	before, after: 0 free, 2 waits, 3 in a pool
 *	free, abandon	AREA, after
 *	resize		AREA, old pages, old bytes asked for
 *	move		AREA, old page, old pages, old bytes asked for, after
 *	name		AREA, old name
 *	purge, hold	page, pages, before, after; page, ...
 *	fail		name, pages, bytes asked for, alignment, page of the largest hole,
 *			its pages, why
 *	say		what was said
 */
static void add_what(struct history_page *h, const struct vm_event *e)
{
	GString *out = h->out;

	switch ((enum vm_event_what)e->what) {
	case VM_EVENT_ALLOC:
	case VM_EVENT_RESERVE:
		add_event_area(h, e);
		g_string_append_printf(out, ",%u", e->before);
		break;
	case VM_EVENT_FREE:
	case VM_EVENT_ABANDON:
		add_event_area(h, e);
		g_string_append_printf(out, ",%u", e->after);
		break;
	case VM_EVENT_RESIZE:
		add_event_area(h, e);
		g_string_append_printf(out, ",%" G_GUINT64_FORMAT ",%" G_GUINT64_FORMAT,
				       e->old_size >> PAGE_SHIFT, e->old_requested);
		break;
	case VM_EVENT_MOVE:
		add_event_area(h, e);
		g_string_append_printf(out,
				       ",%" G_GINT64_FORMAT ",%" G_GUINT64_FORMAT
				       ",%" G_GUINT64_FORMAT ",%u",
				       page_of(h, e->old_addr), e->old_size >> PAGE_SHIFT,
				       e->old_requested, e->after);
		break;
	case VM_EVENT_NAME:
		add_event_area(h, e);
		g_string_append_printf(out, ",%u", event_name_place(h, e, e->text[0]));
		break;
	case VM_EVENT_PURGE:
	case VM_EVENT_HOLD:
		for (size_t i = 0; i < e->nr_ranges; i++)
			g_string_append_printf(out,
					       ",%" G_GINT64_FORMAT ",%" G_GUINT64_FORMAT ",%u,%u",
					       page_of(h, e->range[i].addr),
					       e->range[i].size >> PAGE_SHIFT, e->range[i].before,
					       e->range[i].after);
		break;
	case VM_EVENT_FAIL:
		add_event_fail(h, e);
		break;
	case VM_EVENT_SAY:
		add_event_text(h, e->text[0]);
		break;
	}
}

static void add_page_events(struct history_page *h, const struct vm_history *history)
{
	uint64_t us = 0;

	g_string_append(h->out, ",\n\"events\": [");
	for (size_t i = 0; i < history->nr_events; i++) {
		const struct vm_event *e = &history->event[i];
		char task[TRACE_COMM + 16];

		g_snprintf(task, sizeof(task), "%s-%d", e->comm, e->pid);
		g_string_append_printf(h->out, "%s[%" G_GINT64_FORMAT ",%u,%u", i ? ",\n" : "\n",
				       (gint64)(e->us - us), word_place(&h->tasks, task),
				       e->what + 16 * e->policy);
		us = e->us;
		add_what(h, e);
		g_string_append_c(h->out, ']');
	}
	g_string_append_c(h->out, ']');
}

void add_page_history(GString *out, struct machine *m)
{
	struct history_page h = { .out = out, .base = m->vmalloc_start };
	struct vm_history history;
	char *p;

	if (vm_history_read(m, &history)) {
		g_string_append(out, "\"history\": null");
		return;
	}
	/* Lines, and words with their tables. */
	if (!host_has(history.nr_events * 1024)) {
		vm_history_free(&history);
		g_string_append(out, "\"history\": null");
		return;
	}
	words_init(&h.names);
	words_init(&h.tasks);
	p = put_json_addr(put_str(text_room(out, 128 + JSON_ADDR_MAX), "\"history\": {\"base\": "),
			  h.base);
	text_end(out, p);
	g_string_append_printf(out,
			       ", \"first\": %" G_GUINT64_FORMAT ", \"limit\": %zu, \"kinds\": [",
			       history.nr_events ? history.event[0].seq : 0, vmalloc_history(m));
	for (guint i = 0; i < G_N_ELEMENTS(page_kinds); i++)
		g_string_append_printf(out, "%s\"%s\"", i ? ", " : "", page_kinds[i]);
	g_string_append(out, "], \"policies\": [");
	for (unsigned i = 0; i < NR_VM_POLICIES; i++)
		g_string_append_printf(out, "%s\"%s\"", i ? ", " : "", vm_policy_name(i));
	g_string_append(out, "], \"words\": [");
	for (unsigned i = 0; i < NR_VM_EVENTS; i++)
		g_string_append_printf(out, "%s\"%s\"", i ? ", " : "", vm_event_word(i));
	g_string_append_c(out, ']');
	add_now(&h, &history);
	add_page_events(&h, &history);
	add_words_list(out, "names", &h.names);
	add_words_list(out, "tasks", &h.tasks);
	g_string_append_c(out, '}');
	words_deinit(&h.names);
	words_deinit(&h.tasks);
	vm_history_free(&history);
}
