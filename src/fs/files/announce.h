/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Texts whose st_size the kernel remembers: it has to hear when they read
 * otherwise.
 */
#ifndef FS_ANNOUNCE_H
#define FS_ANNOUNCE_H

#include <stdint.h>

struct fs;
struct inode;

/* A number that changes with the machine and with the options of the mount. */
uint64_t text_generation(struct fs *fs);

/* The kernel is about to be told the size of this text.  To be called before it is taken. */
void text_told(struct fs *fs, struct inode *inode);

/*
 * Before any reply to a request that may have changed what a text says: the
 * kernel forgets the sizes that it was told of texts that now read otherwise.
 * Cheap when there are none.  May be called with an inode's lock held.
 */
void texts_announce(struct fs *fs);

#endif
