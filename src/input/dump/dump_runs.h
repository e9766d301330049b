/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The areas of a kernel that names no list of them, as vmallocfs in its proc/kcore: the
 * runs of pages that its page tables map in a row.  Where an area ends and the next
 * one begins shows by the guard page between them, and whose they are does not show.
 */
#ifndef INPUT_DUMP_RUNS_H
#define INPUT_DUMP_RUNS_H

#include "input/dump/dump.h"

/* True if VMCOREINFO names neither a list of areas nor a table of symbols to find one by. */
bool dump_names_no_list(const struct dump_file *f);

/*
 * Finds the window in which such a kernel has its areas, where the dump's segments tell it.
 */
void dump_runs_place(struct dump *d);

/*
 * Appends the runs outside the direct map to d->areas, lowest first.  0, or -EINVAL with
 * *error (for g_free): the tables cannot be read, or lead in circles.
 */
int dump_runs_read(struct dump *d, char **error);

#endif
