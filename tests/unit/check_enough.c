/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What would be enough: every answer is tried in a machine that has the same
 * ranges, by asking it for the area.
 */
#include "linuxmodel.h"
#include "space.h"
#include "vmalloc/enough.h"
#include "vmalloc/vmlist.h"

#define PAGES 128 /* of the machine's window */
#define LOW 32	  /* the window that is asked about: pages [LOW, HIGH) of it */
#define HIGH 96
#define MAX_RANGES PAGES

struct scene {
	struct vm_range range[MAX_RANGES];
	size_t n;
};

static vaddr_t page_at(uint64_t page)
{
	return VMALLOC_START + (page << PAGE_SHIFT);
}

/* Ranges and holes of random lengths over the whole window of the machine. */
static void make_scene(struct scene *s, uint64_t *state)
{
	uint64_t page = unit_random(state) % 6, density = 1 + unit_random(state) % 6;

	s->n = 0;
	while (page < PAGES - 12) {
		uint64_t n = 1 + unit_random(state) % 10;

		s->range[s->n++] = (struct vm_range){
			.addr = page_at(page),
			.size = n << PAGE_SHIFT,
			.waits = unit_random(state) % 4 == 0,
		};
		page += n;
		if (unit_random(state) % density == 0)
			page += unit_random(state) % 12;
	}
}

/* A machine with the ranges of a scene, without the one at `gone`. */
static struct machine *build(const struct scene *s, size_t gone)
{
	struct machine *m = space_boot_window(MiB(16), PAGES);

	vmalloc_set_lazy_max(m, PAGES);
	for (size_t i = 0; i < s->n; i++) {
		const struct vm_restore r = {
			.addr = s->range[i].addr,
			.size = s->range[i].size,
			.flags = VM_MAP | VM_NO_GUARD,
		};

		if (i == gone)
			continue;
		ck_assert_int_eq(vm_restore_area(m, &r), 0);
		if (s->range[i].waits)
			vunmap(m, r.addr);
	}
	return m;
}

/* Where the machine puts the request of q, with another window; 0: nowhere. */
static vaddr_t ask(struct machine *m, const struct vm_question *q, vaddr_t start, vaddr_t end)
{
	struct vm_struct *area = get_vm_area_range(m, q->size, q->align, VM_MAP | VM_NO_GUARD,
						   start, end, NUMA_NO_NODE, NULL);

	return area ? area->addr : 0;
}

/* The same in a machine of its own. */
static vaddr_t ask_scene(const struct scene *s, size_t gone, const struct vm_question *q,
			 vaddr_t start, vaddr_t end)
{
	struct machine *m = build(s, gone);
	vaddr_t addr = ask(m, q, start, end);

	vmalloc_exit(m);
	machine_destroy(m);
	return addr;
}

#define NONE SIZE_MAX

static bool has_waiting(const struct scene *s)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->range[i].waits)
			return true;
	return false;
}

static void check_places(const struct scene *s, const struct vm_question *q,
			 const struct vm_answer *a)
{
	for (unsigned p = 0; p < NR_VM_POLICIES; p++) {
		struct machine *m = build(s, NONE);
		const struct vm_place *want = a->now[p].fits ? &a->now[p] : &a->purged[p];
		vaddr_t got;

		ck_assert_int_eq(vmalloc_set_policy(m, (enum vm_policy)p), 0);
		got = ask(m, q, q->start, q->end);
		ck_assert_uint_eq(got, want->fits ? want->addr : 0);
		/* A purge that was not needed has not been made. */
		ck_assert(!a->now[p].fits || (vmalloc_nr_lazy(m) > 0) == has_waiting(s));
		vmalloc_exit(m);
		machine_destroy(m);
	}
}

/* Exactly this much: one page less does not do. */
static void check_wider(const struct scene *s, const struct vm_question *q,
			const struct vm_answer *a)
{
	if (a->lower) {
		ck_assert_uint_ne(ask_scene(s, NONE, q, q->start - a->lower, q->end), 0);
		ck_assert_uint_eq(ask_scene(s, NONE, q, q->start - a->lower + PAGE_SIZE, q->end),
				  0);
	} else {
		ck_assert_uint_eq(ask_scene(s, NONE, q, q->bottom, q->end), 0);
	}
	if (a->higher) {
		ck_assert_uint_ne(ask_scene(s, NONE, q, q->start, q->end + a->higher), 0);
		ck_assert_uint_eq(ask_scene(s, NONE, q, q->start, q->end + a->higher - PAGE_SIZE),
				  0);
	} else {
		ck_assert_uint_eq(ask_scene(s, NONE, q, q->start, q->top), 0);
	}
}

static void check_removals(const struct scene *s, const struct vm_question *q,
			   const struct vm_answer *a)
{
	uint64_t n = 0, smallest = UINT64_MAX;
	size_t kept = a->nr_removals < VM_ENOUGH_REMOVALS ? a->nr_removals : VM_ENOUGH_REMOVALS;

	for (size_t i = 0; i < s->n; i++) {
		if (s->range[i].waits || !ask_scene(s, i, q, q->start, q->end))
			continue;
		n++;
		if (s->range[i].size < smallest)
			smallest = s->range[i].size;
	}
	ck_assert_uint_eq(a->nr_removals, n);
	for (size_t i = 0; i < kept; i++) {
		const struct vm_range *r = &s->range[a->removal[i]];

		ck_assert_uint_ne(ask_scene(s, a->removal[i], q, q->start, q->end), 0);
		ck_assert(!r->waits && (i || r->size == smallest));
		ck_assert(!i || s->range[a->removal[i - 1]].size <= r->size);
	}
}

/* All areas of the window moved to one of its ends; parts of them outside stay where they are. */
static vaddr_t ask_packed(const struct scene *s, const struct vm_question *q, bool down)
{
	struct scene packed = { .n = 1 };
	uint64_t busy = 0;

	for (size_t i = 0; i < s->n; i++) {
		vaddr_t low = s->range[i].addr, high = low + s->range[i].size;

		low = low > page_at(LOW) ? low : page_at(LOW);
		high = high < page_at(HIGH) ? high : page_at(HIGH);
		if (!s->range[i].waits && high > low)
			busy += high - low;
	}
	packed.n = busy > 0;
	packed.range[0].size = busy;
	packed.range[0].addr = down ? page_at(LOW) : page_at(HIGH) - busy;
	return ask_scene(&packed, NONE, q, q->start, q->end);
}

static void check_packed(const struct scene *s, const struct vm_question *q,
			 const struct vm_answer *a)
{
	ck_assert_int_eq(a->packed, ask_packed(s, q, true) || ask_packed(s, q, false));
}

/* The plain count of free pages in a row. */
static void check_largest(const struct scene *s, const struct vm_question *q,
			  const struct vm_answer *a)
{
	for (int purged = 0; purged < 2; purged++) {
		uint64_t run = 0, most = 0, at = 0;

		for (uint64_t page = LOW; page < HIGH; page++) {
			bool busy = page_at(page + 1) > q->end;

			for (size_t i = 0; i < s->n; i++)
				busy = busy ||
				       (page_at(page) >= s->range[i].addr &&
					page_at(page) < s->range[i].addr + s->range[i].size &&
					!(purged && s->range[i].waits));
			run = busy ? 0 : run + 1;
			if (run > most) {
				most = run;
				at = page + 1 - run;
			}
		}
		ck_assert_uint_eq(purged ? a->purged_largest : a->largest, most << PAGE_SHIFT);
		ck_assert_uint_eq(purged ? a->purged_largest_at : a->largest_at,
				  most ? page_at(at) : 0);
	}
}

/* What Linux says, by the model: as it is, and after a purge on one processor. */
static void check_linux(const struct scene *s, const struct vm_question *q,
			const struct vm_answer *a)
{
	for (enum vm_policy p = VM_LINUX_6_1; p <= VM_LINUX_6_12; p++) {
		struct linux_model model;
		uint64_t addr;

		lm_init(&model, p == VM_LINUX_6_12, 1, q->start, q->end, UINT64_MAX);
		for (size_t i = 0; i < s->n; i++) {
			const struct vm_range *v = &s->range[i];
			struct lm_range r = { v->addr, v->addr + v->size, -1 };

			lm_cut(&model, r.start, r.end);
			lm_append(v->waits ? &model.waiting : &model.busy, r);
		}
		for (int purged = 0; purged < 2; purged++) {
			const struct vm_place *place = purged ? &a->purged[p] : &a->now[p];

			if (purged)
				lm_purge(&model, false);
			ck_assert_int_eq(place->fits, lm_search(&model, q->size, q->align, q->start,
								q->end, &addr));
			ck_assert(!place->fits || place->addr == addr);
		}
		lm_deinit(&model);
	}
}

/* What is asked of a machine's own index, when a request has failed, is the same. */
static void check_failed(const struct scene *s, const struct vm_question *q,
			 const struct vm_answer *a)
{
	struct machine *m = build(s, NONE);
	struct busy_walk w = { .tree = &m->vmlist->tree };
	struct enough_help h;

	ck_assert_uint_eq(ask(m, q, q->start, q->end), 0); /* and all that waits is purged */
	enough_find_help(&w, q, &h);
	ck_assert_uint_eq(h.lower, a->lower);
	ck_assert_uint_eq(h.higher, a->higher);
	ck_assert_uint_eq(h.nr_removals, a->nr_removals);
	ck_assert_int_eq(h.packed, a->packed);
	for (size_t i = 0; i < h.nr_removals && i < VM_ENOUGH_REMOVALS; i++)
		ck_assert_uint_eq(h.removal[i].range.addr, s->range[a->removal[i]].addr);
	ck_assert_uint_eq(vm_space_failures(m, VM_SPACE_VMALLOC), 1);
	ck_assert_uint_eq(vm_space_failures(m, VM_SPACE_MODULES), 0);
	vmalloc_exit(m);
	machine_destroy(m);
}

START_TEST(test_model)
{
	uint64_t state = 88172645463325252u + (unsigned)_i * 7919;
	struct machine *m = space_boot(MiB(16), 1);
	unsigned fitted = 0, helped = 0;

	for (unsigned round = 0; round < 60; round++) {
		struct scene s;
		struct vm_answer a;
		struct vm_question q = {
			.size = (1 + unit_random(&state) % 20) << PAGE_SHIFT,
			.align = PAGE_SIZE << unit_random(&state) % 5,
			.start = page_at(LOW),
			/* Page-aligned, or the last byte of a page that is never used. */
			.end = page_at(HIGH) - unit_random(&state) % 2,
			.bottom = page_at(1),
			.top = page_at(PAGES - 2),
		};

		make_scene(&s, &state);
		ck_assert_int_eq(vm_enough(m, s.range, s.n, &q, &a), 0);
		check_largest(&s, &q, &a);
		check_places(&s, &q, &a);
		check_linux(&s, &q, &a);
		fitted += a.purged[VM_FIRST_FIT].fits;
		if (a.purged[VM_FIRST_FIT].fits)
			continue;
		check_wider(&s, &q, &a);
		check_removals(&s, &q, &a);
		check_packed(&s, &q, &a);
		check_failed(&s, &q, &a);
		helped += a.nr_removals > 0;
	}
	/* Both kinds of answers were given. */
	ck_assert_uint_gt(fitted, 5);
	ck_assert_uint_gt(helped, 5);
	vmalloc_exit(m);
	machine_destroy(m);
}
END_TEST

START_TEST(test_refused)
{
	struct machine *m = space_boot(MiB(16), 1);
	struct vm_question q = {
		.size = PAGE_SIZE,
		.align = PAGE_SIZE,
		.start = page_at(0),
		.end = page_at(9),
		.bottom = PAGE_SIZE,
		.top = page_at(9),
	};
	const struct vm_range ranges[] = {
		{ page_at(1), 2 * PAGE_SIZE, false },
		{ page_at(2), PAGE_SIZE, false },
	};
	struct vm_answer a;

	ck_assert_int_eq(vm_enough(m, ranges, 1, &q, &a), 0);
	ck_assert_int_eq(vm_enough(m, ranges, 2, &q, &a), -EINVAL);
	ck_assert_int_eq(vm_enough(m, NULL, 0, &q, &a), 0);
	ck_assert_uint_eq(a.largest, 9 * PAGE_SIZE);
	q.align = 3;
	ck_assert_int_eq(vm_enough(m, ranges, 1, &q, &a), -EINVAL);
	q.align = PAGE_SIZE;
	q.size = 0;
	ck_assert_int_eq(vm_enough(m, ranges, 1, &q, &a), -EINVAL);
	q.size = PAGE_SIZE;
	q.end = q.start;
	ck_assert_int_eq(vm_enough(m, ranges, 1, &q, &a), -EINVAL);
	vmalloc_exit(m);
	machine_destroy(m);
}
END_TEST

/* Addresses that no x86 machine has, and a request whose end does not fit into 64 bits. */
START_TEST(test_elsewhere)
{
	struct machine *m = space_boot(MiB(16), 1);
	const struct vm_range ranges[] = {
		{ 0xf1000000, 0x1000000, false },
		{ 0xf3000000, 0x1000000, false },
	};
	struct vm_question q = {
		.size = 0x2000000,
		.align = 0x1000000,
		.start = 0xf1000000,
		.end = 0xf5000000,
		.bottom = PAGE_SIZE,
		.top = UINT64_C(1) << 32,
	};
	struct vm_answer a;

	ck_assert_int_eq(vm_enough(m, ranges, 2, &q, &a), 0);
	ck_assert(!a.purged[VM_FIRST_FIT].fits && a.packed);
	ck_assert_uint_eq(a.lower, 0x2000000);
	ck_assert_uint_eq(a.higher, 0x1000000);
	ck_assert_uint_eq(a.nr_removals, 2);
	q.size = -PAGE_SIZE;
	ck_assert_int_eq(vm_enough(m, ranges, 2, &q, &a), 0);
	ck_assert(!a.purged[VM_FIRST_FIT].fits && !a.packed && !a.lower && !a.higher);
	ck_assert_uint_eq(a.nr_removals, 0);
	vmalloc_exit(m);
	machine_destroy(m);
}
END_TEST

/* It fails when memory runs out, and gives back what it took. */
START_TEST(test_nth)
{
	struct machine *m = space_boot(MiB(16), 1);
	uint64_t blocks = m->kmalloc_live, state = 1;
	struct scene s;
	struct vm_question q = {
		.size = 64 * PAGE_SIZE,
		.align = PAGE_SIZE,
		.start = page_at(LOW),
		.end = page_at(HIGH),
		.bottom = page_at(1),
		.top = page_at(PAGES),
	};
	struct vm_answer a;
	int err = -ENOMEM;

	make_scene(&s, &state);
	for (uint64_t nth = 1; err; nth++) {
		fault_set_nth(m, &m->failslab, nth);
		err = vm_enough(m, s.range, s.n, &q, &a);
		ck_assert(!err || err == -ENOMEM);
		ck_assert_uint_eq(m->kmalloc_live, blocks);
		ck_assert(nth > 1 || err);
	}
	vmalloc_exit(m);
	machine_destroy(m);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("enough");
	TCase *tc = tcase_create("enough");

	tcase_set_timeout(tc, SPACE_TIMEOUT);
	tcase_add_loop_test(tc, test_model, 0, 4);
	tcase_add_test(tc, test_refused);
	tcase_add_test(tc, test_elsewhere);
	tcase_add_test(tc, test_nth);
	suite_add_tcase(s, tc);
	return unit_main(s);
}
