/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where the members of a kernel's structures are, as its own BTF says.
 *
 * BTF is the description of its types that a kernel carries for BPF.  It is in
 * the kernel's memory, so a dump that has it needs no debug info.
 */
#ifndef INPUT_KERNEL_TYPES_H
#define INPUT_KERNEL_TYPES_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* A member that this kernel does not have. */
#define NO_MEMBER UINT32_MAX

/* Offsets and sizes in bytes. */
struct kernel_types {
	uint32_t page_size; /* of struct page */

	uint32_t va_start, va_end, va_list, va_vm; /* struct vmap_area */

	uint32_t vm_addr, vm_size, vm_flags, vm_pages; /* struct vm_struct */
	uint32_t vm_nr_pages, vm_phys_addr, vm_caller;

	/* Since 6.9: struct vmap_node, and what is in it. NO_MEMBER before. */
	uint32_t node_size;
	uint32_t node_busy, node_lazy, node_pool; /* the first two: their list heads */
	uint32_t pool_size, pool_head;
	uint32_t nr_pools;

	uint32_t module_list, module_name, module_kallsyms;
	uint32_t module_mem, module_mem_size; /* since 6.4: an array of struct module_memory */
	uint32_t nr_module_mem;
	uint32_t mem_base, mem_length;
	uint32_t core_base, core_length, core_text; /* up to 6.3: core_layout */
	uint32_t symtab, num_symtab, strtab;	    /* struct mod_kallsyms */
};

/*
 * Reads BTF of len bytes.  0 or -EINVAL (it is damaged, or lacks a type that every
 * kernel has; *error, for g_free, says which).
 */
int kernel_types_read(struct kernel_types *t, const void *btf, uint32_t len, char **error);

#endif
