/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The area index and the simplest model of it, side by side: an array of ranges in
 * ascending order, walked from its start, with arithmetic in 128 bits.  Each
 * operation is done to both, and must end alike.
 */
#ifndef GAPTWIN_H
#define GAPTWIN_H

#include <errno.h>

#include "unit.h"
#include "vmalloc/index/gaptree.h"

#define MODEL_MAX 4096
#define BASE VMALLOC_START

__extension__ typedef unsigned __int128 u128;

struct range {
	uint64_t addr;
	uint64_t size;
	void *item;
};

struct model {
	struct range r[MODEL_MAX];
	size_t n;
};

/* For what is done often: ck_assert() writes to the parent process each time. */
#define must(cond) ((cond) ? (void)0 : ck_abort_msg("%s", #cond))

static struct machine *m;
static struct gaptree tree;
static struct model model;
static uint64_t seed;

static inline void setup(void)
{
	m = unit_boot(MiB(1), 1);
	ck_assert_int_eq(gaptree_init(&tree, m, BASE), 0);
	model.n = 0;
	seed = UINT64_C(88172645463325252);
}

static inline void teardown(void)
{
	gaptree_deinit(&tree);
	ck_assert_uint_eq(m->kmalloc_live, 0);
	machine_destroy(m);
}

static inline uint64_t below(uint64_t n)
{
	return (unit_random(&seed) >> 11) % n;
}

/* --- the model -------------------------------------------------------------- */

/* The first range that ends above addr. */
static inline size_t model_seek(uint64_t addr)
{
	size_t i = 0;

	while (i < model.n && (u128)model.r[i].addr + model.r[i].size <= addr)
		i++;
	return i;
}

static inline struct range *model_find(uint64_t addr)
{
	size_t i = model_seek(addr);

	return i < model.n && model.r[i].addr == addr ? &model.r[i] : NULL;
}

static inline bool model_search(uint64_t size, uint64_t align, uint64_t start, uint64_t end,
				uint64_t *ret)
{
	u128 addr = start < PAGE_SIZE ? PAGE_SIZE : start;

	if (size == 0)
		return false;
	if (align == 0)
		align = 1;
	if (end > GAPTREE_TOP)
		end = GAPTREE_TOP;
	addr = (addr + align - 1) / align * align;
	for (size_t i = 0; i < model.n; i++) {
		const struct range *r = &model.r[i];

		if (addr + size <= r->addr)
			break;
		if ((u128)r->addr + r->size > addr)
			addr = ((u128)r->addr + r->size + align - 1) / align * align;
	}
	if (addr + size > end)
		return false;
	*ret = (uint64_t)addr;
	return true;
}

static inline int model_insert(uint64_t addr, uint64_t size, void *item)
{
	size_t i = model_seek(addr);

	if (size == 0 || addr < PAGE_SIZE || (u128)addr + size > GAPTREE_TOP)
		return -EINVAL;
	if (i < model.n && (u128)addr + size > model.r[i].addr)
		return -EBUSY;
	must(model.n < MODEL_MAX);
	memmove(&model.r[i + 1], &model.r[i], (model.n - i) * sizeof(model.r[0]));
	model.r[i] = (struct range){ addr, size, item };
	model.n++;
	return 0;
}

static inline void model_remove(struct range *r)
{
	size_t i = (size_t)(r - model.r);

	model.n--;
	memmove(&model.r[i], &model.r[i + 1], (model.n - i) * sizeof(model.r[0]));
}

static inline int model_resize(uint64_t addr, uint64_t size)
{
	struct range *r = model_find(addr);
	u128 limit = GAPTREE_TOP;

	if (size == 0)
		return -EINVAL;
	if (!r)
		return -ENOENT;
	if (r + 1 < model.r + model.n)
		limit = r[1].addr;
	if ((u128)addr + size > limit)
		return -EBUSY;
	r->size = size;
	return 0;
}

/* Walks both from addr on and compares all there is to see. */
static inline void compare_from(uint64_t addr)
{
	struct gap_cursor c;
	void *item = gaptree_seek(&tree, addr, &c);
	size_t i = model_seek(addr);

	for (; i < model.n; i++, item = gaptree_next(&c)) {
		const struct range *r = &model.r[i];
		uint64_t next = i + 1 < model.n ? r[1].addr : GAPTREE_TOP;
		struct gap_extent e;

		must(item == r->item);
		e = gaptree_extent(&c);
		must(e.start == r->addr);
		must(e.end == r->addr + r->size);
		must(e.gap == next - e.end);
	}
	must(!item);
	must(!gaptree_next(&c));
}

static inline void compare(void)
{
	must(gaptree_check(&tree, unit_report, NULL) == 0);
	must(gaptree_count(&tree) == model.n);
	compare_from(0);
}

/* --- one operation on both --------------------------------------------------- */

static char items[1 << 16];

static inline void *new_item(void)
{
	return &items[below(sizeof(items))];
}

static inline int place(uint64_t size, uint64_t align, uint64_t start, uint64_t end)
{
	void *item = new_item();
	uint64_t want = 0, found = 1, got = 2;
	bool fits = model_search(size, align, start, end, &want);
	int err;

	must(gaptree_search(&tree, size, align, start, end, &found) == fits);
	err = gaptree_place(&tree, size, align, start, end, item, &got);
	if (!fits) {
		must(err == -ENOSPC);
		must(got == 2);
		return err;
	}
	must(found == want);
	if (err == -ENOMEM) {
		must(got == 2);
		return err;
	}
	must(err == 0);
	must(got == want);
	must(model_insert(got, size, item) == 0);
	return 0;
}

static inline int insert(uint64_t addr, uint64_t size)
{
	void *item = new_item();
	int err = gaptree_insert(&tree, addr, size, item);

	if (err != -ENOMEM)
		must(err == model_insert(addr, size, item));
	return err;
}

static inline void remove_at(uint64_t addr)
{
	struct range *r = model_find(addr);
	void *want = r ? r->item : NULL;

	must(gaptree_find(&tree, addr) == want);
	must(gaptree_remove(&tree, addr) == want);
	must(!gaptree_find(&tree, addr));
	if (r)
		model_remove(r);
}

static inline void resize(uint64_t addr, uint64_t size)
{
	must(gaptree_resize(&tree, addr, size) == model_resize(addr, size));
}

static inline void replace(uint64_t addr)
{
	struct range *r = model_find(addr);
	void *item = new_item();

	must(gaptree_replace(&tree, addr, item) == (r != NULL));
	if (r)
		r->item = item;
	must(gaptree_find(&tree, addr) == (r ? item : NULL));
}

#endif
