/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Making the kernel forget names, and pages, that ctl has removed.
 *
 * 1. The problem.  The kernel keeps names and attributes for an hour, because all
 *    changes come through it.  A line of ctl removes a file without that, so the
 *    kernel has to be told before the write to ctl is answered.  Otherwise `ls`
 *    would still find the name.
 *
 * 2. Telling it takes locks of the kernel.  To forget a name it takes the lock of
 *    the directory.  A process that makes or removes a file there holds this lock
 *    until we have answered its request.
 *
 *    An example.  Process A writes "vfree a" to ctl; B does `touch b` in the same
 *    directory and has its lock.  With -s the thread that runs A's line would wait
 *    for the directory, so for B, whose CREATE no thread reads.  So a thread of its
 *    own tells the kernel, holds no lock of ours, and then answers A.
 *
 *    The lock is also what makes it right: a lookup that was answered before the
 *    name went holds it too, so what that brings into the cache is found and
 *    dropped.
 *
 * 3. It is not the coherence thread.  A process that writes to a file holds the
 *    file's lock in the kernel, and the coherence thread may have to answer it.  A
 *    process that renames the file waits for that lock, and holds the directory's.
 *    One thread for both jobs would wait for the directory, the directory for the
 *    writer, and the writer for the thread.  Only writers to ctl wait for the
 *    forgetting thread.
 *
 * 4. The guard.  While a write to ctl waits for its answer, the kernel keeps ctl's
 *    inode locked.  `rm ctl` locks the root directory and then ctl's inode, before
 *    it asks us.  So the forgetting thread waits for the directory, the remover
 *    for the writer, and the writer for the forgetting thread.
 *
 *    So a second thread looks whether the first one makes progress.  If it took no
 *    step for 250 ms, the guard answers the writes to ctl that wait.  Then the
 *    remover goes on and is refused, and the names are forgotten a moment after
 *    the answer.  The time only has to be longer than a step takes when nothing is
 *    wrong, which is microseconds, also on a busy host, where a thread may not run
 *    for some ten milliseconds; and short enough that a person who types `rm ctl`
 *    sees no hang.
 */
#ifndef FS_FORGET_H
#define FS_FORGET_H

#include "fs/inode/inode.h"

/*
 * What the kernel has to forget: a name that is gone (dir, name, and the id of the
 * file that had it), or, if name is NULL, all it knows of the file `id`.
 */
struct stale {
	fuse_ino_t dir;
	fuse_ino_t id;
	char *name;
};

/* An array of struct stale that frees its names. */
GArray *stale_new(void);

/*
 * Has the kernel forget all in `stale`, which is ours from here on, and then
 * answers the request: with `done` bytes written, or with the error -done.  A
 * flush has 0 bytes.  A NULL req needs no answer.
 */
void forget_names(struct fs *fs, fuse_req_t req, GArray *stale, ssize_t done, bool flush);

/* Answers a write or a flush, as above. */
void forget_answer(fuse_req_t req, ssize_t done, bool flush);

/* Called by fs_start(), fs_stop() and fs_destroy(). */
int forget_start(struct fs *fs); /* 0 or -errno */
void forget_stop(struct fs *fs);
void forget_free(struct fs *fs);

#endif
