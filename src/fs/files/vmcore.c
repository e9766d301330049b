/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * proc/vmcore: each open is a save, which is the machine at the moment of the open.
 *
 *	0		head	  ELF header, segments, notes (show/proc/vmcore_head.c)
 *	head		frames	  of the moment, by slot; holes where never written
 *	...		vmemmap	  pages of it
 *
 * The moment is taken while no other request is inside (door.h); what of the file
 * follows from it is made afterwards, and frames are read as they are asked for.
 *
 * stat(2) does not say which open it is about.  So the size is that of the save that
 * was begun last, as long as it is open; it is what a program sees that opens the
 * file and then asks.  While there is none the size is an estimate.
 */
#include <errno.h>
#include <string.h>
#include <sys/queue.h>

#include <vmallocfs/state.h>

#include "fs/files/files.h"
#include "fs/files/vmcore.h"
#include "fs/inode/inode.h"
#include "fs/requests/door.h"
#include "fs/requests/reply.h"
#include "show/show.h"

/* A save: all of it is fixed once it was begun. */
struct save {
	struct moment *mo;
	struct vmcore core;
	uint64_t head;	  /* bytes */
	uint64_t frames;  /* bytes */
	uint64_t vmemmap; /* bytes */
	uint64_t stored;  /* frames that are no holes */
	LIST_ENTRY(save) list;
};

struct saves {
	pthread_mutex_t lock;	/* innermost */
	LIST_HEAD(, save) open; /* the one that was begun last first */
};

struct saves *saves_new(void)
{
	struct saves *s = g_new0(struct saves, 1);

	pthread_mutex_init(&s->lock, NULL);
	LIST_INIT(&s->open);
	return s;
}

void saves_free(struct saves *s)
{
	pthread_mutex_destroy(&s->lock);
	g_free(s);
}

static uint64_t save_size(const struct save *s)
{
	return s->head + s->frames + s->vmemmap;
}

static uint64_t stored_frames(const struct moment *mo)
{
	size_t n;
	const struct moment_run *r = moment_runs(mo, &n);
	uint64_t sum = 0;

	for (size_t i = 0; i < n; i++)
		if (r[i].flags & PG_dirty)
			sum += r[i].n;
	return sum;
}

/* No other request is inside. */
static int save_take(struct fs *fs, struct save *s)
{
	int err = vmalloc_moment_begin(fs->m, &s->mo);

	if (!err)
		s->core.areas = show_vmcore_areas(fs->m, s->mo);
	return err;
}

static int vmcore_open(struct fs *fs, struct inode *inode, struct fuse_file_info *fi)
{
	struct save *s;
	int err;

	(void)inode;
	if (fi->flags & O_TRUNC)
		return -EACCES;
	s = g_new0(struct save, 1);
	fs_alone_begin(fs);
	err = save_take(fs, s);
	fs_alone_end(fs);
	if (err) {
		g_free(s);
		return err;
	}
	show_vmcore(fs->m, s->mo, 0, &s->core);
	s->head = g_bytes_get_size(s->core.head);
	s->frames = moment_frames(s->mo) << PAGE_SHIFT;
	s->vmemmap = g_bytes_get_size(s->core.vmemmap);
	s->stored = stored_frames(s->mo);
	handover_lock(&fs->saves->lock);
	LIST_INSERT_HEAD(&fs->saves->open, s, list);
	pthread_mutex_unlock(&fs->saves->lock);
	fi->fh = (uintptr_t)s;
	return 0;
}

static void vmcore_release(struct fs *fs, struct inode *inode, struct fuse_file_info *fi)
{
	struct save *s = (void *)(uintptr_t)fi->fh;

	(void)inode;
	handover_lock(&fs->saves->lock);
	LIST_REMOVE(s, list);
	pthread_mutex_unlock(&fs->saves->lock);
	moment_end(s->mo);
	vmcore_clear(&s->core);
	g_free(s);
}

/* Bytes of frames; off counts from the first one. */
static int read_frames(struct save *s, unsigned char *buf, size_t count, uint64_t off)
{
	unsigned char page[PAGE_SIZE];
	int err = 0;

	while (count && !err) {
		size_t at = off % PAGE_SIZE;
		size_t n = count;

		if (!at && count >= PAGE_SIZE) {
			n = count & PAGE_MASK;
			err = moment_read(s->mo, off >> PAGE_SHIFT, n >> PAGE_SHIFT, buf);
		} else {
			n = MIN(n, PAGE_SIZE - at);
			err = moment_read(s->mo, off >> PAGE_SHIFT, 1, page);
			memcpy(buf, page + at, n);
		}
		buf += n;
		off += n;
		count -= n;
	}
	return err;
}

/* What of [off, off + count) lies in a part of `size` bytes; off counts from its start. */
static size_t part_of(uint64_t off, size_t count, uint64_t size)
{
	return off < size ? MIN(count, size - off) : 0;
}

/* Fills buf from the part of the file that off is in; *n is how much. */
static int read_part(struct save *s, unsigned char *buf, size_t count, uint64_t off, size_t *n)
{
	*n = part_of(off, count, s->head);
	if (*n) {
		memcpy(buf, (const char *)g_bytes_get_data(s->core.head, NULL) + off, *n);
		return 0;
	}
	off -= s->head;
	*n = part_of(off, count, s->frames);
	if (*n)
		return read_frames(s, buf, *n, off);
	off -= s->frames;
	*n = part_of(off, count, s->vmemmap);
	if (*n)
		memcpy(buf, (const char *)g_bytes_get_data(s->core.vmemmap, NULL) + off, *n);
	return 0;
}

static void vmcore_reply_read(struct fs *fs, fuse_req_t req, struct inode *inode, size_t count,
			      uint64_t off, struct fuse_file_info *fi)
{
	struct save *s = (void *)(uintptr_t)fi->fh;
	unsigned char *buf = buffer_get(fs);
	size_t done = 0;
	size_t n = 1;
	int err = 0;

	(void)inode;
	count = MIN(count, IO_MAX);
	while (done < count && n && !err) {
		err = read_part(s, buf + done, count - done, off + done, &n);
		done += n;
	}
	if (err)
		reply_err(req, -err);
	else
		reply_buf(req, buf, done);
	buffer_put(fs, buf);
}

/* Frames that were never written are holes, all else is data. */
static int vmcore_seek(struct fs *fs, const struct fuse_file_info *fi, uint64_t off, int whence,
		       uint64_t *ret)
{
	struct save *s = (void *)(uintptr_t)fi->fh;
	uint64_t end = s->head + s->frames;

	(void)fs;
	if (off >= save_size(s))
		return -ENXIO;
	while (off >= s->head && off < end) {
		uint64_t slot = (off - s->head) >> PAGE_SHIFT;
		const struct moment_run *r = moment_run_at(s->mo, slot);

		if (!(r->flags & PG_dirty) == (whence == SEEK_HOLE))
			break;
		off = s->head + ((r->slot + r->n) << PAGE_SHIFT);
	}
	if (whence == SEEK_HOLE && off < s->head && s->frames)
		return vmcore_seek(fs, fi, s->head, whence, ret);
	*ret = whence == SEEK_HOLE && (off < s->head || off >= end) ? save_size(s) : off;
	return 0;
}

static void vmcore_size(struct fs *fs, struct inode *inode, struct stat *st)
{
	const struct save *s;

	(void)inode;
	handover_lock(&fs->saves->lock);
	s = LIST_FIRST(&fs->saves->open);
	if (s) {
		st->st_size = (off_t)save_size(s);
		st->st_blocks =
			(blkcnt_t)((s->head + s->vmemmap + (s->stored << PAGE_SHIFT)) / 512);
	}
	pthread_mutex_unlock(&fs->saves->lock);
	if (!st->st_size) {
		uint64_t used = nr_managed_pages(fs->m) - nr_free_pages(fs->m);

		st->st_size = (off_t)((used + 3) << PAGE_SHIFT);
		st->st_blocks = st->st_size / 512;
	}
}

const struct file_ops vmcore_ops = {
	.direct_io = true,
	.open = vmcore_open,
	.release = vmcore_release,
	.reply_read = vmcore_reply_read,
	.seek_open = vmcore_seek,
	.size = vmcore_size,
};
