/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The history as a member of status.json.
 */
#ifndef SHOW_HISTORY_JSON_H
#define SHOW_HISTORY_JSON_H

#include <glib.h>
#include <vmallocfs/vmalloc.h>

/*
 * Appends "history": [...], the newest events, the oldest of them first; or "history": null
 * if the host has no memory for it.
 */
void add_json_history(GString *out, struct machine *m);

#endif
