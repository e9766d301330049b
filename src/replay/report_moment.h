/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What --at adds to the report: the holes and the areas of that moment.
 */
#ifndef REPLAY_REPORT_MOMENT_H
#define REPLAY_REPORT_MOMENT_H

#include "replay/replay.h"

/* Append nothing without --at.  The table has the areas, too, unless they go to a file. */
void report_moment_table(const struct replay *r, bool areas, GString *out);
void report_moment_json(const struct replay *r, unsigned run, GString *out);

/* The areas of a run in the form of /proc/vmallocinfo, which --load= reads. */
GString *moment_layout(const struct run *run);

#endif
