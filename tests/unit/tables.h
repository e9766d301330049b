/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the unit tests of the page tables share: a machine of 64 MiB, booted for
 * each test, its entries, and short words for their bits.
 */
#ifndef TABLES_H
#define TABLES_H

#include <vmallocfs/pgtable.h>
#include "unit.h"

#define R ACCESS_READ
#define W ACCESS_WRITE
#define U ACCESS_USER
#define RW _PAGE_RW
#define US _PAGE_USER
#define NX _PAGE_NX
#define VA VMALLOC_START

static struct machine *m;

static inline void setup(void)
{
	m = unit_boot(MiB(64), 1);
}

static inline void teardown(void)
{
	machine_destroy(m);
}

static inline void poke(paddr_t at, pte_t entry)
{
	unit_assert(phys_write(m, &entry, at, sizeof(entry)) == sizeof(entry));
}

static inline pte_t peek(paddr_t at)
{
	pte_t entry;

	unit_assert(phys_read(m, &entry, at, sizeof(entry)) == sizeof(entry));
	return entry;
}

#endif
