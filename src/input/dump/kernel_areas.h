/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The lists in which a kernel keeps its areas.
 *
 *	up to 6.8	vmap_area_list -> area -> area -> ...
 *			purge_vmap_area_list -> freed range -> ...
 *	since 6.9	vmap_nodes[0 ... nr_vmap_nodes), in each node
 *				busy -> area -> ...
 *				lazy -> freed range -> ...
 *				pool[0 ... 256) -> freed range of that many pages -> ...
 */
#ifndef INPUT_KERNEL_AREAS_H
#define INPUT_KERNEL_AREAS_H

#include "input/dump/dump.h"

/*
 * Appends all of them to d->areas; symbols, types and memory must be there.
 * 0 or -EINVAL (a list cannot be read to its end; *error, for g_free).
 */
int kernel_areas_read(struct dump *d, char **error);

#endif
