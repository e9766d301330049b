/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An event of the history in words that all its readers share.
 */
#ifndef SHOW_EVENT_WORDS_H
#define SHOW_EVENT_WORDS_H

#include <glib.h>
#include <vmallocfs/history.h>

/*
 * What status calls the event's area where its own name is `name` (NULL or "": none), without
 * escapes: a, [caller], [pages:a], [0xffffc90000000000].
 */
void event_area_name(GString *ret, const struct vm_event *e, const char *name);

/* Bytes that the event is about: of the ranges, where there are several. */
uint64_t event_bytes(const struct vm_event *e);

/* True for an event that has a list of ranges, and no area. */
static inline bool event_has_ranges(const struct vm_event *e)
{
	return e->what == VM_EVENT_PURGE || e->what == VM_EVENT_HOLD;
}

#endif
