/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * proc/vmallocinfo, in the format of Linux 6.1:
 *
 *	0xffffc90000155000-0xffffc90000556000 4198400 NAME+0x0/0x400000 pages=1024 vmalloc vpages N0=1024
 *
 * In this order: range, size with guard, caller, pages=, phys=, words, frames
 * of each node that has any.  Parsers insist on a caller that looks like
 * symbol+0xoffset/0xlength or like a number, so there always is one: the
 * file's name with the size asked for, the caller that a restored area came
 * with, or the area's own address.
 *
 * After all areas come the ranges that were freed and not purged:
 *
 *	0xffffc90000155000-0xffffc90000556000 4198400 unpurged vm_area
 *
 * The lines are in ascending order, unless the machine was booted with the areas of a
 * kernel that has several lists: then those of the first list come first.
 */
#include <stdlib.h>

#include "show/digits.h"
#include "show/show.h"
#include "show/snapshot.h"
#include "show/words.h"

/* Writes the blank before the caller as well. An area of a layout may have no caller. */
static char *put_caller(char *p, const struct snapshot *s, const struct area_record *a)
{
	if (a->name == NO_NAME && a->symbol)
		return p;
	*p++ = ' ';
	if (a->name == NO_NAME)
		return put_vaddr(p, a->addr);
	if (a->symbol)
		return put_bytes(p, s->names->str + a->name, a->name_len);
	p = put_escaped(p, s->names->str + a->name, a->name_len);
	p = put_str(p, "+0x0/0x");
	return put_hex(p, a->requested_size);
}

static char *put_node_count(char *p, unsigned node, uint64_t n)
{
	if (!n)
		return p;
	p = put_dec(put_bytes(p, " N", 2), node);
	*p++ = '=';
	return put_dec(p, n);
}

static char *put_node_counts(char *p, const struct snapshot *s, const struct area_record *a)
{
	const uint64_t *n;

	if (!s->numa)
		return p;
	if (a->nodes == NO_NODES)
		return put_node_count(p, 0, a->nr_pages);
	n = &g_array_index(s->nodes, uint64_t, a->nodes);
	for (unsigned node = 0; node < s->nr_nodes; node++)
		p = put_node_count(p, node, n[node]);
	return p;
}

/* The most bytes that a line takes, without its name and its nodes. */
#define LINE_ROOM (RANGE_MAX + 3 * DEC_MAX + 2 * HEX_MAX + FLAG_WORDS_MAX + 64)
#define NODE_ROOM (2 * DEC_MAX + 3)

/* False, here as below: the host has no memory for it. */
static bool add_area_line(GString *out, const struct snapshot *s, const struct area_record *a)
{
	size_t room = LINE_ROOM + 4 * a->name_len + NODE_ROOM * s->nr_nodes;
	char *p;

	if (!text_reserve(out, room))
		return false;
	p = text_room(out, room);
	p = put_range(p, a->addr, a->size);
	*p++ = ' ';
	p = put_dec_wide(p, a->size, 7);
	p = put_caller(p, s, a);
	if (a->nr_pages)
		p = put_dec(put_str(p, " pages="), a->nr_pages);
	if (a->phys_addr)
		p = put_addr(put_str(p, " phys="), a->phys_addr);
	p = put_flags(p, a->flags, ' ');
	p = put_node_counts(p, s, a);
	*p++ = '\n';
	text_end(out, p);
	return true;
}

/* The range of a freed area, which waits for a purge and has no owner. */
static bool add_lazy_line(GString *out, const struct lazy_record *r)
{
	char *p;

	if (!text_reserve(out, LINE_ROOM))
		return false;
	p = text_room(out, LINE_ROOM);
	p = put_range(p, r->addr, r->size);
	*p++ = ' ';
	p = put_dec_wide(p, r->size, 7);
	p = put_str(p, " unpurged vm_area\n");
	text_end(out, p);
	return true;
}

struct list_place {
	uint64_t list;
	guint area;
};

static int by_list(const void *a, const void *b)
{
	const struct list_place *x = a, *y = b;

	if (x->list != y->list)
		return x->list < y->list ? -1 : 1;
	return x->area < y->area ? -1 : 1;
}

static bool place_in_lists(const struct machine *m, const struct snapshot *s,
			   struct records *places)
{
	for (guint i = 0; i < s->areas->len; i++) {
		uint64_t addr = snapshot_area(s, i)->addr;
		struct list_place p = { addr / m->list_zone % m->list_nodes, i };

		if (!records_add(places, &p, sizeof(p)))
			return false;
	}
	return true;
}

static bool add_lines_by_list(GString *out, const struct machine *m, const struct snapshot *s)
{
	struct records places[1] = { { 0 } };
	bool ok = place_in_lists(m, s, places);

	if (ok && places->len)
		qsort(places->data, places->len, sizeof(struct list_place), by_list);
	for (guint i = 0; ok && i < places->len; i++) {
		guint area = g_array_index(places, struct list_place, i).area;

		ok = add_area_line(out, s, snapshot_area(s, area));
	}
	records_free(places);
	return ok;
}

GBytes *show_vmallocinfo(struct machine *m)
{
	GString *out = g_string_sized_new(2048);
	struct snapshot s;
	bool ok;

	snapshot_init(&s, m);
	ok = !s.failed;
	if (ok && m->list_nodes > 1)
		ok = add_lines_by_list(out, m, &s);
	for (guint i = 0; ok && m->list_nodes <= 1 && i < s.areas->len; i++)
		ok = add_area_line(out, &s, snapshot_area(&s, i));
	for (guint i = 0; ok && i < s.lazy->len; i++)
		if (!snapshot_lazy(&s, i)->pooled) /* of pools Linux says nothing */
			ok = add_lazy_line(out, snapshot_lazy(&s, i));
	snapshot_deinit(&s);
	return text_finish(out, ok);
}
