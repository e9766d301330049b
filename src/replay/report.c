/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A row of a table for each figure: its name, its kind, where it is found.
 * The three formats go over the same rows.
 */
#include <inttypes.h>
#include <stddef.h>
#include <string.h>

#include "replay/report.h"
#include "replay/report_callers.h"
#include "replay/report_failures.h"
#include "replay/report_followed.h"
#include "replay/report_moment.h"

enum kind { COUNT, BYTES, RATIO };

struct report_column {
	const char *key;   /* in CSV and JSON */
	const char *title; /* in the table */
	enum kind kind;
	double (*ratio)(const struct run_figures *f); /* RATIO */
	size_t offset;				      /* else: a uint64_t of run_figures */
	bool compared; /* only where the trace says what became of placements */
};

static double per(double x, uint64_t n)
{
	return n ? x / (double)n : 0;
}

static double frag_mean(const struct run_figures *f)
{
	return per(f->frag_sum, f->events);
}

static double frag_max(const struct run_figures *f)
{
	return f->frag_max;
}

static double unusable_mean(const struct run_figures *f)
{
	return per(f->unusable_sum, f->events);
}

static double unusable_max(const struct run_figures *f)
{
	return f->unusable_max;
}

static double steps_per_search(const struct run_figures *f)
{
	return per((double)f->steps, f->searches);
}

static double ns_per_event(const struct run_figures *f)
{
	return per((double)f->ns, f->events);
}

static double same_percent(const struct run_figures *f)
{
	return 100 * per((double)f->same, f->compared);
}

#define FIELD(member) NULL, offsetof(struct run_figures, member)

/* clang-format off */
static const struct report_column rows[] = {
	{ "placements", "placements", COUNT, FIELD(placed), false },
	{ "failures", "failures", COUNT, FIELD(failed), false },
	{ "peak_span", "peak span", BYTES, FIELD(peak_span), false },
	{ "peak_busy", "peak busy", BYTES, FIELD(peak_busy), false },
	{ "most_holes", "most holes", COUNT, FIELD(most_holes), false },
	{ "holes", "holes at the end", COUNT, FIELD(span.holes), false },
	{ "free", "free in them", BYTES, FIELD(span.free), false },
	{ "largest_hole", "largest of them", BYTES, FIELD(span.largest), false },
	{ "span_fragmentation_mean", "span_fragmentation, mean", RATIO, frag_mean, 0, false },
	{ "span_fragmentation_max", "span_fragmentation, max", RATIO, frag_max, 0, false },
	{ "span_unusable_mean", "span_unusable, mean", RATIO, unusable_mean, 0, false },
	{ "span_unusable_max", "span_unusable, max", RATIO, unusable_max, 0, false },
	{ "search_steps", "search steps", COUNT, FIELD(steps), false },
	{ "search_steps_per_placement", "  a placement", RATIO, steps_per_search, 0, false },
	{ "ns_per_event", "ns an event", RATIO, ns_per_event, 0, false },
	{ "compared", "outcomes in the trace", COUNT, FIELD(compared), true },
	{ "same", "  the same here", COUNT, FIELD(same), true },
	{ "same_percent", "  in percent", RATIO, same_percent, 0, true },
	{ "failed_only_here", "failed only here", COUNT, FIELD(failed_alone), true },
	{ "failed_only_in_trace", "failed only in the trace", COUNT, FIELD(placed_alone), true },
};
/* clang-format on */

static uint64_t column_value(const struct report_column *row, const struct run_figures *f)
{
	return *(const uint64_t *)(const void *)((const char *)f + row->offset);
}

/* In the largest unit of which it has at least one, with two decimals if it is not whole. */
static void add_size(GString *out, uint64_t bytes)
{
	static const char *const units[] = { "B", "K", "M", "G", "T", "P" };
	unsigned unit = 0;

	while (unit + 1 < G_N_ELEMENTS(units) && bytes >> (10 * (unit + 1)))
		unit++;
	if (bytes % (UINT64_C(1) << (10 * unit)))
		g_string_append_printf(out, "%.2f%s",
				       (double)bytes / (double)(UINT64_C(1) << (10 * unit)),
				       units[unit]);
	else
		g_string_append_printf(out, "%" PRIu64 "%s", bytes >> (10 * unit), units[unit]);
}

/* A number with a point, whatever the locale. */
static void add_ratio(GString *out, const char *format, double x)
{
	char buf[G_ASCII_DTOSTR_BUF_SIZE];

	g_string_append(out, g_ascii_formatd(buf, sizeof(buf), format, x));
}

static void add_plain(GString *out, const struct report_column *row, const struct run_figures *f)
{
	if (row->kind == RATIO)
		add_ratio(out, "%.6f", row->ratio(f));
	else
		g_string_append_printf(out, "%" PRIu64, column_value(row, f));
}

/* From 0 to 1. */
static bool is_share(const struct report_column *row)
{
	return row->ratio == frag_mean || row->ratio == frag_max || row->ratio == unusable_mean ||
	       row->ratio == unusable_max;
}

static void add_cell(GString *out, const struct report_column *row, const struct run_figures *f)
{
	g_autoptr(GString) cell = g_string_new(NULL);

	if (row->kind == RATIO)
		add_ratio(cell,
			  is_share(row)		       ? "%.4f"
			  : row->ratio == ns_per_event ? "%.1f"
						       : "%.2f",
			  row->ratio(f));
	else if (row->kind == BYTES)
		add_size(cell, column_value(row, f));
	else
		g_string_append_printf(cell, "%" PRIu64, column_value(row, f));
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
		add_ratio(out, "%.2f", f->same == f->compared ? 100 : MIN(same_percent(f), 99.99));
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
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		if (rows[i].compared && !compared(r))
			continue;
		g_string_append_printf(out, "%-25s", rows[i].title);
		for (unsigned run = 0; run < r->nr_runs; run++)
			add_cell(out, &rows[i], &r->run[run].figures);
		g_string_append_c(out, '\n');
	}
	if (compared(r)) {
		table_compared(out, r);
		report_followed_table(r, out);
	}
	report_callers_table(r, out);
	report_failures_table(r, out);
	report_moment_table(r, !o->layout, out);
}

static void report_csv(GString *out, const struct replay *r, const struct report_options *o)
{
	(void)o;
	g_string_append(out, "policy,events");
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
		g_string_append_printf(out, ",%s", rows[i].key);
	report_followed_csv_head(r, out);
	g_string_append_c(out, '\n');
	for (unsigned run = 0; run < r->nr_runs; run++) {
		const struct run_figures *f = &r->run[run].figures;

		g_string_append_printf(out, "%s,%" PRIu64, run_name(&r->run[run]), f->events);
		for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
			g_string_append_c(out, ',');
			if (!rows[i].compared || compared(r))
				add_plain(out, &rows[i], f);
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
	(void)o;
	g_string_append_printf(out,
			       "{\n\t\"lines\": %" PRIu64 ",\n\t\"events\": %" PRIu64
			       ",\n\t\"first_event\": %" PRIu64 ",\n\t\"most_areas\": %" PRIu64
			       ",\n\t\"loaded_areas\": %" PRIu64 ",\n\t\"problems\": {",
			       r->lines, r->events, MAX(r->began, 1), r->live.most, r->loaded);
	for (unsigned i = 0; i < NR_PROBLEMS; i++)
		g_string_append_printf(out, "%s\n\t\t\"%s\": %" PRIu64, i ? "," : "",
				       problem_keys[i], r->problem[i].count);
	g_string_append(out, "\n\t},\n\t\"runs\": [");
	for (unsigned run = 0; run < r->nr_runs; run++) {
		const struct run_figures *f = &r->run[run].figures;

		g_string_append_printf(out, "%s\n\t\t{\n\t\t\t\"policy\": \"%s\"", run ? "," : "",
				       run_name(&r->run[run]));
		for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
			if (rows[i].compared && !compared(r))
				continue;
			g_string_append_printf(out, ",\n\t\t\t\"%s\": ", rows[i].key);
			add_plain(out, &rows[i], f);
		}
		report_followed_json(r, run, out);
		report_failures_json(r, run, out);
		report_moment_json(r, run, out);
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
