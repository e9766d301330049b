/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The figures of a report: what each is called, and its value.
 */
#ifndef REPLAY_REPORT_COLUMNS_H
#define REPLAY_REPORT_COLUMNS_H

#include <stddef.h>

#include "replay/run.h"

enum report_kind { COUNT, BYTES, RATIO };

struct report_column {
	const char *key;   /* in CSV and JSON */
	const char *title; /* in the table */
	enum report_kind kind;
	double (*ratio)(const struct run_figures *f); /* RATIO */
	size_t offset;				      /* else: a uint64_t of run_figures */
	bool compared; /* only where the trace says what became of placements */
};

#define NR_REPORT_COLUMNS 20
extern const struct report_column report_columns[NR_REPORT_COLUMNS];

/* Of the placements whose outcome the trace has. */
double same_percent(const struct run_figures *f);

double report_value(const struct report_column *column, const struct run_figures *f);

/* A number with a point, whatever the locale; format as for printf. */
void report_ratio(GString *out, const char *format, double x);

/* The value as CSV and JSON have it; and as the table has it, for people. */
void report_plain(GString *out, const struct report_column *column, const struct run_figures *f);
void report_text(GString *out, const struct report_column *column, double value);

#endif
