/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Boot, the direct map, physical memory, kmalloc, failure points, threads.
 */
#include <errno.h>
#include <pthread.h>
#include <vmallocfs/pgtable.h>
#include "unit.h"

START_TEST(test_config)
{
	static const struct {
		uint64_t memory, vmalloc;
		unsigned nodes;
		bool good;
	} rows[] = {
		{ MiB(256), VMALLOC_SIZE_MAX, 1, true },
		{ 0, VMALLOC_SIZE_MAX, 1, false },
		{ MiB(1) - 1, VMALLOC_SIZE_MAX, 1, false },
		{ MiB(1), VMALLOC_SIZE_MAX, 1, true },
		{ MiB(1) + 4097, VMALLOC_SIZE_MAX, 1, true },
		{ MEMORY_MAX + 1, VMALLOC_SIZE_MAX, 1, false },
		{ UINT64_MAX, VMALLOC_SIZE_MAX, 1, false },
		{ MiB(256), VMALLOC_SIZE_MAX, 0, false },
		{ MiB(256), VMALLOC_SIZE_MAX, 64, true },
		{ MiB(256) - 4096, VMALLOC_SIZE_MAX, 64, false },
		{ GiB(256), VMALLOC_SIZE_MAX, 65, false },
		{ MiB(7), VMALLOC_SIZE_MAX, 2, false },
		{ MiB(8), VMALLOC_SIZE_MAX, 2, true },
		{ MiB(256), 0, 1, false },
		{ MiB(256), 4095, 1, false },
		{ MiB(256), 4096, 1, true },
		{ MiB(256), VMALLOC_SIZE_MAX + 1, 1, false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct machine_config c = { .memory = rows[i].memory,
					    .nodes = rows[i].nodes,
					    .vmalloc_size = rows[i].vmalloc };
		struct machine *m = NULL;

		ck_assert_msg((machine_config_check(&c) == NULL) == rows[i].good, "row %zu", i);
		ck_assert_int_eq(machine_boot(&c, &m), rows[i].good ? 0 : -EINVAL);
		ck_assert_msg((m != NULL) == rows[i].good, "row %zu", i);
		machine_destroy(m);
	}
	machine_destroy(NULL);
}
END_TEST

START_TEST(test_boot)
{
	struct machine_config c = MACHINE_CONFIG_DEFAULT;
	struct machine *m;

	c.memory = MiB(64) + 5000;
	c.vmalloc_size = MiB(1) + 100;
	c.init_on_alloc = false;
	ck_assert_int_eq(machine_boot(&c, &m), 0);
	ck_assert_uint_eq(m->ram_size, MiB(64) + 4096);
	ck_assert_uint_eq(m->nr_frames, 16385);
	ck_assert_uint_eq(m->vmalloc_start, VMALLOC_START);
	ck_assert_uint_eq(m->vmalloc_end, VMALLOC_START + MiB(1) - 1);
	ck_assert_uint_eq(m->io_start, GiB(4));
	ck_assert(!m->init_on_alloc);
	ck_assert(!m->crashed);
	ck_assert_uint_eq(m->kmalloc_live, 0);
	ck_assert_uint_eq(nr_managed_pages(m), 16384); /* all but frame 0 */
	/* pgd, pud, pmd, and a PTE table for the odd page at the end */
	ck_assert_uint_eq(m->nr_table_frames, 4);
	ck_assert_uint_eq(nr_free_pages(m), 16384 - 4);
	ck_assert(unit_logged(m, "Normal") == false);
	ck_assert(unit_logged(m, "DMA32    [mem 0x0000000001000000-0x0000000004000fff]"));
	unit_check_pages(m);
	machine_destroy(m);
}
END_TEST

START_TEST(test_io_start)
{
	static const uint64_t rows[][2] = {
		{ MiB(1), GiB(4) },
		{ GiB(4), GiB(4) },
		{ GiB(4) + 4096, GiB(5) },
		{ GiB(7), GiB(7) },
		{ GiB(7) + GiB(1) - 4096, GiB(8) },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct machine *m = unit_boot(rows[i][0], 1);

		ck_assert_uint_eq(m->io_start, rows[i][1]);
		machine_destroy(m);
	}
}
END_TEST

/* Every frame is found in the direct map, by a leaf as large as it may be. */
START_TEST(test_direct_map)
{
	static const struct {
		uint64_t memory, at;
		enum pg_level level;
	} rows[] = {
		{ GiB(2) + MiB(6) + KiB(8), 0, PG_LEVEL_PUD },
		{ GiB(2) + MiB(6) + KiB(8), GiB(2) - 1, PG_LEVEL_PUD },
		{ GiB(2) + MiB(6) + KiB(8), GiB(2), PG_LEVEL_PMD },
		{ GiB(2) + MiB(6) + KiB(8), GiB(2) + MiB(6) - 1, PG_LEVEL_PMD },
		{ GiB(2) + MiB(6) + KiB(8), GiB(2) + MiB(6), PG_LEVEL_PTE },
		{ GiB(2) + MiB(6) + KiB(8), GiB(2) + MiB(6) + KiB(8) - 1, PG_LEVEL_PTE },
		{ MiB(1), 0, PG_LEVEL_PTE },
		{ MiB(1), MiB(1) - 1, PG_LEVEL_PTE },
		{ MiB(2), 0, PG_LEVEL_PMD },
		{ GiB(5), GiB(5) - 1, PG_LEVEL_PUD },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct machine *m = unit_boot(rows[i].memory, 1);
		struct translation t;

		ck_assert_int_eq(pgtable_walk(m, m->cr3, PAGE_OFFSET + rows[i].at, ACCESS_WRITE,
					      &t),
				 FAULT_NONE);
		ck_assert_uint_eq(t.phys, rows[i].at);
		ck_assert_int_eq(t.level, rows[i].level);
		ck_assert_uint_eq(t.entry & ~PTE_PFN_MASK,
				  PAGE_KERNEL | (t.level > PG_LEVEL_PTE ? _PAGE_PSE : 0));
		ck_assert_int_eq(pgtable_walk(m, m->cr3, PAGE_OFFSET + rows[i].memory, 0, &t),
				 FAULT_ABSENT);
		ck_assert_int_eq(pgtable_walk(m, m->cr3, 0, 0, &t), FAULT_ABSENT);
		ck_assert_int_eq(t.level, PG_LEVEL_PGD); /* slot 0 stays empty */
		ck_assert_int_eq(pgtable_walk(m, m->cr3, VMEMMAP_START, 0, &t), FAULT_ABSENT);
		machine_destroy(m);
	}
}
END_TEST

/* What a machine of any size may take at boot.  TSan's shadow memory counts along. */
#ifdef __has_feature
#if __has_feature(thread_sanitizer)
#define __SANITIZE_THREAD__
#endif
#endif
#ifdef __SANITIZE_THREAD__
#define BOOT_KIB KiB(1024)
#else
#define BOOT_KIB KiB(64)
#endif

static uint64_t resident_kib(void)
{
	FILE *f = fopen("/proc/self/statm", "r");
	unsigned long size, resident = 0;

	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(fscanf(f, "%lu %lu", &size, &resident), 2);
	fclose(f);
	return resident * 4;
}

/*
 * A machine far larger than the host.  Where the process has no room for 16 TiB
 * of addresses (some tools take most of them) the largest that fits is booted.
 */
START_TEST(test_large)
{
	struct machine_config c = MACHINE_CONFIG_DEFAULT;
	struct machine *m = NULL;
	uint64_t before, pieces[4];
	unsigned char byte = 7;
	pfn_t pfn;
	int err = -ENOMEM;

	before = resident_kib();
	for (c.memory = GiB(16384); c.memory >= GiB(16); c.memory /= 2) {
		err = machine_boot(&c, &m);
		if (err != -ENOMEM)
			break;
	}
	unit_assert(err == 0);
	printf("# booted %lu GiB\n", (unsigned long)(c.memory >> 30));
	unit_assert(resident_kib() < before + BOOT_KIB);
	unit_check_pages(m);
	unit_assert(resident_kib() < before + BOOT_KIB);

	/* All of it is in the direct map, over as many PGD entries as that takes. */
	for (uint64_t at = GiB(1) - 1; at < c.memory; at += GiB(1)) {
		struct translation t;

		unit_assert(pgtable_walk(m, m->cr3, PAGE_OFFSET + at, ACCESS_WRITE, &t) ==
			    FAULT_NONE);
		unit_assert(t.phys == at);
	}

	unit_assert(phys_write(m, &byte, c.memory - 1, 1) == 1);
	unit_assert(phys_read(m, pieces, c.memory - 8, 100) == 8);
	unit_assert(pieces[0] >> 56 == 7);
	unit_assert(alloc_pages_bulk(m, GFP_KERNEL, 0, 1, &pfn) == 1);
	unit_assert(pfn >= ZONE_DMA32_END >> PAGE_SHIFT);
	put_page(m, pfn_to_page(m, pfn));
	unit_check_pages(m);
	machine_destroy(m);
}
END_TEST

START_TEST(test_phys)
{
	struct machine *m = unit_boot(MiB(2), 1);
	unsigned char in[3 * 4096], out[3 * 4096];

	for (size_t i = 0; i < sizeof(in); i++)
		in[i] = (unsigned char)(i * 7 + 1);
	/* A frame that was never written reads as zeros, and is not dirty. */
	memset(out, 1, sizeof(out));
	ck_assert_uint_eq(phys_read(m, out, MiB(1), sizeof(out)), sizeof(out));
	for (size_t i = 0; i < sizeof(out); i++)
		ck_assert_uint_eq(out[i], 0);

	ck_assert_uint_eq(phys_write(m, in, MiB(1) + 4000, 4200), 4200);
	ck_assert_uint_eq(phys_read(m, out, MiB(1) + 4000, 4200), 4200);
	ck_assert_mem_eq(in, out, 4200);
	ck_assert_uint_eq(phys_read(m, out, MiB(1) + 3999, 1), 1);
	ck_assert_uint_eq(out[0], 0);
	ck_assert(pfn_to_page(m, 256)->flags & PG_dirty);
	ck_assert(pfn_to_page(m, 258)->flags & PG_dirty);
	ck_assert(!(pfn_to_page(m, 259)->flags & PG_dirty));

	/* The end of RAM, and beyond. */
	ck_assert_uint_eq(phys_write(m, in, MiB(2) - 10, 100), 10);
	ck_assert_uint_eq(phys_read(m, out, MiB(2) - 10, 100), 10);
	ck_assert_mem_eq(in, out, 10);
	ck_assert_uint_eq(phys_read(m, out, MiB(2), 1), 0);
	ck_assert_uint_eq(phys_write(m, in, MiB(2), 1), 0);
	ck_assert_uint_eq(phys_read(m, out, UINT64_MAX, 10), 0);
	machine_destroy(m);
}
END_TEST

START_TEST(test_kmalloc)
{
	struct machine *m = unit_boot(MiB(1), 1);
	unsigned char *a = kmalloc(m, 100, GFP_KERNEL);
	unsigned char *b = kmalloc(m, 100, GFP_KERNEL | __GFP_ZERO);
	void *c = kmalloc(m, 0, GFP_KERNEL);

	ck_assert(a && b && c);
	for (int i = 0; i < 100; i++)
		ck_assert_uint_eq(b[i], 0);
	ck_assert_uint_eq(m->kmalloc_live, 3);
	m->failslab.nth = 2;
	kfree(m, a);
	a = kmalloc(m, 1, 0);
	ck_assert_ptr_nonnull(a);
	ck_assert_ptr_null(kmalloc(m, 1, 0));
	ck_assert_uint_eq(m->failslab.nth, 0);
	ck_assert_uint_eq(m->kmalloc_live, 3);
	kfree(m, a);
	kfree(m, b);
	kfree(m, c);
	kfree(m, NULL);
	ck_assert_uint_eq(m->kmalloc_live, 0);
	machine_destroy(m);
}
END_TEST

START_TEST(test_should_fail)
{
	struct machine *m = unit_boot(MiB(1), 1);
	struct fault_attr f = { 0 };

	for (int i = 0; i < 100; i++)
		ck_assert(!should_fail(m, &f, GFP_KERNEL, 1));
	for (uint64_t nth = 1; nth < 10; nth++) {
		f.nth = nth;
		for (uint64_t i = 1; i < 20; i++)
			ck_assert_int_eq(should_fail(m, &f, GFP_KERNEL, 1), i == nth);
	}
	machine_destroy(m);
}
END_TEST

START_TEST(test_two_machines)
{
	struct machine *a = unit_boot(MiB(4), 1), *b = unit_boot(MiB(4), 1);
	uint64_t x = 1, y = 2, got;

	phys_write(a, &x, MiB(1), sizeof(x));
	phys_write(b, &y, MiB(1), sizeof(y));
	phys_read(a, &got, MiB(1), sizeof(got));
	ck_assert_uint_eq(got, 1);
	machine_destroy(a);
	phys_read(b, &got, MiB(1), sizeof(got));
	ck_assert_uint_eq(got, 2);
	machine_destroy(b);
}
END_TEST

#define THREADS 4
#define ROUNDS 3000

struct worker {
	struct machine *m;
	unsigned nr;
	pthread_t thread;
};

static void consecutive(void *arg, uint64_t first, size_t n, pfn_t *ret)
{
	memcpy(ret, (const pfn_t *)arg + first, n * sizeof(*ret));
}

/* Allocates, maps, looks, unmaps, frees; logs now and then. */
static void *work(void *arg)
{
	struct worker *w = arg;
	struct machine *m = w->m;
	uint64_t seed = w->nr + 1;
	vaddr_t base = VMALLOC_START + MiB(64) * w->nr;
	unsigned bad = 0;

	for (int i = 0; i < ROUNDS; i++) {
		size_t n = unit_random(&seed) % 60 + 1;
		vaddr_t at = base + (unit_random(&seed) % 8192 << PAGE_SHIFT);
		unsigned char *host[64];
		pfn_t pfn[64];
		struct page *block;
		enum fault fault;
		size_t got = alloc_pages_bulk(m, GFP_KERNEL, (int)w->nr % 2, n, pfn);

		bad += got != n;
		bad += pgtable_map(m, m->cr3, at, n, PAGE_KERNEL, consecutive, pfn) != 0;
		bad += pgtable_run(m, m->cr3, at, n, ACCESS_WRITE, host, &fault) != n;
		for (size_t k = 0; k < n; k++) {
			bad += host[k] != pfn_to_ram(m, pfn[k]);
			host[k][i % 4096] = (unsigned char)w->nr;
		}
		get_page(pfn_to_page(m, pfn[0]));
		put_page(m, pfn_to_page(m, pfn[0]));
		block = alloc_pages(m, GFP_KERNEL, 0, (unsigned)i % 5);
		pgtable_unmap(m, m->cr3, at, at + (n << PAGE_SHIFT));
		put_pages_bulk(m, pfn, n);
		if (block)
			for (uint64_t k = 0; k < UINT64_C(1) << i % 5; k++)
				put_page(m, block + k);
		flush_tlb_kernel_range(m, at, at + 1);
		if (i % 100 == 0) {
			printk(m, KERN_INFO, "worker %u round %d", w->nr, i);
			nr_free_pages(m);
		}
	}
	return (void *)(uintptr_t)bad;
}

START_TEST(test_threads)
{
	struct machine *m = unit_boot(MiB(64), 2);
	struct worker w[THREADS];
	uint64_t free = nr_free_pages(m) + m->nr_table_frames;

	for (unsigned i = 0; i < THREADS; i++) {
		w[i].m = m;
		w[i].nr = i;
		ck_assert_int_eq(pthread_create(&w[i].thread, NULL, work, &w[i]), 0);
	}
	for (unsigned i = 0; i < THREADS; i++) {
		void *bad;

		pthread_join(w[i].thread, &bad);
		ck_assert_ptr_null(bad);
	}
	ck_assert_uint_eq(nr_free_pages(m) + m->nr_table_frames, free);
	ck_assert_uint_eq(m->nr_flush_tlb, THREADS * ROUNDS);
	ck_assert_uint_eq(m->nr_warn, 0);
	ck_assert_uint_eq(m->nr_bad_page, 0);
	unit_check_pages(m);
	machine_destroy(m);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("machine");
	TCase *t = tcase_create("machine");

	tcase_set_timeout(t, 120);
	tcase_add_test(t, test_config);
	tcase_add_test(t, test_boot);
	tcase_add_test(t, test_io_start);
	tcase_add_test(t, test_direct_map);
	tcase_add_test(t, test_phys);
	tcase_add_test(t, test_kmalloc);
	tcase_add_test(t, test_should_fail);
	tcase_add_test(t, test_two_machines);
	tcase_add_test(t, test_threads);
	suite_add_tcase(s, t);
	/* CK_EXCLUDE_TAGS=above64G leaves it out, where a processor is emulated. */
	t = tcase_create("large");
	tcase_set_tags(t, "above64G");
	tcase_set_timeout(t, 120);
	tcase_add_test(t, test_large);
	suite_add_tcase(s, t);
	return unit_main(s);
}
