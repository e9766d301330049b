/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * proc/buddyinfo: a row for each zone, with the number of free blocks of each
 * order.
 *
 *	Node 0, zone      DMA      0      0      0      1      1 ...
 *
 * Each column ends in a blank, the last one too.  Frames on a zone's stack are
 * free and in no block, as those on Linux's per-cpu lists are; zoneinfo has
 * their number.
 */
#include "show/show.h"
#include "show/proc/zones.h"

#define ROW_MAX (ZONE_MAX + 1 + MAX_ORDER * (DEC_MAX + 1) + 1)

static char *put_zone_orders(char *p, const struct zone_info *z)
{
	p = put_zone(p, z->node, z->name);
	*p++ = ' ';
	for (unsigned order = 0; order < MAX_ORDER; order++) {
		p = put_dec_wide(p, z->nr_free[order], 6);
		*p++ = ' ';
	}
	*p++ = '\n';
	return p;
}

GBytes *show_buddyinfo(struct machine *m)
{
	GString *out = g_string_new(NULL);
	struct zone_info z;

	for (unsigned i = 0; i < nr_zones(m); i++)
		if (zone_by_number(m, i, &z))
			text_end(out, put_zone_orders(text_room(out, ROW_MAX), &z));
	return g_string_free_to_bytes(out);
}
