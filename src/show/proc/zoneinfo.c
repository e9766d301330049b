/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * proc/zoneinfo: each zone of each node in turn, in the format of Linux 6.1.
 *
 *	Node 0, zone      DMA
 *	  per-node stats		in the first zone that the node has
 *	      nr_inactive_anon 0
 *	      ...
 *	  pages free     3808
 *	        boost    0
 *	        ...
 *	        protection: (0, 0, 0, 0, 0)
 *	      nr_free_pages 3808	what follows: of zones that are there
 *	      ...
 *	  pagesets
 *	    cpu: 0
 *	              count: 0
 *	  ...
 *	  start_pfn:           0
 *
 * Linux lists all of its zones for each node, also those that the node does not have.
 * Movable and Device never exist here.  A kernel of 32 bits (x86-pae) has no Device, and
 * lacks the figures of NUMA and of what is promoted.
 *
 * `pages free` counts what lies in the buddy lists, as buddyinfo does.  The
 * stack in front of them is the one pageset: its frames are free as well, and
 * counted in `count`.  No reserve is kept and there are no watermarks: the
 * allocator hands out every frame, so boost, min, low, high and protection are 0.
 * The numa_ counters are 0 as with vm.numa_stat=0, which switches them off.
 */
#include <string.h>

#include "machine/zone.h"
#include "show/show.h"
#include "show/sys/node_tables.h"
#include "show/proc/zones.h"

#define ZONES_LISTED 5

static unsigned zones_listed(const struct machine *m)
{
	return machine_is_32bit(m) ? ZONES_LISTED - 1 : ZONES_LISTED;
}

static const char *listed_zone_name(const struct machine *m, unsigned type)
{
	if (type < MAX_NR_ZONES)
		return zone_name(m, (enum zone_type)type);
	return type == MAX_NR_ZONES ? "Movable" : "Device";
}

#define PAGE_TABLES "nr_page_table_pages"

static const char *const node_stats[] = {
	"nr_inactive_anon",
	"nr_active_anon",
	"nr_inactive_file",
	"nr_active_file",
	"nr_unevictable",
	"nr_slab_reclaimable",
	"nr_slab_unreclaimable",
	"nr_isolated_anon",
	"nr_isolated_file",
	"workingset_nodes",
	"workingset_refault_anon",
	"workingset_refault_file",
	"workingset_activate_anon",
	"workingset_activate_file",
	"workingset_restore_anon",
	"workingset_restore_file",
	"workingset_nodereclaim",
	"nr_anon_pages",
	"nr_mapped",
	"nr_file_pages",
	"nr_dirty",
	"nr_writeback",
	"nr_writeback_temp",
	"nr_shmem",
	"nr_shmem_hugepages",
	"nr_shmem_pmdmapped",
	"nr_file_hugepages",
	"nr_file_pmdmapped",
	"nr_anon_transparent_hugepages",
	"nr_vmscan_write",
	"nr_vmscan_immediate_reclaim",
	"nr_dirtied",
	"nr_written",
	"nr_throttled_written",
	"nr_kernel_misc_reclaimable",
	"nr_foll_pin_acquired",
	"nr_foll_pin_released",
	"nr_kernel_stack",
	PAGE_TABLES,
	"nr_sec_page_table_pages",
	"nr_swapcached",
#define NODE_STATS_32 41 /* those above */
	"pgpromote_success",
	"pgpromote_candidate",
};

#define FREE_PAGES "nr_free_pages"

static const char *const zone_stats[] = {
	FREE_PAGES,
	"nr_zone_inactive_anon",
	"nr_zone_active_anon",
	"nr_zone_inactive_file",
	"nr_zone_active_file",
	"nr_zone_unevictable",
	"nr_zone_write_pending",
	"nr_mlock",
	"nr_bounce",
	"nr_zspages",
	"nr_free_cma",
#define ZONE_STATS_32 11
	"numa_hit",
	"numa_miss",
	"numa_foreign",
	"numa_interleave",
	"numa_local",
	"numa_other",
};

/* --- the text -------------------------------------------------------------- */

#define STATS_MAX (64 * (48 + DEC_MAX)) /* either of the two tables */
#define BLOCK_MAX (ZONE_MAX + 2 * STATS_MAX + 1024)

G_STATIC_ASSERT(MAX(G_N_ELEMENTS(node_stats), G_N_ELEMENTS(zone_stats)) <= 64);

static char *put_stats(char *p, const char *const *names, size_t n, const char *known,
		       uint64_t value)
{
	for (size_t i = 0; i < n; i++) {
		p = put_left(put_str(p, "\n      "), names[i], 12);
		*p++ = ' ';
		p = put_dec(p, strcmp(names[i], known) ? 0 : value);
	}
	return p;
}

static char *put_zone_field(char *p, const char *name, uint64_t value)
{
	return put_dec(put_str(p, name), value);
}

/* Frames in the buddy lists. */
static uint64_t zone_free(const struct zone_info *z)
{
	return z->free - z->pcp;
}

static char *put_pages(char *p, const struct machine *m, const struct zone_info *z)
{
	p = put_zone_field(p, "\n  pages free     ", zone_free(z));
	p = put_zone_field(p, "\n        boost    ", 0);
	p = put_zone_field(p, "\n        min      ", 0);
	p = put_zone_field(p, "\n        low      ", 0);
	p = put_zone_field(p, "\n        high     ", 0);
	p = put_zone_field(p, "\n        spanned  ", z->end_pfn - z->start_pfn);
	p = put_zone_field(p, "\n        present  ", z->end_pfn - z->start_pfn);
	p = put_zone_field(p, "\n        managed  ", z->managed);
	p = put_zone_field(p, "\n        cma      ", 0);
	p = put_zone_field(p, "\n        protection: (", 0);
	for (unsigned i = 1; i < zones_listed(m); i++)
		p = put_zone_field(p, ", ", 0);
	*p++ = ')';
	return p;
}

/* The lines that only a zone with frames has. */
static char *put_populated(char *p, const struct machine *m, const struct zone_info *z)
{
	size_t n = machine_is_32bit(m) ? ZONE_STATS_32 : G_N_ELEMENTS(zone_stats);

	p = put_stats(p, zone_stats, n, FREE_PAGES, zone_free(z));
	p = put_zone_field(p, "\n  pagesets\n    cpu: ", 0);
	p = put_zone_field(p, "\n              count: ", z->pcp);
	p = put_zone_field(p, "\n              high:  ", PCP_MAX);
	p = put_zone_field(p, "\n              batch: ", PCP_BATCH);
	p = put_zone_field(p, "\n  vm stats threshold: ", 0);
	p = put_zone_field(p, "\n  node_unreclaimable:  ", 0);
	return put_zone_field(p, "\n  start_pfn:           ", z->start_pfn);
}

static void add_node_zones(GString *out, struct machine *m, unsigned node, uint64_t tables)
{
	size_t n = machine_is_32bit(m) ? NODE_STATS_32 : G_N_ELEMENTS(node_stats);
	bool first = true;

	for (unsigned type = 0; type < zones_listed(m); type++) {
		struct zone_info z = { 0 };
		bool populated = type < MAX_NR_ZONES && zone_info(m, node, type, &z);
		char *p = text_room(out, BLOCK_MAX);

		p = put_zone(p, node, listed_zone_name(m, type));
		if (populated && first) {
			first = false;
			p = put_str(p, "\n  per-node stats");
			p = put_stats(p, node_stats, n, PAGE_TABLES, tables);
		}
		p = put_pages(p, m, &z);
		if (populated)
			p = put_populated(p, m, &z);
		*p++ = '\n';
		text_end(out, p);
	}
}

GBytes *show_zoneinfo(struct machine *m)
{
	GString *out = g_string_new(NULL);
	struct node_tables tables;

	node_tables_count(m, &tables);
	for (unsigned node = 0; node < m->nr_nodes; node++)
		add_node_zones(out, m, node, tables.nr[node]);
	return g_string_free_to_bytes(out);
}
