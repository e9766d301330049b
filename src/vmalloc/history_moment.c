/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading the history: a copy of its events and of the ranges as they are, and going
 * back from there.  Each event says what it changed, so undoing one takes a range out,
 * puts one in, or gives it its old bounds.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "vmalloc/history.h"
#include "vmalloc/vmlist.h"

/* --- the copy ------------------------------------------------------------------- */

/* Which events are wanted. */
enum copy_what {
	COPY_ALL,    /* all of them, and the ranges of now */
	COPY_NEWEST, /* the newest ones, without the ranges */
	COPY_FAILURE /* the last failure, unless an area got a place after it */
};

/* What a copy needs room for. */
struct copy_size {
	uint64_t from, to; /* the events */
	size_t bytes;	   /* of their names, texts and ranges in the ring */
	size_t ranges;	   /* those of now, and all that undoing can add */
	size_t names;	   /* bytes of the names of now */
};

static const struct history_slot *slot_of(const struct history *h, uint64_t at)
{
	return &h->ring[at & h->ring_mask];
}

static bool places_an_area(const struct vm_event *e)
{
	return e->what == VM_EVENT_ALLOC || e->what == VM_EVENT_RESERVE ||
	       (e->what == VM_EVENT_RESIZE && e->size > e->old_size);
}

/* Lock held. */
static void find_failure(const struct history *h, struct copy_size *size)
{
	for (uint64_t at = h->head; at != h->tail; at--) {
		const struct vm_event *e = &slot_of(h, at - 1)->event;

		if (places_an_area(e))
			break;
		if (e->what != VM_EVENT_FAIL)
			continue;
		size->from = at - 1;
		size->to = at;
		return;
	}
	size->from = size->to = h->head;
}

/* Lock held. */
static void measure_ranges(struct vmlist *v, struct copy_size *size)
{
	const struct history *h = &v->history;
	struct gap_cursor c;
	uint8_t depth;

	size->ranges = size->to - size->from + gaptree_count(&v->tree);
	for (uint64_t at = size->from; at != size->to; at++)
		size->ranges += slot_of(h, at)->event.nr_ranges;
	for (struct vm_struct *area = gaptree_seek(&v->tree, 0, &c); area;
	     area = gaptree_next(&c)) {
		const struct vm_struct *root = array_root(area, &depth);

		size->names += root->caller ? strlen(root->caller) + 1 : 0;
	}
}

/* Lock held. */
static struct copy_size measure_history(struct vmlist *v, enum copy_what what, size_t most)
{
	const struct history *h = &v->history;
	struct copy_size size = { .from = h->tail, .to = h->head };
	uint64_t end;

	if (what == COPY_FAILURE)
		find_failure(h, &size);
	else if (size.to - size.from > most)
		size.from = size.to - most;
	if (size.from != size.to) {
		end = size.to == h->head ? h->data_head : slot_of(h, size.to)->data;
		size.bytes = end - slot_of(h, size.from)->data;
	}
	if (what == COPY_ALL)
		measure_ranges(v, &size);
	return size;
}

/*
 * A pointer into the bytes of an event, moved to the copy of these bytes.  The bytes of one
 * event lie in one piece in the ring.
 */
static const char *rebased(const char *p, const struct history_slot *slot, const struct history *h,
			   uint64_t first, const struct vm_history *copy)
{
	if (!p)
		return NULL;
	return copy->bytes + (slot->data - first) + (p - (h->data + (slot->data & h->data_mask)));
}

/* The bytes of the ring from `first` on, which is counted like data_head. Lock held. */
static void copy_bytes_to(const struct history *h, uint64_t first, size_t bytes, char *ret)
{
	size_t at = first & h->data_mask;
	size_t until_end = h->data_mask + 1 - at;
	size_t before = bytes < until_end ? bytes : until_end;

	memcpy(ret, h->data + at, before);
	memcpy(ret + before, h->data, bytes - before);
}

/* Lock held. */
static void copy_events_to(const struct history *h, const struct copy_size *size,
			   struct vm_history *ret)
{
	uint64_t first;

	if (size->from == size->to)
		return;
	first = slot_of(h, size->from)->data;
	copy_bytes_to(h, first, size->bytes, ret->bytes);
	for (uint64_t at = size->from; at != size->to; at++) {
		const struct history_slot *slot = slot_of(h, at);
		struct vm_event *e = &ret->event[ret->nr_events++];

		*e = slot->event;
		e->name = rebased(e->name, slot, h, first, ret);
		for (unsigned i = 0; i < 2; i++)
			e->text[i] = rebased(e->text[i], slot, h, first, ret);
		e->range = (const struct vm_event_range *)(const void *)rebased(
			(const char *)e->range, slot, h, first, ret);
	}
	ret->at = ret->nr_events;
}

/* Lock held. */
static void copy_ranges_to(struct vmlist *v, struct vm_history *ret)
{
	struct gap_cursor c;
	char *names = ret->names;

	for (struct vm_struct *area = gaptree_seek(&v->tree, 0, &c); area;
	     area = gaptree_next(&c)) {
		struct vm_moment_range *r = &ret->range[ret->nr_ranges++];
		struct gap_extent e = gaptree_extent(&c);
		const struct vm_struct *root;

		*r = (struct vm_moment_range){ .addr = e.start, .size = e.end - e.start };
		r->kind = is_lazy(v, area)     ? VM_RANGE_WAITS
			  : is_pooled(v, area) ? VM_RANGE_POOLED
					       : VM_RANGE_AREA;
		if (r->kind != VM_RANGE_AREA)
			continue;
		root = array_root(area, &r->depth);
		r->requested = root->requested_size;
		r->flags = area->flags & ~VM_UNINITIALIZED;
		if (root->caller) {
			r->name = names;
			names = stpcpy(names, root->caller) + 1;
		}
	}
}

/* False if there is no memory. */
static bool take_copy_room(const struct copy_size *size, struct vm_history *ret)
{
	*ret = (struct vm_history){ .nr_events = 0 };
	ret->event = malloc((size->to - size->from + 1) * sizeof(*ret->event));
	ret->range = malloc((size->ranges + 1) * sizeof(*ret->range));
	ret->bytes = malloc(size->bytes + 1);
	ret->names = malloc(size->names + 1);
	return ret->event && ret->range && ret->bytes && ret->names;
}

static bool is_within(const struct copy_size *a, const struct copy_size *b)
{
	return a->to - a->from <= b->to - b->from && a->bytes <= b->bytes &&
	       a->ranges <= b->ranges && a->names <= b->names;
}

/* Room for what was measured, and some more, since the space goes on changing. */
static struct copy_size with_slack(const struct copy_size *need)
{
	uint64_t events = need->to - need->from;

	return (struct copy_size){
		.to = events + events / 64 + 16,
		.bytes = need->bytes + need->bytes / 64 + 1024,
		.ranges = need->ranges + need->ranges / 64 + 16,
		.names = need->names + need->names / 64 + 256,
	};
}

static int read_history(struct machine *m, enum copy_what what, size_t most, struct vm_history *ret)
{
	struct vmlist *v = m->vmlist;
	struct copy_size room = { 0 }, need;

	*ret = (struct vm_history){ .nr_events = 0 };
	for (;;) { /* memory is taken without the lock, and until there is enough */
		bool done;

		vmlist_read_lock(m);
		need = measure_history(v, what, most);
		done = ret->event && is_within(&need, &room);
		if (done) {
			copy_events_to(&v->history, &need, ret);
			if (what == COPY_ALL)
				copy_ranges_to(v, ret);
		}
		vmlist_read_unlock(m);
		if (done)
			return 0;
		vm_history_free(ret);
		room = with_slack(&need);
		if (!take_copy_room(&room, ret)) {
			vm_history_free(ret);
			return -ENOMEM;
		}
	}
}

int vm_history_read(struct machine *m, struct vm_history *ret)
{
	return read_history(m, COPY_ALL, SIZE_MAX, ret);
}

int vm_history_read_events(struct machine *m, size_t most, struct vm_history *ret)
{
	return read_history(m, COPY_NEWEST, most, ret);
}

int vm_history_read_failure(struct machine *m, struct vm_history *ret)
{
	return read_history(m, COPY_FAILURE, 1, ret);
}

void vm_history_free(struct vm_history *h)
{
	free(h->event);
	free(h->range);
	free(h->bytes);
	free(h->names);
	*h = (struct vm_history){ .nr_events = 0 };
}

/* --- going back ------------------------------------------------------------------ */

/* The first range that begins at addr or above. */
static size_t place_of(const struct vm_history *h, vaddr_t addr)
{
	size_t low = 0, high = h->nr_ranges;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (h->range[mid].addr < addr)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static struct vm_moment_range *range_there(struct vm_history *h, vaddr_t addr)
{
	size_t i = place_of(h, addr);

	return i < h->nr_ranges && h->range[i].addr == addr ? &h->range[i] : NULL;
}

/* What is at addr becomes r; a kind of VM_RANGE_FREE takes it out. */
static void put_moment_range(struct vm_history *h, const struct vm_moment_range *r)
{
	size_t i = place_of(h, r->addr);
	bool there = i < h->nr_ranges && h->range[i].addr == r->addr;
	size_t after = h->nr_ranges - i;

	if (there && r->kind == VM_RANGE_FREE) {
		memmove(&h->range[i], &h->range[i + 1], (after - 1) * sizeof(*r));
		h->nr_ranges--;
	} else if (there) {
		h->range[i] = *r;
	} else if (r->kind != VM_RANGE_FREE) {
		memmove(&h->range[i + 1], &h->range[i], after * sizeof(*r));
		h->range[i] = *r;
		h->nr_ranges++;
	}
}

/* The area of an event, as it was with these bounds. */
static struct vm_moment_range area_of_event(const struct vm_event *e, vaddr_t addr, uint64_t size,
					    uint64_t requested)
{
	return (struct vm_moment_range){
		.addr = addr,
		.size = size,
		.requested = requested,
		.name = e->name,
		.flags = e->flags,
		.kind = VM_RANGE_AREA,
		.depth = e->depth,
	};
}

static void undo_move(struct vm_history *h, const struct vm_event *e)
{
	struct vm_moment_range reserved = area_of_event(e, e->addr, e->size, e->old_requested);
	struct vm_moment_range old = area_of_event(e, e->old_addr, e->old_size, e->old_requested);

	put_moment_range(h, &reserved);
	put_moment_range(h, &old);
}

static void undo_ranges(struct vm_history *h, const struct vm_event *e)
{
	for (size_t i = e->nr_ranges; i-- > 0;) {
		const struct vm_event_range *r = &e->range[i];
		const struct vm_moment_range was = {
			.addr = r->addr,
			.size = r->size,
			.kind = r->before,
		};

		put_moment_range(h, &was);
	}
}

bool vm_history_undo(struct vm_history *h)
{
	const struct vm_event *e = h->at ? &h->event[h->at - 1] : NULL;
	struct vm_moment_range r, *area;

	if (!e)
		return false;
	h->at--;
	switch ((enum vm_event_what)e->what) {
	case VM_EVENT_ALLOC:
	case VM_EVENT_RESERVE:
		r = (struct vm_moment_range){ .addr = e->addr, .size = e->size, .kind = e->before };
		put_moment_range(h, &r);
		break;
	case VM_EVENT_FREE:
	case VM_EVENT_ABANDON:
		r = area_of_event(e, e->addr, e->size, e->requested);
		put_moment_range(h, &r);
		break;
	case VM_EVENT_RESIZE:
		r = area_of_event(e, e->addr, e->old_size, e->old_requested);
		put_moment_range(h, &r);
		break;
	case VM_EVENT_MOVE:
		undo_move(h, e);
		break;
	case VM_EVENT_PURGE:
	case VM_EVENT_HOLD:
		undo_ranges(h, e);
		break;
	case VM_EVENT_NAME:
		area = range_there(h, e->addr);
		if (area)
			area->name = e->text[0];
		break;
	case VM_EVENT_FAIL:
	case VM_EVENT_SAY:
		break;
	}
	return true;
}

/* --- who had an address ------------------------------------------------------------ */

/* What an event took an area from: false if it took nothing at addr. */
static bool freed_by(const struct vm_event *e, vaddr_t addr, struct vm_freed *ret)
{
	switch ((enum vm_event_what)e->what) {
	case VM_EVENT_FREE:
	case VM_EVENT_ABANDON:
		ret->addr = e->addr;
		ret->size = e->size;
		break;
	case VM_EVENT_MOVE:
		ret->addr = e->old_addr;
		ret->size = e->old_size;
		break;
	case VM_EVENT_RESIZE:
		if (e->size >= e->old_size)
			return false;
		ret->addr = e->addr + e->size;
		ret->size = e->old_size - e->size;
		break;
	default:
		return false;
	}
	return addr >= ret->addr && addr - ret->addr < ret->size;
}

bool history_last_freed(struct machine *m, vaddr_t addr, struct vm_freed *ret)
{
	const struct history *h = &m->vmlist->history;
	bool found = false;

	*ret = (struct vm_freed){ .seq = 0 };
	for (uint64_t at = h->head; !found && at != h->tail; at--) {
		const struct vm_event *e = &h->ring[(at - 1) & h->ring_mask].event;

		found = freed_by(e, addr, ret);
		if (!found)
			continue;
		ret->seq = e->seq;
		ret->us = e->us;
		ret->pid = e->pid;
		memcpy(ret->comm, e->comm, sizeof(ret->comm));
		if (e->name)
			strncpy(ret->name, e->name, sizeof(ret->name) - 1);
	}
	return found;
}

bool vm_history_freed(struct machine *m, vaddr_t addr, struct vm_freed *ret)
{
	bool found;

	vmlist_read_lock(m);
	found = history_last_freed(m, addr, ret);
	vmlist_read_unlock(m);
	return found;
}
