/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vfree and vunmap: what is refused, and page arrays that were tampered with.
 */
#include "space.h"

#define BIG_ARRAY 600

/* Everything a refused call must leave as it was. */
struct state {
	uint64_t free, live, areas, seq;
};

static struct state state_of(struct machine *m)
{
	return (struct state){ nr_free_pages(m), atomic_load(&m->kmalloc_live), space_areas(m),
			       vmlist_seq(m) };
}

#define expect_same(a, b)                                                                          \
	do {                                                                                       \
		ck_assert_uint_eq((a).free, (b).free);                                             \
		ck_assert_uint_eq((a).live, (b).live);                                             \
		ck_assert_uint_eq((a).areas, (b).areas);                                           \
		ck_assert_uint_eq((a).seq, (b).seq);                                               \
	} while (0)

typedef void free_fn(struct machine *m, vaddr_t addr);
static free_fn *const fns[] = { vfree, vunmap };

START_TEST(test_null)
{
	struct machine *m = space_boot(MiB(16), 1);
	uint64_t seq = log_seq(m);
	struct state before = state_of(m), after;

	vfree(m, 0);
	vunmap(m, 0);
	__vunmap(m, 0, true);
	iounmap(m, 0);
	after = state_of(m);
	expect_same(before, after);
	ck_assert_uint_eq(log_seq(m), seq);
	space_end(m);
}
END_TEST

START_TEST(test_bad_address)
{
	static const vaddr_t offsets[] = { 1, 8, 4095, 4097, 0x10800 };
	struct machine *m = space_boot(MiB(16), 1);
	vaddr_t addr = vmalloc(m, 16 * PAGE_SIZE, NULL);
	struct state before = state_of(m), after;
	char line[80];

	for (unsigned i = 0; i < 5; i++) {
		fns[_i](m, addr + offsets[i]);
		snprintf(line, sizeof(line), "Trying to vfree() bad address (%016lx)",
			 (unsigned long)(addr + offsets[i]));
		ck_assert_uint_eq(space_logged(m, line), 1);
		ck_assert_uint_eq(space_warnings(m), i + 1);
	}
	ck_assert_uint_eq(space_logged(m, "<3>"), 5);
	ck_assert_uint_eq(space_logged(m, "WARNING: at vmalloc/"), 5);
	after = state_of(m);
	expect_same(before, after);
	space_check(m);
	space_end(m);
}
END_TEST

START_TEST(test_nonexistent)
{
	struct machine *m = space_boot(MiB(16), 1);
	vaddr_t addr = vmalloc(m, 16 * PAGE_SIZE, NULL);
	vaddr_t gone = vmalloc(m, PAGE_SIZE, NULL);
	vaddr_t strange[] = { addr + PAGE_SIZE,
			      addr + 15 * PAGE_SIZE,
			      addr + 16 * PAGE_SIZE,
			      addr + GiB(1),
			      PAGE_SIZE,
			      PAGE_OFFSET,
			      UINT64_C(1) << 63,
			      -PAGE_SIZE,
			      -2 * PAGE_SIZE,
			      gone };
	struct state before, after;
	char line[80];

	vfree(m, gone); /* the last one is a double free */
	before = state_of(m);
	for (unsigned i = 0; i < 10; i++) {
		fns[_i](m, strange[i]);
		snprintf(line, sizeof(line), "Trying to vfree() nonexistent vm area (%016lx)",
			 (unsigned long)strange[i]);
		ck_assert_uint_eq(space_logged(m, line), 1);
		ck_assert_uint_eq(space_warnings(m), i + 1);
	}
	ck_assert_uint_eq(space_logged(m, "<3>"), 10);
	after = state_of(m);
	expect_same(before, after);
	ck_assert(!atomic_load(&m->crashed));
	space_check(m);
	space_end(m);
}
END_TEST

START_TEST(test_interrupt)
{
	struct machine *m = space_boot(MiB(16), 1);
	vaddr_t addr = vmalloc(m, 4 * PAGE_SIZE, NULL);
	struct state before = state_of(m), after;

	atomic_store(&m->in_interrupt, true);
	fns[_i](m, addr);
	after = state_of(m);
	expect_same(before, after);
	ck_assert(atomic_load(&m->crashed));
	ck_assert_uint_eq(space_logged(m, "kernel BUG at vmalloc/"), 1);
	/* A crashed machine can be cleared away. */
	atomic_store(&m->in_interrupt, false);
	fns[_i](m, addr);
	ck_assert_uint_eq(space_used(m), 0);
	space_check(m);
	space_end(m);
}
END_TEST

/* Either call frees what the area owns, of any kind of area. */
START_TEST(test_any_kind)
{
	struct machine *m = space_boot(MiB(64), 2);
	vaddr_t keep = vmalloc(m, 4 * PAGE_SIZE, NULL);
	struct page *page[4];
	struct state before, after;
	vaddr_t addr;

	/* tables and such are there from here on */
	fns[_i](m, vmalloc(m, BIG_ARRAY * PAGE_SIZE, "x"));
	ck_assert_int_eq(vm_area_pages(m, keep, 0, 4, page), 0);
	before = state_of(m);

	fns[_i](m, vmalloc(m, BIG_ARRAY * PAGE_SIZE, "x"));
	fns[_i](m, vmap(m, page, 4, VM_MAP, PAGE_KERNEL, "x"));
	addr = ioremap(m, m->io_start, 3 * PAGE_SIZE, 0, "x");
	fns[_i](m, addr);
	addr = get_vm_area(m, PAGE_SIZE, VM_ALLOC, "x")->addr;
	fns[_i](m, addr);
	addr = get_vm_area(m, PAGE_SIZE, VM_IOREMAP, "x")->addr;
	fns[_i](m, addr);

	after = state_of(m);
	before.seq = after.seq;
	expect_same(before, after);
	ck_assert_uint_eq(space_warnings(m), 0);
	ck_assert_uint_eq(space_bad_pages(m), 0);
	ck_assert_uint_eq(space_logged(m, "vfree"), 0);
	space_check(m);
	space_end(m);
}
END_TEST

START_TEST(test_flushes)
{
	struct machine *m = space_boot(MiB(16), 1);
	vaddr_t addr = vmalloc(m, 3 * PAGE_SIZE, NULL);
	uint64_t tlb = atomic_load(&m->nr_flush_tlb);
	uint64_t cache = atomic_load(&m->nr_flush_cache_vunmap);

	vfree(m, addr);
	ck_assert_uint_eq(atomic_load(&m->nr_flush_tlb), tlb + 1);
	ck_assert_uint_eq(atomic_load(&m->nr_flush_cache_vunmap), cache + 1);
	for (unsigned i = 0; i < 4; i++)
		ck_assert_uint_eq(space_pte(m, addr + i * PAGE_SIZE), 0);
	space_end(m);
}
END_TEST

/*
 * An entry of a large array is changed to something that is no frame of the
 * area.  It is counted and left alone; the frame that the entry named before
 * is lost; everything else is freed.
 */
enum { ZERO, ODD, HIGH, OUTSIDE, FOREIGN, DUPLICATE, TABLE, FREE_FRAME, RESERVED, NR_TAMPERINGS };

START_TEST(test_tampered)
{
	struct machine *m = space_boot(MiB(64), 1);
	vaddr_t other = vmalloc(m, 2 * PAGE_SIZE, NULL);
	vaddr_t spare = vmalloc(m, PAGE_SIZE, NULL);
	vaddr_t addr = vmalloc(m, BIG_ARRAY * PAGE_SIZE, NULL);
	vaddr_t at = space_area(m, addr)->pages.addr + 300 * 8;
	pfn_t lost = space_pfn(m, addr + 300 * PAGE_SIZE);
	pfn_t spare_pfn = space_pfn(m, spare);
	uint64_t entry = pfn_to_vmemmap(m, lost);
	uint64_t left;

	space_fill(m, other, 2 * PAGE_SIZE, 9);
	vfree(m, spare);
	switch (_i) {
	case ZERO:
		entry = 0;
		break;
	case ODD:
		entry += 8;
		break;
	case HIGH:
		entry ^= UINT64_C(1) << 56;
		break;
	case OUTSIDE:
		entry = pfn_to_vmemmap(m, m->nr_frames);
		break;
	case FOREIGN:
		entry = pfn_to_vmemmap(m, space_pfn(m, other));
		break;
	case DUPLICATE:
		entry = pfn_to_vmemmap(m, space_pfn(m, addr));
		break;
	case TABLE:
		entry = pfn_to_vmemmap(m, m->cr3 >> PAGE_SHIFT);
		break;
	case FREE_FRAME:
		entry = pfn_to_vmemmap(m, spare_pfn);
		break;
	case RESERVED:
		entry = pfn_to_vmemmap(m, 0);
		break;
	}
	ck_assert_uint_eq(vwrite(m, &entry, at, 8), 8);
	ck_assert_uint_ne(machine_check(m, NULL, NULL), 0);
	vfree(m, addr);
	ck_assert_uint_eq(space_bad_pages(m), 1);
	ck_assert_uint_eq(space_logged(m, "Bad page state"), 1);
	ck_assert(!atomic_load(&m->crashed));
	ck_assert_uint_eq(space_areas(m), 1);
	left = space_used(m);
	ck_assert_uint_eq(left, 2 + 1);
	ck_assert_uint_eq(atomic_load(&pfn_to_page(m, lost)->_refcount), 1);
	/* No other area lost a frame, and no frame is free twice. */
	space_expect(m, other, 2 * PAGE_SIZE, 9);
	unit_check_pages(m);
	vfree(m, other);
	ck_assert_uint_eq(space_bad_pages(m), 1);
	ck_assert_uint_eq(space_used(m), 1);
	/* The frame that got lost is the only thing wrong now. */
	put_page(m, pfn_to_page(m, lost));
	space_check(m);
	space_end(m);
}
END_TEST

/* All entries at once, with the same garbage. */
START_TEST(test_all_tampered)
{
	struct machine *m = space_boot(MiB(64), 1);
	vaddr_t other = vmalloc(m, PAGE_SIZE, NULL);
	vaddr_t addr = vmalloc(m, BIG_ARRAY * PAGE_SIZE, NULL);
	vaddr_t array = space_area(m, addr)->pages.addr;
	static uint64_t entry[BIG_ARRAY];

	for (unsigned i = 0; i < BIG_ARRAY; i++)
		entry[i] = pfn_to_vmemmap(m, space_pfn(m, addr)); /* the first frame, 600 times */
	ck_assert_uint_eq(vwrite(m, entry, array, sizeof(entry)), sizeof(entry));
	vfree(m, addr);
	ck_assert_uint_eq(space_bad_pages(m), BIG_ARRAY - 1);
	ck_assert_uint_eq(space_used(m), 1 + BIG_ARRAY - 1);
	unit_check_pages(m);
	vfree(m, other);
	machine_destroy((vmalloc_exit(m), m));
}
END_TEST

/* An array of up to a page is host memory: the machine's memory does not have it. */
START_TEST(test_frame_changed)
{
	struct machine *m = space_boot(MiB(64), 1);
	vaddr_t addr = vmalloc(m, 2 * PAGE_SIZE, NULL), other = vmalloc(m, PAGE_SIZE, NULL);
	paddr_t at = space_pte_addr(m, addr);
	pte_t pte = space_peek(m, at);

	/* The PTE leads to a frame of another area: only frames that the area owns are freed. */
	space_poke(m, at, space_pte(m, other));
	vfree(m, addr);
	ck_assert_uint_eq(space_bad_pages(m), 0);
	ck_assert_uint_eq(atomic_load(&pfn_to_page(m, pte_pfn(pte))->_refcount), 0);
	ck_assert_uint_eq(atomic_load(&pfn_to_page(m, space_pfn(m, other))->_refcount), 1);
	space_check(m);
	space_end(m);
}
END_TEST

/* The array's own pages cannot be read: all its frames are lost, nothing else. */
START_TEST(test_array_unmapped)
{
	struct machine *m = space_boot(MiB(64), 1);
	vaddr_t addr = vmalloc(m, BIG_ARRAY * PAGE_SIZE, NULL);
	vaddr_t array = space_area(m, addr)->pages.addr;

	space_poke(m, space_pte_addr(m, array), 0);
	vfree(m, addr);
	/* Its first page names 512 frames. */
	ck_assert_uint_eq(space_bad_pages(m), 512);
	ck_assert_uint_eq(space_used(m), 512);
	ck_assert_uint_eq(space_areas(m), 0);
	unit_check_pages(m);
	machine_destroy((vmalloc_exit(m), m));
}
END_TEST

/* An array is freed by its address, and another area takes its place. */
START_TEST(test_array_freed)
{
	struct machine *m = space_boot(MiB(64), 1);
	vaddr_t addr = vmalloc(m, BIG_ARRAY * PAGE_SIZE, NULL);
	vaddr_t array = space_area(m, addr)->pages.addr;
	vaddr_t other = 0;

	vfree(m, array);
	ck_assert_uint_eq(space_areas(m), 1);
	if (_i) {
		other = vmalloc(m, 2 * PAGE_SIZE, "other");
		ck_assert_uint_eq(other, array);
		space_fill(m, other, 2 * PAGE_SIZE, 5);
	}
	vfree(m, addr);
	ck_assert(!space_exists(m, addr));
	ck_assert_uint_eq(space_bad_pages(m), BIG_ARRAY);
	ck_assert(!atomic_load(&m->crashed));
	if (_i) {
		ck_assert(space_exists(m, other));
		space_expect(m, other, 2 * PAGE_SIZE, 5);
		vfree(m, other);
	}
	ck_assert_uint_eq(space_areas(m), 0);
	unit_check_pages(m);
	machine_destroy((vmalloc_exit(m), m));
}
END_TEST

/* remove_vm_area and free_vm_struct by hand: the array is on its own, and can be freed. */
START_TEST(test_orphaned_array)
{
	struct machine *m = space_boot(MiB(64), 1);
	vaddr_t addr = vmalloc(m, BIG_ARRAY * PAGE_SIZE, NULL);
	struct vm_struct *area = remove_vm_area(m, addr);
	vaddr_t array = area->pages.addr;

	free_vm_struct(m, area);
	ck_assert_ptr_null(space_area(m, array)->array_of);
	vfree(m, array);
	ck_assert_uint_eq(space_areas(m), 0);
	ck_assert_uint_eq(space_used(m), BIG_ARRAY);
	machine_destroy((vmalloc_exit(m), m));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("vfree");
	TCase *tc = tcase_create("vfree");

	tcase_set_timeout(tc, SPACE_TIMEOUT);
	tcase_add_test(tc, test_null);
	tcase_add_loop_test(tc, test_bad_address, 0, 2);
	tcase_add_loop_test(tc, test_nonexistent, 0, 2);
	tcase_add_loop_test(tc, test_interrupt, 0, 2);
	tcase_add_loop_test(tc, test_any_kind, 0, 2);
	tcase_add_test(tc, test_flushes);
	tcase_add_loop_test(tc, test_tampered, 0, NR_TAMPERINGS);
	tcase_add_test(tc, test_all_tampered);
	tcase_add_test(tc, test_frame_changed);
	tcase_add_test(tc, test_array_unmapped);
	tcase_add_loop_test(tc, test_array_freed, 0, 2);
	tcase_add_test(tc, test_orphaned_array);
	suite_add_tcase(s, tc);
	return unit_main(s);
}
