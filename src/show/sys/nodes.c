/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The files of sys/devices/system/node/nodeN, in the format of Linux 6.1.
 *
 *	meminfo		Node 0 MemTotal:          31468 kB
 *			...
 *	numastat	numa_hit 0
 *			...
 *	distance	10 20
 *	cpulist		0-1
 *	cpumap		3
 *
 * Nodes are all equally far from each other.  Processors are shared out evenly, as
 * RAM is: of four processors, two nodes have 0-1 and 2-3.  With fewer processors than
 * nodes some nodes have none.
 *
 * What this machine does not have (a page cache, processes, slabs) is 0 kB.  The
 * counters of numastat are 0, as with vm.numa_stat=0, which switches them off in Linux.
 */
#include <vmallocfs/page.h>

#include "show/columns.h"
#include "show/show.h"
#include "show/sys/node_tables.h"

#define LOCAL_DISTANCE 10
#define REMOTE_DISTANCE 20

/* --- meminfo ---------------------------------------------------------------- */

enum node_figure { NONE, TOTAL, FREE, USED, PAGE_TABLES, HUGE_PAGES, NR_NODE_FIGURES };

static const struct node_row {
	const char *label;
	enum node_figure figure;
} node_rows[] = {
	{ "MemTotal:", TOTAL },
	{ "MemFree:", FREE },
	{ "MemUsed:", USED },
	{ "SwapCached:", NONE },
	{ "Active:", NONE },
	{ "Inactive:", NONE },
	{ "Active(anon):", NONE },
	{ "Inactive(anon):", NONE },
	{ "Active(file):", NONE },
	{ "Inactive(file):", NONE },
	{ "Unevictable:", NONE },
	{ "Mlocked:", NONE },
	{ "Dirty:", NONE },
	{ "Writeback:", NONE },
	{ "FilePages:", NONE },
	{ "Mapped:", NONE },
	{ "AnonPages:", NONE },
	{ "Shmem:", NONE },
	{ "KernelStack:", NONE },
	{ "PageTables:", PAGE_TABLES },
	{ "SecPageTables:", NONE },
	{ "NFS_Unstable:", NONE },
	{ "Bounce:", NONE },
	{ "WritebackTmp:", NONE },
	{ "KReclaimable:", NONE },
	{ "Slab:", NONE },
	{ "SReclaimable:", NONE },
	{ "SUnreclaim:", NONE },
	{ "AnonHugePages:", NONE },
	{ "ShmemHugePages:", NONE },
	{ "ShmemPmdMapped:", NONE },
	{ "FileHugePages:", NONE },
	{ "FilePmdMapped:", NONE },
	{ "HugePages_Total:", HUGE_PAGES },
	{ "HugePages_Free:", HUGE_PAGES },
	{ "HugePages_Surp:", HUGE_PAGES },
};

#define LABEL_WIDTH 16
#define NODE_ROW_MAX (64 + 2 * DEC_MAX)

GBytes *show_node_meminfo(struct machine *m, unsigned node)
{
	GString *out = g_string_sized_new(1536);
	uint64_t frames[NR_NODE_FIGURES] = { 0 };
	struct node_tables tables;

	for (unsigned type = 0; type < MAX_NR_ZONES; type++) {
		struct zone_info z;

		if (!zone_info(m, node, (enum zone_type)type, &z))
			continue;
		frames[TOTAL] += z.managed;
		frames[FREE] += z.free;
	}
	frames[USED] = frames[TOTAL] - MIN(frames[FREE], frames[TOTAL]);
	node_tables_count(m, &tables);
	frames[PAGE_TABLES] = tables.nr[node];
	for (size_t i = 0; i < G_N_ELEMENTS(node_rows); i++) {
		const struct node_row *row = &node_rows[i];
		bool counted = row->figure == HUGE_PAGES;
		char *p = text_room(out, NODE_ROW_MAX);

		p = put_dec(put_str(p, "Node "), node);
		*p++ = ' ';
		p = put_left(p, row->label, LABEL_WIDTH);
		p = put_dec_wide(p, frames[row->figure] << (PAGE_SHIFT - 10), counted ? 6 : 8);
		text_end(out, put_str(p, counted ? "\n" : " kB\n"));
	}
	return g_string_free_to_bytes(out);
}

/* --- the others ------------------------------------------------------------- */

GBytes *show_node_numastat(struct machine *m, unsigned node)
{
	static const char text[] = "numa_hit 0\nnuma_miss 0\nnuma_foreign 0\n"
				   "interleave_hit 0\nlocal_node 0\nother_node 0\n";

	(void)m;
	(void)node;
	return g_bytes_new_static(text, sizeof(text) - 1);
}

GBytes *show_node_distance(struct machine *m, unsigned node)
{
	GString *out = g_string_new(NULL);

	for (unsigned other = 0; other < m->nr_nodes; other++)
		g_string_append_printf(out, "%s%d", other ? " " : "",
				       other == node ? LOCAL_DISTANCE : REMOTE_DISTANCE);
	g_string_append_c(out, '\n');
	return g_string_free_to_bytes(out);
}

static unsigned node_of_cpu(const struct machine *m, unsigned cpu)
{
	return (unsigned)((uint64_t)cpu * m->nr_nodes / m->nr_cpus);
}

/* Processors of a node follow each other. */
GBytes *show_node_cpulist(struct machine *m, unsigned node)
{
	GString *out = g_string_new(NULL);
	unsigned first = 0, end;

	while (first < m->nr_cpus && node_of_cpu(m, first) < node)
		first++;
	for (end = first; end < m->nr_cpus && node_of_cpu(m, end) == node; end++)
		;
	if (end > first)
		g_string_append_printf(out, "%u", first);
	if (end > first + 1)
		g_string_append_printf(out, "-%u", end - 1);
	g_string_append_c(out, '\n');
	return g_string_free_to_bytes(out);
}

/* Words of 32 bits in hexadecimal, the highest first; that one is as wide as its processors need. */
GBytes *show_node_cpumap(struct machine *m, unsigned node)
{
	GString *out = g_string_new(NULL);

	for (unsigned word = (m->nr_cpus + 31) / 32; word-- > 0;) {
		unsigned cpus = MIN(m->nr_cpus - word * 32, 32);
		uint32_t bits = 0;

		for (unsigned i = 0; i < cpus; i++)
			if (node_of_cpu(m, word * 32 + i) == node)
				bits |= UINT32_C(1) << i;
		g_string_append_printf(out, "%0*x%c", (int)(cpus + 3) / 4, bits, word ? ',' : '\n');
	}
	return g_string_free_to_bytes(out);
}
