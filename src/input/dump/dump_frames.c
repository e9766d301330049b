/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The frames that an area names: pointers into the array of struct page that the
 * kernel has for all its memory.
 */
#include <errno.h>
#include <inttypes.h>

#include "input/dump/dump.h"

int dump_area_frames(struct dump *d, const struct dump_area *a, uint32_t first, uint32_t n,
		     uint64_t *pfn, char **error)
{
	if (!memory_read(&d->memory, a->pages + (uint64_t)first * sizeof(*pfn), pfn,
			 n * sizeof(*pfn))) {
		*error = g_strdup_printf("the frames of the area at 0x%" PRIx64 " cannot be read",
					 a->start);
		return -EINVAL;
	}
	for (uint32_t i = 0; i < n; i++)
		pfn[i] = (pfn[i] - d->vmemmap) / d->types.page_size;
	return 0;
}
