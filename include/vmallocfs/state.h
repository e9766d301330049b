/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keeping a machine: its memory as it was at one moment.
 *
 *	frames	  [used][used][free][used, never written][free][used]
 *	moment	    0     1                  2                    3	slots
 *
 * A moment knows the frames that were in use when it began, in ascending order,
 * and gives their bytes of then, while the machine goes on.  Nothing is copied
 * when it begins: each frame in use that may hold something gets a mark (PG_moment),
 * and whoever writes to a marked frame, gives its bytes back to the host or zeroes it
 * copies it first and takes the mark off.  So reading the
 * moment costs copies of what is written meanwhile, and no more.
 *
 *	int err = vmalloc_moment_begin(m, &mo);		// nothing else runs
 *	for (slot = 0; slot < moment_frames(mo); slot++)
 *		err = moment_read(mo, slot, 1, buf);	// meanwhile all goes on
 *	moment_end(mo);
 */
#ifndef VMALLOCFS_STATE_H
#define VMALLOCFS_STATE_H

#include <vmallocfs/page.h>

VMALLOCFS_BEGIN_DECLS

struct moment;

/* n frames in a row, with descriptors that are alike. */
struct moment_run {
	pfn_t pfn;
	uint64_t n;
	uint64_t slot; /* of the first one */
	uint32_t owner;
	uint32_t refcount;
	/*
	 * PG_ bits.  Without PG_dirty the frames are zeros; with PG_unread as well the bytes are in
	 * the machine's frame_source.
	 */
	uint8_t flags;
};

/*
 * Begins a moment.  The caller keeps all other threads out of the machine, except
 * for pages_give_back(), until it returns.  0, -EBUSY (there are two already),
 * -ENOMEM (the host's memory, or the machine's limit on it).
 *
 * Frames and references that only a vma has are not in it: a vma is a process's,
 * and no process is kept.
 */
int vmalloc_moment_begin(struct machine *m, struct moment **ret);

/* The same of a machine without an address space. */
int moment_begin(struct machine *m, struct moment **ret);

/* Forgets it.  Any thread, while others use the machine. */
void moment_end(struct moment *mo);

/* The frames that it has, in runs by ascending frame number.  They stay until moment_end(). */
const struct moment_run *moment_runs(const struct moment *mo, size_t *n);
uint64_t moment_frames(const struct moment *mo);

/* The run of a slot, which exists; that of a frame, or NULL if the frame was free. */
const struct moment_run *moment_run_at(const struct moment *mo, uint64_t slot);
const struct moment_run *moment_run_of(const struct moment *mo, pfn_t pfn);

/*
 * The bytes of n frames from a slot on, as they were.  0, or -EIO: a copy would
 * have passed the limit on the host's memory, and the moment is lost for good; or a
 * loaded dump cannot give its bytes.  The log says so.  Any thread.
 */
int moment_read(struct moment *mo, uint64_t slot, size_t n, void *buf);

VMALLOCFS_END_DECLS

#endif
