/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * map_vm_area, unmap_vm_area, vmalloc_to_page: all or nothing, and what is
 * found there already.
 */
#include "space.h"

#define N 8

/* A machine with n frames of the test's own, in no particular order. */
struct bench {
	struct machine *m;
	struct page *page[4096];
	unsigned n;
};

static void bench_init(struct bench *b, unsigned n)
{
	pfn_t pfn[4096];

	b->m = space_boot(MiB(64), 1);
	b->n = n;
	ck_assert_uint_eq(alloc_pages_bulk(b->m, GFP_KERNEL, 0, n, pfn), n);
	for (unsigned i = 0; i < n; i++)
		b->page[i] = pfn_to_page(b->m, pfn[(i * 7 + 3) % n]);
}

static void bench_deinit(struct bench *b)
{
	for (unsigned i = 0; i < b->n; i++)
		put_page(b->m, b->page[i]);
	space_check(b->m);
	space_end(b->m);
}

static struct vm_struct *reserve(struct machine *m, uint64_t pages, vaddr_t start)
{
	struct vm_struct *area =
		__get_vm_area(m, pages << PAGE_SHIFT, VM_MAP, start, m->vmalloc_end, NULL);

	ck_assert_ptr_nonnull(area);
	return area;
}

static void release(struct machine *m, struct vm_struct *area)
{
	ck_assert_ptr_eq(remove_vm_area(m, area->addr), area);
	free_vm_struct(m, area);
}

static unsigned nr_mapped(struct machine *m, vaddr_t addr, unsigned pages)
{
	unsigned n = 0;

	for (unsigned i = 0; i < pages; i++)
		n += space_pte(m, addr + i * PAGE_SIZE) != 0;
	return n;
}

START_TEST(test_map)
{
	static const pgprot_t prots[] = { PAGE_KERNEL, PAGE_KERNEL_EXEC, PAGE_KERNEL_NOCACHE,
					  PAGE_KERNEL & ~_PAGE_RW };
	struct bench b;
	struct machine *m;

	bench_init(&b, N);
	m = b.m;
	for (unsigned k = 0; k < 4; k++) {
		struct vm_struct *area = reserve(m, N, m->vmalloc_start);
		uint64_t flushed = atomic_load(&m->nr_flush_cache_vmap);
		struct page **cursor = b.page;

		ck_assert_int_eq(map_vm_area(m, area, prots[k], &cursor), 0);
		ck_assert_ptr_eq(cursor, b.page + N);
		ck_assert_uint_eq(atomic_load(&m->nr_flush_cache_vmap), flushed + 1);
		for (unsigned i = 0; i < N; i++) {
			vaddr_t addr = area->addr + i * PAGE_SIZE;
			pfn_t pfn = page_to_pfn(m, b.page[i]);

			ck_assert_uint_eq(space_pte(m, addr), pfn << PAGE_SHIFT | prots[k]);
			ck_assert_ptr_eq(vmalloc_to_page(m, addr), b.page[i]);
			ck_assert_ptr_eq(vmalloc_to_page(m, addr + 4095), b.page[i]);
		}
		ck_assert_uint_eq(space_pte(m, area->addr + N * PAGE_SIZE), 0);
		ck_assert_ptr_null(vmalloc_to_page(m, area->addr + N * PAGE_SIZE));
		release(m, area);
		ck_assert_uint_eq(nr_mapped(m, m->vmalloc_start, N + 1), 0);
	}
	ck_assert_uint_eq(space_warnings(m), 0);
	bench_deinit(&b);
}
END_TEST

/* Tables are the entries that a CPU and the checker of Linux expect. */
START_TEST(test_tables)
{
	struct bench b;
	struct machine *m;
	struct vm_struct *area;
	struct page **cursor = b.page;

	bench_init(&b, 4);
	m = b.m;
	area = reserve(m, 4, m->vmalloc_start);
	ck_assert_int_eq(map_vm_area(m, area, PAGE_KERNEL, &cursor), 0);
	for (enum pg_level l = PG_LEVEL_PMD; l <= PG_LEVEL_PGD; l++) {
		uint64_t entry = space_peek(m, space_entry_addr(m, l, area->addr));

		ck_assert_uint_eq(entry & ~PTE_PFN_MASK, _KERNPG_TABLE);
	}
	release(m, area);
	bench_deinit(&b);
}
END_TEST

/* Across the edges of a PTE table, a PMD and a PUD. */
START_TEST(test_boundaries)
{
	static const uint64_t edges[] = { MiB(2), GiB(1), GiB(512) };
	struct bench b;
	struct machine *m;

	bench_init(&b, 1500);
	m = b.m;
	for (unsigned k = 0; k < 3; k++) {
		vaddr_t start = align_up(m->vmalloc_start + 1, edges[k]) - 7 * PAGE_SIZE;
		uint64_t tables = atomic_load(&m->nr_table_frames);
		struct vm_struct *area = reserve(m, 1500, start);
		struct page **cursor = b.page;

		ck_assert_uint_eq(area->addr, start);
		ck_assert_int_eq(map_vm_area(m, area, PAGE_KERNEL, &cursor), 0);
		for (unsigned i = 0; i < 1500; i++)
			ck_assert_ptr_eq(vmalloc_to_page(m, start + i * PAGE_SIZE), b.page[i]);
		ck_assert_uint_ge(atomic_load(&m->nr_table_frames), tables + 2);
		release(m, area);
		ck_assert_uint_eq(nr_mapped(m, start, 1501), 0);
	}
	bench_deinit(&b);
}
END_TEST

START_TEST(test_missing_page)
{
	struct bench b;
	struct machine *m;

	bench_init(&b, N);
	m = b.m;
	for (unsigned hole = 0; hole < N; hole++) {
		struct vm_struct *area = reserve(m, N, m->vmalloc_start);
		uint64_t flushed = atomic_load(&m->nr_flush_cache_vmap);
		uint64_t used = space_used(m);
		struct page *page[N], **cursor = page;

		memcpy(page, b.page, sizeof(page));
		page[hole] = NULL;
		ck_assert_int_eq(map_vm_area(m, area, PAGE_KERNEL, &cursor), -ENOMEM);
		ck_assert_ptr_eq(cursor, page);
		ck_assert_uint_eq(nr_mapped(m, area->addr, N + 1), 0);
		ck_assert_uint_eq(space_used(m), used);
		ck_assert_uint_eq(atomic_load(&m->nr_flush_cache_vmap), flushed + 1);
		release(m, area);
	}
	bench_deinit(&b);
}
END_TEST

START_TEST(test_missing_table)
{
	struct bench b;
	struct machine *m;
	vaddr_t start;
	unsigned nth;

	bench_init(&b, 1500);
	m = b.m;
	/* From one PUD table into the next: two PUD, two PMD, four PTE tables. */
	start = align_up(m->vmalloc_start + 1, GiB(512)) - 700 * PAGE_SIZE;
	for (nth = 1; nth < 100; nth++) {
		struct vm_struct *area = reserve(m, 1500, start);
		uint64_t tables = atomic_load(&m->nr_table_frames);
		uint64_t free = nr_free_pages(m);
		struct page **cursor = b.page;
		int err;

		atomic_store(&m->fail_table.nth, nth);
		err = map_vm_area(m, area, PAGE_KERNEL, &cursor);
		if (!err) {
			release(m, area);
			break;
		}
		ck_assert_int_eq(err, -ENOMEM);
		ck_assert_ptr_eq(cursor, b.page);
		ck_assert_uint_eq(nr_mapped(m, start, 1501), 0);
		ck_assert_uint_eq(nr_free_pages(m), free);
		ck_assert_uint_eq(atomic_load(&m->nr_table_frames), tables);
		release(m, area);
	}
	atomic_store(&m->fail_table.nth, 0);
	ck_assert_uint_eq(nth, 9);
	bench_deinit(&b);
}
END_TEST

START_TEST(test_occupied)
{
	static const pte_t strays[] = { UINT64_C(0x8000000000005163), UINT64_C(0x5000),
					UINT64_C(0x2) };
	struct bench b;
	struct machine *m;
	struct vm_struct *area;
	struct page **cursor;

	bench_init(&b, N);
	m = b.m;
	/* Once, so that there is a table to write to. */
	area = reserve(m, N, m->vmalloc_start);
	cursor = b.page;
	ck_assert_int_eq(map_vm_area(m, area, PAGE_KERNEL, &cursor), 0);
	release(m, area);

	for (unsigned k = 0; k < 3; k++) {
		for (unsigned i = 0; i < N; i++) {
			uint64_t warnings, flushed;
			paddr_t at;

			area = reserve(m, N, m->vmalloc_start);
			at = space_pte_addr(m, area->addr + i * PAGE_SIZE);
			space_poke(m, at, strays[k]);
			warnings = space_warnings(m);
			flushed = atomic_load(&m->nr_flush_cache_vmap);
			cursor = b.page;
			ck_assert_int_eq(map_vm_area(m, area, PAGE_KERNEL, &cursor), -EBUSY);
			ck_assert_ptr_eq(cursor, b.page);
			ck_assert_uint_eq(space_warnings(m), warnings + 1);
			ck_assert_uint_eq(atomic_load(&m->nr_flush_cache_vmap), flushed + 1);
			ck_assert_uint_eq(space_peek(m, at), strays[k]);
			ck_assert_uint_eq(nr_mapped(m, area->addr, N), 1);
			space_poke(m, at, 0);
			release(m, area);
		}
	}
	/* map_vm_area does not look at the guard's PTE. */
	area = reserve(m, N, m->vmalloc_start);
	space_poke(m, space_pte_addr(m, area->addr + N * PAGE_SIZE), strays[0]);
	cursor = b.page;
	ck_assert_int_eq(map_vm_area(m, area, PAGE_KERNEL, &cursor), 0);
	/* It lies in the range that unmap walks, though. */
	release(m, area);
	ck_assert_uint_eq(nr_mapped(m, m->vmalloc_start, N + 1), 0);
	bench_deinit(&b);
}
END_TEST

START_TEST(test_too_small)
{
	struct bench b;
	struct machine *m;
	struct vm_struct *area;
	struct page **cursor = b.page;

	bench_init(&b, N);
	m = b.m;
	area = reserve(m, 1, m->vmalloc_start);
	area->size = PAGE_SIZE;
	ck_assert_int_ne(map_vm_area(m, area, PAGE_KERNEL, &cursor), 0);
	ck_assert_ptr_eq(cursor, b.page);
	ck_assert(atomic_load(&m->crashed));
	ck_assert(unit_logged(m, "kernel BUG at vmalloc/map.c:"));
	ck_assert_uint_eq(nr_mapped(m, m->vmalloc_start, 4), 0);
	area->size = 2 * PAGE_SIZE;
	release(m, area);
	bench_deinit(&b);
}
END_TEST

START_TEST(test_unmap)
{
	struct bench b;
	struct machine *m;
	struct vm_struct *area, *next;
	struct page **cursor = b.page;
	uint64_t tlb, cache, tables;

	bench_init(&b, N);
	m = b.m;
	area = reserve(m, 4, m->vmalloc_start);
	next = reserve(m, 4, m->vmalloc_start);
	ck_assert_int_eq(map_vm_area(m, area, PAGE_KERNEL, &cursor), 0);
	ck_assert_int_eq(map_vm_area(m, next, PAGE_KERNEL, &cursor), 0);
	tlb = atomic_load(&m->nr_flush_tlb);
	cache = atomic_load(&m->nr_flush_cache_vunmap);
	tables = atomic_load(&m->nr_table_frames);

	unmap_vm_area(m, area);
	ck_assert_uint_eq(nr_mapped(m, area->addr, 5), 0);
	ck_assert_uint_eq(nr_mapped(m, next->addr, 5), 4);
	ck_assert_uint_eq(atomic_load(&m->nr_flush_tlb), tlb + 1);
	ck_assert_uint_eq(atomic_load(&m->nr_flush_cache_vunmap), cache + 1);
	ck_assert_uint_eq(atomic_load(&m->nr_table_frames), tables);
	ck_assert_uint_eq(space_warnings(m), 0);
	/* Frames are the caller's. */
	ck_assert_uint_eq(atomic_load(&b.page[0]->_refcount), 1);
	/* Again: nothing there, nothing to say. */
	unmap_vm_area(m, area);
	ck_assert_uint_eq(space_warnings(m), 0);
	/* Where no table has ever been. */
	release(m, next);
	next = reserve(m, 100000, m->vmalloc_start + GiB(600));
	unmap_vm_area(m, next);
	ck_assert_uint_eq(space_warnings(m), 0);
	ck_assert(!atomic_load(&m->crashed));
	release(m, next);
	release(m, area);
	bench_deinit(&b);
}
END_TEST

START_TEST(test_unmap_strange)
{
	struct bench b;
	struct machine *m;
	struct vm_struct *area;
	struct page **cursor = b.page;

	bench_init(&b, N);
	m = b.m;
	area = reserve(m, N, m->vmalloc_start);
	ck_assert_int_eq(map_vm_area(m, area, PAGE_KERNEL, &cursor), 0);
	/* PTEs that are neither empty nor present: a WARN each, and cleared. */
	space_poke(m, space_pte_addr(m, area->addr), 0x1000);
	space_poke(m, space_pte_addr(m, area->addr + PAGE_SIZE), UINT64_C(1) << 62);
	unmap_vm_area(m, area);
	ck_assert_uint_eq(space_warnings(m), 2);
	ck_assert_uint_eq(nr_mapped(m, area->addr, N + 1), 0);

	area->size = 0;
	unmap_vm_area(m, area);
	ck_assert(atomic_load(&m->crashed));
	ck_assert(unit_logged(m, "kernel BUG at vmalloc/map.c:"));
	area->size = (N + 1) * PAGE_SIZE;
	release(m, area);
	bench_deinit(&b);
}
END_TEST

/* A bad upper entry is reported and cleared, what it led to is not followed. */
START_TEST(test_bad_entry)
{
	static const struct {
		enum pg_level level;
		const char *text;
	} rows[] = { { PG_LEVEL_PMD, ": bad pmd " },
		     { PG_LEVEL_PUD, ": bad pud " },
		     { PG_LEVEL_PGD, ": bad pgd " } };
	static const uint64_t changes[] = {
		UINT64_C(1),			/* not present, not zero */
		UINT64_C(2),			/* not writable */
		_PAGE_NX,			/* a flag it should not have */
		_PAGE_PSE,   UINT64_C(1) << 40, /* a frame that is not RAM */
	};

	for (unsigned k = 0; k < 3; k++) {
		for (unsigned j = 0; j < 5; j++) {
			struct bench b;
			struct machine *m;
			struct vm_struct *area;
			struct page **cursor = b.page;
			uint64_t entry;
			paddr_t at, pte;
			char line[64];

			bench_init(&b, N);
			m = b.m;
			area = reserve(m, N, m->vmalloc_start);
			ck_assert_int_eq(map_vm_area(m, area, PAGE_KERNEL, &cursor), 0);
			at = space_entry_addr(m, rows[k].level, area->addr);
			pte = space_pte_addr(m, area->addr);
			entry = space_peek(m, at);
			space_poke(m, at, entry ^ changes[j]);
			unmap_vm_area(m, area);
			ck_assert_uint_eq(space_logged(m, rows[k].text), 1);
			snprintf(line, sizeof(line), "(%016lx).",
				 (unsigned long)(entry ^ changes[j]));
			ck_assert_uint_eq(space_logged(m, line), 1);
			ck_assert_uint_eq(space_peek(m, at), 0);
			ck_assert_uint_ne(space_peek(m, pte), 0);
			/* Once only: it is gone. */
			unmap_vm_area(m, area);
			ck_assert_uint_eq(space_logged(m, rows[k].text), 1);
			/* Put it back, and all is well again. */
			space_poke(m, at, entry);
			release(m, area);
			bench_deinit(&b);
		}
	}
}
END_TEST

START_TEST(test_entries_that_are_fine)
{
	struct bench b;
	struct machine *m;
	struct vm_struct *area;
	struct page **cursor = b.page;
	paddr_t at;

	bench_init(&b, N);
	m = b.m;
	area = reserve(m, N, m->vmalloc_start);
	ck_assert_int_eq(map_vm_area(m, area, PAGE_KERNEL, &cursor), 0);
	at = space_entry_addr(m, PG_LEVEL_PMD, area->addr);
	/* User is as good, and Accessed may be missing. */
	space_poke(m, at, (space_peek(m, at) | _PAGE_USER) & ~_PAGE_ACCESSED);
	ck_assert_ptr_eq(vmalloc_to_page(m, area->addr), b.page[0]);
	unmap_vm_area(m, area);
	ck_assert_uint_eq(space_logged(m, ": bad "), 0);
	ck_assert_uint_eq(nr_mapped(m, area->addr, N + 1), 0);
	release(m, area);
	bench_deinit(&b);
}
END_TEST

START_TEST(test_to_page)
{
	struct machine *m = space_boot(MiB(64) + 3 * PAGE_SIZE, 1);
	vaddr_t addr = vmalloc(m, 3 * PAGE_SIZE, NULL);
	vaddr_t io = ioremap(m, m->io_start, PAGE_SIZE, 0, NULL);

	ck_assert_uint_ne(addr, 0);
	ck_assert_uint_ne(io, 0);
	ck_assert_ptr_null(vmalloc_to_page(m, 0));
	ck_assert_ptr_null(vmalloc_to_page(m, addr + 3 * PAGE_SIZE));
	ck_assert_ptr_null(vmalloc_to_page(m, addr - 1));
	ck_assert_ptr_null(vmalloc_to_page(m, io));
	ck_assert_ptr_null(vmalloc_to_page(m, UINT64_C(1) << 47));
	ck_assert_ptr_null(vmalloc_to_page(m, UINT64_MAX));
	ck_assert_ptr_null(vmalloc_to_page(m, VMEMMAP_START));
	/* The direct map has frames too, below large leaves and small ones. */
	for (pfn_t pfn = 0; pfn < m->nr_frames; pfn += 509)
		ck_assert_ptr_eq(vmalloc_to_page(m, PAGE_OFFSET + (pfn << PAGE_SHIFT) + 77),
				 pfn_to_page(m, pfn));
	ck_assert_ptr_eq(vmalloc_to_page(m, PAGE_OFFSET + m->ram_size - 1),
			 pfn_to_page(m, m->nr_frames - 1));
	ck_assert_ptr_null(vmalloc_to_page(m, PAGE_OFFSET + m->ram_size));
	space_end(m);
}
END_TEST

START_TEST(test_area_pages)
{
	struct machine *m = space_boot(MiB(64), 1);
	vaddr_t a = vmalloc(m, 4 * PAGE_SIZE, NULL);
	vaddr_t b = vmalloc(m, 4 * PAGE_SIZE, NULL);
	vaddr_t io = ioremap(m, m->io_start, PAGE_SIZE, 0, NULL);
	struct vm_struct *bare = get_vm_area(m, PAGE_SIZE, VM_MAP, NULL);
	struct page *page[8];

	ck_assert_uint_eq(b, a + 5 * PAGE_SIZE);
	ck_assert_int_eq(vm_area_pages(m, a, 0, 4, page), 0);
	for (unsigned i = 0; i < 4; i++)
		ck_assert_ptr_eq(page[i], vmalloc_to_page(m, a + i * PAGE_SIZE));
	ck_assert_int_eq(vm_area_pages(m, a, 2, 2, page), 0);
	ck_assert_ptr_eq(page[0], vmalloc_to_page(m, a + 2 * PAGE_SIZE));
	ck_assert_int_eq(vm_area_pages(m, a, 0, 5, page), -EINVAL);
	ck_assert_int_eq(vm_area_pages(m, a, 3, 2, page), -EINVAL);
	ck_assert_int_eq(vm_area_pages(m, a, 4, 1, page), -EINVAL);
	/* After the guard another area begins. */
	ck_assert_int_eq(vm_area_pages(m, a, 5, 1, page), -EINVAL);
	ck_assert_int_eq(vm_area_pages(m, a, 5, 4, page), -EINVAL);
	ck_assert_int_eq(vm_area_pages(m, a, 6, 1, page), -EINVAL);
	ck_assert_int_eq(vm_area_pages(m, a, 1, UINT64_MAX, page), -EINVAL);
	ck_assert_int_eq(vm_area_pages(m, a, UINT64_MAX, 2, page), -EINVAL);
	ck_assert_int_eq(vm_area_pages(m, a + PAGE_SIZE, 0, 1, page), -EINVAL);
	ck_assert_int_eq(vm_area_pages(m, io, 0, 1, page), -EINVAL);
	ck_assert_int_eq(vm_area_pages(m, bare->addr, 0, 1, page), -EINVAL);
	space_end(m);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("map");
	TCase *tc = tcase_create("map");

	tcase_set_timeout(tc, SPACE_TIMEOUT);
	tcase_add_test(tc, test_map);
	tcase_add_test(tc, test_tables);
	tcase_add_test(tc, test_boundaries);
	tcase_add_test(tc, test_missing_page);
	tcase_add_test(tc, test_missing_table);
	tcase_add_test(tc, test_occupied);
	tcase_add_test(tc, test_too_small);
	tcase_add_test(tc, test_unmap);
	tcase_add_test(tc, test_unmap_strange);
	tcase_add_test(tc, test_bad_entry);
	tcase_add_test(tc, test_entries_that_are_fine);
	tcase_add_test(tc, test_to_page);
	tcase_add_test(tc, test_area_pages);
	suite_add_tcase(s, tc);
	return unit_main(s);
}
