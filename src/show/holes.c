/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sys/kernel/mm/vmalloc/holes: what is free, one hole a line, ascending.
 *
 *	0xffffc90000011000 0xffffc90000021000 65536
 *
 * START, END (the first address behind) and SIZE in bytes, with one blank
 * between them.  These are the holes that status counts and adds up: of the
 * vmalloc window without its last page, which is never given out.  A range
 * that was freed and not purged yet is no hole.
 */
#include "show/digits.h"
#include "show/show.h"
#include "show/snapshot.h"

#define LINE_MAX_LEN (RANGE_MAX + 1 + DEC_MAX + 1)

/* Areas and lazy ranges in one ascending row. */
struct cursor {
	const struct snapshot *s;
	guint area;
	guint lazy;
};

static bool next_busy(struct cursor *c, vaddr_t *start, uint64_t *size)
{
	const struct area_record *a = NULL;
	const struct lazy_record *l = NULL;

	if (c->area < c->s->areas->len)
		a = snapshot_area(c->s, c->area);
	if (c->lazy < c->s->lazy->len)
		l = snapshot_lazy(c->s, c->lazy);
	if (!a && !l)
		return false;
	if (a && (!l || a->addr < l->addr)) {
		c->area++;
		*start = a->addr;
		*size = a->size;
	} else {
		c->lazy++;
		*start = l->addr;
		*size = l->size;
	}
	return true;
}

static void add_hole(GString *out, vaddr_t start, vaddr_t end)
{
	char *p = text_room(out, LINE_MAX_LEN);

	p = put_addr(p, start);
	*p++ = ' ';
	p = put_addr(p, end);
	*p++ = ' ';
	p = put_dec(p, end - start);
	*p++ = '\n';
	text_end(out, p);
}

GBytes *show_holes(struct machine *m)
{
	GString *out = g_string_sized_new(2048);
	vaddr_t end = m->vmalloc_end + 1 - PAGE_SIZE;
	vaddr_t free = m->vmalloc_start; /* nothing is busy from here up to the cursor */
	struct snapshot s;
	struct cursor c = { .s = &s };
	vaddr_t start;
	uint64_t size;

	snapshot_init(&s, m);
	while (free < end && next_busy(&c, &start, &size)) {
		vaddr_t last = start + size - 1; /* an area may end at 2^64 */

		if (last < m->vmalloc_start)
			continue;
		if (start > free)
			add_hole(out, free, MIN(start, end));
		free = last >= end ? end : last + 1;
	}
	if (free < end)
		add_hole(out, free, end);
	snapshot_deinit(&s);
	return g_string_free_to_bytes(out);
}
