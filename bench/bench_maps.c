/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The pictures of a machine with many areas, and what programs read: how long
 * each one takes to make, and how large it gets.  status is there to compare
 * with.
 *
 * Areas have one to four pages and frames of their own; every sixth of them is
 * freed again, and a run of a twentieth, so that there are holes of all sizes.
 * N areas are left.  map.html comes once more with a history of 16,384 events
 * (html+events).  A figure is milliseconds of the thread's own CPU time:
 * median, minimum and maximum of ROUNDS rounds.
 *
 *	bench_maps [N]...	(1000 100000 1000000)
 *
 * Pin it: taskset -c 0 bench_maps.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <vmallocfs/history.h>

#include "show/show.h"

#define ROUNDS 7

static void die(const char *what)
{
	perror(what);
	exit(2);
}

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static struct machine *make_areas(uint64_t n)
{
	struct machine_config c = MACHINE_CONFIG_DEFAULT;
	uint64_t made = n * 4 / 3;
	vaddr_t *addr = g_new(vaddr_t, made);
	struct machine *m;
	char name[32];

	c.memory = UINT64_C(64) << 30;
	if (machine_boot(&c, &m) || vmalloc_init(m))
		die("boot");
	for (uint64_t i = 0; i < made; i++) {
		g_snprintf(name, sizeof(name), "file%lu", (unsigned long)i);
		addr[i] = vmalloc(m, PAGE_SIZE * (1 + i * 7 % 4), name);
		if (!addr[i])
			die("vmalloc");
	}
	/* As many as it takes; the run first, then here and there. */
	for (uint64_t i = 0, left = made; i < made && left > n; i++) {
		bool run = i >= made / 3 && i < made / 3 + made / 20;

		if (run || i % 6 == 0 || (i % 6 == 3 && i > made / 2)) {
			vfree(m, addr[i]);
			left--;
		}
	}
	g_free(addr);
	return m;
}

static GBytes *status(struct machine *m, const struct show_options *options)
{
	(void)options;
	return show_status(m);
}

static GBytes *map_html(struct machine *m, const struct show_options *options)
{
	(void)options;
	return show_map_html(m);
}

static GBytes *status_json(struct machine *m, const struct show_options *options)
{
	(void)options;
	return show_status_json(m);
}

static GBytes *holes(struct machine *m, const struct show_options *options)
{
	(void)options;
	return show_holes(m);
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void measure(struct machine *m, const char *name,
		    GBytes *(*show)(struct machine *m, const struct show_options *options))
{
	struct show_options options = { .map_width = MAP_WIDTH_DEFAULT };
	double ms[ROUNDS];
	gsize size = 0;

	for (unsigned i = 0; i < ROUNDS; i++) {
		double start = now_ms();
		GBytes *text = show(m, &options);

		ms[i] = now_ms() - start;
		size = g_bytes_get_size(text);
		g_bytes_unref(text);
	}
	qsort(ms, ROUNDS, sizeof(ms[0]), compare);
	printf("  %-11s %8.1f ms [%.1f-%.1f] %10zu bytes\n", name, ms[ROUNDS / 2], ms[0],
	       ms[ROUNDS - 1], size);
}

/* As many events as a mount remembers. */
static void fill_history(struct machine *m)
{
	if (vmalloc_set_history(m, HISTORY_EVENTS))
		die("history");
	for (unsigned i = 0; i < HISTORY_EVENTS / 2; i++) {
		vaddr_t a = vmalloc(m, PAGE_SIZE * (1 + i % 4), "event");

		if (!a)
			die("vmalloc");
		vfree(m, a);
	}
}

static void run(uint64_t n)
{
	struct machine *m = make_areas(n);

	printf("%lu areas\n", (unsigned long)n);
	measure(m, "map.txt", show_map_txt);
	measure(m, "map.svg", show_map_svg);
	measure(m, "map.html", map_html);
	measure(m, "status", status);
	measure(m, "status.json", status_json);
	measure(m, "holes", holes);
	fill_history(m);
	measure(m, "html+events", map_html);
	vmalloc_exit(m);
	machine_destroy(m);
}

int main(int argc, char **argv)
{
	static const uint64_t standard[] = { 1000, 100000, 1000000 };

	for (int i = 1; i < argc; i++)
		run(strtoull(argv[i], NULL, 0));
	for (size_t i = 0; argc == 1 && i < G_N_ELEMENTS(standard); i++)
		run(standard[i]);
	return 0;
}
