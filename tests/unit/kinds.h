/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kinds of areas that vmalloc and its relatives make.
 */
#ifndef KINDS_H
#define KINDS_H

#include "space.h"

#define BIG_ARRAY 600 /* pages whose array takes more than a page: 4,800 bytes */

typedef vaddr_t alloc_fn(struct machine *m, uint64_t size, const char *caller);

static const struct {
	const char *name;
	alloc_fn *fn;
	unsigned flags;
	pgprot_t prot;
	bool low; /* frames below 4 GiB */
	bool zeroed;
} kinds[] = {
	{ "vmalloc", vmalloc, VM_ALLOC, PAGE_KERNEL, false, false },
	{ "vmalloc_user", vmalloc_user, VM_ALLOC | VM_USERMAP, PAGE_KERNEL, false, true },
	{ "vmalloc_exec", vmalloc_exec, VM_ALLOC, PAGE_KERNEL_EXEC, false, false },
	{ "vmalloc_32", vmalloc_32, VM_ALLOC, PAGE_KERNEL, true, false },
	{ "vmalloc_32_user", vmalloc_32_user, VM_ALLOC | VM_USERMAP, PAGE_KERNEL, true, true },
};

#define NR_KINDS (int)(sizeof(kinds) / sizeof(kinds[0]))

#endif
