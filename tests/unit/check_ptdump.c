/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The listing of page tables: its form, held against a recording, and that it is
 * true, held against translation.
 */
#include "ptdump.h"

/* --- form ------------------------------------------------------------------ */

START_TEST(recording_has_this_form)
{
	g_autofree char *recorded = data_file("page_tables-linux-6.1.txt");
	g_autoptr(GArray) lines = parse(recorded);

	ck_assert_uint_gt(lines->len, 200);
	ck_assert_uint_eq(skipped(lines), 131059);
}
END_TEST

/* Where the section of a marker begins; false if it has no range, or no such marker is there. */
static bool section_start(GArray *lines, const char *name, vaddr_t *ret)
{
	for (guint i = 0; i + 1 < lines->len; i++) {
		struct line line = g_array_index(lines, struct line, i);

		if (line.kind == MARKER && !strcmp(line.name, name)) {
			*ret = g_array_index(lines, struct line, i + 1).start;
			return g_array_index(lines, struct line, i + 1).kind == RANGE;
		}
	}
	return false;
}

/* The same markers in the same order, at the same places but for the modules (KASLR). */
START_TEST(markers_are_linux)
{
	struct machine *m = space_boot(MiB(16), 1);
	g_autofree char *recorded = data_file("page_tables-linux-6.1.txt");
	g_autoptr(GArray) theirs = parse(recorded);
	g_autoptr(GArray) ours = dump_all(m);
	vaddr_t last = VMALLOC_START - 1;
	unsigned n = 0;

	for (guint i = 0; i < theirs->len; i++) {
		struct line line = g_array_index(theirs, struct line, i);
		vaddr_t at, here;

		if (line.kind != MARKER)
			continue;
		ck_assert_msg(section_start(ours, line.name, &here), "%s", line.name);
		ck_assert(section_start(theirs, line.name, &at));
		if (!strcmp(line.name, "Modules"))
			ck_assert_uint_eq(here, MODULES_VADDR);
		else
			ck_assert_msg(here == at, "%s: %lx, not %lx", line.name, here, at);
		ck_assert_uint_gt(here, last);
		last = here;
		n++;
	}
	ck_assert_uint_eq(n, 9);
	space_end(m);
}
END_TEST

START_TEST(golden)
{
	static const char want[] =
		"---[ User Space ]---\n"
		"0x0000000000000000-0x0000800000000000         128T " ABSENT "pgd\n"
		"---[ Kernel Space ]---\n"
		"0xffff800000000000-0xffff880000000000           8T " ABSENT "pgd\n"
		"---[ LDT remap ]---\n"
		"0xffff880000000000-0xffff888000000000         512G " ABSENT "pgd\n"
		"---[ Low Kernel Mapping ]---\n"
		"0xffff888000000000-0xffff888001000000          16M " LARGE_RW "pmd\n"
		"0xffff888001000000-0xffff888001003000          12K " PLAIN_RW "pte\n"
		"0xffff888001003000-0xffff888001200000        2036K " ABSENT "pte\n"
		"0xffff888001200000-0xffff888040000000        1006M " ABSENT "pmd\n"
		"0xffff888040000000-0xffff890000000000         511G " ABSENT "pud\n"
		"0xffff890000000000-0xffffc90000000000          64T " ABSENT "pgd\n"
		"---[ vmalloc() Area ]---\n"
		"0xffffc90000000000-0xffffc90000010000          64K " PLAIN_RW "pte\n"
		"0xffffc90000010000-0xffffc90000011000           4K " ABSENT "pte\n"
		"0xffffc90000011000-0xffffc90000012000           4K "
		"    RW                 GLB x  pte\n"
		"0xffffc90000012000-0xffffc90000014000           8K " ABSENT "pte\n"
		"0xffffc90000014000-0xffffc90000016000           8K "
		"    RW     PCD         GLB NX pte\n"
		"0xffffc90000016000-0xffffc90000200000        1960K " ABSENT "pte\n"
		"0xffffc90000200000-0xffffc90040000000        1022M " ABSENT "pmd\n"
		"0xffffc90040000000-0xffffc98000000000         511G " ABSENT "pud\n"
		"0xffffc98000000000-0xffffea0000000000       33280G " ABSENT "pgd\n"
		"---[ Vmemmap ]---\n"
		"0xffffea0000000000-0xfffffe0000000000          20T " ABSENT "pgd\n"
		"---[ CPU entry Area ]---\n"
		"0xfffffe0000000000-0xffffff0000000000           1T " ABSENT "pgd\n"
		"---[ ESPfix Area ]---\n"
		"0xffffff0000000000-0xffffffef00000000         956G " ABSENT "pgd\n"
		"---[ EFI Runtime Services ]---\n"
		"0xffffffef00000000-0xffffffff80000000          66G " ABSENT "pgd\n"
		"---[ High Kernel Mapping ]---\n"
		"0xffffffff80000000-0xffffffffa0000000         512M " ABSENT "pgd\n"
		"---[ Modules ]---\n"
		"0xffffffffa0000000-0xffffffffff000000        1520M " ABSENT "pgd\n"
		"---[ End Modules ]---\n"
		"0xffffffffff000000-0xffffffffff579000        5604K " ABSENT "pgd\n"
		"---[ Fixmap Area ]---\n"
		"0xffffffffff579000-0x0000000000000000       10780K " ABSENT "pgd\n";
	struct machine *m = space_boot(MiB(16) + KiB(12), 1);
	g_autofree char *text = NULL;

	ck_assert(vmalloc(m, 65536, "a"));
	ck_assert(vmalloc_exec(m, 1, "b"));
	ck_assert(ioremap(m, m->io_start, 8192, PAGE_KERNEL_NOCACHE, "io"));
	text = text_of(show_ptdump, m);
	ck_assert_str_eq(text, want);
	space_end(m);
}
END_TEST

/* Every flag has its column, in a PTE and in a large leaf. */
START_TEST(flags_and_columns)
{
	static const struct {
		pte_t flags;
		const char *small;
		const char *large;
	} cases[] = {
		{ _PAGE_PRESENT, "    ro                     x  ",
		  "    ro         PSE         x  " },
		{ PAGE_KERNEL, PLAIN_RW, LARGE_RW },
		{ _PAGE_PRESENT | _PAGE_USER, "USR ro                     x  ",
		  "USR ro         PSE         x  " },
		{ _PAGE_PRESENT | _PAGE_PWT | _PAGE_PCD, "    ro PWT PCD             x  ",
		  "    ro PWT PCD PSE         x  " },
		{ PAGE_KERNEL | _PAGE_USER | _PAGE_PWT | _PAGE_PCD,
		  "USR RW PWT PCD         GLB NX ", "USR RW PWT PCD PSE     GLB NX " },
		{ _PAGE_NX, ABSENT, ABSENT },
	};
	struct machine *m = space_boot(MiB(16), 1);
	const vaddr_t large = PAGE_OFFSET + MiB(8);
	vaddr_t a = vmalloc(m, 3 * PAGE_SIZE, "a") + PAGE_SIZE;
	paddr_t pte = space_entry_addr(m, PG_LEVEL_PTE, a);
	paddr_t pmd = space_entry_addr(m, PG_LEVEL_PMD, large);
	uint64_t old_pte = space_peek(m, pte);
	uint64_t old_pmd = space_peek(m, pmd);

	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		bool same = cases[i].flags == PAGE_KERNEL;
		g_autoptr(GArray) lines = NULL;

		space_poke(m, pte, (old_pte & PTE_PFN_MASK) | cases[i].flags);
		space_poke(m, pmd, (old_pmd & PTE_PFN_MASK) | cases[i].flags | _PAGE_PSE);
		lines = dump_all(m);
		ck_assert_range(lines, a, same ? a - PAGE_SIZE : a, (same ? 3 : 1) * PAGE_SIZE,
				cases[i].small, PG_LEVEL_PTE);
		ck_assert_range(lines, large, same ? PAGE_OFFSET : large, same ? MiB(16) : MiB(2),
				cases[i].large, PG_LEVEL_PMD);
	}
	space_poke(m, pte, old_pte);
	space_poke(m, pmd, old_pmd);
	space_end(m);
}
END_TEST

/* Bit 7 of a PTE is PAT; of a large leaf bit 12 is. */
START_TEST(pat_column)
{
	struct machine *m = space_boot(MiB(16), 1);
	const vaddr_t large = PAGE_OFFSET + MiB(8);
	vaddr_t a = vmalloc(m, PAGE_SIZE, "a");
	paddr_t pte = space_entry_addr(m, PG_LEVEL_PTE, a);
	paddr_t pmd = space_entry_addr(m, PG_LEVEL_PMD, large);
	g_autoptr(GArray) lines = NULL;

	space_poke(m, pte, space_peek(m, pte) | _PAGE_PSE);
	space_poke(m, pmd, space_peek(m, pmd) | PAGE_SIZE);
	lines = dump_all(m);
	ck_assert_range(lines, a, a, PAGE_SIZE, "    RW             PAT GLB NX ", PG_LEVEL_PTE);
	ck_assert_range(lines, large, large, MiB(2), "    RW         PSE PAT GLB NX ",
			PG_LEVEL_PMD);
	space_poke(m, pte, space_peek(m, pte) & ~_PAGE_PSE);
	space_end(m);
}
END_TEST

/* --- runs ------------------------------------------------------------------ */

/* Flags that have no column end a run too, and so do those of the entries above. */
START_TEST(what_ends_a_run)
{
	struct machine *m = space_boot(MiB(64), 1);
	vaddr_t a = vmalloc(m, MiB(6), "a");
	paddr_t pte = space_entry_addr(m, PG_LEVEL_PTE, a + 3 * PAGE_SIZE);
	paddr_t pmd = space_entry_addr(m, PG_LEVEL_PMD, a + MiB(2));
	g_autoptr(GArray) lines = dump_all(m);

	ck_assert_range(lines, a, a, MiB(6), PLAIN_RW, PG_LEVEL_PTE);
	g_clear_pointer(&lines, g_array_unref);

	space_poke(m, pte, space_peek(m, pte) & ~_PAGE_DIRTY);
	space_poke(m, pmd, space_peek(m, pmd) & ~_PAGE_RW);
	lines = dump_all(m);
	ck_assert_range(lines, a, a, 3 * PAGE_SIZE, PLAIN_RW, PG_LEVEL_PTE);
	ck_assert_range(lines, a + 3 * PAGE_SIZE, a + 3 * PAGE_SIZE, PAGE_SIZE, PLAIN_RW,
			PG_LEVEL_PTE);
	ck_assert_range(lines, a + 4 * PAGE_SIZE, a + 4 * PAGE_SIZE, MiB(2) - 4 * PAGE_SIZE,
			PLAIN_RW, PG_LEVEL_PTE);
	ck_assert_range(lines, a + MiB(2), a + MiB(2), MiB(2), PLAIN_RW, PG_LEVEL_PTE);
	ck_assert_range(lines, a + MiB(4), a + MiB(4), MiB(2), PLAIN_RW, PG_LEVEL_PTE);
	g_clear_pointer(&lines, g_array_unref);

	/* Not zero and not present: nothing is mapped there, but it ends the run all the same. */
	space_poke(m, pte, _PAGE_DIRTY);
	lines = dump_all(m);
	ck_assert_range(lines, a + 3 * PAGE_SIZE, a + 3 * PAGE_SIZE, PAGE_SIZE, ABSENT,
			PG_LEVEL_PTE);
	space_poke(m, pmd, space_peek(m, pmd) | _PAGE_RW);
	space_end(m);
}
END_TEST

static void frame_one(void *arg, uint64_t first, size_t n, pfn_t *ret)
{
	(void)arg;
	(void)first;
	for (size_t i = 0; i < n; i++)
		ret[i] = 1;
}

static void map_one(struct machine *m, vaddr_t addr, uint64_t n)
{
	ck_assert_int_eq(pgtable_map(m, m->cr3, addr, n, PAGE_KERNEL, frame_one, NULL), 0);
}

/* Up to the last byte there is; and across a marker in the middle of a run. */
START_TEST(ends_of_the_space)
{
	struct machine *m = space_boot(MiB(16), 1);
	const vaddr_t fixmap = UINT64_C(0xffffffffff579000);
	g_autoptr(GArray) lines = NULL;

	map_one(m, 0, 1);
	map_one(m, CANONICAL_HOLE - PAGE_SIZE, 1);
	map_one(m, KERNEL_HALF, 1);
	map_one(m, fixmap - 2 * PAGE_SIZE, 4);
	map_one(m, -PAGE_SIZE, 1);
	lines = dump_all(m);
	ck_assert_range(lines, 0, 0, PAGE_SIZE, PLAIN_RW, PG_LEVEL_PTE);
	ck_assert_range(lines, CANONICAL_HOLE - 1, CANONICAL_HOLE - PAGE_SIZE, PAGE_SIZE, PLAIN_RW,
			PG_LEVEL_PTE);
	ck_assert_range(lines, KERNEL_HALF, KERNEL_HALF, PAGE_SIZE, PLAIN_RW, PG_LEVEL_PTE);
	ck_assert_range(lines, fixmap - 1, fixmap - 2 * PAGE_SIZE, 2 * PAGE_SIZE, PLAIN_RW,
			PG_LEVEL_PTE);
	ck_assert_range(lines, fixmap, fixmap, 2 * PAGE_SIZE, PLAIN_RW, PG_LEVEL_PTE);
	ck_assert_range(lines, UINT64_MAX, -PAGE_SIZE, PAGE_SIZE, PLAIN_RW, PG_LEVEL_PTE);
	vmalloc_exit(m);
	machine_destroy(m);
}
END_TEST

/* A large leaf that markers lie in is cut there; the level is its own. */
START_TEST(marker_in_a_large_leaf)
{
	struct machine *m = space_boot(MiB(16), 1);
	const vaddr_t top = UINT64_C(0xffffffff80000000);
	g_autoptr(GArray) lines = NULL;

	map_one(m, top, 1); /* for the tables above */
	space_poke(m, space_entry_addr(m, PG_LEVEL_PUD, top), PAGE_KERNEL | _PAGE_PSE);
	lines = dump_all(m);
	ck_assert_range(lines, top, top, MODULES_VADDR - top, LARGE_RW, PG_LEVEL_PUD);
	ck_assert_range(lines, MODULES_VADDR, MODULES_VADDR, top + GiB(1) - MODULES_VADDR, LARGE_RW,
			PG_LEVEL_PUD);
	vmalloc_exit(m);
	machine_destroy(m);
}
END_TEST

/* Sixteen lines of the ESPfix area, the rest is counted; the count is per section. */
START_TEST(espfix_is_cut)
{
	struct machine *m = space_boot(MiB(16), 1);
	const vaddr_t espfix = UINT64_C(0xffffff0000000000);
	g_autoptr(GArray) lines = dump_all(m);
	unsigned ranges = 0, before = lines->len;

	g_clear_pointer(&lines, g_array_unref);
	for (unsigned i = 0; i < 20; i++)
		map_one(m, espfix + 2 * i * PAGE_SIZE, 1);
	lines = dump(m);
	/* 20 pages and 20 gaps, and what is left above: of the PMD, the PUD, and the area. */
	ck_assert_uint_eq(skipped(lines), 40 + 3 - 16);
	for (guint i = 0; i < lines->len; i++) {
		struct line line = g_array_index(lines, struct line, i);

		ranges += line.kind == RANGE && line.start >= espfix &&
			  line.start < espfix + 40 * PAGE_SIZE;
	}
	ck_assert_uint_eq(ranges, 16);
	ck_assert_uint_eq(lines->len, before + 16);
	vmalloc_exit(m);
	machine_destroy(m);
}
END_TEST

/* --- truth ----------------------------------------------------------------- */

START_TEST(true_of_every_page)
{
	struct machine *m = space_boot(MiB(64) + KiB(20), 1);
	uint64_t random = 2463534242;
	g_autoptr(GArray) lines = NULL;
	vaddr_t areas[300];
	vaddr_t end;

	for (int i = 0; i < 300; i++) {
		uint64_t size = (1 + unit_random(&random) % 30) * PAGE_SIZE;

		areas[i] = i % 7 == 0	? vmalloc_exec(m, size, "x")
			   : i % 5 == 0 ? ioremap(m, m->io_start, size, PAGE_KERNEL_NOCACHE, "io")
					: vmalloc(m, size, "a");
		ck_assert(areas[i]);
	}
	end = areas[299] + MiB(4);
	for (int i = 0; i < 300; i += 3)
		vunmap(m, areas[i]);
	/* A user's hand in the tables: every eleventh PTE of the first areas changes. */
	for (vaddr_t at = VMALLOC_START; at < VMALLOC_START + MiB(1); at += 11 * PAGE_SIZE) {
		paddr_t pte = space_entry_addr(m, PG_LEVEL_PTE, at);

		space_poke(m, pte, space_peek(m, pte) ^ (unit_random(&random) & 0x7e));
	}
	lines = dump_all(m);
	for (vaddr_t at = VMALLOC_START; at < end; at += PAGE_SIZE)
		check_page(m, lines, at);
	for (vaddr_t at = PAGE_OFFSET; at < PAGE_OFFSET + MiB(72); at += PAGE_SIZE)
		check_page(m, lines, at);
	vmalloc_exit(m);
	machine_destroy(m);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("ptdump");
	TCase *t = tcase_create("form");

	tcase_set_timeout(t, SPACE_TIMEOUT);
	tcase_add_test(t, recording_has_this_form);
	tcase_add_test(t, markers_are_linux);
	tcase_add_test(t, golden);
	tcase_add_test(t, flags_and_columns);
	tcase_add_test(t, pat_column);
	suite_add_tcase(s, t);

	t = tcase_create("runs");
	tcase_set_timeout(t, SPACE_TIMEOUT);
	tcase_add_test(t, what_ends_a_run);
	tcase_add_test(t, ends_of_the_space);
	tcase_add_test(t, marker_in_a_large_leaf);
	tcase_add_test(t, espfix_is_cut);
	tcase_add_test(t, true_of_every_page);
	suite_add_tcase(s, t);

	return unit_main(s);
}
