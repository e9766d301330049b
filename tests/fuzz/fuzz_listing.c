/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The address space of any kernel, in any text: input/listing.h.
 *
 * Whatever the bytes are, what is read is sound: areas are in order, have whole
 * pages, and those that are placed are disjoint; counts add up; the summary is
 * one line.  Written down again in one plain form, the areas that are placed
 * are read back as they were.
 */
#include <inttypes.h>

#include <glib.h>
#include <vmallocfs/types.h>

#include "fuzz_file.h"
#include "input/listing.h"

static void check_areas(const struct listing *l)
{
	uint64_t end = 0, areas = 0, unpurged = 0, overlaps = 0, map_ram = 0;

	for (guint i = 0; i < l->areas->len; i++) {
		const struct listed *a = listing_area(l, i);

		areas += a->kind != LISTED_UNPURGED;
		unpurged += a->kind == LISTED_UNPURGED;
		map_ram += a->kind == LISTED_MAP_RAM;
		overlaps += a->overlaps;
		FUZZ_ASSERT(a->line && a->line <= l->lines);
		FUZZ_ASSERT(a->first_node + a->nr_nodes <= l->nodes->len);
		FUZZ_ASSERT(listing_name(l, a->caller) == NULL || *listing_name(l, a->caller));
		FUZZ_ASSERT(*listed_kind_name(l, a));
		FUZZ_ASSERT(listed_mapped(l, a) <= a->size || l->hidden);
		if (l->hidden)
			continue;
		FUZZ_ASSERT(a->size && !((a->start | a->size) & ~PAGE_MASK));
		FUZZ_ASSERT(a->start >= PAGE_SIZE && listed_end(a) > a->start);
		FUZZ_ASSERT(!i || listing_area(l, i - 1)->start <= a->start);
		if (a->overlaps)
			continue;
		FUZZ_ASSERT(a->start >= end);
		end = listed_end(a);
	}
	FUZZ_ASSERT(areas == l->nr_areas && unpurged == l->nr_unpurged);
	FUZZ_ASSERT(overlaps == l->nr_overlaps && map_ram == l->nr_map_ram);
	FUZZ_ASSERT(l->passed->len == MIN(l->passed_over, LISTING_QUOTES));
	FUZZ_ASSERT(l->overlaps->len == MIN(l->nr_overlaps, LISTING_QUOTES));
}

static void check_window(const struct listing_window *w)
{
	FUZZ_ASSERT(!w->end || (w->end > w->start && w->from));
	FUZZ_ASSERT(!((w->start | w->end) & ~PAGE_MASK));
}

static void check(const struct listing *l)
{
	g_autoptr(GString) line = g_string_new(NULL);

	check_areas(l);
	check_window(&l->vmalloc);
	check_window(&l->modules);
	FUZZ_ASSERT(l->hidden || l->vmalloc.end);
	listing_summary(l, line);
	FUZZ_ASSERT(line->len && !strchr(line->str, '\n'));
}

static GString *written(const struct listing *l)
{
	GString *s = g_string_new(NULL);

	for (guint i = 0; i < l->areas->len; i++) {
		const struct listed *a = listing_area(l, i);

		if (!a->overlaps)
			g_string_append_printf(s, "0x%016" PRIx64 "-0x%016" PRIx64 " %" PRIu64 "\n",
					       a->start, listed_end(a), a->size);
	}
	return s;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct listing_options o = { .strict = size % 7 == 0 };
	g_autofree char *error = NULL;
	g_autoptr(GString) first = NULL, second = NULL;
	struct listing *l;

	if (listing_read(fuzz_file(data, size), &o, &l, &error)) {
		FUZZ_ASSERT(error && *error && !strchr(error, '\n'));
		return 0;
	}
	check(l);
	if (l->hidden) {
		listing_free(l);
		return 0;
	}
	first = written(l);
	listing_free(l);
	o.strict = false;
	FUZZ_ASSERT(
		!listing_read(fuzz_file((const uint8_t *)first->str, first->len), &o, &l, &error));
	check(l);
	second = written(l);
	FUZZ_ASSERT(!l->passed_over && !l->nr_overlaps);
	/* Without their callers, two machines may be told apart otherwise. */
	FUZZ_ASSERT(l->elsewhere || g_string_equal(first, second));
	listing_free(l);
	return 0;
}
