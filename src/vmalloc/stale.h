/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VMALLOC_STALE_H
#define VMALLOC_STALE_H

#include "vmalloc/vmlist.h"

/*
 * Calls report for each stale entry of each processor, and returns how many of them are
 * there although the core has flushed their ranges.  Lock held.
 */
unsigned report_stale(struct machine *m, page_report_fn *report, void *arg);

#endif
