/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The simulated kernel for debuggers: an ELF file with its types, and the bytes of
 * its variables.
 *
 *		   64 bits	     32 bits
 *	start	   ffffffff81000000  10000000  kernel.c, as it was linked
 *				_end	       made up: struct vm_struct, vmap_area,
 *					       page arrays, mem_section
 *	callers	   ffffffff9f000000  1f000000  callers, 16 addresses each, no bytes
 *	end	   ffffffffa0000000  20000000
 *
 * Debuggers take the types and the addresses from proc/vmlinux, and what stands
 * there from a segment of proc/kcore.  What is made up lies at the same address in
 * both as long as no area comes or goes.
 *
 * A build whose compiler cannot make code for x86-64, or for i386, has no such image.
 */
#ifndef SHOW_KERNEL_IMAGE_H
#define SHOW_KERNEL_IMAGE_H

#include <elf.h>
#include <glib.h>
#include <vmallocfs/machine.h>

#include "show/kernel/image_types.h"
#include "show/snapshot.h"

#define KERNEL_CALLER_SIZE 16

/* The ELF file that kernel.c became for one width of addresses, and where it lies. */
struct kernel_image {
	const unsigned char *elf;
	size_t size; /* 0 if the build made none */
	bool is_32bit;
	vaddr_t start;
	vaddr_t callers; /* they are functions without code */
	vaddr_t end;
};

extern const struct kernel_image kernel_image_64bit, kernel_image_32bit;

/* The one for a machine, whether it is shown or not. */
static inline const struct kernel_image *kernel_image_of(const struct machine *m)
{
	return machine_is_32bit(m) ? &kernel_image_32bit : &kernel_image_64bit;
}

/* False if a window of the machine lies where the image would; it is left out then. */
static inline bool kernel_has_room(const struct machine *m)
{
	const struct kernel_image *k = kernel_image_of(m);

	return (m->vmalloc_start >= k->end || m->vmalloc_end < k->start) &&
	       (m->modules_start >= k->end || m->modules_end <= k->start);
}

/* Whether this machine's debuggers see the image. */
static inline bool kernel_is_shown(const struct machine *m)
{
	return kernel_image_of(m)->size && kernel_has_room(m);
}

/* Physical addresses have so many bits; and RAM so many pages of mem_section. */
static inline unsigned kernel_physmem_bits(const struct machine *m)
{
	return m->arch->levels == 5 ? 52 : 46;
}

static inline uint64_t nr_section_roots(const struct machine *m)
{
	if (machine_is_32bit(m))
		return 0; /* it has mem_map */
	return (UINT64_C(1) << (kernel_physmem_bits(m) - SECTION_SIZE_BITS)) / SECTIONS_PER_ROOT;
}

Elf64_Ehdr kernel_header(const struct kernel_image *k);

/* The i-th of its section headers; and the number of the one of that type, which is there. */
Elf64_Shdr kernel_section(const struct kernel_image *k, unsigned i);
unsigned kernel_section_of(const struct kernel_image *k, uint32_t type);

/* Its first segment, which is the image. */
Elf64_Phdr kernel_segment(const struct kernel_image *k);

/* The address of a variable, or 0. */
vaddr_t kernel_symbol(const struct kernel_image *k, const char *name);

/* The note with its build ID, and how many bytes that has. */
const unsigned char *kernel_build_id_note(const struct kernel_image *k, gsize *size);

/* Its build ID in hexadecimal digits, for g_free. */
char *kernel_build_id(const struct kernel_image *k);

/*
 * Numbers for callers, ascending from 0, by the function that an area counts under.
 * The snapshot must stay; callers_deinit() frees the rest.
 */
struct kernel_callers {
	const struct kernel_image *image;
	GHashTable *by_name; /* char * to the number plus one */
	GPtrArray *names;    /* owned by by_name */
};
void callers_init(struct kernel_callers *c, const struct kernel_image *k);
void callers_deinit(struct kernel_callers *c);

/* The address of an area's caller, or 0 if it has none. */
vaddr_t callers_address(struct kernel_callers *c, const struct snapshot *s,
			const struct area_record *a);

#endif
