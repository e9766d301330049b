/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Attributes of an inode.
 */
#include <errno.h>
#include <string.h>

#include "fs/inode/dir.h"
#include "fs/inode/inode.h"

#define SECOND INT64_C(1000000000)

int64_t inode_time(const struct timespec *t)
{
	const int64_t last = INT64_MAX / SECOND;

	if (t->tv_sec >= last)
		return last * SECOND;
	return t->tv_sec <= -last ? -last * SECOND : t->tv_sec * SECOND + t->tv_nsec;
}

struct timespec inode_timespec(int64_t time)
{
	int64_t ns = time % SECOND;

	if (ns < 0)
		ns += SECOND;
	return (struct timespec){ (time - ns) / SECOND, ns };
}

int64_t inode_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME_COARSE, &now);
	return inode_time(&now);
}

/* Relatime: once after each change, and once a day. Inode's lock held. */
static bool atime_is_due(const struct inode *inode)
{
	if (inode->mtime >= inode->atime || inode->ctime >= inode->atime)
		return true;
	return inode->atime < inode_now() - 24 * 60 * 60 * SECOND;
}

void inode_lock_to_read(struct fs *fs, struct inode *inode)
{
	inode_lock_shared(inode);
	if (fs->config.noatime || !atime_is_due(inode))
		return;
	inode_unlock_shared(inode);
	inode_lock(inode);
	inode->atime = inode_now();
	inode_unlock(inode);
	inode_lock_shared(inode);
}

void inode_modified(struct inode *inode)
{
	inode->mtime = inode->ctime = inode_now();
}

void inode_dir_modified(struct inode *dir)
{
	inode_lock(dir);
	inode_modified(dir);
	inode_unlock(dir);
}

void inode_kill_suid(struct inode *inode)
{
	inode->mode &= (uint16_t)~S_ISUID;
	if (inode->mode & S_IXGRP)
		inode->mode &= (uint16_t)~S_ISGID;
}

void inode_stat(struct fs *fs, struct inode *inode, struct stat *st)
{
	nlink_t nlink;

	memset(st, 0, sizeof(*st));
	if (inode->ops && inode->ops->size)
		inode->ops->size(fs, inode, st);

	handover_lock(&fs->tree_lock);
	nlink = inode_is_dir(inode) ? dir_nlink(inode) : !inode->unlinked;
	pthread_mutex_unlock(&fs->tree_lock);

	inode_lock_shared(inode);
	st->st_ino = inode->ino;
	st->st_mode = inode->mode;
	st->st_nlink = nlink;
	st->st_uid = inode->uid;
	st->st_gid = inode->gid;
	st->st_blksize = PAGE_SIZE;
	st->st_atim = inode_timespec(inode->atime);
	st->st_mtim = inode_timespec(inode->mtime);
	st->st_ctim = inode_timespec(inode->ctime);
	inode_unlock_shared(inode);
}

int inode_set_size(struct fs *fs, struct inode *inode, off_t size, bool by_root)
{
	bool changed;
	int err;

	if (inode_is_dir(inode))
		return -EISDIR;
	if (!inode->ops->resize)
		return -EPERM;
	changed = (uint64_t)size != inode->size;
	err = size < 0 ? -EINVAL : inode->ops->resize(fs, inode, (uint64_t)size);
	if (err)
		return err;
	if (changed)
		inode_modified(inode);
	if (!by_root)
		inode_kill_suid(inode);
	return 0;
}
