/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What lines say: recordings, commands, ftrace and perf script, and lines that are of no
 * such form.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include <vmallocfs/machine.h>

#include "input/event.h"
#include "unit.h"

static char buf[8192];
static struct trace_reader trace;
static struct event event;
static const char *why;

static enum trace_status parse(const char *line)
{
	size_t len = strlen(line);

	ck_assert_uint_lt(len, sizeof(buf));
	memcpy(buf, line, len);
	buf[len] = '?'; /* a terminator is the parser's own business */
	why = NULL;
	return trace_line(&trace, buf, len, &event, &why);
}

#define ALLOC                                                                                      \
	"alloc_vmap_area: va_start: 18446683600570023936 size=20480 align=8192 "                   \
	"vstart=0xffffc90000000000 vend=0xffffe8ffffffffff failed=0"
#define FAILED                                                                                     \
	"alloc_vmap_area: va_start: 18446744073709551600 size=8192 align=1 "                       \
	"vstart=0xffffffffa0000000 vend=0xfffffffffeffffff failed=1"
#define FREE "free_vmap_area_noflush: va_start=0xffffc90000000000 nr_lazy=5 nr_lazy_max=32768"
#define PURGE "purge_vmap_area_lazy: start=0xffffc90000000000 end=0xffffc90000005000 num_purged=1"

/* What kernels and tools put before an event. */
static const char *const prefixes[] = {
	"            bash-812     [000] .....   100.123456: ",
	"            bash-812     (    812) [000] .....   100.123456: ",
	"            bash-812   [000]   100.123456: ",
	"           <...>-7       [127] d..2. 123456.123456: ",
	"            bash-812   [003]  1234.567890:  ",
	"bash   812 [000]  1234.567890: vmalloc:",
	"bash   812/812   [000]  1234.567890:           vmalloc:",
	"my task: x [0] y  812 [000]  1234.567890: vmalloc:",
	" free_vmap_area_-12 [000] .....  1.000000: ",
	"  kworker/0:1-events-33 [000] .....  1.000000: ",
};
#define NR_PREFIXES (int)(sizeof(prefixes) / sizeof(prefixes[0]))

static void with_prefix(int i, const char *text, char *ret, size_t size)
{
	ck_assert_int_lt(snprintf(ret, size, "%s%s", prefixes[i], text), (int)size);
}

/* The processor of an event, and how many there are. */
START_TEST(test_processors)
{
	static const int cpus[NR_PREFIXES] = { 0, 0, 0, 127, 3, 0, 0, 0, 0, 0 };
	char line[512];

	for (int i = 0; i < NR_PREFIXES; i++) {
		with_prefix(i, FREE, line, sizeof(line));
		ck_assert_int_eq(parse(line), TRACE_EVENT);
		ck_assert_int_eq(event.cpu, cpus[i]);
	}
	ck_assert_int_eq(parse("task[7]-1 [x] 1.0: " FREE), TRACE_EVENT);
	ck_assert_int_eq(event.cpu, -1);
	ck_assert_int_eq(parse("a [99999999999] 1.0: " FREE), TRACE_EVENT);
	ck_assert_int_eq(event.cpu, -1);

	ck_assert_uint_eq(trace.cpus, 0);
	ck_assert_int_eq(parse("# entries-in-buffer/entries-written: 5/5   #P:2"), TRACE_NOTHING);
	ck_assert_uint_eq(trace.cpus, 2);
	ck_assert_int_eq(parse("cpus=16"), TRACE_NOTHING);
	ck_assert_uint_eq(trace.cpus, 16);
	ck_assert_int_eq(parse("# nothing #P:0 of them"), TRACE_NOTHING);
	ck_assert_int_eq(parse("# #P:99999999999999999999"), TRACE_NOTHING);
	ck_assert_uint_eq(trace.cpus, 16);
}
END_TEST

/* When it happened, in nanoseconds. */
START_TEST(test_times)
{
	static const uint64_t us[NR_PREFIXES] = {
		100123456,  100123456,	100123456,  123456123456, 1234567890,
		1234567890, 1234567890, 1234567890, 1000000,	  1000000,
	};
	char line[512];

	for (int i = 0; i < NR_PREFIXES; i++) {
		with_prefix(i, FREE, line, sizeof(line));
		ck_assert_int_eq(parse(line), TRACE_EVENT);
		ck_assert(event.timed);
		ck_assert_uint_eq(event.time, us[i] * 1000);
	}
	ck_assert_int_eq(parse("a-1 [000] 1.000000001: " FREE), TRACE_EVENT);
	ck_assert_uint_eq(event.time, 1000000001);
	/* A counter, which other clocks of ftrace are; no number at all; more than there is. */
	ck_assert_int_eq(parse("a-1 [000] .... 4711: " FREE), TRACE_EVENT);
	ck_assert(!event.timed);
	ck_assert_int_eq(parse("a-1 [000] .5: " FREE), TRACE_EVENT);
	ck_assert(!event.timed);
	ck_assert_int_eq(parse(": " FREE), TRACE_EVENT);
	ck_assert(!event.timed);
	ck_assert_int_eq(parse("a-1 [000] 99999999999.0: " FREE), TRACE_EVENT);
	ck_assert(!event.timed);
	ck_assert_int_eq(parse("a-1 [000] 99999999999999999999.0: " FREE), TRACE_EVENT);
	ck_assert(!event.timed);
}
END_TEST

START_TEST(test_kernel_events)
{
	char line[512];

	with_prefix(_i, ALLOC, line, sizeof(line));
	ck_assert_int_eq(parse(line), TRACE_EVENT);
	ck_assert_int_eq(event.type, EVENT_ALLOC);
	ck_assert(event.traced && event.has_addr && event.has_window && !event.failed);
	ck_assert_uint_eq(event.addr, VMALLOC_START);
	ck_assert_uint_eq(event.size, 16384); /* without the guard */
	ck_assert_uint_eq(event.align, 8192);
	ck_assert_uint_eq(event.start, VMALLOC_START);
	ck_assert_uint_eq(event.end, UINT64_C(0xffffe8ffffffffff));

	with_prefix(_i, FAILED, line, sizeof(line));
	ck_assert_int_eq(parse(line), TRACE_EVENT);
	ck_assert(event.failed && !event.has_addr);

	with_prefix(_i, FREE, line, sizeof(line));
	ck_assert_int_eq(parse(line), TRACE_EVENT);
	ck_assert_int_eq(event.type, EVENT_FREE);
	ck_assert(event.lazy && event.traced && event.has_addr && !event.name);
	ck_assert_uint_eq(event.addr, VMALLOC_START);

	with_prefix(_i, PURGE, line, sizeof(line));
	ck_assert_int_eq(parse(line), TRACE_EVENT);
	ck_assert_int_eq(event.type, EVENT_PURGE);

	with_prefix(_i, ALLOC "  ", line, sizeof(line));
	ck_assert_int_eq(parse(line), TRACE_EVENT);
	with_prefix(_i, "sched_switch: prev_comm=bash", line, sizeof(line));
	ck_assert_int_eq(parse(line), TRACE_NOTHING);
	ck_assert(trace.kernel);
}
END_TEST

START_TEST(test_freed_at_once)
{
	ck_assert_int_eq(parse(" bash-1 [000] ..... 1.0: free_vmap_area_noflush: "
			       "va_start=0xffffc90000000000 nr_lazy=0 nr_lazy_max=0"),
			 TRACE_EVENT);
	ck_assert(!event.lazy);
}
END_TEST

/* As long as it says: only a single page cannot have a guard. */
START_TEST(test_traced_size)
{
	ck_assert_int_eq(
		parse(" x-1 [000] ..... 1.0: alloc_vmap_area: va_start: 0xffffc90000000000 "
		      "size=4096 align=1 vstart=0x1000 vend=0x1fff failed=0"),
		TRACE_EVENT);
	ck_assert_uint_eq(event.size, PAGE_SIZE);
	ck_assert(event.unguarded);
	ck_assert_int_eq(
		parse(" x-1 [000] ..... 1.0: alloc_vmap_area: va_start: 0xffffc90000000000 "
		      "size=8192 align=1 vstart=0x1000 vend=0x1fff failed=0"),
		TRACE_EVENT);
	ck_assert_uint_eq(event.size, PAGE_SIZE);
	ck_assert(!event.unguarded);
}
END_TEST

/* Every beginning of an event is junk, or no event at all; none is one. */
START_TEST(test_cut_events)
{
	static const char *const events[] = { ALLOC, FREE, PURGE };
	char line[512];
	size_t len;

	for (size_t i = 0; i < 3; i++) {
		with_prefix(0, events[i], line, sizeof(line));
		len = strlen(line);
		line[len - 1] = '\0';
		/* A number that lost its last digit is still one. */
		for (len -= 2; len > strlen(prefixes[0]); len--) {
			bool number = line[len - 1] >= '0' && line[len - 1] <= '9';

			line[len] = '\0';
			if (number && strstr(line, i == 0 ? "failed=" : i == 1 ? "max=" : "ged="))
				continue;
			ck_assert_int_ne(parse(line), TRACE_EVENT);
		}
	}
}
END_TEST

START_TEST(test_bad_fields)
{
	static const char *const lines[] = {
		/* no pages; not whole pages */
		"alloc_vmap_area: va_start: 1 size=0 align=1 vstart=0x0 vend=0x1 failed=0",
		"alloc_vmap_area: va_start: 1 size=8193 align=1 vstart=0x0 vend=0x1 failed=0",
		"alloc_vmap_area: va_start: 1 size=8192 align=3 vstart=0x0 vend=0x1 failed=0",
		"alloc_vmap_area: va_start: 1 size=99999999999999999999 align=1 vstart=0x0 vend=0x1 failed=0",
		"alloc_vmap_area: va_start: 1 size=8192 align=1 vstart=0x10000000000000000 vend=0x1 failed=0",
		"alloc_vmap_area: va_start: 1 size=8192 align=1 vstart=0x0 vend=0x1 failed=0 more",
		"alloc_vmap_area: va_start: x size=8192 align=1 vstart=0x0 vend=0x1 failed=0",
		"free_vmap_area_noflush: va_start=0xffffc9000000000g nr_lazy=0 nr_lazy_max=0",
		"free_vmap_area_noflush: va_start= nr_lazy=0 nr_lazy_max=0",
		"free_vmap_area_noflush: va_start=0x nr_lazy=0 nr_lazy_max=0",
		"purge_vmap_area_lazy:",
	};
	char line[512];

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		with_prefix(0, lines[i], line, sizeof(line));
		ck_assert_msg(parse(line) == TRACE_JUNK, "%s", lines[i]);
		ck_assert_ptr_nonnull(why);
	}
}
END_TEST

START_TEST(test_lost)
{
	trace = (struct trace_reader){ 0 };
	ck_assert_int_eq(parse("CPU:1 [LOST 57 EVENTS]"), TRACE_NOTHING);
	ck_assert_int_eq(parse("CPU:0 [LOST 3 EVENTS]"), TRACE_NOTHING);
	ck_assert_uint_eq(trace.lost, 60);
}
END_TEST

START_TEST(test_header)
{
	trace = (struct trace_reader){ 0 };
	ck_assert_int_eq(parse("# tracer: nop"), TRACE_NOTHING);
	ck_assert_int_eq(parse("#"), TRACE_NOTHING);
	ck_assert_int_eq(parse(""), TRACE_NOTHING);
	ck_assert_int_eq(parse("   "), TRACE_NOTHING);
	ck_assert(!trace.kernel);
}
END_TEST

/* Call chains stand between the events of perf script; alone they are junk. */
START_TEST(test_call_chain)
{
	static const char chain[] = "\tffffffff81295a8e alloc_vmap_area+0x5ae ([kernel.kallsyms])";

	trace = (struct trace_reader){ 0 };
	ck_assert_int_eq(parse(chain), TRACE_JUNK);
	ck_assert_int_eq(parse("bash 1 [000] 1.0: vmalloc:" ALLOC), TRACE_EVENT);
	ck_assert_int_eq(parse(chain), TRACE_NOTHING);
	ck_assert_int_eq(parse("\t\x01\x02"), TRACE_JUNK);
}
END_TEST

#define WINDOW "vstart=0xffffc90000000000 vend=0xffffe8ffffffffff"
#define RECORD "align: 1, vstart: 18446683600570023936, vend: 18446718784942112767)"

/* An area of 20480 bytes comes and goes: what each tool makes of the same. */
static const char *const probed[][3] = {
	/* kprobes by the name of the event that they stand for, and in a mail */
	{ " a-1 [000] ..... 1.0: alloc_vmap_area: (alloc_vmap_area+0x0/0x5b0) size=20480 align=1 " WINDOW,
	  " a-1 [000] ..... 1.1: out: (__get_vm_area_node+0xb4/0x140 <- alloc_vmap_area) va_start=0xffffc90000000000",
	  " a-1 [000] ..... 1.2: free_vmap_area_noflush: (free_vmap_area_noflush+0x0/0x1c0) va_start=0xffffc90000000000" },
	{ ">  a-1 [000] ..... 1.0: in: (alloc_vmap_area+0x0/0x5b0) size=20480 align=1 " WINDOW,
	  ">  a-1 [000] ..... 1.1: out: (__get_vm_area_node+0xb4/0x140 &lt;- alloc_vmap_area) va_start=0xffffc90000000000",
	  "> > a-1 [000] ..... 1.2: fr: (free_vmap_area_noflush+0x0/0x1c0) va_start=0xffffc90000000000" },
	/* perf script, trace-cmd report and perf trace have no names of functions */
	{ "bash  12 [000]  1.0: probe:alloc_vmap_area: (ffffffff81234560) size=0x5000 align=0x1 " WINDOW,
	  "bash  12 [000]  1.1: probe:alloc_vmap_area__return: (ffffffff81234560 <- ffffffff81235000) va_start=0xffffc90000000000",
	  "bash  12 [000]  1.2: probe:free_vmap_area_noflush: (ffffffff81234999) va_start=0xffffc90000000000" },
	{ " bash-12 [000]  1.0: va_in:      (ffffffff81234560) size=0x5000 align=0x1 " WINDOW,
	  " bash-12 [000]  1.1: va_out:     (ffffffff81235000 <- ffffffff81234560) va_start=0xffffc90000000000",
	  " bash-12 [000]  1.2: va_free:    (ffffffff81234999) va_start=0xffffc90000000000" },
	{ "  0.000 bash/12 probe:va_in(__probe_ip: -2128394912, size: 20480, " RECORD,
	  "  0.002 bash/12 probe:va_out(__probe_func: -21, __probe_ret_ip: -22, va_start: 18446683600570023936)",
	  "  0.100 bash/12 probe:va_free(__probe_ip: -2128394912, va_start: 18446683600570023936)" },
	/* perf trace names the fields of the record; with a duration, too */
	{ "",
	  "  0.000 bash/1 vmalloc:alloc_vmap_area(addr: 18446683600570023936, size: 20480, " RECORD,
	  "  0.100 bash/1 vmalloc:free_vmap_area_noflush(va_start: 0xffffc90000000000, nr_lazy: 5)" },
	{ "",
	  "  0.000 ( 0.003 ms): :1/1 vmalloc:alloc_vmap_area(addr: 0xffffc90000000000, size: 20480, " RECORD,
	  "  0.100 (         ): :1/1 vmalloc:free_vmap_area_noflush(va_start: 0xffffc90000000000)" },
	/* bpftrace */
	{ "", "alloc_vmap_area: 0xffffc90000000000 20480",
	  "free_vmap_area_noflush: 0xffffc90000000000" },
	{ "", "12:34:56 alloc va=0xffffc90000000000 size=20480",
	  "12:34:56 free va=0xffffc90000000000" },
	{ "", "> alloc 0xffffc90000000000 20480", "> free 0xffffc90000000000" },
	{ "", "{\"type\": \"printf\", \"data\": \"alloc 0xffffc90000000000 20480\\n\"}",
	  "{\"type\": \"printf\", \"data\": \"free 0xffffc90000000000\\n\"}" },
};

START_TEST(test_probed)
{
	trace = (struct trace_reader){ 0 };
	ck_assert_int_eq(parse(probed[_i][0]), TRACE_NOTHING);
	ck_assert_int_eq(parse(probed[_i][1]), TRACE_EVENT);
	ck_assert_int_eq(event.type, EVENT_ALLOC);
	ck_assert(event.has_addr && !event.failed);
	ck_assert_uint_eq(event.addr, VMALLOC_START);
	ck_assert_uint_eq(event.size, 16384); /* without the guard */
	ck_assert(!event.has_window || event.end == UINT64_C(0xffffe8ffffffffff));
	ck_assert_int_eq(parse(probed[_i][2]), TRACE_EVENT);
	ck_assert_int_eq(event.type, EVENT_FREE);
	ck_assert_uint_eq(event.addr, VMALLOC_START);
	ck_assert(trace.kernel);
	/* What it prints between the events is not a command. */
	ck_assert_int_eq(parse(" "), TRACE_NOTHING);
}
END_TEST

START_TEST(test_commands)
{
	trace = (struct trace_reader){ 0 };
	ck_assert_int_eq(parse("alloc n1 36864 0xa000"), TRACE_EVENT);
	ck_assert_int_eq(event.type, EVENT_ALLOC);
	ck_assert(!event.traced && event.has_addr && !event.has_window);
	ck_assert_str_eq(event.name, "n1");
	ck_assert_uint_eq(event.size, 36864);
	ck_assert_uint_eq(event.addr, VMALLOC_START + 0xa000);
	ck_assert_int_eq(parse("alloc n1 1"), TRACE_EVENT);
	ck_assert(!event.has_addr);

	ck_assert_int_eq(parse("vmalloc a 64K"), TRACE_EVENT);
	ck_assert(event.paged && !event.io);
	ck_assert_int_eq(parse("ioremap a 64K"), TRACE_EVENT);
	ck_assert(!event.paged && event.io);
	ck_assert_int_eq(parse("vmap v a:0-3 b"), TRACE_EVENT);
	ck_assert_ptr_nonnull(event.vmap);
	ck_assert_int_eq(parse("get_vm_area a 4K 8K 0xffffc90000000000 0xffffc900000fffff"),
			 TRACE_EVENT);
	ck_assert(event.has_window && event.align == 8192);
	ck_assert_uint_eq(event.end, UINT64_C(0xffffc900000fffff));
	ck_assert_int_eq(parse("free n1"), TRACE_EVENT);
	ck_assert_int_eq(event.type, EVENT_FREE);
	ck_assert_int_eq(parse("vfree 0xffffc90000000000"), TRACE_EVENT);
	ck_assert_ptr_null(event.name);
	ck_assert_int_eq(parse("resize a 4096"), TRACE_EVENT);
	ck_assert_int_eq(event.type, EVENT_RESIZE);
	ck_assert_int_eq(parse("purge"), TRACE_EVENT);
	ck_assert_int_eq(event.type, EVENT_PURGE);
	ck_assert_int_eq(parse("reset"), TRACE_EVENT);
	ck_assert_int_eq(event.type, EVENT_RESET);
	ck_assert_int_eq(parse("policy best-fit"), TRACE_EVENT);
	ck_assert_int_eq(event.type, EVENT_POLICY);
	ck_assert_int_eq(parse("on 3"), TRACE_EVENT);
	ck_assert_int_eq(event.type, EVENT_ON);
	ck_assert_int_eq(event.cpu, 3);
	ck_assert_int_eq(parse("on 1024"), TRACE_JUNK);
	/* Names may look like a part of another format. */
	ck_assert_int_eq(parse("alloc x_vmap_area: 4096"), TRACE_EVENT);
	ck_assert_int_eq(parse("free alloc_vmap_area"), TRACE_EVENT);
}
END_TEST

START_TEST(test_junk)
{
	trace = (struct trace_reader){ 0 };
	ck_assert_int_eq(parse("what is this"), TRACE_JUNK);
	ck_assert_ptr_nonnull(why);
	ck_assert_int_eq(parse("alloc"), TRACE_JUNK);
	ck_assert_int_eq(parse("alloc n1 -1"), TRACE_JUNK);
	ck_assert_int_eq(parse("\x7f"
			       "ELF\x02\x01"),
			 TRACE_JUNK);
	memcpy(buf, "free a\0b", 8);
	ck_assert_int_eq(trace_line(&trace, buf, 8, &event, &why), TRACE_JUNK);
}
END_TEST

/* Good lines with some bytes changed: anything may come out, but nothing breaks. */
START_TEST(test_mutated)
{
	static const char *const lines[] = {
		" bash-812 [000] .....   100.123456: " ALLOC,
		"bash   812 [000]  1234.567890: vmalloc:" FREE,
		" bash-812 [000] .....   100.123456: " PURGE,
		"CPU:1 [LOST 57 EVENTS]",
		"get_vm_area a\\040b 4K 8K 0xffffc90000000000 0xffffc900000fffff",
		"vmap v a:0-3 b c:1-1",
	};
	uint64_t state = 88172645463325252u + (uint64_t)_i;

	for (unsigned n = 0; n < 100000; n++) {
		const char *line = lines[unit_random(&state) % 6];
		size_t len = strlen(line);
		char *exact;

		/* Of the line's own size, so that a checker sees a step too far. */
		len = unit_random(&state) % 4 ? len : unit_random(&state) % len;
		exact = malloc(len + 1);
		memcpy(exact, line, len);
		for (unsigned k = unit_random(&state) % 4; len && k; k--)
			exact[unit_random(&state) % len] = (char)unit_random(&state);
		why = NULL;
		if (trace_line(&trace, exact, len, &event, &why) == TRACE_JUNK)
			unit_assert(why);
		free(exact);
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("replay_trace");
	TCase *tc = tcase_create("trace");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, test_processors);
	tcase_add_test(tc, test_times);
	tcase_add_loop_test(tc, test_kernel_events, 0, NR_PREFIXES);
	tcase_add_test(tc, test_freed_at_once);
	tcase_add_test(tc, test_traced_size);
	tcase_add_test(tc, test_cut_events);
	tcase_add_test(tc, test_bad_fields);
	tcase_add_test(tc, test_lost);
	tcase_add_test(tc, test_header);
	tcase_add_test(tc, test_call_chain);
	tcase_add_loop_test(tc, test_probed, 0, (int)(sizeof(probed) / sizeof(probed[0])));
	tcase_add_test(tc, test_commands);
	tcase_add_test(tc, test_junk);
	tcase_add_loop_test(tc, test_mutated, 0, 3);
	suite_add_tcase(s, tc);
	return unit_main(s);
}
