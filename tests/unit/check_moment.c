/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Moments: the frames in use and their bytes stay what they were, whatever is done
 * to the machine meanwhile.
 */
#include <vmallocfs/cpu.h>
#include <vmallocfs/state.h>

#include "space.h"

#define P PAGE_SIZE

/* What a moment should have: the descriptors and bytes when it began. */
struct copy {
	struct machine *m;
	unsigned char *ram;
	struct page *map;
};

static struct copy copy_now(struct machine *m)
{
	struct copy c = { m, malloc(m->ram_size), malloc(m->nr_frames * sizeof(struct page)) };

	memcpy(c.ram, m->ram, m->ram_size);
	memcpy(c.map, m->mem_map, m->nr_frames * sizeof(struct page));
	return c;
}

static void copy_free(struct copy *c)
{
	free(c->ram);
	free(c->map);
}

static void compare(const struct copy *c, struct moment *mo)
{
	unsigned char page[P];
	uint64_t slot = 0;

	for (pfn_t pfn = 0; pfn < c->m->nr_frames; pfn++) {
		const struct page *was = &c->map[pfn];
		const struct moment_run *r = moment_run_of(mo, pfn);

		if (!was->_refcount && !(was->flags & PG_reserved)) {
			ck_assert_ptr_null(r);
			continue;
		}
		ck_assert_ptr_nonnull(r);
		ck_assert_uint_eq(r->slot + (pfn - r->pfn), slot);
		ck_assert_ptr_eq(r, moment_run_at(mo, slot));
		ck_assert_uint_eq(r->refcount, was->_refcount);
		ck_assert_uint_eq(r->owner, was->owner);
		ck_assert_uint_eq(r->flags, was->flags & ~(PG_backed | PG_moment));
		ck_assert_int_eq(moment_read(mo, slot, 1, page), 0);
		ck_assert_int_eq(memcmp(page, c->ram + pfn * P, P), 0);
		slot++;
	}
	ck_assert_uint_eq(slot, moment_frames(mo));
}

static void fill(struct machine *m, vaddr_t addr, uint64_t pages, unsigned char byte)
{
	unsigned char page[P];

	for (uint64_t i = 0; i < pages; i++) {
		memset(page, byte + (int)i, P);
		ck_assert_int_eq(vwrite_area(m, page, addr + i * P, P), P);
	}
}

/* Each way in which a frame's bytes or its descriptor can change. */
static void change_all(struct machine *m, vaddr_t *a)
{
	struct cpu_fault fault;
	struct vma *vma;
	vaddr_t b;

	fill(m, a[0], 4, 0x80);				  /* written */
	ck_assert_int_eq(vresize(m, a[1], 5000, &b), 0);  /* cut in the middle of a page */
	ck_assert_int_eq(vresize(m, b, 9 * P, &a[1]), 0); /* zeroed up to there */
	vfree(m, a[2]);					  /* unmapped, free */
	b = vmalloc(m, 30 * P, NULL);			  /* used again, zeroed */
	fill(m, b, 30, 3);
	ck_assert_uint_eq(phys_write(m, "device", 0x5000, 6), 6); /* without tables */
	ck_assert_uint_eq(phys_write(m, "junk", m->cr3 + 8 * 300, 4), 4);
	ck_assert_int_eq(vma_create(m, 4 * P, &vma), 0);
	ck_assert_int_eq(remap_vmalloc_range(m, vma, a[3], 0), 0);
	vma_destroy(m, vma);
	ck_assert_uint_eq(cpu_write(m, 0, a[0] + 2 * P, "store", 6, &fault), 6); /* A and D */
	ck_assert_uint_ge(cpu_age(m, 0, a[0], 4 * P), 1);
	vfree(m, a[4]); /* one with an array that is an area */
	drain_all_pages(m);
	pages_give_back(m, true); /* free frames lose their bytes */
}

static void make_all(struct machine *m, vaddr_t *a)
{
	struct vma *vma;

	a[0] = vmalloc(m, 4 * P, "a");
	a[1] = vmalloc(m, 3 * P, "b");
	a[2] = vmalloc(m, 20 * P, "c");
	a[3] = vmalloc_user(m, 4 * P, "d");
	a[4] = vmalloc(m, 600 * P, "e");
	for (unsigned i = 0; i < 3; i++)
		fill(m, a[i], 3, (unsigned char)(i + 1));
	fill(m, a[4], 600, 7);
	ck_assert_uint_eq(phys_write(m, "frame 0", 0, 7), 7);
	/* Frames that were used, and are free now. */
	fill(m, vmalloc(m, P, NULL), 1, 9);
	ck_assert_int_eq(vma_create(m, 4 * P, &vma), 0);
	vma_destroy(m, vma);
}

START_TEST(stays)
{
	struct machine *m = space_boot(MiB(8), 2);
	struct moment *mo, *second, *third;
	struct copy first, later;
	uint64_t used;
	vaddr_t a[5];

	make_all(m, a);
	used = m->host_used;
	first = copy_now(m);
	ck_assert_int_eq(vmalloc_moment_begin(m, &mo), 0);
	compare(&first, mo);
	change_all(m, a);
	compare(&first, mo);

	/* Two at a time, each with its own. */
	later = copy_now(m);
	ck_assert_int_eq(vmalloc_moment_begin(m, &second), 0);
	ck_assert_int_eq(vmalloc_moment_begin(m, &third), -EBUSY);
	fill(m, a[0], 4, 0x40);
	vfree(m, a[1]);
	compare(&later, second);
	compare(&first, mo);
	moment_end(mo);
	fill(m, a[0], 4, 0x41);
	compare(&later, second);
	ck_assert_int_eq(vmalloc_moment_begin(m, &mo), 0);
	fill(m, a[0], 4, 0x42);
	compare(&later, second);
	moment_end(second);
	moment_end(mo);
	copy_free(&first);
	copy_free(&later);

	/* No mark stays, and no memory. */
	for (pfn_t pfn = 0; pfn < m->nr_frames; pfn++)
		ck_assert_uint_eq(m->mem_map[pfn].flags & PG_moment, 0);
	ck_assert_uint_le(m->host_used, used + 64 * P);
	space_end(m);
}
END_TEST

/* The references and the tables of a process are not kept. */
START_TEST(leaves_processes_out)
{
	struct machine *m = space_boot(MiB(4), 1);
	vaddr_t a = vmalloc_user(m, 4 * P, "u"), b = vmalloc_user(m, 4 * P, "v");
	struct moment *before, *with;
	struct vma *vma, *other;
	size_t n, k;
	const struct moment_run *r, *s;

	fill(m, a, 4, 1);
	fill(m, b, 4, 1);
	ck_assert_int_eq(vma_create(m, 4 * P, &other), 0);
	ck_assert_int_eq(remap_vmalloc_range(m, other, b, 0), 0);
	vfree(m, b);
	ck_assert_int_eq(vmalloc_moment_begin(m, &before), 0);
	ck_assert_int_eq(vma_create(m, 4 * P, &vma), 0);
	ck_assert_int_eq(remap_vmalloc_range(m, vma, a, 0), 0);
	ck_assert_int_eq(vmalloc_moment_begin(m, &with), 0);
	r = moment_runs(before, &n);
	s = moment_runs(with, &k);
	ck_assert_uint_eq(n, k);
	for (size_t i = 0; i < n; i++)
		ck_assert(r[i].pfn == s[i].pfn && r[i].n == s[i].n && r[i].slot == s[i].slot &&
			  r[i].owner == s[i].owner && r[i].refcount == s[i].refcount &&
			  r[i].flags == s[i].flags);
	/* The frames that only a vma has. */
	for (uint64_t i = 0; i < other->nr_frames; i++)
		ck_assert_ptr_null(moment_run_of(with, other->frames[i]));
	ck_assert_uint_eq(pfn_to_page(m, vma->frames[0])->_refcount, 2);
	ck_assert(pfn_to_page(m, vma->frames[0])->flags & PG_user);
	moment_end(before);
	moment_end(with);
	vma_destroy(m, vma);
	vma_destroy(m, other);
	vfree(m, a);
	space_end(m);
}
END_TEST

/* At the limit on the host's memory the moment is lost, and the write is made. */
START_TEST(loses_at_the_limit)
{
	struct machine_config c = MACHINE_CONFIG_DEFAULT;
	unsigned char page[P];
	struct machine *m;
	struct moment *mo;
	uint64_t left, taken;
	vaddr_t a;

	c.memory = MiB(8);
	c.host_limit = MiB(2);
	m = space_boot_config(&c);
	a = vmalloc(m, 200 * P, "a");
	fill(m, a, 200, 1);
	left = host_left(m);
	ck_assert_int_eq(vmalloc_moment_begin(m, &mo), 0);
	taken = host_left(m) - 10 * P;
	ck_assert(host_charge(m, taken));
	fill(m, a, 8, 2);
	ck_assert_int_eq(moment_read(mo, 0, 1, page), 0);
	ck_assert_uint_eq(space_logged(m, "a save ends"), 0);
	fill(m, a, 200, 2);
	ck_assert_int_eq(moment_read(mo, moment_frames(mo) - 1, 1, page), -EIO);
	ck_assert_uint_eq(space_logged(m, "a save ends"), 1);
	ck_assert_int_eq(vread_area(m, page, a + 150 * P, P), P);
	ck_assert_uint_eq(page[0], (unsigned char)(2 + 150));
	moment_end(mo);
	ck_assert_uint_eq(host_left(m), left - taken);
	/* There is no memory for the list of frames. */
	ck_assert(host_charge(m, host_left(m)));
	ck_assert_int_eq(vmalloc_moment_begin(m, &mo), -ENOMEM);
	ck_assert_uint_eq(host_left(m), 0);
	vmalloc_exit(m);
	machine_destroy(m);
}
END_TEST

static int read_source(void *arg, pfn_t pfn, void *to)
{
	if (pfn == *(const pfn_t *)arg)
		return -EIO;
	memset(to, (int)(pfn & 0x7f) + 1, P);
	return 0;
}

/* Frames whose bytes are in a source stay there, whatever becomes of them. */
START_TEST(reads_the_source)
{
	struct machine *m = space_boot(MiB(4), 1);
	vaddr_t a = vmalloc(m, 8 * P, "a");
	pfn_t lost = 0;
	unsigned char page[P], now[P];
	struct moment *mo;
	pfn_t pfn[8];

	for (unsigned i = 0; i < 8; i++) {
		pfn[i] = page_to_pfn(m, vmalloc_to_page(m, a + i * P));
		page_set_unread(m, pfn[i]);
	}
	m->source = (struct frame_source){ .read = read_source, .arg = &lost };
	ck_assert_int_eq(vread_area(m, now, a, P), P); /* one is fetched already */
	ck_assert_int_eq(vmalloc_moment_begin(m, &mo), 0);
	ck_assert(m->mem_map[pfn[1]].flags & PG_unread);
	ck_assert_int_eq(vread_area(m, now, a + P, P), P);
	fill(m, a, 3, 0x80);
	vfree(m, a);
	fill(m, vmalloc(m, 8 * P, "b"), 8, 0x80);
	for (unsigned i = 0; i < 8; i++) {
		const struct moment_run *r = moment_run_of(mo, pfn[i]);

		ck_assert_ptr_nonnull(r);
		ck_assert(r->flags & PG_dirty);
		ck_assert_int_eq(moment_read(mo, r->slot + (pfn[i] - r->pfn), 1, page), 0);
		read_source(&lost, pfn[i], now);
		ck_assert_int_eq(memcmp(page, now, P), 0);
	}
	lost = pfn[5];
	ck_assert_int_eq(
		moment_read(mo, moment_run_of(mo, lost)->slot + lost - moment_run_of(mo, lost)->pfn,
			    1, page),
		-EIO);
	moment_end(mo);
	m->source.read = NULL;
	vmalloc_exit(m);
	machine_destroy(m);
}
END_TEST

/* Random work while a moment is there. */
START_TEST(stays_in_random_work)
{
	struct machine *m = space_boot(MiB(4), 1);
	uint64_t state = 88172645463325252;
	vaddr_t area[16] = { 0 };
	struct moment *mo;
	struct copy c;

	for (unsigned round = 0; round < 6; round++) {
		for (unsigned i = 0; i < 60; i++) {
			vaddr_t *a = &area[unit_random(&state) % 16];

			if (*a) {
				vfree(m, *a);
				*a = 0;
			} else {
				uint64_t pages = unit_random(&state) % 20 + 1;

				*a = vmalloc(m, pages * P, "r");
				fill(m, *a, pages / 2, (unsigned char)unit_random(&state));
			}
			if (i == 30) {
				c = copy_now(m);
				ck_assert_int_eq(vmalloc_moment_begin(m, &mo), 0);
			}
		}
		compare(&c, mo);
		moment_end(mo);
		copy_free(&c);
	}
	for (unsigned i = 0; i < 16; i++)
		vfree(m, area[i]);
	space_end(m);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("moment");
	TCase *tc = tcase_create("moment");

	tcase_set_timeout(tc, SPACE_TIMEOUT);
	tcase_add_test(tc, stays);
	tcase_add_test(tc, leaves_processes_out);
	tcase_add_test(tc, loses_at_the_limit);
	tcase_add_test(tc, reads_the_source);
	tcase_add_test(tc, stays_in_random_work);
	suite_add_tcase(s, tc);
	return unit_main(s);
}
