/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Mapping and unmapping: all or nothing, failure, bad entries, user ranges.
 */
#include <errno.h>
#include "tables.h"

static void in_order(void *arg, uint64_t first, size_t n, pfn_t *ret)
{
	for (size_t i = 0; i < n; i++)
		ret[i] = *(pfn_t *)arg + first + i;
}

/* Backwards from *arg, so that a wrong page shows. */
static void backwards(void *arg, uint64_t first, size_t n, pfn_t *ret)
{
	unit_assert(n >= 1);
	unit_assert(n <= PTRS_PER_TABLE);
	for (size_t i = 0; i < n; i++)
		ret[i] = *(pfn_t *)arg - first - i;
}

static void check_mapped(vaddr_t addr, uint64_t n, pfn_t top, pgprot_t prot)
{
	struct translation t;

	for (uint64_t i = 0; i < n; i++) {
		unit_assert(pgtable_walk(m, m->cr3, addr + i * 4096, R, &t) == FAULT_NONE);
		unit_assert(t.entry == ((top - i) << PAGE_SHIFT | prot));
	}
	if (addr & 0x7ffffffff000) {
		pgtable_walk(m, m->cr3, addr - 1, R, &t);
		unit_assert(t.fault != FAULT_NONE);
	}
	if (addr + n * 4096) {
		pgtable_walk(m, m->cr3, addr + n * 4096, R, &t);
		unit_assert(t.fault != FAULT_NONE);
	}
}

START_TEST(test_map)
{
	static const struct {
		vaddr_t addr;
		uint64_t n, tables;
	} rows[] = {
		{ VA, 1, 3 },
		{ VA + 4096 * 511, 2, 4 },
		{ VA + 4096 * 7, 512 * 3, 2 + 4 },
		{ VA + 0x40000000 - 4096, 2, 5 },   /* over a GiB: two PMD tables */
		{ VA + 0x8000000000 - 4096, 2, 6 }, /* over a PGD entry */
		{ UINT64_MAX - 4095, 1, 3 },	    /* the last page of all */
		{ UINT64_MAX - 4096 * 600 + 1, 600, 4 },
		{ UINT64_C(0x7ffffffff000), 1, 3 }, /* the last of the lower half */
		{ 0, 1, 3 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t tables, free;
		pfn_t top = 0x3000;

		teardown();
		setup();
		tables = m->nr_table_frames;
		free = nr_free_pages(m);
		unit_assert(pgtable_map(m, m->cr3, rows[i].addr, rows[i].n, PAGE_KERNEL, backwards,
					&top) == 0);
		unit_assert(m->nr_table_frames == tables + rows[i].tables);
		unit_assert(nr_free_pages(m) == free - rows[i].tables);
		check_mapped(rows[i].addr, rows[i].n, top, PAGE_KERNEL);

		/* Once more: occupied. */
		unit_assert(pgtable_map(m, m->cr3, rows[i].addr, rows[i].n, PAGE_KERNEL, in_order,
					&top) == -EBUSY);
		unit_assert(m->nr_warn == 1);
		check_mapped(rows[i].addr, rows[i].n, top, PAGE_KERNEL);
		unit_assert(m->nr_table_frames == tables + rows[i].tables);

		if (rows[i].addr + rows[i].n * 4096) {
			struct translation t;

			pgtable_unmap(m, m->cr3, rows[i].addr, rows[i].addr + rows[i].n * 4096);
			for (uint64_t k = 0; k < rows[i].n; k++)
				unit_assert(pgtable_walk(m, m->cr3, rows[i].addr + k * 4096, R,
							 &t) == FAULT_ABSENT);
			/* Tables stay, and are used again. */
			unit_assert(pgtable_map(m, m->cr3, rows[i].addr, rows[i].n,
						PAGE_KERNEL_EXEC, backwards, &top) == 0);
			check_mapped(rows[i].addr, rows[i].n, top, PAGE_KERNEL_EXEC);
		}
		unit_assert(m->nr_table_frames == tables + rows[i].tables);
		unit_assert(m->nr_warn == 1);
		unit_assert(m->kmalloc_live == 0);
		unit_check_pages(m);
	}
}
END_TEST

START_TEST(test_map_refuses)
{
	pfn_t pfn = 100;
	uint64_t free = nr_free_pages(m);

	ck_assert_int_eq(pgtable_map(m, m->cr3, VA, 0, PAGE_KERNEL, in_order, &pfn), 0);
	ck_assert_int_eq(pgtable_map(m, m->cr3, VA + 1, 1, PAGE_KERNEL, in_order, &pfn), -EINVAL);
	ck_assert_int_eq(pgtable_map(m, m->cr3, UINT64_MAX - 4095, 2, PAGE_KERNEL, in_order, &pfn),
			 -EINVAL);
	ck_assert_int_eq(pgtable_map(m, m->cr3, VA, UINT64_MAX, PAGE_KERNEL, in_order, &pfn),
			 -EINVAL);
	ck_assert_int_eq(pgtable_map(m, m->cr3, VA, UINT64_C(1) << 52, PAGE_KERNEL, in_order, &pfn),
			 -EINVAL);
	ck_assert_int_eq(pgtable_map(m, m->cr3, 0, UINT64_C(1) << 52, PAGE_KERNEL, in_order, &pfn),
			 -EINVAL);
	ck_assert_int_eq(pgtable_map(m, m->cr3, UINT64_C(0x800000000000), 1, PAGE_KERNEL, in_order,
				     &pfn),
			 -EINVAL);
	ck_assert_int_eq(pgtable_map(m, m->cr3, UINT64_C(0x7ffffffff000), 2, PAGE_KERNEL, in_order,
				     &pfn),
			 -EINVAL);
	ck_assert_int_eq(pgtable_map(m, MiB(64), VA, 1, PAGE_KERNEL, in_order, &pfn), -EINVAL);
	/* More tables than the machine has frames. */
	ck_assert_int_eq(pgtable_map(m, m->cr3, VA, UINT64_C(1) << 33, PAGE_KERNEL, in_order, &pfn),
			 -ENOMEM);
	ck_assert_uint_eq(nr_free_pages(m), free);
	unit_check_pages(m);
}
END_TEST

/* One occupied PTE anywhere in the range: nothing is written, no table stays. */
START_TEST(test_all_or_nothing)
{
	static const uint64_t where[] = { 0, 1, 511, 512, 1023, 1499 };
	pfn_t top = 0x3000, other = 0x100;

	for (size_t i = 0; i < sizeof(where) / sizeof(where[0]); i++) {
		vaddr_t at = VA + where[i] * 4096;
		struct translation t;
		uint64_t free;

		teardown();
		setup();
		unit_assert(pgtable_map(m, m->cr3, at, 1, PAGE_KERNEL, in_order, &other) == 0);
		free = nr_free_pages(m);
		unit_assert(pgtable_map(m, m->cr3, VA, 1500, PAGE_KERNEL, backwards, &top) ==
			    -EBUSY);
		unit_assert(nr_free_pages(m) == free);
		unit_assert(m->nr_warn == 1);
		for (uint64_t k = 0; k < 1500; k++)
			unit_assert(pgtable_walk(m, m->cr3, VA + k * 4096, R, &t) ==
				    (k == where[i] ? FAULT_NONE : FAULT_ABSENT));
		/* An entry that is only not present occupies its place as well. */
		poke(t.entry_addr, 0);
		unit_check_pages(m);
	}
}
END_TEST

/* Each table in turn cannot be had: every frame is free again. */
START_TEST(test_fail_nth_table)
{
	uint64_t free = nr_free_pages(m), tables = m->nr_table_frames;
	pfn_t top = 0x3000;
	uint64_t nth;
	int err;

	for (nth = 1;; nth++) {
		struct translation t;

		m->fail_table.nth = nth;
		err = pgtable_map(m, m->cr3, VA + 0x8000000000 - MiB(4) - 4096, 4000, PAGE_KERNEL,
				  backwards, &top);
		if (!err)
			break;
		ck_assert_int_eq(err, -ENOMEM);
		ck_assert_uint_eq(m->fail_table.nth, 0);
		ck_assert_uint_eq(nr_free_pages(m), free);
		ck_assert_uint_eq(m->nr_table_frames, tables);
		ck_assert_uint_eq(m->kmalloc_live, 0);
		ck_assert_int_eq(pgtable_walk(m, m->cr3, VA + 0x8000000000, R, &t), FAULT_ABSENT);
		ck_assert_int_eq(t.level, PG_LEVEL_PGD);
		unit_check_pages(m);
	}
	/* 2 PUD, 2 PMD, 3 + 6 PTE tables */
	ck_assert_uint_eq(nth, 2 + 2 + 3 + 6 + 1);
	m->fail_table.nth = 0;
	check_mapped(VA + 0x8000000000 - MiB(4) - 4096, 4000, top, PAGE_KERNEL);

	/* The list of tables is host memory. */
	teardown();
	setup();
	m->failslab.nth = 1;
	ck_assert_int_eq(pgtable_map(m, m->cr3, VA, 10000, PAGE_KERNEL, backwards, &top), -ENOMEM);
	ck_assert_uint_eq(nr_free_pages(m), free);
}
END_TEST

START_TEST(test_no_frames_for_tables)
{
	uint64_t n = nr_free_pages(m);
	pfn_t *pfn = calloc(n, sizeof(*pfn)), top = 0x3000;

	ck_assert_uint_eq(alloc_pages_bulk(m, GFP_KERNEL, 0, n - 2, pfn), n - 2);
	ck_assert_int_eq(pgtable_map(m, m->cr3, VA, 1, PAGE_KERNEL, in_order, &top), -ENOMEM);
	ck_assert_uint_eq(nr_free_pages(m), 2);
	put_page(m, pfn_to_page(m, pfn[5]));
	ck_assert_int_eq(pgtable_map(m, m->cr3, VA, 1, PAGE_KERNEL, in_order, &top), 0);
	ck_assert_uint_eq(nr_free_pages(m), 0);
	unit_check_pages(m);
	free(pfn);
}
END_TEST

/* A table from a frame that held something else is empty. */
START_TEST(test_dirty_frames_for_tables)
{
	uint64_t n = nr_free_pages(m);
	pfn_t *pfn = calloc(n, sizeof(*pfn)), top = 0x3000;

	m->init_on_alloc = false;
	ck_assert_uint_eq(alloc_pages_bulk(m, GFP_KERNEL, 0, n, pfn), n);
	for (uint64_t i = 0; i < n; i++) {
		page_mark_dirty(m, pfn[i]);
		memset(pfn_to_ram(m, pfn[i]), 0xff, PAGE_SIZE);
	}
	put_pages_bulk(m, pfn, n);
	ck_assert_int_eq(pgtable_map(m, m->cr3, VA + 4096, 600, PAGE_KERNEL, backwards, &top), 0);
	check_mapped(VA + 4096, 600, top, PAGE_KERNEL);
	ck_assert_int_eq(pgtable_map(m, m->cr3, VA + MiB(512), 9000, PAGE_KERNEL, backwards, &top),
			 0);
	check_mapped(VA + MiB(512), 9000, top, PAGE_KERNEL);
	free(pfn);
}
END_TEST

/* Tables that are freed and used again must be zeroed again: writing entries marks them. */
START_TEST(test_tables_are_marked)
{
	pfn_t top = 0x3000, pfn;

	for (unsigned i = 0; i < 3; i++) {
		struct translation t;
		paddr_t root;

		ck_assert_int_eq(alloc_table(m, &pfn), 0);
		root = pfn << PAGE_SHIFT;
		ck_assert_int_eq(
			pgtable_map(m, root, MiB(2) * i, 400, PAGE_SHARED, backwards, &top), 0);
		for (unsigned k = 0; k < 4; k++)
			ck_assert_int_eq(pgtable_walk(m, root, MiB(2) * k, R, &t),
					 k == i ? FAULT_NONE : FAULT_ABSENT);
		pgtable_walk(m, root, MiB(2) * i, R, &t);
		ck_assert(pfn_to_page(m, t.entry_addr >> PAGE_SHIFT)->flags & PG_dirty);
		ck_assert(pfn_to_page(m, pfn)->flags & PG_dirty);
		pgtable_destroy_user(m, root);
	}
}
END_TEST

START_TEST(test_io)
{
	pfn_t first = m->io_start >> PAGE_SHIFT;
	struct translation t;

	ck_assert_int_eq(pgtable_map(m, m->cr3, VA, 10, PAGE_KERNEL_NOCACHE, in_order, &first), 0);
	ck_assert_int_eq(pgtable_walk(m, m->cr3, VA + 4096 * 3 + 5, R, &t), FAULT_OUTSIDE);
	ck_assert_uint_eq(t.phys, m->io_start + 4096 * 3 + 5);
	ck_assert_uint_eq(t.level, PG_LEVEL_PTE);
	pgtable_unmap(m, m->cr3, VA, VA + 4096 * 11);
	ck_assert_int_eq(pgtable_walk(m, m->cr3, VA + 4096 * 3 + 5, R, &t), FAULT_ABSENT);
	ck_assert_uint_eq(m->nr_warn, 0);
}
END_TEST

/* Bad entries */

/* The entry of one level on the way to VA in the kernel's tables. */
static paddr_t entry_of(enum pg_level level)
{
	paddr_t table = m->cr3;

	for (enum pg_level l = PG_LEVEL_PGD; l > level; l--)
		table = peek(table + level_index(l, VA) * 8) & PTE_PFN_MASK;
	return table + level_index(level, VA) * 8;
}

/* A bad upper entry is reported and cleared by unmap, and replaced by map. */
START_TEST(test_bad_entries)
{
	static const char *const names[] = { "pte", "pmd", "pud", "pgd" };
	static const pte_t values[] = { 0xdeadbeef000, UINT64_C(0x8000000000000062),
					UINT64_C(0x4000063) };

	for (enum pg_level level = PG_LEVEL_PMD; level <= PG_LEVEL_PGD; level++) {
		pte_t value = values[level - 1];
		pfn_t top = 0x3000;
		struct translation t;
		paddr_t at;
		char text[64];

		teardown();
		setup();
		ck_assert_int_eq(pgtable_map(m, m->cr3, VA, 1, PAGE_KERNEL, backwards, &top), 0);
		at = entry_of(level);

		poke(at, value);
		pgtable_unmap(m, m->cr3, VA, VA + 8192);
		snprintf(text, sizeof(text), ": bad %s %016lx(%016lx).", names[level],
			 (unsigned long)(PAGE_OFFSET + at), (unsigned long)value);
		ck_assert_msg(unit_logged(m, text), "%s", text);
		ck_assert(unit_logged(m, "machine/pgmap.c:"));
		ck_assert_uint_eq(peek(at), 0);
		ck_assert_uint_eq(m->nr_warn, 0);

		poke(at, value);
		ck_assert_int_eq(pgtable_map(m, m->cr3, VA + 4096, 1, PAGE_KERNEL, backwards, &top),
				 0);
		ck_assert_int_eq(pgtable_walk(m, m->cr3, VA + 4096, W, &t), FAULT_NONE);
		ck_assert_uint_eq(t.phys, 0x3000000);
		unit_check_pages(m);
	}
}
END_TEST

START_TEST(test_unmap)
{
	pfn_t top = 0x3000;
	struct translation t;
	paddr_t at;

	/* A range of 30 TiB with two small islands. */
	ck_assert_int_eq(pgtable_map(m, m->cr3, VA + GiB(700), 3, PAGE_KERNEL, backwards, &top), 0);
	ck_assert_int_eq(pgtable_map(m, m->cr3, VA + GiB(20000), 700, PAGE_KERNEL, backwards, &top),
			 0);
	pgtable_unmap(m, m->cr3, VA, VA + GiB(30000));
	ck_assert_int_eq(pgtable_walk(m, m->cr3, VA + GiB(700), R, &t), FAULT_ABSENT);
	ck_assert_int_eq(pgtable_walk(m, m->cr3, VA + GiB(20000), R, &t), FAULT_ABSENT);
	ck_assert_int_eq(t.level, PG_LEVEL_PTE);
	ck_assert_uint_eq(m->nr_warn, 0);

	/* Only what lies in the range goes. */
	ck_assert_int_eq(pgtable_map(m, m->cr3, VA, 1500, PAGE_KERNEL, backwards, &top), 0);
	pgtable_unmap(m, m->cr3, VA + 4096 * 3, VA + 4096 * 1400);
	for (uint64_t i = 0; i < 1500; i++)
		ck_assert_int_eq(pgtable_walk(m, m->cr3, VA + i * 4096, R, &t),
				 i < 3 || i >= 1400 ? FAULT_NONE : FAULT_ABSENT);

	/* A PTE that is not present is a WARN, and goes. */
	at = entry_of(PG_LEVEL_PTE);
	poke(at, 0x1234560);
	pgtable_unmap(m, m->cr3, VA, VA + 4096);
	ck_assert_uint_eq(m->nr_warn, 1);
	ck_assert_uint_eq(peek(at), 0);
	ck_assert_uint_eq(peek(at + 8), (top - 1) << PAGE_SHIFT | PAGE_KERNEL);

	/* The last page of all has no end that can be named; all before it has. */
	ck_assert_int_eq(pgtable_map(m, m->cr3, UINT64_MAX - 8191, 2, PAGE_KERNEL, backwards, &top),
			 0);
	pgtable_unmap(m, m->cr3, UINT64_MAX - 8191, UINT64_MAX - 4095);
	ck_assert_int_eq(pgtable_walk(m, m->cr3, UINT64_MAX - 4096, R, &t), FAULT_ABSENT);
	ck_assert_int_eq(pgtable_walk(m, m->cr3, UINT64_MAX, R, &t), FAULT_NONE);

	/* A range across what is not canonical is refused. */
	pgtable_unmap(m, m->cr3, 0, UINT64_MAX);
	ck_assert_uint_eq(m->nr_warn, 2);
	ck_assert_int_eq(pgtable_walk(m, m->cr3, UINT64_MAX, R, &t), FAULT_NONE);

	ck_assert(!m->crashed);
	pgtable_unmap(m, m->cr3, VA, VA);
	ck_assert(m->crashed);
	m->crashed = false;
	pgtable_unmap(m, m->cr3, VA + 4096, VA);
	ck_assert(m->crashed);
}
END_TEST

/* A user who clears an entry while a mapping is being written: all of it is taken back. */
struct scribble {
	paddr_t at;
	bool done;
};

static void scribbling(void *arg, uint64_t first, size_t n, pfn_t *ret)
{
	struct scribble *s = arg;

	if (!s->done)
		poke(s->at, 0);
	s->done = true;
	for (size_t i = 0; i < n; i++)
		ret[i] = first + i;
}

START_TEST(test_scribble)
{
	struct scribble s = { 0 };
	pfn_t top = 0x3000;
	uint64_t free;
	struct translation t;

	ck_assert_int_eq(pgtable_map(m, m->cr3, VA + MiB(4), 1, PAGE_KERNEL, backwards, &top), 0);
	free = nr_free_pages(m);
	s.at = entry_of(PG_LEVEL_PMD) + 16; /* the table of VA + 4 MiB */
	ck_assert_int_eq(pgtable_map(m, m->cr3, VA, 512, PAGE_KERNEL, backwards, &top), 0);
	pgtable_unmap(m, m->cr3, VA, VA + MiB(2));
	free -= 1;
	ck_assert_uint_eq(nr_free_pages(m), free);
	ck_assert_int_eq(pgtable_map(m, m->cr3, VA + 4096, 1500, PAGE_KERNEL, scribbling, &s),
			 -EBUSY);
	pgtable_unmap(m, m->cr3, VA + MiB(4), VA + MiB(4) + 4096);
	ck_assert_int_eq(pgtable_map(m, m->cr3, VA + 4096, 1500, PAGE_KERNEL, scribbling, &s),
			 -ENOMEM);
	for (uint64_t i = 0; i < 1600; i++)
		ck_assert_int_eq(pgtable_walk(m, m->cr3, VA + i * 4096, R, &t), FAULT_ABSENT);
	unit_check_pages(m);
}
END_TEST

/* The other way round: a table appears that was missing, and one is left over. */
static void meddling(void *arg, uint64_t first, size_t n, pfn_t *ret)
{
	struct scribble *s = arg;

	if (!s->done)
		poke(entry_of(PG_LEVEL_PMD) + 8, s->at | _KERNPG_TABLE);
	s->done = true;
	for (size_t i = 0; i < n; i++)
		ret[i] = first + i;
}

START_TEST(test_table_appears)
{
	struct scribble s = { 0 };
	uint64_t free = nr_free_pages(m), tables = m->nr_table_frames;
	struct translation t;
	pfn_t data;

	ck_assert_uint_eq(alloc_pages_bulk(m, GFP_KERNEL, 0, 1, &data), 1);
	s.at = data << PAGE_SHIFT;
	ck_assert_int_eq(pgtable_map(m, m->cr3, VA, 1000, PAGE_KERNEL, meddling, &s), 0);
	ck_assert_int_eq(pgtable_walk(m, m->cr3, VA + 999 * 4096, R, &t), FAULT_NONE);
	ck_assert_uint_eq(t.entry_addr & PAGE_MASK, s.at);
	/* The user's frame, and PUD, PMD and one PTE table. */
	ck_assert_uint_eq(m->nr_table_frames, tables + 3);
	ck_assert_uint_eq(nr_free_pages(m), free - 4);
	unit_check_pages(m);
}
END_TEST

/* User ranges */

START_TEST(test_user)
{
	uint64_t free = nr_free_pages(m), tables = m->nr_table_frames;
	pfn_t root, top = 0x3000;
	struct translation t;

	ck_assert_int_eq(alloc_table(m, &root), 0);
	root <<= PAGE_SHIFT;
	ck_assert_int_eq(pgtable_map(m, root, UINT64_C(0x7f0000000000), 1000, PAGE_SHARED,
				     backwards, &top),
			 0);
	ck_assert_int_eq(pgtable_walk(m, root, UINT64_C(0x7f0000000000), W | U, &t), FAULT_NONE);
	ck_assert_uint_eq(t.flags, RW | US | NX);
	ck_assert_int_eq(pgtable_walk(m, m->cr3, UINT64_C(0x7f0000000000), W | U, &t),
			 FAULT_ABSENT);
	ck_assert_uint_eq(m->nr_table_frames, tables + 5);
	pgtable_destroy_user(m, root);
	ck_assert_uint_eq(nr_free_pages(m), free);
	ck_assert_uint_eq(m->nr_table_frames, tables);
	ck_assert_uint_eq(m->nr_bad_page, 0);
	unit_check_pages(m);
}
END_TEST

/* Entries that name frames which are no user tables: those frames stay. */
START_TEST(test_destroy_scribbled)
{
	uint64_t tables = m->nr_table_frames;
	pfn_t root, data, top = 0x3000;
	paddr_t pud;

	ck_assert_int_eq(alloc_table(m, &root), 0);
	root <<= PAGE_SHIFT;
	ck_assert_int_eq(pgtable_map(m, root, 0, 1, PAGE_SHARED, backwards, &top), 0);
	pud = peek(root) & PTE_PFN_MASK;
	ck_assert_uint_eq(alloc_pages_bulk(m, GFP_KERNEL, 0, 1, &data), 1);
	poke(root + 8, data << PAGE_SHIFT | _PAGE_TABLE); /* a data frame */
	poke(root + 16, m->cr3 | _PAGE_TABLE);		  /* the kernel's own */
	poke(root + 24, root | _PAGE_TABLE);		  /* itself */
	poke(root + 32, pud | _PAGE_TABLE);		  /* twice */
	poke(root + 40, 0x4000067);			  /* nowhere */
	poke(pud + 8, pud | _PAGE_TABLE);		  /* a loop */
	pgtable_destroy_user(m, root);
	ck_assert_uint_eq(m->nr_table_frames, tables);
	ck_assert_uint_ge(m->nr_bad_page, 4);
	ck_assert_uint_eq(pfn_to_page(m, data)->_refcount, 1);
	ck_assert(unit_logged(m, "bad pgd"));
	unit_check_pages(m);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("pgmap");
	TCase *t = tcase_create("pgmap");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 300);
	tcase_add_test(t, test_map);
	tcase_add_test(t, test_map_refuses);
	tcase_add_test(t, test_all_or_nothing);
	tcase_add_test(t, test_fail_nth_table);
	tcase_add_test(t, test_no_frames_for_tables);
	tcase_add_test(t, test_dirty_frames_for_tables);
	tcase_add_test(t, test_tables_are_marked);
	tcase_add_test(t, test_io);
	tcase_add_test(t, test_bad_entries);
	tcase_add_test(t, test_unmap);
	tcase_add_test(t, test_scribble);
	tcase_add_test(t, test_table_appears);
	tcase_add_test(t, test_user);
	tcase_add_test(t, test_destroy_scribbled);
	suite_add_tcase(s, t);
	return unit_main(s);
}
