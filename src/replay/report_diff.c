/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Policies are compared with themselves.  Times are not compared: they differ from run
 * to run.
 */
#include <math.h>

#include "replay/report_columns.h"
#include "replay/report_diff.h"

struct difference {
	double then;
	double now;
};

/* False if the figure is the same, or one of the reports lacks it. */
static bool find_difference(const struct run *run, const struct report_file *other,
			    const struct report_column *column, struct difference *ret)
{
	if (!strcmp(column->key, "ns_per_event") || (column->compared && !run->figures.compared) ||
	    !report_file_figure(other, run_name(run), column->key, &ret->then))
		return false;
	ret->now = report_value(column, &run->figures);
	/* Ratios are printed with six digits. */
	return column->kind == RATIO ? fabs(ret->now - ret->then) >= 1e-6 : ret->now != ret->then;
}

/* "+12.5 %", or nothing where there was nothing before. */
static void add_change(GString *out, const struct difference *d)
{
	if (d->then != 0)
		report_ratio(out, "%+.1f", 100 * (d->now - d->then) / d->then);
	g_string_append(out, d->then != 0 ? " %" : "");
}

static void add_difference(GString *out, const struct report_column *column,
			   const struct difference *d)
{
	g_autoptr(GString) then = g_string_new(NULL);
	g_autoptr(GString) now = g_string_new(NULL);
	g_autoptr(GString) change = g_string_new(NULL);

	report_text(then, column, d->then);
	report_text(now, column, d->now);
	add_change(change, d);
	g_string_append_printf(out, "%-25s%14s%14s%14s\n", column->title, then->str, now->str,
			       change->str);
}

static void add_policy_differences(GString *out, const struct run *run,
				   const struct report_file *other)
{
	unsigned found = 0;
	struct difference d;

	if (!report_file_has(other, run_name(run))) {
		g_string_append_printf(out, "\n%s: the other report has no such run\n",
				       run_name(run));
		return;
	}
	for (unsigned i = 0; i < NR_REPORT_COLUMNS; i++) {
		if (!find_difference(run, other, &report_columns[i], &d))
			continue;
		if (!found++)
			g_string_append_printf(out, "\n%-25s%14s%14s%14s\n", run_name(run), "then",
					       "now", "change");
		add_difference(out, &report_columns[i], &d);
	}
	if (!found)
		g_string_append_printf(out, "\n%s: as in the other report\n", run_name(run));
}

void report_diff_table(const struct replay *r, const struct report_file *other, GString *out)
{
	for (unsigned i = 0; other && i < r->nr_runs; i++)
		add_policy_differences(out, &r->run[i], other);
}

void report_diff_json(const struct replay *r, unsigned run, const struct report_file *other,
		      GString *out)
{
	struct difference d;
	bool first = true;

	if (!other)
		return;
	if (!report_file_has(other, run_name(&r->run[run]))) {
		g_string_append(out, ",\n\t\t\t\"diff\": null");
		return;
	}
	g_string_append(out, ",\n\t\t\t\"diff\": {");
	for (unsigned i = 0; i < NR_REPORT_COLUMNS; i++) {
		if (!find_difference(&r->run[run], other, &report_columns[i], &d))
			continue;
		g_string_append_printf(out, "%s\n\t\t\t\t\"%s\": [", first ? "" : ",",
				       report_columns[i].key);
		report_ratio(out, "%.6f", d.then);
		g_string_append(out, ", ");
		report_ratio(out, "%.6f", d.now);
		g_string_append_c(out, ']');
		first = false;
	}
	g_string_append(out, "\n\t\t\t}");
}
