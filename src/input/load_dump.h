/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a crash dump says of its areas beyond where they are.
 */
#ifndef INPUT_LOAD_DUMP_H
#define INPUT_LOAD_DUMP_H

#include <vmallocfs/machine.h>

#include "input/listing.h"

/*
 * Copies the bytes of the dump's frames into those of the areas that were loaded
 * from its listing, and makes pages read-only or executable that were so.  A
 * frame that the dump left out reads as zeros.  How many there were of each is
 * told in the machine's log.
 */
void load_dump_content(struct machine *m, const struct listing *l);

#endif
