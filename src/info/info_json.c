/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The report as JSON: one object for one file; for several, an object with all
 * of them in "files", and what changed.  Values are as in show/json.h.
 */
#include <string.h>

#include "info/image_changes.h"
#include "info/info_report.h"
#include "show/json.h"

/* Begins a member: its name, after a comma unless it is the first. */
static void json_key(GString *out, const char *key)
{
	char last = out->len ? out->str[out->len - 1] : '{';

	if (last != '{' && last != '[')
		g_string_append(out, ", ");
	if (key)
		g_string_append_printf(out, "\"%s\": ", key);
}

static void put_number(GString *out, const char *key, uint64_t v)
{
	json_key(out, key);
	text_end(out, put_json_number(text_room(out, JSON_NUMBER_MAX), v));
}

static void put_address(GString *out, const char *key, uint64_t v)
{
	json_key(out, key);
	text_end(out, put_json_vaddr(text_room(out, JSON_ADDR_MAX), v));
}

static void put_word(GString *out, const char *key, const char *s)
{
	size_t len = s ? strlen(s) : 0;
	char *p;

	json_key(out, key);
	if (!s) {
		g_string_append(out, "null");
		return;
	}
	p = text_room(out, len * JSON_NAME_FACTOR + 2);
	*p++ = '"';
	p = put_json_name(p, s, len);
	*p++ = '"';
	text_end(out, p);
}

static void put_bool(GString *out, const char *key, bool v)
{
	json_key(out, key);
	g_string_append(out, v ? "true" : "false");
}

static void open_bracket(GString *out, const char *key, char bracket)
{
	json_key(out, key);
	g_string_append_c(out, bracket);
}

static void json_quotes(GString *out, const char *key, const GArray *quotes)
{
	open_bracket(out, key, '[');
	for (guint i = 0; i < quotes->len; i++) {
		const struct listing_quote *q = &g_array_index(quotes, struct listing_quote, i);

		open_bracket(out, NULL, '{');
		put_number(out, "line", q->line);
		if (q->other)
			put_number(out, "overlaps_line", q->other);
		put_word(out, "text", q->text);
		g_string_append_c(out, '}');
	}
	g_string_append_c(out, ']');
}

/* How many areas there are of each kind. */
static void json_kinds(GString *out, const struct info *info)
{
	g_autoptr(GArray) kinds = info_group_by(info, BY_KIND);

	open_bracket(out, "kinds", '{');
	for (guint i = 0; i < kinds->len; i++) {
		const struct info_group *g = &g_array_index(kinds, struct info_group, i);

		put_number(out, g->name, g->areas);
	}
	g_string_append_c(out, '}');
}

static void json_failures(GString *out, const struct listing *l)
{
	open_bracket(out, "failures", '[');
	for (guint i = 0; i < l->failures->len; i++) {
		const struct listing_failure *f =
			&g_array_index(l->failures, struct listing_failure, i);

		open_bracket(out, NULL, '{');
		put_number(out, "line", f->line);
		put_number(out, "size", f->size);
		put_bool(out, "with_guard", f->with_guard);
		g_string_append_c(out, '}');
	}
	g_string_append_c(out, ']');
}

/* What came in, and what did not: the parts of the summary line. */
static void put_reading(GString *out, const struct info *info)
{
	const struct listing *l = info->l;

	put_word(out, "file", l->path);
	put_number(out, "lines", l->lines);
	put_number(out, "areas", l->nr_areas);
	json_kinds(out, info);
	put_number(out, "vm_map_ram", l->nr_map_ram);
	put_number(out, "unpurged", l->nr_unpurged);
	put_number(out, "without_guard", l->no_guard);
	put_number(out, "passed_over", l->passed_over);
	json_quotes(out, "passed_over_first", l->passed);
	put_number(out, "overlaps", l->nr_overlaps);
	json_quotes(out, "overlaps_first", l->overlaps);
	put_number(out, "other_machine", l->elsewhere);
	put_bool(out, "lines_left_out", l->elided);
	put_word(out, "problem", l->problem);
	put_bool(out, "hidden", l->hidden);
	put_word(out, "arch", l->arch);
	put_word(out, "kernel", l->kernel);
	put_number(out, "page_size", UINT64_C(1) << l->page_shift);
	json_failures(out, l);
}

static void json_holes(GString *out, const struct info_holes *h)
{
	put_number(out, "free", h->free);
	put_number(out, "holes", h->hole->len);
	put_number(out, "unusable", h->unusable);
	put_number(out, "largest_hole", h->largest.size);
	if (h->largest.size)
		put_address(out, "largest_at", h->largest.start);
}

static void put_hole_list(GString *out, const struct info_holes *h)
{
	open_bracket(out, "hole_list", '[');
	for (guint i = 0; i < h->hole->len; i++) {
		const struct info_hole *hole = &g_array_index(h->hole, struct info_hole, i);

		open_bracket(out, NULL, '{');
		put_address(out, "start", hole->start);
		put_number(out, "size", hole->size);
		g_string_append_c(out, '}');
	}
	g_string_append_c(out, ']');
}

static void json_space(GString *out, const struct info_space *s, bool list_holes)
{
	open_bracket(out, NULL, '{');
	put_word(out, "name", s->name);
	put_address(out, "start", s->window->start);
	put_address(out, "end", s->window->end);
	put_number(out, "size", s->window->end - s->window->start);
	put_word(out, "from", s->window->from);
	put_number(out, "areas", s->areas);
	put_number(out, "used", s->bytes);
	put_number(out, "guards", s->guards);
	put_number(out, "waiting", s->waiting_bytes);
	put_number(out, "waiting_ranges", s->waiting);
	json_holes(out, &s->holes);
	open_bracket(out, "purged", '{');
	json_holes(out, &s->purged);
	g_string_append_c(out, '}');
	if (list_holes)
		put_hole_list(out, &s->holes);
	g_string_append_c(out, '}');
}

static void json_groups(GString *out, const struct info *info, const struct info_options *o)
{
	guint n = info_rows(o, info->groups->len);

	put_word(out, "by", o->by_word);
	open_bracket(out, "groups", '[');
	for (guint i = 0; i < n; i++) {
		const struct info_group *g = &g_array_index(info->groups, struct info_group, i);

		open_bracket(out, NULL, '{');
		put_word(out, "name", g->name);
		put_number(out, "bytes", g->bytes);
		put_number(out, "areas", g->areas);
		put_number(out, "pages", g->pages);
		put_number(out, "largest", g->largest);
		put_number(out, "vmalloc_bytes", g->vmalloc_bytes);
		put_number(out, "vmalloc_areas", g->vmalloc_areas);
		g_string_append_c(out, '}');
	}
	g_string_append_c(out, ']');
}

static void put_places(GString *out, const char *key, const struct vm_place *places)
{
	open_bracket(out, key, '{');
	for (unsigned p = 0; p < NR_VM_POLICIES; p++) {
		const char *name = vm_policy_name((enum vm_policy)p);

		if (places[p].fits)
			put_address(out, name, places[p].addr);
		else
			put_word(out, name, NULL);
	}
	g_string_append_c(out, '}');
}

static void json_removals(GString *out, const struct info *info, const struct info_answer *answer)
{
	put_number(out, "removals", answer->a.nr_removals);
	open_bracket(out, "removals_smallest", '[');
	for (unsigned i = 0; i < answer->nr_removal; i++) {
		const struct listed *a = listing_area(info->l, answer->removal[i]);

		open_bracket(out, NULL, '{');
		put_address(out, "start", a->start);
		put_number(out, "size", a->size);
		put_word(out, "caller", listing_name(info->l, a->caller));
		g_string_append_c(out, '}');
	}
	g_string_append_c(out, ']');
}

static void put_answer(GString *out, const char *key, const struct info *info,
		       const struct info_answer *answer, bool all)
{
	const struct vm_answer *a = &answer->a;

	if (!answer->space) {
		put_word(out, key, NULL);
		return;
	}
	open_bracket(out, key, '{');
	put_number(out, "size", answer->request.size);
	put_number(out, "align", MAX(answer->request.align, UINT64_C(1) << info->l->page_shift));
	put_number(out, "with_guard", answer->full);
	put_word(out, "space", answer->space->name);
	put_bool(out, "fits", info_fits(answer));
	put_bool(out, "fits_without_purge", a->now[VM_FIRST_FIT].fits);
	put_places(out, "places", a->now);
	put_places(out, "places_purged", a->purged);
	if (all && !info_fits(answer)) {
		put_number(out, "largest_hole", a->largest);
		put_number(out, "largest_hole_purged", a->purged_largest);
		put_number(out, "wider_below", a->lower);
		put_number(out, "wider_above", a->higher);
		json_removals(out, info, answer);
		put_bool(out, "packing", a->packed);
	}
	g_string_append_c(out, '}');
}

static void json_file(GString *out, const struct info_report *r, unsigned i)
{
	const struct info *info = &r->info[i];

	open_bracket(out, NULL, '{');
	put_reading(out, info);
	open_bracket(out, "spaces", '[');
	for (unsigned k = 0; k < info->nr_spaces; k++)
		json_space(out, &info->space[k], r->o->holes);
	g_string_append_c(out, ']');
	open_bracket(out, "outside", '{');
	put_number(out, "areas", info->outside);
	put_number(out, "bytes", info->outside_bytes);
	g_string_append_c(out, '}');
	json_groups(out, info, r->o);
	if (r->enough)
		put_answer(out, "enough", info, &r->enough[i], true);
	if (r->next)
		put_answer(out, "next", info, &r->next[i], false);
	g_string_append_c(out, '}');
}

static void json_changes(GString *out, const struct info_report *r)
{
	g_autoptr(GArray) changes = info_changes(&r->info[0], &r->info[r->n - 1]);
	guint n = info_rows(r->o, changes->len);

	open_bracket(out, "changes", '[');
	for (guint i = 0; i < n; i++) {
		const struct info_change *c = &g_array_index(changes, struct info_change, i);

		open_bracket(out, NULL, '{');
		put_word(out, "name", c->name);
		put_word(out, "change", info_change_word(c));
		put_number(out, "from_bytes", c->from_bytes);
		put_number(out, "to_bytes", c->to_bytes);
		put_number(out, "from_areas", c->from_areas);
		put_number(out, "to_areas", c->to_areas);
		g_string_append_c(out, '}');
	}
	g_string_append_c(out, ']');
}

static void json_fates(GString *out, unsigned fates)
{
	open_bracket(out, "change", '[');
	for (unsigned k = 0; k < NR_FATES; k++)
		if (fates & 1u << k)
			put_word(out, NULL, image_fate_words[k]);
	g_string_append_c(out, ']');
}

static void put_address_or_null(GString *out, const char *key, uint64_t addr)
{
	if (addr)
		put_address(out, key, addr);
	else
		put_word(out, key, NULL);
}

static void json_image_change(GString *out, const struct image_change *c)
{
	open_bracket(out, NULL, '{');
	put_word(out, "name", c->name);
	put_word(out, "was", c->was);
	put_bool(out, "file", c->file);
	json_fates(out, c->fates);
	put_address_or_null(out, "from_address", c->from_addr);
	put_address_or_null(out, "to_address", c->to_addr);
	put_number(out, "from_size", c->from_size);
	put_number(out, "to_size", c->to_size);
	put_number(out, "bytes", c->bytes);
	put_number(out, "pages", c->pages);
	put_number(out, "first_byte", c->first);
	g_string_append_c(out, '}');
}

static void json_image_changes(GString *out, const struct info_report *r)
{
	guint n = info_rows(r->o, r->image_changes->len);

	open_bracket(out, "image_changes", '[');
	for (guint i = 0; i < n; i++)
		json_image_change(out, &g_array_index(r->image_changes, struct image_change, i));
	g_string_append_c(out, ']');
}

void info_json(const struct info_report *r, GString *out)
{
	if (r->n == 1) {
		json_file(out, r, 0);
	} else {
		g_string_append_c(out, '{');
		open_bracket(out, "files", '[');
		for (unsigned i = 0; i < r->n; i++)
			json_file(out, r, i);
		g_string_append_c(out, ']');
		json_changes(out, r);
		if (r->image_changes)
			json_image_changes(out, r);
		g_string_append_c(out, '}');
	}
	g_string_append_c(out, '\n');
}
