/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One page that stands alone: the text report, the picture, and a table whose
 * rows can be sorted.
 */
#include <inttypes.h>

#include "info/info_report.h"

static const char head[] =
	"<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	"<title>vmallocfs-info</title>\n<style>\n"
	"body { font: 15px/1.45 system-ui, sans-serif; margin: 2em auto; max-width: 1240px;\n"
	"       color: #1b1f24; background: #fff; padding: 0 1em }\n"
	"pre { overflow-x: auto; background: #f6f8fa; padding: 1em }\n"
	"table { border-collapse: collapse; font-variant-numeric: tabular-nums }\n"
	"th, td { padding: .15em .8em; text-align: right; border-bottom: 1px solid #d8dee4 }\n"
	"th { cursor: pointer } th:first-child, td:first-child { text-align: left }\n"
	"td.bar { width: 220px; text-align: left }\n"
	".bar div { background: #0072b2; height: .9em }\n"
	"svg { max-width: 100%; height: auto }\n"
	"</style>\n</head>\n<body>\n";

static const char script[] =
	"<script>\n"
	"document.querySelectorAll('th').forEach((th, i) => th.onclick = () => {\n"
	"	const body = th.closest('table').tBodies[0], up = th.dataset.up = th.dataset.up ? '' : '1';\n"
	"	const value = row => row.cells[i].dataset.v ?? row.cells[i].textContent;\n"
	"	[...body.rows].sort((a, b) => (up ? -1 : 1) * (i ? value(a) - value(b) :\n"
	"		value(a).localeCompare(value(b)))).forEach(row => body.append(row));\n"
	"});\n"
	"</script>\n";

static void put_text(GString *out, const char *text)
{
	g_autofree char *valid = g_utf8_make_valid(text, -1);
	g_autofree char *escaped = g_markup_escape_text(valid, -1);

	g_string_append(out, escaped);
}

static void put_table(GString *out, const struct info_report *r, const struct info *info)
{
	guint n = info_rows(r->o, info->groups->len);
	uint64_t most = n ? g_array_index(info->groups, struct info_group, 0).bytes : 1;

	g_string_append_printf(out,
			       "<table>\n<thead><tr><th>%s</th><th>bytes</th><th>areas</th>"
			       "<th>pages</th><th>largest</th><th>in vmalloc</th><th></th></tr>"
			       "</thead>\n<tbody>\n",
			       r->o->by_word);
	for (guint i = 0; i < n; i++) {
		const struct info_group *g = &g_array_index(info->groups, struct info_group, i);

		g_string_append(out, "<tr><td>");
		put_text(out, g->name);
		g_string_append_printf(out,
				       "</td><td>%" PRIu64 "</td><td>%" PRIu64 "</td><td>%" PRIu64
				       "</td><td>%" PRIu64 "</td><td>%" PRIu64
				       "</td><td class=\"bar\" data-v=\"%" PRIu64
				       "\"><div style=\"width: %u%%\"></div></td></tr>\n",
				       g->bytes, g->areas, g->pages, g->largest, g->vmalloc_bytes,
				       g->bytes,
				       (unsigned)((double)g->bytes / (double)MAX(most, 1) * 100));
	}
	g_string_append(out, "</tbody>\n</table>\n");
}

/* The picture without its XML declaration, which must not be inside a page. */
static void put_picture(GString *out, const struct info *info)
{
	g_autoptr(GBytes) svg = info_svg(info);
	gsize len;
	const char *data = g_bytes_get_data(svg, &len);
	const char *at = g_strstr_len(data, (gssize)len, "<svg");

	if (at)
		g_string_append_len(out, at, (gssize)len - (at - data));
}

GBytes *info_html(const struct info_report *r)
{
	const struct info *info = &r->info[r->n - 1];
	GString *out = g_string_new(head);
	g_autoptr(GString) text = g_string_new(NULL), summary = g_string_new(NULL);

	g_string_append(out, "<h1>");
	put_text(out, info->l->path);
	g_string_append(out, "</h1>\n<p>");
	listing_summary(info->l, summary);
	put_text(out, summary->str);
	g_string_append(out, "</p>\n");
	put_picture(out, info);
	g_string_append_c(out, '\n');
	put_table(out, r, info);
	info_text(r, false, text);
	g_string_append(out, "<h2>The report</h2>\n<pre>");
	put_text(out, text->str);
	g_string_append(out, "</pre>\n");
	g_string_append(out, script);
	g_string_append(out, "</body>\n</html>\n");
	return g_string_free_to_bytes(out);
}
