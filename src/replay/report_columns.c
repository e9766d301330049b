/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A row of a table for each figure: its name, its kind, where it is found.
 * All formats of the report go over the same rows.
 */
#include <inttypes.h>

#include "replay/report_columns.h"

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

double same_percent(const struct run_figures *f)
{
	return 100 * per((double)f->same, f->compared);
}

#define FIELD(member) NULL, offsetof(struct run_figures, member)

/* clang-format off */
const struct report_column report_columns[NR_REPORT_COLUMNS] = {
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

double report_value(const struct report_column *column, const struct run_figures *f)
{
	return column->kind == RATIO ? column->ratio(f) : (double)column_value(column, f);
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
void report_ratio(GString *out, const char *format, double x)
{
	char buf[G_ASCII_DTOSTR_BUF_SIZE];

	g_string_append(out, g_ascii_formatd(buf, sizeof(buf), format, x));
}

void report_plain(GString *out, const struct report_column *row, const struct run_figures *f)
{
	if (row->kind == RATIO)
		report_ratio(out, "%.6f", row->ratio(f));
	else
		g_string_append_printf(out, "%" PRIu64, column_value(row, f));
}

/* From 0 to 1. */
static bool is_share(const struct report_column *row)
{
	return row->ratio == frag_mean || row->ratio == frag_max || row->ratio == unusable_mean ||
	       row->ratio == unusable_max;
}

void report_text(GString *out, const struct report_column *column, double value)
{
	if (column->kind == RATIO)
		report_ratio(out,
			     is_share(column)		     ? "%.4f"
			     : column->ratio == ns_per_event ? "%.1f"
							     : "%.2f",
			     value);
	else if (column->kind == BYTES)
		add_size(out, (uint64_t)value);
	else
		g_string_append_printf(out, "%.0f", value);
}
