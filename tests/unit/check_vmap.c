/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vmap, ioremap, and ranges of device memory.
 */
#include "space.h"

static uint32_t refs(struct page *page)
{
	return atomic_load(&page->_refcount);
}

START_TEST(test_vmap)
{
	struct machine *m = space_boot(MiB(64), 1);
	vaddr_t owner = vmalloc(m, 4 * PAGE_SIZE, NULL), twin;
	struct page *page[4], *back[4];
	struct vm_struct *area;
	uint64_t used = space_used(m);

	space_fill(m, owner, 4 * PAGE_SIZE, 1);
	ck_assert_int_eq(vm_area_pages(m, owner, 0, 4, page), 0);
	for (unsigned i = 0; i < 4; i++)
		back[i] = page[3 - i];
	twin = vmap(m, back, 4, VM_MAP, PAGE_KERNEL & ~_PAGE_RW, "twin");
	ck_assert_uint_eq(twin, owner + 5 * PAGE_SIZE);
	area = space_area(m, twin);
	ck_assert_uint_eq(area->flags, VM_MAP);
	ck_assert_uint_eq(area->nr_pages, 0);
	ck_assert_uint_eq(area->size, 5 * PAGE_SIZE);
	ck_assert_str_eq(area->caller, "twin");
	ck_assert_uint_eq(space_used(m), used);
	for (unsigned i = 0; i < 4; i++) {
		ck_assert_uint_eq(refs(page[i]), 2);
		ck_assert_uint_eq(space_pte(m, twin + i * PAGE_SIZE),
				  page_to_pfn(m, back[i]) << PAGE_SHIFT |
					  (PAGE_KERNEL & ~_PAGE_RW));
	}
	ck_assert_uint_eq(space_pte(m, twin + 4 * PAGE_SIZE), 0);
	space_check(m);

	/* Views agree, page by page. */
	for (unsigned i = 0; i < 4; i++) {
		unsigned char a[64], b[64];

		vread(m, a, owner + i * PAGE_SIZE + 100, 64);
		vread(m, b, twin + (3 - i) * PAGE_SIZE + 100, 64);
		ck_assert_mem_eq(a, b, 64);
	}

	/* Without the owner the frames live on, with their content. */
	vfree(m, owner);
	for (unsigned i = 0; i < 4; i++)
		ck_assert_uint_eq(refs(page[i]), 1);
	ck_assert_uint_eq(space_used(m), used);
	space_check(m);
	owner = vmalloc(m, 1000 * PAGE_SIZE, NULL);
	for (unsigned i = 0; i < 1000; i++)
		for (unsigned j = 0; j < 4; j++)
			ck_assert_ptr_ne(vmalloc_to_page(m, owner + i * PAGE_SIZE), page[j]);
	vfree(m, owner);
	vunmap(m, twin);
	ck_assert_uint_eq(space_used(m), 0);
	ck_assert_uint_eq(space_bad_pages(m), 0);
	space_check(m);
	space_end(m);
}
END_TEST

/* The other order, several twins, and twins of twins. */
START_TEST(test_twins)
{
	struct machine *m = space_boot(MiB(64), 1);
	vaddr_t owner = vmalloc(m, 4 * PAGE_SIZE, NULL), twin[10];
	struct page *page[4];

	ck_assert_int_eq(vm_area_pages(m, owner, 0, 4, page), 0);
	for (unsigned i = 0; i < 10; i++) {
		twin[i] = vmap(m, page, 4, 0, PAGE_KERNEL, NULL);
		ck_assert_uint_ne(twin[i], 0);
		ck_assert_uint_eq(space_area(m, twin[i])->flags, VM_MAP);
		ck_assert_int_eq(vm_area_pages(m, twin[i], 0, 4, page), 0);
	}
	ck_assert_uint_eq(refs(page[0]), 11);
	for (unsigned i = 0; i < 5; i++)
		(i % 2 ? vfree : vunmap)(m, twin[i]);
	ck_assert_uint_eq(refs(page[0]), 6);
	vfree(m, owner);
	ck_assert_uint_eq(refs(page[0]), 5);
	space_check(m);
	for (unsigned i = 5; i < 10; i++)
		vunmap(m, twin[i]);
	ck_assert_uint_eq(space_used(m), 0);
	space_check(m);
	space_end(m);
}
END_TEST

/* One frame many times over, as often as one likes; more than there are frames: no. */
START_TEST(test_counts)
{
	struct machine *m = space_boot(MiB(16), 1);
	vaddr_t owner = vmalloc(m, PAGE_SIZE, NULL), addr;
	static struct page *page[4200];
	static const uint64_t bad[] = { 4097,
					UINT64_C(1) << 20,
					(UINT64_C(1) << 20) + 1,
					UINT64_C(1) << 32,
					(UINT64_C(1) << 52) + 1,
					UINT64_C(1) << 52,
					UINT64_C(1) << 63,
					UINT64_MAX };
	uint64_t live, seq;

	for (unsigned i = 0; i < 4200; i++)
		page[i] = vmalloc_to_page(m, owner);
	live = atomic_load(&m->kmalloc_live);
	seq = log_seq(m);
	ck_assert_uint_eq(vmap(m, page, 0, VM_MAP, PAGE_KERNEL, NULL), 0);
	ck_assert_int_eq(errno, EINVAL);
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		errno = 0;
		ck_assert_uint_eq(vmap(m, page, bad[i], VM_MAP, PAGE_KERNEL, NULL), 0);
		ck_assert_int_ne(errno, 0);
	}
	ck_assert_uint_eq(log_seq(m), seq);
	ck_assert_uint_eq(atomic_load(&m->kmalloc_live), live);
	ck_assert_uint_eq(refs(page[0]), 1);

	addr = vmap(m, page, 4096, VM_MAP, PAGE_KERNEL, NULL);
	ck_assert_uint_ne(addr, 0);
	ck_assert_uint_eq(space_area(m, addr)->size, 4097 * PAGE_SIZE);
	ck_assert_uint_eq(refs(page[0]), 4097);
	ck_assert_uint_eq(space_pte(m, addr + 4095 * PAGE_SIZE), space_pte(m, owner));
	space_check(m);
	vunmap(m, addr);
	ck_assert_uint_eq(refs(page[0]), 1);
	space_check(m);
	space_end(m);
}
END_TEST

/* VM_USERMAP would let a process see memory that was never zeroed. */
START_TEST(test_flags)
{
	static const unsigned bad[] = { VM_USERMAP, VM_MAP | VM_USERMAP, VM_VPAGES,
					VM_IOREMAP, VM_UNINITIALIZED,	 VM_NO_GUARD };
	struct machine *m = space_boot(MiB(16), 1);
	vaddr_t owner = vmalloc(m, PAGE_SIZE, NULL);
	struct page *page = vmalloc_to_page(m, owner);

	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ck_assert_uint_eq(vmap(m, &page, 1, bad[i], PAGE_KERNEL, NULL), 0);
		ck_assert_int_eq(errno, EINVAL);
	}
	ck_assert_uint_eq(refs(page), 1);
	ck_assert_uint_eq(space_areas(m), 1);
	space_end(m);
}
END_TEST

START_TEST(test_vmap_failures)
{
	struct machine *m = space_boot_window(MiB(16), 16);
	vaddr_t owner = vmalloc(m, 8 * PAGE_SIZE, NULL);
	struct page *page[8];
	uint64_t live = atomic_load(&m->kmalloc_live);

	ck_assert_int_eq(vm_area_pages(m, owner, 0, 8, page), 0);
	/* no room */
	ck_assert_uint_eq(vmap(m, page, 6, VM_MAP, PAGE_KERNEL, NULL), 0);
	ck_assert_int_eq(errno, ENOSPC);
	/* a page is missing */
	page[3] = NULL;
	ck_assert_uint_eq(vmap(m, page, 5, VM_MAP, PAGE_KERNEL, NULL), 0);
	ck_assert_int_eq(errno, ENOMEM);
	for (unsigned i = 0; i < 8; i++)
		ck_assert_uint_eq(space_pte(m, owner + (9 + i) * PAGE_SIZE), 0);
	for (unsigned i = 0; i < 3; i++)
		ck_assert_uint_eq(refs(page[i]), 1);
	ck_assert_uint_eq(atomic_load(&m->kmalloc_live), live);
	ck_assert_uint_eq(space_areas(m), 1);
	/* a crash */
	atomic_store(&m->crashed, true);
	ck_assert_uint_eq(vmap(m, page, 2, VM_MAP, PAGE_KERNEL, NULL), 0);
	ck_assert_int_eq(errno, EIO);
	ck_assert_uint_eq(ioremap(m, m->io_start, 1, 0, NULL), 0);
	ck_assert_int_eq(errno, EIO);
	space_check(m);
	space_end(m);
}
END_TEST

/* The PTEs of a vmap are changed by hand: its references are on the frames it was given. */
START_TEST(test_vmap_tampered)
{
	struct machine *m = space_boot(MiB(16), 1);
	vaddr_t owner = vmalloc(m, 2 * PAGE_SIZE, NULL), other = vmalloc(m, PAGE_SIZE, NULL);
	struct page *page[2];
	vaddr_t twin;

	ck_assert_int_eq(vm_area_pages(m, owner, 0, 2, page), 0);
	twin = vmap(m, page, 2, VM_MAP, PAGE_KERNEL, NULL);
	space_poke(m, space_pte_addr(m, twin), space_pte(m, other));
	ck_assert_uint_ne(machine_check(m, NULL, NULL), 0);
	vunmap(m, twin);
	ck_assert_uint_eq(refs(page[0]), 1);
	ck_assert_uint_eq(refs(vmalloc_to_page(m, other)), 1);
	space_check(m);
	space_end(m);
}
END_TEST

START_TEST(test_ioremap)
{
	static const struct {
		uint64_t offset, size, pages;
	} rows[] = {
		{ 0, 1, 1 },	 { 0, 4096, 1 },  { 0, 4097, 2 },	{ 0x10, 1, 1 },
		{ 0xfff, 1, 1 }, { 0xfff, 2, 2 }, { 0x123, 0x2000, 3 }, { 0x5000, MiB(3), 768 }
	};
	struct machine *m = space_boot(MiB(16), 1);

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		paddr_t phys = m->io_start + rows[i].offset;
		vaddr_t addr = ioremap(m, phys, rows[i].size, _PAGE_PCD, "dev");
		struct vm_struct *area;

		ck_assert_uint_ne(addr, 0);
		ck_assert_uint_eq(addr & ~PAGE_MASK, phys & ~PAGE_MASK);
		area = space_area(m, addr & PAGE_MASK);
		ck_assert_uint_eq(area->flags, VM_IOREMAP);
		ck_assert_uint_eq(area->nr_pages, 0);
		ck_assert_uint_eq(area->requested_size, rows[i].size);
		ck_assert_uint_eq(area->phys_addr, phys);
		ck_assert_uint_eq(area->size, (rows[i].pages + 1) << PAGE_SHIFT);
		for (uint64_t k = 0; k < rows[i].pages; k++)
			ck_assert_uint_eq(space_pte(m, area->addr + k * PAGE_SIZE),
					  ((phys & PAGE_MASK) + k * PAGE_SIZE) |
						  PAGE_KERNEL_NOCACHE);
		ck_assert_uint_eq(space_pte(m, area->addr + rows[i].pages * PAGE_SIZE), 0);
		ck_assert_uint_eq(space_used(m), 0);
		space_check(m);
		iounmap(m, addr);
		ck_assert_uint_eq(space_areas(m), 0);
	}
	ck_assert_uint_eq(space_warnings(m), 0);
	space_end(m);
}
END_TEST

/* Alignment shows after another area. */
START_TEST(test_ioremap_aligned)
{
	struct machine *m = space_boot(MiB(16), 1);
	vaddr_t first = vmalloc(m, PAGE_SIZE, NULL);

	ck_assert_uint_eq(ioremap(m, m->io_start, 0x1001, 0, NULL), first + 0x4000);
	ck_assert_uint_eq(ioremap(m, m->io_start, MiB(1), 0, NULL), first + MiB(2));
	ck_assert_uint_eq(ioremap(m, m->io_start + 8, GiB(4), 0, NULL), first + GiB(1) + 8);
	space_check(m);
	space_end(m);
}
END_TEST

/* The size is rounded up to pages first, so 1000 bytes lie where 4096 would. */
START_TEST(test_ioremap_rounded)
{
	static const struct {
		uint64_t offset, size, align;
	} rows[] = {
		{ 0, 1000, 0x2000 },   { 0, 4096, 0x2000 },   { 0xfff, 1, 0x2000 },
		{ 0xfff, 2, 0x4000 },  { 0, 61441, 0x20000 }, { 0, 65536, 0x20000 },
		{ 1, 61440, 0x20000 },
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct machine *m = space_boot(MiB(16), 1);
		vaddr_t first = vmalloc(m, 2 * PAGE_SIZE, NULL); /* three pages with its guard */
		paddr_t phys = m->io_start + rows[i].offset;

		ck_assert_uint_eq(ioremap(m, phys, rows[i].size, 0, NULL),
				  align_up(first + 3 * PAGE_SIZE, rows[i].align) + rows[i].offset);
		space_end(m);
	}
}
END_TEST

START_TEST(test_ioremap_refused)
{
	struct machine *m = space_boot(MiB(64), 1);
	const struct {
		paddr_t phys;
		uint64_t size;
	} rows[] = {
		/* RAM, or a part of it */
		{ 0, 4096 },
		{ 0x1000, 1 },
		{ m->ram_size - 1, 1 },
		{ m->ram_size - 1, 2 },
		{ m->ram_size - 4096, 8192 },
		{ 0, UINT64_MAX },
		/* beyond what the CPU can name */
		{ PHYS_END, 1 },
		{ PHYS_END - 1, 2 },
		{ PHYS_END - 4096, 4097 },
		{ m->io_start, PHYS_END },
		{ m->io_start, UINT64_MAX },
		{ m->io_start, -m->io_start },
		{ UINT64_MAX, 1 },
		{ UINT64_MAX, 4096 },
		{ -UINT64_C(4096), 8192 },
		/* nothing */
		{ m->io_start, 0 },
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		errno = 0;
		ck_assert_msg(!ioremap(m, rows[i].phys, rows[i].size, 0, NULL), "row %u", i);
		ck_assert_int_eq(errno, EINVAL);
	}
	ck_assert_uint_eq(space_areas(m), 0);
	/* The first and the last byte that are fine. */
	ck_assert_uint_ne(ioremap(m, m->ram_size, 1, 0, NULL), 0);
	ck_assert_uint_ne(ioremap(m, PHYS_END - 1, 1, 0, NULL), 0);
	ck_assert_uint_ne(ioremap(m, PHYS_END - 4096, 4096, 0, NULL), 0);
	space_check(m);
	space_end(m);
}
END_TEST

START_TEST(test_io_reserve)
{
	struct machine *m = space_boot(MiB(64), 1);
	uint64_t room = PHYS_END - m->io_start;
	paddr_t a, b, c, d;

	ck_assert_int_eq(io_reserve(m, 0, &a), -EINVAL);
	ck_assert_int_eq(io_reserve(m, UINT64_MAX, &a), -ENOMEM);
	ck_assert_int_eq(io_reserve(m, room + 1, &a), -ENOMEM);
	ck_assert_int_eq(io_reserve(m, 1, &a), 0);
	ck_assert_int_eq(io_reserve(m, 8193, &b), 0);
	ck_assert_int_eq(io_reserve(m, 4096, &c), 0);
	ck_assert_uint_eq(a, m->io_start);
	ck_assert_uint_eq(b, a + 4096);
	ck_assert_uint_eq(c, b + 3 * 4096);
	/* lowest first */
	io_release(m, b);
	ck_assert_int_eq(io_reserve(m, 16384, &d), 0);
	ck_assert_uint_eq(d, c + 4096);
	ck_assert_int_eq(io_reserve(m, 12288, &b), 0);
	ck_assert_uint_eq(b, a + 4096);
	/* of an address that is not device memory */
	io_release(m, 0);
	io_release(m, b + 4096);
	io_release(m, m->io_start + GiB(100));
	space_check(m);
	io_release(m, a);
	io_release(m, b);
	io_release(m, c);
	io_release(m, d);
	/* All there is, once; the machine's log has not a word about it. */
	ck_assert_int_eq(io_reserve(m, room, &a), 0);
	ck_assert_int_eq(io_reserve(m, 1, &b), -ENOMEM);
	ck_assert_uint_eq(space_logged(m, "out of vmalloc space"), 0);
	ck_assert_uint_eq(space_warnings(m), 0);
	io_release(m, a);
	space_check(m);
	space_end(m);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("vmap");
	TCase *tc = tcase_create("vmap");

	tcase_set_timeout(tc, SPACE_TIMEOUT);
	tcase_add_test(tc, test_vmap);
	tcase_add_test(tc, test_twins);
	tcase_add_test(tc, test_counts);
	tcase_add_test(tc, test_flags);
	tcase_add_test(tc, test_vmap_failures);
	tcase_add_test(tc, test_vmap_tampered);
	tcase_add_test(tc, test_ioremap);
	tcase_add_test(tc, test_ioremap_aligned);
	tcase_add_test(tc, test_ioremap_rounded);
	tcase_add_test(tc, test_ioremap_refused);
	tcase_add_test(tc, test_io_reserve);
	suite_add_tcase(s, tc);
	return unit_main(s);
}
