/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Walking the lists.  An entry is a struct vmap_area, which names a struct vm_struct
 * if the area has one.
 */
#include <errno.h>
#include <inttypes.h>

#include "input/dump/kernel_areas.h"
#include "input/dump/kernel_list.h"

#define NODES_MAX 4096	    /* of vmap_nodes: as many as processors, at most */
#define ZONE_BYTES 65536    /* unless the kernel says otherwise */
#define DUMP_PAGE_SIZE 4096 /* the least there is */

static bool read_vm(struct dump *d, uint64_t vm, struct dump_area *a)
{
	const struct dump_memory *mem = &d->memory;
	const struct kernel_types *t = &d->types;

	return memory_u64(mem, vm + t->vm_addr, &a->start) &&
	       memory_u64(mem, vm + t->vm_size, &a->size) &&
	       memory_u64(mem, vm + t->vm_flags, &a->flags) &&
	       memory_u64(mem, vm + t->vm_pages, &a->pages) &&
	       memory_u32(mem, vm + t->vm_nr_pages, &a->nr_pages) &&
	       memory_u64(mem, vm + t->vm_phys_addr, &a->phys) &&
	       memory_u64(mem, vm + t->vm_caller, &a->caller);
}

static bool read_entry(struct dump *d, uint64_t va, enum dump_kind kind, struct dump_area *a)
{
	const struct dump_memory *mem = &d->memory;
	const struct kernel_types *t = &d->types;
	uint64_t end, vm;

	*a = (struct dump_area){ .kind = kind };
	if (!memory_u64(mem, va + t->va_start, &a->start) || !memory_u64(mem, va + t->va_end, &end))
		return false;
	a->size = end - a->start;
	/* A freed range has other members where a busy one has vm. */
	if (kind != DUMP_AREA)
		return true;
	if (!memory_u64(mem, va + t->va_vm, &vm))
		return false;
	if (vm)
		return read_vm(d, vm, a);
	a->kind = DUMP_MAP_RAM;
	return true;
}

static int walk_list(struct dump *d, uint64_t head, enum dump_kind kind, const char *name,
		     char **error)
{
	struct kernel_list l;

	kernel_list_init(&l, &d->memory, head);
	while (kernel_list_next(&l)) {
		struct dump_area a;

		if (!read_entry(d, l.node - d->types.va_list, kind, &a)) {
			l.problem = "cannot be read";
			break;
		}
		if (a.start + a.size <= a.start) {
			l.problem = "has a range that ends before it begins";
			break;
		}
		if (a.nr_pages > a.size / DUMP_PAGE_SIZE) {
			l.problem = "names more pages than its range has";
			break;
		}
		if (d->areas->len >= d->areas_max) {
			l.problem = "is longer than the dump has room for";
			break;
		}
		g_array_append_val(d->areas, a);
	}
	if (!l.problem)
		return 0;
	*error = g_strdup_printf("%s %s at 0x%" PRIx64 ", after %u areas: the dump is torn, or "
				 "was made without these pages (makedumpfile -d 1 keeps them)",
				 name, l.problem, l.node, d->areas->len);
	return -EINVAL;
}

/* A list may have no head yet: an early dump. */
static int walk_pool(struct dump *d, uint64_t pool, char **error)
{
	uint64_t head = pool + d->types.pool_head, first;

	if (memory_u64(&d->memory, head, &first) && !first)
		return 0;
	return walk_list(d, head, DUMP_POOLED, "a pool of freed ranges", error);
}

static int walk_pools(struct dump *d, uint64_t node, char **error)
{
	const struct kernel_types *t = &d->types;
	int err = 0;

	for (uint32_t i = 0; !err && i < t->nr_pools; i++)
		err = walk_pool(d, node + t->node_pool + (uint64_t)i * t->pool_size, error);
	return err;
}

/* Since 6.9. Linux lists the areas of all nodes, then what waits in all nodes. */
static int walk_nodes(struct dump *d, uint64_t nodes, uint32_t nr, char **error)
{
	const struct kernel_types *t = &d->types;
	int err = 0;

	for (uint32_t i = 0; !err && i < nr; i++)
		err = walk_list(d, nodes + (uint64_t)i * t->node_size + t->node_busy, DUMP_AREA,
				"a node's list of areas", error);
	for (uint32_t i = 0; !err && i < nr; i++)
		err = walk_list(d, nodes + (uint64_t)i * t->node_size + t->node_lazy, DUMP_UNPURGED,
				"a node's list of freed ranges", error);
	for (uint32_t i = 0; !err && i < nr; i++)
		err = walk_pools(d, nodes + (uint64_t)i * t->node_size, error);
	return err;
}

static int read_vmap_nodes(struct dump *d, uint64_t pointer, char **error)
{
	const struct kernel_types *t = &d->types;
	uint64_t addr, nodes;
	uint32_t nr, zone;

	if (!kallsyms_find(&d->symbols, "nr_vmap_nodes", &addr) ||
	    !memory_u32(&d->memory, addr, &nr) || !memory_u64(&d->memory, pointer, &nodes) || !nr ||
	    nr > NODES_MAX || t->node_busy == NO_MEMBER || t->node_lazy == NO_MEMBER ||
	    t->node_pool == NO_MEMBER || t->pool_head == NO_MEMBER) {
		*error = g_strdup("its nodes of areas (vmap_nodes) cannot be read");
		return -EINVAL;
	}
	d->list_nodes = nr;
	d->list_zone = ZONE_BYTES;
	if (kallsyms_find(&d->symbols, "vmap_zone_size", &addr) &&
	    memory_u32(&d->memory, addr, &zone) && zone)
		d->list_zone = zone;
	return walk_nodes(d, nodes, nr, error);
}

int kernel_areas_read(struct dump *d, char **error)
{
	uint64_t list, lazy;
	int err;

	if (kallsyms_find(&d->symbols, "vmap_nodes", &list))
		return read_vmap_nodes(d, list, error);
	if (!dump_file_symbol(d->file, "vmap_area_list", &list) &&
	    !kallsyms_find(&d->symbols, "vmap_area_list", &list)) {
		*error = g_strdup("its symbols have neither vmap_area_list nor vmap_nodes");
		return -EINVAL;
	}
	err = walk_list(d, list, DUMP_AREA, "its list of areas", error);
	if (!err && kallsyms_find(&d->symbols, "purge_vmap_area_list", &lazy))
		err = walk_list(d, lazy, DUMP_UNPURGED, "its list of freed ranges", error);
	return err;
}
