/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Page tables of x86-pae, three levels with a PGD of four entries: walks, mapping, an
 * access by a processor, and the tables of a user's range.
 */
#include <vmallocfs/cpu.h>

#include "space.h"
#include "tables.h"

#define P PAGE_SIZE
#define PSE _PAGE_PSE
#define KERNEL PAGE_KERNEL

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
	struct machine_config c = MACHINE_CONFIG_DEFAULT;

	c.arch = ARCH_X86_PAE;
	c.memory = MiB(64);
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
	{ "the PGD has no entry 4", { { ROOT + 32, 0x801000 | 1 } }, UINT64_C(0x100000000), R, FAULT_NONCANONICAL, PG_LEVEL_PUD, 0 },

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

/* A second walk, written from the manual: a PGD of 4 entries, then tables of 512. */
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

int main(void)
{
	Suite *s = suite_create("pae_tables");
	TCase *t = tcase_create("tables");

	tcase_add_checked_fixture(t, boot_small, end_small);
	tcase_add_loop_test(t, test_walk, 0, sizeof(walks) / sizeof(walks[0]));
	tcase_add_test(t, test_junk);
	tcase_add_test(t, test_map_and_unmap);
	tcase_add_test(t, test_processor);
	tcase_add_test(t, test_user);
	suite_add_tcase(s, t);
	return unit_main(s);
}
