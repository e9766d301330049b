/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two things say which frames an area has: its array of pages, and the page
 * tables.  In a dump that is whole they agree; where they do not, the dump is
 * torn, or the kernel was broken.
 */
#ifndef INPUT_DUMP_VERIFY_H
#define INPUT_DUMP_VERIFY_H

#include "input/dump/dump_tables.h"

/* A page of which the two say different things. */
struct dump_difference {
	guint area;    /* of dump_area() */
	uint64_t page; /* of the area, from 0 */
	uint64_t want; /* its physical address by the array, or by phys of an I/O area */
	bool unlisted; /* the array has no such page */
	const struct dump_walk *walk; /* what the page tables say */
};
typedef void dump_difference_fn(void *arg, const struct dump_difference *diff);

struct dump_verified {
	uint64_t areas;	  /* that have pages of their own, or are I/O areas */
	uint64_t pages;	  /* compared */
	uint64_t unknown; /* pages whose array the dump left out */
	uint64_t differences;
};

/*
 * Compares all pages.  fn is called for each difference, and once for pages in a row
 * that nothing maps.  0, or -errno with *error: -ENOTSUP, it is not x86-64;
 * -EINVAL, the page tables lead in circles.
 */
int dump_verify(struct dump *d, dump_difference_fn *fn, void *arg, struct dump_verified *ret,
		char **error);

#endif
