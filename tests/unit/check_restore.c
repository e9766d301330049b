/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Areas put where another machine had them.
 */
#include "space.h"

#define P PAGE_SIZE
#define BASE (VMALLOC_START + GiB(3))

START_TEST(test_vmalloc)
{
	struct machine *m = space_boot(MiB(64), 1);
	struct vm_restore r = { .addr = BASE,
				.size = 5 * P,
				.nr_pages = 4,
				.flags = VM_ALLOC | VM_SYMBOL,
				.caller = "some+0x1/0x2" };
	struct vm_struct *area;

	ck_assert_int_eq(vm_restore_area(m, &r), 0);
	area = space_area(m, BASE);
	ck_assert_uint_eq(area->size, 5 * P);
	ck_assert_uint_eq(area->nr_pages, 4);
	ck_assert_uint_eq(area->flags, VM_ALLOC | VM_SYMBOL);
	ck_assert_str_eq(area->caller, "some+0x1/0x2");
	ck_assert_uint_eq(space_used(m), 4);
	ck_assert(space_zero(m, BASE, 4 * P));
	ck_assert_uint_eq(space_pte(m, BASE + 4 * P), 0);
	space_fill(m, BASE, 4 * P, 1);
	space_expect(m, BASE, 4 * P, 1);
	space_check(m);

	/* It fills its range: no guard; the next one may begin right there. */
	r.addr = BASE + 5 * P;
	r.size = 4 * P;
	ck_assert_int_eq(vm_restore_area(m, &r), 0);
	ck_assert(space_area(m, r.addr)->flags & VM_NO_GUARD);
	ck_assert_uint_ne(space_pte(m, r.addr + 3 * P), 0);
	/* It need not fill it. */
	r.addr = BASE + 9 * P;
	r.size = 100 * P;
	ck_assert_int_eq(vm_restore_area(m, &r), 0);
	ck_assert_uint_eq(space_area(m, r.addr)->size, 100 * P);
	ck_assert_uint_eq(space_pte(m, r.addr + 4 * P), 0);
	ck_assert_uint_eq(space_used(m), 12);
	ck_assert_uint_eq(space_areas(m), 3);
	space_check(m);
	/* Only areas of files can be resized. */
	ck_assert_int_eq(vresize(m, BASE, 8 * P, &r.addr), -EINVAL);
	vfree(m, BASE);
	vfree(m, BASE + 5 * P);
	vfree(m, BASE + 9 * P);
	ck_assert_uint_eq(space_used(m), 0);
	ck_assert_uint_eq(space_warnings(m), 0);
	space_check(m);
	space_end(m);
}
END_TEST

/* Its page array is host memory, however large: Linux's own is in the layout already. */
START_TEST(test_large)
{
	struct machine *m = space_boot(MiB(64), 1);
	struct vm_restore r = {
		.addr = BASE, .size = 2001 * P, .nr_pages = 2000, .flags = VM_ALLOC | VM_VPAGES
	};

	ck_assert_int_eq(vm_restore_area(m, &r), 0);
	ck_assert_uint_eq(space_areas(m), 1);
	ck_assert_uint_eq(space_used(m), 2000);
	ck_assert(space_area(m, BASE)->flags & VM_VPAGES);
	space_check(m);
	vfree(m, BASE);
	ck_assert_uint_eq(space_used(m), 0);
	space_check(m);
	space_end(m);
}
END_TEST

START_TEST(test_nodes)
{
	struct machine *m = space_boot(MiB(48), 3);
	uint64_t nodes[3] = { 2, 0, 5 };
	struct vm_restore r = {
		.addr = BASE, .size = 8 * P, .nr_pages = 7, .flags = VM_ALLOC, .node_pages = nodes
	};
	struct vm_struct *area;

	ck_assert_int_eq(vm_restore_area(m, &r), 0);
	area = space_area(m, BASE);
	for (unsigned i = 0; i < 3; i++)
		ck_assert_uint_eq(area->node_pages[i], nodes[i]);
	space_check(m);
	/* Sums that are too large. */
	r.addr = BASE + MiB(1);
	nodes[0] = 3;
	ck_assert_int_eq(vm_restore_area(m, &r), -EINVAL);
	nodes[0] = UINT64_MAX;
	ck_assert_int_eq(vm_restore_area(m, &r), -EINVAL);
	ck_assert_uint_eq(space_used(m), 7);
	ck_assert_uint_eq(space_areas(m), 1);
	space_check(m);
	space_end(m);
}
END_TEST

START_TEST(test_ioremap)
{
	struct machine *m = space_boot(MiB(64), 1);
	struct vm_restore r = { .addr = BASE, .size = 3 * P, .flags = VM_IOREMAP };

	r.phys_addr = m->io_start + 0x5000;
	ck_assert_int_eq(vm_restore_area(m, &r), 0);
	ck_assert_uint_eq(space_area(m, BASE)->phys_addr, r.phys_addr);
	ck_assert_uint_eq(space_pte(m, BASE), (m->io_start + 0x5000) | PAGE_KERNEL_NOCACHE);
	ck_assert_uint_eq(space_pte(m, BASE + P), (m->io_start + 0x6000) | PAGE_KERNEL_NOCACHE);
	ck_assert_uint_eq(space_pte(m, BASE + 2 * P), 0);
	/* Device memory of the other machine that is RAM here: kept, not mapped. */
	r.addr += MiB(1);
	r.phys_addr = 0xa0000;
	ck_assert_int_eq(vm_restore_area(m, &r), 0);
	ck_assert_uint_eq(space_area(m, r.addr)->phys_addr, 0xa0000);
	ck_assert_uint_eq(space_pte(m, r.addr), 0);
	/* Half of it is RAM. */
	r.addr += MiB(1);
	r.phys_addr = m->ram_size - P;
	ck_assert_int_eq(vm_restore_area(m, &r), 0);
	ck_assert_uint_eq(space_pte(m, r.addr + P), 0);
	/* Beyond the CPU. */
	r.addr += MiB(1);
	r.phys_addr = PHYS_END - P;
	ck_assert_int_eq(vm_restore_area(m, &r), 0);
	ck_assert_uint_eq(space_pte(m, r.addr), 0);
	ck_assert_uint_eq(space_areas(m), 4);
	ck_assert_uint_eq(space_used(m), 0);
	space_check(m);
	space_end(m);
}
END_TEST

/* Reserved, not mapped; also the module range, and below VMALLOC_START. */
START_TEST(test_bare)
{
	static const vaddr_t where[] = { MODULES_VADDR, VMALLOC_START, VMALLOC_START - MiB(1),
					 UINT64_C(0xffff800000000000), -3 * PAGE_SIZE };
	struct machine *m = space_boot(MiB(64), 1);

	for (unsigned i = 0; i < 5; i++) {
		struct vm_restore r = { .addr = where[i], .size = 2 * P, .flags = VM_MAP };

		ck_assert_msg(vm_restore_area(m, &r) == 0, "row %u", i);
		ck_assert_uint_eq(space_area(m, where[i])->flags, VM_MAP);
		ck_assert_uint_eq(space_pte(m, where[i]), 0);
		/* twice */
		ck_assert_int_eq(vm_restore_area(m, &r), -EEXIST);
	}
	ck_assert_uint_eq(space_areas(m), 5);
	/* A restored area is in the way of those that come later. */
	ck_assert_uint_eq(vmalloc(m, P, NULL), VMALLOC_START + 2 * P);
	space_check(m);
	space_end(m);
}
END_TEST

START_TEST(test_refused)
{
	struct machine *m = space_boot(MiB(64), 1);
	const struct {
		vaddr_t addr;
		uint64_t size, pages;
		int err;
	} rows[] = {
		{ BASE, 0, 0, -EINVAL },
		{ BASE + 1, P, 0, -EINVAL },
		{ BASE, P + 1, 0, -EINVAL },
		{ BASE, 2 * P, 3, -EINVAL },
		{ BASE, 2 * P, UINT64_MAX, -EINVAL },
		{ 0, P, 0, -EINVAL },
		{ 0x1000, P, 0, -EINVAL },
		{ UINT64_C(0x7ffffffff000), P, 0, -EINVAL },
		{ UINT64_C(0x7ffffffff000), UINT64_C(0xffff800000000000), 0, -EINVAL },
		{ UINT64_C(0x800000000000), P, 0, -EINVAL },
		{ -P, P, 0, -EINVAL },
		{ -2 * P, 2 * P, 0, -EINVAL },
		{ -2 * P, 3 * P, 0, -EINVAL },
		{ BASE, -P, 0, -EINVAL },
		{ BASE, -BASE, 0, -EINVAL },
		/* what is there already */
		{ BASE + MiB(1), P, 0, -EEXIST },
		{ BASE + MiB(1) + P, P, 0, -EEXIST },
		{ BASE + MiB(1) - P, 2 * P, 0, -EEXIST },
		{ BASE, GiB(1), 0, -EEXIST },
		{ PAGE_OFFSET, P, 0, -EEXIST },
		{ PAGE_OFFSET + MiB(64) - P, 2 * P, 0, -EEXIST },
		{ PAGE_OFFSET - P, 2 * P, 1, -EEXIST },
		{ VMEMMAP_START, P, 0, -EEXIST },
		/* more frames than there are */
		{ BASE, GiB(1024) + P, GiB(1024) >> 12, -ENOMEM },
		{ BASE, MiB(64) + P, MiB(64) >> 12, -ENOMEM },
	};
	struct vm_restore first = { .addr = BASE + MiB(1), .size = 2 * P, .flags = VM_ALLOC };
	uint64_t live, tables;

	ck_assert_int_eq(vm_restore_area(m, &first), 0);
	live = atomic_load(&m->kmalloc_live);
	tables = atomic_load(&m->nr_table_frames);
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct vm_restore r = { .addr = rows[i].addr,
					.size = rows[i].size,
					.nr_pages = rows[i].pages,
					.flags = VM_ALLOC,
					.caller = "x" };
		int err;

		/* The last rows are about memory; their range is free. */
		if (rows[i].err == -ENOMEM && space_exists(m, first.addr))
			vfree(m, first.addr);
		err = vm_restore_area(m, &r);
		ck_assert_msg(err == rows[i].err, "row %u: %d", i, err);
	}
	ck_assert_uint_lt(atomic_load(&m->kmalloc_live), live);
	ck_assert_uint_eq(atomic_load(&m->nr_table_frames), tables);
	ck_assert_uint_eq(space_used(m), 0);
	ck_assert_uint_eq(space_areas(m), 0);
	/* Ranges that only touch do not overlap. */
	ck_assert_int_eq(vm_restore_area(m, &first), 0);
	first.addr += 2 * P;
	ck_assert_int_eq(vm_restore_area(m, &first), 0);
	first.addr -= 4 * P;
	ck_assert_int_eq(vm_restore_area(m, &first), 0);
	space_check(m);
	space_end(m);
}
END_TEST

/* Areas of every kind of the same address space, freed in any order. */
START_TEST(test_any_order)
{
	struct machine *m = space_boot(MiB(64), 1);

	for (unsigned i = 0; i < 500; i++) {
		struct vm_restore r = { .addr = BASE + (i * 251 % 500) * 16 * P,
					.size = 10 * P,
					.nr_pages = i % 11,
					.flags = i % 3 ? VM_ALLOC : VM_MAP };

		ck_assert_int_eq(vm_restore_area(m, &r), 0);
	}
	ck_assert_uint_eq(space_areas(m), 500);
	space_check(m);
	for (unsigned i = 0; i < 500; i++)
		(i % 2 ? vfree : vunmap)(m, BASE + (i * 77 % 500) * 16 * P);
	ck_assert_uint_eq(space_used(m), 0);
	ck_assert_uint_eq(space_bad_pages(m), 0);
	ck_assert_uint_eq(space_warnings(m), 0);
	space_check(m);
	space_end(m);
}
END_TEST

/* What another machine had freed and not purged waits here as well. */
START_TEST(test_waiting)
{
	struct machine *m = space_boot(MiB(64), 1);
	const struct vm_restore r = { .addr = BASE, .size = 2 * P, .flags = VM_MAP };

	ck_assert_int_eq(vm_restore_waiting(m, BASE, P), -EINVAL);
	vmalloc_set_lazy_max(m, 8);
	ck_assert_int_eq(vm_restore_waiting(m, BASE + 1, P), -EINVAL);
	ck_assert_int_eq(vm_restore_waiting(m, BASE, 0), -EINVAL);
	ck_assert_int_eq(vm_restore_waiting(m, BASE + 16 * P, 9 * P), -EINVAL);
	ck_assert_int_eq(vm_restore_area(m, &r), 0);
	ck_assert_int_eq(vm_restore_waiting(m, BASE + P, P), -EEXIST);
	ck_assert_int_eq(vm_restore_waiting(m, BASE + 2 * P, 3 * P), 0);
	ck_assert_int_eq(vm_restore_waiting(m, BASE + 5 * P, 4 * P), 0);
	ck_assert_int_eq(vm_restore_waiting(m, BASE + 9 * P, 2 * P), -EINVAL);
	ck_assert_uint_eq(vmalloc_nr_lazy(m), 7);
	ck_assert_uint_eq(space_areas(m), 1);
	space_check(m);
	/* Busy until an allocation needs the room. */
	ck_assert_ptr_nonnull(
		get_vm_area_range(m, 2 * P, 0, VM_MAP, BASE, BASE + 11 * P, NUMA_NO_NODE, NULL));
	ck_assert_uint_eq(vmalloc_nr_lazy(m), 0);
	ck_assert_ptr_nonnull(space_area(m, BASE + 2 * P));
	ck_assert_int_eq(vm_restore_waiting(m, BASE + 5 * P, 4 * P), 0);
	ck_assert_uint_eq(purge_vmap_area_lazy(m), 1);
	ck_assert_uint_eq(vmalloc_nr_lazy(m), 0);
	space_check(m);
	space_end(m);
}
END_TEST

/* One page without a guard, of device memory or of frames. */
START_TEST(test_one_page)
{
	struct machine *m = space_boot(MiB(64), 1);
	const struct vm_restore io = {
		.addr = BASE, .size = P, .phys_addr = m->io_start, .flags = VM_IOREMAP | VM_NO_GUARD
	};
	const struct vm_restore ram = { .addr = BASE + P,
					.size = P,
					.flags = VM_MAP_RAM | VM_NO_GUARD };

	ck_assert_int_eq(vm_restore_area(m, &io), 0);
	ck_assert_int_eq(vm_restore_area(m, &ram), 0);
	ck_assert_uint_ne(space_pte(m, BASE), 0);
	ck_assert_uint_eq(space_pte(m, BASE + P), 0);
	ck_assert_uint_eq(space_warnings(m), 0);
	ck_assert(!m->crashed);
	space_check(m);
	vunmap(m, BASE);
	vunmap(m, BASE + P);
	space_check(m);
	space_end(m);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("restore");
	TCase *tc = tcase_create("restore");

	tcase_set_timeout(tc, SPACE_TIMEOUT);
	tcase_add_test(tc, test_vmalloc);
	tcase_add_test(tc, test_large);
	tcase_add_test(tc, test_nodes);
	tcase_add_test(tc, test_ioremap);
	tcase_add_test(tc, test_bare);
	tcase_add_test(tc, test_refused);
	tcase_add_test(tc, test_any_order);
	tcase_add_test(tc, test_waiting);
	tcase_add_test(tc, test_one_page);
	suite_add_tcase(s, tc);
	return unit_main(s);
}
