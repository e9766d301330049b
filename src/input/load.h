/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Booting a machine with the areas of another one: `-o load=FILE`.
 */
#ifndef INPUT_LOAD_H
#define INPUT_LOAD_H

#include <vmallocfs/machine.h>

#include "input/listing.h"

/* What of a machine's configuration is decided, and is not the layout's to choose. */
struct load_decided {
	bool arch;
	bool vmalloc;
	bool modules;
	bool memory;
	bool nodes;
	bool strict; /* windows that no machine can have are an error, and not left out */
};

/*
 * Makes a configuration one in which the areas of a listing can lie where they lay:
 * with the form of page tables that holds their addresses, the windows of their
 * kernel, and memory with some room on top.  What is decided stays as it is.  Windows
 * that no such machine can have are left out, and the listing's summary says so.
 * 0, or -EINVAL if no machine here can hold the listing's addresses; *error says
 * why, and what reads the listing all the same (for g_free).
 */
int load_configure(struct listing *l, const struct load_decided *decided,
		   struct machine_config *config, char **error);

/* True if a machine booted like that can have an area there: nothing of its own is in the way. */
bool load_can_place(const struct listed *a, const struct machine_config *config);

/*
 * Makes the areas of a listing in a machine that has no areas yet.  0 or -errno;
 * then *error is one line without newline that says what is wrong and what to do
 * (for g_free), and the machine has no areas.  The machine's log says what came in
 * and what was left out.
 *
 *	-EINVAL			not for this machine: as load_configure()
 *	-ENOMEM			the machine has too few frames, or the host no memory
 *	-EEXIST			the machine already has an area there
 */
int load_listing(struct machine *m, const struct listing *l, char **error);

/* The same of a file; also what listing_read() returns. */
int load_file(struct machine *m, const char *path, char **error);

#endif
