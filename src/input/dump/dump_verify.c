/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>

#include "input/dump/dump_verify.h"

#define DUMP_VM_IOREMAP 0x1u
#define DUMP_VM_NO_GUARD 0x40u
#define PAGE_BYTES UINT64_C(4096)
#define AT_ONCE 512

struct verifying {
	struct dump *d;
	dump_difference_fn *fn;
	void *arg;
	struct dump_verified *count;
};

static void compare_page(const struct verifying *v, struct dump_difference *diff)
{
	const struct dump_area *a = dump_area(v->d, diff->area);
	struct dump_walk walk;
	bool same;

	dump_walk(v->d, a->start + diff->page * PAGE_BYTES, &walk);
	if (diff->unlisted)
		same = walk.problem != NULL;
	else
		same = !walk.problem && walk.phys == diff->want;
	v->count->pages += !diff->unlisted;
	if (same)
		return;
	v->count->differences++;
	diff->walk = &walk;
	v->fn(v->arg, diff);
}

static uint64_t payload_pages(const struct dump_area *a)
{
	return a->size / PAGE_BYTES - !(a->flags & DUMP_VM_NO_GUARD);
}

static void verify_array(const struct verifying *v, guint area)
{
	const struct dump_area *a = dump_area(v->d, area);
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
			compare_page(v, &diff);
		}
	}
	/* What follows is the guard, and whatever else has no page. */
	for (uint64_t page = a->nr_pages; page < a->size / PAGE_BYTES; page++) {
		struct dump_difference diff = { .area = area, .page = page, .unlisted = true };

		compare_page(v, &diff);
	}
}

static void verify_device(const struct verifying *v, guint area)
{
	const struct dump_area *a = dump_area(v->d, area);

	for (uint64_t page = 0; page < payload_pages(a); page++) {
		struct dump_difference diff = { .area = area, .page = page };

		diff.want = (a->phys & -PAGE_BYTES) + page * PAGE_BYTES;
		compare_page(v, &diff);
	}
}

int dump_verify(struct dump *d, dump_difference_fn *fn, void *arg, struct dump_verified *ret,
		char **error)
{
	struct verifying v = { d, fn, arg, ret };

	*ret = (struct dump_verified){ 0 };
	if (!d->levels) {
		*error = g_strdup("only page tables of x86-64 are walked");
		return -ENOTSUP;
	}
	for (guint i = 0; i < d->areas->len; i++) {
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
	return 0;
}
