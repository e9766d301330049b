/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Nodes: making them, counting who needs them, and what stat(2) says of them.
 * node.h has the model, dir.c the names.
 */
#include <errno.h>
#include <string.h>

#include "fs/threads/coherence.h"
#include "fs/threads/forget.h"
#include "fs/inode/inode.h"
#include "fs/files/trace_pipe.h"
#include "show/show.h"

struct timespec node_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME_COARSE, &now);
	return now;
}

struct node *node_new(struct fs *fs, const struct file_ops *ops, mode_t mode, uid_t uid, gid_t gid)
{
	struct node *node = g_new0(struct node, 1);

	node->ops = ops;
	node->nid = NUMA_NO_NODE;
	node->unlinked = true;
	node->nheld = 1;
	node->ino = ++fs->last_ino;
	node->mode = mode;
	node->uid = uid;
	node->gid = gid;
	node->atime = node->mtime = node->ctime = node_now();
	pthread_rwlock_init(&node->lock, NULL);
	if (!ops)
		node->dir = dir_new();
	fs->nr_nodes++;
	LIST_INSERT_HEAD(&fs->all, node, all);
	return node;
}

/*
 * Nobody knows the node any more.  Whoever answered its last reader may be
 * about to let go of the lock.
 */
static void node_give_back(struct fs *fs, struct node *node)
{
	pthread_rwlock_wrlock(&node->lock);
	if (node->ops && node->ops->free && !node->gone)
		node->ops->free(fs, node);
	node->gone = true;
	pthread_rwlock_unlock(&node->lock);
}

/* The area is given back, and the node is on no list. */
static void node_destroy(struct fs *fs, struct node *node)
{
	vma_destroy(fs->m, node->vma);
	g_clear_pointer(&node->made, g_bytes_unref);
	g_clear_pointer(&node->dir, dir_free);
	pthread_rwlock_destroy(&node->lock);
	g_free(node->name);
	g_free(node);
}

static void node_free(struct fs *fs, struct node *node)
{
	/* While it is on the list: an area that is a file's can be found there. */
	node_give_back(fs, node);
	pthread_mutex_lock(&fs->tree_lock);
	LIST_REMOVE(node, all);
	fs->nr_nodes--;
	pthread_mutex_unlock(&fs->tree_lock);
	node_destroy(fs, node);
}

/* For how long a lost race is remembered, in seconds. */
#define RACING 2

static int64_t uptime(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	return now.tv_sec;
}

void node_looked_up(struct fs *fs, struct node *node)
{
	node->nlookup++;
	if (fs->racing_until && fs->racing_until > uptime())
		node->pinned_until = fs->racing_until;
}

/* Nobody can get at its area any more. Tree lock held. */
static bool node_is_dead(const struct node *node)
{
	return node->unlinked && !node->nopen &&
	       !(node->pinned_until && node->pinned_until > uptime());
}

bool node_is_unused(const struct node *node)
{
	return node->unlinked && !node->nlookup && !node->nopen && !node->nheld;
}

void node_forget(struct fs *fs, struct node *node, uint64_t n)
{
	bool last;

	if (node == fs->root)
		return;
	pthread_mutex_lock(&fs->tree_lock);
	g_assert(node->nlookup >= n);
	node->nlookup -= n;
	last = node_is_unused(node);
	pthread_mutex_unlock(&fs->tree_lock);
	if (last)
		node_free(fs, node);
}

void node_drop(struct fs *fs, struct node *node)
{
	bool last;

	pthread_mutex_lock(&fs->tree_lock);
	node->nheld--;
	last = node_is_unused(node);
	pthread_mutex_unlock(&fs->tree_lock);
	if (last)
		node_free(fs, node);
}

void node_drop_to_kernel(struct fs *fs, struct node *node)
{
	pthread_mutex_lock(&fs->tree_lock);
	node_looked_up(fs, node);
	node->nheld--;
	pthread_mutex_unlock(&fs->tree_lock);
}

/* Opens that have the same thing in fi->fh, all of one file. */
struct held {
	struct node *node;
	unsigned opens;
};

static void hold(struct fs *fs, struct node *node, uint64_t fh)
{
	struct held *held;

	pthread_mutex_lock(&fs->tree_lock);
	held = g_hash_table_lookup(fs->opens, (void *)(uintptr_t)fh);
	if (!held) {
		held = g_new0(struct held, 1);
		held->node = node;
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

			held->node->ops->release(fs, held->node, &fi);
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

int node_open(struct fs *fs, struct node *node, struct fuse_file_info *fi)
{
	const struct file_ops *ops = node->ops;
	int err = 0;

	pthread_mutex_lock(&fs->tree_lock);
	if (node_is_dead(node)) {
		fs->racing_until = uptime() + RACING;
		err = -ESTALE;
	} else {
		node->nopen++;
	}
	pthread_mutex_unlock(&fs->tree_lock);
	if (err)
		return err;

	if ((fi->flags & O_ACCMODE) != O_RDONLY && !ops->pwrite && !ops->write)
		err = -EACCES;
	else if (ops->open)
		err = ops->open(fs, node, fi);
	if (err) {
		pthread_mutex_lock(&fs->tree_lock);
		node->nopen--;
		pthread_mutex_unlock(&fs->tree_lock);
		node_settle(fs, node);
		return err;
	}
	if (fi->fh)
		hold(fs, node, fi->fh);
	fi->direct_io = ops->direct_io;
	fi->noflush = !wants_flush(ops, fi->flags & O_ACCMODE);
	return 0;
}

void node_close(struct fs *fs, struct node *node, struct fuse_file_info *fi)
{
	bool dead;

	if (fi->fh)
		unhold(fs, fi->fh);
	if (node->ops->release)
		node->ops->release(fs, node, fi);
	pthread_mutex_lock(&fs->tree_lock);
	node->nopen--;
	dead = node_is_dead(node);
	pthread_mutex_unlock(&fs->tree_lock);
	if (dead)
		node_settle(fs, node);
}

/* Node's lock held for writing. */
static void set_caller(struct fs *fs, struct node *node)
{
	g_autofree char *path = NULL;

	if (!node->addr)
		return;
	/* On failure the listing shows the old name; there is nothing better to do. */
	path = node_path(fs, node);
	vm_set_caller(fs->m, node->addr, path);
}

void node_settle(struct fs *fs, struct node *node)
{
	bool unlinked;
	bool dead;

	pthread_rwlock_wrlock(&node->lock);
	pthread_mutex_lock(&fs->tree_lock);
	unlinked = node->unlinked;
	dead = node_is_dead(node);
	pthread_mutex_unlock(&fs->tree_lock);
	if (dead && !node->gone) {
		node->ops->free(fs, node);
		node->gone = true;
	} else if (unlinked && !node->gone) {
		node->ctime = node_now();
		set_caller(fs, node);
	}
	pthread_rwlock_unlock(&node->lock);
}

void node_renamed(struct fs *fs, struct node *node)
{
	pthread_rwlock_wrlock(&node->lock);
	node->ctime = node_now();
	set_caller(fs, node);
	pthread_rwlock_unlock(&node->lock);
}

/* The path of a directory ends in a slash, the root's is empty. Tree lock held. */
static void append_dir(GString *path, const struct node *dir)
{
	if (!dir->parent)
		return;
	append_dir(path, dir->parent);
	g_string_append(path, dir->name);
	g_string_append_c(path, '/');
}

char *node_path(struct fs *fs, struct node *node)
{
	GString *path = g_string_sized_new(64);

	pthread_mutex_lock(&fs->tree_lock);
	append_dir(path, node->parent);
	g_string_append(path, node->name);
	if (node->unlinked)
		g_string_append(path, " (deleted)");
	pthread_mutex_unlock(&fs->tree_lock);
	return g_string_free(path, FALSE);
}

static bool earlier(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec != b->tv_sec ? a->tv_sec < b->tv_sec : a->tv_nsec < b->tv_nsec;
}

/* Relatime: once after each change, and once a day. Node's lock held. */
static bool atime_is_due(const struct node *node)
{
	struct timespec day_ago;

	if (!earlier(&node->mtime, &node->atime) || !earlier(&node->ctime, &node->atime))
		return true;
	day_ago = node_now();
	day_ago.tv_sec -= 24 * 60 * 60;
	return earlier(&node->atime, &day_ago);
}

void node_lock_to_read(struct fs *fs, struct node *node)
{
	pthread_rwlock_rdlock(&node->lock);
	if (fs->config.noatime || !atime_is_due(node))
		return;
	pthread_rwlock_unlock(&node->lock);
	pthread_rwlock_wrlock(&node->lock);
	node->atime = node_now();
	pthread_rwlock_unlock(&node->lock);
	pthread_rwlock_rdlock(&node->lock);
}

void node_modified(struct node *node)
{
	node->mtime = node->ctime = node_now();
}

void node_dir_modified(struct node *dir)
{
	pthread_rwlock_wrlock(&dir->lock);
	node_modified(dir);
	pthread_rwlock_unlock(&dir->lock);
}

void node_kill_suid(struct node *node)
{
	node->mode &= ~(mode_t)S_ISUID;
	if (node->mode & S_IXGRP)
		node->mode &= ~(mode_t)S_ISGID;
}

void node_stat(struct fs *fs, struct node *node, struct stat *st)
{
	nlink_t nlink;

	memset(st, 0, sizeof(*st));
	if (node->ops && node->ops->size)
		node->ops->size(fs, node, st);

	pthread_mutex_lock(&fs->tree_lock);
	nlink = node->dir ? dir_nlink(node) : !node->unlinked;
	pthread_mutex_unlock(&fs->tree_lock);

	pthread_rwlock_rdlock(&node->lock);
	st->st_ino = node->ino;
	st->st_mode = node->mode;
	st->st_nlink = nlink;
	st->st_uid = node->uid;
	st->st_gid = node->gid;
	st->st_blksize = PAGE_SIZE;
	st->st_atim = node->atime;
	st->st_mtim = node->mtime;
	st->st_ctim = node->ctime;
	pthread_rwlock_unlock(&node->lock);
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
	struct node *node;

	fs->se = NULL;
	release_held(fs);
	while ((node = LIST_FIRST(&fs->all))) {
		node_give_back(fs, node);
		LIST_REMOVE(node, all);
		node_destroy(fs, node);
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
