/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a crash dump says of its areas beyond where they are: the leaves that its page
 * tables have there, which of them lead to one frame, and the bytes.
 *
 *	dump's frame 0x7804 --- leaf of A ---.
 *	     |              \-- leaf of B ---+--> frame 0x1016 here, in A and in B
 *	     `--- its bytes, when it is touched first --^
 *
 * Frames have other numbers here: this machine has no holes in its RAM, and only the
 * areas' frames come along.
 */
#ifndef INPUT_LOAD_DUMP_H
#define INPUT_LOAD_DUMP_H

#include <vmallocfs/vmalloc.h>

#include "input/listing.h"

struct load_dump;

/* True if the listing is of a dump whose page tables can be walked. */
bool load_dump_has_tables(const struct listing *l);

/*
 * How many frames all areas of such a listing take at most, and how many page tables.
 * 0, or -EINVAL with *error (for g_free): its page tables lead in circles.
 */
int load_dump_measure(const struct listing *l, uint64_t *frames, uint64_t *tables, char **error);

/* One past the highest node that has a frame of any area. */
unsigned load_dump_nodes(const struct listing *l);

/* Begins to load such a listing. NULL: no memory. */
struct load_dump *load_dump_begin(struct machine *m, const struct listing *l);

/*
 * Gives the description of an area the leaves that it had, in memory that is valid until the
 * next call.  0 or -ENOMEM.
 */
int load_dump_area(struct load_dump *load, const struct listed *a, struct vm_restore *r);

/*
 * Ends it.  If it is `done`, the dump's bytes are the source of the machine's frames from now
 * on, and its log says how many pages have them.  A page that the dump left out
 * reads as zeros; an option strict of the listing makes reading it an error.
 */
void load_dump_end(struct load_dump *load, bool done);

#endif
