/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stddef.h>

#include "show/counters.h"

const struct counter counters[NR_COUNTERS] = {
	{ "nr_tlb_flush", offsetof(struct machine, nr_flush_tlb) },
	{ "nr_flush_cache_vmap", offsetof(struct machine, nr_flush_cache_vmap) },
	{ "nr_flush_cache_vunmap", offsetof(struct machine, nr_flush_cache_vunmap) },
	{ "nr_warn", offsetof(struct machine, nr_warn) },
	{ "nr_bad_page", offsetof(struct machine, nr_bad_page) },
};

const struct counter tlb_counters[NR_TLB_COUNTERS] = {
	{ "tlb_hits", offsetof(struct machine, tlb_hits) },
	{ "tlb_misses", offsetof(struct machine, tlb_misses) },
	{ "tlb_fills", offsetof(struct machine, tlb_fills) },
	{ "tlb_flushes", offsetof(struct machine, tlb_flushes) },
	{ "tlb_shootdowns", offsetof(struct machine, tlb_shootdowns) },
};

uint64_t counter_value(const struct machine *m, const struct counter *counter)
{
	return *(const _Atomic(uint64_t) *)(const void *)((const char *)m + counter->offset);
}

uint64_t counters_sum(const struct machine *m)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < NR_COUNTERS; i++)
		sum += counter_value(m, &counters[i]);
	for (size_t i = 0; i < NR_TLB_COUNTERS; i++)
		sum += counter_value(m, &tlb_counters[i]);
	return sum;
}
