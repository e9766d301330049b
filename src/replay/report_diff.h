/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What --diff adds to the report: the figures that another report has otherwise.
 */
#ifndef REPLAY_REPORT_DIFF_H
#define REPLAY_REPORT_DIFF_H

#include "replay/replay.h"
#include "replay/report_file.h"

/* other NULL: append nothing. */
void report_diff_table(const struct replay *r, const struct report_file *other, GString *out);
void report_diff_json(const struct replay *r, unsigned run, const struct report_file *other,
		      GString *out);

#endif
