/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What each call should do, in the plainest words: loops over all areas where
 * the machine has an index, and numbers where it has frames.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "history.h"
#include "model.h"

#define HOST_ENTRIES 512 /* a page array of more entries is an area itself */

struct world w;

uint64_t any(uint64_t n)
{
	w.random ^= w.random << 13;
	w.random ^= w.random >> 7;
	w.random ^= w.random << 17;
	return (w.random * UINT64_C(0x2545f4914f6cdd1d) >> 11) % n;
}

void *get(size_t size)
{
	void *p = calloc(1, size ? size : 1);

	if (!p)
		abort();
	return p;
}

/* --- the model: places -------------------------------------------------------- */

static wide round_up(wide x, uint64_t align)
{
	return (x + align - 1) / align * align;
}

/* The part of the hole before area i that lies in the window; no area comes after the last hole. */
static wide hole(unsigned i, wide start, wide end, wide *low)
{
	wide high = i < w.nr_areas ? w.area[i]->addr : -(wide)P & UINT64_MAX;

	*low = i ? (wide)w.area[i - 1]->addr + w.area[i - 1]->size : P;
	*low = *low < start ? start : *low;
	return high < end ? high : end;
}

/* The lowest aligned address from `from` on; false if the hole is too small. */
static bool fits(wide from, wide high, uint64_t size, uint64_t align, vaddr_t *ret)
{
	wide at = round_up(from, align);

	if (at + size > high)
		return false;
	*ret = (vaddr_t)at;
	return true;
}

/* Where next fit goes on, and what waits for a purge: each space has its own. */
static unsigned space_of(vaddr_t addr)
{
	return addr >= w.m->modules_start && addr < w.m->modules_end;
}

/* The rules, word for word, over all holes. */
static int search_once(uint64_t size, uint64_t align, vaddr_t start, vaddr_t end, vaddr_t *ret)
{
	wide best = 0, low, high, last = w.placed_end[space_of(start)];
	bool found = false;
	vaddr_t at;

	if (align < P)
		align = P;
	for (unsigned i = 0; i <= w.nr_areas && w.policy == VM_NEXT_FIT; i++) {
		high = hole(i, start, end, &low);
		if (fits(low > last ? low : last, high, size, align, ret))
			return 0;
	}
	for (unsigned i = 0; i <= w.nr_areas; i++) {
		high = hole(i, start, end, &low);
		if (!fits(low, high, size, align, &at))
			continue;
		if (w.policy == VM_TOP_DOWN)
			*ret = (vaddr_t)((high - size) / align * align);
		else if (!found || (w.policy == VM_BEST_FIT && high - low < best) ||
			 (w.policy == VM_WORST_FIT && high - low > best)) {
			best = high - low;
			*ret = at;
		}
		found = true;
	}
	return found ? 0 : -ENOSPC;
}

static void purge_space(unsigned space)
{
	unsigned n = 0;

	for (unsigned i = 0; i < w.nr_areas; i++) {
		if (w.area[i]->kind == LAZY && space_of(w.area[i]->addr) == space)
			free(w.area[i]);
		else
			w.area[n++] = w.area[i];
	}
	w.nr_areas = n;
	w.nr_lazy[space] = 0;
}

void purge(void)
{
	for (unsigned i = 0; i < NR_SPACES; i++)
		purge_space(i);
}

void keep_below_max(void)
{
	for (unsigned i = 0; i < NR_SPACES; i++)
		if (w.nr_lazy[i] > w.lazy_max)
			purge_space(i);
}

static int search(uint64_t size, uint64_t align, vaddr_t start, vaddr_t end, vaddr_t *ret)
{
	int err = search_once(size, align, start, end, ret);

	if (!err || !w.nr_lazy[space_of(start)])
		return err;
	purge_space(space_of(start));
	return search_once(size, align, start, end, ret);
}

/* The same, and something is put there. */
static int place(uint64_t size, uint64_t align, vaddr_t start, vaddr_t end, vaddr_t *ret)
{
	int err = search(size, align, start, end, ret);

	if (!err)
		w.placed_end[space_of(start)] = *ret + size;
	return err;
}

static unsigned rank(vaddr_t addr)
{
	unsigned i = 0;

	while (i < w.nr_areas && w.area[i]->addr < addr)
		i++;
	return i;
}

static void insert(struct area *a)
{
	unsigned i = rank(a->addr);

	memmove(&w.area[i + 1], &w.area[i], (w.nr_areas - i) * sizeof(w.area[0]));
	w.area[i] = a;
	if (++w.nr_areas == 3 * AREAS_MAX)
		fail("the model is full");
}

static void take_out(const struct area *a)
{
	unsigned i = rank(a->addr);

	w.nr_areas--;
	memmove(&w.area[i], &w.area[i + 1], (w.nr_areas - i) * sizeof(w.area[0]));
}

/* A range that an area has just left. */
static void leave(vaddr_t addr, uint64_t size)
{
	struct area *a;

	if (!w.lazy_max)
		return;
	a = get(sizeof(*a));
	*a = (struct area){ .addr = addr, .size = size, .kind = LAZY };
	insert(a);
	w.nr_lazy[space_of(addr)] += size / P;
	keep_below_max();
}

static uint64_t io_align(uint64_t size)
{
	uint64_t align = P;

	while (align <= size && align < UINT64_C(1) << 30)
		align *= 2;
	return align;
}

/* An area that is reserved, and no more. */
int reserve(uint64_t size, uint64_t align, vaddr_t start, vaddr_t end, enum kind kind,
	    struct area **ret)
{
	wide full = round_up(size, P) + P;
	struct area *a;
	vaddr_t addr = 0;
	int err;

	if (!size || round_up(size, P) >> 64)
		return -EINVAL;
	if (kind == IO && align < io_align(size))
		align = io_align(size);
	err = full >> 64 ? -ENOSPC : place((uint64_t)full, align, start, end, &addr);
	if (err)
		return err;
	a = get(sizeof(*a));
	*a = (struct area){ .addr = addr, .size = (uint64_t)full, .kind = kind, .requested = size };
	insert(a);
	*ret = a;
	return 0;
}

/* --- the model: tables and frames --------------------------------------------- */

static uint64_t *table_slot(uint64_t key)
{
	uint64_t i = key * UINT64_C(0x9e3779b97f4a7c15) >> 48;

	while (w.table[i] && w.table[i] != key)
		i = (i + 1) % TABLES_MAX;
	return &w.table[i];
}

/* Takes the tables that [addr, addr + n pages) lacks, from 2 MiB to 512 GiB each. */
int take_tables(vaddr_t addr, uint64_t n)
{
	uint64_t missing = 0;

	for (unsigned pass = 0; pass < 2 && n; pass++) {
		for (unsigned shift = 21; shift <= 39; shift += 9)
			for (uint64_t i = addr >> shift; i <= (addr + n * P - 1) >> shift; i++) {
				uint64_t key = i << 6 | shift, *slot = table_slot(key);

				missing += !*slot && !pass;
				if (pass && !*slot) {
					*slot = key;
					w.nr_tables++;
				}
			}
		if (missing > w.free)
			return -ENOMEM;
		if (w.nr_tables + missing > TABLES_MAX / 2)
			fail("too many tables for the model");
	}
	w.free -= missing;
	return 0;
}

void put_frame(struct frame *f)
{
	if (--f->refs)
		return;
	w.free++;
	free(f);
}

void drop(struct area *a)
{
	take_out(a);
	leave(a->addr, a->size);
	if (a->frame)
		for (uint64_t i = 0; i < a->n; i++)
			put_frame(a->frame[i]);
	else if (a->kind == ARRAY)
		w.free += a->n;
	if (a->array)
		drop(a->array);
	free(a->frame);
	free(a);
}

/* A page array: NULL if the space has nothing to do with it. */
static int new_array(uint64_t entries, struct area **ret)
{
	*ret = NULL;
	if (entries <= HOST_ENTRIES)
		return 0;
	return new_area(entries * 8, 0, w.m->vmalloc_start, w.m->vmalloc_end, ARRAY, ret);
}

/* Area, array, frames, tables: in this order, and back if one is missing. */
int new_area(uint64_t size, uint64_t align, vaddr_t start, vaddr_t end, enum kind kind,
	     struct area **ret)
{
	uint64_t n = (uint64_t)(round_up(size, P) >> PAGE_SHIFT);
	struct area *a;
	int err;

	if (!size)
		return -EINVAL;
	if (n > w.m->nr_frames)
		return -ENOMEM;
	err = reserve(size, align, start, end, kind, &a);
	if (err)
		return err;
	err = new_array(n, &a->array);
	if (!err && w.free < n)
		err = -ENOMEM;
	if (!err) {
		a->n = n;
		a->capacity = n;
		w.free -= n;
		if (kind != ARRAY)
			a->frame = get(n * sizeof(a->frame[0]));
		for (uint64_t i = 0; i < n && a->frame; i++) {
			a->frame[i] = get(sizeof(struct frame));
			a->frame[i]->refs = 1;
		}
		err = take_tables(a->addr, n);
	}
	if (err) { /* in the order in which they were got, backwards */
		if (a->array)
			drop(a->array);
		a->array = NULL;
		drop(a);
		return err;
	}
	*ret = a;
	return 0;
}

/* --- the model: resize -------------------------------------------------------- */

static void cut(struct area *a, uint64_t n)
{
	while (a->n > n)
		put_frame(a->frame[--a->n]);
	a->size = (n + 1) * P;
	if (a->array && n <= HOST_ENTRIES) {
		drop(a->array);
		a->array = NULL;
		a->capacity = n;
	}
}

/* Whether the next area is far enough. */
static bool grows_here(const struct area *a, uint64_t full)
{
	unsigned i = rank(a->addr) + 1;

	return i == w.nr_areas || (wide)a->addr + full <= w.area[i]->addr;
}

/* The place it grows to: its own, if need be after a purge, or one that is searched. */
static int new_place(const struct area *a, uint64_t full, vaddr_t *ret)
{
	bool module = space_of(a->addr);
	vaddr_t start = module ? w.m->modules_start : w.m->vmalloc_start;
	vaddr_t end = module ? w.m->modules_end : w.m->vmalloc_end;

	if (a->addr > end || (wide)a->addr + full <= end) {
		if (!grows_here(a, full) && w.nr_lazy[space_of(start)] &&
		    search_once(full, P, start, end, ret))
			purge_space(space_of(start));
		*ret = a->addr;
		if (grows_here(a, full))
			return 0;
	}
	return place(full, P, start, end, ret);
}

static int grow(struct area *a, uint64_t n)
{
	uint64_t fresh = n - a->n, capacity = a->capacity;
	struct area *array = NULL;
	bool placed, moved;
	vaddr_t at;
	int err = 0;

	if (w.free < fresh)
		return -ENOMEM;
	w.free -= fresh;
	if (n > capacity) {
		capacity = n < 2 * a->capacity ? 2 * a->capacity : n;
		err = new_array(capacity, &array);
		if (err && capacity != n) {
			capacity = n;
			err = new_array(n, &array);
		}
	}
	if (!err)
		err = new_place(a, (n + 1) * P, &at);
	placed = !err;
	if (!err)
		err = at == a->addr ? take_tables(at + a->n * P, fresh) : take_tables(at, n);
	if (err) {
		w.free += fresh;
		if (placed && at != a->addr)
			leave(at, (n + 1) * P);
		if (array)
			drop(array);
		return err;
	}
	moved = at != a->addr;
	if (moved) {
		take_out(a);
		leave(a->addr, a->size);
	}
	a->addr = at;
	a->size = (n + 1) * P;
	if (moved)
		insert(a);
	if (capacity != a->capacity) {
		if (a->array)
			drop(a->array);
		a->array = array;
		a->capacity = capacity;
	}
	a->frame = realloc(a->frame, n * sizeof(a->frame[0]));
	for (; a->n < n; a->n++) {
		a->frame[a->n] = get(sizeof(struct frame));
		a->frame[a->n]->refs = 1;
	}
	return 0;
}

int model_resize(struct area *a, uint64_t size)
{
	uint64_t n = (uint64_t)(round_up(size, P) >> PAGE_SHIFT);
	unsigned used = a->requested % P;
	struct frame *tail;
	int err;

	if (!size)
		return -EINVAL;
	if (n > w.m->nr_frames)
		return -ENOMEM;
	tail = a->frame[a->n - 1];
	if (n > a->n) {
		err = grow(a, n);
		if (err)
			return err;
	} else if (n < a->n) {
		cut(a, n);
	}
	/* The bytes after the end were cleared before the end moved on. */
	if (size > a->requested && used && tail->valid > used)
		tail->valid = used;
	a->requested = size;
	return 0;
}
