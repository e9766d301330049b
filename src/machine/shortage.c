/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Says in one line of the log why there are no frames, as noroom.c does for a full
 * address space.
 *
 *	out of frames: 8192 were asked for, of zone Normal or a lower one, node 1
 *	first; free on that node: DMA32 12, Normal 0; on all nodes: 40 of 16383
 *
 * For a block of several frames in a row it also says how large the largest free one is.
 */
#include <stdio.h>
#include "machine/zone.h"

#define FREE_MAX 128 /* bytes for the free frames of a node's zones */

bool frames_short(struct machine *m, gfp_t gfp, uint64_t n)
{
	uint64_t free = 0;

	for (unsigned nid = 0; nid < m->nr_nodes; nid++)
		for (unsigned t = 0; t <= gfp_zone(m, gfp); t++)
			free += atomic_load_explicit(&m->node[nid].zone[t].free,
						     memory_order_relaxed);
	return free < n;
}

/* "DMA 0, DMA32 12": the zones of a node that gfp allows, and what is free in each. */
static void free_on_node(struct machine *m, gfp_t gfp, unsigned nid, char *text)
{
	size_t used = 0;

	text[0] = '\0';
	for (unsigned t = 0; t <= gfp_zone(m, gfp); t++) {
		struct zone_info z;

		if (!zone_info(m, nid, t, &z))
			continue;
		used += (size_t)snprintf(text + used, FREE_MAX - used, "%s%s %lu", used ? ", " : "",
					 z.name, (unsigned long)z.free);
	}
	if (!used)
		snprintf(text, FREE_MAX, "no such zone");
}

static unsigned first_node(const struct machine *m, int node)
{
	return node > 0 && (unsigned)node < m->nr_nodes ? (unsigned)node : 0;
}

void log_no_frames(struct machine *m, gfp_t gfp, int node, uint64_t asked)
{
	unsigned nid = first_node(m, node), zone = gfp_zone(m, gfp);
	char free[FREE_MAX];

	if (!printk_ratelimit(m))
		return;
	free_on_node(m, gfp, nid, free);
	printk(m, KERN_WARNING,
	       "out of frames: %lu %s asked for, of zone %s%s, node %u first; free on that node: "
	       "%s; on all nodes: %lu of %lu",
	       (unsigned long)asked, asked == 1 ? "was" : "were",
	       zone_name(m, (enum zone_type)zone), zone ? " or a lower one" : "", nid, free,
	       (unsigned long)nr_free_pages(m), (unsigned long)nr_managed_pages(m));
}

/* Frames of the largest free block in the zones that gfp allows; 0 if nothing is free there. */
static uint64_t largest_block(struct machine *m, gfp_t gfp)
{
	uint64_t largest = 0;

	for (unsigned nid = 0; nid < m->nr_nodes; nid++) {
		for (unsigned t = 0; t <= gfp_zone(m, gfp); t++) {
			struct zone_info z;

			if (!zone_info(m, nid, t, &z))
				continue;
			for (unsigned order = 0; order < MAX_ORDER; order++)
				if (z.nr_free[order] && largest < UINT64_C(1) << order)
					largest = UINT64_C(1) << order;
		}
	}
	return largest;
}

void log_no_block(struct machine *m, gfp_t gfp, int node, unsigned order)
{
	unsigned nid = first_node(m, node), zone = gfp_zone(m, gfp);
	char free[FREE_MAX];

	if (!printk_ratelimit(m))
		return;
	free_on_node(m, gfp, nid, free);
	printk(m, KERN_WARNING,
	       "out of frames: %lu in a row (order %u) were asked for, of zone %s%s, node %u "
	       "first; free on that node: %s; the largest free block has %lu",
	       1ul << order, order, zone_name(m, (enum zone_type)zone),
	       zone ? " or a lower one" : "", nid, free, (unsigned long)largest_block(m, gfp));
}
