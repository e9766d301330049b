/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is free in each zone: buddyinfo, pagetypeinfo, zoneinfo.
 *
 * That a format is Linux's is tested with a recording: whatever takes the
 * recording apart and puts it together again without loss must do the same
 * with our text.  That the numbers are true is tested with the machine's books.
 */
#include <stdio.h>

#include "frames.h"

/* --- rows with a column for each order ------------------------------------- */

/*
 * Takes a row of numbers apart and puts it together as Linux does: `head` is
 * what the row begins with, then "%6lu " for each order.
 */
static void check_orders(const char *line, const char *head, uint64_t *ret)
{
	g_autoptr(GString) again = g_string_new(head);
	const char *p = line + strlen(head);

	ck_assert_msg(g_str_has_prefix(line, head), "%s\n%s", line, head);
	for (unsigned order = 0; order < MAX_ORDER; order++) {
		char *end;

		ret[order] = g_ascii_strtoull(p, &end, 10);
		ck_assert_msg(end > p, "%s", line);
		p = end;
		g_string_append_printf(again, "%6lu ", ret[order]);
	}
	ck_assert_str_eq(line, again->str);
}

static void check_buddyinfo_line(const char *line, unsigned *node, char *zone, uint64_t *nr_free)
{
	g_autofree char *head = NULL;

	ck_assert_int_eq(sscanf(line, "Node %u, zone %15s", node, zone), 2);
	head = g_strdup_printf("Node %d, zone %8s ", (int)*node, zone);
	check_orders(line, head, nr_free);
}

START_TEST(buddyinfo_is_linux)
{
	g_autofree char *recorded = data_file("buddyinfo-linux-6.1.txt");
	g_auto(GStrv) theirs = lines_of(recorded);
	uint64_t nr_free[MAX_ORDER];
	char zone[16];
	unsigned node;

	ck_assert_uint_eq(g_strv_length(theirs), 2);
	for (char **line = theirs; *line; line++)
		check_buddyinfo_line(*line, &node, zone, nr_free);
}
END_TEST

START_TEST(buddyinfo_is_true)
{
	struct machine *m = scattered(3, GiB(6));
	g_autofree char *text = text_of(show_buddyinfo, m);
	g_auto(GStrv) lines = lines_of(text);
	char **line = lines;
	struct zone_info z;

	for (unsigned nid = 0; nid < 3; nid++) {
		for (enum zone_type t = ZONE_DMA; t < MAX_NR_ZONES; t++) {
			uint64_t nr_free[MAX_ORDER], sum = 0;
			char zone[16];
			unsigned node;

			if (!zone_info(m, nid, t, &z))
				continue;
			check_buddyinfo_line(*line++, &node, zone, nr_free);
			ck_assert_uint_eq(node, nid);
			ck_assert_str_eq(zone, z.name);
			for (unsigned order = 0; order < MAX_ORDER; order++)
				sum += nr_free[order] << order;
			ck_assert_uint_eq(sum, z.free - z.pcp);
		}
	}
	ck_assert_ptr_null(*line);
	ck_assert_uint_eq(g_strv_length(lines), 4); /* 0: DMA, DMA32; 1: DMA32; 2: Normal */
	space_end(m);
}
END_TEST

/* --- pagetypeinfo ---------------------------------------------------------- */

/* A machine of one zone, to the byte; the counts are buddyinfo's. */
START_TEST(pagetypeinfo_golden)
{
	static const char golden[] =
		"Page block order: 9\n"
		"Pages per block:  512\n"
		"\n"
		"Free pages count per migrate type at order       0      1      2      3      4"
		"      5      6      7      8      9     10 \n"
		"Node    0, zone      DMA, type    Unmovable %s\n"
		"Node    0, zone      DMA, type      Movable %s\n"
		"Node    0, zone      DMA, type  Reclaimable %s\n"
		"Node    0, zone      DMA, type   HighAtomic %s\n"
		"Node    0, zone      DMA, type      Isolate %s\n"
		"\n"
		"Number of blocks type     Unmovable      Movable  Reclaimable   HighAtomic"
		"      Isolate \n"
		"Node 0, zone      DMA            8            0            0            0"
		"            0 \n";
	static const char zeros[] = "     0      0      0      0      0      0      0      0"
				    "      0      0      0 ";
	struct machine *m = space_boot(MiB(16), 1);
	g_autofree char *text = text_of(show_pagetypeinfo, m);
	g_autofree char *buddy = text_of(show_buddyinfo, m);
	const char *counts = g_strchomp(buddy) + strlen("Node 0, zone      DMA ");
	g_autofree char *free = g_strconcat(counts, " ", NULL);
	g_autofree char *want = g_strdup_printf(golden, free, zeros, zeros, zeros, zeros);

	ck_assert_str_eq(text, want);
	space_end(m);
}
END_TEST

/* The block at the end of a zone counts, also where the zone has only part of it. */
START_TEST(pagetypeinfo_part_of_a_block)
{
	struct machine *m = space_boot(MiB(17), 1);
	g_autofree char *text = text_of(show_pagetypeinfo, m);

	ck_assert(g_str_has_suffix(text, "Node 0, zone      DMA            8            0"
					 "            0            0            0 \n"
					 "Node 0, zone    DMA32            1            0"
					 "            0            0            0 \n"));
	space_end(m);
}
END_TEST

/* Each node stands alone, and what is free is buddyinfo's. */
START_TEST(pagetypeinfo_nodes)
{
	struct machine *m = scattered(3, GiB(6));
	g_autofree char *text = text_of(show_pagetypeinfo, m);
	g_autofree char *buddy = text_of(show_buddyinfo, m);
	g_auto(GStrv) lines = lines_of(text);
	g_auto(GStrv) rows = lines_of(buddy);
	uint64_t blocks = 0;
	unsigned headers = 0, zone = 0;

	for (char **line = lines; *line; line++) {
		uint64_t ours[MAX_ORDER], theirs[MAX_ORDER], n[5];
		char name[16], row_name[16], type[16], *again;
		unsigned node, row_node;

		headers += !strcmp(*line, "Page block order: 9");
		if (sscanf(*line, "Node %u, zone %15[^,], type %15s", &node, name, type) == 3) {
			g_autofree char *head = g_strdup_printf("Node %4d, zone %8s, type %12s ",
								(int)node, g_strstrip(name), type);

			check_orders(*line, head, ours);
			check_buddyinfo_line(rows[zone / 5], &row_node, row_name, theirs);
			ck_assert_uint_eq(node, row_node);
			ck_assert_str_eq(name, row_name);
			if (strcmp(type, "Unmovable"))
				memset(theirs, 0, sizeof(theirs));
			ck_assert_int_eq(memcmp(ours, theirs, sizeof(ours)), 0);
			zone++;
		} else if (sscanf(*line, "Node %u, zone %15s %lu %lu %lu %lu %lu", &node, name,
				  &n[0], &n[1], &n[2], &n[3], &n[4]) == 7) {
			again = g_strdup_printf("Node %d, zone %8s %12lu %12lu %12lu %12lu %12lu ",
						(int)node, name, n[0], n[1], n[2], n[3], n[4]);
			ck_assert_str_eq(*line, again);
			g_free(again);
			blocks += n[0];
			ck_assert_uint_eq(n[1] + n[2] + n[3] + n[4], 0);
		}
	}
	ck_assert_uint_eq(headers, 3);
	ck_assert_uint_eq(zone, 4 * 5);
	ck_assert_uint_eq(blocks, GiB(6) / MiB(2));
	space_end(m);
}
END_TEST

/* --- zoneinfo -------------------------------------------------------------- */

/* Every number becomes a #; those in names (DMA32) stay. */
static char *skeleton(const char *text)
{
	GString *s = g_string_new(NULL);
	char before = '\n';

	for (const char *p = text; *p; before = *p++) {
		if (!g_ascii_isdigit(*p))
			g_string_append_c(s, *p);
		else if (before == ' ' || before == '(')
			g_string_append_c(s, '#');
		else if (!g_ascii_isdigit(before) || !g_str_has_suffix(s->str, "#"))
			g_string_append_c(s, *p);
	}
	return g_string_free(s, FALSE);
}

START_TEST(zoneinfo_is_linux)
{
	struct machine *m = space_boot(GiB(1), 1); /* DMA and DMA32, like the one recorded */
	g_autofree char *text = text_of(show_zoneinfo, m);
	g_autofree char *recorded = data_file("zoneinfo-linux-6.1.txt");
	g_autofree char *ours = skeleton(text);
	g_autofree char *theirs = skeleton(recorded);

	ck_assert_ptr_nonnull(strstr(theirs, "Node #, zone    DMA32\n  pages free     #\n"));
	ck_assert_str_eq(ours, theirs);
	space_end(m);
}
END_TEST

/* The text of one zone. */
static char *zone_text(const char *text, unsigned node, const char *name)
{
	g_autofree char *head = g_strdup_printf("Node %u, zone %8s\n", node, name);
	const char *start = strstr(text, head);
	const char *end;

	ck_assert_msg(start, "no %s", head);
	end = strstr(start + 1, "\nNode ");
	return end ? g_strndup(start, (gsize)(end + 1 - start)) : g_strdup(start);
}

START_TEST(zoneinfo_is_true)
{
	static const char *const names[] = { "DMA", "DMA32", "Normal", "Movable", "Device" };
	struct machine *m = scattered(3, GiB(6));
	g_autofree char *text = text_of(show_zoneinfo, m);
	uint64_t tables = 0, managed = 0, free = 0;

	for (unsigned nid = 0; nid < 3; nid++) {
		unsigned stats = 0, populated = 0;

		for (unsigned t = 0; t < G_N_ELEMENTS(names); t++) {
			g_autofree char *zone = zone_text(text, nid, names[t]);
			bool has_stats = strstr(zone, "\n  per-node stats\n");
			struct zone_info z;

			if (t >= MAX_NR_ZONES || !zone_info(m, nid, t, &z)) {
				ck_assert_uint_eq(number(zone, "present  "), 0);
				ck_assert_ptr_null(strstr(zone, "pagesets"));
				ck_assert(!has_stats);
				ck_assert(g_str_has_suffix(zone, "protection: (0, 0, 0, 0, 0)\n"));
				continue;
			}
			ck_assert_int_eq(has_stats, populated == 0); /* in the first of them */
			stats += has_stats;
			populated++;
			if (has_stats)
				tables += number(zone, "nr_page_table_pages ");
			managed += number(zone, "managed  ");
			free += number(zone, "pages free     ") + number(zone, "count: ");
			ck_assert_uint_eq(number(zone, "pages free     "), z.free - z.pcp);
			ck_assert_uint_eq(number(zone, "nr_free_pages "), z.free - z.pcp);
			ck_assert_uint_eq(number(zone, "count: "), z.pcp);
			ck_assert_uint_eq(number(zone, "spanned  "), z.end_pfn - z.start_pfn);
			ck_assert_uint_eq(number(zone, "present  "), z.end_pfn - z.start_pfn);
			ck_assert_uint_eq(number(zone, "managed  "), z.managed);
			ck_assert_uint_eq(number(zone, "start_pfn:           "), z.start_pfn);
			ck_assert_uint_eq(number(zone, "min      "), 0);
		}
		ck_assert_uint_eq(stats, 1);
	}
	ck_assert_uint_eq(tables, m->nr_table_frames);
	ck_assert_uint_eq(managed, nr_managed_pages(m));
	ck_assert_uint_eq(free, nr_free_pages(m));
	space_end(m);
}
END_TEST

/* Page tables are counted where they are: on the second node once the first is full. */
START_TEST(zoneinfo_tables_of_nodes)
{
	struct machine *m = space_boot(MiB(16), 2);
	g_autofree char *before = text_of(show_zoneinfo, m);
	g_autofree char *node0 = zone_text(before, 0, "DMA");
	g_autofree char *node1 = zone_text(before, 1, "DMA");
	g_autofree char *after = NULL, *after0 = NULL, *after1 = NULL;
	struct vma *vma;
	uint64_t all;
	paddr_t pmd;
	vaddr_t a;

	ck_assert_uint_eq(number(node0, "nr_page_table_pages "), m->nr_table_frames);
	ck_assert_uint_eq(number(node1, "nr_page_table_pages "), 0);

	while (alloc_pages(m, GFP_KERNEL, 0, 0))
		if (nr_free_pages(m) == MiB(8) / PAGE_SIZE)
			break;
	all = m->nr_table_frames;
	a = vmalloc(m, MiB(4), "a");
	ck_assert(a);
	ck_assert_uint_gt(m->nr_table_frames, all);
	/* A frame of data does not become a table because an entry names it. */
	space_fill(m, a, PAGE_SIZE, 1);
	pmd = space_entry_addr(m, PG_LEVEL_PMD, a);
	space_poke(m, pmd + 100 * 8, space_pfn(m, a) << PAGE_SHIFT | _KERNPG_TABLE);
	ck_assert_int_eq(vma_create(m, PAGE_SIZE, &vma), 0);
	after = text_of(show_zoneinfo, m);
	after0 = zone_text(after, 0, "DMA");
	after1 = zone_text(after, 1, "DMA");
	ck_assert_uint_eq(number(after1, "nr_page_table_pages "), m->nr_table_frames - all - 1);
	ck_assert_uint_eq(number(after0, "nr_page_table_pages "), all + 1);
	vmalloc_exit(m);
	machine_destroy(m);
}
END_TEST

/* --- all of them ----------------------------------------------------------- */

/* Looking changes nothing: neither the books nor the order in which frames go. */
START_TEST(looking_is_harmless)
{
	static show_fn *const windows[] = {
		show_meminfo, show_buddyinfo, show_pagetypeinfo,  show_zoneinfo,
		show_iomem,   show_ptdump,    show_extfrag_index, show_unusable_index,
	};
	struct machine *m = scattered(2, MiB(64));
	struct zone_info before, after;
	struct show_generation seen = show_generation_now(m);

	ck_assert(zone_info(m, 1, ZONE_DMA32, &before));
	for (size_t i = 0; i < G_N_ELEMENTS(windows); i++) {
		g_autofree char *first = text_of(windows[i], m);
		g_autofree char *second = text_of(windows[i], m);

		ck_assert_str_eq(first, second);
		ck_assert(*first && g_str_has_suffix(first, "\n"));
	}
	ck_assert(zone_info(m, 1, ZONE_DMA32, &after));
	ck_assert_int_eq(memcmp(&before, &after, sizeof(before)), 0);
	ck_assert(!show_changed_since(m, &seen));
	space_check(m);
	space_end(m);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("zoneinfo");
	TCase *t = tcase_create("zones");

	tcase_add_test(t, buddyinfo_is_linux);
	tcase_add_test(t, buddyinfo_is_true);
	tcase_add_test(t, pagetypeinfo_golden);
	tcase_add_test(t, pagetypeinfo_part_of_a_block);
	tcase_add_test(t, pagetypeinfo_nodes);
	tcase_add_test(t, zoneinfo_is_linux);
	tcase_add_test(t, zoneinfo_is_true);
	tcase_add_test(t, zoneinfo_tables_of_nodes);
	tcase_set_timeout(t, SPACE_TIMEOUT);
	suite_add_tcase(s, t);

	t = tcase_create("extfrag");
	tcase_add_test(t, looking_is_harmless);
	tcase_set_timeout(t, SPACE_TIMEOUT);
	suite_add_tcase(s, t);

	return unit_main(s);
}
