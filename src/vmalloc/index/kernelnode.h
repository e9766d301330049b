/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The nodes of the kernel's tree of holes, and how they are balanced.
 *
 * Balancing is the textbook's (Cormen, Leiserson, Rivest, Stein: Introduction
 * to Algorithms, "Red-Black Trees"), without changes, for the shape of the tree
 * decides where aligned areas go.  In particular, a node with two children that
 * is taken out is replaced by its successor.
 */
#ifndef VMALLOC_KERNELNODE_H
#define VMALLOC_KERNELNODE_H

#include "vmalloc/index/kerneltree.h"

struct hole {
	struct hole *up; /* NULL: this is the root.  In stock: the next one */
	struct hole *left, *right;
	uint64_t start, end; /* [start, end) is free, and is not empty */
	uint64_t max;	     /* bytes of the largest hole of this subtree */
	bool red;
};

static inline uint64_t hole_max(const struct hole *h)
{
	return h ? h->max : 0;
}

/* What h->max should be, if its children's are right. */
static inline uint64_t hole_max_of(const struct hole *h)
{
	uint64_t max = h->end - h->start;

	if (hole_max(h->left) > max)
		max = h->left->max;
	if (hole_max(h->right) > max)
		max = h->right->max;
	return max;
}

/* The holes next to h, by address. NULL: it is the lowest, or the highest. */
struct hole *hole_before(const struct hole *h);
struct hole *hole_after(const struct hole *h);

/* The size of h or of one of its children's maxima has changed: corrects it and those above. */
void hole_changed(struct hole *h);

/* Hangs h, with its bounds set, under `up` at *link, which is empty, and balances. */
void hole_insert(struct kerneltree *t, struct hole *h, struct hole *up, struct hole **link);

/* Takes h out of the tree and balances; its memory is the caller's. */
void hole_remove(struct kerneltree *t, struct hole *h);

#endif
