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

static void put_node(struct kerneltree *t, struct hole *h)
{
	if (t->found == h)
		t->found = NULL;
	h->up = t->stock;
	t->stock = h;
}

/* A node out of the stock, where there is one. */
static struct hole *take_node(struct kerneltree *t, uint64_t start, uint64_t end)
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
		put_node(t, h);
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
	hole_insert(t, take_node(t, 1, top), NULL, &t->root);
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
		put_node(t, h);
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
struct wish {
	uint64_t size;
	uint64_t mask;	 /* the alignment, less one */
	uint64_t length; /* a subtree that has no hole of that length is not entered */
};

/* True if the range fits into this very hole, at or above `from`. */
static inline bool fits(const struct hole *h, const struct wish *w, uint64_t from)
{
	uint64_t low = h->start > from ? h->start : from;
	uint64_t addr = (low + w->mask) & ~w->mask;

	return addr >= low && addr <= h->end && w->size <= h->end - addr;
}

/* The hole that the kernel takes, or NULL. */
static struct hole *walk(struct kerneltree *t, const struct wish *w, uint64_t from)
{
	struct hole *h = t->root;

	while (h) {
		t->steps++;
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
			t->steps++;
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

bool kerneltree_search(struct kerneltree *t, uint64_t size, uint64_t align, uint64_t start,
		       uint64_t end, uint64_t *ret)
{
	struct wish w = { size, align ? align - 1 : 0, size };
	struct hole *h;
	uint64_t addr;

	if (!size || start > end)
		return false;
	if (align > PAGE_SIZE && end - start != size &&
	    __builtin_add_overflow(size, w.mask, &w.length))
		return false;
	h = walk(t, &w, start);
	if (!h)
		return false;
	addr = ((h->start > start ? h->start : start) + w.mask) & ~w.mask;
	if (addr > end || size > end - addr)
		return false;
	t->found = h;
	*ret = addr;
	return true;
}

/* --- cutting and giving back --------------------------------------------------- */

/* The hole that has addr, which one has. */
static struct hole *hole_at(const struct kerneltree *t, uint64_t addr)
{
	struct hole *h = t->found;

	if (h && h->start <= addr && addr < h->end)
		return h;
	for (h = t->root; addr < h->start || addr >= h->end;)
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
	hole_insert(t, take_node(t, start, end), up, link);
	t->holes++;
}

void kerneltree_cut(struct kerneltree *t, uint64_t addr, uint64_t size)
{
	struct hole *h = hole_at(t, addr);
	uint64_t low = h->start;

	if (low == addr && h->end == addr + size) {
		hole_remove(t, h);
		put_node(t, h);
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

void kerneltree_give_back(struct kerneltree *t, uint64_t start, uint64_t end)
{
	struct hole *before = NULL, *after = NULL;
	struct hole *up = NULL;
	struct hole **link = &t->root;

	while (*link) {
		up = *link;
		if (start < up->start) {
			after = up;
			link = &up->left;
		} else {
			before = up;
			link = &up->right;
		}
	}
	if (after && after->start != end)
		after = NULL;
	if (before && before->end == start) {
		if (after) {
			end = after->end;
			hole_remove(t, after);
			put_node(t, after);
			t->holes--;
		}
		before->end = end;
		hole_changed(before);
	} else if (after) {
		after->start = start;
		hole_changed(after);
	} else {
		hole_insert(t, take_node(t, start, end), up, link);
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
