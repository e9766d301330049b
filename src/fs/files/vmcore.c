/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * proc/vmcore: each open is a save, which is the machine at the moment of the open.
 *
 *	0		head	  ELF header, segments, notes (show/proc/vmcore_head.c)
 *	head		frames	  of the moment, by slot; holes where never written
 *	...		vmemmap	  pages of it
 *	...		note	  the rest of the machine's state, and of the files'
 *	...		sums	  checksums of all that is before the note
 *
 * The checksums come last because those of frames are found while frames are read:
 * a program that reads from the start to the end makes each of them be looked at
 * once.  For one that does not, they are read for the purpose.
 *
 * The moment is taken while no other request is inside (door.h); what of the file
 * follows from it is made afterwards, and frames are read as they are asked for.
 *
 * stat(2) does not say which open it is about.  So the size is that of the save that
 * was begun last, as long as it is open: a program that opens the file and then asks
 * sees its own.  While no save is open the size is an estimate.
 */
#include <errno.h>
#include <string.h>
#include <sys/queue.h>
#include <unistd.h>

#include <vmallocfs/state.h>

#include "fs/files/files.h"
#include "fs/files/files_state.h"
#include "fs/files/vmcore.h"
#include "fs/inode/inode.h"
#include "fs/requests/door.h"
#include "fs/requests/reply.h"
#include "input/image/image.h"
#include "show/show.h"

/* A save.  What is before the lock is fixed once it was begun. */
struct save {
	struct moment *mo;
	struct vmcore core;
	uint64_t head;	  /* bytes */
	uint64_t frames;  /* bytes */
	uint64_t vmemmap; /* bytes */
	uint64_t stored;  /* frames that are no holes */
	GByteArray *note;
	uint64_t sums_size;

	/* Under the lock: the chunks' checksums, as far as `summed`, and the end of the file. */
	pthread_mutex_t lock;
	uint32_t *chunk;
	uint64_t summed; /* slots */
	unsigned char *sums;
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
	return s->head + s->frames + s->vmemmap + s->note->len + s->sums_size;
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

#define NR_PARTS 6

/* What the head may take while it is made: pieces of areas, segments, distinct pages. */
static uint64_t head_bytes(struct fs *fs, const struct save *s)
{
	return 512 * vmlist_count(fs->m) + 16 * moment_frames(s->mo);
}

/* No other request is inside. */
static int save_take(struct fs *fs, struct save *s, struct image_part *part)
{
	struct machine *m = fs->m;
	int err = vmalloc_moment_begin(m, &s->mo);

	if (err)
		return err;
	if (!host_has(head_bytes(fs, s)))
		return -ENOMEM;
	s->core.areas = show_vmcore_areas(m, s->mo);
	s->core.kernel = show_kernel_data(m);
	if (!s->core.kernel)
		return -ENOMEM;
	machine_save_config(m, &part[0].state);
	machine_save_frames(m, s->mo, &part[1].state);
	vmalloc_save(m, &part[2].state);
	files_save(fs, &part[3].state);
	machine_save_knobs(m, &part[4].state);
	log_save(m, &part[5].state);
	return 0;
}

/* What follows from the moment, while others are at work. */
static int save_make(struct fs *fs, struct save *s, const struct image_part *part)
{
	struct image_places places = { .nr_frames = moment_frames(s->mo) };

	s->note = image_note(part, NR_PARTS);
	if (!s->note)
		return -ENOMEM;
	s->frames = places.nr_frames << PAGE_SHIFT;
	s->sums_size = image_sums_size(places.nr_frames);
	show_vmcore(fs->m, s->mo, s->note->len + s->sums_size, &s->core);
	s->head = g_bytes_get_size(s->core.head);
	s->vmemmap = g_bytes_get_size(s->core.vmemmap);
	s->stored = stored_frames(s->mo);
	s->chunk = g_new0(uint32_t, places.nr_frames / IMAGE_CHUNK + 1);
	places.frames = s->head;
	places.vmemmap = places.frames + s->frames;
	places.note = places.vmemmap + s->vmemmap;
	places.size = save_size(s);
	image_note_place(s->note, &places);
	return 0;
}

static void save_free(struct save *s)
{
	moment_end(s->mo);
	vmcore_clear(&s->core);
	g_clear_pointer(&s->note, g_byte_array_unref);
	g_free(s->chunk);
	g_free(s->sums);
	pthread_mutex_destroy(&s->lock);
	g_free(s);
}

static int vmcore_open(struct fs *fs, struct inode *inode, struct fuse_file_info *fi)
{
	struct image_part part[NR_PARTS] = {
		{ .name = "CONF" }, { .name = "FRAM" }, { .name = "SPAC" },
		{ .name = "FILE" }, { .name = "KNOB" }, { .name = "LOGS" },
	};
	struct save *s;
	int err;

	(void)inode;
	if (fi->flags & O_TRUNC)
		return -EACCES;
	s = g_new0(struct save, 1);
	pthread_mutex_init(&s->lock, NULL);
	fs_alone_begin(fs);
	err = save_take(fs, s, part);
	fs_alone_end(fs);
	if (!err)
		err = save_make(fs, s, part);
	for (size_t i = 0; i < NR_PARTS; i++)
		state_out_deinit(&part[i].state);
	if (err) {
		save_free(s);
		return err;
	}
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
	save_free(s);
}

/* --- reading ----------------------------------------------------------------------------- */

/*
 * Takes n frames from a slot on, which were just read, into the checksums if it is
 * their turn.  Holes are passed over.
 */
static void sum_frames(struct save *s, uint64_t slot, uint64_t n, const unsigned char *bytes)
{
	const uint64_t end = slot + n;

	handover_lock(&s->lock);
	while (s->summed < end) {
		const struct moment_run *r = moment_run_at(s->mo, s->summed);
		uint64_t left =
			MIN(r->slot + r->n, s->summed - s->summed % IMAGE_CHUNK + IMAGE_CHUNK) -
			s->summed;
		uint32_t *sum = &s->chunk[s->summed / IMAGE_CHUNK];

		if (r->flags & PG_dirty) {
			if (s->summed < slot)
				break;
			left = MIN(left, end - s->summed);
			*sum = image_sum(*sum, bytes + ((s->summed - slot) << PAGE_SHIFT),
					 left << PAGE_SHIFT);
		}
		s->summed += left;
	}
	pthread_mutex_unlock(&s->lock);
}

/* Reads for the checksums what was not read from the start on. */
static int sum_rest(struct save *s)
{
	const uint64_t frames = s->frames >> PAGE_SHIFT;
	g_autofree unsigned char *buf = g_malloc(IMAGE_CHUNK << PAGE_SHIFT);
	uint64_t slot;

	for (;;) {
		uint64_t n;
		int err;

		handover_lock(&s->lock);
		slot = s->summed;
		pthread_mutex_unlock(&s->lock);
		if (slot >= frames)
			return 0;
		n = MIN(frames - slot, IMAGE_CHUNK);
		err = moment_read(s->mo, slot, n, buf);
		if (err)
			return err;
		sum_frames(s, slot, n, buf);
	}
}

static uint32_t sum_of(GBytes *bytes)
{
	gsize n;
	const void *data = g_bytes_get_data(bytes, &n);

	return image_sum(0, data, n);
}

/* The end of the file, made when it is first asked for.  0, or -EIO. */
static int make_sums(struct save *s)
{
	int err = sum_rest(s);

	if (err)
		return err;
	handover_lock(&s->lock);
	if (!s->sums)
		s->sums = image_sums(sum_of(s->core.head), sum_of(s->core.vmemmap), s->chunk,
				     s->frames >> PAGE_SHIFT);
	pthread_mutex_unlock(&s->lock);
	return 0;
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
			if (!err)
				sum_frames(s, off >> PAGE_SHIFT, n >> PAGE_SHIFT, buf);
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

static int read_sums(struct save *s, unsigned char *buf, size_t count, uint64_t off)
{
	int err = make_sums(s);

	if (!err)
		memcpy(buf, s->sums + off, count);
	return err;
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
	if (*n) {
		memcpy(buf, (const char *)g_bytes_get_data(s->core.vmemmap, NULL) + off, *n);
		return 0;
	}
	off -= s->vmemmap;
	*n = part_of(off, count, s->note->len);
	if (*n) {
		memcpy(buf, s->note->data + off, *n);
		return 0;
	}
	off -= s->note->len;
	*n = part_of(off, count, s->sums_size);
	return *n ? read_sums(s, buf, *n, off) : 0;
}

static void vmcore_reply_read(struct fs *fs, fuse_req_t req, struct inode *inode, size_t count,
			      uint64_t off, struct fuse_file_info *fi)
{
	struct save *s = (void *)(uintptr_t)fi->fh;
	unsigned char *buf = buffer_get(fs);
	size_t done = 0;
	size_t n = 1;
	int err = buf ? 0 : -ENOMEM;

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
			(blkcnt_t)((save_size(s) - s->frames + (s->stored << PAGE_SHIFT)) / 512);
	}
	pthread_mutex_unlock(&fs->saves->lock);
	if (!st->st_size) {
		uint64_t used = nr_managed_pages(fs->m) - nr_free_pages(fs->m);

		st->st_size = (off_t)((used + 8) << PAGE_SHIFT);
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
