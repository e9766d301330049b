/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The layout that pictures draw: its segments are the window without a gap,
 * their sums are the figures of status, and rows leave nothing out.
 */
#include "scenes.h"

static uint64_t mapped_bytes(const struct layout *l)
{
	uint64_t sum = 0;

	for (unsigned kind = 0; kind < SEG_UNMAPPED; kind++)
		sum += l->bytes[kind];
	return sum;
}

/* Everything that holds for any layout. */
static void check_layout(struct machine *m)
{
	struct layout l;
	uint64_t holes = 0, areas = 0, sum = 0, classes = 0, class_bytes = 0;
	vaddr_t at;

	layout_init(&l, m);
	at = layout_segment(&l, 0)->addr;
	ck_assert(at <= m->vmalloc_start);
	for (guint i = 0; i < l.segments->len; i++) {
		const struct segment *seg = layout_segment(&l, i);

		unit_assert(seg->addr == at);
		unit_assert(seg->size);
		unit_assert((seg->area != NO_AREA) == (seg->kind <= SEG_GUARD));
		holes += seg->kind == SEG_HOLE;
		sum += seg->outside ? 0 : seg->size;
		if (seg->outside)
			unit_assert(seg->addr + (seg->size - 1) < m->vmalloc_start ||
				    seg->addr > m->vmalloc_end);
		at += seg->size;
	}
	ck_assert(!at || at >= m->vmalloc_end + 1);

	ck_assert_uint_eq(sum, l.window_size);
	ck_assert_uint_eq(mapped_bytes(&l), scene_figure(m, "mapped"));
	ck_assert_uint_eq(l.bytes[SEG_UNMAPPED], scene_figure(m, "unmapped"));
	ck_assert_uint_eq(l.bytes[SEG_GUARD], scene_figure(m, "guards"));
	ck_assert_uint_eq(l.bytes[SEG_HOLE], scene_figure(m, "free"));
	ck_assert_uint_eq(l.bytes[SEG_LAZY], vmalloc_nr_lazy(m) << PAGE_SHIFT);
	ck_assert_uint_eq(l.bytes[SEG_POOLED], vmalloc_nr_pooled(m) << PAGE_SHIFT);
	ck_assert_uint_eq(holes, scene_figure(m, "holes"));
	for (unsigned i = 0; i < HOLE_CLASSES; i++) {
		classes += l.holes[i].count;
		class_bytes += l.holes[i].bytes;
	}
	ck_assert_uint_eq(classes, holes);
	ck_assert_uint_eq(class_bytes, l.bytes[SEG_HOLE]);
	for (unsigned kind = 0; kind < NR_SEGMENT_KINDS; kind++)
		areas += l.areas[kind];
	ck_assert_uint_eq(areas, scene_figure(m, "areas"));

	ck_assert_uint_eq(l.frames, scene_figure(m, "frames"));
	ck_assert_uint_eq(l.free_frames, scene_figure(m, "free_frames"));
	ck_assert_uint_eq(l.table_frames, scene_figure(m, "page_table_frames"));
	for (guint i = 0; i < l.zones->len; i++) {
		const struct zone_info *z = layout_zone(&l, i);
		uint64_t free = z->pcp;

		for (unsigned order = 0; order < MAX_ORDER; order++)
			free += z->nr_free[order] << order;
		ck_assert_uint_eq(free, z->free);
		l.table_frames -= z->tables;
		l.free_frames -= z->free;
	}
	ck_assert_uint_eq(l.table_frames, 0);
	ck_assert_uint_eq(l.free_frames, 0);
	layout_deinit(&l);
}

START_TEST(sums_are_the_figures)
{
	struct machine *(*const scenes[])(void) = { scene_kinds, scene_linux };

	for (size_t i = 0; i < G_N_ELEMENTS(scenes); i++) {
		struct machine *m = scenes[i]();

		check_layout(m);
		space_end(m);
	}
	for (uint64_t seed = 1; seed < 20; seed++) {
		struct machine *m = scene_lazy(seed, seed & 1 ? 10000 : 0);

		ck_assert_uint_eq(vmalloc_nr_lazy(m) != 0, seed & 1);
		check_layout(m);
		space_end(m);
	}
}
END_TEST

START_TEST(empty)
{
	struct machine *m = space_boot_window(MiB(16), 16);
	struct layout l;

	check_layout(m);
	layout_init(&l, m);
	ck_assert_uint_eq(l.segments->len, 2);
	ck_assert_int_eq(layout_segment(&l, 0)->kind, SEG_HOLE);
	ck_assert_int_eq(layout_segment(&l, 1)->kind, SEG_LAST);
	layout_deinit(&l);
	space_end(m);
}
END_TEST

/* A range that was freed and waits is not free. */
START_TEST(lazily_freed)
{
	struct machine *m = space_boot_window(MiB(16), 256);
	vaddr_t a, b;

	vmalloc_set_lazy_max(m, 1000);
	a = vmalloc(m, 5 * PAGE_SIZE, "a");
	b = vmalloc(m, PAGE_SIZE, "b");
	ck_assert(vmalloc(m, PAGE_SIZE, "c"));
	vfree(m, a);
	check_layout(m);
	vfree(m, b);
	check_layout(m);
	purge_vmap_area_lazy(m);
	check_layout(m);
	space_end(m);
}
END_TEST

/* Nor is what a pool keeps, which waits no more. */
START_TEST(pooled)
{
	struct machine_config c = MACHINE_CONFIG_DEFAULT;
	struct machine *m;
	vaddr_t a, b;

	c.memory = MiB(16);
	c.cpus = 2;
	c.vmalloc_size = 256 * PAGE_SIZE;
	m = space_boot_config(&c);
	ck_assert_int_eq(vmalloc_set_policy(m, VM_LINUX_6_12), 0);
	a = vmalloc(m, 5 * PAGE_SIZE, "a");
	b = vmalloc(m, PAGE_SIZE, "b");
	ck_assert(vmalloc(m, PAGE_SIZE, "c"));
	vfree(m, a);
	purge_vmap_area_lazy(m);
	vfree(m, b);
	ck_assert_uint_eq(vmalloc_nr_pooled(m), 6);
	ck_assert_uint_eq(vmalloc_nr_lazy(m), 2);
	check_layout(m);
	purge_vmap_area_lazy(m);
	ck_assert_uint_eq(vmalloc_nr_pooled(m), 2);
	check_layout(m);
	space_end(m);
}
END_TEST

/* Page tables of a zone: those that there are, and none when they are gone. */
START_TEST(tables_of_a_zone)
{
	struct machine *m = space_boot(MiB(64), 2);
	vaddr_t addr = vmalloc_node(m, MiB(8), 1, "a");

	ck_assert(addr);
	check_layout(m);
	vfree(m, addr);
	check_layout(m);
	space_end(m);
}
END_TEST

START_TEST(kinds)
{
	static const enum segment_kind first[] = { SEG_VMALLOC, SEG_GUARD, SEG_VMALLOC, SEG_GUARD,
						   SEG_USER,	SEG_GUARD, SEG_VMAP,	SEG_GUARD,
						   SEG_VMALLOC, SEG_GUARD, SEG_HOLE };
	struct machine *m = scene_kinds();
	struct layout l;

	layout_init(&l, m);
	for (guint i = 0; i < G_N_ELEMENTS(first); i++)
		ck_assert_int_eq(layout_segment(&l, i)->kind, first[i]);
	ck_assert_uint_eq(l.bytes[SEG_UNMAPPED], 40960);
	ck_assert_uint_eq(l.bytes[SEG_IOREMAP], 32768);
	ck_assert_uint_eq(l.areas[SEG_VMAP], 1);
	layout_deinit(&l);
	space_end(m);

	m = space_boot(MiB(64), 1);
	ck_assert(vmalloc(m, MiB(8), "large"));
	layout_init(&l, m);
	ck_assert_uint_eq(l.bytes[SEG_ARRAY], 4 * PAGE_SIZE);
	ck_assert_uint_eq(l.array_frames, 4);
	layout_deinit(&l);
	space_end(m);
}
END_TEST

/* --- rows ------------------------------------------------------------------ */

/* Rows and breaks lie end to end, and what is left out is free. */
static void check_rows(struct machine *m, unsigned cells, unsigned max_rows, uint64_t min_cell)
{
	struct layout l;
	g_autoptr(GArray) rows = NULL;
	uint64_t cell;
	vaddr_t at;
	guint seg = 0;

	layout_init(&l, m);
	rows = layout_rows(&l, cells, max_rows, min_cell, &cell);
	ck_assert_uint_ge(rows->len, 1);
	ck_assert_uint_le(rows->len, max_rows);
	ck_assert_uint_ge(cell, min_cell);
	ck_assert_uint_eq(cell & (cell - 1), 0);

	at = layout_segment(&l, 0)->addr;
	for (guint i = 0; i < rows->len; i++) {
		const struct layout_row *row = &g_array_index(rows, struct layout_row, i);
		vaddr_t last = layout_row_last(row);

		ck_assert_uint_eq(row->addr, at);
		if (row->is_break)
			ck_assert_uint_gt(row->size, cell * cells);
		else
			ck_assert_uint_eq(row->size, cell * cells);
		/* No segment before `first` meets the row. */
		ck_assert_uint_lt(row->first, l.segments->len);
		if (row->first)
			ck_assert(layout_segment(&l, row->first)->addr <= row->addr ||
				  layout_segment(&l, row->first)->addr == row->addr);
		for (; seg < l.segments->len; seg++) {
			const struct segment *s = layout_segment(&l, seg);

			if (s->addr > last)
				break;
			if (row->is_break)
				ck_assert(segment_is_free(s));
			if (s->addr + (s->size - 1) > last)
				break;
		}
		at = last + 1;
	}
	ck_assert_uint_eq(seg == l.segments->len, 1);
	layout_deinit(&l);
}

START_TEST(rows_cover_all)
{
	static const unsigned cells[] = { 24, 64, 104, 480, 1024 };

	for (size_t i = 0; i < G_N_ELEMENTS(cells); i++) {
		for (unsigned max_rows = 4; max_rows < 40; max_rows += 3) {
			struct machine *scenes[] = { scene_kinds(), scene_linux(),
						     scene_fragmented(max_rows) };

			for (size_t j = 0; j < G_N_ELEMENTS(scenes); j++) {
				check_rows(scenes[j], cells[i], max_rows, PAGE_SIZE);
				check_rows(scenes[j], cells[i], max_rows, PAGE_SIZE / 64);
				space_end(scenes[j]);
			}
		}
	}
}
END_TEST

/* One more area does not change the scale, until there is no room. */
START_TEST(scale_is_stable)
{
	struct machine *m = space_boot(MiB(64), 1);
	uint64_t cell, before = 0;
	unsigned changes = 0;

	for (unsigned i = 0; i < 1000; i++) {
		struct layout l;

		ck_assert_ptr_nonnull(get_vm_area(m, 16 * PAGE_SIZE, VM_ALLOC, "a"));
		layout_init(&l, m);
		g_array_unref(layout_rows(&l, 64, 16, PAGE_SIZE, &cell));
		layout_deinit(&l);
		ck_assert_uint_ge(cell, before);
		changes += cell != before;
		before = cell;
	}
	/* 17000 pages in 15 rows of 64 cells are 32 pages a cell: from 1 on, 5 times. */
	ck_assert_uint_eq(cell, 32 * PAGE_SIZE);
	ck_assert_uint_eq(changes, 6);
	space_end(m);
}
END_TEST

static Suite *layout_suite(void)
{
	Suite *s = suite_create("layout");
	TCase *tc = tcase_create("layout");

	tcase_set_timeout(tc, SPACE_TIMEOUT);
	tcase_add_test(tc, sums_are_the_figures);
	tcase_add_test(tc, empty);
	tcase_add_test(tc, lazily_freed);
	tcase_add_test(tc, pooled);
	tcase_add_test(tc, tables_of_a_zone);
	tcase_add_test(tc, kinds);
	tcase_add_test(tc, rows_cover_all);
	tcase_add_test(tc, scale_is_stable);
	suite_add_tcase(s, tc);
	return s;
}

int main(void)
{
	return unit_main(layout_suite());
}
