/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the heads of proc/kcore and proc/vmcore have in common: their notes.
 */
#ifndef SHOW_CORE_NOTES_H
#define SHOW_CORE_NOTES_H

#include <glib.h>
#include <vmallocfs/machine.h>

/* Appends PRSTATUS, PRPSINFO and VMCOREINFO, see kcore_head.c. */
void core_put_notes(GByteArray *notes, const struct machine *m);

#endif
