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

#include "fs/files/files.h"
#include "show/show.h"

/*
 * A number that changes with the machine and with the options, which stand in
 * bits that no count of events reaches.
 */
static uint64_t text_generation(struct fs *fs)
{
	uint64_t width = fs->options.map_width;
	uint64_t ascii = fs->options.map_ascii;

	return show_generation(fs->m) ^ width << 48 ^ ascii << 62;
}

static GBytes *text_make(struct fs *fs, const struct fixed_file *row)
{
	return row->show ? row->show(fs->m) : row->show_with(fs->m, &fs->options);
}

/* The text as it is now, or NULL if the host has no memory. Inode's lock held for writing. */
static GBytes *text_now(struct fs *fs, struct inode *inode)
{
	uint64_t generation = text_generation(fs); /* first: then the text is no older */

	if (inode->fixed->zones)
		generation ^= show_zones_state(fs->m);
	if (!inode->made || inode->fixed->uncached || inode->made_at != generation) {
		g_clear_pointer(&inode->made, g_bytes_unref);
		inode->made = text_make(fs, inode->fixed);
		inode->made_at = generation;
	}
	return inode->made;
}

/* A reference to it. */
static GBytes *text_get(struct fs *fs, struct inode *inode)
{
	GBytes *text;

	pthread_rwlock_wrlock(&inode->lock);
	text = text_now(fs, inode);
	if (text)
		g_bytes_ref(text);
	pthread_rwlock_unlock(&inode->lock);
	return text;
}

/* Under the lock, so that the last one out sees what all others did. */
static void text_put(struct inode *inode, GBytes *text)
{
	pthread_rwlock_wrlock(&inode->lock);
	g_bytes_unref(text);
	pthread_rwlock_unlock(&inode->lock);
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

static void text_read(struct fs *fs, fuse_req_t req, struct inode *inode, size_t count,
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

	pthread_rwlock_wrlock(&inode->lock);
	text = text_now(fs, inode);
	st->st_size = text ? (off_t)g_bytes_get_size(text) : 0;
	st->st_blocks = (st->st_size + 511) / 512;
	pthread_rwlock_unlock(&inode->lock);
}

/*
 * The kernel keeps the size until it hears otherwise: opening the file would
 * cost a second request, for the attributes, if it did not.  So first it is
 * noted that the kernel knows, then the size is taken; who changes the machine
 * looks at the note after the change.  One of the two sees the other.
 */
static void text_size(struct fs *fs, struct inode *inode, struct stat *st)
{
	if (!inode->fixed->sized)
		return;
	inode->told_at = text_generation(fs) + 1;
	size_now(fs, inode, st);
}

void texts_announce(struct fs *fs)
{
	for (guint i = 0; i < fs->sized->len; i++) {
		struct inode *inode = g_ptr_array_index(fs->sized, i);
		uint64_t told_at = inode->told_at;

		/*
		 * Attributes alone: this waits for no page, and may be done from
		 * a request.
		 */
		if (told_at && told_at != text_generation(fs) + 1 &&
		    atomic_compare_exchange_strong(&inode->told_at, &told_at, 0))
			fuse_lowlevel_notify_inval_inode(fs->se, inode_id(fs, inode), -1, 0);
	}
}

const struct file_ops text_ops = {
	.direct_io = true,
	.open = text_open,
	.release = text_release,
	.read = text_read,
	.size = text_size,
};

static int clear_open(struct fs *fs, struct inode *inode, struct fuse_file_info *fi)
{
	if (fi->flags & O_TRUNC)
		inode->fixed->clear(fs->m);
	fi->flags &= ~O_TRUNC;
	return text_open(fs, inode, fi);
}

/* As in Linux: what is written to trace goes nowhere, opening it is what clears it. */
static ssize_t clear_pwrite(struct fs *fs, struct inode *inode, const void *buf, size_t count,
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
	inode->fixed->clear(fs->m);
	return 0;
}

const struct file_ops clear_ops = {
	.direct_io = true,
	.open = clear_open,
	.release = text_release,
	.read = text_read,
	.pwrite = clear_pwrite,
	.resize = clear_resize,
	.size = text_size,
};

static int log_open(struct fs *fs, struct inode *inode, struct fuse_file_info *fi)
{
	(void)fs;
	(void)inode;
	return fi->flags & O_TRUNC ? -EACCES : 0;
}

static ssize_t log_pread(struct fs *fs, struct inode *inode, void *buf, size_t count, uint64_t off)
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
	.pread = log_pread,
	.size = size_now,
};
