/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Why a range found no place.
 *
 *	65536 bytes (17 pages with the guard) do not fit: the largest hole has
 *	16 pages, 0xffffc90000010000-0xffffc90000020000, between a and [pages:b]
 *	would be enough: a window of 1052672 bytes (vmalloc=1028K); the removal of a
 *	(65536 bytes); packing all areas together
 *
 * Each is one line.  Names are those of status: a caller in brackets has no file.
 * They are a user's, of any length and any bytes: what would end the line is
 * written as \ooo, and a long one is cut, so that both fit in a record.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "vmalloc/enough.h"
#include "vmalloc/noroom.h"

#define NAME_MAX_SHOWN 240u /* bytes of a name, cut or whole; its brackets come on top */
_Static_assert(NO_ROOM_NAME >= NAME_MAX_SHOWN + 64, "a name and its brackets");

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

void name_range(char *text, const struct vm_struct *area, vaddr_t addr)
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
		p += sprintf(p, "[0x%0*" PRIx64 "]", kernel_address_digits(owner->addr),
			     owner->addr);
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

void no_room_look(struct machine *m, const struct search *r, struct no_room *ret)
{
	struct vmlist *v = m->vmlist;
	/* An area has whole pages of the window. */
	vaddr_t start = r->start < GAPTREE_TOP ? PAGE_ALIGN(r->start) : GAPTREE_TOP;
	vaddr_t end = r->end & PAGE_MASK;

	ret->search = *r;
	ret->low = ret->high = 0;
	ret->modules = vm_space_of(m, r->start, 0) == VM_SPACE_MODULES;
	ret->left[0] = ret->right[0] = '\0';
	if (r->full && gaptree_largest(&v->tree, start, end, &ret->low, &ret->high))
		name_neighbours(v, start, end, ret->low, ret->high, ret->left, ret->right);
}

void no_room_print(const struct no_room *n, char *text)
{
	const struct search *r = &n->search;
	size_t room = NO_ROOM_MAX;
	char align[64] = "";
	int len;

	if (!r->full) {
		snprintf(text, room, "%" PRIu64 " bytes do not fit: no address space is that large",
			 r->size);
		return;
	}
	if (r->align > PAGE_SIZE)
		snprintf(align, sizeof(align), ", aligned to 0x%" PRIx64, r->align);
	len = snprintf(text, room, "%" PRIu64 " %s (%" PRIu64 " %s%s%s) do not fit%s: ", r->size,
		       r->size == 1 ? "byte" : "bytes", r->full >> PAGE_SHIFT, pages_word(r->full),
		       r->full > PAGE_ALIGN(r->size) ? " with the guard" : "", align,
		       n->modules ? " in modules" : "");
	text += len;
	room -= (size_t)len;
	if (n->low == n->high) {
		snprintf(text, room, "the window 0x%0*" PRIx64 "-0x%0*" PRIx64 " has no hole",
			 kernel_address_digits(r->start), r->start, kernel_address_digits(r->end),
			 r->end);
		return;
	}
	snprintf(text, room,
		 "the largest hole has %" PRIu64 " %s, 0x%0*" PRIx64 "-0x%0*" PRIx64
		 ", between %s and %s",
		 (n->high - n->low) >> PAGE_SHIFT, pages_word(n->high - n->low),
		 kernel_address_digits(n->low), n->low, kernel_address_digits(n->high), n->high,
		 n->left, n->right);
}

/* The option that would give a space of so many bytes, if the request was for all of one. */
static void name_option(struct machine *m, const struct search *r, const struct enough_help *h,
			char *text, size_t room)
{
	struct vm_space space;
	int id = vm_space_of(m, r->start, 0);

	*text = '\0';
	if (id == VM_OUTSIDE || !vm_space(m, (enum vm_space_id)id, &space) ||
	    r->start != space.start || r->end != space.last)
		return;
	if (id == VM_SPACE_VMALLOC && !h->lower)
		snprintf(text, room, " (vmalloc=%" PRIu64 "K)",
			 (space.end - space.start + h->higher) >> 10);
	else
		snprintf(text, room, " (%s=0x%" PRIx64 "-0x%" PRIx64 ")", space.name,
			 space.start - h->lower, space.last + (h->lower ? 0 : h->higher));
}

/* Appends to the text, which has its end in *room bytes. */
static __attribute__((format(printf, 3, 4))) void add_words(char **text, size_t *room,
							    const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(*text, *room, fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= *room)
		n = (int)*room - 1;
	*text += n;
	*room -= (size_t)n;
}

static void add_removal_words(struct machine *m, const struct enough_help *h, char **text,
			      size_t *room)
{
	const struct vm_range *smallest = &h->removal[0].range;
	const struct vm_struct *area = gaptree_find(&m->vmlist->tree, smallest->addr);
	char name[NO_ROOM_NAME];

	name_range(name, area, smallest->addr);
	add_words(text, room, "; the removal of %s (%" PRIu64 " bytes)", name, smallest->size);
	if (h->nr_removals == 2)
		add_words(text, room, " or of another area");
	else if (h->nr_removals > 2)
		add_words(text, room, " or of one of %" PRIu64 " others", h->nr_removals - 1);
}

void no_room_help(struct machine *m, const struct search *r, char *text)
{
	const struct vm_question q = {
		.size = r->full,
		.align = r->align < PAGE_SIZE ? PAGE_SIZE : r->align,
		.start = r->start,
		.end = r->end,
		.bottom = r->start,
		.top = GAPTREE_TOP,
	};
	struct busy_walk walk = { .tree = &m->vmlist->tree };
	uint64_t window = (r->end & PAGE_MASK) - r->start + (r->end & ~PAGE_MASK ? PAGE_SIZE : 0);
	size_t room = NO_ROOM_MAX;
	struct enough_help h;
	char option[96];

	if (!r->full || r->end <= r->start || r->start >= GAPTREE_TOP) {
		add_words(&text, &room, "would be enough: nothing, as %s",
			  r->full ? "the window is empty" : "no address space is that large");
		return;
	}
	enough_find_help(&walk, &q, &h);
	add_words(&text, &room, "would be enough: ");
	if (h.higher) {
		name_option(m, r, &h, option, sizeof(option));
		add_words(&text, &room, "a window of %" PRIu64 " bytes%s", window + h.higher,
			  option);
	} else {
		add_words(&text, &room, "no window that begins there");
	}
	if (h.nr_removals)
		add_removal_words(m, &h, &text, &room);
	if (h.packed)
		add_words(&text, &room, "; packing all areas together");
}

void vm_explain_no_room(struct machine *m, uint64_t size, uint64_t align, unsigned flags,
			vaddr_t start, vaddr_t end, char *text, char *help)
{
	uint64_t pages = PAGE_ALIGN(size);
	uint64_t full = pages ? pages + (flags & VM_NO_GUARD ? 0 : PAGE_SIZE) : 0;
	struct search r = { size, full, align, start, end };
	struct no_room why;

	lock_read(&m->vmlist->lock);
	no_room_look(m, &r, &why);
	no_room_print(&why, text);
	no_room_help(m, &r, help);
	unlock_read(&m->vmlist->lock);
}
