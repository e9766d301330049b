/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vmas and remap_vmalloc_range: bounds, rights, references, roll-back, threads.
 */
#include <pthread.h>

#include "space.h"

static struct vma *make(struct machine *m, uint64_t pages)
{
	struct vma *vma = NULL;

	ck_assert_int_eq(vma_create(m, pages << PAGE_SHIFT, &vma), 0);
	ck_assert_ptr_nonnull(vma);
	return vma;
}

/* As if remap had never been called. */
static void expect_bare(struct machine *m, const struct vma *vma)
{
	struct translation t;

	ck_assert_uint_eq(vma->nr_frames, 0);
	ck_assert_uint_eq(vma->vm_flags & VM_RESERVED, 0);
	for (vaddr_t at = vma->vm_start; at < vma->vm_end && at < vma->vm_start + MiB(1);
	     at += PAGE_SIZE)
		ck_assert_int_eq(pgtable_walk(m, vma->pgd, at, ACCESS_READ | ACCESS_USER, &t),
				 FAULT_ABSENT);
}

START_TEST(test_create)
{
	struct machine *m = space_boot(MiB(16), 1);
	uint64_t tables = atomic_load(&m->nr_table_frames);
	struct vma *vma, *second;

	ck_assert_int_eq(vma_create(m, 5000, &vma), 0);
	ck_assert_uint_eq(vma->vm_start, VMA_BASE);
	ck_assert_uint_eq(vma->vm_end, VMA_BASE + 2 * PAGE_SIZE);
	ck_assert_uint_eq(vma->nr_frames, 0);
	ck_assert_uint_ne(vma->pgd, 0);
	ck_assert_uint_eq(vma->pgd & ~PAGE_MASK, 0);
	second = make(m, 1);
	ck_assert_uint_ne(second->pgd, vma->pgd);
	space_check(m);
	vma_destroy(m, vma);
	vma_destroy(m, second);
	vma_destroy(m, NULL);
	ck_assert_uint_eq(atomic_load(&m->nr_table_frames), tables);
	ck_assert_int_eq(vma_create(m, UINT64_C(1) << 47, &vma), -EINVAL);
	ck_assert_int_eq(vma_create(m, UINT64_MAX, &vma), -EINVAL);
	ck_assert_int_eq(vma_create(m, UINT64_MAX - 4095, &vma), -EINVAL);
	ck_assert_int_eq(vma_create(m, UINT64_C(1) << 63, &vma), -EINVAL);
	space_check(m);
	space_end(m);
}
END_TEST

START_TEST(test_remap)
{
	struct machine *m = space_boot(MiB(16), 1);
	uint64_t tables = atomic_load(&m->nr_table_frames);
	vaddr_t addr = vmalloc_user(m, 8 * PAGE_SIZE, NULL);
	struct vma *all = make(m, 8), *some = make(m, 3);
	unsigned char a[5000], b[5000];

	space_fill(m, addr, 8 * PAGE_SIZE, 1);
	ck_assert_int_eq(remap_vmalloc_range(m, all, addr, 0), 0);
	ck_assert_int_eq(remap_vmalloc_range(m, some, addr, 5), 0);
	ck_assert_uint_eq(all->nr_frames, 8);
	ck_assert(all->vm_flags & VM_RESERVED);
	for (unsigned i = 0; i < 8; i++) {
		struct translation t;
		pfn_t pfn = space_pfn(m, addr + i * PAGE_SIZE);

		ck_assert_int_eq(pgtable_walk(m, all->pgd, all->vm_start + i * PAGE_SIZE,
					      ACCESS_WRITE | ACCESS_USER, &t),
				 FAULT_NONE);
		ck_assert_uint_eq(t.phys >> PAGE_SHIFT, pfn);
		ck_assert_uint_eq(all->frames[i], pfn);
		ck_assert_uint_eq(atomic_load(&pfn_to_page(m, pfn)->_refcount), i < 5 ? 2 : 3);
		ck_assert(atomic_load(&pfn_to_page(m, pfn)->flags) & PG_user);
	}
	space_check(m);

	/* Through the vma's own tables, as through the kernel's. */
	ck_assert_int_eq(vma_read(m, all, a, 6000, 5000), 5000);
	ck_assert_uint_eq(vread(m, b, addr + 6000, 5000), 5000);
	ck_assert_mem_eq(a, b, 5000);
	ck_assert_int_eq(vma_read(m, some, a, 10, 5000), 5000);
	ck_assert_uint_eq(vread(m, b, addr + 5 * PAGE_SIZE + 10, 5000), 5000);
	ck_assert_mem_eq(a, b, 5000);
	ck_assert_int_eq(vma_read(m, all, a, 8 * PAGE_SIZE - 10, 10), 10);
	ck_assert_int_eq(vma_read(m, all, a, 8 * PAGE_SIZE - 10, 11), -EFAULT);
	ck_assert_int_eq(vma_read(m, all, a, 8 * PAGE_SIZE, 1), -EFAULT);
	ck_assert_int_eq(vma_read(m, all, a, UINT64_MAX, 2), -EFAULT);
	ck_assert_int_eq(vma_read(m, all, a, 1, SIZE_MAX), -EFAULT);
	ck_assert_int_eq(vma_read(m, all, a, 8 * PAGE_SIZE, 0), 0);

	/* The area goes, the frames stay with the vma. */
	vfree(m, addr);
	ck_assert_uint_eq(space_used(m), 8);
	space_check(m);
	ck_assert_int_eq(vma_read(m, all, a, 6 * PAGE_SIZE, 100), 100);
	for (unsigned i = 0; i < 100; i++)
		ck_assert_uint_eq(a[i], space_byte(1, 6 * PAGE_SIZE + i));
	vma_destroy(m, all);
	ck_assert_uint_eq(space_used(m), 3);
	space_check(m);
	vma_destroy(m, some);
	ck_assert_uint_eq(space_used(m), 0);
	ck_assert_uint_eq(atomic_load(&m->nr_table_frames), tables + 3); /* the kernel's own */
	space_check(m);
	space_end(m);
}
END_TEST

START_TEST(test_bounds)
{
	static const struct {
		uint64_t pages, pgoff;
		bool good;
	} rows[] = {
		{ 1, 0, true },
		{ 1, 7, true },
		{ 8, 0, true },
		{ 1, 8, false }, /* the guard */
		{ 1, 9, false }, /* the next area */
		{ 9, 0, false },
		{ 2, 7, false },
		{ 8, 1, false },
		/* where shifts and sums wrap */
		{ 1, UINT64_C(1) << 52, false },
		{ 1, (UINT64_C(1) << 52) - 1, false },
		{ 1, (UINT64_C(1) << 52) + 1, false },
		{ 2, (UINT64_C(1) << 52) - 1, false },
		{ 8, -UINT64_C(8), false },
		{ 1, UINT64_MAX, false },
		{ 2, UINT64_MAX, false },
		{ 8, UINT64_C(1) << 63, false },
		{ UINT64_C(1) << 27, 0, false },
		{ UINT64_C(1) << 27, -(UINT64_C(1) << 27), false },
	};
	struct machine *m = space_boot(MiB(16), 1);
	/* Pages of another area right below, without a guard between. */
	struct vm_restore below = { .addr = VMALLOC_START, .size = 8 * PAGE_SIZE, .nr_pages = 8 };
	vaddr_t addr, next;

	ck_assert_int_eq(vm_restore_area(m, &below), 0);
	addr = vmalloc_user(m, 8 * PAGE_SIZE, NULL);
	next = vmalloc_user(m, 8 * PAGE_SIZE, NULL);
	ck_assert_uint_eq(addr, VMALLOC_START + 8 * PAGE_SIZE);
	ck_assert_uint_eq(next, addr + 9 * PAGE_SIZE);
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct vma *vma = make(m, rows[i].pages);
		int err = remap_vmalloc_range(m, vma, addr, rows[i].pgoff);

		ck_assert_msg(err == (rows[i].good ? 0 : -EINVAL), "row %u: %d", i, err);
		if (!rows[i].good)
			expect_bare(m, vma);
		space_check(m);
		vma_destroy(m, vma);
	}
	space_end(m);
}
END_TEST

/* Only the start of a whole area made for users will do. */
/* An area grows, in place or moved: its vma gets the new pages and keeps the others. */
START_TEST(test_grow)
{
	struct machine *m = space_boot(MiB(16), 1);
	vaddr_t a = vmalloc_user(m, 2 * PAGE_SIZE, NULL);
	struct vma *vma = make(m, 2);
	uint64_t refs;

	ck_assert_int_eq(vma_grow(m, vma, a, 3 * PAGE_SIZE),
			 -EINVAL); /* nothing was inserted yet */
	ck_assert_int_eq(remap_vmalloc_range(m, vma, a, 0), 0);
	ck_assert_int_eq(vma_grow(m, vma, a, 3 * PAGE_SIZE),
			 -EINVAL); /* the area has but two pages */
	for (uint64_t n = 3; n <= 200; n++) {
		if (n == 7) /* from here on there is no room after it */
			ck_assert_uint_ne(vmalloc(m, PAGE_SIZE, NULL), 0);
		ck_assert_int_eq(vresize(m, a, (n << PAGE_SHIFT) - 5, &a), 0);
		refs = m->nr_table_frames;
		ck_assert_int_eq(vma_grow(m, vma, a, (n << PAGE_SHIFT) - 5), 0);
		ck_assert_uint_eq(m->nr_table_frames, refs);
		ck_assert_uint_eq(vma->vm_end - vma->vm_start, n << PAGE_SHIFT);
		ck_assert_uint_eq(vma->nr_frames, n);
		for (uint64_t i = 0; i < n; i++) {
			struct page *page = vmalloc_to_page(m, a + (i << PAGE_SHIFT));

			ck_assert_uint_eq(vma->frames[i], page_to_pfn(m, page));
			ck_assert_uint_eq(page->_refcount, 2);
			ck_assert(page->flags & PG_user);
		}
		space_check(m);
	}
	ck_assert_int_eq(vma_grow(m, vma, a, PAGE_SIZE), -EINVAL);

	/* No memory for the list, no frame for a table: the vma stays as it was. */
	ck_assert_int_eq(vresize(m, a, MiB(3), &a), 0);
	m->failslab.nth = 1;
	ck_assert_int_eq(vma_grow(m, vma, a, MiB(3)), -ENOMEM);
	m->fail_table.nth = 1;
	ck_assert_int_eq(vma_grow(m, vma, a, MiB(3)), -ENOMEM);
	ck_assert_uint_eq(vma->nr_frames, 200);
	ck_assert_uint_eq(vmalloc_to_page(m, a + 260 * PAGE_SIZE)->_refcount, 1);
	space_check(m);
	ck_assert_int_eq(vma_grow(m, vma, a, MiB(3)), 0);
	space_check(m);
	vma_destroy(m, vma);
	vfree(m, a);
	space_end(m);
}
END_TEST

START_TEST(test_rights)
{
	struct machine *m = space_boot(MiB(64), 1);
	vaddr_t user = vmalloc_user(m, 8 * PAGE_SIZE, NULL);
	vaddr_t user32 = vmalloc_32_user(m, PAGE_SIZE, NULL);
	vaddr_t plain = vmalloc(m, 8 * PAGE_SIZE, NULL);
	struct page *page = vmalloc_to_page(m, plain);
	vaddr_t bad[] = { 0,
			  1,
			  user + 1,
			  user + 8,
			  user + PAGE_SIZE,
			  user + 8 * PAGE_SIZE,
			  plain,
			  vmap(m, &page, 1, VM_MAP, PAGE_KERNEL, NULL),
			  ioremap(m, m->io_start, PAGE_SIZE, 0, NULL),
			  PAGE_OFFSET,
			  UINT64_MAX,
			  -PAGE_SIZE,
			  get_vm_area(m, PAGE_SIZE, VM_USERMAP, NULL)->addr }; /* nothing mapped */
	struct vma *vma = make(m, 1), *empty = make(m, 0);

	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ck_assert_msg(remap_vmalloc_range(m, vma, bad[i], 0) == -EINVAL, "row %u", i);
		expect_bare(m, vma);
	}
	ck_assert_int_eq(remap_vmalloc_range(m, empty, user, 0), -EINVAL);
	ck_assert_uint_eq(empty->vm_flags, 0);
	ck_assert_int_eq(remap_vmalloc_range(m, vma, user32, 0), 0);
	/* A second time: the PTEs are taken. */
	ck_assert_int_eq(remap_vmalloc_range(m, vma, user, 0), -EBUSY);
	ck_assert_uint_eq(vma->frames[0], space_pfn(m, user32));
	vma_destroy(m, vma);
	vma_destroy(m, empty);
	space_check(m);
	space_end(m);
}
END_TEST

/* A page of the area is not there any more: nothing is inserted. */
START_TEST(test_absent)
{
	struct machine *m = space_boot(MiB(16), 1);
	vaddr_t addr = vmalloc_user(m, 8 * PAGE_SIZE, NULL);

	for (unsigned i = 0; i < 8; i++) {
		struct vma *vma = make(m, 8);
		paddr_t at = space_pte_addr(m, addr + i * PAGE_SIZE);
		pte_t pte = space_peek(m, at);
		pfn_t first = space_pfn(m, addr + (i ? 0 : PAGE_SIZE));

		space_poke(m, at, _i ? pte & ~_PAGE_PRESENT : 0);
		ck_assert_int_eq(remap_vmalloc_range(m, vma, addr, 0), -EINVAL);
		expect_bare(m, vma);
		ck_assert_uint_eq(atomic_load(&pfn_to_page(m, first)->_refcount), 1);
		space_poke(m, at, pte);
		space_check(m);
		ck_assert_int_eq(remap_vmalloc_range(m, vma, addr, 0), 0);
		vma_destroy(m, vma);
	}
	space_end(m);
}
END_TEST

START_TEST(test_roll_back)
{
	struct machine *m = space_boot(MiB(64), 1);
	vaddr_t addr = vmalloc_user(m, 1200 * PAGE_SIZE, NULL);
	struct vma *vma = make(m, 1200);
	struct page *page = vmalloc_to_page(m, addr);
	uint64_t free = nr_free_pages(m), live = atomic_load(&m->kmalloc_live);
	unsigned nth;

	/* PUD, PMD, three PTE tables. */
	for (nth = 1; nth < 20; nth++) {
		int err;

		atomic_store(&m->fail_table.nth, nth);
		err = remap_vmalloc_range(m, vma, addr, 0);
		if (!err)
			break;
		ck_assert_int_eq(err, -ENOMEM);
		expect_bare(m, vma);
		ck_assert_uint_eq(nr_free_pages(m), free);
		ck_assert_uint_eq(atomic_load(&m->kmalloc_live), live);
		ck_assert_uint_eq(atomic_load(&page->_refcount), 1);
		space_check(m);
	}
	atomic_store(&m->fail_table.nth, 0);
	ck_assert_uint_eq(nth, 6);
	vma_destroy(m, vma);
	space_check(m);
	space_end(m);
}
END_TEST

/* A PTE that was made to name a free frame: no reference is taken on that. */
START_TEST(test_free_frame)
{
	struct machine *m = space_boot(MiB(16), 1);
	vaddr_t addr = vmalloc_user(m, 2 * PAGE_SIZE, NULL);
	struct page *page = alloc_pages(m, GFP_KERNEL, 0, 0);
	paddr_t at = space_pte_addr(m, addr + PAGE_SIZE);
	uint64_t pte = space_peek(m, at);
	struct vma *vma = make(m, 2);

	put_page(m, page);
	space_poke(m, at, page_to_pfn(m, page) << PAGE_SHIFT | PAGE_KERNEL);
	ck_assert_int_eq(remap_vmalloc_range(m, vma, addr, 0), -EINVAL);
	ck_assert_uint_eq(page->_refcount, 0);
	expect_bare(m, vma);
	space_poke(m, at, pte);
	vma_destroy(m, vma);
	space_check(m);
	space_end(m);
}
END_TEST

/* The vma's own tables are guest memory too. */
START_TEST(test_vma_tampered)
{
	struct machine *m = space_boot(MiB(16), 1);
	vaddr_t addr = vmalloc_user(m, 4 * PAGE_SIZE, NULL);
	struct vma *vma = make(m, 4);
	struct translation t;
	unsigned char buf[4 * PAGE_SIZE];

	space_fill(m, addr, sizeof(buf), 1);
	ck_assert_int_eq(remap_vmalloc_range(m, vma, addr, 0), 0);
	pgtable_walk(m, vma->pgd, vma->vm_start + PAGE_SIZE, ACCESS_READ, &t);
	space_poke(m, t.entry_addr, t.entry & ~_PAGE_USER);
	ck_assert_int_eq(vma_read(m, vma, buf, 0, sizeof(buf)), PAGE_SIZE);
	ck_assert_int_eq(vma_read(m, vma, buf, PAGE_SIZE, 10), -EIO);
	ck_assert_uint_eq(space_logged(m, "unable to handle page fault"), 2);
	ck_assert(unit_logged(m, "user read access in user mode"));
	space_poke(m, t.entry_addr, 0);
	ck_assert_int_eq(vma_read(m, vma, buf, 0, sizeof(buf)), sizeof(buf));
	for (unsigned i = 0; i < PAGE_SIZE; i++)
		ck_assert_uint_eq(buf[PAGE_SIZE + i], 0);
	/* Whatever stands there, the references are dropped that were taken. */
	space_poke(m, t.entry_addr, 0x1000 | PAGE_SHARED);
	vma_destroy(m, vma);
	ck_assert_uint_eq(space_used(m), 4);
	ck_assert_uint_eq(space_bad_pages(m), 0);
	space_check(m);
	space_end(m);
}
END_TEST

START_TEST(test_crashed)
{
	struct machine *m = space_boot(MiB(16), 1);
	vaddr_t addr = vmalloc_user(m, PAGE_SIZE, NULL);
	struct vma *vma = make(m, 1);
	char byte;

	ck_assert_int_eq(remap_vmalloc_range(m, vma, addr, 0), 0);
	atomic_store(&m->crashed, true);
	ck_assert_int_eq(vma_read(m, vma, &byte, 0, 1), -EIO);
	vma_destroy(m, vma);
	vfree(m, addr);
	ck_assert_uint_eq(space_used(m), 0);
	space_check(m);
	space_end(m);
}
END_TEST

/* What is left is taken down with the address space. */
START_TEST(test_left_over)
{
	struct machine *m = space_boot(MiB(16), 1);
	vaddr_t addr = vmalloc_user(m, 4 * PAGE_SIZE, NULL);

	for (unsigned i = 0; i < 3; i++)
		ck_assert_int_eq(remap_vmalloc_range(m, make(m, 2), addr, i), 0);
	space_check(m);
	space_end(m);
}
END_TEST

static struct {
	struct machine *m;
	vaddr_t addr;
	atomic_bool unmarked, failed;
} mapped;

/* Lock held, without which the marks are gone while another thread unmaps. */
static void expect_marked(void *arg, const struct vma *vma)
{
	const struct machine *m = arg;

	for (uint64_t i = 0; i < vma->nr_frames; i++)
		if (!(atomic_load(&pfn_to_page(m, vma->frames[i])->flags) & PG_user))
			atomic_store(&mapped.unmarked, true);
}

/* Maps the area and lets the map grow twice, again and again. */
static void *map_and_unmap(void *arg)
{
	struct machine *m = mapped.m;

	(void)arg;
	for (unsigned i = 0; i < 500; i++) {
		struct vma *vma = NULL;
		int err = vma_create(m, PAGE_SIZE, &vma);

		if (!err)
			err = remap_vmalloc_range(m, vma, mapped.addr, 0);
		for (uint64_t n = 4; n <= 16 && !err; n *= 4)
			err = vma_grow(m, vma, mapped.addr, n << PAGE_SHIFT);
		vma_destroy(m, vma);
		if (err)
			atomic_store(&mapped.failed, true);
	}
	return NULL;
}

/* A thread that unmaps looks at the maps of the others, and marks their frames again. */
START_TEST(test_threads)
{
	struct machine *m = space_boot(MiB(16), 1);
	pthread_t thread[3];

	mapped.m = m;
	mapped.addr = vmalloc_user(m, 16 * PAGE_SIZE, NULL);
	mapped.unmarked = false;
	mapped.failed = false;
	for (unsigned i = 0; i < 3; i++)
		ck_assert_int_eq(pthread_create(&thread[i], NULL, map_and_unmap, NULL), 0);
	for (unsigned i = 0; i < 500; i++)
		vma_for_each(m, expect_marked, m);
	for (unsigned i = 0; i < 3; i++)
		pthread_join(thread[i], NULL);
	ck_assert(!atomic_load(&mapped.unmarked));
	ck_assert(!atomic_load(&mapped.failed));
	space_check(m);
	vfree(m, mapped.addr);
	space_check(m);
	space_end(m);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("user");
	TCase *tc = tcase_create("user");

	tcase_set_timeout(tc, SPACE_TIMEOUT);
	tcase_add_test(tc, test_create);
	tcase_add_test(tc, test_remap);
	tcase_add_test(tc, test_bounds);
	tcase_add_test(tc, test_grow);
	tcase_add_test(tc, test_rights);
	tcase_add_loop_test(tc, test_absent, 0, 2);
	tcase_add_test(tc, test_roll_back);
	tcase_add_test(tc, test_free_frame);
	tcase_add_test(tc, test_vma_tampered);
	tcase_add_test(tc, test_crashed);
	tcase_add_test(tc, test_left_over);
	tcase_add_test(tc, test_threads);
	suite_add_tcase(s, tc);
	return unit_main(s);
}
