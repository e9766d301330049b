/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The history of an address space.  Undoing the events of a random run, one by one from
 * the last state, leads through each state that a listing showed on the way.
 */
#include <vmallocfs/history.h>

#include "space.h"

#define K PAGE_SIZE
#define STEPS 220
#define AREAS 40

/* --- what a listing says of one moment ------------------------------------------------ */

struct seen_range {
	vaddr_t addr;
	uint64_t size;
	enum vm_range_kind kind;
	char name[24];
};

struct seen {
	uint64_t seq; /* of the last event before it */
	size_t n;
	struct seen_range range[4 * AREAS + 64];
};

static struct seen_range *next_range(struct seen *s, vaddr_t addr, uint64_t size,
				     enum vm_range_kind kind)
{
	struct seen_range *r = &s->range[s->n++];

	ck_assert_uint_le(s->n, sizeof(s->range) / sizeof(s->range[0]));
	*r = (struct seen_range){ .addr = addr, .size = size, .kind = kind };
	return r;
}

static void see_area(void *arg, const struct vm_struct *area)
{
	struct seen_range *r = next_range(arg, area->addr, area->size, VM_RANGE_AREA);

	while (area->array_of)
		area = area->array_of;
	if (area->caller)
		snprintf(r->name, sizeof(r->name), "%s", area->caller);
}

static void see_freed(void *arg, vaddr_t addr, uint64_t size, bool pooled)
{
	next_range(arg, addr, size, pooled ? VM_RANGE_POOLED : VM_RANGE_WAITS);
}

static uint64_t last_seq(struct machine *m)
{
	struct vm_history h;
	uint64_t seq;

	ck_assert_int_eq(vm_history_read_events(m, SIZE_MAX, &h), 0);
	seq = h.nr_events ? h.event[h.nr_events - 1].seq : 0;
	vm_history_free(&h);
	return seq;
}

static void look(struct machine *m, struct seen *s)
{
	s->n = 0;
	s->seq = last_seq(m);
	vmlist_for_each_range(m, see_area, see_freed, s);
}

static void compare(const struct vm_history *h, const struct seen *s)
{
	ck_assert_uint_eq(h->nr_ranges, s->n);
	for (size_t i = 0; i < s->n; i++) {
		const struct vm_moment_range *a = &h->range[i];
		const struct seen_range *b = &s->range[i];

		ck_assert_uint_eq(a->addr, b->addr);
		ck_assert_uint_eq(a->size, b->size);
		ck_assert_uint_eq(a->kind, b->kind);
		ck_assert_str_eq(a->name ? a->name : "", b->name);
	}
}

/* --- a random run ---------------------------------------------------------------------- */

struct run {
	struct machine *m;
	uint64_t seed;
	vaddr_t area[AREAS];
	bool device[AREAS];
	unsigned moves;
};

static unsigned pick(struct run *r, unsigned n)
{
	return (unsigned)(unit_random(&r->seed) >> 20) % n;
}

static void make_one(struct run *r, unsigned i)
{
	uint64_t size = pick(r, 12) ? 1 + pick(r, 9 * K) : (513 + pick(r, 200)) * K;
	char name[16];

	snprintf(name, sizeof(name), "n%u", pick(r, 1000));
	r->device[i] = !pick(r, 6);
	if (!pick(r, 10)) /* the frames, a table or a descriptor may be missing */
		fault_set_nth(r->m, pick(r, 2) ? &r->m->fail_page_alloc : &r->m->failslab,
			      1 + pick(r, 4));
	if (r->device[i])
		r->area[i] = ioremap(r->m, r->m->io_start, size, 0, name);
	else
		r->area[i] = vmalloc(r->m, size, pick(r, 20) ? name : NULL);
	fault_set_nth(r->m, &r->m->fail_page_alloc, 0);
	fault_set_nth(r->m, &r->m->failslab, 0);
}

static void change_one(struct run *r, unsigned i)
{
	vaddr_t was = r->area[i];

	switch (pick(r, 4)) {
	case 0:
		ck_assert_int_eq(vm_set_caller(r->m, was, pick(r, 9) ? "other" : NULL), 0);
		break;
	case 1:
		if (r->device[i])
			break;
		if (!vresize(r->m, was, 1 + pick(r, 12 * K), &r->area[i]))
			r->moves += was != r->area[i];
		break;
	default:
		r->device[i] ? iounmap(r->m, was) : vfree(r->m, was);
		r->area[i] = 0;
	}
}

static void step(struct run *r)
{
	unsigned i = pick(r, AREAS);

	if (!pick(r, 25))
		purge_vmap_area_lazy(r->m);
	else if (!pick(r, 40))
		ck_assert_int_eq(vmalloc_set_policy(r->m, pick(r, NR_VM_POLICIES)), 0);
	else if (r->area[i])
		change_one(r, i);
	else
		make_one(r, i);
}

static void expect_all_undone(const struct run *r, const struct seen *seen)
{
	struct vm_history h;
	size_t left = STEPS;

	ck_assert_int_eq(vm_history_read(r->m, &h), 0);
	do {
		uint64_t seq = h.at ? h.event[h.at - 1].seq : 0;

		/* Steps that were no event, such as a change within a page, look alike. */
		for (; left && seen[left - 1].seq == seq; left--)
			compare(&h, &seen[left - 1]);
	} while (vm_history_undo(&h));
	ck_assert_uint_eq(left, 0);
	ck_assert_uint_eq(h.nr_ranges, 0);
	ck_assert_uint_eq(h.at, 0);
	vm_history_free(&h);
}

static unsigned what_happened(const struct machine *m, struct vm_history *h)
{
	unsigned all = 0;

	ck_assert_int_eq(vm_history_read_events((struct machine *)(uintptr_t)m, SIZE_MAX, h), 0);
	for (size_t i = 0; i < h->nr_events; i++)
		all |= 1u << h->event[i].what;
	return all;
}

/* Each policy, with one processor and with two, which have pools under linux-6.12. */
START_TEST(test_undo)
{
	static struct seen seen[STEPS];
	struct machine_config c = MACHINE_CONFIG_DEFAULT;
	struct run r = { .seed = (uint64_t)_i * 7919 + 88172645463325252 };
	struct vm_history h;
	unsigned happened;

	c.memory = MiB(16);
	c.cpus = _i % 2 + 1;
	c.vmalloc_size = 1400 * K;
	r.m = space_boot_config(&c);
	ck_assert_int_eq(vmalloc_set_policy(r.m, (enum vm_policy)(_i / 2)), 0);
	if (_i % 3)
		vmalloc_set_lazy_max(r.m, 60);
	ck_assert_int_eq(vmalloc_set_history(r.m, 4096), 0);
	for (unsigned i = 0; i < STEPS; i++) {
		step(&r);
		look(r.m, &seen[i]);
	}
	expect_all_undone(&r, seen);
	happened = what_happened(r.m, &h);
	vm_history_free(&h);
	ck_assert_uint_eq(happened & 3, 3);
	if (r.moves)
		ck_assert(happened & 1u << VM_EVENT_MOVE && happened & 1u << VM_EVENT_RESERVE);
	space_check(r.m);
	space_end(r.m);
}
END_TEST

/* --- single events ---------------------------------------------------------------------- */

static struct vm_event last_event(struct machine *m, struct vm_history *h)
{
	ck_assert_int_eq(vm_history_read_events(m, SIZE_MAX, h), 0);
	ck_assert_uint_gt(h->nr_events, 0);
	return h->event[h->nr_events - 1];
}

/* Nothing is remembered until it is asked for; the task and the time are those of the request. */
START_TEST(test_who)
{
	struct machine *m = space_boot(MiB(16), 1);
	struct vm_history h;
	struct vm_event e;

	vfree(m, vmalloc(m, K, "before"));
	ck_assert_uint_eq(vmalloc_history(m), 0);
	ck_assert_int_eq(vm_history_read(m, &h), 0);
	ck_assert_uint_eq(h.nr_events, 0);
	vm_history_free(&h);
	ck_assert(!machine_wants_task(m));

	ck_assert_int_eq(vmalloc_set_history(m, 10), 0);
	ck_assert(machine_wants_task(m));
	vmalloc(m, K, "nobody");
	e = last_event(m, &h);
	ck_assert_str_eq(e.comm, "<idle>");
	vm_history_free(&h);

	trace_set_task(m, 42, "truncate");
	vmalloc(m, 2 * K + 1, "a");
	e = last_event(m, &h);
	ck_assert_uint_eq(e.seq, 2);
	ck_assert_str_eq(e.comm, "truncate");
	ck_assert_int_eq(e.pid, 42);
	ck_assert_str_eq(e.name, "a");
	ck_assert_uint_eq(e.what, VM_EVENT_ALLOC);
	ck_assert_uint_eq(e.addr, VMALLOC_START + 2 * K);
	ck_assert_uint_eq(e.size, 4 * K);
	ck_assert_uint_eq(e.requested, 2 * K + 1);
	ck_assert_uint_eq(e.policy, VM_FIRST_FIT);
	vm_history_free(&h);
	space_end(m);
}
END_TEST

/* [ a G][ b G] hole of 2 pages: three pages do not fit, and the event says what the log says. */
START_TEST(test_fail)
{
	struct machine *m = space_boot_window(MiB(16), 7);
	char why[VM_WHY_MAX];
	struct vm_history h;
	struct vm_event e;

	ck_assert_int_eq(vmalloc_set_history(m, 10), 0);
	vmalloc(m, K, "a");
	vmalloc(m, K, "b");
	ck_assert_uint_eq(vmalloc(m, 2 * K, "c"), 0);
	e = last_event(m, &h);
	ck_assert_uint_eq(e.what, VM_EVENT_FAIL);
	ck_assert_str_eq(e.name, "c");
	ck_assert_uint_eq(e.size, 3 * K);
	ck_assert_uint_eq(e.old_addr, VMALLOC_START + 4 * K);
	ck_assert_uint_eq(e.old_size, 2 * K);
	vm_event_why(&e, why);
	ck_assert_uint_eq(space_logged(m, why), 1);
	ck_assert_ptr_nonnull(strstr(why, "between b and the end of the window"));
	vm_history_free(&h);

	/* A full window has no hole. */
	vmalloc(m, K, "d");
	ck_assert_uint_eq(vmalloc(m, K, "e"), 0);
	e = last_event(m, &h);
	vm_event_why(&e, why);
	ck_assert_uint_eq(e.old_size, 0);
	ck_assert_ptr_nonnull(strstr(why, "has no hole"));
	vm_history_free(&h);
	space_end(m);
}
END_TEST

/* A failure is the last word until an area gets a place, whatever is freed meanwhile. */
START_TEST(test_last_failure)
{
	struct machine *m = space_boot_window(MiB(16), 9);
	struct vm_history h;
	vaddr_t a;

	ck_assert_int_eq(vmalloc_set_history(m, 10), 0);
	ck_assert_int_eq(vm_history_read_failure(m, &h), 0);
	ck_assert_uint_eq(h.nr_events, 0);
	vm_history_free(&h);

	a = vmalloc(m, K, "a");
	vmalloc(m, K, "b");
	ck_assert_uint_eq(vmalloc(m, 5 * K, "c"), 0);
	for (unsigned i = 0; i < 2; i++) {
		ck_assert_int_eq(vm_history_read_failure(m, &h), 0);
		ck_assert_uint_eq(h.nr_events, 1);
		ck_assert_uint_eq(h.event[0].what, VM_EVENT_FAIL);
		ck_assert_str_eq(h.event[0].name, "c");
		ck_assert_str_eq(h.event[0].text[0], "b");
		ck_assert_uint_eq(h.event[0].range[0].addr, VMALLOC_START);
		vm_history_free(&h);
		if (!i)
			vfree(m, a);
	}
	vmalloc(m, K, "d");
	ck_assert_int_eq(vm_history_read_failure(m, &h), 0);
	ck_assert_uint_eq(h.nr_events, 0);
	vm_history_free(&h);
	space_end(m);
}
END_TEST

static void expect_same_text(const char *a, const char *b)
{
	ck_assert_str_eq(a ? a : "", b ? b : "");
}

/* A copy of the newest has what the copy of all has, wherever the rings begin anew. */
START_TEST(test_newest)
{
	struct machine *m = space_boot(MiB(16), 1);
	char name[200];

	ck_assert_int_eq(vmalloc_set_history(m, 300), 0);
	for (unsigned i = 0; i < 700; i++) {
		struct vm_history all, some;

		memset(name, 'a' + i % 26, sizeof(name));
		name[i % 7 * 30] = '\0';
		vfree(m, vmalloc(m, K, name));
		if (i % 10)
			continue;
		ck_assert_int_eq(vm_history_read_events(m, SIZE_MAX, &all), 0);
		ck_assert_int_eq(vm_history_read_events(m, i % 200 + 1, &some), 0);
		ck_assert_uint_eq(some.nr_events,
				  all.nr_events < i % 200 + 1 ? all.nr_events : i % 200 + 1);
		for (size_t k = 1; k <= some.nr_events; k++) {
			const struct vm_event *e = &some.event[some.nr_events - k];
			const struct vm_event *same = &all.event[all.nr_events - k];

			ck_assert_uint_eq(e->seq, same->seq);
			expect_same_text(e->name, same->name);
		}
		vm_history_free(&all);
		vm_history_free(&some);
	}
	space_end(m);
}
END_TEST

/* The ring keeps the newest; a smaller one too, and so does one that names have filled. */
START_TEST(test_full)
{
	struct machine *m = space_boot(MiB(16), 1);
	char name[1001];
	struct vm_history h;

	ck_assert_int_eq(vmalloc_set_history(m, 10), 0);
	for (unsigned i = 0; i < 8; i++)
		vfree(m, vmalloc(m, K, "x"));
	ck_assert_int_eq(vm_history_read(m, &h), 0);
	ck_assert_uint_eq(h.nr_events, 10);
	ck_assert_uint_eq(h.event[0].seq, 7);
	vm_history_free(&h);

	ck_assert_int_eq(vmalloc_set_history(m, 3), 0);
	ck_assert_int_eq(vm_history_read(m, &h), 0);
	ck_assert_uint_eq(h.nr_events, 3);
	ck_assert_uint_eq(h.event[0].seq, 14);
	ck_assert_str_eq(h.event[2].name, "x");
	vm_history_free(&h);

	ck_assert_int_eq(vmalloc_set_history(m, 100), 0);
	memset(name, 'n', 1000);
	name[1000] = '\0';
	for (unsigned i = 0; i < 40; i++)
		vmalloc(m, K, name);
	ck_assert_int_eq(vm_history_read(m, &h), 0);
	ck_assert_uint_gt(h.nr_events, 10);
	ck_assert_uint_lt(h.nr_events, 20);
	for (size_t i = 0; i < h.nr_events; i++)
		ck_assert_str_eq(h.event[i].name, name);
	vm_history_free(&h);

	ck_assert_int_eq(vmalloc_set_history(m, 0), 0);
	ck_assert(!machine_wants_task(m));
	vmalloc(m, K, "y");
	ck_assert_int_eq(vm_history_read(m, &h), 0);
	ck_assert_uint_eq(h.nr_events, 0);
	vm_history_free(&h);
	space_end(m);
}
END_TEST

/* A purge of more ranges than there is room for ends the history before it. */
START_TEST(test_large_purge)
{
	struct machine *m = space_boot(MiB(16), 1);
	struct vm_history h;
	vaddr_t a[1000];

	vmalloc_set_lazy_max(m, 1000000);
	ck_assert_int_eq(vmalloc_set_history(m, 2000), 0);
	for (unsigned i = 0; i < 1000; i++)
		a[i] = vmalloc(m, K, NULL);
	for (unsigned i = 0; i < 1000; i++)
		vfree(m, a[i]);
	ck_assert_int_eq(vmalloc_set_history(m, 20), 0);
	purge_vmap_area_lazy(m);
	vmalloc(m, K, "z");
	ck_assert_int_eq(vm_history_read(m, &h), 0);
	ck_assert_uint_eq(h.nr_events, 1);
	ck_assert_uint_eq(h.event[0].seq, 2002);
	ck_assert(vm_history_undo(&h));
	ck_assert_uint_eq(h.nr_ranges, 0);
	ck_assert(!vm_history_undo(&h));
	vm_history_free(&h);
	space_end(m);
}
END_TEST

/* Whose a freed address was: the last one that had it. */
START_TEST(test_freed)
{
	struct machine *m = space_boot(MiB(16), 1);
	struct vm_freed f;
	vaddr_t a, b;

	ck_assert_int_eq(vmalloc_set_history(m, 100), 0);
	a = vmalloc(m, 3 * K, "first");
	ck_assert(!vm_history_freed(m, a, &f));
	vfree(m, a);
	a = vmalloc(m, 3 * K, "second");
	ck_assert_int_eq(vresize(m, a, K, &b), 0);
	ck_assert(vm_history_freed(m, a + 2 * K, &f)); /* what the shrunk one left */
	ck_assert_str_eq(f.name, "second");
	ck_assert_uint_eq(f.addr, a + 2 * K);
	ck_assert_uint_eq(f.size, 2 * K);
	ck_assert(vm_history_freed(m, a + K, &f));
	ck_assert_str_eq(f.name, "first");
	vfree(m, a);
	ck_assert(vm_history_freed(m, a + K, &f));
	ck_assert_str_eq(f.name, "second");
	ck_assert(!vm_history_freed(m, a + 4 * K, &f));
	ck_assert(!vm_history_freed(m, a - 1, &f));
	space_end(m);
}
END_TEST

/* What is said changes nothing, and is nothing's name; while nothing is remembered it is lost. */
START_TEST(test_say)
{
	struct machine *m = space_boot(MiB(16), 1);
	struct vm_history h;
	struct vm_freed freed;

	vmalloc_say(m, "too early");
	ck_assert_int_eq(vmalloc_set_history(m, 10), 0);
	vfree(m, vmalloc(m, K, "a"));
	vmalloc_say(m, "a has gone");
	ck_assert_int_eq(vm_history_read(m, &h), 0);
	ck_assert_uint_eq(h.nr_events, 3);
	ck_assert_uint_eq(h.event[2].what, VM_EVENT_SAY);
	ck_assert_str_eq(h.event[2].text[0], "a has gone");
	ck_assert_ptr_null(h.event[2].name);
	ck_assert_uint_eq(h.nr_ranges, 0);
	ck_assert(vm_history_undo(&h));
	ck_assert_uint_eq(h.nr_ranges, 0);
	ck_assert(vm_history_undo(&h));
	ck_assert_uint_eq(h.nr_ranges, 1);
	vm_history_free(&h);
	ck_assert(vm_history_freed(m, VMALLOC_START, &freed));
	ck_assert_str_eq(freed.name, "a");
	space_end(m);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("history");
	TCase *t = tcase_create("history");

	tcase_set_timeout(t, SPACE_TIMEOUT);
	tcase_add_loop_test(t, test_undo, 0, 2 * NR_VM_POLICIES);
	tcase_add_test(t, test_who);
	tcase_add_test(t, test_fail);
	tcase_add_test(t, test_last_failure);
	tcase_add_test(t, test_newest);
	tcase_add_test(t, test_full);
	tcase_add_test(t, test_large_purge);
	tcase_add_test(t, test_freed);
	tcase_add_test(t, test_say);
	suite_add_tcase(s, t);
	return unit_main(s);
}
