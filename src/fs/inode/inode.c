/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Inodes: making them, counting who needs them, and what stat(2) says of them.
 * inode.h has the model, dir.c the names.
 */
#include <errno.h>
#include <string.h>

#include "fs/threads/coherence.h"
#include "fs/threads/forget.h"
#include "fs/inode/inode.h"
#include "fs/files/trace_pipe.h"
#include "show/show.h"

struct timespec inode_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME_COARSE, &now);
	return now;
}

struct inode *inode_new(struct fs *fs, const struct file_ops *ops, mode_t mode, uid_t uid,
			gid_t gid)
{
	struct inode *inode = g_new0(struct inode, 1);

	inode->ops = ops;
	inode->nid = NUMA_NO_NODE;
	inode->unlinked = true;
	inode->nheld = 1;
	inode->ino = ++fs->last_ino;
	inode->mode = mode;
	inode->uid = uid;
	inode->gid = gid;
	inode->atime = inode->mtime = inode->ctime = inode_now();
	pthread_rwlock_init(&inode->lock, NULL);
	if (!ops)
		inode->dir = dir_new();
	fs->nr_inodes++;
	LIST_INSERT_HEAD(&fs->all, inode, all);
	return inode;
}

/*
 * Nobody knows the inode any more.  Whoever answered its last reader may be
 * about to let go of the lock.
 */
static void inode_give_back(struct fs *fs, struct inode *inode)
{
	pthread_rwlock_wrlock(&inode->lock);
	if (inode->ops && inode->ops->free && !inode->gone)
		inode->ops->free(fs, inode);
	inode->gone = true;
	pthread_rwlock_unlock(&inode->lock);
}

/* The area is given back, and the inode is on no list. */
static void inode_destroy(struct fs *fs, struct inode *inode)
{
	vma_destroy(fs->m, inode->vma);
	g_clear_pointer(&inode->made, g_bytes_unref);
	g_clear_pointer(&inode->dir, dir_free);
	pthread_rwlock_destroy(&inode->lock);
	g_free(inode->name);
	g_free(inode);
}

static void inode_free(struct fs *fs, struct inode *inode)
{
	/* While it is on the list: an area that is a file's can be found there. */
	inode_give_back(fs, inode);
	pthread_mutex_lock(&fs->tree_lock);
	LIST_REMOVE(inode, all);
	fs->nr_inodes--;
	pthread_mutex_unlock(&fs->tree_lock);
	inode_destroy(fs, inode);
}

/* For how long a lost race is remembered, in seconds. */
#define RACING 2

static int64_t uptime(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	return now.tv_sec;
}

void inode_looked_up(struct fs *fs, struct inode *inode)
{
	inode->nlookup++;
	if (fs->racing_until && fs->racing_until > uptime())
		inode->pinned_until = fs->racing_until;
}

/* Nobody can get at its area any more. Tree lock held. */
static bool inode_is_dead(const struct inode *inode)
{
	return inode->unlinked && !inode->nopen &&
	       !(inode->pinned_until && inode->pinned_until > uptime());
}

bool inode_is_unused(const struct inode *inode)
{
	return inode->unlinked && !inode->nlookup && !inode->nopen && !inode->nheld;
}

void inode_forget(struct fs *fs, struct inode *inode, uint64_t n)
{
	bool last;

	if (inode == fs->root)
		return;
	pthread_mutex_lock(&fs->tree_lock);
	g_assert(inode->nlookup >= n);
	inode->nlookup -= n;
	last = inode_is_unused(inode);
	pthread_mutex_unlock(&fs->tree_lock);
	if (last)
		inode_free(fs, inode);
}

void inode_drop(struct fs *fs, struct inode *inode)
{
	bool last;

	pthread_mutex_lock(&fs->tree_lock);
	inode->nheld--;
	last = inode_is_unused(inode);
	pthread_mutex_unlock(&fs->tree_lock);
	if (last)
		inode_free(fs, inode);
}

void inode_drop_to_kernel(struct fs *fs, struct inode *inode)
{
	pthread_mutex_lock(&fs->tree_lock);
	inode_looked_up(fs, inode);
	inode->nheld--;
	pthread_mutex_unlock(&fs->tree_lock);
}

/* Opens that have the same thing in fi->fh, all of one file. */
struct held {
	struct inode *inode;
	unsigned opens;
};

static void hold(struct fs *fs, struct inode *inode, uint64_t fh)
{
	struct held *held;

	pthread_mutex_lock(&fs->tree_lock);
	held = g_hash_table_lookup(fs->opens, (void *)(uintptr_t)fh);
	if (!held) {
		held = g_new0(struct held, 1);
		held->inode = inode;
		g_hash_table_insert(fs->opens, (void *)(uintptr_t)fh, held);
	}
	held->opens++;
	pthread_mutex_unlock(&fs->tree_lock);
}

/* Before it is released: then there may be another one at that address. */
static void unhold(struct fs *fs, uint64_t fh)
{
	struct held *held;

	pthread_mutex_lock(&fs->tree_lock);
	held = g_hash_table_lookup(fs->opens, (void *)(uintptr_t)fh);
	if (!--held->opens)
		g_hash_table_remove(fs->opens, (void *)(uintptr_t)fh);
	pthread_mutex_unlock(&fs->tree_lock);
}

/* A mount that was told to stop hears of no close any more. */
static void release_held(struct fs *fs)
{
	GHashTableIter iter;
	gpointer fh, value;

	g_hash_table_iter_init(&iter, fs->opens);
	while (g_hash_table_iter_next(&iter, &fh, &value)) {
		struct held *held = value;

		while (held->opens--) {
			struct fuse_file_info fi = { .fh = (uintptr_t)fh };

			held->inode->ops->release(fs, held->inode, &fi);
		}
	}
	g_hash_table_unref(fs->opens);
}

/*
 * Whether the kernel shall tell of each close(2): a request more, of which only a
 * file with something pending makes use.  Without it the kernel does not write
 * pages back on close either, so that what may be mapped and stored to needs it.
 */
static bool wants_flush(const struct file_ops *ops, int access)
{
	if (access == O_RDONLY)
		return false;
	return ops->flush || (!ops->direct_io && access == O_RDWR);
}

int inode_open(struct fs *fs, struct inode *inode, struct fuse_file_info *fi)
{
	const struct file_ops *ops = inode->ops;
	int err = 0;

	pthread_mutex_lock(&fs->tree_lock);
	if (inode_is_dead(inode)) {
		fs->racing_until = uptime() + RACING;
		err = -ESTALE;
	} else {
		inode->nopen++;
	}
	pthread_mutex_unlock(&fs->tree_lock);
	if (err)
		return err;

	if ((fi->flags & O_ACCMODE) != O_RDONLY && !ops->pwrite && !ops->write)
		err = -EACCES;
	else if (ops->open)
		err = ops->open(fs, inode, fi);
	if (err) {
		pthread_mutex_lock(&fs->tree_lock);
		inode->nopen--;
		pthread_mutex_unlock(&fs->tree_lock);
		inode_settle(fs, inode);
		return err;
	}
	if (fi->fh)
		hold(fs, inode, fi->fh);
	fi->direct_io = ops->direct_io;
	fi->noflush = !wants_flush(ops, fi->flags & O_ACCMODE);
	return 0;
}

void inode_close(struct fs *fs, struct inode *inode, struct fuse_file_info *fi)
{
	bool dead;

	if (fi->fh)
		unhold(fs, fi->fh);
	if (inode->ops->release)
		inode->ops->release(fs, inode, fi);
	pthread_mutex_lock(&fs->tree_lock);
	inode->nopen--;
	dead = inode_is_dead(inode);
	pthread_mutex_unlock(&fs->tree_lock);
	if (dead)
		inode_settle(fs, inode);
}

/* Inode's lock held for writing. */
static void set_caller(struct fs *fs, struct inode *inode)
{
	g_autofree char *path = NULL;

	if (!inode->addr)
		return;
	/* On failure the listing shows the old name; there is nothing better to do. */
	path = inode_path(fs, inode);
	vm_set_caller(fs->m, inode->addr, path);
}

void inode_settle(struct fs *fs, struct inode *inode)
{
	bool unlinked;
	bool dead;

	pthread_rwlock_wrlock(&inode->lock);
	pthread_mutex_lock(&fs->tree_lock);
	unlinked = inode->unlinked;
	dead = inode_is_dead(inode);
	pthread_mutex_unlock(&fs->tree_lock);
	if (dead && !inode->gone) {
		inode->ops->free(fs, inode);
		inode->gone = true;
	} else if (unlinked && !inode->gone) {
		inode->ctime = inode_now();
		set_caller(fs, inode);
	}
	pthread_rwlock_unlock(&inode->lock);
}

void inode_renamed(struct fs *fs, struct inode *inode)
{
	pthread_rwlock_wrlock(&inode->lock);
	inode->ctime = inode_now();
	set_caller(fs, inode);
	pthread_rwlock_unlock(&inode->lock);
}

/* The path of a directory ends in a slash, the root's is empty. Tree lock held. */
static void append_dir(GString *path, const struct inode *dir)
{
	if (!dir->parent)
		return;
	append_dir(path, dir->parent);
	g_string_append(path, dir->name);
	g_string_append_c(path, '/');
}

char *inode_path(struct fs *fs, struct inode *inode)
{
	GString *path = g_string_sized_new(64);

	pthread_mutex_lock(&fs->tree_lock);
	append_dir(path, inode->parent);
	g_string_append(path, inode->name);
	if (inode->unlinked)
		g_string_append(path, " (deleted)");
	pthread_mutex_unlock(&fs->tree_lock);
	return g_string_free(path, FALSE);
}

static bool earlier(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec != b->tv_sec ? a->tv_sec < b->tv_sec : a->tv_nsec < b->tv_nsec;
}

/* Relatime: once after each change, and once a day. Inode's lock held. */
static bool atime_is_due(const struct inode *inode)
{
	struct timespec day_ago;

	if (!earlier(&inode->mtime, &inode->atime) || !earlier(&inode->ctime, &inode->atime))
		return true;
	day_ago = inode_now();
	day_ago.tv_sec -= 24 * 60 * 60;
	return earlier(&inode->atime, &day_ago);
}

void inode_lock_to_read(struct fs *fs, struct inode *inode)
{
	pthread_rwlock_rdlock(&inode->lock);
	if (fs->config.noatime || !atime_is_due(inode))
		return;
	pthread_rwlock_unlock(&inode->lock);
	pthread_rwlock_wrlock(&inode->lock);
	inode->atime = inode_now();
	pthread_rwlock_unlock(&inode->lock);
	pthread_rwlock_rdlock(&inode->lock);
}

void inode_modified(struct inode *inode)
{
	inode->mtime = inode->ctime = inode_now();
}

void inode_dir_modified(struct inode *dir)
{
	pthread_rwlock_wrlock(&dir->lock);
	inode_modified(dir);
	pthread_rwlock_unlock(&dir->lock);
}

void inode_kill_suid(struct inode *inode)
{
	inode->mode &= ~(mode_t)S_ISUID;
	if (inode->mode & S_IXGRP)
		inode->mode &= ~(mode_t)S_ISGID;
}

void inode_stat(struct fs *fs, struct inode *inode, struct stat *st)
{
	nlink_t nlink;

	memset(st, 0, sizeof(*st));
	if (inode->ops && inode->ops->size)
		inode->ops->size(fs, inode, st);

	pthread_mutex_lock(&fs->tree_lock);
	nlink = inode->dir ? dir_nlink(inode) : !inode->unlinked;
	pthread_mutex_unlock(&fs->tree_lock);

	pthread_rwlock_rdlock(&inode->lock);
	st->st_ino = inode->ino;
	st->st_mode = inode->mode;
	st->st_nlink = nlink;
	st->st_uid = inode->uid;
	st->st_gid = inode->gid;
	st->st_blksize = PAGE_SIZE;
	st->st_atim = inode->atime;
	st->st_mtim = inode->mtime;
	st->st_ctim = inode->ctime;
	pthread_rwlock_unlock(&inode->lock);
}

void fs_create(struct machine *m, const struct fs_config *config, struct fs **ret)
{
	struct fs *fs = g_new0(struct fs, 1);
	pthread_rwlockattr_t attr;

	fs->m = m;
	fs->config = *config;
	fs->options.map_width = MAP_WIDTH_DEFAULT;
	pthread_mutex_init(&fs->tree_lock, NULL);
	pthread_rwlockattr_init(&attr);
	pthread_rwlockattr_setkind_np(&attr, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	pthread_rwlock_init(&fs->addr_lock, &attr);
	pthread_rwlock_init(&fs->gather_lock, &attr);
	pthread_rwlockattr_destroy(&attr);
	pthread_mutex_init(&fs->user_lock, NULL);
	pthread_mutex_init(&fs->buffer_lock, NULL);
	LIST_INIT(&fs->all);
	LIST_INIT(&fs->user);
	fs->buffers = g_ptr_array_new_with_free_func(g_free);
	fs->sized = g_ptr_array_new();
	fs->opens = g_hash_table_new_full(NULL, NULL, NULL, g_free);
	fs->trace_pipe = trace_pipe_new(fs);
	fs->tasks = tasks_new();
	tree_build(fs);
	*ret = fs;
}

int fs_start(struct fs *fs, struct fuse_session *se)
{
	int err;

	fs->se = se;
	err = coherence_start(fs);
	if (err)
		return err;
	err = forget_start(fs);
	if (err)
		goto stop_coherence;
	err = trace_pipe_start(fs->trace_pipe);
	if (err)
		goto stop_forget;
	return 0;

stop_forget:
	forget_stop(fs);
stop_coherence:
	coherence_stop(fs);
	return err;
}

void fs_stop(struct fs *fs)
{
	trace_pipe_stop(fs->trace_pipe);
	forget_stop(fs);
	coherence_stop(fs);
}

void fs_destroy(struct fs *fs)
{
	struct inode *inode;

	fs->se = NULL;
	release_held(fs);
	while ((inode = LIST_FIRST(&fs->all))) {
		inode_give_back(fs, inode);
		LIST_REMOVE(inode, all);
		inode_destroy(fs, inode);
	}
	forget_free(fs);
	coherence_free(fs);
	trace_pipe_free(fs->trace_pipe);
	tasks_free(fs->tasks);
	g_ptr_array_unref(fs->buffers);
	g_ptr_array_unref(fs->sized);
	pthread_mutex_destroy(&fs->buffer_lock);
	pthread_mutex_destroy(&fs->user_lock);
	pthread_rwlock_destroy(&fs->gather_lock);
	pthread_rwlock_destroy(&fs->addr_lock);
	pthread_mutex_destroy(&fs->tree_lock);
	g_free(fs);
}
