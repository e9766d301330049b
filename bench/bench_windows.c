/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bench_windows: what looking at a machine with many areas costs, and whom it
 * holds up.
 *
 *	bench_windows hold [AREAS]	without a mount: how long a snapshot of
 *					all areas holds the lock, and how long an
 *					allocation next to it waits at most
 *	bench_windows fill DIR AREAS	makes that many files
 *	bench_windows text DIR FILE...	reads files of DIR to their ends, each time
 *					after a change to DIR
 *	bench_windows wait DIR SECONDS	makes and removes a file over and over:
 *					the longest that its area took
 *	bench_windows read [-m MIB] NAME=FILE@OFFSET...
 *					reads all of them, 1 MiB at a time, by
 *					turns
 *
 * bench_windows.sh mounts, and runs all of these.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "show/show.h"
#include "show/snapshot.h"

#define ROUNDS 21
#define MAX_TARGETS 8
#define STALL_SECONDS 3
#define MIB ((size_t)1 << 20)

static void die(const char *what, const char *name)
{
	fprintf(stderr, "bench_windows: %s %s: %s\n", what, name, strerror(errno));
	exit(1);
}

static double clock_ms(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static double now_ms(void)
{
	return clock_ms(CLOCK_MONOTONIC);
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void print_ms(const char *name, double *ms, int n)
{
	qsort(ms, (size_t)n, sizeof(*ms), ascending);
	printf("%-40s %9.3f ms [%.3f-%.3f]\n", name, ms[n / 2], ms[0], ms[n - 1]);
}

/* Without a mount. */

/*
 * How long listings hold the address space's lock: the linker leads their calls
 * through here (--wrap).
 */
void __real_vmlist_for_each(struct machine *m, vmlist_fn *fn, void *arg);
void __wrap_vmlist_for_each(struct machine *m, vmlist_fn *fn, void *arg);
void __real_vmlist_for_each_range(struct machine *m, vmlist_fn *fn, vmlist_lazy_fn *lazy,
				  void *arg);
void __wrap_vmlist_for_each_range(struct machine *m, vmlist_fn *fn, vmlist_lazy_fn *lazy,
				  void *arg);

/* Written by the one thread that lists. */
static struct held {
	double cpu_ms; /* the last time: what the thread ran */
	double longest_cpu_ms;
	double longest_ms; /* by the clock: the thread may have been off its CPU */
} held;

static double held_cpu, held_clock;

static void held_begin(void)
{
	held_clock = now_ms();
	held_cpu = clock_ms(CLOCK_THREAD_CPUTIME_ID);
}

static void held_end(void)
{
	double ms = now_ms() - held_clock;

	held.cpu_ms = clock_ms(CLOCK_THREAD_CPUTIME_ID) - held_cpu;
	if (held.cpu_ms > held.longest_cpu_ms)
		held.longest_cpu_ms = held.cpu_ms;
	if (ms > held.longest_ms)
		held.longest_ms = ms;
}

void __wrap_vmlist_for_each(struct machine *m, vmlist_fn *fn, void *arg)
{
	held_begin();
	__real_vmlist_for_each(m, fn, arg);
	held_end();
}

void __wrap_vmlist_for_each_range(struct machine *m, vmlist_fn *fn, vmlist_lazy_fn *lazy, void *arg)
{
	held_begin();
	__real_vmlist_for_each_range(m, fn, lazy, arg);
	held_end();
}

/* Waits of allocations: how long each takes, as the counts of some sizes. */
struct waits {
	double longest;
	uint64_t nr;
	uint64_t above_1ms;
	uint64_t above_10ms;
};

static void waits_add(struct waits *w, double ms)
{
	w->nr++;
	if (ms > w->longest)
		w->longest = ms;
	w->above_1ms += ms > 1;
	w->above_10ms += ms > 10;
}

static void waits_print(const char *name, const struct waits *w)
{
	printf("%s: longest %.3f ms; of %llu, %llu above 1 ms, %llu above 10 ms\n", name,
	       w->longest, (unsigned long long)w->nr, (unsigned long long)w->above_1ms,
	       (unsigned long long)w->above_10ms);
}

static struct machine *boot_with(unsigned long areas)
{
	struct machine_config config = MACHINE_CONFIG_DEFAULT;
	struct machine *m;
	char name[32];

	config.memory = UINT64_C(4) << 30;
	if (machine_boot(&config, &m) || vmalloc_init(m))
		die("boot", "");
	for (unsigned long i = 0; i < areas; i++) {
		snprintf(name, sizeof(name), "f%06lu", i);
		if (!vmalloc(m, (i % 4 + 1) * PAGE_SIZE, name))
			die("vmalloc", name);
	}
	return m;
}

struct other {
	struct machine *m;
	void (*work)(struct machine *m);
	_Atomic bool stop;
	uint64_t nr;
};

static void *work_until_stopped(void *arg)
{
	struct other *o = arg;

	for (o->nr = 0; !o->stop; o->nr++)
		o->work(o->m);
	return NULL;
}

static void work_nothing(struct machine *m)
{
	double end = now_ms() + 10;

	(void)m;
	while (now_ms() < end)
		;
}

static void work_vmallocinfo(struct machine *m)
{
	g_bytes_unref(show_vmallocinfo(m));
}

static void work_status(struct machine *m)
{
	g_bytes_unref(show_status(m));
}

static void work_ptdump(struct machine *m)
{
	g_bytes_unref(show_ptdump(m));
}

/* Allocates beside another thread that works at something. */
static void stall(struct machine *m, const char *name, void (*work)(struct machine *m))
{
	struct other other = { .m = m, .work = work };
	struct waits waits = { 0 };
	double end = now_ms() + STALL_SECONDS * 1e3;
	pthread_t thread;
	char title[64];

	held = (struct held){ 0 };
	if (pthread_create(&thread, NULL, work_until_stopped, &other))
		die("pthread_create", "");
	for (double t = now_ms(); t < end;) {
		vfree(m, vmalloc(m, PAGE_SIZE, "x"));
		waits_add(&waits, now_ms() - t);
		/* With a rest, so that the other one finds the lock free. */
		usleep(50);
		t = now_ms();
	}
	other.stop = true;
	pthread_join(thread, NULL);
	snprintf(title, sizeof(title), "vmalloc+vfree beside %s (%llu)", name,
		 (unsigned long long)other.nr);
	waits_print(title, &waits);
	if (held.longest_ms > 0)
		printf("    the lock was held for %.3f ms at most, in which the thread ran %.3f ms at most\n",
		       held.longest_ms, held.longest_cpu_ms);
}

static int run_hold(int argc, char **argv)
{
	unsigned long areas = argc > 0 ? strtoul(argv[0], NULL, 0) : 100000;
	struct machine *m = boot_with(areas);
	double ms[ROUNDS];

	printf("%lu areas\n", areas);
	for (int r = 0; r < ROUNDS; r++) {
		struct snapshot s;

		snapshot_init(&s, m);
		ms[r] = held.cpu_ms;
		snapshot_deinit(&s);
	}
	print_ms("a snapshot holds the lock", ms, ROUNDS);
	stall(m, "a loop without a lock", work_nothing);
	stall(m, "vmallocinfo", work_vmallocinfo);
	stall(m, "status", work_status);
	stall(m, "page_tables", work_ptdump);
	vmalloc_exit(m);
	machine_destroy(m);
	return 0;
}

/* Through a mount. */

static int run_fill(int argc, char **argv)
{
	unsigned long areas = argc > 1 ? strtoul(argv[1], NULL, 0) : 0;
	char path[4096];

	for (unsigned long i = 0; i < areas; i++) {
		int fd;

		snprintf(path, sizeof(path), "%s/f%06lu", argv[0], i);
		fd = open(path, O_RDWR | O_CREAT | O_EXCL, 0644);
		if (fd < 0 || ftruncate(fd, (off_t)((i % 4 + 1) * PAGE_SIZE)) || close(fd))
			die("make", path);
	}
	return 0;
}

/* As cat does. */
static size_t read_text(const char *path)
{
	static char buf[131072];
	int fd = open(path, O_RDONLY);
	size_t size = 0;
	ssize_t n;

	if (fd < 0)
		die("open", path);
	while ((n = read(fd, buf, sizeof(buf))) > 0)
		size += (size_t)n;
	if (n < 0 || close(fd))
		die("read", path);
	return size;
}

/*
 * A file made and removed, so that no text is the one of before: how long its
 * allocation took, which is one request.
 */
static double change(const char *dir)
{
	char path[4096];
	double ms;
	int fd, err;

	snprintf(path, sizeof(path), "%s/changed", dir);
	fd = open(path, O_RDWR | O_CREAT | O_EXCL, 0644);
	ms = now_ms();
	err = fd < 0 || ftruncate(fd, PAGE_SIZE);
	ms = now_ms() - ms;
	if (err || close(fd) || unlink(path))
		die("make", path);
	return ms;
}

static int run_text(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		char path[4096], title[4200];
		double ms[ROUNDS];
		size_t size = 0;

		snprintf(path, sizeof(path), "%s/%s", argv[0], argv[i]);
		for (int r = 0; r < ROUNDS; r++) {
			double t;

			change(argv[0]);
			t = now_ms();
			size = read_text(path);
			ms[r] = now_ms() - t;
		}
		snprintf(title, sizeof(title), "%s, %zu bytes", argv[i], size);
		print_ms(title, ms, ROUNDS);
	}
	return 0;
}

static int run_wait(int argc, char **argv)
{
	double end = now_ms() + (argc > 1 ? strtod(argv[1], NULL) : 1) * 1e3;
	struct waits waits = { 0 };

	while (now_ms() < end) {
		waits_add(&waits, change(argv[0]));
		usleep(50);
	}
	waits_print("ftruncate", &waits);
	return 0;
}

struct target {
	const char *name;
	int fd;
	off_t offset;
	double ms[ROUNDS];
};

static void target_open(struct target *t, char *arg)
{
	char *path = strchr(arg, '=');
	char *at = strrchr(arg, '@');

	if (!path || !at || at < path)
		die("no NAME=FILE@OFFSET:", arg);
	*path++ = '\0';
	*at++ = '\0';
	t->name = arg;
	t->offset = (off_t)strtoull(at, NULL, 0);
	t->fd = open(path, O_RDONLY);
	if (t->fd < 0)
		die("open", path);
}

static double target_read(const struct target *t, size_t mib)
{
	static char *buf;
	double start;

	if (!buf && posix_memalign((void **)&buf, PAGE_SIZE, MIB))
		die("malloc", "");
	start = now_ms();
	for (size_t i = 0; i < mib; i++)
		if (pread(t->fd, buf, MIB, t->offset + (off_t)(i * MIB)) != (ssize_t)MIB)
			die("read", t->name);
	return now_ms() - start;
}

static int run_read(int argc, char **argv)
{
	static struct target targets[MAX_TARGETS];
	size_t mib = 256;
	int nr = 0;

	if (argc > 1 && !strcmp(argv[0], "-m")) {
		mib = strtoul(argv[1], NULL, 0);
		argv += 2;
		argc -= 2;
	}
	for (; nr < argc && nr < MAX_TARGETS; nr++)
		target_open(&targets[nr], argv[nr]);
	/* Round -1 warms up; who comes first in a round changes. */
	for (int r = -1; r < ROUNDS; r++)
		for (int k = 0; k < nr; k++) {
			struct target *t = &targets[(k + r + 1) % nr];

			t->ms[r < 0 ? 0 : r] = target_read(t, mib) / (double)mib;
		}
	for (int i = 0; i < nr; i++) {
		print_ms(targets[i].name, targets[i].ms, ROUNDS);
		if (i)
			printf("%40s %s/%s: %.2f by medians, %.2f by minima\n", "", targets[0].name,
			       targets[i].name,
			       targets[0].ms[ROUNDS / 2] / targets[i].ms[ROUNDS / 2],
			       targets[0].ms[0] / targets[i].ms[0]);
	}
	return 0;
}

static const struct {
	const char *name;
	int least; /* arguments */
	int (*run)(int argc, char **argv);
} modes[] = {
	{ "hold", 0, run_hold }, { "fill", 2, run_fill }, { "text", 2, run_text },
	{ "wait", 2, run_wait }, { "read", 1, run_read },
};

int main(int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < sizeof(modes) / sizeof(modes[0]); i++)
		if (!strcmp(argv[1], modes[i].name) && argc - 2 >= modes[i].least)
			return modes[i].run(argc - 2, argv + 2);
	fprintf(stderr, "bench_windows: see the head of bench_windows.c\n");
	return 2;
}
