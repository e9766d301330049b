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
 *    leaves more behind, since ranges are mostly added at the end); one with
 *    fewer than 4 takes entries from a neighbour, or is merged with it if that
 *    gives no more than 12.  The distance between these limits keeps steady
 *    replacement from splitting and merging the same node.
 * 8. All nodes that a chain of splits takes are allocated before anything is
 *    changed, so running out of memory leaves the tree as it was.
 *
 * Why it is fast: 16 entries of 24 bytes, moved by one memmove; short scans
 * that predict well, measured against bit tricks and wider nodes; upward
 * updates that end where nothing changes; and a note of the last range put in,
 * because what was allocated last is often freed first.
 *
 * Other policies fit the same nodes: next fit is 5. from a remembered address,
 * top-down takes the last entry instead of the first, worst fit follows the
 * maximum; best fit needs an order by size beside this one.
 */
#include <errno.h>

#include "vmalloc/gapnode.h"

#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

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

/* A leaf's entry, and with it the gap before it. */
struct gap_pos {
	struct gap_node *node;
	unsigned i;
};

/*
 * The first entry with key >= addr, for addr <= GAPTREE_TOP: there is one.
 * The hint may name an entry that is another's by now, or nobody's; the key
 * tells.
 */
static inline struct gap_pos locate(const struct gaptree *t, uint64_t addr)
{
	struct gap_node *p = t->last_leaf;
	unsigned i = t->last_slot;

	if (p->e[i].key == addr)
		return (struct gap_pos){ p, i };
	p = t->root;
	for (i = gap_node_rank(p, addr); p->level; i = gap_node_rank(p, addr))
		p = p->e[i].ptr;
	return (struct gap_pos){ p, i };
}

/* The range that starts exactly at addr. */
static inline bool locate_range(const struct gaptree *t, uint64_t addr, struct gap_pos *ret)
{
	if (unlikely(addr >= GAPTREE_TOP))
		return false;
	*ret = locate(t, addr);
	return ret->node->e[ret->i].key == addr;
}

static inline struct gap_pos pos_next(struct gap_pos pos)
{
	if (likely(pos.i + 1u < pos.node->n))
		return (struct gap_pos){ pos.node, pos.i + 1 };
	return (struct gap_pos){ pos.node->next, 0 };
}

/* The first gap of at least size from pos on; pos may be the root's first entry. */
static inline bool next_fit(struct gap_pos *pos, uint64_t size)
{
	struct gap_node *p = pos->node;
	unsigned i = pos->i;

	while ((i = gap_node_fit(p, i, size)) == p->n) {
		if (!p->up)
			return false;
		i = p->slot + 1u;
		p = p->up;
	}
	while (p->level) { /* what is above says that there is one below */
		p = p->e[i].ptr;
		for (i = 0; p->e[i].gap < size; i++)
			;
	}
	*pos = (struct gap_pos){ p, i };
	return true;
}

static inline bool search(const struct gaptree *t, uint64_t size, uint64_t align, uint64_t start,
			  uint64_t end, struct gap_pos *pos, uint64_t *ret)
{
	uint64_t last, addr;

	if (start < PAGE_SIZE)
		start = PAGE_SIZE;
	if (end > GAPTREE_TOP)
		end = GAPTREE_TOP;
	if (size == 0 || size > end)
		return false;
	last = end - size;
	if (align == 0)
		align = 1;

	if (unlikely(start < t->base)) {
		uint64_t key = t->first->e[0].key;

		addr = align_up(start, align);
		if (addr < start || addr > last)
			return false;
		if (size <= key && addr <= key - size) {
			*pos = (struct gap_pos){ t->first, 0 };
			*ret = addr;
			return true;
		}
	}

	if (start > last)
		return false;
	*pos = (struct gap_pos){ t->root, 0 };
	if (start > t->base)
		*pos = locate(t, start + 1);
	for (; next_fit(pos, size); pos->i++) {
		const struct gap_entry *e = &pos->node->e[pos->i];
		uint64_t low = e->key - e->gap;

		if (low < start)
			low = start;
		addr = align_up(low, align);
		if (addr < low || addr > last)
			return false;
		if (likely(addr <= e->key - size)) {
			*ret = addr;
			return true;
		}
	}
	return false;
}

bool gaptree_search(const struct gaptree *t, uint64_t size, uint64_t align, uint64_t start,
		    uint64_t end, uint64_t *ret)
{
	struct gap_pos pos;

	return search(t, size, align, start, end, &pos, ret);
}

void *gaptree_find(const struct gaptree *t, uint64_t addr)
{
	struct gap_pos pos;

	return locate_range(t, addr, &pos) ? pos.node->e[pos.i].ptr : NULL;
}

/* --- changing --------------------------------------------------------------- */

/* Puts a range into the gap before pos, where it is known to fit. */
static inline int insert_at(struct gaptree *t, struct gap_pos pos, uint64_t addr, uint64_t size,
			    void *item)
{
	struct gap_node *p = pos.node;
	unsigned i = pos.i;
	uint64_t gap, before, after;

	if (unlikely(p->n == GAP_FANOUT)) {
		struct gap_node *chain;
		int err = gap_node_reserve(t, p, &chain);

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
	return 0;
}

int gaptree_place(struct gaptree *t, uint64_t size, uint64_t align, uint64_t start, uint64_t end,
		  void *item, uint64_t *ret)
{
	struct gap_pos pos;
	uint64_t addr;
	int err;

	if (!search(t, size, align, start, end, &pos, &addr))
		return -ENOSPC;
	err = insert_at(t, pos, addr, size, item);
	if (!err)
		*ret = addr;
	return err;
}

int gaptree_insert(struct gaptree *t, uint64_t addr, uint64_t size, void *item)
{
	const struct gap_entry *e;
	struct gap_pos pos;

	if (size == 0 || addr < PAGE_SIZE || addr > GAPTREE_TOP || size > GAPTREE_TOP - addr)
		return -EINVAL;
	pos = locate(t, addr);
	e = &pos.node->e[pos.i];
	if (size > e->key - addr || (addr < e->key - e->gap && addr >= t->base))
		return -EBUSY;
	return insert_at(t, pos, addr, size, item);
}

void *gaptree_remove(struct gaptree *t, uint64_t addr)
{
	struct gap_pos pos;
	struct gap_node *p;
	uint64_t gap, low;
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
		p->e[pos.i].gap = p->e[pos.i].key - low;
		gap_node_raise_max(p, p->e[pos.i].gap);
	} else {
		set_gap(p->next, 0, p->next->e[0].key - low);
		fix_last_key(p);
		gap_node_lower_max(p, gap);
	}
	if (unlikely(p->n < GAP_FILL_MIN))
		gap_node_refill(t, p);
	return item;
}

int gaptree_resize(struct gaptree *t, uint64_t addr, uint64_t size)
{
	struct gap_pos pos, next;
	uint64_t room;

	if (size == 0)
		return -EINVAL;
	if (!locate_range(t, addr, &pos))
		return -ENOENT;
	next = pos_next(pos);
	room = next.node->e[next.i].key - addr;
	if (size > room)
		return -EBUSY;
	set_gap(next.node, next.i, room - size);
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

/* --- in order --------------------------------------------------------------- */

void *gaptree_seek(const struct gaptree *t, uint64_t addr, struct gap_cursor *c)
{
	struct gap_pos pos = locate(t, addr < GAPTREE_TOP ? addr + 1 : GAPTREE_TOP);
	const struct gap_entry *e = &pos.node->e[pos.i];

	/* Below its gap: addr is in the range before it, if there is one. */
	if (addr < e->key - e->gap) {
		if (pos.i > 0)
			pos.i--;
		else if (pos.node->prev)
			pos = (struct gap_pos){ pos.node->prev, pos.node->prev->n - 1u };
	}
	*c = (struct gap_cursor){ pos.node, pos.i };
	return pos.node->e[pos.i].ptr;
}

void *gaptree_next(struct gap_cursor *c)
{
	if (++c->i == c->node->n) {
		if (!c->node->next) {
			c->i--;
			return NULL;
		}
		c->node = c->node->next;
		c->i = 0;
		if (c->node->next)
			__builtin_prefetch(c->node->next);
	}
	return c->node->e[c->i].ptr;
}

struct gap_extent gaptree_extent(const struct gap_cursor *c)
{
	struct gap_pos next = pos_next((struct gap_pos){ (struct gap_node *)c->node, c->i });
	const struct gap_entry *e = &next.node->e[next.i];

	return (struct gap_extent){
		.start = c->node->e[c->i].key,
		.end = e->key - e->gap,
		.gap = e->gap,
	};
}

/* --- life ------------------------------------------------------------------- */

int gaptree_init(struct gaptree *t, struct machine *m, uint64_t base)
{
	struct gap_node *leaf = gap_node_create(m);

	if (!leaf)
		return -ENOMEM;
	if (base < PAGE_SIZE)
		base = PAGE_SIZE;
	leaf->n = 1;
	leaf->e[0] = (struct gap_entry){ GAPTREE_TOP, GAPTREE_TOP - base, NULL };
	*t = (struct gaptree){
		.m = m,
		.root = leaf,
		.first = leaf,
		.last_leaf = leaf,
		.base = base,
	};
	return 0;
}

void gaptree_deinit(struct gaptree *t)
{
	struct gap_node *p = t->root;

	while (p) {
		struct gap_node *below = p->level ? p->e[0].ptr : NULL;

		gap_node_free_chain(t->m, p); /* a whole level */
		p = below;
	}
	t->root = NULL;
}
