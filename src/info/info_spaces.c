/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The windows of a listing: what is used in them and what is free.
 */
#include "info/info.h"

/* One past the last byte that can be handed out. */
static uint64_t usable_end(const struct listing_window *w)
{
	return w->end - (w->last_unused ? PAGE_SIZE : 0);
}

static void add_hole(struct info_holes *h, unsigned page_shift, uint64_t start, uint64_t end)
{
	struct info_hole hole = { start, end - start };

	if (end <= start)
		return;
	g_array_append_val(h->hole, hole);
	h->free += hole.size;
	if (hole.size >> page_shift <= UNUSABLE_PAGES) /* its guard is a page more */
		h->unusable += hole.size;
	if (hole.size > h->largest.size)
		h->largest = hole;
}

/* One pass over the busy ranges, in ascending order. */
static void find_holes(struct info_holes *h, const struct listing *l,
		       const struct listing_window *w, bool purged)
{
	uint64_t at = w->start, end = usable_end(w);

	h->hole = g_array_new(FALSE, FALSE, sizeof(struct info_hole));
	for (guint i = 0; i < l->areas->len; i++) {
		const struct listed *a = listing_area(l, i);

		if (a->overlaps || (purged && a->kind == LISTED_UNPURGED) || listed_end(a) <= at)
			continue;
		if (a->start >= end)
			break;
		add_hole(h, l->page_shift, at, a->start);
		at = listed_end(a);
	}
	add_hole(h, l->page_shift, at, end);
}

static struct info_space *space_of(struct info *info, const struct listed *a)
{
	const struct listing_window *w = listing_window_of(info->l, a);

	for (unsigned i = 0; w && i < info->nr_spaces; i++)
		if (info->space[i].window == w)
			return &info->space[i];
	return NULL;
}

static void count_in_spaces(struct info *info, const struct listed *a)
{
	struct info_space *s = space_of(info, a);

	if (!s) {
		info->outside += a->kind != LISTED_UNPURGED;
		info->outside_bytes += a->kind != LISTED_UNPURGED ? a->size : 0;
	} else if (a->kind == LISTED_UNPURGED) {
		s->waiting++;
		s->waiting_bytes += a->size;
	} else {
		s->areas++;
		s->bytes += a->size;
		s->guards += a->guard ? UINT64_C(1) << info->l->page_shift : 0;
	}
}

static void add_window(struct info *info, const char *name, const struct listing_window *w)
{
	if (!w->end)
		return;
	info->space[info->nr_spaces++] = (struct info_space){ .name = name, .window = w };
}

void info_find_spaces(struct info *info)
{
	const struct listing *l = info->l;

	if (l->hidden)
		return;
	add_window(info, "vmalloc", &l->vmalloc);
	add_window(info, "modules", &l->modules);
	for (guint i = 0; i < l->areas->len; i++)
		if (!listing_area(l, i)->overlaps)
			count_in_spaces(info, listing_area(l, i));
	for (unsigned i = 0; i < info->nr_spaces; i++) {
		find_holes(&info->space[i].holes, l, info->space[i].window, false);
		find_holes(&info->space[i].purged, l, info->space[i].window, true);
	}
}

void info_init(struct info *info, struct listing *l, enum info_by by)
{
	*info = (struct info){ .l = l };
	info_find_spaces(info);
	info->groups = info_group_by(info, by);
}

void info_deinit(struct info *info)
{
	for (unsigned i = 0; i < info->nr_spaces; i++) {
		g_array_unref(info->space[i].holes.hole);
		g_array_unref(info->space[i].purged.hole);
	}
	g_array_unref(info->groups);
	listing_free(info->l);
}
