/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The two indexes of external fragmentation: worked out by hand, and held against
 * what the allocator then does.
 */
#include "frames.h"

/* Takes a row of an index apart; thousandths go to ret. */
static void check_index_line(const char *line, const struct zone_info *z, int *ret)
{
	g_autoptr(GString) again = g_string_new(NULL);
	const char *p;

	g_string_printf(again, "Node %d, zone %8s ", (int)z->node, z->name);
	ck_assert(g_str_has_prefix(line, again->str));
	p = line + again->len;
	for (unsigned order = 0; order < MAX_ORDER; order++) {
		char *end;
		double v = g_ascii_strtod(p, &end);

		ck_assert(end > p);
		ret[order] = (int)(v * 1000 + (v < 0 ? -0.5 : 0.5));
		p = end;
		g_string_append_printf(again, "%d.%03d ", ret[order] / 1000, ret[order] % 1000);
	}
	ck_assert_str_eq(line, again->str);
}

/* An empty machine that has a few free blocks: of the orders given, one block each. */
static struct machine *machine_with_free(const unsigned *orders, size_t n)
{
	struct machine *m = space_boot(MiB(8), 1);
	struct page *blocks[16];

	for (size_t i = 0; i < n; i++) {
		/* Two buddies, of which one stays in use: what is freed cannot merge. */
		blocks[i] = alloc_pages(m, GFP_KERNEL, 0, orders[i] + 1);
		ck_assert_ptr_nonnull(blocks[i]);
	}
	while (alloc_pages(m, GFP_KERNEL, 0, 0))
		;
	for (size_t i = 0; i < n; i++) {
		pfn_t pfn = page_to_pfn(m, blocks[i]);

		for (pfn_t p = pfn; p < pfn + (UINT64_C(1) << orders[i]); p++)
			put_page(m, pfn_to_page(m, p));
	}
	drain_all_pages(m);
	return m;
}

/* Worked out by hand: 1 + 1 + 4 = 6 frames free, in three blocks. */
START_TEST(extfrag_by_hand)
{
	static const unsigned orders[] = { 0, 0, 2 };
	static const char unusable[] = "Node 0, zone      DMA 0.000 0.333 0.333 1.000 1.000 1.000"
				       " 1.000 1.000 1.000 1.000 1.000 \n";
	/* Order 3: 1 - (1 + 6/8)/3 = 0.4167; 10: 1 - (1 + 6/1024)/3 = 0.6647 */
	static const char extfrag[] = "Node 0, zone      DMA -1.000 -1.000 -1.000 0.417 0.542 0.605"
				      " 0.636 0.652 0.659 0.663 0.665 \n";
	struct machine *m = machine_with_free(orders, G_N_ELEMENTS(orders));
	g_autofree char *u = text_of(show_unusable_index, m);
	g_autofree char *e = text_of(show_extfrag_index, m);

	ck_assert_uint_eq(nr_free_pages(m), 6);
	ck_assert_str_eq(u, unusable);
	ck_assert_str_eq(e, extfrag);
	vmalloc_exit(m);
	machine_destroy(m);
}
END_TEST

START_TEST(extfrag_of_nothing)
{
	struct machine *m = machine_with_free(NULL, 0);
	g_autofree char *u = text_of(show_unusable_index, m);
	g_autofree char *e = text_of(show_extfrag_index, m);

	ck_assert_uint_eq(nr_free_pages(m), 0);
	ck_assert_str_eq(u, "Node 0, zone      DMA 1.000 1.000 1.000 1.000 1.000 1.000 1.000 1.000"
			    " 1.000 1.000 1.000 \n");
	ck_assert_str_eq(e, "Node 0, zone      DMA 0.000 0.000 0.000 0.000 0.000 0.000 0.000 0.000"
			    " 0.000 0.000 0.000 \n");
	vmalloc_exit(m);
	machine_destroy(m);
}
END_TEST

/* A request that the index says would succeed does, and no other. */
START_TEST(extfrag_tells_the_truth)
{
	static const unsigned orders[] = { 0, 1, 3, 3, 5 };

	for (unsigned order = 0; order < MAX_ORDER; order++) {
		struct machine *m = machine_with_free(orders, G_N_ELEMENTS(orders));
		g_autofree char *u = text_of(show_unusable_index, m);
		g_autofree char *e = text_of(show_extfrag_index, m);
		int unusable[MAX_ORDER], extfrag[MAX_ORDER];
		struct zone_info z;

		ck_assert(zone_info(m, 0, ZONE_DMA, &z));
		check_index_line(g_strdelimit(u, "\n", '\0'), &z, unusable);
		check_index_line(g_strdelimit(e, "\n", '\0'), &z, extfrag);
		ck_assert_int_eq(extfrag[order] == -1000, order <= 5);
		ck_assert_int_eq(unusable[order] == 1000, order > 5);
		ck_assert_int_eq(alloc_pages(m, GFP_KERNEL, 0, order) != NULL,
				 extfrag[order] == -1000);
		vmalloc_exit(m);
		machine_destroy(m);
	}
}
END_TEST

START_TEST(extfrag_rows)
{
	struct machine *m = scattered(3, GiB(6));
	g_autofree char *u = text_of(show_unusable_index, m);
	g_autofree char *e = text_of(show_extfrag_index, m);
	g_auto(GStrv) unusable = lines_of(u);
	g_auto(GStrv) extfrag = lines_of(e);
	unsigned row = 0;

	for (unsigned nid = 0; nid < 3; nid++) {
		for (enum zone_type t = ZONE_DMA; t < MAX_NR_ZONES; t++) {
			int index[MAX_ORDER];
			struct zone_info z;

			if (!zone_info(m, nid, t, &z))
				continue;
			check_index_line(extfrag[row], &z, index);
			check_index_line(unusable[row++], &z, index);
			for (unsigned order = 1; order < MAX_ORDER; order++)
				ck_assert_int_ge(index[order], index[order - 1]);
		}
	}
	ck_assert_uint_eq(row, 4);
	ck_assert_uint_eq(g_strv_length(unusable), row);
	ck_assert_uint_eq(g_strv_length(extfrag), row);
	space_end(m);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("extfrag");
	TCase *t = tcase_create("extfrag");

	tcase_add_test(t, extfrag_by_hand);
	tcase_add_test(t, extfrag_of_nothing);
	tcase_add_test(t, extfrag_tells_the_truth);
	tcase_add_test(t, extfrag_rows);
	tcase_set_timeout(t, SPACE_TIMEOUT);
	suite_add_tcase(s, t);

	return unit_main(s);
}
