/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A machine that begins with another one's areas: `-o load=FILE`.
 */
#ifndef INPUT_LOAD_H
#define INPUT_LOAD_H

#include <vmallocfs/machine.h>

#include "input/listing.h"

/*
 * Whether a machine like these can hold the addresses of a listing: 0, or
 * -EINVAL and *error says why not, and what reads the listing all the same (for
 * g_free).
 */
int load_check(const struct listing *l, char **error);

/* True if a machine with that much RAM can have an area there: nothing of its own is in the way. */
bool load_can_place(const struct listed *a, uint64_t ram_size);

/* Bytes of RAM with which a machine of that many nodes has room for all areas. */
uint64_t load_memory(const struct listing *l, unsigned nodes);

/*
 * Gives a machine that has no areas yet those of a listing.  0 or -errno; then
 * *error is one line without newline that says what is wrong and what to do
 * (for g_free), and the machine has no areas.  What came in and what was left
 * out is told in the machine's log.
 *
 *	-EINVAL			not for this machine: as load_check()
 *	-ENOMEM			the machine has too few frames, or the host no memory
 *	-EEXIST			the machine already has an area there
 */
int load_listing(struct machine *m, const struct listing *l, char **error);

/* The same of a file; also what listing_read() returns. */
int load_file(struct machine *m, const char *path, char **error);

#endif
