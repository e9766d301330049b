/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What bench_image.sh compares images with.
 *
 *	bench_image copy FILE		memcpy of a cached file into untouched memory
 *	bench_image wait FILE		short requests to a file until SIGTERM
 *
 * The first prints milliseconds; the second how many requests there were, and how many
 * milliseconds the longest one waited.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t ended;

static void end(int sig)
{
	(void)sig;
	ended = 1;
}

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static int copy(const char *path)
{
	int fd = open(path, O_RDONLY);
	struct stat st;
	size_t size;
	void *from, *to;
	double t;

	if (fd < 0 || fstat(fd, &st))
		return 1;
	size = (size_t)st.st_size;
	from = mmap(NULL, size, PROT_READ, MAP_SHARED | MAP_POPULATE, fd, 0);
	to = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (from == MAP_FAILED || to == MAP_FAILED)
		return 1;
	t = now_ms();
	memcpy(to, from, size);
	printf("%.0f\n", now_ms() - t);
	return 0;
}

static int wait_for(const char *path)
{
	int fd = open(path, O_RDWR);
	unsigned long n = 0;
	double longest = 0;
	char byte;

	if (fd < 0)
		return 1;
	signal(SIGTERM, end);
	while (!ended) {
		double t = now_ms(), took;

		if (pread(fd, &byte, 1, 0) != 1 || pwrite(fd, &byte, 1, 0) != 1)
			return 1;
		took = now_ms() - t;
		longest = took > longest ? took : longest;
		n += 2;
	}
	printf("%lu %.1f\n", n, longest);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "copy"))
		return copy(argv[2]);
	if (argc == 3 && !strcmp(argv[1], "wait"))
		return wait_for(argv[2]);
	fprintf(stderr, "usage: bench_image copy|wait FILE\n");
	return 2;
}
