/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Answers for people: what would be enough, and where the next area goes.
 */
#include <inttypes.h>

#include "info/info_report.h"
#include "show/words.h"

struct info_size info_size(uint64_t bytes)
{
	struct info_size size;

	*put_size(size.s, bytes) = '\0';
	return size;
}

static void put_request(GString *out, const struct info *info, const struct info_answer *answer)
{
	uint64_t pages = answer->full >> info->l->page_shift;

	g_string_append_printf(out, "%" PRIu64 " bytes", answer->request.size);
	if (answer->request.align)
		g_string_append_printf(out, ", aligned to %s", info_size(answer->request.align).s);
	g_string_append_printf(out,
			       " in %s (with its guard page %" PRIu64 " bytes, %" PRIu64 " pages)",
			       answer->space->name, answer->full, pages);
}

static void put_policies(GString *out, const struct info *info, const struct vm_place *places)
{
	for (unsigned p = 0; p < NR_VM_POLICIES; p++) {
		g_string_append_printf(out, "  %-14s ", vm_policy_name((enum vm_policy)p));
		if (places[p].fits)
			g_string_append_printf(out, ADDR_FMT "\n",
					       ADDR_ARG(info->l, places[p].addr));
		else
			g_string_append(out, "no place\n");
	}
}

static void put_largest(GString *out, const struct info *info, const char *title, uint64_t size,
			uint64_t at)
{
	g_string_append_printf(out, "  %-14s ", title);
	if (!size) {
		g_string_append(out, "there is no hole\n");
		return;
	}
	g_string_append_printf(out, "%" PRIu64 " bytes (%" PRIu64 " pages) at " ADDR_FMT "\n", size,
			       size >> info->l->page_shift, ADDR_ARG(info->l, at));
}

/* How large vmalloc= has to be, in whole MiB as people write it. */
static void put_wider(GString *out, const struct info *info, const struct info_answer *answer)
{
	const struct listing_window *w = answer->space->window;
	uint64_t size = w->end - w->start, lower = answer->a.lower, higher = answer->a.higher;

	if (lower)
		g_string_append_printf(out,
				       "  wider window   %s more below: " ADDR_FMT "-" ADDR_FMT
				       ", %" PRIu64 " bytes; vmalloc=%" PRIu64 "M\n",
				       info_size(lower).s, ADDR_ARG(info->l, w->start - lower),
				       ADDR_ARG(info->l, w->end), size + lower,
				       (size + lower + (1 << 20) - 1) >> 20);
	if (higher)
		g_string_append_printf(out,
				       "  %-14s %s more above: " ADDR_FMT "-" ADDR_FMT ", %" PRIu64
				       " bytes\n",
				       lower ? "" : "wider window", info_size(higher).s,
				       ADDR_ARG(info->l, w->start),
				       ADDR_ARG(info->l, w->end + higher), size + higher);
	if (!lower && !higher)
		g_string_append(out, "  wider window   does not help\n");
}

static void text_removals(GString *out, const struct info *info, const struct info_answer *answer)
{
	const struct listing *l = info->l;

	if (!answer->a.nr_removals) {
		g_string_append(out, "  a removal      of one area does not make room\n");
		return;
	}
	g_string_append_printf(out, "  a removal      of one of %" PRIu64 " areas makes room:\n",
			       answer->a.nr_removals);
	for (unsigned i = 0; i < answer->nr_removal; i++) {
		const struct listed *a = listing_area(l, answer->removal[i]);
		const char *caller = listing_name(l, a->caller);

		g_string_append_printf(out, "    " ADDR_FMT " %10" PRIu64 " %s\n",
				       ADDR_ARG(l, a->start), a->size,
				       caller ? caller : listed_kind_name(l, a));
	}
}

static void put_help(GString *out, const struct info *info, const struct info_answer *answer)
{
	const struct vm_answer *a = &answer->a;

	put_largest(out, info, "largest hole", a->largest, a->largest_at);
	if (answer->space->waiting)
		put_largest(out, info, "after a purge", a->purged_largest, a->purged_largest_at);
	put_wider(out, info, answer);
	text_removals(out, info, answer);
	g_string_append_printf(out, "  packing        all areas together %s\n",
			       a->packed ? "makes room" : "does not make room");
}

void info_put_answer(GString *out, const struct info *info, const struct info_answer *answer)
{
	const struct vm_answer *a = &answer->a;

	if (a->now[VM_FIRST_FIT].fits) {
		g_string_append(out, "\nIt fits: ");
		put_request(out, info, answer);
		g_string_append_c(out, '\n');
		put_policies(out, info, a->now);
	} else if (a->purged[VM_FIRST_FIT].fits) {
		g_string_append(out, "\nIt fits after a purge, which the kernel makes by itself: ");
		put_request(out, info, answer);
		g_string_append_c(out, '\n');
		put_policies(out, info, a->purged);
	} else {
		g_string_append(out, "\nIt does not fit, whatever the policy: ");
		put_request(out, info, answer);
		g_string_append_c(out, '\n');
		put_help(out, info, answer);
	}
}

void info_put_next(GString *out, const struct info *info, const struct info_answer *answer)
{
	g_string_append(out, "\nThe next: ");
	put_request(out, info, answer);
	g_string_append_c(out, '\n');
	put_policies(out, info, answer->a.now);
	if (!answer->a.now[VM_FIRST_FIT].fits && answer->a.purged[VM_FIRST_FIT].fits) {
		g_string_append(out, "  after a purge\n");
		put_policies(out, info, answer->a.purged);
	}
}
