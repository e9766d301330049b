/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A page walk: from CR3 down to one byte, as a processor does it, with nothing
 * but reads of physical memory.
 *
 *	cc walk.c $(pkg-config --cflags --libs vmallocfs) -o walk
 */
#include <inttypes.h>
#include <stdio.h>
#include <vmallocfs/vmalloc.h>

static const char *const level_names[] = { "PTE", "PMD", "PUD", "PGD" };

/* The physical address of addr, or 0 where nothing is mapped. */
static paddr_t walk(struct machine *m, vaddr_t addr)
{
	paddr_t table = m->cr3;
	int level;

	for (level = PG_LEVEL_PGD; level >= PG_LEVEL_PTE; level--) {
		unsigned index = level_index((enum pg_level)level, addr);
		uint64_t below = (UINT64_C(1) << level_shift((enum pg_level)level)) - 1;
		pte_t entry = 0;

		phys_read(m, &entry, table + index * sizeof(entry), sizeof(entry));
		printf("%s  entry %3u of table 0x%07" PRIx64 " is 0x%016" PRIx64 "\n",
		       level_names[level], index, table, entry);
		if (!(entry & _PAGE_PRESENT))
			return 0;
		table = entry & PTE_PFN_MASK;

		/* A leaf: what it names is no table but the memory itself. */
		if (level == PG_LEVEL_PTE || (entry & _PAGE_PSE))
			return (table & ~below) + (addr & below);
	}
	return 0;
}

static void use(struct machine *m)
{
	vaddr_t addr = vmalloc(m, 3 * PAGE_SIZE, "walked");
	char byte = 0;
	paddr_t phys;

	vwrite(m, "x", addr + 5000, 1);
	printf("0x%" PRIx64 "\n", addr + 5000);
	phys = walk(m, addr + 5000);
	phys_read(m, &byte, phys, 1);
	printf("byte at physical address 0x%" PRIx64 ": '%c'\n\n", phys, byte);

	/* The page after the third is the area's guard. */
	printf("0x%" PRIx64 "\n", addr + 3 * PAGE_SIZE);
	puts(walk(m, addr + 3 * PAGE_SIZE) ? "mapped" : "page fault");
}

int main(void)
{
	struct machine_config config = MACHINE_CONFIG_DEFAULT;
	struct machine *m;

	if (machine_boot(&config, &m) != 0)
		return 1;
	if (vmalloc_init(m) != 0) {
		machine_destroy(m);
		return 1;
	}
	use(m);
	vmalloc_exit(m);
	machine_destroy(m);
	return 0;
}
