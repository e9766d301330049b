/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Address maps: windows as other kernels had them, five levels, and what moves out
 * of their way.
 */
#include <string.h>

#include "space.h"

#define P PAGE_SIZE
#define TiB(n) ((uint64_t)(n) << 40)

/* clang-format off */
static const struct {
	const char *what;
	struct machine_config config;
	vaddr_t vmalloc_start, vmalloc_end, modules_start, direct_map, vmemmap;
} maps[] = {
	{ "the default", MACHINE_CONFIG_DEFAULT,
	  0xffffc90000000000, 0xffffe8ffffffffff, 0xffffffffa0000000, 0xffff888000000000, 0xffffea0000000000 },
	{ "64M", { GiB(1), 1, 1, MiB(64), true, 0, ARCH_X86_64, 0, 0, 0, 0 },
	  0xffffc90000000000, 0xffffc90003ffffff, 0xffffffffa0000000, 0xffff888000000000, 0xffffea0000000000 },
	{ "five levels", { GiB(1), 1, 1, TiB(12800), true, 0, ARCH_X86_64_5, 0, 0, 0, 0 },
	  0xffa0000000000000, 0xffd1ffffffffffff, 0xffffffffa0000000, 0xff11000000000000, 0xffd4000000000000 },
	{ "a random base", { GiB(1), 1, 1, 0, true, 0, ARCH_X86_64, 0xffffb3c1c0000000, 0xffffd3c1bfffffff, 0, 0 },
	  0xffffb3c1c0000000, 0xffffd3c1bfffffff, 0xffffffffa0000000, 0xffff888000000000, 0xffffea0000000000 },
	{ "over the direct map", { GiB(1), 1, 1, 0, true, 0, ARCH_X86_64, 0xffff888000000000, 0xffff888100000000, 0, 0 },
	  0xffff888000000000, 0xffff888100000000, 0xffffffffa0000000, 0xffff888100000000, 0xffffea0000000000 },
	{ "over the vmemmap", { GiB(1), 1, 1, 0, true, 0, ARCH_X86_64, 0xffffe90000000000, 0xffffeb0000001000, 0, 0 },
	  0xffffe90000000000, 0xffffeb0000001000, 0xffffffffa0000000, 0xffff888000000000, 0xffffeb0040000000 },
	/* arm64 with 48 bits: nearly all of the upper half */
	{ "an arm64", { GiB(1), 1, 1, 0, true, 0, ARCH_X86_64, 0xffff800008000000, 0xfffffbfff0000000, 0xffff800000000000, 0xffff800008000000 },
	  0xffff800008000000, 0xfffffbfff0000000, 0xffff800000000000, 0xfffffc0000000000, 0xfffffc0040000000 },
};
/* clang-format on */

START_TEST(test_maps)
{
	struct machine *m = space_boot_config(&maps[_i].config);
	struct translation t;
	vaddr_t a, b;

	ck_assert_uint_eq(m->vmalloc_start, maps[_i].vmalloc_start);
	ck_assert_uint_eq(m->vmalloc_end, maps[_i].vmalloc_end);
	ck_assert_uint_eq(m->modules_start, maps[_i].modules_start);
	ck_assert_uint_eq(m->page_offset_base, maps[_i].direct_map);
	ck_assert_uint_eq(m->vmemmap_base, maps[_i].vmemmap);

	/* Everything works there as it does anywhere. */
	a = vmalloc(m, 5000, "a");
	b = vmalloc(m, MiB(4), "b");
	ck_assert_uint_eq(a, m->vmalloc_start);
	ck_assert_uint_eq(b, a + 3 * P);
	ck_assert_uint_eq(vwrite(m, "hello", a + 4094, 5), 5);
	ck_assert_int_eq(pgtable_walk(m, m->cr3, a + 4098, ACCESS_READ, &t), FAULT_NONE);
	ck_assert_int_eq(m->ram[t.phys], 'o');
	ck_assert_int_eq(pgtable_walk(m, m->cr3, m->page_offset_base + t.phys, ACCESS_WRITE, &t),
			 FAULT_NONE);
	ck_assert_int_eq(m->ram[t.phys], 'o');
	space_check(m);
	vfree(m, a);
	vfree(m, b);
	space_end(m);
}
END_TEST

static struct machine_config window(vaddr_t start, vaddr_t end)
{
	struct machine_config c = MACHINE_CONFIG_DEFAULT;

	c.vmalloc_start = start;
	c.vmalloc_end = end;
	return c;
}

/*
 * An area never reaches a window's end that is given as its last byte, so its last page
 * stays unused.  An end that is the first byte after the window can be reached.
 */
START_TEST(test_ends)
{
	struct machine_config inclusive = window(0xffffd00000000000, 0xffffd00000002fff);
	struct machine_config exclusive = window(0xffffd00000000000, 0xffffd00000003000);
	struct machine *m = space_boot_config(&inclusive);

	ck_assert_uint_eq(vmalloc_window_size(m), 3 * P);
	ck_assert_uint_eq(vmalloc(m, 2 * P, "a"), 0);
	ck_assert_uint_ne(vmalloc(m, P, "a"), 0);
	vfree(m, m->vmalloc_start);
	space_end(m);

	m = space_boot_config(&exclusive);
	ck_assert_uint_eq(vmalloc_window_size(m), 3 * P);
	ck_assert_uint_ne(vmalloc(m, 2 * P, "a"), 0);
	space_check(m);
	vfree(m, m->vmalloc_start);
	space_end(m);
}
END_TEST

START_TEST(test_refused)
{
	static const struct {
		vaddr_t start, end;
		const char *word;
	} windows[] = {
		{ 0xffffc90000000800, 0xffffc90000002000, "start of a page" },
		{ 0xffffc90000002000, 0xffffc90000002000, "after they begin" },
		{ 0xffffc90000002000, 0xffffc90000001000, "after they begin" },
		{ 0x0000700000000000, 0x0000700000100000, "kernel's half" },
		{ 0xff00000000000000, 0xff00000000100000, "kernel's half" },
		{ 0xffffffffb0000000, 0xfffffffffffff000, "overlap" },
		{ 0xfffffffff0000000, UINT64_MAX, "last page" },
		{ 0xffff800000000000, 0xffffffff80000000, "memory" },
	};
	struct machine_config c = MACHINE_CONFIG_DEFAULT;

	for (size_t i = 0; i < sizeof(windows) / sizeof(windows[0]); i++) {
		const char *wrong;

		c = window(windows[i].start, windows[i].end);
		wrong = machine_config_check(&c);
		ck_assert_msg(wrong && strstr(wrong, windows[i].word), "%zu: %s", i,
			      wrong ? wrong : "accepted");
	}
	c = window(0xff00000000000000, 0xff00000000100000);
	c.arch = ARCH_X86_64_5;
	ck_assert_ptr_null(machine_config_check(&c));

	c.vmalloc_end = 0;
	c.vmalloc_size = TiB(12800) + P;
	ck_assert_ptr_nonnull(machine_config_check(&c));
}
END_TEST

/* So much memory fits, and a page more does not. */
START_TEST(test_memory_max)
{
	struct machine_config c = window(0xffff800000000000, 0xffffff8000000000);
	uint64_t most = machine_memory_max(&c);

	ck_assert_uint_gt(most, GiB(400));
	ck_assert_uint_lt(most, GiB(512));
	c.memory = most;
	ck_assert_ptr_null(machine_config_check(&c));
	c.memory = most + P;
	ck_assert_ptr_nonnull(machine_config_check(&c));

	c = window(0, 0);
	ck_assert_uint_eq(machine_memory_max(&c), MEMORY_MAX);
}
END_TEST

START_TEST(test_range_is_free)
{
	struct machine_config c = window(0, 0);

	c.memory = GiB(1);
	ck_assert(machine_range_is_free(&c, 0xffffc90000000000, MiB(1)));
	ck_assert(machine_range_is_free(&c, PAGE_OFFSET + GiB(1), P));
	ck_assert(!machine_range_is_free(&c, PAGE_OFFSET + GiB(1) - P, P));
	ck_assert(!machine_range_is_free(&c, PAGE_OFFSET - P, 2 * P));
	ck_assert(machine_range_is_free(&c, PAGE_OFFSET - P, P));
	ck_assert(!machine_range_is_free(&c, VMEMMAP_START, P));
	ck_assert(!machine_range_is_free(&c, 0xf7000000, P));
	ck_assert(machine_range_is_free(&c, -2 * P, P));
	ck_assert(!machine_range_is_free(&c, -2 * P, 2 * P));
}
END_TEST

START_TEST(test_names)
{
	enum machine_arch arch;

	for (unsigned i = 0; i < NR_ARCHS; i++) {
		ck_assert(machine_arch_by_name(machine_arch(i)->name, &arch));
		ck_assert_uint_eq(arch, i);
	}
	ck_assert(!machine_arch_by_name("vax", &arch));
}
END_TEST

/* With five levels each bit from 48 to 56 counts, and those above must agree with it. */
START_TEST(test_five_levels)
{
	struct machine_config c = window(0, 0);
	struct translation t;
	struct machine *m;
	vaddr_t a;

	c.arch = ARCH_X86_64_5;
	c.vmalloc_size = TiB(12800);
	m = space_boot_config(&c);
	a = vmalloc(m, P, "a");
	ck_assert_int_eq(pgtable_walk(m, m->cr3, a, ACCESS_READ, &t), FAULT_NONE);
	for (unsigned bit = 48; bit < 64; bit++) {
		vaddr_t other = a ^ UINT64_C(1) << bit;

		pgtable_walk(m, m->cr3, other, ACCESS_READ, &t);
		ck_assert_int_eq(t.fault, bit < 56 ? FAULT_ABSENT : FAULT_NONCANONICAL);
		ck_assert_int_eq(t.level, PG_LEVEL_PGD_5);
	}
	ck_assert_str_eq(pg_level_name(m, PG_LEVEL_PGD_5), "pgd");
	ck_assert_str_eq(pg_level_name(m, PG_LEVEL_PGD), "p4d");

	/* A P4D cannot be a leaf. */
	t.entry_addr = 0;
	pgtable_walk(m, m->cr3, m->vmalloc_start, ACCESS_READ, &t);
	space_poke(m, m->cr3 + 8 * level_index(PG_LEVEL_PGD_5, a),
		   space_peek(m, m->cr3 + 8 * level_index(PG_LEVEL_PGD_5, a)) | _PAGE_PSE);
	ck_assert_int_eq(pgtable_walk(m, m->cr3, a, ACCESS_READ, &t), FAULT_RESERVED);
	ck_assert_int_eq(t.level, PG_LEVEL_PGD_5);
	space_poke(m, m->cr3 + 8 * level_index(PG_LEVEL_PGD_5, a),
		   space_peek(m, m->cr3 + 8 * level_index(PG_LEVEL_PGD_5, a)) & ~_PAGE_PSE);
	vfree(m, a);

	/* Mapped across the end of a PGD entry's 256 TiB. */
	a = 0xffa1000000000000 - P;
	ck_assert_int_eq(vm_restore_area(m, &(struct vm_restore){ .addr = a,
								  .size = 3 * P,
								  .nr_pages = 2,
								  .flags = VM_ALLOC,
								  .caller = "x" }),
			 0);
	ck_assert_int_eq(pgtable_walk(m, m->cr3, a + P, ACCESS_READ, &t), FAULT_NONE);
	space_check(m);
	vfree(m, a);
	ck_assert_int_eq(pgtable_walk(m, m->cr3, a + P, ACCESS_READ, &t), FAULT_ABSENT);
	space_end(m);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("address_map");
	TCase *t = tcase_create("address_map");

	tcase_add_loop_test(t, test_maps, 0, sizeof(maps) / sizeof(maps[0]));
	tcase_add_test(t, test_ends);
	tcase_add_test(t, test_refused);
	tcase_add_test(t, test_memory_max);
	tcase_add_test(t, test_range_is_free);
	tcase_add_test(t, test_names);
	tcase_add_test(t, test_five_levels);
	suite_add_tcase(s, t);
	return unit_main(s);
}
