/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What would be enough, asked of the core's own index.
 */
#include <errno.h>

#include "info/info.h"

#define MEMORY (UINT64_C(16) << 20) /* of a machine that only lends its memory for descriptors */

GArray *info_ranges(const struct info *info, GArray *areas)
{
	GArray *ranges = g_array_new(FALSE, FALSE, sizeof(struct vm_range));

	for (guint i = 0; i < info->l->areas->len; i++) {
		const struct listed *a = listing_area(info->l, i);
		struct vm_range r = { a->start, a->size, a->kind == LISTED_UNPURGED };

		if (a->overlaps)
			continue;
		g_array_append_val(ranges, r);
		g_array_append_val(areas, i);
	}
	return ranges;
}

static const struct info_space *space_for(const struct info *info, bool modules)
{
	for (unsigned i = 0; i < info->nr_spaces; i++) {
		bool is_modules = info->space[i].window == &info->l->modules;

		if (is_modules == modules)
			return &info->space[i];
	}
	return NULL;
}

/* Whole pages of that kernel, and its guard page. 0: beyond 64 bits. */
static uint64_t full_size(const struct listing *l, uint64_t size)
{
	uint64_t page = UINT64_C(1) << l->page_shift;

	if (!size || size > UINT64_MAX - 2 * page)
		return 0;
	return ((size + page - 1) & -page) + page;
}

static int ask(const struct info *info, const struct vm_question *q, struct info_answer *ret)
{
	struct machine_config config = MACHINE_CONFIG_DEFAULT;
	g_autoptr(GArray) areas = g_array_new(FALSE, FALSE, sizeof(guint));
	g_autoptr(GArray) ranges = info_ranges(info, areas);
	struct machine *m;
	int err;

	config.memory = MEMORY;
	err = machine_boot(&config, &m);
	if (err)
		return err;
	err = vm_enough(m, (const struct vm_range *)(const void *)ranges->data, ranges->len, q,
			&ret->a);
	machine_destroy(m);
	ret->nr_removal = (unsigned)MIN(ret->a.nr_removals, VM_ENOUGH_REMOVALS);
	for (unsigned i = 0; i < ret->nr_removal; i++)
		ret->removal[i] = g_array_index(areas, guint, ret->a.removal[i]);
	return err;
}

int info_ask(const struct info *info, const struct info_request *request, struct info_answer *ret)
{
	const struct info_space *space = space_for(info, request->modules);
	const struct listing *l = info->l;
	uint64_t page = UINT64_C(1) << l->page_shift;
	struct vm_question q;

	*ret = (struct info_answer){ .request = *request, .space = space };
	if (!space)
		return -ENOENT;
	ret->full = full_size(l, request->size);
	if (!ret->full)
		return -EINVAL;
	q = (struct vm_question){
		.size = ret->full,
		.align = MAX(request->align, page),
		.start = space->window->start,
		.end = space->window->end - space->window->last_unused,
		/* A larger vmalloc= moves the start down with 32 bits. */
		.bottom = l->wide ? space->window->start : page,
		.top = l->wide ? -PAGE_SIZE : UINT64_C(1) << 32,
	};
	return ask(info, &q, ret);
}

bool info_fits(const struct info_answer *answer)
{
	return answer->a.now[VM_FIRST_FIT].fits || answer->a.purged[VM_FIRST_FIT].fits;
}
