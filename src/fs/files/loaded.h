/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * loaded/: a file for each area that a layout or a dump brought.
 */
#ifndef FS_LOADED_H
#define FS_LOADED_H

#include <stdbool.h>
#include <stddef.h>

struct fs;
struct vm_struct;

/*
 * Makes the directory and its files, if the machine has any such area.  No other
 * thread is there yet.  The files add to those that can be made.  False: the host has no
 * memory, or would pass its limit; fs_destroy() frees what is made.
 */
bool loaded_build(struct fs *fs);

/*
 * The path of an area's file, "loaded/0xADDR-SYMBOL", cut to len bytes with its
 * NUL.  Only areas with VM_SYMBOL have one.
 */
void loaded_path(const struct vm_struct *area, char *path, size_t len);

#endif
