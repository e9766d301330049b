/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading the failure that a picture shows.
 */
#include "show/picture/failed.h"

#include "show/event_words.h"

#define SIDES 0.25 /* of the larger one: the neighbours, together */

static GString *text_or_empty(const char *s)
{
	return g_string_new(s ? s : "");
}

bool failed_init(struct failed *f, struct machine *m)
{
	struct vm_history h;
	const struct vm_event *e;

	if (vm_history_read_failure(m, &h))
		return false;
	e = h.nr_events ? &h.event[0] : NULL;
	if (e) {
		*f = (struct failed){
			.name = g_string_new(NULL),
			.pages = e->size >> PAGE_SHIFT,
			.hole = e->old_size >> PAGE_SHIFT,
			.hole_at = e->old_addr,
			.left = text_or_empty(e->text[0]),
			.right = text_or_empty(e->text[1]),
			.space = e->modules ? VM_SPACE_MODULES : VM_SPACE_VMALLOC,
		};
		if (e->name && *e->name)
			event_area_name(f->name, e, e->name);
		vm_event_why(e, f->why);
	}
	vm_history_free(&h);
	return e != NULL;
}

void failed_deinit(struct failed *f)
{
	g_string_free(f->name, TRUE);
	g_string_free(f->left, TRUE);
	g_string_free(f->right, TRUE);
}

double failed_scale(const struct failed *f, uint64_t pages, double cells)
{
	return (double)pages / ((double)MAX(f->pages, f->hole) * (1 + SIDES)) * cells;
}
