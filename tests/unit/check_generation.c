/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Linux's policies on a machine: against the model, and by example.
 */
#include <errno.h>

#include "linuxmodel.h"
#include "space.h"
#include "vmalloc/generation.h"

#define BASE VMALLOC_START
#define P PAGE_SIZE
#define WINDOW_PAGES 4096
#define RANGES_MAX 120

static struct linux_model model;
static uint64_t seed;

static uint64_t below(uint64_t n)
{
	return (unit_random(&seed) >> 11) % n;
}

/* A machine whose vmalloc space has WINDOW_PAGES pages. */
static struct machine *boot(enum vm_policy policy, unsigned cpus)
{
	struct machine_config c = MACHINE_CONFIG_DEFAULT;
	struct machine *m;

	c.memory = MiB(1);
	c.cpus = cpus;
	c.vmalloc_size = WINDOW_PAGES * P;
	m = space_boot_config(&c);
	ck_assert_int_eq(vmalloc_set_policy(m, policy), 0);
	return m;
}

/* Address space alone, as asked for: no guard is added. */
static vaddr_t reserve_in(struct machine *m, uint64_t pages, uint64_t align, vaddr_t start,
			  vaddr_t end)
{
	struct vm_struct *area = get_vm_area_range(m, pages * P, align, VM_MAP | VM_NO_GUARD, start,
						   end, NUMA_NO_NODE, NULL);

	unit_assert(area || errno == ENOSPC);
	return area ? area->addr : 0;
}

static vaddr_t reserve(struct machine *m, uint64_t pages, uint64_t align)
{
	return reserve_in(m, pages, align, m->vmalloc_start, m->vmalloc_end);
}

static void release(struct machine *m, vaddr_t addr)
{
	struct vm_struct *area = remove_vm_area(m, addr);

	unit_assert(area);
	free_vm_struct(m, area);
}

/* --- against the model --------------------------------------------------------------- */

static const struct {
	enum vm_policy policy;
	unsigned cpus;
} machines[] = {
	{ VM_LINUX_6_1, 1 },  { VM_LINUX_6_12, 1 },  { VM_LINUX_6_12, 2 },
	{ VM_LINUX_6_12, 4 }, { VM_LINUX_6_12, 16 },
};

static void random_window(struct machine *m, uint64_t pages, vaddr_t *start, vaddr_t *end)
{
	*start = m->vmalloc_start;
	*end = m->vmalloc_end;
	switch (below(8)) {
	case 0: /* the upper half */
		*start += WINDOW_PAGES / 2 * P;
		break;
	case 1: /* as long as the range, more or less */
		*start += below(WINDOW_PAGES) * P;
		*end = *start + (pages + below(3)) * P;
		break;
	}
}

static void random_place(struct machine *m)
{
	static const uint64_t common[] = { 2, 5, 5, 5, 9, 17 };
	uint64_t pages = below(3) ? common[below(6)] : 1 + below(below(8) ? 40 : 300);
	uint64_t align = P << (below(3) ? 0 : below(6));
	unsigned cpu = (unsigned)below(m->nr_cpus);
	uint64_t expected = 0;
	vaddr_t start, end, addr;

	random_window(m, pages, &start, &end);
	unit_assert(!machine_run_on(m, (int)cpu));
	if (!lm_alloc(&model, (int)cpu, pages * P, align, start, end, &expected))
		expected = 0;
	addr = reserve_in(m, pages, align, start, end);
	unit_assert(addr == expected);
}

static void random_release(struct machine *m)
{
	int i = (int)below((uint64_t)model.busy.n);

	release(m, model.busy.r[i].start);
	lm_free(&model, i);
	if (lm_waiting_pages(&model) > vmalloc_lazy_max(m))
		lm_purge(&model, false);
}

static void count_pooled(void *arg, unsigned node, uint64_t pages, vaddr_t addr)
{
	const struct lm_list *pool = &model.pool[node][pages];
	int *n = arg;
	int at = 0;

	while (at < pool->n && pool->r[at].start != addr)
		at++;
	unit_assert(at < pool->n);
	(*n)++;
}

static void compare(struct machine *m)
{
	int pooled = 0;

	vmlist_for_each_pooled(m, count_pooled, &pooled);
	unit_assert(pooled == lm_pooled(&model));
	unit_assert(vmalloc_nr_lazy(m) == lm_waiting_pages(&model));
	space_check(m);
}

START_TEST(random_operations)
{
	struct machine *m = boot(machines[_i].policy, machines[_i].cpus);
	const unsigned ops = unit_at_most(1000000);

	seed = UINT64_C(88172645463325252);
	lm_init(&model, machines[_i].policy == VM_LINUX_6_12, (int)machines[_i].cpus,
		m->vmalloc_start, m->vmalloc_end, UINT64_MAX);
	vmalloc_set_lazy_max(m, 600);
	atomic_store(&m->failslab.verbose, 0);
	for (unsigned i = 0; i < ops; i++) {
		/* Sometimes nearly full, sometimes nearly empty. */
		uint64_t fill = i % 20000 < 10000 ? RANGES_MAX : RANGES_MAX / 8;

		if (below(fill) >= (uint64_t)model.busy.n)
			random_place(m);
		else
			random_release(m);
		if (below(200) == 0) {
			purge_vmap_area_lazy(m);
			lm_purge(&model, false);
		}
		if (i % 10000 == 0)
			compare(m);
	}
	compare(m);
	lm_deinit(&model);
	space_end(m);
}
END_TEST

/* A model whose tree is cut out of one hole in ascending order, by what is busy. */
static void model_of_busy(struct machine *m, unsigned i, struct lm_list *busy)
{
	lm_init(&model, machines[i].policy == VM_LINUX_6_12, (int)machines[i].cpus,
		m->vmalloc_start, m->vmalloc_end, UINT64_MAX);
	lm_sort(busy);
	model.busy = *busy;
	for (int k = 0; k < busy->n; k++)
		lm_cut(&model, busy->r[k].start, busy->r[k].end);
}

/* Areas come and go under a policy that has no tree. */
static void random_without_tree(struct machine *m, struct lm_list *busy)
{
	for (int k = 0; k < 400; k++) {
		struct lm_range r = { .node = -1 };
		uint64_t pages = 1 + below(20);

		if (below(60) < (uint64_t)busy->n) {
			release(m, lm_delete(busy, (int)below((uint64_t)busy->n)).start);
			continue;
		}
		r.start = reserve(m, pages, P << below(4));
		r.end = r.start + pages * P;
		if (r.start)
			lm_append(busy, r);
	}
}

/* The kernel's tree exists while one of Linux's policies is on, and is made anew each time. */
START_TEST(switched_on)
{
	struct machine *m = boot(VM_FIRST_FIT, machines[_i].cpus);
	struct lm_list busy = { 0 };

	seed = UINT64_C(88172645463325252);
	for (int round = 0; round < 12; round++) {
		vmalloc_set_lazy_max(m, 0);
		ck_assert_int_eq(vmalloc_set_policy(m, round % 4), 0);
		random_without_tree(m, &busy);
		model_of_busy(m, (unsigned)_i, &busy);
		ck_assert_int_eq(vmalloc_set_policy(m, machines[_i].policy), 0);
		vmalloc_set_lazy_max(m, 600);
		for (int k = 0; k < 1000; k++) {
			if (below(80) >= (uint64_t)model.busy.n)
				random_place(m);
			else
				random_release(m);
		}
		compare(m);
		/* Nothing waits when the policy changes; an area stays with its node. */
		purge_vmap_area_lazy(m);
		busy = model.busy;
		model.busy = (struct lm_list){ 0 };
		lm_deinit(&model);
	}
	free(busy.r);
	space_end(m);
}
END_TEST

/* --- by example -------------------------------------------------------------------------- */

/* What may wait follows the policy until it is set. */
START_TEST(lazy_max_follows)
{
	struct machine *m = boot(VM_FIRST_FIT, 4);

	ck_assert_uint_eq(vmalloc_lazy_max(m), 0);
	vmalloc_set_policy(m, VM_LINUX_6_1);
	ck_assert_uint_eq(vmalloc_lazy_max(m), 3 * 8192); /* fls(4) is 3 */
	release(m, reserve(m, 5, 0));
	ck_assert_uint_eq(vmalloc_nr_lazy(m), 5);
	vmalloc_set_policy(m, VM_BEST_FIT);
	ck_assert_uint_eq(vmalloc_lazy_max(m), 0);
	ck_assert_uint_eq(vmalloc_nr_lazy(m), 0);
	vmalloc_set_lazy_max(m, 7);
	vmalloc_set_policy(m, VM_LINUX_6_12);
	ck_assert_uint_eq(vmalloc_lazy_max(m), 7);
	space_end(m);
}
END_TEST

/* What waits and touches is one hole at once in 6.1, and two that join in 6.12. */
START_TEST(waits_then_is_free)
{
	struct machine *m = boot(VM_LINUX_6_1, 1);
	vaddr_t a = reserve(m, 3, 0), b = reserve(m, 3, 0), c = reserve(m, 3, 0);

	ck_assert_uint_eq(a, BASE);
	release(m, b);
	release(m, a);
	ck_assert_uint_eq(reserve(m, 6, 0), c + 3 * P); /* both wait */
	ck_assert_uint_eq(purge_vmap_area_lazy(m), 2);
	ck_assert_uint_eq(reserve(m, 6, 0), a);
	space_end(m);
}
END_TEST

START_TEST(pools_by_hand)
{
	struct machine *m = boot(VM_LINUX_6_12, 2);
	vaddr_t a[3], other, big;

	for (unsigned i = 0; i < 3; i++)
		a[i] = reserve(m, 5, 0);
	big = reserve(m, 300, 0);
	for (unsigned i = 0; i < 3; i++)
		release(m, a[i]);
	release(m, big);
	ck_assert_uint_eq(vmalloc_nr_pooled(m), 0);
	ck_assert_uint_eq(purge_vmap_area_lazy(m), 4);
	/* 5 pages go into a pool of processor 0, the highest to the front; 300 are a hole. */
	ck_assert_uint_eq(vmalloc_nr_pooled(m), 15);
	space_check(m);
	ck_assert_uint_eq(reserve(m, 100, 0), big);
	/* Another size, another window, another processor: the pool is not for them. */
	ck_assert_uint_eq(reserve(m, 4, 0), big + 100 * P);
	ck_assert_uint_eq(reserve_in(m, 5, 0, m->vmalloc_start, m->vmalloc_end - P), big + 104 * P);
	m->cpu = 1;
	other = reserve(m, 5, 0);
	ck_assert_uint_eq(other, big + 109 * P);
	/* Aligned: the first of the pool is not, and goes to its back. */
	m->cpu = 0;
	ck_assert_uint_eq(a[2] % (4 * P), 2 * P);
	ck_assert_uint_eq(reserve(m, 5, 4 * P) % (4 * P), 0);
	ck_assert_uint_eq(reserve(m, 5, 0), a[1]);
	/* One thread is put on the other processor; that is as good as the knob. */
	ck_assert_int_eq(machine_run_on(m, 1), 0);
	release(m, other);
	ck_assert_int_eq(machine_run_on(m, 2), -EINVAL);
	ck_assert_int_eq(machine_run_on(m, -1), 0);
	/* The pool of 2 ranges decays, and the one that was freed goes into the other one. */
	purge_vmap_area_lazy(m);
	ck_assert_uint_eq(vmalloc_nr_pooled(m), 5);
	ck_assert_uint_eq(reserve(m, 5, 0), a[0]);
	m->cpu = 1;
	ck_assert_uint_eq(reserve(m, 5, 0), other);
	space_check(m);
	space_end(m);
}
END_TEST

/* An area finds no place: all pools are emptied, and waiting ranges go into no pool. */
START_TEST(want_of_room)
{
	struct machine *m = boot(VM_LINUX_6_12, 2);
	vaddr_t a = reserve(m, 5, 0), b = reserve(m, 5, 0);
	vaddr_t rest = reserve(m, WINDOW_PAGES - 11, 0);

	ck_assert_uint_ne(rest, 0);
	release(m, a);
	purge_vmap_area_lazy(m);
	release(m, b);
	m->cpu = 1;
	ck_assert_uint_eq(reserve(m, 10, 0), a);
	ck_assert_uint_eq(vmalloc_nr_pooled(m), 0);
	ck_assert_uint_eq(vmalloc_nr_lazy(m), 0);
	ck_assert_uint_eq(reserve(m, 5, 0), 0);
	space_end(m);
}
END_TEST

/* A range in a pool cannot be freed, found or restored over; only want of room empties it. */
START_TEST(pooled_is_no_area)
{
	struct machine *m = boot(VM_LINUX_6_12, 2);
	vaddr_t a = reserve(m, 5, 0);
	struct vm_restore r = { .addr = a + P, .size = 2 * P, .flags = VM_MAP };

	release(m, a);
	purge_vmap_area_lazy(m);
	ck_assert_ptr_null(remove_vm_area(m, a));
	vmalloc_set_lazy_max(m, 0);
	ck_assert_ptr_null(remove_vm_area(m, a));
	ck_assert_uint_eq(vmalloc_nr_pooled(m), 5);
	ck_assert_int_eq(vm_restore_area(m, &r), 0);
	ck_assert_uint_eq(vmalloc_nr_pooled(m), 0);
	space_check(m);
	/* Nothing may wait: what is freed is purged, and in its pool. */
	release(m, reserve(m, 5, 0));
	ck_assert_uint_eq(vmalloc_nr_lazy(m), 0);
	ck_assert_uint_eq(vmalloc_nr_pooled(m), 5);
	space_check(m);
	space_end(m);
}
END_TEST

/* The pools go with the policy. */
START_TEST(policy_leaves)
{
	struct machine *m = boot(VM_LINUX_6_12, 2);
	vaddr_t a = reserve(m, 5, 0), b = reserve(m, 3, 0);

	release(m, a);
	purge_vmap_area_lazy(m);
	release(m, b);
	vmalloc_set_policy(m, VM_LINUX_6_1);
	ck_assert_uint_eq(vmalloc_nr_pooled(m), 0);
	ck_assert_uint_eq(vmalloc_nr_lazy(m), 3);
	space_check(m);
	ck_assert_uint_eq(reserve(m, 5, 0), a);
	vmalloc_set_policy(m, VM_LINUX_6_12);
	purge_vmap_area_lazy(m);
	ck_assert_uint_eq(vmalloc_nr_pooled(m), 3); /* b was placed by processor 0 */
	space_check(m);
	space_end(m);
}
END_TEST

/* An area that is resized keeps its content and its books, whatever the policy. */
START_TEST(resizes)
{
	struct machine_config c = MACHINE_CONFIG_DEFAULT;
	struct machine *m;
	vaddr_t a, b, moved;

	c.memory = MiB(16);
	c.cpus = 2;
	m = space_boot_config(&c);
	ck_assert_int_eq(vmalloc_set_policy(m, VM_LINUX_6_12), 0);
	a = vmalloc(m, 4 * P, "a");
	b = vmalloc(m, 4 * P, "b");
	m->cpu = 1;
	ck_assert_int_eq(vresize(m, a, 6 * P, &moved), 0);
	ck_assert_uint_eq(moved, b + 5 * P);
	space_check(m);
	/* What it left belongs to processor 0, what it has now to 1. */
	purge_vmap_area_lazy(m);
	ck_assert_uint_eq(vmalloc_nr_pooled(m), 5);
	m->cpu = 0;
	ck_assert_uint_eq(vmalloc(m, 4 * P, "c"), a);
	ck_assert_int_eq(vresize(m, moved, 4 * P, &moved), 0);
	vfree(m, moved);
	purge_vmap_area_lazy(m);
	m->cpu = 1;
	ck_assert_uint_eq(vmalloc(m, 4 * P, "d"), moved);
	space_check(m);
	space_end(m);
}
END_TEST

/* Device memory is aligned to the power of two that holds it, no longer to twice that. */
START_TEST(io_alignment)
{
	struct machine *m = boot(VM_FIRST_FIT, 1);
	struct vm_struct *area;
	vaddr_t addr;

	vmalloc_set_lazy_max(m, 0);
	reserve(m, 1, 0);
	for (unsigned i = 0; i < 2; i++) {
		ck_assert_int_eq(vmalloc_set_policy(m, i ? VM_LINUX_6_1 : VM_FIRST_FIT), 0);
		area = get_vm_area(m, 8 * P, VM_IOREMAP, NULL);
		ck_assert_ptr_nonnull(area);
		addr = area->addr;
		ck_assert_uint_eq((addr - BASE) / P, i ? 8 : 16);
		free_vm_struct(m, remove_vm_area(m, addr));
		area = get_vm_area(m, 8 * P + 1, VM_IOREMAP, NULL);
		ck_assert_uint_eq((area->addr - BASE) / P, 16);
		free_vm_struct(m, remove_vm_area(m, area->addr));
	}
	space_end(m);
}
END_TEST

/* No memory, at any point: what could not be kept in a pool is a hole. */
START_TEST(memory_runs_out)
{
	struct machine *m = boot(VM_FIRST_FIT, 4);
	vaddr_t addr[200];
	unsigned failed = 0;

	for (unsigned nth = 1; nth < 5; nth++) {
		fault_set_nth(m, &m->failslab, nth);
		failed += vmalloc_set_policy(m, VM_LINUX_6_12) == -ENOMEM;
		fault_set_nth(m, &m->failslab, 0);
		vmalloc_set_policy(m, VM_FIRST_FIT);
		space_check(m);
	}
	ck_assert_uint_ge(failed, 3);
	ck_assert_int_eq(vmalloc_set_policy(m, VM_LINUX_6_12), 0);
	for (unsigned nth = 0; nth < 40; nth++) {
		for (unsigned i = 0; i < 200; i++) {
			m->cpu = i % 4;
			addr[i] = reserve(m, 1 + i % 7, 0);
		}
		for (unsigned i = 0; i < 200; i++)
			release(m, addr[i]);
		fault_set_nth(m, &m->failslab, nth);
		purge_vmap_area_lazy(m);
		fault_set_nth(m, &m->failslab, 0);
		space_check(m);
		if (nth % 4 == 0)
			vmalloc_set_policy(m, VM_LINUX_6_1);
		ck_assert_int_eq(vmalloc_set_policy(m, VM_LINUX_6_12), 0);
	}
	space_end(m);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("generation");
	TCase *t = tcase_create("generation");

	tcase_set_timeout(t, SPACE_TIMEOUT);
	tcase_add_loop_test(t, switched_on, 0, (int)(sizeof(machines) / sizeof(machines[0])));
	tcase_add_test(t, lazy_max_follows);
	tcase_add_test(t, waits_then_is_free);
	tcase_add_test(t, pools_by_hand);
	tcase_add_test(t, want_of_room);
	tcase_add_test(t, pooled_is_no_area);
	tcase_add_test(t, policy_leaves);
	tcase_add_test(t, resizes);
	tcase_add_test(t, io_alignment);
	tcase_add_test(t, memory_runs_out);
	suite_add_tcase(s, t);
	t = unit_long_case(s);
	tcase_add_loop_test(t, random_operations, 0, (int)(sizeof(machines) / sizeof(machines[0])));
	return unit_main(s);
}
