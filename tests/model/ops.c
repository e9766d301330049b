/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Random operations.  Each decides what to call, asks the model what should come
 * of it, calls the machine, and compares.
 */
#include <errno.h>
#include <stdlib.h>
#include "history.h"
#include "model.h"

/* 0 half of the time.  Each draw is a statement: in one expression C leaves their order open. */
static uint64_t maybe(uint64_t n)
{
	return any(2) ? any(n) : 0;
}

struct area *pick(unsigned kinds)
{
	unsigned start = w.nr_areas ? (unsigned)any(w.nr_areas) : 0;

	for (unsigned i = 0; i < w.nr_areas && i < 20; i++) {
		struct area *a = w.area[(start + i) % w.nr_areas];

		if (kinds >> a->kind & 1)
			return a;
	}
	return NULL;
}

static uint64_t random_size(void)
{
	uint64_t x = any(1000), most = x < 700 ? 8 : x < 940 ? 32 : x < 995 ? 300 : 2500;

	if (x == 999)
		return any(2) ? any(3) : UINT64_MAX >> any(50);
	return any(4) ? (1 + any(most)) * P : 1 + any(most * P);
}

void set_policy(enum vm_policy policy)
{
	note("vmalloc_set_policy", "%lu", (uint64_t)policy);
	if (vmalloc_set_policy(w.m, policy))
		fail("no %s", vm_policy_name(policy));
	w.policy = policy;
}

static void op_vmalloc(void)
{
	static const char *const names[] = { "vmalloc_exec", "vmalloc_user",	    "vmalloc_node",
					     "vmalloc_32",   "vmalloc_32_user",	    "vmalloc",
					     "vmalloc",	     "__vmalloc_node_range" };
	uint64_t size = random_size(), align = any(8) ? 0 : UINT64_C(1) << any(24);
	vaddr_t start = w.m->vmalloc_start, end = w.m->vmalloc_end, got;
	unsigned how = (unsigned)any(8);
	bool user = how == 1 || how == 4;
	struct area *a = NULL;
	int err, node = how == 2 ? (int)any(w.m->nr_nodes + 1) - 1 : NUMA_NO_NODE;

	if (how == 7) {
		start += any(1000) * P;
		start += any(3);
		end = any(4) ? end : start + any(300) * P;
		note(names[how], "%lu bytes, align 0x%lx, 0x%lx-0x%lx", size, align, start, end);
	} else {
		align = 0;
		note(names[how], "%lu bytes", size);
	}
	err = new_area(size, align, start, end, user ? USER : VMALLOC, &a);
	errno = 0;
	switch (how) {
	case 0:
		got = vmalloc_exec(w.m, size, "exec");
		break;
	case 1:
		got = vmalloc_user(w.m, size, "user");
		break;
	case 2:
		got = vmalloc_node(w.m, size, node, "node");
		break;
	case 3:
		got = vmalloc_32(w.m, size, "32");
		break;
	case 4:
		got = vmalloc_32_user(w.m, size, "32_user");
		break;
	case 7:
		got = __vmalloc_node_range(w.m, size, align, start, end, GFP_KERNEL, PAGE_KERNEL, 0,
					   NUMA_NO_NODE, "range");
		break;
	default:
		got = vmalloc(w.m, size, NULL);
	}
	expect(got, errno, err, err ? 0 : a->addr, "an allocation");
	if (!err)
		write_all(a);
}

static void op_free(void)
{
	struct area *a = pick(1u << VMALLOC | 1u << USER | 1u << VMAP | 1u << IO | 1u << BARE);

	if (!a)
		return;
	check_content(a);
	if (a->kind == BARE && any(2)) {
		note("remove_vm_area", "0x%lx", a->addr);
		free_vm_struct(w.m, remove_vm_area(w.m, a->addr));
	} else if (any(2)) {
		note("vfree", "0x%lx", a->addr);
		vfree(w.m, a->addr);
	} else {
		note("vunmap", "0x%lx", a->addr);
		vunmap(w.m, a->addr);
	}
	drop(a);
}

/* What of an area a plan of a resize speaks of. */
struct shape {
	vaddr_t addr;
	uint64_t size;
	uint64_t capacity;
	vaddr_t array;
};

static void copy_shape(void *arg, const struct vm_struct *area)
{
	*(struct shape *)arg =
		(struct shape){ area->addr, area->size, area->pages.capacity, area->pages.addr };
}

/* A resize that succeeded did what the plan had said. */
static void check_plan(const struct vm_resize_plan *plan, const struct shape *old, vaddr_t now)
{
	struct shape new = { 0 };
	bool moved = now != old->addr;

	if (!vmlist_with(w.m, now, copy_shape, &new))
		fail("the area is not at 0x%llx", (unsigned long long)now);
	if (new.size != (plan->new_pages + 1) * P)
		fail("%llu pages were planned", (unsigned long long)plan->new_pages);
	if (new.capacity != plan->capacity &&
	    (plan->array != VM_ARRAY_GROWS || new.capacity != plan->least))
		fail("a page array of %llu entries, not of %llu", (unsigned long long)new.capacity,
		     (unsigned long long)plan->capacity);
	if (!new.array != !vm_array_area_size(new.capacity) ||
	    (new.array != old->array) !=
		    (plan->array != VM_ARRAY_STAYS && (new.array || old->array)))
		fail("the page array is at 0x%llx", (unsigned long long)new.array);
	/* The area moves against the plan only if its new array took the planned room. */
	if (moved != (plan->place == VM_RESIZE_MOVES) &&
	    !(plan->array == VM_ARRAY_GROWS && new.array))
		fail("the plan was %u, and it went to 0x%llx", plan->place,
		     (unsigned long long)now);
}

static void op_resize(void)
{
	struct area *a = pick(1u << VMALLOC | 1u << USER);
	struct vm_resize_plan plan;
	struct shape shape = { 0 };
	uint64_t size;
	vaddr_t old, got = 0;
	int err, planned, want;

	if (!a)
		return;
	old = a->addr;
	size = any(3) ? random_size() : a->requested + any(3 * P);
	check_content(a);
	note("vresize", "0x%lx to %lu bytes", old, size);
	want = model_resize(a, size);
	vmlist_with(w.m, old, copy_shape, &shape);
	planned = vm_plan_resize(w.m, old, size, &plan);
	err = vresize(w.m, old, size, &got);
	expect(err ? 0 : got, -err, want, a->addr, "a resize");
	if (!err && planned)
		fail("what was done had no plan");
	if (!err)
		check_plan(&plan, &shape, got);
	write_all(a);
}

static void op_vmap(void)
{
	struct area *from = pick(1u << VMALLOC | 1u << USER | 1u << VMAP), *a = NULL;
	static struct page *page[64];
	struct frame **frame;
	uint64_t count, first;
	vaddr_t got;
	int err;

	if (!from)
		return;
	frame = get(64 * sizeof(frame[0]));
	first = any(from->n);
	count = 1 + any(from->n - first < 64 ? from->n - first : 64);
	for (uint64_t i = 0; i < count; i++) {
		uint64_t at = any(4) ? first + i : first;

		page[i] = vmalloc_to_page(w.m, from->addr + at * P);
		frame[i] = from->frame[at];
	}
	note("vmap", "%lu pages, from page %lu of 0x%lx", count, first, from->addr);
	err = reserve(count * P, 0, w.m->vmalloc_start, w.m->vmalloc_end, VMAP, &a);
	if (!err) {
		err = take_tables(a->addr, count);
		if (err)
			drop(a);
	}
	errno = 0;
	got = vmap(w.m, page, count, VM_MAP, PAGE_KERNEL, "twin");
	expect(got, errno, err, err ? 0 : a->addr, "vmap");
	if (err) {
		free(frame);
		return;
	}
	a->frame = frame;
	a->n = count;
	for (uint64_t i = 0; i < count; i++)
		frame[i]->refs++;
	check_content(a);
	write_page(a, any(count)); /* the owner sees it, too */
}

static void op_ioremap(void)
{
	uint64_t size = any(3) ? 1 + any(16 * P) : 1 + any(P << any(10)),
		 offset = any(3) ? 0 : any(P);
	struct area *a = NULL;
	paddr_t phys = w.m->io_start + any(1000) * P + offset;
	pgprot_t flags = any(2) ? _PAGE_PCD : 0;
	vaddr_t got;
	int err;

	note("ioremap", "0x%lx, %lu bytes", phys, size);
	err = reserve(PAGE_ALIGN(size + offset), 0, w.m->vmalloc_start, w.m->vmalloc_end, IO, &a);
	if (!err) {
		a->n = a->size / P - 1;
		a->requested = size;
		err = take_tables(a->addr, a->n);
		if (err)
			drop(a);
	}
	errno = 0;
	got = ioremap(w.m, phys, size, flags, "io");
	expect(got, errno, err, err ? 0 : a->addr + offset, "ioremap");
}

/* A window that makes no sense, or little. */
static void random_window(vaddr_t *start, vaddr_t *end)
{
	static const vaddr_t bases[] = { P, MODULES_VADDR, 0, VMALLOC_START - 40 * P };
	const struct area *a = pick(~0u);

	switch (any(8)) {
	case 0:
		*start = -(1 + any(40)) * P;
		*end = UINT64_MAX - maybe(20 * P);
		return;
	case 1:
		*start = bases[any(4)];
		*start += maybe(20 * P);
		*end = *start + any(60 * P);
		return;
	case 2: /* reversed */
		*end = w.m->vmalloc_start + any(100) * P;
		*start = *end + any(3) * P;
		return;
	case 3:
		*start = any(2) ? 0 : P;
		*end = UINT64_MAX;
		return;
	default: /* near some area */
		*start = (a ? a->addr : w.m->vmalloc_start) + any(9) * P - 4 * P;
		*start += maybe(P);
		*end = *start + any(1 + (P << any(9)));
		*end += maybe(12) * P;
	}
}

static void op_get_vm_area(void)
{
	uint64_t size = any(50) ? (1 + maybe(16)) * P : -maybe(4) * P;
	uint64_t less = maybe(P);
	uint64_t align = any(3) ? 0 : UINT64_C(1) << any(30);
	vaddr_t start, end;
	bool io = any(4) == 0;
	struct vm_struct *got;
	struct area *a = NULL;
	int err;

	size -= less;
	random_window(&start, &end);
	/* An area across both halves of the space can be placed, but leaves no room for others. */
	if (size > UINT64_C(1) << 40 && end > start + size) {
		start = w.m->vmalloc_start;
		end = w.m->vmalloc_end;
	}
	note("get_vm_area_range", "%lu bytes, align 0x%lx, 0x%lx-0x%lx", size, align, start, end);
	err = reserve(size, align, start, end, io ? IO : BARE, &a);
	errno = 0;
	got = get_vm_area_range(w.m, size, align, io ? VM_IOREMAP : VM_ALLOC, start, end, -1,
				"bare");
	expect(got ? got->addr : 0, errno, err, err ? 0 : a->addr, "get_vm_area");
	if (a)
		a->kind = BARE;
}

void drop_vma(struct range *r)
{
	note("vma_destroy", "%lu pages", r->n);
	vma_destroy(w.m, r->vma);
	w.free += r->tables;
	for (uint64_t i = 0; i < r->n; i++)
		put_frame(r->frame[i]);
	free(r->frame);
	*r = (struct range){ 0 };
}

static void op_vma(void)
{
	struct range *r = &w.vma[any(4)];
	struct area *a = pick(1u << USER);
	uint64_t n, first, tables;
	int err, want;

	if (r->vma) {
		static unsigned char page[P];
		uint64_t i = r->n ? any(r->n) : 0;

		if (r->n && vma_read(w.m, r->vma, page, i * P, P) == (ssize_t)P)
			check_page(r->frame[i], page, "a vma", i);
		else if (r->n)
			fail("cannot read a vma");
		drop_vma(r);
		return;
	}
	if (!a)
		return;
	n = 1 + any(a->n + 1);
	first = any(3) ? 0 : any(a->n + 2);
	note("vma_create", "%lu pages", n);
	want = w.free ? 0 : -ENOMEM;
	err = vma_create(w.m, n * P, &r->vma);
	expect(!err, -err, want, 1, "vma_create");
	if (err)
		return;
	w.free--;
	r->tables = 1;
	tables = 2 + (n + 511) / 512;
	note("remap_vmalloc_range", "0x%lx, from page %lu", a->addr, first);
	want = first > a->n || n > a->n - first ? -EINVAL : tables > w.free ? -ENOMEM : 0;
	err = remap_vmalloc_range(w.m, r->vma, a->addr, first);
	expect(!err, -err, want, 1, "remap_vmalloc_range");
	if (err)
		return;
	w.free -= tables;
	r->tables += tables;
	r->n = n;
	r->frame = get(n * sizeof(r->frame[0]));
	for (uint64_t i = 0; i < n; i++) {
		r->frame[i] = a->frame[first + i];
		r->frame[i]->refs++;
	}
}

static void op_look(void)
{
	struct area *a = pick(1u << VMALLOC | 1u << USER | 1u << VMAP);

	if (!a)
		return;
	note("vread_area, vwrite_area", "0x%lx", a->addr);
	check_content(a);
	write_page(a, any(a->n));
}

static void op_lazy(void)
{
	if (any(2)) {
		note("purge_vmap_area_lazy", "%lu pages wait", w.nr_lazy[0] + w.nr_lazy[1]);
		purge_vmap_area_lazy(w.m);
		purge();
		return;
	}
	w.lazy_max = any(3) ? any(600) : 0;
	note("vmalloc_set_lazy_max", "%lu", w.lazy_max);
	vmalloc_set_lazy_max(w.m, w.lazy_max);
	keep_below_max();
}

void one_op(void)
{
	/* The space fills up and empties again in waves. */
	unsigned wish = w.op / 3000 % 2 ? 30 : 42;
	unsigned x = (unsigned)any(100);

	if (any(300) == 0)
		op_lazy();
	else if (w.nr_areas >= AREAS_MAX || x >= 60 + wish / 2)
		op_free();
	else if (x < wish)
		op_vmalloc();
	else if (x < wish + 12)
		op_resize();
	else if (x < wish + 17)
		op_vmap();
	else if (x < wish + 20)
		op_ioremap();
	else if (x < wish + 25)
		op_get_vm_area();
	else if (x < wish + 27)
		op_vma();
	else
		op_look();
	check_counts();
}
