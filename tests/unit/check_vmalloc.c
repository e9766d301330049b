/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vmalloc and its relatives: what kind of area and frames each makes, and failure.
 */
#include <pthread.h>

#include "kinds.h"
#include "machine/trace.h"

START_TEST(test_kind)
{
	struct machine *m = space_boot(GiB(6), 1);
	vaddr_t addr = kinds[_i].fn(m, 3 * PAGE_SIZE + 1, "name");
	struct vm_struct *area;

	ck_assert_uint_eq(addr, m->vmalloc_start);
	area = space_area(m, addr);
	ck_assert_uint_eq(area->flags, kinds[_i].flags);
	ck_assert_uint_eq(area->size, 5 * PAGE_SIZE);
	ck_assert_uint_eq(area->requested_size, 3 * PAGE_SIZE + 1);
	ck_assert_uint_eq(area->nr_pages, 4);
	ck_assert_uint_eq(area->phys_addr, 0);
	ck_assert_str_eq(area->caller, "name");
	for (unsigned i = 0; i < 4; i++) {
		pte_t pte = space_pte(m, addr + i * PAGE_SIZE);

		ck_assert_uint_eq(pte & ~PTE_PFN_MASK, kinds[_i].prot);
		ck_assert_msg((pte_pfn(pte) < 1u << 20) == kinds[_i].low, "frame %lx",
			      (unsigned long)pte_pfn(pte));
		ck_assert_uint_eq(atomic_load(&pfn_to_page(m, pte_pfn(pte))->_refcount), 1);
	}
	ck_assert_uint_eq(space_pte(m, addr + 4 * PAGE_SIZE), 0);
	ck_assert_uint_eq(space_used(m), 4);
	ck_assert(space_zero(m, addr, 4 * PAGE_SIZE));
	space_check(m);
	vfree(m, addr);
	ck_assert(!space_exists(m, addr));
	ck_assert_uint_eq(space_used(m), 0);
	space_check(m);
	space_end(m);
}
END_TEST

/* Old bytes show, unless the kind or the machine says otherwise. */
START_TEST(test_content)
{
	struct machine *m = space_boot(MiB(16), 1);
	vaddr_t addr;

	atomic_store(&m->init_on_alloc, false);
	addr = vmalloc(m, 8 * PAGE_SIZE, NULL);
	space_fill(m, addr, 8 * PAGE_SIZE, 1);
	vfree(m, addr);

	/* The frames freed last are used first. */
	addr = kinds[_i].fn(m, 8 * PAGE_SIZE, NULL);
	ck_assert_uint_eq(space_zero(m, addr, 8 * PAGE_SIZE), kinds[_i].zeroed);
	space_fill(m, addr, 8 * PAGE_SIZE, 2);
	vfree(m, addr);

	addr = __vmalloc(m, 8 * PAGE_SIZE, GFP_KERNEL | __GFP_ZERO, PAGE_KERNEL, NULL);
	ck_assert(space_zero(m, addr, 8 * PAGE_SIZE));
	space_fill(m, addr, 8 * PAGE_SIZE, 3);
	vfree(m, addr);

	atomic_store(&m->init_on_alloc, true);
	addr = kinds[_i].fn(m, 8 * PAGE_SIZE, NULL);
	ck_assert(space_zero(m, addr, 8 * PAGE_SIZE));
	space_end(m);
}
END_TEST

START_TEST(test_sizes)
{
	static const uint64_t bad[] = { 0,
					UINT64_MAX,
					-UINT64_C(4095),
					-UINT64_C(4096),
					-UINT64_C(8192),
					MiB(16) + 1,
					GiB(4),
					GiB(2048),
					UINT64_C(1) << 63,
					(UINT64_C(1) << 41) + 4096 };
	struct machine *m = space_boot(MiB(16), 1);
	uint64_t seq = log_seq(m), live = atomic_load(&m->kmalloc_live);

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		errno = 0;
		ck_assert_uint_eq(kinds[_i].fn(m, bad[i], "x"), 0);
		ck_assert_int_eq(errno, bad[i] ? ENOMEM : EINVAL);
	}
	/* More than the machine has: the log says so, and nothing else. */
	ck_assert_uint_gt(log_seq(m), seq);
	ck_assert_uint_eq(space_logged(m, "out of frames"), log_seq(m) - seq);
	ck_assert_uint_eq(atomic_load(&m->kmalloc_live), live);

	/* As many as there are, but never all of them at once: tables take some. */
	errno = 0;
	ck_assert_uint_eq(kinds[_i].fn(m, MiB(16), "x"), 0);
	ck_assert_int_eq(errno, ENOMEM);
	ck_assert_uint_eq(space_used(m), 0);
	ck_assert_uint_eq(space_areas(m), 0);
	ck_assert_uint_eq(atomic_load(&m->kmalloc_live), live);
	space_check(m);

	/* A failure leaves no trace: the next one succeeds. */
	ck_assert_uint_eq(kinds[_i].fn(m, 1, "x"), m->vmalloc_start);
	ck_assert_uint_eq(space_used(m), 1);
	space_end(m);
}
END_TEST

/* Each way in which frames can be missing has its line, and no other failure has one. */
START_TEST(test_out_of_frames)
{
	struct machine *m = space_boot(MiB(16), 1);
	vaddr_t a = vmalloc(m, MiB(1), "a");

	ck_assert_uint_eq(vmalloc(m, 0, NULL), 0);
	m->fail_page_alloc.nth = 3;
	ck_assert_uint_eq(vmalloc(m, MiB(1), NULL), 0);
	m->failslab.nth = 1;
	ck_assert_uint_eq(vmalloc(m, MiB(1), NULL), 0);
	ck_assert_uint_eq(space_logged(m, "out of frames"), 0);

	ck_assert_uint_eq(vmalloc(m, MiB(15), NULL), 0);
	ck_assert_uint_eq(space_logged(m, "out of frames: 3840 were asked for, of zone Normal"), 1);
	ck_assert_int_eq(vresize(m, a, MiB(16), &a), -ENOMEM);
	ck_assert_uint_eq(space_logged(m, "out of frames: 3840 were asked for, of zone Normal"), 2);
	ck_assert_uint_eq(vmalloc_32(m, MiB(17), NULL), 0);
	ck_assert_uint_eq(space_logged(m, "out of frames: 4352 were asked for, of zone DMA32"), 1);
	ck_assert_int_eq(vresize(m, a, UINT64_C(40) << 40, &a), -ENOMEM);
	ck_assert_uint_eq(space_logged(m, "out of frames"), 4);
	space_check(m);
	space_end(m);
}
END_TEST

START_TEST(test_out_of_space)
{
	struct machine *m = space_boot_window(MiB(16), 64);
	uint64_t live = atomic_load(&m->kmalloc_live);
	vaddr_t addr;

	errno = 0;
	ck_assert_uint_eq(kinds[_i].fn(m, 63 * PAGE_SIZE, NULL), 0);
	ck_assert_int_eq(errno, ENOSPC);
	ck_assert(unit_logged(m, "out of vmalloc space"));
	ck_assert_uint_eq(space_used(m), 0);
	ck_assert_uint_eq(atomic_load(&m->kmalloc_live), live);
	addr = kinds[_i].fn(m, 62 * PAGE_SIZE, NULL);
	ck_assert_uint_eq(addr, m->vmalloc_start);
	ck_assert_uint_eq(kinds[_i].fn(m, 1, NULL), 0);
	ck_assert_int_eq(errno, ENOSPC);
	vfree(m, addr);
	space_check(m);
	space_end(m);
}
END_TEST

/* Each kind in crashed machines: no, but what is there can be freed. */
START_TEST(test_crashed)
{
	struct machine *m = space_boot(MiB(16), 1);
	vaddr_t addr = kinds[_i].fn(m, BIG_ARRAY * PAGE_SIZE, NULL);
	char byte;

	ck_assert_uint_ne(addr, 0);
	atomic_store(&m->crashed, true);
	ck_assert_uint_eq(kinds[_i].fn(m, PAGE_SIZE, NULL), 0);
	ck_assert_int_eq(errno, EIO);
	ck_assert_int_eq(vread_area(m, &byte, addr, 1), -EIO);
	ck_assert_int_eq(vwrite_area(m, &byte, addr, 1), -EIO);
	ck_assert_uint_eq(space_areas(m), 2);
	vfree(m, addr);
	ck_assert_uint_eq(space_used(m), 0);
	space_check(m);
	space_end(m);
}
END_TEST

START_TEST(test_flags_and_prot)
{
	struct machine *m = space_boot(MiB(64), 1);
	vaddr_t addr = __vmalloc(m, PAGE_SIZE, GFP_KERNEL, PAGE_KERNEL & ~_PAGE_RW, "ro");

	ck_assert_uint_eq(space_pte(m, addr) & ~PTE_PFN_MASK, PAGE_KERNEL & ~_PAGE_RW);
	/* Zones: DMA lies below 16 MiB; without a preference the highest comes first. */
	addr = __vmalloc_node(m, PAGE_SIZE, GFP_KERNEL | __GFP_DMA, PAGE_KERNEL, 0, "dma");
	ck_assert_uint_lt(space_pfn(m, addr), ZONE_DMA_END >> PAGE_SHIFT);
	ck_assert_int_eq(space_area(m, addr)->node, 0);
	addr = vmalloc(m, PAGE_SIZE, "any");
	ck_assert_uint_ge(space_pfn(m, addr), ZONE_DMA_END >> PAGE_SHIFT);
	ck_assert_int_eq(space_area(m, addr)->node, NUMA_NO_NODE);
	space_check(m);
	space_end(m);
}
END_TEST

START_TEST(test_range)
{
	struct machine *m = space_boot(MiB(64), 1);
	vaddr_t low = MODULES_VADDR, high = low + MiB(16) - 1;
	vaddr_t a, b;

	a = __vmalloc_node_range(m, 100, 0, low, high, GFP_KERNEL, PAGE_KERNEL, 0, -1, "a");
	ck_assert_uint_eq(a, low);
	b = __vmalloc_node_range(m, 5000, MiB(1), low, high, GFP_KERNEL, PAGE_KERNEL_EXEC,
				 VM_USERMAP, -1, "b");
	ck_assert_uint_eq(b, low + MiB(1));
	ck_assert_uint_eq(space_area(m, b)->flags, VM_ALLOC | VM_USERMAP);
	space_fill(m, b, 2 * PAGE_SIZE, 1);
	space_expect(m, b, 2 * PAGE_SIZE, 1);
	ck_assert_uint_eq(__vmalloc_node_range(m, MiB(8), MiB(16), low, high, GFP_KERNEL,
					       PAGE_KERNEL, 0, -1, "c"),
			  0);
	ck_assert_int_eq(errno, ENOSPC);
	ck_assert_uint_eq(__vmalloc_node_range(m, 1, 0x3000, low, high, GFP_KERNEL, PAGE_KERNEL, 0,
					       -1, "d"),
			  0);
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_uint_eq(__vmalloc_node_range(m, 1, 0, low, high, GFP_KERNEL, PAGE_KERNEL,
					       VM_IOREMAP, -1, "e"),
			  0);
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_ptr_null(get_vm_area_range(m, 1, 0x3000, VM_ALLOC, low, high, -1, NULL));
	ck_assert_int_eq(errno, EINVAL);
	/* Alignment adds to what an I/O area asks for, and does not lessen it. */
	ck_assert_uint_eq(get_vm_area_range(m, MiB(1), 4096, VM_IOREMAP, low, high, -1, NULL)->addr,
			  low + MiB(2));
	space_check(m);
	space_end(m);
}
END_TEST

/*
 * As soon as an area is on the list, another thread may read what it is.  The
 * listener is called just after it was put there, before the lock is dropped;
 * this test has one thread, so it may look without taking it.
 */
struct placed {
	struct machine *m;
	unsigned n, arrays;
	bool whole; /* all that were seen had their attributes */
};

static void look_at_placed(void *arg)
{
	struct placed *p = arg;
	const struct trace *t = p->m->trace;
	const struct trace_event *e = &t->ring[(t->head - 1) % TRACE_EVENTS];
	const struct vm_struct *area = __find_vm_area(p->m, e->arg[0]);

	p->n++;
	if (!area || !area->prot || !area->requested_size)
		p->whole = false;
	else if (area->flags & VM_ALLOC && !area->gfp)
		p->whole = false;
	else if (area->array_of)
		p->arrays++;
	else if (area->flags & VM_IOREMAP && !area->phys_addr)
		p->whole = false;
}

START_TEST(test_whole_when_placed)
{
	struct machine *m = space_boot(MiB(16), 1);
	struct placed p = { .m = m, .whole = true };
	struct page *page;
	vaddr_t a;

	trace_enable(m, TRACE_ALLOC_VMAP_AREA, true);
	trace_listen(m, look_at_placed, &p);
	a = vmalloc(m, MiB(4), "a"); /* and its page array */
	ck_assert_uint_ne(a, 0);
	page = vmalloc_to_page(m, a);
	ck_assert_uint_ne(vmap(m, &page, 1, 0, PAGE_KERNEL, "b"), 0);
	ck_assert_uint_ne(ioremap(m, m->io_start, 100, 0, "c"), 0);
	ck_assert_uint_eq(p.n, 4);
	ck_assert_uint_eq(p.arrays, 1);
	ck_assert(p.whole);
	trace_listen(m, NULL, NULL);
	space_end(m);
}
END_TEST

START_TEST(test_nodes)
{
	struct machine *m = space_boot(MiB(48), 3);
	uint64_t per_node = m->node_frames;

	ck_assert_uint_eq(per_node, 4096);
	for (int node = -1; node < 3; node++) {
		vaddr_t addr = vmalloc_node(m, 20 * PAGE_SIZE, node, NULL);
		struct vm_struct *area = space_area(m, addr);

		ck_assert_int_eq(area->node, node);
		for (int i = 0; i < 3; i++)
			ck_assert_uint_eq(area->node_pages[i], i == (node < 0 ? 0 : node) ? 20 : 0);
		for (unsigned i = 0; i < 20; i++)
			ck_assert_uint_eq(pfn_to_nid(m, space_pfn(m, addr + i * PAGE_SIZE)),
					  (unsigned)(node < 0 ? 0 : node));
		space_check(m);
		vfree(m, addr);
	}

	/* More than node 1 has: then node 2, then 0. */
	for (unsigned k = 0; k < 2; k++) {
		uint64_t pages = per_node * (1 + k) + 100;
		vaddr_t addr = vmalloc_node(m, pages << PAGE_SHIFT, 1, NULL);
		struct vm_struct *area = space_area(m, addr);

		ck_assert_uint_gt(area->node_pages[1], per_node - 50);
		ck_assert_uint_gt(area->node_pages[2], k ? per_node - 50 : 50);
		ck_assert(k == 0 || area->node_pages[0] > 50);
		ck_assert_uint_eq(area->node_pages[0] + area->node_pages[1] + area->node_pages[2],
				  pages);
		if (k == 0)
			ck_assert_uint_eq(area->node_pages[0], 0);
		space_check(m);
		vfree(m, addr);
	}
	/* A node that does not exist is no wish. */
	ck_assert_uint_ne(vmalloc_node(m, PAGE_SIZE, 77, NULL), 0);
	space_end(m);
}
END_TEST

START_TEST(test_many_pages_one_missing)
{
	struct machine *m = space_boot(MiB(64), 1);
	uint64_t used, live;

	/* Once before, so that tables are there. */
	vfree(m, vmalloc(m, 10000 * PAGE_SIZE, NULL));
	used = nr_free_pages(m);
	live = atomic_load(&m->kmalloc_live);
	atomic_store(&m->fail_page_alloc.nth, 700 + 20);
	errno = 0;
	ck_assert_uint_eq(vmalloc(m, 10000 * PAGE_SIZE, NULL), 0);
	ck_assert_int_eq(errno, ENOMEM);
	ck_assert_uint_eq(nr_free_pages(m), used);
	ck_assert_uint_eq(atomic_load(&m->kmalloc_live), live);
	ck_assert_uint_eq(space_areas(m), 0);
	ck_assert_uint_eq(space_warnings(m), 0);
	space_check(m);

	/* Memory that really ends. */
	ck_assert_uint_ne(vmalloc(m, 10000 * PAGE_SIZE, NULL), 0);
	used = nr_free_pages(m);
	ck_assert_uint_eq(vmalloc(m, 10000 * PAGE_SIZE, NULL), 0);
	ck_assert_uint_eq(space_areas(m), 2);
	space_check(m);
	space_end(m);
}
END_TEST

/* The last frame can be had. */
START_TEST(test_last_frame)
{
	struct machine *m = space_boot(MiB(16), 1);
	uint64_t pages = 0;

	while (vmalloc(m, PAGE_SIZE, NULL))
		pages++;
	ck_assert_int_eq(errno, ENOMEM);
	/* One may be left that wanted a table which was not to be had. */
	ck_assert_uint_le(nr_free_pages(m), 1);
	ck_assert_uint_eq(space_areas(m), pages);
	space_check(m);
	space_end(m);
}
END_TEST

START_TEST(test_fill_area)
{
	struct machine *m = space_boot(MiB(64), 2);
	struct vm_struct *area = get_vm_area(m, 3 * PAGE_SIZE, VM_ALLOC, "a");
	vaddr_t addr = area->addr;
	uint64_t live;

	ck_assert_uint_eq(__vmalloc_area(m, area, GFP_KERNEL, PAGE_KERNEL_EXEC), addr);
	ck_assert_uint_eq(area->nr_pages, 3);
	ck_assert_uint_eq(area->flags, VM_ALLOC);
	ck_assert_uint_eq(space_pte(m, addr) & ~PTE_PFN_MASK, PAGE_KERNEL_EXEC);
	space_check(m);
	vfree(m, addr);

	area = get_vm_area(m, 3 * PAGE_SIZE, VM_ALLOC, "a");
	ck_assert_uint_eq(__vmalloc_area_node(m, area, GFP_KERNEL, PAGE_KERNEL, 1), addr);
	ck_assert_uint_eq(area->node_pages[1], 3);
	vfree(m, addr);

	/* Failure ends the area as well: frames, more pages than there are, a crash. */
	live = atomic_load(&m->kmalloc_live);
	area = get_vm_area(m, 3 * PAGE_SIZE, VM_ALLOC, "a");
	atomic_store(&m->fail_page_alloc.nth, 2);
	ck_assert_uint_eq(__vmalloc_area(m, area, GFP_KERNEL, PAGE_KERNEL), 0);
	ck_assert_int_eq(errno, ENOMEM);
	area = get_vm_area(m, GiB(4096), VM_ALLOC, "a");
	ck_assert_uint_eq(__vmalloc_area(m, area, GFP_KERNEL, PAGE_KERNEL), 0);
	ck_assert_int_eq(errno, ENOMEM);
	area = get_vm_area(m, 3 * PAGE_SIZE, VM_ALLOC, "a");
	atomic_store(&m->crashed, true);
	ck_assert_uint_eq(__vmalloc_area(m, area, GFP_KERNEL, PAGE_KERNEL), 0);
	ck_assert_int_eq(errno, EIO);
	ck_assert_uint_eq(space_areas(m), 0);
	ck_assert_uint_eq(atomic_load(&m->kmalloc_live), live);
	ck_assert_uint_eq(space_used(m), 0);
	space_check(m);
	space_end(m);
}
END_TEST

/* A PTE was written where the area would go: no area is made, and nothing is lost. */
START_TEST(test_stray_pte)
{
	struct machine *m = space_boot(MiB(64), 1);
	vaddr_t addr = vmalloc(m, 4 * PAGE_SIZE, NULL);
	uint64_t live, used;
	paddr_t at = space_pte_addr(m, addr + 2 * PAGE_SIZE);

	vfree(m, addr);
	live = atomic_load(&m->kmalloc_live);
	used = space_used(m);
	space_poke(m, at, 0x7000 | PAGE_KERNEL);
	errno = 0;
	ck_assert_uint_eq(vmalloc(m, 4 * PAGE_SIZE, NULL), 0);
	ck_assert_int_eq(errno, EIO);
	ck_assert_uint_eq(space_warnings(m), 1);
	ck_assert_uint_eq(space_pte(m, addr), 0);
	ck_assert_uint_eq(space_used(m), used);
	ck_assert_uint_eq(atomic_load(&m->kmalloc_live), live);
	ck_assert_uint_eq(space_areas(m), 0);
	/* Removing the area has cleared it with the rest of the range. */
	ck_assert_uint_eq(vmalloc(m, 4 * PAGE_SIZE, NULL), addr);
	ck_assert_uint_eq(space_warnings(m), 1);
	space_check(m);
	space_end(m);
}
END_TEST

/* Readers see an area whole or not at all, while others make, resize and free them. */
struct readers {
	struct machine *m;
	_Atomic bool stop;
	_Atomic unsigned bad, seen;
};

static void look(void *arg, const struct vm_struct *area)
{
	struct readers *r = arg;

	atomic_fetch_add(&r->seen, 1);
	if (area->nr_pages != (area->size >> PAGE_SHIFT) - 1 || !vmalloc_to_page(r->m, area->addr))
		atomic_fetch_add(&r->bad, 1);
	if (area->flags & VM_VPAGES && !area->pages.addr)
		atomic_fetch_add(&r->bad, 1);
	if (area->node_pages && area->node_pages[0] + area->node_pages[1] != area->nr_pages)
		atomic_fetch_add(&r->bad, 1);
}

static void *read_all(void *arg)
{
	struct readers *r = arg;
	static _Thread_local unsigned char buf[1 << 16];

	while (!atomic_load(&r->stop)) {
		vmlist_for_each(r->m, look, r);
		vread(r->m, buf, r->m->vmalloc_start, sizeof(buf));
	}
	return NULL;
}

START_TEST(test_readers)
{
	struct readers r = { .m = space_boot(MiB(64), 2) };
	vaddr_t addr[8] = { 0 };
	pthread_t thread[2];

	for (unsigned i = 0; i < 2; i++)
		ck_assert_int_eq(pthread_create(&thread[i], NULL, read_all, &r), 0);
	for (unsigned i = 0; i < 3000; i++) {
		vaddr_t *a = &addr[i % 8];

		if (*a && i % 16 < 8) {
			ck_assert_int_eq(vresize(r.m, *a, (1 + i * 7 % 700) * PAGE_SIZE, a), 0);
		} else {
			vfree(r.m, *a);
			*a = vmalloc(r.m, (1 + i * 13 % 700) * PAGE_SIZE, "r");
			ck_assert_uint_ne(*a, 0);
		}
	}
	atomic_store(&r.stop, true);
	for (unsigned i = 0; i < 2; i++)
		pthread_join(thread[i], NULL);
	ck_assert_uint_eq(atomic_load(&r.bad), 0);
	ck_assert_uint_gt(atomic_load(&r.seen), 0);
	space_check(r.m);
	space_end(r.m);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("vmalloc");
	TCase *t = tcase_create("vmalloc");

	tcase_set_timeout(t, SPACE_TIMEOUT);
	tcase_add_loop_test(t, test_kind, 0, NR_KINDS);
	tcase_add_loop_test(t, test_content, 0, NR_KINDS);
	tcase_add_loop_test(t, test_sizes, 0, NR_KINDS);
	tcase_add_test(t, test_out_of_frames);
	tcase_add_loop_test(t, test_out_of_space, 0, NR_KINDS);
	tcase_add_loop_test(t, test_crashed, 0, NR_KINDS);
	tcase_add_test(t, test_flags_and_prot);
	tcase_add_test(t, test_range);
	tcase_add_test(t, test_whole_when_placed);
	tcase_add_test(t, test_nodes);
	tcase_add_test(t, test_many_pages_one_missing);
	tcase_add_test(t, test_last_frame);
	tcase_add_test(t, test_fill_area);
	tcase_add_test(t, test_stray_pte);
	tcase_add_test(t, test_readers);
	suite_add_tcase(s, t);

	return unit_main(s);
}
