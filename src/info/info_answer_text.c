/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Answers for people, with the words that the mount has for them.
 */
#include "info/info_report.h"
#include "show/enough_text.h"
#include "show/words.h"

struct info_size info_size(uint64_t bytes)
{
	struct info_size size;

	*put_size(size.s, bytes) = '\0';
	return size;
}

static struct enough_text text_of(const struct info *info, const struct info_answer *answer)
{
	const struct listing *l = info->l;
	struct enough_text t = {
		.size = answer->request.size,
		.align = answer->request.align,
		.full = answer->full,
		.space = answer->space->name,
		.start = answer->space->window->start,
		.end = answer->space->window->end,
		.page_shift = l->page_shift,
		.wide = l->wide,
		.waiting = answer->space->waiting,
		.a = answer->a,
	};

	for (unsigned i = 0; i < answer->nr_removal; i++) {
		const struct listed *a = listing_area(l, answer->removal[i]);
		const char *caller = listing_name(l, a->caller);

		t.removal[i].addr = a->start;
		t.removal[i].size = a->size;
		t.removal[i].name = caller ? caller : listed_kind_name(l, a);
	}
	return t;
}

void info_put_answer(GString *out, const struct info *info, const struct info_answer *answer)
{
	const struct enough_text t = text_of(info, answer);

	g_string_append_c(out, '\n');
	put_enough(out, &t);
}

void info_put_next(GString *out, const struct info *info, const struct info_answer *answer)
{
	const struct enough_text t = text_of(info, answer);

	g_string_append_c(out, '\n');
	put_enough_next(out, &t);
}
