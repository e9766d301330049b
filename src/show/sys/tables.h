/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A walk over all page tables below one root, for windows that show them.
 *
 *	static bool entry(void *arg, const struct table_entry *e)
 *	{
 *		if (e->kind == ENTRY_LEAF)
 *			...
 *		return true;	// of a table: go into it
 *	}
 *	...
 *	tables_walk(m, m->cr3, entry, &something);
 *
 * The tables are guest memory and may hold anything: entries that name no frame,
 * tables that contain themselves, one table in a thousand places.  So the walk
 * follows no entry to a frame that is not RAM, goes no deeper than there are
 * levels, and looks at no more than twice as many tables as the machine has.
 * Twice, since a table may rightly be seen from two places (a page directory that
 * maps itself, or twins).  The walk skips what exceeds that, and says so.
 *
 * No lock is held.  Each table is copied before its entries are read, so that all
 * entries of a table are from one moment.
 */
#ifndef SHOW_TABLES_H
#define SHOW_TABLES_H

#include <vmallocfs/pgtable.h>

enum entry_kind {
	ENTRY_NONE, /* a CPU finds nothing here: the entry is zero, not present, or leads out of RAM */
	ENTRY_LEAF,    /* a page of the level's size */
	ENTRY_TABLE,   /* a table of the level below */
	ENTRY_SKIPPED, /* a table beyond the limit, which the walk skips */
};

struct table_entry {
	enum entry_kind kind;
	enum pg_level level; /* of the table that the entry stands in */
	vaddr_t addr;	     /* first address that it covers */
	pte_t entry;
	pte_t effective; /* RW, USER and NX of all entries down to this one; 0 for ENTRY_NONE */
};

/* Last address that an entry covers. */
static inline vaddr_t table_entry_last(const struct table_entry *e)
{
	return e->addr | ((UINT64_C(1) << level_shift(e->level)) - 1);
}

/*
 * Called for each entry of each table, in ascending order of addresses, a
 * table's own entry before those in it.  For ENTRY_TABLE the answer says
 * whether to go into the table; for others it is ignored.
 */
typedef bool entry_fn(void *arg, const struct table_entry *e);

/* cr3 is the physical address of the topmost table, in RAM. */
void tables_walk(struct machine *m, paddr_t cr3, entry_fn *fn, void *arg);

#endif
