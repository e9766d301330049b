/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Page arrays: where the names of an area's frames are kept, and when they are an
 * area of their own.
 */
#include "kinds.h"

/* A page array's content as a debugger sees it: through vread. */
static uint64_t array_entry(struct machine *m, vaddr_t array, uint64_t i)
{
	uint64_t entry;

	ck_assert_uint_eq(vread(m, &entry, array + i * 8, 8), 8);
	return entry;
}

START_TEST(test_array_limit)
{
	struct machine *m = space_boot(MiB(64), 1);
	vaddr_t addr = vmalloc(m, 512 * PAGE_SIZE, NULL);

	/* 4,096 bytes of array are no area yet, eight more are. */
	ck_assert_uint_eq(space_areas(m), 1);
	ck_assert_uint_eq(space_area(m, addr)->flags, VM_ALLOC);
	ck_assert_uint_eq(space_used(m), 512);
	vfree(m, addr);
	addr = vmalloc(m, 513 * PAGE_SIZE, NULL);
	ck_assert_uint_eq(space_areas(m), 2);
	ck_assert_uint_eq(space_area(m, addr)->flags, VM_ALLOC | VM_VPAGES);
	ck_assert_uint_eq(space_used(m), 515);
	space_check(m);
	vfree(m, addr);
	ck_assert_uint_eq(space_areas(m), 0);
	ck_assert_uint_eq(space_used(m), 0);
	space_end(m);
}
END_TEST

START_TEST(test_array)
{
	struct machine *m = space_boot(GiB(6), 1);
	uint64_t mask = VM_USERMAP | VM_ALLOC;
	vaddr_t addr = kinds[_i].fn(m, BIG_ARRAY * PAGE_SIZE, "big");
	vaddr_t array = addr + (BIG_ARRAY + 1) * PAGE_SIZE;
	struct vm_struct *outer = space_area(m, addr), *inner = space_area(m, array);

	/* The area took its place first, the array came next. */
	ck_assert_uint_eq(addr, m->vmalloc_start);
	ck_assert_uint_eq(outer->flags, (kinds[_i].flags & mask) | VM_VPAGES);
	ck_assert_uint_eq(outer->nr_pages, BIG_ARRAY);
	ck_assert_uint_eq(inner->flags, VM_ALLOC);
	ck_assert_uint_eq(inner->nr_pages, 2);
	ck_assert_uint_eq(inner->size, 3 * PAGE_SIZE);
	ck_assert_ptr_eq(inner->array_of, outer);
	ck_assert_uint_eq(outer->pages.addr, array);
	ck_assert_ptr_null(outer->pages.host);
	ck_assert_uint_eq(space_used(m), BIG_ARRAY + 2);
	/* Always PAGE_KERNEL, and from any zone. */
	for (unsigned i = 0; i < 2; i++) {
		pte_t pte = space_pte(m, array + i * PAGE_SIZE);

		ck_assert_uint_eq(pte & ~PTE_PFN_MASK, PAGE_KERNEL);
		ck_assert_uint_ge(pte_pfn(pte), 1u << 20);
	}
	for (unsigned i = 0; i < BIG_ARRAY; i++) {
		pfn_t pfn = space_pfn(m, addr + i * PAGE_SIZE);

		ck_assert_uint_eq(array_entry(m, array, i), VMEMMAP_START + 64 * pfn);
		ck_assert_uint_eq(pfn < 1u << 20, kinds[_i].low);
	}
	space_check(m);
	vfree(m, addr);
	ck_assert(!space_exists(m, array));
	ck_assert_uint_eq(space_used(m), 0);
	space_check(m);
	space_end(m);
}
END_TEST

/* The array goes where it fits best by the rule, which may be below its area. */
START_TEST(test_array_in_hole)
{
	struct machine *m = space_boot(MiB(64), 1);
	vaddr_t hole = vmalloc(m, 2 * PAGE_SIZE, NULL);
	vaddr_t next = vmalloc(m, PAGE_SIZE, NULL);
	vaddr_t addr;

	vfree(m, hole);
	addr = vmalloc(m, BIG_ARRAY * PAGE_SIZE, NULL);
	ck_assert_uint_eq(addr, next + 2 * PAGE_SIZE);
	ck_assert_uint_eq(space_area(m, addr)->pages.addr, hole);
	ck_assert_uint_eq(space_areas(m), 3);
	space_check(m);
	/* An address space is taken down with it in place: nothing is bad, nothing lost. */
	vmalloc_exit(m);
	ck_assert_uint_eq(space_bad_pages(m), 0);
	ck_assert_uint_eq(space_warnings(m), 0);
	ck_assert_uint_eq(space_used(m), 0);
	ck_assert_uint_eq(atomic_load(&m->kmalloc_live), 0);
	machine_destroy(m);
}
END_TEST

START_TEST(test_array_nested_twice)
{
	struct machine *m = space_boot(GiB(2), 1);
	uint64_t pages = 512 * 512 + 1;
	vaddr_t addr = vmalloc(m, pages << PAGE_SHIFT, "huge");
	vaddr_t array = addr + ((pages + 1) << PAGE_SHIFT);
	vaddr_t array2 = array + (513 + 1) * PAGE_SIZE;

	ck_assert_uint_eq(space_areas(m), 3);
	ck_assert_uint_eq(space_area(m, addr)->flags, VM_ALLOC | VM_VPAGES);
	ck_assert_uint_eq(space_area(m, array)->flags, VM_ALLOC | VM_VPAGES);
	ck_assert_uint_eq(space_area(m, array)->nr_pages, 513);
	ck_assert_uint_eq(space_area(m, array2)->flags, VM_ALLOC);
	ck_assert_uint_eq(space_area(m, array2)->nr_pages, 2);
	ck_assert_uint_eq(space_used(m), pages + 513 + 2);
	for (uint64_t i = 0; i < pages; i += 4099)
		ck_assert_uint_eq(array_entry(m, array, i),
				  pfn_to_vmemmap(m, space_pfn(m, addr + (i << PAGE_SHIFT))));
	for (uint64_t i = 0; i < 513; i++)
		ck_assert_uint_eq(array_entry(m, array2, i),
				  pfn_to_vmemmap(m, space_pfn(m, array + (i << PAGE_SHIFT))));
	space_check(m);
	vfree(m, addr);
	ck_assert_uint_eq(space_areas(m), 0);
	ck_assert_uint_eq(space_used(m), 0);
	space_check(m);
	space_end(m);
}
END_TEST

/* Room for the area, none for its array. */
START_TEST(test_array_no_space)
{
	struct machine *m = space_boot_window(MiB(64), BIG_ARRAY + 1 + 3);
	uint64_t live = atomic_load(&m->kmalloc_live);

	errno = 0;
	ck_assert_uint_eq(vmalloc(m, BIG_ARRAY * PAGE_SIZE, NULL), 0);
	ck_assert_int_eq(errno, ENOSPC);
	ck_assert_uint_eq(space_areas(m), 0);
	ck_assert_uint_eq(space_used(m), 0);
	ck_assert_uint_eq(atomic_load(&m->kmalloc_live), live);
	space_check(m);
	space_end(m);
	m = space_boot_window(MiB(64), BIG_ARRAY + 1 + 4);
	ck_assert_uint_eq(vmalloc(m, BIG_ARRAY * PAGE_SIZE, NULL), m->vmalloc_start);
	space_end(m);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("page_array");
	TCase *t = tcase_create("vmalloc");

	tcase_set_timeout(t, SPACE_TIMEOUT);
	tcase_add_loop_test(t, test_array, 0, NR_KINDS);
	tcase_add_test(t, test_array_limit);
	tcase_add_test(t, test_array_in_hole);
	tcase_add_test(t, test_array_nested_twice);
	tcase_add_test(t, test_array_no_space);
	suite_add_tcase(s, t);

	return unit_main(s);
}
