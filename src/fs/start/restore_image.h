/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * -o restore=FILE: a machine and its files out of an image.
 */
#ifndef FS_RESTORE_IMAGE_H
#define FS_RESTORE_IMAGE_H

#include "fs/start/options.h"
#include "input/image/image.h"

enum { EXIT_OK = 0, EXIT_REFUSED = 1, EXIT_USAGE = 2 };

/*
 * The machine with its address space, without files.  EXIT_OK, or what the program
 * ends with after one line on stderr.  The image is for restore_files(), and then to
 * be closed.
 */
int restore_boot(const struct options *o, struct machine **ret, struct image **image);

/* Its files, in a mount that was just made, and then the knobs and the log. */
int restore_files(const struct options *o, struct fs *fs, struct image *image);

#endif
