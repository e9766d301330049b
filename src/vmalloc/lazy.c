/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lazy freeing.
 */
#include "vmalloc/vmlist.h"

void vmalloc_set_lazy_max(struct machine *m, uint64_t pages)
{
	(void)m;
	(void)pages;
}

uint64_t vmalloc_lazy_max(const struct machine *m)
{
	(void)m;
	return 0;
}

uint64_t vmalloc_nr_lazy(const struct machine *m)
{
	(void)m;
	return 0;
}

uint64_t purge_vmap_area_lazy(struct machine *m)
{
	(void)m;
	return 0;
}

void vmlist_for_each_range(struct machine *m, vmlist_fn *fn, vmlist_lazy_fn *lazy, void *arg)
{
	(void)lazy;
	vmlist_for_each(m, fn, arg);
}
