/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A TLB: which page is where, as far as it is remembered.
 *
 *	address	 63                    shift+s   shift            0
 *		+--------------------------+-------+--------------+
 *		|           page           |  set  |   in page    |
 *		+--------------------------+-------+--------------+
 *
 *	4K	set 0	[ entry | entry | entry | entry ]	ways
 *		set 1	[ entry | entry | entry | entry ]
 *		...
 *	2M, 1G	likewise, with shapes of their own
 *
 * 1. An address is looked for in one set of each array.  The entry that it is in is
 *    the one used last, from then on.
 * 2. A new entry goes to an empty way of its set, else to the one used longest ago.
 * 3. The caller fills only after a lookup has failed, so no address has two entries.
 *
 * Nothing here knows page tables.  The caller has the lock.
 */
#ifndef MACHINE_TLB_H
#define MACHINE_TLB_H

#include <vmallocfs/cpu.h>

#define NR_TLB_SIZES 3

struct tlb_entry {
	uint64_t tag; /* address of the page, and TLB_VALID; 0: empty */
	paddr_t frame;
	pte_t flags;
	uint64_t used; /* the TLB's clock when it was used last */
};

#define TLB_VALID 1u

struct tlb_array {
	struct tlb_shape shape;
	unsigned shift; /* of its pages */
	uint32_t n;	/* valid entries */
	struct tlb_entry *entry;
};

struct tlb {
	struct tlb_array array[NR_TLB_SIZES];
	uint64_t clock;
};

/* Bytes of the host that a TLB of such a shape takes. */
size_t tlb_bytes(const struct tlb_shape shape[NR_TLB_SIZES]);

/* NULL: the host has no memory. */
struct tlb *tlb_new(const struct tlb_shape shape[NR_TLB_SIZES]);
void tlb_free(struct tlb *tlb);

static inline uint64_t tlb_page_size(const struct tlb_array *a)
{
	return UINT64_C(1) << a->shift;
}

/* The set that addr belongs to. */
static inline struct tlb_entry *tlb_set(const struct tlb_array *a, vaddr_t addr)
{
	return a->entry + (addr >> a->shift & (a->shape.sets - 1)) * a->shape.ways;
}

static inline uint64_t tlb_tag(const struct tlb_array *a, vaddr_t addr)
{
	return (addr & -tlb_page_size(a)) | TLB_VALID;
}

/* The entry that addr is in, or NULL, and its array.  It counts as used only if `use`. */
static inline struct tlb_entry *tlb_find(struct tlb *tlb, vaddr_t addr, bool use,
					 struct tlb_array **ret)
{
	for (unsigned size = 0; size < NR_TLB_SIZES; size++) {
		struct tlb_array *a = &tlb->array[size];
		struct tlb_entry *set = tlb_set(a, addr);
		uint64_t tag = tlb_tag(a, addr);

		if (!a->n)
			continue;
		for (unsigned way = 0; way < a->shape.ways; way++) {
			if (set[way].tag != tag)
				continue;
			if (use)
				set[way].used = ++tlb->clock;
			*ret = a;
			return &set[way];
		}
	}
	return NULL;
}

/* Physical address of addr in an entry of that array. */
static inline paddr_t tlb_phys(const struct tlb_array *a, const struct tlb_entry *e, vaddr_t addr)
{
	return e->frame | (addr & (tlb_page_size(a) - 1));
}

void tlb_drop(struct tlb_array *a, struct tlb_entry *e);
void tlb_fill(struct tlb *tlb, enum tlb_size size, vaddr_t addr, paddr_t phys, pte_t flags);

/* Drops what addr is in: how many entries. */
unsigned tlb_drop_page(struct tlb *tlb, vaddr_t addr);

/* Drops all entries, or with !globals those that are not global: how many. */
unsigned tlb_drop_all(struct tlb *tlb, bool globals);

/* Valid entries of all arrays. */
unsigned tlb_count(const struct tlb *tlb);

#endif
