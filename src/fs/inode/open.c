/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Opening and closing files.
 */
#include <errno.h>

#include "fs/inode/inode.h"
#include "fs/inode/open.h"

/* Opens that have the same thing in fi->fh, all of one file. */
struct held {
	struct inode *inode;
	unsigned opens;
};

static void opened(struct fs *fs, struct inode *inode, uint64_t fh)
{
	struct held *held;

	handover_lock(&fs->tree_lock);
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
static void closing(struct fs *fs, uint64_t fh)
{
	struct held *held;

	handover_lock(&fs->tree_lock);
	held = g_hash_table_lookup(fs->opens, (void *)(uintptr_t)fh);
	if (!--held->opens)
		g_hash_table_remove(fs->opens, (void *)(uintptr_t)fh);
	pthread_mutex_unlock(&fs->tree_lock);
}

void inode_close_all(struct fs *fs)
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
static void choose_flush(const struct file_ops *ops, struct fuse_file_info *fi)
{
	int access = fi->flags & O_ACCMODE;
	bool wanted =
		access != O_RDONLY && (ops->reply_flush || (!ops->direct_io && access == O_RDWR));

#if FUSE_VERSION >= FUSE_MAKE_VERSION(3, 11)
	fi->noflush = !wanted;
#else /* each close asks for one */
	(void)wanted;
#endif
}

int inode_open(struct fs *fs, struct inode *inode, struct fuse_file_info *fi)
{
	const struct file_ops *ops = inode->ops;
	int err = 0;

	handover_lock(&fs->tree_lock);
	if (inode_is_dead(inode)) {
		inode_lost_race(fs);
		err = -ESTALE;
	} else {
		inode->nopen++;
	}
	pthread_mutex_unlock(&fs->tree_lock);
	if (err)
		return err;

	if ((fi->flags & O_ACCMODE) != O_RDONLY && !ops->write && !ops->reply_write)
		err = -EACCES;
	else if (ops->open)
		err = ops->open(fs, inode, fi);
	if (err) {
		handover_lock(&fs->tree_lock);
		inode->nopen--;
		pthread_mutex_unlock(&fs->tree_lock);
		inode_settle(fs, inode);
		return err;
	}
	if (fi->fh)
		opened(fs, inode, fi->fh);
	fi->direct_io = ops->direct_io;
	choose_flush(ops, fi);
	return 0;
}

void inode_close(struct fs *fs, struct inode *inode, struct fuse_file_info *fi)
{
	bool dead;

	if (fi->fh)
		closing(fs, fi->fh);
	if (inode->ops->release)
		inode->ops->release(fs, inode, fi);
	handover_lock(&fs->tree_lock);
	inode->nopen--;
	dead = inode_is_dead(inode);
	pthread_mutex_unlock(&fs->tree_lock);
	if (dead)
		inode_settle(fs, inode);
}
