/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where everything lies in a machine's address space.
 */
#ifndef MACHINE_ADDRESS_MAP_H
#define MACHINE_ADDRESS_MAP_H

#include <vmallocfs/machine.h>

/*
 * NULL if the windows of a configuration are possible and its memory fits beside
 * them, else one line (static) that says what to change.
 */
const char *address_map_check(const struct machine_config *config);

/*
 * Sets the members of the machine that say what lies where.  Its ram_size is set by
 * then, and address_map_check() has returned NULL.
 */
void address_map_set(struct machine *m, const struct machine_config *config);

/* The rules for the entries of such page tables, pgtable.h.  Static. */
const struct level_rules *level_rules_of(const struct arch *arch);

#endif
