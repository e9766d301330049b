/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An ordered set of gaps, by size and then by address: best fit and worst fit
 * look for their place in it.  Whoever has the gaps (gaptree.c) tells it of
 * each one that comes or goes.
 *
 *	gapsize_create(m, holes, &x);
 *	gapsize_reserve(x, holes + 1);		// may fail, before anything changes
 *	gapsize_add(x, gap_key(size, addr));	// does not fail
 *	for (more = gapsize_seek(x, gap_key(size, 0), &c); more; more = gapsize_next(&c))
 *		... gapsize_at(&c) ...		// the smallest that is large enough, and up
 *
 * Locks: none, as gaptree.
 */
#ifndef VMALLOC_GAPSIZE_H
#define VMALLOC_GAPSIZE_H

#include <vmallocfs/page.h>

/* Size and address of a gap as one number.  The highest one is nobody's. */
__extension__ typedef unsigned __int128 gap_key_t;

static inline gap_key_t gap_key(uint64_t size, uint64_t addr)
{
	return (gap_key_t)size << 64 | addr;
}

static inline uint64_t gap_key_size(gap_key_t key)
{
	return (uint64_t)(key >> 64);
}

static inline uint64_t gap_key_addr(gap_key_t key)
{
	return (uint64_t)key;
}

struct gapsize;
struct size_node;

/* A place in the order; good until the set changes. */
struct gapsize_cursor {
	const struct size_node *node;
	unsigned i;
};

/* An empty set with nodes for `holes` gaps. 0 or -ENOMEM. destroy: NULL is fine. */
int gapsize_create(struct machine *m, uint64_t holes, struct gapsize **ret);
void gapsize_destroy(struct gapsize *x);

/*
 * Makes sure that the set has nodes for `holes` gaps, whatever comes and goes
 * until there are more.  0 or -ENOMEM, and what it had it keeps.
 */
int gapsize_reserve(struct gapsize *x, uint64_t holes);

/* There will be no more than `holes` gaps without another reserve: gives nodes back. */
void gapsize_trim(struct gapsize *x, uint64_t holes);

/* Neither fails: add has the nodes that reserve got, del is told of a gap that is there. */
void gapsize_add(struct gapsize *x, gap_key_t key);
void gapsize_del(struct gapsize *x, gap_key_t key);

/*
 * The first gap at or above key; the last of all; the one after and before c's.
 * False if there is none, and the cursor is good for nothing.
 */
bool gapsize_seek(const struct gapsize *x, gap_key_t key, struct gapsize_cursor *ret);
bool gapsize_last(const struct gapsize *x, struct gapsize_cursor *ret);
bool gapsize_next(struct gapsize_cursor *c);
bool gapsize_prev(struct gapsize_cursor *c);
gap_key_t gapsize_at(const struct gapsize_cursor *c);

/* Nodes that one way down passes. */
unsigned gapsize_height(const struct gapsize *x);

/*
 * Checks order, fill, separators, links, the count (it must be `gaps`), and
 * that there are nodes for `holes` gaps.  Returns how many things were wrong.
 */
unsigned gapsize_check(const struct gapsize *x, uint64_t gaps, uint64_t holes,
		       page_report_fn *report, void *arg);

#endif
