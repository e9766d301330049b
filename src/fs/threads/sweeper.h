/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The sweeper: a thread that gives free frames back to the host once a second,
 * those that were not needed in that second (pages_give_back).  It holds no lock
 * of the filesystem and answers no request.
 */
#ifndef FS_SWEEPER_H
#define FS_SWEEPER_H

struct fs;

/* 0 or -errno. */
int sweeper_start(struct fs *fs);

/* Ends the thread, if there is one. */
void sweeper_stop(struct fs *fs);

#endif
