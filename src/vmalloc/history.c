/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Remembering what happens in an address space.  See history.h.
 */
#include <stdlib.h>
#include <string.h>

#include "vmalloc/history.h"
#include "vmalloc/noroom.h"
#include "vmalloc/vmlist.h"

#define NOTED_FIRST 64
#define DATA_MIN 16384 /* bytes of names and ranges there is room for at least */

static const char *const words[NR_VM_EVENTS] = {
	[VM_EVENT_ALLOC] = "alloc",   [VM_EVENT_FREE] = "free", [VM_EVENT_ABANDON] = "abandon",
	[VM_EVENT_RESIZE] = "resize", [VM_EVENT_MOVE] = "move", [VM_EVENT_RESERVE] = "reserve",
	[VM_EVENT_PURGE] = "purge",   [VM_EVENT_HOLD] = "hold", [VM_EVENT_NAME] = "name",
	[VM_EVENT_FAIL] = "fail",     [VM_EVENT_SAY] = "say",
};

const char *vm_event_word(enum vm_event_what what)
{
	return words[what];
}

/* --- the rings ------------------------------------------------------------------ */

static struct history_slot *slot_at(const struct history *h, uint64_t at)
{
	return &h->ring[at & h->ring_mask];
}

/* From where on the bytes of an event would meet those of the oldest one. */
static void note_data_end(struct history *h)
{
	h->data_end =
		h->data_mask + 1 + (h->tail == h->head ? h->data_head : slot_at(h, h->tail)->data);
}

static void forget_all(struct history *h)
{
	h->tail = h->head;
	note_data_end(h);
}

/* Lets the oldest events go until `at` is free, or none is left. */
static void forget_until(struct history *h, uint64_t at)
{
	while (h->tail != h->head && at > h->data_end) {
		h->tail++;
		note_data_end(h);
	}
}

/* The next event, and its bytes; NULL: it is too large, and nothing is left. */
static inline struct vm_event *next_event(struct history *h, size_t bytes, char **ret)
{
	uint64_t at = h->data_head;
	size_t left = h->data_mask + 1 - (at & h->data_mask);
	struct history_slot *slot;

	bytes = (bytes + 7) & ~(size_t)7;
	if (bytes > left) /* they lie in one piece */
		at += left;
	if (bytes > h->data_mask + 1) {
		h->head++;
		forget_all(h);
		return NULL;
	}
	if (at + bytes > h->data_end)
		forget_until(h, at + bytes);
	if (h->head - h->tail == h->limit) {
		h->tail++;
		note_data_end(h);
	}
	h->data_head = at + bytes;
	slot = slot_at(h, h->head++);
	slot->data = at;
	slot->event.seq = h->head;
	*ret = h->data + (at & h->data_mask);
	return &slot->event;
}

static inline const char *put_event_text(char **p, const char *text, size_t bytes)
{
	const char *at = *p;

	if (!bytes)
		return NULL;
	memcpy(*p, text, bytes);
	*p += bytes;
	return at;
}

/* Bytes of a text and its 0; 0 for none. */
static inline size_t bytes_with_end(const char *text)
{
	return text ? strlen(text) + 1 : 0;
}

/* The same event once more, in a ring that has room for it. */
static void copy_event(struct history *h, const struct vm_event *from)
{
	size_t ranges = from->nr_ranges * sizeof(*from->range);
	size_t name = bytes_with_end(from->name);
	size_t text[] = { bytes_with_end(from->text[0]), bytes_with_end(from->text[1]) };
	struct vm_event *e;
	char *data;

	e = next_event(h, ranges + name + text[0] + text[1], &data);
	if (!e)
		return;
	*e = *from;
	e->range = NULL;
	if (ranges)
		e->range = memcpy(data, from->range, ranges);
	data += ranges;
	e->name = put_event_text(&data, from->name, name);
	for (unsigned i = 0; i < 2; i++)
		e->text[i] = put_event_text(&data, from->text[i], text[i]);
}

static size_t power_of_two_from(size_t n)
{
	size_t power = 1;

	while (power < n)
		power *= 2;
	return power;
}

/*
 * An empty history for so many events: 0 or -ENOMEM.  Its memory does not grow with what
 * users do, so it is not counted as the machine's; it is the host's once it is used.
 */
static int history_init(size_t events, struct history *ret)
{
	size_t ring = power_of_two_from(events);
	size_t data = power_of_two_from(events * HISTORY_BYTES);

	if (data < DATA_MIN)
		data = DATA_MIN;
	*ret = (struct history){ .limit = events, .ring_mask = ring - 1, .data_mask = data - 1 };
	ret->ring = malloc(ring * sizeof(*ret->ring));
	ret->data = malloc(data);
	if (ret->ring && ret->data)
		return 0;
	history_deinit(ret);
	return -ENOMEM;
}

void history_deinit(struct history *h)
{
	free(h->ring);
	free(h->data);
	free(h->noted);
	*h = (struct history){ .limit = 0 };
}

int vmalloc_set_history(struct machine *m, size_t events)
{
	struct history *h = &m->vmlist->history;
	struct history fresh = { .limit = 0 }, old;
	int err = 0;

	if (events > HISTORY_EVENTS_MAX)
		events = HISTORY_EVENTS_MAX;
	if (events)
		err = history_init(events, &fresh);
	if (err)
		return err;
	lock_write(&m->vmlist->lock);
	if (events && h->head - h->tail > events)
		h->tail = h->head - events;
	fresh.head = fresh.tail = h->tail;
	note_data_end(&fresh);
	for (uint64_t at = h->tail; events && at != h->head; at++)
		copy_event(&fresh, &slot_at(h, at)->event);
	fresh.head = h->head;
	if (!events)
		forget_all(&fresh);
	old = *h;
	*h = fresh;
	atomic_store_explicit(&m->task_wanted, events != 0, memory_order_relaxed);
	vmlist_changed(m->vmlist);
	unlock_write(&m->vmlist->lock);
	history_deinit(&old);
	return 0;
}

size_t vmalloc_history(const struct machine *m)
{
	return atomic_load_explicit(&m->vmlist->history.limit, memory_order_relaxed);
}

/* --- areas ---------------------------------------------------------------------- */

/* When, who, and the policy; no more than that. */
static inline void sign_event(struct machine *m, struct vm_event *e, enum vm_event_what what)
{
	struct machine_task none;
	const struct machine_task *task = machine_task(m, &none);

	/* One by one: a compound literal would be made on the stack and copied. */
	e->us = task->us;
	e->old_addr = 0;
	e->old_size = 0;
	e->old_requested = 0;
	e->align = 0;
	e->text[0] = e->text[1] = NULL;
	e->range = NULL;
	e->nr_ranges = 0;
	e->pid = task->pid;
	e->what = (uint8_t)what;
	e->policy = (uint8_t)m->vmlist->tree.policy;
	e->before = e->after = VM_RANGE_AREA;
	e->depth = 0;
	memcpy(e->comm, task->comm, sizeof(e->comm));
}

/* An event of this area, where and as it is. */
static inline struct vm_event *area_event(struct machine *m, enum vm_event_what what,
					  const struct vm_struct *area)
{
	uint8_t depth;
	const struct vm_struct *root = array_root(area, &depth);
	size_t bytes = bytes_with_end(root->caller);
	struct vm_event *e;
	char *data;

	e = next_event(&m->vmlist->history, bytes, &data);
	if (!e)
		return NULL;
	sign_event(m, e, what);
	e->name = put_event_text(&data, root->caller, bytes);
	e->depth = depth;
	e->addr = area->addr;
	e->size = area->size;
	e->requested = root->requested_size;
	e->flags = area->flags & ~VM_UNINITIALIZED;
	return e;
}

void history_placed(struct machine *m, const struct vm_struct *area, const struct vm_struct *mover,
		    uint64_t align, enum vm_range_kind before)
{
	struct vm_event *e =
		area_event(m, mover ? VM_EVENT_RESERVE : VM_EVENT_ALLOC, mover ? mover : area);

	if (!e)
		return;
	e->addr = area->addr;
	e->size = area->size;
	e->align = align;
	e->before = (uint8_t)before;
}

void history_freed(struct machine *m, const struct vm_struct *area, enum vm_range_kind after)
{
	const struct history *h = &m->vmlist->history;
	bool undone = area->flags & VM_UNINITIALIZED;
	struct vm_event *e;

	if (h->moved)
		e = area_event(m, VM_EVENT_MOVE, h->moved);
	else
		e = area_event(m, undone ? VM_EVENT_ABANDON : VM_EVENT_FREE, area);
	if (!e)
		return;
	e->after = (uint8_t)after;
	if (!h->moved)
		return;
	e->old_addr = area->addr;
	e->old_size = area->size;
	e->old_requested = e->requested;
	e->size = h->moved_size;
	e->requested = h->moved_requested;
}

void history_resized(struct machine *m, const struct vm_struct *area, uint64_t old_size,
		     uint64_t size, uint64_t requested)
{
	struct vm_event *e = area_event(m, VM_EVENT_RESIZE, area);

	if (!e)
		return;
	e->size = size;
	e->old_size = old_size;
	e->old_requested = area->requested_size;
	e->requested = requested;
}

/* The area, which may be the page array of one that is renamed, has the name `was`. */
static void name_event(struct machine *m, const struct vm_struct *area, const char *was,
		       const char *name)
{
	size_t old = bytes_with_end(was), now = bytes_with_end(name);
	struct vm_event *e;
	char *data;

	e = next_event(&m->vmlist->history, old + now, &data);
	if (!e)
		return;
	sign_event(m, e, VM_EVENT_NAME);
	e->name = put_event_text(&data, name, now);
	e->text[0] = put_event_text(&data, was, old);
	e->addr = area->addr;
	e->size = area->size;
	e->requested = array_root(area, &e->depth)->requested_size;
	e->flags = area->flags & ~VM_UNINITIALIZED;
}

void history_named(struct machine *m, const struct vm_struct *area, const char *name)
{
	const struct vm_struct *array = area;
	uint8_t depth;

	while (array) {
		const struct vm_struct *of = array;

		name_event(m, array, array_root(area, &depth)->caller, name);
		array = gaptree_find(&m->vmlist->tree, of->pages.addr);
		if (array && array->array_of != of) /* a freed range's item is of no area */
			array = NULL;
	}
}

/* --- failures ------------------------------------------------------------------- */

void history_failed(struct machine *m, const struct search *r, const char *name)
{
	struct no_room why;
	size_t bytes[3];
	struct vm_event_range *window;
	struct vm_event *e;
	char *data;

	no_room_look(m, r, &why);
	bytes[0] = bytes_with_end(name);
	bytes[1] = bytes_with_end(why.left);
	bytes[2] = bytes_with_end(why.right);
	e = next_event(&m->vmlist->history, sizeof(*window) + bytes[0] + bytes[1] + bytes[2],
		       &data);
	if (!e)
		return;
	sign_event(m, e, VM_EVENT_FAIL);
	window = (struct vm_event_range *)(void *)data;
	*window = (struct vm_event_range){ .addr = r->start, .size = r->end - r->start };
	data += sizeof(*window);
	e->range = window;
	e->nr_ranges = 1;
	e->name = put_event_text(&data, name, bytes[0]);
	e->text[0] = put_event_text(&data, why.left, bytes[1]);
	e->text[1] = put_event_text(&data, why.right, bytes[2]);
	e->size = r->full;
	e->requested = r->size;
	e->align = r->align;
	e->modules = why.modules;
	e->old_addr = why.low;
	e->old_size = why.high - why.low;
	e->addr = 0;
	e->flags = 0;
	vmlist_changed(m->vmlist); /* for readers: nothing else has changed */
}

void vm_event_why(const struct vm_event *e, char *text)
{
	struct no_room why = {
		.search = { e->requested, e->size, e->align, e->range->addr,
			    e->range->addr + e->range->size },
		.modules = e->modules,
		.low = e->old_addr,
		.high = e->old_addr + e->old_size,
	};

	for (unsigned i = 0; i < 2; i++) {
		char *side = i ? why.right : why.left;

		strncpy(side, e->text[i] ? e->text[i] : "", sizeof(why.left) - 1);
	}
	no_room_print(&why, text);
}

/* --- what is said ------------------------------------------------------------------ */

/* Lock held. */
static void say_event(struct machine *m, const char *text)
{
	size_t bytes = bytes_with_end(text);
	struct vm_event *e;
	char *data;

	e = next_event(&m->vmlist->history, bytes, &data);
	if (!e)
		return;
	sign_event(m, e, VM_EVENT_SAY);
	e->text[0] = put_event_text(&data, text, bytes);
	e->name = NULL;
	e->addr = 0;
	e->size = 0;
	e->requested = 0;
	e->flags = 0;
	vmlist_changed(m->vmlist); /* for readers: nothing else has changed */
}

void vmalloc_say(struct machine *m, const char *text)
{
	lock_write(&m->vmlist->lock);
	if (history_is_on(&m->vmlist->history))
		say_event(m, text);
	unlock_write(&m->vmlist->lock);
}

/* --- ranges without areas --------------------------------------------------------- */

void history_note(struct machine *m, vaddr_t addr, uint64_t size, enum vm_range_kind before,
		  enum vm_range_kind after)
{
	struct history *h = &m->vmlist->history;
	size_t room = h->noted_room ? 2 * h->noted_room : NOTED_FIRST;
	struct vm_event_range *noted;

	if (h->nr_noted == h->noted_room) {
		noted = malloc(room * sizeof(*noted));
		if (!noted) {
			h->noted_lost = true;
			return;
		}
		if (h->nr_noted)
			memcpy(noted, h->noted, h->nr_noted * sizeof(*noted));
		free(h->noted);
		h->noted = noted;
		h->noted_room = room;
	}
	h->noted[h->nr_noted++] =
		(struct vm_event_range){ addr, size, (uint8_t)before, (uint8_t)after };
}

void history_settle(struct machine *m)
{
	struct history *h = &m->vmlist->history;

	for (size_t i = 0; i < h->nr_noted; i++)
		if (h->noted[i].before == VM_RANGE_WAITS &&
		    is_pooled(m->vmlist, gaptree_find(&m->vmlist->tree, h->noted[i].addr)))
			h->noted[i].after = VM_RANGE_POOLED;
}

void history_noted(struct machine *m, enum vm_event_what what)
{
	struct history *h = &m->vmlist->history;
	size_t bytes = h->nr_noted * sizeof(*h->noted);
	struct vm_event *e;
	vaddr_t start = UINT64_MAX, end = 0;
	char *data;

	if (h->noted_lost)
		bytes = SIZE_MAX / 2; /* as if there were no room for it */
	e = bytes ? next_event(h, bytes, &data) : NULL;
	if (e) {
		sign_event(m, e, what);
		e->range = memcpy(data, h->noted, bytes);
		e->nr_ranges = (uint32_t)h->nr_noted;
		for (size_t i = 0; i < h->nr_noted; i++) {
			const struct vm_event_range *r = &h->noted[i];

			start = r->addr < start ? r->addr : start;
			end = r->addr + r->size > end ? r->addr + r->size : end;
		}
		e->addr = start;
		e->size = end - start;
		e->name = NULL;
		e->requested = 0;
		e->flags = 0;
	}
	h->nr_noted = 0;
	h->noted_lost = false;
}
