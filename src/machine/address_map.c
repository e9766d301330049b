/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The address maps: for each form of page tables, what lies where.
 *
 *	kernel_start                                                      2^64
 *	|  direct map  |   vmalloc window   |  vmemmap  |  . . .  |  modules  |
 *
 * A map's own places hold while nothing else is asked for.  A user may put the
 * vmalloc window and the modules anywhere in the kernel's half, where some other
 * kernel had them; where they would cover the direct map or the vmemmap, these
 * two move out of their way.
 */
#include <string.h>

#include <vmallocfs/page.h>
#include "machine/address_map.h"

#define GiB (UINT64_C(1) << 30)
#define TiB (UINT64_C(1) << 40)

/* The kernel's image and all that lies above it in Linux: nothing moves there. */
#define MOVED_END UINT64_C(0xffffffff80000000)

#define MODULES_END UINT64_C(0xffffffffff000000)

static const struct arch archs[NR_ARCHS] = {
	[ARCH_X86_64] = {
		.name = "x86-64",
		.levels = 4,
		.address_bits = 48,
		.page_offset = PAGE_OFFSET,
		.vmalloc_start = VMALLOC_START,
		.vmalloc_size = VMALLOC_SIZE_MAX,
		.vmemmap_start = VMEMMAP_START,
	},
	[ARCH_X86_64_5] = {
		.name = "x86-64-5",
		.levels = 5,
		.address_bits = 57,
		.page_offset = UINT64_C(0xff11000000000000),
		.vmalloc_start = UINT64_C(0xffa0000000000000),
		.vmalloc_size = 12800 * TiB,
		.vmemmap_start = UINT64_C(0xffd4000000000000),
	},
};

const struct arch *machine_arch(enum machine_arch arch)
{
	return &archs[arch];
}

bool machine_arch_by_name(const char *name, enum machine_arch *ret)
{
	for (unsigned i = 0; i < NR_ARCHS; i++) {
		if (!strcmp(name, archs[i].name)) {
			*ret = (enum machine_arch)i;
			return true;
		}
	}
	return false;
}

/* [start, end) */
struct span {
	vaddr_t start, end;
};

/* The windows of a configuration, and where there is room for the rest. */
struct places {
	vaddr_t kernel_start;
	struct span vmalloc, modules;
	vaddr_t vmalloc_end; /* as it was given, see end_after() */
	struct span direct_map, vmemmap;
};

static bool overlap(struct span a, struct span b)
{
	return a.start < b.end && b.start < a.end;
}

/* A page-aligned end is the first byte after the window; any other is its last byte. */
static vaddr_t end_after(vaddr_t end)
{
	return (end + 1) & PAGE_MASK;
}

static void place_windows(const struct machine_config *config, struct places *p)
{
	const struct arch *arch = &archs[config->arch];

	p->kernel_start = arch_kernel_start(arch);
	p->vmalloc.start = arch->vmalloc_start;
	p->vmalloc_end = arch->vmalloc_start + (config->vmalloc_size & PAGE_MASK) - 1;
	if (config->vmalloc_end) {
		p->vmalloc.start = config->vmalloc_start;
		p->vmalloc_end = config->vmalloc_end;
	}
	p->vmalloc.end = end_after(p->vmalloc_end);
	p->modules = (struct span){ MODULES_VADDR, MODULES_END };
	if (config->modules_end)
		p->modules = (struct span){ config->modules_start, end_after(config->modules_end) };
}

/* True if so many bytes from `start` on meet none of n spans. */
static bool is_room(vaddr_t start, uint64_t size, const struct span *taken, unsigned n)
{
	struct span try = { start, start + size };

	for (unsigned i = 0; i < n; i++)
		if (overlap(try, taken[i]))
			return false;
	return true;
}

/*
 * A place for something of that size that meets none of n spans: where it is
 * wanted, else right above one of them, else at the start of the kernel's half.
 * False if there is no room.
 */
static bool find_room_for(const struct places *p, vaddr_t wanted, uint64_t size,
			  const struct span *taken, unsigned n, struct span *ret)
{
	*ret = (struct span){ wanted, wanted + size };
	if (is_room(wanted, size, taken, n))
		return true;
	for (unsigned i = 0; i <= n; i++) {
		vaddr_t start = align_up(i < n ? taken[i].end : p->kernel_start, GiB);

		*ret = (struct span){ start, start + size };
		if (start >= p->kernel_start && start <= MOVED_END && size <= MOVED_END - start &&
		    is_room(start, size, taken, n))
			return true;
	}
	return false;
}

/* The direct map and the vmemmap of so much memory.  False if they find no room. */
static bool place_rest(const struct machine_config *config, uint64_t memory, struct places *p)
{
	const struct arch *arch = &archs[config->arch];
	uint64_t frames = memory >> PAGE_SHIFT;
	struct span taken[3] = { p->vmalloc, p->modules };

	if (!find_room_for(p, arch->page_offset, align_up(memory, PAGE_SIZE), taken, 2,
			   &p->direct_map))
		return false;
	taken[2] = p->direct_map;
	return find_room_for(p, arch->vmemmap_start, PAGE_ALIGN(frames * STRUCT_PAGE_SIZE), taken,
			     3, &p->vmemmap);
}

const char *address_map_check(const struct machine_config *config)
{
	struct places p;

	if (config->arch >= NR_ARCHS)
		return "arch must be x86-64 or x86-64-5";
	if (!config->vmalloc_end && (config->vmalloc_size < PAGE_SIZE ||
				     config->vmalloc_size > archs[config->arch].vmalloc_size))
		return config->arch == ARCH_X86_64_5 ? "vmalloc must be from 4K to 12800T"
						     : "vmalloc must be from 4K to 32T";
	place_windows(config, &p);
	if (p.vmalloc.start & ~PAGE_MASK || p.modules.start & ~PAGE_MASK)
		return "windows begin at the start of a page: a multiple of 0x1000";
	if (p.vmalloc.start < p.kernel_start || p.modules.start < p.kernel_start)
		return "windows lie in the kernel's half of the address space: that begins at "
		       "0xffff800000000000, and with arch=x86-64-5 at 0xff00000000000000";
	if (p.vmalloc.end <= p.vmalloc.start || p.modules.end <= p.modules.start ||
	    p.vmalloc.end > -PAGE_SIZE || p.modules.end > -PAGE_SIZE)
		return "windows end after they begin, and before the last page there is";
	if (overlap(p.vmalloc, p.modules))
		return "the windows of vmalloc and modules must not overlap";
	if (!place_rest(config, config->memory, &p))
		return "the memory does not fit beside the windows";
	return NULL;
}

uint64_t machine_memory_max(const struct machine_config *config)
{
	uint64_t low = 0, high = MEMORY_MAX >> PAGE_SHIFT;
	struct places p;

	place_windows(config, &p);
	while (low < high) {
		uint64_t middle = low + (high - low + 1) / 2;

		if (place_rest(config, middle << PAGE_SHIFT, &p))
			low = middle;
		else
			high = middle - 1;
	}
	return low << PAGE_SHIFT;
}

bool machine_range_is_free(const struct machine_config *config, vaddr_t start, uint64_t size)
{
	struct span range = { start, start + size };
	struct places p;

	place_windows(config, &p);
	return start >= p.kernel_start && size <= -PAGE_SIZE - start &&
	       place_rest(config, config->memory & PAGE_MASK, &p) &&
	       !overlap(range, p.direct_map) && !overlap(range, p.vmemmap);
}

void address_map_set(struct machine *m, const struct machine_config *config)
{
	const struct arch *arch = &archs[config->arch];
	struct places p;

	place_windows(config, &p);
	place_rest(config, m->ram_size, &p);
	m->arch = arch;
	m->top_level = arch->levels - 1;
	m->kernel_start = p.kernel_start;
	m->page_offset_base = p.direct_map.start;
	m->vmemmap_base = p.vmemmap.start;
	m->vmalloc_start = p.vmalloc.start;
	m->vmalloc_end = p.vmalloc_end;
	m->modules_start = p.modules.start;
	m->modules_end = p.modules.end;
}
