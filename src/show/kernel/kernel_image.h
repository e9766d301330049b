/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The simulated kernel for debuggers: an ELF file with its types, and the bytes of
 * its variables.
 *
 *	KERNEL_IMAGE_START	ffffffff81000000  kernel.c, as it was linked
 *				_end		  made up: struct vm_struct, vmap_area,
 *						  page arrays, mem_section
 *	KERNEL_CALLERS_START	ffffffff9f000000  callers, 16 addresses each, no bytes
 *	KERNEL_IMAGE_END	ffffffffa0000000
 *
 * Debuggers take the types and the addresses from proc/vmlinux, and what stands
 * there from a segment of proc/kcore.  What is made up lies at the same address in
 * both as long as no area comes or goes.
 *
 * A build whose compiler cannot make code for x86-64 has no such image.
 */
#ifndef SHOW_KERNEL_IMAGE_H
#define SHOW_KERNEL_IMAGE_H

#include <elf.h>
#include <glib.h>
#include <vmallocfs/machine.h>

#include "show/kernel/image_types.h"
#include "show/snapshot.h"

/* Where callers have their addresses: they are functions without code. */
#define KERNEL_CALLERS_START UINT64_C(0xffffffff9f000000)
#define KERNEL_CALLER_SIZE 16

/* False if a window of the machine lies where the image would; it is left out then. */
static inline bool kernel_has_room(const struct machine *m)
{
	return (m->vmalloc_start >= KERNEL_IMAGE_END || m->vmalloc_end < KERNEL_IMAGE_START) &&
	       (m->modules_start >= KERNEL_IMAGE_END || m->modules_end <= KERNEL_IMAGE_START);
}

/* The ELF file that kernel.c became; its size is 0 if the build made no image. */
extern const unsigned char kernel_elf[];
extern const size_t kernel_elf_size;

/* Whether this machine's debuggers see the image, which is one of 64 bits. */
static inline bool kernel_is_shown(const struct machine *m)
{
	return kernel_elf_size && !machine_is_32bit(m) && kernel_has_room(m);
}

/* Physical addresses have so many bits; and RAM so many pages of mem_section. */
static inline unsigned kernel_physmem_bits(const struct machine *m)
{
	return m->arch->levels == 5 ? 52 : 46;
}

static inline uint64_t nr_section_roots(const struct machine *m)
{
	return (UINT64_C(1) << (kernel_physmem_bits(m) - SECTION_SIZE_BITS)) / SECTIONS_PER_ROOT;
}

static inline const Elf64_Ehdr *kernel_header(void)
{
	return (const Elf64_Ehdr *)(const void *)kernel_elf;
}

/* The i-th of its section headers, and the one of that type, which is there. */
const Elf64_Shdr *kernel_section(unsigned i);
const Elf64_Shdr *kernel_section_of(uint32_t type);

/* The address of a variable, or 0. */
vaddr_t kernel_symbol(const char *name);

/* Its build ID in hexadecimal digits, for g_free. */
char *kernel_build_id(void);

/*
 * Numbers for callers, ascending from 0, by the function that an area counts under.
 * The snapshot must stay; callers_deinit() frees the rest.
 */
struct kernel_callers {
	GHashTable *by_name; /* char * to the number plus one */
	GPtrArray *names;    /* owned by by_name */
};
void callers_init(struct kernel_callers *c);
void callers_deinit(struct kernel_callers *c);

/* The address of an area's caller, or 0 if it has none. */
vaddr_t callers_address(struct kernel_callers *c, const struct snapshot *s,
			const struct area_record *a);

#endif
