/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What resize.c, which changes an area's size, takes from resize_plan.c, which
 * says how that is to be done.
 */
#ifndef VMALLOC_RESIZE_H
#define VMALLOC_RESIZE_H

#include "vmalloc/vmlist.h"

/* The area at addr if vresize() may change its size, or NULL.  Lock held. */
struct vm_struct *find_resizable(struct machine *m, vaddr_t addr);

/* Where an area goes whose range shall have `full` bytes, guard included.  Lock held. */
enum vm_resize_place plan_place(struct machine *m, const struct vm_struct *area, uint64_t full);

#endif
