/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * proc/pagetypeinfo: buddyinfo by migrate type, once for each node.
 *
 *	Page block order: 9
 *	Pages per block:  512
 *
 *	Free pages count per migrate type at order       0      1 ...
 *	Node    0, zone      DMA, type    Unmovable      0      0 ...
 *	...
 *
 *	Number of blocks type     Unmovable      Movable ...
 *	Node 0, zone      DMA            8            0 ...
 *
 * A type says whether a frame in use could be moved elsewhere.  Here none can:
 * everything is kernel memory, so all frames and all blocks are Unmovable and
 * the other rows are zeros.  Linux gives up counting a list at 100,000 blocks
 * and writes ">100000", because it walks it; here the number is known.
 */
#include "show/show.h"
#include "show/proc/zones.h"

#define BLOCK_ORDER 9 /* a huge page of 2 MiB */
#define BLOCK_PAGES (UINT64_C(1) << BLOCK_ORDER)

enum migrate_type { MIGRATE_UNMOVABLE, MIGRATE_TYPES = 5 };

static const char *const type_names[MIGRATE_TYPES] = {
	"Unmovable", "Movable", "Reclaimable", "HighAtomic", "Isolate",
};

#define TYPE_WIDTH 12
#define ROW_MAX (ZONE_MAX + 64 + MAX_ORDER * (DEC_MAX + 1))

static char *put_free_header(char *p)
{
	p = put_str(p, "Page block order: ");
	p = put_dec(p, BLOCK_ORDER);
	p = put_str(p, "\nPages per block:  ");
	p = put_dec(p, BLOCK_PAGES);
	p = put_str(p, "\n\n");
	p = put_left(p, "Free pages count per migrate type at order", 43);
	*p++ = ' ';
	for (unsigned order = 0; order < MAX_ORDER; order++) {
		p = put_dec_wide(p, order, 6);
		*p++ = ' ';
	}
	*p++ = '\n';
	return p;
}

static char *put_free(char *p, const struct zone_info *z, enum migrate_type type)
{
	p = put_dec_wide(put_str(p, "Node "), z->node, 4);
	p = put_right(put_str(p, ", zone "), z->name, ZONE_NAME_WIDTH);
	p = put_right(put_str(p, ", type "), type_names[type], TYPE_WIDTH);
	*p++ = ' ';
	for (unsigned order = 0; order < MAX_ORDER; order++) {
		p = put_dec_wide(p, type == MIGRATE_UNMOVABLE ? z->nr_free[order] : 0, 6);
		*p++ = ' ';
	}
	*p++ = '\n';
	return p;
}

static char *put_blocks_header(char *p)
{
	*p++ = '\n';
	p = put_left(p, "Number of blocks type ", 23);
	for (unsigned type = 0; type < MIGRATE_TYPES; type++) {
		p = put_right(p, type_names[type], TYPE_WIDTH);
		*p++ = ' ';
	}
	*p++ = '\n';
	return p;
}

/* A block at the end of a zone counts though the zone has only part of it. */
static char *put_blocks(char *p, const struct zone_info *z)
{
	uint64_t blocks = (z->end_pfn - z->start_pfn + BLOCK_PAGES - 1) >> BLOCK_ORDER;

	p = put_zone(p, z->node, z->name);
	*p++ = ' ';
	for (unsigned type = 0; type < MIGRATE_TYPES; type++) {
		p = put_dec_wide(p, type == MIGRATE_UNMOVABLE ? blocks : 0, TYPE_WIDTH);
		*p++ = ' ';
	}
	*p++ = '\n';
	return p;
}

static void add_node_pagetypes(GString *out, struct machine *m, unsigned node)
{
	struct zone_info zones[MAX_NR_ZONES];
	unsigned n = 0;

	for (unsigned type = 0; type < MAX_NR_ZONES; type++)
		n += zone_by_number(m, node * MAX_NR_ZONES + type, &zones[n]);

	text_end(out, put_free_header(text_room(out, ROW_MAX)));
	for (unsigned i = 0; i < n; i++)
		for (unsigned type = 0; type < MIGRATE_TYPES; type++)
			text_end(out, put_free(text_room(out, ROW_MAX), &zones[i], type));
	text_end(out, put_blocks_header(text_room(out, ROW_MAX)));
	for (unsigned i = 0; i < n; i++)
		text_end(out, put_blocks(text_room(out, ROW_MAX), &zones[i]));
}

GBytes *show_pagetypeinfo(struct machine *m)
{
	GString *out = g_string_new(NULL);

	for (unsigned node = 0; node < m->nr_nodes; node++)
		add_node_pagetypes(out, m, node);
	return g_string_free_to_bytes(out);
}
