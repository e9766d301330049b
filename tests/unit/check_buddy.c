/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The buddy allocator: its bitmaps, its checker, and a long random run against
 * a model that is one byte a frame.
 */
#include "machine/zone.h"
#include "unit.h"

#define BLOCK MAX_ORDER_NR_PAGES

/* The bitmap below it all */

START_TEST(test_bitmap)
{
	static const uint64_t sizes[] = { 0, 1, 63, 64, 65, 4095, 4096, 4097, 300000 };
	uint64_t seed = 99;

	for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
		uint64_t n = sizes[s] + 1; /* the buddy of the last block may be one beyond */
		struct bitmap b;
		size_t words = bitmap_init(&b, sizes[s], NULL);
		uint64_t *memory = calloc(words, sizeof(*memory));
		unsigned char *model = calloc(n, 1);
		uint64_t count = 0;

		unit_assert(bitmap_init(&b, sizes[s], memory) == words);
		for (int i = 0; i < 20000; i++) {
			/* Mostly in a few places, as blocks are. */
			uint64_t bit = unit_random(&seed) % n;

			if (i % 3)
				bit %= 70;
			bit %= n;
			unit_assert(bitmap_test(&b, bit) == model[bit]);
			if (model[bit]) {
				bitmap_clear(&b, bit);
				count--;
			} else {
				bitmap_set(&b, bit);
				count++;
			}
			model[bit] ^= 1;
			if (count && (n < 100 || i % 50 == 0))
				unit_assert(
					bitmap_first(&b) ==
					(uint64_t)((unsigned char *)memchr(model, 1, n) - model));
		}
		/* Down to the last one, lowest first. */
		while (count--) {
			uint64_t bit = bitmap_first(&b);

			unit_assert(model[bit] == 1);
			model[bit] = 0;
			bitmap_clear(&b, bit);
		}
		unit_assert(memchr(model, 1, n) == NULL);
		free(memory);
		free(model);
	}
}
END_TEST

/* The checker finds what is wrong, each kind of it. */
START_TEST(test_checker)
{
	struct machine *m = unit_boot(MiB(16), 1);
	struct zone *z = &m->node[0].zone[ZONE_DMA];
	struct page *page = alloc_pages(m, GFP_KERNEL, 0, 0);
	pfn_t pfn = page_to_pfn(m, page);

#define finds(damage, repair)                                                                      \
	do {                                                                                       \
		unit_check_pages(m);                                                               \
		damage;                                                                            \
		ck_assert_msg(page_check(m, NULL, NULL) > 0, "%s", #damage);                       \
		repair;                                                                            \
	} while (0)

	finds(page->_refcount = 0, page->_refcount = 1);
	finds(z->free++, z->free--);
	finds(z->nr_free[3]++, z->nr_free[3]--);
	finds(z->orders ^= 1, z->orders ^= 1);
	finds(bitmap_set(&z->bitmap[0], pfn), bitmap_clear(&z->bitmap[0], pfn));
	finds(z->pcp[z->nr_pcp++] = pfn, z->nr_pcp--);
	finds(z->pcp[z->nr_pcp++] = 4096, z->nr_pcp--);
	finds(pfn_to_page(m, z->pcp[0])->_refcount = 1, pfn_to_page(m, z->pcp[0])->_refcount = 0);
	finds(pfn_to_page(m, 2000)->_refcount = 1, pfn_to_page(m, 2000)->_refcount = 0);
	finds(pfn_to_page(m, z->pcp[0])->flags |= PG_table,
	      pfn_to_page(m, z->pcp[0])->flags &= (uint8_t)~PG_table);
	finds(page->flags |= PG_reserved, page->flags &= (uint8_t)~PG_reserved);
	finds(z->bitmap[10].level[0][0] ^= 2, z->bitmap[10].level[0][0] ^= 2);
	/* a free buddy that was not merged */
	drain_all_pages(m);
	finds((bitmap_clear(&z->bitmap[10], 3), bitmap_set(&z->bitmap[9], 6),
	       bitmap_set(&z->bitmap[9], 7), z->nr_free[10]--, z->nr_free[9] += 2),
	      (bitmap_set(&z->bitmap[10], 3), bitmap_clear(&z->bitmap[9], 6),
	       bitmap_clear(&z->bitmap[9], 7), z->nr_free[10]++, z->nr_free[9] -= 2));
	/* a word whose bit in the level above is clear */
	finds(z->bitmap[0].level[1][0] = 0, z->bitmap[0].level[1][0] = UINT64_MAX);
	unit_check_pages(m);
#undef finds
	machine_destroy(m);
}
END_TEST

/*
 * Three blocks are free, of 1, 8 and 32 frames:
 *
 *	3	[64 .. 72)	[128 ........ 160)
 *
 * Single frames come from whole blocks, the largest first: few blocks are touched.
 * A block comes from the smallest that is large enough: large ones stay whole.
 */
START_TEST(test_which_block)
{
	struct zone z = { .managed = 0 };
	pfn_t pfn[9], block;

	ck_assert_int_eq(zone_init(&z, 0, 1024), 0);
	zone_free_run(&z, 3, 4);
	zone_free_run(&z, 64, 72);
	zone_free_run(&z, 128, 160);
	ck_assert(zone_take_block(&z, 2, &block));
	ck_assert_uint_eq(block, 64);
	zone_free_run(&z, 64, 68);
	ck_assert_uint_eq(zone_take(&z, 9, pfn), 9);
	for (unsigned i = 0; i < 8; i++)
		ck_assert_uint_eq(pfn[i], 64 + i);
	ck_assert_uint_eq(pfn[8], 3);
	ck_assert_uint_eq(z.nr_free[5], 1);
	zone_deinit(&z);
}
END_TEST

/*
 * The model: a byte a frame, its references.  It knows what each call must
 * give: how many frames of which zone, in which order zones are used, and
 * whether a block of some order exists.
 */
struct model {
	struct machine *m;
	unsigned char *ref;
	pfn_t *owned; /* the frames in play that have references */
	size_t nr_owned;
};

static uint64_t model_free(const struct model *o, const struct zone_info *z)
{
	uint64_t n = 0;

	for (pfn_t p = z->start_pfn; p < z->end_pfn; p++)
		n += o->ref[p] == 0;
	return n;
}

/* The zones for a request, best first; returns how many. */
static unsigned model_zones(const struct model *o, gfp_t gfp, unsigned node, struct zone_info *ret)
{
	unsigned n = 0;

	for (unsigned i = 0; i < o->m->nr_nodes; i++)
		for (int t = gfp & __GFP_DMA	 ? ZONE_DMA
			     : gfp & __GFP_DMA32 ? ZONE_DMA32
						 : ZONE_NORMAL;
		     t >= 0; t--)
			n += zone_info(o->m, (node + i) % o->m->nr_nodes, (enum zone_type)t,
				       &ret[n]);
	return n;
}

static bool model_has_block(const struct model *o, const struct zone_info *z, uint64_t n)
{
	for (pfn_t p = z->start_pfn; p + n <= z->end_pfn; p += n) {
		uint64_t i = 0;

		while (i < n && o->ref[p + i] == 0)
			i++;
		if (i == n)
			return true;
	}
	return false;
}

static void model_take(struct model *o, pfn_t pfn)
{
	unit_assert(pfn < o->m->nr_frames);
	unit_assert(o->ref[pfn] == 0);
	unit_assert(pfn_to_page(o->m, pfn)->_refcount == 1);
	o->ref[pfn] = 1;
	o->owned[o->nr_owned++] = pfn;
}

static void step_bulk(struct model *o, uint64_t r)
{
	static const gfp_t gfps[] = { GFP_KERNEL, __GFP_DMA32, __GFP_DMA, __GFP_HIGHMEM };
	gfp_t gfp = gfps[(r >> 8) % 4];
	unsigned node = (unsigned)(r >> 16) % o->m->nr_nodes;
	size_t n = (r >> 24) % 8 ? (r >> 32) % 20 : (r >> 32) % 3000, want = 0;
	struct zone_info z[12];
	unsigned zones = model_zones(o, gfp, node, z);
	uint64_t share[12];
	pfn_t pfn[3000];

	for (unsigned i = 0; i < zones; i++) {
		share[i] = z[i].free < n - want ? z[i].free : n - want;
		want += share[i];
	}
	unit_assert(alloc_pages_bulk(o->m, gfp, (int)node, n, pfn) == want);
	for (size_t k = 0; k < want; k++) {
		for (unsigned i = 0; i < zones; i++)
			share[i] -= pfn[k] >= z[i].start_pfn && pfn[k] < z[i].end_pfn;
		model_take(o, pfn[k]);
	}
	for (unsigned i = 0; i < zones; i++)
		unit_assert(share[i] == 0);
}

static void step_block(struct model *o, uint64_t r)
{
	unsigned order = (unsigned)(r >> 8) % MAX_ORDER,
		 node = (unsigned)(r >> 16) % o->m->nr_nodes;
	uint64_t n = UINT64_C(1) << order;
	struct page *page = alloc_pages(o->m, GFP_KERNEL, (int)node, order);
	pfn_t pfn = page ? page_to_pfn(o->m, page) : 0;
	struct zone_info z[12];
	unsigned zones = model_zones(o, GFP_KERNEL, node, z);

	for (unsigned i = 0; i < zones; i++) {
		if (page && pfn >= z[i].start_pfn && pfn < z[i].end_pfn)
			break;
		unit_assert(!model_has_block(o, &z[i], n));
	}
	unit_assert(pfn % n == 0);
	for (uint64_t i = 0; page && i < n; i++)
		model_take(o, pfn + i);
}

/* Puts up to n frames: random ones, or neighbours in the order they were taken. */
static void step_put(struct model *o, uint64_t r)
{
	size_t n = (r >> 8) % 4 ? (r >> 16) % 20 : (r >> 16) % 3000;
	pfn_t pfn[3000];
	size_t k = 0;

	for (; k < n && o->nr_owned; k++) {
		size_t i = r >> 40 & 1 ? unit_random(&r) % o->nr_owned : o->nr_owned - 1;

		pfn[k] = o->owned[i];
		if (--o->ref[pfn[k]] == 0)
			o->owned[i] = o->owned[--o->nr_owned];
	}
	put_pages_bulk(o->m, pfn, k);
}

static void step_get(struct model *o, uint64_t r)
{
	pfn_t pfn;

	if (!o->nr_owned)
		return;
	pfn = o->owned[(r >> 8) % o->nr_owned];
	if (o->ref[pfn] > 200)
		return;
	get_page(pfn_to_page(o->m, pfn));
	o->ref[pfn]++;
}

START_TEST(test_model)
{
	/* Small, ragged, several nodes, and one with all three zones. */
	static const struct {
		uint64_t memory;
		unsigned nodes;
		int steps;
	} rows[] = {
		{ MiB(1) + KiB(12), 1, 20000 },
		{ MiB(23) + KiB(36), 1, 20000 },
		{ MiB(37) + KiB(4), 3, 20000 },
		{ GiB(4) + MiB(9), 2, 1500 },
	};
	struct machine *m = unit_boot(rows[_i].memory, rows[_i].nodes);
	struct model o = { .m = m };
	uint64_t seed = 12345 + (uint64_t)_i;
	pfn_t *all = calloc(m->nr_frames, sizeof(*all));
	size_t n;

	o.ref = calloc(m->nr_frames, 1);
	o.owned = calloc(m->nr_frames, sizeof(*o.owned));
	for (pfn_t p = 0; p < m->nr_frames; p++)
		o.ref[p] = pfn_to_page(m, p)->_refcount || !p;

	/* Of the large one only some blocks are in play: the rest stays taken throughout. */
	if (m->nr_frames > 100000) {
		n = alloc_pages_bulk(m, GFP_KERNEL, 0, m->nr_frames, all);
		unit_assert(nr_free_pages(m) == 0);
		for (size_t i = 0; i < n; i++) {
			if (all[i] / BLOCK % 200 < 2)
				put_page(m, pfn_to_page(m, all[i]));
			else
				o.ref[all[i]] = 1;
		}
	}

	for (int i = 0; i < rows[_i].steps; i++) {
		uint64_t r = unit_random(&seed);

		switch (r % 8) {
		case 0:
		case 1:
		case 2:
			step_bulk(&o, r);
			break;
		case 3:
			step_block(&o, r);
			break;
		case 4:
			step_get(&o, r);
			break;
		default:
			step_put(&o, r);
		}
		if (i % 500 == 0) {
			struct zone_info z[12];
			unsigned zones = model_zones(&o, GFP_KERNEL, 0, z);

			for (unsigned k = 0; k < zones; k++)
				unit_assert(z[k].free == model_free(&o, &z[k]));
			unit_check_pages(m);
		}
		if (r >> 50 == 0)
			drain_all_pages(m);
	}
	while (o.nr_owned)
		step_put(&o, unit_random(&seed));
	unit_check_pages(m);
	unit_assert(m->nr_bad_page == 0);
	free(all);
	free(o.ref);
	free(o.owned);
	machine_destroy(m);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("buddy");
	TCase *t = tcase_create("buddy");

	tcase_set_timeout(t, 300);
	tcase_add_test(t, test_bitmap);
	tcase_add_test(t, test_checker);
	tcase_add_test(t, test_which_block);
	tcase_add_loop_test(t, test_model, 0, 4);
	suite_add_tcase(s, t);
	return unit_main(s);
}
