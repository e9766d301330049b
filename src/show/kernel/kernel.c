/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The simulated kernel's image: the types and the variables that debuggers look
 * for, and no code.  It is compiled for x86-64 on any host, and for i386 where the compiler
 * can, linked where image_types.h says, and embedded in the programs.  vmlinux.c adds a
 * symbol for each area to it, and kernel_data.c says what the variables hold.
 */
#define KERNEL_IMAGE
#include "image_types.h"

#if __SIZEOF_LONG__ == 8
#define START KERNEL_IMAGE_START
#else
#define START KERNEL32_IMAGE_START
#endif

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
char *saved_command_line = (char *)START;

struct vm_struct *vmlist = (struct vm_struct *)START;
struct list_head vmap_area_list = { &vmap_area_list, &vmap_area_list };
struct rb_root vmap_area_root = { (struct rb_node *)START };
struct list_head free_vmap_area_list = { &free_vmap_area_list, &free_vmap_area_list };

struct mm_struct init_mm = { (pgd_t *)START };
#if __SIZEOF_LONG__ == 8
struct mem_section **mem_section = (struct mem_section **)START;
#else
struct page *mem_map = (struct page *)START;
#endif

unsigned long page_offset_base = 1;
unsigned long vmalloc_base = 1;
#if __SIZEOF_LONG__ == 8
unsigned long vmemmap_base = 1;
unsigned long __pgtable_l5_enabled = 1;
#endif
unsigned long max_pfn = 1;
unsigned long min_low_pfn = 1;
unsigned long max_low_pfn = 1;
atomic_long_t _totalram_pages = { 1 };

/*
 * The section's name tells drgn that the file is a kernel, and vmemmap_populate that there is
 * a vmemmap.
 */
#if __SIZEOF_LONG__ == 8
#define FUNCTION vmemmap_populate
#else
#define FUNCTION start_kernel
#endif
void FUNCTION(void);
__attribute__((section(".init.text"))) void FUNCTION(void)
{
}
