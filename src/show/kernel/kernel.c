/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The simulated kernel's image: the types and the variables that debuggers look
 * for, and no code.  It is compiled for x86-64 on any host, linked at
 * KERNEL_IMAGE_START, and embedded in the programs.  vmlinux.c adds a symbol for each area to it,
 * and kernel_data.c says what the variables hold.
 */
#define KERNEL_IMAGE
#include "image_types.h"

/* The numbers of the bits in struct page's flags, as page.h has them. */
enum pageflags {
	PG_reserved,
	PG_dirty,
	PG_table,
	PG_array,
	PG_user,
	PG_backed,
	__NR_PAGEFLAGS,
};

const char linux_banner[] = "Linux version 6.1.0-vmallocfs (vmallocfs) #1\n";
enum pageflags kernel_pageflags = __NR_PAGEFLAGS;

/* In the direct map: debuggers walk the tables from its address to learn where that begins. */
char *saved_command_line = (char *)KERNEL_IMAGE_START;

struct vm_struct *vmlist = (struct vm_struct *)KERNEL_IMAGE_START;
struct list_head vmap_area_list = { &vmap_area_list, &vmap_area_list };
struct rb_root vmap_area_root = { (struct rb_node *)KERNEL_IMAGE_START };
struct list_head free_vmap_area_list = { &free_vmap_area_list, &free_vmap_area_list };

struct mm_struct init_mm = { (pgd_t *)KERNEL_IMAGE_START };
struct mem_section **mem_section = (struct mem_section **)KERNEL_IMAGE_START;

unsigned long page_offset_base = 1;
unsigned long vmalloc_base = 1;
unsigned long vmemmap_base = 1;
unsigned long __pgtable_l5_enabled = 1;
unsigned long max_pfn = 1;
unsigned long min_low_pfn = 1;
unsigned long max_low_pfn = 1;
atomic_long_t _totalram_pages = { 1 };

/*
 * That there is a function of this name tells drgn that there is a vmemmap, and the
 * section's name that the file is a kernel.
 */
void vmemmap_populate(void);
__attribute__((section(".init.text"))) void vmemmap_populate(void)
{
}
