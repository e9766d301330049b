/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Failures, one below the other.
 */
#include <inttypes.h>

#include "replay/failures.h"
#include "replay/report_failures.h"
#include "show/json.h"
#include "show/show.h"

static unsigned shown_holes(const struct failure *f)
{
	return (unsigned)MIN(f->nr_holes, FAILURE_HOLES);
}

static void add_when(GString *out, const struct replay *r, const struct failure *f)
{
	char seconds[G_ASCII_DTOSTR_BUF_SIZE];

	g_string_append_printf(out, "event %" PRIu64 ", line %" PRIu64, f->event, f->line);
	if (r->timed)
		g_string_append_printf(out, ", at %s s",
				       g_ascii_formatd(seconds, sizeof(seconds), "%.6f",
						       (double)f->now / 1e9));
	if (f->name) {
		g_string_append(out, ", ");
		show_escape(out, f->name);
	}
}

static void add_failure(GString *out, const struct replay *r, const struct failure *f)
{
	add_when(out, r, f);
	g_string_append_printf(out, ":\n\t%s\n\t%s\n", f->why, f->help);
	g_string_append_printf(out, "\t%" PRIu64 " hole%s with %" PRIu64 " bytes%s\n", f->nr_holes,
			       f->nr_holes == 1 ? "" : "s", f->free,
			       f->nr_holes > FAILURE_HOLES ? ", of which the largest are" : "");
	for (unsigned i = 0; i < shown_holes(f); i++)
		run_hole_append(out, &f->largest[i]);
}

void report_failures_table(const struct replay *r, GString *out)
{
	for (unsigned i = 0; i < r->nr_runs; i++) {
		const struct failures *all = r->run[i].failures;

		if (!all)
			continue;
		if (!all->seen) {
			g_string_append_printf(out, "\n%s: no failures\n", run_name(&r->run[i]));
			continue;
		}
		g_string_append_printf(out, "\n%s failed, %u of %" PRIu64 ":\n",
				       run_name(&r->run[i]), all->kept->len, all->seen);
		for (guint n = 0; n < all->kept->len; n++)
			add_failure(out, r, &g_array_index(all->kept, struct failure, n));
	}
}

static void add_json_text(GString *out, const char *text)
{
	size_t len = strlen(text);
	char *p = text_room(out, JSON_NAME_FACTOR * len + 2);

	*p++ = '"';
	p = put_json_name(p, text, len);
	*p++ = '"';
	text_end(out, p);
}

static void add_failure_json(GString *out, const struct replay *r, const struct failure *f)
{
	char seconds[G_ASCII_DTOSTR_BUF_SIZE];

	g_string_append_printf(
		out,
		"\n\t\t\t\t{ \"event\": %" PRIu64 ", \"line\": %" PRIu64 ", \"time\": ", f->event,
		f->line);
	g_string_append(out, r->timed ? g_ascii_formatd(seconds, sizeof(seconds), "%.9f",
							(double)f->now / 1e9)
				      : "null");
	g_string_append(out, ", \"name\": ");
	if (f->name)
		add_json_text(out, f->name);
	else
		g_string_append(out, "null");
	g_string_append(out, ", \"why\": ");
	add_json_text(out, f->why);
	g_string_append(out, ", \"help\": ");
	add_json_text(out, f->help);
	g_string_append_printf(out,
			       ", \"holes\": %" PRIu64 ", \"free\": %" PRIu64
			       ", \"largest_holes\": [",
			       f->nr_holes, f->free);
	for (unsigned i = 0; i < shown_holes(f); i++)
		g_string_append_printf(out, "%s[\"0x%0*" PRIx64 "\", %" PRIu64 "]", i ? ", " : "",
				       kernel_address_digits(f->largest[i].start),
				       f->largest[i].start, f->largest[i].size);
	g_string_append(out, "] }");
}

void report_failures_json(const struct replay *r, unsigned run, GString *out)
{
	const struct failures *all = r->run[run].failures;

	if (!all)
		return;
	g_string_append(out, ",\n\t\t\t\"failed\": [");
	for (guint n = 0; n < all->kept->len; n++) {
		g_string_append(out, n ? "," : "");
		add_failure_json(out, r, &g_array_index(all->kept, struct failure, n));
	}
	g_string_append(out, "\n\t\t\t]");
}
