/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Processors: what they read and write, what their TLBs remember, flushing, and faults.
 * check_cpu_walk compares what they translate with a walk of its own.
 */
#include <errno.h>
#include <pthread.h>

#include "random_tables.h"

#define X ACCESS_EXEC
#define A _PAGE_ACCESSED
#define D _PAGE_DIRTY
#define G _PAGE_GLOBAL

/* --- one page ------------------------------------------------------------------ */

static pfn_t frame;

static void one_frame(void *arg, uint64_t first, size_t n, pfn_t *ret)
{
	(void)arg;
	for (size_t i = 0; i < n; i++)
		ret[i] = frame + first + i;
}

static paddr_t pte_of(vaddr_t addr)
{
	root = m->cr3;
	return entry_on_the_way(addr, PG_LEVEL_PTE);
}

/* Maps n pages from addr on to frames from 0x2000 on. */
static void map(vaddr_t addr, uint64_t n, pgprot_t prot)
{
	frame = 0x2000;
	ck_assert_int_eq(pgtable_map(m, m->cr3, addr, n, prot, one_frame, NULL), 0);
}

static bool can(vaddr_t addr, unsigned access)
{
	struct cpu_fault f;
	paddr_t phys;

	return cpu_translate(m, 0, addr, access, &phys, &f);
}

static paddr_t phys_of(vaddr_t addr)
{
	struct cpu_fault f;
	paddr_t phys;

	ck_assert(cpu_translate(m, 0, addr, R, &phys, &f));
	return phys;
}

#define counted(counter) ((uint64_t)m->counter)

/* Loads and stores over pages that lie anywhere. */
START_TEST(test_bytes)
{
	unsigned char out[3 * PAGE_SIZE], in[3 * PAGE_SIZE];
	struct cpu_fault f;

	for (size_t i = 0; i < sizeof(out); i++)
		out[i] = (unsigned char)(i * 7 + i / 256);
	map(VA, 2, PAGE_KERNEL);
	frame = 0x2800;
	ck_assert_int_eq(pgtable_map(m, m->cr3, VA + 2 * PAGE_SIZE, 1, PAGE_KERNEL, one_frame, 0),
			 0);
	ck_assert_uint_eq(cpu_write(m, 0, VA + 100, out, 2 * PAGE_SIZE, &f), 2 * PAGE_SIZE);
	ck_assert_uint_eq(cpu_read(m, 0, VA + 100, in, 2 * PAGE_SIZE, &f), 2 * PAGE_SIZE);
	ck_assert_mem_eq(in, out, 2 * PAGE_SIZE);
	ck_assert_uint_eq(phys_read(m, in, 0x2000000 + 100, 10), 10);
	ck_assert_mem_eq(in, out, 10);
	ck_assert_uint_eq(phys_read(m, in, 0x2800000, 100), 100);
	ck_assert_mem_eq(in, out + 2 * PAGE_SIZE - 100, 100);

	/* A fault ends it, and says where. */
	ck_assert_uint_eq(cpu_read(m, 0, VA + PAGE_SIZE, in, sizeof(in), &f), 2 * PAGE_SIZE);
	ck_assert_int_eq(f.fault, FAULT_ABSENT);
	ck_assert_uint_eq(f.addr, VA + 3 * PAGE_SIZE);
	ck_assert_uint_eq(f.code, 0);
	ck_assert_uint_eq(cpu_write(m, 0, VA + 3 * PAGE_SIZE + 5, in, 1, &f), 0);
	ck_assert_uint_eq(f.addr, VA + 3 * PAGE_SIZE + 5);
	ck_assert_uint_eq(f.code, 2);
	/* The last byte there is comes before the first. */
	ck_assert_uint_eq(cpu_read(m, 0, UINT64_MAX, in, 2, &f), 0);
	ck_assert_uint_eq(f.addr, UINT64_MAX);
}
END_TEST

/* Devices read as zeros, what is nowhere as ones; both swallow stores. */
START_TEST(test_no_ram)
{
	unsigned char in[4] = { 1, 2, 3, 4 };
	struct cpu_fault f;

	frame = m->io_start >> PAGE_SHIFT;
	ck_assert_int_eq(pgtable_map(m, m->cr3, VA, 1, PAGE_KERNEL, one_frame, NULL), 0);
	frame = m->nr_frames;
	ck_assert_int_eq(pgtable_map(m, m->cr3, VA + PAGE_SIZE, 1, PAGE_KERNEL, one_frame, NULL),
			 0);
	ck_assert_uint_eq(cpu_write(m, 0, VA + PAGE_SIZE - 2, in, 4, &f), 4);
	ck_assert_uint_eq(cpu_read(m, 0, VA + PAGE_SIZE - 2, in, 4, &f), 4);
	ck_assert_mem_eq(in, "\0\0\xff\xff", 4);
}
END_TEST

/* A walk sets A on its way, a store D at its end; a fault sets nothing. */
START_TEST(test_bits)
{
	map(VA, 3, PAGE_KERNEL & ~(A | D));
	poke(entry_on_the_way(VA, PG_LEVEL_PMD), peek(entry_on_the_way(VA, PG_LEVEL_PMD)) & ~A);
	ck_assert(can(VA + 5, R));
	ck_assert_uint_eq(peek(pte_of(VA)) & (A | D), A);
	ck_assert(peek(entry_on_the_way(VA, PG_LEVEL_PMD)) & A);

	/* That entry has no D, so a store walks, and then it has. */
	ck_assert_uint_eq(counted(tlb_misses), 1);
	ck_assert(can(VA, W));
	ck_assert_uint_eq(counted(tlb_misses), 2);
	ck_assert_uint_eq(peek(pte_of(VA)) & (A | D), A | D);
	ck_assert(can(VA, W) && can(VA, R));
	ck_assert_uint_eq(counted(tlb_misses), 2);
	ck_assert_uint_eq(counted(tlb_hits), 2);
	ck_assert_uint_eq(counted(tlb_fills), 2);

	/* What was cached does not set A again; that of the neighbour was never set. */
	ck_assert_uint_eq(cpu_age(m, 0, VA, 3 * PAGE_SIZE), 1);
	ck_assert(can(VA, R));
	ck_assert_uint_eq(peek(pte_of(VA)) & A, 0);
	ck_assert_uint_eq(cpu_invlpg(m, 0, VA), 1);
	ck_assert(can(VA, R));
	ck_assert_uint_eq(peek(pte_of(VA)) & A, A);
	ck_assert_uint_eq(peek(pte_of(VA + PAGE_SIZE)) & (A | D), 0);

	ck_assert(!can(VA + PAGE_SIZE, X));
	ck_assert_uint_eq(peek(pte_of(VA + PAGE_SIZE)) & (A | D), 0);
	ck_assert_uint_eq(cpu_age(m, 0, VA, CPU_AGE_MAX), 1);
	ck_assert_uint_eq(cpu_age(m, 0, UINT64_MAX & PAGE_MASK, CPU_AGE_MAX), 0);
}
END_TEST

/* An entry that forbids is dropped, and the tables have the last word. */
START_TEST(test_forbidding)
{
	map(VA, 1, PAGE_KERNEL & ~RW);
	ck_assert(can(VA, R) && !can(VA, W));
	ck_assert_uint_eq(counted(tlb_misses), 2);
	/* It was dropped. */
	ck_assert(can(VA, R));
	ck_assert_uint_eq(counted(tlb_misses), 3);

	/* The tables allow it by now, and nobody has flushed: no fault. */
	poke(pte_of(VA), peek(pte_of(VA)) | RW);
	ck_assert(can(VA, W));
	ck_assert(!can(VA, X));
	ck_assert(can(VA, R));
	poke(pte_of(VA), peek(pte_of(VA)) & ~NX);
	ck_assert(can(VA, X));

	/* The other way round the entry is stale, and allows what the tables forbid. */
	ck_assert(can(VA, W));
	poke(pte_of(VA), peek(pte_of(VA)) & ~RW);
	ck_assert(can(VA, W));
	ck_assert_uint_eq(cpus_stale(m), 1);
	cpu_flush(m, 0);
	ck_assert(!can(VA, W));
	ck_assert_uint_eq(cpus_stale(m), 0);
}
END_TEST

/* Not-present is never cached, whoever maps the page later. */
START_TEST(test_not_present)
{
	map(VA, 1, PAGE_KERNEL);
	ck_assert(!can(VA + PAGE_SIZE, R));
	frame = 0x2100;
	ck_assert_int_eq(pgtable_map(m, m->cr3, VA + PAGE_SIZE, 1, PAGE_KERNEL, one_frame, NULL),
			 0);
	ck_assert_uint_eq(phys_of(VA + PAGE_SIZE), 0x2100000);
	ck_assert_uint_eq(counted(tlb_fills), 1);
}
END_TEST

/* A page that is unmapped stays visible until it is flushed. */
START_TEST(test_stale)
{
	struct cpu_tlb_entry *e;

	map(VA, 2, PAGE_KERNEL);
	ck_assert(can(VA, R) && can(VA + PAGE_SIZE, W));
	pgtable_unmap(m, m->cr3, VA, VA + PAGE_SIZE);
	ck_assert_uint_eq(phys_of(VA), 0x2000000);
	ck_assert_uint_eq(cpus_stale(m), 1);
	ck_assert_uint_eq(cpu_tlb_entries(m, 0, &e), 2);
	ck_assert(e[0].stale && !e[1].stale);
	ck_assert_uint_eq(e[0].page, VA);
	ck_assert_uint_eq(e[0].frame, 0x2000000);
	ck_assert_uint_eq(e[0].flags, PAGE_KERNEL & (RW | NX | G | D));
	ck_assert_int_eq(e[0].size, TLB_4K);
	free(e);

	/* The same address with another frame is stale as well. */
	frame = 0x2200;
	ck_assert_int_eq(pgtable_map(m, m->cr3, VA, 1, PAGE_KERNEL, one_frame, NULL), 0);
	ck_assert_uint_eq(phys_of(VA), 0x2000000);
	ck_assert_uint_eq(cpus_stale(m), 1);
	flush_tlb_kernel_range(m, VA, VA + PAGE_SIZE);
	ck_assert_uint_eq(phys_of(VA), 0x2200000);
	ck_assert_uint_eq(cpus_stale(m), 0);
}
END_TEST

/* INVLPG takes large and global entries, CR3 only those that are not global. */
START_TEST(test_flushes)
{
	struct cpu_tlb_entry *e;

	map(VA, 1, PAGE_KERNEL);
	map(LOW, 1, PAGE_SHARED);
	ck_assert(can(VA, R) && can(LOW, R) && can(PAGE_OFFSET + 0x345678, R));
	ck_assert_uint_eq(cpu_tlb_entries(m, 0, &e), 3);
	ck_assert_int_eq(e[2].size, TLB_2M);
	ck_assert_uint_eq(e[2].page, PAGE_OFFSET + 0x200000);
	free(e);
	ck_assert_uint_eq(phys_of(PAGE_OFFSET + 0x2fffff), 0x2fffff);
	ck_assert_uint_eq(counted(tlb_misses), 3);

	cpu_load_cr3(m, 0, m->cr3);
	ck_assert_uint_eq(cpu_tlb_entries(m, 0, &e), 2);
	free(e);
	ck_assert_uint_eq(cpu_invlpg(m, 0, PAGE_OFFSET + 0x3ff000), 1);
	ck_assert_uint_eq(cpu_invlpg(m, 0, PAGE_OFFSET + 0x3ff000), 0);
	ck_assert_uint_eq(cpu_flush(m, 0), 1);
	ck_assert_uint_eq(counted(tlb_flushes), 4);
	ck_assert_uint_eq(cpu_tlb_entries(m, 0, &e), 0);
	ck_assert_ptr_null(e);
}
END_TEST

/* Leaves of 1 GiB have an array of their own. */
START_TEST(test_1g)
{
	struct cpu_tlb_entry *e;

	ck_assert_int_eq(pgtable_map_leaf(m, m->cr3, VA, PG_LEVEL_PUD, PAGE_KERNEL | _PAGE_PSE), 0);
	ck_assert_uint_eq(phys_of(VA + 0x1234567), 0x1234567);
	ck_assert_uint_eq(phys_of(VA + 0x3000), 0x3000);
	ck_assert_uint_eq(cpu_tlb_entries(m, 0, &e), 1);
	ck_assert_int_eq(e->size, TLB_1G);
	free(e);
}
END_TEST

/* A user's PGD that lacks a slot of the kernel's half gets it at the first access. */
START_TEST(test_kernel_slot)
{
	struct cpu_fault f;
	paddr_t phys, user;
	pfn_t pgd;

	ck_assert_int_eq(alloc_table(m, &pgd), 0);
	user = pgd << PAGE_SHIFT;
	map(VA, 1, PAGE_KERNEL);
	cpu_load_cr3(m, 0, user);
	ck_assert_uint_eq(cpu_cr3(m, 0), user);
	ck_assert_uint_eq(phys_of(VA), 0x2000000);
	ck_assert_uint_eq(peek(user + 402 * 8), peek(m->cr3 + 402 * 8));
	ck_assert(!cpu_translate(m, 0, VA + (UINT64_C(1) << 40), R, &phys, &f));
	ck_assert_uint_eq(peek(user + 404 * 8), 0);
	cpus_leave(m, user);
	ck_assert_uint_eq(cpu_cr3(m, 0), m->cr3);
	free_table(m, pgd);
}
END_TEST

/* --- several processors --------------------------------------------------------- */

static struct machine *boot_cpus(unsigned n)
{
	struct machine_config c = MACHINE_CONFIG_DEFAULT;
	struct machine *many;

	c.memory = MiB(64);
	c.cpus = n;
	ck_assert_int_eq(machine_boot(&c, &many), 0);
	return many;
}

static unsigned entries(unsigned cpu)
{
	struct cpu_tlb_entry *e;
	size_t n = cpu_tlb_entries(m, cpu, &e);

	free(e);
	return (unsigned)n;
}

static void load_all(vaddr_t addr, uint64_t n)
{
	struct cpu_fault f;
	paddr_t phys;

	for (unsigned cpu = 0; cpu < m->nr_cpus; cpu++)
		for (uint64_t i = 0; i < n; i++)
			unit_assert(cpu_translate(m, cpu, addr + (i << PAGE_SHIFT), R, &phys, &f));
}

/* A flush of a range reaches all of them; how much it takes depends on the ceiling. */
START_TEST(test_shootdown)
{
	machine_destroy(m);
	m = boot_cpus(4);
	flush_tlb_kernel_range(m, VA, VA + PAGE_SIZE);
	ck_assert_uint_eq(counted(tlb_flushes), 4);
	ck_assert_uint_eq(counted(tlb_shootdowns), 3);

	map(VA, 40, PAGE_KERNEL);
	load_all(VA, 3);
	flush_tlb_kernel_range(m, VA, VA + PAGE_SIZE); /* as in 2006: everything */
	for (unsigned cpu = 0; cpu < 4; cpu++)
		ck_assert_uint_eq(entries(cpu), 0);

	m->tlb_single_page_flush_ceiling = 33;
	load_all(VA, 40);
	ck_assert_uint_eq(entries(3), 40);
	flush_tlb_kernel_range(m, VA, VA + 33 * PAGE_SIZE);
	for (unsigned cpu = 0; cpu < 4; cpu++)
		ck_assert_uint_eq(entries(cpu), 7);
	flush_tlb_kernel_range(m, VA, VA + 34 * PAGE_SIZE);
	for (unsigned cpu = 0; cpu < 4; cpu++)
		ck_assert_uint_eq(entries(cpu), 0);
	ck_assert_uint_eq(counted(tlb_shootdowns), 12);
	ck_assert_uint_eq(counted(nr_flush_tlb), 4);

	/* A processor's own flush is no other's business. */
	load_all(VA, 1);
	cpu_flush(m, 2);
	ck_assert_uint_eq(entries(1), 1);
	ck_assert_uint_eq(entries(2), 0);
	ck_assert_uint_eq(counted(tlb_shootdowns), 12);
}
END_TEST

/* Shapes: only some are possible, and a new one empties all TLBs. */
START_TEST(test_shapes)
{
	const struct tlb_shape bad[] = { { 0, 1 }, { 3, 1 }, { 2048, 1 }, { 1, 0 }, { 1, 65 } };

	map(VA, 40, PAGE_KERNEL);
	load_all(VA, 40);
	ck_assert_uint_eq(cpu_tlb_shape(m, TLB_4K).sets, 16);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_int_eq(cpu_set_tlb_shape(m, TLB_4K, bad[i]), -EINVAL);
	ck_assert_uint_eq(entries(0), 40);
	ck_assert_int_eq(cpu_set_tlb_shape(m, TLB_4K, (struct tlb_shape){ 1, 8 }), 0);
	ck_assert_uint_eq(entries(0), 0);
	load_all(VA, 40);
	ck_assert_uint_eq(entries(0), 8);
	ck_assert_uint_eq(counted(tlb_fills), 80);
}
END_TEST

/* Without host memory for a TLB nothing is accessed, and nothing is counted. */
START_TEST(test_no_host)
{
	uint64_t used = m->host_used;
	struct cpu_fault f;
	char byte;

	map(VA, 1, PAGE_KERNEL);
	m->host_limit = m->host_used;
	ck_assert_uint_eq(cpu_read(m, 0, VA, &byte, 1, &f), 0);
	ck_assert_int_eq(f.fault, FAULT_NO_HOST);
	ck_assert(!fault_is_cpus(f.fault));
	ck_assert_uint_eq(counted(tlb_misses), 0);
	m->host_limit = 0;
	ck_assert_uint_eq(cpu_read(m, 0, VA, &byte, 1, &f), 1);
	ck_assert_uint_gt(m->host_used, used);
	m->host_limit = m->host_used; /* a store needs memory for its frame */
	ck_assert_uint_eq(cpu_write(m, 0, VA, &byte, 1, &f), 0);
	ck_assert_int_eq(f.fault, FAULT_NO_HOST);
}
END_TEST

/* --- the log --------------------------------------------------------------------- */

static void fault_at(vaddr_t addr, unsigned access)
{
	struct cpu_fault f;
	paddr_t phys;

	ck_assert(!cpu_translate(m, 0, addr, access, &phys, &f));
	log_cpu_fault(m, &f);
}

START_TEST(test_log)
{
	char way[200];

	map(VA, 1, PAGE_KERNEL & ~RW);
	fault_at(VA + PAGE_SIZE + 0x123, R);
	ck_assert(
		unit_logged(m, "BUG: unable to handle page fault for address: ffffc90000001123\n"));
	ck_assert(unit_logged(m, "#PF: supervisor read access in kernel mode\n"));
	ck_assert(unit_logged(m, "#PF: error_code(0x0000) - not-present page\n"));
	root = m->cr3;
	snprintf(way, sizeof(way), "] PGD %lx P4D %lx PUD %lx PMD %lx PTE 0\n",
		 peek(entry_on_the_way(VA, PG_LEVEL_PGD)), peek(entry_on_the_way(VA, PG_LEVEL_PGD)),
		 peek(entry_on_the_way(VA, PG_LEVEL_PUD)),
		 peek(entry_on_the_way(VA, PG_LEVEL_PMD)));
	ck_assert(unit_logged(m, way));

	fault_at(VA, W);
	ck_assert(unit_logged(m, "#PF: supervisor write access in kernel mode\n"));
	ck_assert(unit_logged(m, "#PF: error_code(0x0003) - permissions violation\n"));
	ck_assert(!unit_logged(m, "NX-protected"));
	fault_at(VA, X);
	ck_assert(unit_logged(m, "<2>"));
	ck_assert(unit_logged(m, "kernel tried to execute NX-protected page - exploit attempt? "
				 "(uid: 0)\n"));
	ck_assert(unit_logged(m, "#PF: supervisor instruction fetch in kernel mode\n"));
	ck_assert(unit_logged(m, "#PF: error_code(0x0011) - permissions violation\n"));

	fault_at(0xfff, W);
	ck_assert(unit_logged(m,
			      "BUG: kernel NULL pointer dereference, address: 0000000000000fff\n"));
	ck_assert(unit_logged(m, "#PF: error_code(0x0002) - not-present page\n"));
	ck_assert(unit_logged(m, "] PGD 0 P4D 0\n"));
	fault_at(0x1000, R);
	ck_assert(unit_logged(m, "page fault for address: 0000000000001000\n"));

	poke(pte_of(VA), peek(pte_of(VA)) | UINT64_C(1) << 50);
	cpu_flush(m, 0);
	fault_at(VA, R);
	ck_assert(unit_logged(m, "#PF: error_code(0x0009) - reserved bit violation\n"));

	fault_at(UINT64_C(0x0000800000000000), R);
	ck_assert(unit_logged(m, "general protection fault, probably for non-canonical address "
				 "0x800000000000: 0000\n"));
}
END_TEST

/* Five levels: the PGD is a table of its own. */
START_TEST(test_five_levels)
{
	struct machine_config c = MACHINE_CONFIG_DEFAULT;
	vaddr_t addr;

	machine_destroy(m);
	c.memory = MiB(64);
	c.arch = ARCH_X86_64_5;
	ck_assert_int_eq(machine_boot(&c, &m), 0);
	addr = m->vmalloc_start;
	map(addr, 1, PAGE_KERNEL);
	ck_assert_uint_eq(phys_of(addr + 7), 0x2000007);
	fault_at(8, R);
	ck_assert(unit_logged(m, "] PGD 0\n"));
	fault_at(addr + PAGE_SIZE, R);
	ck_assert(unit_logged(m, " P4D "));
	ck_assert(unit_logged(m, " PTE 0\n"));
}
END_TEST

#define THREADS 4

static void *busy(void *arg)
{
	unsigned cpu = (unsigned)(uintptr_t)arg;
	struct cpu_fault f;
	uint64_t seed = cpu + 1;

	for (int i = 0; i < 2000; i++) {
		vaddr_t addr = VA + (unit_random(&seed) % 64 << PAGE_SHIFT);
		paddr_t phys;

		if (cpu_translate(m, cpu, addr, i & 1 ? W : R, &phys, &f))
			unit_assert((phys >> PAGE_SHIFT) >= 0x2000 && phys >> PAGE_SHIFT < 0x2040);
		else
			unit_assert(f.fault == FAULT_ABSENT);
		if (i % 64 == 0)
			cpu_age(m, cpu, VA, 64 << PAGE_SHIFT);
	}
	return NULL;
}

/* Processors work while pages come and go: a bit is never set in an entry that was cleared. */
START_TEST(test_threads)
{
	pthread_t thread[THREADS];
	struct cpu_fault f;
	paddr_t phys;

	machine_destroy(m);
	m = boot_cpus(THREADS);
	map(VA, 64, PAGE_KERNEL & ~(A | D));
	for (uintptr_t i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&thread[i], NULL, busy, (void *)i), 0);
	for (int i = 0; i < 200; i++) {
		pgtable_unmap(m, m->cr3, VA, VA + (64 << PAGE_SHIFT));
		flush_tlb_kernel_range(m, VA, VA + (64 << PAGE_SHIFT));
		for (unsigned cpu = 0; cpu < THREADS; cpu++)
			unit_assert(
				!cpu_translate(m, cpu, VA + (i % 64 << PAGE_SHIFT), R, &phys, &f));
		/* -EBUSY if an entry were not empty. */
		unit_assert(
			!pgtable_map(m, m->cr3, VA, 64, PAGE_KERNEL & ~(A | D), one_frame, NULL));
	}
	for (int i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	ck_assert_uint_eq(m->nr_warn, 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("cpu");
	TCase *t = tcase_create("cpu");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 300);
	tcase_add_test(t, test_bytes);
	tcase_add_test(t, test_no_ram);
	tcase_add_test(t, test_bits);
	tcase_add_test(t, test_forbidding);
	tcase_add_test(t, test_not_present);
	tcase_add_test(t, test_stale);
	tcase_add_test(t, test_flushes);
	tcase_add_test(t, test_1g);
	tcase_add_test(t, test_kernel_slot);
	tcase_add_test(t, test_shootdown);
	tcase_add_test(t, test_shapes);
	tcase_add_test(t, test_no_host);
	tcase_add_test(t, test_log);
	tcase_add_test(t, test_five_levels);
	tcase_add_test(t, test_threads);
	suite_add_tcase(s, t);
	return unit_main(s);
}
