/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The spaces: the named ranges in which areas are placed.
 */
#include "vmalloc/vmlist.h"

bool vm_space(const struct machine *m, enum vm_space_id id, struct vm_space *ret)
{
	switch (id) {
	case VM_SPACE_VMALLOC:
		*ret = (struct vm_space){ "vmalloc", m->vmalloc_start, vmalloc_window_end(m),
					  vmalloc_usable_end(m), m->vmalloc_end };
		return true;
	case VM_SPACE_MODULES:
		*ret = (struct vm_space){ "modules", m->modules_start, m->modules_end,
					  m->modules_end, m->modules_end };
		return m->modules_end != 0;
	}
	return false;
}

static bool meets(const struct vm_space *space, vaddr_t addr, vaddr_t last)
{
	return last >= space->start && addr < space->end;
}

int vm_space_of(const struct machine *m, vaddr_t addr, uint64_t size)
{
	vaddr_t last = addr + (size ? size - 1 : 0); /* a range may end at 2^64 */
	struct vm_space space;

	if (last < addr)
		last = UINT64_MAX;
	for (unsigned i = 0; i < NR_VM_SPACES; i++)
		if (vm_space(m, (enum vm_space_id)i, &space) && meets(&space, addr, last))
			return (int)i;
	return VM_OUTSIDE;
}

uint64_t vm_space_failures(const struct machine *m, enum vm_space_id id)
{
	return atomic_load_explicit(&m->vmlist->failures[id], memory_order_relaxed);
}

void count_failure(struct machine *m, vaddr_t start)
{
	int space = vm_space_of(m, start, 0);

	if (space != VM_OUTSIDE)
		atomic_fetch_add_explicit(&m->vmlist->failures[space], 1, memory_order_relaxed);
	vmlist_changed(m->vmlist);
}

void home_space(const struct machine *m, vaddr_t addr, struct vm_space *ret)
{
	vm_space(m, VM_SPACE_VMALLOC, ret); /* every machine has it */
	if (vm_space_of(m, addr, 0) == VM_SPACE_MODULES)
		vm_space(m, VM_SPACE_MODULES, ret);
}
