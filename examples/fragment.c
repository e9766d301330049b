/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How a half empty address space runs full: a story in twenty lines.
 *
 *	cc fragment.c $(pkg-config --cflags --libs vmallocfs) -o fragment
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <errno.h>
#include <vmallocfs/vmalloc.h>

#define AREAS 15

static void tell(struct machine *m, const char *when)
{
	struct vm_span span;

	vmlist_span(m, &span);
	printf("%s: %3" PRIu64 "K used, %" PRIu64 " holes of %" PRIu64 "K together\n", when,
	       span.busy >> 10, span.holes, span.free >> 10);
}

static void story(struct machine *m)
{
	vaddr_t area[AREAS];
	int i;

	/* Fifteen areas of 60K.  Each has a guard page after it, so a row of 64K blocks. */
	for (i = 0; i < AREAS; i++)
		area[i] = vmalloc(m, 60 << 10, "block");
	tell(m, "at first");

	/* Every other one goes, and nearly half of the space is holes. */
	for (i = 1; i < AREAS; i += 2)
		vfree(m, area[i]);
	tell(m, "with holes");

	/* 60K fit into each of them.  100K fit into none, though far more is free. */
	printf("60K:  %s\n", vmalloc(m, 60 << 10, "small") ? "fits" : strerror(errno));
	printf("100K: %s\n", vmalloc(m, 100 << 10, "large") ? "fits" : strerror(errno));

	/* One more goes.  The holes on its two sides and its own place become one. */
	vfree(m, area[6]);
	tell(m, "one less");
	printf("100K: %s\n", vmalloc(m, 100 << 10, "large") ? "fits" : strerror(errno));
}

int main(void)
{
	struct machine_config config = MACHINE_CONFIG_DEFAULT;
	struct machine *m;

	config.vmalloc_size = AREAS * (64 << 10) + PAGE_SIZE;
	if (machine_boot(&config, &m) != 0)
		return 1;
	if (vmalloc_init(m) != 0) {
		machine_destroy(m);
		return 1;
	}
	story(m);
	vmalloc_exit(m);
	machine_destroy(m);
	return 0;
}
