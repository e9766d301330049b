/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * status.json: what status says, for jq.
 *
 *	{"machine": {...},
 *	"figures": {...},
 *	"spaces": [...],
 *	"areas": [
 *	{"start": "0xffffc90000000000", "end": ..., "name": "a", ...},
 *	...
 *	],
 *	"lazy": [...],
 *	"pooled": [...],
 *	"callers": [...],
 *	"history": [...]}
 *
 * One object, with a line for each area, so that grep works too.
 */
#include "show/json.h"
#include "show/own/history_json.h"
#include "show/show.h"

#define AREA_GUESS 256 /* bytes a line usually has */

/* All of these are false if the host has no memory for what they add. */

static bool add_json_areas(GString *out, const struct snapshot *s)
{
	for (guint i = 0; i < s->areas->len; i++) {
		const struct area_record *a = snapshot_area(s, i);

		if (!text_reserve(out, json_area_max(s, a)))
			return false;
		g_string_append(out, i ? ",\n{" : "\n{");
		json_area(out, s, a);
		g_string_append_c(out, '}');
	}
	g_string_append(out, s->areas->len ? "\n]" : "]");
	return true;
}

static bool add_json_callers(GString *out, const struct snapshot *s)
{
	struct caller_sums callers;
	bool ok;

	caller_sums_init(&callers, s);
	ok = !callers.failed;
	for (guint i = 0; ok && i < callers.sum->len; i++) {
		const struct caller_sum *sum = caller_sum_at(&callers, i);

		ok = text_reserve(out, json_caller_max(sum));
		if (!ok)
			break;
		g_string_append(out, i ? ",\n{" : "\n{");
		json_caller(out, sum, SIZE_MAX);
		g_string_append_c(out, '}');
	}
	caller_sums_deinit(&callers);
	return ok;
}

/* "KEY": [...]: the freed ranges that are in pools, or those that are not. */
static bool add_freed(GString *out, const char *key, const struct snapshot *s, bool pooled)
{
	bool any = false;

	g_string_append_printf(out, ",\n\"%s\": [", key);
	for (guint i = 0; i < s->lazy->len; i++) {
		if (snapshot_lazy(s, i)->pooled != pooled)
			continue;
		if (!text_reserve(out, JSON_RANGE_MAX))
			return false;
		g_string_append(out, any ? ",\n{" : "\n{");
		json_lazy(out, snapshot_lazy(s, i));
		g_string_append_c(out, '}');
		any = true;
	}
	g_string_append(out, any ? "\n]" : "]");
	return true;
}

GBytes *show_status_json(struct machine *m)
{
	GString *out = g_string_sized_new(8192);
	struct snapshot s;
	struct figures f;
	bool ok;

	snapshot_init(&s, m);
	figures_compute(&f, &s, m);
	ok = !s.failed && text_reserve(out, 2048 + (gsize)s.areas->len * AREA_GUESS);
	g_string_append_c(out, '{');
	json_head(out, m, &f, &s);
	g_string_append(out, ",\n\"areas\": [");
	ok = ok && add_json_areas(out, &s) && add_freed(out, "lazy", &s, false) &&
	     add_freed(out, "pooled", &s, true);
	g_string_append(out, ",\n\"callers\": [");
	ok = ok && add_json_callers(out, &s);
	g_string_append(out, s.areas->len ? "\n],\n" : "],\n");
	if (ok)
		add_json_history(out, m);
	g_string_append(out, "}\n");

	snapshot_deinit(&s);
	return text_finish(out, ok);
}
