/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A walk is one loop over the levels.  The table that each level read last is
 * kept, so that the pages of an area cost one read for 512 of them.
 */
#include <errno.h>
#include <string.h>

#include "input/dump/dump_tables.h"

#define ENTRIES 512
#define ENTRY_PRESENT UINT64_C(0x001)
#define ENTRY_RW UINT64_C(0x002)
#define ENTRY_LEAF UINT64_C(0x080)
#define ENTRY_NX (UINT64_C(1) << 63)
#define ENTRY_FRAME UINT64_C(0x000ffffffffff000)
#define LOWEST_SHIFT 12
#define HIGHEST_LEAF 30

struct dump_tables {
	uint64_t nr_read;
	struct {
		uint64_t addr; /* where it was read, plus one; 0: nothing is kept */
		uint64_t entry[ENTRIES];
	} level[DUMP_LEVELS_MAX];
};

static unsigned shift_of(const struct dump_walk *w, unsigned i)
{
	return LOWEST_SHIFT + 9 * (w->levels - 1 - i);
}

/* The top table is known by its kernel address, the others by their physical ones. */
static bool read_table(struct dump *d, unsigned i, uint64_t at)
{
	const struct dump_memory *mem = i ? &d->physical : &d->memory;

	if (!d->tables)
		d->tables = g_new0(struct dump_tables, 1);
	if (d->tables->level[i].addr == at + 1)
		return true;
	d->tables->level[i].addr = 0;
	d->tables->nr_read++;
	if (!memory_read(mem, at, d->tables->level[i].entry, sizeof(d->tables->level[i].entry)))
		return false;
	d->tables->level[i].addr = at + 1;
	return true;
}

/* The four entries at the top of PAE's tables permit everything, and are no leaves. */
static bool is_pdpte(const struct dump_walk *w, unsigned i)
{
	return w->levels == DUMP_PAE_LEVELS && i == 0;
}

static bool may_write(const struct dump_walk *w, unsigned i, uint64_t entry)
{
	return entry & ENTRY_RW || is_pdpte(w, i);
}

/* Takes the entry of level i, which may end the walk. False: it does. */
static bool take_entry(struct dump_walk *w, unsigned i, uint64_t entry, uint64_t addr)
{
	unsigned shift = shift_of(w, i);
	uint64_t within = (UINT64_C(1) << shift) - 1;

	w->entry[w->nr++] = entry;
	w->writable = w->writable && may_write(w, i, entry);
	w->executable = w->executable && !(entry & ENTRY_NX);
	if (!(entry & ENTRY_PRESENT)) {
		w->problem = entry ? "its entry is not present" : "nothing is mapped there";
		return false;
	}
	if (shift > LOWEST_SHIFT && !(entry & ENTRY_LEAF))
		return true;
	if (shift > HIGHEST_LEAF || is_pdpte(w, i)) {
		w->problem = "its entry is damaged";
		return false;
	}
	w->phys = (entry & ENTRY_FRAME & ~within) | (addr & within);
	return false;
}

static bool can_be_held(const struct dump_walk *w, uint64_t addr)
{
	unsigned top = LOWEST_SHIFT + 9 * w->levels - 1;

	if (w->levels == DUMP_PAE_LEVELS)
		return addr >> 32 == 0;
	return addr >> top == 0 || addr >> top == UINT64_MAX >> top;
}

void dump_walk(struct dump *d, uint64_t addr, struct dump_walk *ret)
{
	uint64_t at = d->top_table;

	*ret = (struct dump_walk){
		.levels = d->levels,
		.shift = LOWEST_SHIFT,
		.writable = true,
		.executable = true,
	};
	if (!d->levels || !at) {
		ret->problem = DUMP_NOT_WALKED;
		return;
	}
	if (!can_be_held(ret, addr)) {
		ret->problem = "no page tables of this kernel can hold that address";
		return;
	}
	for (unsigned i = 0; i < d->levels; i++) {
		unsigned index = addr >> shift_of(ret, i) & (ENTRIES - 1);
		uint64_t entry;

		ret->shift = shift_of(ret, i);
		if (!read_table(d, i, at)) {
			ret->problem = "a page table on the way is not in the dump";
			return;
		}
		entry = d->tables->level[i].entry[index];
		if (!take_entry(ret, i, entry, addr))
			return;
		at = entry & ENTRY_FRAME;
	}
}

uint64_t dump_tables_read(const struct dump *d)
{
	return d->tables ? d->tables->nr_read : 0;
}

struct leaves {
	struct dump *d;
	const struct dump_walk *w; /* for its levels */
	uint64_t first, last;
	uint64_t tables_left;
	dump_leaf_fn *fn;
	void *arg;
	uint64_t missing;
};

/* What an entry at addr maps, in a table whose own entries allow that much. */
static struct dump_leaf leaf_of(const struct dump_walk *w, unsigned i, uint64_t entry,
				uint64_t addr, const struct dump_leaf *above)
{
	unsigned shift = shift_of(w, i);

	return (struct dump_leaf){
		.addr = addr,
		.phys = entry & ENTRY_FRAME & (UINT64_MAX << shift),
		.entry = entry,
		.shift = shift,
		.writable = above->writable && may_write(w, i, entry),
		.executable = above->executable && !(entry & ENTRY_NX),
	};
}

/*
 * The leaves below the table at `at`, the first entry of which covers base.  Tables of other
 * levels that are kept stay, so that this one is still there after those below it.
 */
static int leaves_below(struct leaves *l, unsigned i, uint64_t at, uint64_t base,
			const struct dump_leaf *above)
{
	unsigned shift = shift_of(l->w, i);
	uint64_t covered = UINT64_C(1) << shift;
	int err = 0;

	if (!l->tables_left)
		return -ELOOP;
	l->tables_left--;
	if (!read_table(l->d, i, at)) {
		l->missing++;
		return 0;
	}
	for (unsigned index = 0; !err && index < ENTRIES; index++) {
		uint64_t entry = l->d->tables->level[i].entry[index];
		uint64_t addr = base + ((uint64_t)index << shift);
		struct dump_leaf leaf = leaf_of(l->w, i, entry, addr, above);

		if (!(entry & ENTRY_PRESENT) || addr > l->last || addr + covered - 1 < l->first)
			continue;
		if (shift > LOWEST_SHIFT && !(entry & ENTRY_LEAF))
			err = leaves_below(l, i + 1, entry & ENTRY_FRAME, addr, &leaf);
		else if (shift <= HIGHEST_LEAF && !is_pdpte(l->w, i))
			l->fn(l->arg, &leaf);
	}
	return err;
}

int dump_leaves(struct dump *d, uint64_t first, uint64_t last, uint64_t max_tables,
		dump_leaf_fn *fn, void *arg, uint64_t *missing)
{
	const struct dump_walk w = { .levels = d->levels };
	const struct dump_leaf all = { .writable = true, .executable = true };
	struct leaves l = {
		.d = d,
		.w = &w,
		.first = first,
		.last = last,
		.tables_left = max_tables,
		.fn = fn,
		.arg = arg,
	};
	uint64_t base;
	int err;

	if (!d->levels || !d->top_table)
		return 0;
	base = d->levels == DUMP_PAE_LEVELS ? 0 : UINT64_MAX << (LOWEST_SHIFT + 9 * d->levels);
	err = leaves_below(&l, 0, d->top_table, base, &all);
	*missing += l.missing;
	return err;
}

const char *dump_level_name(const struct dump_walk *w, unsigned i)
{
	static const char *const names[DUMP_LEVELS_MAX] = { "pgd", "p4d", "pud", "pmd", "pte" };

	/* With four levels there is no p4d, with three no pud either. */
	return names[i ? i + DUMP_LEVELS_MAX - w->levels : 0];
}
