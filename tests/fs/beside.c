/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * beside DIR FILE...: opens the files of DIR one after the other, reads a byte
 * of each, and prints how many requests of another thread began and ended while
 * these were under way.  They are lookups of a name that is not there, for which
 * the kernel has to ask each time.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static _Atomic unsigned turn; /* odd while an open is under way */
static unsigned lookups;      /* that began and ended in the same odd turn */

static void *look_up(void *arg)
{
	const char *name = arg;
	unsigned before;
	struct stat st;

	while ((before = turn) != ~0U) {
		if (!stat(name, &st) || errno != ENOENT)
			fprintf(stderr, "beside: %s: %s\n", name, strerror(errno));
		else if (before & 1 && before == turn)
			lookups++;
	}
	return NULL;
}

static int open_beside(const char *dir, const char *name)
{
	char path[4096];
	char byte;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	turn++;
	fd = open(path, O_RDONLY);
	if (fd < 0 || read(fd, &byte, 1) != 1) {
		fprintf(stderr, "beside: %s: %s\n", path, strerror(errno));
		return 1;
	}
	turn++;
	close(fd);
	return 0;
}

int main(int argc, char **argv)
{
	char nothing[4096];
	pthread_t thread;
	int failed = 0;

	if (argc < 3)
		return 2;
	snprintf(nothing, sizeof(nothing), "%s/no-such-name", argv[1]);
	if (pthread_create(&thread, NULL, look_up, nothing))
		return 1;
	for (int i = 2; i < argc && !failed; i++)
		failed = open_beside(argv[1], argv[i]);
	turn = ~0U;
	pthread_join(thread, NULL);
	printf("%u\n", lookups);
	return failed;
}
