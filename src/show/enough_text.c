/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Answers for people: what would be enough, and where the next area goes.
 */
#include <inttypes.h>

#include "show/enough_text.h"
#include "show/words.h"

#define ADDRESS "0x%0*" PRIx64
#define DIGITS(t) ((t)->wide ? 16 : 8)

static void put_request(GString *out, const struct enough_text *t)
{
	g_string_append_printf(out, "%" PRIu64 " bytes", t->size);
	if (t->align)
		g_string_append_printf(out, ", aligned to %s", size_text(t->align).s);
	g_string_append_printf(out,
			       " in %s (with its guard page %" PRIu64 " bytes, %" PRIu64
			       " pages)\n",
			       t->space, t->full, t->full >> t->page_shift);
}

static void put_places_text(GString *out, const struct enough_text *t,
			    const struct vm_place *places)
{
	for (unsigned p = 0; p < NR_VM_POLICIES; p++) {
		g_string_append_printf(out, "  %-14s ", vm_policy_name((enum vm_policy)p));
		if (places[p].fits)
			g_string_append_printf(out, ADDRESS "\n", DIGITS(t), places[p].addr);
		else
			g_string_append(out, "no place\n");
	}
}

static void put_largest_text(GString *out, const struct enough_text *t, const char *title,
			     uint64_t size, uint64_t at)
{
	g_string_append_printf(out, "  %-14s ", title);
	if (!size) {
		g_string_append(out, "there is no hole\n");
		return;
	}
	g_string_append_printf(out, "%" PRIu64 " bytes (%" PRIu64 " pages) at " ADDRESS "\n", size,
			       size >> t->page_shift, DIGITS(t), at);
}

/* How large vmalloc= has to be, in whole MiB as people write it. */
static void put_wider_text(GString *out, const struct enough_text *t)
{
	uint64_t size = t->end - t->start, lower = t->a.lower, higher = t->a.higher;

	if (lower)
		g_string_append_printf(out,
				       "  wider window   %s more below: " ADDRESS "-" ADDRESS
				       ", %" PRIu64 " bytes; vmalloc=%" PRIu64 "M\n",
				       size_text(lower).s, DIGITS(t), t->start - lower, DIGITS(t),
				       t->end, size + lower, (size + lower + (1 << 20) - 1) >> 20);
	if (higher)
		g_string_append_printf(out,
				       "  %-14s %s more above: " ADDRESS "-" ADDRESS ", %" PRIu64
				       " bytes\n",
				       lower ? "" : "wider window", size_text(higher).s, DIGITS(t),
				       t->start, DIGITS(t), t->end + higher, size + higher);
	if (!lower && !higher)
		g_string_append(out, "  wider window   does not help\n");
}

static void put_removals_text(GString *out, const struct enough_text *t)
{
	if (!t->a.nr_removals) {
		g_string_append(out, "  a removal      of one area does not make room\n");
		return;
	}
	g_string_append_printf(out, "  a removal      of one of %" PRIu64 " areas makes room:\n",
			       t->a.nr_removals);
	for (unsigned i = 0; i < MIN(t->a.nr_removals, VM_ENOUGH_REMOVALS); i++)
		g_string_append_printf(out, "    " ADDRESS " %10" PRIu64 " %s\n", DIGITS(t),
				       t->removal[i].addr, t->removal[i].size, t->removal[i].name);
}

static void put_help_text(GString *out, const struct enough_text *t)
{
	const struct vm_answer *a = &t->a;

	put_largest_text(out, t, "largest hole", a->largest, a->largest_at);
	if (t->waiting)
		put_largest_text(out, t, "after a purge", a->purged_largest, a->purged_largest_at);
	put_wider_text(out, t);
	put_removals_text(out, t);
	g_string_append_printf(out, "  packing        all areas together %s\n",
			       a->packed ? "makes room" : "does not make room");
}

void put_enough(GString *out, const struct enough_text *t)
{
	if (t->a.now[VM_FIRST_FIT].fits) {
		g_string_append(out, "It fits: ");
		put_request(out, t);
		put_places_text(out, t, t->a.now);
	} else if (t->a.purged[VM_FIRST_FIT].fits) {
		g_string_append(out, "It fits after a purge, which the kernel makes by itself: ");
		put_request(out, t);
		put_places_text(out, t, t->a.purged);
	} else {
		g_string_append(out, "It does not fit, whatever the policy: ");
		put_request(out, t);
		put_help_text(out, t);
	}
}

void put_enough_next(GString *out, const struct enough_text *t)
{
	g_string_append(out, "The next: ");
	put_request(out, t);
	put_places_text(out, t, t->a.now);
	if (!t->a.now[VM_FIRST_FIT].fits && t->a.purged[VM_FIRST_FIT].fits) {
		g_string_append(out, "  after a purge\n");
		put_places_text(out, t, t->a.purged);
	}
}
