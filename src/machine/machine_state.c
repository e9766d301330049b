/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a machine was booted with, its knobs and counters, as bytes.  doc/image.md has
 * the format.  A new knob or counter of struct machine has to be saved here.
 */
#include <errno.h>
#include <stdlib.h>

#include <vmallocfs/cpu.h>
#include <vmallocfs/pgtable.h>
#include <vmallocfs/state.h>

#include "machine/lock.h"

/* --- CONF ------------------------------------------------------------------------------ */

void machine_save_config(const struct machine *m, struct state_out *o)
{
	state_put_string(o, m->arch->name);
	state_put(o, m->ram_size);
	state_put(o, m->nr_nodes);
	state_put(o, m->nr_cpus);
	state_put(o, m->vmalloc_start);
	state_put(o, m->vmalloc_end);
	state_put(o, m->modules_start);
	state_put(o, m->modules_end);
	state_put(o, m->page_offset_base);
	state_put(o, m->vmemmap_base);
	state_put(o, m->io_start);
}

int machine_load_config(struct state_in *in, struct machine_config *ret)
{
	struct machine_config c = MACHINE_CONFIG_DEFAULT;
	char *arch;

	if (state_get_string(in, &arch))
		return -ENOMEM;
	if (!in->wrong && (!arch || !machine_arch_by_name(arch, &c.arch)))
		state_wrong(in, "an arch that is not known");
	free(arch);
	c.memory = state_get(in);
	c.nodes = (unsigned)state_get_max(in, NODES_MAX, "too many nodes");
	c.cpus = (unsigned)state_get_max(in, CPUS_MAX, "too many processors");
	c.vmalloc_start = state_get(in);
	c.vmalloc_end = state_get(in);
	c.modules_start = state_get(in);
	c.modules_end = state_get(in);
	state_get(in);
	state_get(in);
	state_get(in);
	if (!in->wrong && machine_config_check(&c))
		state_wrong(in, machine_config_check(&c));
	*ret = c;
	return state_get_end(in);
}

/* --- KNOB ------------------------------------------------------------------------------ */

static void save_fault(const struct fault_attr *a, struct state_out *o)
{
	state_put(o, a->nth);
	state_put(o, a->probability);
	state_put(o, a->interval);
	state_put_signed(o, a->times);
	state_put_signed(o, a->space);
	state_put(o, a->verbose);
	state_put(o, a->ratelimit_ms);
	state_put(o, a->ratelimit_burst);
	state_put(o, a->min_order);
	state_put(o, (unsigned)a->ignore_gfp_wait | (unsigned)a->ignore_gfp_highmem << 1 |
			     (unsigned)a->cache_filter << 2 | (unsigned)a->task_filter << 3);
	state_put(o, a->stacktrace_depth);
	state_put(o, a->require_start);
	state_put(o, a->require_end);
	state_put(o, a->reject_start);
	state_put(o, a->reject_end);
	state_put(o, a->count);
	state_put(o, a->limit_from);
	state_put(o, a->limit_used);
}

static void load_fault(struct fault_attr *a, struct state_in *in)
{
	unsigned flags;

	a->nth = state_get(in);
	a->probability = state_get(in);
	a->interval = state_get(in);
	a->times = (int32_t)state_get_signed(in);
	a->space = (int32_t)state_get_signed(in);
	a->verbose = state_get(in);
	a->ratelimit_ms = (uint32_t)state_get_max(in, UINT32_MAX, "a number of more than 32 bits");
	a->ratelimit_burst =
		(uint32_t)state_get_max(in, UINT32_MAX, "a number of more than 32 bits");
	a->min_order = (uint32_t)state_get_max(in, UINT32_MAX, "a number of more than 32 bits");
	flags = (unsigned)state_get_max(in, 15, "a flag that is not known");
	a->ignore_gfp_wait = flags & 1;
	a->ignore_gfp_highmem = flags & 2;
	a->cache_filter = flags & 4;
	a->task_filter = flags & 8;
	a->stacktrace_depth = state_get_max(in, STACKTRACE_DEPTH_MAX, "too deep a stack");
	a->require_start = state_get(in);
	a->require_end = state_get(in);
	a->reject_start = state_get(in);
	a->reject_end = state_get(in);
	a->count = state_get(in);
	a->limit_from = state_get(in);
	a->limit_used = state_get(in);
}

void machine_save_knobs(struct machine *m, struct state_out *o)
{
	state_put(o, m->cpu);
	state_put(o, (unsigned)m->init_on_alloc | (unsigned)m->in_interrupt << 1 |
			     (unsigned)m->crashed << 2 | (unsigned)m->panic_on_oops << 3);
	state_put(o, m->nr_flush_cache_vmap);
	state_put(o, m->nr_flush_cache_vunmap);
	state_put(o, m->nr_flush_tlb);
	state_put(o, m->tlb_hits);
	state_put(o, m->tlb_misses);
	state_put(o, m->tlb_fills);
	state_put(o, m->tlb_flushes);
	state_put(o, m->tlb_shootdowns);
	state_put(o, m->nr_bad_page);
	state_put(o, m->nr_warn);
	lock_mutex(&m->fault_lock);
	state_put(o, m->fault_random);
	save_fault(&m->fail_page_alloc, o);
	save_fault(&m->fail_table, o);
	save_fault(&m->failslab, o);
	unlock_mutex(&m->fault_lock);
	state_put(o, trace_is_on(m));
	for (unsigned i = 0; i < NR_TRACE_TYPES; i++)
		state_put(o, trace_enabled(m, (enum trace_type)i));
	state_put(o, m->list_nodes);
	state_put(o, m->list_zone);
	state_put(o, m->tlb_single_page_flush_ceiling);
	for (unsigned i = 0; i < 3; i++) {
		state_put(o, m->tlb_sets[i]);
		state_put(o, m->tlb_ways[i]);
	}
}

/* Their shape.  They are empty, as after any boot. */
static void load_tlbs(struct machine *m, struct state_in *in)
{
	m->tlb_single_page_flush_ceiling = state_get(in);
	for (unsigned i = 0; i < 3; i++) {
		struct tlb_shape shape;

		shape.sets = (unsigned)state_get_max(in, TLB_SETS_MAX, "too large a TLB");
		shape.ways = (unsigned)state_get_max(in, TLB_WAYS_MAX, "too large a TLB");
		if (!in->wrong && cpu_set_tlb_shape(m, (enum tlb_size)i, shape))
			state_wrong(in, "a TLB of a shape that cannot be");
	}
}

int machine_load_knobs(struct machine *m, struct state_in *in)
{
	unsigned flags;

	m->cpu = (unsigned)state_get_max(in, m->nr_cpus - 1, "a processor that is not there");
	flags = (unsigned)state_get_max(in, 15, "a flag that is not known");
	m->init_on_alloc = flags & 1;
	m->in_interrupt = flags & 2;
	m->crashed = flags & 4;
	m->panic_on_oops = flags & 8;
	m->nr_flush_cache_vmap = state_get(in);
	m->nr_flush_cache_vunmap = state_get(in);
	m->nr_flush_tlb = state_get(in);
	m->tlb_hits = state_get(in);
	m->tlb_misses = state_get(in);
	m->tlb_fills = state_get(in);
	m->tlb_flushes = state_get(in);
	m->tlb_shootdowns = state_get(in);
	m->nr_bad_page = state_get(in);
	m->nr_warn = state_get(in);
	m->fault_random = state_get(in);
	load_fault(&m->fail_page_alloc, in);
	load_fault(&m->fail_table, in);
	load_fault(&m->failslab, in);
	trace_set_on(m, state_get_max(in, 1, "a switch that is neither on nor off"));
	for (unsigned i = 0; i < NR_TRACE_TYPES; i++)
		trace_enable(m, (enum trace_type)i,
			     state_get_max(in, 1, "a switch that is neither on nor off"));
	m->list_nodes = (unsigned)state_get_max(in, UINT32_MAX, "too many lists");
	m->list_zone = state_get(in);
	if (!in->wrong && m->list_nodes > 1 && !m->list_zone)
		state_wrong(in, "lists of areas without a size");
	load_tlbs(m, in);
	return state_get_end(in);
}
