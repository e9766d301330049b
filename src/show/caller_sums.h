/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who uses the address space: the areas of a snapshot, added up by their callers.
 *
 * A caller counts without its offset, so that all places in a function are one.  A
 * file counts under the function that its directory stands for, and a page array
 * with the area that it serves.
 */
#ifndef SHOW_CALLER_SUMS_H
#define SHOW_CALLER_SUMS_H

#include "show/snapshot.h"

#define NO_CALLER "[none]" /* the name for areas that have no caller */

struct caller_sum {
	char *name;
	uint64_t bytes;	  /* of address space, guards included */
	uint64_t areas;	  /* how many */
	uint64_t pages;	  /* frames that they own */
	uint64_t largest; /* bytes of the largest of them */
};

struct caller_sums {
	GArray *sum; /* struct caller_sum, most bytes first, then by name */
	/* guint: where the caller of each area is in sum, in the order of adding */
	struct records of_area[1];
	GHashTable *by_name; /* until they are sorted */
	bool failed;	     /* the host had no memory for all areas */
};

/* init: of all areas of a snapshot, which is not needed afterwards. */
void caller_sums_init(struct caller_sums *c, const struct snapshot *s);

/* The same in steps: areas are added one by one, each with its caller, and then sorted. */
void caller_sums_begin(struct caller_sums *c);
void caller_sums_add(struct caller_sums *c, const char *caller, uint64_t bytes, uint64_t pages);
void caller_sums_sort(struct caller_sums *c);

void caller_sums_deinit(struct caller_sums *c);

/* The caller that a name of len bytes stands for: a file's, or a kernel's symbol (for g_free). */
char *caller_of_name(const char *name, size_t len, bool symbol);
static inline const struct caller_sum *caller_sum_at(const struct caller_sums *c, guint i)
{
	return &g_array_index(c->sum, struct caller_sum, i);
}

static inline guint caller_of_area(const struct caller_sums *c, guint area)
{
	return g_array_index(c->of_area, guint, area);
}

#endif
