/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ranges in an array.  Those of a trace grow together soon, so that there are few.
 */
#include "replay/seen.h"

struct seen_range {
	uint64_t start;
	uint64_t end;
};

void seen_init(struct seen *s)
{
	s->ranges = g_array_new(FALSE, FALSE, sizeof(struct seen_range));
}

void seen_deinit(struct seen *s)
{
	g_array_unref(s->ranges);
}

static struct seen_range *seen_at(const struct seen *s, guint i)
{
	return &g_array_index(s->ranges, struct seen_range, i);
}

/* The first range that ends at or above addr. */
static guint first_seen_from(const struct seen *s, uint64_t addr)
{
	guint low = 0, high = s->ranges->len;

	while (low < high) {
		guint middle = low + (high - low) / 2;

		if (seen_at(s, middle)->end < addr)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

bool seen_has(const struct seen *s, uint64_t start, uint64_t end)
{
	guint i = first_seen_from(s, end);

	return i < s->ranges->len && seen_at(s, i)->start <= start;
}

void seen_add(struct seen *s, uint64_t start, uint64_t end)
{
	struct seen_range joined = { start, end };
	guint i = first_seen_from(s, start);
	guint next = i;

	while (next < s->ranges->len && seen_at(s, next)->start <= end) {
		joined.start = MIN(joined.start, seen_at(s, next)->start);
		joined.end = MAX(joined.end, seen_at(s, next)->end);
		next++;
	}
	if (next == i) {
		g_array_insert_val(s->ranges, i, joined);
		return;
	}
	*seen_at(s, i) = joined;
	if (next > i + 1)
		g_array_remove_range(s->ranges, i + 1, next - i - 1);
}

void seen_forget(struct seen *s, uint64_t start, uint64_t end)
{
	for (guint i = first_seen_from(s, start); i < s->ranges->len; i++) {
		struct seen_range *r = seen_at(s, i);
		struct seen_range above = { MAX(r->start, end), r->end };

		if (r->start >= end)
			break;
		r->end = MIN(r->end, start);
		if (r->end <= r->start)
			g_array_remove_index(s->ranges, i--);
		if (above.end > above.start) {
			g_array_insert_val(s->ranges, i + 1, above);
			break;
		}
	}
}
