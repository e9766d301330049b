/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Collecting the moments of a run.  See story.h.
 */
#include "replay/follow.h"
#include "replay/story.h"

static void clear_moment(gpointer p)
{
	struct story_moment *m = p;

	g_free(m->range);
}

static void marks_init(struct story_marks *m)
{
	*m = (struct story_marks){ .one_in = 1 };
	m->kept = g_array_new(FALSE, FALSE, sizeof(struct story_mark));
}

struct story *story_create(bool with_ranges)
{
	struct story *s = g_new0(struct story, 1);

	s->with_ranges = with_ranges;
	s->distance = 1;
	s->moments = g_array_new(FALSE, FALSE, sizeof(struct story_moment));
	s->extra = g_array_new(FALSE, FALSE, sizeof(struct story_moment));
	g_array_set_clear_func(s->moments, clear_moment);
	g_array_set_clear_func(s->extra, clear_moment);
	s->failed = failures_create(STORY_FAILURES);
	marks_init(&s->failures);
	marks_init(&s->purges);
	return s;
}

void story_destroy(struct story *s)
{
	if (!s)
		return;
	g_array_unref(s->moments);
	g_array_unref(s->extra);
	g_array_unref(s->failures.kept);
	g_array_unref(s->purges.kept);
	failures_destroy(s->failed);
	g_free(s);
}

/* --- marks ------------------------------------------------------------------------ */

static void add_mark(struct story_marks *m, const struct step *s)
{
	const struct story_mark mark = { s->event, s->now };
	struct story_mark *kept;

	if (m->count++ % m->one_in)
		return;
	g_array_append_val(m->kept, mark);
	if (m->kept->len < STORY_MARKS)
		return;
	kept = (struct story_mark *)(void *)m->kept->data;
	for (guint i = 0; i < STORY_MARKS / 2; i++)
		kept[i] = kept[2 * i];
	g_array_set_size(m->kept, STORY_MARKS / 2);
	m->one_in *= 2;
}

/* --- moments ---------------------------------------------------------------------- */

static struct story_moment *moment_at(const struct story *s, guint i)
{
	return &g_array_index(s->moments, struct story_moment, i);
}

static size_t bytes_of_moment(const struct story_moment *m)
{
	return m->nr_ranges * sizeof(*m->range);
}

bool story_thin_out(struct story *s)
{
	guint n = s->moments->len;
	guint kept = 0;

	if (n <= 2)
		return false;
	for (guint i = 0; i < n; i++) {
		struct story_moment *m = moment_at(s, i);

		if (i % 2 && i + 1 < n) {
			s->bytes -= bytes_of_moment(m);
			g_free(m->range);
		} else {
			*moment_at(s, kept++) = *m;
		}
	}
	/* Those at the end are others' now. */
	g_array_set_clear_func(s->moments, NULL);
	g_array_set_size(s->moments, kept);
	g_array_set_clear_func(s->moments, clear_moment);
	s->distance *= 2;
	return true;
}

struct range_walk {
	const struct run *run;
	GArray *ranges; /* struct story_range */
	struct story_moment *m;
};

static void walk_range(struct range_walk *w, vaddr_t addr, uint64_t size, enum story_kind kind)
{
	const struct story_range r = { addr >> PAGE_SHIFT, size >> PAGE_SHIFT, kind };

	/* With policies of Linux's the machine has spaces above this one, too. */
	if (!w->run->one || (addr >= w->run->start && addr < w->run->top))
		g_array_append_val(w->ranges, r);
}

static void walk_area(void *arg, const struct vm_struct *area)
{
	struct range_walk *w = arg;
	guint before = w->ranges->len;

	walk_range(w, area->addr, area->size,
		   area->flags & VM_IOREMAP ? STORY_IOREMAP : STORY_AREA);
	w->m->areas += w->ranges->len - before;
	w->m->bytes += (w->ranges->len - before) * area->size;
}

static void walk_freed(void *arg, vaddr_t addr, uint64_t size, bool pooled)
{
	walk_range(arg, addr, size, pooled ? STORY_POOLED : STORY_WAITS);
}

/* Joins neighbours with a hole of less than `least` pages between them; their new number. */
static size_t join_ranges(struct story_range *r, size_t n, uint64_t least)
{
	size_t last = 0;

	for (size_t i = 1; i < n; i++) {
		uint64_t end = r[last].start + r[last].size;

		if (r[i].start - end < least)
			r[last].size = r[i].start + r[i].size - r[last].start;
		else
			r[++last] = r[i];
	}
	return n ? last + 1 : 0;
}

static void take_ranges(const struct run *r, struct story_moment *m)
{
	struct range_walk w = { .run = r, .m = m };
	struct story_range *range;
	size_t n;

	w.ranges = g_array_new(FALSE, FALSE, sizeof(struct story_range));
	vmlist_for_each_range(r->m, walk_area, walk_freed, &w);
	n = w.ranges->len;
	r->story->due = n;
	range = (struct story_range *)(void *)w.ranges->data;
	while (n > STORY_RANGES) {
		m->joined = m->joined ? 2 * m->joined : 1;
		n = join_ranges(range, n, m->joined);
	}
	m->nr_ranges = n;
	m->range = n ? g_new(struct story_range, n) : NULL;
	if (n)
		memcpy(m->range, range, n * sizeof(*range));
	g_array_unref(w.ranges);
}

static struct story_moment moment_of(struct run *r, uint64_t event, uint64_t now)
{
	const struct story *s = r->story;
	const struct vm_span *span = &r->figures.span;
	struct story_moment m = {
		.event = event,
		.now = now,
		.failures = s->failures.count,
		.purges = s->purges.count,
	};

	if (r->follow) {
		m.vote = r->follow->vote;
		m.vote.compared = r->follow->figures.compared;
		m.vote.same = r->follow->figures.same;
	}
	if (!s->with_ranges)
		return m;
	run_look_at_span(r);
	m.holes = span->holes;
	m.free = span->free;
	m.largest = span->largest;
	take_ranges(r, &m);
	return m;
}

static void add_story_moment(struct run *r, uint64_t event, uint64_t now)
{
	struct story *s = r->story;
	struct story_moment m = moment_of(r, event, now);

	g_array_append_val(s->moments, m);
	s->bytes += bytes_of_moment(&m);
	while (s->moments->len > STORY_MOMENTS || (s->bytes > STORY_BYTES && s->moments->len > 2))
		story_thin_out(s);
}

void story_begin(struct run *r, uint64_t event, uint64_t now)
{
	struct story *s = r->story;

	s->seen_failed = r->figures.failed;
	s->seen_lazy = vmalloc_nr_lazy(r->m);
	s->distance = 1;
	s->until = 0;
	s->credit = STORY_CREDIT;
	add_story_moment(r, event, now);
}

void story_look(struct run *r, const struct step *last)
{
	struct story *s = r->story;
	uint64_t lazy = vmalloc_nr_lazy(r->m);
	struct story_moment m;

	if (!s->moments->len)
		return; /* the part that is looked at has not begun */
	if (lazy < s->seen_lazy)
		add_mark(&s->purges, last);
	s->seen_lazy = lazy;
	if (r->figures.failed != s->seen_failed) {
		s->seen_failed = r->figures.failed;
		add_mark(&s->failures, last);
		if (s->extra->len < STORY_FAILURES && s->with_ranges) {
			m = moment_of(r, last->event, last->now);
			g_array_append_val(s->extra, m);
		}
	}
	s->credit++;
	s->until -= s->until > 0;
	if (s->until || s->credit < s->due)
		return;
	s->credit -= s->due;
	add_story_moment(r, last->event, last->now);
	s->until = s->distance;
}

void story_end(struct run *r, uint64_t event, uint64_t now)
{
	struct story *s = r->story;

	if (moment_at(s, s->moments->len - 1)->event != event)
		add_story_moment(r, event, now);
}
