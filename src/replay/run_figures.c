/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The figures of a run, which are taken after each event.
 */
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
	if (r->failures)
		failures_begin(r->failures);
}

void run_look_at_span(struct run *r)
{
	if (r->one)
		vmlist_span_in(r->m, r->start, r->top, &r->figures.span);
	else
		vmlist_span(r->m, &r->figures.span);
}

void run_look(struct run *r)
{
	struct run_figures *f = &r->figures;
	struct vm_span *span = &f->span;
	uint64_t length;
	double frag, unusable;

	run_look_at_span(r);
	length = span->end - span->start;
	frag = span->free ? (double)(span->free - span->largest) / (double)span->free : 0;
	unusable = span->free ? (double)span->unusable / (double)span->free : 0;
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
	if (r->timeline)
		timeline_add(r->timeline, (const double[TIMELINE_VALUES]){
						  [TIMELINE_FRAGMENTATION] = frag,
						  [TIMELINE_UNUSABLE] = unusable,
						  [TIMELINE_LARGEST] = (double)span->largest,
						  [TIMELINE_SPAN] = (double)length,
						  [TIMELINE_PEAK] = (double)span->end,
					  });
}
