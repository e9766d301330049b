/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Gaps by size: a B+ tree of keys (size, address), in which freeing never
 * fails.
 *
 *	root			| (4, 90) | highest |
 *				 /             \
 *	leaves	| (1, 50) (4, 10) (4, 90) |   | (6, 30) (8, 70) |
 *
 * How it works
 *
 * 1. A leaf has keys, an inner node children, each with a separator: no key in
 *    the child is above it, all keys in the next child are.  It need not be a
 *    key that is in the tree, so taking a key out changes no separator.  The last
 *    separator of an inner node is that of the node itself; on the right edge,
 *    the highest number.
 * 2. A node holds FILL_MIN to GAPSIZE_FANOUT entries, the root less.  A full one is
 *    split in halves; one with too few is merged with a neighbour below the
 *    same parent, or takes entries from it.
 * 3. The way down is noted in a path; splits and merges follow it upwards.
 * 4. Two hints spare ways down: the gap that was found or put in last is often
 *    the next to go, and one that is gone often comes back.
 *
 * Why freeing never fails
 *
 * Freeing a range takes out two gaps at most and adds one, and adding may split
 * nodes all the way up.  A bound on the nodes, kept in stock, covers it:
 *
 *	With h gaps there are at most h / FILL_MIN leaves apart from the root, and
 *	on each level above at most a FILL_MIN'th of the nodes below.  The sum is
 *	less than h / (FILL_MIN - 1), and the root makes one more.
 *
 * That holds after each single add and del, whatever their order, because point 2
 * holds then; and within an add too, as splits make nodes that are full enough.
 * So with NODES(h) nodes, in the tree or in stock, no order of events that never
 * leads to more than h gaps can lack a node.  There is at most one gap before
 * each range, and the one after the last range is kept elsewhere: r ranges have
 * up to r gaps.  A placement, which may fail, reserves for one range more before
 * anything is changed (gapsize_reserve); a removal makes r smaller.  Nodes that
 * the bound no longer asks for are given back a few at a time, with a margin.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "vmalloc/index/gapsize.h"

#define FILL_MIN 12u   /* of every node but the root */
#define MERGED_MAX 26u /* entries after a merge: it shall not split again at once */
#define LEVELS_MAX 28u /* more than 2^64 gaps can make */
#define MARGIN 16u     /* nodes in stock beyond the bound that are kept */

/* The most nodes that h gaps can take. */
#define NODES(h) ((h) / (FILL_MIN - 1) + 1)

/* How one came to a leaf: the node on each level, and the entry there. */
struct path {
	struct size_node *node[LEVELS_MAX];
	unsigned i[LEVELS_MAX];
};

/* --- nodes ------------------------------------------------------------------- */

static bool add_node(struct gapsize *x)
{
	struct size_node *p = kmalloc(x->m, sizeof(*p), GFP_KERNEL);

	if (!p)
		return false;
	p->next = x->stock;
	x->stock = p;
	x->nr_nodes++;
	return true;
}

static void drop_node(struct gapsize *x)
{
	struct size_node *p = x->stock;

	x->stock = p->next;
	x->nr_nodes--;
	kfree(x->m, p);
}

/* An empty node out of the stock, where there is one: see above. */
static struct size_node *take_size_node(struct gapsize *x)
{
	struct size_node *p = x->stock;

	x->stock = p->next;
	p->prev = p->next = NULL;
	p->n = 0;
	for (unsigned i = 0; i < GAPSIZE_FANOUT; i++)
		p->key[i] = GAPSIZE_NO_KEY;
	return p;
}

static void put_back(struct gapsize *x, struct size_node *p)
{
	if (x->hint == p)
		x->hint = NULL;
	if (x->left == p)
		x->left = NULL;
	p->next = x->stock;
	x->stock = p;
}

static inline void node_open(struct size_node *p, unsigned i, bool inner)
{
	memmove(&p->key[i + 1], &p->key[i], (p->n - i) * sizeof(p->key[0]));
	if (inner)
		memmove(&p->child[i + 1], &p->child[i], (p->n - i) * sizeof(p->child[0]));
	p->n++;
}

static inline void node_close(struct size_node *p, unsigned i, bool inner)
{
	p->n--;
	memmove(&p->key[i], &p->key[i + 1], (p->n - i) * sizeof(p->key[0]));
	if (inner)
		memmove(&p->child[i], &p->child[i + 1], (p->n - i) * sizeof(p->child[0]));
	p->key[p->n] = GAPSIZE_NO_KEY;
}

/* Copies c entries of `from`, i and on, to the end of `to`. */
static void append_entries(struct size_node *to, struct size_node *from, unsigned i, unsigned c,
			   bool inner)
{
	memcpy(&to->key[to->n], &from->key[i], c * sizeof(to->key[0]));
	if (inner)
		memcpy(&to->child[to->n], &from->child[i], c * sizeof(to->child[0]));
	to->n += c;
}

static void cut(struct size_node *p, unsigned n)
{
	for (unsigned i = n; i < p->n; i++)
		p->key[i] = GAPSIZE_NO_KEY;
	p->n = n;
}

/* --- changing ------------------------------------------------------------------ */

/* To where key is, or would go. */
static inline struct size_node *descend(const struct gapsize *x, gap_key_t key, struct path *path)
{
	struct size_node *p = x->root;

	for (unsigned level = x->top; level; level--) {
		unsigned i = gapsize_rank(p, key);

		path->node[level] = p;
		path->i[level] = i;
		p = p->child[i];
		gapsize_fetch(p);
	}
	path->node[0] = p;
	path->i[0] = gapsize_rank(p, key);
	return p;
}

/* Splits the path's full node of a level; the path leads to the half with its entry then. */
static void split(struct gapsize *x, struct path *path, unsigned level)
{
	const unsigned keep = GAPSIZE_FANOUT / 2;
	struct size_node *p = path->node[level];
	struct size_node *right, *up;
	unsigned at;

	if (level == x->top) {
		up = take_size_node(x);
		up->n = 1; /* GAPSIZE_NO_KEY is the right separator */
		up->child[0] = p;
		x->root = up;
		x->top++;
		path->node[x->top] = up;
		path->i[x->top] = 0;
	} else if (path->node[level + 1]->n == GAPSIZE_FANOUT) {
		split(x, path, level + 1);
	}
	up = path->node[level + 1];
	at = path->i[level + 1];

	right = take_size_node(x);
	append_entries(right, p, keep, GAPSIZE_FANOUT - keep, level);
	cut(p, keep);
	if (level == 0) {
		right->prev = p;
		right->next = p->next;
		if (right->next)
			right->next->prev = right;
		p->next = right;
	}
	node_open(up, at, true);
	up->key[at] = p->key[keep - 1];
	up->child[at] = p;
	up->child[at + 1] = right; /* with the separator that p had */

	if (path->i[level] >= keep) {
		path->node[level] = right;
		path->i[level] -= keep;
		path->i[level + 1]++;
	}
}

void gapsize_add(struct gapsize *x, gap_key_t key)
{
	struct size_node *p = x->left;
	unsigned i = x->left_i;
	struct path path;

	x->count++;
	/* By hint, if it belongs where one was taken out last. */
	if (p && p->n < GAPSIZE_FANOUT && i < p->n && key < p->key[i] && i && key > p->key[i - 1]) {
		node_open(p, i, false);
		p->key[i] = key;
		x->hint = p;
		x->hint_i = i;
		return;
	}
	p = descend(x, key, &path);
	if (p->n == GAPSIZE_FANOUT) {
		split(x, &path, 0);
		p = path.node[0];
	}
	node_open(p, path.i[0], false);
	p->key[path.i[0]] = key;
	x->hint = p;
	x->hint_i = path.i[0];
}

/* Evens out left and right, which hold too much for one: entries go to the emptier. */
static void share_entries(struct size_node *left, struct size_node *right, bool inner)
{
	unsigned half = (left->n + right->n) / 2;
	unsigned c;

	if (left->n > half) {
		c = left->n - half;
		memmove(&right->key[c], right->key, right->n * sizeof(right->key[0]));
		memcpy(right->key, &left->key[half], c * sizeof(right->key[0]));
		if (inner) {
			memmove(&right->child[c], right->child, right->n * sizeof(right->child[0]));
			memcpy(right->child, &left->child[half], c * sizeof(right->child[0]));
		}
		right->n += c;
		cut(left, half);
	} else {
		c = half - left->n;
		append_entries(left, right, 0, c, inner);
		memmove(right->key, &right->key[c], (right->n - c) * sizeof(right->key[0]));
		if (inner)
			memmove(right->child, &right->child[c],
				(right->n - c) * sizeof(right->child[0]));
		cut(right, right->n - c);
	}
}

/* The path's node of a level lost an entry: brings it back to its least fill. */
static void refill(struct gapsize *x, const struct path *path, unsigned level)
{
	struct size_node *p = path->node[level];
	struct size_node *up, *left, *right;
	unsigned at;

	if (level == x->top) {
		if (level && p->n == 1) {
			x->root = p->child[0];
			x->top--;
			put_back(x, p);
		}
		return;
	}
	if (p->n >= FILL_MIN)
		return;
	up = path->node[level + 1];
	at = path->i[level + 1];
	if (at)
		at--;
	left = up->child[at];
	right = up->child[at + 1];
	if (left->n + right->n > MERGED_MAX) {
		share_entries(left, right, level);
		up->key[at] = left->key[left->n - 1];
		return;
	}
	append_entries(left, right, 0, right->n, level);
	if (level == 0) {
		left->next = right->next;
		if (left->next)
			left->next->prev = left;
	}
	up->key[at] = up->key[at + 1];
	node_close(up, at + 1, true);
	put_back(x, right);
	refill(x, path, level + 1);
}

void gapsize_del(struct gapsize *x, gap_key_t key)
{
	struct size_node *p = x->hint;
	struct path path;

	/* By hint, unless the leaf needs entries from its neighbours then. */
	if (p && p->key[x->hint_i] == key && p->n > FILL_MIN) {
		node_close(p, x->hint_i, false);
		x->count--;
		x->left = p;
		x->left_i = x->hint_i;
		return;
	}
	p = descend(x, key, &path);
	if (path.i[0] == p->n || p->key[path.i[0]] != key)
		return;
	node_close(p, path.i[0], false);
	x->count--;
	if (p->n < FILL_MIN)
		refill(x, &path, 0);
}

/* --- life --------------------------------------------------------------------------- */

int gapsize_reserve(struct gapsize *x, uint64_t holes)
{
	while (x->nr_nodes < NODES(holes))
		if (!add_node(x))
			return -ENOMEM;
	return 0;
}

void gapsize_trim(struct gapsize *x, uint64_t holes)
{
	/* Two at a time: more than one removal makes needless. */
	for (unsigned i = 0; i < 2 && x->stock && x->nr_nodes > NODES(holes) + MARGIN; i++)
		drop_node(x);
}

int gapsize_create(struct machine *m, uint64_t holes, struct gapsize **ret)
{
	struct gapsize *x = kmalloc(m, sizeof(*x), GFP_KERNEL | __GFP_ZERO);
	int err;

	if (!x)
		return -ENOMEM;
	x->m = m;
	err = gapsize_reserve(x, holes);
	if (err) {
		gapsize_destroy(x);
		return err;
	}
	x->root = take_size_node(x);
	*ret = x;
	return 0;
}

static void put_back_all(struct gapsize *x, struct size_node *p, unsigned level)
{
	for (unsigned i = 0; level && i < p->n; i++)
		put_back_all(x, p->child[i], level - 1);
	put_back(x, p);
}

void gapsize_destroy(struct gapsize *x)
{
	if (!x)
		return;
	if (x->root)
		put_back_all(x, x->root, x->top);
	while (x->stock)
		drop_node(x);
	kfree(x->m, x);
}

/* --- check ---------------------------------------------------------------------------- */

struct size_check {
	const struct gapsize *x;
	page_report_fn *report;
	void *arg;
	unsigned errors;
	uint64_t nodes, gaps;
	const struct size_node *last_leaf;
	gap_key_t last;
};

static void size_wrong(struct size_check *c, unsigned level, const char *what)
{
	char line[128];

	snprintf(line, sizeof(line), "gapsize: level %u: %s", level, what);
	c->errors++;
	if (c->report)
		c->report(c->arg, line);
}

/* All keys below p must be above the last one seen, and at most `separator`. */
static void check_size_node(struct size_check *c, const struct size_node *p, unsigned level,
			    gap_key_t separator)
{
	unsigned min = level < c->x->top ? FILL_MIN : level ? 2 : 0;

	c->nodes++;
	if (p->n < min || p->n > GAPSIZE_FANOUT) {
		size_wrong(c, level, "too few entries, or too many");
		return;
	}
	for (unsigned i = p->n; i < GAPSIZE_FANOUT; i++)
		if (p->key[i] != GAPSIZE_NO_KEY)
			size_wrong(c, level, "an unused entry has a key");
	if (level && p->key[p->n - 1] != separator)
		size_wrong(c, level, "the last separator is not the node's own");
	for (unsigned i = 0; level && i < p->n; i++) {
		check_size_node(c, p->child[i], level - 1, p->key[i]);
		c->last = p->key[i];
	}
	if (level)
		return;
	if (p->prev != c->last_leaf || (p->prev && p->prev->next != p))
		size_wrong(c, level, "a link between leaves is wrong");
	c->last_leaf = p;
	for (unsigned i = 0; i < p->n; i++) {
		if (p->key[i] <= c->last || p->key[i] > separator || !gap_key_size(p->key[i]))
			size_wrong(c, level, "a key is out of order");
		c->last = p->key[i];
		c->gaps++;
	}
}

unsigned gapsize_check(const struct gapsize *x, uint64_t gaps, uint64_t holes,
		       page_report_fn *report, void *arg)
{
	struct size_check c = { .x = x, .report = report, .arg = arg };

	check_size_node(&c, x->root, x->top, GAPSIZE_NO_KEY);
	if (c.last_leaf && c.last_leaf->next)
		size_wrong(&c, 0, "the last leaf leads on");
	if (c.gaps != x->count || c.gaps != gaps)
		size_wrong(&c, 0, "the number of gaps is wrong");
	for (const struct size_node *p = x->stock; p; p = p->next)
		c.nodes++;
	if (c.nodes != x->nr_nodes || c.nodes < NODES(holes))
		size_wrong(&c, 0, "the number of nodes is wrong");
	return c.errors;
}
