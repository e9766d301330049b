/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Flushing TLBs: one's own, and those of other processors.
 *
 *	processor 0: flush_tlb_kernel_range(start, end)
 *	   |
 *	   +-- its own TLB
 *	   +-- an interrupt to processor 1, 2, ...: a shootdown each
 *
 * Up to tlb_single_page_flush_ceiling pages are dropped one by one.  For a longer range
 * each TLB is emptied, global entries included; with a ceiling of 0 always, which is what
 * kernels did in 2006.
 *
 * Linux interrupts all processors, whatever their TLBs hold, because it cannot know.
 * So all are counted, while only those are looked at that were used at some time.
 */
#include <errno.h>
#include <stdlib.h>

#include "machine/lock.h"
#include "machine/processor.h"

/* The first level of a Skylake's data TLB. */
static const struct tlb_shape skylake[NR_TLB_SIZES] = {
	[TLB_4K] = { 16, 4 },
	[TLB_2M] = { 8, 4 },
	[TLB_1G] = { 1, 4 },
};

int cpus_init(struct machine *m)
{
	for (unsigned size = 0; size < NR_TLB_SIZES; size++) {
		m->tlb_sets[size] = skylake[size].sets;
		m->tlb_ways[size] = skylake[size].ways;
	}
	m->cpus = calloc(m->nr_cpus, sizeof(*m->cpus));
	if (!m->cpus)
		return -ENOMEM;
	for (unsigned i = 0; i < m->nr_cpus; i++) {
		pthread_mutex_init(&m->cpus[i].lock, NULL);
		m->cpus[i].cr3 = m->cr3;
	}
	return 0;
}

void cpus_deinit(struct machine *m)
{
	for (unsigned i = 0; m->cpus && i < m->nr_cpus; i++) {
		tlb_free(m->cpus[i].tlb);
		pthread_mutex_destroy(&m->cpus[i].lock);
	}
	free(m->cpus);
	m->cpus = NULL;
}

struct tlb_shape cpu_tlb_shape(const struct machine *m, enum tlb_size size)
{
	return (struct tlb_shape){ m->tlb_sets[size], m->tlb_ways[size] };
}

static void shapes(const struct machine *m, struct tlb_shape ret[NR_TLB_SIZES])
{
	for (unsigned size = 0; size < NR_TLB_SIZES; size++)
		ret[size] = cpu_tlb_shape(m, size);
}

static size_t tlb_size_of(const struct tlb *tlb)
{
	struct tlb_shape shape[NR_TLB_SIZES];

	for (unsigned size = 0; size < NR_TLB_SIZES; size++)
		shape[size] = tlb->array[size].shape;
	return tlb_bytes(shape);
}

bool cpu_make_tlb(struct machine *m, struct cpu *c)
{
	struct tlb_shape shape[NR_TLB_SIZES];

	if (c->tlb)
		return true;
	shapes(m, shape);
	if (!host_charge(m, tlb_bytes(shape)))
		return false;
	c->tlb = tlb_new(shape);
	if (!c->tlb) {
		host_uncharge(m, tlb_bytes(shape));
		return false;
	}
	/* Before the tables are read, with a barrier: see flush_tlb_kernel_range(). */
	atomic_fetch_add(&m->nr_tlbs, 1);
	return true;
}

int cpu_set_tlb_shape(struct machine *m, enum tlb_size size, struct tlb_shape shape)
{
	if (!shape.sets || shape.sets & (shape.sets - 1) || shape.sets > TLB_SETS_MAX ||
	    !shape.ways || shape.ways > TLB_WAYS_MAX)
		return -EINVAL;
	m->tlb_sets[size] = shape.sets;
	m->tlb_ways[size] = shape.ways;
	for (unsigned i = 0; i < m->nr_cpus; i++) {
		struct cpu *c = &m->cpus[i];

		lock_mutex(&c->lock);
		if (c->tlb) {
			host_uncharge(m, tlb_size_of(c->tlb));
			tlb_free(c->tlb);
			c->tlb = NULL;
			atomic_fetch_sub(&m->nr_tlbs, 1);
		}
		unlock_mutex(&c->lock);
	}
	return 0;
}

uint64_t cpu_flush(struct machine *m, unsigned cpu)
{
	struct cpu *c = &m->cpus[cpu];
	uint64_t n;

	counter_add(&m->tlb_flushes, 1);
	lock_mutex(&c->lock);
	n = c->tlb ? tlb_drop_all(c->tlb, true) : 0;
	unlock_mutex(&c->lock);
	return n;
}

uint64_t cpu_invlpg(struct machine *m, unsigned cpu, vaddr_t addr)
{
	struct cpu *c = &m->cpus[cpu];
	uint64_t n;

	counter_add(&m->tlb_flushes, 1);
	lock_mutex(&c->lock);
	n = c->tlb ? tlb_drop_page(c->tlb, addr) : 0;
	unlock_mutex(&c->lock);
	return n;
}

paddr_t cpu_cr3(struct machine *m, unsigned cpu)
{
	struct cpu *c = &m->cpus[cpu];
	paddr_t cr3;

	lock_mutex(&c->lock);
	cr3 = c->cr3;
	unlock_mutex(&c->lock);
	return cr3;
}

/* Lock held. */
static void load_cr3(struct machine *m, struct cpu *c, paddr_t cr3)
{
	counter_add(&m->tlb_flushes, 1);
	c->cr3 = cr3;
	if (c->tlb)
		tlb_drop_all(c->tlb, false);
}

void cpu_load_cr3(struct machine *m, unsigned cpu, paddr_t cr3)
{
	struct cpu *c = &m->cpus[cpu];

	lock_mutex(&c->lock);
	load_cr3(m, c, cr3);
	unlock_mutex(&c->lock);
}

void cpus_leave(struct machine *m, paddr_t cr3)
{
	for (unsigned i = 0; i < m->nr_cpus; i++) {
		struct cpu *c = &m->cpus[i];

		lock_mutex(&c->lock);
		if (c->cr3 == cr3)
			load_cr3(m, c, m->cr3);
		unlock_mutex(&c->lock);
	}
}

static void flush_range(struct tlb *tlb, vaddr_t start, vaddr_t end, uint64_t ceiling)
{
	if ((end - start) >> PAGE_SHIFT > ceiling)
		tlb_drop_all(tlb, true);
	else
		for (vaddr_t addr = start; addr < end; addr += PAGE_SIZE)
			tlb_drop_page(tlb, addr);
}

static __attribute__((noinline)) void flush_all(struct machine *m, vaddr_t start, vaddr_t end)
{
	uint64_t ceiling = m->tlb_single_page_flush_ceiling;

	for (unsigned i = 0; i < m->nr_cpus; i++) {
		struct cpu *c = &m->cpus[i];

		lock_mutex(&c->lock);
		if (c->tlb && tlb_count(c->tlb))
			flush_range(c->tlb, start, end, ceiling);
		unlock_mutex(&c->lock);
	}
}

void flush_tlb_kernel_range(struct machine *m, vaddr_t start, vaddr_t end)
{
	counter_add(&m->nr_flush_tlb, 1);
	counter_add(&m->tlb_flushes, m->nr_cpus);
	if (m->nr_cpus > 1)
		counter_add(&m->tlb_shootdowns, m->nr_cpus - 1);
	/*
	 * Either a processor that gets its TLB now reads the tables as they are after the
	 * caller's change, or we see here that it has one.
	 */
	if (!single_threaded())
		atomic_thread_fence(memory_order_seq_cst);
	if (atomic_load_explicit(&m->nr_tlbs, memory_order_relaxed))
		flush_all(m, start, end);
}
