/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What came of a replay, as a table for people, as CSV, or as JSON.  All three
 * have the same figures by the same names; sizes are bytes, but in the table.
 */
#ifndef REPLAY_REPORT_H
#define REPLAY_REPORT_H

#include "replay/replay.h"

enum report_format { REPORT_TABLE, REPORT_CSV, REPORT_JSON };

struct report_file;

struct report_options {
	enum report_format format;
	const struct report_file *other; /* to compare with, or NULL */
	bool layout;			 /* the areas of --at go to a file */
};

GString *replay_report(const struct replay *r, const struct report_options *o);

#endif
