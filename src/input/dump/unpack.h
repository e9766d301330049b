/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files for readers that seek in them, some of which were packed as a whole.
 */
#ifndef INPUT_UNPACK_H
#define INPUT_UNPACK_H

struct dump_progress;

/*
 * If *fd is a gzip or zstd file, puts in its place one that holds what it
 * unpacks to, has no name, and is at its beginning; *fd is closed then.  Any
 * other file is left as it is, and so is one that does not seek.  progress may
 * be NULL.  0 or -errno, and then *error says what is wrong (for g_free).
 */
int unpack_file(int *fd, const struct dump_progress *progress, char **error);

/*
 * Opens a regular file for reading: a descriptor, or -1 without a word.  Nothing else is
 * opened: to open a pipe may wait, and what is read from it is gone.
 */
int open_regular(const char *path);

#endif
