/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The listing of page tables comes to an end, whatever the tables say, and while
 * they change.
 */
#include <pthread.h>

#include "ptdump.h"

/* --- tables that say anything ---------------------------------------------- */

/* Upper entries that lead nowhere are a line of their own, of their own level. */
START_TEST(bad_upper_entries)
{
	struct machine *m = space_boot(MiB(64), 1);
	const pte_t beyond = m->ram_size | _KERNPG_TABLE;
	const pte_t cases[] = {
		beyond,				/* right after RAM */
		PTE_PFN_MASK | _KERNPG_TABLE,	/* the last frame there could be */
		_KERNPG_TABLE & ~_PAGE_PRESENT, /* not present */
		UINT64_C(0x7ffffffffffffffe),	/* not present, every other bit but NX */
	};
	vaddr_t a = vmalloc(m, MiB(3), "a");

	for (enum pg_level level = PG_LEVEL_PMD; level <= PG_LEVEL_PGD; level++) {
		paddr_t at = space_entry_addr(m, level, a);
		uint64_t size = UINT64_C(1) << level_shift(level);
		uint64_t entry = space_peek(m, at);

		for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
			g_autoptr(GArray) lines = NULL;

			space_poke(m, at, cases[i]);
			lines = dump_all(m);
			ck_assert_range(lines, a, a, size, ABSENT, level);
		}
		space_poke(m, at, entry);
	}
	space_end(m);
}
END_TEST

/* PSE is no leaf in the PGD: a CPU faults. */
START_TEST(large_pgd_entry)
{
	struct machine *m = space_boot(MiB(64), 1);
	vaddr_t a = vmalloc(m, MiB(3), "a");
	paddr_t at = space_entry_addr(m, PG_LEVEL_PGD, a);
	uint64_t entry = space_peek(m, at);
	g_autoptr(GArray) lines = NULL;

	space_poke(m, at, entry | _PAGE_PSE);
	lines = dump_all(m);
	ck_assert_range(lines, a, a, GiB(512), ABSENT, PG_LEVEL_PGD);
	space_poke(m, at, entry);
	space_end(m);
}
END_TEST

/* A slot of the PGD that holds the PGD: all tables appear as pages, none is left out. */
START_TEST(recursive_slot)
{
	struct machine *m = space_boot(MiB(64), 1);
	const vaddr_t slot = UINT64_C(0xffff808000000000); /* 257 */
	g_autoptr(GArray) lines = NULL;
	vaddr_t a = vmalloc(m, MiB(5), "a");
	vaddr_t table;

	space_poke(m, m->cr3 + 257 * 8, m->cr3 | _KERNPG_TABLE);
	lines = dump_all(m);
	/* The PTE table of an address is the page at slot + (address >> 12) * 8. */
	table = slot | ((a & UINT64_C(0x0000ffffffffffff)) >> 9 & ~UINT64_C(0xfff));
	check_page(m, lines, table);
	check_page(m, lines, table + PAGE_SIZE);
	ck_assert_range(lines, table, table, 3 * PAGE_SIZE, "    RW                     x  ",
			PG_LEVEL_PTE);
	space_poke(m, m->cr3 + 257 * 8, 0);
	space_end(m);
}
END_TEST

/* Every slot holds the PGD: 512^4 pages.  What is shown is bounded, and the rest is told. */
START_TEST(all_slots_recursive)
{
	struct machine *m = space_boot(MiB(64), 1);
	g_autofree char *text = NULL;
	g_autofree char *meminfo = NULL;
	g_autoptr(GArray) lines = NULL;
	gint64 start = g_get_monotonic_time();

	for (unsigned i = 0; i < PTRS_PER_TABLE; i++)
		space_poke(m, m->cr3 + i * 8, m->cr3 | _KERNPG_TABLE);
	text = text_of(show_ptdump, m);
	lines = parse(text);
	ck_assert_uint_gt(skipped(lines), 100);
	/* Each slot is told in its section. */
	ck_assert_ptr_nonnull(strstr(text, "---[ LDT remap ]---\n"
					   "... 1 entry skipped ... \n"
					   "---[ Low Kernel Mapping ]---\n"));
	ck_assert(g_str_has_suffix(text, "---[ ESPfix Area ]---\n... 2 entries skipped ... \n"));
	meminfo = text_of(show_meminfo, m); /* it counts in the same tables */
	ck_assert_int_lt(g_get_monotonic_time() - start, 20 * G_USEC_PER_SEC);
	vmalloc_exit(m);
	machine_destroy(m);
}
END_TEST

/* The same with a PTE table that differs from entry to entry. */
START_TEST(all_slots_one_ragged_table)
{
	struct machine *m = space_boot(MiB(64), 1);
	g_autoptr(GArray) lines = NULL;
	g_autofree char *text = NULL;
	vaddr_t a = vmalloc(m, MiB(2), "a");
	paddr_t ptes = space_entry_addr(m, PG_LEVEL_PTE, a);
	paddr_t pmds = space_entry_addr(m, PG_LEVEL_PMD, a);
	paddr_t puds = space_entry_addr(m, PG_LEVEL_PUD, a);

	for (unsigned i = 0; i < PTRS_PER_TABLE; i++) {
		if (i % 2)
			space_poke(m, ptes + i * 8, 0);
		space_poke(m, pmds + i * 8, ptes | _KERNPG_TABLE);
		space_poke(m, puds + i * 8, pmds | _KERNPG_TABLE);
	}
	text = text_of(show_ptdump, m);
	ck_assert_uint_lt(strlen(text), MiB(64));
	ck_assert_ptr_nonnull(strstr(text, " entries skipped ... \n"));
	strchr(text + MiB(1), '\n')[1] = '\0'; /* the rest is more of the same */
	lines = parse(text);
	ck_assert_uint_gt(lines->len, 10000);
	vmalloc_exit(m);
	machine_destroy(m);
}
END_TEST

/* Twins: two upper entries that name one table are both shown. */
START_TEST(twin_tables)
{
	struct machine *m = space_boot(MiB(64), 1);
	vaddr_t a = vmalloc(m, MiB(2) - PAGE_SIZE, "a");
	paddr_t pmd = space_entry_addr(m, PG_LEVEL_PMD, a);
	g_autoptr(GArray) lines = NULL;

	for (unsigned i = 1; i < 8; i++)
		space_poke(m, pmd + i * 8, space_peek(m, pmd));
	lines = dump_all(m);
	for (unsigned i = 0; i < 8; i++)
		ck_assert_range(lines, a + i * MiB(2), a + i * MiB(2), MiB(2) - PAGE_SIZE, PLAIN_RW,
				PG_LEVEL_PTE);
	for (unsigned i = 1; i < 8; i++)
		space_poke(m, pmd + i * 8, 0);
	space_end(m);
}
END_TEST

/* Noise in every frame that is a table, round after round: each listing is well-formed. */
START_TEST(noise)
{
	uint64_t random = 521288629;

	for (unsigned round = 0; round < 60; round++) {
		struct machine *m = space_boot(MiB(32), 1);
		g_autoptr(GArray) lines = NULL;
		g_autofree char *meminfo = NULL;

		for (int i = 0; i < 40; i++)
			ck_assert(vmalloc(m, (1 + unit_random(&random) % 100) * PAGE_SIZE, "a"));
		for (pfn_t pfn = 0; pfn < m->nr_frames; pfn++) {
			if (!(pfn_to_page(m, pfn)->flags & PG_table))
				continue;
			for (unsigned i = 0; i < 40; i++) {
				/* Pure noise, and frames that are there with good flags or any. */
				uint64_t v = unit_random(&random);
				pfn_t to = unit_random(&random) % m->nr_frames;

				if (round % 3)
					v = to << PAGE_SHIFT |
					    (round % 3 == 1 ? _KERNPG_TABLE : v & 0xfff);
				space_poke(m, (pfn << PAGE_SHIFT) + v % 512 * 8, v);
			}
		}
		lines = dump(m);
		meminfo = text_of(show_meminfo, m);
		ck_assert_uint_eq(g_array_index(lines, struct line, 0).kind, MARKER);
		vmalloc_exit(m);
		machine_destroy(m);
	}
}
END_TEST

/* --- while areas come and go ----------------------------------------------- */

struct churn {
	struct machine *m;
	_Atomic bool stop;
};

static void *churn(void *arg)
{
	struct churn *c = arg;
	uint64_t random = 362436069;
	vaddr_t areas[64] = { 0 };

	while (!c->stop) {
		vaddr_t *a = &areas[unit_random(&random) % 64];

		vfree(c->m, *a);
		*a = vmalloc(c->m, (1 + unit_random(&random) % 600) * PAGE_SIZE, "churn");
	}
	for (unsigned i = 0; i < 64; i++)
		vfree(c->m, areas[i]);
	return NULL;
}

START_TEST(while_areas_change)
{
	static show_fn *const others[] = { show_meminfo, show_zoneinfo, show_pagetypeinfo,
					   show_iomem, show_extfrag_index };
	struct churn c = { .m = space_boot(MiB(256), 2) };
	pthread_t thread;

	ck_assert(vmalloc(c.m, PAGE_SIZE, "stays"));
	ck_assert_int_eq(pthread_create(&thread, NULL, churn, &c), 0);
	for (unsigned i = 0; i < 100; i++) {
		g_autoptr(GArray) lines = dump_all(c.m);

		g_bytes_unref(others[i % G_N_ELEMENTS(others)](c.m));
		ck_assert_range(lines, VMALLOC_START, VMALLOC_START, PAGE_SIZE, PLAIN_RW,
				PG_LEVEL_PTE);
	}
	c.stop = true;
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	space_check(c.m);
	space_end(c.m);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("ptdump_bad");
	TCase *t = tcase_create("anything");

	tcase_set_timeout(t, SPACE_TIMEOUT);
	tcase_add_test(t, bad_upper_entries);
	tcase_add_test(t, large_pgd_entry);
	tcase_add_test(t, recursive_slot);
	tcase_add_test(t, all_slots_recursive);
	tcase_add_test(t, all_slots_one_ragged_table);
	tcase_add_test(t, twin_tables);
	tcase_add_test(t, noise);
	tcase_add_test(t, while_areas_change);
	suite_add_tcase(s, t);

	return unit_main(s);
}
