/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One table as comma-separated values: who uses it; with --holes, the holes;
 * with several files, a row for each.
 */
#include <inttypes.h>
#include <string.h>

#include "info/info_report.h"

/* A field, quoted if necessary. */
static void put_csv_field(GString *out, const char *s)
{
	if (!strpbrk(s, ",\"\r\n")) {
		g_string_append(out, s);
		return;
	}
	g_string_append_c(out, '"');
	for (; *s; s++) {
		if (*s == '"')
			g_string_append_c(out, '"');
		g_string_append_c(out, *s);
	}
	g_string_append_c(out, '"');
}

static void csv_groups(const struct info_report *r, GString *out)
{
	const GArray *groups = r->info[0].groups;
	guint n = info_rows(r->o, groups->len);

	g_string_append_printf(out, "%s,bytes,areas,pages,largest,vmalloc_bytes,vmalloc_areas\n",
			       r->o->by_word);
	for (guint i = 0; i < n; i++) {
		const struct info_group *g = &g_array_index(groups, struct info_group, i);

		put_csv_field(out, g->name);
		g_string_append_printf(out,
				       ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64
				       ",%" PRIu64 "\n",
				       g->bytes, g->areas, g->pages, g->largest, g->vmalloc_bytes,
				       g->vmalloc_areas);
	}
}

static void csv_holes(const struct info_report *r, GString *out)
{
	const struct info *info = &r->info[0];

	g_string_append(out, "space,start,size\n");
	for (unsigned i = 0; i < info->nr_spaces; i++) {
		const GArray *holes = info->space[i].holes.hole;

		for (guint k = 0; k < holes->len; k++) {
			const struct info_hole *h = &g_array_index(holes, struct info_hole, k);

			g_string_append_printf(out, "%s," ADDR_FMT ",%" PRIu64 "\n",
					       info->space[i].name, ADDR_ARG(info->l, h->start),
					       h->size);
		}
	}
}

static void csv_series(const struct info_report *r, GString *out)
{
	g_string_append(out, "file,areas,used,waiting,free,largest_hole,holes,unusable\n");
	for (unsigned i = 0; i < r->n; i++) {
		const struct info *info = &r->info[i];
		const struct info_space *s = &info->space[0];

		put_csv_field(out, info->l->path);
		if (!info->nr_spaces) {
			g_string_append_printf(out, ",%" PRIu64 ",,,,,,\n", info->l->nr_areas);
			continue;
		}
		g_string_append_printf(out,
				       ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64
				       ",%u,%" PRIu64 "\n",
				       s->areas, s->bytes, s->waiting_bytes, s->holes.free,
				       s->holes.largest.size, s->holes.hole->len,
				       s->holes.unusable);
	}
}

void info_csv(const struct info_report *r, GString *out)
{
	if (r->n > 1)
		csv_series(r, out);
	else if (r->o->holes)
		csv_holes(r, out);
	else
		csv_groups(r, out);
}
