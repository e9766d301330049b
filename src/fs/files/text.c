/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Text files.
 *
 *	text_ops	made when opened, one open is one snapshot; the open
 *			holds it in fi->fh
 *	clear_ops	the same, and truncating it empties what it shows
 *	log_ops		a text that only grows: readers see it grow, and as the
 *			kernel caches it, it can be mapped (dmesg -F does)
 *
 * The last text made is kept, and given again while the machine has not
 * changed: looking at an idle machine costs no more than the requests.
 */
#include <errno.h>
#include <string.h>

#include "fs/files/announce.h"
#include "fs/files/files.h"
#include "fs/files/text.h"
#include "fs/inode/inode.h"
#include "fs/requests/reply.h"

static const struct text_row *text_row(const struct inode *inode)
{
	return (const struct text_row *)inode->fixed;
}

static GBytes *text_make(struct fs *fs, const struct text_row *row)
{
	return row->show ? row->show(fs->m) : row->show_with(fs->m, &fs->options);
}

/* The text as it is now, or NULL if the host has no memory. Inode's lock held for writing. */
static GBytes *text_now(struct fs *fs, struct inode *inode)
{
	uint64_t generation = text_generation(fs); /* first: then the text is no older */

	if (text_row(inode)->zones)
		generation ^= show_zones_state(fs->m);
	if (!inode->made || text_row(inode)->uncached || inode->made_at != generation) {
		g_clear_pointer(&inode->made, g_bytes_unref);
		inode->made = text_make(fs, text_row(inode));
		inode->made_at = generation;
	}
	return inode->made;
}

/* A reference to it. */
static GBytes *text_get(struct fs *fs, struct inode *inode)
{
	GBytes *text;

	inode_lock(inode);
	text = text_now(fs, inode);
	if (text)
		g_bytes_ref(text);
	inode_unlock(inode);
	return text;
}

/* Under the lock, so that the last one out sees what all others did. */
static void text_put(struct inode *inode, GBytes *text)
{
	inode_lock(inode);
	g_bytes_unref(text);
	inode_unlock(inode);
}

static int text_open(struct fs *fs, struct inode *inode, struct fuse_file_info *fi)
{
	GBytes *text;

	if (fi->flags & O_TRUNC)
		return -EACCES;
	text = text_get(fs, inode);
	if (!text)
		return -ENOMEM;
	fi->fh = (uintptr_t)text;
	return 0;
}

static void text_release(struct fs *fs, struct inode *inode, struct fuse_file_info *fi)
{
	(void)fs;
	text_put(inode, (GBytes *)(uintptr_t)fi->fh);
}

static void text_reply_read(struct fs *fs, fuse_req_t req, struct inode *inode, size_t count,
			    uint64_t off, struct fuse_file_info *fi)
{
	/* The reader may close the file before we are back from the reply. */
	GBytes *text = g_bytes_ref((GBytes *)(uintptr_t)fi->fh);

	(void)fs;
	reply_text(req, text, count, off);
	text_put(inode, text);
}

static void size_now(struct fs *fs, struct inode *inode, struct stat *st)
{
	GBytes *text;

	inode_lock(inode);
	text = text_now(fs, inode);
	st->st_size = text ? (off_t)g_bytes_get_size(text) : 0;
	st->st_blocks = (st->st_size + 511) / 512;
	inode_unlock(inode);
}

static void text_size(struct fs *fs, struct inode *inode, struct stat *st)
{
	if (!text_row(inode)->sized)
		return;
	text_told(fs, inode);
	size_now(fs, inode, st);
}

const struct file_ops text_ops = {
	.direct_io = true,
	.open = text_open,
	.release = text_release,
	.reply_read = text_reply_read,
	.size = text_size,
};

static int clear_open(struct fs *fs, struct inode *inode, struct fuse_file_info *fi)
{
	if (fi->flags & O_TRUNC)
		text_row(inode)->clear(fs->m);
	fi->flags &= ~O_TRUNC;
	return text_open(fs, inode, fi);
}

/* As in Linux: what is written to trace goes nowhere, opening it is what clears it. */
static ssize_t clear_write(struct fs *fs, struct inode *inode, const void *buf, size_t count,
			   uint64_t off, const struct fuse_file_info *fi)
{
	(void)fs;
	(void)inode;
	(void)buf;
	(void)off;
	(void)fi;
	return (ssize_t)count;
}

static int clear_resize(struct fs *fs, struct inode *inode, uint64_t size)
{
	if (size)
		return -EINVAL;
	text_row(inode)->clear(fs->m);
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
	GBytes *text = text_get(fs, inode);
	const char *data;
	gsize size;

	if (!text)
		return -ENOMEM;
	data = g_bytes_get_data(text, &size);
	if (off >= size)
		count = 0;
	else if (count > size - off)
		count = size - off;
	if (count)
		memcpy(buf, data + off, count);
	text_put(inode, text);
	return (ssize_t)count;
}

const struct file_ops log_ops = {
	.direct_io = false,
	.open = log_open,
	.read = grown_read,
	.size = size_now,
};
