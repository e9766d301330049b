/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The structures of the machine's kernel as debuggers see them: what Linux 6.1 has
 * of them, with the fields in its order.
 *
 * This header is compiled twice.  kernel.c, which becomes proc/vmlinux and never
 * runs, defines the structures under Linux's names, with real pointers, so that the
 * debug information says what points where:
 *
 *	struct vm_struct { struct vm_struct *next; void *addr; ...
 *
 * kernel_data.c fills them in on the host, where a pointer of the simulated kernel
 * is a number, and where vm_struct is the name of something else:
 *
 *	struct kernel_vm_struct { uint64_t next; uint64_t addr; ...
 */
#ifndef SHOW_IMAGE_TYPES_H
#define SHOW_IMAGE_TYPES_H

#ifdef KERNEL_IMAGE
#define KERNEL(name) name
#define POINTER(type) type *
#define WORD unsigned long
#else
#include <stdint.h>
#define KERNEL(name) kernel_##name
#define POINTER(type) uint64_t
#define WORD uint64_t
#endif

/* Where the kernel's image begins, and where that of modules does: 496 MiB for all of it. */
#define KERNEL_IMAGE_START 0xffffffff81000000
#define KERNEL_IMAGE_END 0xffffffffa0000000

/* RAM in sections of 2^27 bytes, each with a struct mem_section; 256 of these in a page. */
#define SECTION_SIZE_BITS 27
#define SECTIONS_PER_ROOT 256
#define MEM_SECTION_FLAGS 0x0fu /* present, has a memmap, online, there early */

typedef WORD KERNEL(phys_addr_t);

typedef struct {
	int counter;
} KERNEL(atomic_t);

typedef struct {
	WORD counter;
} KERNEL(atomic_long_t);

typedef struct {
	WORD pgd;
} KERNEL(pgd_t);

struct KERNEL(list_head) {
	POINTER(struct KERNEL(list_head)) next;
	POINTER(struct KERNEL(list_head)) prev;
};

struct KERNEL(rb_node) {
	WORD __rb_parent_color;
	POINTER(struct KERNEL(rb_node)) rb_right;
	POINTER(struct KERNEL(rb_node)) rb_left;
};

struct KERNEL(rb_root) {
	POINTER(struct KERNEL(rb_node)) rb_node;
};

/* What the vmemmap shows of a frame; all but flags and _refcount are zeros. */
struct KERNEL(page) {
	WORD flags;
	struct KERNEL(list_head) lru;
	POINTER(void) mapping;
	WORD index;
	WORD private;
	KERNEL(atomic_t) _mapcount;
	KERNEL(atomic_t) _refcount;
	WORD memcg_data;
};

struct KERNEL(vm_struct) {
	POINTER(struct KERNEL(vm_struct)) next;
	POINTER(void) addr;
	WORD size; /* guard included */
	WORD flags;
	POINTER(POINTER(struct KERNEL(page))) pages;
	unsigned page_order;
	unsigned nr_pages;
	KERNEL(phys_addr_t) phys_addr;
	POINTER(const void) caller;
};

struct KERNEL(vmap_area) {
	WORD va_start;
	WORD va_end;
	struct KERNEL(rb_node) rb_node;
	struct KERNEL(list_head) list;
	union {
		WORD subtree_max_size; /* of a hole */
		POINTER(struct KERNEL(vm_struct)) vm;
	};
	WORD flags;
};

struct KERNEL(mem_section) {
	WORD section_mem_map;
	POINTER(void) usage;
};

struct KERNEL(mm_struct) {
	POINTER(KERNEL(pgd_t)) pgd;
};

#endif
