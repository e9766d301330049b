/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the machine layer does for moments: keeping a frame's bytes before they change.
 */
#ifndef MACHINE_MOMENT_H
#define MACHINE_MOMENT_H

#include <vmallocfs/state.h>

struct moment {
	struct machine *m;
	unsigned i; /* in m->moment */
	struct moment_run *run;
	size_t n;
	size_t room;
	uint64_t frames;
	unsigned char *copies;
	uint64_t *copied;   /* a bit for each slot; under moment_lock */
	uint64_t nr_copies; /* under moment_lock */
	bool failed;	    /* likewise */
};

static inline uint64_t *copied_word(const struct moment *mo, uint64_t slot)
{
	return &mo->copied[slot / 64];
}

/*
 * Copies a frame that is marked for the moments that have no copy yet, and takes the
 * mark off.
 * moment_lock is taken, and the log's.
 */
void moment_keep(struct machine *m, pfn_t pfn);

/* Before bytes of a frame are changed that is known to be dirty, or is a table. */
static inline void page_before_change(struct machine *m, pfn_t pfn)
{
	if (atomic_load_explicit(&pfn_to_page(m, pfn)->flags, memory_order_acquire) & PG_moment)
		moment_keep(m, pfn);
}

#endif
