/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sys/kernel/mm/vmalloc/holes: what is free, one hole a line, ascending in each space.
 *
 *	0xffffc90000011000 0xffffc90000021000 65536 vmalloc
 *
 * START, END (the first address after the hole), SIZE in bytes, and the space, with
 * one blank between them.  These are the holes that status counts and adds up: those
 * of the vmalloc window without its last page, which is never given out.  A range
 * that was freed and not purged yet is not a hole.
 */
#include "show/digits.h"
#include "show/picture/layout.h"
#include "show/show.h"

#define LINE_ROOM (RANGE_MAX + 1 + DEC_MAX + 1 + 16)

static void put_hole_line(GString *out, const struct segment *seg, const char *space)
{
	char *p = text_room(out, LINE_ROOM);

	p = put_vaddr(p, seg->addr);
	*p++ = ' ';
	p = put_vaddr(p, seg->addr + seg->size);
	*p++ = ' ';
	p = put_dec(p, seg->size);
	*p++ = ' ';
	p = put_str(p, space);
	*p++ = '\n';
	text_end(out, p);
}

static bool put_holes(GString *out, const struct layout *l)
{
	bool ok = !l->snapshot.failed;

	for (guint i = 0; ok && i < l->segments->len; i++) {
		const struct segment *seg = layout_segment(l, i);

		if (seg->kind != SEG_HOLE)
			continue;
		ok = text_reserve(out, LINE_ROOM);
		if (ok)
			put_hole_line(out, seg, l->space);
	}
	return ok;
}

GBytes *show_holes(struct machine *m)
{
	GString *out = g_string_sized_new(2048);
	struct snapshot s;
	struct layout l;
	bool ok;

	snapshot_init(&s, m);
	ok = !s.failed;
	for (unsigned id = 0; ok && id < NR_VM_SPACES; id++) {
		if (!layout_of_space(&l, &s, m, (enum vm_space_id)id))
			continue;
		ok = put_holes(out, &l);
		layout_deinit(&l);
	}
	snapshot_deinit(&s);
	return text_finish(out, ok);
}
