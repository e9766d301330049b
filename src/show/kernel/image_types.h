/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The structures of the machine's kernel as debuggers see them: what Linux 6.1 has
 * of them, with the fields in its order.
 *
 * They are compiled several times (image_structs.h).  kernel.c, which becomes proc/vmlinux
 * and never runs, defines the structures under Linux's names, with real pointers, so that
 * the debug information says what points where:
 *
 *	struct vm_struct { struct vm_struct *next; void *addr; ...
 *
 * kernel_data.c fills them in on the host, where a pointer of the simulated kernel is a
 * number, and where vm_struct is the name of something else: once for kernels of 64 bits,
 * and once for those of 32.
 *
 *	struct kernel_vm_struct { uint64_t next; uint64_t addr; ...
 *	struct kernel32_vm_struct { uint32_t next; uint32_t addr; ...
 */
#ifndef SHOW_IMAGE_TYPES_H
#define SHOW_IMAGE_TYPES_H

/* Where the kernel's image begins, and where that of modules does: 496 MiB for all of it. */
#define KERNEL_IMAGE_START 0xffffffff81000000
#define KERNEL_IMAGE_END 0xffffffffa0000000

/*
 * With 32 bits the image is below PAGE_OFFSET, where Linux has programs: no window of any
 * kernel lies there, and none has so much room to spare above.  After it comes mem_map, the
 * array of struct page, with room for 64 GiB of RAM.
 */
#define KERNEL32_IMAGE_START 0x10000000
#define KERNEL32_IMAGE_END 0x20000000
#define KERNEL32_MEM_MAP 0x20000000

/* RAM in sections of 2^27 bytes, each with a struct mem_section; 256 of these in a page. */
#define SECTION_SIZE_BITS 27
#define SECTIONS_PER_ROOT 256
#define MEM_SECTION_FLAGS 0x0fu /* present, has a memmap, online, there early */

#ifdef KERNEL_IMAGE

#define KERNEL(name) name
#define POINTER(type) type *
#define WORD unsigned long
#define PHYS unsigned long long
#define IMAGE_BITS (8 * __SIZEOF_LONG__)
#include "image_structs.h"

#else

#include <stdint.h>

#define KERNEL(name) kernel_##name
#define POINTER(type) uint64_t
#define WORD uint64_t
#define PHYS uint64_t
#define IMAGE_BITS 64
#include "image_structs.h"

/* On i386 a word of 64 bits is aligned as one of 32. */
typedef uint64_t kernel32_u64 __attribute__((aligned(4)));

#define KERNEL(name) kernel32_##name
#define POINTER(type) uint32_t
#define WORD uint32_t
#define PHYS kernel32_u64
#define IMAGE_BITS 32
#include "image_structs.h"

#endif

#endif
