/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the variables of the simulated kernel hold: the bytes from KERNEL_IMAGE_START
 * on, made up from one snapshot of the machine.
 *
 *	image		kernel.c as it was linked, its variables set
 *	vm_structs	one for each area, in the order of the vmlist, linked by next
 *	vmap_areas	one for each area, then one for each hole
 *	entries		page arrays; that of a large area is an area itself, and its
 *			vm_struct points there
 *	roots		pointers to pages of mem_section
 *	sections	the mem_section of each section of RAM
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
	struct snapshot s;
	struct kernel_callers callers;
	struct records holes[1]; /* struct lazy_record */
	guint8 *bytes;		 /* from KERNEL_IMAGE_START on, */
	uint64_t size;		 /* so many */
	vaddr_t structs;	 /* where the parts begin */
	vaddr_t areas;
	vaddr_t entries;
	vaddr_t roots;
	vaddr_t sections;
};

static void *data_at(const struct kernel_data *k, vaddr_t addr)
{
	return k->bytes + (addr - KERNEL_IMAGE_START);
}

/* Sets a variable of the image. */
static void set_variable(const struct kernel_data *k, const char *name, uint64_t value)
{
	memcpy(data_at(k, kernel_symbol(name)), &value, sizeof(value));
}

static vaddr_t struct_address(const struct kernel_data *k, guint i)
{
	return k->structs + i * sizeof(struct kernel_vm_struct);
}

static struct kernel_vmap_area *vmap_area(const struct kernel_data *k, guint i)
{
	return (struct kernel_vmap_area *)data_at(k, k->areas) + i;
}

static vaddr_t vmap_area_address(const struct kernel_data *k, guint i)
{
	return k->areas + i * sizeof(struct kernel_vmap_area);
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
	return (m->ram_size + (UINT64_C(1) << SECTION_SIZE_BITS) - 1) >> SECTION_SIZE_BITS;
}

/* Decides where the parts lie.  False if there is no room for them. */
static bool lay_out(struct kernel_data *k)
{
	const uint64_t nr_areas = k->s.areas->len;
	vaddr_t end = kernel_symbol("_end");

	k->structs = end;
	k->areas = k->structs + nr_areas * sizeof(struct kernel_vm_struct);
	k->entries = k->areas + (nr_areas + k->holes->len) * sizeof(struct kernel_vmap_area);
	k->roots = k->entries + (uint64_t)k->s.entries->len * sizeof(uint64_t);
	k->sections = k->roots + nr_section_roots(k->m) * sizeof(uint64_t);
	end = PAGE_ALIGN(k->sections + nr_sections(k->m) * sizeof(struct kernel_mem_section));
	k->size = end - KERNEL_IMAGE_START;
	return end <= KERNEL_CALLERS_START;
}

uint64_t kernel_data_most(struct machine *m)
{
	const uint64_t nr_areas = vmlist_count(m);
	uint64_t size = kernel_symbol("_end") - KERNEL_IMAGE_START;
	struct vm_span span;

	if (!kernel_is_shown(m))
		return 0;
	vmlist_span(m, &span);
	size += nr_areas * sizeof(struct kernel_vm_struct);
	/* There is a hole before the first area and after the last one, too. */
	size += (nr_areas + span.holes + 2) * sizeof(struct kernel_vmap_area);
	size += (nr_managed_pages(m) - nr_free_pages(m)) * sizeof(uint64_t);
	size += nr_section_roots(m) * sizeof(uint64_t);
	size += nr_sections(m) * sizeof(struct kernel_mem_section);
	return MIN(PAGE_ALIGN(size), KERNEL_CALLERS_START - KERNEL_IMAGE_START);
}

/* The image as the linker left it. */
static void put_image(const struct kernel_data *k)
{
	const Elf64_Phdr *segment = (const void *)(kernel_elf + kernel_header()->e_phoff);

	memcpy(k->bytes, kernel_elf + segment->p_offset, segment->p_filesz);
}

static void put_struct(struct kernel_data *k, guint i)
{
	const struct area_record *a = snapshot_area(&k->s, i);
	struct kernel_vm_struct *vm = data_at(k, struct_address(k, i));

	vm->next = i + 1 < k->s.areas->len ? struct_address(k, i + 1) : 0;
	vm->addr = a->addr;
	vm->size = a->size;
	vm->flags = a->flags & ~VM_SYMBOL;
	vm->pages = a->array;
	if (a->nr_pages && !a->array)
		vm->pages = k->entries + a->entries * sizeof(uint64_t);
	vm->nr_pages = (unsigned)MIN(a->nr_pages, UINT32_MAX);
	vm->phys_addr = a->phys_addr;
	vm->caller = callers_address(&k->callers, &k->s, a);
}

/* Links n vmap_areas from the first on into the list that has its head at `head`. */
static void link_list(struct kernel_data *k, vaddr_t head, guint first, guint n)
{
	struct kernel_list_head *last = data_at(k, head);
	vaddr_t last_at = head;

	for (guint i = first; i < first + n; i++) {
		struct kernel_list_head *list = &vmap_area(k, i)->list;

		list->prev = last_at;
		last_at = vmap_area_address(k, i) + offsetof(struct kernel_vmap_area, list);
		last->next = last_at;
		last = list;
	}
	last->next = head;
	((struct kernel_list_head *)data_at(k, head))->prev = last_at;
}

/* The address of the tree node of areas [first, first + n), which are below `parent`. */
static vaddr_t put_tree(struct kernel_data *k, guint first, guint n, vaddr_t parent, unsigned level,
			unsigned last_level)
{
	const guint half = n / 2;
	struct kernel_rb_node *node;
	vaddr_t addr;

	if (!n)
		return 0;
	node = &vmap_area(k, first + half)->rb_node;
	addr = vmap_area_address(k, first + half) + offsetof(struct kernel_vmap_area, rb_node);
	node->__rb_parent_color = parent | (level && level == last_level ? RB_RED : RB_BLACK);
	node->rb_left = put_tree(k, first, half, addr, level + 1, last_level);
	node->rb_right = put_tree(k, first + half + 1, n - half - 1, addr, level + 1, last_level);
	return addr;
}

static void put_vmap_areas(struct kernel_data *k)
{
	const guint n = k->s.areas->len;
	unsigned last_level = 0;

	for (guint i = 0; i < n; i++) {
		struct kernel_vmap_area *va = vmap_area(k, i);

		va->va_start = snapshot_area(&k->s, i)->addr;
		va->va_end = va->va_start + snapshot_area(&k->s, i)->size;
		va->vm = struct_address(k, i);
	}
	for (guint i = 0; i < k->holes->len; i++) {
		const struct lazy_record *hole = &g_array_index(k->holes, struct lazy_record, i);
		struct kernel_vmap_area *va = vmap_area(k, n + i);

		va->va_start = hole->addr;
		va->va_end = hole->addr + hole->size;
		va->subtree_max_size = hole->size;
	}
	link_list(k, kernel_symbol("vmap_area_list"), 0, n);
	link_list(k, kernel_symbol("free_vmap_area_list"), n, k->holes->len);
	while (n >> (last_level + 1))
		last_level++;
	set_variable(k, "vmap_area_root", put_tree(k, 0, n, 0, 0, last_level));
}

/* A section's map is encoded as Linux does it: as if it began with frame 0. */
static void put_sections(struct kernel_data *k)
{
	const uint64_t n = nr_sections(k->m);
	struct kernel_mem_section *sections = data_at(k, k->sections);
	uint64_t *roots = data_at(k, k->roots);

	for (uint64_t i = 0; i < n; i++)
		sections[i].section_mem_map = k->m->vmemmap_base | MEM_SECTION_FLAGS;
	for (uint64_t i = 0; i < n; i += SECTIONS_PER_ROOT)
		roots[i / SECTIONS_PER_ROOT] = k->sections + i * sizeof(*sections);
}

static void put_variables(struct kernel_data *k)
{
	const struct machine *m = k->m;

	set_variable(k, "vmlist", k->s.areas->len ? k->structs : 0);
	set_variable(k, "init_mm", m->page_offset_base + m->cr3);
	set_variable(k, "mem_section", k->roots);
	/* There is no command line; the address is what counts. */
	set_variable(k, "saved_command_line", m->page_offset_base);
	set_variable(k, "page_offset_base", m->page_offset_base);
	set_variable(k, "vmalloc_base", m->vmalloc_start);
	set_variable(k, "vmemmap_base", m->vmemmap_base);
	set_variable(k, "__pgtable_l5_enabled", m->arch->levels == 5);
	set_variable(k, "max_pfn", m->nr_frames);
	set_variable(k, "max_low_pfn", m->nr_frames);
	set_variable(k, "min_low_pfn", 0);
	set_variable(k, "_totalram_pages", nr_managed_pages(k->m));
}

static void put_everything(struct kernel_data *k)
{
	put_image(k);
	for (guint i = 0; i < k->s.areas->len; i++)
		put_struct(k, i);
	put_vmap_areas(k);
	if (k->s.entries->len)
		memcpy(data_at(k, k->entries), k->s.entries->data,
		       k->s.entries->len * sizeof(uint64_t));
	put_sections(k);
	put_variables(k);
}

GBytes *show_kernel_data(struct machine *m)
{
	struct kernel_data k = { .m = m };
	GBytes *ret = NULL;

	if (!kernel_is_shown(m))
		return g_bytes_new(NULL, 0);
	snapshot_init_arrays(&k.s, m);
	list_holes(&k);
	if (!k.s.failed && lay_out(&k) && host_has(k.size))
		k.bytes = g_try_malloc0(k.size);
	if (k.bytes) {
		callers_init(&k.callers);
		put_everything(&k);
		callers_deinit(&k.callers);
		ret = g_bytes_new_take(k.bytes, k.size);
	}
	records_free(k.holes);
	snapshot_deinit(&k.s);
	return ret;
}
