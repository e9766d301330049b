/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Following another machine: what the policy says, and where areas are put.
 *
 *	pages	0    2    4         9   11
 *		| a  | b  |  hole   | c  |  hole
 */
#include <errno.h>

#include "space.h"
#include "unit.h"

#define BASE VMALLOC_START
#define P PAGE_SIZE

static struct machine *m;

static void setup(void)
{
	struct machine_config c = MACHINE_CONFIG_DEFAULT;

	c.memory = MiB(1);
	c.cpus = 2;
	m = space_boot_config(&c);
	ck_assert_int_eq(vmalloc_set_policy(m, VM_LINUX_6_12), 0);
}

static void teardown(void)
{
	space_check(m);
	space_end(m);
}

static struct vm_follow request(unsigned page, unsigned pages, uint64_t align)
{
	return (struct vm_follow){
		.size = pages * P,
		.align = align,
		.start = m->vmalloc_start,
		.end = m->vmalloc_end,
		.flags = VM_MAP,
		.addr = BASE + page * P,
	};
}

/* The policy says that page, and has the area there. */
static void follows(unsigned page, unsigned pages, uint64_t align)
{
	struct vm_follow f = request(page, pages, align);

	ck_assert_int_eq(vm_follow(m, &f), 0);
	ck_assert_uint_eq(f.said, f.addr);
}

/* The policy says page `said`; the area is put to `page` all the same. */
static void errs(unsigned page, unsigned pages, uint64_t align, unsigned said)
{
	struct vm_follow f = request(page, pages, align);

	ck_assert_int_eq(vm_follow(m, &f), -EAGAIN);
	ck_assert_uint_eq(f.said, BASE + said * P);
	ck_assert_int_eq(vm_follow_put(m, &f), 0);
}

static void frees(unsigned page)
{
	struct vm_struct *area = remove_vm_area(m, BASE + page * P);

	ck_assert_ptr_nonnull(area);
	free_vm_struct(m, area);
}

static enum vm_follow_state state(unsigned page, unsigned pages)
{
	return vm_follow_look(m, BASE + page * P, pages * P);
}

START_TEST(one_elsewhere)
{
	follows(0, 2, 0);
	errs(9, 2, 0, 2);
	follows(2, 2, 0);
	/* The hole of pages 4 to 8 is too small for 6. */
	follows(11, 6, 0);
	follows(4, 5, 0);
}
END_TEST

START_TEST(asking_changes_nothing)
{
	struct vm_follow f = request(100, 3, 4 * P);

	follows(0, 2, 0);
	for (int i = 0; i < 3; i++) {
		vm_follow_ask(m, &f);
		ck_assert_uint_eq(f.said, BASE + 4 * P);
	}
	ck_assert_int_eq(state(2, 200), VM_FOLLOW_FREE);
	space_check(m);
}
END_TEST

START_TEST(out_of_pools)
{
	struct vm_follow f;

	follows(0, 2, 0);
	follows(2, 2, 0);
	frees(0);
	frees(2);
	ck_assert_int_eq(state(0, 2), VM_FOLLOW_WAITS);
	purge_vmap_area_lazy(m);
	ck_assert_int_eq(state(0, 2), VM_FOLLOW_POOLED);
	ck_assert_int_eq(state(0, 3), VM_FOLLOW_BUSY);

	/* The highest is first; the other machine took the other one. */
	f = request(0, 2, 0);
	vm_follow_ask(m, &f);
	ck_assert(f.from_pool);
	errs(0, 2, 0, 2);
	ck_assert_uint_eq(vmalloc_nr_pooled(m), 2);
	follows(2, 2, 0);
	ck_assert_uint_eq(vmalloc_nr_pooled(m), 0);
}
END_TEST

/* A front range that is not aligned goes last, as if it had been searched here. */
START_TEST(rotates)
{
	follows(0, 3, 0);
	follows(3, 3, 0);
	frees(0);
	frees(3);
	purge_vmap_area_lazy(m);
	follows(8, 3, 8 * P);
	follows(0, 3, 0);
}
END_TEST

START_TEST(held_and_cleared)
{
	struct vm_follow f;
	vaddr_t start, end;

	follows(0, 2, 0);
	/* Small ranges are in the pool that no processor asks; large ones are areas. */
	ck_assert_int_eq(vm_follow_hold(m, BASE + 2 * P, 4 * P), 0);
	ck_assert_int_eq(vm_follow_hold(m, BASE + 2 * P, 4 * P), -EEXIST);
	ck_assert_int_eq(state(2, 4), VM_FOLLOW_UNKNOWN);
	ck_assert_int_eq(vm_follow_hold(m, BASE + 6 * P, 300 * P), 0);
	ck_assert_int_eq(state(6, 300), VM_FOLLOW_BUSY);
	follows(306, 4, 0);
	space_check(m);

	/* Two ranges are in the way of this one. */
	f = request(4, 10, 0);
	ck_assert_int_eq(vm_follow_put(m, &f), -EEXIST);
	vm_follow_clear(m, f.addr, f.size);
	ck_assert_int_eq(vm_follow_put(m, &f), 0);
	ck_assert_uint_eq(vmalloc_nr_pooled(m), 0);

	ck_assert(vm_follow_hole(m, BASE + 20 * P, &start, &end));
	ck_assert_uint_eq(start, BASE + 14 * P);
	ck_assert_uint_eq(end, BASE + 306 * P);
	ck_assert(!vm_follow_hole(m, BASE, &start, &end));
}
END_TEST

/* An area of a listing is freed: it goes into the pool of ranges whose node is not known. */
START_TEST(adopted)
{
	struct vm_restore r = { .addr = BASE, .size = 2 * P, .flags = VM_MAP };

	ck_assert_int_eq(vm_restore_area(m, &r), 0);
	vm_follow_adopt(m, BASE);
	frees(0);
	purge_vmap_area_lazy(m);
	ck_assert_int_eq(state(0, 2), VM_FOLLOW_UNKNOWN);
	follows(2, 2, 0);
	/* There it decays like others. */
	purge_vmap_area_lazy(m);
	ck_assert_int_eq(state(0, 2), VM_FOLLOW_FREE);
}
END_TEST

/* Figures of what lies below an address, beside those of all. */
START_TEST(span_below)
{
	struct vm_span all, low;

	vmlist_span_below(m, BASE + 50 * P, &low);
	ck_assert_uint_eq(low.end, 0);
	follows(0, 2, 0);
	errs(5, 2, 0, 2);
	errs(8, 2, 0, 2);
	vmlist_span(m, &all);
	vmlist_span_below(m, BASE + 50 * P, &low);
	ck_assert_mem_eq(&all, &low, sizeof(all));

	errs(60, 2, 0, 2);
	errs(64, 2, 0, 2);
	vmlist_span_below(m, BASE + 50 * P, &low);
	ck_assert_uint_eq(low.start, all.start);
	ck_assert_uint_eq(low.end, all.end);
	ck_assert_uint_eq(low.busy, 6 * P);
	ck_assert_uint_eq(low.holes, 2);
	ck_assert_uint_eq(low.free, 4 * P);
	ck_assert_uint_eq(low.largest, 3 * P);
	vmlist_span_below(m, BASE, &low);
	ck_assert_uint_eq(low.busy, 0);

	/* Holes of one page and of three take areas of none and of two. */
	vmalloc_set_unusable_pages(m, 2);
	vmlist_span(m, &all);
	ck_assert_uint_eq(all.unusable, 0);
	vmlist_count_unusable(m);
	vmlist_span_below(m, BASE + 50 * P, &low);
	ck_assert_uint_eq(low.unusable, P);
	vmalloc_set_unusable_pages(m, 3);
	vmlist_span_below(m, BASE + 50 * P, &low);
	ck_assert_uint_eq(low.unusable, 4 * P);
	vmlist_span(m, &all);
	ck_assert_uint_gt(all.unusable, 4 * P);
	space_check(m);
}
END_TEST

START_TEST(memory_runs_out)
{
	for (unsigned nth = 1;; nth++) {
		struct vm_follow f = request(4 * nth, 2, 0);
		int err;

		fault_set_nth(m, &m->failslab, nth);
		vm_follow_ask(m, &f);
		f.addr = f.said;
		err = vm_follow(m, &f);
		if (!err)
			err = vm_follow_hold(m, f.addr + 64 * P, 2 * P);
		fault_set_nth(m, &m->failslab, 0);
		space_check(m);
		if (!err)
			break;
		ck_assert_int_eq(err, -ENOMEM);
		ck_assert_uint_lt(nth, 100);
		vm_follow_clear(m, BASE, 1024 * P);
	}
}
END_TEST

/* next-fit goes on after the area that was put elsewhere, as if it had placed it there. */
START_TEST(next_fit_goes_on)
{
	ck_assert_int_eq(vmalloc_set_policy(m, VM_NEXT_FIT), 0);
	errs(20, 2, 0, 0);
	follows(22, 2, 0);
	frees(20);
	frees(22);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("follow");
	TCase *t = tcase_create("follow");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, one_elsewhere);
	tcase_add_test(t, asking_changes_nothing);
	tcase_add_test(t, out_of_pools);
	tcase_add_test(t, rotates);
	tcase_add_test(t, held_and_cleared);
	tcase_add_test(t, adopted);
	tcase_add_test(t, span_below);
	tcase_add_test(t, next_fit_goes_on);
	tcase_add_test(t, memory_runs_out);
	suite_add_tcase(s, t);
	return unit_main(s);
}
