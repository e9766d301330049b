/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How many frames of each node are page tables.
 */
#ifndef SHOW_NODE_TABLES_H
#define SHOW_NODE_TABLES_H

#include <vmallocfs/machine.h>

struct node_tables {
	struct machine *m;
	uint64_t nr[NODES_MAX];
	uint64_t sum;
};

/* Walks the kernel's tables if the machine has several nodes; takes no lock for longer than an entry. */
void node_tables_count(struct machine *m, struct node_tables *ret);

#endif
