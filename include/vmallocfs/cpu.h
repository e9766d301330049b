/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Processors: memory as each of them sees it, through its TLB.
 *
 *	load, store, fetch of a virtual address
 *	   |
 *	   v	  hit: the entry allows it
 *	 [ TLB ] -------------------------------------> physical address
 *	   |	  miss, or the entry forbids it			^
 *	   v							|
 *	 cr3 -> PGD -> ... -> PTE: sets A, and D for a store; fills the TLB
 *	   |
 *	   v	  the tables forbid it, too
 *	 fault, with the error code that the CPU would push
 *
 * All processors run in supervisor mode with CR0.WP, EFER.NXE and CR4.PGE set, and
 * without SMEP, SMAP and PCID.  doc/processor.md is the model in full.
 *
 * A TLB takes memory when its processor is used for the first time.  The daemon's own
 * paths (vread, vwrite, files) use no TLB.
 *
 *	struct cpu_fault f;
 *	uint64_t word;
 *
 *	if (cpu_read(m, 0, addr, &word, sizeof(word), &f) < sizeof(word))
 *		...	// f.fault says why
 *
 * Locks: each processor has one, which comes after pgtable_lock.  The functions take it.
 * `cpu` is always below m->nr_cpus.
 */
#ifndef VMALLOCFS_CPU_H
#define VMALLOCFS_CPU_H

#include <vmallocfs/pgtable.h>

VMALLOCFS_BEGIN_DECLS

/* A TLB is three arrays, one for each size of page. */
enum tlb_size { TLB_4K, TLB_2M, TLB_1G };

struct tlb_shape {
	unsigned sets; /* a power of two, up to TLB_SETS_MAX */
	unsigned ways; /* entries of a set, 1 to TLB_WAYS_MAX */
};
#define TLB_SETS_MAX 1024
#define TLB_WAYS_MAX 64

/* The shape of all TLBs.  Setting it empties them.  0, or -EINVAL. */
struct tlb_shape cpu_tlb_shape(const struct machine *m, enum tlb_size size);
int cpu_set_tlb_shape(struct machine *m, enum tlb_size size, struct tlb_shape shape);

/* Why an access failed, and where. */
struct cpu_fault {
	enum fault fault; /* FAULT_NONE: it did not */
	vaddr_t addr;	  /* the first byte that failed */
	unsigned access;  /* ACCESS_ bits */
	unsigned code;	  /* of a page fault: what the CPU pushes */
	paddr_t cr3;
	enum pg_level level; /* of the entry at fault */
	pte_t entry;
};

/*
 * Copies from or to the memory that the processor sees at addr, page by page, and
 * returns how many bytes were copied.  If those are fewer than count, *ret says why:
 * a fault of the CPU, or FAULT_NO_BYTES or FAULT_NO_HOST, which are not of the CPU's
 * doing.  Physical addresses without RAM read as zeros where devices are and as ones
 * where nothing is; they swallow stores.
 */
size_t cpu_read(struct machine *m, unsigned cpu, vaddr_t addr, void *buf, size_t count,
		struct cpu_fault *ret);
size_t cpu_write(struct machine *m, unsigned cpu, vaddr_t addr, const void *buf, size_t count,
		 struct cpu_fault *ret);

/*
 * What the processor does for an access to one address, without the access: ACCESS_READ,
 * ACCESS_WRITE or ACCESS_EXEC.  True and the physical address, or false and *ret.
 */
bool cpu_translate(struct machine *m, unsigned cpu, vaddr_t addr, unsigned access, paddr_t *phys,
		   struct cpu_fault *ret);

/*
 * Where a load of addr would go, without any trace of the question: no entry is filled, no
 * bit is set.  False if it would fault.
 */
bool cpu_peek(struct machine *m, unsigned cpu, vaddr_t addr, paddr_t *phys);

/* Empties the TLB, global entries included; how many entries there were. */
uint64_t cpu_flush(struct machine *m, unsigned cpu);

/* INVLPG: drops the entries for addr, global and large ones, too; how many there were. */
uint64_t cpu_invlpg(struct machine *m, unsigned cpu, vaddr_t addr);

/* The register CR3.  Writing it drops all entries that are not global. */
paddr_t cpu_cr3(struct machine *m, unsigned cpu);
void cpu_load_cr3(struct machine *m, unsigned cpu, paddr_t cr3);

/* Processors whose CR3 is that one get the kernel's. */
void cpus_leave(struct machine *m, paddr_t cr3);

/*
 * Clears A in the leaves of [addr, addr + len) that are present, in the tables at the
 * processor's cr3, and returns how many had it.  Does not flush, so that entries which
 * are cached do not set it again.  len is at most CPU_AGE_MAX.
 */
#define CPU_AGE_MAX (UINT64_C(1) << 30)
uint64_t cpu_age(struct machine *m, unsigned cpu, vaddr_t addr, uint64_t len);

/* A copy of one entry. */
struct cpu_tlb_entry {
	vaddr_t page;
	paddr_t frame;
	enum tlb_size size;
	pte_t flags; /* RW, USER, NX of all entries on the way; DIRTY and GLOBAL of the leaf */
	bool stale;  /* the tables say something else by now: nothing, another frame, other flags */
};

/*
 * The entries of a TLB by size, then by address, malloc'ed for the caller: how many,
 * and *ret.  0, and NULL, without any, or if the host has no memory.
 */
size_t cpu_tlb_entries(struct machine *m, unsigned cpu, struct cpu_tlb_entry **ret);

/* How many entries of all processors are stale now. */
uint64_t cpus_stale(struct machine *m);

/*
 * "BUG: unable to handle page fault for address: ...", "#PF: ...", the entries on the way:
 * the lines that Linux logs of a fault of the CPU.
 */
void log_cpu_fault(struct machine *m, const struct cpu_fault *f);

/* True of what a CPU reports; false of FAULT_NONE, FAULT_NO_BYTES and FAULT_NO_HOST. */
bool fault_is_cpus(enum fault fault);

/* The error code of a page fault. */
unsigned fault_code(enum fault fault, unsigned access);

VMALLOCFS_END_DECLS

#endif
