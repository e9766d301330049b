/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Mapping and unmapping: the side of the page tables that writes.
 *
 * Mapping goes over the range twice.  The survey checks that every PTE is empty,
 * repairs bad upper entries, and counts the tables that are missing; these are
 * allocated at once.  The second pass puts them in place and writes the PTEs,
 * which cannot fail.  There is one exception: a user clears upper entries through
 * /dev/mem between the two passes.  Then there may be too few tables, and what
 * was written is taken back.
 *
 * Ranges are walked as [at, last], both inclusive, because a range may end with
 * the last byte of the 64-bit space, where one past the end would overflow.
 * Each level is one function call.
 */
#include <errno.h>
#include "machine/lock.h"
#include "machine/log.h"
#include "machine/moment.h"
#include "machine/zone.h"
#include <vmallocfs/pgtable.h>

#define TABLES_ON_STACK 8

/* The table that starts at a physical address; the frame is RAM. */
static inline pte_t *table_at(const struct machine *m, paddr_t table)
{
	return (pte_t *)(m->ram + table);
}

/* Last address that the entry for `at` covers, but not beyond `last`. */
static inline vaddr_t last_covered(enum pg_level level, vaddr_t at, vaddr_t last)
{
	vaddr_t end = at | ((UINT64_C(1) << level_shift(level)) - 1);

	return end < last ? end : last;
}

/* Logs and clears an upper entry that is not what it should be. */
static void repair_bad(struct machine *m, enum pg_level level, pte_t *p, pte_t entry)
{
	paddr_t at = (paddr_t)((unsigned char *)p - m->ram);
	uint64_t where = m->page_offset_base + at;

	page_before_change(m, at >> PAGE_SHIFT);
	printk(m, KERN_ERR, "%s:%d: bad %s %0*lx(%016lx).", log_source_file(__FILE__), __LINE__,
	       pg_level_name(m, level), address_digits(m), (unsigned long)where,
	       (unsigned long)entry);
	pte_set(p, 0);
}

/* How many tables it takes below one empty entry to map [at, last]. */
static uint64_t tables_below(enum pg_level level, vaddr_t at, vaddr_t last)
{
	uint64_t n = 0;

	for (; level > PG_LEVEL_PTE; level--)
		n += (last >> level_shift(level)) - (at >> level_shift(level)) + 1;
	return n;
}

/* 0 if the PTEs of [at, last], all in one table, are empty; else -EBUSY. */
static int survey_ptes(struct machine *m, paddr_t table, vaddr_t at, vaddr_t last)
{
	const pte_t *p = table_at(m, table) + level_index(PG_LEVEL_PTE, at);
	const pte_t *end = p + ((last - at) >> PAGE_SHIFT) + 1;

	for (; p < end; p++)
		if (WARN_ON(m, pte_get(p)))
			return -EBUSY;
	return 0;
}

/* Adds the tables that are missing for [at, last] to *missing.  0 or -EBUSY. */
static int survey(struct machine *m, enum pg_level level, paddr_t table, vaddr_t at, vaddr_t last,
		  uint64_t *missing)
{
	if (level == PG_LEVEL_PTE)
		return survey_ptes(m, table, at, last);
	for (;;) {
		pte_t *p = table_at(m, table) + level_index(level, at);
		vaddr_t end = last_covered(level, at, last);
		pte_t entry = pte_get(p);

		if (entry && pgtable_bad(m, level, entry)) {
			repair_bad(m, level, p, entry);
			entry = 0;
		}
		if (!entry) {
			*missing += tables_below(level, at, end);
		} else {
			int err = survey(m, level - 1, entry & PTE_PFN_MASK, at, end, missing);

			if (err)
				return err;
		}
		if (end == last)
			return 0;
		at = end + 1;
	}
}

struct mapping {
	struct machine *m;
	vaddr_t start;
	pgprot_t prot;
	frames_fn *frames;
	void *arg;
	const pfn_t *tables; /* reserved; the first nr_tables are still to be used */
	uint64_t nr_tables;
};

/* Writes n PTEs from address `at` on, in one table. */
static void write_ptes(const struct mapping *map, paddr_t table, vaddr_t at, size_t n)
{
	pte_t *p = table_at(map->m, table) + level_index(PG_LEVEL_PTE, at);
	pfn_t pfn[PTRS_PER_TABLE];

	map->frames(map->arg, (at - map->start) >> PAGE_SHIFT, n, pfn);
	page_mark_dirty(map->m, table >> PAGE_SHIFT);
	for (size_t i = 0; i < n; i++)
		pte_set(&p[i], pfn[i] << PAGE_SHIFT | map->prot);
}

/* Puts a reserved table into an upper entry; 0 if no table is left. */
static pte_t install_table(struct mapping *map, enum pg_level level, pte_t *p)
{
	const struct level_rules *rules = &map->m->level_rules[level];
	paddr_t where = (paddr_t)((unsigned char *)p - map->m->ram);
	pte_t entry;

	if (map->nr_tables == 0)
		return 0;
	entry = map->tables[--map->nr_tables] << PAGE_SHIFT |
		(map->prot & _PAGE_USER ? rules->user_table : rules->table);
	page_mark_dirty(map->m, where >> PAGE_SHIFT);
	pte_set(p, entry);
	return entry;
}

static int install(struct mapping *map, enum pg_level level, paddr_t table, vaddr_t at,
		   vaddr_t last)
{
	if (level == PG_LEVEL_PTE) {
		write_ptes(map, table, at, ((last - at) >> PAGE_SHIFT) + 1);
		return 0;
	}
	for (;;) {
		pte_t *p = table_at(map->m, table) + level_index(level, at);
		vaddr_t end = last_covered(level, at, last);
		pte_t entry = pte_get(p);
		int err;

		if (!entry || pgtable_bad(map->m, level, entry))
			entry = install_table(map, level, p);
		if (!entry)
			return -ENOMEM;
		err = install(map, level - 1, entry & PTE_PFN_MASK, at, end);
		if (err)
			return err;
		if (end == last)
			return 0;
		at = end + 1;
	}
}

static void clear_ptes(struct machine *m, paddr_t table, vaddr_t at, vaddr_t last)
{
	pte_t *p = table_at(m, table) + level_index(PG_LEVEL_PTE, at);
	const pte_t *end = p + ((last - at) >> PAGE_SHIFT) + 1;

	page_before_change(m, table >> PAGE_SHIFT);
	for (; p < end; p++) {
		pte_t pte = pte_get(p);

		if (pte) {
			WARN_ON(m, !(pte & _PAGE_PRESENT));
			pte_set(p, 0);
		}
	}
}

/* A layout may have brought a leaf of 2 MiB or 1 GiB. */
static bool is_large_leaf(const struct machine *m, enum pg_level level, pte_t entry)
{
	return level <= top_leaf_level(m) &&
	       (entry & (_PAGE_PRESENT | _PAGE_PSE)) == (_PAGE_PRESENT | _PAGE_PSE);
}

static bool covers_all(enum pg_level level, vaddr_t at, vaddr_t end)
{
	return end - at == (UINT64_C(1) << level_shift(level)) - 1;
}

static void clear(struct machine *m, enum pg_level level, paddr_t table, vaddr_t at, vaddr_t last)
{
	if (level == PG_LEVEL_PTE) {
		clear_ptes(m, table, at, last);
		return;
	}
	for (;;) {
		pte_t *p = table_at(m, table) + level_index(level, at);
		vaddr_t end = last_covered(level, at, last);
		pte_t entry = pte_get(p);

		if (is_large_leaf(m, level, entry) && covers_all(level, at, end))
			pte_set(p, 0);
		else if (entry && pgtable_bad(m, level, entry))
			repair_bad(m, level, p, entry);
		else if (entry)
			clear(m, level - 1, entry & PTE_PFN_MASK, at, end);
		if (end == last)
			return;
		at = end + 1;
	}
}

/* What find_table() finds, which looks for the one PTE table that has all of a short range. */
enum found {
	FOUND_TABLE,   /* it is there */
	FOUND_NOTHING, /* an entry on the way to it is empty */
	FOUND_OTHER,   /* several tables, or a bad entry: the general walk is needed */
};

/*
 * Goes from a table to the one below it on the way to address `at`.  With four and five
 * levels the rules are known to the compiler (`pae` is false): every vmalloc comes here.
 */
static inline enum found step_down(const struct machine *m, bool pae, enum pg_level level,
				   vaddr_t at, paddr_t *table)
{
	const pte_t ignored = PTE_PFN_MASK | _PAGE_USER | _PAGE_ACCESSED;
	pte_t entry = pte_get(table_at(m, *table) + level_index(level, at));

	if (pae ? pgtable_bad(m, level, entry)
		: (entry & ~ignored) != (_KERNPG_TABLE & ~ignored) ||
			    pte_pfn(entry) >= m->nr_frames)
		return entry ? FOUND_OTHER : FOUND_NOTHING;
	*table = entry & PTE_PFN_MASK;
	return FOUND_TABLE;
}

static inline enum found find_table(const struct machine *m, paddr_t table, vaddr_t at,
				    vaddr_t last, paddr_t *ret)
{
	enum found found = FOUND_TABLE;

	if ((at ^ last) >> level_shift(PG_LEVEL_PMD))
		return FOUND_OTHER;
	if (__builtin_expect(m->top_level < PG_LEVEL_PGD, 0)) {
		for (enum pg_level l = m->top_level; l > PG_LEVEL_PTE && found == FOUND_TABLE; l--)
			found = step_down(m, true, l, at, &table);
	} else {
		for (enum pg_level l = m->top_level; l > PG_LEVEL_PGD && found == FOUND_TABLE; l--)
			found = step_down(m, false, l, at, &table);
		for (enum pg_level l = PG_LEVEL_PGD; l > PG_LEVEL_PTE && found == FOUND_TABLE; l--)
			found = step_down(m, false, l, at, &table);
	}
	*ret = table;
	return found;
}

/* Both passes over the whole range.  pgtable_lock is held. */
static int map_range(struct mapping *map, paddr_t root, vaddr_t last)
{
	struct machine *m = map->m;
	pfn_t on_stack[TABLES_ON_STACK];
	pfn_t *tables = on_stack;
	uint64_t missing = 0;
	int err;

	err = survey(m, m->top_level, root, map->start, last, &missing);
	if (err)
		return err;
	if (missing > m->nr_frames)
		return -ENOMEM;
	if (missing > TABLES_ON_STACK) {
		tables = kmalloc(m, missing * sizeof(*tables), GFP_KERNEL);
		if (!tables)
			return -ENOMEM;
	}
	err = missing ? alloc_tables(m, map->prot & _PAGE_USER ? PG_user : 0, missing, tables) : 0;
	if (err)
		goto out;

	map->tables = tables;
	map->nr_tables = missing;
	err = install(map, m->top_level, root, map->start, last);
	if (err)
		clear(m, m->top_level, root, map->start, last);
	while (map->nr_tables)
		free_table(m, tables[--map->nr_tables]);
out:
	if (tables != on_stack)
		kfree(m, tables);
	return err;
}

int pgtable_map(struct machine *m, paddr_t root, vaddr_t addr, uint64_t n, pgprot_t prot,
		frames_fn *frames, void *arg)
{
	struct mapping map = { .m = m, .start = addr, .prot = prot, .frames = frames, .arg = arg };
	vaddr_t last;
	paddr_t table;
	int err;

	if (n == 0)
		return 0;
	if (addr & ~PAGE_MASK || n > (UINT64_C(1) << 52) ||
	    n - 1 > (UINT64_MAX - addr) >> PAGE_SHIFT)
		return -EINVAL;
	last = addr + (n << PAGE_SHIFT) - 1;
	root &= PTE_PFN_MASK;
	if (!range_is_canonical(m, addr, last) || !pfn_valid(m, root >> PAGE_SHIFT))
		return -EINVAL;

	lock_mutex(&m->pgtable_lock);
	if (find_table(m, root, addr, last, &table) == FOUND_TABLE) {
		err = survey_ptes(m, table, addr, last);
		if (!err)
			write_ptes(&map, table, addr, n);
	} else {
		err = map_range(&map, root, last);
	}
	unlock_mutex(&m->pgtable_lock);
	return err;
}

/* Goes from a table to the one below it, and makes that if need be. 0 or -errno. */
static int make_way(struct machine *m, enum pg_level level, vaddr_t addr, paddr_t *table)
{
	pte_t *p = table_at(m, *table) + level_index(level, addr);
	pte_t entry = pte_get(p);
	pfn_t pfn;
	int err;

	if (!entry) {
		err = alloc_table(m, &pfn);
		if (err)
			return err;
		entry = pfn << PAGE_SHIFT | m->level_rules[level].table;
		page_mark_dirty(m, *table >> PAGE_SHIFT);
		pte_set(p, entry);
	} else if (pgtable_bad(m, level, entry)) {
		return -EBUSY;
	}
	*table = entry & PTE_PFN_MASK;
	return 0;
}

int pgtable_map_leaf(struct machine *m, paddr_t root, vaddr_t addr, enum pg_level level,
		     pte_t entry)
{
	paddr_t table = root & PTE_PFN_MASK;
	int err = 0;

	if (addr & ((UINT64_C(1) << level_shift(level)) - 1) ||
	    !range_is_canonical(m, addr, addr) || !pfn_valid(m, table >> PAGE_SHIFT))
		return -EINVAL;
	lock_mutex(&m->pgtable_lock);
	for (enum pg_level l = m->top_level; l > level && !err; l--)
		err = make_way(m, l, addr, &table);
	if (!err) {
		pte_t *p = table_at(m, table) + level_index(level, addr);

		if (pte_get(p)) {
			err = -EBUSY;
		} else {
			page_mark_dirty(m, table >> PAGE_SHIFT);
			pte_set(p, entry);
		}
	}
	unlock_mutex(&m->pgtable_lock);
	return err;
}

void pgtable_unmap(struct machine *m, paddr_t root, vaddr_t start, vaddr_t end)
{
	enum found found;
	paddr_t table;

	if (BUG_ON(m, start >= end))
		return;
	root &= PTE_PFN_MASK;
	if (WARN_ON(m, !range_is_canonical(m, start, end - 1)) || !pfn_valid(m, root >> PAGE_SHIFT))
		return;
	lock_mutex(&m->pgtable_lock);
	found = find_table(m, root, start, end - 1, &table);
	if (found == FOUND_TABLE)
		clear_ptes(m, table, start, end - 1);
	else if (found == FOUND_OTHER)
		clear(m, m->top_level, root, start, end - 1);
	unlock_mutex(&m->pgtable_lock);
}

/*
 * Frees the tables below a user table, or below the first entries of one.  Its entries
 * are guest memory like any other, so only a frame that was allocated as a user table is
 * freed.  free_table takes that mark off, so that none is freed twice.
 */
static void free_below(struct machine *m, enum pg_level level, paddr_t table, unsigned entries)
{
	for (unsigned i = 0; level > PG_LEVEL_PTE && i < entries; i++) {
		pte_t *p = table_at(m, table) + i;
		pte_t entry = pte_get(p);
		pfn_t pfn = pte_pfn(entry);

		if (!entry)
			continue;
		if (pgtable_bad(m, level, entry)) {
			repair_bad(m, level, p, entry);
		} else if (~pfn_to_page(m, pfn)->flags & (PG_table | PG_user)) {
			bad_page(m, pfn);
		} else {
			free_below(m, level - 1, pfn << PAGE_SHIFT, PTRS_PER_TABLE);
			free_table(m, pfn);
		}
	}
}

void pgtable_destroy_user(struct machine *m, paddr_t root)
{
	root &= PTE_PFN_MASK;
	if (!pfn_valid(m, root >> PAGE_SHIFT))
		return;
	lock_mutex(&m->pgtable_lock);
	free_below(m, m->top_level, root, pgd_user_entries(m)); /* the rest is the kernel's */
	free_table(m, root >> PAGE_SHIFT);
	unlock_mutex(&m->pgtable_lock);
}
