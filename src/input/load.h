/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Booting a machine with the areas of another one: `-o load=FILE`.
 */
#ifndef INPUT_LOAD_H
#define INPUT_LOAD_H

#include <vmallocfs/machine.h>

#include "input/listing.h"

/*
 * Checks whether a simulated machine can hold the addresses of a listing: 0, or
 * -EINVAL, and then *error says why it cannot, and which program reads the listing
 * all the same (for g_free).
 */
int load_check(const struct listing *l, char **error);

/* True if a machine with that much RAM can have an area there, apart from its direct map. */
bool load_can_place(const struct listed *a, uint64_t ram_size);

/* How many bytes of RAM a machine with that many nodes needs for all areas. */
uint64_t load_memory(const struct listing *l, unsigned nodes);

/*
 * Makes the areas of a listing in a machine that has no areas yet.  0 or -errno;
 * then *error is one line without newline that says what is wrong and what to do
 * (for g_free), and the machine has no areas.  The machine's log says what came in
 * and what was left out.
 *
 *	-EINVAL			not for this machine: as load_check()
 *	-ENOMEM			the machine has too few frames, or the host no memory
 *	-EEXIST			the machine already has an area there
 */
int load_listing(struct machine *m, const struct listing *l, char **error);

/* The same of a file; also what listing_read() returns. */
int load_file(struct machine *m, const char *path, char **error);

#endif
