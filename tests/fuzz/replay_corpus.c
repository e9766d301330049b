/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs a fuzzer over files, with any compiler and without libFuzzer.
 *
 *	corpus_NAME			the files of tests/fuzz/corpus/NAME
 *	corpus_NAME FILE...		these, for instance what a fuzzer left
 *
 * Writes TAP.  An input that must not be ends the program, and the plan is then
 * not kept: the last line tells which one it was.
 */
#include <dirent.h>
#include <errno.h>
#include <libgen.h>

#include "fuzz.h"

static uint8_t *read_file(const char *path, size_t *size)
{
	FILE *f = fopen(path, "rb");
	uint8_t *data = NULL;
	size_t room = 0, n;

	*size = 0;
	if (!f)
		goto fail;
	do {
		if (*size == room) {
			uint8_t *more = realloc(data, room = room ? 2 * room : 4096);

			if (!more)
				goto fail;
			data = more;
		}
		n = fread(data + *size, 1, room - *size, f);
		*size += n;
	} while (n);
	if (ferror(f))
		goto fail;
	fclose(f);
	return data;

fail:
	printf("Bail out! %s: %s\n", path, strerror(errno));
	exit(EXIT_FAILURE);
}

static void run_file(int nr, const char *path)
{
	const char *name = strrchr(path, '/');
	size_t size;
	uint8_t *data = read_file(path, &size);
	uint8_t *exact = malloc(size ? size : 1); /* so that ASan sees where it ends */

	FUZZ_ASSERT(exact);
	memcpy(exact, data, size);
	free(data);
	printf("# %s, %zu bytes\n", path, size);
	fflush(stdout);
	LLVMFuzzerTestOneInput(exact, size);
	printf("ok %d - %s\n", nr, name ? name + 1 : path);
	free(exact);
}

static int is_input(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

static int run_directory(const char *path)
{
	struct dirent **list;
	int n = scandir(path, &list, is_input, alphasort);

	if (n <= 0) {
		printf("Bail out! %s: %s\n", path, n ? strerror(errno) : "is empty");
		return EXIT_FAILURE;
	}
	printf("1..%d\n", n);
	for (int i = 0; i < n; i++) {
		char file[4096];

		snprintf(file, sizeof(file), "%s/%s", path, list[i]->d_name);
		run_file(i + 1, file);
		free(list[i]);
	}
	free(list);
	return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	const char *srcdir = getenv("srcdir");
	const char *name = strrchr(basename(argv[0]), '_');
	char path[2048];

	if (argc > 1) {
		printf("1..%d\n", argc - 1);
		for (int i = 1; i < argc; i++)
			run_file(i, argv[i]);
		return EXIT_SUCCESS;
	}
	snprintf(path, sizeof(path), "%s/tests/fuzz/corpus/%s", srcdir ? srcdir : ".",
		 name ? name + 1 : "");
	return run_directory(path);
}
