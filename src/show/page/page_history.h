/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The history as a member of the data of map.html.
 */
#ifndef SHOW_PAGE_HISTORY_H
#define SHOW_PAGE_HISTORY_H

#include <glib.h>
#include <vmallocfs/vmalloc.h>

/* Appends "history": {...}, or "history": null if the host has no memory for it. */
void add_page_history(GString *out, struct machine *m);

#endif
