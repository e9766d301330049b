/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Texts whose st_size the kernel remembers.
 *
 * The kernel keeps the size until it hears otherwise: opening the file would
 * cost a second request, for the attributes, if it did not.  So two threads may
 * meet here, one that tells a size (T) and one that changes the machine (C):
 *
 *	T1  told_at = generation + 1		C1  change the machine, and with
 *	T2  make the text, reply its size	    it the generation
 *						C2  look at told_at; if it is set and
 *						    not that of now, tell the kernel
 *
 * Either C2 sees T1's note, and the kernel forgets the size; or T1 came after C2,
 * and then T2 sees C1's change.  It takes a full barrier between T1 and T2, and
 * one between C1 and C2, for this to be true: told_at and the counters behind the
 * generation are sequentially consistent atomics, so that all threads see the four
 * steps in one order.  With release and acquire alone both could miss the other.
 */
#include "fs/files/announce.h"
#include "fs/inode/inode.h"

/* The options stand in bits that no count of events reaches. */
uint64_t text_generation(struct fs *fs)
{
	uint64_t width = fs->options.map_width;
	uint64_t ascii = fs->options.map_ascii;

	return show_generation(fs->m) ^ width << 48 ^ ascii << 62;
}

void text_told(struct fs *fs, struct inode *inode)
{
	inode->told_at = text_generation(fs) + 1;
}

void texts_announce(struct fs *fs)
{
	for (guint i = 0; i < fs->sized->len; i++) {
		struct inode *inode = g_ptr_array_index(fs->sized, i);
		uint64_t told_at = inode->told_at;

		/*
		 * Attributes alone: this waits for no page, and may be done from
		 * a request.
		 */
		if (told_at && told_at != text_generation(fs) + 1 &&
		    atomic_compare_exchange_strong(&inode->told_at, &told_at, 0))
			fuse_lowlevel_notify_inval_inode(fs->se, inode_id(fs, inode), -1, 0);
	}
}
