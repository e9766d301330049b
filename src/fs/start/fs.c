/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A mount: made, started, stopped, destroyed.
 */
#include <errno.h>

#include "fs/files/text.h"
#include "fs/files/loaded.h"
#include "fs/files/trace_pipe.h"
#include "fs/files/vmcore.h"
#include "fs/inode/inode.h"
#include "fs/inode/open.h"
#include "fs/requests/task.h"
#include "fs/start/tree.h"
#include "fs/threads/coherence.h"
#include "fs/threads/forget.h"
#include "fs/threads/sleepers.h"
#include "fs/threads/sweeper.h"

/* A small machine still has room for the names of a test. */
#define INODES_MIN 16384

int fs_create(struct machine *m, const struct fs_config *config, struct fs **ret)
{
	struct fs *fs = g_new0(struct fs, 1);
	pthread_rwlockattr_t attr;
	bool ok;

	fs->m = m;
	fs->config = *config;
	fs->options.map_width = MAP_WIDTH_DEFAULT;
	pthread_mutex_init(&fs->tree_lock, NULL);
	pthread_rwlockattr_init(&attr);
#ifdef __GLIBC__
	pthread_rwlockattr_setkind_np(&attr, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
#endif
	pthread_rwlock_init(&fs->addr_lock, &attr);
	pthread_rwlock_init(&fs->gather_lock, &attr);
	pthread_rwlock_init(&fs->door, &attr);
	pthread_rwlockattr_destroy(&attr);
	pthread_mutex_init(&fs->user_lock, NULL);
	pthread_mutex_init(&fs->buffer_lock, NULL);
	pthread_mutex_init(&fs->texts_lock, NULL);
	slab_init(&fs->inodes, m, sizeof(struct inode));
	LIST_INIT(&fs->user);
	fs->buffers = g_ptr_array_new_with_free_func(g_free);
	fs->texts = g_ptr_array_new_with_free_func(text_free);
	fs->text_users = g_hash_table_new_full(NULL, NULL, NULL, g_free);
	fs->opens = g_hash_table_new_full(NULL, NULL, NULL, g_free);
	fs->trace_pipe = trace_pipe_new(fs);
	fs->sleepers = sleepers_new(fs);
	fs->tasks = tasks_new();
	fs->saves = saves_new();
	fs->max_inodes = config->nr_inodes ? config->nr_inodes : MAX(m->nr_frames, INODES_MIN);
	ok = tree_build(fs);
	fs->nr_fixed = fs->nr_inodes;
	if (!ok || !loaded_build(fs)) {
		fs_destroy(fs);
		return -ENOMEM;
	}
	*ret = fs;
	return 0;
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
	err = sweeper_start(fs);
	if (err)
		goto stop_trace_pipe;
	return 0;

stop_trace_pipe:
	trace_pipe_stop(fs->trace_pipe);
stop_forget:
	forget_stop(fs);
stop_coherence:
	coherence_stop(fs);
	return err;
}

void fs_stop(struct fs *fs)
{
	sleepers_stop(fs->sleepers);
	sweeper_stop(fs);
	trace_pipe_stop(fs->trace_pipe);
	forget_stop(fs);
	coherence_stop(fs);
}

void fs_destroy(struct fs *fs)
{
	fs->se = NULL;
	inode_close_all(fs);
	inode_free_all(fs);
	ids_free(&fs->ids, fs->m);
	slab_deinit(&fs->inodes);
	forget_free(fs);
	coherence_free(fs);
	trace_pipe_free(fs->trace_pipe);
	sleepers_free(fs->sleepers);
	tasks_free(fs->tasks);
	saves_free(fs->saves);
	g_ptr_array_unref(fs->buffers);
	g_ptr_array_unref(fs->texts);
	g_hash_table_unref(fs->text_users);
	pthread_mutex_destroy(&fs->texts_lock);
	pthread_mutex_destroy(&fs->buffer_lock);
	pthread_mutex_destroy(&fs->user_lock);
	pthread_rwlock_destroy(&fs->gather_lock);
	pthread_rwlock_destroy(&fs->addr_lock);
	pthread_mutex_destroy(&fs->tree_lock);
	pthread_rwlock_destroy(&fs->door);
	g_free(fs);
}
