/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "machine/tlb.h"

static size_t array_entries(struct tlb_shape shape)
{
	return (size_t)shape.sets * shape.ways;
}

size_t tlb_bytes(const struct tlb_shape shape[NR_TLB_SIZES])
{
	size_t n = 0;

	for (unsigned size = 0; size < NR_TLB_SIZES; size++)
		n += array_entries(shape[size]);
	return sizeof(struct tlb) + n * sizeof(struct tlb_entry);
}

struct tlb *tlb_new(const struct tlb_shape shape[NR_TLB_SIZES])
{
	struct tlb *tlb = calloc(1, tlb_bytes(shape));
	struct tlb_entry *entry;

	if (!tlb)
		return NULL;
	entry = (struct tlb_entry *)(tlb + 1);
	for (unsigned size = 0; size < NR_TLB_SIZES; size++) {
		tlb->array[size] = (struct tlb_array){
			.shape = shape[size],
			.shift = level_shift(PG_LEVEL_PTE + size),
			.entry = entry,
		};
		entry += array_entries(shape[size]);
	}
	return tlb;
}

void tlb_free(struct tlb *tlb)
{
	free(tlb);
}

void tlb_drop(struct tlb_array *a, struct tlb_entry *e)
{
	*e = (struct tlb_entry){ 0 };
	a->n--;
}

/* An empty way has never been used since it was emptied, so it is the oldest. */
static struct tlb_entry *oldest(const struct tlb_array *a, struct tlb_entry *set)
{
	struct tlb_entry *e = set;

	for (unsigned way = 1; way < a->shape.ways; way++)
		if (set[way].used < e->used)
			e = &set[way];
	return e;
}

void tlb_fill(struct tlb *tlb, enum tlb_size size, vaddr_t addr, paddr_t phys, pte_t flags)
{
	struct tlb_array *a = &tlb->array[size];
	struct tlb_entry *e = oldest(a, tlb_set(a, addr));

	a->n += !e->tag;
	*e = (struct tlb_entry){
		.tag = tlb_tag(a, addr),
		.frame = phys & -tlb_page_size(a),
		.flags = flags,
		.used = ++tlb->clock,
	};
}

unsigned tlb_drop_page(struct tlb *tlb, vaddr_t addr)
{
	struct tlb_array *a;
	struct tlb_entry *e;
	unsigned n = 0;

	while ((e = tlb_find(tlb, addr, false, &a))) {
		tlb_drop(a, e);
		n++;
	}
	return n;
}

static unsigned drop_array(struct tlb_array *a, bool globals)
{
	unsigned had = a->n;

	for (size_t i = 0; a->n && i < array_entries(a->shape); i++) {
		struct tlb_entry *e = &a->entry[i];

		if (e->tag && (globals || !(e->flags & _PAGE_GLOBAL)))
			tlb_drop(a, e);
	}
	return had - a->n;
}

unsigned tlb_drop_all(struct tlb *tlb, bool globals)
{
	unsigned n = 0;

	for (unsigned size = 0; size < NR_TLB_SIZES; size++)
		n += drop_array(&tlb->array[size], globals);
	return n;
}

unsigned tlb_count(const struct tlb *tlb)
{
	unsigned n = 0;

	for (unsigned size = 0; size < NR_TLB_SIZES; size++)
		n += tlb->array[size].n;
	return n;
}
