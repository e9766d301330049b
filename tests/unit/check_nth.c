/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * "Fail the Nth frame, the Nth table, the Nth block of host memory" for every
 * function that takes any, N counted up until it gets through.  After each
 * failure everything is as it was before.
 */
#include "space.h"

#define P PAGE_SIZE

enum point { FRAME, TABLE, SLAB, NR_POINTS };
/* A caller that does not fit into the descriptor: it takes a block of its own. */
#define LONG "the caller of an area"

static const char *const point_names[] = { "frame", "table", "block" };

struct world {
	struct machine *m;
	vaddr_t user, file, wall; /* there before the operation */
	struct page *page[600];
	struct vm_struct *area; /* reserved, for __vmalloc_area */
	struct vma *vma;
	/* results */
	vaddr_t addr;
	struct vm_struct *got[200];
	unsigned n;
	paddr_t phys[40];
};

static struct fault_attr *fault_point(struct machine *m, enum point p)
{
	return p == FRAME ? &m->fail_page_alloc : p == TABLE ? &m->fail_table : &m->failslab;
}

/* An operation: 0 or -errno; and what takes it back. */
typedef int op_fn(struct world *w);
typedef void undo_fn(struct world *w);

static int addr_result(struct world *w, vaddr_t addr)
{
	w->addr = addr;
	return addr ? 0 : -errno;
}

static void undo_addr(struct world *w)
{
	vfree(w->m, w->addr);
}

static void undo_areas(struct world *w)
{
	while (w->n)
		free_vm_struct(w->m, remove_vm_area(w->m, w->got[--w->n]->addr));
}

/* As many as it takes for the index to grow a level or two. */
static int op_get_vm_area(struct world *w)
{
	for (w->n = 0; w->n < 200; w->n++) {
		w->got[w->n] = get_vm_area_node(w->m, P, VM_ALLOC, 1, LONG);
		if (!w->got[w->n]) {
			int err = -errno;

			undo_areas(w);
			return err;
		}
	}
	return 0;
}

static int op_vmalloc(struct world *w)
{
	return addr_result(w, vmalloc(w->m, 5 * P, LONG));
}
static int op_vmalloc_user(struct world *w)
{
	return addr_result(w, vmalloc_user(w->m, 5 * P, LONG));
}
static int op_vmalloc_exec(struct world *w)
{
	return addr_result(w, vmalloc_exec(w->m, 5 * P, LONG));
}
static int op_vmalloc_32(struct world *w)
{
	return addr_result(w, vmalloc_32(w->m, 5 * P, LONG));
}
static int op_vmalloc_32_user(struct world *w)
{
	return addr_result(w, vmalloc_32_user(w->m, 5 * P, LONG));
}
static int op_vmalloc_node(struct world *w)
{
	return addr_result(w, vmalloc_node(w->m, 5 * P, 1, LONG));
}
static int op___vmalloc(struct world *w)
{
	return addr_result(w, __vmalloc(w->m, 5 * P, GFP_KERNEL, PAGE_KERNEL, LONG));
}
static int op___vmalloc_node(struct world *w)
{
	return addr_result(w, __vmalloc_node(w->m, 5 * P, GFP_KERNEL, PAGE_KERNEL, 0, LONG));
}
/* In an empty part of the space: all four levels of table, across edges. */
static int op_vmalloc_range(struct world *w)
{
	vaddr_t start = align_up(w->m->vmalloc_start + 1, GiB(512)) - 300 * P;

	return addr_result(w, __vmalloc_node_range(w->m, 600 * P, 0, start, w->m->vmalloc_end,
						   GFP_KERNEL, PAGE_KERNEL, VM_USERMAP, 1, LONG));
}
static int op_vmalloc_nested(struct world *w)
{
	return addr_result(w, vmalloc(w->m, 1100 * P, LONG));
}
static int op_vmap(struct world *w)
{
	return addr_result(w, vmap(w->m, w->page, 600, VM_MAP, PAGE_KERNEL, LONG));
}
static int op_ioremap(struct world *w)
{
	return addr_result(w, ioremap(w->m, w->m->io_start, MiB(64), _PAGE_PCD, LONG));
}

static int op_io_reserve(struct world *w)
{
	for (w->n = 0; w->n < 40; w->n++) {
		int err = io_reserve(w->m, P, &w->phys[w->n]);

		if (err) {
			while (w->n)
				io_release(w->m, w->phys[--w->n]);
			return err;
		}
	}
	return 0;
}

static void undo_io(struct world *w)
{
	while (w->n)
		io_release(w->m, w->phys[--w->n]);
}

static int op_vma_create(struct world *w)
{
	return vma_create(w->m, 5 * P, &w->vma);
}

static void undo_vma(struct world *w)
{
	vma_destroy(w->m, w->vma);
}

static void before_remap(struct world *w)
{
	w->user = vmalloc_user(w->m, 1100 * P, "u");
	ck_assert_int_eq(vma_create(w->m, 1100 * P, &w->vma), 0);
}

static int op_remap(struct world *w)
{
	return remap_vmalloc_range(w->m, w->vma, w->user, 0);
}

static int op_set_caller(struct world *w)
{
	return vm_set_caller(w->m, w->file, LONG " and another");
}

static void undo_nothing(struct world *w)
{
	(void)w;
}

static int op_restore(struct world *w)
{
	uint64_t nodes[2] = { 3, 600 };
	struct vm_restore r = { .addr = MODULES_VADDR - 300 * P,
				.size = 604 * P,
				.nr_pages = 603,
				.flags = VM_ALLOC,
				.node_pages = nodes,
				.caller = LONG };

	w->addr = r.addr;
	return vm_restore_area(w->m, &r);
}

static int op_restore_io(struct world *w)
{
	struct vm_restore r = { .addr = MODULES_VADDR - 300 * P,
				.size = 604 * P,
				.phys_addr = w->m->io_start,
				.flags = VM_IOREMAP,
				.caller = LONG };

	w->addr = r.addr;
	return vm_restore_area(w->m, &r);
}

/* The area is gone if filling it fails: reserve it anew each time, before books are taken. */
static int op_vmalloc_area(struct world *w)
{
	uint64_t nth[NR_POINTS];

	for (enum point p = 0; p < NR_POINTS; p++)
		nth[p] = atomic_exchange(&fault_point(w->m, p)->nth, 0);
	w->area = get_vm_area(w->m, 600 * P, VM_ALLOC, LONG);
	ck_assert_ptr_nonnull(w->area);
	for (enum point p = 0; p < NR_POINTS; p++)
		atomic_store(&fault_point(w->m, p)->nth, nth[p]);
	return addr_result(w, __vmalloc_area_node(w->m, w->area, GFP_KERNEL, PAGE_KERNEL, 1));
}

static int op_grow(struct world *w, uint64_t pages)
{
	vaddr_t addr = w->file;
	int err = vresize(w->m, addr, pages * P, &w->file);

	if (err)
		ck_assert_uint_eq(w->file, addr);
	return err;
}

static int op_grow_in_place(struct world *w)
{
	free_vm_struct(w->m, remove_vm_area(w->m, w->wall));
	w->wall = 0;
	return op_grow(w, 7);
}
static int op_grow_and_move(struct world *w)
{
	return op_grow(w, 7);
}
static int op_grow_to_array(struct world *w)
{
	return op_grow(w, 700);
}
static void before_regrow(struct world *w)
{
	ck_assert_int_eq(op_grow(w, 600), 0);
}
static int op_regrow(struct world *w)
{
	return op_grow(w, 1300);
}

static void undo_grow(struct world *w)
{
	vfree(w->m, w->file);
	w->file = 0;
}

#define OP(x, undo, ...)                                                                           \
	{                                                                                          \
#x, op_##x, undo, __VA_ARGS__                                                      \
	}
static const struct {
	const char *name;
	op_fn *op;
	undo_fn *undo;
	undo_fn *before;
	unsigned least[NR_POINTS]; /* so many ways to fail there must be at least */
} ops[] = {
	OP(get_vm_area, undo_areas, NULL, { 0, 0, 600 }),
	OP(vmalloc, undo_addr, NULL, { 5, 0, 3 }),
	OP(vmalloc_user, undo_addr, NULL, { 5, 0, 3 }),
	OP(vmalloc_exec, undo_addr, NULL, { 5, 0, 3 }),
	OP(vmalloc_32, undo_addr, NULL, { 5, 0, 3 }),
	OP(vmalloc_32_user, undo_addr, NULL, { 5, 0, 3 }),
	OP(vmalloc_node, undo_addr, NULL, { 5, 0, 3 }),
	OP(__vmalloc, undo_addr, NULL, { 5, 0, 3 }),
	OP(__vmalloc_node, undo_addr, NULL, { 5, 0, 3 }),
	OP(vmalloc_range, undo_addr, NULL, { 602, 5, 6 }),
	OP(vmalloc_nested, undo_addr, NULL, { 1103, 2, 6 }),
	OP(vmap, undo_addr, NULL, { 0, 1, 4 }),
	OP(ioremap, undo_addr, NULL, { 0, 32, 4 }),
	OP(io_reserve, undo_io, NULL, { 0, 0, 1 }),
	OP(vma_create, undo_vma, NULL, { 0, 1, 1 }),
	OP(remap, undo_vma, before_remap, { 0, 5, 1 }),
	OP(set_caller, undo_nothing, NULL, { 0, 0, 1 }),
	OP(restore, undo_addr, NULL, { 603, 3, 4 }),
	OP(restore_io, undo_addr, NULL, { 0, 3, 3 }),
	OP(vmalloc_area, undo_addr, NULL, { 602, 1, 1 }),
	OP(grow_in_place, undo_grow, NULL, { 4, 0, 1 }),
	OP(grow_and_move, undo_grow, NULL, { 4, 0, 3 }),
	OP(grow_to_array, undo_grow, NULL, { 697, 1, 3 }),
	OP(regrow, undo_grow, before_regrow, { 700, 1, 3 }),
};

static void world_init(struct world *w)
{
	memset(w, 0, sizeof(*w));
	w->m = space_boot(MiB(24), 2);
	w->file = vmalloc(w->m, 3 * P, "file");
	w->wall = get_vm_area(w->m, P, VM_ALLOC, NULL)->addr;
	for (unsigned i = 0; i < 600; i++)
		w->page[i] = vmalloc_to_page(w->m, w->file + (i % 3) * P);
	space_fill(w->m, w->file, 3 * P, 7);
}

/* Freed ranges wait, and the index has its second order. */
static void make_it_hard(struct world *w)
{
	vmalloc_set_lazy_max(w->m, UINT64_MAX);
	ck_assert_int_eq(vmalloc_set_policy(w->m, VM_BEST_FIT), 0);
	for (unsigned i = 0; i < 100; i++) {
		vaddr_t addr = vmalloc(w->m, (1 + i % 5) * P, NULL);

		ck_assert_uint_ne(vmalloc(w->m, P, NULL), 0);
		vfree(w->m, addr);
	}
}

/* Blocks that are kept for later, so that freeing never fails. */
#define SPARE 8

static unsigned run(unsigned op, enum point p, bool hard)
{
	unsigned failures = 0;

	for (unsigned nth = 1;; nth += unit_stride()) {
		struct world w;
		uint64_t free, live, areas, left, live_after;
		int err;

		world_init(&w);
		if (hard)
			make_it_hard(&w);
		if (ops[op].before)
			ops[op].before(&w);
		free = nr_free_pages(w.m) + atomic_load(&w.m->nr_table_frames);
		live = atomic_load(&w.m->kmalloc_live);
		areas = space_areas(w.m);
		if (ops[op].op == op_grow_in_place)
			areas--;
		atomic_store(&fault_point(w.m, p)->nth, nth);
		err = ops[op].op(&w);
		left = atomic_exchange(&fault_point(w.m, p)->nth, 0);
		if (err) {
			failures++;
			ck_assert_msg(err == -ENOMEM, "%s: errno %d", ops[op].name, -err);
			ck_assert_msg(!left, "%s failed for another reason", ops[op].name);
			ck_assert_msg(
				nr_free_pages(w.m) + atomic_load(&w.m->nr_table_frames) == free,
				"%s, %s %u: frames are lost", ops[op].name, point_names[p], nth);
			purge_vmap_area_lazy(w.m); /* what waits is in the index */
			live_after = atomic_load(&w.m->kmalloc_live);
			/* The wall that was taken away had a descriptor and node counts. */
			if (ops[op].op == op_grow_in_place)
				live_after += 2;
			ck_assert_msg(hard ? live_after <= live + SPARE : live_after == live,
				      "%s, %s %u: %lld blocks are lost", ops[op].name,
				      point_names[p], nth, (long long)(live_after - live));
			ck_assert_uint_eq(space_areas(w.m), areas);
			space_expect(w.m, w.file, 3 * P, 7);
			space_check(w.m);
			if (ops[op].op == op_grow_in_place)
				err = op_grow(&w, 7);
			else
				err = ops[op].op(&w);
			ck_assert_msg(!err, "%s: %d the second time", ops[op].name, err);
		}
		space_check(w.m);
		ops[op].undo(&w);
		space_check(w.m);
		if (w.file)
			space_expect(w.m, w.file, 3 * P, 7);
		ck_assert_uint_eq(space_warnings(w.m), 0);
		ck_assert_uint_eq(space_bad_pages(w.m), 0);
		space_end(w.m);
		if (left)
			return failures;
	}
}

START_TEST(test_nth)
{
	for (enum point p = FRAME; p < NR_POINTS; p++) {
		unsigned failures = run((unsigned)_i, p, false);

		ck_assert_msg(failures >= ops[_i].least[p] / unit_stride(), "%s: %u times no %s",
			      ops[_i].name, failures, point_names[p]);
	}
}
END_TEST

/* The same with lazy freeing under best fit: it may take more memory, and then fail in more ways. */
START_TEST(test_nth_hard)
{
	run((unsigned)_i, SLAB, true);
	run((unsigned)_i, TABLE, true);
}
END_TEST

/* The address space itself. */
START_TEST(test_init)
{
	unsigned nth;

	for (nth = 1;; nth++) {
		struct machine_config c = MACHINE_CONFIG_DEFAULT;
		struct machine *m;
		uint64_t live;
		int err;

		c.memory = MiB(16);
		ck_assert_int_eq(machine_boot(&c, &m), 0);
		live = atomic_load(&m->kmalloc_live);
		atomic_store(&m->failslab.nth, nth);
		err = vmalloc_init(m);
		if (err) {
			ck_assert_int_eq(err, -ENOMEM);
			ck_assert_uint_eq(atomic_load(&m->kmalloc_live), live);
			ck_assert_ptr_null(m->vmlist);
			vmalloc_exit(m); /* nothing to end */
			machine_destroy(m);
			continue;
		}
		atomic_store(&m->failslab.nth, 0);
		space_end(m);
		break;
	}
	ck_assert_uint_gt(nth, 2);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("nth");
	TCase *tc = tcase_create("nth");

	tcase_set_timeout(tc, SPACE_TIMEOUT);
	tcase_add_test(tc, test_init);
	suite_add_tcase(s, tc);
	tc = unit_long_case(s);
	tcase_add_loop_test(tc, test_nth, 0, (int)(sizeof(ops) / sizeof(ops[0])));
	tcase_add_loop_test(tc, test_nth_hard, 0, (int)(sizeof(ops) / sizeof(ops[0])));
	return unit_main(s);
}
