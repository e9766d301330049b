/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The figures of a run, which are taken after each event.
 */
#include "replay/chrome.h"
#include "replay/failures.h"
#include "replay/run.h"

void run_begin(struct run *r)
{
	const struct vm_span span = r->figures.span;

	r->steps_before += r->figures.steps;
	r->figures = (struct run_figures){
		.span = span,
		.peak_span = span.end - span.start,
		.peak_busy = span.busy,
		.most_holes = span.holes,
	};
	if (r->timeline)
		timeline_begin(r->timeline);
	if (r->series)
		series_begin(r->series);
	if (r->failures)
		failures_begin(r->failures);
}

/* 0 of nothing. */
static double share(uint64_t part, uint64_t of)
{
	return of ? (double)part / (double)of : 0;
}

void run_look_at_span(struct run *r)
{
	if (r->one)
		vmlist_span_in(r->m, r->start, r->top, &r->figures.span);
	else
		vmlist_span(r->m, &r->figures.span);
}

/* The whole window, but its last page, which is never given out. */
void run_point(const struct run *r, uint64_t event, uint64_t now, struct series_point *ret)
{
	const struct vm_span *span = &r->figures.span;
	uint64_t below = vmalloc_unusable_below(r->m);
	uint64_t start = r->window_last ? PAGE_ALIGN(r->window_start) : span->start;
	uint64_t end = r->window_last ? r->window_last & PAGE_MASK : span->end;
	uint64_t ends[] = {
		span->end && span->start > start ? span->start - start : 0,
		end > MAX(span->end, start) ? end - MAX(span->end, start) : 0,
	};
	uint64_t free = span->free, largest = span->largest, unusable = span->unusable;

	for (unsigned i = 0; i < G_N_ELEMENTS(ends); i++) {
		free += ends[i];
		largest = MAX(largest, ends[i]);
		unusable += ends[i] < below ? ends[i] : 0;
	}
	*ret = (struct series_point){
		.event = event,
		.now = now,
		.fragmentation = share(free - largest, free),
		.span_fragmentation = share(span->free - span->largest, span->free),
		.unusable_index = share(unusable, free),
		.largest_hole = span->largest,
		.span = span->end - span->start,
		.peak = span->end > start ? span->end - start : 0,
		.areas = r->areas,
		.bytes = r->bytes,
		.failures = r->figures.failed,
	};
}

static void look_at_point(struct run *r, const struct step *last)
{
	struct series_point point;

	run_point(r, last->event, last->now, &point);
	series_add(r->series, &point);
}

void run_look(struct run *r, const struct step *last)
{
	struct run_figures *f = &r->figures;
	struct vm_span *span = &f->span;
	uint64_t length;
	double frag, unusable;

	run_look_at_span(r);
	length = span->end - span->start;
	frag = share(span->free - span->largest, span->free);
	unusable = share(span->unusable, span->free);
	f->events++;
	f->unusable_sum += unusable;
	if (unusable > f->unusable_max)
		f->unusable_max = unusable;
	f->frag_sum += frag;
	if (frag > f->frag_max)
		f->frag_max = frag;
	if (length > f->peak_span)
		f->peak_span = length;
	if (span->busy > f->peak_busy)
		f->peak_busy = span->busy;
	if (span->holes > f->most_holes)
		f->most_holes = span->holes;
	if (r->series && series_wants(r->series))
		look_at_point(r, last);
	if (r->chrome)
		chrome_count(r, last);
	if (r->timeline)
		timeline_add(r->timeline, (const double[TIMELINE_VALUES]){
						  [TIMELINE_FRAGMENTATION] = frag,
						  [TIMELINE_UNUSABLE] = unusable,
						  [TIMELINE_LARGEST] = (double)span->largest,
						  [TIMELINE_SPAN] = (double)length,
						  [TIMELINE_PEAK] = (double)span->end,
						  [TIMELINE_FAILED] = (double)f->failed,
					  });
}
