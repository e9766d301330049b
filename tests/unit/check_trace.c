/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tracing: what the core records and in which order, the ring when it is full,
 * and the texts.
 */
#include <errno.h>
#include <inttypes.h>

#include "texts.h"

#define HEADER_LINES 12

static void enable_all(struct machine *m)
{
	for (unsigned i = 0; i < NR_TRACE_TYPES; i++)
		trace_enable(m, (enum trace_type)i, true);
}

static void event(struct machine *m, uint64_t n)
{
	uint64_t arg[] = { n, n, n };

	trace_event(m, TRACE_PURGE_VMAP_AREA_LAZY, arg, 3);
}

/* Takes the next event out of the ring; it must be there, and nothing lost. */
static struct trace_event next(struct machine *m)
{
	struct trace_event e;
	uint64_t lost;

	ck_assert_uint_eq(trace_consume(m, &e, 1, &lost), 1);
	ck_assert_uint_eq(lost, 0);
	return e;
}

static void next_is(struct machine *m, enum trace_type type, const uint64_t *arg, size_t n)
{
	struct trace_event e = next(m);

	ck_assert_int_eq(e.type, type);
	for (size_t i = 0; i < n; i++)
		ck_assert_uint_eq(e.arg[i], arg[i]);
}

#define ALLOC(...) next_is(m, TRACE_ALLOC_VMAP_AREA, (uint64_t[]){ __VA_ARGS__ }, 6)
#define FREE(...) next_is(m, TRACE_FREE_VMAP_AREA_NOFLUSH, (uint64_t[]){ __VA_ARGS__ }, 3)
#define PURGE(...) next_is(m, TRACE_PURGE_VMAP_AREA_LAZY, (uint64_t[]){ __VA_ARGS__ }, 3)

START_TEST(test_switches)
{
	struct machine *m = space_boot(MiB(16), 1);

	ck_assert(trace_is_on(m));
	ck_assert(!trace_enabled(m, TRACE_ALLOC_VMAP_AREA));
	vfree(m, vmalloc(m, 1, NULL));
	ck_assert(!trace_pending(m));

	trace_enable(m, TRACE_FREE_VMAP_AREA_NOFLUSH, true);
	vfree(m, vmalloc(m, 1, NULL));
	ck_assert_int_eq(next(m).type, TRACE_FREE_VMAP_AREA_NOFLUSH);
	ck_assert(!trace_pending(m));

	trace_set_on(m, false);
	ck_assert(trace_enabled(m, TRACE_FREE_VMAP_AREA_NOFLUSH));
	vfree(m, vmalloc(m, 1, NULL));
	ck_assert(!trace_pending(m));
	trace_set_on(m, true);
	vfree(m, vmalloc(m, 1, NULL));
	ck_assert(trace_pending(m));
	trace_clear(m);
	ck_assert(!trace_pending(m));
	trace_enable(m, TRACE_FREE_VMAP_AREA_NOFLUSH, false);
	vfree(m, vmalloc(m, 1, NULL));
	ck_assert(!trace_pending(m));
	space_end(m);
}
END_TEST

/* What is recorded of each step, and that nothing else is. */
START_TEST(test_events)
{
	struct machine *m = space_boot_window(MiB(16), 16);
	const vaddr_t start = m->vmalloc_start, end = m->vmalloc_end;
	vaddr_t a, b;

	enable_all(m);
	a = vmalloc(m, 5000, NULL);
	ALLOC(a, 3 * PAGE_SIZE, 1, start, end, 0);
	free_vm_struct(m, remove_vm_area(m, get_vm_area(m, 1, VM_IOREMAP, NULL)->addr));
	ALLOC(start + 3 * PAGE_SIZE, 2 * PAGE_SIZE, PAGE_SIZE, start, end, 0);
	FREE(start + 3 * PAGE_SIZE, 2, 0);
	PURGE(start + 3 * PAGE_SIZE, start + 5 * PAGE_SIZE, 1);
	b = __vmalloc_node_range(m, 1, 8 * PAGE_SIZE, a, end, GFP_KERNEL, PAGE_KERNEL, 0, -1, NULL);
	ALLOC(b, 2 * PAGE_SIZE, 8 * PAGE_SIZE, a, end, 0);
	ck_assert(!vmalloc(m, 20 * PAGE_SIZE, NULL));
	ALLOC((uint64_t)-EBUSY, 21 * PAGE_SIZE, 1, start, end, 1);

	vmalloc_set_lazy_max(m, 100);
	vfree(m, b);
	FREE(b, 2, 100);
	vfree(m, a);
	FREE(a, 5, 100);
	a = vmalloc(m, 13 * PAGE_SIZE, NULL); /* fails, purges, and fits */
	ALLOC((uint64_t)-EBUSY, 14 * PAGE_SIZE, 1, start, end, 1);
	PURGE(start, b + 2 * PAGE_SIZE, 2);
	ALLOC(a, 14 * PAGE_SIZE, 1, start, end, 0);
	vmalloc_set_lazy_max(m, 1);
	vfree(m, a);
	FREE(a, 14, 1);
	PURGE(a, a + 14 * PAGE_SIZE, 1);
	vfree(m, a); /* nothing there, nothing to tell */
	ck_assert(!vmalloc(m, 0, NULL));
	ck_assert_ptr_null(get_vm_area(m, -PAGE_SIZE, VM_ALLOC, NULL)); /* overflows: no search */
	ck_assert(!trace_pending(m));
	space_end(m);
}
END_TEST

START_TEST(test_task)
{
	struct machine *m = space_boot(MiB(16), 1);
	struct machine *other = space_boot(MiB(16), 1);

	event(m, 0);
	ck_assert_int_eq(next(m).pid, 0);
	trace_set_task(m, 1234, "first");
	event(m, 0);
	ck_assert_str_eq(next(m).comm, "first");
	trace_set_task(m, 77, "a name that is cut");
	trace_set_task(other, 5, "x");
	event(m, 0);
	event(other, 0);
	ck_assert_str_eq(next(m).comm, "a name that is ");
	ck_assert_int_eq(next(other).pid, 5);
	trace_set_task(m, 78, "short");
	event(m, 0);
	ck_assert_str_eq(next(m).comm, "short");
	space_end(m);
	space_end(other);
}
END_TEST

/* A full ring loses its oldest; who takes from it is told how many, once. */
START_TEST(test_overrun)
{
	struct machine *m = space_boot(MiB(16), 1);
	struct trace_event *all, e;
	uint64_t lost, written;
	size_t n;

	for (uint64_t i = 0; i < TRACE_EVENTS + 10; i++)
		event(m, i);
	ck_assert_int_eq(trace_read(m, &all, &n, &written), 0);
	ck_assert_uint_eq(n, TRACE_EVENTS);
	ck_assert_uint_eq(written, TRACE_EVENTS + 10);
	for (uint64_t i = 0; i < n; i++) {
		unit_assert(all[i].arg[0] == i + 10);
		unit_assert(!i || all[i].us >= all[i - 1].us);
	}
	free(all);

	ck_assert_uint_eq(trace_consume(m, &e, 1, &lost), 1);
	ck_assert_uint_eq(lost, 10);
	ck_assert_uint_eq(e.arg[0], 10);
	ck_assert_uint_eq(next(m).arg[0], 11);
	event(m, 0);
	event(m, 0);
	ck_assert_uint_eq(next(m).arg[0], 12); /* there was room for these two */
	for (unsigned i = 0; i < 4; i++)
		event(m, 0);
	ck_assert_uint_eq(trace_consume(m, &e, 1, &lost), 1);
	ck_assert_uint_eq(lost, 3);
	ck_assert_uint_eq(e.arg[0], 16);

	trace_clear(m);
	ck_assert_uint_eq(trace_consume(m, &e, 1, &lost), 0);
	ck_assert_uint_eq(lost, 0);
	event(m, 1);
	ck_assert_uint_eq(next(m).arg[0], 1);
	ck_assert_int_eq(trace_read(m, &all, &n, &written), 0);
	ck_assert_uint_eq(n + written, 0);
	free(all);
	space_end(m);
}
END_TEST

static void listen(void *arg)
{
	++*(unsigned *)arg;
}

START_TEST(test_listener)
{
	struct machine *m = space_boot(MiB(16), 1);
	unsigned calls = 0;

	trace_listen(m, listen, &calls);
	event(m, 0);
	ck_assert_uint_eq(calls, 1);
	trace_set_on(m, false);
	ck_assert_uint_eq(calls, 2);
	trace_listen(m, NULL, NULL);
	event(m, 0);
	ck_assert_uint_eq(calls, 2);
	space_end(m);
}
END_TEST

static void *work(void *arg)
{
	struct machine *m = arg;
	char name[TRACE_COMM];
	unsigned long self = (unsigned long)pthread_self();

	snprintf(name, sizeof(name), "w%lx", self & 0xffffffff);
	for (unsigned i = 0; i < 300; i++) {
		trace_set_task(m, (int32_t)(self & 0xffffff) | 1, name);
		vfree(m, vmalloc(m, PAGE_SIZE, NULL));
	}
	return NULL;
}

/* Each event is its own thread's; and they stand in the order in which things happened. */
START_TEST(test_threads)
{
	struct machine *m = space_boot(MiB(16), 1);
	struct trace_event *all;
	uint64_t written, areas = 0, max = 0;
	pthread_t thread[4];
	char busy[4096] = { 0 };
	size_t n;

	enable_all(m);
	vmalloc_set_lazy_max(m, 20);
	for (unsigned i = 0; i < 4; i++)
		ck_assert_int_eq(pthread_create(&thread[i], NULL, work, m), 0);
	for (unsigned i = 0; i < 4; i++)
		pthread_join(thread[i], NULL);
	ck_assert_int_eq(trace_read(m, &all, &n, &written), 0);
	ck_assert_uint_ge(n, 4 * 300 * 2);
	for (size_t i = 0; i < n; i++) {
		const struct trace_event *e = &all[i];
		uint64_t page = (e->arg[0] - m->vmalloc_start) >> PAGE_SHIFT;
		char name[TRACE_COMM];

		snprintf(name, sizeof(name), "w%lx", strtoul(e->comm + 1, NULL, 16));
		unit_assert(!strcmp(name, e->comm) &&
			    e->pid == ((int32_t)(strtoul(name + 1, NULL, 16) & 0xffffff) | 1));
		unit_assert(e->type == TRACE_PURGE_VMAP_AREA_LAZY || page < sizeof(busy));
		switch (e->type) {
		case TRACE_ALLOC_VMAP_AREA: /* no area has it, nothing waits there */
			unit_assert(!busy[page]);
			busy[page] = 1;
			areas++;
			break;
		case TRACE_FREE_VMAP_AREA_NOFLUSH:
			unit_assert(busy[page] == 1);
			busy[page] = 2;
			areas--;
			break;
		case TRACE_PURGE_VMAP_AREA_LAZY:
			for (size_t k = 0; k < sizeof(busy); k++)
				if (busy[k] == 2)
					busy[k] = 0;
			break;
		}
		max = areas > max ? areas : max;
	}
	ck_assert_uint_eq(areas, 0);
	ck_assert_uint_le(max, 4);
	free(all);
	space_end(m);
}
END_TEST

START_TEST(test_trace_text)
{
	static const char header[] =
		"# tracer: nop\n"
		"#\n"
		"# entries-in-buffer/entries-written: 0/0   #P:1\n"
		"#\n"
		"#                                _-----=> irqs-off/BH-disabled\n"
		"#                               / _----=> need-resched\n"
		"#                              | / _---=> hardirq/softirq\n"
		"#                              || / _--=> preempt-depth\n"
		"#                              ||| / _-=> migrate-disable\n"
		"#                              |||| /     delay\n"
		"#           TASK-PID     CPU#  |||||  TIMESTAMP  FUNCTION\n"
		"#              | |         |   |||||     |         |\n";
	struct machine *m = space_boot(MiB(16), 1);
	g_autofree char *empty = text_of(show_trace, m);
	g_autofree char *text = NULL;
	char *p;

	ck_assert_str_eq(empty, header);
	enable_all(m);
	trace_set_task(m, 4711, "truncate");
	vfree(m, vmalloc(m, 1, NULL));
	text = text_of(show_trace, m);
	ck_assert_ptr_nonnull(strstr(text, "# entries-in-buffer/entries-written: 3/3   #P:1\n"));
	p = text;
	for (unsigned i = 0; i < HEADER_LINES; i++)
		p = strchr(p, '\n') + 1;
	/* The time is the event's own. */
	for (char *line = p; line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
		if (!*line)
			break;
		ck_assert_int_eq(line[42], '.');
		memset(line + 37, '9', 5);
		memset(line + 43, '9', 6);
	}
	ck_assert_str_eq(
		p, "        truncate-4711    [000] ..... 99999.999999: alloc_vmap_area: "
		   "va_start: 18446683600570023936 size=8192 align=1 "
		   "vstart=0xffffc90000000000 vend=0xffffe8ffffffffff failed=0\n"
		   "        truncate-4711    [000] ..... 99999.999999: free_vmap_area_noflush: "
		   "va_start=0xffffc90000000000 nr_lazy=2 nr_lazy_max=0\n"
		   "        truncate-4711    [000] ..... 99999.999999: purge_vmap_area_lazy: "
		   "start=0xffffc90000000000 end=0xffffc90000002000 num_purged=1\n");
	space_end(m);
}
END_TEST

/* Widths and extremes; no line is longer than it is said to be. */
START_TEST(test_lines)
{
	struct trace_event e = {
		.us = UINT64_MAX,
		.type = TRACE_ALLOC_VMAP_AREA,
		.pid = INT32_MIN,
		.comm = "fifteen letters",
		.arg = { UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX, 1 },
	};
	GString *s = g_string_new(NULL);

	show_trace_event(s, &e);
	ck_assert_uint_le(s->len, TRACE_LINE_MAX);
	ck_assert(g_str_has_suffix(s->str, "failed=1\n"));
	g_string_truncate(s, 0);
	/* A process may call itself anything: its name makes no line, and steers nothing. */
	memcpy(e.comm, "a b\n\302\233\233\\\303\251\033",
	       sizeof("a b\n\302\233\233\\\303\251\033"));
	show_trace_event(s, &e);
	ck_assert_ptr_nonnull(strstr(s->str, "     a b????\\\303\251?-"));
	ck_assert_ptr_eq(strchr(s->str, '\n'), s->str + s->len - 1);
	g_string_truncate(s, 0);
	show_trace_lost(s, 17);
	ck_assert_str_eq(s->str, "CPU:0 [LOST 17 EVENTS]\n");
	g_string_free(s, TRUE);
}
END_TEST

START_TEST(test_formats)
{
	static const char common[] =
		"format:\n"
		"\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n"
		"\tfield:unsigned char common_flags;\toffset:2;\tsize:1;\tsigned:0;\n"
		"\tfield:unsigned char common_preempt_count;\toffset:3;\tsize:1;\tsigned:0;\n"
		"\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n"
		"\n";
	struct machine *m = space_boot(MiB(16), 1);
	g_autofree char *alloc = text_of(show_format_alloc_vmap_area, m);
	g_autofree char *purge = text_of(show_format_purge_vmap_area_lazy, m);
	g_autofree char *freed = text_of(show_format_free_vmap_area_noflush, m);

	ck_assert(g_str_has_prefix(alloc, "name: alloc_vmap_area\nID: "));
	ck_assert_ptr_nonnull(strstr(alloc, common));
	ck_assert_str_eq(
		strstr(alloc, common) + strlen(common),
		"\tfield:unsigned long addr;\toffset:8;\tsize:8;\tsigned:0;\n"
		"\tfield:unsigned long size;\toffset:16;\tsize:8;\tsigned:0;\n"
		"\tfield:unsigned long align;\toffset:24;\tsize:8;\tsigned:0;\n"
		"\tfield:unsigned long vstart;\toffset:32;\tsize:8;\tsigned:0;\n"
		"\tfield:unsigned long vend;\toffset:40;\tsize:8;\tsigned:0;\n"
		"\tfield:int failed;\toffset:48;\tsize:4;\tsigned:1;\n"
		"\n"
		"print fmt: \"va_start: %lu size=%lu align=%lu vstart=0x%lx vend=0x%lx failed=%d\", "
		"REC->addr, REC->size, REC->align, REC->vstart, REC->vend, REC->failed\n");
	ck_assert(g_str_has_prefix(purge, "name: purge_vmap_area_lazy\nID: "));
	ck_assert_ptr_nonnull(
		strstr(purge, "\tfield:unsigned int npurged;\toffset:24;\tsize:4;\tsigned:0;\n\n"
			      "print fmt: \"start=0x%lx end=0x%lx num_purged=%u\", "
			      "REC->start, REC->end, REC->npurged\n"));
	ck_assert(g_str_has_prefix(freed, "name: free_vmap_area_noflush\nID: "));
	ck_assert_ptr_nonnull(strstr(freed,
				     "print fmt: \"va_start=0x%lx nr_lazy=%lu nr_lazy_max=%lu\", "
				     "REC->va_start, REC->nr_lazy, REC->nr_lazy_max\n"));
	space_end(m);
}
END_TEST

/* Two processors share the ring: what a reader of one takes, the other's never see. */
START_TEST(test_processors)
{
	struct machine_config config = MACHINE_CONFIG_DEFAULT;
	struct trace_event e[8];
	struct machine *m;
	uint64_t lost;

	config.memory = MiB(16);
	config.cpus = 2;
	ck_assert_int_eq(machine_boot(&config, &m), 0);
	for (unsigned i = 0; i < 6; i++) {
		ck_assert_int_eq(machine_run_on(m, i % 3 == 2), 0); /* 0 0 1 0 0 1 */
		event(m, i);
	}
	/* Those of processor 1 are taken out of the middle, the last one too. */
	ck_assert_uint_eq(trace_consume_of(m, 1, e, 8, &lost), 2);
	ck_assert(e[0].arg[0] == 2 && e[1].arg[0] == 5 && e[0].cpu == 1);
	ck_assert(!trace_pending_of(m, 1) && trace_pending_of(m, 0) && trace_pending(m));
	ck_assert_uint_eq(trace_consume(m, e, 3, &lost), 3);
	ck_assert(e[0].arg[0] == 0 && e[1].arg[0] == 1 && e[2].arg[0] == 3);
	/* The tail passes what was taken before: the ring is empty after the last. */
	ck_assert_uint_eq(trace_consume_of(m, 0, e, 8, &lost), 1);
	ck_assert(e[0].arg[0] == 4 && !trace_pending(m));
	/* Clearing one of them leaves the other. */
	event(m, 6);
	ck_assert_int_eq(machine_run_on(m, 0), 0);
	event(m, 7);
	trace_clear_of(m, 1);
	ck_assert_uint_eq(next(m).arg[0], 7);
	/* Lost events are told to the reader of their processor. */
	ck_assert_int_eq(trace_resize(m, 2), 0);
	for (unsigned i = 0; i < 5; i++)
		event(m, i);
	ck_assert_int_eq(machine_run_on(m, 1), 0);
	event(m, 5);
	ck_assert_uint_eq(trace_consume_of(m, 1, e, 8, &lost), 1);
	ck_assert_uint_eq(lost, 0);
	ck_assert_uint_eq(trace_consume_of(m, 0, e, 8, &lost), 1);
	ck_assert(lost == 4 && e[0].arg[0] == 4);
	machine_destroy(m);
}
END_TEST

START_TEST(test_resize_ring)
{
	struct machine *m = space_boot(MiB(16), 1);
	struct trace_event e;
	uint64_t lost;

	ck_assert_uint_eq(trace_size(m), TRACE_EVENTS);
	ck_assert_int_eq(trace_resize(m, 0), -EINVAL);
	ck_assert_int_eq(trace_resize(m, TRACE_EVENTS_MAX + 1), -EINVAL);
	for (unsigned i = 0; i < 10; i++)
		event(m, i);
	ck_assert_int_eq(trace_resize(m, 4), 0);
	event(m, 10);
	/* 0 to 5 made room for the smaller ring, 6 for the next event. */
	ck_assert_uint_eq(trace_consume(m, &e, 1, &lost), 1);
	ck_assert(e.arg[0] == 7 && lost == 7);
	ck_assert_int_eq(trace_resize(m, 64), 0);
	for (unsigned i = 11; i < 60; i++)
		event(m, i);
	for (unsigned i = 8; i < 60; i++)
		ck_assert_uint_eq(next(m).arg[0], i);
	ck_assert(!trace_pending(m));
	space_end(m);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("trace");
	TCase *tc = tcase_create("trace");

	tcase_set_timeout(tc, SPACE_TIMEOUT);
	tcase_add_test(tc, test_switches);
	tcase_add_test(tc, test_processors);
	tcase_add_test(tc, test_resize_ring);
	tcase_add_test(tc, test_events);
	tcase_add_test(tc, test_task);
	tcase_add_test(tc, test_overrun);
	tcase_add_test(tc, test_listener);
	tcase_add_test(tc, test_threads);
	tcase_add_test(tc, test_trace_text);
	tcase_add_test(tc, test_lines);
	tcase_add_test(tc, test_formats);
	suite_add_tcase(s, tc);
	return unit_main(s);
}
