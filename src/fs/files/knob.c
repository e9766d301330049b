/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Knobs and counters: files with one value each, below sys/.
 *
 * A write is one value, with or without a newline after it, wherever in the
 * file it goes; anything else is EINVAL and changes nothing.  A read from the
 * start makes the text, and reads further on get the rest of it.
 */
#include <errno.h>
#include <stddef.h>
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

#define MEMBER(path, mode, type_, member)                                                          \
	{                                                                                          \
		.knob = { { path, mode, &knob_ops }, &member_kind }, .type = &(type_),             \
		.offset = offsetof(struct machine, member),                                        \
	}
#define VALUE(name, mode, type, member) MEMBER("sys/kernel/mm/vmalloc/" name, mode, type, member)
#define FAULT(attr, name, type, member)                                                            \
	MEMBER("sys/kernel/debug/" #attr "/" name, 0600, type, attr.member)
#define FAULT_COMMON(attr)                                                                         \
	FAULT(attr, "interval", member_ulong, interval), FAULT(attr, "times", member_int, times),  \
		FAULT(attr, "space", member_int, space),                                           \
		FAULT(attr, "verbose", member_ulong, verbose),                                     \
		FAULT(attr, "verbose_ratelimit_interval_ms", member_u32, ratelimit_ms),            \
		FAULT(attr, "verbose_ratelimit_burst", member_u32, ratelimit_burst),               \
		FAULT(attr, "task-filter", member_yes_no, task_filter),                            \
		FAULT(attr, "stacktrace-depth", member_depth, stacktrace_depth),                   \
		FAULT(attr, "require-start", member_hex, require_start),                           \
		FAULT(attr, "require-end", member_hex, require_end),                               \
		FAULT(attr, "reject-start", member_hex, reject_start),                             \
		FAULT(attr, "reject-end", member_hex, reject_end),                                 \
		FAULT(attr, "ignore-gfp-wait", member_yes_no, ignore_gfp_wait)

static const struct member_row member_rows[] = {
	FAULT_COMMON(fail_page_alloc),
	FAULT(fail_page_alloc, "ignore-gfp-highmem", member_yes_no, ignore_gfp_highmem),
	FAULT(fail_page_alloc, "min-order", member_u32, min_order),
	FAULT_COMMON(failslab),
	FAULT(failslab, "cache-filter", member_yes_no, cache_filter),
	VALUE("init_on_alloc", 0644, member_0_1, init_on_alloc),
	VALUE("in_interrupt", 0644, member_0_1, in_interrupt),
	VALUE("nr_tlb_flush", 0444, member_counter, nr_flush_tlb),
	VALUE("nr_flush_cache_vmap", 0444, member_counter, nr_flush_cache_vmap),
	VALUE("nr_flush_cache_vunmap", 0444, member_counter, nr_flush_cache_vunmap),
	VALUE("nr_warn", 0444, member_counter, nr_warn),
	VALUE("nr_bad_page", 0444, member_counter, nr_bad_page),
	VALUE("nr_page_table_frames", 0444, member_counter, nr_table_frames),
};

void knobs_for_each(void (*visit)(struct fs *fs, const struct fixed_file *file), struct fs *fs)
{
	for (size_t i = 0; i < G_N_ELEMENTS(member_rows); i++)
		visit(fs, &member_rows[i].knob.file);
	for (size_t i = 0; i < nr_fault_rows; i++)
		visit(fs, &fault_rows[i].knob.file);
	for (size_t i = 0; i < nr_call_rows; i++)
		visit(fs, &call_rows[i].knob.file);
	for (size_t i = 0; i < nr_event_rows; i++)
		visit(fs, &event_rows[i].knob.file);
}
