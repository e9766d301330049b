/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What came of following.  "known" is what could be judged: the outcomes in the
 * recording, without those that something decided which had to be learned first.
 */
#include <inttypes.h>

#include "replay/follow.h"
#include "replay/report_followed.h"

static const char *const kind_keys[NR_MISS_KINDS] = {
	[MISS_ALIGNED] = "aligned",
	[MISS_POOLED] = "pooled",
	[MISS_UNSEEN] = "unseen_at_start",
	[MISS_BUSY] = "thought_busy",
	[MISS_WINDOW] = "other_window",
	[MISS_FAILED] = "failed_in_one",
	[MISS_OTHER] = "other",
};

static const struct follow_figures *followed_figures(const struct replay *r, unsigned i)
{
	return &r->follower[i].follow->figures;
}

static uint64_t followed_known(const struct follow_figures *f)
{
	return f->compared - follow_learned(f);
}

/* All of none is all; 99.996 is not all. */
static double followed_percent(uint64_t n, uint64_t of)
{
	return n == of ? 100 : MIN(100 * (double)n / (double)of, 99.99);
}

static void add_followed_percent(GString *out, uint64_t n, uint64_t of)
{
	char buf[G_ASCII_DTOSTR_BUF_SIZE];

	g_string_append(out, g_ascii_formatd(buf, sizeof(buf), "%.2f", followed_percent(n, of)));
}

/* --- a table ------------------------------------------------------------------- */

static void add_followed_row(const struct replay *r, GString *out, const char *title,
			     uint64_t (*value)(const struct follow_figures *f))
{
	g_string_append_printf(out, "%-25s", title);
	for (unsigned i = 0; i < r->nr_followers; i++)
		g_string_append_printf(out, "%14" PRIu64, value(followed_figures(r, i)));
	g_string_append_c(out, '\n');
}

static uint64_t all_compared(const struct follow_figures *f)
{
	return f->compared;
}

static uint64_t all_same(const struct follow_figures *f)
{
	return f->same;
}

static void add_miss_kind(const struct replay *r, GString *out, enum miss_kind kind)
{
	uint64_t all = 0;

	for (unsigned i = 0; i < r->nr_followers; i++)
		all += followed_figures(r, i)->missed[kind];
	if (!all)
		return;
	g_string_append_printf(out, "  not: %-18s", miss_kind_name(kind));
	for (unsigned i = 0; i < r->nr_followers; i++) {
		const struct follow_figures *f = followed_figures(r, i);
		g_autofree char *learned = NULL;

		if (f->learned[kind])
			learned = g_strdup_printf("%" PRIu64 " (%" PRIu64 ")", f->missed[kind],
						  f->learned[kind]);
		else
			learned = g_strdup_printf("%" PRIu64, f->missed[kind]);
		g_string_append_printf(out, "%14s", learned);
	}
	g_string_append_c(out, '\n');
}

static void add_followed_sentence(const struct replay *r, GString *out, unsigned i)
{
	const struct follow_figures *f = followed_figures(r, i);
	uint64_t learned = follow_learned(f);

	g_string_append_printf(out, "%s followed: %" PRIu64 " of %" PRIu64 " as in the trace (",
			       run_name(&r->follower[i]), f->same, f->compared);
	add_followed_percent(out, f->same, f->compared);
	g_string_append(out, " %)");
	if (learned) {
		g_string_append_printf(out,
				       "; without %" PRIu64 " whose cause was learned, %" PRIu64
				       " of %" PRIu64 " (",
				       learned, f->same, followed_known(f));
		add_followed_percent(out, f->same, followed_known(f));
		g_string_append(out, " %)");
	}
	g_string_append_c(out, '\n');
}

static void add_miss_place(GString *out, vaddr_t addr, const struct hole_bounds *hole)
{
	if (!addr)
		g_string_append(out, "nowhere");
	else
		g_string_append_printf(out, "0x%" PRIx64, addr);
	if (hole->end)
		g_string_append_printf(out, " in the hole 0x%" PRIx64 "-0x%" PRIx64, hole->start,
				       hole->end);
	else if (addr)
		g_string_append(out, " in no hole");
}

static void add_miss_text(GString *out, const struct miss *m)
{
	g_string_append_printf(out, "line %" PRIu64 ": %s%s: %" PRIu64 " bytes", m->line,
			       miss_kind_name(m->kind), m->learned ? ", learned" : "", m->size);
	if (m->align > 1)
		g_string_append_printf(out, " aligned to %" PRIu64, m->align);
	g_string_append_printf(out, " in 0x%" PRIx64 "-0x%" PRIx64 " on processor %u\n\ttrace: ",
			       m->start, m->end, m->cpu);
	add_miss_place(out, m->addr, &m->addr_hole);
	g_string_append(out, "\n\tpolicy: ");
	add_miss_place(out, m->said, &m->said_hole);
	g_string_append_c(out, '\n');
}

static void add_misses(const struct replay *r, GString *out, unsigned i)
{
	const struct follow *follow = r->follower[i].follow;
	uint64_t all = follow->figures.compared - follow->figures.same;

	if (!r->config.misses || !all)
		return;
	g_string_append_printf(out, "\n%s would have placed elsewhere, %u of %" PRIu64 ":\n",
			       run_name(&r->follower[i]), follow->misses->len, all);
	for (guint n = 0; n < follow->misses->len; n++)
		add_miss_text(out, &g_array_index(follow->misses, struct miss, n));
}

void report_followed_table(const struct replay *r, GString *out)
{
	if (!r->nr_followers)
		return;
	g_string_append(out, "\nfollowed; in brackets those whose cause was learned\n");
	g_string_append_printf(out, "%-25s", "");
	for (unsigned i = 0; i < r->nr_followers; i++)
		g_string_append_printf(out, "%14s", run_name(&r->follower[i]));
	g_string_append_c(out, '\n');
	add_followed_row(r, out, "outcomes in the trace", all_compared);
	add_followed_row(r, out, "  the same", all_same);
	for (unsigned kind = 0; kind < NR_MISS_KINDS; kind++)
		add_miss_kind(r, out, kind);
	g_string_append_c(out, '\n');
	for (unsigned i = 0; i < r->nr_followers; i++)
		add_followed_sentence(r, out, i);
	for (unsigned i = 0; i < r->nr_followers; i++)
		add_misses(r, out, i);
}

/* --- CSV ------------------------------------------------------------------------ */

void report_followed_csv_head(const struct replay *r, GString *out)
{
	if (!r->nr_followers)
		return;
	g_string_append(out, ",followed_compared,followed_same,followed_same_percent,"
			     "followed_known,followed_known_percent,followed_ns_per_event");
	for (unsigned kind = 0; kind < NR_MISS_KINDS; kind++)
		g_string_append_printf(out, ",followed_%s,followed_%s_learned", kind_keys[kind],
				       kind_keys[kind]);
}

static double followed_ns_per_event(const struct replay *r, unsigned run)
{
	return r->events ? (double)r->follower[run].figures.ns / (double)r->events : 0;
}

static void add_followed_number(GString *out, double x)
{
	char buf[G_ASCII_DTOSTR_BUF_SIZE];

	g_string_append(out, g_ascii_formatd(buf, sizeof(buf), "%.1f", x));
}

void report_followed_csv(const struct replay *r, unsigned run, GString *out)
{
	const struct follow_figures *f;

	if (!r->nr_followers)
		return;
	f = followed_figures(r, run);
	g_string_append_printf(out, ",%" PRIu64 ",%" PRIu64 ",", f->compared, f->same);
	add_followed_percent(out, f->same, f->compared);
	g_string_append_printf(out, ",%" PRIu64 ",", followed_known(f));
	add_followed_percent(out, f->same, followed_known(f));
	g_string_append_c(out, ',');
	add_followed_number(out, followed_ns_per_event(r, run));
	for (unsigned kind = 0; kind < NR_MISS_KINDS; kind++)
		g_string_append_printf(out, ",%" PRIu64 ",%" PRIu64, f->missed[kind],
				       f->learned[kind]);
}

/* --- JSON ----------------------------------------------------------------------- */

static void add_place_json(GString *out, const char *name, vaddr_t addr,
			   const struct hole_bounds *hole)
{
	if (addr)
		g_string_append_printf(out, ", \"%s\": \"0x%" PRIx64 "\"", name, addr);
	else
		g_string_append_printf(out, ", \"%s\": null", name);
	if (hole->end)
		g_string_append_printf(out, ", \"%s_hole\": [\"0x%" PRIx64 "\", \"0x%" PRIx64 "\"]",
				       name, hole->start, hole->end);
	else
		g_string_append_printf(out, ", \"%s_hole\": null", name);
}

static void add_miss_json(GString *out, const struct miss *m)
{
	g_string_append_printf(
		out,
		"\n\t\t\t\t\t{ \"line\": %" PRIu64
		", \"kind\": \"%s\", \"learned\": %s, \"cpu\": %u, \"size\": %" PRIu64
		", \"align\": %" PRIu64 ", \"start\": \"0x%" PRIx64 "\", \"end\": \"0x%" PRIx64
		"\"",
		m->line, kind_keys[m->kind], m->learned ? "true" : "false", m->cpu, m->size,
		m->align, m->start, m->end);
	add_place_json(out, "addr", m->addr, &m->addr_hole);
	add_place_json(out, "said", m->said, &m->said_hole);
	g_string_append(out, " }");
}

void report_followed_json(const struct replay *r, unsigned run, GString *out)
{
	const struct follow *follow;
	const struct follow_figures *f;

	if (!r->nr_followers)
		return;
	follow = r->follower[run].follow;
	f = &follow->figures;
	g_string_append_printf(out,
			       ",\n\t\t\t\"followed\": {\n\t\t\t\t\"compared\": %" PRIu64
			       ",\n\t\t\t\t\"same\": %" PRIu64 ",\n\t\t\t\t\"same_percent\": ",
			       f->compared, f->same);
	add_followed_percent(out, f->same, f->compared);
	g_string_append_printf(out,
			       ",\n\t\t\t\t\"known\": %" PRIu64 ",\n\t\t\t\t\"known_percent\": ",
			       followed_known(f));
	add_followed_percent(out, f->same, followed_known(f));
	g_string_append(out, ",\n\t\t\t\t\"ns_per_event\": ");
	add_followed_number(out, followed_ns_per_event(r, run));
	for (unsigned kind = 0; kind < NR_MISS_KINDS; kind++)
		g_string_append_printf(out,
				       ",\n\t\t\t\t\"%s\": { \"missed\": %" PRIu64
				       ", \"learned\": %" PRIu64 " }",
				       kind_keys[kind], f->missed[kind], f->learned[kind]);
	if (r->config.misses) {
		g_string_append(out, ",\n\t\t\t\t\"misses\": [");
		for (guint n = 0; n < follow->misses->len; n++) {
			g_string_append(out, n ? "," : "");
			add_miss_json(out, &g_array_index(follow->misses, struct miss, n));
		}
		g_string_append(out, "\n\t\t\t\t]");
	}
	g_string_append(out, "\n\t\t\t}");
}
