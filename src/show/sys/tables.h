/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A walk over all of the kernel's page tables, for windows that show them.
 *
 *	static bool entry(void *arg, const struct table_entry *e)
 *	{
 *		if (e->kind == ENTRY_LEAF)
 *			...
 *		return true;	// of a table: go into it
 *	}
 *	...
 *	tables_walk(m, entry, &something);
 *
 * The tables are guest memory, and may hold anything: entries that name no
 * frame, tables that hang in themselves, one table in a thousand places.  So no
 * entry is followed to a frame that is not RAM, the depth is that of the
 * levels, and the number of tables looked at is bounded by the number that
 * there are.  Twice over, since a table may rightly be seen from two places
 * (a page directory that maps itself, or twins); where there is more than
 * that, the rest is skipped, and the walk says so.
 *
 * No lock is held.  Each table is copied and then looked at, so that what is
 * seen of one table is of one moment.
 */
#ifndef SHOW_TABLES_H
#define SHOW_TABLES_H

#include <vmallocfs/pgtable.h>

enum entry_kind {
	ENTRY_NONE,    /* a CPU finds nothing here: zero, not present, or leads out of RAM */
	ENTRY_LEAF,    /* a page of the level's size */
	ENTRY_TABLE,   /* a table of the level below */
	ENTRY_SKIPPED, /* a table that is one too many to look at */
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
 * whether to go into it; for others it has no meaning.
 */
typedef bool entry_fn(void *arg, const struct table_entry *e);

void tables_walk(struct machine *m, entry_fn *fn, void *arg);

#endif
