/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Page tables of a small machine with random damage, and addresses that are worth
 * asking about: what a user may do through dev/mem, made up.
 */
#ifndef RANDOM_TABLES_H
#define RANDOM_TABLES_H

#include <vmallocfs/cpu.h>
#include "tables.h"

#define REGION_PAGES 1200 /* three PTE tables */
#define LOW UINT64_C(0x00007f0000000000)
#define MORE (VA + (UINT64_C(1) << 30) - (UINT64_C(600) << PAGE_SHIFT)) /* over two PMD tables */

static paddr_t root; /* of the tables that are damaged */
static uint64_t chance = 88172645463325252;

static inline uint64_t below(uint64_t n)
{
	return unit_random(&chance) % n;
}

static void random_frames(void *arg, uint64_t first, size_t n, pfn_t *ret)
{
	(void)arg;
	(void)first;
	while (n)
		ret[--n] = below(m->nr_frames + 64);
}

static inline void random_map(vaddr_t start)
{
	static const pgprot_t prots[] = { PAGE_KERNEL, PAGE_KERNEL_EXEC, PAGE_KERNEL & ~RW, 0x5,
					  PAGE_KERNEL & ~(_PAGE_DIRTY | _PAGE_ACCESSED) };

	for (uint64_t at = 0; at < REGION_PAGES;) {
		uint64_t n = 1 + below(40);

		if (at + n > REGION_PAGES)
			n = REGION_PAGES - at;
		if (below(8))
			unit_assert(!pgtable_map(m, root, start + (at << PAGE_SHIFT), n,
						 prots[below(5)], random_frames, NULL));
		at += n;
	}
}

/* The kernel's tables, with three regions mapped to anything. */
static inline void random_tables(void)
{
	root = m->cr3;
	random_map(VA);
	random_map(MORE);
	random_map(LOW);
}

/* An address in or near what is mapped, seldom just any. */
static inline vaddr_t random_address(void)
{
	static const vaddr_t starts[] = { VA, MORE, LOW, PAGE_OFFSET };
	vaddr_t start = starts[below(4)];

	if (!below(50))
		return unit_random(&chance);
	if (!below(10))
		return start + below(UINT64_C(1) << 40);
	return start + below((REGION_PAGES + 200) << PAGE_SHIFT);
}

/* The entry of some level on the way to addr; 0: there is none. */
static inline paddr_t entry_on_the_way(vaddr_t addr, enum pg_level level)
{
	paddr_t table = root;

	for (enum pg_level l = m->top_level;; l--) {
		paddr_t at = table + level_index(l, addr) * sizeof(pte_t);

		if (l == level)
			return at;
		table = peek(at) & PTE_PFN_MASK;
		if (!(peek(at) & _PAGE_PRESENT) || !pfn_valid(m, table >> PAGE_SHIFT))
			return 0;
	}
}

/* A few entries that were changed, and what they were. */
#define DAMAGES 4

struct damage {
	paddr_t at;
	pte_t was;
};

static inline void repair(const struct damage *d, size_t n)
{
	while (n--)
		poke(d[n].at, d[n].was);
}

/* Changes an entry on the way to a random address. */
static inline void random_damage(struct damage *d)
{
	static const pte_t bits[] = { 1,	  2,	      4,	  0x20,	      0x40,
				      0x80,	  0x100,      NX,	  1ULL << 13, 1ULL << 20,
				      1ULL << 46, 1ULL << 51, 1ULL << 25, 1ULL << 30 };
	pte_t entry;

	do
		d->at = entry_on_the_way(random_address() | ~(UINT64_MAX >> 1),
					 below(20) ? PG_LEVEL_PTE + below(3) : PG_LEVEL_PGD);
	while (!d->at);
	d->was = entry = peek(d->at);
	switch (below(4)) {
	case 0:
		entry = 0;
		break;
	case 1:
		entry = below(m->nr_frames + 64) << PAGE_SHIFT | below(0x200);
		break;
	default:
		entry ^= bits[below(sizeof(bits) / sizeof(bits[0]))];
	}
	poke(d->at, entry);
}

#endif
