/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How Linux places areas, written down a second time, as literally as the
 * words of the rules allow and with nothing of src/ in it.
 *
 * Holes are in a red-black tree with a nil node, as in the textbook; the
 * largest hole of each subtree is not kept but counted anew by each search.
 * Everything else is in plain arrays, searched from one end to the other.
 */
#ifndef LINUXMODEL_H
#define LINUXMODEL_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define LM_PAGE UINT64_C(4096)
#define LM_CPUS 16
#define LM_POOLS 257 /* by pages; 0 is not used */

enum lm_colour { LM_BLACK, LM_RED };

struct lm_node {
	uint64_t start, end;
	uint64_t max; /* of the subtree, during a search */
	enum lm_colour colour;
	struct lm_node *parent, *left, *right;
};

/* node: whose it is, or -1 */
struct lm_range {
	uint64_t start, end;
	int node;
};

struct lm_list {
	struct lm_range *r;
	int n, room;
};

struct linux_model {
	bool pools; /* linux-6.12 with several processors */
	bool merge; /* linux-6.1: what waits merges, and goes back in ascending order */
	int cpus;
	uint64_t space_start, space_end; /* the vmalloc space */
	struct lm_node *root, *nil;
	struct lm_node nil_node;
	struct lm_list busy, waiting;
	struct lm_list pool[LM_CPUS][LM_POOLS]; /* the front is entry 0 */
};

/* --- lists ------------------------------------------------------------------------ */

static inline void lm_append(struct lm_list *l, struct lm_range r)
{
	if (l->n == l->room) {
		l->room = l->room ? 2 * l->room : 8;
		l->r = realloc(l->r, (size_t)l->room * sizeof(r));
	}
	l->r[l->n++] = r;
}

static inline struct lm_range lm_delete(struct lm_list *l, int i)
{
	struct lm_range r = l->r[i];

	memmove(&l->r[i], &l->r[i + 1], (size_t)(l->n - i - 1) * sizeof(r));
	l->n--;
	return r;
}

static inline void lm_prepend(struct lm_list *l, struct lm_range r)
{
	lm_append(l, r);
	memmove(&l->r[1], &l->r[0], (size_t)(l->n - 1) * sizeof(r));
	l->r[0] = r;
}

static inline void lm_sort(struct lm_list *l)
{
	for (int i = 1; i < l->n; i++)
		for (int j = i; j && l->r[j - 1].start > l->r[j].start; j--) {
			struct lm_range r = l->r[j];

			l->r[j] = l->r[j - 1];
			l->r[j - 1] = r;
		}
}

static inline void lm_merge(struct lm_list *l)
{
	lm_sort(l);
	for (int i = 0; i + 1 < l->n;) {
		if (l->r[i].end == l->r[i + 1].start)
			l->r[i].end = lm_delete(l, i + 1).end;
		else
			i++;
	}
}

/* --- the textbook's tree ------------------------------------------------------------ */

static inline void lm_left_rotate(struct linux_model *t, struct lm_node *x)
{
	struct lm_node *y = x->right;

	x->right = y->left;
	if (y->left != t->nil)
		y->left->parent = x;
	y->parent = x->parent;
	if (x->parent == t->nil)
		t->root = y;
	else if (x == x->parent->left)
		x->parent->left = y;
	else
		x->parent->right = y;
	y->left = x;
	x->parent = y;
}

static inline void lm_right_rotate(struct linux_model *t, struct lm_node *x)
{
	struct lm_node *y = x->left;

	x->left = y->right;
	if (y->right != t->nil)
		y->right->parent = x;
	y->parent = x->parent;
	if (x->parent == t->nil)
		t->root = y;
	else if (x == x->parent->right)
		x->parent->right = y;
	else
		x->parent->left = y;
	y->right = x;
	x->parent = y;
}

static inline void lm_insert_fixup(struct linux_model *t, struct lm_node *z)
{
	while (z->parent->colour == LM_RED) {
		if (z->parent == z->parent->parent->left) {
			struct lm_node *y = z->parent->parent->right;

			if (y->colour == LM_RED) {
				z->parent->colour = LM_BLACK;
				y->colour = LM_BLACK;
				z->parent->parent->colour = LM_RED;
				z = z->parent->parent;
			} else {
				if (z == z->parent->right) {
					z = z->parent;
					lm_left_rotate(t, z);
				}
				z->parent->colour = LM_BLACK;
				z->parent->parent->colour = LM_RED;
				lm_right_rotate(t, z->parent->parent);
			}
		} else {
			struct lm_node *y = z->parent->parent->left;

			if (y->colour == LM_RED) {
				z->parent->colour = LM_BLACK;
				y->colour = LM_BLACK;
				z->parent->parent->colour = LM_RED;
				z = z->parent->parent;
			} else {
				if (z == z->parent->left) {
					z = z->parent;
					lm_right_rotate(t, z);
				}
				z->parent->colour = LM_BLACK;
				z->parent->parent->colour = LM_RED;
				lm_left_rotate(t, z->parent->parent);
			}
		}
	}
	t->root->colour = LM_BLACK;
}

/* A new node, its place searched from x downwards. */
static inline void lm_insert(struct linux_model *t, struct lm_node *x, uint64_t start, uint64_t end)
{
	struct lm_node *z = malloc(sizeof(*z));
	struct lm_node *y = t->nil;

	while (x != t->nil) {
		y = x;
		x = start < x->start ? x->left : x->right;
	}
	*z = (struct lm_node){ start, end, 0, LM_RED, y, t->nil, t->nil };
	if (y == t->nil)
		t->root = z;
	else if (start < y->start)
		y->left = z;
	else
		y->right = z;
	lm_insert_fixup(t, z);
}

static inline void lm_transplant(struct linux_model *t, struct lm_node *u, struct lm_node *v)
{
	if (u->parent == t->nil)
		t->root = v;
	else if (u == u->parent->left)
		u->parent->left = v;
	else
		u->parent->right = v;
	v->parent = u->parent;
}

static inline void lm_delete_fixup(struct linux_model *t, struct lm_node *x)
{
	while (x != t->root && x->colour == LM_BLACK) {
		struct lm_node *w;

		if (x == x->parent->left) {
			w = x->parent->right;
			if (w->colour == LM_RED) {
				w->colour = LM_BLACK;
				x->parent->colour = LM_RED;
				lm_left_rotate(t, x->parent);
				w = x->parent->right;
			}
			if (w->left->colour == LM_BLACK && w->right->colour == LM_BLACK) {
				w->colour = LM_RED;
				x = x->parent;
			} else {
				if (w->right->colour == LM_BLACK) {
					w->left->colour = LM_BLACK;
					w->colour = LM_RED;
					lm_right_rotate(t, w);
					w = x->parent->right;
				}
				w->colour = x->parent->colour;
				x->parent->colour = LM_BLACK;
				w->right->colour = LM_BLACK;
				lm_left_rotate(t, x->parent);
				x = t->root;
			}
		} else {
			w = x->parent->left;
			if (w->colour == LM_RED) {
				w->colour = LM_BLACK;
				x->parent->colour = LM_RED;
				lm_right_rotate(t, x->parent);
				w = x->parent->left;
			}
			if (w->right->colour == LM_BLACK && w->left->colour == LM_BLACK) {
				w->colour = LM_RED;
				x = x->parent;
			} else {
				if (w->left->colour == LM_BLACK) {
					w->right->colour = LM_BLACK;
					w->colour = LM_RED;
					lm_left_rotate(t, w);
					w = x->parent->left;
				}
				w->colour = x->parent->colour;
				x->parent->colour = LM_BLACK;
				w->left->colour = LM_BLACK;
				lm_right_rotate(t, x->parent);
				x = t->root;
			}
		}
	}
	x->colour = LM_BLACK;
}

static inline void lm_remove(struct linux_model *t, struct lm_node *z)
{
	struct lm_node *y = z, *x;
	enum lm_colour colour = y->colour;

	if (z->left == t->nil) {
		x = z->right;
		lm_transplant(t, z, z->right);
	} else if (z->right == t->nil) {
		x = z->left;
		lm_transplant(t, z, z->left);
	} else {
		for (y = z->right; y->left != t->nil; y = y->left)
			;
		colour = y->colour;
		x = y->right;
		if (y->parent == z) {
			x->parent = y;
		} else {
			lm_transplant(t, y, y->right);
			y->right = z->right;
			y->right->parent = y;
		}
		lm_transplant(t, z, y);
		y->left = z->left;
		y->left->parent = y;
		y->colour = z->colour;
	}
	if (colour == LM_BLACK)
		lm_delete_fixup(t, x);
	free(z);
}

/* --- holes --------------------------------------------------------------------------- */

/* The largest hole of each subtree, counted anew; the result is h's. */
static inline uint64_t lm_count_max(const struct linux_model *t, struct lm_node *h)
{
	uint64_t left, right;

	if (h == t->nil)
		return 0;
	h->max = h->end - h->start;
	left = lm_count_max(t, h->left);
	right = lm_count_max(t, h->right);
	if (left > h->max)
		h->max = left;
	if (right > h->max)
		h->max = right;
	return h->max;
}

/* The address in that hole, at or above s; false if the range does not fit there. */
static inline bool lm_fits(const struct lm_node *h, uint64_t size, uint64_t align, uint64_t s,
			   uint64_t *addr)
{
	uint64_t low = h->start > s ? h->start : s;
	uint64_t up = (align - low % align) % align;

	if (low + up < low || low + up + size < low + up || low + up + size > h->end)
		return false;
	*addr = low + up;
	return true;
}

static inline bool lm_search(const struct linux_model *t, uint64_t size, uint64_t align,
			     uint64_t start, uint64_t end, uint64_t *ret)
{
	uint64_t length = align <= LM_PAGE || end - start == size ? size : size + align - 1;
	const struct lm_node *h = t->root;
	uint64_t s = start;

	if (length < size) /* more than there is */
		return false;
	lm_count_max(t, t->root);
	while (h != t->nil) {
		if (h->left->max >= length && s < h->start) {
			h = h->left;
		} else if (lm_fits(h, size, align, s, ret)) {
			break;
		} else if (h->right->max >= length) {
			h = h->right;
		} else {
			for (h = h->parent; h != t->nil; h = h->parent) {
				if (lm_fits(h, size, align, s, ret))
					goto found;
				if (h->right->max >= length && s <= h->start) {
					s = h->start + 1;
					h = h->right;
					break;
				}
			}
		}
	}
found:
	return h != t->nil && lm_fits(h, size, align, start, ret) && *ret + size <= end;
}

static inline void lm_cut(struct linux_model *t, uint64_t start, uint64_t end)
{
	struct lm_node *h = t->root;
	uint64_t low;

	while (!(h->start <= start && end <= h->end))
		h = start < h->start ? h->left : h->right;
	if (h->start == start && h->end == end) {
		lm_remove(t, h);
	} else if (h->start == start) {
		h->start = end;
	} else if (h->end == end) {
		h->end = start;
	} else {
		low = h->start;
		h->start = end;
		lm_insert(t, h, low, start);
	}
}

static inline void lm_give_back(struct linux_model *t, uint64_t start, uint64_t end)
{
	struct lm_node *before = t->nil, *after = t->nil;

	for (struct lm_node *h = t->root; h != t->nil; h = start < h->start ? h->left : h->right) {
		if (h->end == start)
			before = h;
		if (h->start == end)
			after = h;
	}
	if (before != t->nil && after != t->nil) {
		end = after->end;
		lm_remove(t, after);
		before->end = end;
	} else if (after != t->nil) {
		after->start = start;
	} else if (before != t->nil) {
		before->end = end;
	} else {
		lm_insert(t, t->root, start, end);
	}
}

static inline void lm_init(struct linux_model *t, bool v6_12, int cpus, uint64_t space_start,
			   uint64_t space_end, uint64_t top)
{
	memset(t, 0, sizeof(*t));
	t->pools = v6_12 && cpus > 1;
	t->merge = !v6_12;
	t->cpus = cpus;
	t->space_start = space_start;
	t->space_end = space_end;
	t->nil = &t->nil_node;
	t->root = t->nil;
	lm_insert(t, t->root, 1, top);
}

static inline void lm_deinit(struct linux_model *t)
{
	while (t->root != t->nil)
		lm_remove(t, t->root);
	free(t->busy.r);
	free(t->waiting.r);
	for (int node = 0; node < LM_CPUS; node++)
		for (int pages = 0; pages < LM_POOLS; pages++)
			free(t->pool[node][pages].r);
}

/* --- areas --------------------------------------------------------------------------- */

static inline int lm_pages(struct lm_range r)
{
	uint64_t pages = (r.end - r.start) / LM_PAGE;

	return pages < LM_POOLS ? (int)pages : 0;
}

/* The list that a freed range waits in. */
static inline int lm_home(const struct linux_model *t, struct lm_range r)
{
	return r.node >= 0 ? r.node : (int)(r.start / (64 * 1024) % (uint64_t)t->cpus);
}

static inline void lm_purge(struct linux_model *t, bool empty_pools)
{
	if (t->merge) {
		lm_merge(&t->waiting);
		for (int i = 0; i < t->waiting.n; i++)
			lm_give_back(t, t->waiting.r[i].start, t->waiting.r[i].end);
		t->waiting.n = 0;
		return;
	}
	lm_sort(&t->waiting);
	if (!t->pools) {
		while (t->waiting.n) {
			struct lm_range r = lm_delete(&t->waiting, t->waiting.n - 1);

			lm_give_back(t, r.start, r.end);
		}
		return;
	}
	for (int node = 0; node < t->cpus; node++) {
		struct lm_list gone = { 0 };

		for (int pages = 1; pages < LM_POOLS; pages++) {
			struct lm_list *pool = &t->pool[node][pages];
			int n = empty_pools || pool->n < 4 ? pool->n : pool->n / 4;

			while (n--)
				lm_append(&gone, lm_delete(pool, 0));
		}
		lm_merge(&gone);
		for (int i = 0; i < gone.n; i++)
			lm_give_back(t, gone.r[i].start, gone.r[i].end);
		free(gone.r);
	}
	for (int node = 0; node < t->cpus; node++) {
		struct lm_list back = { 0 };

		for (int i = 0; i < t->waiting.n;) {
			struct lm_range r = t->waiting.r[i];

			if (lm_home(t, r) != node) {
				i++;
				continue;
			}
			lm_delete(&t->waiting, i);
			if (r.node >= 0 && lm_pages(r) && !empty_pools)
				lm_prepend(&t->pool[node][lm_pages(r)], r);
			else
				lm_append(&back, r);
		}
		for (int i = back.n - 1; i >= 0; i--)
			lm_give_back(t, back.r[i].start, back.r[i].end);
		free(back.r);
	}
}

static inline bool lm_alloc(struct linux_model *t, int cpu, uint64_t size, uint64_t align,
			    uint64_t start, uint64_t end, uint64_t *ret)
{
	bool whole = start == t->space_start && end == t->space_end;
	struct lm_range r = { 0, size, t->pools && whole ? cpu % t->cpus : -1 };

	if (r.node >= 0 && lm_pages(r)) {
		struct lm_list *pool = &t->pool[r.node][lm_pages(r)];

		if (pool->n) {
			struct lm_range first = lm_delete(pool, 0);

			if (first.start % align == 0) {
				lm_append(&t->busy, first);
				*ret = first.start;
				return true;
			}
			lm_append(pool, first);
		}
	}
	if (!lm_search(t, size, align, start, end, ret)) {
		lm_purge(t, true);
		if (!lm_search(t, size, align, start, end, ret))
			return false;
	}
	lm_cut(t, *ret, *ret + size);
	r.start = *ret;
	r.end = *ret + size;
	lm_append(&t->busy, r);
	return true;
}

/* The i'th busy range waits from now on. */
static inline void lm_free(struct linux_model *t, int i)
{
	lm_append(&t->waiting, lm_delete(&t->busy, i));
}

static inline uint64_t lm_waiting_pages(const struct linux_model *t)
{
	uint64_t n = 0;

	for (int i = 0; i < t->waiting.n; i++)
		n += (t->waiting.r[i].end - t->waiting.r[i].start) / LM_PAGE;
	return n;
}

static inline int lm_pooled(const struct linux_model *t)
{
	int n = 0;

	for (int i = 0; i < t->cpus; i++)
		for (int j = 1; j < LM_POOLS; j++)
			n += t->pool[i][j].n;
	return n;
}

#endif
