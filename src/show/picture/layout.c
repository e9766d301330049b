/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Making a layout: the areas and the lazily freed ranges of a snapshot are
 * merged by address, and what is between them becomes holes.
 *
 *	cursor: what is laid out so far
 *	   v
 *	---|.....hole.....[ mapped | unmapped | G ]
 *	                  ^ next area             ^ cursor then
 */
#include "show/picture/layout.h"

#include "show/proc/zones.h"

const char *segment_kind_name(enum segment_kind kind)
{
	static const char *const names[NR_SEGMENT_KINDS] = {
		[SEG_VMALLOC] = "vmalloc",	[SEG_USER] = "vmalloc, user",
		[SEG_ARRAY] = "page array",	[SEG_VMAP] = "vmap",
		[SEG_IOREMAP] = "ioremap",	[SEG_UNMAPPED] = "reserved, not mapped",
		[SEG_GUARD] = "guard page",	[SEG_LAZY] = "freed, not purged",
		[SEG_POOLED] = "in a pool",	[SEG_HOLE] = "hole",
		[SEG_LAST] = "never given out", [SEG_OUTSIDE] = "not of the window",
	};

	return names[kind];
}

enum segment_kind area_kind(const struct area_record *a)
{
	if (a->depth)
		return SEG_ARRAY;
	if (a->flags & VM_IOREMAP)
		return SEG_IOREMAP;
	if (a->flags & VM_MAP)
		return SEG_VMAP;
	if (a->flags & VM_USERMAP)
		return SEG_USER;
	return a->flags & VM_ALLOC ? SEG_VMALLOC : SEG_UNMAPPED;
}

/* More than a layout without areas has. */
#define SEGMENTS_MIN 8

/* How far the layout has been made. */
struct layout_cursor {
	struct layout *l;
	vaddr_t at;   /* 0 may mean 2^64, and then nothing follows */
	vaddr_t end;  /* the last byte of the window that can be given out */
	bool any;     /* there is a segment */
	bool outside; /* of what comes now */
};

static void append_segment(struct layout_cursor *c, enum segment_kind kind, uint64_t size,
			   uint32_t area)
{
	struct segment seg = {
		.addr = c->at, .size = size, .area = area, .kind = kind, .outside = c->outside
	};

	if (!size)
		return;
	if (!records_add(c->l->segments, &seg, sizeof(seg)))
		c->l->snapshot.failed = true;
	if (!c->outside)
		c->l->bytes[kind] += size;
	c->at += size;
}

static void add_hole_segment(struct layout_cursor *c, uint64_t size)
{
	struct hole_class *class = &c->l->holes[fls64(size >> PAGE_SHIFT) - 1];

	class->count++;
	class->bytes += size;
	append_segment(c, SEG_HOLE, size, NO_AREA);
}

/* Nothing lies in [c->at, to): it is a hole, the last page, or outside of the window. */
static void advance(struct layout_cursor *c, vaddr_t to)
{
	vaddr_t window_end = c->l->window_start + c->l->window_size;

	c->outside = true;
	if (c->at < c->l->window_start && c->at < to)
		append_segment(c, SEG_OUTSIDE, MIN(to, c->l->window_start) - c->at, NO_AREA);
	c->outside = false;
	if (c->at >= c->l->window_start && c->at < MIN(to, c->end))
		add_hole_segment(c, MIN(to, c->end) - c->at);
	if (c->at >= c->end && c->at < MIN(to, window_end))
		append_segment(c, SEG_LAST, MIN(to, window_end) - c->at, NO_AREA);
	c->outside = true;
	if (c->at >= window_end && c->at < to)
		append_segment(c, SEG_OUTSIDE, to - c->at, NO_AREA);
}

/* Goes on to where a range begins.  The layout begins with a range below the window, if any. */
static void cursor_begin(struct layout_cursor *c, vaddr_t addr, uint64_t size)
{
	struct layout *l = c->l;

	if (!c->any)
		c->at = MIN(addr, l->window_start);
	c->any = true;
	advance(c, addr);
	c->outside = addr + size - 1 < l->window_start || addr >= l->window_start + l->window_size;
}

static void add_area_segments(struct layout_cursor *c, const struct machine *m, uint32_t i)
{
	const struct area_record *a = snapshot_area(&c->l->snapshot, i);
	uint64_t mapped = area_mapped(a, m);
	uint64_t guard = record_guard(a);
	enum segment_kind kind = area_kind(a);

	cursor_begin(c, a->addr, a->size);
	c->l->areas[mapped ? kind : SEG_UNMAPPED]++;
	if (a->depth)
		c->l->array_frames += a->nr_pages;
	append_segment(c, kind, mapped, i);
	append_segment(c, SEG_UNMAPPED, a->size - guard - mapped, i);
	append_segment(c, SEG_GUARD, guard, i);
}

static void add_segments(struct layout *l, const struct machine *m)
{
	const struct snapshot *s = &l->snapshot;
	struct layout_cursor c = { .l = l, .at = m->vmalloc_start, .end = vmalloc_usable_end(m) };
	vaddr_t window_end = vmalloc_window_end(m);
	guint area = 0, lazy = 0;

	while (area < s->areas->len || lazy < s->lazy->len) {
		const struct lazy_record *r = NULL;

		if (lazy < s->lazy->len)
			r = snapshot_lazy(s, lazy);
		if (r && (area == s->areas->len || r->addr < snapshot_area(s, area)->addr)) {
			cursor_begin(&c, r->addr, r->size);
			append_segment(&c, r->pooled ? SEG_POOLED : SEG_LAZY, r->size, NO_AREA);
			lazy++;
		} else {
			add_area_segments(&c, m, area++);
		}
	}
	if (!c.any || (c.at && c.at < window_end))
		advance(&c, window_end);
}

static void add_frames(struct layout *l, struct machine *m)
{
	struct zone_info z;

	for (unsigned i = 0; i < nr_zones(m); i++)
		if (zone_by_number(m, i, &z))
			g_array_append_val(l->zones, z);
	l->frames = m->nr_frames;
	l->free_frames = nr_free_pages(m);
	l->table_frames = m->nr_table_frames;
}

/* False: the host has no memory for the segments. */
static bool try_segments(struct layout *l, const struct machine *window)
{
	figures_compute(&l->figures, &l->snapshot, window);
	/* An area mostly makes three: mapped, guard, and the hole after it. */
	if (!records_reserve(l->segments, 3 * (uint64_t)l->snapshot.areas->len + SEGMENTS_MIN,
			     sizeof(struct segment)))
		return false;
	add_segments(l, window);
	return !l->snapshot.failed;
}

static void layout_begin(struct layout *l, const struct snapshot *s, const struct machine *window)
{
	*l = (struct layout){
		.snapshot = *s,
		.space = "vmalloc",
		.window_start = window->vmalloc_start,
		.window_size = vmalloc_window_size(window),
	};
}

void layout_of_snapshot(struct layout *l, const struct snapshot *s, const struct machine *window)
{
	layout_begin(l, s, window);
	if (!try_segments(l, window)) {
		struct snapshot none = *s;

		/* An empty one, so that it can be drawn. */
		records_free(l->segments);
		snapshot_empty(&none);
		none.failed = true;
		layout_begin(l, &none, window);
		l->segments->data = g_new(gchar, SEGMENTS_MIN * sizeof(struct segment));
		l->segments->room = SEGMENTS_MIN;
		try_segments(l, window);
	}
	l->zones = g_array_new(FALSE, FALSE, sizeof(struct zone_info));
}

void layout_init(struct layout *l, struct machine *m)
{
	struct snapshot s;

	snapshot_init(&s, m);
	layout_of_snapshot(l, &s, m);
	l->policy = vmalloc_policy(m);
	l->arch = m->arch->name;
	l->memory = m->ram_size;
	l->crashed = m->crashed;
	add_frames(l, m);
}

/* Copies the records of one space. */
static void keep_space(struct snapshot *ret, const struct snapshot *all, const struct machine *m,
		       enum vm_space_id id)
{
	*ret = (struct snapshot){
		.nr_nodes = all->nr_nodes,
		.names = g_string_new(NULL),
		.failed = all->failed,
	};
	if (text_reserve(ret->names, all->names->len))
		g_string_append_len(ret->names, all->names->str, (gssize)all->names->len);
	else
		ret->failed = true;
	for (guint i = 0; i < all->areas->len; i++) {
		struct area_record a = *snapshot_area(all, i);
		int space = vm_space_of(m, a.addr, a.size);

		a.nodes = NO_NODES;
		if (space == (int)id || (space == VM_OUTSIDE && id == VM_SPACE_VMALLOC))
			ret->failed |= !records_add(ret->areas, &a, sizeof(a));
	}
	for (guint i = 0; i < all->lazy->len; i++) {
		const struct lazy_record *r = snapshot_lazy(all, i);

		if (vm_space_of(m, r->addr, r->size) == (int)id)
			ret->failed |= !records_add(ret->lazy, r, sizeof(*r));
	}
	if (ret->failed)
		snapshot_empty(ret);
}

bool layout_of_space(struct layout *l, const struct snapshot *all, const struct machine *m,
		     enum vm_space_id id)
{
	struct machine window = { .ram_size = m->ram_size, .vmlist = m->vmlist };
	struct vm_space space;
	struct snapshot s;

	if (!vm_space(m, id, &space))
		return false;
	window.vmalloc_start = space.start;
	window.vmalloc_end = space.last;
	keep_space(&s, all, m, id);
	layout_of_snapshot(l, &s, &window);
	l->space = space.name;
	l->policy = vmalloc_policy(m);
	l->arch = m->arch->name;
	l->memory = m->ram_size;
	l->crashed = m->crashed;
	return true;
}

void layout_deinit(struct layout *l)
{
	snapshot_deinit(&l->snapshot);
	records_free(l->segments);
	g_array_unref(l->zones);
}

enum segment_kind layout_area_kind(const struct layout *l, guint area)
{
	vaddr_t addr = snapshot_area(&l->snapshot, area)->addr;
	guint from = 0, to = l->segments->len;

	while (to - from > 1) {
		guint middle = from + (to - from) / 2;

		if (layout_segment(l, middle)->addr <= addr)
			from = middle;
		else
			to = middle;
	}
	return layout_segment(l, from)->kind;
}
