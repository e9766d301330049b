/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The page tables of a dump's kernel, walked here and not by libkdumpfile, which
 * says where an address leads and not by which entries.
 *
 *	struct dump_walk w;
 *
 *	dump_walk(d, addr, &w);
 *	if (!w.problem)
 *		... w.phys, w.shift, w.entry[0 .. w.nr - 1] ...
 */
#ifndef INPUT_DUMP_TABLES_H
#define INPUT_DUMP_TABLES_H

#include "input/dump/dump.h"

#define DUMP_LEVELS_MAX 5
#define DUMP_NOT_WALKED "only page tables of x86-64, and of i386 with PAE, are walked"

struct dump_walk {
	unsigned levels; /* of these tables */
	unsigned nr;	 /* entries read, from the top one on */
	uint64_t entry
		[DUMP_LEVELS_MAX]; /* nr of them; the last is the leaf, or what ends the walk */
	const char *problem;	   /* why it leads nowhere (static), or NULL: it is mapped */
	unsigned shift;		   /* of the entry that ends the walk; of a leaf 12, 21 or 30 */
	uint64_t phys;		   /* of the address itself */
	bool writable, executable; /* as all entries together say */
};

/*
 * Walks the tables to an address.  Those of x86-64, and of i386 with PAE; d->levels is 0 for
 * others, and problem says so.
 */
void dump_walk(struct dump *d, uint64_t addr, struct dump_walk *ret);

/* Bytes from addr on of which the walk to addr tells: to the end of what its last entry covers. */
static inline uint64_t dump_walk_rest(const struct dump_walk *w, uint64_t addr)
{
	uint64_t covered = UINT64_C(1) << w->shift;

	return covered - (addr & (covered - 1));
}

/* A page that the tables map. */
struct dump_leaf {
	uint64_t addr;
	uint64_t phys;
	uint64_t entry;
	unsigned shift;		   /* 12, 21 or 30 */
	bool writable, executable; /* as all entries on the way together say */
};
typedef void dump_leaf_fn(void *arg, const struct dump_leaf *leaf);

/*
 * Calls fn for each leaf that covers some of [first, last], lowest first; both are
 * addresses of the kernel's half, or, with PAE, of 32 bits.  Adds to *missing how many
 * tables on the way are not in the dump.  0, or -ELOOP: more than max_tables would have
 * to be read.
 */
int dump_leaves(struct dump *d, uint64_t first, uint64_t last, uint64_t max_tables,
		dump_leaf_fn *fn, void *arg, uint64_t *missing);

/* How many tables were read so far; one that is needed again right away counts once. */
uint64_t dump_tables_read(const struct dump *d);

/* "pgd", "p4d", "pud", "pmd" or "pte": what the i-th entry of a walk is. */
const char *dump_level_name(const struct dump_walk *w, unsigned i);

#endif
