/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The vmalloc core, measured without a filesystem, in seven parts:
 *
 *	loops	the workloads of Linux's lib/test_vmalloc by name, microseconds
 *		a loop, on one machine, init_on_alloc off
 *	big	vmalloc and vfree of 1 GiB, nothing written, nanoseconds and
 *		host bytes a page
 *	copy	vread and vwrite of 1 MiB over scattered frames, beside memcpy
 *		over the same frames
 *	boot	a machine of 16 TiB: seconds, and resident memory
 *	cycles	256 MiB written and freed in turns for four seconds, with a sweep
 *		each second that gives memory back, beside the same without
 *	cpu	a processor's access to a page that its TLB has, and to one that it has not,
 *		nanoseconds
 *	history	what remembering an event costs: a range taken and freed, without and with
 *		a history, in turns, nanoseconds of the thread's CPU time an event
 *
 *	bench_core [PART]...
 *
 * Each figure is taken several times: median, minimum and maximum are printed.
 * Pin it: taskset -c 0 bench_core.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <vmallocfs/cpu.h>
#include <vmallocfs/history.h>
#include <vmallocfs/vmalloc.h>

#define ROUNDS 7

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static struct machine *boot(uint64_t memory, bool init_on_alloc)
{
	struct machine_config c = MACHINE_CONFIG_DEFAULT;
	struct machine *m;

	c.memory = memory;
	c.init_on_alloc = init_on_alloc;
	if (machine_boot(&c, &m) || vmalloc_init(m))
		die("boot");
	return m;
}

static void halt(struct machine *m)
{
	vmalloc_exit(m);
	machine_destroy(m);
}

static uint64_t rng_state = 88172645463325252;

static uint64_t rng(void)
{
	rng_state ^= rng_state << 13;
	rng_state ^= rng_state >> 7;
	rng_state ^= rng_state << 17;
	return rng_state;
}

static int compare(const void *a, const void *b)
{
	const double *x = a;
	const double *y = b;

	return (*x > *y) - (*x < *y);
}

static void print(const char *name, const char *unit, double *v, int n, double target)
{
	qsort(v, (size_t)n, sizeof(*v), compare);
	printf("%-24s median %8.3f  min %8.3f  max %8.3f %-14s target %g\n", name, v[n / 2], v[0],
	       v[n - 1], unit, target);
	fflush(stdout);
}

/* The loops. */

static vaddr_t need(vaddr_t addr)
{
	if (!addr)
		die("vmalloc");
	return addr;
}

/* What the workloads do with a new area: write its first byte. */
static void touch(struct machine *m, vaddr_t addr)
{
	static const char byte;

	if (vwrite(m, &byte, addr, 1) != 1)
		die("vwrite");
}

static vaddr_t pages(struct machine *m, uint64_t n)
{
	return need(vmalloc(m, n << PAGE_SHIFT, NULL));
}

static vaddr_t zeroed(struct machine *m, uint64_t n, uint64_t align)
{
	return need(__vmalloc_node_range(m, n << PAGE_SHIFT, align, m->vmalloc_start,
					 m->vmalloc_end, GFP_KERNEL | __GFP_ZERO, PAGE_KERNEL, 0,
					 NUMA_NO_NODE, NULL));
}

static void fix_size(struct machine *m, int loops)
{
	for (int i = 0; i < loops; i++) {
		vaddr_t a = pages(m, 1);

		touch(m, a);
		vfree(m, a);
	}
}

static void random_size(struct machine *m, int loops)
{
	for (int i = 0; i < loops; i++) {
		vaddr_t a = pages(m, 1 + rng() % 100);

		touch(m, a);
		vfree(m, a);
	}
}

static void long_busy_loop(struct machine *m, int loops)
{
	for (int i = 0; i < loops; i++) {
		vaddr_t a = pages(m, 100);
		vaddr_t b = pages(m, 1);

		touch(m, a);
		touch(m, b);
		vfree(m, a);
		vfree(m, b);
	}
}

static void fix_align(struct machine *m, int loops)
{
	for (int i = 0; i < loops; i++)
		vfree(m, zeroed(m, 5, 16384 << 1)); /* THREAD_ALIGN << 1 */
}

static void random_size_align(struct machine *m, int loops)
{
	for (int i = 0; i < loops; i++) {
		unsigned r = rng() & 0xff;

		vfree(m, zeroed(m, r % 10 + 1, UINT64_C(1) << (r % 23)));
	}
}

#define BUSY 15000
#define FULL 16384 /* fls(2 CPUs) * 8192 */

static void run(const char *name, struct machine *m, void (*loop)(struct machine *, int), int loops,
		double target)
{
	double v[ROUNDS];

	loop(m, loops / 10);
	for (int r = 0; r < ROUNDS; r++) {
		double t = now();

		loop(m, loops);
		v[r] = (now() - t) * 1e6 / loops;
	}
	print(name, "us a loop", v, ROUNDS, target);
}

static void part_loops(void)
{
	static vaddr_t keep[FULL], junk[FULL];
	struct machine *m = boot(UINT64_C(2) << 30, false);
	vaddr_t a, b;

	run("fix_size", m, fix_size, 1000000, 0.25);

	a = pages(m, FULL * 8 / PAGE_SIZE);
	b = pages(m, FULL * 8 / PAGE_SIZE);
	for (int i = 0; i < FULL; i++) {
		keep[i] = pages(m, 1);
		junk[i] = pages(m, 1);
	}
	for (int i = 0; i < FULL; i++)
		vfree(m, junk[i]);
	run("full_fit", m, fix_size, 1000000, 0.6);
	for (int i = 0; i < FULL; i++)
		vfree(m, keep[i]);
	vfree(m, a);
	vfree(m, b);

	a = pages(m, BUSY * 8 / PAGE_SIZE + 1);
	for (int i = 0; i < BUSY; i++)
		keep[i] = pages(m, 1);
	run("long_busy_list", m, long_busy_loop, 200000, 3);
	for (int i = 0; i < BUSY; i++)
		vfree(m, keep[i]);
	vfree(m, a);

	run("random_size", m, random_size, 300000, 1.3);
	run("fix_align", m, fix_align, 500000, 0.9);
	run("random_size_align", m, random_size_align, 500000, 0.8);
	halt(m);
}

/* One big area. */

static double resident(void)
{
	FILE *f = fopen("/proc/self/statm", "r");
	unsigned long pages_resident = 0;

	if (!f || fscanf(f, "%*u %lu", &pages_resident) != 1)
		die("/proc/self/statm");
	fclose(f);
	return (double)pages_resident * (double)sysconf(_SC_PAGESIZE);
}

static void part_big(void)
{
	const uint64_t n = UINT64_C(1) << (30 - PAGE_SHIFT);
	double first[ROUNDS], again[ROUNDS], freed[ROUNDS], bytes[ROUNDS];

	for (int r = 0; r < ROUNDS; r++) {
		struct machine *m = boot(UINT64_C(2) << 30, true);
		double before = resident();
		double t0 = now();
		vaddr_t a = need(vmalloc(m, n << PAGE_SHIFT, NULL));
		double t1 = now();

		bytes[r] = (resident() - before) / (double)n;
		vfree(m, a);
		double t2 = now();

		a = need(vmalloc(m, n << PAGE_SHIFT, NULL));
		double t3 = now();

		vfree(m, a);
		first[r] = (t1 - t0) * 1e9 / (double)n;
		freed[r] = (t2 - t1) * 1e9 / (double)n;
		again[r] = (t3 - t2) * 1e9 / (double)n;
		halt(m);
	}
	print("vmalloc 1G, first", "ns a page", first, ROUNDS, 10);
	print("vmalloc 1G, again", "ns a page", again, ROUNDS, 10);
	print("vfree 1G", "ns a page", freed, ROUNDS, 10);
	print("host memory", "bytes a page", bytes, ROUNDS, 32);
}

/* Copies. */

#define MIB (1 << 20)
#define AREA_MIB 64

static void part_copy(void)
{
	struct machine *m = boot(UINT64_C(512) << 20, true);
	static vaddr_t single[AREA_MIB * MIB / PAGE_SIZE * 2];
	const int n = AREA_MIB * MIB / PAGE_SIZE;
	double read_ratio[ROUNDS], write_ratio[ROUNDS];
	unsigned char *buf = aligned_alloc(PAGE_SIZE, MIB);
	unsigned char **frame = malloc((size_t)n * sizeof(*frame));
	vaddr_t a;

	/* Scattered: every second frame of a shuffled crowd is free. */
	for (int i = 0; i < 2 * n; i++)
		single[i] = pages(m, 1);
	for (int i = 2 * n - 1; i > 0; i--) {
		int j = (int)(rng() % (uint64_t)(i + 1));
		vaddr_t s = single[i];

		single[i] = single[j];
		single[j] = s;
	}
	for (int i = 0; i < n; i++)
		vfree(m, single[i]);
	a = pages(m, (uint64_t)n);
	for (int i = 0; i < n; i++)
		frame[i] = pfn_to_ram(
			m, page_to_pfn(m, vmalloc_to_page(m, a + (uint64_t)i * PAGE_SIZE)));
	memset(buf, 1, MIB);
	for (int i = 0; i < AREA_MIB; i++)
		if (vwrite(m, buf, a + (uint64_t)i * MIB, MIB) != MIB)
			die("vwrite");

	for (int r = 0; r < ROUNDS; r++) {
		double t0 = now();

		for (int i = 0; i < n; i++)
			memcpy(buf + ((unsigned)i * PAGE_SIZE) % MIB, frame[i], PAGE_SIZE);
		double t1 = now();

		for (int i = 0; i < AREA_MIB; i++)
			if (vread(m, buf, a + (uint64_t)i * MIB, MIB) != MIB)
				die("vread");
		double t2 = now();

		for (int i = 0; i < n; i++)
			memcpy(frame[i], buf + ((unsigned)i * PAGE_SIZE) % MIB, PAGE_SIZE);
		double t3 = now();

		for (int i = 0; i < AREA_MIB; i++)
			if (vwrite(m, buf, a + (uint64_t)i * MIB, MIB) != MIB)
				die("vwrite");
		double t4 = now();

		read_ratio[r] = (t1 - t0) / (t2 - t1);
		write_ratio[r] = (t3 - t2) / (t4 - t3);
	}
	print("vread 1M", "of memcpy", read_ratio, ROUNDS, 0.9);
	print("vwrite 1M", "of memcpy", write_ratio, ROUNDS, 0.9);
	free(frame);
	free(buf);
	halt(m);
}

static void part_boot(void)
{
	double seconds[ROUNDS], mib[ROUNDS];

	for (int r = 0; r < ROUNDS; r++) {
		double before = resident();
		double t = now();
		struct machine *m = boot(UINT64_C(16) << 40, true);

		seconds[r] = now() - t;
		mib[r] = (resident() - before) / MIB;
		halt(m);
	}
	print("boot 16T", "s", seconds, ROUNDS, 0.1);
	print("boot 16T, resident", "MiB", mib, ROUNDS, 64);
}

/* Cycles a second. */
static double cycles(struct machine *m, const unsigned char *buf, bool sweep)
{
	double start = now(), swept = start;
	unsigned n = 0;

	while (now() - start < 4) {
		vaddr_t a = pages(m, 256 * MIB >> PAGE_SHIFT);

		for (unsigned i = 0; i < 256; i++)
			if (vwrite(m, buf, a + (uint64_t)i * MIB, MIB) != MIB)
				die("vwrite");
		vfree(m, a);
		n++;
		if (sweep && now() - swept >= 1) {
			swept = now();
			pages_give_back(m, false);
		}
	}
	return n / (now() - start);
}

static void part_cycles(void)
{
	struct machine *m = boot(UINT64_C(1) << 30, false);
	unsigned char *buf = calloc(1, MIB);
	double ratio[ROUNDS];

	if (!buf)
		die("calloc");
	cycles(m, buf, false);
	for (int r = 0; r < ROUNDS; r++) {
		double without = cycles(m, buf, false);

		ratio[r] = cycles(m, buf, true) / without;
	}
	print("write and free 256M", "of no sweep", ratio, ROUNDS, 0.97);
	free(buf);
	halt(m);
}

/* Nanoseconds for each of n accesses to pages of an area in turns. */
static double accesses(struct machine *m, vaddr_t addr, uint64_t nr_pages, int n)
{
	double t = now();

	for (int i = 0; i < n; i++) {
		vaddr_t at = addr + ((uint64_t)i % nr_pages << PAGE_SHIFT);
		struct cpu_fault f;
		paddr_t phys;

		if (!cpu_translate(m, 0, at, ACCESS_READ, &phys, &f))
			die("access");
	}
	return (now() - t) * 1e9 / n;
}

static void part_cpu(void)
{
	struct machine *m = boot(UINT64_C(512) << 20, false);
	double hit[ROUNDS], miss[ROUNDS];
	vaddr_t a = pages(m, 16384);

	for (int r = 0; r < ROUNDS; r++) {
		accesses(m, a, 64, 64);
		hit[r] = accesses(m, a, 64, 1 << 22);
		miss[r] = accesses(m, a, 16384, 1 << 20);
	}
	print("TLB hit", "ns", hit, ROUNDS, 15);
	print("TLB miss", "ns", miss, ROUNDS, 100);
	halt(m);
}

static double thread_time(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* Nanoseconds for each of 2n events. */
static double churn_ranges(struct machine *m, int n)
{
	double t = thread_time();

	for (int i = 0; i < n; i++) {
		struct vm_struct *area = get_vm_area(m, PAGE_SIZE, VM_ALLOC, "an-area");

		if (!area)
			die("get_vm_area");
		vfree(m, area->addr);
	}
	return (thread_time() - t) * 1e9 / (2.0 * n);
}

static void part_history(void)
{
	enum { TURNS = 41, EVENTS = 1 << 16 };
	struct machine *m = boot(UINT64_C(64) << 20, false);
	double off[TURNS], more[TURNS];

	/* As a mount does it, once for each request. */
	trace_set_task(m, 42, "bench");
	for (int r = 0; r < TURNS; r++) {
		if (vmalloc_set_history(m, 0))
			die("history");
		churn_ranges(m, EVENTS / 8);
		off[r] = churn_ranges(m, EVENTS);
		if (vmalloc_set_history(m, HISTORY_EVENTS))
			die("history");
		churn_ranges(m, EVENTS / 2); /* the rings are in memory then */
		more[r] = churn_ranges(m, EVENTS) - off[r];
	}
	print("event, no history", "ns", off, TURNS, 0);
	print("remembering it", "ns more", more, TURNS, 10);
	halt(m);
}

static const struct {
	const char *name;
	void (*run)(void);
} parts[] = {
	{ "loops", part_loops },     { "big", part_big },	{ "copy", part_copy },
	{ "boot", part_boot },	     { "cycles", part_cycles }, { "cpu", part_cpu },
	{ "history", part_history },
};

int main(int argc, char **argv)
{
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		bool wanted = argc == 1;

		for (int a = 1; a < argc; a++)
			wanted |= !strcmp(argv[a], parts[i].name);
		if (wanted)
			parts[i].run();
	}
	return 0;
}
