/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Collecting points, and writing them.
 */
#include <inttypes.h>

#include "replay/series.h"

struct series *series_create(uint64_t max)
{
	struct series *s = g_new0(struct series, 1);

	s->max = max;
	s->points = g_array_new(FALSE, FALSE, sizeof(struct series_point));
	series_begin(s);
	return s;
}

void series_destroy(struct series *s)
{
	if (!s)
		return;
	g_array_unref(s->points);
	g_free(s);
}

void series_begin(struct series *s)
{
	g_array_set_size(s->points, 0);
	s->distance = 1;
	s->until = 0;
}

static struct series_point *series_at(const struct series *s, guint i)
{
	return &g_array_index(s->points, struct series_point, i);
}

/* Every second point goes; the one that was added last, at an even place, stays. */
static void thin_out(struct series *s)
{
	guint kept = (s->points->len + 1) / 2;

	for (guint i = 1; i < kept; i++)
		*series_at(s, i) = *series_at(s, 2 * i);
	/* The last one is followed by the next at the new distance. */
	s->until = s->points->len % 2 ? 2 * s->distance - 1 : s->distance - 1;
	g_array_set_size(s->points, kept);
	s->distance *= 2;
}

void series_add(struct series *s, const struct series_point *point)
{
	g_array_append_vals(s->points, point, 1);
	/* One place is the last event's. */
	if (s->points->len >= s->max)
		thin_out(s);
}

void series_end(struct series *s, const struct series_point *point)
{
	guint n = s->points->len;

	if (!n || series_at(s, n - 1)->event != point->event)
		g_array_append_vals(s->points, point, 1);
}

void series_head(GString *out)
{
	g_string_append(out, "event,time,policy,fragmentation,span_fragmentation,unusable_index,"
			     "largest_hole,span,peak,areas,bytes,failures\n");
}

static void add_decimal(GString *out, const char *format, double x)
{
	char buf[G_ASCII_DTOSTR_BUF_SIZE];

	g_string_append(out, g_ascii_formatd(buf, sizeof(buf), format, x));
	g_string_append_c(out, ',');
}

void series_csv(const struct series *s, const char *policy, bool timed, GString *out)
{
	for (guint i = 0; i < s->points->len; i++) {
		const struct series_point *p = series_at(s, i);

		g_string_append_printf(out, "%" PRIu64 ",", p->event);
		if (timed)
			add_decimal(out, "%.6f", (double)p->now / 1e9);
		else
			g_string_append_c(out, ',');
		g_string_append_printf(out, "%s,", policy);
		add_decimal(out, "%.6f", p->fragmentation);
		add_decimal(out, "%.6f", p->span_fragmentation);
		add_decimal(out, "%.6f", p->unusable_index);
		g_string_append_printf(out,
				       "%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64
				       ",%" PRIu64 "\n",
				       p->largest_hole, p->span, p->peak, p->areas, p->bytes,
				       p->failures);
	}
}
