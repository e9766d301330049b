/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kdump_read FILE ADDRESS COUNT: bytes of a dump at a virtual address, as libkdumpfile
 * finds them, on stdout.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#include <libkdumpfile/kdumpfile.h>

int main(int argc, char **argv)
{
	static kdump_ctx_t *ctx; /* what a static variable points to is no leak */
	size_t count = argc == 4 ? strtoul(argv[3], NULL, 0) : 0;
	char *buf = malloc(count + 1);
	int fd = argc == 4 ? open(argv[1], O_RDONLY) : -1;
	int status = EXIT_FAILURE;

	ctx = kdump_new();
	if (!ctx || !buf || fd < 0) {
		fprintf(stderr, "usage: kdump_read FILE ADDRESS COUNT\n");
	} else if (kdump_set_number_attr(ctx, "file.fd", fd) != KDUMP_OK ||
		   kdump_set_string_attr(ctx, "addrxlat.ostype", "linux") != KDUMP_OK ||
		   kdump_read(ctx, KDUMP_KVADDR, strtoull(argv[2], NULL, 0), buf, &count) !=
			   KDUMP_OK) {
		fprintf(stderr, "kdump_read: %s\n", kdump_get_err(ctx));
	} else {
		fwrite(buf, 1, count, stdout);
		status = EXIT_SUCCESS;
	}
	free(buf);
	/* The context goes with the process: libkdumpfile 0.5 frees that of a packed dump badly. */
	return status;
}
