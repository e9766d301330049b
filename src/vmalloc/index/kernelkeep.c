/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's tree of holes as bytes, with its shape: where aligned areas go depends
 * on it, and it depends on all that was ever cut and given back.
 *
 * Nodes come from the root down, left before right, each as
 *
 *	1: it is red | 2: it has a left child | 4: it has a right child
 *	start, size	of the hole
 */
#include <errno.h>

#include "vmalloc/index/kernelnode.h"

#define DEPTH_MAX 128 /* twice the bits of a count of nodes */

static void save_hole(const struct hole *h, struct state_out *o)
{
	if (!h)
		return;
	state_put(o, (unsigned)h->red | (h->left ? 2 : 0) | (h->right ? 4 : 0));
	state_put(o, h->start);
	state_put(o, h->end - h->start);
	save_hole(h->left, o);
	save_hole(h->right, o);
}

void kerneltree_save(const struct kerneltree *t, struct state_out *o)
{
	state_put(o, t->holes);
	save_hole(t->root, o);
}

/* Takes the whole tree apart; its nodes go to the stock. */
static void take_apart(struct kerneltree *t)
{
	struct hole *h = t->root;

	while (h) {
		struct hole *up = h->up;

		if (h->left || h->right) {
			h = h->left ? h->left : h->right;
			continue;
		}
		if (up && up->left == h)
			up->left = NULL;
		else if (up)
			up->right = NULL;
		h->up = t->stock;
		t->stock = h;
		h = up;
	}
	t->root = NULL;
	t->last = NULL;
	t->holes = 0;
}

static struct hole *load_hole(struct kerneltree *t, struct state_in *in, struct hole *up,
			      unsigned depth)
{
	unsigned flags = (unsigned)state_get_max(in, 7, "a flag of a hole that is not known");
	struct hole *h = t->stock;

	if (in->wrong)
		return NULL;
	if (!h || depth > DEPTH_MAX) {
		state_wrong(in, "more holes than there are");
		return NULL;
	}
	t->stock = h->up;
	t->holes++;
	*h = (struct hole){ .up = up, .red = flags & 1 };
	h->start = state_get(in);
	h->end = h->start + state_get(in);
	h->left = flags & 2 ? load_hole(t, in, h, depth + 1) : NULL;
	h->right = flags & 4 ? load_hole(t, in, h, depth + 1) : NULL;
	h->max = hole_max_of(h);
	return h;
}

void kerneltree_load(struct kerneltree *t, struct state_in *in)
{
	uint64_t holes = t->holes;

	if (state_get(in) != holes)
		state_wrong(in, "another number of holes than there are");
	if (in->wrong)
		return;
	take_apart(t);
	if (holes)
		t->root = load_hole(t, in, NULL, 0);
	if (!in->wrong && t->holes != holes)
		state_wrong(in, "fewer holes than there are");
}
