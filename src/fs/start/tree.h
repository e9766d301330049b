/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The part of the tree that is always there.
 */
#ifndef FS_TREE_H
#define FS_TREE_H

#include <stdbool.h>

struct fs;

/*
 * Makes the root, the directories and the fixed files.  No other thread is there yet.
 * False: the host has no memory, or would pass its limit; fs_destroy() frees what is made.
 */
bool tree_build(struct fs *fs);

#endif
