/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * x86-pae: where things lie in 32-bit addresses, low memory and HighMem.  Its page tables
 * are in check_pae_tables.c.
 */
#include "space.h"
#include "tables.h"

#define P PAGE_SIZE
#define KERNEL PAGE_KERNEL

static struct machine_config pae(uint64_t memory, uint64_t vmalloc)
{
	struct machine_config c = MACHINE_CONFIG_DEFAULT;

	c.arch = ARCH_X86_PAE;
	c.memory = memory;
	if (vmalloc)
		c.vmalloc_size = vmalloc;
	return c;
}

/* --- the address map ------------------------------------------------------------------- */

/*
 * The first three are what a 6.1 kernel with 1 GiB has shown.  Low memory ends 8 MiB
 * before the window, or with the RAM.
 */
/* clang-format off */
static const struct {
	const char *what;
	uint64_t memory, vmalloc;
	vaddr_t window[2], modules[2]; /* asked for */
	vaddr_t start, end, direct_map, kernel;
	uint64_t low;
} maps[] = {
	{ "1G", GiB(1), 0, { 0 }, { 0 }, 0xf77fe000, 0xfeffe000, 0xc0000000, 0xc0000000, 0x36ffe000 },
	{ "1G, 64M", GiB(1), MiB(64), { 0 }, { 0 }, 0xfaffe000, 0xfeffe000, 0xc0000000, 0xc0000000, 0x3a7fe000 },
	{ "1G, 256M", GiB(1), MiB(256), { 0 }, { 0 }, 0xeeffe000, 0xfeffe000, 0xc0000000, 0xc0000000, 0x2e7fe000 },
	{ "256M: the window grows", MiB(256), 0, { 0 }, { 0 }, 0xd0800000, 0xfeffe000, 0xc0000000, 0xc0000000, MiB(256) },
	{ "256M, 64M", MiB(256), MiB(64), { 0 }, { 0 }, 0xfaffe000, 0xfeffe000, 0xc0000000, 0xc0000000, MiB(256) },
	{ "the most", GiB(1), MiB(983), { 0 }, { 0 }, 0xc18fe000, 0xfeffe000, 0xc0000000, 0xc0000000, 0x10fe000 },
	{ "a phone", GiB(1), 0, { 0xde000000, 0xff000000 }, { 0xbf000000, 0xc0000000 },
	  0xde000000, 0xff000000, 0xc0000000, 0x80000000, 0x1d800000 },
	{ "over the direct map", MiB(64), 0, { 0xc0000000, 0xd0000000 }, { 0 },
	  0xc0000000, 0xd0000000, 0xd0000000, 0xc0000000, MiB(64) },
	{ "64G", GiB(64), 0, { 0 }, { 0 }, 0xf77fe000, 0xfeffe000, 0xc0000000, 0xc0000000, 0x36ffe000 },
};
/* clang-format on */

#define NR_MAPS ((int)(sizeof(maps) / sizeof(maps[0])))

START_TEST(test_maps)
{
	struct machine_config c = pae(maps[_i].memory, maps[_i].vmalloc);
	struct vm_space space;
	struct translation t;
	vaddr_t a, b, mod;

	c.vmalloc_start = maps[_i].window[0];
	c.vmalloc_end = maps[_i].window[1];
	c.modules_start = maps[_i].modules[0];
	c.modules_end = maps[_i].modules[1];
	m = space_boot_config(&c);
	ck_assert_uint_eq(m->vmalloc_start, maps[_i].start);
	ck_assert_uint_eq(m->direct_map_size, maps[_i].low);
	ck_assert_uint_eq(vmalloc_window_end(m), maps[_i].end);
	ck_assert_uint_eq(vmalloc_usable_end(m), maps[_i].end);
	ck_assert_uint_eq(m->page_offset_base, maps[_i].direct_map);
	ck_assert_uint_eq(m->kernel_start, maps[_i].kernel);
	ck_assert_uint_eq(vm_space(m, VM_SPACE_MODULES, &space), maps[_i].modules[1] != 0);

	a = vmalloc(m, 5000, "a");
	b = vmalloc(m, MiB(2), "b");
	ck_assert_uint_eq(a, m->vmalloc_start);
	ck_assert_uint_eq(b, a + 3 * P);
	mod = module_alloc(m, P, "m");
	ck_assert_uint_eq(mod, maps[_i].modules[1] ? maps[_i].modules[0] : b + MiB(2) + P);
	ck_assert_uint_eq(vwrite(m, "hello", a + 4094, 5), 5);
	ck_assert_int_eq(pgtable_walk(m, m->cr3, a + 4098, ACCESS_READ, &t), FAULT_NONE);
	ck_assert_int_eq(t.level, PG_LEVEL_PTE);
	ck_assert_int_eq(m->ram[t.phys], 'o');
	space_check(m);
	vfree(m, a);
	vfree(m, b);
	vfree(m, mod);
	space_end(m);
}
END_TEST

START_TEST(test_refused)
{
	static const struct {
		uint64_t memory, vmalloc;
		vaddr_t window[2];
		const char *word;
	} rows[] = {
		{ GiB(64) + P, 0, { 0 }, "64G" },
		{ GiB(1), MiB(984), { 0 }, "983M" },
		{ GiB(1), P - 1, { 0 }, "4K" },
		{ GiB(1), 0, { 0x3ff00000, 0x50000000 }, "0x40000000" },
		{ GiB(1), 0, { 0xf0000000, 0xffffffff }, "last page" },
		{ GiB(1), 0, { 0xf0000000, GiB(8) }, "last page" },
		{ GiB(1), 0, { 0xffffc90000000000, 0xffffc90040000000 }, "last page" },
		{ GiB(1), 0, { 0x40000000, 0xfff00000 }, "memory" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct machine_config c = pae(rows[i].memory, rows[i].vmalloc);
		const char *wrong;

		c.vmalloc_start = rows[i].window[0];
		c.vmalloc_end = rows[i].window[1];
		wrong = machine_config_check(&c);
		ck_assert_msg(wrong && strstr(wrong, rows[i].word), "%zu: %s", i,
			      wrong ? wrong : "accepted");
	}
}
END_TEST

START_TEST(test_memory_max)
{
	struct machine_config c = pae(GiB(1), 0);

	ck_assert_uint_eq(machine_memory_max(&c), GiB(64));
	ck_assert(machine_range_is_free(&c, 0xf77fe000, MiB(1)));
	ck_assert(machine_range_is_free(&c, 0xf6ffe000, P));
	ck_assert(!machine_range_is_free(&c, 0xf6ffd000, P));
	ck_assert(!machine_range_is_free(&c, 0xb0000000, P));
	ck_assert(machine_range_is_free(&c, 0xffffe000, P));
	ck_assert(!machine_range_is_free(&c, 0xffffe000, 2 * P));
	ck_assert(!machine_range_is_free(&c, VMALLOC_START, P));
}
END_TEST

/* --- low memory and HighMem ------------------------------------------------------------ */

static pfn_t frame_of(vaddr_t a)
{
	return space_pte(m, a) >> PAGE_SHIFT & 0xffffffff;
}

START_TEST(test_zones)
{
	struct machine_config c = pae(GiB(1), 0);
	const pfn_t high = 0x36ffe;
	struct zone_info z;
	struct translation t;
	vaddr_t a, b, d;

	m = space_boot_config(&c);
	ck_assert(zone_info(m, 0, ZONE_DMA, &z));
	ck_assert_uint_eq(z.end_pfn, 0x1000);
	ck_assert(zone_info(m, 0, ZONE_NORMAL_32, &z));
	ck_assert_str_eq(z.name, "Normal");
	ck_assert_uint_eq(z.start_pfn, 0x1000);
	ck_assert_uint_eq(z.end_pfn, high);
	ck_assert_uint_gt(z.tables, 2); /* page tables are never in HighMem */
	ck_assert(zone_info(m, 0, ZONE_HIGHMEM, &z));
	ck_assert_str_eq(z.name, "HighMem");
	ck_assert_uint_eq(z.start_pfn, high);
	ck_assert_uint_eq(z.end_pfn, 0x40000);
	ck_assert_uint_eq(z.free, 0x40000 - high);

	a = vmalloc(m, P, "a");
	b = vmalloc_32(m, P, "b");
	d = vmalloc_32_user(m, P, "d");
	ck_assert_uint_ge(frame_of(a), high);
	ck_assert_uint_lt(frame_of(b), high);
	ck_assert_uint_lt(frame_of(d), high);
	vwrite(m, "in highmem", a, 10);
	ck_assert_int_eq(m->ram[(frame_of(a) << PAGE_SHIFT) + 3], 'h');

	/* The direct map ends with low memory. */
	ck_assert_int_eq(pgtable_walk(m, m->cr3, 0xf6ffdfff, W, &t), FAULT_NONE);
	ck_assert_uint_eq(t.phys, 0x36ffdfff);
	ck_assert_int_eq(pgtable_walk(m, m->cr3, 0xf6ffe000, R, &t), FAULT_ABSENT);
	space_check(m);
	vfree(m, a);
	vfree(m, b);
	vfree(m, d);
	space_end(m);
}
END_TEST

/*
 * A request that may have HighMem takes low memory once HighMem is used up; a request that
 * may not have HighMem fails while HighMem is still free.
 */
START_TEST(test_exhausted)
{
	struct machine_config c = pae(MiB(64), MiB(960));
	uint64_t low, high;
	pfn_t *pfn;
	size_t n;

	m = space_boot_config(&c);
	low = m->direct_map_size >> PAGE_SHIFT;
	high = m->nr_frames - low;
	ck_assert_uint_gt(high, 100);
	pfn = calloc(m->nr_frames, sizeof(*pfn));

	n = alloc_pages_bulk(m, GFP_KERNEL, 0, m->nr_frames, pfn);
	ck_assert_uint_lt(n, low);
	ck_assert_uint_eq(nr_free_pages(m), high);
	for (size_t i = 0; i < n; i++)
		unit_assert(pfn[i] < low);
	ck_assert(frames_short(m, GFP_KERNEL, 1));
	ck_assert(!frames_short(m, GFP_KERNEL | __GFP_HIGHMEM, high));
	ck_assert_ptr_null(alloc_pages(m, GFP_KERNEL, 0, 1));
	ck_assert(unit_logged(m, "of zone Normal or a lower one"));
	put_pages_bulk(m, pfn, n);

	n = alloc_pages_bulk(m, GFP_KERNEL | __GFP_HIGHMEM, 0, high + 10, pfn);
	ck_assert_uint_eq(n, high + 10);
	for (size_t i = 0; i < high; i++)
		unit_assert(pfn[i] >= low);
	for (size_t i = high; i < n; i++)
		unit_assert(pfn[i] < low && pfn[i] >= 0x1000);
	unit_check_pages(m);
	put_pages_bulk(m, pfn, n);
	unit_check_pages(m);
	pages_give_back(m, true);
	unit_check_pages(m);
	free(pfn);
	space_end(m);
}
END_TEST

/* Zones may begin and end in the middle of the largest block, and merge up to there. */
START_TEST(test_buddies_at_the_border)
{
	struct machine_config c = pae(GiB(1), 0);
	const pfn_t high = 0x36ffe;
	struct page *page[11];
	struct zone_info before, after;

	m = space_boot_config(&c);
	ck_assert(zone_info(m, 0, ZONE_HIGHMEM, &before));
	ck_assert_uint_eq(before.nr_free[1], 1); /* two frames, up to 0x37000 */
	ck_assert_uint_eq(before.nr_free[MAX_ORDER - 1], (0x40000 - 0x37000) / 1024);
	for (unsigned order = 0; order < MAX_ORDER; order++) {
		page[order] = alloc_pages(m, __GFP_HIGHMEM, 0, order);
		ck_assert_ptr_nonnull(page[order]);
		ck_assert_uint_ge(page_to_pfn(m, page[order]), high);
		ck_assert_uint_eq(page_to_pfn(m, page[order]) % (1u << order), 0);
	}
	unit_check_pages(m);
	for (unsigned order = 0; order < MAX_ORDER; order++)
		for (unsigned i = 0; i < 1u << order; i++)
			put_page(m, page[order] + i);
	drain_all_pages(m);
	ck_assert(zone_info(m, 0, ZONE_HIGHMEM, &after));
	ck_assert_mem_eq(before.nr_free, after.nr_free, sizeof(before.nr_free));
	unit_check_pages(m);
	space_end(m);
}
END_TEST

/* A request for low memory on a node that has none gets a frame of another node. */
START_TEST(test_nodes)
{
	struct machine_config c = pae(GiB(4), 0);
	struct zone_info z;
	vaddr_t a, b;

	c.nodes = 4;
	m = space_boot_config(&c);
	ck_assert(zone_info(m, 0, ZONE_NORMAL_32, &z));
	ck_assert(!zone_info(m, 3, ZONE_NORMAL_32, &z));
	ck_assert(zone_info(m, 3, ZONE_HIGHMEM, &z));
	a = vmalloc_node(m, P, 3, "a");
	b = __vmalloc_node(m, P, GFP_KERNEL, KERNEL, 3, "b");
	ck_assert_uint_eq(pfn_to_nid(m, frame_of(a)), 3);
	ck_assert_uint_eq(pfn_to_nid(m, frame_of(b)), 0);
	space_check(m);
	vfree(m, a);
	vfree(m, b);
	space_end(m);
}
END_TEST

/* An ioremap is aligned to 2 MiB at most, also where the policy is not Linux's. */
START_TEST(test_ioremap)
{
	struct machine_config c = pae(MiB(64), 0);
	vaddr_t a;

	m = space_boot_config(&c);
	a = ioremap(m, m->io_start, MiB(8), KERNEL, "a");
	ck_assert_uint_ne(a, 0);
	ck_assert_uint_eq(a, align_up(m->vmalloc_start, MiB(2)));
	iounmap(m, a);
	a = ioremap(m, m->io_start, KiB(64), KERNEL, "a");
	ck_assert_uint_eq(a % KiB(128), 0);
	iounmap(m, a);
	space_end(m);
}
END_TEST

/* The window of a machine is used up to its last page, and then a request fails. */
START_TEST(test_full)
{
	struct machine_config c = pae(MiB(64), MiB(4));
	unsigned n = 0;

	m = space_boot_config(&c);
	ck_assert_uint_eq(m->vmalloc_start, 0xfebfe000);
	while (vmalloc(m, P, "a"))
		n++;
	ck_assert_uint_eq(n, 512);
	ck_assert(space_exists(m, 0xfeffc000));
	ck_assert(space_logged(m, "out of vmalloc space"));
	space_check(m);
	space_end(m);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("pae");
	TCase *t = tcase_create("map");

	tcase_add_loop_test(t, test_maps, 0, NR_MAPS - 1);
	tcase_add_test(t, test_refused);
	tcase_add_test(t, test_memory_max);
	tcase_add_test(t, test_zones);
	tcase_add_test(t, test_exhausted);
	tcase_add_test(t, test_buddies_at_the_border);
	tcase_add_test(t, test_nodes);
	tcase_add_test(t, test_ioremap);
	tcase_add_test(t, test_full);
	suite_add_tcase(s, t);
	/* A process under valgrind has no room for 64 GiB of addresses. */
	tcase_add_loop_test(unit_long_case(s), test_maps, NR_MAPS - 1, NR_MAPS);
	return unit_main(s);
}
