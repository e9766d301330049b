/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Replaying: what events do to the machines, what is counted, what is said.
 *
 *	window of 1 MiB, in pages; G are guards
 *	| a . . . G | b G |		hole		|
 */
#include <check.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <glib.h>

#include "replay/replay.h"
#include "replay/report.h"
#include "unit.h"

static struct replay *begin(const struct replay_config *config)
{
	struct replay_config c = config ? *config : (struct replay_config){ 0 };
	const struct machine_config defaults = MACHINE_CONFIG_DEFAULT;
	struct replay *r;
	char *error = NULL;

	if (!c.machine.memory)
		c.machine = defaults;
	c.machine.memory = MiB(16);
	ck_assert_int_eq(replay_create(&c, &r, &error), 0);
	return r;
}

/* Lines, as if they stood in a file. */
static void feed(struct replay *r, const char *text)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	struct trace_reader t = { 0 };

	for (char **line = lines; *line; line++) {
		struct event e;
		const char *why;

		r->line++;
		if (trace_line(&t, *line, strlen(*line), &e, &why) == TRACE_EVENT)
			replay_event(r, &e);
	}
	replay_flush(r);
	ck_assert_int_eq(r->err, 0);
}

static void add_place(void *arg, const struct vm_struct *area)
{
	g_string_append_printf(arg, "%" PRIu64 "+%" PRIu64 " ",
			       (area->addr - VMALLOC_START) / PAGE_SIZE, area->size / PAGE_SIZE);
}

/* Where areas lie in run i: "first page+pages " each, guards included. */
#define ck_places(r, i, want)                                                                      \
	do {                                                                                       \
		g_autoptr(GString) got = g_string_new(NULL);                                       \
		vmlist_for_each((r)->run[i].m, add_place, got);                                    \
		ck_assert_str_eq(got->str, want);                                                  \
	} while (0)

START_TEST(test_recording)
{
	struct replay *r = begin(NULL);
	const struct run_figures *f = &r->run[0].figures;

	feed(r,
	     "alloc a 36864 0x0\nalloc b 16422 0xa000\nfree a\nalloc c 1 0x0\nalloc d 1 0x99000");
	ck_places(r, 0, "0+2 2+2 10+6 ");
	ck_assert_uint_eq(f->placed, 4);
	ck_assert_uint_eq(f->compared, 4);
	ck_assert_uint_eq(f->same, 3);
	ck_assert_uint_eq(f->events, 5);
	ck_assert_uint_eq(r->live.most, 3);
	replay_destroy(r);
}
END_TEST

START_TEST(test_commands)
{
	struct replay *r = begin(NULL);

	feed(r, "vmalloc a 8K\nioremap io 4K\nvmap v a a:1-1 a:1-99\nget_vm_area g 4K 64K\n"
		"get_vm_area w 4K 0xffffc90000100000 0xffffc900001fffff");
	/* io to two pages; v has 2 + 1 + 1 pages; g to sixteen. */
	ck_places(r, 0, "0+3 4+2 6+5 16+2 256+2 ");
	feed(r, "vfree vmap/v\nfree ioremap/io\nvfree w");
	ck_places(r, 0, "0+3 16+2 ");
	feed(r, "reset");
	ck_places(r, 0, "");
	/* 61441 bytes of device memory are 16 pages, and aligned as such: to 32 pages. */
	feed(r, "vmalloc a 4K\nioremap io 61441");
	ck_places(r, 0, "0+2 32+17 ");
	for (unsigned i = 0; i < NR_PROBLEMS; i++)
		ck_assert_uint_eq(r->problem[i].count, 0);
	replay_destroy(r);
}
END_TEST

/* More than 512 pages: the page array is an area, right after its owner. */
START_TEST(test_page_array)
{
	struct replay *r = begin(NULL);

	feed(r, "vmalloc a 2M");
	ck_places(r, 0, "0+513 ");
	feed(r, "vmalloc b 2052K\nvmalloc c 4K");
	ck_places(r, 0, "0+513 513+514 1027+3 1030+2 ");
	feed(r, "vfree b\nvmalloc d 2G");
	/* 4 MiB of array, which has an array of two pages. */
	ck_places(r, 0, "0+513 513+3 1030+2 1032+524289 525321+1025 ");
	replay_destroy(r);
}
END_TEST

START_TEST(test_resize)
{
	struct replay *r = begin(NULL);

	feed(r, "vmalloc a 16K\nvmalloc b 4K\nresize a 8K");
	ck_places(r, 0, "0+3 5+2 ");
	feed(r, "resize a 16K"); /* fits again */
	ck_places(r, 0, "0+5 5+2 ");
	feed(r, "resize a 20K"); /* does not */
	ck_places(r, 0, "5+2 7+6 ");
	feed(r, "resize a 19K");
	ck_places(r, 0, "5+2 7+6 ");
	feed(r, "resize a 0\nresize b 8K");
	ck_places(r, 0, "5+3 ");
	feed(r, "resize a 12K\nresize a 18446744073709551615\nresize a 18446744073709547520");
	ck_places(r, 0, "0+4 5+3 ");
	ck_assert_uint_eq(r->problem[PROBLEM_JUNK].count, 1);
	ck_assert_uint_eq(r->run[0].figures.failed, 1);
	feed(r, "get_vm_area g 4K\nresize g 8K");
	ck_assert_uint_eq(r->problem[PROBLEM_JUNK].count, 2);
	feed(r, "vfree a\nvfree b\nvfree g");
	ck_places(r, 0, "");
	replay_destroy(r);
}
END_TEST

START_TEST(test_problems)
{
	struct replay *r = begin(NULL);

	feed(r, "alloc a 4K\nfree b\nvfree 0xffffc90000000000\nresize c 4K\nvmap v a d");
	ck_assert_uint_eq(r->problem[PROBLEM_NO_NAME].count, 3);
	ck_assert_uint_eq(r->problem[PROBLEM_NO_NAME].line, 2);
	ck_assert_uint_eq(r->problem[PROBLEM_NO_ADDRESS].count, 1);
	ck_places(r, 0, "0+2 ");
	feed(r, "alloc b 4K\nalloc a 12K");
	ck_assert_uint_eq(r->problem[PROBLEM_TWICE].count, 1);
	ck_places(r, 0, "2+2 4+4 "); /* the old a is gone, the new one found no room there */
	feed(r, "alloc z 0\npolicy none");
	ck_assert_uint_eq(r->problem[PROBLEM_JUNK].count, 2);
	feed(r, "free a\nfree b");
	ck_places(r, 0, "");
	replay_destroy(r);
}
END_TEST

#define KERNEL " x-1 [000] ..... 1.0: "
#define ALLOC(addr, size, failed)                                                                  \
	KERNEL "alloc_vmap_area: va_start: " addr " size=" size                                    \
	       " align=1 vstart=0xffffc90000000000 vend=0xffffe8ffffffffff failed=" failed "\n"
#define FREE(addr) KERNEL "free_vmap_area_noflush: va_start=" addr " nr_lazy=0 nr_lazy_max=0\n"

START_TEST(test_kernel)
{
	struct replay *r = begin(NULL);
	const struct run_figures *f = &r->run[0].figures;

	feed(r, ALLOC("0xffffc90000000000", "8192", "0") ALLOC("0xffffc90000002000", "12288", "0")
			FREE("0xffffc90000000000") FREE("0xffffc90000000000")
				ALLOC("0xffffc90000009000", "8192", "0"));
	ck_places(r, 0, "0+2 2+3 ");
	ck_assert_uint_eq(f->compared, 3);
	ck_assert_uint_eq(f->same, 2);
	ck_assert_uint_eq(r->problem[PROBLEM_NO_ADDRESS].count, 1);
	/* A request that failed in the trace and succeeds here leaves no area. */
	feed(r, ALLOC("18446744073709551600", "8192", "1"));
	ck_places(r, 0, "0+2 2+3 ");
	ck_assert_uint_eq(f->placed_alone, 1);
	/* An address given out twice: the first owner must have gone. */
	feed(r, ALLOC("0xffffc90000002000", "8192", "0"));
	ck_assert_uint_eq(r->problem[PROBLEM_TWICE].count, 1);
	ck_places(r, 0, "0+2 2+2 ");
	replay_destroy(r);
}
END_TEST

/* A range of one page has no guard, and touches its neighbours all the same. */
START_TEST(test_single_pages)
{
	struct replay *r = begin(NULL);

	feed(r, ALLOC("0xffffc90000000000", "4096", "0") ALLOC("0xffffc90000001000", "4096", "0")
			ALLOC("0xffffc90000002000", "8192", "0")
				ALLOC("0xffffc90000004000", "4096", "0") FREE("0xffffc90000001000")
					ALLOC("0xffffc90000001000", "4096", "0"));
	ck_places(r, 0, "0+1 1+1 2+2 4+1 ");
	ck_assert_uint_eq(r->run[0].figures.same, 5);
	ck_assert_uint_eq(machine_check(r->run[0].m, unit_report, NULL), 0);
	feed(r, ALLOC("18446744073709551600", "4096", "1"));
	ck_places(r, 0, "0+1 1+1 2+2 4+1 ");
	replay_destroy(r);
}
END_TEST

/*
 * Windows that reach from the vmalloc window into the modules' part: what is
 * placed there can be removed, whichever machine has modules.
 */
START_TEST(test_window_to_the_top)
{
#define TO_THE_TOP(addr)                                                                           \
	KERNEL "alloc_vmap_area: va_start: " addr                                                  \
	       " size=8192 align=1 vstart=0xffffc90000000000 vend=0xffffffffffffffff failed=0\n"
	struct replay_config c = {
		.machine = MACHINE_CONFIG_DEFAULT,
		.policy = { VM_TOP_DOWN },
		.nr_policies = 1,
	};
	struct replay *r = begin(&c);

	feed(r, KERNEL "alloc_vmap_area: va_start: 0xffffffffa0000000 size=8192 align=1 "
		       "vstart=0xffffffffa0000000 vend=0xffffffffffffffff failed=0\n" TO_THE_TOP(
			       "0xffffc90000000000") TO_THE_TOP("0xffffc90000002000"));
	ck_assert_uint_eq(r->run[0].figures.placed, 3);
	feed(r, FREE("0xffffc90000000000") FREE("0xffffc90000002000"));
	ck_places(r, 0, "");
	ck_assert_uint_eq(vmlist_count(r->run[0].aside), 1);
	replay_destroy(r);
}
END_TEST

START_TEST(test_fails_here)
{
	struct replay_config c = { .machine = MACHINE_CONFIG_DEFAULT, .clip = true };
	struct replay *r;

	c.machine.vmalloc_size = MiB(1);
	r = begin(&c);
	feed(r,
	     ALLOC("0xffffc90000000000", "1044480", "0") ALLOC("0xffffc900000ff000", "8192", "0"));
	ck_places(r, 0, "0+255 ");
	ck_assert_uint_eq(r->run[0].figures.failed, 1);
	ck_assert_uint_eq(r->run[0].figures.failed_alone, 1);
	/* It has no place, and leaves without a trace. */
	feed(r, FREE("0xffffc900000ff000"));
	ck_places(r, 0, "0+255 ");
	ck_assert_uint_eq(r->problem[PROBLEM_NO_ADDRESS].count, 0);
	replay_destroy(r);
}
END_TEST

/* A kernel tries, purges and tries again; all three are traced. */
START_TEST(test_purge_and_retry)
{
#define TIGHT(addr, size, failed)                                                                  \
	KERNEL "alloc_vmap_area: va_start: " addr " size=" size                                    \
	       " align=1 vstart=0xffffc90000000000 vend=0xffffc90000003fff failed=" failed "\n"
	static const char text[] = TIGHT("0xffffc90000000000", "12288", "0") KERNEL
		"free_vmap_area_noflush: va_start=0xffffc90000000000 nr_lazy=3 nr_lazy_max=32\n" TIGHT(
			"18446744073709551600", "8192", "1") KERNEL
		"purge_vmap_area_lazy: start=0xffffc90000000000 end=0xffffc90000003000 num_purged=1\n" TIGHT(
			"0xffffc90000000000", "8192", "0");
	struct replay_config c = { .machine = MACHINE_CONFIG_DEFAULT, .strict = true };
	struct replay *r = begin(&c);

	feed(r, text);
	ck_places(r, 0, "0+2 ");
	ck_assert_uint_eq(r->run[0].figures.compared, 3);
	ck_assert_uint_eq(r->run[0].figures.same, 3);
	ck_assert_uint_eq(r->run[0].figures.failed, 1);
	replay_destroy(r);
}
END_TEST

/* Modules lie in a space of their own. */
START_TEST(test_modules)
{
	struct replay *r = begin(NULL);

	feed(r, KERNEL "alloc_vmap_area: va_start: 0xffffffffa0000000 size=8192 align=1 "
		       "vstart=0xffffffffa0000000 vend=0xffffffffff000000 failed=0\n"
		       "get_vm_area m 4K 0xffffffffa0000000 0xfffffffffeffffff\n"
		       "alloc a 4096");
	ck_places(r, 0, "0+2 ");
	ck_assert_uint_eq(r->run[0].figures.same, 1);
	ck_assert_uint_eq(r->run[0].figures.placed, 3);
	feed(r, FREE("0xffffffffa0000000") "free m\nfree a");
	ck_places(r, 0, "");
	replay_destroy(r);
}
END_TEST

/* More areas than a batch has steps; all leave no trace. */
START_TEST(test_many)
{
	struct replay *r = begin(NULL);
	g_autoptr(GString) text = g_string_new(NULL);

	for (unsigned i = 0; i < 5000; i++)
		g_string_append_printf(text, "alloc n%u %u\n", i, (i % 64 + 1) * 4096);
	for (unsigned i = 0; i < 5000; i += 2)
		g_string_append_printf(text, "free n%u\n", i);
	feed(r, text->str);
	ck_assert_uint_eq(r->run[0].figures.placed, 5000);
	ck_assert_uint_eq(r->live.most, 5000);
	ck_assert_uint_eq(r->live.nr_slots, 5000);
	feed(r, "reset");
	ck_places(r, 0, "");
	ck_assert_uint_eq(machine_check(r->run[0].m, unit_report, NULL), 0);
	replay_destroy(r);
}
END_TEST

/* Any commands in any order: the machines stay sound, and what is freed is gone. */
START_TEST(test_random)
{
	static const char *const sizes[] = { "0",
					     "1",
					     "4096",
					     "8K",
					     "60K",
					     "3M",
					     "5M",
					     "1G",
					     "9G",
					     "1T",
					     "18446744073709547520",
					     "12K" };
	struct replay_config c = {
		.machine = MACHINE_CONFIG_DEFAULT,
		.nr_policies = NR_VM_POLICIES,
		.has_lazy = _i & 1,
		.lazy = 5000,
	};
	uint64_t state = 4711 + (uint64_t)_i;
	g_autoptr(GString) text = g_string_new(NULL);
	struct replay *r;

	for (unsigned i = 0; i < NR_VM_POLICIES; i++)
		c.policy[i] = i;
	if (_i & 2) {
		c.clip = true;
		c.machine.vmalloc_size = MiB(32);
	}
	r = begin(&c);
	for (unsigned i = 0; i < 20000; i++) {
		unsigned name = unit_random(&state) % 30, other = unit_random(&state) % 30;
		const char *size = sizes[unit_random(&state) % G_N_ELEMENTS(sizes)];

		switch (unit_random(&state) % 16) {
		case 0 ... 2:
			g_string_append_printf(text, "vmalloc n%u %s\n", name, size);
			break;
		case 3 ... 6:
			g_string_append_printf(text, "resize n%u %s\n", name, size);
			break;
		case 7 ... 9:
			g_string_append_printf(text, "vfree n%u\n", name);
			break;
		case 10:
			g_string_append_printf(text, "ioremap ioremap/n%u %s\n", name, size);
			break;
		case 11:
			g_string_append_printf(text, "vmap vmap/n%u n%u n%u:1-2\n", name, name,
					       other);
			break;
		case 12:
			g_string_append_printf(text, "vfree vmap/n%u\nfree ioremap/n%u\n", name,
					       other);
			break;
		case 13:
			g_string_append_printf(text, "get_vm_area n%u %s 2M\n", name, size);
			break;
		case 14:
			g_string_append_printf(text, "alloc n%u %s 0x1000\n", name, size);
			break;
		default:
			g_string_append(text, unit_random(&state) % 100 ? "purge\n" : "reset\n");
			break;
		}
	}
	feed(r, text->str);
	ck_assert_uint_gt(r->run[0].figures.placed, 1000);
	for (unsigned i = 0; i < r->nr_runs; i++)
		ck_assert_uint_eq(machine_check(r->run[i].m, unit_report, NULL), 0);
	feed(r, "reset");
	for (unsigned i = 0; i < r->nr_runs; i++)
		ck_places(r, i, "");
	replay_destroy(r);
}
END_TEST

START_TEST(test_report)
{
	struct replay *r = begin(NULL);

	feed(r, "alloc a 4096 0x0\nfree nobody");
	for (unsigned i = REPORT_TABLE; i <= REPORT_JSON; i++) {
		g_autoptr(GString) text = replay_report(
			r, &(struct report_options){ .format = (enum report_format)i });

		ck_assert_ptr_nonnull(strstr(text->str, "first-fit"));
		ck_assert(text->str[text->len - 1] == '\n');
	}
	replay_destroy(r);
}
END_TEST

static unsigned count_words(const char *text, const char *word)
{
	unsigned n = 0;

	for (const char *p = strstr(text, word); p; p = strstr(p + 1, word))
		n++;
	return n;
}

START_TEST(test_timeline)
{
	struct timeline *t = g_new(struct timeline, 1);
	const struct timeline *const lines[] = { t };
	g_autoptr(GString) svg = NULL;
	uint64_t n = 100000;
	unsigned peaks = 0;
	double sum = 0;

	timeline_init(t, "x");
	svg = timeline_svg(lines, 1, 1); /* of nothing */
	g_string_free(g_steal_pointer(&svg), TRUE);
	timeline_window(t, VMALLOC_START);
	for (uint64_t i = 0; i < n; i++)
		timeline_add(t, (const double[TIMELINE_VALUES]){
					(double)i / (double)n, (double)i / (double)n, (double)i,
					(double)(2 * i),
					/* for one event alone terabytes above the rest */
					(double)(VMALLOC_START +
						 (i == n / 3 ? UINT64_C(1) << 44 : PAGE_SIZE)),
					/* three fail, two of them far apart */
					(double)((i >= 10) + (i >= n / 2) + (i >= n / 2 + 1)) });
	ck_assert_uint_le(t->points, TIMELINE_POINTS);
	ck_assert_uint_ge(t->points, TIMELINE_POINTS / 2);
	ck_assert_uint_eq(t->points * t->distance + t->taken, n);
	/* No event is lost, and none counts twice. */
	for (unsigned i = 0; i < t->points; i++) {
		sum += t->point[i][TIMELINE_LARGEST] * (double)t->distance;
		ck_assert(i == 0 ||
			  t->point[i][TIMELINE_LARGEST] > t->point[i - 1][TIMELINE_LARGEST]);
	}
	sum += t->open[TIMELINE_LARGEST];
	ck_assert(sum == (double)(n * (n - 1) / 2));
	/* And no peak is lost. */
	for (unsigned i = 0; i < t->points; i++)
		peaks +=
			t->point[i][TIMELINE_PEAK] == (double)(VMALLOC_START + (UINT64_C(1) << 44));
	ck_assert_uint_eq(peaks, 1);
	svg = timeline_svg(lines, 1, 1);
	ck_assert_ptr_nonnull(strstr(svg->str, "</svg>"));
	ck_assert_uint_lt(svg->len, 256 * 1024);
	/* In each chart two crosses; the legend has one more, and the count. */
	ck_assert_uint_eq(count_words(svg->str, "class=\"failed\""), TIMELINE_CHARTS);
	ck_assert_uint_eq(count_words(svg->str, "l6 6m-6 0l6-6"), 2 * TIMELINE_CHARTS + 1);
	ck_assert_ptr_nonnull(strstr(svg->str, ": x 3<"));
	g_free(t);
}
END_TEST

/* A file that would be too large for a browser ends the replay. */
START_TEST(test_chrome_limit)
{
	struct run run = { .chrome = chrome_run_create(0) };
	struct chrome_file file;
	FILE *f = tmpfile();

	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(chrome_file_begin(&file, f, 1000), 0);
	g_string_append(run.chrome->text, "1");
	ck_assert_int_eq(chrome_write(&file, &run, 1), 0);
	ck_assert_uint_eq(run.chrome->text->len, 0);
	g_string_set_size(run.chrome->text, 1000 - file.bytes);
	memset(run.chrome->text->str, '2', run.chrome->text->len);
	ck_assert_int_eq(chrome_write(&file, &run, 1), 0);
	ck_assert_uint_eq(file.bytes, 1000);
	ck_assert_int_eq(chrome_write(&file, &run, 1), 0);
	g_string_append(run.chrome->text, "3");
	ck_assert_int_eq(chrome_write(&file, &run, 1), -EFBIG);
	ck_assert_int_eq(chrome_file_end(&file), -EFBIG);
	fclose(f);
	chrome_run_destroy(run.chrome);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("replay");
	TCase *tc = tcase_create("replay");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, test_recording);
	tcase_add_test(tc, test_chrome_limit);
	tcase_add_test(tc, test_commands);
	tcase_add_test(tc, test_page_array);
	tcase_add_test(tc, test_resize);
	tcase_add_test(tc, test_problems);
	tcase_add_test(tc, test_kernel);
	tcase_add_test(tc, test_single_pages);
	tcase_add_test(tc, test_window_to_the_top);
	tcase_add_test(tc, test_fails_here);
	tcase_add_test(tc, test_purge_and_retry);
	tcase_add_test(tc, test_modules);
	tcase_add_test(tc, test_many);
	tcase_add_loop_test(tc, test_random, 0, 4);
	tcase_add_test(tc, test_report);
	tcase_add_test(tc, test_timeline);
	suite_add_tcase(s, tc);
	return unit_main(s);
}
