/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Boot: a configuration becomes a machine.
 *
 * RAM and mem_map are anonymous host mappings without reserve.  Both read as
 * zeros until they are written, which is just what a fresh frame and its
 * descriptor are.  So a machine of any size boots by writing the few frames
 * that its direct map takes.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <vmallocfs/pgtable.h>
#include "machine/address_map.h"
#include "machine/hostmem.h"
#include "machine/lock.h"
#include "machine/log.h"
#include "machine/processor.h"
#include "machine/trace.h"
#include "machine/zone.h"

#define GiB (UINT64_C(1) << 30)

/* The least a node has where there are several: a block of the highest order. */
#define NODE_MIN (MAX_ORDER_NR_PAGES << PAGE_SHIFT)

const char *machine_config_check(const struct machine_config *config)
{
	if (config->memory < MEMORY_MIN || config->memory > MEMORY_MAX)
		return "memory must be from 1M to 32T";
	if (config->nodes < 1 || config->nodes > NODES_MAX)
		return "nodes must be from 1 to 64";
	if (config->nodes > 1 && config->memory / config->nodes < NODE_MIN)
		return "too many nodes for this memory: each needs 4M";
	if (config->cpus > CPUS_MAX)
		return "cpus must be from 1 to 1024";
	return address_map_check(config);
}

static void *reserve(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

/* A huge page of descriptors, eight bytes a frame, describes 1 GiB of RAM. */
static void advise_huge_pages(struct machine *m)
{
	size_t size = m->nr_frames * sizeof(struct page);

	madvise(m->mem_map, size, host_is_short(m) ? MADV_NOHUGEPAGE : MADV_HUGEPAGE);
	if (host_is_short(m))
		madvise(m->ram, m->ram_size, MADV_NOHUGEPAGE);
}

/*
 * The entry for addr in the kernel's tables at some level, with all tables on
 * the way there.  0 or -ENOMEM.
 */
static int boot_entry(struct machine *m, vaddr_t addr, enum pg_level level, pte_t **ret)
{
	paddr_t table = m->cr3;

	for (enum pg_level l = m->top_level;; l--) {
		pte_t *p = (pte_t *)(m->ram + table) + level_index(l, addr);
		pfn_t pfn;

		if (l == level) {
			page_mark_dirty(m, table >> PAGE_SHIFT);
			*ret = p;
			return 0;
		}
		if (!*p) {
			int err = alloc_table(m, &pfn);

			if (err)
				return err;
			page_mark_dirty(m, table >> PAGE_SHIFT);
			*p = pfn << PAGE_SHIFT | m->level_rules[l].table;
		}
		table = *p & PTE_PFN_MASK;
	}
}

/*
 * Maps RAM at page_offset_base, all but HighMem, with the largest leaves that fit.
 */
static int direct_map(struct machine *m)
{
	pfn_t pgd;
	int err = alloc_table(m, &pgd);

	if (err)
		return err;
	m->cr3 = pgd << PAGE_SHIFT;

	for (paddr_t at = 0; at < m->direct_map_size;) {
		enum pg_level level = top_leaf_level(m);
		uint64_t size;
		pte_t *p;

		while (size = UINT64_C(1) << level_shift(level),
		       level > PG_LEVEL_PTE && (at & (size - 1) || m->direct_map_size - at < size))
			level--;
		err = boot_entry(m, m->page_offset_base + at, level, &p);
		if (err)
			return err;
		*p = at | PAGE_KERNEL | (level > PG_LEVEL_PTE ? _PAGE_PSE : 0);
		at += size;
	}
	return 0;
}

static void log_boot(struct machine *m)
{
	uint64_t managed = nr_managed_pages(m);

	printk(m, KERN_INFO, "vmallocfs: simulated %s machine", m->arch->name);
	printk(m, KERN_INFO, "Zone ranges:");
	for (unsigned nid = 0; nid < m->nr_nodes; nid++) {
		for (enum zone_type t = ZONE_DMA; t < MAX_NR_ZONES; t++) {
			struct zone_info z;

			if (zone_info(m, nid, t, &z))
				printk(m, KERN_INFO, "  node %u %-8s [mem 0x%016lx-0x%016lx]", nid,
				       z.name, (unsigned long)(z.start_pfn << PAGE_SHIFT),
				       (unsigned long)(z.end_pfn << PAGE_SHIFT) - 1);
		}
	}
	printk(m, KERN_INFO, "vmalloc [0x%0*lx-0x%0*lx]", address_digits(m),
	       (unsigned long)m->vmalloc_start, address_digits(m), (unsigned long)m->vmalloc_end);
	if (machine_is_32bit(m))
		printk(m, KERN_INFO, "%luMB HIGHMEM available.\n%luMB LOWMEM available.",
		       (unsigned long)(m->ram_size - m->direct_map_size) >> 20,
		       (unsigned long)m->direct_map_size >> 20);
	printk(m, KERN_INFO, "Memory: %luK/%luK available (%luK page tables)",
	       (unsigned long)(nr_free_pages(m) * 4), (unsigned long)(m->ram_size / 1024),
	       (unsigned long)((managed - nr_free_pages(m)) * 4));
	if (m->host_limit)
		printk(m, KERN_INFO, "Host memory: at most %luK (hostmem=)",
		       (unsigned long)(m->host_limit / 1024));
}

int machine_boot(const struct machine_config *config, struct machine **ret)
{
	struct machine *m;
	int err = -ENOMEM;

	if (machine_config_check(config))
		return -EINVAL;
	m = calloc(1, sizeof(*m));
	if (!m)
		return -ENOMEM;

	pthread_mutex_init(&m->fault_lock, NULL);
	pthread_mutex_init(&m->pgtable_lock, NULL);
	pthread_mutex_init(&m->source_lock, NULL);
	pthread_mutex_init(&m->moment_lock, NULL);
	fault_attr_init(&m->fail_page_alloc, "fail_page_alloc");
	fault_attr_init(&m->fail_table, "fail_table");
	fault_attr_init(&m->failslab, "failslab");
	m->ram_size = config->memory & PAGE_MASK;
	m->nr_frames = m->ram_size >> PAGE_SHIFT;
	m->nr_nodes = config->nodes;
	m->nr_cpus = config->cpus ? config->cpus : 1;
	m->node_frames = m->nr_frames / m->nr_nodes;
	if (m->nr_nodes > 1)
		m->node_frames &= ~(MAX_ORDER_NR_PAGES - 1);
	m->io_start = align_up(m->ram_size, GiB);
	if (m->io_start < 4 * GiB)
		m->io_start = 4 * GiB;
	address_map_set(m, config);
	m->init_on_alloc = config->init_on_alloc;
	m->host_limit = config->host_limit;

	m->ram = reserve(m->ram_size);
	m->mem_map = reserve(m->nr_frames * sizeof(struct page));
	if (!m->ram || !m->mem_map)
		goto fail;
	advise_huge_pages(m);
	err = hostmem_init(m);
	if (err)
		goto fail;
	err = log_create(&m->log);
	if (err)
		goto fail;
	err = trace_create(m->nr_cpus, &m->trace);
	if (err)
		goto fail;
	err = page_init(m);
	if (err)
		goto fail;
	err = direct_map(m);
	if (err)
		goto fail;
	err = cpus_init(m);
	if (err)
		goto fail;
	log_boot(m);
	*ret = m;
	return 0;

fail:
	machine_destroy(m);
	return err;
}

void machine_destroy(struct machine *m)
{
	if (!m)
		return;
	cpus_deinit(m);
	page_deinit(m);
	hostmem_deinit(m);
	trace_destroy(m->trace);
	log_destroy(m->log);
	if (m->mem_map)
		munmap(m->mem_map, m->nr_frames * sizeof(struct page));
	if (m->ram)
		munmap(m->ram, m->ram_size);
	if (m->source.release)
		m->source.release(m->source.arg);
	pthread_mutex_destroy(&m->source_lock);
	pthread_mutex_destroy(&m->moment_lock);
	pthread_mutex_destroy(&m->pgtable_lock);
	pthread_mutex_destroy(&m->fault_lock);
	free(m);
}
