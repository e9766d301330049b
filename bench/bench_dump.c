/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bench_dump DUMP: reads the ranges that lines "ADDRESS BYTES" of stdin name, page by page,
 * with libkdumpfile alone, and prints how many microseconds that took and how many pages the
 * dump had.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <libkdumpfile/kdumpfile.h>

#define PAGE 4096

static double now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

int main(int argc, char **argv)
{
	static char page[PAGE];
	kdump_ctx_t *ctx = kdump_new();
	int fd = argc == 2 ? open(argv[1], O_RDONLY) : -1;
	uint64_t addr, bytes, pages = 0;
	double took = 0;

	if (!ctx || fd < 0 || kdump_set_number_attr(ctx, "file.fd", fd) != KDUMP_OK ||
	    kdump_set_string_attr(ctx, "addrxlat.ostype", "linux") != KDUMP_OK) {
		fprintf(stderr, "usage: bench_dump DUMP\n");
		return EXIT_FAILURE;
	}
	while (scanf("%" SCNx64 " %" SCNu64, &addr, &bytes) == 2) {
		double t = now_us();

		for (uint64_t at = 0; at < bytes; at += PAGE) {
			size_t n = PAGE;

			if (kdump_read(ctx, KDUMP_KVADDR, addr + at, page, &n) == KDUMP_OK)
				pages++;
			else
				kdump_clear_err(ctx);
		}
		took += now_us() - t;
	}
	printf("%.0f %" PRIu64 "\n", took, pages);
	return 0;
}
