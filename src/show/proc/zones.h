/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The zones of a machine, one after the other, for files that have a row for
 * each.
 *
 *	struct zone_info z;
 *
 *	for (unsigned i = 0; i < nr_zones(m); i++)
 *		if (zone_by_number(m, i, &z))
 *			...
 *
 * They come in ascending order of nodes, and of zones within a node.  A node has
 * only the zones that its range of addresses meets.  Each zone is copied under
 * its own lock, so a frame that moves from one zone to another meanwhile may be
 * seen twice or not at all.
 */
#ifndef SHOW_ZONES_H
#define SHOW_ZONES_H

#include <vmallocfs/page.h>

#include "show/columns.h"

static inline unsigned nr_zones(const struct machine *m)
{
	return m->nr_nodes * MAX_NR_ZONES;
}

/* False if the node has no such zone. */
static inline bool zone_by_number(struct machine *m, unsigned i, struct zone_info *ret)
{
	return zone_info(m, i / MAX_NR_ZONES, (enum zone_type)(i % MAX_NR_ZONES), ret);
}

#define ZONE_NAME_WIDTH 8 /* the column of a zone's name */

/* "Node 0, zone    DMA32", as most rows begin. */
#define ZONE_MAX (DEC_MAX + 24)

static inline char *put_zone(char *p, unsigned node, const char *name)
{
	p = put_dec(put_str(p, "Node "), node);
	return put_right(put_str(p, ", zone "), name, ZONE_NAME_WIDTH);
}

#endif
