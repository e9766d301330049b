/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The report in three formats.
 */
#include <inttypes.h>
#include <string.h>

#include "replay/report.h"
#include "replay/report_callers.h"
#include "replay/report_columns.h"
#include "replay/report_diff.h"
#include "replay/report_failures.h"
#include "replay/report_followed.h"
#include "replay/report_moment.h"

static void add_cell(GString *out, const struct report_column *column, const struct run_figures *f)
{
	g_autoptr(GString) cell = g_string_new(NULL);

	report_text(cell, column, report_value(column, f));
	g_string_append_printf(out, "%14s", cell->str);
}

static bool compared(const struct replay *r)
{
	return r->run[0].figures.compared;
}

static void table_problems(GString *out, const struct replay *r)
{
	for (unsigned i = 0; i < NR_PROBLEMS; i++) {
		const struct problem_count *p = &r->problem[i];

		if (i == PROBLEM_CUT && r->cut)
			g_string_append_printf(out,
					       "note: %s, after line %" PRIu64
					       "; what was read counts\n",
					       r->cut, r->lines);
		else if (p->count)
			g_string_append_printf(out,
					       "note: %s: %" PRIu64 ", first at line %" PRIu64 "\n",
					       problem_text(i), p->count, p->line);
	}
	if (replay_began_full(r))
		g_string_append_printf(
			out,
			"note: the first area of the trace is at 0x%" PRIx64
			" and not at 0x%" PRIx64
			": the space was not empty when the trace began; --load=FILE "
			"begins with a saved /proc/vmallocinfo\n",
			r->first_at, r->first_lowest);
	if (r->per_cpu)
		g_string_append_printf(out,
				       "note: for policies of Linux, a per-CPU area that no trace "
				       "shows is taken to be at 0x%" PRIx64 "\n",
				       r->per_cpu);
	if (r->purge_lines)
		g_string_append_printf(out,
				       "note: %" PRIu64 " purge lines, and nothing waits for them; "
				       "--lazy=N has freed ranges wait\n",
				       r->purge_lines);
}

static void table_compared(GString *out, const struct replay *r)
{
	g_string_append_c(out, '\n');
	for (unsigned i = 0; i < r->nr_runs; i++) {
		const struct run_figures *f = &r->run[i].figures;

		g_string_append_printf(out, "%s: %" PRIu64 " of %" PRIu64 " as in the trace (",
				       run_name(&r->run[i]), f->same, f->compared);
		/* 99.996 is not all of them. */
		report_ratio(out, "%.2f",
			     f->same == f->compared ? 100 : MIN(same_percent(f), 99.99));
		g_string_append(out, " %)\n");
	}
}

/* Which part of the trace the figures are of, if not all of it. */
static void table_span(GString *out, const struct replay *r)
{
	if (r->config.at)
		g_string_append_printf(out, "as it was after event %" PRIu64 "\n", r->events);
	if (r->began > 1)
		g_string_append_printf(out, "figures from event %" PRIu64 " on\n", r->began);
}

static void report_table(GString *out, const struct replay *r, const struct report_options *o)
{
	table_span(out, r);
	g_string_append_printf(out,
			       "%" PRIu64 " lines, %" PRIu64 " events, at most %" PRIu64
			       " areas at one time\n",
			       r->lines, r->events, r->live.most);
	if (r->loaded)
		g_string_append_printf(out, "%" PRIu64 " areas were there before\n", r->loaded);
	table_problems(out, r);

	g_string_append_printf(out, "\n%-25s", "");
	for (unsigned i = 0; i < r->nr_runs; i++)
		g_string_append_printf(out, "%14s", run_name(&r->run[i]));
	g_string_append_c(out, '\n');
	for (size_t i = 0; i < NR_REPORT_COLUMNS; i++) {
		if (report_columns[i].compared && !compared(r))
			continue;
		g_string_append_printf(out, "%-25s", report_columns[i].title);
		for (unsigned run = 0; run < r->nr_runs; run++)
			add_cell(out, &report_columns[i], &r->run[run].figures);
		g_string_append_c(out, '\n');
	}
	if (compared(r)) {
		table_compared(out, r);
		report_followed_table(r, out);
	}
	report_callers_table(r, out);
	report_diff_table(r, o->other, out);
	report_failures_table(r, out);
	report_moment_table(r, !o->layout, out);
}

static void report_csv(GString *out, const struct replay *r, const struct report_options *o)
{
	(void)o;
	g_string_append(out, "policy,events");
	for (size_t i = 0; i < NR_REPORT_COLUMNS; i++)
		g_string_append_printf(out, ",%s", report_columns[i].key);
	report_followed_csv_head(r, out);
	g_string_append_c(out, '\n');
	for (unsigned run = 0; run < r->nr_runs; run++) {
		const struct run_figures *f = &r->run[run].figures;

		g_string_append_printf(out, "%s,%" PRIu64, run_name(&r->run[run]), f->events);
		for (size_t i = 0; i < NR_REPORT_COLUMNS; i++) {
			g_string_append_c(out, ',');
			if (!report_columns[i].compared || compared(r))
				report_plain(out, &report_columns[i], f);
		}
		report_followed_csv(r, run, out);
		g_string_append_c(out, '\n');
	}
}

static const char *const problem_keys[NR_PROBLEMS] = {
	[PROBLEM_JUNK] = "junk_lines",		[PROBLEM_TOO_LONG] = "too_long_lines",
	[PROBLEM_NO_NAME] = "unknown_names",	[PROBLEM_NO_ADDRESS] = "frees_from_before",
	[PROBLEM_TWICE] = "double_allocations", [PROBLEM_LOST] = "lost_events",
	[PROBLEM_CUT] = "truncated_input",
};

static void report_json(GString *out, const struct replay *r, const struct report_options *o)
{
	g_string_append_printf(out,
			       "{\n\t\"lines\": %" PRIu64 ",\n\t\"events\": %" PRIu64
			       ",\n\t\"first_event\": %" PRIu64 ",\n\t\"most_areas\": %" PRIu64
			       ",\n\t\"loaded_areas\": %" PRIu64
			       ",\n\t\"began_empty\": %s,\n\t\"problems\": {",
			       r->lines, r->events, MAX(r->began, 1), r->live.most, r->loaded,
			       r->loaded || replay_began_full(r) ? "false" : "true");
	for (unsigned i = 0; i < NR_PROBLEMS; i++)
		g_string_append_printf(out, "%s\n\t\t\"%s\": %" PRIu64, i ? "," : "",
				       problem_keys[i], r->problem[i].count);
	g_string_append(out, "\n\t},\n\t\"runs\": [");
	for (unsigned run = 0; run < r->nr_runs; run++) {
		const struct run_figures *f = &r->run[run].figures;

		g_string_append_printf(out, "%s\n\t\t{\n\t\t\t\"policy\": \"%s\"", run ? "," : "",
				       run_name(&r->run[run]));
		for (size_t i = 0; i < NR_REPORT_COLUMNS; i++) {
			if (report_columns[i].compared && !compared(r))
				continue;
			g_string_append_printf(out, ",\n\t\t\t\"%s\": ", report_columns[i].key);
			report_plain(out, &report_columns[i], f);
		}
		report_followed_json(r, run, out);
		report_failures_json(r, run, out);
		report_moment_json(r, run, out);
		report_diff_json(r, run, o->other, out);
		g_string_append(out, "\n\t\t}");
	}
	g_string_append(out, "\n\t]");
	report_callers_json(r, out);
	g_string_append(out, "\n}\n");
}

GString *replay_report(const struct replay *r, const struct report_options *o)
{
	static void (*const reports[])(GString * out, const struct replay *r,
				       const struct report_options *o) = {
		[REPORT_TABLE] = report_table,
		[REPORT_CSV] = report_csv,
		[REPORT_JSON] = report_json,
	};
	GString *out = g_string_new(NULL);

	reports[o->format](out, r, o);
	return out;
}
