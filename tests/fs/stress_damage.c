/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Random words over the frames of a machine, whatever they are used for.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "stress.h"

/* Something for a place that may be an entry of a table, an array, or data. */
static uint64_t random_word(unsigned *seed, uint64_t frames)
{
	uint64_t word = (uint64_t)rand_r(seed) << 42 ^ (uint64_t)rand_r(seed) << 21 ^
			(uint64_t)rand_r(seed);

	switch (rand_r(seed) % 5) {
	case 0: /* a table */
		return word % frames << 12 | 0x63;
	case 1: /* a page, perhaps a large one */
		return word % frames << 12 | 0x8000000000000163 | (word >> 40 & 0x80);
	case 2: /* a struct page */
		return 0xffffea0000000000 + word % frames * 64;
	case 3:
		return 0;
	default:
		return word;
	}
}

/* Where the page tables begin; others follow closely. */
static uint64_t read_cr3(void)
{
	unsigned long long cr3 = 0;
	char path[4096], line[8192];
	FILE *f;

	snprintf(path, sizeof(path), "%s/status", top);
	f = fopen(path, "r");
	while (f && !cr3 && fgets(line, sizeof(line), f))
		sscanf(line, "cr3: 0x%llx", &cr3);
	if (f)
		fclose(f);
	return cr3;
}

/* In equal steps over the time that there is; a hit in eight is for the tables. */
void *damage(void *arg)
{
	char path[4096];
	unsigned seed = damage_seed;
	uint64_t frames, n, cr3 = read_cr3();
	struct stat st;
	int fd;

	(void)arg;
	snprintf(path, sizeof(path), "%s/dev/mem", top);
	fd = open(path, O_RDWR);
	if (fd < 0 || fstat(fd, &st) || !cr3) {
		complain("look at", path);
		return NULL;
	}
	frames = (uint64_t)st.st_size >> 12;
	n = (frames + 99) / 100;
	for (uint64_t i = 0; i < n; i++) {
		double seconds = (double)(deadline - time(NULL)) / (double)(n - i);
		off_t at = (off_t)((uint64_t)rand_r(&seed) % frames << 12);
		bool whole = rand_r(&seed) % 2;
		uint64_t words[512];

		if (rand_r(&seed) % 8 == 0)
			at = (off_t)(cr3 + (uint64_t)rand_r(&seed) % 32 * 4096);
		if (!whole)
			at += rand_r(&seed) % 512 * 8;
		for (unsigned k = 0; k < 512; k++)
			words[k] = random_word(&seed, frames);
		if (pwrite(fd, words, whole ? sizeof(words) : sizeof(*words), at) < 0)
			complain("write", path);
		if (seconds > 0)
			usleep((useconds_t)(seconds * 1e6));
	}
	printf("%8" PRIu64 " frames damaged\n", n);
	close(fd);
	return NULL;
}
