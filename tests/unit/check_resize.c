/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vresize: in place or elsewhere, content and tails, page arrays, and failures
 * that change nothing.
 */
#include "space.h"

#define P PAGE_SIZE

static vaddr_t resized(struct machine *m, vaddr_t addr, uint64_t size)
{
	vaddr_t ret = 0;

	ck_assert_int_eq(vresize(m, addr, size, &ret), 0);
	ck_assert_uint_eq(space_area(m, ret)->requested_size, size);
	ck_assert_uint_eq(space_area(m, ret)->nr_pages, PAGE_ALIGN(size) >> PAGE_SHIFT);
	ck_assert_uint_eq(space_area(m, ret)->size, PAGE_ALIGN(size) + P);
	return ret;
}

/* All there is to know about an area, for "nothing has changed". */
struct snapshot {
	struct vm_struct area;
	pfn_t pfn[2000];
	uint64_t free, tables, live, areas;
	unsigned char bytes[64];
};

static void snap(struct machine *m, vaddr_t addr, struct snapshot *s)
{
	memset(s, 0, sizeof(*s));
	s->area = *space_area(m, addr);
	for (uint64_t i = 0; i < s->area.nr_pages && i < 2000; i++)
		s->pfn[i] = space_pfn(m, addr + i * P);
	s->tables = atomic_load(&m->nr_table_frames);
	s->free = nr_free_pages(m) + s->tables; /* tables may stay */
	s->tables = 0;
	s->live = atomic_load(&m->kmalloc_live);
	s->areas = space_areas(m);
	ck_assert_int_eq(vread_area(m, s->bytes, addr, sizeof(s->bytes)), sizeof(s->bytes));
}

static void expect_unchanged(struct machine *m, vaddr_t addr, const struct snapshot *before)
{
	struct snapshot *after = malloc(sizeof(*after));

	snap(m, addr, after);
	ck_assert_uint_eq(after->area.size, before->area.size);
	ck_assert_uint_eq(after->area.requested_size, before->area.requested_size);
	ck_assert_uint_eq(after->area.nr_pages, before->area.nr_pages);
	ck_assert_uint_eq(after->area.flags, before->area.flags);
	ck_assert_uint_eq(after->area.pages.addr, before->area.pages.addr);
	ck_assert_uint_eq(after->area.pages.capacity, before->area.pages.capacity);
	ck_assert_mem_eq(after->pfn, before->pfn, sizeof(after->pfn));
	ck_assert_mem_eq(after->bytes, before->bytes, sizeof(after->bytes));
	ck_assert_uint_eq(after->free, before->free);
	ck_assert_uint_eq(after->live, before->live);
	ck_assert_uint_eq(after->areas, before->areas);
	space_check(m);
	free(after);
}

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
	/* Growing in place comes first while it can be had. */
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
	/* Its array is not. */
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
	/* Not itself to be resized. */
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

START_TEST(test_refused)
{
	struct machine *m = space_boot(MiB(64), 1);
	vaddr_t addr = vmalloc(m, 4 * P, NULL), ret = 42;
	struct page *page = vmalloc_to_page(m, addr);
	vaddr_t bad[] = { 0,
			  addr + 1,
			  addr + P,
			  addr + 4 * P,
			  addr + MiB(1),
			  UINT64_MAX,
			  vmap(m, &page, 1, VM_MAP, PAGE_KERNEL, NULL),
			  ioremap(m, m->io_start, P, 0, NULL),
			  get_vm_area(m, P, VM_ALLOC, NULL)->addr };
	static struct snapshot before;

	space_fill(m, addr, 4 * P, 1);
	snap(m, addr, &before);
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ck_assert_msg(vresize(m, bad[i], P, &ret) == -EINVAL, "row %u", i);
		ck_assert_int_eq(vresize(m, bad[i], 9 * P, &ret), -EINVAL);
	}
	ck_assert_int_eq(vresize(m, addr, 0, &ret), -EINVAL);
	ck_assert_int_eq(vresize(m, addr, MiB(64) + 1, &ret), -ENOMEM);
	ck_assert_int_eq(vresize(m, addr, GiB(8192), &ret), -ENOMEM);
	ck_assert_int_eq(vresize(m, addr, UINT64_MAX, &ret), -ENOMEM);
	ck_assert_int_eq(vresize(m, addr, -P, &ret), -ENOMEM);
	ck_assert_int_eq(vresize(m, addr, MiB(64), &ret), -ENOMEM); /* really runs out */
	ck_assert_uint_eq(ret, 42);
	expect_unchanged(m, addr, &before);
	atomic_store(&m->crashed, true);
	ck_assert_int_eq(vresize(m, addr, 2 * P, &ret), -EIO);
	ck_assert_int_eq(vresize(m, addr, 6 * P, &ret), -EIO);
	atomic_store(&m->crashed, false);
	expect_unchanged(m, addr, &before);
	space_end(m);
}
END_TEST

START_TEST(test_no_space)
{
	struct machine *m = space_boot_window(MiB(16), 32);
	vaddr_t addr = vmalloc(m, 4 * P, NULL), ret = 42;
	static struct snapshot before;

	/* [0..4][5..6]........: 25 pages, the last of them never used */
	vmalloc(m, P, NULL);
	space_fill(m, addr, 4 * P, 1);
	snap(m, addr, &before);
	ck_assert_int_eq(vresize(m, addr, 24 * P, &ret), -ENOSPC);
	ck_assert(unit_logged(m, "out of vmalloc space"));
	ck_assert_uint_eq(ret, 42);
	expect_unchanged(m, addr, &before);
	ck_assert_uint_eq(resized(m, addr, 23 * P), addr + 7 * P);
	addr += 7 * P;
	/* In place the end of the window holds as well. */
	ck_assert_int_eq(vresize(m, addr, 24 * P, &ret), -ENOSPC);
	space_check(m);
	space_end(m);
}
END_TEST

/* An array area that cannot be placed. */
START_TEST(test_no_space_for_array)
{
	struct machine *m = space_boot_window(MiB(16), 620);
	vaddr_t addr = vmalloc(m, 500 * P, NULL), ret;
	static struct snapshot before;

	while (vmalloc(m, P, NULL))
		;
	/* one hole of three pages: no room for an array of two and its guard */
	vfree(m, addr + 501 * P + 20 * P);
	snap(m, addr, &before);
	ck_assert_int_eq(vresize(m, addr, 520 * P, &ret), -ENOSPC);
	expect_unchanged(m, addr, &before);
	space_end(m);
}
END_TEST

/* PTEs where the area would grow to. */
START_TEST(test_stray_pte)
{
	struct machine *m = space_boot(MiB(64), 1);
	vaddr_t addr = vmalloc(m, 8 * P, NULL), ret;
	static struct snapshot before;
	paddr_t at;

	ck_assert_uint_eq(resized(m, addr, 4 * P), addr);
	space_fill(m, addr, 4 * P, 1);
	at = space_pte_addr(m, addr + 6 * P);
	space_poke(m, at, 0x5000 | PAGE_KERNEL);
	ck_assert_int_eq(vresize(m, addr, 8 * P, &ret), -EIO);
	ck_assert_uint_eq(space_warnings(m), 1);
	ck_assert_uint_eq(space_peek(m, at), 0x5000 | PAGE_KERNEL);
	space_poke(m, at, 0);
	snap(m, addr, &before);
	expect_unchanged(m, addr, &before);
	space_expect(m, addr, 4 * P, 1);
	ck_assert_uint_eq(resized(m, addr, 8 * P), addr);
	space_check(m);
	space_end(m);
}
END_TEST

/*
 * Every frame, table and block of host memory it takes, missing in turn, for
 * growth in place and elsewhere, with and without a new array.
 */
enum point { FRAME, TABLE, SLAB, NR_POINTS };

static struct fault_attr *fault_point(struct machine *m, enum point p)
{
	return p == FRAME ? &m->fail_page_alloc : p == TABLE ? &m->fail_table : &m->failslab;
}

static const struct {
	uint64_t from, to;
	bool wall;
	unsigned least[NR_POINTS]; /* failures there must be */
} growths[] = {
	{ 3, 5, false, { 2, 0, 1 } },	    { 3, 5, true, { 2, 0, 2 } },
	{ 3, 600, false, { 597, 1, 1 } },   { 3, 600, true, { 597, 1, 1 } },
	{ 520, 530, false, { 10, 0, 1 } },  { 520, 530, true, { 10, 1, 1 } },
	{ 520, 1100, true, { 580, 1, 1 } },
};

START_TEST(test_growth_failures)
{
	static struct snapshot before;

	for (enum point p = FRAME; p < NR_POINTS; p++) {
		unsigned failures = 0, step = 1;

		for (unsigned nth = 1;; nth += step) {
			struct machine *m = space_boot(MiB(16), 1);
			vaddr_t addr = vmalloc(m, growths[_i].from * P, NULL), ret = 42;
			uint64_t left;
			int err;

			if (growths[_i].wall)
				vmalloc(m, P, NULL);
			space_fill(m, addr, growths[_i].from * P, 1);
			snap(m, addr, &before);
			atomic_store(&fault_point(m, p)->nth, nth);
			err = vresize(m, addr, growths[_i].to * P, &ret);
			left = atomic_load(&fault_point(m, p)->nth);
			atomic_store(&fault_point(m, p)->nth, 0);
			if (err) {
				failures++;
				ck_assert_int_eq(err, -ENOMEM);
				ck_assert_uint_eq(left, 0);
				ck_assert_uint_eq(ret, 42);
				expect_unchanged(m, addr, &before);
				space_expect(m, addr, growths[_i].from * P, 1);
				/* And it works the next time. */
				ret = resized(m, addr, growths[_i].to * P);
			}
			space_expect(m, ret, growths[_i].from * P, 1);
			space_check(m);
			vfree(m, ret);
			space_end(m);
			if (!err && left)
				break;
			ck_assert_uint_lt(nth, 5000);
		}
		ck_assert_msg(failures >= growths[_i].least[p], "point %d: %u failures", p,
			      failures);
	}
}
END_TEST

/* Shrinking takes nothing, so nothing that is missing can keep it from it. */
START_TEST(test_shrink_never_fails)
{
	for (unsigned nth = 1; nth < 6; nth++) {
		struct machine *m = space_boot(MiB(16), 1);
		vaddr_t addr = vmalloc(m, 1200 * P, NULL);

		space_fill(m, addr, 1200 * P, 1);
		atomic_store(&m->failslab.nth, nth);
		atomic_store(&m->fail_page_alloc.nth, nth);
		atomic_store(&m->fail_table.nth, nth);
		ck_assert_uint_eq(resized(m, addr, 300 * P), addr);
		atomic_store(&m->failslab.nth, 0);
		atomic_store(&m->fail_page_alloc.nth, 0);
		space_expect(m, addr, 300 * P, 1);
		space_check(m);
		ck_assert_uint_eq(resized(m, addr, 2 * P), addr);
		space_check(m);
		space_end(m);
	}
}
END_TEST

/* Memory is full to the last frame but one: what can be had without a larger array is had. */
START_TEST(test_tight)
{
	struct machine *m = space_boot(MiB(16), 1);
	vaddr_t addr = vmalloc(m, 100 * P, NULL), ret;
	uint64_t n = 100;

	space_fill(m, addr, 100 * P, 1);
	while (vresize(m, addr, (n + 1) * P, &ret) == 0) {
		addr = ret;
		n++;
	}
	space_expect(m, addr, 100 * P, 1);
	ck_assert_uint_gt(n, 3000);
	ck_assert_uint_eq(space_area(m, addr)->nr_pages, n);
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
	TCase *tc = tcase_create("resize");

	tcase_set_timeout(tc, SPACE_TIMEOUT);
	tcase_add_test(tc, test_in_place);
	tcase_add_test(tc, test_move);
	tcase_add_test(tc, test_move_down);
	tcase_add_test(tc, test_same_pages);
	tcase_add_test(tc, test_tails);
	tcase_add_test(tc, test_shrink);
	tcase_add_test(tc, test_kinds);
	tcase_add_test(tc, test_append);
	tcase_add_test(tc, test_array_content);
	tcase_add_test(tc, test_twins_stay);
	tcase_add_test(tc, test_refused);
	tcase_add_test(tc, test_no_space);
	tcase_add_test(tc, test_no_space_for_array);
	tcase_add_test(tc, test_stray_pte);
	tcase_add_loop_test(tc, test_growth_failures, 0,
			    (int)(sizeof(growths) / sizeof(growths[0])));
	tcase_add_test(tc, test_shrink_never_fails);
	tcase_add_test(tc, test_tight);
	tcase_add_test(tc, plans);
	tcase_add_test(tc, plans_a_purge);
	tcase_add_test(tc, bare_ranges);
	suite_add_tcase(s, tc);
	return unit_main(s);
}
