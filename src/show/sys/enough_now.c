/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sys/kernel/mm/vmalloc/enough: what would be enough for a request, as the areas
 * are now.  It is worked out from a copy of them, so that nothing waits for it.
 */
#include <errno.h>
#include <string.h>

#include "show/enough_text.h"
#include "show/show.h"
#include "show/snapshot.h"
#include "show/words.h"

/*
 * The areas and the waiting ranges of the snapshot, by address; which[] has areas' indexes.
 * False: the host has no memory for them.
 */
static bool ranges_of(const struct snapshot *s, struct records *ranges, struct records *which)
{
	guint area = 0, lazy = 0;

	while (area < s->areas->len || lazy < s->lazy->len) {
		bool waits = lazy < s->lazy->len &&
			     (area == s->areas->len ||
			      snapshot_lazy(s, lazy)->addr < snapshot_area(s, area)->addr);
		struct vm_range r = { .waits = waits };

		if (waits) {
			r.addr = snapshot_lazy(s, lazy)->addr;
			r.size = snapshot_lazy(s, lazy)->size;
			lazy++;
		} else {
			r.addr = snapshot_area(s, area)->addr;
			r.size = snapshot_area(s, area)->size;
		}
		if (!records_add(which, &area, sizeof(area)) || !records_add(ranges, &r, sizeof(r)))
			return false;
		area += !waits;
	}
	return true;
}

/* Names the areas whose removal would help; names[] is for g_free. */
static void name_removals(struct enough_text *t, const struct snapshot *s,
			  const struct records *which, char **names)
{
	for (unsigned i = 0; i < MIN(t->a.nr_removals, VM_ENOUGH_REMOVALS); i++) {
		const struct area_record *a =
			snapshot_area(s, g_array_index(which, guint, t->a.removal[i]));

		names[i] = g_malloc(area_name_max(a) + 1);
		*put_area_name(names[i], s, a) = '\0';
		t->removal[i].addr = a->addr;
		t->removal[i].size = a->size;
		t->removal[i].name = names[i];
	}
}

static int answer_now(GString *out, struct machine *m, struct enough_text *t,
		      const struct vm_space *space)
{
	struct records which[1] = { { 0 } }, ranges[1] = { { 0 } };
	char *names[VM_ENOUGH_REMOVALS] = { NULL };
	struct vm_question q = {
		.size = t->full,
		.align = MAX(t->align, PAGE_SIZE),
		.start = space->start,
		.end = space->last,
		.bottom = space->start,
		.top = -PAGE_SIZE,
	};
	struct snapshot s;
	int err;

	snapshot_init(&s, m);
	t->waiting = s.lazy->len;
	err = -ENOMEM;
	if (!s.failed && ranges_of(&s, ranges, which))
		err = vm_enough(m, (const struct vm_range *)(const void *)ranges->data, ranges->len,
				&q, &t->a);
	if (!err) {
		name_removals(t, &s, which, names);
		put_enough(out, t);
	}
	for (unsigned i = 0; i < VM_ENOUGH_REMOVALS; i++)
		g_free(names[i]);
	records_free(which);
	records_free(ranges);
	snapshot_deinit(&s);
	return err;
}

int show_enough(GString *out, struct machine *m, const struct show_question *question)
{
	struct vm_space space;
	struct enough_text t = {
		.size = question->size,
		.align = question->align,
		.page_shift = PAGE_SHIFT,
		.wide = true,
	};

	if (!vm_space(m, question->space, &space) || !question->size ||
	    question->size > UINT64_MAX - 2 * PAGE_SIZE || question->align & (question->align - 1))
		return -EINVAL;
	t.full = PAGE_ALIGN(question->size) + PAGE_SIZE;
	t.space = space.name;
	t.start = space.start;
	t.end = space.end;
	return answer_now(out, m, &t, &space);
}
