/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * x86-pae: 32-bit addresses, page tables of three levels, low memory and HighMem.
 */
#include <vmallocfs/cpu.h>

#include "space.h"
#include "tables.h"

#define P PAGE_SIZE
#define PSE _PAGE_PSE
#define KERNEL PAGE_KERNEL

static struct machine_config pae(uint64_t memory, uint64_t vmalloc)
{
	struct machine_config c = MACHINE_CONFIG_DEFAULT;

	c.arch = ARCH_X86_PAE;
	c.memory = memory;
	if (vmalloc)
		c.vmalloc_size = vmalloc;
	return c;
}

/* --- the address map ------------------------------------------------------------------- */

/*
 * The first three are what a 6.1 kernel with 1 GiB has shown.  Low memory ends 8 MiB
 * before the window, or with the RAM.
 */
/* clang-format off */
static const struct {
	const char *what;
	uint64_t memory, vmalloc;
	vaddr_t window[2], modules[2]; /* asked for */
	vaddr_t start, end, direct_map, kernel;
	uint64_t low;
} maps[] = {
	{ "1G", GiB(1), 0, { 0 }, { 0 }, 0xf77fe000, 0xfeffe000, 0xc0000000, 0xc0000000, 0x36ffe000 },
	{ "1G, 64M", GiB(1), MiB(64), { 0 }, { 0 }, 0xfaffe000, 0xfeffe000, 0xc0000000, 0xc0000000, 0x3a7fe000 },
	{ "1G, 256M", GiB(1), MiB(256), { 0 }, { 0 }, 0xeeffe000, 0xfeffe000, 0xc0000000, 0xc0000000, 0x2e7fe000 },
	{ "256M: the window grows", MiB(256), 0, { 0 }, { 0 }, 0xd0800000, 0xfeffe000, 0xc0000000, 0xc0000000, MiB(256) },
	{ "256M, 64M", MiB(256), MiB(64), { 0 }, { 0 }, 0xfaffe000, 0xfeffe000, 0xc0000000, 0xc0000000, MiB(256) },
	{ "64G", GiB(64), 0, { 0 }, { 0 }, 0xf77fe000, 0xfeffe000, 0xc0000000, 0xc0000000, 0x36ffe000 },
	{ "the most", GiB(1), MiB(983), { 0 }, { 0 }, 0xc18fe000 & ~0xfffu, 0xfeffe000, 0xc0000000, 0xc0000000, 0 },
	{ "a phone", GiB(1), 0, { 0xde000000, 0xff000000 }, { 0xbf000000, 0xc0000000 },
	  0xde000000, 0xff000000, 0xc0000000, 0x80000000, 0x1d800000 },
	{ "over the direct map", MiB(64), 0, { 0xc0000000, 0xd0000000 }, { 0 },
	  0xc0000000, 0xd0000000, 0xd0000000, 0xc0000000, MiB(64) },
};
/* clang-format on */

START_TEST(test_maps)
{
	struct machine_config c = pae(maps[_i].memory, maps[_i].vmalloc);
	struct vm_space space;
	struct translation t;
	vaddr_t a, b, mod;

	c.vmalloc_start = maps[_i].window[0];
	c.vmalloc_end = maps[_i].window[1];
	c.modules_start = maps[_i].modules[0];
	c.modules_end = maps[_i].modules[1];
	m = space_boot_config(&c);
	if (maps[_i].low) {
		ck_assert_uint_eq(m->vmalloc_start, maps[_i].start);
		ck_assert_uint_eq(m->direct_map_size, maps[_i].low);
	}
	ck_assert_uint_eq(vmalloc_window_end(m), maps[_i].end);
	ck_assert_uint_eq(vmalloc_usable_end(m), maps[_i].end);
	ck_assert_uint_eq(m->page_offset_base, maps[_i].direct_map);
	ck_assert_uint_eq(m->kernel_start, maps[_i].kernel);
	ck_assert_uint_eq(vm_space(m, VM_SPACE_MODULES, &space), maps[_i].modules[1] != 0);

	a = vmalloc(m, 5000, "a");
	b = vmalloc(m, MiB(2), "b");
	ck_assert_uint_eq(a, m->vmalloc_start);
	ck_assert_uint_eq(b, a + 3 * P);
	mod = module_alloc(m, P, "m");
	ck_assert_uint_eq(mod, maps[_i].modules[1] ? maps[_i].modules[0] : b + MiB(2) + P);
	ck_assert_uint_eq(vwrite(m, "hello", a + 4094, 5), 5);
	ck_assert_int_eq(pgtable_walk(m, m->cr3, a + 4098, ACCESS_READ, &t), FAULT_NONE);
	ck_assert_int_eq(t.level, PG_LEVEL_PTE);
	ck_assert_int_eq(m->ram[t.phys], 'o');
	space_check(m);
	vfree(m, a);
	vfree(m, b);
	vfree(m, mod);
	space_end(m);
}
END_TEST

START_TEST(test_refused)
{
	static const struct {
		uint64_t memory, vmalloc;
		vaddr_t window[2];
		const char *word;
	} rows[] = {
		{ GiB(64) + P, 0, { 0 }, "64G" },
		{ GiB(1), MiB(984), { 0 }, "983M" },
		{ GiB(1), P - 1, { 0 }, "4K" },
		{ GiB(1), 0, { 0x3ff00000, 0x50000000 }, "0x40000000" },
		{ GiB(1), 0, { 0xf0000000, 0xffffffff }, "last page" },
		{ GiB(1), 0, { 0xf0000000, GiB(8) }, "last page" },
		{ GiB(1), 0, { 0xffffc90000000000, 0xffffc90040000000 }, "last page" },
		{ GiB(1), 0, { 0x40000000, 0xfff00000 }, "memory" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct machine_config c = pae(rows[i].memory, rows[i].vmalloc);
		const char *wrong;

		c.vmalloc_start = rows[i].window[0];
		c.vmalloc_end = rows[i].window[1];
		wrong = machine_config_check(&c);
		ck_assert_msg(wrong && strstr(wrong, rows[i].word), "%zu: %s", i,
			      wrong ? wrong : "accepted");
	}
}
END_TEST

START_TEST(test_memory_max)
{
	struct machine_config c = pae(GiB(1), 0);

	ck_assert_uint_eq(machine_memory_max(&c), GiB(64));
	ck_assert(machine_range_is_free(&c, 0xf77fe000, MiB(1)));
	ck_assert(machine_range_is_free(&c, 0xf6ffe000, P));
	ck_assert(!machine_range_is_free(&c, 0xf6ffd000, P));
	ck_assert(!machine_range_is_free(&c, 0xb0000000, P));
	ck_assert(machine_range_is_free(&c, 0xffffe000, P));
	ck_assert(!machine_range_is_free(&c, 0xffffe000, 2 * P));
	ck_assert(!machine_range_is_free(&c, VMALLOC_START, P));
}
END_TEST

/* --- page tables ----------------------------------------------------------------------- */

/*
 * The machine has 64 MiB.  Tables are written by hand, each in a frame of its own:
 *
 *	0x800000 PGD   [3]   -> 0x801000	P alone
 *	0x801000 PMD   [444] -> 0x802000	444: f78xxxxx
 *	0x802000 PTE   [0]   -> frame 0x2000	[1] none  [2] frame 0x2002, no RW
 *
 * Each row changes up to two of these entries.
 */
#define ROOT 0x800000
#define PGD_AT (ROOT + 3 * 8)
#define PMD_AT (0x801000 + 444 * 8)
#define PTE_AT 0x802000
#define AT UINT64_C(0xf7800000)
#define BIT(n) (UINT64_C(1) << (n))

static void boot_small(void)
{
	struct machine_config c = pae(MiB(64), 0);

	m = space_boot_config(&c);
}

static void end_small(void)
{
	space_end(m);
}

static void write_tables(void)
{
	poke(PGD_AT, 0x801000 | 1);
	poke(PMD_AT, 0x802000 | _KERNPG_TABLE);
	poke(PTE_AT, 0x2000000 | KERNEL);
	poke(PTE_AT + 16, 0x2002000 | (KERNEL & ~RW));
}

/* clang-format off */
static const struct {
	const char *what;
	struct {
		paddr_t at;
		pte_t entry;
	} set[2];
	vaddr_t addr;
	unsigned access;
	enum fault fault;
	enum pg_level level;
	paddr_t phys;
} walks[] = {
	{ "first byte", { { 0 } }, AT, R, FAULT_NONE, PG_LEVEL_PTE, 0x2000000 },
	{ "write", { { 0 } }, AT + 0xabc, W, FAULT_NONE, PG_LEVEL_PTE, 0x2000abc },
	{ "no pte", { { 0 } }, AT + 0x1000, R, FAULT_ABSENT, PG_LEVEL_PTE, 0 },
	{ "no pmd", { { 0 } }, AT + 0x200000, R, FAULT_ABSENT, PG_LEVEL_PMD, 0 },
	{ "no pgd entry", { { 0 } }, AT - 0x40000000, R, FAULT_ABSENT, PG_LEVEL_PUD, 0 },
	{ "address 0", { { 0 } }, 0, R, FAULT_ABSENT, PG_LEVEL_PUD, 0 },
	{ "read only", { { 0 } }, AT + 0x2000, W, FAULT_READ_ONLY, PG_LEVEL_PTE, 0 },
	{ "user", { { 0 } }, AT, R | U, FAULT_USER, PG_LEVEL_PMD, 0 },
	{ "beyond 32 bits", { { 0 } }, UINT64_C(0x100000000), R, FAULT_NONCANONICAL, PG_LEVEL_PUD, 0 },
	{ "sign-extended", { { 0 } }, AT | UINT64_C(0xffffffff00000000), R, FAULT_NONCANONICAL, PG_LEVEL_PUD, 0 },
	{ "the last there is", { { 0 } }, UINT64_MAX, R, FAULT_NONCANONICAL, PG_LEVEL_PUD, 0 },
	{ "the first entry", { { ROOT, 0x801000 | 1 } }, 444 << 21, R, FAULT_NONE, PG_LEVEL_PTE, 0x2000000 },

	/* An entry of the PGD has no permissions, so it denies none. */
	{ "pgd entry: PWT, PCD", { { PGD_AT, 0x801000 | 0x19 } }, AT, W, FAULT_NONE, PG_LEVEL_PTE, 0x2000000 },
	{ "pgd entry: software", { { PGD_AT, 0x801000 | 0xe01 } }, AT, W, FAULT_NONE, PG_LEVEL_PTE, 0x2000000 },
	{ "pgd entry: RW", { { PGD_AT, 0x801000 | 3 } }, AT, R, FAULT_RESERVED, PG_LEVEL_PUD, 0 },
	{ "pgd entry: US", { { PGD_AT, 0x801000 | 5 } }, AT, R, FAULT_RESERVED, PG_LEVEL_PUD, 0 },
	{ "pgd entry: A", { { PGD_AT, 0x801000 | 0x21 } }, AT, R, FAULT_RESERVED, PG_LEVEL_PUD, 0 },
	{ "pgd entry: D", { { PGD_AT, 0x801000 | 0x41 } }, AT, R, FAULT_RESERVED, PG_LEVEL_PUD, 0 },
	{ "pgd entry: PSE", { { PGD_AT, 0x81 } }, AT, R, FAULT_RESERVED, PG_LEVEL_PUD, 0 },
	{ "pgd entry: G", { { PGD_AT, 0x801000 | 0x101 } }, AT, R, FAULT_RESERVED, PG_LEVEL_PUD, 0 },
	{ "pgd entry: NX", { { PGD_AT, 0x801000 | NX | 1 } }, AT, R, FAULT_RESERVED, PG_LEVEL_PUD, 0 },
	{ "pgd entry: bit 46", { { PGD_AT, 0x801000 | BIT(46) | 1 } }, AT, R, FAULT_RESERVED, PG_LEVEL_PUD, 0 },
	{ "pgd entry: bit 52", { { PGD_AT, 0x801000 | BIT(52) | 1 } }, AT, R, FAULT_RESERVED, PG_LEVEL_PUD, 0 },
	{ "pgd entry not present", { { PGD_AT, UINT64_MAX - 1 } }, AT, R, FAULT_NOT_PRESENT, PG_LEVEL_PUD, 0 },
	{ "pgd entry outside", { { PGD_AT, MiB(64) | 1 } }, AT, R, FAULT_OUTSIDE, PG_LEVEL_PUD, 0 },
	{ "entry 4 is none", { { ROOT + 32, 0x801000 | 1 } }, UINT64_C(0x100000000), R, FAULT_NONCANONICAL, PG_LEVEL_PUD, 0 },

	/* Bits 52 to 62, which longer tables ignore. */
	{ "pmd: bit 52", { { PMD_AT, 0x802063 | BIT(52) } }, AT, R, FAULT_RESERVED, PG_LEVEL_PMD, 0 },
	{ "pmd: bit 62", { { PMD_AT, 0x802063 | BIT(62) } }, AT, R, FAULT_RESERVED, PG_LEVEL_PMD, 0 },
	{ "pmd: bit 46", { { PMD_AT, 0x802063 | BIT(46) } }, AT, R, FAULT_RESERVED, PG_LEVEL_PMD, 0 },
	{ "pmd: NX", { { PMD_AT, 0x802063 | NX } }, AT, R, FAULT_NONE, PG_LEVEL_PTE, 0x2000000 },
	{ "pte: bit 52", { { PTE_AT, 0x2000163 | BIT(52) } }, AT, R, FAULT_RESERVED, PG_LEVEL_PTE, 0 },
	{ "pte: bit 62", { { PTE_AT, 0x2000163 | BIT(62) } }, AT, R, FAULT_RESERVED, PG_LEVEL_PTE, 0 },
	{ "pte: bit 51", { { PTE_AT, 0x2000163 | BIT(51) } }, AT, R, FAULT_RESERVED, PG_LEVEL_PTE, 0 },
	{ "pte: bit 45", { { PTE_AT, 0x2000163 | BIT(45) } }, AT, R, FAULT_OUTSIDE, PG_LEVEL_PTE, 0x2000000 | BIT(45) },
	{ "pte: PAT", { { PTE_AT, 0x20001e3 } }, AT, R, FAULT_NONE, PG_LEVEL_PTE, 0x2000000 },

	/* 2 MiB. */
	{ "large", { { PMD_AT, 0x2200000 | KERNEL | PSE } }, AT + 0x12345, W, FAULT_NONE, PG_LEVEL_PMD, 0x2212345 },
	{ "large: PAT", { { PMD_AT, 0x2201000 | KERNEL | PSE } }, AT, R, FAULT_NONE, PG_LEVEL_PMD, 0x2200000 },
	{ "large: bit 13", { { PMD_AT, 0x2202000 | KERNEL | PSE } }, AT, R, FAULT_RESERVED, PG_LEVEL_PMD, 0 },
	{ "large: bit 20", { { PMD_AT, 0x2300000 | KERNEL | PSE } }, AT, R, FAULT_RESERVED, PG_LEVEL_PMD, 0 },
	{ "large, read only", { { PMD_AT, 0x22000e1 } }, AT, W, FAULT_READ_ONLY, PG_LEVEL_PMD, 0 },
	{ "user everywhere", { { PMD_AT, 0x802067 }, { PTE_AT, 0x2000067 } }, AT, W | U, FAULT_NONE, PG_LEVEL_PTE, 0x2000000 },
};
/* clang-format on */

START_TEST(test_walk)
{
	unsigned char *host = (unsigned char *)1;
	struct translation t;
	enum fault fault;
	size_t n;

	write_tables();
	for (unsigned k = 0; k < 2 && walks[_i].set[k].at; k++)
		poke(walks[_i].set[k].at, walks[_i].set[k].entry);
	pgtable_walk(m, ROOT, walks[_i].addr, walks[_i].access, &t);
	ck_assert_msg(t.fault == walks[_i].fault, "%s: fault %d", walks[_i].what, t.fault);
	ck_assert_msg(t.level == walks[_i].level, "%s: level %d", walks[_i].what, t.level);
	ck_assert_msg(t.phys == walks[_i].phys, "%s: phys %lx", walks[_i].what,
		      (unsigned long)t.phys);
	n = pgtable_run(m, ROOT, walks[_i].addr & PAGE_MASK, 1, walks[_i].access, &host, &fault);
	if (t.fault == FAULT_NONE)
		ck_assert_ptr_eq(host, m->ram + (t.phys & PAGE_MASK));
	else if (t.fault == FAULT_ABSENT)
		ck_assert(n == 1 && !host && !fault);
	else
		ck_assert(n == 0 && fault == t.fault);
}
END_TEST

/* What the manual says of PAE, once more: entries 0 to 3, then 512 and 512. */
static enum fault naive(vaddr_t addr, unsigned access, paddr_t *phys)
{
	const uint64_t high = UINT64_C(0x7fffc00000000000);
	uint64_t pdpte = peek(ROOT + (addr >> 30) * 8);
	bool rw = true, us = true;
	paddr_t table = pdpte & UINT64_C(0x3ffffffff000);

	if (!(pdpte & 1))
		return pdpte ? FAULT_NOT_PRESENT : FAULT_ABSENT;
	if (pdpte & (high | BIT(63) | 0x1e6))
		return FAULT_RESERVED;
	for (int shift = 21;; shift -= 9) {
		bool large;
		uint64_t e;

		if (table >= m->ram_size)
			return FAULT_OUTSIDE;
		e = peek(table + (addr >> shift & 511) * 8);
		large = shift == 21 && e & 0x80;
		if (!(e & 1))
			return e ? FAULT_NOT_PRESENT : FAULT_ABSENT;
		if (e & (high | (large ? 0x1fe000 : 0)))
			return FAULT_RESERVED;
		rw = rw && e & 2;
		us = us && e & 4;
		table = e & UINT64_C(0x3ffffffff000);
		if (!large && shift != 12)
			continue;
		*phys = (table >> shift << shift) + (addr & ((UINT64_C(1) << shift) - 1));
		if (access & U && !us)
			return FAULT_USER;
		if (access & W && !rw)
			return FAULT_READ_ONLY;
		return *phys < m->ram_size ? FAULT_NONE : FAULT_OUTSIDE;
	}
}

/* Good entries, nearly good ones and noise; flags of the PGD or of the tables below it. */
static pte_t junk(uint64_t *seed, bool pgd)
{
	uint64_t r = unit_random(seed);
	pte_t good = (ROOT + (r >> 8) % 8 * 4096) | (pgd ? 1 : 0x67);

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
		return good ^ (UINT64_C(1) << (r >> 32) % 64);
	default:
		return good;
	}
}

START_TEST(test_junk)
{
	uint64_t seed = 4711;
	unsigned seen[FAULT_NONCANONICAL + 1] = { 0 };

	for (int round = 0; round < 20; round++) {
		for (paddr_t at = ROOT; at < ROOT + 8 * 4096; at += 8)
			poke(at, junk(&seed, at < ROOT + 32));
		for (int i = 0; i < 2000; i++) {
			vaddr_t addr = unit_random(&seed) & 0xffffffff;
			unsigned access = unit_random(&seed) & (W | U);
			struct translation t;
			paddr_t phys = 0;
			enum fault want = naive(addr, access, &phys);

			unit_assert(pgtable_walk(m, ROOT, addr, access, &t) == want);
			if (want == FAULT_NONE)
				unit_assert(t.phys == phys);
			seen[want]++;
		}
	}
	for (unsigned f = FAULT_NONE; f < FAULT_NONCANONICAL; f++)
		ck_assert_msg(seen[f] > 10, "fault %u: %u", f, seen[f]);
}
END_TEST

static void bump(void *arg, uint64_t first, size_t n, pfn_t *ret)
{
	for (size_t i = 0; i < n; i++)
		ret[i] = *(pfn_t *)arg + first + i;
}

/* Tables as mapping makes them: P alone in the PGD, and damage there is repaired. */
START_TEST(test_map_and_unmap)
{
	paddr_t pgd = m->cr3 + 3 * 8;
	pfn_t first = 0x100;
	struct translation t;
	pte_t entry = peek(pgd);

	ck_assert_uint_eq(entry & ~PTE_PFN_MASK, 1);
	ck_assert(!pgtable_bad(m, PG_LEVEL_PUD, entry));
	ck_assert(pgtable_bad(m, PG_LEVEL_PUD, entry | _KERNPG_TABLE));
	ck_assert(pgtable_bad(m, PG_LEVEL_PUD, 0));
	ck_assert(!pgtable_bad(m, PG_LEVEL_PMD, 0x801067));
	ck_assert_str_eq(pg_level_name(m, PG_LEVEL_PUD), "pgd");
	ck_assert_str_eq(pg_level_name(m, PG_LEVEL_PMD), "pmd");
	for (unsigned i = 0; i < 3; i++)
		ck_assert_uint_eq(peek(m->cr3 + i * 8), 0);

	/* Across the end of an entry of the PGD, where there was no table. */
	ck_assert_int_eq(pgtable_map(m, m->cr3, 0x7fffe000, 4, KERNEL, bump, &first), 0);
	ck_assert_uint_eq(peek(m->cr3 + 8) & ~PTE_PFN_MASK, 1);
	for (unsigned i = 0; i < 4; i++) {
		ck_assert_int_eq(pgtable_walk(m, m->cr3, 0x7fffe000 + i * P, W, &t), FAULT_NONE);
		ck_assert_uint_eq(t.phys, (first + i) * P);
		ck_assert_uint_eq(t.flags, RW | NX);
	}
	ck_assert_int_eq(pgtable_map(m, m->cr3, 0x7fffe000, 1, KERNEL, bump, &first), -EBUSY);
	ck_assert_int_eq(pgtable_map(m, m->cr3, 0xfffff000, 2, KERNEL, bump, &first), -EINVAL);
	ck_assert_int_eq(pgtable_map(m, m->cr3, VMALLOC_START, 1, KERNEL, bump, &first), -EINVAL);
	pgtable_unmap(m, m->cr3, 0x7fffe000, 0x80002000);
	ck_assert_int_eq(pgtable_walk(m, m->cr3, 0x80000000, R, &t), FAULT_ABSENT);
	ck_assert_int_eq(t.level, PG_LEVEL_PTE);

	/* The last page there is. */
	ck_assert_int_eq(pgtable_map(m, m->cr3, 0xfffff000, 1, KERNEL, bump, &first), 0);
	ck_assert_int_eq(pgtable_walk(m, m->cr3, 0xffffffff, W, &t), FAULT_NONE);
	pgtable_unmap(m, m->cr3, 0xfffff000, 0x100000000);

	/* Flags that a table has elsewhere are bad in the PGD. */
	entry = peek(m->cr3 + 8);
	poke(m->cr3 + 8, entry | 0x62);
	pgtable_unmap(m, m->cr3, 0x7fffe000, 0x7ffff000);
	ck_assert_uint_eq(peek(m->cr3 + 8), 0);
	ck_assert(space_logged(m, "bad pgd"));
	poke(m->cr3 + 8, entry);
	space_check(m);
}
END_TEST

/* A processor sets A and D below the PGD, whose entries have neither. */
START_TEST(test_processor)
{
	vaddr_t a = vmalloc(m, P, "a");
	char why[VM_FAULT_TEXT];
	struct cpu_fault f;
	paddr_t phys;

	ck_assert(cpu_translate(m, 0, a, W, &phys, &f));
	ck_assert_uint_eq(peek(m->cr3 + 24) & ~PTE_PFN_MASK, 1);
	ck_assert(peek(space_pte_addr(m, a)) & _PAGE_DIRTY);
	ck_assert_uint_eq(cpu_write(m, 0, a, "abc", 3, &f), 3);
	ck_assert_int_eq(m->ram[phys + 2], 'c');
	ck_assert(!cpu_translate(m, 0, a | UINT64_C(0xffffffff00000000), R, &phys, &f));
	ck_assert_int_eq(f.fault, FAULT_NONCANONICAL);
	vm_explain_fault(m, &f, why); /* there the upper bits are copies of bit 31 */
	ck_assert_ptr_nonnull(strstr(why, "32 bits"));
	vfree(m, a);
	space_check(m);
}
END_TEST

/* A user's PGD has the kernel's entries, and tables of its own in the others. */
START_TEST(test_user)
{
	vaddr_t a = vmalloc_user(m, 3 * P, "a");
	uint64_t tables = m->nr_table_frames;
	struct translation t;
	struct vma *vma;

	vwrite(m, "xyz", a + P, 3);
	ck_assert_int_eq(vma_create(m, 3 * P, &vma), 0);
	ck_assert_uint_eq(vma->vm_start, 0x40000000);
	ck_assert_int_eq(remap_vmalloc_range(m, vma, a, 0), 0);
	ck_assert_int_eq(pgtable_walk(m, vma->pgd, vma->vm_start + P, R | U, &t), FAULT_NONE);
	ck_assert_int_eq(m->ram[t.phys], 'x');
	ck_assert_uint_eq(peek(vma->pgd + 8) & ~PTE_PFN_MASK, 1);
	ck_assert_int_eq(pgtable_walk(m, vma->pgd, a, R, &t), FAULT_NONE);
	ck_assert_uint_eq(peek(vma->pgd + 24), peek(m->cr3 + 24));
	ck_assert_uint_eq(peek(vma->pgd + 32), 0);
	space_check(m);
	vma_destroy(m, vma);
	ck_assert_uint_eq(m->nr_table_frames, tables);
	vfree(m, a);
	ck_assert_int_eq(vma_create(m, GiB(2), &vma), 0);
	vma_destroy(m, vma);
	ck_assert_int_eq(vma_create(m, GiB(2) + 1, &vma), -EINVAL);
	space_check(m);
}
END_TEST

/* --- low memory and HighMem ------------------------------------------------------------ */

static pfn_t frame_of(vaddr_t a)
{
	return space_pte(m, a) >> PAGE_SHIFT & 0xffffffff;
}

START_TEST(test_zones)
{
	struct machine_config c = pae(GiB(1), 0);
	const pfn_t high = 0x36ffe;
	struct zone_info z;
	struct translation t;
	vaddr_t a, b, d;

	m = space_boot_config(&c);
	ck_assert(zone_info(m, 0, ZONE_DMA, &z));
	ck_assert_uint_eq(z.end_pfn, 0x1000);
	ck_assert(zone_info(m, 0, ZONE_NORMAL_32, &z));
	ck_assert_str_eq(z.name, "Normal");
	ck_assert_uint_eq(z.start_pfn, 0x1000);
	ck_assert_uint_eq(z.end_pfn, high);
	ck_assert_uint_gt(z.tables, 2); /* page tables are never in HighMem */
	ck_assert(zone_info(m, 0, ZONE_HIGHMEM, &z));
	ck_assert_str_eq(z.name, "HighMem");
	ck_assert_uint_eq(z.start_pfn, high);
	ck_assert_uint_eq(z.end_pfn, 0x40000);
	ck_assert_uint_eq(z.free, 0x40000 - high);

	a = vmalloc(m, P, "a");
	b = vmalloc_32(m, P, "b");
	d = vmalloc_32_user(m, P, "d");
	ck_assert_uint_ge(frame_of(a), high);
	ck_assert_uint_lt(frame_of(b), high);
	ck_assert_uint_lt(frame_of(d), high);
	vwrite(m, "in highmem", a, 10);
	ck_assert_int_eq(m->ram[(frame_of(a) << PAGE_SHIFT) + 3], 'h');

	/* The direct map ends with low memory. */
	ck_assert_int_eq(pgtable_walk(m, m->cr3, 0xf6ffdfff, W, &t), FAULT_NONE);
	ck_assert_uint_eq(t.phys, 0x36ffdfff);
	ck_assert_int_eq(pgtable_walk(m, m->cr3, 0xf6ffe000, R, &t), FAULT_ABSENT);
	space_check(m);
	vfree(m, a);
	vfree(m, b);
	vfree(m, d);
	space_end(m);
}
END_TEST

/* Who may have HighMem takes the rest when it is used up; who may not fails before that. */
START_TEST(test_exhausted)
{
	struct machine_config c = pae(MiB(64), MiB(960));
	uint64_t low, high;
	pfn_t *pfn;
	size_t n;

	m = space_boot_config(&c);
	low = m->direct_map_size >> PAGE_SHIFT;
	high = m->nr_frames - low;
	ck_assert_uint_gt(high, 100);
	pfn = calloc(m->nr_frames, sizeof(*pfn));

	n = alloc_pages_bulk(m, GFP_KERNEL, 0, m->nr_frames, pfn);
	ck_assert_uint_lt(n, low);
	ck_assert_uint_eq(nr_free_pages(m), high);
	for (size_t i = 0; i < n; i++)
		unit_assert(pfn[i] < low);
	ck_assert(frames_short(m, GFP_KERNEL, 1));
	ck_assert(!frames_short(m, GFP_KERNEL | __GFP_HIGHMEM, high));
	ck_assert_ptr_null(alloc_pages(m, GFP_KERNEL, 0, 1));
	ck_assert(unit_logged(m, "of zone Normal or a lower one"));
	put_pages_bulk(m, pfn, n);

	n = alloc_pages_bulk(m, GFP_KERNEL | __GFP_HIGHMEM, 0, high + 10, pfn);
	ck_assert_uint_eq(n, high + 10);
	for (size_t i = 0; i < high; i++)
		unit_assert(pfn[i] >= low);
	for (size_t i = high; i < n; i++)
		unit_assert(pfn[i] < low && pfn[i] >= 0x1000);
	unit_check_pages(m);
	put_pages_bulk(m, pfn, n);
	unit_check_pages(m);
	pages_give_back(m, true);
	unit_check_pages(m);
	free(pfn);
	space_end(m);
}
END_TEST

/* Zones may begin and end in the middle of the largest block, and merge up to there. */
START_TEST(test_buddies_at_the_border)
{
	struct machine_config c = pae(GiB(1), 0);
	const pfn_t high = 0x36ffe;
	struct page *page[11];
	struct zone_info before, after;

	m = space_boot_config(&c);
	ck_assert(zone_info(m, 0, ZONE_HIGHMEM, &before));
	ck_assert_uint_eq(before.nr_free[1], 1); /* two frames, up to 0x37000 */
	ck_assert_uint_eq(before.nr_free[MAX_ORDER - 1], (0x40000 - 0x37000) / 1024);
	for (unsigned order = 0; order < MAX_ORDER; order++) {
		page[order] = alloc_pages(m, __GFP_HIGHMEM, 0, order);
		ck_assert_ptr_nonnull(page[order]);
		ck_assert_uint_ge(page_to_pfn(m, page[order]), high);
		ck_assert_uint_eq(page_to_pfn(m, page[order]) % (1u << order), 0);
	}
	unit_check_pages(m);
	for (unsigned order = 0; order < MAX_ORDER; order++)
		for (unsigned i = 0; i < 1u << order; i++)
			put_page(m, page[order] + i);
	drain_all_pages(m);
	ck_assert(zone_info(m, 0, ZONE_HIGHMEM, &after));
	ck_assert_mem_eq(before.nr_free, after.nr_free, sizeof(before.nr_free));
	unit_check_pages(m);
	space_end(m);
}
END_TEST

/* Nodes without low memory help themselves elsewhere. */
START_TEST(test_nodes)
{
	struct machine_config c = pae(GiB(4), 0);
	struct zone_info z;
	vaddr_t a, b;

	c.nodes = 4;
	m = space_boot_config(&c);
	ck_assert(zone_info(m, 0, ZONE_NORMAL_32, &z));
	ck_assert(!zone_info(m, 3, ZONE_NORMAL_32, &z));
	ck_assert(zone_info(m, 3, ZONE_HIGHMEM, &z));
	a = vmalloc_node(m, P, 3, "a");
	b = __vmalloc_node(m, P, GFP_KERNEL, KERNEL, 3, "b");
	ck_assert_uint_eq(pfn_to_nid(m, frame_of(a)), 3);
	ck_assert_uint_eq(pfn_to_nid(m, frame_of(b)), 0);
	space_check(m);
	vfree(m, a);
	vfree(m, b);
	space_end(m);
}
END_TEST

/* An ioremap is aligned to 2 MiB at most, also where the policy is not Linux's. */
START_TEST(test_ioremap)
{
	vaddr_t a = ioremap(m, m->io_start, MiB(8), KERNEL, "a");

	ck_assert_uint_ne(a, 0);
	ck_assert_uint_eq(a, align_up(m->vmalloc_start, MiB(2)));
	iounmap(m, a);
	a = ioremap(m, m->io_start, KiB(64), KERNEL, "a");
	ck_assert_uint_eq(a % KiB(128), 0);
	iounmap(m, a);
}
END_TEST

/* The window of a machine is used up to its last page, and then a request fails. */
START_TEST(test_full)
{
	struct machine_config c = pae(MiB(64), MiB(4));
	unsigned n = 0;

	m = space_boot_config(&c);
	ck_assert_uint_eq(m->vmalloc_start, 0xfebfe000);
	while (vmalloc(m, P, "a"))
		n++;
	ck_assert_uint_eq(n, 512);
	ck_assert(space_exists(m, 0xfeffc000));
	ck_assert(space_logged(m, "out of vmalloc space"));
	space_check(m);
	space_end(m);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("pae");
	TCase *t = tcase_create("map");

	tcase_add_loop_test(t, test_maps, 0, sizeof(maps) / sizeof(maps[0]));
	tcase_add_test(t, test_refused);
	tcase_add_test(t, test_memory_max);
	tcase_add_test(t, test_zones);
	tcase_add_test(t, test_exhausted);
	tcase_add_test(t, test_buddies_at_the_border);
	tcase_add_test(t, test_nodes);
	tcase_add_test(t, test_full);
	suite_add_tcase(s, t);
	t = tcase_create("tables");
	tcase_add_checked_fixture(t, boot_small, end_small);
	tcase_add_loop_test(t, test_walk, 0, sizeof(walks) / sizeof(walks[0]));
	tcase_add_test(t, test_junk);
	tcase_add_test(t, test_map_and_unmap);
	tcase_add_test(t, test_processor);
	tcase_add_test(t, test_user);
	tcase_add_test(t, test_ioremap);
	suite_add_tcase(s, t);
	return unit_main(s);
}
