/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What --html writes: one page that has the stories of all runs, and needs nothing else.
 */
#ifndef REPLAY_STORY_PAGE_H
#define REPLAY_STORY_PAGE_H

#include "replay/replay.h"

/* The page has fewer bytes than this, however long the trace is. */
#define STORY_PAGE_MAX (10u << 20)

/*
 * The page of a replay that is over; `trace` is what it calls the trace.  Moments are thinned
 * out until it is small enough.
 */
GString *story_page(struct replay *r, const char *trace);

#endif
