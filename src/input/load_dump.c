/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The dump's page tables say which of its frames a page had, and what could be
 * done with it.  Its frames have other numbers here: this machine has no holes in
 * its RAM, and only the areas' frames come along.
 */
#include "input/load_dump.h"

#include <vmallocfs/vmalloc.h>

#include "input/dump/dump_tables.h"

struct copying {
	struct machine *m;
	struct dump *d;
	uint64_t copied;
	uint64_t left_out;
};

/* Takes over what the dump's entries allowed together. */
static void copy_protection(struct machine *m, const struct translation *t,
			    const struct dump_walk *w)
{
	pte_t *pte = (pte_t *)(void *)(m->ram + t->entry_addr);
	pte_t entry = pte_get(pte) & ~(_PAGE_RW | _PAGE_NX);

	if (t->level != PG_LEVEL_PTE)
		return;
	pte_set(pte, entry | (w->writable ? _PAGE_RW : 0) | (w->executable ? 0 : _PAGE_NX));
}

static void copy_page(struct copying *c, vaddr_t addr)
{
	unsigned char page[PAGE_SIZE];
	struct translation t;
	struct dump_walk w;

	if (pgtable_walk(c->m, c->m->cr3, addr, ACCESS_READ, &t) != FAULT_NONE)
		return;
	dump_walk(c->d, addr, &w);
	/* The core is told of the write: a frame that it takes for clean is not zeroed again. */
	if (!w.problem && memory_read(&c->d->physical, w.phys, page, sizeof(page)) &&
	    vwrite_area(c->m, page, addr, sizeof(page)) == (ssize_t)sizeof(page))
		c->copied++;
	else
		c->left_out++;
	if (!w.problem)
		copy_protection(c->m, &t, &w);
}

static void note_frames(void *arg, const struct vm_struct *area)
{
	*(uint64_t *)arg = area->nr_pages;
}

void load_dump_content(struct machine *m, const struct listing *l)
{
	struct copying c = { .m = m, .d = l->dump };

	for (guint i = 0; i < l->areas->len; i++) {
		const struct listed *a = listing_area(l, i);
		uint64_t nr_pages = 0;

		if (a->overlaps || a->kind != LISTED_AREA)
			continue;
		vmlist_with(m, a->start, note_frames, &nr_pages);
		for (uint64_t page = 0; page < nr_pages; page++)
			copy_page(&c, a->start + (page << PAGE_SHIFT));
	}
	printk(m, KERN_INFO,
	       "load: %llu pages have the bytes of the dump, %llu were left out of it and read "
	       "as zeros",
	       (unsigned long long)c.copied, (unsigned long long)c.left_out);
}
