/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The files of a mount as bytes: the part FILE of an image (doc/image.md).
 */
#ifndef FS_FILES_STATE_H
#define FS_FILES_STATE_H

#include <vmallocfs/state.h>

struct fs;

/* No other request is inside (requests/door.h). */
void files_save(struct fs *fs, struct state_out *o);

/*
 * Makes the files that were saved, in a mount that was just made of the machine with
 * their areas; no other thread is there.  Areas of files that had no name any more
 * are freed.  0, -EINVAL (in->wrong says what is) or -ENOMEM.
 */
int files_load(struct fs *fs, struct state_in *in);

#endif
