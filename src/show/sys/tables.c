/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Walking all page tables: depth first, one table of each level on the stack.
 */
#include "show/sys/tables.h"

#include <string.h>
#include <vmallocfs/page.h>

#define TABLES_SPARE 512 /* so that a small machine whose tables contain themselves is shown too */

struct table_walk {
	struct machine *m;
	entry_fn *fn;
	void *arg;
	uint64_t left; /* tables that may still be looked at */
};

/* A frame that was never written is all zeros, and stays untouched. */
static void copy_table(const struct machine *m, pfn_t pfn, pte_t *copy)
{
	const pte_t *table = (const pte_t *)pfn_to_ram(m, pfn);
	const struct page *page = pfn_to_page(m, pfn);

	if (!(atomic_load_explicit(&page->flags, memory_order_acquire) & PG_dirty)) {
		memset(copy, 0, PAGE_SIZE);
		return;
	}
	for (unsigned i = 0; i < PTRS_PER_TABLE; i++)
		copy[i] = pte_get(&table[i]);
}

static enum entry_kind entry_kind(const struct machine *m, enum pg_level level, pte_t entry)
{
	if (!(entry & _PAGE_PRESENT))
		return ENTRY_NONE;
	if (level == PG_LEVEL_PTE)
		return ENTRY_LEAF;
	if (entry & _PAGE_PSE)
		return level > top_leaf_level(m) ? ENTRY_NONE : ENTRY_LEAF;
	return pfn_valid(m, pte_pfn(entry)) ? ENTRY_TABLE : ENTRY_NONE;
}

/* What a CPU makes of the flags on its way down. */
static pte_t inherit_flags(pte_t flags, pte_t entry)
{
	return (flags & entry & (_PAGE_RW | _PAGE_USER)) | ((flags | entry) & _PAGE_NX);
}

static void walk_table(struct table_walk *w, enum pg_level level, pfn_t pfn, vaddr_t base,
		       pte_t flags)
{
	unsigned entries = level == w->m->top_level ? pgd_entries(w->m) : PTRS_PER_TABLE;
	pte_t implied = w->m->level_rules[level].implied;
	pte_t copy[PTRS_PER_TABLE];

	copy_table(w->m, pfn, copy);
	for (unsigned i = 0; i < entries; i++) {
		pte_t entry = copy[i];
		struct table_entry e = {
			.kind = entry_kind(w->m, level, entry),
			.level = level,
			.addr = canonical_address(w->m, base + ((vaddr_t)i << level_shift(level))),
			.entry = entry,
		};

		if (e.kind != ENTRY_NONE)
			e.effective = inherit_flags(flags, entry | implied);
		if (e.kind == ENTRY_TABLE && !w->left)
			e.kind = ENTRY_SKIPPED;
		if (w->fn(w->arg, &e) && e.kind == ENTRY_TABLE) {
			w->left--;
			walk_table(w, level - 1, pte_pfn(entry), e.addr, e.effective);
		}
	}
}

void tables_walk(struct machine *m, paddr_t cr3, entry_fn *fn, void *arg)
{
	struct table_walk w = {
		.m = m,
		.fn = fn,
		.arg = arg,
		.left = 2 * m->nr_table_frames + TABLES_SPARE,
	};

	walk_table(&w, m->top_level, cr3 >> PAGE_SHIFT, 0, _PAGE_RW | _PAGE_USER);
}
