/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Knobs and counters: files with one value each, below sys/.
 *
 *	knob_files	a row a file: path, mode, type, and where the value is
 *	struct knob_type	how such a value is read and written (knob_value.c)
 *
 * A write is one value, with or without a newline behind it, wherever in the
 * file it goes; what is no such value is EINVAL and changes nothing.  A read
 * from the start makes the text, and reads further on get the rest of it.
 */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "fs/files/files.h"
#include "fs/files/knob.h"

/* The longest value is 18 bytes. */
#define KNOB_MAX 63

/* What opens of a knob share between their reads. */
struct knob_open {
	GBytes *text; /* under the inode's lock */
};

static int knob_open(struct fs *fs, struct inode *inode, struct fuse_file_info *fi)
{
	const struct knob_type *type = inode->fixed->knob;
	bool reads = (fi->flags & O_ACCMODE) != O_WRONLY;
	bool writes = (fi->flags & O_ACCMODE) != O_RDONLY || fi->flags & O_TRUNC;

	(void)fs;
	if ((reads && !type->get) || (writes && !type->set))
		return -EACCES;
	fi->fh = (uintptr_t)g_new0(struct knob_open, 1);
	return 0;
}

static void knob_release(struct fs *fs, struct inode *inode, struct fuse_file_info *fi)
{
	struct knob_open *open = (void *)(uintptr_t)fi->fh;

	(void)fs;
	/* Whoever answered the last reader may be about to let go of the lock. */
	pthread_rwlock_wrlock(&inode->lock);
	g_clear_pointer(&open->text, g_bytes_unref);
	pthread_rwlock_unlock(&inode->lock);
	g_free(open);
}

static GBytes *knob_text(struct fs *fs, const struct fixed_file *row)
{
	GString *text = g_string_new(NULL);

	row->knob->get(fs, row->field, text);
	return g_string_free_to_bytes(text);
}

static void knob_read(struct fs *fs, fuse_req_t req, struct inode *inode, size_t count,
		      uint64_t off, struct fuse_file_info *fi)
{
	struct knob_open *open = (void *)(uintptr_t)fi->fh;
	GBytes *fresh = off ? NULL : knob_text(fs, inode->fixed);
	GBytes *text;

	pthread_rwlock_wrlock(&inode->lock);
	if (fresh) {
		g_clear_pointer(&open->text, g_bytes_unref);
		open->text = g_bytes_ref(fresh);
	}
	text = open->text ? g_bytes_ref(open->text) : NULL;
	pthread_rwlock_unlock(&inode->lock);

	reply_text(req, text, count, off);
	g_clear_pointer(&text, g_bytes_unref);
	g_clear_pointer(&fresh, g_bytes_unref);
}

static ssize_t knob_pwrite(struct fs *fs, struct inode *inode, const void *buf, size_t count,
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
	err = inode->fixed->knob->set(fs, inode->fixed->field, text);
	if (err)
		return err;
	pthread_rwlock_wrlock(&inode->lock);
	inode_modified(inode);
	pthread_rwlock_unlock(&inode->lock);
	return (ssize_t)count;
}

/* O_TRUNC and truncate(2) to 0 come before a write, and have nothing to do. */
static int knob_resize(struct fs *fs, struct inode *inode, uint64_t size)
{
	(void)fs;
	if (!inode->fixed->knob->set)
		return -EPERM;
	return size ? -EINVAL : 0;
}

const struct file_ops knob_ops = {
	.direct_io = true,
	.open = knob_open,
	.release = knob_release,
	.read = knob_read,
	.pwrite = knob_pwrite,
	.resize = knob_resize,
};

#define KNOB(path_, mode_, type_, field_)                                                          \
	{                                                                                          \
		.path = (path_), .mode = (mode_), .ops = &knob_ops, .knob = &(type_),              \
		.field = (field_)                                                                  \
	}
#define VALUE(name, mode, type, member)                                                            \
	KNOB("sys/kernel/mm/vmalloc/" name, mode, type, offsetof(struct machine, member))
#define FAULT(attr, name, type, member)                                                            \
	KNOB("sys/kernel/debug/" #attr "/" name, 0600, type, offsetof(struct machine, attr.member))
/* fail-nth is the attr's own word, of which only a part is the number. */
#define FAULT_COMMON(attr)                                                                         \
	FAULT(attr, "probability", knob_probability, probability),                                 \
		FAULT(attr, "interval", knob_ulong, interval),                                     \
		FAULT(attr, "times", knob_int, times), FAULT(attr, "space", knob_int, space),      \
		FAULT(attr, "verbose", knob_ulong, verbose),                                       \
		FAULT(attr, "verbose_ratelimit_interval_ms", knob_u32, ratelimit_ms),              \
		FAULT(attr, "verbose_ratelimit_burst", knob_u32, ratelimit_burst),                 \
		FAULT(attr, "task-filter", knob_yes_no, task_filter),                              \
		FAULT(attr, "stacktrace-depth", knob_depth, stacktrace_depth),                     \
		FAULT(attr, "require-start", knob_hex, require_start),                             \
		FAULT(attr, "require-end", knob_hex, require_end),                                 \
		FAULT(attr, "reject-start", knob_hex, reject_start),                               \
		FAULT(attr, "reject-end", knob_hex, reject_end),                                   \
		FAULT(attr, "ignore-gfp-wait", knob_yes_no, ignore_gfp_wait),                      \
		FAULT(attr, "fail-nth", knob_nth, nth)

_Static_assert(offsetof(struct fault_attr, nth) == 0, "fail-nth is told the attr itself");

const struct fixed_file knob_files[] = {
	FAULT_COMMON(fail_page_alloc),
	FAULT(fail_page_alloc, "ignore-gfp-highmem", knob_yes_no, ignore_gfp_highmem),
	FAULT(fail_page_alloc, "min-order", knob_u32, min_order),
	FAULT_COMMON(failslab),
	FAULT(failslab, "cache-filter", knob_yes_no, cache_filter),
	VALUE("init_on_alloc", 0644, knob_0_1, init_on_alloc),
	VALUE("in_interrupt", 0644, knob_0_1, in_interrupt),
	VALUE("nr_tlb_flush", 0444, knob_counter, nr_flush_tlb),
	VALUE("nr_page_table_frames", 0444, knob_counter, nr_table_frames),
	KNOB("sys/kernel/mm/vmalloc/lazy_max_pages", 0644, knob_lazy_max, 0),
	KNOB("sys/kernel/mm/vmalloc/nr_lazy", 0444, knob_nr_lazy, 0),
	KNOB("sys/kernel/mm/vmalloc/purge", 0200, knob_purge, 0),
	KNOB("sys/kernel/mm/vmalloc/map_width", 0644, knob_map_width, 0),
	KNOB("sys/kernel/mm/vmalloc/map_ascii", 0644, knob_map_ascii, 0),
	KNOB("sys/kernel/tracing/tracing_on", 0644, knob_tracing_on, 0),
	KNOB(TRACE_EVENT_DIR "enable", 0640, knob_trace_enable, NR_TRACE_TYPES),
	KNOB(TRACE_EVENT_DIR "alloc_vmap_area/enable", 0640, knob_trace_enable,
	     TRACE_ALLOC_VMAP_AREA),
	KNOB(TRACE_EVENT_DIR "purge_vmap_area_lazy/enable", 0640, knob_trace_enable,
	     TRACE_PURGE_VMAP_AREA_LAZY),
	KNOB(TRACE_EVENT_DIR "free_vmap_area_noflush/enable", 0640, knob_trace_enable,
	     TRACE_FREE_VMAP_AREA_NOFLUSH),
	/* It stops the machine for as long as it takes: not for everybody. */
	KNOB("sys/kernel/mm/vmalloc/check", 0400, knob_check, 0),
	KNOB("sys/kernel/mm/vmalloc/vfree", 0200, knob_vfree, 0),
	KNOB("sys/kernel/mm/vmalloc/policy", 0644, knob_policy, 0),
};

const size_t nr_knob_files = G_N_ELEMENTS(knob_files);
