/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A processor's way to memory.
 *
 * Entries of page tables are guest memory, which other processors and users change at
 * any time.  So A and D are set by compare and exchange, as a CPU's locked access does:
 * if an entry on the way is no longer what the walk has read, the walk begins anew, and
 * a bit is never set in an entry that was cleared meanwhile.
 */
#include <stdlib.h>
#include <string.h>

#include <vmallocfs/page.h>

#include "machine/lock.h"
#include "machine/moment.h"
#include "machine/processor.h"

#define ENTRY_BITS (_PAGE_ACCESSED | _PAGE_DIRTY)
#define WAY_FLAGS (_PAGE_RW | _PAGE_USER | _PAGE_NX)

static pte_t *entry_at(const struct machine *m, paddr_t table, enum pg_level level, vaddr_t addr)
{
	return (pte_t *)(m->ram + table) + level_index(level, addr);
}

/* Changes an entry if it is `now` still; if not, *now is what it is. */
static bool change_entry(struct machine *m, pte_t *p, pte_t *now, pte_t to)
{
	/* As before every write to a frame. */
	page_mark_dirty(m, (pfn_t)((unsigned char *)p - m->ram) >> PAGE_SHIFT);
	return __atomic_compare_exchange_n(p, now, to, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}

/*
 * The kernel's half is the same for all tables, but a slot of the kernel's PGD that was
 * filled after a user's PGD was made is missing there.  Linux copies it when the first
 * access faults.  True if it was such a slot: the access is to be tried again.
 */
static bool copy_kernel_slot(struct machine *m, paddr_t root, vaddr_t addr)
{
	pte_t *mine = entry_at(m, root, m->top_level, addr);
	pte_t kernels = pte_get(entry_at(m, m->cr3, m->top_level, addr));
	pte_t none = 0;

	if (root == m->cr3 || addr < m->kernel_start || !kernels)
		return false;
	change_entry(m, mine, &none, kernels);
	return true;
}

/* What a CPU makes of a walk: where its memory is not RAM, it is on the bus all the same. */
static enum fault judge(const struct translation *t, unsigned access)
{
	enum fault fault = t->fault;

	if (fault == FAULT_OUTSIDE)
		/* Of a table, ones are read: an entry with reserved bits set. */
		fault = t->phys ? FAULT_NONE : FAULT_RESERVED;
	if (fault == FAULT_NONE && access & ACCESS_EXEC && t->flags & _PAGE_NX)
		fault = FAULT_NX;
	return fault;
}

/* False if the entry has changed since it was read as `seen`, apart from A and D. */
static bool set_bits(struct machine *m, pte_t *p, pte_t seen, pte_t bits)
{
	pte_t now = pte_get(p);

	while ((now | ENTRY_BITS) == (seen | ENTRY_BITS))
		if ((now & bits) == bits || change_entry(m, p, &now, now | bits))
			return true;
	return false;
}

/* Sets A on the way to the leaf that a walk has found, and D there for a store. */
static bool mark_way(struct machine *m, paddr_t root, vaddr_t addr, const struct translation *t,
		     unsigned access)
{
	pte_t dirty = access & ACCESS_WRITE ? _PAGE_DIRTY : 0;
	paddr_t table = root;

	for (enum pg_level level = m->top_level; level > t->level; level--) {
		pte_t *p = entry_at(m, table, level, addr);
		pte_t entry = pte_get(p);

		if (!(entry & _PAGE_PRESENT) || !pfn_valid(m, pte_pfn(entry)) ||
		    !set_bits(m, p, entry, m->level_rules[level].accessed))
			return false;
		table = entry & PTE_PFN_MASK;
	}
	return set_bits(m, entry_at(m, table, t->level, addr), t->entry, _PAGE_ACCESSED | dirty);
}

static void describe_fault(struct cpu_fault *ret, enum fault fault, vaddr_t addr, unsigned access,
			   paddr_t cr3, const struct translation *t)
{
	*ret = (struct cpu_fault){
		.fault = fault,
		.addr = addr,
		.access = access,
		.code = fault_code(fault, access),
		.cr3 = cr3,
		.level = t->level,
		.entry = t->entry,
	};
}

/* Goes through the tables: a fault, or a translation whose A and D are set. */
static enum fault cpu_walk(struct machine *m, paddr_t root, vaddr_t addr, unsigned access,
			   struct translation *t)
{
	enum fault fault;

	do {
		pgtable_walk(m, root, addr, access, t);
		if (t->fault == FAULT_ABSENT && t->level == m->top_level &&
		    copy_kernel_slot(m, root, addr))
			pgtable_walk(m, root, addr, access, t);
		fault = judge(t, access);
	} while (fault == FAULT_NONE && !mark_way(m, root, addr, t, access));
	return fault;
}

static bool translate_missed(struct machine *m, struct cpu *c, vaddr_t addr, unsigned access,
			     paddr_t *phys, struct cpu_fault *ret)
{
	struct translation t = { .level = m->top_level };
	paddr_t root = c->cr3 & PTE_PFN_MASK;
	enum fault fault = FAULT_NO_HOST;

	if (cpu_make_tlb(m, c)) {
		if (range_is_canonical(m, addr, addr))
			counter_add(&m->tlb_misses, 1);
		fault = cpu_walk(m, root, addr, access, &t);
	}
	if (fault != FAULT_NONE) {
		describe_fault(ret, fault, addr, access, root, &t);
		return false;
	}
	*phys = t.phys;
	counter_add(&m->tlb_fills, 1);
	tlb_fill(c->tlb, (enum tlb_size)t.level, addr, t.phys,
		 (t.flags & WAY_FLAGS) | (t.entry & (_PAGE_GLOBAL | _PAGE_DIRTY)) |
			 (access & ACCESS_WRITE ? _PAGE_DIRTY : 0));
	return true;
}

/* A store wants D as well: where it is clear the tables have to be told. */
static inline bool allows(const struct tlb_entry *e, unsigned access)
{
	if (access & ACCESS_WRITE)
		return (e->flags & (_PAGE_RW | _PAGE_DIRTY)) == (_PAGE_RW | _PAGE_DIRTY);
	return !(access & ACCESS_EXEC && e->flags & _PAGE_NX);
}

/* Lock held. */
static inline bool translate(struct machine *m, struct cpu *c, vaddr_t addr, unsigned access,
			     paddr_t *phys, struct cpu_fault *ret)
{
	struct tlb_array *a;
	struct tlb_entry *e = c->tlb ? tlb_find(c->tlb, addr, true, &a) : NULL;

	if (e && allows(e, access)) {
		counter_add(&m->tlb_hits, 1);
		*phys = tlb_phys(a, e, addr);
		return true;
	}
	if (e)
		tlb_drop(a, e);
	return translate_missed(m, c, addr, access, phys, ret);
}

bool cpu_translate(struct machine *m, unsigned cpu, vaddr_t addr, unsigned access, paddr_t *phys,
		   struct cpu_fault *ret)
{
	struct cpu *c = &m->cpus[cpu];
	bool ok;

	ret->fault = FAULT_NONE;
	lock_mutex(&c->lock);
	ok = translate(m, c, addr, access, phys, ret);
	unlock_mutex(&c->lock);
	return ok;
}

/* Bytes of one page, at a physical address that any entry may have named. */
static enum fault read_phys(struct machine *m, paddr_t phys, void *to, size_t n)
{
	if (phys < m->ram_size)
		return phys_read(m, to, phys, n) == n ? FAULT_NONE : FAULT_NO_BYTES;
	memset(to, phys < m->io_start ? 0xff : 0, n);
	return FAULT_NONE;
}

static enum fault write_phys(struct machine *m, paddr_t phys, const void *from, size_t n)
{
	if (phys < m->ram_size)
		return phys_write(m, from, phys, n) == n ? FAULT_NONE : FAULT_NO_HOST;
	return FAULT_NONE;
}

/* Either `to` or `from`. */
static size_t copy(struct machine *m, unsigned cpu, vaddr_t addr, unsigned char *to,
		   const unsigned char *from, size_t count, struct cpu_fault *ret)
{
	const struct translation none = { .level = m->top_level };
	unsigned access = from ? ACCESS_WRITE : ACCESS_READ;
	struct cpu *c = &m->cpus[cpu];
	size_t done = 0;

	ret->fault = FAULT_NONE;
	/* Until the bytes are there: a flush that is over then has waited for them. */
	lock_mutex(&c->lock);
	while (done < count) {
		vaddr_t at = addr + done;
		size_t n = PAGE_SIZE - (at & ~PAGE_MASK);
		enum fault fault;
		paddr_t phys;

		if (n > count - done)
			n = count - done;
		if (!translate(m, c, at, access, &phys, ret))
			break;
		fault = from ? write_phys(m, phys, from + done, n)
			     : read_phys(m, phys, to + done, n);
		if (fault != FAULT_NONE) {
			describe_fault(ret, fault, at, access, c->cr3, &none);
			break;
		}
		done += n;
	}
	unlock_mutex(&c->lock);
	return done;
}

size_t cpu_read(struct machine *m, unsigned cpu, vaddr_t addr, void *buf, size_t count,
		struct cpu_fault *ret)
{
	return copy(m, cpu, addr, buf, NULL, count, ret);
}

size_t cpu_write(struct machine *m, unsigned cpu, vaddr_t addr, const void *buf, size_t count,
		 struct cpu_fault *ret)
{
	return copy(m, cpu, addr, NULL, buf, count, ret);
}

/* The tables as a processor sees them once a missing slot was copied. */
static void cpu_look(const struct machine *m, paddr_t root, vaddr_t addr, struct translation *t)
{
	pgtable_walk(m, root, addr, ACCESS_READ, t);
	if (t->fault == FAULT_ABSENT && t->level == m->top_level && addr >= m->kernel_start)
		pgtable_walk(m, m->cr3, addr, ACCESS_READ, t);
}

bool cpu_peek(struct machine *m, unsigned cpu, vaddr_t addr, paddr_t *phys)
{
	struct cpu *c = &m->cpus[cpu];
	struct tlb_entry *e = NULL;
	struct tlb_array *a;
	struct translation t;
	bool ok = true;

	lock_mutex(&c->lock);
	if (c->tlb)
		e = tlb_find(c->tlb, addr, false, &a);
	if (e) {
		*phys = tlb_phys(a, e, addr);
	} else {
		cpu_look(m, c->cr3 & PTE_PFN_MASK, addr, &t);
		ok = judge(&t, ACCESS_READ) == FAULT_NONE;
		*phys = t.phys;
	}
	unlock_mutex(&c->lock);
	return ok;
}

uint64_t cpu_age(struct machine *m, unsigned cpu, vaddr_t addr, uint64_t len)
{
	paddr_t root = cpu_cr3(m, cpu) & PTE_PFN_MASK;
	uint64_t n = 0;

	for (vaddr_t at = addr; at - addr < len;) {
		struct translation t;
		uint64_t size;

		cpu_look(m, root, at, &t);
		if (t.fault == FAULT_NONCANONICAL)
			break;
		size = UINT64_C(1) << level_shift(t.level);
		while (judge(&t, ACCESS_READ) == FAULT_NONE && t.entry & _PAGE_ACCESSED) {
			pte_t *p = (pte_t *)(m->ram + t.entry_addr);

			page_before_change(m, t.entry_addr >> PAGE_SHIFT);
			if (change_entry(m, p, &t.entry, t.entry & ~_PAGE_ACCESSED)) {
				n++;
				break;
			}
			cpu_look(m, root, at, &t);
		}
		if ((at | (size - 1)) == m->address_last)
			break;
		at = (at | (size - 1)) + 1;
	}
	return n;
}

/* True if the tables do not give for the entry's page what it remembers; A, D and G aside. */
static bool is_stale(const struct machine *m, const struct cpu *c, const struct cpu_tlb_entry *e)
{
	struct translation t;

	cpu_look(m, c->cr3 & PTE_PFN_MASK, e->page, &t);
	return judge(&t, ACCESS_READ) != FAULT_NONE || (enum tlb_size)t.level != e->size ||
	       t.phys != e->frame || (t.flags ^ e->flags) & WAY_FLAGS;
}

typedef void entry_fn(void *arg, const struct cpu_tlb_entry *e);

/* Lock held. */
static void for_each_entry(const struct machine *m, const struct cpu *c, entry_fn *fn, void *arg)
{
	for (unsigned size = 0; c->tlb && size < NR_TLB_SIZES; size++) {
		const struct tlb_array *a = &c->tlb->array[size];

		for (size_t i = 0; a->n && i < (size_t)a->shape.sets * a->shape.ways; i++) {
			struct cpu_tlb_entry e = {
				.page = a->entry[i].tag & ~(uint64_t)TLB_VALID,
				.frame = a->entry[i].frame,
				.size = size,
				.flags = a->entry[i].flags,
			};

			if (!a->entry[i].tag)
				continue;
			e.stale = is_stale(m, c, &e);
			fn(arg, &e);
		}
	}
}

struct entries {
	struct cpu_tlb_entry *entry;
	size_t n;
};

static void add_entry(void *arg, const struct cpu_tlb_entry *e)
{
	struct entries *all = arg;

	all->entry[all->n++] = *e;
}

static int by_page(const void *a, const void *b)
{
	const struct cpu_tlb_entry *x = a, *y = b;

	if (x->size != y->size)
		return x->size < y->size ? -1 : 1;
	return (x->page > y->page) - (x->page < y->page);
}

size_t cpu_tlb_entries(struct machine *m, unsigned cpu, struct cpu_tlb_entry **ret)
{
	struct cpu *c = &m->cpus[cpu];
	struct entries all = { .n = 0 };

	lock_mutex(&c->lock);
	if (c->tlb && tlb_count(c->tlb))
		all.entry = malloc(tlb_count(c->tlb) * sizeof(*all.entry));
	if (all.entry)
		for_each_entry(m, c, add_entry, &all);
	unlock_mutex(&c->lock);
	if (all.entry)
		qsort(all.entry, all.n, sizeof(*all.entry), by_page);
	*ret = all.entry;
	return all.n;
}

static void count_stale(void *arg, const struct cpu_tlb_entry *e)
{
	*(uint64_t *)arg += e->stale;
}

uint64_t cpus_stale(struct machine *m)
{
	uint64_t n = 0;

	if (!atomic_load_explicit(&m->nr_tlbs, memory_order_relaxed))
		return 0;
	for (unsigned i = 0; i < m->nr_cpus; i++) {
		struct cpu *c = &m->cpus[i];

		lock_mutex(&c->lock);
		for_each_entry(m, c, count_stale, &n);
		unlock_mutex(&c->lock);
	}
	return n;
}
