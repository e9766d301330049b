/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All that vmallocfs-info makes of a listing: whatever the bytes are, the sums
 * agree, and each format can be written.
 */
#include <glib.h>

#include "fuzz_file.h"
#include "info/info_report.h"

static void check_holes(const struct info_space *s, const struct info_holes *h)
{
	uint64_t free = 0, end = s->window->start;

	for (guint i = 0; i < h->hole->len; i++) {
		const struct info_hole *hole = &g_array_index(h->hole, struct info_hole, i);

		FUZZ_ASSERT(hole->size && hole->start >= end);
		end = hole->start + hole->size;
		FUZZ_ASSERT(end > hole->start && end <= s->window->end);
		FUZZ_ASSERT(hole->size <= h->largest.size);
		free += hole->size;
	}
	FUZZ_ASSERT(free == h->free);
}

static void check_sums(const struct info *info)
{
	uint64_t areas = 0, bytes = 0, all = 0;

	for (unsigned i = 0; i < info->nr_spaces; i++) {
		check_holes(&info->space[i], &info->space[i].holes);
		check_holes(&info->space[i], &info->space[i].purged);
		FUZZ_ASSERT(info->space[i].purged.free >= info->space[i].holes.free);
	}
	for (guint i = 0; i < info->groups->len; i++) {
		const struct info_group *g = &g_array_index(info->groups, struct info_group, i);

		FUZZ_ASSERT(*g->name && g->areas && g->largest <= g->bytes);
		areas += g->areas;
		bytes += g->bytes;
	}
	for (guint i = 0; i < info->l->areas->len; i++)
		if (!listing_area(info->l, i)->overlaps)
			all += listing_area(info->l, i)->size;
	FUZZ_ASSERT(bytes == all);
	FUZZ_ASSERT(areas + info->l->nr_overlaps == info->l->areas->len);
}

/* The largest hole fits, and a page more does not. */
static void check_answer(const struct info *info, bool modules)
{
	const struct info_space *s = &info->space[modules];
	uint64_t page = UINT64_C(1) << info->l->page_shift;
	struct info_request request = { .size = s->purged.largest.size, .modules = modules };
	struct info_answer answer;

	if (request.size <= page || request.size & (page - 1) ||
	    s->purged.largest.start & (page - 1))
		return;
	FUZZ_ASSERT(!info_ask(info, &request, &answer));
	FUZZ_ASSERT(!info_fits(&answer));
	FUZZ_ASSERT(answer.a.purged_largest == s->purged.largest.size);
	FUZZ_ASSERT(answer.a.largest == s->holes.largest.size);
	request.size -= page;
	FUZZ_ASSERT(!info_ask(info, &request, &answer));
	FUZZ_ASSERT(info_fits(&answer));
}

static void write_all(struct info_report *r)
{
	g_autoptr(GString) text = g_string_new(NULL), json = g_string_new(NULL);
	g_autoptr(GString) csv = g_string_new(NULL);
	g_autoptr(GBytes) svg = info_svg(&r->info[0]), html = info_html(r);

	info_text(r, true, text);
	info_json(r, json);
	info_csv(r, csv);
	FUZZ_ASSERT(text->len && json->len && csv->len);
	FUZZ_ASSERT(g_utf8_validate(json->str, (gssize)json->len, NULL));
	FUZZ_ASSERT(g_bytes_get_size(svg) < (4u << 20));
	FUZZ_ASSERT(g_utf8_validate(g_bytes_get_data(html, NULL), (gssize)g_bytes_get_size(html),
				    NULL));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const words[] = { "caller", "module", "kind", "size" };
	struct info_options o = { .by = size % 4, .by_word = words[size % 4], .holes = true };
	struct info info[2];
	struct info_answer answers[2];
	struct info_report r = { .o = &o, .info = info, .n = 1 + size % 2 };
	g_autofree char *error = NULL;
	struct listing *l;

	if (listing_read(fuzz_file(data, size), &o.listing, &l, &error))
		return 0;
	info_init(&info[0], l, o.by);
	check_sums(&info[0]);
	for (unsigned i = 0; i < info[0].nr_spaces; i++)
		check_answer(&info[0], i);
	FUZZ_ASSERT(!listing_read(fuzz_file(data, size), &o.listing, &l, &error));
	info_init(&info[1], l, o.by);
	for (unsigned i = 0; i < 2; i++)
		info_ask(&info[i], &(struct info_request){ .size = 1 + size * 4099 }, &answers[i]);
	r.enough = r.next = answers;
	write_all(&r);
	info_deinit(&info[0]);
	info_deinit(&info[1]);
	return 0;
}
