/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * x86 page tables that live in simulated frames.  With four levels:
 *
 *	 63      48 47    39 38    30 29    21 20    12 11          0
 *	+----------+--------+--------+--------+--------+-------------+
 *	|  = bit47 |  PGD   |  PUD   |  PMD   |  PTE   |   offset    |
 *	+----------+--------+--------+--------+--------+-------------+
 *	      cr3 ---> 512 x 8 bytes each; an entry names the frame of the next
 *
 * With five there is one level more above them, which translates bits 56 to 48,
 * and bits 63 to 57 are equal to bit 56.
 *
 * PAE has three, for addresses of 32 bits.  Its PGD has four entries, which translate
 * bits 31 and 30, and which have no permissions, no A and no D:
 *
 *	 31 30 29    21 20    12 11          0
 *	+-----+--------+--------+-------------+
 *	| PGD |  PMD   |  PTE   |   offset    |
 *	+-----+--------+--------+-------------+
 *
 * The tables are guest memory: a user may write anything into them at any
 * time.  So every walk checks what it reads, and says with a fault kind what a
 * CPU would have said.
 */
#ifndef VMALLOCFS_PGTABLE_H
#define VMALLOCFS_PGTABLE_H

#include <vmallocfs/machine.h>

VMALLOCFS_BEGIN_DECLS

#define _PAGE_PRESENT UINT64_C(0x001)
#define _PAGE_RW UINT64_C(0x002)
#define _PAGE_USER UINT64_C(0x004)
#define _PAGE_PWT UINT64_C(0x008)
#define _PAGE_PCD UINT64_C(0x010)
#define _PAGE_ACCESSED UINT64_C(0x020)
#define _PAGE_DIRTY UINT64_C(0x040)
#define _PAGE_PSE UINT64_C(0x080) /* PMD, PUD: a 2 MiB or 1 GiB leaf */
#define _PAGE_GLOBAL UINT64_C(0x100)
#define _PAGE_NX (UINT64_C(1) << 63)

#define PAGE_KERNEL UINT64_C(0x8000000000000163)
#define PAGE_KERNEL_EXEC UINT64_C(0x163)
#define PAGE_KERNEL_NOCACHE UINT64_C(0x8000000000000173)
#define PAGE_SHARED UINT64_C(0x8000000000000007) /* user, read and write; A and D show its use */
#define _KERNPG_TABLE UINT64_C(0x063)
#define _PAGE_TABLE UINT64_C(0x067) /* a table of a user range */
#define _PAGE_PDPTE UINT64_C(0x001) /* a table in the PGD of PAE, of either kind */

#define PTE_PFN_MASK UINT64_C(0x000ffffffffff000)

#define PTRS_PER_TABLE 512u

/*
 * The levels, counted from the leaves.  PG_LEVEL_PGD is the highest of four; with
 * five its tables are called P4D, and the PGD is PG_LEVEL_PGD_5.  With three the PGD
 * is what stands where others have the PUD.  A machine's own highest is its top_level.
 */
enum pg_level { PG_LEVEL_PTE, PG_LEVEL_PMD, PG_LEVEL_PUD, PG_LEVEL_PGD, PG_LEVEL_PGD_5, PG_LEVELS };

/* "pte", "pmd", "pud", "p4d", "pgd": what Linux calls it on that machine. Static. */
const char *pg_level_name(const struct machine *m, enum pg_level level);

/* True if the unused upper bits of the address, and of all to `last`, are as the CPU wants them. */
static inline bool range_is_canonical(const struct machine *m, vaddr_t addr, vaddr_t last)
{
	return addr > m->gap_last || last < m->gap_start;
}

/* The address with its unused upper bits set as the CPU wants them. */
static inline vaddr_t canonical_address(const struct machine *m, vaddr_t addr)
{
	unsigned unused = 64 - m->arch->address_bits;

	if (m->gap_last == UINT64_MAX) /* 32 bits have no sign */
		return addr & (m->gap_start - 1);
	return (vaddr_t)((int64_t)(addr << unused) >> unused);
}

static inline unsigned level_shift(enum pg_level level)
{
	return PAGE_SHIFT + 9 * (unsigned)level;
}

/* Index of addr's entry in its table of that level. */
static inline unsigned level_index(enum pg_level level, vaddr_t addr)
{
	return (unsigned)(addr >> level_shift(level)) & (PTRS_PER_TABLE - 1);
}

/* Entries of the PGD; the first pgd_user_entries() of them are the user's. */
static inline unsigned pgd_entries(const struct machine *m)
{
	return 1u << (m->arch->address_bits - level_shift((enum pg_level)m->top_level));
}

static inline unsigned pgd_user_entries(const struct machine *m)
{
	return level_index((enum pg_level)m->top_level, m->kernel_start);
}

/* The highest level at which an entry may be a leaf. */
static inline enum pg_level top_leaf_level(const struct machine *m)
{
	return m->arch->levels == 3 ? PG_LEVEL_PMD : PG_LEVEL_PUD;
}

/* What an entry of some level looks like; level_rules of a machine has one for each level. */
struct level_rules {
	pte_t reserved;	    /* bits that are 0 where the entry is present */
	pte_t reserved_pse; /* more of them, where it has PSE */
	pte_t implied;	    /* permissions that it does not have, and so does not deny */
	pte_t table;	    /* the flags of an entry that names a table of the kernel's, */
	pte_t user_table;   /* of a user's, */
	pte_t table_free;   /* and which bits of it are not looked at, see pgtable_bad() */
	pte_t accessed;	    /* A, if it has it */
};

static inline pfn_t pte_pfn(pte_t pte)
{
	return (pte & PTE_PFN_MASK) >> PAGE_SHIFT;
}

/* Entries are read and written whole, as the MMU does. */
static inline pte_t pte_get(const pte_t *p)
{
	return __atomic_load_n(p, __ATOMIC_ACQUIRE);
}

static inline void pte_set(pte_t *p, pte_t value)
{
	__atomic_store_n(p, value, __ATOMIC_RELEASE);
}

/*
 * True unless this upper-level entry points to a valid kernel or user page table:
 * its flags other than USER and ACCESSED are those of _KERNPG_TABLE, in the PGD of PAE
 * all of them those of _PAGE_PDPTE, and its frame is RAM.  An empty entry gives true as
 * well.
 */
static inline bool pgtable_bad(const struct machine *m, enum pg_level level, pte_t entry)
{
	const struct level_rules *rules = &m->level_rules[level];

	return (entry ^ rules->table) & ~rules->table_free || pte_pfn(entry) >= m->nr_frames;
}

/* Why an access cannot be made. */
enum fault {
	FAULT_NONE,
	FAULT_ABSENT,	    /* an entry on the way is zero: nothing is mapped */
	FAULT_NOT_PRESENT,  /* an entry is non-zero without Present */
	FAULT_RESERVED,	    /* an entry has bits set that must be zero */
	FAULT_OUTSIDE,	    /* an entry names a frame that is not RAM */
	FAULT_READ_ONLY,    /* a write, and an entry on the way forbids it */
	FAULT_USER,	    /* a user access to a supervisor page */
	FAULT_NONCANONICAL, /* the unused upper bits differ from the highest used one */
	FAULT_NX,	    /* an instruction fetch, and an entry on the way forbids it: cpu.h */
	FAULT_NO_BYTES, /* no fault of a CPU: the machine's frame_source cannot give the bytes */
	FAULT_NO_HOST	/* no fault of a CPU: a write, and the host has no memory for the frame */
};

/* What the access is; bits as in the x86 page-fault error code. */
#define ACCESS_READ 0x0u
#define ACCESS_WRITE 0x2u
#define ACCESS_USER 0x4u
#define ACCESS_EXEC 0x10u /* of processors alone, cpu.h */

struct translation {
	enum fault fault;
	enum pg_level level; /* of the leaf, or of the entry at fault */
	pte_t entry;	     /* that entry */
	paddr_t entry_addr;  /* and where it stands */
	paddr_t phys;	     /* FAULT_NONE, and FAULT_OUTSIDE at a leaf: addr's physical address */
	pte_t flags;	     /* effective RW, USER, NX of all entries on the way */
};

/* Translates one address through the tables at `root`. Takes no lock. */
enum fault pgtable_walk(const struct machine *m, paddr_t root, vaddr_t addr, unsigned access,
			struct translation *ret);

/*
 * Translates a run: fills host[] with the host address of the frame under each
 * of up to n pages from page-aligned addr, walking the upper levels once for
 * each PTE table.  An absent page is NULL.  Stops before the first page that
 * faults otherwise, with *fault saying why (FAULT_NONE if none did).  Returns
 * the number of pages filled in.  With ACCESS_WRITE the frames are marked dirty;
 * FAULT_NO_HOST says that one could not be, which is in the log by then.
 */
size_t pgtable_run(struct machine *m, paddr_t root, vaddr_t addr, size_t n, unsigned access,
		   unsigned char **host, enum fault *fault);

/*
 * Where a mapping's frames come from: writes the numbers of pages
 * first..first+n-1 to ret.  They need not be RAM (ioremap).  Cannot fail.
 */
typedef void frames_fn(void *arg, uint64_t first, size_t n, pfn_t *ret);

/*
 * Maps n pages from page-aligned addr to the frames that `frames` gives, in tables
 * below `root`.  All or nothing: checks that every PTE is empty (else WARN and
 * -EBUSY), reserves the missing tables (-ENOMEM), then writes.  A bad upper
 * entry on the way is reported, cleared and replaced.  prot with _PAGE_USER
 * gives user tables.  Takes pgtable_lock.  Tables stay once they are there.
 */
int pgtable_map(struct machine *m, paddr_t root, vaddr_t addr, uint64_t n, pgprot_t prot,
		frames_fn *frames, void *arg);

/*
 * Writes one leaf, as it is, into the kernel's tables below `root`: a PTE, or with _PAGE_PSE an
 * entry of a higher level.  addr is aligned to what it covers.  Makes the tables that are
 * missing.  0, -EINVAL, -ENOMEM, -EBUSY: an entry is there, or a bad one on the way.
 */
int pgtable_map_leaf(struct machine *m, paddr_t root, vaddr_t addr, enum pg_level level,
		     pte_t entry);

/*
 * Clears every PTE in [start, end), and each larger leaf that lies in it wholly.  Empty
 * upper entries are skipped; a bad one is logged ("FILE:LINE: bad pmd ADDR.") and cleared,
 * and what it pointed to is not followed.  A PTE that is not empty and not present is a
 * WARN.  BUG if start >= end.  Does not flush.
 */
void pgtable_unmap(struct machine *m, paddr_t root, vaddr_t start, vaddr_t end);

/*
 * Frees the root of a user and all tables below it, but for those of the kernel's half.
 * Nothing may use it any more.
 */
void pgtable_destroy_user(struct machine *m, paddr_t root);

/* Calls of these are counted; a simulated CPU without caches has nothing to flush. */
void flush_cache_vmap(struct machine *m, vaddr_t start, vaddr_t end);
void flush_cache_vunmap(struct machine *m, vaddr_t start, vaddr_t end);

/*
 * Drops the range from the TLB of each processor, global entries included: page by page
 * if it has at most m->tlb_single_page_flush_ceiling pages, else all that the TLBs hold.
 */
void flush_tlb_kernel_range(struct machine *m, vaddr_t start, vaddr_t end);

/*
 * Logs a page fault at addr as Linux does: "BUG: unable to handle page fault
 * for address: ...", "#PF: ..." with the access and the reason.
 */
void log_page_fault(struct machine *m, vaddr_t addr, unsigned access, enum fault fault);

/* "not-present page", "permissions violation", ...: what the log says. Static. */
const char *fault_name(enum fault fault);

VMALLOCFS_END_DECLS

#endif
