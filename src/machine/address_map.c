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
 *
 * With 32-bit addresses the space is too small for all that, and so the direct map has
 * only the low memory, up to 8 MiB below the window:
 *
 *	0xc0000000                                         0xfeffe000     2^32
 *	|  direct map: low memory  |  8 MiB  |    vmalloc window    |  . . .  |
 *
 * Linux gives the window 128 MiB with these 8 MiB; with less RAM than low memory could be
 * it begins 8 MiB after the RAM.  Modules are in the window.  There is no vmemmap.
 */
#include <string.h>

#include <vmallocfs/page.h>
#include "machine/address_map.h"

#define MiB (UINT64_C(1) << 20)
#define GiB (UINT64_C(1) << 30)
#define TiB (UINT64_C(1) << 40)

/* The kernel's image and all that lies above it in Linux: nothing moves there. */
#define MOVED_END UINT64_C(0xffffffff80000000)

#define MODULES_END UINT64_C(0xffffffffff000000)

#define PAE_PAGE_OFFSET UINT64_C(0xc0000000)
#define PAE_VMALLOC_END UINT64_C(0xfeffe000) /* two pages below the window of kmap */
#define PAE_RESERVE (128 * MiB)		     /* of the window, if nothing else is asked for */
#define PAE_HOLE (8 * MiB)		     /* before it, and part of that */
#define PAE_LOW_MIN (16 * MiB)		     /* low memory, if there is so much RAM */

static const struct arch archs[NR_ARCHS] = {
	[ARCH_X86_64] = {
		.name = "x86-64",
		.levels = 4,
		.address_bits = 48,
		.kernel_start = UINT64_C(0xffff800000000000),
		.page_offset = PAGE_OFFSET,
		.vmalloc_start = VMALLOC_START,
		.vmalloc_size = VMALLOC_SIZE_MAX,
		.vmemmap_start = VMEMMAP_START,
		.memory_max = MEMORY_MAX,
	},
	[ARCH_X86_64_5] = {
		.name = "x86-64-5",
		.levels = 5,
		.address_bits = 57,
		.kernel_start = UINT64_C(0xff00000000000000),
		.page_offset = UINT64_C(0xff11000000000000),
		.vmalloc_start = UINT64_C(0xffa0000000000000),
		.vmalloc_size = 12800 * TiB,
		.vmemmap_start = UINT64_C(0xffd4000000000000),
		.memory_max = MEMORY_MAX,
	},
	[ARCH_X86_PAE] = {
		.name = "x86-pae",
		.levels = 3,
		.address_bits = 32,
		.kernel_start = GiB, /* of other kernels; PAE_PAGE_OFFSET of ours */
		.end = UINT64_C(1) << 32,
		.page_offset = PAE_PAGE_OFFSET,
		.vmalloc_start = PAE_VMALLOC_END - PAE_RESERVE + PAE_HOLE,
		.vmalloc_size = PAE_VMALLOC_END - PAE_PAGE_OFFSET,
		.vmemmap_start = UINT64_C(1) << 32,
		.memory_max = 64 * GiB,
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

/* True if the window's size is left to the rule of Linux. */
static bool size_by_rule(const struct machine_config *config)
{
	return config->vmalloc_size == archs[config->arch].vmalloc_size ||
	       config->vmalloc_size == VMALLOC_SIZE_MAX;
}

/* Where the window of a 32-bit machine begins, unless that was given. */
static vaddr_t start_32bit(const struct machine_config *config, uint64_t memory)
{
	uint64_t most = PAE_VMALLOC_END - PAE_PAGE_OFFSET - PAE_RESERVE;

	if (!size_by_rule(config))
		return PAE_VMALLOC_END - (config->vmalloc_size & PAGE_MASK);
	return PAE_PAGE_OFFSET + (memory < most ? PAGE_ALIGN(memory) : most) + PAE_HOLE;
}

static void place_windows_32bit(const struct machine_config *config, uint64_t memory,
				struct places *p)
{
	vaddr_t low = PAE_PAGE_OFFSET;

	p->vmalloc.start = start_32bit(config, memory);
	p->vmalloc_end = PAE_VMALLOC_END;
	if (config->vmalloc_end) {
		p->vmalloc.start = config->vmalloc_start;
		p->vmalloc_end = config->vmalloc_end;
	}
	p->vmalloc.end = end_after(p->vmalloc_end);
	p->modules = p->vmalloc;
	if (config->modules_end)
		p->modules = (struct span){ config->modules_start, end_after(config->modules_end) };
	if (low > p->vmalloc.start)
		low = p->vmalloc.start;
	if (low > p->modules.start)
		low = p->modules.start;
	p->kernel_start = low & ~(GiB - 1); /* an entry of the PGD is the kernel's or a user's */
}

static void place_windows(const struct machine_config *config, uint64_t memory, struct places *p)
{
	const struct arch *arch = &archs[config->arch];

	if (arch_is_32bit(arch)) {
		place_windows_32bit(config, memory, p);
		return;
	}
	p->kernel_start = arch->kernel_start;
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

/* How many bytes from `start` on meet neither window, nor the hole before the first one. */
static uint64_t room_from(const struct places *p, const struct arch *arch, vaddr_t start)
{
	vaddr_t end = arch->end - PAGE_SIZE;
	vaddr_t window = p->vmalloc.start - PAE_HOLE;

	if (overlap((struct span){ start, start + 1 }, p->vmalloc) ||
	    overlap((struct span){ start, start + 1 }, p->modules) || start >= end)
		return 0;
	if (p->vmalloc.start > start && window < end)
		end = window > start ? window : start;
	if (p->modules.start > start && p->modules.start < end)
		end = p->modules.start;
	return end - start;
}

/* The low memory of a 32-bit machine: at 0xc0000000, or after a window that lies there. */
static bool place_low_memory(const struct machine_config *config, uint64_t memory, struct places *p)
{
	const struct arch *arch = &archs[config->arch];
	const vaddr_t try[] = { arch->page_offset, align_up(p->vmalloc.end, 2 * MiB),
				align_up(p->modules.end, 2 * MiB), p->kernel_start };
	uint64_t frames = memory >> PAGE_SHIFT;

	p->vmemmap = (struct span){ arch->vmemmap_start,
				    arch->vmemmap_start + frames * STRUCT_PAGE_SIZE };
	for (unsigned i = 0; i < sizeof(try) / sizeof(try[0]); i++) {
		uint64_t room = room_from(p, arch, try[i]);

		if (room < memory && room < PAE_LOW_MIN)
			continue;
		p->direct_map = (struct span){ try[i], try[i] + (room < memory ? room : memory) };
		return memory <= arch->memory_max;
	}
	return false;
}

/* The direct map and the vmemmap of so much memory.  False if they find no room. */
static bool place_rest(const struct machine_config *config, uint64_t memory, struct places *p)
{
	const struct arch *arch = &archs[config->arch];
	uint64_t frames = memory >> PAGE_SHIFT;
	struct span taken[3] = { p->vmalloc, p->modules };

	if (arch_is_32bit(arch))
		return place_low_memory(config, memory & PAGE_MASK, p);
	if (!find_room_for(p, arch->page_offset, align_up(memory, PAGE_SIZE), taken, 2,
			   &p->direct_map))
		return false;
	taken[2] = p->direct_map;
	return find_room_for(p, arch->vmemmap_start, PAGE_ALIGN(frames * STRUCT_PAGE_SIZE), taken,
			     3, &p->vmemmap);
}

/* What is wrong with a size, or NULL. */
static const char *check_size(const struct machine_config *config)
{
	static const char *const sizes[NR_ARCHS] = {
		[ARCH_X86_64] = "vmalloc must be from 4K to 32T",
		[ARCH_X86_64_5] = "vmalloc must be from 4K to 12800T",
		[ARCH_X86_PAE] = "vmalloc must be from 4K to 983M, which leaves 16M of low memory",
	};
	uint64_t most = archs[config->arch].vmalloc_size;

	if (config->vmalloc_end || size_by_rule(config))
		return NULL;
	if (arch_is_32bit(&archs[config->arch]))
		most -= PAE_HOLE + PAE_LOW_MIN;
	return config->vmalloc_size < PAGE_SIZE || config->vmalloc_size > most ? sizes[config->arch]
									       : NULL;
}

/* What is wrong with the windows, or NULL. */
static const char *check_windows(const struct machine_config *config, const struct places *p)
{
	const struct arch *arch = &archs[config->arch];
	const vaddr_t end = arch->end - PAGE_SIZE;

	if (p->vmalloc.start & ~PAGE_MASK || p->modules.start & ~PAGE_MASK)
		return "windows begin at the start of a page: a multiple of 0x1000";
	if (p->vmalloc.start < arch->kernel_start || p->modules.start < arch->kernel_start)
		return "windows lie in the kernel's half of the address space: that begins at "
		       "0xffff800000000000, with arch=x86-64-5 at 0xff00000000000000, and with "
		       "arch=x86-pae no lower than 0x40000000";
	if (p->vmalloc.end <= p->vmalloc.start || p->modules.end <= p->modules.start ||
	    p->vmalloc.end > end || p->modules.end > end)
		return "windows end after they begin, and before the last page there is";
	if ((config->modules_end || !arch_is_32bit(arch)) && overlap(p->vmalloc, p->modules))
		return "the windows of vmalloc and modules must not overlap";
	return NULL;
}

const char *address_map_check(const struct machine_config *config)
{
	const char *wrong;
	struct places p;

	if (config->arch >= NR_ARCHS)
		return "arch must be x86-64, x86-64-5 or x86-pae";
	if (config->memory > archs[config->arch].memory_max)
		return "memory must be from 1M to 32T, and with arch=x86-pae at most 64G";
	wrong = check_size(config);
	if (wrong)
		return wrong;
	place_windows(config, config->memory, &p);
	wrong = check_windows(config, &p);
	if (wrong)
		return wrong;
	if (!place_rest(config, config->memory, &p))
		return "the memory does not fit beside the windows";
	return NULL;
}

uint64_t machine_memory_max(const struct machine_config *config)
{
	uint64_t low = 0, high = archs[config->arch].memory_max >> PAGE_SHIFT;
	struct places p;

	while (low < high) {
		uint64_t middle = low + (high - low + 1) / 2;

		place_windows(config, middle << PAGE_SHIFT, &p);
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
	const vaddr_t end = archs[config->arch].end - PAGE_SIZE;
	struct places p;

	place_windows(config, config->memory, &p);
	return start >= p.kernel_start && start <= end && size <= end - start &&
	       place_rest(config, config->memory & PAGE_MASK, &p) &&
	       !overlap(range, p.direct_map) && !overlap(range, p.vmemmap);
}

void address_map_set(struct machine *m, const struct machine_config *config)
{
	const struct arch *arch = &archs[config->arch];
	struct places p;

	place_windows(config, m->ram_size, &p);
	place_rest(config, m->ram_size, &p);
	m->arch = arch;
	m->level_rules = level_rules_of(arch);
	m->top_level = arch->levels - 1;
	m->gap_start = arch_is_32bit(arch) ? arch->end : -arch->kernel_start;
	m->gap_last = arch_is_32bit(arch) ? UINT64_MAX : arch->kernel_start - 1;
	m->kernel_start = p.kernel_start;
	m->address_last = arch->end - 1;
	m->page_offset_base = p.direct_map.start;
	m->direct_map_size = p.direct_map.end - p.direct_map.start;
	m->vmemmap_base = p.vmemmap.start;
	m->vmalloc_start = p.vmalloc.start;
	m->vmalloc_end = p.vmalloc_end;
	if (p.modules.start == p.vmalloc.start)
		return; /* modules are in the window of vmalloc */
	m->modules_start = p.modules.start;
	m->modules_end = p.modules.end;
}
