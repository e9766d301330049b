/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * machine_check: walks everything there is, and compares.
 *
 *	areas ---> frames they hold	--+
 *	vmas  ---> frames inserted	  +--> how often each frame is held
 *	cr3, vmas' pgds ---> tables	--+	     = its reference count
 *
 *	areas <--> page tables: each page where its area says, nothing else
 *	all frames held + all free frames = all frames
 *
 * Entries of TLBs that are stale are named, and are damage only where the core has promised
 * a flush (stale.c).  What a user did to guest memory shows here as damage; anything else that shows
 * is a bug of ours.
 */
#include <stdarg.h>
#include <stdio.h>
#include <sys/mman.h>

#include "vmalloc/array.h"
#include "vmalloc/generation.h"
#include "vmalloc/stale.h"
#include "vmalloc/vmlist.h"

struct machine_checking {
	struct machine *m;
	page_report_fn *report;
	void *arg;
	unsigned errors;
	uint32_t *refs;	   /* by pfn: references found */
	uint64_t distinct; /* frames with any */
	uint64_t tables;
	uint64_t direct; /* bytes of RAM seen in the direct map */
};

__attribute__((format(printf, 2, 3))) static void complain_of(struct machine_checking *c,
							      const char *fmt, ...)
{
	char line[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	c->errors++;
	if (c->report)
		c->report(c->arg, line);
}

static void count_holder(struct machine_checking *c, pfn_t pfn)
{
	if (!c->refs[pfn]++)
		c->distinct++;
}

/* What is mapped at addr: the frame number, or absent. */
static bool mapped_frame(struct machine_checking *c, vaddr_t addr, pfn_t *ret)
{
	struct translation t;
	enum fault fault = pgtable_walk(c->m, c->m->cr3, addr, ACCESS_READ, &t);

	if (fault != FAULT_NONE && fault != FAULT_OUTSIDE)
		return false;
	*ret = t.phys >> PAGE_SHIFT;
	return true;
}

static void check_page(struct machine_checking *c, const struct vm_struct *area, uint64_t i,
		       pfn_t want)
{
	vaddr_t addr = area->addr + (i << PAGE_SHIFT);
	pfn_t pfn;

	if (!mapped_frame(c, addr, &pfn))
		complain_of(c, "page %llu of the area at %0*llx is not mapped",
			    (unsigned long long)i, address_digits(c->m),
			    (unsigned long long)area->addr);
	else if (pfn != want)
		complain_of(c, "page %llu of the area at %0*llx is mapped to frame %llx, not %llx",
			    (unsigned long long)i, address_digits(c->m),
			    (unsigned long long)area->addr, (unsigned long long)pfn,
			    (unsigned long long)want);
}

static void check_held(struct machine_checking *c, struct vm_struct *area)
{
	uint64_t n = area_nr_held(area);
	uint64_t entry[ARRAY_BATCH];
	uint64_t on_node[NODES_MAX] = { 0 };

	for (uint64_t i = 0; i < n; i++) {
		uint64_t left = n - i;
		pfn_t want;

		if (i % ARRAY_BATCH == 0)
			array_get(c->m, &area->pages, i,
				  left < ARRAY_BATCH ? (size_t)left : ARRAY_BATCH, entry);
		want = vmemmap_to_pfn(c->m, entry[i % ARRAY_BATCH]);
		if (!pfn_valid(c->m, want) ||
		    entry[i % ARRAY_BATCH] != pfn_to_vmemmap(c->m, want)) {
			complain_of(c, "entry %llu of the page array of %0*llx is no frame",
				    (unsigned long long)i, address_digits(c->m),
				    (unsigned long long)area->addr);
			continue;
		}
		if (area->nr_pages && pfn_to_page(c->m, want)->owner != area->tag)
			complain_of(c, "frame %llx in the page array of %0*llx is not its own",
				    (unsigned long long)want, address_digits(c->m),
				    (unsigned long long)area->addr);
		count_holder(c, want);
		on_node[pfn_to_nid(c->m, want)]++;
		if (!(area->flags & VM_LENT))
			check_page(c, area, i, want);
	}
	for (unsigned nid = 0; area->node_pages && area->nr_pages && nid < c->m->nr_nodes; nid++)
		if (area->node_pages[nid] != on_node[nid])
			complain_of(c, "area %0*llx has %llu frames on node %u, not %llu",
				    address_digits(c->m), (unsigned long long)area->addr,
				    (unsigned long long)on_node[nid], nid,
				    (unsigned long long)area->node_pages[nid]);
}

static void check_area(struct machine_checking *c, struct vm_struct *area, vaddr_t *last_end)
{
	uint64_t payload = area_payload_end(area) - area->addr;
	pfn_t pfn;

	if (area->addr & ~PAGE_MASK || area->size & ~PAGE_MASK || area->size <= area_guard(area))
		complain_of(c, "area %0*llx has an impossible range", address_digits(c->m),
			    (unsigned long long)area->addr);
	if (area->addr < *last_end)
		complain_of(c, "area %0*llx meets the one before it", address_digits(c->m),
			    (unsigned long long)area->addr);
	*last_end = area->addr + area->size;

	check_held(c, area);
	/*
	 * One that is reserved only, or restored over RAM, is not mapped; one restored with
	 * leaves is mapped as these said.
	 */
	if (area->flags & VM_IOREMAP && !(area->flags & VM_LENT) &&
	    phys_is_device(c->m, area->phys_addr & PAGE_MASK, payload))
		for (uint64_t i = 0; i < payload >> PAGE_SHIFT; i++)
			check_page(c, area, i, (area->phys_addr >> PAGE_SHIFT) + i);
	if (area_guard(area) && mapped_frame(c, *last_end - PAGE_SIZE, &pfn))
		complain_of(c, "the guard page of area %0*llx is mapped", address_digits(c->m),
			    (unsigned long long)area->addr);
}

struct pooled {
	struct machine_checking *c;
	uint64_t n;
};

static void check_pooled_range(void *arg, unsigned node, uint64_t pages, vaddr_t addr)
{
	struct pooled *p = arg;
	struct vmlist *v = p->c->m->vmlist;
	struct gap_cursor cursor;
	const void *item = gaptree_seek(&v->tree, addr, &cursor);
	struct gap_extent e = { 0 };

	p->n++;
	if (item)
		e = gaptree_extent(&cursor);
	if (!is_pooled(v, item) || e.start != addr || e.end - e.start != pages << PAGE_SHIFT)
		complain_of(p->c, "node %u has no range of %llu pages at %0*llx", node,
			    (unsigned long long)pages, address_digits(p->c->m),
			    (unsigned long long)addr);
}

/* Ranges in pools: as many as the index has, each where its pool says. */
static void check_pools(struct machine_checking *c, uint64_t n, uint64_t pages)
{
	const struct pools *pools = c->m->vmlist->pools;
	uint64_t counted = pools ? pools->pages : 0;
	struct pooled p = { .c = c };

	pools_for_each(c->m, check_pooled_range, &p);
	if (n != p.n || pages != counted)
		complain_of(c, "%llu ranges of %llu pages are in pools, %llu of %llu were counted",
			    (unsigned long long)n, (unsigned long long)pages,
			    (unsigned long long)p.n, (unsigned long long)counted);
}

/* Ranges that wait to be purged: as many as were counted, and each known by its address. */
static void check_lazy(struct machine_checking *c, uint64_t n, uint64_t pages)
{
	struct vmlist *v = c->m->vmlist;

	if (n != v->lazy.n || pages != v->lazy.nr_pages ||
	    pages != v->lazy.pages_of[VM_SPACE_VMALLOC] + v->lazy.pages_of[VM_SPACE_MODULES])
		complain_of(c, "%llu freed ranges of %llu pages wait, %llu of %llu were counted",
			    (unsigned long long)n, (unsigned long long)pages,
			    (unsigned long long)v->lazy.n, (unsigned long long)v->lazy.nr_pages);
	for (size_t i = 0; i < v->lazy.n; i++)
		if (!is_lazy(v, gaptree_find(&v->tree, v->lazy.range[i].addr)))
			complain_of(c, "no freed range waits at %0*llx", address_digits(c->m),
				    (unsigned long long)v->lazy.range[i].addr);
}

static void check_areas(struct machine_checking *c)
{
	struct vmlist *v = c->m->vmlist;
	struct gap_cursor cursor;
	vaddr_t last_end = 0;
	uint64_t nr_lazy = 0;
	uint64_t lazy_pages = 0;
	uint64_t nr_pooled = 0;
	uint64_t pooled_pages = 0;

	for (struct vm_struct *area = gaptree_seek(&v->tree, 0, &cursor); area;
	     area = gaptree_next(&cursor)) {
		struct gap_extent e = gaptree_extent(&cursor);

		if (is_lazy(v,
			    area)) { /* check_mapped_page sees to it that nothing is mapped there */
			nr_lazy++;
			lazy_pages += (e.end - e.start) >> PAGE_SHIFT;
			continue;
		}
		if (is_pooled(v, area)) { /* nor there */
			nr_pooled++;
			pooled_pages += (e.end - e.start) >> PAGE_SHIFT;
			continue;
		}
		if (e.start != area->addr || e.end - e.start != area->size)
			complain_of(c, "area %0*llx stands in the index at %0*llx",
				    address_digits(c->m), (unsigned long long)area->addr,
				    address_digits(c->m), (unsigned long long)e.start);
		check_area(c, area, &last_end);
	}
	check_lazy(c, nr_lazy, lazy_pages);
	check_pools(c, nr_pooled, pooled_pages);
}

/* A leaf is the direct map's, or some area has a page there (which check_page compared). */
static void check_mapped_page(struct machine_checking *c, vaddr_t addr, enum pg_level level,
			      pte_t entry)
{
	struct machine *m = c->m;
	const struct vm_struct *area;
	struct gap_cursor cursor;

	if (addr >= m->page_offset_base && addr - m->page_offset_base < m->direct_map_size) {
		uint64_t low = (UINT64_C(1) << level_shift(level)) - 1;

		if (!(entry & _PAGE_PRESENT) ||
		    (entry & PTE_PFN_MASK & ~low) != addr - m->page_offset_base)
			complain_of(c, "the direct map at %0*llx leads elsewhere",
				    address_digits(c->m), (unsigned long long)addr);
		c->direct += low + 1;
		return;
	}
	area = gaptree_seek(&m->vmlist->tree, addr, &cursor);
	if (!area || is_freed(m->vmlist, area) || addr < area->addr ||
	    addr >= area_payload_end(area))
		complain_of(c, "something is mapped at %0*llx, where no area has a page",
			    address_digits(c->m), (unsigned long long)addr);
}

/* A table and all below it.  leaves: check what they map, for the kernel's tables. */
/* entries: so many of the table's; a user's root has the kernel's half after them. */
static void check_table(struct machine_checking *c, pfn_t pfn, enum pg_level level, vaddr_t base,
			unsigned entries, bool leaves)
{
	const pte_t *table = (const pte_t *)(const void *)pfn_to_ram(c->m, pfn);

	if (c->refs[pfn]) {
		complain_of(c, "frame %llx is a page table and something else",
			    (unsigned long long)pfn);
		return;
	}
	count_holder(c, pfn);
	c->tables++;
	for (unsigned i = 0; i < entries; i++) {
		vaddr_t addr = canonical_address(c->m, base + ((vaddr_t)i << level_shift(level)));
		pte_t entry = pte_get(&table[i]);

		if (!entry)
			continue;
		if (level == PG_LEVEL_PTE || (entry & _PAGE_PSE && level <= top_leaf_level(c->m))) {
			if (leaves)
				check_mapped_page(c, addr, level, entry);
		} else if (pgtable_bad(c->m, level, entry)) {
			complain_of(c, "bad entry %016llx in a page table, for %0*llx",
				    (unsigned long long)entry, address_digits(c->m),
				    (unsigned long long)addr);
		} else {
			check_table(c, pte_pfn(entry), level - 1, addr, PTRS_PER_TABLE, leaves);
		}
	}
}

/* The kernel's part of a user's PGD: each entry is the kernel's, or is not there yet. */
static void check_kernel_half(struct machine_checking *c, paddr_t pgd)
{
	const pte_t *user = (const pte_t *)(const void *)(c->m->ram + pgd);
	const pte_t *kernel = (const pte_t *)(const void *)(c->m->ram + c->m->cr3);

	for (unsigned i = pgd_user_entries(c->m); i < pgd_entries(c->m); i++) {
		pte_t entry = pte_get(&user[i]);

		if (entry && (entry ^ pte_get(&kernel[i])) & ~_PAGE_ACCESSED)
			complain_of(c, "entry %u of the PGD at %llx is not the kernel's", i,
				    (unsigned long long)pgd);
	}
}

static void check_tables(struct machine_checking *c)
{
	check_table(c, c->m->cr3 >> PAGE_SHIFT, c->m->top_level, 0, pgd_entries(c->m), true);
	if (c->direct != c->m->direct_map_size)
		complain_of(c, "the direct map has %llu bytes of RAM, not %llu",
			    (unsigned long long)c->direct,
			    (unsigned long long)c->m->direct_map_size);
	for (struct vma *vma = c->m->vmlist->vmas; vma; vma = vma->next) {
		check_table(c, vma->pgd >> PAGE_SHIFT, c->m->top_level, 0, pgd_user_entries(c->m),
			    false);
		check_kernel_half(c, vma->pgd);
		for (uint64_t i = 0; i < vma->nr_frames; i++)
			count_holder(c, vma->frames[i]);
	}
	if (c->tables != atomic_load(&c->m->nr_table_frames))
		complain_of(c, "%llu page tables are in use, %llu were counted",
			    (unsigned long long)c->tables,
			    (unsigned long long)atomic_load(&c->m->nr_table_frames));
}

/* Each frame in use was found as often as its reference count says. */
static void check_counts(struct machine_checking *c)
{
	struct machine *m = c->m;
	uint64_t used = nr_managed_pages(m) - nr_free_pages(m);
	uint64_t seen = 0;

	for (pfn_t pfn = 0; pfn < m->nr_frames && seen < c->distinct; pfn++) {
		uint32_t count;

		if (!c->refs[pfn])
			continue;
		seen++;
		count = atomic_load(&pfn_to_page(m, pfn)->_refcount);
		if (count != c->refs[pfn])
			complain_of(c, "frame %llx has %u references, and %u holders",
				    (unsigned long long)pfn, count, c->refs[pfn]);
	}
	if (used != c->distinct)
		complain_of(c, "%llu frames are in use, and %llu have a holder",
			    (unsigned long long)used, (unsigned long long)c->distinct);
}

unsigned machine_check(struct machine *m, page_report_fn *report, void *arg)
{
	size_t bytes = m->nr_frames * sizeof(uint32_t);
	struct machine_checking c = { .m = m, .report = report, .arg = arg };
	struct vmlist *v = m->vmlist;

	/* Sparse, like the machine: only what is touched takes memory. */
	c.refs = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (c.refs == MAP_FAILED) {
		complain_of(&c, "no host memory for the check");
		return c.errors;
	}
	lock_write(&v->busy);
	lock_write(&v->lock);
	c.errors += gaptree_check(&v->tree, report, arg);
	c.errors += gaptree_check(&v->io, report, arg);
	c.errors += page_check(m, report, arg);
	check_tables(&c);
	check_areas(&c);
	check_counts(&c);
	c.errors += report_stale(m, report, arg);
	unlock_write(&v->lock);
	unlock_write(&v->busy);
	munmap(c.refs, bytes);
	return c.errors;
}
