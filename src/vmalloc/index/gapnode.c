/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Nodes of the gap tree that become too full or too empty.
 *
 *	split	| a b c d e f g h |  -->  | a b c d |  | e f g h |
 *	merge	| a b c |  | d e f |  -->  | a b c d e f |
 *	share	| a |  | b c d e f g |  -->  | a b c |  | d e f g |
 *
 * The entry above, and on a merge or split the one beside it, follow; and since
 * that adds or takes an entry there, the same may be due one level up.
 */
#include <errno.h>

#include "vmalloc/index/gapnode.h"

/* Tells the children of entries from i on where they are now. */
static void node_adopt(struct gap_node *p, unsigned i)
{
	if (p->level == 0)
		return;
	for (; i < p->n; i++) {
		struct gap_node *child = p->e[i].ptr;

		child->up = p;
		child->slot = (uint16_t)i;
	}
}

/* Cuts p down to n entries; the others are elsewhere. */
static void node_cut(struct gap_node *p, unsigned n)
{
	for (unsigned i = n; i < p->n; i++) {
		p->e[i].key = UINT64_MAX;
		p->e[i].gap = 0;
	}
	p->n = (uint16_t)n;
}

struct gap_node *gap_node_create(struct gaptree *t)
{
	struct gap_node *p = kmem_cache_alloc(&t->nodes);

	if (!p)
		return NULL;
	*p = (struct gap_node){ 0 };
	for (unsigned i = 0; i < GAP_FANOUT; i++)
		p->e[i].key = UINT64_MAX;
	return p;
}

void gap_node_free_chain(struct gaptree *t, struct gap_node *p)
{
	while (p) {
		struct gap_node *next = p->next;

		kmem_cache_free(&t->nodes, p);
		p = next;
	}
}

int gap_node_reserve(struct gaptree *t, const struct gap_node *p, struct gap_node **ret)
{
	struct gap_node *chain = NULL;

	for (;; p = p->up) {
		struct gap_node *node;

		if (p && p->n < GAP_FANOUT)
			break;
		node = gap_node_create(t);
		if (!node) {
			gap_node_free_chain(t, chain);
			return -ENOMEM;
		}
		node->next = chain;
		chain = node;
		if (!p) /* that was the new root */
			break;
	}
	*ret = chain;
	return 0;
}

static struct gap_node *take_gap_node(struct gap_node **chain, unsigned level)
{
	struct gap_node *p = *chain;

	*chain = p->next;
	p->next = NULL;
	p->level = (uint16_t)level;
	return p;
}

static void grow_root(struct gaptree *t, struct gap_node **chain)
{
	struct gap_node *old = t->root;
	struct gap_node *root = take_gap_node(chain, old->level + 1u);

	root->n = 1;
	root->e[0] = (struct gap_entry){ old->e[old->n - 1].key, gap_node_max(old), old };
	node_adopt(root, 0);
	t->root = root;
}

void gap_node_split(struct gaptree *t, struct gap_node *p, unsigned at, struct gap_node **chain)
{
	bool append = !p->next && at >= GAP_FANOUT - 1;
	unsigned keep = append ? GAP_FANOUT - GAP_FILL_MIN : GAP_FANOUT / 2;
	struct gap_node *right, *up;

	if (!p->up)
		grow_root(t, chain);
	else if (p->up->n == GAP_FANOUT)
		gap_node_split(t, p->up, p->slot, chain);
	up = p->up;

	right = take_gap_node(chain, p->level);
	memcpy(right->e, &p->e[keep], (GAP_FANOUT - keep) * sizeof(p->e[0]));
	right->n = (uint16_t)(GAP_FANOUT - keep);
	node_cut(p, keep);
	node_adopt(right, 0);

	right->prev = p;
	right->next = p->next;
	if (right->next)
		right->next->prev = right;
	else if (p == t->last)
		t->last = right;
	p->next = right;

	/* The old entry becomes right's, it has the right key already. */
	gap_node_open(up, p->slot);
	up->e[p->slot] = (struct gap_entry){ p->e[keep - 1].key, gap_node_max(p), p };
	up->e[p->slot + 1].gap = gap_node_max(right);
	up->e[p->slot + 1].ptr = right;
	node_adopt(up, p->slot);
}

/* left takes all of right, its next sibling. */
static void merge(struct gaptree *t, struct gap_node *left, struct gap_node *right)
{
	struct gap_node *up = left->up;
	struct gap_entry *l = &up->e[left->slot];
	struct gap_entry *r = &up->e[right->slot];
	unsigned n = left->n;

	memcpy(&left->e[n], right->e, right->n * sizeof(left->e[0]));
	left->n = (uint16_t)(n + right->n);
	node_adopt(left, n);
	left->next = right->next;
	if (left->next)
		left->next->prev = left;

	l->key = r->key;
	if (l->gap < r->gap)
		l->gap = r->gap;
	gap_node_close(up, right->slot);
	node_adopt(up, right->slot);

	if (t->last_leaf == right)
		t->last_leaf = left;
	if (t->last == right)
		t->last = left;
	kmem_cache_free(&t->nodes, right);
	gap_node_refill(t, up);
}

/* Evens out left and right, its next sibling. */
static void share_siblings(struct gap_node *left, struct gap_node *right)
{
	unsigned n = left->n;
	unsigned half = (n + right->n) / 2;
	unsigned c;

	if (n > half) {
		c = n - half;
		memmove(&right->e[c], right->e, right->n * sizeof(left->e[0]));
		memcpy(right->e, &left->e[half], c * sizeof(left->e[0]));
		right->n = (uint16_t)(right->n + c);
		node_cut(left, half);
	} else {
		c = half - n;
		memcpy(&left->e[n], right->e, c * sizeof(left->e[0]));
		left->n = (uint16_t)half;
		memmove(right->e, &right->e[c], (right->n - c) * sizeof(left->e[0]));
		node_cut(right, right->n - c);
		node_adopt(left, n);
	}
	node_adopt(right, 0);
	left->up->e[left->slot].key = left->e[half - 1].key;
	left->up->e[left->slot].gap = gap_node_max(left);
	left->up->e[right->slot].gap = gap_node_max(right);
}

void gap_node_refill(struct gaptree *t, struct gap_node *p)
{
	struct gap_node *left, *right;

	if (!p->up) {
		if (p->level && p->n == 1) {
			t->root = p->e[0].ptr;
			t->root->up = NULL;
			kmem_cache_free(&t->nodes, p);
		}
		return;
	}
	if (p->n >= GAP_FILL_MIN)
		return;
	left = p->slot ? p->prev : p;
	right = left->next;
	if (left->n + right->n <= GAP_FANOUT - GAP_FILL_MIN)
		merge(t, left, right);
	else
		share_siblings(left, right);
}
