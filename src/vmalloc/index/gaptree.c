/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The area index: a B+ tree over ranges and the gaps before them.
 *
 *	root			| key 70 gap 10 | key TOP gap 9 |
 *				   /                   \
 *	leaves	| 10 gap 0 | 30 gap 10 | 70 gap 5 |   | 80 gap 2 | TOP gap 9 |
 *
 *	space	[A       ]          [B             ]     [C     ]  [D    ]         |
 *		10       20         30             65    70     78 80    TOP-9   TOP
 *
 * How it works
 *
 * 1. A leaf entry is a range: where it starts (key), how much is free before
 *    it (gap), and its item.  Ends are not kept; the end of a range is where
 *    the next one's gap begins, next.key - next.gap.
 * 2. The last entry of all has key TOP and no item.  The gap before it is the
 *    rest of the space, so every gap, and with it every possible place, has an
 *    entry, and a new range always goes in before one.
 * 3. An entry of an inner node is a child: the last key in it, the largest gap
 *    in it.  Leaves and inner nodes thus look alike, and so do the two ways
 *    down: to an address, take the first entry with key >= addr; to a size, the
 *    first with gap >= size.  Entries ascend by address, so the latter is the
 *    lowest gap that is large enough: first fit without trying any other.
 * 4. A range put into a gap makes two smaller gaps; both have their entries in
 *    the same leaf, no separator changes, and the maxima above change only if
 *    that gap was the largest of its node.  A range taken out gives its space
 *    to the entry after it, which raises the maxima above or leaves them.
 * 5. A search that finds the gap too small after all, because of alignment or
 *    its window, goes on to the right: the rest of the leaf, then upwards to the
 *    first neighbour whose maximum is enough, and down again.
 * 6. `base` is where the first gap begins.  The space below it is free, yet in
 *    no entry, so that it does not attract searches that start at base.  When
 *    something is put there, base moves down to it.
 * 7. Nodes hold 4 to 16 entries: a full one is split in halves (the rightmost
 *    keeps more, since ranges are mostly added at the end); one with
 *    fewer than 4 takes entries from a neighbour, or is merged with it if that
 *    gives no more than 12.  The distance between these limits keeps steady
 *    replacement from splitting and merging the same node.
 * 8. All nodes that a chain of splits takes are allocated before anything is
 *    changed, so running out of memory leaves the tree as it was.
 *
 * Why it is fast: a node has 16 entries of 24 bytes, moved by one memmove.  Scans
 * are short and predict well (bit tricks and wider nodes were measured, and are
 * slower).  Upward updates end where nothing changes.  The last range put in is
 * noted, because what was allocated last is often freed first.
 *
 * Policies: what is said above is first fit.  Next fit is 5. from a remembered
 * address.  The others are in gapfit.c: top-down takes the last entry instead of
 * the first; best fit and worst fit choose by the order of gapsize.c, which is
 * told about each gap that comes or goes while one of them is on (gapsort.c).
 * Linux's policies search a tree of their own (kerneltree.c), which is told in the
 * same way.
 *
 * gapwalk.c goes through the ranges in order, gapspan.c has the sums.
 */
#include <errno.h>

#include "vmalloc/index/gapnode.h"
#include "vmalloc/index/kerneltree.h"

#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

/* First fit, the most common policy, is inlined. */
#define hot static inline __attribute__((always_inline))
#define cold static __attribute__((noinline))

static void set_gap(struct gap_node *p, unsigned i, uint64_t gap)
{
	uint64_t old = p->e[i].gap;

	p->e[i].gap = gap;
	if (gap > old)
		gap_node_raise_max(p, gap);
	else
		gap_node_lower_max(p, old);
}

/* The last entry of p is another one now. */
static void fix_last_key(struct gap_node *p)
{
	uint64_t key = p->e[p->n - 1].key;

	for (; p->up; p = p->up) {
		p->up->e[p->slot].key = key;
		if (p->slot != p->up->n - 1)
			return;
	}
}

/* --- finding ---------------------------------------------------------------- */

/* The range that starts exactly at addr. */
static inline bool locate_range(const struct gaptree *t, uint64_t addr, struct gap_pos *ret)
{
	if (unlikely(addr >= GAPTREE_TOP))
		return false;
	*ret = gap_locate(t, addr);
	return ret->node->e[ret->i].key == addr;
}

/* The first gap of at least size from pos on; pos may be the root's first entry. */
hot bool next_gap(struct gap_pos *pos, uint64_t size, uint64_t *steps)
{
	struct gap_node *p = pos->node;
	unsigned i = pos->i;

	while ((i = gap_node_fit(p, i, size)) == p->n) {
		if (!p->up)
			return false;
		i = p->slot + 1u;
		p = p->up;
		++*steps;
	}
	while (p->level) { /* what is above says that there is one below */
		p = p->e[i].ptr;
		++*steps;
		for (i = 0; p->e[i].gap < size; i++)
			;
	}
	*pos = (struct gap_pos){ p, i };
	return true;
}

/* The first gap from w->start on that takes the new range. */
hot bool first_fit(const struct gaptree *t, const struct gap_wish *w, struct gap_pos *pos,
		   uint64_t *ret, uint64_t *steps)
{
	uint64_t last = w->end - w->size;
	uint64_t start = w->start;
	uint64_t addr;

	if (unlikely(start < t->base)) {
		uint64_t key = t->first->e[0].key;

		addr = align_up(start, w->align);
		if (addr < start || addr > last)
			return false;
		if (w->size <= key && addr <= key - w->size) {
			*pos = (struct gap_pos){ t->first, 0 };
			*ret = addr;
			return true;
		}
	}

	*pos = (struct gap_pos){ t->root, 0 };
	++*steps;
	if (start > t->base) {
		*pos = gap_descend(t, start + 1);
		*steps += t->root->level;
	}
	for (; next_gap(pos, w->size, steps); pos->i++) {
		const struct gap_entry *e = &pos->node->e[pos->i];
		uint64_t low = e->key - e->gap;

		if (low < start)
			low = start;
		addr = align_up(low, w->align);
		if (addr < low || addr > last)
			return false;
		if (likely(addr <= e->key - w->size)) {
			*ret = addr;
			return true;
		}
	}
	return false;
}

cold bool first_fit_cold(const struct gaptree *t, const struct gap_wish *w, struct gap_pos *pos,
			 uint64_t *ret, uint64_t *steps)
{
	return first_fit(t, w, pos, ret, steps);
}

/* First fit above the range placed last, or else from the start. */
static bool next_fit(const struct gaptree *t, const struct gap_wish *w, struct gap_pos *pos,
		     uint64_t *ret, uint64_t *steps)
{
	struct gap_wish above = *w;

	if (t->placed_end > w->start) {
		above.start = t->placed_end;
		if (above.start <= w->end - w->size && first_fit_cold(t, &above, pos, ret, steps))
			return true;
	}
	return first_fit_cold(t, w, pos, ret, steps);
}

/* False if nothing can fit. */
hot bool make_wish(uint64_t size, uint64_t align, uint64_t start, uint64_t end,
		   struct gap_wish *ret)
{
	*ret = (struct gap_wish){
		.size = size,
		.align = align ? align : 1,
		.start = start < PAGE_SIZE ? PAGE_SIZE : start,
		.end = end > GAPTREE_TOP ? GAPTREE_TOP : end,
	};
	return size && size <= ret->end && ret->start <= ret->end - size;
}

static bool search(const struct gaptree *t, const struct gap_wish *w, struct gap_pos *pos,
		   uint64_t *ret, uint64_t *steps, struct gapsize_cursor *at)
{
	at->node = NULL;
	switch (t->policy) {
	case VM_NEXT_FIT:
		return next_fit(t, w, pos, ret, steps);
	case VM_BEST_FIT:
	case VM_WORST_FIT:
		return gap_fit_by_size(t, w, pos, ret, steps, at);
	case VM_TOP_DOWN:
		return gap_fit_top_down(t, w, pos, ret, steps);
	case VM_LINUX_6_1:
	case VM_LINUX_6_12:
		/*
		 * The kernel's walk leaves out what is too short for the length that
		 * it asks for, and nothing else.  If that is the size, it finds the
		 * lowest place, and first fit finds that sooner.
		 */
		if (w->align > PAGE_SIZE && w->end - w->start != w->size)
			return gap_fit_kernel(t, w, pos, ret, steps);
		break;
	case VM_FIRST_FIT:
		break;
	}
	return first_fit_cold(t, w, pos, ret, steps);
}

bool gaptree_search(const struct gaptree *t, uint64_t size, uint64_t align, uint64_t start,
		    uint64_t end, uint64_t *ret)
{
	struct gapsize_cursor at;
	uint64_t steps = 0;
	struct gap_wish w;
	struct gap_pos pos;

	return make_wish(size, align, start, end, &w) && search(t, &w, &pos, ret, &steps, &at);
}

void *gaptree_find(const struct gaptree *t, uint64_t addr)
{
	struct gap_pos pos;

	return locate_range(t, addr, &pos) ? pos.node->e[pos.i].ptr : NULL;
}

/* --- changing --------------------------------------------------------------- */

/* Puts a range into the gap before pos, where it is known to fit.  by_size is the tree's. */
hot int insert_at(struct gaptree *t, struct gap_pos pos, uint64_t addr, uint64_t size, void *item,
		  struct gapsize *by_size)
{
	struct gap_node *p = pos.node;
	unsigned i = pos.i;
	uint64_t old = p->e[i].gap;
	uint64_t low = p->e[i].key - old;
	uint64_t gap, before, after;
	int err;

	if (by_size) {
		err = gapsize_reserve(by_size, t->count + 1);
		if (err)
			return err;
	}
	if (unlikely(p->n == GAP_FANOUT)) {
		struct gap_node *chain;

		err = gap_node_reserve(t, p, &chain);
		if (err)
			return err;
		gap_node_split(t, p, i, &chain);
		if (i >= p->n) {
			i -= p->n;
			p = p->next;
		}
	}
	if (unlikely(addr < t->base)) {
		set_gap(p, i, p->e[i].key - addr);
		t->base = addr;
	}

	gap = p->e[i].gap;
	before = addr - (p->e[i].key - gap);
	after = gap - before - size;
	/* Maxima before entries move: the larger part stands for both. */
	p->e[i].gap = before > after ? before : after;
	gap_node_lower_max(p, gap);
	p->e[i].gap = after;
	gap_node_open(p, i);
	p->e[i] = (struct gap_entry){ addr, before, item };

	t->last_leaf = p;
	t->last_slot = i;
	t->count++;
	t->busy += size;
	t->gaps += (uint64_t)(before != 0) + (after != 0) - (old != 0);
	if (unlikely(t->small))
		t->small_bytes += gap_small(t, before) + gap_small(t, after) - gap_small(t, old);
	if (by_size)
		gap_sort_split(t, p->e[i + 1].key, old, low, before, after, addr + size);
	return 0;
}

cold int insert_at_cold(struct gaptree *t, struct gap_pos pos, uint64_t addr, uint64_t size,
			void *item)
{
	int err;

	if (!t->kernel)
		return insert_at(t, pos, addr, size, item, t->by_size);
	err = kerneltree_reserve(t->kernel, t->count + 1);
	if (!err)
		err = insert_at(t, pos, addr, size, item, NULL);
	if (!err)
		kerneltree_cut(t->kernel, NULL, addr, size);
	return err;
}

cold int place_by_policy(struct gaptree *t, const struct gap_wish *w, void *item, uint64_t *ret)
{
	struct gapsize_cursor at;
	uint64_t steps = 0;
	struct gap_pos pos;
	uint64_t addr;
	bool found = search(t, w, &pos, &addr, &steps, &at);
	int err;

	t->steps += steps;
	if (!found)
		return -ENOSPC;
	if (at.node)
		gapsize_hint(t->by_size, &at);
	err = insert_at_cold(t, pos, addr, w->size, item);
	if (err)
		return err;
	t->placed_end = addr + w->size;
	*ret = addr;
	return 0;
}

int gaptree_place(struct gaptree *t, uint64_t size, uint64_t align, uint64_t start, uint64_t end,
		  void *item, uint64_t *ret)
{
	uint64_t steps = 0;
	struct gap_wish w;
	struct gap_pos pos;
	uint64_t addr;
	bool found;
	int err;

	if (unlikely(!make_wish(size, align, start, end, &w)))
		return -ENOSPC;
	if (unlikely(t->policy != VM_FIRST_FIT)) {
		const struct gap_wish copy = w; /* w shall stay in registers */

		return place_by_policy(t, &copy, item, ret);
	}
	found = first_fit(t, &w, &pos, &addr, &steps);
	t->steps += steps;
	if (unlikely(!found))
		return -ENOSPC;
	err = insert_at(t, pos, addr, size, item, NULL);
	if (unlikely(err))
		return err;
	t->placed_end = addr + size;
	*ret = addr;
	return 0;
}

int gaptree_insert(struct gaptree *t, uint64_t addr, uint64_t size, void *item)
{
	const struct gap_entry *e;
	struct gap_pos pos;

	if (size == 0 || addr < PAGE_SIZE || addr > GAPTREE_TOP || size > GAPTREE_TOP - addr)
		return -EINVAL;
	pos = gap_locate(t, addr);
	e = &pos.node->e[pos.i];
	if (size > e->key - addr || (addr < e->key - e->gap && addr >= t->base))
		return -EBUSY;
	return insert_at_cold(t, pos, addr, size, item);
}

void *gaptree_remove(struct gaptree *t, uint64_t addr)
{
	struct gap_node *p, *next;
	uint64_t gap, low, after, end;
	struct gap_pos pos;
	void *item;

	if (unlikely(!locate_range(t, addr, &pos)))
		return NULL;
	p = pos.node;
	item = p->e[pos.i].ptr;
	__builtin_prefetch(item); /* the caller looks at it next */
	gap = p->e[pos.i].gap;
	low = addr - gap;
	gap_node_close(p, pos.i);
	t->count--;

	if (likely(pos.i < p->n)) {
		after = p->e[pos.i].gap;
		end = p->e[pos.i].key - after;
		p->e[pos.i].gap = p->e[pos.i].key - low;
		gap_node_raise_max(p, p->e[pos.i].gap);
	} else {
		next = p->next;
		after = next->e[0].gap;
		end = next->e[0].key - after;
		set_gap(next, 0, next->e[0].key - low);
		fix_last_key(p);
		gap_node_lower_max(p, gap);
	}
	t->busy -= end - addr;
	t->gaps += 1 - (uint64_t)(gap != 0) - (after != 0);
	if (unlikely(t->small))
		t->small_bytes +=
			gap_small(t, end + after - low) - gap_small(t, gap) - gap_small(t, after);
	if (unlikely(t->ordered_twice))
		gap_sort_merged(t, end + after, gap, low, after, end);
	if (unlikely(p->n < GAP_FILL_MIN))
		gap_node_refill(t, p);
	return item;
}

void *gaptree_take(struct gaptree *t, uint64_t addr)
{
	bool ordered_twice = t->ordered_twice;
	void *item;

	t->ordered_twice = t->by_size;
	item = gaptree_remove(t, addr);
	t->ordered_twice = ordered_twice;
	return item;
}

int gaptree_resize(struct gaptree *t, uint64_t addr, uint64_t size)
{
	struct gap_pos pos, next;
	uint64_t room, gap;

	if (size == 0)
		return -EINVAL;
	if (!locate_range(t, addr, &pos))
		return -ENOENT;
	next = gap_pos_next(pos);
	room = next.node->e[next.i].key - addr;
	if (size > room)
		return -EBUSY;
	gap = next.node->e[next.i].gap;
	set_gap(next.node, next.i, room - size);
	t->busy += size - (room - gap);
	t->gaps += (uint64_t)(size != room) - (gap != 0);
	t->small_bytes += gap_small(t, room - size) - gap_small(t, gap);
	if (unlikely(t->ordered_twice))
		gap_sort_resized(t, addr, room, room - gap, size);
	return 0;
}

bool gaptree_replace(struct gaptree *t, uint64_t addr, void *item)
{
	struct gap_pos pos;

	if (!locate_range(t, addr, &pos))
		return false;
	pos.node->e[pos.i].ptr = item;
	return true;
}

/* --- life ------------------------------------------------------------------- */

int gaptree_init(struct gaptree *t, struct machine *m, uint64_t base)
{
	struct gap_node *leaf;

	if (base < PAGE_SIZE)
		base = PAGE_SIZE;
	*t = (struct gaptree){ .m = m, .base = base, .gaps = base != GAPTREE_TOP };
	kmem_cache_init(&t->nodes, m, sizeof(*leaf));
	leaf = gap_node_create(t);
	if (!leaf) {
		kmem_cache_deinit(&t->nodes);
		return -ENOMEM;
	}
	leaf->n = 1;
	leaf->e[0] = (struct gap_entry){ GAPTREE_TOP, GAPTREE_TOP - base, NULL };
	t->root = t->first = t->last = t->last_leaf = leaf;
	return 0;
}

void gaptree_deinit(struct gaptree *t)
{
	struct gap_node *p = t->root;

	gapsize_destroy(t->by_size);
	kerneltree_destroy(t->kernel);
	t->by_size = NULL;
	t->kernel = NULL;
	while (p) {
		struct gap_node *below = p->level ? p->e[0].ptr : NULL;

		gap_node_free_chain(t, p); /* a whole level */
		p = below;
	}
	if (t->root)
		kmem_cache_deinit(&t->nodes);
	t->root = NULL;
}
