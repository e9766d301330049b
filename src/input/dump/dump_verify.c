/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>

#include "input/dump/dump_verify.h"

#define DUMP_VM_IOREMAP 0x1u
#define DUMP_VM_NO_GUARD 0x40u
#define PAGE_BYTES UINT64_C(4096)
#define AT_ONCE 512

/* More pages than any memory has: then the tables lead in circles. */
#define WALKS_MAX (UINT64_C(1) << 28)

struct verifying {
	struct dump *d;
	dump_difference_fn *fn;
	void *arg;
	struct dump_verified *count;
	uint64_t walks;
};

/*
 * Compares a page, and up to n of them at once where the tables lead nowhere.
 * Returns how many.
 */
static uint64_t compare_pages(struct verifying *v, struct dump_difference *diff, uint64_t n)
{
	uint64_t addr = dump_area(v->d, diff->area)->start + diff->page * PAGE_BYTES;
	struct dump_walk walk;
	uint64_t done;
	bool same;

	v->walks++;
	dump_walk(v->d, addr, &walk);
	done = walk.problem ? MIN(n, dump_walk_rest(&walk, addr) / PAGE_BYTES) : 1;
	if (diff->unlisted) {
		same = walk.problem != NULL;
	} else {
		same = !walk.problem && walk.phys == diff->want;
		v->count->pages += done;
	}
	if (!same) {
		v->count->differences += done;
		diff->walk = &walk;
		v->fn(v->arg, diff);
	}
	return done;
}

static bool in_circles(const struct verifying *v)
{
	return v->walks > WALKS_MAX;
}

static void verify_array(struct verifying *v, guint area)
{
	const struct dump_area *a = dump_area(v->d, area);
	uint64_t pages = a->size / PAGE_BYTES;
	uint64_t pfn[AT_ONCE];

	for (uint32_t done = 0; done < a->nr_pages; done += AT_ONCE) {
		uint32_t n = MIN(a->nr_pages - done, AT_ONCE);
		char *error = NULL;

		if (dump_area_frames(v->d, a, done, n, pfn, &error)) {
			g_free(error);
			v->count->unknown += n;
			continue;
		}
		for (uint32_t i = 0; i < n; i++) {
			struct dump_difference diff = { .area = area, .page = done + i };

			diff.want = pfn[i] * PAGE_BYTES;
			compare_pages(v, &diff, 1);
		}
	}
	/* What follows is the guard, and whatever else has no page. */
	for (uint64_t page = a->nr_pages; page < pages && !in_circles(v);) {
		struct dump_difference diff = { .area = area, .page = page, .unlisted = true };

		page += compare_pages(v, &diff, pages - page);
	}
}

static void verify_device(struct verifying *v, guint area)
{
	const struct dump_area *a = dump_area(v->d, area);
	uint64_t pages = a->size / PAGE_BYTES;

	if (pages && !(a->flags & DUMP_VM_NO_GUARD))
		pages--;
	for (uint64_t page = 0; page < pages && !in_circles(v);) {
		struct dump_difference diff = { .area = area, .page = page };

		diff.want = (a->phys & -PAGE_BYTES) + page * PAGE_BYTES;
		page += compare_pages(v, &diff, pages - page);
	}
}

int dump_verify(struct dump *d, dump_difference_fn *fn, void *arg, struct dump_verified *ret,
		char **error)
{
	struct verifying v = { .d = d, .fn = fn, .arg = arg, .count = ret };

	*ret = (struct dump_verified){ 0 };
	if (!d->levels) {
		*error = g_strdup(DUMP_NOT_WALKED);
		return -ENOTSUP;
	}
	for (guint i = 0; i < d->areas->len && !in_circles(&v); i++) {
		const struct dump_area *a = dump_area(d, i);

		if (a->kind != DUMP_AREA)
			continue;
		if (a->pages && a->nr_pages)
			verify_array(&v, i);
		else if (a->flags & DUMP_VM_IOREMAP && a->phys)
			verify_device(&v, i);
		else
			continue;
		ret->areas++;
	}
	if (in_circles(&v)) {
		*error = g_strdup("its page tables map more than any memory has: they are damaged");
		return -EINVAL;
	}
	return 0;
}
