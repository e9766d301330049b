/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bench_mount [-r ROUNDS] [-m MIB] NAME=DIR...: the same file operations on
 * several mounted filesystems, side by side.  bench_mount.sh mounts and pins
 * them; it is what one runs.
 *
 * Rounds alternate between the filesystems, so that a busy moment of the
 * machine meets all of them.  A line says, for each filesystem, microseconds an
 * operation as median [minimum maximum] over the rounds, and then A/B: the
 * median of A over that of B, above 1 where B is the faster one.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define MAX_TARGETS 8
#define MAX_ROUNDS 101
#define NR_CREATES 2000
#define NR_STATUS 5000

static size_t file_size = (size_t)256 << 20;
static char *buffer;

static void die(const char *what, const char *path)
{
	fprintf(stderr, "bench_mount: %s %s: %s\n", what, path, strerror(errno));
	exit(1);
}

static double now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static int open_in(const char *dir, const char *name, int flags)
{
	char path[4096];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, flags, 0644);
	if (fd < 0)
		die("open", path);
	return fd;
}

/* The whole file in pieces, from its beginning; microseconds a piece. */
static double read_file(const char *dir, size_t piece)
{
	int fd = open_in(dir, "bench-file", O_RDONLY);
	double start = now_us();

	for (size_t at = 0; at < file_size; at += piece)
		if (pread(fd, buffer, piece, (off_t)at) != (ssize_t)piece)
			die("read", dir);
	start = now_us() - start;
	close(fd);
	return start / (double)(file_size / piece);
}

static double write_file(const char *dir, size_t piece)
{
	int fd = open_in(dir, "bench-file", O_WRONLY);
	double start = now_us();

	for (size_t at = 0; at < file_size; at += piece)
		if (pwrite(fd, buffer, piece, (off_t)at) != (ssize_t)piece)
			die("write", dir);
	start = now_us() - start;
	close(fd);
	return start / (double)(file_size / piece);
}

static double create_file(const char *dir, size_t size)
{
	char path[4096];
	double start = now_us();

	snprintf(path, sizeof(path), "%s/bench-new", dir);
	for (int i = 0; i < NR_CREATES; i++) {
		int fd = open(path, O_RDWR | O_CREAT | O_EXCL, 0644);

		if (fd < 0 || ftruncate(fd, (off_t)size) || close(fd) || unlink(path))
			die("create", path);
	}
	return (now_us() - start) / NR_CREATES;
}

static double read_status(const char *dir, size_t size)
{
	char path[4096];
	double start = now_us();

	snprintf(path, sizeof(path), "%s/status", dir);
	for (int i = 0; i < NR_STATUS; i++) {
		int fd = open(path, O_RDONLY);

		if (fd < 0 || read(fd, buffer, size) <= 0 || close(fd))
			die("read", path);
	}
	return (now_us() - start) / NR_STATUS;
}

static const struct measure {
	const char *name;
	double (*fn)(const char *dir, size_t size);
	size_t size;
} measures[] = {
	{ "read 4K", read_file, 4096 },
	{ "read 128K", read_file, 131072 },
	{ "read 1M", read_file, 1048576 },
	{ "write 4K", write_file, 4096 },
	{ "write 128K", write_file, 131072 },
	{ "write 1M", write_file, 1048576 },
	{ "create+ftruncate 64K+close+unlink", create_file, 65536 },
	{ "open+read+close status", read_status, 16384 },
};
#define NR_MEASURES (sizeof(measures) / sizeof(measures[0]))

struct target {
	const char *name;
	const char *dir;
	double us[NR_MEASURES][MAX_ROUNDS];
};

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void fill(const char *dir)
{
	int fd = open_in(dir, "bench-file", O_WRONLY | O_CREAT | O_TRUNC);

	if (ftruncate(fd, (off_t)file_size))
		die("ftruncate", dir);
	close(fd);
	write_file(dir, 1048576);
}

static void report(struct target *targets, int nr, int rounds)
{
	printf("%-34s", "us an operation, median [min max]");
	for (int t = 0; t < nr; t++)
		printf(" %24s", targets[t].name);
	for (int t = 1; t < nr; t++)
		printf("  %s/%s", targets[t].name, targets[0].name);
	printf("\n");
	for (size_t i = 0; i < NR_MEASURES; i++) {
		printf("%-34s", measures[i].name);
		for (int t = 0; t < nr; t++) {
			double *us = targets[t].us[i];

			qsort(us, (size_t)rounds, sizeof(*us), ascending);
			printf(" %8.2f [%6.2f %6.2f]", us[rounds / 2], us[0], us[rounds - 1]);
		}
		for (int t = 1; t < nr; t++)
			printf("  %*.2f",
			       (int)(strlen(targets[t].name) + strlen(targets[0].name) + 1),
			       targets[t].us[i][rounds / 2] / targets[0].us[i][rounds / 2]);
		printf("\n");
	}
}

int main(int argc, char **argv)
{
	static struct target targets[MAX_TARGETS];
	int nr = 0, rounds = 7, opt;

	while ((opt = getopt(argc, argv, "r:m:")) != -1) {
		if (opt == 'r')
			rounds = atoi(optarg);
		else if (opt == 'm')
			file_size = (size_t)atoi(optarg) << 20;
		else
			return 2;
	}
	if (rounds < 1 || rounds > MAX_ROUNDS || !file_size)
		return 2;
	for (int i = optind; i < argc && nr < MAX_TARGETS; i++) {
		char *equal = strchr(argv[i], '=');

		if (!equal)
			return 2;
		*equal = '\0';
		targets[nr].name = argv[i];
		targets[nr++].dir = equal + 1;
	}
	buffer = malloc(1048576);
	if (!nr || !buffer)
		return 2;
	memset(buffer, 0x5a, 1048576);

	for (int t = 0; t < nr; t++)
		fill(targets[t].dir);
	/*
	 * Round -1 warms up.  The order in a round changes: being next to
	 * another filesystem's measurement, or after tmpfs's, is worth ten
	 * percent.
	 */
	for (int r = -1; r < rounds; r++)
		for (size_t i = 0; i < NR_MEASURES; i++)
			for (int k = 0; k < nr; k++) {
				struct target *t = &targets[(k + r + 1) % nr];

				t->us[i][r < 0 ? 0 : r] = measures[i].fn(t->dir, measures[i].size);
			}
	report(targets, nr, rounds);
	return 0;
}
