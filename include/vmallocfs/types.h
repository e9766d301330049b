/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The words in which a simulated x86-64 machine is spoken of.
 *
 * Simulated addresses are integers, never pointers: nothing here can be
 * dereferenced by mistake.  A byte of simulated memory is reached only through
 * the functions of machine.h and vmalloc.h.
 */
#ifndef VMALLOCFS_TYPES_H
#define VMALLOCFS_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint64_t vaddr_t;  /* virtual address, bytes */
typedef uint64_t paddr_t;  /* physical address, bytes */
typedef uint64_t pfn_t;	   /* page frame number: physical address >> PAGE_SHIFT */
typedef uint64_t pte_t;	   /* one entry of a page table of any level */
typedef uint64_t pgprot_t; /* the flag bits of a leaf entry */
typedef uint32_t gfp_t;	   /* __GFP_ bits, page.h */

#define PAGE_SHIFT 12
#define PAGE_SIZE (UINT64_C(1) << PAGE_SHIFT)
#define PAGE_MASK (~(PAGE_SIZE - 1))

/* Wraps to 0 within the last page of the 64-bit space; callers check. */
#define PAGE_ALIGN(x) (((x) + PAGE_SIZE - 1) & PAGE_MASK)

#define NUMA_NO_NODE (-1)

/* Index of the highest set bit, counted from 1; 0 for 0. fls64(0x1000) is 13. */
static inline unsigned fls64(uint64_t x)
{
	return x ? 64 - (unsigned)__builtin_clzll(x) : 0;
}

static inline vaddr_t align_up(vaddr_t addr, uint64_t align)
{
	return (addr + align - 1) & ~(align - 1);
}

#endif
