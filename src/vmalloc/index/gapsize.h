/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An ordered set of gaps, by size and then by address: best fit and worst fit
 * look for their place in it.  gaptree.c, which has the gaps, adds each one that
 * comes and deletes each one that goes.
 *
 *	gapsize_create(m, holes, &x);
 *	gapsize_reserve(x, holes + 1);		// may fail, before anything changes
 *	gapsize_add(x, gap_key(size, addr));	// does not fail
 *	for (more = gapsize_seek(x, gap_key(size, 0), &c); more; more = gapsize_next(&c))
 *		... gapsize_at(&c) ...		// the smallest that is large enough, and up
 *
 * Locks: none, as gaptree.
 */
#ifndef VMALLOC_GAPSIZE_H
#define VMALLOC_GAPSIZE_H

#include <vmallocfs/page.h>

/* Size and address of a gap as one number.  No gap has the highest one. */
__extension__ typedef unsigned __int128 gap_key_t;

static inline gap_key_t gap_key(uint64_t size, uint64_t addr)
{
	return (gap_key_t)size << 64 | addr;
}

static inline uint64_t gap_key_size(gap_key_t key)
{
	return (uint64_t)(key >> 64);
}

static inline uint64_t gap_key_addr(gap_key_t key)
{
	return (uint64_t)key;
}

#define GAPSIZE_FANOUT 32u
#define GAPSIZE_NO_KEY (~(gap_key_t)0) /* of an unused entry; above all keys */

/* See gapsize.c.  Defined in the header so that searches inline. */
struct size_node {
	gap_key_t key[GAPSIZE_FANOUT];		 /* inner node: separators */
	struct size_node *child[GAPSIZE_FANOUT]; /* inner node */
	struct size_node *prev, *next;		 /* leaf: in order; in stock: next alone */
	unsigned n;
};

struct gapsize {
	struct machine *m;
	struct size_node *root;
	struct size_node *stock; /* nodes that are not in the tree */
	unsigned top;		 /* the root's level; leaves are level 0 */
	uint64_t nr_nodes;	 /* in the tree and in stock */
	uint64_t count;		 /* gaps */

	/* Leaves, or NULL, and entries in them.  Other gaps may be there by now: the keys tell. */
	struct size_node *hint, *left;
	unsigned hint_i; /* the gap put in or found last: it may be the next to go */
	unsigned left_i; /* where one was taken out by hint: it may come back */
};

/* A place in the order; good until the set changes. */
struct gapsize_cursor {
	const struct size_node *node;
	unsigned i;
};

/* An empty set with nodes for `holes` gaps. 0 or -ENOMEM. destroy: NULL is fine. */
int gapsize_create(struct machine *m, uint64_t holes, struct gapsize **ret);
void gapsize_destroy(struct gapsize *x);

/*
 * Makes sure that the set has nodes for `holes` gaps, whatever comes and goes
 * until there are more.  0 or -ENOMEM, and what it had it keeps.
 */
int gapsize_reserve(struct gapsize *x, uint64_t holes);

/* There will be no more than `holes` gaps without another reserve: gives nodes back. */
void gapsize_trim(struct gapsize *x, uint64_t holes);

/* Neither fails: add has the nodes that reserve got, del is told of a gap that is there. */
void gapsize_add(struct gapsize *x, gap_key_t key);
void gapsize_del(struct gapsize *x, gap_key_t key);

/* The first entry with a key >= key.  Without branches, as in the gap tree. */
static inline unsigned gapsize_rank(const struct size_node *p, gap_key_t key)
{
	unsigned from = (p->key[GAPSIZE_FANOUT / 2 - 1] < key) * (GAPSIZE_FANOUT / 2);
	const gap_key_t *k;
	unsigned n = 0;

	from += (p->key[from + GAPSIZE_FANOUT / 4 - 1] < key) * (GAPSIZE_FANOUT / 4);
	k = &p->key[from];
#pragma GCC unroll 8
	for (unsigned i = 0; i < GAPSIZE_FANOUT / 4; i++)
		n += k[i] < key;
	return from + n;
}

/* All lines that rank may look at, at once: in a large tree they are far away. */
static inline const struct size_node *gapsize_fetch(const struct size_node *p)
{
	for (unsigned i = 0; i < GAPSIZE_FANOUT; i += 4)
		__builtin_prefetch(&p->key[i]);
	return p;
}

static inline gap_key_t gapsize_at(const struct gapsize_cursor *c)
{
	return c->node->key[c->i];
}

/*
 * The first gap at or above key; the last of all; the one after and before c's.
 * False if there is no such gap; the cursor must not be used then.
 */
static inline bool gapsize_seek(const struct gapsize *x, gap_key_t key, struct gapsize_cursor *ret)
{
	const struct size_node *p = x->root;

	for (unsigned level = x->top; level; level--)
		p = gapsize_fetch(p->child[gapsize_rank(p, key)]);
	*ret = (struct gapsize_cursor){ p, gapsize_rank(p, key) };
	if (ret->i < p->n)
		return true;
	/* The separator is above key, and no key of the leaf is. */
	*ret = (struct gapsize_cursor){ p->next, 0 };
	return p->next;
}

static inline bool gapsize_last(const struct gapsize *x, struct gapsize_cursor *ret)
{
	const struct size_node *p = x->root;

	for (unsigned level = x->top; level; level--)
		p = p->child[p->n - 1];
	*ret = (struct gapsize_cursor){ p, p->n - 1 };
	return p->n;
}

static inline bool gapsize_next(struct gapsize_cursor *c)
{
	if (++c->i < c->node->n)
		return true;
	*c = (struct gapsize_cursor){ c->node->next, 0 };
	return c->node;
}

static inline bool gapsize_prev(struct gapsize_cursor *c)
{
	if (c->i--)
		return true;
	c->node = c->node->prev;
	if (c->node)
		c->i = c->node->n - 1;
	return c->node;
}

/* Nodes that one way down passes. */
static inline unsigned gapsize_height(const struct gapsize *x)
{
	return x->top + 1;
}

/* The gap at c will be the next to go: spares del the way down. */
static inline void gapsize_hint(struct gapsize *x, const struct gapsize_cursor *c)
{
	x->hint = (struct size_node *)c->node;
	x->hint_i = c->i;
}

/*
 * Checks order, fill, separators, links, the count (it must be `gaps`), and
 * that there are nodes for `holes` gaps.  Returns how many things were wrong.
 */
unsigned gapsize_check(const struct gapsize *x, uint64_t gaps, uint64_t holes,
		       page_report_fn *report, void *arg);

#endif
