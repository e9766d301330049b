/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All that may go on at once in an address space: threads that make, resize and
 * free areas, while others turn each knob there is and look at everything.
 */
#include <pthread.h>
#include "space.h"

#define WORKERS 3
#define ROUNDS 3000

static struct churn {
	struct machine *m;
	atomic_bool stop;
	_Atomic uint64_t bad;
} churn;

/* Content that tells whose it is: a range given out twice shows. */
static void stamp(struct machine *m, vaddr_t addr, uint64_t mark)
{
	if (vwrite_area(m, &mark, addr, sizeof(mark)) != sizeof(mark))
		atomic_fetch_add(&churn.bad, 1);
}

static void expect(struct machine *m, vaddr_t addr, uint64_t mark)
{
	uint64_t got = 0;

	if (vread_area(m, &got, addr, sizeof(got)) != sizeof(got) || got != mark)
		atomic_fetch_add(&churn.bad, 1);
}

static void *work(void *arg)
{
	struct machine *m = churn.m;
	uint64_t seed = (uint64_t)(uintptr_t)arg * UINT64_C(0x9e3779b97f4a7c15) | 1;
	vaddr_t area[16] = { 0 };

	for (unsigned i = 0; i < ROUNDS; i++) {
		vaddr_t *a = &area[unit_random(&seed) % 16];
		uint64_t size = (1 + (unit_random(&seed) >> 20) % 12) * PAGE_SIZE;
		uint64_t mark = (uint64_t)(uintptr_t)a;

		if (!*a) {
			*a = vmalloc(m, size, "churn");
			if (*a)
				stamp(m, *a, mark);
			continue;
		}
		expect(m, *a, mark);
		if (i % 3) {
			vfree(m, *a);
			*a = 0;
		} else if (!vresize(m, *a, size, a)) {
			expect(m, *a, mark);
		}
	}
	for (unsigned i = 0; i < 16; i++)
		vfree(m, area[i]);
	return NULL;
}

static void *turn_knobs(void *arg)
{
	struct machine *m = churn.m;
	uint64_t seed = 88172645463325252;

	(void)arg;
	while (!atomic_load(&churn.stop)) {
		uint64_t x = unit_random(&seed) >> 20;

		switch (x % 5) {
		case 0:
			vmalloc_set_policy(m, (enum vm_policy)(x / 5 % NR_VM_POLICIES));
			break;
		case 1:
			vmalloc_set_lazy_max(m, x / 5 % 3 ? x / 15 % 200 : 0);
			break;
		case 2:
			purge_vmap_area_lazy(m);
			break;
		case 3:
			trace_set_on(m, x & 64);
			break;
		case 4:
			trace_enable(m, (enum trace_type)(x / 5 % NR_TRACE_TYPES), x & 64);
			break;
		}
	}
	return NULL;
}

struct sum {
	vaddr_t last;
	uint64_t busy;
};

static void add_area(void *arg, const struct vm_struct *area)
{
	struct sum *s = arg;

	if (area->addr < s->last)
		atomic_fetch_add(&churn.bad, 1);
	s->last = area->addr + area->size;
	s->busy += area->size;
}

static void add_lazy(void *arg, vaddr_t addr, uint64_t size, bool pooled)
{
	struct sum *s = arg;

	(void)pooled;
	if (addr < s->last)
		atomic_fetch_add(&churn.bad, 1);
	s->last = addr + size;
	s->busy += size;
}

static void *look(void *arg)
{
	struct machine *m = churn.m;
	struct trace_event event[64];
	struct vm_span span;
	uint64_t lost;

	(void)arg;
	while (!atomic_load(&churn.stop)) {
		struct sum s = { 0 };

		vmlist_for_each_range(m, add_area, add_lazy, &s);
		vmlist_span(m, &span);
		if (span.largest > span.free || span.free + span.busy != span.end - span.start)
			atomic_fetch_add(&churn.bad, 1);
		trace_consume(m, event, 64, &lost);
		if (vmalloc_policy(m) >= NR_VM_POLICIES || vmalloc_nr_lazy(m) > vmlist_seq(m) * 16)
			atomic_fetch_add(&churn.bad, 1);
		if (machine_check(m, unit_report, NULL))
			atomic_fetch_add(&churn.bad, 1);
	}
	return NULL;
}

/* In a wide window, and in one where placements fail, purge, and are told of in the log. */
START_TEST(test_churn)
{
	struct machine *m = _i ? space_boot_window(MiB(8), 120) : space_boot(MiB(8), 2);
	pthread_t worker[WORKERS], knobs, looker;

	churn.m = m;
	churn.bad = 0;
	churn.stop = false;
	for (uintptr_t i = 0; i < WORKERS; i++)
		ck_assert_int_eq(pthread_create(&worker[i], NULL, work, (void *)(i + 1)), 0);
	ck_assert_int_eq(pthread_create(&knobs, NULL, turn_knobs, NULL), 0);
	ck_assert_int_eq(pthread_create(&looker, NULL, look, NULL), 0);
	for (unsigned i = 0; i < WORKERS; i++)
		pthread_join(worker[i], NULL);
	atomic_store(&churn.stop, true);
	pthread_join(knobs, NULL);
	pthread_join(looker, NULL);
	ck_assert_uint_eq(atomic_load(&churn.bad), 0);
	purge_vmap_area_lazy(m);
	ck_assert_uint_eq(space_areas(m), 0);
	ck_assert_uint_eq(space_warnings(m), 0);
	space_check(m);
	space_end(m);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("churn");
	TCase *tc = tcase_create("churn");

	tcase_set_timeout(tc, SPACE_TIMEOUT);
	tcase_add_loop_test(tc, test_churn, 0, 2);
	suite_add_tcase(s, tc);
	return unit_main(s);
}
