/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Collecting points, and drawing them.
 *
 *	title, legend
 *	100 % |     ___/			a chart for each value, all over
 *	  0 % |____/				the same events
 *	 64 M |
 *	      :
 *	      0		events		   1 M
 *
 * The chart of addresses is logarithmic, since top-down is terabytes above the
 * others.
 *
 * Lines differ in colour (the palette of Okabe and Ito, which colour-blind
 * people can tell apart) and in their dashes, so that two policies show even
 * where their lines coincide.
 */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "replay/timeline.h"
#include "vmallocfs/vmalloc.h"

void timeline_init(struct timeline *t, const char *name)
{
	memset(t, 0, sizeof(*t));
	t->name = name;
	t->distance = 1;
	t->window = (double)UINT64_MAX;
}

void timeline_begin(struct timeline *t)
{
	const double window = t->window;

	timeline_init(t, t->name);
	t->window = window;
}

/* The joint value of two neighbours: the larger of peaks and of counts, else the sum. */
static double joined(double a, double b, enum timeline_value v)
{
	return v >= TIMELINE_PEAK ? MAX(a, b) : a + b;
}

/* The value of a point of n events: a peak or a count as it is, else the mean of the sum. */
static double of_events(double all, uint64_t n, enum timeline_value v)
{
	return v >= TIMELINE_PEAK ? all : all / (double)n;
}

/* Joins neighbours: half the points, each of twice as many events. */
static void join_points(struct timeline *t)
{
	for (unsigned i = 0; i < TIMELINE_POINTS / 2; i++)
		for (unsigned v = 0; v < TIMELINE_VALUES; v++)
			t->point[i][v] = of_events(
				joined(t->point[2 * i][v], t->point[2 * i + 1][v], v), 2, v);
	t->points = TIMELINE_POINTS / 2;
	t->distance *= 2;
}

void timeline_window(struct timeline *t, uint64_t start)
{
	t->window = MIN(t->window, (double)start);
}

void timeline_add(struct timeline *t, const double value[TIMELINE_VALUES])
{
	for (unsigned v = 0; v < TIMELINE_VALUES; v++)
		t->open[v] = joined(t->open[v], value[v], v);
	if (++t->taken < t->distance)
		return;
	for (unsigned v = 0; v < TIMELINE_VALUES; v++) {
		t->point[t->points][v] = of_events(t->open[v], t->taken, v);
		t->open[v] = 0;
	}
	t->taken = 0;
	if (++t->points == TIMELINE_POINTS)
		join_points(t);
}

/* Pixels. */
#define WIDTH 960
#define LEFT 88
#define RIGHT 24
#define TOP 96
#define CHART_HEIGHT 168
#define CHART_DISTANCE 216
#define PLOT_WIDTH (WIDTH - LEFT - RIGHT)
#define HEIGHT (TOP + CHART_DISTANCE * TIMELINE_CHARTS + 22)
#define MOST_TICKS 5
#define LEGEND_STEP 124
#define CROSS 3		 /* half as wide and high as a cross */
#define CROSS_DISTANCE 5 /* that two of them are apart at least */

static const struct {
	const char *colour;
	const char *dash;
} styles[] = {
	{ "#0072b2", "none" },	   { "#d55e00", "9 4" }, { "#009e73", "3 3" },
	{ "#56b4e9", "12 3 3 3" }, { "#000000", "2 5" }, { "#cc79a7", "7 3" },
	{ "#8a6d00", "1 3" },
};

_Static_assert(G_N_ELEMENTS(styles) == NR_VM_POLICIES, "each policy has a style");

static const struct {
	const char *title;
	enum { PERCENT, BYTES, ADDRESS } kind;
} charts[TIMELINE_CHARTS] = {
	[TIMELINE_FRAGMENTATION] = { "Fragmentation: 1 - largest hole / free space, between the "
				     "first and the last area",
				     PERCENT },
	[TIMELINE_UNUSABLE] = { "Unusable: the free space in holes that are too small, of all between "
				"the first and the last area",
				PERCENT },
	[TIMELINE_LARGEST] = { "Largest hole between the first and the last area", BYTES },
	[TIMELINE_SPAN] = { "Span: from the first to the last address in use", BYTES },
	[TIMELINE_PEAK] = { "Peak address: the highest in use, above the start of the window "
			    "(logarithmic)",
			    ADDRESS },
};

/* One axis: the values at its ends, and the step between ticks, added or multiplied. */
struct axis {
	double start;
	double end;
	double step;
	bool factor;
};

/* Where a value lies on it, from 0 to 1. */
static double on_axis(const struct axis *a, double value)
{
	if (a->factor)
		return log2(value / a->start) / log2(a->end / a->start);
	return value / a->end;
}

/* Numbers of SVG have a point, whatever the locale. */
static void add_number(GString *out, const char *format, double x)
{
	char buf[G_ASCII_DTOSTR_BUF_SIZE];

	g_string_append(out, g_ascii_formatd(buf, sizeof(buf), format, x));
}

/* Ticks at 1, 2 or 5 times a power of ten. */
static struct axis decimal_axis(double max)
{
	static const double factors[] = { 2, 2.5, 2 };
	struct axis a = { .end = max, .step = 1 };

	for (unsigned i = 0; max / a.step > MOST_TICKS + 1; i++)
		a.step *= factors[i % G_N_ELEMENTS(factors)];
	return a;
}

/* Ticks at powers of two, at least a page; the end is a tick. */
static struct axis binary_axis(double max)
{
	struct axis a = { .step = 4096 };

	while (max / a.step > MOST_TICKS)
		a.step *= 2;
	do {
		a.end += a.step;
	} while (a.end < max);
	return a;
}

/* From one power of two to another, since addresses of some policies lie terabytes apart. */
static struct axis address_axis(double min, double max)
{
	struct axis a = { .start = 4096, .step = 2, .factor = true };

	while (a.start * 2 <= min)
		a.start *= 2;
	while (a.start * pow(a.step, MOST_TICKS) < max)
		a.step *= 2;
	a.end = a.start;
	do {
		a.end *= a.step;
	} while (a.end < max);
	return a;
}

static void add_unit(GString *out, double x, double base, const char *const *units, unsigned n)
{
	unsigned unit = 0;

	while (x >= base && unit + 1 < n) {
		x /= base;
		unit++;
	}
	add_number(out, "%.6g", x);
	g_string_append(out, units[unit]);
}

static void add_bytes(GString *out, double bytes)
{
	static const char *const units[] = { " B", " KiB", " MiB", " GiB", " TiB", " PiB", " EiB" };

	add_unit(out, bytes, 1024, units, G_N_ELEMENTS(units));
}

static void add_events(GString *out, double events)
{
	static const char *const units[] = { "", " k", " M", " G" };

	add_unit(out, events, 1000, units, G_N_ELEMENTS(units));
}

/* The value of point i. The last point may be of fewer events than the others. */
static double point_at(const struct timeline *t, unsigned i, enum timeline_value v)
{
	return i < t->points ? t->point[i][v] : of_events(t->open[v], t->taken, v);
}

/* The same as it is drawn: a peak address is relative to the window, and 0 if nothing is in use. */
static double value_at(const struct timeline *t, unsigned i, enum timeline_value v, double window)
{
	double value = point_at(t, i, v);

	return v == TIMELINE_PEAK ? MAX(value - window, 0) : value;
}

static unsigned nr_points(const struct timeline *t)
{
	return t->points + (t->taken ? 1 : 0);
}

static uint64_t nr_events(const struct timeline *t)
{
	return t->points * t->distance + t->taken;
}

/* The middle of the events that point i stands for. */
static double point_event(const struct timeline *t, unsigned i)
{
	uint64_t n = i < t->points ? t->distance : t->taken;

	return (double)(i * t->distance) + (double)n / 2;
}

static struct axis value_axis(const struct timeline *const *t, unsigned n, enum timeline_value v,
			      double window)
{
	double max = 0, min = (double)UINT64_MAX; /* of those above 0 */

	for (unsigned k = 0; k < n; k++) {
		for (unsigned i = 0; i < nr_points(t[k]); i++) {
			double value = value_at(t[k], i, v, window);

			max = MAX(max, value);
			if (value > 0)
				min = MIN(min, value);
		}
	}
	switch (charts[v].kind) {
	case PERCENT:
		break;
	case BYTES:
		return binary_axis(max);
	case ADDRESS:
		return address_axis(MIN(min, max), max);
	}
	return (struct axis){ .end = 1, .step = 0.25 };
}

static void add_text(GString *out, double x, double y, const char *anchor, const char *text)
{
	g_string_append(out, "<text x=\"");
	add_number(out, "%.1f", x);
	g_string_append(out, "\" y=\"");
	add_number(out, "%.1f", y);
	g_string_append_printf(out, "\" text-anchor=\"%s\">%s</text>\n", anchor, text);
}

static void add_rule(GString *out, double x1, double y1, double x2, double y2, const char *colour)
{
	const double at[] = { x1, y1, x2, y2 };
	static const char *const names[] = { "x1", "y1", "x2", "y2" };

	g_string_append(out, "<line");
	for (unsigned i = 0; i < G_N_ELEMENTS(at); i++) {
		g_string_append_printf(out, " %s=\"", names[i]);
		add_number(out, "%.1f", at[i]);
		g_string_append_c(out, '"');
	}
	g_string_append_printf(out, " stroke=\"%s\"/>\n", colour);
}

static void add_style(GString *out, unsigned policy)
{
	g_string_append_printf(out,
			       "fill=\"none\" stroke=\"%s\" stroke-width=\"1.6\" "
			       "stroke-linejoin=\"round\" stroke-dasharray=\"%s\"",
			       styles[policy].colour, styles[policy].dash);
}

static void add_legend(GString *out, const struct timeline *const *t, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		unsigned x = LEFT + i * LEGEND_STEP;

		g_string_append_printf(out, "<path d=\"M%u 48h34\" ", x);
		add_style(out, i);
		g_string_append(out, "/>\n");
		add_text(out, x + 40, 52, "start", t[i]->name);
	}
}

static double failed_by(const struct timeline *t, unsigned points)
{
	return points ? point_at(t, points - 1, TIMELINE_FAILED) : 0;
}

/* What a cross means, and how many failures each policy has; nothing without any. */
static void add_failures_legend(GString *out, const struct timeline *const *t, unsigned n)
{
	g_autoptr(GString) words = g_string_new(NULL);

	for (unsigned i = 0; i < n; i++) {
		double failed = failed_by(t[i], nr_points(t[i]));

		if (failed)
			g_string_append_printf(words, "%s %s %.0f", words->len ? "," : "",
					       t[i]->name, failed);
	}
	if (!words->len)
		return;
	g_string_prepend(words, "a placement failed:");
	g_string_append_printf(out, "<path d=\"M%u 64l6 6m-6 0l6-6\" stroke=\"#222\"/>\n",
			       LEFT + 14);
	add_text(out, LEFT + 40, 71, "start", words->str);
}

static void add_x_axis(GString *out, double y, const struct axis *events, double before)
{
	add_rule(out, LEFT, y, LEFT + PLOT_WIDTH, y, "#444");
	for (double e = 0; e <= events->end; e += events->step) {
		g_autoptr(GString) label = g_string_new(NULL);
		double x = LEFT + (events->end > 0 ? e / events->end : 0) * PLOT_WIDTH;

		add_events(label, before + e);
		add_rule(out, x, y, x, y + 4, "#444");
		add_text(out, x, y + 17, "middle", label->str);
	}
}

static void add_y_tick(GString *out, double y, const struct axis *values, double v, bool bytes)
{
	g_autoptr(GString) label = g_string_new(NULL);
	double at = y - on_axis(values, v) * CHART_HEIGHT;

	if (bytes) {
		add_bytes(label, v);
	} else {
		add_number(label, "%.0f", v * 100);
		g_string_append(label, " %");
	}
	if (v > values->start)
		add_rule(out, LEFT, at, LEFT + PLOT_WIDTH, at, "#ddd");
	add_text(out, LEFT - 8, at + 4, "end", label->str);
}

static void add_y_axis(GString *out, double y, const struct axis *values, bool bytes)
{
	double v = values->start;

	while (v <= values->end * 1.0001) {
		add_y_tick(out, y, values, v, bytes);
		v = values->factor ? v * values->step : v + values->step;
	}
}

/* One line or several: a line ends where its axis cannot show the value. */
static void add_curve(GString *out, const struct timeline *t, unsigned policy,
		      enum timeline_value v, double window, double y, const struct axis *events,
		      const struct axis *values)
{
	bool open = false;

	for (unsigned i = 0; i < nr_points(t); i++) {
		double value = value_at(t, i, v, window);

		if (value < values->start) {
			if (open)
				g_string_append(out, "\"/>\n");
			open = false;
			continue;
		}
		if (!open) {
			g_string_append(out, "<polyline ");
			add_style(out, policy);
			g_string_append(out, " points=\"");
		} else {
			g_string_append_c(out, ' ');
		}
		open = true;
		add_number(out, "%.1f", LEFT + on_axis(events, point_event(t, i)) * PLOT_WIDTH);
		g_string_append_c(out, ',');
		add_number(out, "%.1f", y - on_axis(values, value) * CHART_HEIGHT);
	}
	if (open)
		g_string_append(out, "\"/>\n");
}

/* A cross on the line of a policy where its placements failed. */
static void add_crosses(GString *out, const struct timeline *t, unsigned policy,
			enum timeline_value v, double window, double y, const struct axis *events,
			const struct axis *values)
{
	double last = -CROSS_DISTANCE;
	bool any = false;

	for (unsigned i = 0; i < nr_points(t); i++) {
		double value = MAX(value_at(t, i, v, window), values->start);
		double x = LEFT + on_axis(events, point_event(t, i)) * PLOT_WIDTH;

		if (failed_by(t, i + 1) == failed_by(t, i) || x - last < CROSS_DISTANCE)
			continue;
		last = x;
		g_string_append(out, any ? "M" : "<path class=\"failed\" d=\"M");
		any = true;
		add_number(out, "%.1f", x - CROSS);
		g_string_append_c(out, ' ');
		add_number(out, "%.1f", y - on_axis(values, value) * CHART_HEIGHT - CROSS);
		g_string_append(out, "l6 6m-6 0l6-6");
	}
	if (any)
		g_string_append_printf(out, "\" stroke=\"%s\" stroke-width=\"1.4\"/>\n",
				       styles[policy].colour);
}

static void add_timeline_title(GString *out, uint64_t events, uint64_t first)
{
	if (first > 1)
		g_string_append_printf(out,
				       "The address space over events %" PRIu64 " to %" PRIu64
				       " of a trace",
				       first, first + events - 1);
	else
		g_string_append_printf(out, "The address space over a trace of %" PRIu64 " events",
				       events);
}

GString *timeline_svg(const struct timeline *const *t, unsigned n, uint64_t first)
{
	GString *out = g_string_new(NULL);
	struct axis events = decimal_axis((double)nr_events(t[0]));
	double window = t[0]->window;

	for (unsigned i = 1; i < n; i++)
		window = MIN(window, t[i]->window);
	g_string_append_printf(
		out,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<svg xmlns=\"http://www.w3.org/2000/svg\" version=\"1.1\" width=\"%d\" "
		"height=\"%d\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" "
		"font-size=\"12\" fill=\"#222\">\n"
		"<title>The address space over a trace</title>\n"
		"<rect width=\"%d\" height=\"%d\" fill=\"#fff\"/>\n"
		"<text x=\"%d\" y=\"28\" font-size=\"17\">",
		WIDTH, HEIGHT, WIDTH, HEIGHT, WIDTH, HEIGHT, LEFT);
	add_timeline_title(out, nr_events(t[0]), first);
	g_string_append(out, "</text>\n");
	add_legend(out, t, n);
	add_failures_legend(out, t, n);
	for (unsigned v = 0; v < TIMELINE_CHARTS; v++) {
		double y = TOP + CHART_DISTANCE * v + CHART_HEIGHT + 16;
		struct axis values = value_axis(t, n, v, window);

		add_text(out, LEFT, y - CHART_HEIGHT - 8, "start", charts[v].title);
		add_y_axis(out, y, &values, charts[v].kind != PERCENT);
		add_x_axis(out, y, &events, first ? (double)(first - 1) : 0);
		for (unsigned i = 0; i < n && events.end > 0; i++) {
			add_curve(out, t[i], i, v, window, y, &events, &values);
			add_crosses(out, t[i], i, v, window, y, &events, &values);
		}
	}
	g_string_append_printf(out, "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">events",
			       LEFT + PLOT_WIDTH / 2, HEIGHT - 10);
	if (t[0]->distance > 1)
		g_string_append_printf(out,
				       "; a point is the mean of %" PRIu64
				       " of them, of the peak address the highest",
				       t[0]->distance);
	g_string_append(out, "</text>\n</svg>\n");
	return out;
}
