/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where an area goes: lowest-address first fit, windows, alignment, and what
 * must never be accepted.
 */
#include "machine/log.h"
#include "recording.h"

#define START VMALLOC_START
#define OUT_OF_SPACE "out of vmalloc space - use vmalloc=<size> to increase size."

static struct vm_struct *get(struct machine *m, uint64_t pages)
{
	struct vm_struct *area = get_vm_area(m, pages << PAGE_SHIFT, VM_ALLOC, NULL);

	ck_assert_ptr_nonnull(area);
	return area;
}

static void drop(struct machine *m, struct vm_struct *area)
{
	struct vm_struct *removed = remove_vm_area(m, area->addr);

	ck_assert_ptr_eq(removed, area);
	free_vm_struct(m, removed);
}

/* The address of a page of the window. */
#define at(page) (START + ((uint64_t)(page) << PAGE_SHIFT))

START_TEST(test_first_fit)
{
	struct machine *m = space_boot(MiB(16), 1);
	struct vm_struct *a, *b, *c, *d, *e, *f;

	/* [a G][b b b G][c G] */
	a = get(m, 1);
	b = get(m, 3);
	c = get(m, 1);
	ck_assert_uint_eq(a->addr, at(0));
	ck_assert_uint_eq(b->addr, at(2));
	ck_assert_uint_eq(c->addr, at(6));

	/* [a G]........[c G]: too large for the hole, then two that fill it exactly */
	drop(m, b);
	d = get(m, 4);
	ck_assert_uint_eq(d->addr, at(8));
	e = get(m, 1);
	ck_assert_uint_eq(e->addr, at(2));
	f = get(m, 1);
	ck_assert_uint_eq(f->addr, at(4));

	/* The lowest of several holes, not the best. */
	drop(m, e);
	drop(m, f);
	drop(m, a);
	a = get(m, 1);
	ck_assert_uint_eq(a->addr, at(0));
	drop(m, c);
	c = get(m, 2);
	ck_assert_uint_eq(c->addr, at(2));
	space_check(m);
	space_end(m);
}
END_TEST

START_TEST(test_fields)
{
	static const struct {
		uint64_t size, full;
	} rows[] = { { 1, 0x2000 },    { 4095, 0x2000 }, { 4096, 0x2000 },   { 4097, 0x3000 },
		     { 8192, 0x3000 }, { 8193, 0x4000 }, { 100000, 0x1a000 } };
	struct machine *m = space_boot(MiB(16), 1);
	char name[] = "mine";

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct vm_struct *area =
			get_vm_area_node(m, rows[i].size, VM_ALLOC | VM_USERMAP, 0, name);

		ck_assert_ptr_nonnull(area);
		ck_assert_uint_eq(area->size, rows[i].full);
		ck_assert_uint_eq(area->requested_size, rows[i].size);
		ck_assert_uint_eq(area->flags, VM_ALLOC | VM_USERMAP);
		ck_assert_uint_eq(area->nr_pages, 0);
		ck_assert_uint_eq(area->phys_addr, 0);
		ck_assert_int_eq(area->node, 0);
		ck_assert_str_eq(area->caller, name);
		ck_assert_ptr_ne(area->caller, name);
		ck_assert_uint_eq(space_pte(m, area->addr), 0);
		drop(m, area);
	}
	ck_assert_uint_eq(space_used(m), 0);
	space_end(m);
}
END_TEST

/* [a][b b b][c G] */
START_TEST(test_no_guard)
{
	struct machine *m = space_boot(MiB(16), 1);
	struct vm_struct *area[3];
	static const uint64_t pages[] = { 1, 3, 1 };
	static const unsigned flags[] = { VM_ALLOC | VM_NO_GUARD, VM_NO_GUARD, VM_ALLOC };
	static const uint64_t want[] = { at(0), at(1), at(4) };

	for (size_t i = 0; i < 3; i++) {
		area[i] = get_vm_area_range(m, pages[i] << PAGE_SHIFT, 0, flags[i],
					    m->vmalloc_start, m->vmalloc_end, NUMA_NO_NODE, NULL);
		ck_assert_ptr_nonnull(area[i]);
		ck_assert_uint_eq(area[i]->addr, want[i]);
	}
	ck_assert_uint_eq(area[1]->size, 3 * PAGE_SIZE);
	space_check(m);
	/* The whole size is left when it is removed. */
	ck_assert_ptr_eq(remove_vm_area(m, at(1)), area[1]);
	ck_assert_uint_eq(area[1]->size, 3 * PAGE_SIZE);
	free_vm_struct(m, area[1]);
	area[1] = get(m, 2);
	ck_assert_uint_eq(area[1]->addr, at(1));
	space_check(m);
	space_end(m);
}
END_TEST

START_TEST(test_caller)
{
	struct machine *m = space_boot(MiB(16), 1);
	struct vm_struct *area = get_vm_area(m, 1, VM_ALLOC, NULL);

	ck_assert_ptr_null(area->caller);
	ck_assert_int_eq(area->node, NUMA_NO_NODE);
	ck_assert_int_eq(vm_set_caller(m, area->addr, "one"), 0);
	ck_assert_str_eq(area->caller, "one");
	ck_assert_int_eq(vm_set_caller(m, area->addr, "a longer name"), 0);
	ck_assert_str_eq(area->caller, "a longer name");
	ck_assert_int_eq(vm_set_caller(m, area->addr, NULL), 0);
	ck_assert_ptr_null(area->caller);
	ck_assert_int_eq(vm_set_caller(m, area->addr + PAGE_SIZE, "x"), -ENOENT);
	drop(m, area);
	space_end(m);
}
END_TEST

/* A size of zero, also one that rounds to zero: nothing is said, nothing is kept. */
START_TEST(test_nothing)
{
	static const uint64_t sizes[] = { 0, UINT64_MAX, UINT64_MAX - 1, -UINT64_C(4095) };
	struct machine *m = space_boot(MiB(16), 1);
	uint64_t live = atomic_load(&m->kmalloc_live);
	uint64_t seq = log_seq(m);

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		errno = 0;
		ck_assert_ptr_null(get_vm_area(m, sizes[i], VM_ALLOC, "x"));
		ck_assert_int_eq(errno, EINVAL);
		ck_assert_ptr_null(get_vm_area(m, sizes[i], VM_IOREMAP, "x"));
		ck_assert_ptr_null(__get_vm_area(m, sizes[i], VM_ALLOC, 0, UINT64_MAX, "x"));
	}
	ck_assert_uint_eq(atomic_load(&m->kmalloc_live), live);
	ck_assert_uint_eq(log_seq(m), seq);
	ck_assert_uint_eq(space_areas(m), 0);
	space_end(m);
}
END_TEST

/* Sizes that wrap with their guard, or with any address, are out of space. */
START_TEST(test_overflow)
{
	static const uint64_t sizes[] = {
		UINT64_C(0xfffffffffffff000),
		UINT64_C(0xffffffffffffe001),
		UINT64_C(0xffffffffffffe000),
		UINT64_C(0xffffffffffff0000),
		UINT64_C(0x8000000000000000),
		-VMALLOC_START,
		-VMALLOC_START - PAGE_SIZE,
		UINT64_C(40) << 40,
		VMALLOC_SIZE_MAX,
		VMALLOC_SIZE_MAX - PAGE_SIZE,
	};
	struct machine *m = space_boot(MiB(16), 1);
	uint64_t live = atomic_load(&m->kmalloc_live);

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		m->log->limit_used = 0; /* no message is suppressed here */
		errno = 0;
		ck_assert_msg(!get_vm_area(m, sizes[i], VM_ALLOC, "x"), "size %zu", i);
		ck_assert_int_eq(errno, ENOSPC);
		ck_assert_uint_eq(space_logged(m, OUT_OF_SPACE), 2 * i + 1);
		ck_assert_msg(!get_vm_area(m, sizes[i], VM_IOREMAP, "x"), "size %zu", i);
		ck_assert_int_eq(errno, ENOSPC);
		ck_assert_uint_eq(space_logged(m, OUT_OF_SPACE), 2 * i + 2);
	}
	ck_assert_uint_eq(atomic_load(&m->kmalloc_live), live);
	ck_assert_uint_eq(space_areas(m), 0);

	/* The largest there is: the window less its last page, guard included. */
	drop(m, get(m, (VMALLOC_SIZE_MAX >> PAGE_SHIFT) - 2));
	space_check(m);
	space_end(m);
}
END_TEST

/* An area has to end at or below VMALLOC_END, which is inclusive: one page is lost. */
START_TEST(test_last_page)
{
	struct machine *m = space_boot_window(MiB(16), 16);
	struct vm_struct *area, *first;

	ck_assert_uint_eq(m->vmalloc_end, START + 16 * PAGE_SIZE - 1);
	ck_assert_ptr_null(get_vm_area(m, 15 * PAGE_SIZE, VM_ALLOC, NULL));
	area = get(m, 14);
	ck_assert_uint_eq(area->addr, START);
	drop(m, area);
	first = get(m, 13);
	ck_assert_ptr_null(get_vm_area(m, PAGE_SIZE, VM_ALLOC, NULL));
	ck_assert_int_eq(errno, ENOSPC);
	drop(m, first);
	first = get(m, 11);
	area = get(m, 2);
	ck_assert_uint_eq(area->addr, at(12));
	space_check(m);
	space_end(m);
}
END_TEST

START_TEST(test_window)
{
	static const struct {
		vaddr_t start, end;
		uint64_t pages;
		vaddr_t want; /* 0: no place */
	} rows[] = {
		/* just enough, a byte too few, inclusive of nothing */
		{ at(100), at(102), 1, at(100) },
		{ at(100), at(102) - 1, 1, 0 },
		{ at(100), at(101), 1, 0 },
		{ at(100), at(100), 1, 0 },
		{ at(100), at(101) - 1, 1, 0 },
		/* reversed */
		{ at(102), at(100), 1, 0 },
		{ UINT64_MAX, 0, 1, 0 },
		{ UINT64_MAX, UINT64_MAX, 1, 0 },
		/* at the end of the address space: the last page is never given out */
		{ -3 * PAGE_SIZE, UINT64_MAX, 1, -3 * PAGE_SIZE },
		{ -3 * PAGE_SIZE, UINT64_MAX, 2, 0 },
		{ -2 * PAGE_SIZE, UINT64_MAX, 1, 0 },
		{ -1 * PAGE_SIZE, UINT64_MAX, 1, 0 },
		{ -4 * PAGE_SIZE, -2 * PAGE_SIZE, 1, -4 * PAGE_SIZE },
		/* anywhere at all */
		{ PAGE_SIZE, UINT64_MAX, 1, PAGE_SIZE },
		{ PAGE_SIZE, 3 * PAGE_SIZE, 1, PAGE_SIZE },
		{ GiB(1), UINT64_MAX, 1000000, GiB(1) },
		/* a start within a page: areas are made of whole pages */
		{ at(100) + 1, at(200), 1, at(101) },
		{ at(100) + 4095, at(103), 1, at(101) },
		{ at(100) + 1, at(103) - 1, 1, 0 },
	};
	struct machine *m = space_boot(MiB(16), 1);

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct vm_struct *area = __get_vm_area(m, rows[i].pages << PAGE_SHIFT, VM_ALLOC,
						       rows[i].start, rows[i].end, NULL);

		ck_assert_msg((area ? area->addr : 0) == rows[i].want, "row %zu: %llx", i,
			      area ? (unsigned long long)area->addr : 0);
		if (!area)
			ck_assert_int_eq(errno, ENOSPC);
		space_check(m);
		if (area)
			drop(m, area);
	}
	space_end(m);
}
END_TEST

/* A window sees the areas that reach into it, and goes around them. */
START_TEST(test_window_neighbours)
{
	struct machine *m = space_boot(MiB(16), 1);
	struct vm_struct *a = __get_vm_area(m, 4 * PAGE_SIZE, VM_ALLOC, at(98), at(200), NULL);
	struct vm_struct *b, *c;

	ck_assert_uint_eq(a->addr, at(98)); /* to page 103 */
	ck_assert_ptr_null(__get_vm_area(m, PAGE_SIZE, VM_ALLOC, at(100), at(104), NULL));
	b = __get_vm_area_node(m, PAGE_SIZE, VM_ALLOC, at(100), at(105), 0, NULL);
	ck_assert_ptr_nonnull(b);
	ck_assert_uint_eq(b->addr, at(103));
	/* below: exactly up to the neighbour */
	c = __get_vm_area(m, PAGE_SIZE, VM_ALLOC, at(95), at(98), NULL);
	ck_assert_ptr_nonnull(c);
	ck_assert_uint_eq(c->addr, at(95));
	ck_assert_ptr_null(__get_vm_area(m, PAGE_SIZE, VM_ALLOC, at(95), at(98), NULL));
	/* another window's areas do not matter below the vmalloc window either */
	ck_assert_uint_eq(get(m, 1)->addr, START);
	space_check(m);
	space_end(m);
}
END_TEST

/* The end of the window holds however the search came to it. */
START_TEST(test_beyond_window)
{
	struct machine *m = space_boot(MiB(16), 1);
	struct vm_struct *area;

	/* one area, and a request too large for the space after it */
	area = __get_vm_area(m, PAGE_SIZE, VM_ALLOC, 0x10800000, 0x18000000, NULL);
	ck_assert_ptr_nonnull(area);
	ck_assert_ptr_null(__get_vm_area(m, MiB(128), VM_IOREMAP, 0x10800000, 0x18000000, NULL));
	ck_assert_ptr_null(__get_vm_area(m, MiB(128), VM_ALLOC, 0x10800000, 0x18000000, NULL));
	drop(m, area);
	ck_assert_ptr_null(__get_vm_area(m, MiB(128), VM_IOREMAP, 0x10800000, 0x18000000, NULL));

	/* an area far above, so that there is a wide gap before it */
	area = __get_vm_area(m, PAGE_SIZE, VM_ALLOC, UINT64_C(0xffffffff88000000), UINT64_MAX,
			     NULL);
	ck_assert_ptr_nonnull(area);
	ck_assert_ptr_null(get_vm_area(m, UINT64_C(40) << 40, VM_ALLOC, NULL));
	ck_assert_int_eq(errno, ENOSPC);
	ck_assert_ptr_null(get_vm_area(m, UINT64_C(40) << 40, VM_IOREMAP, NULL));
	ck_assert_ptr_null(get_vm_area(m, UINT64_C(32) << 40, VM_ALLOC, NULL));

	/* an area that ends as high as one can: the next candidate is not address 0 */
	drop(m, area);
	area = __get_vm_area(m, PAGE_SIZE, VM_ALLOC, -3 * PAGE_SIZE, UINT64_MAX, NULL);
	ck_assert_uint_eq(area->addr, -3 * PAGE_SIZE);
	ck_assert_ptr_null(__get_vm_area(m, PAGE_SIZE, VM_ALLOC, -3 * PAGE_SIZE, UINT64_MAX, NULL));
	ck_assert_ptr_null(
		__get_vm_area(m, PAGE_SIZE, VM_IOREMAP, -3 * PAGE_SIZE, UINT64_MAX, NULL));
	ck_assert_uint_eq(space_areas(m), 1);
	space_check(m);
	space_end(m);
}
END_TEST

START_TEST(test_ioremap_alignment)
{
	static const struct {
		uint64_t size, align;
	} rows[] = {
		{ 1, 0x1000 },		{ 0x7ff, 0x1000 },	{ 0x800, 0x1000 },
		{ 0xfff, 0x1000 },	{ 0x1000, 0x2000 },	{ 0x1001, 0x2000 },
		{ 0x1fff, 0x2000 },	{ 0x2000, 0x4000 },	{ MiB(1) - 1, MiB(1) },
		{ MiB(1), MiB(2) },	{ GiB(1) - 1, GiB(1) }, { GiB(1), GiB(1) },
		{ GiB(2), GiB(1) },	{ GiB(4) - 1, GiB(1) }, { GiB(4), GiB(1) },
		{ GiB(4) + 1, GiB(1) }, { GiB(64), GiB(1) },	{ GiB(8192), GiB(1) },
	};
	struct machine *m = space_boot(MiB(16), 1);

	/* One page in front (with its guard, two), so that alignment shows. */
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct vm_struct *front = __get_vm_area(m, PAGE_SIZE, VM_ALLOC, at(1), at(4), NULL);
		vaddr_t want = align_up(at(3), rows[i].align);
		struct vm_struct *area =
			__get_vm_area(m, rows[i].size, VM_IOREMAP, at(1), m->vmalloc_end, NULL);

		ck_assert_ptr_nonnull(front);
		ck_assert_ptr_nonnull(area);
		ck_assert_msg(area->addr == want, "row %zu: %llx", i,
			      (unsigned long long)area->addr);
		drop(m, front);
		drop(m, area);
	}
	space_end(m);
}
END_TEST

/* Gaps that are large enough and in the wrong place are passed over, the first good one taken. */
START_TEST(test_aligned_gaps)
{
	struct machine *m = space_boot(MiB(16), 1);
	struct vm_struct *area[40], *io;

	/* 40 areas of 3 pages with guard; holes of 3 pages at 3, 9, 15, 21, ... */
	for (unsigned i = 0; i < 40; i++)
		area[i] = get(m, 2);
	for (unsigned i = 1; i < 40; i += 2)
		drop(m, area[i]);
	/* 0x2000 bytes with guard is 3 pages, aligned to 4: 3, 9, 15 (no), ... none of 3 mod 6 */
	io = get_vm_area(m, 0x2000, VM_IOREMAP, NULL);
	ck_assert_uint_eq(io->addr, at(120));
	drop(m, io);
	/* 1 page, aligned to 2: 3..5 has 4..5 */
	io = get_vm_area(m, 0x1000, VM_IOREMAP, NULL);
	ck_assert_uint_eq(io->addr, at(4));
	space_check(m);
	space_end(m);
}
END_TEST

START_TEST(test_remove)
{
	struct machine *m = space_boot(MiB(16), 1);
	struct vm_struct *a = get(m, 3), *b = get(m, 1), *removed;

	ck_assert_ptr_null(remove_vm_area(m, 0));
	ck_assert_ptr_null(remove_vm_area(m, a->addr + 1));
	ck_assert_ptr_null(remove_vm_area(m, a->addr + PAGE_SIZE));
	ck_assert_ptr_null(remove_vm_area(m, b->addr + 2 * PAGE_SIZE));

	vmlist_write_lock(m);
	ck_assert_ptr_eq(__find_vm_area(m, a->addr), a);
	ck_assert_ptr_eq(__find_vm_area(m, b->addr), b);
	ck_assert_ptr_null(__find_vm_area(m, a->addr + PAGE_SIZE));
	ck_assert_ptr_null(__find_vm_area(m, a->addr - PAGE_SIZE));
	removed = __remove_vm_area(m, a->addr);
	ck_assert_ptr_eq(removed, a);
	ck_assert_ptr_null(__find_vm_area(m, a->addr));
	ck_assert_ptr_null(__remove_vm_area(m, a->addr));
	vmlist_write_unlock(m);

	ck_assert_uint_eq(removed->size, 3 * PAGE_SIZE); /* its guard is taken off */
	free_vm_struct(m, removed);
	free_vm_struct(m, NULL);
	drop(m, b);
	ck_assert_uint_eq(space_areas(m), 0);
	ck_assert_uint_eq(space_warnings(m), 0);
	space_end(m);
}
END_TEST

/* A message for each failure; ten of them at once, then one every five seconds. */
START_TEST(test_message)
{
	struct machine *m = space_boot_window(MiB(16), 4);

	for (unsigned i = 1; i <= 30; i++) {
		ck_assert_ptr_null(get_vm_area(m, MiB(1), VM_ALLOC, NULL));
		ck_assert_uint_eq(space_logged(m, OUT_OF_SPACE), i < 10 ? i : 10);
	}
	ck_assert_uint_eq(space_logged(m, "<4>"),
			  30);	       /* each with two more: why, and what would do */
	m->log->limit_from -= 6000000; /* six seconds pass */
	ck_assert_ptr_null(get_vm_area(m, MiB(1), VM_ALLOC, NULL));
	ck_assert_uint_eq(space_logged(m, OUT_OF_SPACE), 11);
	ck_assert_uint_eq(space_logged(m, "printk: 20 messages suppressed."), 1);
	space_end(m);
}
END_TEST

START_TEST(test_no_descriptor)
{
	struct machine *m = space_boot(MiB(16), 2);
	uint64_t live = atomic_load(&m->kmalloc_live);
	uint64_t seq = log_seq(m);
	struct vm_struct *area = NULL;
	unsigned n;

	m->failslab.verbose = 0;
	for (n = 1; n < 100; n++) {
		atomic_store(&m->failslab.nth, n);
		errno = 0;
		area = get_vm_area_node(m, PAGE_SIZE, VM_ALLOC, 1, "name");
		if (area)
			break;
		ck_assert_int_eq(errno, ENOMEM);
		ck_assert_uint_eq(atomic_load(&m->kmalloc_live), live);
	}
	atomic_store(&m->failslab.nth, 0);
	ck_assert_uint_gt(n, 1);
	ck_assert_ptr_nonnull(area);
	ck_assert_uint_eq(log_seq(m), seq);
	drop(m, area);
	space_end(m);
}
END_TEST

START_TEST(test_crashed)
{
	struct machine *m = space_boot(MiB(16), 1);
	struct vm_struct *area = get(m, 1);

	atomic_store(&m->crashed, true);
	ck_assert_ptr_null(get_vm_area(m, PAGE_SIZE, VM_ALLOC, NULL));
	ck_assert_int_eq(errno, EIO);
	ck_assert_uint_eq(space_areas(m), 1);
	drop(m, area);
	space_end(m);
}
END_TEST

START_TEST(test_listing)
{
	struct machine *m = space_boot(MiB(16), 1);
	struct vm_struct *area[100];
	uint64_t seq, n = 0;

	for (unsigned i = 0; i < 100; i++) {
		seq = vmlist_seq(m);
		area[i] = get(m, 1 + i % 5);
		ck_assert_uint_gt(vmlist_seq(m), seq);
		ck_assert_uint_eq(space_areas(m), i + 1);
		ck_assert_uint_eq(vmlist_count(m), i + 1);
	}
	ck_assert(vmlist_with(m, area[50]->addr, space_count_one, &n));
	ck_assert_uint_eq(n, 1);
	ck_assert(!vmlist_with(m, area[50]->addr + PAGE_SIZE, space_count_one, &n));
	ck_assert_uint_eq(n, 1);
	for (unsigned i = 0; i < 100; i++) {
		seq = vmlist_seq(m);
		drop(m, area[(i * 37) % 100]);
		ck_assert_uint_gt(vmlist_seq(m), seq);
		ck_assert_uint_eq(space_areas(m), 99 - i);
		ck_assert_uint_eq(vmlist_count(m), 99 - i);
	}
	seq = vmlist_seq(m);
	ck_assert_uint_eq(space_areas(m), 0);
	ck_assert_ptr_null(remove_vm_area(m, START));
	ck_assert_uint_eq(vmlist_seq(m), seq);
	space_end(m);
}
END_TEST

/* A real kernel's placements, played again. */
START_TEST(test_recorded)
{
	struct machine *m = space_boot(MiB(16), 1);

	ck_assert_uint_eq(recording_play(m, "placement-window-seed1.ops").purges, 0);
	space_end(m);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("area");
	TCase *tc = tcase_create("area");

	tcase_set_timeout(tc, SPACE_TIMEOUT);
	tcase_add_test(tc, test_first_fit);
	tcase_add_test(tc, test_fields);
	tcase_add_test(tc, test_no_guard);
	tcase_add_test(tc, test_caller);
	tcase_add_test(tc, test_nothing);
	tcase_add_test(tc, test_overflow);
	tcase_add_test(tc, test_last_page);
	tcase_add_test(tc, test_window);
	tcase_add_test(tc, test_window_neighbours);
	tcase_add_test(tc, test_beyond_window);
	tcase_add_test(tc, test_ioremap_alignment);
	tcase_add_test(tc, test_aligned_gaps);
	tcase_add_test(tc, test_remove);
	tcase_add_test(tc, test_message);
	tcase_add_test(tc, test_no_descriptor);
	tcase_add_test(tc, test_crashed);
	tcase_add_test(tc, test_listing);
	tcase_add_test(tc, test_recorded);
	suite_add_tcase(s, tc);
	return unit_main(s);
}
