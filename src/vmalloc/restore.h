/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Restoring an area with the leaves that it had.
 */
#ifndef VMALLOC_RESTORE_H
#define VMALLOC_RESTORE_H

#include <vmallocfs/vmalloc.h>

/*
 * Gives an area that no reader sees yet what r->leaves map: as the owner of r->nr_pages
 * frames, or as one that holds them.  0 or -errno; it holds no frames then, and the caller
 * unmaps it.
 */
int restore_owned(struct machine *m, struct vm_struct *area, const struct vm_restore *r);
int restore_lent(struct machine *m, struct vm_struct *area, const struct vm_restore *r);

#endif
