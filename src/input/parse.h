/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One line of a vmallocinfo that some kernel printed.
 *
 *	[0x]START-[0x]END SIZE [CALLER [\[MODULE\]]] [pages=N] [phys=[0x]ADDR]
 *		[ioremap] [sparse] [vmalloc] [vmap] [user] [dma-coherent] [vpages] [N0=N ...]
 *	[0x]START-[0x]END SIZE vm_map_ram
 *	[0x]START-[0x]END SIZE unpurged vm_area
 *
 * Kernels differ in which of these they print and in how they write an
 * address, not in what a field means.  Fields after the caller may come in any
 * order, each at most once.
 */
#ifndef SHOW_PARSE_H
#define SHOW_PARSE_H

#include <glib.h>
#include <vmallocfs/machine.h>

/* No kernel prints a longer line: a symbol and a count for each of some hundred nodes. */
#define SAVED_LINE_MAX 8192

enum saved_kind {
	SAVED_AREA,
	SAVED_VM_MAP_RAM, /* a block of vm_map_ram(): no area */
	SAVED_UNPURGED	  /* freed, but not given back yet: no area */
};

struct saved_line {
	enum saved_kind kind;
	vaddr_t addr;
	uint64_t size; /* as it stands; nonzero whole pages, does not wrap */
	uint64_t nr_pages;
	paddr_t phys_addr;
	unsigned flags;	    /* VM_ words of the line; VM_NO_GUARD if the pages fill the size */
	const char *caller; /* in the line, not terminated; NULL if it has none */
	size_t caller_len;
	unsigned nodes; /* one more than the highest node named; 0: none is */
	uint64_t node_pages[NODES_MAX];
};

/*
 * Takes a line without its newline apart.  Counts of nodes beyond nr_nodes
 * wrap round to those that there are.  NULL, or what is wrong with the line
 * (for g_free), and *ret means nothing then.
 */
char *saved_line_parse(const char *line, size_t len, unsigned nr_nodes, struct saved_line *ret);

#endif
