/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the heads of proc/kcore and proc/vmcore have in common: the ELF header and notes.
 */
#ifndef SHOW_CORE_NOTES_H
#define SHOW_CORE_NOTES_H

#include <glib.h>
#include <vmallocfs/machine.h>

/*
 * Appends the header of an ELF core of 64 bits with so many program headers after it.
 * From PN_XNUM on their number stands in a section header, which the caller puts after
 * them.
 */
void core_put_header(GByteArray *out, const struct machine *m, uint64_t segments);

/* Appends PRSTATUS, PRPSINFO and VMCOREINFO, see kcore_head.c. */
void core_put_notes(GByteArray *notes, const struct machine *m);

/*
 * Appends the build ID of proc/vmlinux, if that is there, as a note of its own.  Without it
 * gdb looks for one at the beginning of each segment: two system calls an area.
 */
void core_put_build_id(GByteArray *notes, const struct machine *m);

#endif
