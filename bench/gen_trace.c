/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * gen_trace ops|ftrace|perf EVENTS [AREAS [SEED]]: a trace on standard output.
 *
 * Up to AREAS (10000) areas of 1 to 64 pages come and go: while there are
 * fewer, two of three events are allocations, and then every second one is.
 * In the kernel's formats areas lie a megabyte apart, in no order that a real
 * kernel would choose.
 */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BASE UINT64_C(0xffffc90000000000)
#define APART (UINT64_C(1) << 20)

static uint64_t state;

static uint64_t chance(uint64_t n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state % n;
}

static void print_alloc(const char *format, uint64_t event, uint32_t id, uint64_t pages)
{
	static const char fields[] = "va_start: %" PRIu64 " size=%" PRIu64
				     " align=1 vstart=0xffffc90000000000 vend=0xffffe8ffffffffff "
				     "failed=0\n";

	if (!strcmp(format, "ops")) {
		printf("alloc n%" PRIu32 " %" PRIu64 "\n", id, pages << 12);
		return;
	}
	if (!strcmp(format, "ftrace"))
		printf("            bash-1234    [001] ..... %5" PRIu64 ".%06" PRIu64
		       ": alloc_vmap_area: ",
		       event / 1000000, event % 1000000);
	else
		printf("bash  1234 [001] %5" PRIu64 ".%06" PRIu64 ": vmalloc:alloc_vmap_area: ",
		       event / 1000000, event % 1000000);
	printf(fields, BASE + id * APART, (pages + 1) << 12);
}

static void print_free(const char *format, uint64_t event, uint32_t id)
{
	static const char fields[] = "va_start=0x%" PRIx64 " nr_lazy=0 nr_lazy_max=0\n";

	if (!strcmp(format, "ops")) {
		printf("free n%" PRIu32 "\n", id);
		return;
	}
	if (!strcmp(format, "ftrace"))
		printf("            bash-1234    [001] ..... %5" PRIu64 ".%06" PRIu64
		       ": free_vmap_area_noflush: ",
		       event / 1000000, event % 1000000);
	else
		printf("bash  1234 [001] %5" PRIu64 ".%06" PRIu64
		       ": vmalloc:free_vmap_area_noflush: ",
		       event / 1000000, event % 1000000);
	printf(fields, BASE + id * APART);
}

int main(int argc, char **argv)
{
	uint64_t events, most;
	uint32_t *id; /* those in use, then those that are not */
	uint64_t used = 0;

	if (argc < 3)
		return 2;
	events = strtoull(argv[2], NULL, 10);
	most = argc > 3 ? strtoull(argv[3], NULL, 10) : 10000;
	state = argc > 4 ? strtoull(argv[4], NULL, 10) : 1;
	if (!most || !state || most > UINT32_MAX)
		return 2;
	id = malloc(most * sizeof(*id));
	if (!id)
		return 1;
	for (uint32_t i = 0; i < most; i++)
		id[i] = i;
	for (uint64_t i = 0; i < events; i++) {
		if (!used || (used < most && chance(3))) {
			uint64_t at = used + chance(most - used);
			uint32_t new = id[at];

			id[at] = id[used];
			id[used++] = new;
			print_alloc(argv[1], i, new, 1 + chance(64));
		} else {
			uint64_t at = chance(used);
			uint32_t old = id[at];

			id[at] = id[--used];
			id[used] = old;
			print_free(argv[1], i, old);
		}
	}
	free(id);
	return 0;
}
