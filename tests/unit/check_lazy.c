/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lazy freeing: a freed area loses its pages at once, and its range stays busy
 * until a purge.
 */
#include "recording.h"

static uint64_t flushes(struct machine *m)
{
	return atomic_load(&m->nr_flush_tlb);
}

struct listed {
	unsigned areas, lazy;
	uint64_t bytes; /* of lazy ranges */
	vaddr_t last;
	bool ordered;
};

static void listed_area(void *arg, const struct vm_struct *area)
{
	struct listed *l = arg;

	l->areas++;
	l->ordered &= area->addr >= l->last;
	l->last = area->addr + area->size;
}

static void listed_lazy(void *arg, vaddr_t addr, uint64_t size, bool pooled)
{
	struct listed *l = arg;

	ck_assert(!pooled);
	l->lazy++;
	l->bytes += size;
	l->ordered &= addr >= l->last;
	l->last = addr + size;
}

static struct listed list(struct machine *m)
{
	struct listed l = { .ordered = true };

	vmlist_for_each_range(m, listed_area, listed_lazy, &l);
	ck_assert(l.ordered);
	ck_assert_uint_eq(l.bytes, vmalloc_nr_lazy(m) << PAGE_SHIFT);
	ck_assert_uint_eq(l.areas, space_areas(m));
	return l;
}

/* The default: free at once, one flush each. */
START_TEST(test_off)
{
	struct machine *m = space_boot(MiB(16), 1);
	vaddr_t a = vmalloc(m, PAGE_SIZE, NULL);
	uint64_t before = flushes(m);

	ck_assert_uint_eq(vmalloc_lazy_max(m), 0);
	vfree(m, a);
	ck_assert_uint_eq(flushes(m), before + 1);
	ck_assert_uint_eq(vmalloc_nr_lazy(m), 0);
	ck_assert_uint_eq(purge_vmap_area_lazy(m), 0);
	ck_assert_uint_eq(flushes(m), before + 1);
	ck_assert_uint_eq(vmalloc(m, PAGE_SIZE, NULL), a);
	space_end(m);
}
END_TEST

/*
 *	[ a  G][ b  b  G][ c  G]	all freed, one by one: nothing is flushed,
 *					nothing can be had there, until the purge
 */
START_TEST(test_waits)
{
	struct machine *m = space_boot(MiB(16), 1);
	vaddr_t a = vmalloc(m, PAGE_SIZE, NULL), b = vmalloc(m, 2 * PAGE_SIZE, NULL),
		c = vmalloc(m, PAGE_SIZE, NULL);
	uint64_t before = flushes(m), seq, unused = nr_free_pages(m);

	vmalloc_set_lazy_max(m, 100);
	ck_assert_uint_eq(vmalloc_lazy_max(m), 100);
	vfree(m, b);
	ck_assert_uint_eq(vmalloc_nr_lazy(m), 3);
	ck_assert_uint_eq(nr_free_pages(m), unused + 2);
	ck_assert_uint_eq(space_pte(m, b), 0);
	ck_assert_ptr_null(vmalloc_to_page(m, b));
	vfree(m, a);
	vfree(m, c);
	ck_assert_uint_eq(vmalloc_nr_lazy(m), 7);
	ck_assert_uint_eq(flushes(m), before);
	ck_assert_uint_eq(list(m).areas, 0);
	ck_assert_uint_eq(list(m).lazy, 3);
	space_check(m);

	ck_assert_uint_eq(vmalloc(m, PAGE_SIZE, NULL), c + 2 * PAGE_SIZE);
	seq = vmlist_seq(m);
	ck_assert_uint_eq(purge_vmap_area_lazy(m), 3);
	ck_assert_uint_gt(vmlist_seq(m), seq);
	ck_assert_uint_eq(flushes(m), before + 1);
	ck_assert_uint_eq(vmalloc_nr_lazy(m), 0);
	ck_assert_uint_eq(list(m).lazy, 0);
	ck_assert_uint_eq(purge_vmap_area_lazy(m), 0);
	ck_assert_uint_eq(flushes(m), before + 1);
	ck_assert_uint_eq(vmalloc(m, 6 * PAGE_SIZE, NULL), a);
	space_check(m);
	space_end(m);
}
END_TEST

/* All are purged when more than the limit wait, or when it is set below what waits. */
START_TEST(test_limit)
{
	struct machine *m = space_boot(MiB(16), 1);
	vaddr_t a[6];
	uint64_t before;

	for (unsigned i = 0; i < 6; i++)
		a[i] = vmalloc(m, PAGE_SIZE, NULL);
	vmalloc_set_lazy_max(m, 4);
	before = flushes(m);
	vfree(m, a[0]);
	vfree(m, a[2]);
	ck_assert_uint_eq(vmalloc_nr_lazy(m), 4); /* not more than 4 */
	ck_assert_uint_eq(flushes(m), before);
	vfree(m, a[4]);
	ck_assert_uint_eq(vmalloc_nr_lazy(m), 0);
	ck_assert_uint_eq(flushes(m), before + 1);

	vfree(m, a[1]);
	vmalloc_set_lazy_max(m, 2);
	ck_assert_uint_eq(vmalloc_nr_lazy(m), 2);
	vmalloc_set_lazy_max(m, 1);
	ck_assert_uint_eq(vmalloc_nr_lazy(m), 0);
	ck_assert_uint_eq(flushes(m), before + 2);
	vfree(m, a[3]); /* larger than the limit by itself */
	ck_assert_uint_eq(vmalloc_nr_lazy(m), 0);
	vmalloc_set_lazy_max(m, UINT64_MAX);
	vfree(m, a[5]);
	ck_assert_uint_eq(vmalloc_nr_lazy(m), 2);
	vmalloc_set_lazy_max(m, 0);
	ck_assert_uint_eq(vmalloc_nr_lazy(m), 0);
	ck_assert_uint_eq(list(m).lazy, 0);
	space_check(m);
	space_end(m);
}
END_TEST

/* A window that is full of them: purged, and tried once more.  What never fits is told once. */
START_TEST(test_search_purges)
{
	struct machine *m = space_boot_window(MiB(16), 16);
	vaddr_t a[7];

	vmalloc_set_lazy_max(m, 1000);
	for (unsigned i = 0; i < 7; i++)
		a[i] = vmalloc(m, PAGE_SIZE, NULL);
	for (unsigned i = 0; i < 6; i++)
		vfree(m, a[i]);
	ck_assert_uint_eq(vmalloc(m, PAGE_SIZE, NULL), a[0]);
	ck_assert_uint_eq(vmalloc_nr_lazy(m), 0);
	ck_assert_uint_eq(space_logged(m, "allocation failed"), 0);

	vfree(m, a[6]);
	ck_assert_uint_eq(vmalloc(m, 13 * PAGE_SIZE, NULL), 0);
	ck_assert_int_eq(errno, ENOSPC);
	ck_assert_uint_eq(space_logged(m, "allocation failed"), 1);
	ck_assert_uint_eq(vmalloc_nr_lazy(m), 0);
	ck_assert_uint_eq(vmalloc(m, 12 * PAGE_SIZE, NULL), a[1]);
	space_check(m);
	space_end(m);
}
END_TEST

/* Each space has its own limit, and a purge of one leaves the other alone; not so in Linux. */
START_TEST(test_spaces)
{
	struct machine *m = space_boot_window(MiB(16), 16);
	vaddr_t a[4], mod[4];
	uint64_t before;

	vmalloc_set_lazy_max(m, 4);
	for (unsigned i = 0; i < 4; i++) {
		a[i] = vmalloc(m, PAGE_SIZE, NULL);
		mod[i] = module_alloc(m, PAGE_SIZE, NULL);
	}
	before = flushes(m);
	for (unsigned i = 0; i < 2; i++) {
		vfree(m, mod[i]);
		vfree(m, a[i]);
	}
	ck_assert_uint_eq(vmalloc_nr_lazy(m), 8); /* four of each */
	ck_assert_uint_eq(flushes(m), before);
	vfree(m, mod[2]); /* now six of modules */
	ck_assert_uint_eq(vmalloc_nr_lazy(m), 4);
	ck_assert_uint_eq(flushes(m), before + 1);
	space_check(m);

	/* For the lack of room in vmalloc's space, its own go. */
	vfree(m, mod[3]);
	ck_assert_uint_eq(vmalloc(m, 10 * PAGE_SIZE, NULL), 0);
	ck_assert_uint_eq(vmalloc_nr_lazy(m), 2);
	ck_assert_uint_eq(module_alloc(m, PAGE_SIZE, NULL), mod[0]);

	/* A limit that both are above is kept in both. */
	vfree(m, a[2]);
	vmalloc_set_lazy_max(m, 1);
	ck_assert_uint_eq(vmalloc_nr_lazy(m), 0);
	space_check(m);

	/* In Linux's policies the two are together: the limit is for both. */
	ck_assert_int_eq(vmalloc_set_policy(m, VM_LINUX_6_1), 0);
	vmalloc_set_lazy_max(m, 3);
	vfree(m, a[3]);
	ck_assert_uint_eq(vmalloc_nr_lazy(m), 2);
	vfree(m, mod[0]);
	ck_assert_uint_eq(vmalloc_nr_lazy(m), 0);
	space_check(m);
	space_end(m);
}
END_TEST

/* No function takes a waiting range for an area. */
START_TEST(test_no_area)
{
	struct machine *m = space_boot(MiB(16), 1);
	vaddr_t a = vmalloc(m, PAGE_SIZE, NULL), b = vmalloc(m, PAGE_SIZE, NULL), got;
	unsigned char buf[4 * PAGE_SIZE];
	struct page *page;
	uint64_t n = 0;

	space_fill(m, a, PAGE_SIZE, 1);
	space_fill(m, b, PAGE_SIZE, 2);
	vmalloc_set_lazy_max(m, 1000);
	vfree(m, a);
	ck_assert(!space_exists(m, a));
	ck_assert_ptr_null(remove_vm_area(m, a));
	ck_assert(!vmlist_with(m, a, space_count_one, &n));
	ck_assert_int_eq(vm_set_caller(m, a, "x"), -ENOENT);
	ck_assert_int_eq(vm_area_pages(m, a, 0, 1, &page), -EINVAL);
	ck_assert_int_eq(vresize(m, a, 2 * PAGE_SIZE, &got), -EINVAL);
	ck_assert_int_eq(vread_area(m, buf, a, 1), -EFAULT);

	/* A hole before b: zeros, swallowed writes. */
	memset(buf, 0xff, sizeof(buf));
	ck_assert_uint_eq(vwrite(m, buf, a, PAGE_SIZE), PAGE_SIZE);
	ck_assert_uint_eq(vread(m, buf, a, sizeof(buf)), 3 * PAGE_SIZE);
	for (size_t i = 0; i < 2 * PAGE_SIZE; i++)
		unit_assert(buf[i] == 0);
	for (size_t i = 0; i < PAGE_SIZE; i++)
		unit_assert(buf[2 * PAGE_SIZE + i] == space_byte(2, i));

	vfree(m, a);
	ck_assert_uint_eq(space_logged(m, "Trying to vfree() nonexistent vm area"), 1);
	ck_assert_uint_eq(space_warnings(m), 1);
	ck_assert_uint_eq(vmalloc_nr_lazy(m), 2);

	/* After the last area nothing can be read, even if ranges wait there. */
	vfree(m, b);
	ck_assert_uint_eq(vread(m, buf, a, sizeof(buf)), 0);
	space_check(m);
	space_end(m);
}
END_TEST

/* An area does not grow into a waiting range; the range it leaves waits as well. */
START_TEST(test_resize_moves)
{
	struct machine *m = space_boot(MiB(16), 1);
	vaddr_t a = vmalloc(m, PAGE_SIZE, NULL), b = vmalloc(m, PAGE_SIZE, NULL), got;
	uint64_t before = flushes(m);

	space_fill(m, a, PAGE_SIZE, 1);
	vmalloc_set_lazy_max(m, 1000);
	vfree(m, b);
	ck_assert_int_eq(vresize(m, a, 2 * PAGE_SIZE, &got), 0);
	ck_assert_uint_eq(got, b + 2 * PAGE_SIZE);
	space_expect(m, got, PAGE_SIZE, 1);
	ck_assert_uint_eq(vmalloc_nr_lazy(m), 4);
	ck_assert_uint_eq(list(m).lazy, 2);
	ck_assert_uint_eq(flushes(m), before);
	space_check(m);
	ck_assert_uint_eq(purge_vmap_area_lazy(m), 2);
	ck_assert_uint_eq(vmalloc(m, 3 * PAGE_SIZE, NULL), a);
	space_end(m);
}
END_TEST

/*
 *	[ a  G][ b . . . G]hole |	a shall have all of the window but its end: nowhere but
 *					where it is, and there once b's range is purged
 */
START_TEST(test_resize_purges)
{
	struct machine *m = space_boot_window(MiB(16), 16);
	vaddr_t a = vmalloc(m, PAGE_SIZE, NULL), b = vmalloc(m, 10 * PAGE_SIZE, NULL), got = 0;

	space_fill(m, a, PAGE_SIZE, 1);
	vmalloc_set_lazy_max(m, 1000);
	vfree(m, b);
	ck_assert_int_eq(vresize(m, a, 15 * PAGE_SIZE, &got), -ENOSPC);
	ck_assert_uint_eq(space_logged(m, "allocation failed"), 1);
	ck_assert_uint_eq(vmalloc_nr_lazy(m), 0);

	b = vmalloc(m, 10 * PAGE_SIZE, NULL);
	vfree(m, b);
	ck_assert_uint_eq(vmalloc_nr_lazy(m), 11);
	ck_assert_int_eq(vresize(m, a, 13 * PAGE_SIZE, &got), 0);
	ck_assert_uint_eq(got, a);
	ck_assert_uint_eq(space_logged(m, "allocation failed"), 1);
	ck_assert_uint_eq(vmalloc_nr_lazy(m), 0);
	space_expect(m, a, PAGE_SIZE, 1);
	space_check(m);
	space_end(m);
}
END_TEST

/* A range that waits is purged when an area needs its address. */
START_TEST(test_restore)
{
	struct machine *m = space_boot(MiB(16), 1);
	vaddr_t a = vmalloc(m, PAGE_SIZE, NULL), b = vmalloc(m, PAGE_SIZE, NULL);
	struct vm_restore r = { .addr = a, .size = 3 * PAGE_SIZE, .flags = VM_ALLOC };

	vmalloc_set_lazy_max(m, 1000);
	vfree(m, a);
	ck_assert_int_eq(vm_restore_area(m, &r), -EEXIST); /* b is there */
	r.size = 2 * PAGE_SIZE;
	ck_assert_int_eq(vm_restore_area(m, &r), 0);
	vfree(m, b);
	vfree(m, a);
	r.size = 4 * PAGE_SIZE;
	ck_assert_int_eq(vm_restore_area(m, &r), 0);
	ck_assert_uint_eq(vmalloc_nr_lazy(m), 0);
	space_check(m);
	space_end(m);
}
END_TEST

/* Freeing does not fail, with whatever memory there is for the list of ranges. */
START_TEST(test_no_memory)
{
	struct machine *m = space_boot(MiB(16), 1);
	vaddr_t a[300];
	uint64_t before;

	for (unsigned i = 0; i < 300; i++)
		a[i] = vmalloc(m, PAGE_SIZE, NULL);
	vmalloc_set_lazy_max(m, 1000000);
	m->failslab.verbose = 0;
	atomic_store(&m->failslab.times, -1);
	fault_set_probability(m, &m->failslab, 100);

	/* No list at all: free at once. */
	before = flushes(m);
	vfree(m, a[0]);
	vfree(m, a[1]);
	ck_assert_uint_eq(vmalloc_nr_lazy(m), 0);
	ck_assert_uint_eq(flushes(m), before + 2);
	space_check(m);

	/* A list that cannot grow: purged each time it is full. */
	fault_set_probability(m, &m->failslab, 0);
	vfree(m, a[2]);
	fault_set_probability(m, &m->failslab, 100);
	before = flushes(m);
	for (unsigned i = 3; i < 300; i++)
		vfree(m, a[i]);
	ck_assert_uint_gt(flushes(m), before);
	ck_assert_uint_lt(flushes(m), before + 297);
	ck_assert_uint_gt(vmalloc_nr_lazy(m), 0);
	space_check(m);
	ck_assert_uint_eq(space_warnings(m), 0);
	space_end(m);
}
END_TEST

/* A machine may end while ranges wait, those of page arrays among them. */
START_TEST(test_exit)
{
	struct machine *m = space_boot(MiB(64), 2);
	vaddr_t large = vmalloc(m, MiB(8), "large");

	vmalloc_set_lazy_max(m, 1000000);
	for (unsigned i = 0; i < 200; i++)
		vmalloc(m, (1 + i % 7) * PAGE_SIZE, NULL);
	vfree(m, large);
	ck_assert_uint_eq(list(m).lazy, 2);
	vfree(m, vmalloc(m, MiB(6), "another"));
	vmalloc(m, MiB(3), "left");
	space_check(m);
	space_end(m);
}
END_TEST

/* The checker sees what is wrong with them. */
START_TEST(test_check)
{
	struct machine *m = space_boot(MiB(16), 1);
	vaddr_t a = vmalloc(m, PAGE_SIZE, NULL), b = vmalloc(m, PAGE_SIZE, NULL);
	paddr_t pte = space_pte_addr(m, a);

	vmalloc_set_lazy_max(m, 1000);
	vfree(m, a);
	space_check(m);
	space_poke(m, pte, space_peek(m, space_pte_addr(m, b)));
	ck_assert_uint_eq(machine_check(m, NULL, NULL), 1);
	space_poke(m, pte, 0);
	space_check(m);
	space_end(m);
}
END_TEST

/* A real kernel's placements with freed areas left busy, played again. */
START_TEST(test_recorded)
{
	struct machine *m = space_boot(MiB(16), 1);

	vmalloc_set_lazy_max(m, UINT64_MAX);
	ck_assert_uint_gt(recording_play(m, "lazy-window-seed1.ops").purges, 0);
	space_check(m);
	space_end(m);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("lazy");
	TCase *tc = tcase_create("lazy");

	tcase_set_timeout(tc, SPACE_TIMEOUT);
	tcase_add_test(tc, test_off);
	tcase_add_test(tc, test_waits);
	tcase_add_test(tc, test_limit);
	tcase_add_test(tc, test_search_purges);
	tcase_add_test(tc, test_spaces);
	tcase_add_test(tc, test_no_area);
	tcase_add_test(tc, test_resize_moves);
	tcase_add_test(tc, test_resize_purges);
	tcase_add_test(tc, test_restore);
	tcase_add_test(tc, test_no_memory);
	tcase_add_test(tc, test_exit);
	tcase_add_test(tc, test_check);
	tcase_add_test(tc, test_recorded);
	suite_add_tcase(s, tc);
	return unit_main(s);
}
