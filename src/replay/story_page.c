/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writing the page.  Its data are what page/replay.js reads:
 *
 *	trace, first, events	its name, the event that the page begins after, the last one
 *	timed			there are times; else all of them are null
 *	says			[event, us, text]: said before the next event
 *	rows			a row of the picture each: name, kernel, from and to (pages),
 *				moments, told, fails, purges
 *	votes			of a followed trace, for each policy: name, at, which has
 *				[event, event of the placement, where the kernel has it, where
 *				the policy would have put it, compared, same]
 *
 * A moment is [event, us, areas, bytes, holes, free, largest hole, failures, purges, joined,
 * ranges].  The ranges are told as what differs from the moment before, in numbers of which
 * each is some digits of base 32, the lowest first; all but the last come from a second set
 * of 32 characters:
 *
 *	keep n, drop n, add n, and for each of these: hole before it, pages * 4 + kind
 *
 * over and over until the moment before is used up.
 */
#include <string.h>

#include "replay/follow.h"
#include "replay/story.h"
#include "replay/story_page.h"
#include "show/json.h"

#include "replay_page.h"

/* --- numbers of base 32 ------------------------------------------------------------ */

static void add_base32(GString *out, uint64_t v)
{
	static const char last[] = "0123456789abcdefghijklmnopqrstuv";
	static const char more[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZwxyz-_";

	for (; v >= 32; v /= 32)
		g_string_append_c(out, more[v % 32]);
	g_string_append_c(out, last[v]);
}

static bool same_range(const struct story_range *a, const struct story_range *b)
{
	return a->start == b->start && a->size == b->size && a->kind == b->kind;
}

/* How many ranges from here on are the same. */
static size_t same_ranges(const struct story_moment *a, size_t i, const struct story_moment *b,
			  size_t j)
{
	size_t n = 0;

	while (i + n < a->nr_ranges && j + n < b->nr_ranges &&
	       same_range(&a->range[i + n], &b->range[j + n]))
		n++;
	return n;
}

/* Moves *i and *j on to where the next range is the same in both, or to both ends. */
static void pass_differences(const struct story_moment *a, size_t *i, const struct story_moment *b,
			     size_t *j)
{
	while (*i < a->nr_ranges || *j < b->nr_ranges) {
		uint64_t x = *i < a->nr_ranges ? a->range[*i].start : UINT64_MAX;
		uint64_t y = *j < b->nr_ranges ? b->range[*j].start : UINT64_MAX;

		if (x == y && same_range(&a->range[*i], &b->range[*j]))
			return;
		*i += x <= y;
		*j += y <= x;
	}
}

/* What b has, as a change of a. */
static void add_changes(GString *out, const struct story_moment *a, const struct story_moment *b)
{
	uint64_t end = 0;
	size_t i = 0, j = 0;

	while (i < a->nr_ranges || j < b->nr_ranges) {
		size_t keep = same_ranges(a, i, b, j);
		size_t drop_from = i + keep, add_from = j + keep;

		i += keep;
		j += keep;
		pass_differences(a, &i, b, &j);
		add_base32(out, keep);
		add_base32(out, i - drop_from);
		add_base32(out, j - add_from);
		if (add_from)
			end = b->range[add_from - 1].start + b->range[add_from - 1].size;
		for (size_t k = add_from; k < j; k++) {
			const struct story_range *r = &b->range[k];

			add_base32(out, r->start - end);
			add_base32(out, r->size * 4 + r->kind);
			end = r->start + r->size;
		}
	}
}

/* --- moments ---------------------------------------------------------------------- */

static gint by_event(gconstpointer a, gconstpointer b)
{
	const struct story_moment *x = *(struct story_moment *const *)a;
	const struct story_moment *y = *(struct story_moment *const *)b;

	return x->event < y->event ? -1 : x->event > y->event;
}

/* All of a story, in the order of events, each event once. */
static GPtrArray *all_moments(const struct story *s)
{
	g_autoptr(GPtrArray) sorted = g_ptr_array_new();
	GPtrArray *all = g_ptr_array_new();
	const struct story_moment *last = NULL;

	for (guint i = 0; i < s->moments->len; i++)
		g_ptr_array_add(sorted, &g_array_index(s->moments, struct story_moment, i));
	for (guint i = 0; i < s->extra->len; i++)
		g_ptr_array_add(sorted, &g_array_index(s->extra, struct story_moment, i));
	g_ptr_array_sort(sorted, by_event);
	for (guint i = 0; i < sorted->len; i++) {
		struct story_moment *m = sorted->pdata[i];

		if (!last || last->event != m->event)
			g_ptr_array_add(all, m);
		last = m;
	}
	return all;
}

static void add_us(GString *out, const struct replay *r, uint64_t now)
{
	if (r->timed)
		g_string_append_printf(out, "%" G_GUINT64_FORMAT, now / 1000);
	else
		g_string_append(out, "null");
}

static void add_moment_row(GString *out, const struct replay *r, const struct story_moment *before,
			   const struct story_moment *m)
{
	const uint64_t figures[] = { m->areas,	 m->bytes,    m->holes,	 m->free,
				     m->largest, m->failures, m->purges, m->joined };

	g_string_append_printf(out, "[%" G_GUINT64_FORMAT ",", m->event);
	add_us(out, r, m->now);
	for (unsigned i = 0; i < G_N_ELEMENTS(figures); i++)
		g_string_append_printf(out, ",%" G_GUINT64_FORMAT, figures[i]);
	g_string_append(out, ",\"");
	add_changes(out, before, m);
	g_string_append(out, "\"]");
}

static void add_page_text(GString *out, const char *text)
{
	size_t len = strlen(text);
	char *p = text_room(out, JSON_NAME_FACTOR * len + 2);

	*p++ = '"';
	p = put_json_text(p, text, len);
	*p++ = '"';
	text_end(out, p);
}

/* --- a row of the picture ----------------------------------------------------------- */

static void add_moments(GString *out, const struct replay *r, const GPtrArray *all)
{
	static const struct story_moment none = { .event = 0 };
	const struct story_moment *before = &none;

	g_string_append(out, ",\n\"moments\": [");
	for (guint i = 0; i < all->len; i++) {
		const struct story_moment *m = all->pdata[i];

		g_string_append(out, i ? ",\n" : "\n");
		add_moment_row(out, r, before, m);
		before = m;
	}
	g_string_append_c(out, ']');
}

static void add_bounds(GString *out, const GPtrArray *all)
{
	uint64_t from = UINT64_MAX, to = 0;

	for (guint i = 0; i < all->len; i++) {
		const struct story_moment *m = all->pdata[i];
		const struct story_range *last = m->range + m->nr_ranges;

		if (!m->nr_ranges)
			continue;
		from = MIN(from, m->range[0].start);
		to = MAX(to, last[-1].start + last[-1].size);
	}
	g_string_append_printf(out,
			       ",\n\"from\": %" G_GUINT64_FORMAT ", \"to\": %" G_GUINT64_FORMAT,
			       to ? from : 0, to);
}

static void add_marks(GString *out, const struct replay *r, const char *key,
		      const struct story_marks *m)
{
	g_string_append_printf(out,
			       ",\n\"%s\": {\"count\": %" G_GUINT64_FORMAT
			       ", \"one_in\": %" G_GUINT64_FORMAT ", \"at\": [",
			       key, m->count, m->one_in);
	for (guint i = 0; i < m->kept->len; i++) {
		const struct story_mark *mark = &g_array_index(m->kept, struct story_mark, i);

		g_string_append_printf(out, "%s[%" G_GUINT64_FORMAT ",", i ? "," : "", mark->event);
		add_us(out, r, mark->now);
		g_string_append_c(out, ']');
	}
	g_string_append(out, "]}");
}

/* [event, us, name or null, why, what would have been enough] */
static void add_told(GString *out, const struct replay *r, const struct failures *failed)
{
	g_string_append(out, ",\n\"told\": [");
	for (guint i = 0; i < failed->kept->len; i++) {
		const struct failure *f = &g_array_index(failed->kept, struct failure, i);

		g_string_append_printf(out, "%s[%" G_GUINT64_FORMAT ",", i ? ",\n" : "\n",
				       f->event);
		add_us(out, r, f->now);
		g_string_append_c(out, ',');
		if (f->name)
			add_page_text(out, f->name);
		else
			g_string_append(out, "null");
		g_string_append_c(out, ',');
		add_page_text(out, f->why);
		g_string_append_c(out, ',');
		add_page_text(out, f->help);
		g_string_append_c(out, ']');
	}
	g_string_append_c(out, ']');
}

static void add_row(GString *out, const struct replay *r, const struct run *run)
{
	const struct story *s = run->story;
	g_autoptr(GPtrArray) all = all_moments(s);

	g_string_append(out, "{\"name\": ");
	add_page_text(out, run->follow ? "as recorded" : run_name(run));
	g_string_append_printf(out, ", \"kernel\": %s", run->follow ? "true" : "false");
	add_bounds(out, all);
	add_moments(out, r, all);
	add_told(out, r, s->failed);
	add_marks(out, r, "fails", &s->failures);
	add_marks(out, r, "purges", &s->purges);
	g_string_append_c(out, '}');
}

/* --- a followed trace --------------------------------------------------------------- */

static void add_vote(GString *out, const struct story_moment *m)
{
	const struct story_vote *v = &m->vote;
	char *p;

	g_string_append_printf(out, "[%" G_GUINT64_FORMAT ",%" G_GUINT64_FORMAT ",", m->event,
			       v->event);
	p = put_json_addr(text_room(out, 2 * JSON_ADDR_MAX + 2), v->addr);
	*p++ = ',';
	text_end(out, put_json_addr(p, v->said));
	g_string_append_printf(out, ",%" G_GUINT64_FORMAT ",%" G_GUINT64_FORMAT "]", v->compared,
			       v->same);
}

static void add_votes(GString *out, const struct replay *r)
{
	g_string_append(out, ",\n\"votes\": [");
	for (unsigned i = 0; i < r->nr_followers; i++) {
		g_autoptr(GPtrArray) all = all_moments(r->follower[i].story);

		g_string_append(out, i ? ",\n{\"name\": " : "\n{\"name\": ");
		add_page_text(out, run_name(&r->follower[i]));
		g_string_append(out, ", \"at\": [");
		for (guint n = 0; n < all->len; n++) {
			g_string_append(out, n ? ",\n" : "\n");
			add_vote(out, all->pdata[n]);
		}
		g_string_append(out, "]}");
	}
	g_string_append_c(out, ']');
}

/* --- the page ------------------------------------------------------------------------ */

static void add_says(GString *out, const struct replay *r)
{
	g_string_append(out, ",\n\"says\": [");
	for (guint i = 0; r->says && i < r->says->len; i++) {
		const struct said *s = &g_array_index(r->says, struct said, i);

		g_string_append_printf(out, "%s[%" G_GUINT64_FORMAT ",", i ? ",\n" : "\n",
				       s->event);
		add_us(out, r, s->now);
		g_string_append_c(out, ',');
		add_page_text(out, s->text);
		g_string_append_c(out, ']');
	}
	g_string_append_c(out, ']');
}

static GString *write_page(const struct replay *r, const char *trace)
{
	GString *out = g_string_new(page_head);

	g_string_append(out, "{\"trace\": ");
	add_page_text(out, trace);
	g_string_append_printf(out,
			       ", \"first\": %" G_GUINT64_FORMAT ", \"events\": %" G_GUINT64_FORMAT
			       ", \"timed\": %s,\n\"rows\": [",
			       r->began ? r->began - 1 : 0, r->events, r->timed ? "true" : "false");
	if (r->nr_followers)
		add_row(out, r, &r->follower[0]);
	for (unsigned i = 0; i < r->nr_runs; i++) {
		g_string_append(out, i || r->nr_followers ? ",\n" : "\n");
		add_row(out, r, &r->run[i]);
	}
	g_string_append_c(out, ']');
	add_says(out, r);
	add_votes(out, r);
	g_string_append(out, "}\n");
	g_string_append(out, page_tail);
	return out;
}

/* False if there is nothing left to leave out. */
static bool leave_out(struct replay *r)
{
	bool any = false;

	for (unsigned i = 0; i < r->nr_runs + r->nr_followers; i++) {
		struct story *s = r->run[i].story;

		any |= story_thin_out(s);
		any |= s->extra->len > 0;
		g_array_set_size(s->extra, s->extra->len / 2);
	}
	return any;
}

GString *story_page(struct replay *r, const char *trace)
{
	GString *out = write_page(r, trace);

	while (out->len >= STORY_PAGE_MAX && leave_out(r)) {
		g_string_free(out, TRUE);
		out = write_page(r, trace);
	}
	return out;
}
