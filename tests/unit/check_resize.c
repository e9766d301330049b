/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vresize: in place or elsewhere, content and tails, page arrays, and what is
 * planned before it is done.
 */
#include "resizing.h"

START_TEST(test_in_place)
{
	struct machine *m = space_boot(MiB(64), 1);
	vaddr_t addr = vmalloc(m, 2 * P, "f"), next;
	pfn_t pfn[2] = { space_pfn(m, addr), space_pfn(m, addr + P) };

	space_fill(m, addr, 2 * P, 1);
	ck_assert_uint_eq(resized(m, addr, 5 * P), addr);
	ck_assert_uint_eq(space_pfn(m, addr), pfn[0]);
	ck_assert_uint_eq(space_pfn(m, addr + P), pfn[1]);
	ck_assert_uint_eq(space_pte(m, addr + 4 * P) & ~PTE_PFN_MASK, PAGE_KERNEL);
	ck_assert_uint_eq(space_pte(m, addr + 5 * P), 0);
	space_expect(m, addr, 2 * P, 1);
	ck_assert(space_zero(m, addr + 2 * P, 3 * P));
	ck_assert_str_eq(space_area(m, addr)->caller, "f");
	space_check(m);

	/* The gap after it up to the last page: 4 pages, of which one is the guard. */
	next = __vmalloc_node_range(m, P, 0, addr + 10 * P, m->vmalloc_end, GFP_KERNEL, PAGE_KERNEL,
				    0, NUMA_NO_NODE, NULL);
	ck_assert_uint_eq(next, addr + 10 * P);
	ck_assert_uint_eq(resized(m, addr, 9 * P), addr);
	ck_assert_uint_eq(space_pte(m, addr + 9 * P), 0);
	space_expect(m, addr, 2 * P, 1);
	space_check(m);
	/* One more, and it has to move. */
	ck_assert_uint_eq(resized(m, addr, 9 * P + 1), next + 2 * P);
	space_expect(m, next + 2 * P, 2 * P, 1);
	ck_assert(!space_exists(m, addr));
	ck_assert_uint_eq(space_used(m), 11);
	space_check(m);
	space_end(m);
}
END_TEST

START_TEST(test_move)
{
	struct machine *m = space_boot(MiB(64), 2);
	vaddr_t addr = vmalloc_exec(m, 3 * P, "mover"), wall = vmalloc(m, P, NULL), now;
	struct vm_struct *area = space_area(m, addr);
	pfn_t pfn[3];

	space_fill(m, addr, 3 * P, 1);
	for (unsigned i = 0; i < 3; i++)
		pfn[i] = space_pfn(m, addr + i * P);
	now = resized(m, addr, 7 * P);
	/* The lowest place with the old area still there. */
	ck_assert_uint_eq(now, wall + 2 * P);
	ck_assert_ptr_eq(space_area(m, now), area);
	ck_assert_str_eq(area->caller, "mover");
	ck_assert_uint_eq(area->flags, VM_ALLOC);
	ck_assert_uint_eq(area->node_pages[0] + area->node_pages[1], 7);
	for (unsigned i = 0; i < 3; i++) {
		ck_assert_uint_eq(space_pfn(m, now + i * P), pfn[i]); /* mapped anew, not copied */
		ck_assert_uint_eq(space_pte(m, addr + i * P), 0);
	}
	for (unsigned i = 0; i < 7; i++)
		ck_assert_uint_eq(space_pte(m, now + i * P) & ~PTE_PFN_MASK, PAGE_KERNEL_EXEC);
	space_expect(m, now, 3 * P, 1);
	ck_assert(space_zero(m, now + 3 * P, 4 * P));
	ck_assert_uint_eq(space_areas(m), 2);
	ck_assert_uint_eq(space_used(m), 8);
	space_check(m);
	/* The old place is free again. */
	ck_assert_uint_eq(vmalloc(m, 3 * P, NULL), addr);
	space_check(m);
	space_end(m);
}
END_TEST

/* Downwards too, if the lowest hole is there. */
START_TEST(test_move_down)
{
	struct machine *m = space_boot(MiB(64), 1);
	vaddr_t low = vmalloc(m, 20 * P, NULL), addr = vmalloc(m, 2 * P, NULL);

	vmalloc(m, P, NULL);
	space_fill(m, addr, 2 * P, 1);
	vfree(m, low);
	/* An area grows in place as long as there is room. */
	ck_assert_uint_eq(resized(m, addr, 2 * P + 1), low);
	space_expect(m, low, 2 * P, 1);
	space_check(m);
	space_end(m);
}
END_TEST

START_TEST(test_same_pages)
{
	struct machine *m = space_boot(MiB(64), 1);
	vaddr_t addr = vmalloc(m, 100, NULL);
	uint64_t events = nr_page_events(m);

	space_fill(m, addr, P, 1);
	ck_assert_uint_eq(resized(m, addr, 50), addr);
	space_expect(m, addr, 50, 1);
	/* The bytes after the end are gone when the end moves on. */
	ck_assert_uint_eq(resized(m, addr, 4000), addr);
	space_expect(m, addr, 50, 1);
	ck_assert(space_zero(m, addr + 50, P - 50));
	ck_assert_uint_eq(resized(m, addr, 4000), addr);
	ck_assert_uint_eq(resized(m, addr, P), addr);
	ck_assert_uint_eq(nr_page_events(m), events);
	space_check(m);
	space_end(m);
}
END_TEST

/* Bytes after the end, left by a shrink or written there, never come back. */
START_TEST(test_tails)
{
	struct machine *m = space_boot(MiB(64), 1);

	for (unsigned init = 0; init < 2; init++) {
		vaddr_t addr = vmalloc(m, 4 * P, NULL), wall, now;

		atomic_store(&m->init_on_alloc, init);
		space_fill(m, addr, 4 * P, 1);
		ck_assert_uint_eq(resized(m, addr, P + 100), addr);
		ck_assert_uint_eq(resized(m, addr, 4 * P), addr);
		space_expect(m, addr, P + 100, 1);
		ck_assert(space_zero(m, addr + P + 100, P - 100));
		/* Without init_on_alloc new frames are as they come. */
		ck_assert(!init || space_zero(m, addr + 2 * P, 2 * P));

		/* The same with a move. */
		wall = vmalloc(m, P, NULL);
		space_fill(m, addr, 4 * P, 2);
		ck_assert_uint_eq(resized(m, addr, 3 * P + 5), addr);
		now = resized(m, addr, 9 * P);
		ck_assert_uint_ne(now, addr);
		space_expect(m, now, 3 * P + 5, 2);
		ck_assert(space_zero(m, now + 3 * P + 5, P - 5));
		ck_assert(!init || space_zero(m, now + 4 * P, 5 * P));
		space_check(m);
		vfree(m, now);
		vfree(m, wall);
	}
	space_end(m);
}
END_TEST

START_TEST(test_shrink)
{
	struct machine *m = space_boot(MiB(48), 3);
	vaddr_t addr = vmalloc_node(m, 40 * P, 2, NULL), next;
	uint64_t tlb;

	space_fill(m, addr, 40 * P, 1);
	tlb = atomic_load(&m->nr_flush_tlb);
	ck_assert_uint_eq(resized(m, addr, 10 * P - 1), addr);
	ck_assert_uint_gt(atomic_load(&m->nr_flush_tlb), tlb);
	ck_assert_uint_eq(space_used(m), 10);
	ck_assert_uint_eq(space_area(m, addr)->node_pages[2], 10);
	space_expect(m, addr, 10 * P - 1, 1);
	for (unsigned i = 10; i < 41; i++)
		ck_assert_uint_eq(space_pte(m, addr + i * P), 0);
	space_check(m);
	/* The guard moved down: the space after it can be used. */
	next = vmalloc(m, 3 * P, NULL);
	ck_assert_uint_eq(next, addr + 11 * P);
	ck_assert_uint_eq(resized(m, addr, 1), addr);
	ck_assert_uint_eq(space_used(m), 4);
	space_check(m);
	space_end(m);
}
END_TEST

START_TEST(test_kinds)
{
	struct machine *m = space_boot(GiB(6), 1);
	vaddr_t addr;

	/* New frames are of the same kind as the old ones. */
	addr = vmalloc_32_user(m, P, NULL);
	vmalloc(m, P, NULL);
	atomic_store(&m->init_on_alloc, false);
	addr = resized(m, addr, 1500 * P);
	for (unsigned i = 0; i < 1500; i++)
		ck_assert_uint_lt(space_pfn(m, addr + i * P), 1u << 20);
	ck_assert(space_zero(m, addr, 1500 * P));
	ck_assert_uint_eq(space_area(m, addr)->flags, VM_ALLOC | VM_USERMAP | VM_VPAGES);
	/* The frames of its array may be of any kind. */
	ck_assert_uint_ge(space_pfn(m, space_area(m, addr)->pages.addr), 1u << 20);
	space_check(m);
	space_end(m);
}
END_TEST

/* Page by page: the array doubles, the content stays, and the cost is linear. */
START_TEST(test_append)
{
	struct machine *m = space_boot(MiB(64), 1);
	vaddr_t addr = vmalloc(m, P, NULL);
	uint64_t capacity = 1, changes = 0;

	for (unsigned n = 1; n <= 3000; n++) {
		struct vm_struct *area;

		if (n > 1)
			addr = resized(m, addr, n * P);
		ck_assert_uint_eq(vwrite(m, &n, addr + (n - 1) * P + 8, sizeof(n)), sizeof(n));
		area = space_area(m, addr);
		ck_assert_uint_ge(area->pages.capacity, n);
		if (area->pages.capacity != capacity) {
			ck_assert_uint_ge(area->pages.capacity, 2 * capacity);
			capacity = area->pages.capacity;
			changes++;
		}
		ck_assert_int_eq(!!(area->flags & VM_VPAGES), area->pages.addr != 0);
		if (n % 250 == 0)
			space_check(m);
	}
	ck_assert_uint_le(changes, 12);
	for (unsigned n = 1; n <= 3000; n++) {
		unsigned got;

		ck_assert_uint_eq(vread(m, &got, addr + (n - 1) * P + 8, sizeof(got)), sizeof(got));
		ck_assert_uint_eq(got, n);
	}
	/* And down again. */
	for (unsigned n = 2999; n > 0; n -= n > 50 ? 37 : 1) {
		addr = resized(m, addr, n * P);
		if (n % 10 == 0)
			space_check(m);
	}
	ck_assert_uint_eq(space_areas(m), 1);
	ck_assert_uint_eq(space_used(m), 1);
	vfree(m, addr);
	ck_assert_uint_eq(space_used(m), 0);
	ck_assert_uint_eq(space_bad_pages(m), 0);
	ck_assert_uint_eq(space_warnings(m), 0);
	space_end(m);
}
END_TEST

/* An area that was grown has an array that names its frames, in order. */
START_TEST(test_array_content)
{
	struct machine *m = space_boot(MiB(64), 1);
	vaddr_t addr = resized(m, vmalloc(m, 500 * P, NULL), 600 * P);
	vaddr_t array = space_area(m, addr)->pages.addr;

	ck_assert_uint_ne(array, 0);
	ck_assert_ptr_eq(space_area(m, array)->array_of, space_area(m, addr));
	for (unsigned i = 0; i < 600; i++) {
		uint64_t entry;

		ck_assert_uint_eq(vread(m, &entry, array + i * 8, 8), 8);
		ck_assert_uint_eq(entry, pfn_to_vmemmap(m, space_pfn(m, addr + i * P)));
	}
	/* A page array cannot be resized by itself. */
	ck_assert_int_eq(vresize(m, array, 10 * P, &addr), -EINVAL);
	space_end(m);
}
END_TEST

START_TEST(test_twins_stay)
{
	struct machine *m = space_boot(MiB(64), 1);
	vaddr_t addr = vmalloc(m, 4 * P, NULL), twin, now;
	struct page *page[4];
	struct vma *vma;
	vaddr_t user;

	space_fill(m, addr, 4 * P, 1);
	ck_assert_int_eq(vm_area_pages(m, addr, 0, 4, page), 0);
	twin = vmap(m, page, 4, VM_MAP, PAGE_KERNEL, NULL);
	now = resized(m, addr, 8 * P);
	ck_assert_uint_ne(now, addr);
	space_expect(m, twin, 4 * P, 1);
	space_fill(m, now, 4 * P, 2);
	space_expect(m, twin, 4 * P, 2);
	space_check(m);
	/* Shrinking away what the twin maps: its frames live on, cut off from the file. */
	now = resized(m, now, P);
	ck_assert_uint_eq(space_used(m), 4);
	space_expect(m, twin, 4 * P, 2);
	space_check(m);
	now = resized(m, now, 4 * P);
	space_fill(m, now, 4 * P, 3);
	{
		unsigned char a, b;

		vread(m, &a, twin + P - 1, 1);
		vread(m, &b, twin + P, 1);
		ck_assert_uint_eq(a, space_byte(3, P - 1));
		ck_assert_uint_eq(b, space_byte(2, P));
	}
	vfree(m, now);
	ck_assert_uint_eq(space_used(m), 4);
	vunmap(m, twin);
	ck_assert_uint_eq(space_used(m), 0);

	/* The same for a vma. */
	user = vmalloc_user(m, 4 * P, NULL);
	ck_assert_int_eq(vma_create(m, 4 * P, &vma), 0);
	ck_assert_int_eq(remap_vmalloc_range(m, vma, user, 0), 0);
	user = resized(m, user, P);
	ck_assert_uint_eq(space_used(m), 4);
	space_check(m);
	vma_destroy(m, vma);
	ck_assert_uint_eq(space_used(m), 1);
	space_check(m);
	space_end(m);
}
END_TEST

/* What is planned for areas of several shapes; vresize then does so (tests/model). */
START_TEST(plans)
{
	struct machine *m = space_boot(MiB(64), 1);
	vaddr_t a = vmalloc(m, 4 * P, NULL);
	vaddr_t b = vmalloc(m, 300 * P, NULL);
	vaddr_t gap = vmalloc(m, 700 * P, NULL);
	vaddr_t big = vmalloc(m, 600 * P, NULL);
	struct vm_resize_plan p;

	/* a has no room for a page; its array doubles, in host memory. */
	ck_assert_int_eq(vm_plan_resize(m, a, 5 * P, &p), 0);
	ck_assert_int_eq(p.place, VM_RESIZE_MOVES);
	ck_assert_int_eq(p.array, VM_ARRAY_GROWS);
	ck_assert_uint_eq(p.old_pages, 4);
	ck_assert_uint_eq(p.new_pages, 5);
	ck_assert_uint_eq(p.capacity, 8);
	ck_assert_uint_eq(p.least, 5);
	ck_assert_uint_eq(vm_array_area_size(p.capacity), 0);
	ck_assert_int_eq(vm_plan_resize(m, a, 9 * P, &p), 0);
	ck_assert_uint_eq(p.capacity, 9);

	/* b grows into the hole that is left, and its array becomes an area. */
	vfree(m, gap);
	ck_assert_int_eq(vm_plan_resize(m, b, 513 * P, &p), 0);
	ck_assert_int_eq(p.place, VM_RESIZE_IN_PLACE);
	ck_assert_int_eq(p.array, VM_ARRAY_GROWS);
	ck_assert_uint_eq(p.capacity, 600);
	ck_assert_uint_eq(vm_array_area_size(p.capacity), 4800);

	/* An array that is an area goes when 512 entries are enough. */
	ck_assert_int_eq(vm_plan_resize(m, big, 513 * P, &p), 0);
	ck_assert_int_eq(p.array, VM_ARRAY_STAYS);
	ck_assert_int_eq(p.place, VM_RESIZE_IN_PLACE);
	ck_assert_int_eq(vm_plan_resize(m, big, 512 * P, &p), 0);
	ck_assert_int_eq(p.array, VM_ARRAY_SHRINKS);
	ck_assert_uint_eq(p.capacity, 512);

	ck_assert_int_eq(vm_plan_resize(m, a, 0, &p), -EINVAL);
	ck_assert_int_eq(vm_plan_resize(m, a + P, P, &p), -EINVAL);
	ck_assert_int_eq(vm_plan_resize(m, a, UINT64_MAX, &p), -ENOMEM);
	space_end(m);
}
END_TEST

/* A window of 32 pages. What waits to be purged is purged only where nothing else fits. */
START_TEST(plans_a_purge)
{
	struct machine *m = space_boot_window(MiB(16), 32);
	struct vm_resize_plan p;
	vaddr_t a, b, now;

	a = vmalloc(m, 3 * P, NULL);	    /* 0-3 */
	b = vmalloc(m, 11 * P, NULL);	    /* 4-15, waits */
	ck_assert(vmalloc(m, 5 * P, NULL)); /* 16-21; 22-30 are free */
	vmalloc_set_lazy_max(m, 100);
	vfree(m, b);
	ck_assert_int_eq(vm_plan_resize(m, a, 4 * P, &p), 0);
	ck_assert_int_eq(p.place, VM_RESIZE_MOVES);
	ck_assert_int_eq(vm_plan_resize(m, a, 9 * P, &p), 0);
	ck_assert_int_eq(p.place, VM_RESIZE_PURGES);
	ck_assert_int_eq(vm_plan_resize(m, a, 16 * P, &p), 0);
	ck_assert_int_eq(p.place, VM_RESIZE_MOVES); /* a purge would not do */
	ck_assert_uint_eq(vmalloc_nr_lazy(m), 12);
	ck_assert_int_eq(vresize(m, a, 9 * P, &now), 0);
	ck_assert_uint_eq(now, a);
	ck_assert_uint_eq(vmalloc_nr_lazy(m), 0);
	space_end(m);
}
END_TEST

/* Ranges without pages go where vresize() would put them. */
START_TEST(bare_ranges)
{
	struct machine *m = space_boot(MiB(64), 1);
	vaddr_t base = m->vmalloc_start, now;
	struct vm_struct *a = get_vm_area(m, 3 * P, VM_ALLOC, "a");
	struct vm_struct *io;
	vaddr_t full;

	ck_assert(get_vm_area(m, 2 * P, VM_ALLOC, "b"));
	ck_assert_int_eq(vm_resize_range(m, base, P + 1, &now), 0);
	ck_assert_uint_eq(now, base);
	ck_assert_uint_eq(a->size, 3 * P);
	ck_assert_uint_eq(a->requested_size, P + 1);
	ck_assert_int_eq(vm_resize_range(m, base, 3 * P, &now), 0);
	ck_assert_uint_eq(now, base);
	ck_assert_int_eq(vm_resize_range(m, base, 4 * P, &now), 0);
	ck_assert_uint_eq(now, base + 7 * P);
	ck_assert_uint_eq(a->addr, now);
	ck_assert_str_eq(a->caller, "a");
	ck_assert_uint_eq(vmalloc(m, 3 * P, NULL), base); /* the old range is free */

	ck_assert_int_eq(vm_resize_range(m, now, 0, &now), -EINVAL);
	ck_assert_int_eq(vm_resize_range(m, now, UINT64_MAX, &now), -ENOSPC);
	ck_assert_int_eq(vm_resize_range(m, now, -2 * P, &now), -ENOSPC);
	ck_assert_int_eq(vm_resize_range(m, now, -P, &now), -ENOSPC);
	ck_assert_int_eq(vm_resize_range(m, now + P, P, &now), -EINVAL);
	full = vmalloc(m, P, NULL);
	ck_assert_int_eq(vm_resize_range(m, full, 2 * P, &now), -EINVAL);
	io = get_vm_area(m, P, VM_IOREMAP, NULL);
	ck_assert_int_eq(vm_resize_range(m, io->addr, 2 * P, &now), -EINVAL);
	ck_assert_uint_eq(machine_check(m, unit_report, NULL), 0);
	space_end(m);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("resize");
	TCase *t = tcase_create("resize");

	tcase_set_timeout(t, SPACE_TIMEOUT);
	tcase_add_test(t, test_in_place);
	tcase_add_test(t, test_move);
	tcase_add_test(t, test_move_down);
	tcase_add_test(t, test_same_pages);
	tcase_add_test(t, test_tails);
	tcase_add_test(t, test_shrink);
	tcase_add_test(t, test_kinds);
	tcase_add_test(t, test_append);
	tcase_add_test(t, test_array_content);
	tcase_add_test(t, test_twins_stay);
	tcase_add_test(t, plans);
	tcase_add_test(t, plans_a_purge);
	tcase_add_test(t, bare_ranges);
	suite_add_tcase(s, t);

	return unit_main(s);
}
