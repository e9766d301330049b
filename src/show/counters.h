/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a machine counts from its boot on, under the names that status and
 * status.json show; those of the TLBs are in status.json alone.
 */
#ifndef SHOW_COUNTERS_H
#define SHOW_COUNTERS_H

#include <vmallocfs/machine.h>

struct counter {
	const char *name;
	size_t offset; /* in struct machine, of an _Atomic(uint64_t) */
};

#define NR_COUNTERS 5

#define NR_TLB_COUNTERS 5

extern const struct counter counters[NR_COUNTERS];
extern const struct counter tlb_counters[NR_TLB_COUNTERS];

uint64_t counter_value(const struct machine *m, const struct counter *counter);

/* It changes whenever one of them does, because none of them descends. */
uint64_t counters_sum(const struct machine *m);

#endif
