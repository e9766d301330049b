/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Texts whose st_size the kernel remembers.
 *
 * The kernel keeps the size until it hears otherwise: opening the file would
 * cost a second request, for the attributes, if it did not.  So two threads may
 * meet here, one that tells a size (T) and one that changes the machine (C):
 *
 *	T1  nr_told++, told_at = now		C1  change the machine, and with
 *	T2  make the text, reply its size	    it a counter of the generation
 *						C2  look at nr_told; unless it is 0,
 *						    compare told_at, tell the kernel
 *
 * Either C2 sees T1's note, and the kernel forgets the size; or T1 came after C2,
 * and then T2 sees C1's change.  For this to be true there has to be a full barrier
 * between T1's store and T2's loads, and one between C1's store and C2's load:
 * otherwise both threads could look before the other one's store is there.  T's
 * barrier is the addition to nr_told, C's is the load of nr_told together with the
 * locked instruction, or the lock, with which the core changed its counter; both
 * accesses to nr_told are sequentially consistent.  Release and acquire alone would
 * let a load overtake the store before it.
 */
#include <string.h>

#include "fs/files/announce.h"
#include "fs/files/text.h"
#include "fs/inode/inode.h"

struct text_generation text_generation(struct fs *fs)
{
	return (struct text_generation){
		.machine = show_generation_now(fs->m),
		.map_width = fs->options.map_width,
		.map_ascii = fs->options.map_ascii,
	};
}

void text_told(struct fs *fs, struct text *text)
{
	handover_lock(&fs->texts_lock);
	if (!text->told)
		atomic_fetch_add(&fs->nr_told, 1);
	text->told = true;
	text->told_at = text_generation(fs);
	pthread_mutex_unlock(&fs->texts_lock);
}

/* One whose size the kernel should forget, which is told of none from here on; or NULL. */
static struct inode *next_stale(struct fs *fs)
{
	struct text_generation now;
	struct inode *ret = NULL;

	handover_lock(&fs->texts_lock);
	now = text_generation(fs);
	for (guint i = 0; i < fs->texts->len && !ret; i++) {
		struct text *text = g_ptr_array_index(fs->texts, i);

		if (!text->told || !memcmp(&text->told_at, &now, sizeof(now)))
			continue;
		text->told = false;
		atomic_fetch_sub(&fs->nr_told, 1);
		ret = text->inode;
	}
	pthread_mutex_unlock(&fs->texts_lock);
	return ret;
}

void texts_announce(struct fs *fs)
{
	struct inode *inode;

	/* Attributes alone: this waits for no page, and may be done from a request. */
	while (atomic_load(&fs->nr_told) && (inode = next_stale(fs)))
		fuse_lowlevel_notify_inval_inode(fs->se, inode->id, -1, 0);
}
