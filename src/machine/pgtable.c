/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Translation: what a CPU does with an address and the tables at its root.
 *
 * Each entry is read once, and judged as it was read: another thread, or a
 * user who writes to the frames of the tables, may change it at any time.  No
 * entry is followed to a frame that is not RAM.
 *
 * A CPU looks at permissions last.  An entry that is not present, or has
 * reserved bits set, wins over a forbidden write further up.
 */
#include <string.h>
#include <vmallocfs/page.h>
#include <vmallocfs/pgtable.h>
#include "machine/address_map.h"
#include "machine/lock.h"

/* Address bits from 46 up that a CPU with 46 of them wants to be zero. */
#define RESERVED_HIGH (PTE_PFN_MASK & ~(PHYS_END - 1))

/* PAE also wants zeros in bits 52 to 62, which longer tables ignore. */
#define RESERVED_PAE (RESERVED_HIGH | UINT64_C(0x7ff0000000000000))

#define TABLE_FREE (PTE_PFN_MASK | _PAGE_USER | _PAGE_ACCESSED)

/* clang-format off */
#define RULES(high, pse) \
	{ (high), (pse), 0, _KERNPG_TABLE, _PAGE_TABLE, TABLE_FREE, _PAGE_ACCESSED }

/* Bit 12 of a large leaf is PAT, and so is the bit of PSE in a PTE. */
static const struct level_rules rules_long[PG_LEVELS] = {
	[PG_LEVEL_PTE] = RULES(RESERVED_HIGH, 0),
	[PG_LEVEL_PMD] = RULES(RESERVED_HIGH, UINT64_C(0x1fe000)),
	[PG_LEVEL_PUD] = RULES(RESERVED_HIGH, UINT64_C(0x3fffe000)),
	[PG_LEVEL_PGD] = RULES(RESERVED_HIGH, _PAGE_PSE),
	[PG_LEVEL_PGD_5] = RULES(RESERVED_HIGH, _PAGE_PSE),
};

/* An entry of the PGD is P, PWT, PCD, three bits for software, and an address. */
static const struct level_rules rules_pae[PG_LEVELS] = {
	[PG_LEVEL_PTE] = RULES(RESERVED_PAE, 0),
	[PG_LEVEL_PMD] = RULES(RESERVED_PAE, UINT64_C(0x1fe000)),
	[PG_LEVEL_PUD] = { RESERVED_PAE | _PAGE_NX | UINT64_C(0x1e6), 0, _PAGE_RW | _PAGE_USER,
			   _PAGE_PDPTE, _PAGE_PDPTE, PTE_PFN_MASK, 0 },
};
/* clang-format on */

const struct level_rules *level_rules_of(const struct arch *arch)
{
	return arch->levels == 3 ? rules_pae : rules_long;
}

/*
 * A walk that has come down to the entry which decides: a leaf, or one that
 * leads no further.
 */
struct walk {
	enum pg_level level;
	paddr_t table; /* that the entry stands in */
	pte_t entry;
	paddr_t entry_addr;
	pte_t flags; /* effective RW, USER and NX, this entry included if it is a good one */
	pte_t upper; /* the same without this entry */
	bool leaf;
};

const char *pg_level_name(const struct machine *m, enum pg_level level)
{
	static const char *const names[PG_LEVELS] = { "pte", "pmd", "pud", "p4d", "pgd" };

	return level == m->top_level ? "pgd" : names[level];
}

static pte_t combine_flags(pte_t flags, pte_t entry)
{
	return (flags & entry & (_PAGE_RW | _PAGE_USER)) | ((flags | entry) & _PAGE_NX);
}

/* Flags that every entry on the way must have for such an access. */
static pte_t needed(unsigned access)
{
	return (access & ACCESS_WRITE ? _PAGE_RW : 0) | (access & ACCESS_USER ? _PAGE_USER : 0);
}

static enum fault entry_fault(const struct level_rules *rules, pte_t entry)
{
	if (!(entry & _PAGE_PRESENT))
		return entry ? FAULT_NOT_PRESENT : FAULT_ABSENT;
	if (entry & (rules->reserved | (entry & _PAGE_PSE ? rules->reserved_pse : 0)))
		return FAULT_RESERVED;
	return FAULT_NONE;
}

/* Goes down to the entry that decides about addr.  Permissions are not looked at. */
static enum fault walk_down(const struct machine *m, paddr_t root, vaddr_t addr, struct walk *w)
{
	paddr_t table = root & PTE_PFN_MASK;
	pte_t flags = _PAGE_RW | _PAGE_USER;

	*w = (struct walk){ .level = m->top_level, .table = table };
	if (!range_is_canonical(m, addr, addr))
		return FAULT_NONCANONICAL;
	if (!pfn_valid(m, table >> PAGE_SHIFT))
		return FAULT_OUTSIDE;

	for (enum pg_level level = m->top_level;; level--) {
		paddr_t at = table + level_index(level, addr) * sizeof(pte_t);
		pte_t entry = pte_get((const pte_t *)(m->ram + at));
		const struct level_rules *rules = &m->level_rules[level];
		enum fault fault = entry_fault(rules, entry);

		w->level = level;
		w->table = table;
		w->entry = entry;
		w->entry_addr = at;
		w->upper = w->flags = flags;
		if (fault)
			return fault;

		flags = w->flags = combine_flags(flags, entry | rules->implied);
		if (level == PG_LEVEL_PTE || entry & _PAGE_PSE) {
			w->leaf = true;
			return FAULT_NONE;
		}
		table = entry & PTE_PFN_MASK;
		if (!pfn_valid(m, table >> PAGE_SHIFT))
			return FAULT_OUTSIDE;
	}
}

/* Physical address of addr below a leaf. */
static paddr_t leaf_phys(enum pg_level level, pte_t entry, vaddr_t addr)
{
	uint64_t size = UINT64_C(1) << level_shift(level);

	return (entry & PTE_PFN_MASK & ~(size - 1)) | (addr & (size - 1));
}

/* The fault of an access that the flags on the way do not allow. */
static enum fault denied(pte_t flags, pte_t need)
{
	return need & ~flags & _PAGE_USER ? FAULT_USER : FAULT_READ_ONLY;
}

/* Points a walk at the highest entry that denies the access. */
static void find_denying(const struct machine *m, paddr_t root, vaddr_t addr, pte_t flag,
			 struct walk *w)
{
	paddr_t table = root & PTE_PFN_MASK;

	for (enum pg_level level = m->top_level; level > w->level; level--) {
		paddr_t at = table + level_index(level, addr) * sizeof(pte_t);
		pte_t entry = pte_get((const pte_t *)(m->ram + at));

		if (!((entry | m->level_rules[level].implied) & flag)) {
			w->level = level;
			w->entry = entry;
			w->entry_addr = at;
			return;
		}
		table = entry & PTE_PFN_MASK;
		if (!pfn_valid(m, table >> PAGE_SHIFT))
			return; /* changed since the walk: the leaf will do */
	}
}

enum fault pgtable_walk(const struct machine *m, paddr_t root, vaddr_t addr, unsigned access,
			struct translation *ret)
{
	pte_t need = needed(access);
	struct walk w;
	enum fault fault = walk_down(m, root, addr, &w);
	paddr_t phys = 0;

	if (w.leaf && need & ~w.flags) {
		fault = denied(w.flags, need);
		find_denying(m, root, addr, fault == FAULT_USER ? _PAGE_USER : _PAGE_RW, &w);
	} else if (w.leaf) {
		phys = leaf_phys(w.level, w.entry, addr);
		if (!pfn_valid(m, phys >> PAGE_SHIFT))
			fault = FAULT_OUTSIDE;
	}
	*ret = (struct translation){
		.fault = fault,
		.level = w.level,
		.entry = w.entry,
		.entry_addr = w.entry_addr,
		.phys = phys,
		.flags = w.flags,
	};
	return fault;
}

/* The page of a PTE that the upper entries lead to; false, with a fault, if it cannot be used. */
static inline bool use_pte(const struct machine *m, pte_t pte, pte_t upper, pte_t need, pfn_t *ret,
			   enum fault *fault)
{
	const struct level_rules *rules = &m->level_rules[PG_LEVEL_PTE];

	*ret = pte_pfn(pte);
	if ((pte & (rules->reserved | _PAGE_PRESENT)) == _PAGE_PRESENT &&
	    !(need & ~(upper & pte)) && pfn_valid(m, *ret))
		return true;

	*fault = entry_fault(rules, pte);
	if (*fault == FAULT_NONE)
		*fault = need & ~(upper & pte) ? denied(upper & pte, need) : FAULT_OUTSIDE;
	return false;
}

/* Up to n pages below one PTE table. */
static size_t run_ptes(struct machine *m, const struct walk *w, vaddr_t addr, size_t n,
		       unsigned access, unsigned char **host, enum fault *fault)
{
	const pte_t *ptes = (const pte_t *)(m->ram + w->table) + level_index(PG_LEVEL_PTE, addr);
	size_t left = PTRS_PER_TABLE - level_index(PG_LEVEL_PTE, addr);
	pte_t need = needed(access);

	if (n > left)
		n = left;
	for (size_t i = 0; i < n; i++) {
		pfn_t pfn;

		if (use_pte(m, pte_get(&ptes[i]), w->upper, need, &pfn, fault)) {
			host[i] = pfn_to_ram(m, pfn);
			if (access & ACCESS_WRITE && !page_touch(m, pfn)) {
				*fault = FAULT_NO_HOST;
				return i;
			}
		} else if (*fault == FAULT_ABSENT) {
			host[i] = NULL;
			*fault = FAULT_NONE;
		} else {
			return i;
		}
	}
	return n;
}

/* Up to n pages below one large leaf. */
static size_t run_large(struct machine *m, const struct walk *w, vaddr_t addr, size_t n,
			unsigned access, unsigned char **host, enum fault *fault)
{
	uint64_t size = UINT64_C(1) << level_shift(w->level);
	uint64_t left = (size - (addr & (size - 1))) >> PAGE_SHIFT;
	pfn_t pfn = leaf_phys(w->level, w->entry, addr) >> PAGE_SHIFT;
	pte_t need = needed(access);

	if (need & ~w->flags) {
		*fault = denied(w->flags, need);
		return 0;
	}
	if (n > left)
		n = left;
	for (size_t i = 0; i < n; i++, pfn++) {
		if (!pfn_valid(m, pfn)) {
			*fault = FAULT_OUTSIDE;
			return i;
		}
		host[i] = pfn_to_ram(m, pfn);
		if (access & ACCESS_WRITE && !page_touch(m, pfn)) {
			*fault = FAULT_NO_HOST;
			return i;
		}
	}
	return n;
}

/* Up to n pages under an empty upper-level entry. */
static size_t run_hole(const struct walk *w, vaddr_t addr, size_t n, unsigned char **host)
{
	uint64_t size = UINT64_C(1) << level_shift(w->level);
	uint64_t left = (size - (addr & (size - 1))) >> PAGE_SHIFT;

	if (n > left)
		n = left;
	memset(host, 0, n * sizeof(*host));
	return n;
}

size_t pgtable_run(struct machine *m, paddr_t root, vaddr_t addr, size_t n, unsigned access,
		   unsigned char **host, enum fault *fault)
{
	size_t done = 0;

	*fault = FAULT_NONE;
	while (done < n && *fault == FAULT_NONE) {
		vaddr_t at = addr + ((uint64_t)done << PAGE_SHIFT);
		enum fault found;
		struct walk w;

		if (at < addr) { /* beyond the last page there is */
			*fault = FAULT_NONCANONICAL;
			break;
		}
		found = walk_down(m, root, at, &w);
		if (w.level == PG_LEVEL_PTE)
			done += run_ptes(m, &w, at, n - done, access, host + done, fault);
		else if (found == FAULT_ABSENT)
			done += run_hole(&w, at, n - done, host + done);
		else if (found == FAULT_NONE)
			done += run_large(m, &w, at, n - done, access, host + done, fault);
		else
			*fault = found;
	}
	return done;
}

void flush_cache_vmap(struct machine *m, vaddr_t start, vaddr_t end)
{
	(void)start;
	(void)end;
	counter_add(&m->nr_flush_cache_vmap, 1);
}

void flush_cache_vunmap(struct machine *m, vaddr_t start, vaddr_t end)
{
	(void)start;
	(void)end;
	counter_add(&m->nr_flush_cache_vunmap, 1);
}
