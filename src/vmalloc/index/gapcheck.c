/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The gap tree's checker: a walk from the root down that believes nothing, and
 * along the way follows the links of each level.
 */
#include <stdarg.h>
#include <stdio.h>

#include "vmalloc/index/gapnode.h"
#include "vmalloc/index/kerneltree.h"

#define LEVELS_MAX 32u /* more than a tree of nodes at their least fill can have */

struct gap_check {
	const struct gaptree *t;
	page_report_fn *report;
	void *arg;
	unsigned errors;
	const struct gap_node *last[LEVELS_MAX]; /* of each level, walked so far */
	uint64_t entries;			 /* of leaves, walked so far */
	uint64_t low;				 /* the next gap begins no lower */
	uint64_t gaps, small, sorted, busy;	 /* walked so far */
	bool seen_last_leaf;
};

__attribute__((format(printf, 3, 4))) static void
gap_wrong(struct gap_check *c, const struct gap_node *p, const char *fmt, ...)
{
	const uint64_t key = p->n ? p->e[p->n - 1].key : 0;
	char text[128], line[192];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	snprintf(line, sizeof(line), "gaptree: level %u, keys to %0*llx: %s", p->level,
		 kernel_address_digits(key), (unsigned long long)key, text);
	c->errors++;
	if (c->report)
		c->report(c->arg, line);
}

static bool check_fill(struct gap_check *c, const struct gap_node *p)
{
	unsigned min = p->up ? GAP_FILL_MIN : p->level ? 2 : 1;

	if (p->n < min || p->n > GAP_FANOUT) {
		gap_wrong(c, p, "%u entries", p->n);
		return false;
	}
	for (unsigned i = p->n; i < GAP_FANOUT; i++)
		if (p->e[i].key != UINT64_MAX || p->e[i].gap)
			gap_wrong(c, p, "unused entry %u has a key or a gap", i);
	for (unsigned i = 1; i < p->n; i++)
		if (p->e[i - 1].key >= p->e[i].key)
			gap_wrong(c, p, "entries %u and %u are out of order", i - 1, i);
	return true;
}

static void check_links(struct gap_check *c, const struct gap_node *p)
{
	const struct gap_node *prev = c->last[p->level];

	if (p->prev != prev)
		gap_wrong(c, p, "prev is another node");
	if (prev && prev->next != p)
		gap_wrong(c, p, "the node before it does not lead here");
	c->last[p->level] = p;
}

/* A gap that is not empty, nor the last one, stands in the order by size, if there is one. */
static void check_gap(struct gap_check *c, const struct gap_node *p, uint64_t size, uint64_t low)
{
	struct gapsize_cursor at;

	c->gaps++;
	c->small += gap_small(c->t, size);
	if (low + size == GAPTREE_TOP)
		return;
	c->sorted++;
	if (c->t->by_size && (!gapsize_seek(c->t->by_size, gap_key(size, low), &at) ||
			      gapsize_at(&at) != gap_key(size, low)))
		gap_wrong(c, p, "the gap at %0*llx is not among those by size",
			  kernel_address_digits(low), (unsigned long long)low);
}

static void check_leaf(struct gap_check *c, const struct gap_node *p)
{
	if (c->entries == 0 && p != c->t->first)
		gap_wrong(c, p, "the tree's first leaf is another node");
	if (p == c->t->last_leaf)
		c->seen_last_leaf = true;

	for (unsigned i = 0; i < p->n; i++) {
		const struct gap_entry *e = &p->e[i];
		uint64_t low = e->key - e->gap;
		bool first = c->entries++ == 0;

		if (e->gap > e->key || (first ? low != c->t->base : low <= c->low))
			gap_wrong(c, p, "gap %llx before entry %u", (unsigned long long)e->gap, i);
		if (!e->ptr != (e->key == GAPTREE_TOP))
			gap_wrong(c, p, "entry %u has %s item", i, e->ptr ? "an" : "no");
		if (!first)
			c->busy += low - c->low;
		if (e->gap)
			check_gap(c, p, e->gap, low);
		c->low = e->key; /* a range is never empty: the next gap begins above */
	}
}

static void check_gap_node(struct gap_check *c, const struct gap_node *p)
{
	if (!check_fill(c, p))
		return;
	check_links(c, p);
	if (p->level == 0) {
		check_leaf(c, p);
		return;
	}
	for (unsigned i = 0; i < p->n; i++) {
		const struct gap_entry *e = &p->e[i];
		const struct gap_node *child = e->ptr;

		if (child->level + 1 != p->level) {
			gap_wrong(c, p, "child %u is of level %u", i, child->level);
			continue;
		}
		if (child->up != p || child->slot != i)
			gap_wrong(c, p, "child %u does not know its place", i);
		check_gap_node(c, child);
		if (child->n && child->n <= GAP_FANOUT && e->key != child->e[child->n - 1].key)
			gap_wrong(c, p, "the key of child %u is not its last", i);
		if (child->n <= GAP_FANOUT && e->gap != gap_node_max(child))
			gap_wrong(c, p, "the gap of child %u is not its largest", i);
	}
}

/* Linux's tree has the gap [start, end), and no other from *at on.  *at becomes its end. */
static void check_kernel_gap(struct gap_check *c, uint64_t start, uint64_t end, uint64_t *at)
{
	uint64_t low, high;

	if (start == end)
		return;
	if (!kerneltree_next(c->t->kernel, *at, &low, &high) || low != start || high != end)
		gap_wrong(c, c->t->root, "Linux's tree has another gap at %0*llx",
			  kernel_address_digits(start), (unsigned long long)start);
	*at = end;
}

/* The same gaps as here; its space begins at address 1 and ends at its own top. */
static void check_kernel(struct gap_check *c)
{
	const struct gaptree *t = c->t;
	struct gap_cursor cursor;
	uint64_t at = 0, end = 1;

	for (void *item = gaptree_seek(t, 0, &cursor); item; item = gaptree_next(&cursor)) {
		struct gap_extent e = gaptree_extent(&cursor);

		check_kernel_gap(c, end, e.start, &at);
		end = e.end;
	}
	check_kernel_gap(c, end, t->kernel->top, &at);
	c->errors += kerneltree_check(t->kernel, t->count, c->report, c->arg);
}

unsigned gaptree_check(const struct gaptree *t, page_report_fn *report, void *arg)
{
	struct gap_check c = { .t = t, .report = report, .arg = arg };
	const struct gap_node *root = t->root;

	if (root->up || root->level >= LEVELS_MAX) {
		gap_wrong(&c, root, "it cannot be the root");
		return c.errors;
	}
	check_gap_node(&c, root);
	for (unsigned i = 0; i <= root->level; i++)
		if (c.last[i] && c.last[i]->next)
			gap_wrong(&c, c.last[i], "the last node of its level leads on");
	if (c.low != GAPTREE_TOP)
		gap_wrong(&c, root, "the last key is %0*llx", kernel_address_digits(c.low),
			  (unsigned long long)c.low);
	if (c.entries != t->count + 1)
		gap_wrong(&c, root, "%llu ranges, counted %llu", (unsigned long long)c.entries - 1,
			  (unsigned long long)t->count);
	if (c.gaps != t->gaps || c.busy != t->busy)
		gap_wrong(&c, root, "%llu gaps and %llu busy bytes, counted %llu and %llu",
			  (unsigned long long)c.gaps, (unsigned long long)c.busy,
			  (unsigned long long)t->gaps, (unsigned long long)t->busy);
	if (c.small != t->small_bytes)
		gap_wrong(&c, root, "%llu bytes in small gaps, counted %llu",
			  (unsigned long long)c.small, (unsigned long long)t->small_bytes);
	if (!t->by_size != (t->policy != VM_BEST_FIT && t->policy != VM_WORST_FIT))
		gap_wrong(&c, root, "the policy and the order by size do not go together");
	if (!t->kernel != (t->policy != VM_LINUX_6_1 && t->policy != VM_LINUX_6_12))
		gap_wrong(&c, root, "the policy and Linux's tree do not go together");
	if (t->ordered_twice != (t->by_size || t->kernel))
		gap_wrong(&c, root, "the tree does not know how many orders it has");
	if (t->kernel)
		check_kernel(&c);
	if (t->by_size)
		c.errors += gapsize_check(t->by_size, c.sorted, t->count, report, arg);
	if (c.last[0] != t->last)
		gap_wrong(&c, root, "the tree's last leaf is another node");
	if (!c.seen_last_leaf)
		gap_wrong(&c, root, "the leaf noted last is not in the tree");
	return c.errors;
}
