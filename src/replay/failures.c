/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keeping failures.  The log itself is not read: it has a limit for lines that
 * repeat.
 */
#include "replay/failures.h"

static void clear_failure(gpointer p)
{
	struct failure *f = p;

	g_free(f->name);
	g_free(f->why);
	g_free(f->help);
}

struct failures *failures_create(uint64_t max)
{
	struct failures *f = g_new0(struct failures, 1);

	f->max = max;
	f->kept = g_array_new(FALSE, FALSE, sizeof(struct failure));
	g_array_set_clear_func(f->kept, clear_failure);
	return f;
}

void failures_destroy(struct failures *f)
{
	if (!f)
		return;
	g_array_unref(f->kept);
	g_free(f);
}

void failures_begin(struct failures *f)
{
	g_array_set_size(f->kept, 0);
	f->seen = 0;
}

/* The largest first; of two that are as large, the lower one. */
static gint by_size(gconstpointer a, gconstpointer b)
{
	const struct run_hole *x = a, *y = b;

	if (x->size != y->size)
		return x->size > y->size ? -1 : 1;
	return x->start < y->start ? -1 : 1;
}

static void take_holes(struct failure *f, struct machine *m, const struct step *s)
{
	g_autoptr(GArray) holes = run_holes(m, s->start, s->end);

	f->nr_holes = holes->len;
	for (guint i = 0; i < holes->len; i++)
		f->free += g_array_index(holes, struct run_hole, i).size;
	g_array_sort(holes, by_size);
	for (guint i = 0; i < MIN(holes->len, FAILURE_HOLES); i++)
		f->largest[i] = g_array_index(holes, struct run_hole, i);
}

void failures_add(struct failures *f, struct machine *m, const struct step *s)
{
	char why[VM_NO_ROOM_MAX], help[VM_NO_ROOM_MAX];
	struct failure failure = {
		.line = s->line,
		.event = s->event,
		.now = s->now,
	};

	if (f->seen++ >= f->max)
		return;
	vm_explain_no_room(m, s->size, s->align, s->flags, s->start, s->end, why, help);
	failure.name = g_strdup(s->name);
	failure.why = g_strdup(why);
	failure.help = g_strdup(help);
	take_holes(&failure, m, s);
	g_array_append_val(f->kept, failure);
}
