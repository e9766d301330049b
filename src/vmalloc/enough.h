/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What would help a request that does not fit: the part of enough.c that takes no
 * memory, and so can be asked when an allocation has just failed.
 */
#ifndef VMALLOC_ENOUGH_H
#define VMALLOC_ENOUGH_H

#include "vmalloc/index/gaptree.h"

/* Busy ranges in ascending order: those of an index, or those of an array that do not wait. */
struct busy_walk {
	const struct gaptree *tree; /* or NULL, and then: */
	const struct vm_range *ranges;
	size_t n;

	size_t i; /* the next one */
	bool begun;
	struct gap_cursor c;
};

struct enough_help {
	uint64_t lower, higher, nr_removals; /* as in struct vm_answer */
	struct {
		struct vm_range range;
		size_t i;
	} removal[VM_ENOUGH_REMOVALS];
	bool packed;
};

/* For a question to which there is no place.  O(n); what can wait has been purged. */
void enough_find_help(struct busy_walk *w, const struct vm_question *q, struct enough_help *ret);

#endif
