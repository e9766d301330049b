/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Why a range found no place: one line for the log.
 */
#ifndef VMALLOC_NOROOM_H
#define VMALLOC_NOROOM_H

#include "vmalloc/vmlist.h"

/* Bytes of the longest such line, its 0 included; it fits in a record of the log. */
#define NO_ROOM_MAX VM_NO_ROOM_MAX
#define NO_ROOM_NAME 304

/* What a search is for: bytes as the caller said them, and what became of them. */
struct search {
	uint64_t size; /* beside the guard */
	uint64_t full; /* whole pages, with the guard if it has one; 0: more than 64 bits can say */
	uint64_t align; /* a power of two, or 0: as it comes */
	vaddr_t start;	/* the window, as for place_area */
	vaddr_t end;
};

/* What the line says. */
struct no_room {
	struct search search;
	bool modules; /* the window is that of modules */
	vaddr_t low;  /* the largest hole; low == high: the window has no hole */
	vaddr_t high;
	char left[NO_ROOM_NAME]; /* what lies on its two sides */
	char right[NO_ROOM_NAME];
};

/* Looks for the largest hole of the window, and its neighbours.  Lock held. */
void no_room_look(struct machine *m, const struct search *r, struct no_room *ret);

/* Writes the line into text[NO_ROOM_MAX], and a 0. */
void no_room_print(const struct no_room *n, char *text);

/*
 * Writes another line: what would be enough.  O(n).  Lock held.
 */
void no_room_help(struct machine *m, const struct search *r, char *text);

/*
 * The name of the area, or the kind of the range, that the index has at addr, where it
 * begins: into text[NO_ROOM_NAME], safe for a line, and cut.  Lock held.
 */
void name_range(char *text, const struct vm_struct *area, vaddr_t addr);

#endif
