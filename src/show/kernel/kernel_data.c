/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the variables of the simulated kernel hold: the bytes from the image's start on,
 * made up from one snapshot of the machine.
 *
 *	image		kernel.c as it was linked, its variables set
 *	vm_structs	one for each area, in the order of the vmlist, linked by next
 *	vmap_areas	one for each area, then one for each hole
 *	entries		page arrays; that of a large area is an area itself, and its
 *			vm_struct points there, but for a kernel of 32 bits, which has
 *			pointers of 4 bytes
 *	roots		pointers to pages of mem_section
 *	sections	the mem_section of each section of RAM
 *
 * A member is set by its name, wherever it is with the width of the kernel's addresses:
 *
 *	SET(k, address, vm_struct, size, 8192);
 *
 * vmap_area_root is a red-black tree of the areas.  Nothing ever changes it, so it is
 * built in one go: halving the ascending list gives a tree whose leaves lie on its
 * last two levels; those on the last one are red.
 */
#include <string.h>

#include <vmallocfs/page.h>

#include "show/kernel/kernel_image.h"
#include "show/show.h"

#define RB_RED 0u
#define RB_BLACK 1u

struct kernel_data {
	struct machine *m;
	const struct kernel_image *image;
	struct snapshot s;
	struct kernel_callers callers;
	struct records holes[1]; /* struct lazy_record */
	guint8 *bytes;		 /* from the image's start on, */
	uint64_t size;		 /* so many */
	vaddr_t structs;	 /* where the parts begin */
	vaddr_t areas;
	vaddr_t entries;
	vaddr_t roots;
	vaddr_t sections;
};

/* A member of a structure of the image: where it is, and how many bytes it has. */
struct kernel_member {
	size_t at, size;
};
#define MEMBER_OF(type, member)                                                                    \
	{                                                                                          \
		offsetof(type, member), sizeof(((type *)0)->member)                                \
	}
#define MEMBER(k, type, member)                                                                    \
	((k)->image->is_32bit ? (struct kernel_member)MEMBER_OF(struct kernel32_##type, member)    \
			      : (struct kernel_member)MEMBER_OF(struct kernel_##type, member))
#define SIZE_OF(k, type)                                                                           \
	((k)->image->is_32bit ? sizeof(struct kernel32_##type) : sizeof(struct kernel_##type))
#define SET(k, addr, type, member, value) put_member(k, addr, MEMBER(k, type, member), value)

static void *data_at(const struct kernel_data *k, vaddr_t addr)
{
	return k->bytes + (addr - k->image->start);
}

static void put_member(const struct kernel_data *k, vaddr_t addr, struct kernel_member member,
		       uint64_t value)
{
	const uint32_t narrow = (uint32_t)value;

	if (member.size == sizeof(narrow))
		memcpy(data_at(k, addr + member.at), &narrow, sizeof(narrow));
	else
		memcpy(data_at(k, addr + member.at), &value, sizeof(value));
}

/* The bytes of a pointer, and of a long. */
static size_t word_size(const struct kernel_data *k)
{
	return k->image->is_32bit ? sizeof(uint32_t) : sizeof(uint64_t);
}

static void set_word(const struct kernel_data *k, vaddr_t addr, uint64_t value)
{
	put_member(k, addr, (struct kernel_member){ 0, word_size(k) }, value);
}

static vaddr_t image_symbol(const struct kernel_data *k, const char *name)
{
	return kernel_symbol(k->image, name);
}

/* Sets a variable of the image. */
static void set_variable(const struct kernel_data *k, const char *name, uint64_t value)
{
	set_word(k, image_symbol(k, name), value);
}

static vaddr_t struct_address(const struct kernel_data *k, guint i)
{
	return k->structs + i * SIZE_OF(k, vm_struct);
}

static vaddr_t vmap_area_address(const struct kernel_data *k, guint i)
{
	return k->areas + i * SIZE_OF(k, vmap_area);
}

/* The holes of the window: what lies between its areas and the ranges that wait. */
static void list_holes(struct kernel_data *k)
{
	const vaddr_t end = k->m->vmalloc_end & PAGE_MASK;
	vaddr_t at = k->m->vmalloc_start;
	guint i = 0, j = 0;

	while (at < end) {
		vaddr_t next = end, after = end;

		if (i < k->s.areas->len) {
			next = snapshot_area(&k->s, i)->addr;
			after = next + snapshot_area(&k->s, i)->size;
		}
		if (j < k->s.lazy->len &&
		    (i == k->s.areas->len || snapshot_lazy(&k->s, j)->addr < next)) {
			next = snapshot_lazy(&k->s, j)->addr;
			after = next + snapshot_lazy(&k->s, j)->size;
			j++;
		} else {
			i++;
		}
		if (next > at) {
			struct lazy_record hole = { .addr = at, .size = MIN(next, end) - at };

			k->s.failed |= !records_add(k->holes, &hole, sizeof(hole));
		}
		at = MAX(at, after);
	}
}

static uint64_t nr_sections(const struct machine *m)
{
	return machine_is_32bit(m) ? 0
				   : (m->ram_size + (UINT64_C(1) << SECTION_SIZE_BITS) - 1) >>
					     SECTION_SIZE_BITS;
}

/* Decides where the parts lie.  False if there is no room for them. */
static bool lay_out(struct kernel_data *k)
{
	const uint64_t nr_areas = k->s.areas->len;
	vaddr_t end = image_symbol(k, "_end");

	k->structs = end;
	k->areas = k->structs + nr_areas * SIZE_OF(k, vm_struct);
	k->entries = k->areas + (nr_areas + k->holes->len) * SIZE_OF(k, vmap_area);
	k->roots = k->entries + (uint64_t)k->s.entries->len * word_size(k);
	k->sections = k->roots + nr_section_roots(k->m) * sizeof(uint64_t);
	end = PAGE_ALIGN(k->sections + nr_sections(k->m) * sizeof(struct kernel_mem_section));
	k->size = end - k->image->start;
	return end <= k->image->callers;
}

uint64_t kernel_data_most(struct machine *m)
{
	const struct kernel_data k = { .m = m, .image = kernel_image_of(m) };
	const uint64_t nr_areas = vmlist_count(m);
	struct vm_span span;
	uint64_t size;

	if (!kernel_is_shown(m))
		return 0;
	vmlist_span(m, &span);
	size = image_symbol(&k, "_end") - k.image->start + nr_areas * SIZE_OF(&k, vm_struct);
	/* There is a hole before the first area and after the last one, too. */
	size += (nr_areas + span.holes + 2) * SIZE_OF(&k, vmap_area);
	size += (nr_managed_pages(m) - nr_free_pages(m)) * word_size(&k);
	size += nr_section_roots(m) * sizeof(uint64_t);
	size += nr_sections(m) * sizeof(struct kernel_mem_section);
	return MIN(PAGE_ALIGN(size), k.image->callers - k.image->start);
}

/* The image as the linker left it. */
static void put_image(const struct kernel_data *k)
{
	const Elf64_Phdr segment = kernel_segment(k->image);

	memcpy(k->bytes, k->image->elf + segment.p_offset, segment.p_filesz);
}

/* Where the page array of an area is, or 0. */
static vaddr_t pages_of(const struct kernel_data *k, const struct area_record *a)
{
	if (a->array && !k->image->is_32bit)
		return a->array;
	return a->nr_pages && a->entries != NO_ENTRIES ? k->entries + a->entries * word_size(k) : 0;
}

static void put_struct(struct kernel_data *k, guint i)
{
	const struct area_record *a = snapshot_area(&k->s, i);
	const vaddr_t vm = struct_address(k, i);

	SET(k, vm, vm_struct, next, i + 1 < k->s.areas->len ? struct_address(k, i + 1) : 0);
	SET(k, vm, vm_struct, addr, a->addr);
	SET(k, vm, vm_struct, size, a->size);
	SET(k, vm, vm_struct, flags, a->flags & ~VM_SYMBOL);
	SET(k, vm, vm_struct, pages, pages_of(k, a));
	SET(k, vm, vm_struct, nr_pages, MIN(a->nr_pages, UINT32_MAX));
	SET(k, vm, vm_struct, phys_addr, a->phys_addr);
	SET(k, vm, vm_struct, caller, callers_address(&k->callers, &k->s, a));
}

/* Links n vmap_areas from the first on into the list that has its head at `head`. */
static void link_list(struct kernel_data *k, vaddr_t head, guint first, guint n)
{
	vaddr_t last = head;

	for (guint i = first; i < first + n; i++) {
		vaddr_t list = vmap_area_address(k, i) + MEMBER(k, vmap_area, list).at;

		SET(k, list, list_head, prev, last);
		SET(k, last, list_head, next, list);
		last = list;
	}
	SET(k, last, list_head, next, head);
	SET(k, head, list_head, prev, last);
}

/* The address of the tree node of areas [first, first + n), which are below `parent`. */
static vaddr_t put_tree(struct kernel_data *k, guint first, guint n, vaddr_t parent, unsigned level,
			unsigned last_level)
{
	const guint half = n / 2;
	vaddr_t node;

	if (!n)
		return 0;
	node = vmap_area_address(k, first + half) + MEMBER(k, vmap_area, rb_node).at;
	SET(k, node, rb_node, __rb_parent_color,
	    parent | (level && level == last_level ? RB_RED : RB_BLACK));
	SET(k, node, rb_node, rb_left, put_tree(k, first, half, node, level + 1, last_level));
	SET(k, node, rb_node, rb_right,
	    put_tree(k, first + half + 1, n - half - 1, node, level + 1, last_level));
	return node;
}

static void put_vmap_areas(struct kernel_data *k)
{
	const guint n = k->s.areas->len;
	unsigned last_level = 0;

	for (guint i = 0; i < n; i++) {
		const struct area_record *a = snapshot_area(&k->s, i);
		const vaddr_t va = vmap_area_address(k, i);

		SET(k, va, vmap_area, va_start, a->addr);
		SET(k, va, vmap_area, va_end, a->addr + a->size);
		SET(k, va, vmap_area, vm, struct_address(k, i));
	}
	for (guint i = 0; i < k->holes->len; i++) {
		const struct lazy_record *hole = &g_array_index(k->holes, struct lazy_record, i);
		const vaddr_t va = vmap_area_address(k, n + i);

		SET(k, va, vmap_area, va_start, hole->addr);
		SET(k, va, vmap_area, va_end, hole->addr + hole->size);
		SET(k, va, vmap_area, subtree_max_size, hole->size);
	}
	link_list(k, image_symbol(k, "vmap_area_list"), 0, n);
	link_list(k, image_symbol(k, "free_vmap_area_list"), n, k->holes->len);
	while (n >> (last_level + 1))
		last_level++;
	set_variable(k, "vmap_area_root", put_tree(k, 0, n, 0, 0, last_level));
}

/* The pointers in the page arrays. In a kernel of 32 bits they lead into mem_map. */
static void put_entries(struct kernel_data *k)
{
	for (guint i = 0; i < k->s.entries->len; i++) {
		uint64_t entry = g_array_index(k->s.entries, uint64_t, i);

		if (k->image->is_32bit && entry)
			entry = shown_page(k->m, vmemmap_to_pfn(k->m, entry));
		set_word(k, k->entries + i * word_size(k), entry);
	}
}

/* A section's map is encoded as Linux does it: as if it began with frame 0. */
static void put_sections(struct kernel_data *k)
{
	const uint64_t n = nr_sections(k->m);
	const uint64_t map = k->m->vmemmap_base | MEM_SECTION_FLAGS;
	const size_t size = sizeof(struct kernel_mem_section);

	for (uint64_t i = 0; i < n; i++)
		set_word(k, k->sections + i * size, map);
	for (uint64_t i = 0; i < n; i += SECTIONS_PER_ROOT)
		set_word(k, k->roots + i / SECTIONS_PER_ROOT * sizeof(uint64_t),
			 k->sections + i * size);
	set_variable(k, "mem_section", k->roots);
	set_variable(k, "vmemmap_base", k->m->vmemmap_base);
	set_variable(k, "__pgtable_l5_enabled", k->m->arch->levels == 5);
}

static void put_variables(struct kernel_data *k)
{
	const struct machine *m = k->m;

	set_variable(k, "vmlist", k->s.areas->len ? k->structs : 0);
	set_variable(k, "init_mm", m->page_offset_base + m->cr3);
	/* There is no command line; the address is what counts. */
	set_variable(k, "saved_command_line", m->page_offset_base);
	set_variable(k, "page_offset_base", m->page_offset_base);
	set_variable(k, "vmalloc_base", m->vmalloc_start);
	set_variable(k, "max_pfn", m->nr_frames);
	set_variable(k, "max_low_pfn", m->direct_map_size >> PAGE_SHIFT);
	set_variable(k, "min_low_pfn", 0);
	set_variable(k, "_totalram_pages", nr_managed_pages(k->m));
	if (k->image->is_32bit)
		set_variable(k, "mem_map", shown_page(m, 0));
	else
		put_sections(k);
}

static void put_everything(struct kernel_data *k)
{
	put_image(k);
	for (guint i = 0; i < k->s.areas->len; i++)
		put_struct(k, i);
	put_vmap_areas(k);
	put_entries(k);
	put_variables(k);
}

GBytes *show_kernel_data(struct machine *m)
{
	struct kernel_data k = { .m = m, .image = kernel_image_of(m) };
	GBytes *ret = NULL;

	if (!kernel_is_shown(m))
		return g_bytes_new(NULL, 0);
	snapshot_init_arrays(&k.s, m);
	list_holes(&k);
	if (!k.s.failed && lay_out(&k) && host_has(k.size))
		k.bytes = g_try_malloc0(k.size);
	if (k.bytes) {
		callers_init(&k.callers, k.image);
		put_everything(&k);
		callers_deinit(&k.callers);
		ret = g_bytes_new_take(k.bytes, k.size);
	}
	records_free(k.holes);
	snapshot_deinit(&k.s);
	return ret;
}
