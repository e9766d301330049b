/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Copies of texts: made at the first read of an open, shared by all opens that
 * read while nothing has changed, and counted.
 *
 *	open 1 --.
 *	open 2 --+-> copy, made at generation 7
 *	open 3 ----> copy, made at generation 9  <-- text->last
 *
 * 1. The problem.  An open shows one text to its end, also when the machine
 *    changes meanwhile.  So a user who opens a file again and again while another
 *    one changes the machine has as many texts in our memory as descriptors.
 *
 * 2. The rule.  A copy counts for the user whose open was the first to take it, as
 *    long as some open has it.  The copies of one user may take TEXTS_MAX bytes
 *    together; past that a read fails with ENOMEM.  A user who has none yet may take
 *    one of any size: a listing of millions of areas can always be read.
 *
 *    Texts of more than 16 KiB also count against hostmem= from when they are made to
 *    when they are freed, and are refused with ENOMEM where that is reached.
 *
 * 3. What goes back.  The copy made last is kept for the next open, if it is not
 *    large.  When much less is in use than was for a while, the C library is asked
 *    to give what is free back to the host.
 */
#ifndef FS_TEXT_COPY_H
#define FS_TEXT_COPY_H

#include <glib.h>
#include <stdbool.h>
#include <sys/types.h>

#include "fs/files/text.h"

/* Bytes that the texts of one user's opens may take. */
#define TEXTS_MAX (UINT64_C(256) << 20)

/*
 * The text as it is now, made unless there is one: 0 or -ENOMEM.  It has to be
 * given back.  Inode's lock held for writing.
 */
int text_take(struct fs *fs, struct inode *inode, uid_t uid, struct text_copy **ret);
void text_give_back(struct fs *fs, struct inode *inode, struct text_copy *copy);

GBytes *text_bytes(const struct text_copy *copy);

/* The same for one look, and for no user: a reference, or NULL.  Inode's lock held for writing. */
GBytes *text_look(struct fs *fs, struct inode *inode);

/* The length of the text now; 0 if the host has no memory. Inode's lock held for writing. */
uint64_t text_length(struct fs *fs, struct inode *inode);

#endif
