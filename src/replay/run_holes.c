/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What lies between the ranges of a window.
 */
#include <inttypes.h>

#include "replay/run_holes.h"

struct window_walk {
	GArray *holes;
	vaddr_t from; /* everything below is busy, or listed */
	vaddr_t end;
};

static void add_hole_up_to(struct window_walk *w, vaddr_t to)
{
	struct run_hole hole = { .start = w->from };

	to = MIN(to, w->end);
	if (to <= w->from)
		return;
	hole.size = to - w->from;
	g_array_append_val(w->holes, hole);
}

static void pass_range(void *arg, vaddr_t addr, uint64_t size, bool pooled)
{
	struct window_walk *w = arg;

	(void)pooled;
	add_hole_up_to(w, addr);
	w->from = MAX(w->from, addr + size);
}

static void pass_area(void *arg, const struct vm_struct *area)
{
	pass_range(arg, area->addr, area->size, false);
}

GArray *run_holes(struct machine *m, vaddr_t start, vaddr_t last)
{
	struct window_walk w = {
		.holes = g_array_new(FALSE, FALSE, sizeof(struct run_hole)),
		.from = PAGE_ALIGN(start),
		.end = last & PAGE_MASK,
	};

	vmlist_for_each_range(m, pass_area, pass_range, &w);
	add_hole_up_to(&w, w.end);
	return w.holes;
}

void run_hole_append(GString *out, const struct run_hole *hole)
{
	g_string_append_printf(out, "\t0x%0*" PRIx64 " 0x%0*" PRIx64 " %" PRIu64 "\n",
			       kernel_address_digits(hole->start), hole->start,
			       kernel_address_digits(hole->start), hole->start + hole->size,
			       hole->size);
}
