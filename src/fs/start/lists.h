/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What vmallocfs prints for --list=NAME: the words that its options and its knobs
 * have, taken from the tables that the program itself uses.  Shells complete a
 * command line with them.
 */
#ifndef FS_LISTS_H
#define FS_LISTS_H

/* 0; -EINVAL for an unknown NAME, or -EIO, after one line on stderr. */
int lists_print(const char *name);

#endif
