/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The windows onto frames and zones: meminfo, buddyinfo, pagetypeinfo,
 * zoneinfo, iomem, extfrag.
 *
 * That a format is Linux's is tested with a recording: whatever takes the
 * recording apart and puts it together again without loss must do the same
 * with our text.  That the numbers are true is tested with the machine's books.
 */
#include <stdio.h>

#include "texts.h"

/* The first number after `key` in a text. */
static uint64_t number(const char *text, const char *key)
{
	const char *at = strstr(text, key);
	char *end;
	uint64_t v;

	ck_assert_msg(at, "no %s in:\n%s", key, text);
	at += strlen(key);
	v = g_ascii_strtoull(at, &end, 10);
	ck_assert_msg(end > at, "no number after %s", key);
	return v;
}

/* A machine's figure in meminfo. */
static uint64_t meminfo(struct machine *m, const char *key)
{
	g_autofree char *text = text_of(show_meminfo, m);
	g_autofree char *line = g_strdup_printf("\n%s:", key);
	g_autofree char *whole = g_strconcat("\n", text, NULL);

	return number(whole, line);
}

static uint64_t kb(uint64_t frames)
{
	return frames * PAGE_SIZE / 1024;
}

/* --- meminfo --------------------------------------------------------------- */

/* One line taken apart and put together as Linux does it. */
static void check_meminfo_line(const char *line)
{
	const char *colon = strchr(line, ':');
	g_autofree char *label = NULL;
	g_autofree char *again = NULL;
	unsigned long value;
	char unit[4] = "";
	int width;

	ck_assert_msg(colon, "%s", line);
	label = g_strndup(line, (gsize)(colon + 1 - line));
	ck_assert_int_ge(sscanf(colon + 1, "%lu %3s", &value, unit), 1);
	width = strlen(label) > 16 ? 24 - (int)strlen(label) : 8;
	again = g_strdup_printf("%-16s%*lu%s%s", label, width, value, *unit ? " " : "", unit);
	ck_assert_str_eq(line, again);
}

START_TEST(meminfo_is_linux)
{
	struct machine *m = space_boot(GiB(1), 1);
	g_autofree char *text = text_of(show_meminfo, m);
	g_autofree char *recorded = data_file("meminfo-linux-6.1.txt");
	g_auto(GStrv) lines = lines_of(text);
	g_auto(GStrv) theirs = lines_of(recorded);

	ck_assert_uint_eq(g_strv_length(lines), g_strv_length(theirs));
	for (int i = 0; lines[i]; i++) {
		size_t label = strcspn(theirs[i], ":") + 1;

		check_meminfo_line(theirs[i]);
		check_meminfo_line(lines[i]);
		ck_assert_msg(!strncmp(lines[i], theirs[i], label), "%s\n%s", lines[i], theirs[i]);
		ck_assert_int_eq(g_str_has_suffix(lines[i], " kB"),
				 g_str_has_suffix(theirs[i], " kB"));
		/* What both have is the same to the byte. */
		if (g_str_has_prefix(lines[i], "VmallocTotal:") ||
		    g_str_has_prefix(lines[i], "Hugepagesize:"))
			ck_assert_str_eq(lines[i], theirs[i]);
	}
	space_end(m);
}
END_TEST

START_TEST(meminfo_is_true)
{
	struct machine *m = space_boot(MiB(64), 1);
	uint64_t free = meminfo(m, "MemFree");
	vaddr_t a;

	ck_assert_uint_eq(meminfo(m, "MemTotal"), kb(MiB(64) / PAGE_SIZE - 1));
	ck_assert_uint_eq(free, kb(nr_free_pages(m)));
	ck_assert_uint_eq(meminfo(m, "MemAvailable"), free);
	ck_assert_uint_eq(meminfo(m, "MemTotal"), free + meminfo(m, "PageTables"));

	a = vmalloc(m, 100 * PAGE_SIZE, "a");
	ck_assert(a);
	ck_assert_uint_eq(meminfo(m, "MemFree"), kb(nr_free_pages(m)));
	ck_assert_uint_eq(meminfo(m, "PageTables"), kb(m->nr_table_frames));
	ck_assert_uint_eq(meminfo(m, "MemTotal"),
			  meminfo(m, "MemFree") + meminfo(m, "PageTables") + kb(100));
	ck_assert_uint_eq(meminfo(m, "Slab"), 0);
	vfree(m, a);
	ck_assert_uint_eq(meminfo(m, "MemFree") + meminfo(m, "PageTables"), meminfo(m, "MemTotal"));
	space_end(m);
}
END_TEST

/*
 *	0    1    2    3    4    5    6    7    8    9    10   11   12   13   14   15
 *	[ a    G ]      hole         [ b    b    G ]             hole             |
 *
 * The last hole ends with the window's last byte, so that it is one byte short.
 */
START_TEST(vmalloc_used_and_chunk)
{
	struct machine *m = space_boot_window(MiB(16), 16);
	vaddr_t a, gone;

	ck_assert_uint_eq(meminfo(m, "VmallocTotal"), 63);
	ck_assert_uint_eq(meminfo(m, "VmallocUsed"), 0);
	ck_assert_uint_eq(meminfo(m, "VmallocChunk"), 63); /* nothing there: the total */

	a = vmalloc(m, PAGE_SIZE, "a");
	gone = vmalloc(m, 3 * PAGE_SIZE, "gone");
	ck_assert(vmalloc(m, 2 * PAGE_SIZE, "b"));
	ck_assert_uint_eq(meminfo(m, "VmallocUsed"), 36);
	ck_assert_uint_eq(meminfo(m, "VmallocChunk"), 27);
	vfree(m, gone);
	ck_assert_uint_eq(meminfo(m, "VmallocUsed"), 20);
	ck_assert_uint_eq(meminfo(m, "VmallocChunk"), 27);

	/* A gap between areas is the largest, then the one before the first. */
	ck_assert(get_vm_area(m, 4 * PAGE_SIZE, 0, "c"));
	ck_assert_uint_eq(meminfo(m, "VmallocUsed"), 40);
	ck_assert_uint_eq(meminfo(m, "VmallocChunk"), 16);
	vfree(m, a);
	ck_assert_uint_eq(meminfo(m, "VmallocChunk"), 24);
	ck_assert(get_vm_area(m, 3 * PAGE_SIZE, 0, "d"));
	ck_assert_uint_eq(meminfo(m, "VmallocUsed"), 48);
	ck_assert_uint_eq(meminfo(m, "VmallocChunk"), 8);
	space_end(m);
}
END_TEST

/* Areas outside the window, as in the module range, are not used space of it. */
START_TEST(vmalloc_outside)
{
	struct machine *m = space_boot_window(MiB(16), 16);
	const struct vm_restore module = { .addr = MODULES_VADDR,
					   .size = 3 * PAGE_SIZE,
					   .nr_pages = 2,
					   .flags = VM_ALLOC,
					   .caller = "module" };
	const struct vm_restore below = { .addr = VMALLOC_START - 2 * PAGE_SIZE,
					  .size = 4 * PAGE_SIZE,
					  .flags = VM_ALLOC,
					  .caller = "below" };
	const struct vm_restore above = { .addr = VMALLOC_START + 14 * PAGE_SIZE,
					  .size = 4 * PAGE_SIZE,
					  .flags = VM_ALLOC,
					  .caller = "above" };

	ck_assert_int_eq(vm_restore_area(m, &module), 0);
	ck_assert_uint_eq(meminfo(m, "VmallocUsed"), 0);
	ck_assert_uint_eq(meminfo(m, "VmallocChunk"), 63);
	ck_assert_int_eq(vm_restore_area(m, &below), 0);
	ck_assert_uint_eq(meminfo(m, "VmallocUsed"), 0);
	ck_assert_uint_eq(meminfo(m, "VmallocChunk"), 55);
	ck_assert_int_eq(vm_restore_area(m, &above), 0);
	ck_assert_uint_eq(meminfo(m, "VmallocUsed"), 16);
	ck_assert_uint_eq(meminfo(m, "VmallocChunk"), 48);
	space_end(m);
}
END_TEST

START_TEST(direct_map_sizes)
{
	static const struct {
		uint64_t memory;
		uint64_t kb4, kb2m, kb1g;
	} cases[] = {
		{ MiB(1), 1024, 0, 0 },
		{ MiB(16), 0, 16384, 0 },
		{ MiB(17) + KiB(12), 1024 + 12, 16384, 0 },
		{ GiB(1), 0, 0, 1048576 },
		{ GiB(3) + MiB(5) + KiB(4), 1024 + 4, 4096, 3 * 1048576 },
		{ GiB(20) + MiB(2), 0, 2048, 20 * UINT64_C(1048576) },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct machine *m = space_boot(cases[i].memory, 1);

		ck_assert_uint_eq(meminfo(m, "DirectMap4k"), cases[i].kb4);
		ck_assert_uint_eq(meminfo(m, "DirectMap2M"), cases[i].kb2m);
		ck_assert_uint_eq(meminfo(m, "DirectMap1G"), cases[i].kb1g);
		space_end(m);
	}
}
END_TEST

/* A change of the tables is seen at once, although nothing was allocated. */
START_TEST(direct_map_is_read_from_tables)
{
	struct machine *m = space_boot(MiB(16), 1);
	paddr_t at = space_entry_addr(m, PG_LEVEL_PMD, PAGE_OFFSET + MiB(8));
	uint64_t entry = space_peek(m, at);

	space_poke(m, at, entry & ~_PAGE_PRESENT);
	ck_assert_uint_eq(meminfo(m, "DirectMap2M"), 14 * 1024);
	space_poke(m, at, entry);
	ck_assert_uint_eq(meminfo(m, "DirectMap2M"), 16 * 1024);
	/* What is mapped right after it, and right before, is not part of it. */
	space_poke(m, space_entry_addr(m, PG_LEVEL_PMD, PAGE_OFFSET + MiB(16)), entry);
	ck_assert(vmalloc(m, PAGE_SIZE, "a"));
	space_poke(m, m->cr3 + 8 * (level_index(PG_LEVEL_PGD, PAGE_OFFSET) - 1),
		   space_peek(m, space_entry_addr(m, PG_LEVEL_PGD, PAGE_OFFSET)));
	ck_assert_uint_eq(meminfo(m, "DirectMap2M"), 16 * 1024);
	ck_assert_uint_eq(meminfo(m, "DirectMap4k"), 0);
	vmalloc_exit(m);
	machine_destroy(m);
}
END_TEST

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

/* A machine with nodes and zones of several kinds whose free frames are in pieces. */
static struct machine *scattered(unsigned nodes, uint64_t memory)
{
	struct machine *m = space_boot(memory, nodes);
	uint64_t random = 88172645463325252;
	vaddr_t areas[200];

	for (int i = 0; i < 200; i++) {
		areas[i] = vmalloc_node(m, (1 + unit_random(&random) % 20) * PAGE_SIZE,
					(int)(unit_random(&random) % nodes), "piece");
		ck_assert(areas[i]);
	}
	for (int i = 0; i < 200; i += 2)
		vfree(m, areas[i]);
	return m;
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
	/* What is no table does not become one because an entry names it. */
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

/* --- iomem ----------------------------------------------------------------- */

/* Depth of a line; it is taken apart and put together as Linux does it. */
static unsigned check_iomem_line(const char *line, uint64_t *start, uint64_t *last)
{
	unsigned depth = (unsigned)strspn(line, " ") / 2;
	g_autofree char *again = NULL;
	int name = 0;

	ck_assert_int_eq(sscanf(line, "%lx-%lx : %n", start, last, &name), 2);
	ck_assert_int_gt(name, 0);
	again = g_strdup_printf("%*s%08lx-%08lx : %s", (int)depth * 2, "", *start, *last,
				line + name);
	ck_assert_str_eq(line, again);
	ck_assert_uint_le(*start, *last);
	return depth;
}

/* Well-formed, and every range lies in the one above that is a step further out. */
static void check_iomem(const char *text, bool siblings_may_overlap)
{
	g_auto(GStrv) lines = lines_of(text);
	uint64_t start[8], last[8];
	unsigned depth = 0;

	for (char **line = lines; *line; line++) {
		uint64_t from, to;
		unsigned d = check_iomem_line(*line, &from, &to);

		ck_assert_uint_le(d, 5);
		ck_assert(line == lines || d <= depth + 1);
		if (d > 0 && d < 5)
			ck_assert_msg(from >= start[d - 1] && to <= last[d - 1], "%s", *line);
		if (line > lines && d <= depth && d < 5 && !siblings_may_overlap)
			ck_assert_msg(from > last[d], "%s", *line);
		start[d] = from;
		last[d] = to;
		depth = d;
	}
}

START_TEST(iomem_is_linux)
{
	g_autofree char *recorded = data_file("iomem-linux-6.1.txt");

	check_iomem(recorded, false);
}
END_TEST

START_TEST(iomem_golden)
{
	struct machine *m = space_boot(MiB(256), 1);
	g_autofree char *text = text_of(show_iomem, m);
	g_autofree char *after = NULL;
	vaddr_t a;

	ck_assert_str_eq(text, "00000000-00000fff : Reserved\n"
			       "00001000-0fffffff : System RAM\n"
			       "10000000-3fffffffffff : PCI Bus 0000:00\n");
	ck_assert(ioremap(m, GiB(4) + 0x10, 0x1234, PAGE_KERNEL_NOCACHE, "ioremap/two words"));
	a = ioremap(m, GiB(4) + MiB(1), 1, PAGE_KERNEL_NOCACHE, "ioremap/gone");
	ck_assert(ioremap(m, 0xfed00000, 0x400, PAGE_KERNEL_NOCACHE, NULL));
	ck_assert(ioremap(m, PHYS_END - PAGE_SIZE, PAGE_SIZE, PAGE_KERNEL_NOCACHE, "ioremap/last"));
	ck_assert(get_vm_area(m, PAGE_SIZE, VM_IOREMAP, "reserved only"));
	ck_assert(vmalloc(m, PAGE_SIZE, "ram"));
	iounmap(m, a);
	after = text_of(show_iomem, m);
	ck_assert_str_eq(after, "00000000-00000fff : Reserved\n"
				"00001000-0fffffff : System RAM\n"
				"10000000-3fffffffffff : PCI Bus 0000:00\n"
				"  fed00000-fed003ff : 0xffffc90000006000\n"
				"  100000010-100001243 : ioremap/two\\040words\n"
				"  3ffffffff000-3fffffffffff : ioremap/last\n");
	check_iomem(after, false);
	space_end(m);
}
END_TEST

/* Ranges in ranges, the same range many times, and ranges that only overlap. */
START_TEST(iomem_nests)
{
	struct machine *m = space_boot(MiB(16), 1);
	const paddr_t at = m->io_start;
	g_autofree char *text = NULL;

	ck_assert(ioremap(m, at + 0x2000, 0x1000, PAGE_KERNEL, "inner"));
	ck_assert(ioremap(m, at, 0x8000, PAGE_KERNEL, "outer"));
	ck_assert(ioremap(m, at + 0x2000, 0x2000, PAGE_KERNEL, "middle"));
	ck_assert(ioremap(m, at + 0x5000, 0x4000, PAGE_KERNEL, "across"));
	ck_assert(ioremap(m, at + 0x6000, 0x1000, PAGE_KERNEL, "in both"));
	ck_assert(ioremap(m, at + 0x10000, 0x1000, PAGE_KERNEL, "behind"));
	text = text_of(show_iomem, m);
	ck_assert(g_str_has_suffix(text, " : PCI Bus 0000:00\n"
					 "  100000000-100007fff : outer\n"
					 "    100002000-100003fff : middle\n"
					 "      100002000-100002fff : inner\n"
					 "  100005000-100008fff : across\n"
					 "    100006000-100006fff : in\\040both\n"
					 "  100010000-100010fff : behind\n"));
	check_iomem(text, true);
	space_end(m);
}
END_TEST

START_TEST(iomem_many_of_one_range)
{
	struct machine *m = space_boot(MiB(64), 1);
	g_autofree char *text = NULL;
	g_auto(GStrv) lines = NULL;

	for (int i = 0; i < 3000; i++)
		ck_assert(ioremap(m, m->io_start, PAGE_SIZE, PAGE_KERNEL, "twin"));
	text = text_of(show_iomem, m);
	lines = lines_of(text);
	check_iomem(text, true);
	ck_assert_uint_eq(g_strv_length(lines), 3003);
	ck_assert_str_eq(lines[3], "  100000000-100000fff : twin");
	ck_assert_str_eq(lines[3002], "          100000000-100000fff : twin");
	space_end(m);
}
END_TEST

/* Of a restored layout: callers as they stand, and device memory that is RAM here left out. */
START_TEST(iomem_restored)
{
	struct machine *m = space_boot(MiB(64), 1);
	struct vm_restore r = { .addr = VMALLOC_START,
				.size = 3 * PAGE_SIZE,
				.phys_addr = 0xfed00000,
				.flags = VM_IOREMAP | VM_SYMBOL,
				.caller = "hpet_enable+0x38/0x380 [mod]" };
	g_autofree char *text = NULL;

	ck_assert_int_eq(vm_restore_area(m, &r), 0);
	r.addr += r.size;
	r.phys_addr = MiB(32);
	ck_assert_int_eq(vm_restore_area(m, &r), 0);
	r.addr += r.size;
	r.phys_addr = MiB(64) - PAGE_SIZE; /* half of it is RAM */
	ck_assert_int_eq(vm_restore_area(m, &r), 0);
	r.addr += r.size;
	r.phys_addr = PHYS_END;
	ck_assert_int_eq(vm_restore_area(m, &r), 0);
	r.addr += r.size;
	r.phys_addr = PHYS_END - PAGE_SIZE; /* half of it is beyond the end */
	ck_assert_int_eq(vm_restore_area(m, &r), 0);
	r.addr += r.size;
	r.phys_addr = 0xfee00010; /* only so far as it is mapped */
	r.caller = "odd+0x0/0x1";
	ck_assert_int_eq(vm_restore_area(m, &r), 0);
	text = text_of(show_iomem, m);
	ck_assert(g_str_has_suffix(text, " : PCI Bus 0000:00\n"
					 "  fed00000-fed01fff : hpet_enable+0x38/0x380 [mod]\n"
					 "  fee00010-fee01fff : odd+0x0/0x1\n"));
	space_end(m);
}
END_TEST

/* --- extfrag --------------------------------------------------------------- */

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

/* The kept text: what it shows never changes while the counters stay. */
START_TEST(iomem_generation)
{
	struct machine *m = space_boot(MiB(64), 1);
	struct show_generation seen = show_generation_now(m);
	vaddr_t a = ioremap(m, m->io_start, PAGE_SIZE, PAGE_KERNEL, "a");

	ck_assert(show_changed_since(m, &seen));
	seen = show_generation_now(m);
	ck_assert_int_eq(vm_set_caller(m, a, "b"), 0);
	ck_assert(show_changed_since(m, &seen));
	seen = show_generation_now(m);
	iounmap(m, a);
	ck_assert(show_changed_since(m, &seen));
	space_end(m);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("proc");
	TCase *t = tcase_create("meminfo");

	tcase_add_test(t, meminfo_is_linux);
	tcase_add_test(t, meminfo_is_true);
	tcase_add_test(t, vmalloc_used_and_chunk);
	tcase_add_test(t, vmalloc_outside);
	tcase_add_test(t, direct_map_sizes);
	tcase_add_test(t, direct_map_is_read_from_tables);
	tcase_set_timeout(t, SPACE_TIMEOUT);
	suite_add_tcase(s, t);

	t = tcase_create("zones");
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

	t = tcase_create("iomem");
	tcase_add_test(t, iomem_is_linux);
	tcase_add_test(t, iomem_golden);
	tcase_add_test(t, iomem_nests);
	tcase_add_test(t, iomem_many_of_one_range);
	tcase_add_test(t, iomem_restored);
	tcase_add_test(t, iomem_generation);
	tcase_set_timeout(t, SPACE_TIMEOUT);
	suite_add_tcase(s, t);

	t = tcase_create("extfrag");
	tcase_add_test(t, extfrag_by_hand);
	tcase_add_test(t, extfrag_of_nothing);
	tcase_add_test(t, extfrag_tells_the_truth);
	tcase_add_test(t, extfrag_rows);
	tcase_add_test(t, looking_is_harmless);
	tcase_set_timeout(t, SPACE_TIMEOUT);
	suite_add_tcase(s, t);

	return unit_main(s);
}
