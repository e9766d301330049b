/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * proc/iomem: what lies where in the physical address space.
 *
 *	00000000-00000fff : Reserved
 *	00001000-0fffffff : System RAM
 *	10000000-3fffffffffff : PCI Bus 0000:00
 *	  100000000-100001fff : ioremap/dev
 *
 * First RAM, without frame 0, which is never handed out; above it device memory,
 * up to the end of the CPU's physical addresses.  Device memory contains the
 * ranges that are ioremapped, to the byte, each under the name of its area.
 *
 * A range that lies in another one, or equals it, is listed below that one.  Two
 * ranges that only overlap stand side by side.  A restored layout may have many
 * areas over one range; like Linux, this indents five levels at most.
 */
#include <stdlib.h>
#include <vmallocfs/vmalloc.h>

#include "show/columns.h"
#include "show/growth.h"
#include "show/show.h"
#include "show/words.h"

#define DEPTH_MAX 5

/* A range of device memory that an area maps. */
struct resource {
	paddr_t start;
	paddr_t last;
	vaddr_t addr;	 /* of the area */
	bool symbol;	 /* the name is a kernel's symbol+0x0/0x0 */
	size_t name;	 /* offset in names */
	size_t name_len; /* 0: it has none */
};

struct resources {
	const struct machine *m;
	struct records list[1]; /* struct resource */
	GString *names;
	bool failed; /* the host has no memory for them */
};

/*
 * The range of an area.  False if it has no range: it is not an ioremap, was never
 * mapped, or comes from a machine whose device memory is RAM here.
 */
static bool area_range(const struct vm_struct *area, const struct machine *m, struct resource *ret)
{
	uint64_t payload = area->size - (area->flags & VM_NO_GUARD ? 0 : PAGE_SIZE);
	uint64_t offset = area->phys_addr & ~PAGE_MASK;
	paddr_t first = area->phys_addr - offset;
	uint64_t size;

	if (!(area->flags & VM_IOREMAP) || payload <= offset)
		return false;
	if (first < m->ram_size || first >= PHYS_END || payload > PHYS_END - first)
		return false;
	size = MIN(area->requested_size, payload - offset);
	ret->start = area->phys_addr;
	ret->last = area->phys_addr + size - 1;
	return size;
}

/* Called with the lock held, once for each area; few of them are I/O areas. */
static void add_io_area(void *arg, const struct vm_struct *area)
{
	struct resources *list = arg;
	struct resource r = {
		.addr = area->addr,
		.symbol = area->flags & VM_SYMBOL,
		.name = list->names->len,
	};

	if (!area_range(area, list->m, &r))
		return;
	if (area->caller) {
		r.name_len = strlen(area->caller);
		if (!text_reserve(list->names, r.name_len)) {
			list->failed = true;
			return;
		}
		g_string_append_len(list->names, area->caller, (gssize)r.name_len);
	}
	list->failed |= !records_add(list->list, &r, sizeof(r));
}

/* Parents before children: where two begin together the larger one comes first. */
static int compare_resources(const void *a, const void *b)
{
	const struct resource *x = a;
	const struct resource *y = b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	if (x->last != y->last)
		return x->last > y->last ? -1 : 1;
	return (x->addr > y->addr) - (x->addr < y->addr);
}

static void resources_init(struct resources *r, struct machine *m)
{
	*r = (struct resources){ .m = m, .names = g_string_new(NULL) };
	vmlist_for_each(m, add_io_area, r);
	if (r->list->len)
		qsort(r->list->data, r->list->len, sizeof(struct resource), compare_resources);
}

static void resources_deinit(struct resources *r)
{
	records_free(r->list);
	g_string_free(r->names, TRUE);
}

/* Eight digits, or as many as it takes. */
static char *put_phys(char *p, paddr_t addr)
{
	return addr >> 32 ? put_hex(p, addr) : put_hex_wide(p, addr, 8);
}

#define ROW_MAX (2 * DEPTH_MAX + 2 * HEX_MAX + 64)

static char *put_range_at(char *p, unsigned depth, paddr_t start, paddr_t last)
{
	p = put_phys(put_blanks(p, 2 * depth), start);
	*p++ = '-';
	return put_str(put_phys(p, last), " : ");
}

static void add_fixed(GString *out, paddr_t start, paddr_t last, const char *name)
{
	char *p = put_range_at(text_room(out, ROW_MAX), 0, start, last);

	text_end(out, put_str(put_str(p, name), "\n"));
}

static void add_resource(GString *out, const struct resource *r, const char *name, unsigned depth)
{
	char *p = text_room(out, ROW_MAX + 4 * r->name_len);

	p = put_range_at(p, depth, r->start, r->last);
	if (!r->name_len)
		p = put_vaddr(p, r->addr);
	else if (r->symbol)
		p = put_bytes(p, name, r->name_len);
	else
		p = put_escaped(p, name, r->name_len);
	*p++ = '\n';
	text_end(out, p);
}

/*
 * A range that ends before this one does cannot contain it.  False: the host has no
 * memory for the text.
 */
static bool add_resources(GString *out, const struct resources *list)
{
	paddr_t open[DEPTH_MAX]; /* last addresses of the ranges around it, outermost first */
	unsigned depth = 0;

	open[depth++] = PHYS_END - 1;
	for (guint i = 0; i < list->list->len; i++) {
		const struct resource *r = &g_array_index(list->list, struct resource, i);

		while (open[depth - 1] < r->last)
			depth--;
		if (!text_reserve(out, ROW_MAX + 4 * r->name_len))
			return false;
		add_resource(out, r, list->names->str + r->name, depth);
		if (depth < DEPTH_MAX)
			open[depth++] = r->last;
	}
	return true;
}

GBytes *show_iomem(struct machine *m)
{
	GString *out = g_string_new(NULL);
	struct resources list;
	bool ok;

	resources_init(&list, m);
	add_fixed(out, 0, PAGE_SIZE - 1, "Reserved");
	add_fixed(out, PAGE_SIZE, m->ram_size - 1, "System RAM");
	add_fixed(out, m->ram_size, PHYS_END - 1, "PCI Bus 0000:00");
	ok = !list.failed && add_resources(out, &list);
	resources_deinit(&list);
	return text_finish(out, ok);
}
