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

static void add_json_callers(GString *out, const struct snapshot *s)
{
	struct caller_sums callers;

	caller_sums_init(&callers, s);
	for (guint i = 0; i < callers.sum->len; i++) {
		g_string_append(out, i ? ",\n{" : "\n{");
		json_caller(out, caller_sum_at(&callers, i), SIZE_MAX);
		g_string_append_c(out, '}');
	}
	caller_sums_deinit(&callers);
}

/* "KEY": [...]: the freed ranges that are in pools, or those that are not. */
static void add_freed(GString *out, const char *key, const struct snapshot *s, bool pooled)
{
	bool any = false;

	g_string_append_printf(out, ",\n\"%s\": [", key);
	for (guint i = 0; i < s->lazy->len; i++) {
		if (snapshot_lazy(s, i)->pooled != pooled)
			continue;
		g_string_append(out, any ? ",\n{" : "\n{");
		json_lazy(out, snapshot_lazy(s, i));
		g_string_append_c(out, '}');
		any = true;
	}
	g_string_append(out, any ? "\n]" : "]");
}

GBytes *show_status_json(struct machine *m)
{
	g_autoptr(GString) out = NULL;
	struct snapshot s;
	struct figures f;

	snapshot_init(&s, m);
	figures_compute(&f, &s, m);
	out = g_string_sized_new(2048 + (gsize)s.areas->len * AREA_GUESS);

	g_string_append_c(out, '{');
	json_head(out, m, &f, &s);
	g_string_append(out, ",\n\"areas\": [");
	for (guint i = 0; i < s.areas->len; i++) {
		g_string_append(out, i ? ",\n{" : "\n{");
		json_area(out, &s, snapshot_area(&s, i));
		g_string_append_c(out, '}');
	}
	g_string_append(out, s.areas->len ? "\n]" : "]");
	add_freed(out, "lazy", &s, false);
	add_freed(out, "pooled", &s, true);
	g_string_append(out, ",\n\"callers\": [");
	add_json_callers(out, &s);
	g_string_append(out, s.areas->len ? "\n],\n" : "],\n");
	add_json_history(out, m);
	g_string_append(out, "}\n");

	snapshot_deinit(&s);
	return g_string_free_to_bytes(g_steal_pointer(&out));
}
