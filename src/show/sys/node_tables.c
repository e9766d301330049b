/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Page tables by node, for the files that have figures of each node.
 */
#include <vmallocfs/page.h>

#include "show/sys/node_tables.h"
#include "show/sys/tables.h"

static void add_table(struct node_tables *t, pfn_t pfn)
{
	t->nr[pfn_to_nid(t->m, pfn)]++;
	t->sum++;
}

static bool count_table(void *arg, const struct table_entry *e)
{
	struct node_tables *t = arg;

	if (e->kind != ENTRY_TABLE)
		return false;
	if (pfn_to_page(t->m, pte_pfn(e->entry))->flags & PG_table)
		add_table(t, pte_pfn(e->entry));
	return e->level > PG_LEVEL_PMD; /* no tables below those that PMD entries name */
}

/*
 * The machine counts its tables, but not by node, so with several nodes this walk
 * finds the kernel's.  Tables of user ranges are not part of that walk; they are
 * counted on node 0, where tables come from as long as it has free frames.
 */
void node_tables_count(struct machine *m, struct node_tables *ret)
{
	uint64_t all = m->nr_table_frames;

	*ret = (struct node_tables){ .m = m };
	if (m->nr_nodes > 1) {
		add_table(ret, m->cr3 >> PAGE_SHIFT);
		tables_walk(m, m->cr3, count_table, ret);
	}
	if (all > ret->sum)
		ret->nr[0] += all - ret->sum;
}
