/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The part of the report that says who has the address space at the end of the
 * trace, where the first of the policies placed the areas.  A caller is known from
 * the saved layout that the replay began with, or from the names of a recording; a
 * kernel's trace has none.  Both append nothing if no area that is left has a caller.
 */
#ifndef REPLAY_REPORT_CALLERS_H
#define REPLAY_REPORT_CALLERS_H

#include "replay/replay.h"

/* A table: the callers with the most bytes. */
void report_callers_table(const struct replay *r, GString *out);

/* Another member of the report's object, "callers", after a comma: all callers. */
void report_callers_json(const struct replay *r, GString *out);

#endif
