/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Page tables: translation as data, and over junk.
 */
#include "tables.h"

#define P _PAGE_PRESENT
#define PSE _PAGE_PSE
#define KERNEL PAGE_KERNEL

/*
 * Translation.  The machine has 64 MiB: frames 0 to 0x3fff.  Tables are
 * written by hand, each in a frame of its own:
 *
 *	0x800000 PGD   [402] -> 0x801000	402: ffffc9xxxxxxxxxx
 *	0x801000 PUD   [0]   -> 0x802000
 *	0x802000 PMD   [0]   -> 0x803000	[1] none
 *	0x803000 PTE   [0]   -> frame 0x2000	[1] none  [2] frame 0x2002, no RW
 *
 * Each row changes up to three of these entries.
 */
#define ROOT 0x800000
#define PGD_AT (ROOT + 402 * 8)
#define PUD_AT 0x801000
#define PMD_AT 0x802000
#define PTE_AT 0x803000

static void write_tables(void)
{
	poke(PGD_AT, 0x801000 | _KERNPG_TABLE);
	poke(PUD_AT, 0x802000 | _KERNPG_TABLE);
	poke(PMD_AT, 0x803000 | _KERNPG_TABLE);
	poke(PMD_AT + 8, 0);
	poke(PTE_AT, 0x2000000 | KERNEL);
	poke(PTE_AT + 8, 0);
	poke(PTE_AT + 16, 0x2002000 | (KERNEL & ~RW));
}

/* clang-format off */
static const struct {
	const char *what;
	struct {
		paddr_t at;
		pte_t entry;
	} set[3];
	vaddr_t addr;
	unsigned access;
	enum fault fault;
	enum pg_level level;
	paddr_t phys;
} walks[] = {
	/* As they stand. */
	{ "first byte", { { 0 } }, VA, R, FAULT_NONE, PG_LEVEL_PTE, 0x2000000 },
	{ "write", { { 0 } }, VA + 0xabc, W, FAULT_NONE, PG_LEVEL_PTE, 0x2000abc },
	{ "no pte", { { 0 } }, VA + 0x1000, R, FAULT_ABSENT, PG_LEVEL_PTE, 0 },
	{ "no pmd", { { 0 } }, VA + 0x200000, R, FAULT_ABSENT, PG_LEVEL_PMD, 0 },
	{ "no pud", { { 0 } }, VA + 0x40000000, R, FAULT_ABSENT, PG_LEVEL_PUD, 0 },
	{ "no pgd", { { 0 } }, VA + 0x8000000000, R, FAULT_ABSENT, PG_LEVEL_PGD, 0 },
	{ "address 0", { { 0 } }, 0, R, FAULT_ABSENT, PG_LEVEL_PGD, 0 },
	{ "read of a read-only page", { { 0 } },
	  VA + 0x2001, R, FAULT_NONE, PG_LEVEL_PTE, 0x2002001 },
	{ "write to it", { { 0 } }, VA + 0x2001, W, FAULT_READ_ONLY, PG_LEVEL_PTE, 0 },

	/* The shape of addresses. */
	{ "non-canonical, low", { { 0 } },
	  UINT64_C(0x0000800000000000), R, FAULT_NONCANONICAL, PG_LEVEL_PGD, 0 },
	{ "non-canonical, high", { { 0 } },
	  UINT64_C(0xffff7fffffffffff), R, FAULT_NONCANONICAL, PG_LEVEL_PGD, 0 },
	{ "only bit 63 differs", { { 0 } },
	  VA & ~(UINT64_C(1) << 63), R, FAULT_NONCANONICAL, PG_LEVEL_PGD, 0 },
	{ "last byte of all", { { ROOT + 511 * 8, 0x801063 }, { PUD_AT + 511 * 8, 0x1e3 } },
	  UINT64_MAX, R, FAULT_OUTSIDE, PG_LEVEL_PUD, 0x3fffffff },

	/* Non-zero without Present, on each level. */
	{ "pte not present", { { PTE_AT, 0x2000162 } }, VA, R, FAULT_NOT_PRESENT, PG_LEVEL_PTE, 0 },
	{ "pmd not present", { { PMD_AT, 0x803062 } }, VA, R, FAULT_NOT_PRESENT, PG_LEVEL_PMD, 0 },
	{ "pud not present", { { PUD_AT, 2 } }, VA, W, FAULT_NOT_PRESENT, PG_LEVEL_PUD, 0 },
	{ "pgd not present", { { PGD_AT, NX } }, VA, R, FAULT_NOT_PRESENT, PG_LEVEL_PGD, 0 },
	{ "not present wins over reserved", { { PTE_AT, UINT64_C(1) << 50 } },
	  VA, R, FAULT_NOT_PRESENT, PG_LEVEL_PTE, 0 },

	/* Reserved bits. */
	{ "pte bit 46", { { PTE_AT, KERNEL | UINT64_C(1) << 46 } },
	  VA, R, FAULT_RESERVED, PG_LEVEL_PTE, 0 },
	{ "pte bit 51", { { PTE_AT, KERNEL | UINT64_C(1) << 51 } },
	  VA, R, FAULT_RESERVED, PG_LEVEL_PTE, 0 },
	{ "pte bits 52-62 are free", { { PTE_AT, KERNEL | 0x2000000 | UINT64_C(0x7ff) << 52 } },
	  VA, R, FAULT_NONE, PG_LEVEL_PTE, 0x2000000 },
	{ "pte bits 9-11 are free", { { PTE_AT, KERNEL | 0x2000000 | 0xe00 } },
	  VA, R, FAULT_NONE, PG_LEVEL_PTE, 0x2000000 },
	{ "pte bit 7 is PAT", { { PTE_AT, KERNEL | 0x2000080 } },
	  VA, R, FAULT_NONE, PG_LEVEL_PTE, 0x2000000 },
	{ "pmd bit 47", { { PMD_AT, 0x803063 | UINT64_C(1) << 47 } },
	  VA, R, FAULT_RESERVED, PG_LEVEL_PMD, 0 },
	{ "pud bit 48", { { PUD_AT, 0x802063 | UINT64_C(1) << 48 } },
	  VA, R, FAULT_RESERVED, PG_LEVEL_PUD, 0 },
	{ "pgd bit 49", { { PGD_AT, 0x801063 | UINT64_C(1) << 49 } },
	  VA, R, FAULT_RESERVED, PG_LEVEL_PGD, 0 },
	{ "pgd with PSE", { { PGD_AT, 0x801063 | PSE } }, VA, R, FAULT_RESERVED, PG_LEVEL_PGD, 0 },
	{ "reserved wins over read-only", { { PTE_AT, P | UINT64_C(1) << 46 } },
	  VA, W, FAULT_RESERVED, PG_LEVEL_PTE, 0 },

	/* Large leaves. */
	{ "2 MiB", { { PMD_AT, 0x2200000 | KERNEL | PSE } },
	  VA + 0x12345, W, FAULT_NONE, PG_LEVEL_PMD, 0x2212345 },
	{ "2 MiB, bit 12 is PAT", { { PMD_AT, 0x2201000 | KERNEL | PSE } },
	  VA, R, FAULT_NONE, PG_LEVEL_PMD, 0x2200000 },
	{ "2 MiB, bit 13", { { PMD_AT, 0x2202000 | KERNEL | PSE } },
	  VA, R, FAULT_RESERVED, PG_LEVEL_PMD, 0 },
	{ "2 MiB, bit 20", { { PMD_AT, 0x2300000 | KERNEL | PSE } },
	  VA, R, FAULT_RESERVED, PG_LEVEL_PMD, 0 },
	{ "2 MiB, read-only", { { PMD_AT, 0x2200000 | P | PSE } },
	  VA, W, FAULT_READ_ONLY, PG_LEVEL_PMD, 0 },
	{ "2 MiB beyond RAM", { { PMD_AT, 0x4000000 | KERNEL | PSE } },
	  VA + 5, R, FAULT_OUTSIDE, PG_LEVEL_PMD, 0x4000005 },
	{ "1 GiB", { { PUD_AT, 0 | KERNEL | PSE } },
	  VA + 0x3ffffff, W, FAULT_NONE, PG_LEVEL_PUD, 0x3ffffff },
	{ "1 GiB, its part beyond RAM", { { PUD_AT, 0 | KERNEL | PSE } },
	  VA + 0x4000000, R, FAULT_OUTSIDE, PG_LEVEL_PUD, 0x4000000 },
	{ "1 GiB, bit 12 is PAT", { { PUD_AT, 0x1000 | KERNEL | PSE } },
	  VA, R, FAULT_NONE, PG_LEVEL_PUD, 0 },
	{ "1 GiB, bit 13", { { PUD_AT, 0x2000 | KERNEL | PSE } },
	  VA, R, FAULT_RESERVED, PG_LEVEL_PUD, 0 },
	{ "1 GiB, bit 29", { { PUD_AT, 0x20000000 | KERNEL | PSE } },
	  VA, R, FAULT_RESERVED, PG_LEVEL_PUD, 0 },

	/* Frames that are not RAM. */
	{ "last frame", { { PTE_AT, 0x3fff000 | KERNEL } },
	  VA + 0xfff, R, FAULT_NONE, PG_LEVEL_PTE, 0x3ffffff },
	{ "first beyond", { { PTE_AT, 0x4000000 | KERNEL } },
	  VA, R, FAULT_OUTSIDE, PG_LEVEL_PTE, 0x4000000 },
	{ "device memory", { { PTE_AT, UINT64_C(0x200000000) | PAGE_KERNEL_NOCACHE } },
	  VA + 8, W, FAULT_OUTSIDE, PG_LEVEL_PTE, UINT64_C(0x200000008) },
	{ "highest address", { { PTE_AT, (PHYS_END - 4096) | KERNEL } },
	  VA, R, FAULT_OUTSIDE, PG_LEVEL_PTE, PHYS_END - 4096 },
	{ "read-only wins over outside", { { PTE_AT, 0x4000000 | P } },
	  VA, W, FAULT_READ_ONLY, PG_LEVEL_PTE, 0 },
	{ "pte table beyond RAM", { { PMD_AT, 0x4000063 } },
	  VA, R, FAULT_OUTSIDE, PG_LEVEL_PMD, 0 },
	{ "pmd table beyond RAM", { { PUD_AT, (PHYS_END - 4096) | 0x63 } },
	  VA, R, FAULT_OUTSIDE, PG_LEVEL_PUD, 0 },
	{ "pud table beyond RAM", { { PGD_AT, 0x4000063 } },
	  VA, R, FAULT_OUTSIDE, PG_LEVEL_PGD, 0 },

	/* Permissions of all levels count, the highest that denies is named. */
	{ "read-only pmd", { { PMD_AT, 0x803061 } }, VA, W, FAULT_READ_ONLY, PG_LEVEL_PMD, 0 },
	{ "read-only pud and pte", { { PUD_AT, 0x802061 }, { PTE_AT, 0x2000161 } },
	  VA, W, FAULT_READ_ONLY, PG_LEVEL_PUD, 0 },
	{ "read-only pgd, read", { { PGD_AT, 0x801061 } },
	  VA, R, FAULT_NONE, PG_LEVEL_PTE, 0x2000000 },
	{ "read-only pgd, absent page", { { PGD_AT, 0x801061 } },
	  VA + 0x1000, W, FAULT_ABSENT, PG_LEVEL_PTE, 0 },
	{ "user access", { { 0 } }, VA, R | U, FAULT_USER, PG_LEVEL_PGD, 0 },
	{ "user pte below kernel tables", { { PTE_AT, 0x2000067 } },
	  VA, R | U, FAULT_USER, PG_LEVEL_PGD, 0 },
	{ "user tables, kernel pte",
	  { { PGD_AT, 0x801067 }, { PUD_AT, 0x802067 }, { PMD_AT, 0x803067 } },
	  VA, R | U, FAULT_USER, PG_LEVEL_PTE, 0 },
	{ "user wins over read-only", { { PTE_AT, 0x2000061 } },
	  VA, W | U, FAULT_USER, PG_LEVEL_PGD, 0 },
	{ "user 1 GiB", { { PGD_AT, 0x801067 }, { PUD_AT, 0xe7 } },
	  VA + 0x1234567, W | U, FAULT_NONE, PG_LEVEL_PUD, 0x1234567 },

	/* Tables that name themselves: bounded, and right. */
	{ "pgd entry to itself", { { PGD_AT, ROOT | 0x63 } },
	  UINT64_C(0xffff000000000000) | UINT64_C(402) << 39 | UINT64_C(402) << 30 | UINT64_C(402)
	  << 21 | UINT64_C(402) << 12, R, FAULT_NONE, PG_LEVEL_PTE, ROOT },
	{ "pte table to the pgd", { { PMD_AT, ROOT | 0x63 } },
	  VA + 402 * 4096, R, FAULT_NONE, PG_LEVEL_PTE, 0x801000 },
	{ "frame 0", { { PTE_AT, KERNEL } }, VA + 7, W, FAULT_NONE, PG_LEVEL_PTE, 7 },
	{ "all ones", { { PGD_AT, UINT64_MAX } }, VA, R, FAULT_RESERVED, PG_LEVEL_PGD, 0 },
};
/* clang-format on */

/* The walk is also what a run of one page says. */
static void check_run_agrees(vaddr_t addr, unsigned access, const struct translation *t)
{
	unsigned char *host = (unsigned char *)1;
	enum fault fault;
	size_t n = pgtable_run(m, ROOT, addr & PAGE_MASK, 1, access, &host, &fault);

	if (t->fault == FAULT_ABSENT) {
		unit_assert(n == 1);
		unit_assert(host == NULL);
		unit_assert(fault == FAULT_NONE);
	} else if (t->fault) {
		unit_assert(n == 0);
		unit_assert(fault == t->fault);
	} else {
		unit_assert(n == 1);
		unit_assert(fault == FAULT_NONE);
		unit_assert(host == m->ram + (t->phys & PAGE_MASK));
	}
}

START_TEST(test_walk)
{
	struct translation t;

	write_tables();
	for (unsigned k = 0; k < 3 && walks[_i].set[k].at; k++)
		poke(walks[_i].set[k].at, walks[_i].set[k].entry);
	pgtable_walk(m, ROOT, walks[_i].addr, walks[_i].access, &t);
	ck_assert_msg(t.fault == walks[_i].fault, "%s: fault %d", walks[_i].what, t.fault);
	ck_assert_msg(t.level == walks[_i].level, "%s: level %d", walks[_i].what, t.level);
	ck_assert_msg(t.phys == walks[_i].phys, "%s: phys %lx", walks[_i].what,
		      (unsigned long)t.phys);
	if (t.fault != FAULT_NONCANONICAL)
		ck_assert_uint_eq(t.entry, peek(t.entry_addr));
	check_run_agrees(walks[_i].addr, walks[_i].access, &t);
}
END_TEST

START_TEST(test_root)
{
	struct translation t;
	unsigned char *host;
	enum fault fault;

	write_tables();
	/* The low bits of CR3 are flags. */
	ck_assert_int_eq(pgtable_walk(m, ROOT | 0x18, VA, R, &t), FAULT_NONE);
	ck_assert_int_eq(pgtable_walk(m, MiB(64), VA, R, &t), FAULT_OUTSIDE);
	ck_assert_int_eq(t.level, PG_LEVEL_PGD);
	ck_assert_int_eq(pgtable_walk(m, UINT64_MAX, VA, R, &t), FAULT_OUTSIDE);
	ck_assert_uint_eq(pgtable_run(m, MiB(64), VA, 1, R, &host, &fault), 0);
	ck_assert_int_eq(fault, FAULT_OUTSIDE);
}
END_TEST

START_TEST(test_effective_flags)
{
	struct translation t;

	write_tables();
	pgtable_walk(m, ROOT, VA, R, &t);
	ck_assert_uint_eq(t.flags, RW | NX);
	poke(PMD_AT, 0x803065 | NX);
	poke(PTE_AT, 0x2000067);
	pgtable_walk(m, ROOT, VA, R, &t);
	ck_assert_uint_eq(t.flags, NX);
	poke(PGD_AT, 0x801067);
	poke(PUD_AT, 0x802067);
	poke(PMD_AT, 0x803067);
	pgtable_walk(m, ROOT, VA, R, &t);
	ck_assert_uint_eq(t.flags, RW | US);
	ck_assert_uint_eq(t.entry, 0x2000067);
	ck_assert_uint_eq(t.entry_addr, PTE_AT);
}
END_TEST

/* A run over tables, holes, large leaves and faults, all in one. */
START_TEST(test_run)
{
	unsigned char *host[2000];
	enum fault fault;

	write_tables();
	/* pages 0 and 2 mapped, 1 absent, 511 mapped; then no pmd; then 2 MiB; then a fault */
	poke(PTE_AT + 511 * 8, 0x2fff000 | KERNEL);
	poke(PMD_AT + 16, 0x2400000 | KERNEL | PSE);
	poke(PMD_AT + 24, 0x803062);
	ck_assert_uint_eq(pgtable_run(m, ROOT, VA, 2000, R, host, &fault), 1536);
	ck_assert_int_eq(fault, FAULT_NOT_PRESENT);
	ck_assert_ptr_eq(host[0], m->ram + 0x2000000);
	ck_assert_ptr_null(host[1]);
	ck_assert_ptr_eq(host[2], m->ram + 0x2002000);
	ck_assert_ptr_null(host[3]);
	ck_assert_ptr_eq(host[511], m->ram + 0x2fff000);
	for (unsigned i = 512; i < 1024; i++)
		ck_assert_ptr_null(host[i]);
	for (unsigned i = 1024; i < 1536; i++)
		ck_assert_ptr_eq(host[i], m->ram + 0x2400000 + (i - 1024) * 4096);

	/* A write stops at the read-only page, and marks what lies before it. */
	ck_assert_uint_eq(pgtable_run(m, ROOT, VA, 10, W, host, &fault), 2);
	ck_assert_int_eq(fault, FAULT_READ_ONLY);
	ck_assert(pfn_to_page(m, 0x2000)->flags & PG_dirty);
	ck_assert(!(pfn_to_page(m, 0x2002)->flags & PG_dirty));
	ck_assert_uint_eq(pgtable_run(m, ROOT, VA + 0x2000, 1, W, host, &fault), 0);

	ck_assert_uint_eq(pgtable_run(m, ROOT, VA, 0, W, host, &fault), 0);
	ck_assert_int_eq(fault, FAULT_NONE);

	/* Over the ends of what is canonical. */
	ck_assert_uint_eq(pgtable_run(m, ROOT, UINT64_C(0x7ffffffff000), 5, R, host, &fault), 1);
	ck_assert_int_eq(fault, FAULT_NONCANONICAL);
	ck_assert_uint_eq(pgtable_run(m, ROOT, UINT64_MAX - 8191, 5, R, host, &fault), 2);
	ck_assert_int_eq(fault, FAULT_NONCANONICAL);
}
END_TEST

/*
 * The simplest MMU: what the manuals say, in one piece.  Compared with the walk
 * over tables full of junk.
 */
static enum fault naive(vaddr_t addr, unsigned access, paddr_t *phys)
{
	paddr_t table = ROOT;
	bool rw = true, us = true;

	for (int shift = 39;; shift -= 9) {
		pte_t e = peek(table + (addr >> shift & 511) * 8);
		bool large = shift > 12 && shift < 39 && e & 0x80;
		pte_t zero = UINT64_C(0x3f) << 46;

		if (!(e & 1))
			return e ? FAULT_NOT_PRESENT : FAULT_ABSENT;
		if (shift == 39)
			zero |= 0x80;
		if (large)
			zero |= (UINT64_C(1) << shift) - 0x2000;
		if (e & zero)
			return FAULT_RESERVED;
		rw = rw && e & 2;
		us = us && e & 4;
		table = e & UINT64_C(0x3ffffffff000);
		if (large || shift == 12) {
			*phys = (table >> shift << shift) + (addr & ((UINT64_C(1) << shift) - 1));
			if (access & U && !us)
				return FAULT_USER;
			if (access & W && !rw)
				return FAULT_READ_ONLY;
			return *phys < m->ram_size ? FAULT_NONE : FAULT_OUTSIDE;
		}
		if (table >= m->ram_size)
			return FAULT_OUTSIDE;
	}
}

/* Something that is at times a good entry, at times nearly one, at times noise. */
static pte_t junk(uint64_t *seed)
{
	uint64_t r = unit_random(seed);
	pte_t e = ROOT + (r >> 8) % 8 * 4096;

	switch (r % 8) {
	case 0:
		return 0;
	case 1:
		return unit_random(seed);
	case 2:
		return (unit_random(seed) & 0x3fff000) | 0x67;
	case 3:
		return (unit_random(seed) & 0x7e00000) | 0xe7;
	case 4:
		return (unit_random(seed) & UINT64_C(0x40000000)) | 0xe7;
	case 5:
		return (e | 0x67) ^ (UINT64_C(1) << (r >> 32) % 64);
	default:
		return e | 0x67;
	}
}

START_TEST(test_junk)
{
	uint64_t seed = 4711;
	unsigned seen[FAULT_NONCANONICAL + 1] = { 0 };

	for (int round = 0; round < 20; round++) {
		for (paddr_t at = ROOT; at < ROOT + 8 * 4096; at += 8)
			poke(at, junk(&seed));
		for (int i = 0; i < 2000; i++) {
			vaddr_t addr = (vaddr_t)((int64_t)(unit_random(&seed) << 16) >> 16);
			unsigned access = unit_random(&seed) & (W | U);
			struct translation t;
			paddr_t phys = 0;
			enum fault want = naive(addr, access, &phys);

			unit_assert(pgtable_walk(m, ROOT, addr, access, &t) == want);
			if (want == FAULT_NONE)
				unit_assert(t.phys == phys);
			check_run_agrees(addr, access, &t);
			seen[want]++;
		}
	}
	for (int f = FAULT_NONE; f < FAULT_NONCANONICAL; f++)
		ck_assert_msg(seen[f] > 10, "fault %d seen %u times only", f, seen[f]);
}
END_TEST

static void in_order(void *arg, uint64_t first, size_t n, pfn_t *ret)
{
	for (size_t i = 0; i < n; i++)
		ret[i] = *(pfn_t *)arg + first + i;
}

/* Mapping and unmapping over tables full of junk harm nothing but the simulated memory. */
START_TEST(test_junk_map)
{
	uint64_t seed = 815;

	for (int round = 0; round < 60; round++) {
		for (paddr_t at = ROOT; at < ROOT + 8 * 4096; at += 8)
			poke(at, junk(&seed));
		for (int i = 0; i < 20; i++) {
			vaddr_t addr =
				(vaddr_t)((int64_t)(unit_random(&seed) << 16) >> 16) & PAGE_MASK;
			uint64_t n = unit_random(&seed) % 3000 + 1;
			pfn_t base = 0x2000;

			if (addr + (n << PAGE_SHIFT) - 1 < addr ||
			    addr >> 47 != (addr + (n << 12) - 1) >> 47)
				continue;
			if (i & 1)
				pgtable_map(m, ROOT, addr, n, PAGE_KERNEL, in_order, &base);
			else
				pgtable_unmap(m, ROOT, addr, addr + (n << PAGE_SHIFT));
		}
	}
	ck_assert_uint_eq(m->nr_bad_page, 0);
}
END_TEST

/* Bad upper entries, by the rule of map and unmap. */
START_TEST(test_bad)
{
	static const struct {
		pte_t entry;
		bool bad;
	} rows[] = {
		{ 0x800063, false }, { 0x800067, false }, /* user */
		{ 0x800043, false }, { 0x800047, false }, /* not accessed */
		{ 0x63, false },     { 0x3fff063, false },    { 0x4000063, true }, /* beyond RAM */
		{ 0x800062, true },						   /* not present */
		{ 0x800061, true },						   /* read-only */
		{ 0x800023, true },						   /* not dirty */
		{ 0x8000e3, true },						   /* large */
		{ 0x800163, true },						   /* global */
		{ 0x800263, true },  { NX | 0x800063, true }, { UINT64_C(1) << 46 | 0x63, true },
		{ 2, true },	     { UINT64_MAX, true },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		ck_assert_msg(pgtable_bad(m, PG_LEVEL_PMD, rows[i].entry) == rows[i].bad, "%lx",
			      (unsigned long)rows[i].entry);
}
END_TEST

START_TEST(test_counters)
{
	flush_cache_vmap(m, 0, 1);
	flush_cache_vunmap(m, 0, 1);
	flush_cache_vunmap(m, 0, 1);
	flush_tlb_kernel_range(m, 0, 1);
	ck_assert_uint_eq(m->nr_flush_cache_vmap, 1);
	ck_assert_uint_eq(m->nr_flush_cache_vunmap, 2);
	ck_assert_uint_eq(m->nr_flush_tlb, 1);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("pgtable");
	TCase *t = tcase_create("pgtable");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 300);
	tcase_add_loop_test(t, test_walk, 0, sizeof(walks) / sizeof(walks[0]));
	tcase_add_test(t, test_root);
	tcase_add_test(t, test_effective_flags);
	tcase_add_test(t, test_run);
	tcase_add_test(t, test_junk);
	tcase_add_test(t, test_junk_map);
	tcase_add_test(t, test_bad);
	tcase_add_test(t, test_counters);
	suite_add_tcase(s, t);
	return unit_main(s);
}
