/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sys/kernel/debug/extfrag/: how far the free frames of each zone are split up,
 * for a request of each order.
 *
 *	Node 0, zone    DMA32 -1.000 -1.000 -1.000 0.937 ...	extfrag_index
 *	Node 0, zone    DMA32 0.000 0.011 0.043 1.000 ...	unusable_index
 *
 * unusable_index is the part of the free frames that lies in blocks too small
 * for the request, from 0 to 1.
 *
 * extfrag_index says why a request fails; -1 means that it would not fail.  Near
 * 0 there is too little free memory, near 1 there is enough, but in pieces that
 * are too small.  Where f frames are free in b blocks, a request of r frames has
 *
 *	1 - (1 + f / r) / b
 *
 * Both are computed in thousandths and truncated, as Linux does it.
 */
#include "show/show.h"
#include "show/proc/zones.h"

#define ROW_MAX (ZONE_MAX + 1 + MAX_ORDER * (DEC_MAX + 6) + 1)

struct blocks {
	uint64_t pages;	 /* frames in free blocks of any order */
	uint64_t blocks; /* free blocks */
	uint64_t usable; /* frames in blocks of at least the order wanted */
};

static struct blocks count_blocks(const struct zone_info *z, unsigned wanted)
{
	struct blocks b = { 0 };

	for (unsigned order = 0; order < MAX_ORDER; order++) {
		b.blocks += z->nr_free[order];
		b.pages += z->nr_free[order] << order;
		if (order >= wanted)
			b.usable += z->nr_free[order] << order;
	}
	return b;
}

/* In thousandths. */
typedef int index_fn(const struct zone_info *z, unsigned order);

static int extfrag_index(const struct zone_info *z, unsigned order)
{
	struct blocks b = count_blocks(z, order);

	if (!b.blocks)
		return 0;
	if (b.usable)
		return -1000;
	return 1000 - (int)((1000 + (b.pages * 1000 >> order)) / b.blocks);
}

static int unusable_index(const struct zone_info *z, unsigned order)
{
	struct blocks b = count_blocks(z, order);

	if (!b.pages)
		return 1000;
	return (int)((b.pages - b.usable) * 1000 / b.pages);
}

static char *put_thousandths(char *p, int v)
{
	unsigned abs = (unsigned)(v < 0 ? -v : v);

	if (v < 0)
		*p++ = '-';
	p = put_dec(p, abs / 1000);
	*p++ = '.';
	for (unsigned unit = 100; unit; unit /= 10)
		*p++ = (char)('0' + abs / unit % 10);
	return p;
}

static char *put_zone_index(char *p, const struct zone_info *z, index_fn *index)
{
	p = put_zone(p, z->node, z->name);
	*p++ = ' ';
	for (unsigned order = 0; order < MAX_ORDER; order++) {
		p = put_thousandths(p, index(z, order));
		*p++ = ' ';
	}
	*p++ = '\n';
	return p;
}

static GBytes *show_index(struct machine *m, index_fn *index)
{
	GString *out = g_string_new(NULL);
	struct zone_info z;

	for (unsigned i = 0; i < nr_zones(m); i++)
		if (zone_by_number(m, i, &z))
			text_end(out, put_zone_index(text_room(out, ROW_MAX), &z, index));
	return g_string_free_to_bytes(out);
}

GBytes *show_extfrag_index(struct machine *m)
{
	return show_index(m, extfrag_index);
}

GBytes *show_unusable_index(struct machine *m)
{
	return show_index(m, unusable_index);
}
