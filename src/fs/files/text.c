/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Text files.
 *
 *	text_ops	made at the first read, one open is one snapshot
 *	clear_ops	the same, and truncating it empties what it shows
 *	log_ops		a text that only grows: readers see it grow, and as the
 *			kernel caches it, it can be mapped (dmesg -F does)
 *
 * Opens share a text while the machine does not change (text_copy.h): looking at
 * an idle machine costs no more than the requests.
 */
#include <errno.h>
#include <string.h>

#include "fs/files/announce.h"
#include "fs/files/files.h"
#include "fs/files/text_copy.h"
#include "fs/inode/inode.h"
#include "fs/requests/reply.h"

struct text_open {
	struct text_copy *copy; /* under the inode's lock; NULL: nothing was read yet */
};

static const struct text_row *text_row(const struct inode *inode)
{
	return (const struct text_row *)inode->fixed;
}

static int text_open(struct fs *fs, struct inode *inode, struct fuse_file_info *fi)
{
	(void)fs;
	(void)inode;
	if (fi->flags & O_TRUNC)
		return -EACCES;
	fi->fh = (uintptr_t)g_new0(struct text_open, 1);
	return 0;
}

static void text_release(struct fs *fs, struct inode *inode, struct fuse_file_info *fi)
{
	struct text_open *open = (void *)(uintptr_t)fi->fh;

	inode_lock(inode);
	if (open->copy)
		text_give_back(fs, inode, open->copy);
	inode_unlock(inode);
	g_free(open);
}

/* Under the lock, so that the last thread out sees what all others did. */
static void text_unref(struct inode *inode, GBytes *text)
{
	inode_lock(inode);
	g_bytes_unref(text);
	inode_unlock(inode);
}

static void text_reply_read(struct fs *fs, fuse_req_t req, struct inode *inode, size_t count,
			    uint64_t off, struct fuse_file_info *fi)
{
	struct text_open *open = (void *)(uintptr_t)fi->fh;
	GBytes *text = NULL;
	int err = 0;

	inode_lock(inode);
	if (!open->copy)
		err = text_take(fs, inode, fuse_req_ctx(req)->uid, &open->copy);
	/* The reader may close the file before we are back from the reply. */
	if (!err)
		text = g_bytes_ref(text_bytes(open->copy));
	inode_unlock(inode);
	if (err) {
		reply_err(req, -err);
		return;
	}
	reply_text(req, text, count, off);
	text_unref(inode, text);
}

static void size_now(struct fs *fs, struct inode *inode, struct stat *st)
{
	inode_lock(inode);
	st->st_size = (off_t)text_length(fs, inode);
	st->st_blocks = (st->st_size + 511) / 512;
	inode_unlock(inode);
}

static void text_size(struct fs *fs, struct inode *inode, struct stat *st)
{
	if (!text_row(inode)->sized)
		return;
	text_told(fs, inode->text);
	size_now(fs, inode, st);
}

const struct file_ops text_ops = {
	.direct_io = true,
	.open = text_open,
	.release = text_release,
	.reply_read = text_reply_read,
	.size = text_size,
};

static void clear_text(struct fs *fs, const struct inode *inode)
{
	const struct text_row *row = text_row(inode);

	if (row->clear_of)
		row->clear_of(fs->m, inode->nid);
	else
		row->clear(fs->m);
}

static int clear_open(struct fs *fs, struct inode *inode, struct fuse_file_info *fi)
{
	if (fi->flags & O_TRUNC)
		clear_text(fs, inode);
	fi->flags &= ~O_TRUNC;
	return text_open(fs, inode, fi);
}

/* As in Linux: what is written to trace goes nowhere, opening it is what clears it. */
static ssize_t clear_write(struct fs *fs, struct inode *inode, const void *buf, size_t count,
			   uint64_t off, const struct fuse_file_info *fi)
{
	(void)off;
	(void)fi;
	if (text_row(inode)->write)
		return text_row(inode)->write(fs->m, buf, count);
	return (ssize_t)count;
}

static int clear_resize(struct fs *fs, struct inode *inode, uint64_t size)
{
	if (size)
		return -EINVAL;
	clear_text(fs, inode);
	return 0;
}

const struct file_ops clear_ops = {
	.direct_io = true,
	.open = clear_open,
	.release = text_release,
	.reply_read = text_reply_read,
	.write = clear_write,
	.resize = clear_resize,
	.size = text_size,
};

static int log_open(struct fs *fs, struct inode *inode, struct fuse_file_info *fi)
{
	(void)fs;
	(void)inode;
	return fi->flags & O_TRUNC ? -EACCES : 0;
}

static ssize_t grown_read(struct fs *fs, struct inode *inode, void *buf, size_t count, uint64_t off)
{
	const char *data;
	GBytes *text;
	gsize size;

	inode_lock(inode);
	text = text_look(fs, inode);
	inode_unlock(inode);
	if (!text)
		return -ENOMEM;
	data = g_bytes_get_data(text, &size);
	if (off >= size)
		count = 0;
	else if (count > size - off)
		count = size - off;
	if (count)
		memcpy(buf, data + off, count);
	text_unref(inode, text);
	return (ssize_t)count;
}

const struct file_ops log_ops = {
	.direct_io = false,
	.open = log_open,
	.read = grown_read,
	.size = size_now,
};
