/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Texts whose st_size the kernel remembers: it has to hear when they read
 * otherwise.
 */
#ifndef FS_ANNOUNCE_H
#define FS_ANNOUNCE_H

#include "fs/files/text.h"

struct fs;

/* As it is now, of the machine and of the options of the mount; zones is 0. */
struct text_generation text_generation(struct fs *fs);

/* The kernel is about to be told the size of this text.  To be called before it is taken. */
void text_told(struct fs *fs, struct text *text);

/*
 * Before any reply to a request that may have changed what a text says: the
 * kernel forgets the sizes that it was told of texts that now read otherwise.
 * Cheap when there are none.  May be called with an inode's lock held.
 */
void texts_announce(struct fs *fs);

#endif
