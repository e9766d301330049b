/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rules whose violation shows in no address and no byte: flushes, on which node
 * a page array lies, how often the log repeats itself, what a half-built area
 * gives away.
 */
#include "space.h"

#define P PAGE_SIZE

static uint64_t flushes(struct machine *m)
{
	return atomic_load(&m->nr_flush_cache_vmap);
}

/* The next page table cannot be had. */
static void fail_next_table(struct machine *m)
{
	fault_set_nth(m, &m->fail_table, 1);
}

/* One call of flush_cache_vmap for each mapping, also for one that fails. */
START_TEST(allocation_flushes)
{
	struct machine *m = space_boot(MiB(64), 1);

	fail_next_table(m);
	ck_assert_uint_eq(vmalloc(m, 3 * P, NULL), 0);
	ck_assert_uint_eq(flushes(m), 1);
	ck_assert(vmalloc(m, 3 * P, NULL));
	ck_assert_uint_eq(flushes(m), 2);
	space_end(m);
}
END_TEST

START_TEST(ioremap_flushes)
{
	struct machine *m = space_boot(MiB(64), 1);

	fail_next_table(m);
	ck_assert_uint_eq(ioremap(m, m->io_start, P, 0, NULL), 0);
	ck_assert_uint_eq(flushes(m), 1);
	ck_assert(ioremap(m, m->io_start, P, 0, NULL));
	ck_assert_uint_eq(flushes(m), 2);
	space_end(m);
}
END_TEST

/* [filler 500 G][a 4 G]....: page 512 begins a new page table. */
START_TEST(growth_flushes)
{
	struct machine *m = space_boot(MiB(64), 1);
	vaddr_t a, now;
	uint64_t before;

	ck_assert(get_vm_area(m, 500 * P, VM_ALLOC, "filler"));
	a = vmalloc(m, 4 * P, NULL);
	before = flushes(m);
	ck_assert_int_eq(vresize(m, a, 6 * P, &now), 0);
	ck_assert_uint_eq(now, a);
	ck_assert_uint_eq(flushes(m), before + 1);
	fail_next_table(m);
	ck_assert_int_eq(vresize(m, a, 20 * P, &now), -ENOMEM);
	ck_assert_uint_eq(flushes(m), before + 2);
	space_check(m);
	space_end(m);
}
END_TEST

/* [a 4 G][b 1 G][filler 500 G]....: a has to move past the filler. */
START_TEST(move_flushes)
{
	struct machine *m = space_boot(MiB(64), 1);
	vaddr_t a = vmalloc(m, 4 * P, NULL), now;
	uint64_t before;

	ck_assert(vmalloc(m, P, NULL));
	ck_assert(get_vm_area(m, 500 * P, VM_ALLOC, "filler"));
	before = flushes(m);
	fail_next_table(m);
	ck_assert_int_eq(vresize(m, a, 20 * P, &now), -ENOMEM);
	ck_assert_uint_eq(flushes(m), before + 1);
	ck_assert_int_eq(vresize(m, a, 20 * P, &now), 0);
	ck_assert_uint_ne(now, a);
	ck_assert_uint_eq(flushes(m), before + 2);
	space_check(m);
	space_end(m);
}
END_TEST

/* The page array of an area on node 2 is on node 2, as its frames are. */
START_TEST(array_node)
{
	struct machine *m = space_boot(MiB(64), 4);

	for (unsigned nid = 0; nid < 4; nid++) {
		vaddr_t a = vmalloc_node(m, 1500 * P, (int)nid, NULL);
		vaddr_t array = space_area(m, a)->pages.addr;

		ck_assert(array);
		for (unsigned i = 0; i < 3; i++)
			ck_assert_uint_eq(pfn_to_nid(m, space_pfn(m, array + i * P)), nid);
		ck_assert_uint_eq(pfn_to_nid(m, space_pfn(m, a + 1499 * P)), nid);
	}
	space_end(m);
}
END_TEST

/* A damaged page of an array is 512 bad entries: all count, few are logged. */
START_TEST(bad_pages)
{
	struct machine *m = space_boot(MiB(64), 1);

	for (unsigned i = 0; i < 512; i++)
		bad_page(m, i);
	ck_assert_uint_eq(space_bad_pages(m), 512);
	ck_assert_uint_ge(space_logged(m, "Bad page state"), 1);
	ck_assert_uint_le(space_logged(m, "Bad page state"), 12);
	space_end(m);
}
END_TEST

/* An area that is being built is mapped already, and no user may have it yet. */
START_TEST(half_built)
{
	struct machine *m = space_boot(MiB(64), 1);
	struct page *page = alloc_pages(m, GFP_KERNEL, NUMA_NO_NODE, 0), **pages = &page;
	struct vm_struct *area = get_vm_area(m, P, VM_ALLOC | VM_USERMAP | VM_UNINITIALIZED, NULL);
	struct vma *vma;

	ck_assert_int_eq(map_vm_area(m, area, PAGE_KERNEL, &pages), 0);
	ck_assert_int_eq(vma_create(m, P, &vma), 0);
	ck_assert_int_eq(remap_vmalloc_range(m, vma, area->addr, 0), -EINVAL);
	vmlist_write_lock(m);
	area->flags &= ~VM_UNINITIALIZED;
	vmlist_write_unlock(m);
	ck_assert_int_eq(remap_vmalloc_range(m, vma, area->addr, 0), 0);
	vma_destroy(m, vma);
	vfree(m, area->addr);
	put_page(m, page);
	space_end(m);
}
END_TEST

/* What was asked for is told to the byte, without the offset in the page. */
START_TEST(ioremap_size)
{
	struct machine *m = space_boot(MiB(64), 1);
	vaddr_t a = ioremap(m, m->io_start + 0x123, 1000, 0, NULL);
	vaddr_t b = ioremap(m, m->io_start + 0x10fff, 2, 0, NULL);

	ck_assert_uint_eq(a & ~PAGE_MASK, 0x123);
	ck_assert_uint_eq(space_area(m, a & PAGE_MASK)->requested_size, 1000);
	ck_assert_uint_eq(space_area(m, a & PAGE_MASK)->size, 2 * P);
	ck_assert_uint_eq(space_area(m, b & PAGE_MASK)->requested_size, 2);
	ck_assert_uint_eq(space_area(m, b & PAGE_MASK)->size, 3 * P);
	space_end(m);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("small print");
	TCase *tc = tcase_create("small print");

	tcase_add_test(tc, allocation_flushes);
	tcase_add_test(tc, ioremap_flushes);
	tcase_add_test(tc, growth_flushes);
	tcase_add_test(tc, move_flushes);
	tcase_add_test(tc, array_node);
	tcase_add_test(tc, bad_pages);
	tcase_add_test(tc, half_built);
	tcase_add_test(tc, ioremap_size);
	suite_add_tcase(s, tc);
	return unit_main(s);
}
