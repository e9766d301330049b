/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What --failures adds to the report.
 */
#ifndef REPLAY_REPORT_FAILURES_H
#define REPLAY_REPORT_FAILURES_H

#include "replay/replay.h"

/* Append nothing where failures were not asked for. */
void report_failures_table(const struct replay *r, GString *out);
void report_failures_json(const struct replay *r, unsigned run, GString *out);

#endif
