/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The bytes of a dump as the source of a machine's frames.
 */
#ifndef INPUT_LOAD_SOURCE_H
#define INPUT_LOAD_SOURCE_H

#include <vmallocfs/page.h>

#include "input/dump/dump_file.h"

struct load_source;

/*
 * For a machine that no other thread knows yet; keeps the file open.  strict: what the dump
 * left out cannot be read, and else it is zeros.  NULL: no memory.
 */
struct load_source *load_source_new(struct machine *m, struct dump_file *file, bool strict);
void load_source_free(struct load_source *s);

/* The bytes of a frame of the machine, which is not written yet, are those of the dump's frame. */
void load_source_add(struct load_source *s, pfn_t pfn, uint64_t theirs);

/* Makes it the machine's source, which then owns it, and says in the log what there is. */
void load_source_attach(struct load_source *s);

#endif
