/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Knobs and counters: files with one value each, below sys/.
 *
 * A write is one value, with or without a newline after it, wherever in the
 * file it goes; anything else is EINVAL and changes nothing.  A read from the
 * start makes the text, and reads further on get the rest of it.
 */
#include <errno.h>
#include <string.h>

#include "fs/files/files.h"
#include "fs/files/knob.h"
#include "fs/inode/inode.h"
#include "fs/requests/reply.h"

/* The longest value is 18 bytes. */
#define KNOB_MAX 63

/* What opens of a knob share between their reads. */
struct knob_open {
	GBytes *text; /* under the inode's lock */
};

static const struct knob_row *knob_row(const struct inode *inode)
{
	return (const struct knob_row *)inode->fixed;
}

static int knob_open(struct fs *fs, struct inode *inode, struct fuse_file_info *fi)
{
	mode_t mode = inode->fixed->mode;
	bool reads = (fi->flags & O_ACCMODE) != O_WRONLY;
	bool writes = (fi->flags & O_ACCMODE) != O_RDONLY || fi->flags & O_TRUNC;

	(void)fs;
	if ((reads && !(mode & 0444)) || (writes && !(mode & 0222)))
		return -EACCES;
	fi->fh = (uintptr_t)g_new0(struct knob_open, 1);
	return 0;
}

static void knob_release(struct fs *fs, struct inode *inode, struct fuse_file_info *fi)
{
	struct knob_open *open = (void *)(uintptr_t)fi->fh;

	(void)fs;
	/* Take the lock: the thread that answered the last reader may still be unlocking. */
	inode_lock(inode);
	g_clear_pointer(&open->text, g_bytes_unref);
	inode_unlock(inode);
	g_free(open);
}

static GBytes *knob_text(struct fs *fs, const struct knob_row *row)
{
	GString *text = g_string_new(NULL);

	row->kind->get(fs, row, text);
	return g_string_free_to_bytes(text);
}

static void knob_reply_read(struct fs *fs, fuse_req_t req, struct inode *inode, size_t count,
			    uint64_t off, struct fuse_file_info *fi)
{
	struct knob_open *open = (void *)(uintptr_t)fi->fh;
	GBytes *fresh = off ? NULL : knob_text(fs, knob_row(inode));
	GBytes *text;

	inode_lock(inode);
	if (fresh) {
		g_clear_pointer(&open->text, g_bytes_unref);
		open->text = g_bytes_ref(fresh);
	}
	text = open->text ? g_bytes_ref(open->text) : NULL;
	inode_unlock(inode);

	reply_text(req, text, count, off);
	/* Under the lock, so that the last thread out sees what all others did. */
	inode_lock(inode);
	g_clear_pointer(&text, g_bytes_unref);
	g_clear_pointer(&fresh, g_bytes_unref);
	inode_unlock(inode);
}

static ssize_t knob_write(struct fs *fs, struct inode *inode, const void *buf, size_t count,
			  uint64_t off, const struct fuse_file_info *fi)
{
	char text[KNOB_MAX + 1];
	size_t len = count;
	int err;

	(void)off;
	(void)fi;
	if (len && ((const char *)buf)[len - 1] == '\n')
		len--;
	if (len > KNOB_MAX || memchr(buf, '\0', len))
		return -EINVAL;
	memcpy(text, buf, len);
	text[len] = '\0';
	err = knob_row(inode)->kind->set(fs, knob_row(inode), text);
	if (err)
		return err;
	inode_lock(inode);
	inode_modified(inode);
	inode_unlock(inode);
	return (ssize_t)count;
}

/* O_TRUNC and truncate(2) to 0 come before a write, and have nothing to do. */
static int knob_resize(struct fs *fs, struct inode *inode, uint64_t size)
{
	(void)fs;
	if (!(inode->fixed->mode & 0222))
		return -EPERM;
	return size ? -EINVAL : 0;
}

const struct file_ops knob_ops = {
	.direct_io = true,
	.open = knob_open,
	.release = knob_release,
	.reply_read = knob_reply_read,
	.write = knob_write,
	.resize = knob_resize,
};
