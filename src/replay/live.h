/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The areas that are allocated at a point of the trace, by what the trace
 * calls them: a name, or the address they had in the kernel that recorded it.
 *
 *	"n1" --+			slot	run 0	run 1
 *	"n7" --|--> struct live --->	  0	addr	addr
 *	0xffffc9... --+			  1	addr	addr
 *
 * An area has a slot, a small number that is given again when the area is
 * freed.  A run keeps the area's place in its own machine by that number, so
 * that one look-up serves all runs.  An area without an address in one machine
 * (no place was found) has its slot all the same.
 */
#ifndef REPLAY_LIVE_H
#define REPLAY_LIVE_H

#include <glib.h>
#include <vmallocfs/types.h>

struct live {
	const char *name; /* NULL: known by addr */
	uint64_t addr;	  /* in the recording kernel */
	guint hash;
	uint32_t slot;
	bool paged;	    /* has frames, and so a page array */
	uint64_t size;	    /* as asked for */
	uint64_t capacity;  /* paged: entries of its page array */
	struct live *array; /* the area that its page array is, or NULL */
	char text[];
};

struct live_table {
	GHashTable *set;
	GArray *free_slots; /* uint32_t */
	uint32_t nr_slots;  /* ever in use at one time */
	uint64_t most;	    /* areas at one time */
	GPtrArray *gone;    /* struct live: removed since the last one was added; NULL: not kept */
};

/* keep_gone: live_table.gone is wanted. */
void live_table_init(struct live_table *t, bool keep_gone);
void live_table_deinit(struct live_table *t);

/* The area of that name, or (name NULL) of that address; NULL if it is not allocated. */
struct live *live_find(const struct live_table *t, const char *name, uint64_t addr);

/* Adds an area that is not in the table yet. A page array has neither name nor address. */
struct live *live_add(struct live_table *t, const char *name, uint64_t addr);
struct live *live_add_array(struct live_table *t);

/* Removes an area and frees its slot.  An array is in no table. */
void live_remove(struct live_table *t, struct live *l);
void live_remove_array(struct live_table *t, struct live *l);

/* How many areas there are, without page arrays. */
static inline guint live_count(const struct live_table *t)
{
	return g_hash_table_size(t->set);
}

/* Calls fn for all areas, in no order, but not for their page arrays. */
typedef void live_fn(void *arg, const struct live *l);
void live_each(const struct live_table *t, live_fn *fn, void *arg);

/*
 * Removes all, in no order, each after a call of fn (may be NULL), which must not
 * change the table.
 */
void live_drain(struct live_table *t, live_fn *fn, void *arg);

#endif
