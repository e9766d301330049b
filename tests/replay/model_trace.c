/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes the trace of a kernel that never was: the model of the unit tests
 * (linuxmodel.h) says where its areas go.
 *
 *	model_trace 6.1|6.12 CPUS EVENTS [LIST]
 *
 * With LIST the trace begins in the middle, and that file gets what
 * /proc/vmallocinfo would have shown there: areas and what waits, and nothing of
 * pools.
 */
#include <inttypes.h>
#include <stdio.h>

#include "../unit/linuxmodel.h"

#define START UINT64_C(0xffffc90000000000)
#define END UINT64_C(0xffffe8ffffffffff)
#define MODULES UINT64_C(0xffffffffc0000000)
#define MODULES_END UINT64_C(0xffffffffff000000)
#define PER_CPU (2 << 20)
#define WAITS_MAX 600
#define RANGES 300

static struct linux_model model;
static uint64_t seed = UINT64_C(88172645463325252);
static bool silent;

static uint64_t below(uint64_t n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (seed >> 11) % n;
}

static void place(int cpu)
{
	static const uint64_t common[] = { 2, 5, 5, 5, 9, 17 };
	uint64_t pages = below(3) ? common[below(6)] : 1 + below(below(8) ? 40 : 300);
	uint64_t align = pages == 5 ? 4 * LM_PAGE : below(8) ? 1 : LM_PAGE << below(6);
	bool module = !below(20);
	uint64_t start = module ? MODULES : START, end = module ? MODULES_END : END, addr;

	if (!lm_alloc(&model, cpu, pages * LM_PAGE, align, start, end, &addr))
		exit(1);
	if (!silent)
		printf("sh-1 [%03d] ..... 1.0: alloc_vmap_area: va_start: %" PRIu64 " size=%" PRIu64
		       " align=%" PRIu64 " vstart=0x%" PRIx64 " vend=0x%" PRIx64 " failed=0\n",
		       cpu, addr, pages * LM_PAGE, align, start, end);
}

static void purge(void)
{
	lm_purge(&model, false);
	if (!silent)
		puts("sh-1 [000] ..... 1.0: purge_vmap_area_lazy: start=0x1000 end=0x2000 "
		     "num_purged=1");
}

static void release(int cpu)
{
	int i = (int)below((uint64_t)model.busy.n);

	if (!silent)
		printf("sh-1 [%03d] ..... 1.0: free_vmap_area_noflush: va_start=0x%" PRIx64
		       " nr_lazy=1 nr_lazy_max=%d\n",
		       cpu, model.busy.r[i].start, WAITS_MAX);
	lm_free(&model, i);
	if (lm_waiting_pages(&model) > WAITS_MAX)
		purge();
}

static void list(FILE *out, struct lm_list *l, const char *what)
{
	for (int i = 0; i < l->n; i++)
		fprintf(out, "0x%" PRIx64 "-0x%" PRIx64 " %" PRIu64 " %s\n", l->r[i].start,
			l->r[i].end, l->r[i].end - l->r[i].start, what);
}

/* Below the top is an area of the per-CPU allocator, which no trace shows. */
static void hold_per_cpu(void)
{
	uint64_t start = (END & ~(uint64_t)(PER_CPU - 1)) - PER_CPU;

	lm_cut(&model, start, start + PER_CPU);
}

static void list_all(const char *path)
{
	uint64_t start = (END & ~(uint64_t)(PER_CPU - 1)) - PER_CPU;
	FILE *out = fopen(path, "w");

	if (!out)
		exit(1);
	list(out, &model.busy, "f+0x0/0x1 vmap");
	list(out, &model.waiting, "unpurged vm_area");
	fprintf(out, "0x%" PRIx64 "-0x%" PRIx64 " %d pcpu_get_vm_areas+0x0/0x1 vmalloc\n", start,
		start + PER_CPU, PER_CPU);
	fclose(out);
}

int main(int argc, char **argv)
{
	int cpus, events;

	if (argc < 4)
		return 2;
	cpus = atoi(argv[2]);
	events = atoi(argv[3]);
	lm_init(&model, !strcmp(argv[1], "6.12"), cpus, START, END, UINT64_MAX);
	hold_per_cpu();
	silent = argc > 4;
	printf("# entries-in-buffer/entries-written: %d/%d   #P:%d\n", events, events, cpus);
	for (int i = 0; i < events; i++) {
		/* Sometimes many, sometimes few. */
		uint64_t fill = i % 2000 < 1000 ? RANGES : RANGES / 8;
		int cpu = (int)below((uint64_t)cpus);

		if (silent && i == events / 2) {
			list_all(argv[4]);
			silent = false;
		}
		if (below(fill) >= (uint64_t)model.busy.n)
			place(cpu);
		else
			release(cpu);
		if (!below(300))
			purge();
	}
	lm_deinit(&model);
	return 0;
}
