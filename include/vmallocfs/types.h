/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The types and constants of a simulated x86-64 machine.
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

/*
 * The headers are C11 and C++17.  An atomic member is written _Atomic(TYPE),
 * with the parentheses, which C++ can be taught: its own atomics have the same
 * size and place, and <stdatomic.h> of C++23 does what these lines do.
 */
#ifdef __cplusplus
#include <atomic>
#ifndef _Atomic
#define _Atomic(type) std::atomic<type>
#endif
using std::atomic_fetch_or_explicit;
using std::atomic_load_explicit;
using std::memory_order_acquire;
using std::memory_order_relaxed;
#else
#include <stdatomic.h>
#endif

/*
 * Around the declarations of each header.  In C++ they have C names.  Only names
 * declared between these two are visible outside libvmallocfs.a.
 */
#ifdef __cplusplus
#define VMALLOCFS_BEGIN_DECLS                                                                      \
	_Pragma("GCC visibility push(default)") extern "C"                                         \
	{
#define VMALLOCFS_END_DECLS                                                                        \
	}                                                                                          \
	_Pragma("GCC visibility pop")
#else
#define VMALLOCFS_BEGIN_DECLS _Pragma("GCC visibility push(default)")
#define VMALLOCFS_END_DECLS _Pragma("GCC visibility pop")
#endif

VMALLOCFS_BEGIN_DECLS

/*
 * The version of these headers; vmallocfs_version() below gives that of the library
 * that is linked, in the same form.
 */
#define VMALLOCFS_VERSION_MAJOR 0
#define VMALLOCFS_VERSION_MINOR 1
#define VMALLOCFS_VERSION_MICRO 0
#define VMALLOCFS_VERSION "0.1.0"

/* Static. */
const char *vmallocfs_version(void);

typedef uint64_t vaddr_t;  /* virtual address, bytes */
typedef uint64_t paddr_t;  /* physical address, bytes */
typedef uint64_t pfn_t;	   /* page frame number: physical address >> PAGE_SHIFT */
typedef uint64_t pte_t;	   /* one entry of a page table of any level */
typedef uint64_t pgprot_t; /* the flag bits of a leaf entry */
typedef uint32_t gfp_t;	   /* __GFP_ bits, page.h */

/*
 * Letter by letter as <sys/user.h> has them, because a macro may be defined
 * twice only if both are the same.  64 bits: a host has a long of that size.
 */
/* clang-format off */
#define PAGE_SHIFT 12
#undef PAGE_SIZE /* some C libraries have one of their own in limits.h */
#define PAGE_SIZE (1UL << PAGE_SHIFT)
#define PAGE_MASK (~(PAGE_SIZE-1))
/* clang-format on */

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

VMALLOCFS_END_DECLS

#endif
