/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * proc/vmcore: the machine as it is when the file is opened.
 */
#ifndef FS_VMCORE_H
#define FS_VMCORE_H

struct saves;

/* The saves of a mount: the opens of its vmcore. */
struct saves *saves_new(void);
void saves_free(struct saves *saves);

#endif
