/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The page tables of recorded dumps, walked, and compared with what the areas
 * say and with what libkdumpfile reads.
 */
#include "unit.h"

#include "dumps.h"
#include "input/dump/dump_verify.h"

/* Whatever both ways of reading can have is the same. */
START_TEST(test_walk)
{
	struct dump *d = open_dump("6.1-kaslr");
	unsigned compared = 0;

	for (guint i = 0; i < d->areas->len; i++) {
		const struct dump_area *a = dump_area(d, i);

		for (uint64_t at = a->start; at < a->start + a->size; at += 4096) {
			unsigned char by_tables[64], by_address[64];
			struct dump_walk w;

			dump_walk(d, at + 64, &w);
			if (w.problem || !dump_file_read_physical(d->file, w.phys, by_tables, 64))
				continue;
			ck_assert(dump_file_read(d->file, at + 64, by_address, 64));
			ck_assert_mem_eq(by_tables, by_address, 64);
			compared++;
		}
	}
	ck_assert_uint_gt(compared, 10);
	dump_close(d);
}
END_TEST

/* Guards are not mapped, and neither is what no page tables can name. */
START_TEST(test_unmapped)
{
	struct dump *d = open_dump("6.1-kaslr");
	uint64_t addr = dump_area(d, 0)->start + dump_area(d, 0)->size - 4096;
	struct dump_walk w;

	dump_walk(d, addr, &w);
	ck_assert_ptr_nonnull(w.problem);
	ck_assert_uint_eq(w.nr, 4);
	ck_assert_uint_eq(dump_walk_rest(&w, addr), 4096);
	/* The kernel has nothing in the lower half: an entry of the top table is 512 GiB. */
	dump_walk(d, 0x1000, &w);
	ck_assert_ptr_nonnull(w.problem);
	ck_assert_uint_eq(w.nr, 1);
	ck_assert_uint_eq(dump_walk_rest(&w, 0x1000), (UINT64_C(1) << 39) - 0x1000);
	dump_walk(d, UINT64_C(1) << 60, &w);
	ck_assert_ptr_nonnull(w.problem);
	ck_assert_uint_eq(w.nr, 0);
	dump_close(d);
}
END_TEST

/* A leaf of 2 MiB occurs in each of them: the per-CPU area. */
START_TEST(test_large_leaf)
{
	struct dump *d = open_dump("6.1-kaslr");
	unsigned large = 0, read_only = 0;

	for (guint i = 0; i < d->areas->len; i++) {
		const struct dump_area *a = dump_area(d, i);
		struct dump_walk w;

		dump_walk(d, a->start, &w);
		large += !w.problem && w.shift == 21;
		read_only += !w.problem && !w.writable;
	}
	ck_assert_uint_gt(large, 0);
	ck_assert_uint_gt(read_only, 0);
	dump_close(d);
}
END_TEST

static void keep_last(void *arg, const struct dump_difference *diff)
{
	*(struct dump_difference *)arg = *diff;
}

START_TEST(test_verify)
{
	static const char *const kernels[] = { "6.1-kaslr", "6.1-no-note" };
	struct dump *d = open_dump(kernels[_i]);
	struct dump_difference last;
	struct dump_verified v;
	char *error = NULL;

	ck_assert_int_eq(dump_verify(d, keep_last, &last, &v, &error), 0);
	ck_assert_uint_eq(v.differences, 0);
	ck_assert_uint_eq(v.areas, 99);
	/* These fixtures have few of the arrays; those that they lack are counted. */
	ck_assert_uint_eq(v.pages, 568);
	ck_assert_uint_eq(v.unknown, 4884);
	dump_close(d);
}
END_TEST

/* One entry of the page tables leads elsewhere: that page is named, and no other. */
START_TEST(test_torn)
{
	struct copy c = copy_of("6.1-kaslr");
	struct dump_difference last;
	struct dump_verified v;
	struct dump *d = NULL;
	struct dump_walk w;
	char *error = NULL;
	uint64_t entry, addr = 0;
	guint i;

	ck_assert(!dump_open(c.path, NULL, &d, &error));
	for (i = 0; !addr && i < d->areas->len; i++)
		if (dump_area(d, i)->flags & 1 && dump_area(d, i)->size > 3 * 4096)
			addr = dump_area(d, i)->start + 4096;
	ck_assert_uint_ne(addr, 0);
	dump_walk(d, addr, &w);
	ck_assert_ptr_null(w.problem);
	entry = w.entry[w.nr - 1] ^ 0x4000;
	ck_assert_int_eq(pwrite(c.fd, &entry, sizeof(entry),
				(off_t)find_bytes(&c, &w.entry[w.nr - 1], sizeof(entry))),
			 sizeof(entry));
	dump_close(d);

	ck_assert(!dump_open(c.path, NULL, &d, &error));
	ck_assert_int_eq(dump_verify(d, keep_last, &last, &v, &error), 0);
	ck_assert_uint_eq(v.differences, 1);
	ck_assert_uint_eq(last.area, i - 1);
	ck_assert_uint_eq(last.page, 1);
	ck_assert_uint_eq(last.want, w.phys);
	dump_close(d);
	close(c.fd);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("dump_tables");
	TCase *tc = tcase_create("dump_tables");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, test_walk);
	tcase_add_test(tc, test_unmapped);
	tcase_add_test(tc, test_large_leaf);
	tcase_add_loop_test(tc, test_verify, 0, 2);
	tcase_add_test(tc, test_torn);
	suite_add_tcase(suite, tc);
	return unit_main(suite);
}
