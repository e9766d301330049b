/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A frame of the dump gets one of ours when the first leaf leads to it.  Those under a large
 * leaf come first, since they need a block of frames in a row; small leaves into such a block
 * then find it.  The references of all are ours until the end, when those of no area go.
 *
 * A frame has one owner at most: where two areas of a torn dump own one frame, the second
 * gets a copy.
 */
#include "input/load_dump.h"

#include <errno.h>
#include <inttypes.h>

#include "input/dump/dump_tables.h"
#include "input/load_source.h"

#define SMALL_SHIFT 12
#define LARGE_SHIFT 21
#define LARGE_PAGES 512u
#define LARGE_ORDER 9

#define ENTRY_BITS                                                                                 \
	(_PAGE_PRESENT | _PAGE_RW | _PAGE_USER | _PAGE_PWT | _PAGE_PCD | _PAGE_ACCESSED |          \
	 _PAGE_DIRTY | _PAGE_PSE | _PAGE_GLOBAL | UINT64_C(0xe00) | _PAGE_NX)
#define LARGE_PAT UINT64_C(0x1000)
#define SMALL_PAT UINT64_C(0x80)

struct load_dump {
	struct machine *m;
	struct dump *d;
	const struct listing *l;
	struct load_source *source;
	gfp_t gfp;
	GHashTable *frame; /* the dump's frame -> ours, both plus one */
	GArray *taken;	   /* pfn_t: those that we hold */
	uint8_t *owned;	   /* by our pfn */
	GArray *leaves;	   /* struct vm_leaf of the area at hand */
	int err;

	/* The area at hand. */
	vaddr_t start, end; /* what of it may be mapped */
	bool owns, device;
	uint64_t shift_phys; /* its device memory lies so much higher here */
};

/* --- how much it takes ------------------------------------------------------------ */

bool load_dump_has_tables(const struct listing *l)
{
	return l->dump && l->dump->levels && l->dump->top_table;
}

/* What of an area may have leaves; false: none of it. */
static bool mapped_range(const struct listing *l, const struct listed *a, vaddr_t *start,
			 vaddr_t *end)
{
	uint64_t guard = a->guard ? UINT64_C(1) << l->page_shift : 0;

	if (a->overlaps || a->kind == LISTED_UNPURGED || a->size <= guard)
		return false;
	*start = a->start;
	*end = listed_end(a) - guard;
	return true;
}

static bool is_device(const struct listed *a)
{
	return a->flags & VM_IOREMAP;
}

static void count_leaf(void *arg, const struct dump_leaf *leaf)
{
	*(uint64_t *)arg += UINT64_C(1) << (leaf->shift - SMALL_SHIFT);
}

/* As many tables as the file can have, and those from the top one on for each area. */
static uint64_t tables_at_most(const struct listing *l)
{
	return dump_file_pages(l->dump->file) + (uint64_t)l->areas->len * DUMP_LEVELS_MAX;
}

int load_dump_measure(const struct listing *l, uint64_t *frames, uint64_t *tables, char **error)
{
	uint64_t budget = tables_at_most(l), missing = 0, before = dump_tables_read(l->dump);

	*frames = 0;
	for (guint i = 0; i < l->areas->len; i++) {
		const struct listed *a = listing_area(l, i);
		uint64_t pages = 0, used = dump_tables_read(l->dump);
		vaddr_t start, end;

		if (!mapped_range(l, a, &start, &end))
			continue;
		if (dump_leaves(l->dump, start, end - 1, budget, count_leaf, &pages, &missing)) {
			*error = g_strdup("its page tables lead in circles: they are damaged");
			return -EINVAL;
		}
		used = dump_tables_read(l->dump) - used;
		budget -= MIN(budget, used);
		*frames += MAX(is_device(a) ? 0 : pages, a->pages);
	}
	*tables = dump_tables_read(l->dump) - before;
	return 0;
}

unsigned load_dump_nodes(const struct listing *l)
{
	unsigned nodes = 1;

	for (guint i = 0; i < l->nodes->len; i++)
		nodes = MAX(nodes, g_array_index(l->nodes, struct listed_node, i).node + 1);
	return nodes;
}

/* --- frames ------------------------------------------------------------------------ */

static bool known_frame(const struct load_dump *load, uint64_t theirs, pfn_t *ret)
{
	gpointer value = g_hash_table_lookup(load->frame, GSIZE_TO_POINTER(theirs + 1));

	*ret = GPOINTER_TO_SIZE(value) - 1;
	return value != NULL;
}

static int node_of(const struct load_dump *load, uint64_t theirs)
{
	return (int)(dump_node_of(load->d, theirs) % load->m->nr_nodes);
}

/* From now on we hold a frame of ours, which is one of the dump's. */
static void hold_frame(struct load_dump *load, uint64_t theirs, pfn_t pfn)
{
	pfn_t before;

	g_array_append_val(load->taken, pfn);
	load_source_add(load->source, pfn, theirs);
	if (!known_frame(load, theirs, &before))
		g_hash_table_insert(load->frame, GSIZE_TO_POINTER(theirs + 1),
				    GSIZE_TO_POINTER(pfn + 1));
}

static bool new_frame(struct load_dump *load, uint64_t theirs, pfn_t *ret)
{
	struct page *page = alloc_pages(load->m, load->gfp, node_of(load, theirs), 0);

	if (!page)
		return false;
	*ret = page_to_pfn(load->m, page);
	hold_frame(load, theirs, *ret);
	return true;
}

static bool new_block(struct load_dump *load, uint64_t theirs, pfn_t *ret)
{
	struct page *page = alloc_pages(load->m, load->gfp, node_of(load, theirs), LARGE_ORDER);

	if (!page)
		return false;
	*ret = page_to_pfn(load->m, page);
	for (unsigned i = 0; i < LARGE_PAGES; i++)
		hold_frame(load, theirs + i, *ret + i);
	return true;
}

/* True if n frames in a row are ours in a row, so that one leaf can map them. */
static bool known_block(const struct load_dump *load, uint64_t theirs, pfn_t *ret)
{
	pfn_t pfn;

	if (!known_frame(load, theirs, ret) || *ret % LARGE_PAGES)
		return false;
	for (unsigned i = 1; i < LARGE_PAGES; i++)
		if (!known_frame(load, theirs + i, &pfn) || pfn != *ret + i)
			return false;
	return true;
}

static bool is_owned(const struct load_dump *load, pfn_t pfn, uint64_t n)
{
	while (n--)
		if (load->owned[pfn + n])
			return true;
	return false;
}

/* Our frames for n of the dump's from `theirs` on: 1 or LARGE_PAGES. */
static bool frames_for(struct load_dump *load, uint64_t theirs, uint64_t n, pfn_t *ret)
{
	bool large = n > 1;
	bool have = large ? known_block(load, theirs, ret) : known_frame(load, theirs, ret);

	if (have && load->owns && is_owned(load, *ret, n))
		have = false;
	if (!have && !(large ? new_block(load, theirs, ret) : new_frame(load, theirs, ret)))
		return false;
	if (load->owns)
		memset(load->owned + *ret, 1, n);
	return true;
}

/* --- leaves ------------------------------------------------------------------------ */

static pte_t leaf_flags(const struct dump_leaf *leaf, unsigned shift)
{
	pte_t flags = leaf->entry & ENTRY_BITS;

	if (!leaf->writable)
		flags &= ~_PAGE_RW;
	if (!leaf->executable)
		flags |= _PAGE_NX;
	if (leaf->shift == SMALL_SHIFT)
		return flags;
	if (shift > SMALL_SHIFT)
		return flags | (leaf->entry & LARGE_PAT);
	return (flags & ~_PAGE_PSE) | (leaf->entry & LARGE_PAT ? SMALL_PAT : 0);
}

/* Maps a piece of a leaf, or all of it, by one leaf of ours. */
static void add_piece(struct load_dump *load, const struct dump_leaf *leaf, vaddr_t addr,
		      unsigned shift)
{
	uint64_t phys = leaf->phys + (addr - leaf->addr);
	struct vm_leaf ours = {
		.addr = addr,
		.level = (enum pg_level)((shift - SMALL_SHIFT) / 9),
		.flags = leaf_flags(leaf, shift),
		.pfn = (phys + load->shift_phys) >> SMALL_SHIFT,
	};

	if (!load->device &&
	    !frames_for(load, phys >> SMALL_SHIFT, UINT64_C(1) << (shift - SMALL_SHIFT), &ours.pfn))
		load->err = -ENOMEM;
	else
		g_array_append_val(load->leaves, ours);
}

/*
 * A leaf that reaches beyond its area is taken over in smaller ones, and so is one of 1 GiB of
 * RAM: no block of frames is that large.
 */
static void add_leaf_of(void *arg, const struct dump_leaf *leaf)
{
	struct load_dump *load = arg;
	vaddr_t end = leaf->addr + (UINT64_C(1) << leaf->shift);
	vaddr_t at = MAX(leaf->addr, load->start);
	vaddr_t stop = MIN(end - 1, load->end - 1) + 1;

	while (at < stop && !load->err) {
		unsigned shift = load->device ? leaf->shift : MIN(leaf->shift, LARGE_SHIFT);

		while (at & ((UINT64_C(1) << shift) - 1) || stop - at < UINT64_C(1) << shift)
			shift -= 9;
		add_piece(load, leaf, at, shift);
		at += UINT64_C(1) << shift;
	}
}

/* Blocks for the large leaves, before small ones take single frames of them. */
static void reserve_block(void *arg, const struct dump_leaf *leaf)
{
	struct load_dump *load = arg;
	pfn_t pfn;

	if (leaf->shift == LARGE_SHIFT && leaf->addr >= load->start &&
	    load->end - leaf->addr >= UINT64_C(1) << LARGE_SHIFT && leaf->addr < load->end &&
	    !known_block(load, leaf->phys >> SMALL_SHIFT, &pfn) &&
	    !new_block(load, leaf->phys >> SMALL_SHIFT, &pfn))
		load->err = -ENOMEM;
}

/* What is device memory there may be RAM here: then it is some other device memory. */
static void find_device(struct load_dump *load, const struct listed *a)
{
	const uint64_t align = UINT64_C(1) << 30;
	uint64_t size = load->end - load->start, base = a->phys & PAGE_MASK;
	paddr_t phys;

	load->shift_phys = 0;
	if (!a->has_phys || base >= load->m->ram_size)
		return;
	/* With room to keep the offset in a large leaf. */
	if (size > PHYS_END / 4 || io_reserve(load->m, size + 2 * align, &phys))
		load->device = false;
	else
		load->shift_phys = (((phys + align - 1) & ~(align - 1)) + base % align) - base;
}

int load_dump_area(struct load_dump *load, const struct listed *a, struct vm_restore *r)
{
	uint64_t missing = 0, pages = r->nr_pages << PAGE_SHIFT;

	g_array_set_size(load->leaves, 0);
	if (!mapped_range(load->l, a, &load->start, &load->end))
		return 0;
	load->owns = r->nr_pages != 0;
	load->device = is_device(a);
	if (load->owns)
		load->end = MIN(load->end, load->start + pages);
	if (load->device)
		find_device(load, a);
	if (is_device(a) && !load->device)
		return 0;
	dump_leaves(load->d, load->start, load->end - 1, tables_at_most(load->l), add_leaf_of, load,
		    &missing);
	r->leaves = (const struct vm_leaf *)(const void *)load->leaves->data;
	r->nr_leaves = load->leaves->len;
	if (!r->nr_leaves)
		r->leaves = NULL;
	return load->err;
}

/* --- beginning and end -------------------------------------------------------------- */

struct load_dump *load_dump_begin(struct machine *m, const struct listing *l)
{
	struct load_dump *load = g_new0(struct load_dump, 1);

	load->m = m;
	load->gfp = GFP_KERNEL | (machine_is_32bit(m) ? __GFP_HIGHMEM : 0);
	load->d = l->dump;
	load->l = l;
	load->source = load_source_new(m, l->dump->file, l->strict);
	load->frame = g_hash_table_new(NULL, NULL);
	load->taken = g_array_new(FALSE, FALSE, sizeof(pfn_t));
	load->leaves = g_array_new(FALSE, FALSE, sizeof(struct vm_leaf));
	load->owned = g_try_new0(uint8_t, m->nr_frames);
	for (guint i = 0; load->owned && load->source && i < l->areas->len && !load->err; i++) {
		const struct listed *a = listing_area(l, i);
		uint64_t missing = 0;

		if (!is_device(a) && mapped_range(l, a, &load->start, &load->end))
			dump_leaves(l->dump, load->start, load->end - 1, tables_at_most(l),
				    reserve_block, load, &missing);
	}
	if (load->owned && load->source && !load->err)
		return load;
	load_dump_end(load, false);
	return NULL;
}

void load_dump_end(struct load_dump *load, bool done)
{
	put_pages_bulk(load->m, (const pfn_t *)(const void *)load->taken->data, load->taken->len);
	if (done && load->d->list_zone) {
		load->m->list_nodes = load->d->list_nodes;
		load->m->list_zone = load->d->list_zone;
	}
	if (load->source && done)
		load_source_attach(load->source);
	else if (load->source)
		load_source_free(load->source);
	g_hash_table_unref(load->frame);
	g_array_unref(load->taken);
	g_array_unref(load->leaves);
	g_free(load->owned);
	g_free(load);
}
