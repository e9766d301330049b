/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What cpu.c, which accesses memory, and shootdown.c, which flushes, share.
 */
#ifndef MACHINE_PROCESSOR_H
#define MACHINE_PROCESSOR_H

#include "machine/tlb.h"

struct cpu {
	pthread_mutex_t lock;
	paddr_t cr3;	 /* under lock */
	struct tlb *tlb; /* under lock; NULL until the processor is used */
};

/* Makes the processors of a machine whose tables are there. 0 or -ENOMEM. */
int cpus_init(struct machine *m);
void cpus_deinit(struct machine *m);

/*
 * Gives the processor its TLB.  False if the host has no memory.  From here on flushes
 * look at the processor, so it comes before the tables are read.  Lock held.
 */
bool cpu_make_tlb(struct machine *m, struct cpu *c);

#endif
