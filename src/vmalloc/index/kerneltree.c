/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Searching, cutting and giving back as Linux does it.  See kerneltree.h.
 *
 * Giving back never fails, since there is a node for each hole that can be: r
 * busy ranges leave at most r + 1 holes.  A placement, which may fail, reserves
 * for one range more before anything changes.
 */
#include <errno.h>

#include "vmalloc/index/kernelnode.h"

#define SPARE 64u /* nodes in stock beyond what is needed that are kept */

/* --- nodes ------------------------------------------------------------------- */

static void put_hole(struct kerneltree *t, struct hole *h)
{
	if (t->last == h)
		t->last = NULL;
	h->up = t->stock;
	t->stock = h;
}

/* A node out of the stock, where there is one. */
static struct hole *take_hole(struct kerneltree *t, uint64_t start, uint64_t end)
{
	struct hole *h = t->stock;

	t->stock = h->up;
	h->start = start;
	h->end = end;
	return h;
}

int kerneltree_reserve(struct kerneltree *t, uint64_t ranges)
{
	while (t->nr_nodes < ranges + 1) {
		struct hole *h = kmalloc(t->m, sizeof(*h), GFP_KERNEL);

		if (!h)
			return -ENOMEM;
		put_hole(t, h);
		t->nr_nodes++;
	}
	return 0;
}

void kerneltree_trim(struct kerneltree *t, uint64_t ranges)
{
	while (t->stock && t->nr_nodes > ranges + 1 + SPARE) {
		struct hole *h = t->stock;

		t->stock = h->up;
		t->nr_nodes--;
		kfree(t->m, h);
	}
}

int kerneltree_create(struct machine *m, uint64_t top, struct kerneltree **ret)
{
	struct kerneltree *t = kmalloc(m, sizeof(*t), GFP_KERNEL | __GFP_ZERO);

	if (!t)
		return -ENOMEM;
	t->m = m;
	t->top = top;
	if (kerneltree_reserve(t, 0)) {
		kfree(m, t);
		return -ENOMEM;
	}
	hole_insert(t, take_hole(t, 1, top), NULL, &t->root);
	t->holes = 1;
	*ret = t;
	return 0;
}

void kerneltree_destroy(struct kerneltree *t)
{
	if (!t)
		return;
	while (t->root) {
		struct hole *h = t->root;

		while (h->left || h->right)
			h = h->left ? h->left : h->right;
		if (!h->up)
			t->root = NULL;
		else if (h->up->left == h)
			h->up->left = NULL;
		else
			h->up->right = NULL;
		put_hole(t, h);
	}
	while (t->stock) {
		struct hole *h = t->stock;

		t->stock = h->up;
		kfree(t->m, h);
	}
	kfree(t->m, t);
}

/* --- searching --------------------------------------------------------------- */

/* What is looked for. */
struct kernel_wish {
	uint64_t size;
	uint64_t mask;	 /* the alignment, less one */
	uint64_t length; /* a subtree that has no hole of that length is not entered */
};

/* True if the range fits into this very hole, at or above `from`. */
static inline bool fits(const struct hole *h, const struct kernel_wish *w, uint64_t from)
{
	uint64_t low = h->start > from ? h->start : from;
	uint64_t addr = (low + w->mask) & ~w->mask;

	return addr >= low && addr <= h->end && w->size <= h->end - addr;
}

/* The hole that the kernel takes, or NULL. */
static struct hole *walk(const struct kerneltree *t, const struct kernel_wish *w, uint64_t from,
			 uint64_t *steps)
{
	struct hole *h = t->root;

	while (h) {
		++*steps;
		if (hole_max(h->left) >= w->length && from < h->start) {
			h = h->left;
			continue;
		}
		if (fits(h, w, from))
			return h;
		if (hole_max(h->right) >= w->length) {
			h = h->right;
			continue;
		}
		while ((h = h->up)) {
			++*steps;
			if (fits(h, w, from))
				return h;
			if (hole_max(h->right) >= w->length && from <= h->start) {
				from = h->start + 1;
				h = h->right;
				break;
			}
		}
	}
	return NULL;
}

bool kerneltree_search(const struct kerneltree *t, uint64_t size, uint64_t align, uint64_t start,
		       uint64_t end, struct kernel_place *ret)
{
	struct kernel_wish w = { size, align ? align - 1 : 0, size };
	struct hole *h;
	uint64_t addr;

	ret->steps = 0;
	if (!size || start > end)
		return false;
	if (align > PAGE_SIZE && end - start != size &&
	    __builtin_add_overflow(size, w.mask, &w.length))
		return false;
	h = walk(t, &w, start, &ret->steps);
	if (!h)
		return false;
	addr = ((h->start > start ? h->start : start) + w.mask) & ~w.mask;
	if (addr > end || size > end - addr)
		return false;
	ret->hole = h;
	ret->addr = addr;
	return true;
}

/* --- cutting and giving back --------------------------------------------------- */

/* The hole that has addr, which one has. */
static struct hole *hole_at(const struct kerneltree *t, uint64_t addr)
{
	struct hole *h = t->last ? t->last : t->root;

	if (addr < h->start || addr >= h->end)
		h = t->root;
	while (addr < h->start || addr >= h->end)
		h = addr < h->start ? h->left : h->right;
	return h;
}

/* The lower part of a hole that was cut in two, searched from the upper one's node down. */
static void insert_below(struct kerneltree *t, struct hole *upper, uint64_t start, uint64_t end)
{
	struct hole *up = upper;
	struct hole **link = &upper->left;

	while (*link) {
		up = *link;
		link = &up->right; /* it is above all holes there */
	}
	hole_insert(t, take_hole(t, start, end), up, link);
	t->holes++;
}

void kerneltree_cut(struct kerneltree *t, struct hole *hole, uint64_t addr, uint64_t size)
{
	struct hole *h = hole ? hole : hole_at(t, addr);
	uint64_t low = h->start;

	t->last = h;
	if (low == addr && h->end == addr + size) {
		hole_remove(t, h);
		put_hole(t, h);
		t->holes--;
	} else if (low == addr) {
		h->start = addr + size;
		hole_changed(h);
	} else if (h->end == addr + size) {
		h->end = addr;
		hole_changed(h);
	} else {
		h->start = addr + size;
		hole_changed(h);
		insert_below(t, h, low, addr);
	}
}

/* The holes on both sides of `start`, which is in no hole, or NULL; and the place between them. */
struct between {
	struct hole *before, *after;
	struct hole *up;
	struct hole **link;
};

static struct between find_between(struct kerneltree *t, uint64_t start)
{
	struct between b = { .link = &t->root };

	while (*b.link) {
		b.up = *b.link;
		if (start < b.up->start) {
			b.after = b.up;
			b.link = &b.up->left;
		} else {
			b.before = b.up;
			b.link = &b.up->right;
		}
	}
	return b;
}

/*
 * The same, if the hole that changed last is beside [start, end).  What was cut
 * last is often given back first.
 */
static bool beside_last(const struct kerneltree *t, uint64_t start, uint64_t end,
			struct between *ret)
{
	struct hole *h = t->last;

	if (h && h->start == end)
		*ret = (struct between){ hole_before(h), h, NULL, NULL };
	else if (h && h->end == start)
		*ret = (struct between){ h, hole_after(h), NULL, NULL };
	else
		return false;
	return true;
}

void kerneltree_give_back(struct kerneltree *t, uint64_t start, uint64_t end)
{
	struct between b;
	bool meets_before, meets_after;

	if (!beside_last(t, start, end, &b))
		b = find_between(t, start);
	meets_before = b.before && b.before->end == start;
	meets_after = b.after && b.after->start == end;
	if (meets_before) {
		if (meets_after) {
			end = b.after->end;
			hole_remove(t, b.after);
			put_hole(t, b.after);
			t->holes--;
		}
		b.before->end = end;
		hole_changed(b.before);
		t->last = b.before;
	} else if (meets_after) {
		b.after->start = start;
		hole_changed(b.after);
		t->last = b.after;
	} else {
		t->last = take_hole(t, start, end);
		hole_insert(t, t->last, b.up, b.link);
		t->holes++;
	}
}

bool kerneltree_next(const struct kerneltree *t, uint64_t addr, uint64_t *start, uint64_t *end)
{
	const struct hole *found = NULL;

	for (const struct hole *h = t->root; h;) {
		if (h->start >= addr) {
			found = h;
			h = h->left;
		} else {
			h = h->right;
		}
	}
	if (!found)
		return false;
	*start = found->start;
	*end = found->end;
	return true;
}
