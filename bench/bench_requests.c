/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bench_requests [-r ROUNDS] NAME=DIR[@PID]...: what one request costs on several
 * mounted filesystems, side by side; the first is what the others are compared
 * with.  With the process of a server the figures are CPU time, its own and ours
 * together: on one CPU that is the time on the clock, less what other programs
 * took of it.
 *
 * bench_requests -c [-r ROUNDS] NAME=DIR...: the same with two clients at once,
 * one on each of the first two CPUs that we may use: operations a second of
 * both together.
 *
 * bench_requests -l FILE [-s SECONDS] DIR: how long a stat(2) of a file in DIR
 * takes while another client reads all of FILE again and again.
 *
 * -m NAME measures only what begins with NAME.
 *
 * bench_requests.sh mounts and pins; it is what one runs.  Rounds alternate
 * between the filesystems, so that a busy moment of the machine meets all of
 * them.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define MAX_TARGETS 8
#define MAX_ROUNDS 101
#define FILE_SIZE (8 << 20)
#define PIECE 4096
#define NR_PIECES (FILE_SIZE / PIECE)
#define ROUND_SECONDS 0.25
#define LIST "vmalloc_32"
#define NR_LISTED 10000

static const char *only;

struct client {
	const char *dir;
	char file[300];	 /* of FILE_SIZE bytes, every client its own */
	char small[300]; /* of 100 bytes */
	char fresh[300]; /* to be made and removed */
	int fd;		 /* of `file` */
	int dirfd;
	unsigned random;
	char *buffer;
};

static void die(const char *what, const char *path)
{
	fprintf(stderr, "bench_requests: %s %s: %s\n", what, path, strerror(errno));
	exit(1);
}

static double clock_us(clockid_t clock)
{
	struct timespec t;

	if (clock_gettime(clock, &t))
		die("clock_gettime", "");
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static double now_us(void)
{
	return clock_us(CLOCK_MONOTONIC);
}

/* The attributes, which the kernel may not answer by itself. */
static void stat_once(struct client *c)
{
	struct statx st;

	if (statx(c->fd, "", AT_EMPTY_PATH | AT_STATX_FORCE_SYNC, STATX_BASIC_STATS, &st))
		die("statx", c->file);
}

static void open_once(struct client *c)
{
	int fd = open(c->small, O_RDONLY);

	if (fd < 0 || close(fd))
		die("open", c->small);
}

static void read_small_once(struct client *c)
{
	int fd = open(c->small, O_RDONLY);

	if (fd < 0 || read(fd, c->buffer, PIECE) != 100 || close(fd))
		die("read", c->small);
}

static off_t somewhere(struct client *c)
{
	c->random = c->random * 1103515245 + 12345;
	return (off_t)(c->random / 65536 % NR_PIECES) * PIECE;
}

static void read_once(struct client *c)
{
	if (pread(c->fd, c->buffer, PIECE, somewhere(c)) != PIECE)
		die("read", c->file);
}

static void write_once(struct client *c)
{
	if (pwrite(c->fd, c->buffer, PIECE, somewhere(c)) != PIECE)
		die("write", c->file);
}

static void create(struct client *c, off_t size)
{
	int fd = open(c->fresh, O_RDWR | O_CREAT | O_EXCL, 0644);

	if (fd < 0 || (size && ftruncate(fd, size)) || close(fd) || unlink(c->fresh))
		die("create", c->fresh);
}

static void create_once(struct client *c)
{
	create(c, 0);
}

static void create_sized_once(struct client *c)
{
	create(c, 65536);
}

/* All of the directory LIST. */
static void readdir_once(struct client *c)
{
	long n = 0;
	DIR *dir;

	lseek(c->dirfd, 0, SEEK_SET);
	dir = fdopendir(dup(c->dirfd));
	if (!dir)
		die("opendir", c->dir);
	rewinddir(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	if (n < NR_LISTED)
		die("too few entries", c->dir);
}

static const struct measure {
	const char *name;
	void (*once)(struct client *c);
	int times;
} measures[] = {
	{ "round trip (statx)", stat_once, 5000 },
	{ "open+close", open_once, 3000 },
	{ "open+read+close, 100 bytes", read_small_once, 2000 },
	{ "random read 4K", read_once, 5000 },
	{ "random write 4K", write_once, 5000 },
	{ "create+close+unlink", create_once, 1500 },
	{ "create+ftruncate 64K+close+unlink", create_sized_once, 1000 },
	{ "readdir of 10,000", readdir_once, 5 },
};
#define NR_MEASURES (sizeof(measures) / sizeof(measures[0]))

static void fill(const char *path, int flags, size_t size)
{
	char buffer[PIECE];
	int fd = open(path, O_RDWR | O_CREAT | flags, 0644);

	memset(buffer, 'x', sizeof(buffer));
	if (fd < 0)
		die("open", path);
	for (size_t done = 0; done < size; done += PIECE)
		if (write(fd, buffer, size - done < PIECE ? size - done : PIECE) < 0)
			die("write", path);
	close(fd);
}

/* The directory that is listed; null_fs has its entries already. */
static int open_list(const char *dir)
{
	char path[320];
	int fd;

	for (int i = 0; i < NR_LISTED; i++) {
		snprintf(path, sizeof(path), "%s/" LIST "/file%d", dir, i);
		if (access(path, F_OK))
			close(open(path, O_WRONLY | O_CREAT, 0644));
	}
	snprintf(path, sizeof(path), "%s/" LIST, dir);
	fd = open(path, O_RDONLY | O_DIRECTORY);
	if (fd < 0)
		die("open", path);
	return fd;
}

static void client_init(struct client *c, const char *dir, int number)
{
	*c = (struct client){ .dir = dir, .random = (unsigned)number };
	snprintf(c->file, sizeof(c->file), "%s/bench-file%d", dir, number);
	snprintf(c->small, sizeof(c->small), "%s/bench-small%d", dir, number);
	snprintf(c->fresh, sizeof(c->fresh), "%s/bench-fresh%d", dir, number);
	fill(c->file, 0, FILE_SIZE);
	fill(c->small, 0, 100);
	c->fd = open(c->file, O_RDWR);
	if (c->fd < 0)
		die("open", c->file);
	c->dirfd = open_list(dir);
	c->buffer = malloc(PIECE);
	if (c->dirfd < 0 || !c->buffer)
		die("open", dir);
}

struct target {
	const char *name;
	pid_t server; /* 0: not given */
	struct client clients[2];
	double us[NR_MEASURES][MAX_ROUNDS];
};

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *values, int n)
{
	qsort(values, (size_t)n, sizeof(*values), ascending);
	return values[n / 2];
}

/* The time on the clock, or, with a server's process, its CPU time and ours. */
static double time_of(const struct target *t)
{
	clockid_t clock;

	if (!t->server)
		return clock_us(CLOCK_MONOTONIC);
	if (clock_getcpuclockid(t->server, &clock))
		die("clock_getcpuclockid", t->name);
	return clock_us(CLOCK_PROCESS_CPUTIME_ID) + clock_us(clock);
}

/* Microseconds an operation, after as many that put the server's memory into the caches. */
static double alone(const struct measure *measure, struct target *t)
{
	double start;

	for (int i = 0; i < measure->times; i++)
		measure->once(&t->clients[0]);
	start = time_of(t);
	for (int i = 0; i < measure->times; i++)
		measure->once(&t->clients[0]);
	return (time_of(t) - start) / measure->times;
}

struct racer {
	const struct measure *measure;
	struct client *client;
	int cpu;
	_Atomic bool *stop;
	long done;
};

static void *race(void *arg)
{
	struct racer *r = arg;
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(r->cpu, &cpus);
	sched_setaffinity(0, sizeof(cpus), &cpus);
	while (!*r->stop) {
		r->measure->once(r->client);
		r->done++;
	}
	return NULL;
}

/* Microseconds of both clients together for each operation. */
static double together(const struct measure *measure, struct target *t)
{
	const struct timespec length = { .tv_nsec = (long)(ROUND_SECONDS * 1e9) };
	_Atomic bool stop = false;
	struct racer racers[2];
	pthread_t threads[2];
	double start = now_us();

	for (int i = 0; i < 2; i++) {
		racers[i] = (struct racer){
			.measure = measure, .client = &t->clients[i], .cpu = i, .stop = &stop
		};
		if (pthread_create(&threads[i], NULL, race, &racers[i]))
			die("pthread_create", "");
	}
	nanosleep(&length, NULL);
	stop = true;
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	return (now_us() - start) / (double)(racers[0].done + racers[1].done);
}

/* All of them, or those that -m names the beginning of. */
static bool is_wanted(size_t i)
{
	return !only || !strncmp(measures[i].name, only, strlen(only));
}

static void compare(struct target *targets, int nr, int rounds,
		    double (*run)(const struct measure *measure, struct target *t))
{
	/* Round -1 warms up. The order in a round changes. */
	for (int r = -1; r < rounds; r++)
		for (size_t i = 0; i < NR_MEASURES; i++)
			for (int k = 0; is_wanted(i) && k < nr; k++) {
				struct target *t = &targets[(k + r + 1) % nr];

				t->us[i][r < 0 ? 0 : r] = run(&measures[i], t);
			}
	printf("%-34s", "us an operation, median [min max]");
	for (int t = 0; t < nr; t++)
		printf(" %26s", targets[t].name);
	printf("   %s/other\n", targets[0].name);
	for (size_t i = 0; i < NR_MEASURES; i++) {
		double of[MAX_TARGETS];

		if (!is_wanted(i))
			continue;
		printf("%-34s", measures[i].name);
		for (int t = 0; t < nr; t++) {
			double *us = targets[t].us[i];

			of[t] = median(us, rounds);
			printf(" %8.2f [%7.2f %7.2f]", of[t], us[0], us[rounds - 1]);
		}
		printf("  ");
		for (int t = 1; t < nr; t++)
			printf(" %.2f", of[0] / of[t]);
		printf("\n");
	}
}

static void *read_again(void *arg)
{
	const char *path = arg;
	static char buffer[1 << 20];

	for (;;) {
		int fd = open(path, O_RDONLY);

		if (fd < 0)
			die("open", path);
		while (read(fd, buffer, sizeof(buffer)) > 0)
			;
		close(fd);
	}
	return NULL;
}

static void beside(const char *dir, char *file, int seconds)
{
	struct client c;
	pthread_t thread;
	size_t n = 0, max = (size_t)seconds * 20000;
	double *us = calloc(max, sizeof(*us));
	double end, start;

	client_init(&c, dir, 0);
	if (!us || (file[0] && pthread_create(&thread, NULL, read_again, file)))
		die("cannot begin", dir);
	start = now_us();
	end = start + seconds * 1e6;
	while (n < max && now_us() < end) {
		const struct timespec pause = { .tv_nsec = 50000 };

		start = now_us();
		stat_once(&c);
		us[n++] = now_us() - start;
		nanosleep(&pause, NULL);
	}
	qsort(us, n, sizeof(*us), ascending);
	printf("%zu stats beside %s, us: median %.1f, 99%% %.1f, 99.9%% %.1f, longest %.1f %.1f "
	       "%.1f\n",
	       n, file[0] ? file : "nothing", us[n / 2], us[n * 99 / 100], us[n * 999 / 1000],
	       us[n - 3], us[n - 2], us[n - 1]);
}

int main(int argc, char **argv)
{
	static struct target targets[MAX_TARGETS];
	double (*run)(const struct measure *measure, struct target *t) = alone;
	int nr = 0, rounds = 7, seconds = 5, opt;
	char *file = NULL;

	while ((opt = getopt(argc, argv, "cl:m:r:s:")) != -1) {
		if (opt == 'c')
			run = together;
		else if (opt == 'l')
			file = optarg;
		else if (opt == 'm')
			only = optarg;
		else if (opt == 'r')
			rounds = atoi(optarg);
		else if (opt == 's')
			seconds = atoi(optarg);
		else
			return 2;
	}
	if (rounds < 1 || rounds > MAX_ROUNDS || seconds < 1)
		return 2;
	if (file) {
		if (optind == argc)
			return 2;
		beside(argv[optind], file, seconds);
		return 0;
	}
	for (int i = optind; i < argc && nr < MAX_TARGETS; i++) {
		char *equal = strchr(argv[i], '=');
		char *at;

		if (!equal)
			return 2;
		*equal++ = '\0';
		at = strchr(equal, '@');
		if (at) {
			*at = '\0';
			targets[nr].server = atoi(at + 1);
		}
		targets[nr].name = argv[i];
		for (int k = 0; k < 2; k++)
			client_init(&targets[nr].clients[k], equal, k);
		nr++;
	}
	if (!nr)
		return 2;
	compare(targets, nr, rounds, run);
	return 0;
}
