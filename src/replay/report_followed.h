/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The part of the report that says how policies did when they followed the
 * recording.  Each of these appends nothing if none did.
 */
#ifndef REPLAY_REPORT_FOLLOWED_H
#define REPLAY_REPORT_FOLLOWED_H

#include "replay/replay.h"

/* A table below that of the runs, and the misses that were kept. */
void report_followed_table(const struct replay *r, GString *out);

/* More columns: ",name" for each, and ",value" for that policy. */
void report_followed_csv_head(const struct replay *r, GString *out);
void report_followed_csv(const struct replay *r, unsigned run, GString *out);

/* Another member of that policy's object, "followed", after a comma. */
void report_followed_json(const struct replay *r, unsigned run, GString *out);

#endif
