/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Balancing the kernel's tree of holes.  See kernelnode.h.
 *
 *	1. A node is red or black; the root and the empty leaves are black.
 *	2. A red node has black children.
 *	3. All ways from a node down to a leaf pass the same number of black nodes.
 *
 * An insertion hangs a red node at the bottom and repairs rule 2 on the way up.
 * A removal that takes a black node out of a way repairs rule 3 on the way up.
 * Both sides of the textbook's figures are one here: `side` says on which side
 * of its parent a node hangs, and the mirrored case swaps the sides.
 */
#include "vmalloc/index/kernelnode.h"

static inline bool is_red(const struct hole *h)
{
	return h && h->red;
}

static inline struct hole **child(struct hole *h, bool right)
{
	return right ? &h->right : &h->left;
}

static inline bool is_right(const struct hole *h)
{
	return h->up->right == h;
}

/* The next one on that side. */
static struct hole *neighbour(const struct hole *h, bool right)
{
	struct hole *next = right ? h->right : h->left;

	if (!next) {
		while (h->up && is_right(h) == right)
			h = h->up;
		return h->up;
	}
	while (*child(next, !right))
		next = *child(next, !right);
	return next;
}

struct hole *hole_before(const struct hole *h)
{
	return neighbour(h, false);
}

struct hole *hole_after(const struct hole *h)
{
	return neighbour(h, true);
}

void hole_changed(struct hole *h)
{
	for (; h; h = h->up) {
		uint64_t max = hole_max_of(h);

		if (max == h->max)
			return;
		h->max = max;
	}
}

/* As hole_changed, where maxima below the root may be right by chance. */
static void recompute_to_root(struct hole *h)
{
	for (; h; h = h->up)
		h->max = hole_max_of(h);
}

/* `to` (may be NULL) takes the place of h below h's parent. */
static void put_in_place_of(struct kerneltree *t, struct hole *h, struct hole *to)
{
	if (!h->up)
		t->root = to;
	else
		*child(h->up, is_right(h)) = to;
	if (to)
		to->up = h->up;
}

/*
 * h goes down to its side `right`; its child on the other side takes its place.
 *
 *	      h		      c
 *	     / \	     / \
 *	    c   3    -->    1   h
 *	   / \		       / \
 *	  1   2		      2   3	right = true
 */
static void rotate(struct kerneltree *t, struct hole *h, bool right)
{
	struct hole *c = *child(h, !right);
	struct hole *middle = *child(c, right);

	*child(h, !right) = middle;
	if (middle)
		middle->up = h;
	put_in_place_of(t, h, c);
	*child(c, right) = h;
	h->up = c;
	c->max = h->max;
	h->max = hole_max_of(h);
}

void hole_insert(struct kerneltree *t, struct hole *h, struct hole *up, struct hole **link)
{
	h->up = up;
	h->left = h->right = NULL;
	h->max = h->end - h->start;
	h->red = true;
	*link = h;
	hole_changed(up);

	while (is_red(h->up)) { /* a red node is not the root: there is a grandparent */
		struct hole *grand = h->up->up;
		bool side = is_right(h->up);
		struct hole *uncle = *child(grand, !side);

		if (is_red(uncle)) {
			h->up->red = uncle->red = false;
			grand->red = true;
			h = grand;
			continue;
		}
		if (is_right(h) != side) {
			h = h->up;
			rotate(t, h, side);
		}
		h->up->red = false;
		grand->red = true;
		rotate(t, grand, !side);
	}
	t->root->red = false;
}

/* Ways through x (may be NULL), which hangs on this side of `up`, lack a black node. */
static void repair_black(struct kerneltree *t, struct hole *x, struct hole *up)
{
	while (up && !is_red(x)) {
		bool side = x ? is_right(x) : !up->right;
		struct hole *sibling;

		/* Both children may be empty only if no way lacks a node. */
		sibling = *child(up, !side);
		if (sibling->red) {
			sibling->red = false;
			up->red = true;
			rotate(t, up, side);
			sibling = *child(up, !side);
		}
		if (!is_red(sibling->left) && !is_red(sibling->right)) {
			sibling->red = true;
			x = up;
			up = x->up;
			continue;
		}
		if (!is_red(*child(sibling, !side))) {
			(*child(sibling, side))->red = false;
			sibling->red = true;
			rotate(t, sibling, !side);
			sibling = *child(up, !side);
		}
		sibling->red = up->red;
		up->red = false;
		(*child(sibling, !side))->red = false;
		rotate(t, up, side);
		return;
	}
	if (x)
		x->red = false;
}

/* h has two children: its successor takes its place.  See hole_remove for the results. */
static void replace_by_successor(struct kerneltree *t, struct hole *h, struct hole **x,
				 struct hole **up, bool *black)
{
	struct hole *next = h->right;

	while (next->left)
		next = next->left;
	*black = !next->red;
	*x = next->right;
	if (next->up == h) {
		*up = next;
	} else {
		*up = next->up;
		put_in_place_of(t, next, next->right);
		next->right = h->right;
		next->right->up = next;
	}
	put_in_place_of(t, h, next);
	next->left = h->left;
	next->left->up = next;
	next->red = h->red;
}

void hole_remove(struct kerneltree *t, struct hole *h)
{
	struct hole *x;	      /* what moved up to fill the place that is gone, or NULL */
	struct hole *up;      /* its parent */
	bool black = !h->red; /* a black node is gone from the ways through x */

	if (h->left && h->right) {
		replace_by_successor(t, h, &x, &up, &black);
	} else {
		x = h->left ? h->left : h->right;
		up = h->up;
		put_in_place_of(t, h, x);
	}
	recompute_to_root(up);
	if (black)
		repair_black(t, x, up);
}
