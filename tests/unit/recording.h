/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A real kernel's placements, played again.  The lines of such a file:
 *
 *	alloc nNAME SIZE OFFSET		an area, and where in the window it came to be
 *	free nNAME
 *	purge				of what waits since it was freed lazily
 */
#ifndef RECORDING_H
#define RECORDING_H

#include "space.h"

/* How many lines of each kind there were. */
struct recording {
	unsigned placed, purges;
};

/* Does what a file of tests/data says; each area must come to be where it was recorded. */
static inline struct recording recording_play(struct machine *m, const char *name)
{
	const char *srcdir = getenv("srcdir");
	static vaddr_t where[10000];
	struct recording r = { 0 };
	char path[1024], line[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/tests/data/%s", srcdir ? srcdir : ".", name);
	f = fopen(path, "r");
	ck_assert_ptr_nonnull(f);
	while (fgets(line, sizeof(line), f)) {
		unsigned n;
		unsigned long size, offset;

		if (sscanf(line, "alloc n%u %lu %lx", &n, &size, &offset) == 3) {
			struct vm_struct *area = get_vm_area(m, size, VM_ALLOC, NULL);

			ck_assert_uint_lt(n, sizeof(where) / sizeof(where[0]));
			ck_assert_ptr_nonnull(area);
			ck_assert_msg(area->addr - VMALLOC_START == offset, "n%u is at %lx", n,
				      (unsigned long)(area->addr - VMALLOC_START));
			where[n] = area->addr;
			r.placed++;
		} else if (sscanf(line, "free n%u", &n) == 1) {
			free_vm_struct(m, remove_vm_area(m, where[n]));
		} else if (!strcmp(line, "purge\n")) {
			ck_assert_uint_gt(purge_vmap_area_lazy(m), 0);
			r.purges++;
		}
	}
	fclose(f);
	ck_assert_uint_gt(r.placed, 300);
	return r;
}

#endif
