/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Checking the kernel's tree of holes against its own rules.  Memory is the
 * simulated machine's to damage, but these nodes are not in it: what is found
 * here is a defect of ours.
 */
#include <stdio.h>

#include "vmalloc/index/kernelnode.h"

struct hole_walk {
	page_report_fn *report;
	void *arg;
	unsigned wrong;
	uint64_t holes;
	uint64_t end; /* of the hole before */
};

static void kernel_wrong(struct hole_walk *w, const char *what, uint64_t addr)
{
	char text[128];

	w->wrong++;
	if (!w->report)
		return;
	snprintf(text, sizeof(text), "kernel's tree: %s at 0x%0*llx", what,
		 kernel_address_digits(addr), (unsigned long long)addr);
	w->report(w->arg, text);
}

static void check_hole_node(struct hole_walk *w, const struct hole *h)
{
	if (h->start >= h->end)
		kernel_wrong(w, "an empty hole", h->start);
	if (w->holes && h->start <= w->end)
		kernel_wrong(w, "holes that meet or are out of order", h->start);
	if (h->max != hole_max_of(h))
		kernel_wrong(w, "a wrong maximum", h->start);
	if (h->red && ((h->left && h->left->red) || (h->right && h->right->red)))
		kernel_wrong(w, "a red node below a red one", h->start);
	if ((h->left && h->left->up != h) || (h->right && h->right->up != h))
		kernel_wrong(w, "a wrong link", h->start);
	w->holes++;
	w->end = h->end;
}

/* How many black nodes each way down has. */
static unsigned check_below(struct hole_walk *w, const struct hole *h)
{
	unsigned left, right;

	if (!h)
		return 0;
	left = check_below(w, h->left);
	check_hole_node(w, h);
	right = check_below(w, h->right);
	if (left != right)
		kernel_wrong(w, "ways with different numbers of black nodes", h->start);
	return left + !h->red;
}

unsigned kerneltree_check(const struct kerneltree *t, uint64_t ranges, page_report_fn *report,
			  void *arg)
{
	struct hole_walk w = { .report = report, .arg = arg };
	uint64_t stock = 0;

	if (t->root && (t->root->red || t->root->up))
		kernel_wrong(&w, "a root that is red or has a parent", t->root->start);
	check_below(&w, t->root);
	for (const struct hole *h = t->stock; h; h = h->up)
		stock++;
	if (w.holes != t->holes || w.holes + stock != t->nr_nodes)
		kernel_wrong(&w, "a wrong count of nodes", w.holes);
	if (t->nr_nodes < ranges + 1)
		kernel_wrong(&w, "too few nodes for the ranges", t->nr_nodes);
	return w.wrong;
}
