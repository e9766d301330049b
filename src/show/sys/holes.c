/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sys/kernel/mm/vmalloc/holes: what is free, one hole a line, ascending.
 *
 *	0xffffc90000011000 0xffffc90000021000 65536
 *
 * START, END (the first address after the hole) and SIZE in bytes, with one
 * blank between them.  These are the holes that status counts and adds up: those
 * of the vmalloc window without its last page, which is never given out.  A range
 * that was freed and not purged yet is not a hole.
 */
#include "show/digits.h"
#include "show/picture/layout.h"
#include "show/show.h"

#define LINE_ROOM (RANGE_MAX + 1 + DEC_MAX + 1)

GBytes *show_holes(struct machine *m)
{
	GString *out = g_string_sized_new(2048);
	struct layout l;

	layout_init(&l, m);
	for (guint i = 0; i < l.segments->len; i++) {
		const struct segment *seg = layout_segment(&l, i);
		char *p;

		if (seg->kind != SEG_HOLE)
			continue;
		p = text_room(out, LINE_ROOM);
		p = put_addr(p, seg->addr);
		*p++ = ' ';
		p = put_addr(p, seg->addr + seg->size);
		*p++ = ' ';
		p = put_dec(p, seg->size);
		*p++ = '\n';
		text_end(out, p);
	}
	layout_deinit(&l);
	return g_string_free_to_bytes(out);
}
