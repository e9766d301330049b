/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The host's memory: what is counted, the limit, and what is given back.
 */
#include <sys/mman.h>

#include "machine/cache.h"

#include "space.h"

#define P PAGE_SIZE

static struct machine *boot_limited(uint64_t memory, uint64_t limit)
{
	struct machine_config c = MACHINE_CONFIG_DEFAULT;

	c.memory = memory;
	c.host_limit = limit;
	return space_boot_config(&c);
}

static uint64_t used(struct machine *m)
{
	return atomic_load(&m->host_used);
}

/* Frames of RAM that the host holds bytes of. */
static uint64_t resident(struct machine *m)
{
	unsigned char *vec = malloc(m->nr_frames);
	uint64_t n = 0;

	ck_assert_int_eq(mincore(m->ram, m->ram_size, vec), 0);
	for (pfn_t i = 0; i < m->nr_frames; i++)
		n += vec[i] & 1;
	free(vec);
	return n;
}

static void write_pages(struct machine *m, vaddr_t addr, uint64_t n)
{
	unsigned char page[P];

	memset(page, 0x5a, P);
	for (uint64_t i = 0; i < n; i++)
		ck_assert_int_eq(vwrite_area(m, page, addr + i * P, P), P);
}

/* A frame costs memory when it is written, not before; and only once. */
START_TEST(counts)
{
	struct machine *m = boot_limited(MiB(64), 0);
	vaddr_t a = vmalloc(m, MiB(1), NULL);
	uint64_t before = used(m), frames = resident(m);
	char buf[64];

	ck_assert_uint_eq(host_left(m), UINT64_MAX);
	ck_assert_int_eq(vread_area(m, buf, a, 64), 64);
	ck_assert_uint_eq(used(m), before);
	write_pages(m, a, 4);
	write_pages(m, a, 4);
	ck_assert_uint_eq(used(m), before + 4 * P);
	ck_assert_uint_eq(resident(m), frames + 4);
	ck_assert_uint_eq(phys_write(m, "x", MiB(60), 1), 1);
	ck_assert_uint_ge(used(m), before + 5 * P);

	/* kmalloc: what it took, it gives back. */
	before = used(m);
	kfree(m, kmalloc(m, MiB(3), GFP_KERNEL));
	ck_assert_uint_eq(used(m), before);
	ck_assert(host_charge(m, 1000));
	ck_assert_uint_eq(used(m), before + 1000);
	host_uncharge(m, 1000);
	space_end(m);
}
END_TEST

/* An area that is 500 times the limit: refused, and nothing is lost by that. */
START_TEST(too_large)
{
	struct machine *m = boot_limited(GiB(24), MiB(32));
	vaddr_t a = vmalloc(m, 4 * P, "a");
	unsigned char page[P];
	uint64_t before;

	write_pages(m, a, 4);
	before = used(m);
	ck_assert_uint_eq(vmalloc(m, GiB(16), "f"), 0);
	ck_assert_int_eq(errno, ENOMEM);
	ck_assert(unit_logged(m, "out of host memory"));
	ck_assert(!unit_logged(m, "out of frames"));
	ck_assert_uint_le(used(m), MiB(32));
	ck_assert_int_eq(vresize(m, a, GiB(16), &a), -ENOMEM);
	ck_assert_uint_le(used(m), MiB(32));
	ck_assert_int_eq(vread_area(m, page, a + 3 * P, P), P);
	ck_assert_int_eq(page[17], 0x5a);
	space_check(m);
	pages_give_back(m, true);
	/* The tables stay, and the index may keep nodes. */
	ck_assert_uint_le(used(m), before + MiB(2));
	ck_assert(vmalloc(m, MiB(64), "g"));
	space_end(m);
}
END_TEST

/* Writing ends at the limit, for areas, kmem and mem; what was written stays. */
START_TEST(writes_end)
{
	struct machine *m = boot_limited(GiB(24), MiB(16));
	vaddr_t a = vmalloc(m, MiB(64), "a"), b = vmalloc(m, P, "b");
	unsigned char page[P];
	uint64_t n = 0, other = 0;

	memset(page, 0xa5, P);
	while (vwrite_area(m, page, a + n * P, P) == (ssize_t)P)
		n++;
	ck_assert_uint_gt(n, 3000);
	ck_assert_uint_lt(n, 4096);
	ck_assert_uint_lt(host_left(m), P);
	ck_assert_int_eq(vwrite_area(m, page, a + n * P, P), -ENOMEM);
	ck_assert_int_eq(vwrite_area(m, page, b, 1), -ENOMEM);
	ck_assert_uint_eq(vwrite(m, page, b, 1), 0);
	ck_assert_uint_eq(phys_write(m, page, GiB(23), 1), 0);
	ck_assert_int_eq(vwrite_area(m, page, a + n * P - 10, 20), 10); /* as far as it goes */
	ck_assert_int_eq(vwrite_area(m, page, a, P), P);		/* a frame that it has */
	ck_assert(!kmalloc(m, MiB(1), GFP_KERNEL));
	ck_assert(!host_charge(m, MiB(1)));
	for (uint64_t i = 0; i < n; i++) {
		ck_assert_int_eq(vread_area(m, page, a + i * P, P), P);
		other += page[100] != 0xa5;
	}
	ck_assert_uint_eq(other, 0);
	space_check(m);

	/* Freed frames are memory for others at once, and for anything after a sweep. */
	vfree(m, a);
	pages_give_back(m, true);
	ck_assert_uint_gt(host_left(m), n * P);
	a = vmalloc(m, MiB(64), "a");
	ck_assert_int_eq(vwrite_area(m, page, a, P), P);
	space_end(m);
}
END_TEST

/* Page tables, too: a mapping that needs too many of them changes nothing. */
START_TEST(tables_end)
{
	struct machine *m = boot_limited(GiB(24), MiB(2));
	uint64_t tables = atomic_load(&m->nr_table_frames);
	struct page *page = alloc_pages(m, GFP_KERNEL, NUMA_NO_NODE, 0);
	static struct page *pages[300 * 512];

	for (size_t i = 0; i < 300 * 512; i++)
		pages[i] = page;
	/* 300 tables are 1.2 MB, and the record of the frames as much. */
	ck_assert_uint_eq(vmap(m, pages, 300 * 512, VM_MAP, PAGE_KERNEL, NULL), 0);
	ck_assert_int_eq(errno, ENOMEM);
	ck_assert_uint_eq(atomic_load(&m->nr_table_frames), tables);
	ck_assert_uint_le(used(m), MiB(2));
	put_page(m, page);
	space_check(m);
	space_end(m);
}
END_TEST

/* All free frames go back, also single ones; they are zero, and known to be. */
START_TEST(gives_all_back)
{
	struct machine *m = boot_limited(MiB(64), 0);
	uint64_t frames = resident(m), before = used(m), dropped;
	vaddr_t a = vmalloc(m, MiB(10), NULL), b = vmalloc(m, 5 * P, NULL);
	vaddr_t kept = vmalloc(m, 3 * P, NULL);
	unsigned char page[P];
	pfn_t pfn;

	write_pages(m, a, 2560);
	write_pages(m, b, 5);
	write_pages(m, kept, 3);
	pfn = space_pfn(m, b);
	vfree(m, a);
	vfree(m, b);
	ck_assert_uint_ge(resident(m), frames + 2560);
	dropped = pages_give_back(m, true);
	ck_assert_uint_ge(dropped, 2565);
	/* Tables and what is kept stay. */
	ck_assert_uint_le(resident(m), frames + 3 + 16);
	ck_assert_uint_le(used(m), before + 32 * P);
	ck_assert_uint_eq(pages_give_back(m, true), 0);
	ck_assert_uint_eq(atomic_load(&pfn_to_page(m, pfn)->flags), 0);
	ck_assert_uint_eq(phys_read(m, page, pfn << PAGE_SHIFT, P), P);
	for (size_t i = 0; i < P; i++)
		ck_assert_uint_eq(page[i], 0);
	ck_assert_int_eq(vread_area(m, page, kept + 2 * P, P), P);
	ck_assert_uint_eq(page[5], 0x5a);
	space_check(m);
	space_end(m);
}
END_TEST

/* A sweep keeps what was in use since the one before. */
START_TEST(sweeps)
{
	struct machine *m = boot_limited(MiB(64), 0);
	vaddr_t a;

	pages_give_back(m, false);
	for (unsigned i = 0; i < 10; i++) {
		a = vmalloc(m, MiB(8), NULL);
		write_pages(m, a, 2048);
		vfree(m, a);
		ck_assert_uint_eq(pages_give_back(m, false), 0);
	}
	/* A quiet interval: all of it goes, but for what is below 2 MiB. */
	ck_assert_uint_ge(pages_give_back(m, false), 3 * 512);
	ck_assert_uint_eq(pages_give_back(m, false), 0);

	/* A small cycle keeps little of what a large area left. */
	a = vmalloc(m, MiB(32), NULL);
	write_pages(m, a, 8192);
	vfree(m, a);
	pages_give_back(m, false);
	a = vmalloc(m, MiB(4), NULL);
	write_pages(m, a, 1024);
	vfree(m, a);
	ck_assert_uint_ge(pages_give_back(m, false), 8192 - 2048);
	space_check(m);
	space_end(m);
}
END_TEST

/* Memory that was given back is taken again, on every node and in every zone. */
START_TEST(nodes)
{
	struct machine *m = space_boot(MiB(64), 4);
	unsigned char page[P];
	vaddr_t a;

	for (unsigned round = 0; round < 3; round++) {
		a = vmalloc(m, MiB(60), NULL);
		ck_assert(a);
		write_pages(m, a, 60 * 256);
		vfree(m, a);
		ck_assert_uint_ge(pages_give_back(m, true), 60 * 256);
		space_check(m);
	}
	a = vmalloc(m, MiB(60), NULL);
	for (uint64_t i = 0; i < 60 * 256; i++) {
		ck_assert_int_eq(vread_area(m, page, a + i * P, P), P);
		ck_assert_uint_eq(page[0] | page[P - 1], 0);
	}
	space_end(m);
}
END_TEST

/*
 * The host is asked anew once as much came back as it was asked for ahead, in whatever
 * pieces, and not for each page.
 */
START_TEST(asks_again)
{
	struct machine *m = boot_limited(MiB(64), 0);

	for (unsigned i = 0; i < 1024; i++)
		ck_assert(host_charge(m, P));
	host_uncharge(m, P);
	ck_assert_uint_ne(atomic_load(&m->host_checked), 0);
	for (unsigned i = 1; i < 1024 && atomic_load(&m->host_checked); i++)
		host_uncharge(m, P);
	ck_assert_uint_eq(atomic_load(&m->host_checked), 0);
	ck_assert_uint_ge(used(m), MiB(1));
	space_end(m);
}
END_TEST

/*
 * Descriptors from a slab: each has bytes of its own, they are counted, and what was
 * freed is used again.  20,000 of 416 bytes fill the first block and some chunks.
 */
#define THINGS 20000
#define THING 416

START_TEST(slabs)
{
	struct machine *m = boot_limited(MiB(64), MiB(128));
	uint32_t **thing = malloc(THINGS * sizeof(*thing));
	struct kmem_cache c;
	uint64_t before = used(m), full;

	kmem_cache_init(&c, m, THING);
	for (uint32_t i = 0; i < THINGS; i++) {
		thing[i] = kmem_cache_alloc(&c);
		ck_assert_ptr_nonnull(thing[i]);
		ck_assert_uint_eq((uintptr_t)thing[i] % 8, 0);
		thing[i][0] = thing[i][THING / 4 - 1] = i;
	}
	full = used(m);
	ck_assert_uint_ge(full, before + THINGS * THING);
	ck_assert_uint_le(full, before + THINGS * THING + MiB(2));

	/* Every other one goes and comes back: it takes the place of one that went. */
	for (uint32_t i = 0; i < THINGS; i += 2)
		kmem_cache_free(&c, thing[i]);
	for (uint32_t i = 0; i < THINGS; i += 2) {
		thing[i] = kmem_cache_alloc(&c);
		thing[i][0] = thing[i][THING / 4 - 1] = i;
	}
	ck_assert_uint_eq(used(m), full);
	for (uint32_t i = 0; i < THINGS; i++) {
		ck_assert_uint_eq(thing[i][0], i);
		ck_assert_uint_eq(thing[i][THING / 4 - 1], i);
		kmem_cache_free(&c, thing[i]);
	}
	/* Of what is left, some wait for the next ones, and so does one chunk. */
	ck_assert_uint_le(used(m), before + MiB(4) + KMEM_CACHE_SPARE * THING);
	kmem_cache_deinit(&c);
	ck_assert_uint_eq(used(m), before);
	free(thing);
	space_end(m);
}
END_TEST

/* At the limit a slab has nothing more, and what it has stays good. */
START_TEST(slab_ends)
{
	struct machine *m = boot_limited(MiB(64), MiB(8));
	struct kmem_cache c;
	void **last = NULL, **p;
	uint64_t n = 0;

	kmem_cache_init(&c, m, THING);
	while ((p = kmem_cache_alloc(&c))) {
		*p = last;
		last = p;
		n++;
	}
	ck_assert_uint_le(used(m), MiB(8));
	ck_assert_uint_ge(n, MiB(4) / THING);
	ck_assert(unit_logged(m, "out of host memory"));
	while ((p = last)) {
		last = *p;
		kmem_cache_free(&c, p);
		n--;
	}
	ck_assert_uint_eq(n, 0);
	kmem_cache_deinit(&c);
	space_end(m);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("hostmem");
	TCase *tc = tcase_create("hostmem");

	tcase_set_timeout(tc, SPACE_TIMEOUT);
	tcase_add_test(tc, counts);
	tcase_add_test(tc, too_large);
	tcase_add_test(tc, writes_end);
	tcase_add_test(tc, tables_end);
	tcase_add_test(tc, gives_all_back);
	tcase_add_test(tc, sweeps);
	tcase_add_test(tc, nodes);
	tcase_add_test(tc, slabs);
	tcase_add_test(tc, slab_ends);
	tcase_add_test(tc, asks_again);
	suite_add_tcase(s, tc);
	return unit_main(s);
}
