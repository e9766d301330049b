/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * map FILE SIZE shared|private: maps a file and does to the mapping what it is
 * told on stdin, one command a line, each answered by one line:
 *
 *	put OFFSET BYTE		stores; "ok"
 *	get OFFSET		loads; the byte as a decimal number
 *	msync			"ok" or an errno's name
 *	fsync			the same, on the descriptor
 *	unmap			the same; afterwards the descriptor is still open
 *	close			the same
 *
 * A SIGBUS during put or get is answered by "SIGBUS".  Ends with its input.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "../errno_name.h"

static sigjmp_buf after_bus;

static void on_bus(int sig)
{
	(void)sig;
	siglongjmp(after_bus, 1);
}

static void answer(int err)
{
	puts(err ? errno_name(errno) : "ok");
}

static void access_mapping(volatile unsigned char *map, unsigned long offset, int byte, int store)
{
	if (sigsetjmp(after_bus, 1)) {
		puts("SIGBUS");
		return;
	}
	if (store) {
		map[offset] = (unsigned char)byte;
		puts("ok");
	} else {
		printf("%d\n", map[offset]);
	}
}

int main(int argc, char **argv)
{
	char line[128];
	unsigned char *map;
	size_t size;
	int fd;

	if (argc != 4)
		return 2;
	signal(SIGBUS, on_bus);
	setvbuf(stdout, NULL, _IOLBF, 0);
	size = strtoul(argv[2], NULL, 0);
	fd = open(argv[1], O_RDWR | O_CLOEXEC);
	map = fd < 0 ? MAP_FAILED
		     : mmap(NULL, size, PROT_READ | PROT_WRITE,
			    strcmp(argv[3], "private") ? MAP_SHARED : MAP_PRIVATE, fd, 0);
	answer(map == MAP_FAILED);
	if (map == MAP_FAILED)
		return 1;

	while (fgets(line, sizeof(line), stdin)) {
		unsigned long offset;
		int byte = 0;

		if (sscanf(line, "put %li %i", (long *)&offset, &byte) == 2)
			access_mapping(map, offset, byte, 1);
		else if (sscanf(line, "get %li", (long *)&offset) == 1)
			access_mapping(map, offset, 0, 0);
		else if (!strcmp(line, "msync\n"))
			answer(msync(map, size, MS_SYNC));
		else if (!strcmp(line, "fsync\n"))
			answer(fsync(fd));
		else if (!strcmp(line, "unmap\n"))
			answer(munmap(map, size));
		else if (!strcmp(line, "close\n"))
			answer(close(fd));
		else
			return 2;
	}
	return 0;
}
