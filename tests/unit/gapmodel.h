/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A gap tree and, beside it, the simplest model of one: all holes are looked
 * at, one after the other, with arithmetic in 128 bits.  For Linux's policies
 * there is linuxmodel.h.  Each operation here is done to both, and must end
 * alike.
 */
#ifndef GAPMODEL_H
#define GAPMODEL_H

#include <errno.h>

#include "linuxmodel.h"
#include "space.h"
#include "vmalloc/index/gaptree.h"

#define MODEL_MAX 4096
#define BASE VMALLOC_START
#define K UINT64_C(0x1000)

__extension__ typedef unsigned __int128 u128;

static struct machine *m;
static struct gaptree tree;
static uint64_t seed;

static struct model {
	struct {
		uint64_t addr, size;
	} r[MODEL_MAX];
	size_t n;
	uint64_t placed_end;
	enum vm_policy policy;
} model;

static struct linux_model kernel; /* the same holes, while it is on */
static bool kernel_on;

static char item;

static inline void setup(void)
{
	m = unit_boot(MiB(1), 1);
	ck_assert_int_eq(gaptree_init(&tree, m, BASE), 0);
	gaptree_set_small(&tree, 5 * PAGE_SIZE);
	model.n = 0;
	model.placed_end = 0;
	model.policy = VM_FIRST_FIT;
	kernel_on = false;
	seed = UINT64_C(88172645463325252);
}

static inline void teardown(void)
{
	gaptree_deinit(&tree);
	if (kernel_on)
		lm_deinit(&kernel);
	ck_assert_uint_eq(m->kmalloc_live, 0);
	machine_destroy(m);
}

static inline uint64_t below(uint64_t n)
{
	return (unit_random(&seed) >> 11) % n;
}

/* --- the model ----------------------------------------------------------------- */

/* The hole before range i; the last one is before range n. */
static void model_hole(size_t i, u128 *low, u128 *high)
{
	*low = i ? (u128)model.r[i - 1].addr + model.r[i - 1].size : PAGE_SIZE;
	*high = i < model.n ? model.r[i].addr : GAPTREE_TOP;
}

/* The part of that hole in a window. */
static void model_clip(size_t i, u128 start, u128 end, u128 *low, u128 *high)
{
	model_hole(i, low, high);
	if (*low < start)
		*low = start;
	if (*high > end)
		*high = end;
}

/* A policy's place in each hole, and whether it is better than what there was. */
static bool model_search(uint64_t size, uint64_t align, uint64_t start, uint64_t end, uint64_t *ret)
{
	bool found = false, found_above = false;
	u128 most = 0, above = 0;

	if (!align)
		align = 1;
	if (kernel_on)
		return size && start <= end && lm_search(&kernel, size, align, start, end, ret);
	for (size_t i = 0; size && i <= model.n; i++) {
		u128 low, high, addr, hole;

		model_clip(i, start, end, &low, &high);
		addr = (low + align - 1) / align * align;
		if (high < size || addr > high - size)
			continue;
		hole = high - low;
		switch (model.policy) {
		case VM_NEXT_FIT: {
			u128 from = low > model.placed_end ? low : model.placed_end;

			from = (from + align - 1) / align * align;
			if (!found_above && from <= high - size) {
				found_above = true;
				above = from;
			}
			if (!found)
				*ret = (uint64_t)addr;
			break;
		}
		case VM_FIRST_FIT:
			if (!found)
				*ret = (uint64_t)addr;
			break;
		case VM_BEST_FIT:
			if (!found || hole < most) {
				most = hole;
				*ret = (uint64_t)addr;
			}
			break;
		case VM_WORST_FIT:
			if (!found || hole > most) {
				most = hole;
				*ret = (uint64_t)addr;
			}
			break;
		case VM_TOP_DOWN:
			*ret = (uint64_t)((high - size) / align * align);
			break;
		case VM_LINUX_6_1:
		case VM_LINUX_6_12:
			unit_assert(false);
		}
		found = true;
	}
	if (found_above)
		*ret = (uint64_t)above;
	return found;
}

static void model_add(uint64_t addr, uint64_t size)
{
	size_t i = model.n++;

	unit_assert(model.n <= MODEL_MAX);
	for (; i && model.r[i - 1].addr > addr; i--)
		model.r[i] = model.r[i - 1];
	model.r[i].addr = addr;
	model.r[i].size = size;
	if (kernel_on)
		lm_cut(&kernel, addr, addr + size);
}

static void model_drop(size_t i)
{
	if (kernel_on)
		lm_give_back(&kernel, model.r[i].addr, model.r[i].addr + model.r[i].size);
	model.n--;
	memmove(&model.r[i], &model.r[i + 1], (model.n - i) * sizeof(model.r[0]));
}

/* All ranges are cut out of one hole, in ascending order, or the tree is gone. */
static void model_set_policy(enum vm_policy policy)
{
	bool on = policy == VM_LINUX_6_1 || policy == VM_LINUX_6_12;

	model.policy = policy;
	if (on && !kernel_on) {
		lm_init(&kernel, false, 1, 0, 0, UINT64_MAX);
		for (size_t i = 0; i < model.n; i++)
			lm_cut(&kernel, model.r[i].addr, model.r[i].addr + model.r[i].size);
	} else if (!on && kernel_on) {
		lm_deinit(&kernel);
	}
	kernel_on = on;
}

static void compare_largest(uint64_t start, uint64_t end)
{
	u128 low, high, at = 0, most = 0;
	uint64_t got_low, got_high;

	for (size_t i = 0; i <= model.n; i++) {
		model_clip(i, start < PAGE_SIZE ? PAGE_SIZE : start, end, &low, &high);
		if (low < high && high - low > most) {
			most = high - low;
			at = low;
		}
	}
	unit_assert(gaptree_largest(&tree, start, end, &got_low, &got_high) == (most != 0));
	unit_assert(!most || (got_low == at && got_high - got_low == most));
}

static void compare_span(void)
{
	struct vm_span got, want = { 0 };

	gaptree_span(&tree, &got);
	if (model.n) {
		want.start = model.r[0].addr;
		want.end = model.r[model.n - 1].addr + model.r[model.n - 1].size;
	}
	for (size_t i = 0; i < model.n; i++) {
		u128 low, high;

		want.busy += model.r[i].size;
		model_hole(i, &low, &high);
		if (!i || low == high)
			continue;
		want.holes++;
		want.free += (uint64_t)(high - low);
		if (high - low < tree.small)
			want.unusable += (uint64_t)(high - low);
		if (want.largest < high - low)
			want.largest = (uint64_t)(high - low);
	}
	want.steps = got.steps;
	unit_assert(!memcmp(&got, &want, sizeof(got)));
}

static inline void compare(void)
{
	struct gap_cursor c;
	size_t i = 0;

	unit_assert(!gaptree_check(&tree, unit_report, NULL));
	for (void *p = gaptree_seek(&tree, 0, &c); p; p = gaptree_next(&c), i++) {
		struct gap_extent e = gaptree_extent(&c);

		unit_assert(i < model.n && e.start == model.r[i].addr &&
			    e.end - e.start == model.r[i].size);
	}
	unit_assert(i == model.n);
	compare_span();
	compare_largest(BASE, BASE + 64 * K);
	compare_largest(0, UINT64_MAX);
	for (unsigned n = 0; n < 20 && model.n; n++)
		compare_largest(model.r[below(model.n)].addr + below(8) - 4,
				model.r[below(model.n)].addr + below(8) - 4);
}

/* --- one operation on both -------------------------------------------------------- */

static inline int place(uint64_t size, uint64_t align, uint64_t start, uint64_t end)
{
	uint64_t from = start < PAGE_SIZE ? PAGE_SIZE : start;
	uint64_t to = end > GAPTREE_TOP ? GAPTREE_TOP : end;
	uint64_t want = 0, found = 1, got = 2;
	bool fits = model_search(size, align, from, to, &want);
	int err;

	unit_assert(gaptree_search(&tree, size, align, start, end, &found) == fits);
	unit_assert(!fits || found == want);
	err = gaptree_place(&tree, size, align, start, end, &item, &got);
	if (err) {
		unit_assert(err == (fits ? -ENOMEM : -ENOSPC) && got == 2);
		return err;
	}
	unit_assert(fits && got == want);
	model_add(got, size);
	model.placed_end = got + size;
	return 0;
}

static inline void insert(uint64_t addr, uint64_t size)
{
	int err = gaptree_insert(&tree, addr, size, &item);

	if (!err)
		model_add(addr, size);
}

static inline void drop(size_t i)
{
	unit_assert(gaptree_remove(&tree, model.r[i].addr) == &item);
	model_drop(i);
}

static inline void resize(size_t i, uint64_t size)
{
	u128 low, high;
	bool fits;

	model_hole(i + 1, &low, &high);
	fits = (u128)model.r[i].addr + size <= high;
	unit_assert(gaptree_resize(&tree, model.r[i].addr, size) == (fits ? 0 : -EBUSY));
	if (!fits)
		return;
	low = model.r[i].addr + model.r[i].size;
	high = model.r[i].addr + size;
	if (kernel_on && low < high)
		lm_cut(&kernel, (uint64_t)low, (uint64_t)high);
	if (kernel_on && high < low)
		lm_give_back(&kernel, (uint64_t)high, (uint64_t)low);
	model.r[i].size = size;
}

static inline int set_policy(enum vm_policy policy)
{
	int err = gaptree_set_policy(&tree, policy);

	if (!err)
		model_set_policy(policy);
	unit_assert(tree.policy == model.policy);
	return err;
}

#endif
