/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Why a range found no place.
 *
 *	65536 bytes (17 pages with the guard) do not fit: the largest hole has
 *	16 pages, 0xffffc90000010000-0xffffc90000020000, between a and [pages:b]
 *
 * It is one line.  Names are those of status: a caller in brackets has no file.
 * They are a user's, of any length and any bytes: what would end the line is
 * written as \ooo, and a long one is cut, so that both fit in a record.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "vmalloc/noroom.h"

#define NAME_MAX_SHOWN 240u /* bytes of a name, cut or whole; its brackets come on top */
#define SIDE_MAX (NAME_MAX_SHOWN + 64)

/* Copies a name to p, safe for a line and cut.  Returns the end, where it puts a 0. */
static char *put_holder(char *p, const char *name)
{
	char *const last = p + NAME_MAX_SHOWN - strlen("...");

	size_t left = strlen(name);

	while (left) {
		size_t plain = plain_char(name, left);
		size_t n = plain ? plain : 1;

		if (p + (plain ? plain : 4) > last) {
			p = stpcpy(p, "...");
			break;
		}
		if (plain)
			p = mempcpy(p, name, plain);
		else
			p += sprintf(p, "\\%03o", (unsigned char)*name);
		name += n;
		left -= n;
	}
	*p = '\0';
	return p;
}

/* The name of the area, or the kind of the range, that begins at addr. */
static void name_range(char *text, const struct vm_struct *area, vaddr_t addr)
{
	const struct vm_struct *owner = area;
	unsigned depth = 0;
	char *p = text;

	if (area->addr != addr) {
		strcpy(text, "a range that waits to be purged");
		return;
	}
	for (; owner->array_of; owner = owner->array_of)
		depth++;
	for (unsigned i = 0; i < depth; i++)
		p = stpcpy(p, "[pages:");
	if (!owner->caller || !*owner->caller) {
		p += sprintf(p, "[0x%016" PRIx64 "]", owner->addr);
	} else {
		if (!depth && owner->flags & VM_SYMBOL)
			*p++ = '[';
		p = put_holder(p, owner->caller);
		if (!depth && owner->flags & VM_SYMBOL)
			*p++ = ']';
	}
	while (depth--)
		*p++ = ']';
	*p = '\0';
}

/* The neighbours of the hole [low, high) in a window [start, end), in whole pages all. */
static void name_neighbours(struct vmlist *v, vaddr_t start, vaddr_t end, vaddr_t low, vaddr_t high,
			    char *left, char *right)
{
	struct gap_cursor c;
	const struct vm_struct *area;

	strcpy(left, "the start of the window");
	strcpy(right, "the end of the window");
	if (low > start) {
		area = gaptree_seek(&v->tree, low - 1, &c);
		if (area && gaptree_extent(&c).end == low)
			name_range(left, area, gaptree_extent(&c).start);
	}
	if (high < end) {
		area = gaptree_seek(&v->tree, high, &c);
		if (area && gaptree_extent(&c).start == high)
			name_range(right, area, high);
	}
}

static const char *pages_word(uint64_t bytes)
{
	return bytes >> PAGE_SHIFT == 1 ? "page" : "pages";
}

void no_room_explain(struct machine *m, const struct search *r, char *text)
{
	char left[SIDE_MAX], right[SIDE_MAX], align[64] = "";
	struct vmlist *v = m->vmlist;
	size_t room = NO_ROOM_MAX;
	/* An area has whole pages of the window. */
	vaddr_t start = r->start < GAPTREE_TOP ? PAGE_ALIGN(r->start) : GAPTREE_TOP;
	vaddr_t end = r->end & PAGE_MASK;
	vaddr_t low, high;
	int n;

	if (!r->full) {
		snprintf(text, room, "%" PRIu64 " bytes do not fit: no address space is that large",
			 r->size);
		return;
	}
	if (r->align > PAGE_SIZE)
		snprintf(align, sizeof(align), ", aligned to 0x%" PRIx64, r->align);
	n = snprintf(text, room, "%" PRIu64 " %s (%" PRIu64 " %s%s%s) do not fit: ", r->size,
		     r->size == 1 ? "byte" : "bytes", r->full >> PAGE_SHIFT, pages_word(r->full),
		     r->full > PAGE_ALIGN(r->size) ? " with the guard" : "", align);
	text += n;
	room -= (size_t)n;

	if (!gaptree_largest(&v->tree, start, end, &low, &high)) {
		snprintf(text, room, "the window 0x%016" PRIx64 "-0x%016" PRIx64 " has no hole",
			 r->start, r->end);
		return;
	}
	name_neighbours(v, start, end, low, high, left, right);
	snprintf(text, room,
		 "the largest hole has %" PRIu64 " %s, 0x%016" PRIx64 "-0x%016" PRIx64
		 ", between %s and %s",
		 (high - low) >> PAGE_SHIFT, pages_word(high - low), low, high, left, right);
}
