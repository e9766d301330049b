/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Knobs and counters: files with one value each, below sys/.
 *
 *	knob_files	a row a file: path, mode, type, and where the value is
 *	struct knob_type	how such a value is read and written
 *
 * A write is one value, with or without a newline behind it, wherever in the
 * file it goes; what is no such value is EINVAL and changes nothing.  A read
 * from the start makes the text, and reads further on get the rest of it.
 */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "fs/files.h"
#include "fs/knob.h"

/* The longest value is 18 bytes. */
#define KNOB_MAX 63

struct knob_type {
	/* Appends the value and a newline. NULL: cannot be read. */
	void (*get)(struct fs *fs, size_t field, GString *out);
	/* 0, -EINVAL, -EIO, -ENOMEM. NULL: cannot be written. */
	int (*set)(struct fs *fs, size_t field, const char *text);
};

#define FIELD(fs, type, offset) ((type *)(void *)((char *)(fs)->m + (offset)))

/* Decimal, 0x hexadecimal, or octal with a leading 0; up to max. */
static int parse_number(const char *text, uint64_t max, uint64_t *ret)
{
	char *end;

	if (*text == '+')
		text++;
	if (!g_ascii_isdigit(*text))
		return -EINVAL;
	errno = 0;
	*ret = g_ascii_strtoull(text, &end, 0);
	return errno || *end || *ret > max ? -EINVAL : 0;
}

static int parse_bool(const char *text, bool *ret)
{
	static const char *const yes[] = { "1", "y", "yes", "on" };
	static const char *const no[] = { "0", "n", "no", "off" };

	for (size_t i = 0; i < G_N_ELEMENTS(yes); i++) {
		*ret = !g_ascii_strcasecmp(text, yes[i]);
		if (*ret || !g_ascii_strcasecmp(text, no[i]))
			return 0;
	}
	return -EINVAL;
}

static void get_ulong(struct fs *fs, size_t field, GString *out)
{
	g_string_append_printf(out, "%lu\n", (unsigned long)*FIELD(fs, _Atomic uint64_t, field));
}

static int set_ulong(struct fs *fs, size_t field, const char *text)
{
	uint64_t value;
	int err = parse_number(text, UINT64_MAX, &value);

	if (!err)
		*FIELD(fs, _Atomic uint64_t, field) = value;
	return err;
}

static void get_hex(struct fs *fs, size_t field, GString *out)
{
	g_string_append_printf(out, "0x%016lx\n",
			       (unsigned long)*FIELD(fs, _Atomic uint64_t, field));
}

static void get_u32(struct fs *fs, size_t field, GString *out)
{
	g_string_append_printf(out, "%u\n", *FIELD(fs, _Atomic uint32_t, field));
}

static int set_u32(struct fs *fs, size_t field, const char *text)
{
	uint64_t value;
	int err = parse_number(text, UINT32_MAX, &value);

	if (!err)
		*FIELD(fs, _Atomic uint32_t, field) = (uint32_t)value;
	return err;
}

static void get_int(struct fs *fs, size_t field, GString *out)
{
	g_string_append_printf(out, "%d\n", *FIELD(fs, _Atomic int32_t, field));
}

static int set_int(struct fs *fs, size_t field, const char *text)
{
	bool negative = *text == '-' && g_ascii_isdigit(text[1]);
	uint64_t value;
	int err = parse_number(text + negative, INT32_MAX, &value);

	if (!err)
		*FIELD(fs, _Atomic int32_t, field) = negative ? -(int32_t)value : (int32_t)value;
	return err;
}

static int set_bool(struct fs *fs, size_t field, const char *text)
{
	bool value;
	int err = parse_bool(text, &value);

	if (!err)
		*FIELD(fs, _Atomic bool, field) = value;
	return err;
}

/* As debugfs has it. */
static void get_yes_no(struct fs *fs, size_t field, GString *out)
{
	g_string_append(out, *FIELD(fs, _Atomic bool, field) ? "Y\n" : "N\n");
}

/* As sysfs has it. */
static void get_0_1(struct fs *fs, size_t field, GString *out)
{
	g_string_append(out, *FIELD(fs, _Atomic bool, field) ? "1\n" : "0\n");
}

/* More is cut, as in Linux. */
static int set_depth(struct fs *fs, size_t field, const char *text)
{
	uint64_t value;
	int err = parse_number(text, UINT64_MAX, &value);

	if (!err)
		*FIELD(fs, _Atomic uint64_t, field) = MIN(value, STACKTRACE_DEPTH_MAX);
	return err;
}

static int set_probability(struct fs *fs, size_t field, const char *text)
{
	uint64_t value;
	int err = parse_number(text, UINT64_MAX, &value);

	if (!err)
		fault_set_probability(fs->m,
				      FIELD(fs, struct fault_attr,
					    field - offsetof(struct fault_attr, probability)),
				      value);
	return err;
}

static void get_nth(struct fs *fs, size_t field, GString *out)
{
	uint64_t nth = fault_nth(FIELD(fs, struct fault_attr, field));

	g_string_append_printf(out, "%lu\n", (unsigned long)nth);
}

static int set_nth(struct fs *fs, size_t field, const char *text)
{
	uint64_t value;
	int err = parse_number(text, UINT32_MAX, &value);

	if (!err)
		fault_set_nth(fs->m, FIELD(fs, struct fault_attr, field), value);
	return err;
}

static void add_line(void *arg, const char *line)
{
	g_string_append_printf(arg, "%s\n", line);
}

static void get_check(struct fs *fs, size_t field, GString *out)
{
	(void)field;
	pthread_rwlock_wrlock(&fs->gather_lock);
	if (!machine_check(fs->m, add_line, out))
		g_string_assign(out, "ok\n");
	pthread_rwlock_unlock(&fs->gather_lock);
}

static int set_vfree(struct fs *fs, size_t field, const char *text)
{
	struct node *node = NULL;
	uint64_t addr;
	int err = parse_number(text, UINT64_MAX, &addr);

	(void)field;
	if (!err)
		err = vfree_by_address(fs, addr, &node);
	if (node) {
		/* Attributes alone: this waits for no other request. */
		fuse_lowlevel_notify_inval_inode(fs->se, node_id(fs, node), -1, 0);
		node_forget(fs, node, 1);
	}
	return err;
}

static void get_lazy_max(struct fs *fs, size_t field, GString *out)
{
	(void)field;
	g_string_append_printf(out, "%lu\n", (unsigned long)vmalloc_lazy_max(fs->m));
}

static int set_lazy_max(struct fs *fs, size_t field, const char *text)
{
	uint64_t pages;
	int err = parse_number(text, UINT64_MAX, &pages);

	(void)field;
	if (!err)
		vmalloc_set_lazy_max(fs->m, pages);
	return err;
}

static void get_nr_lazy(struct fs *fs, size_t field, GString *out)
{
	(void)field;
	g_string_append_printf(out, "%lu\n", (unsigned long)vmalloc_nr_lazy(fs->m));
}

/* Any number will do; 1 is customary. */
static int set_purge(struct fs *fs, size_t field, const char *text)
{
	uint64_t value;
	int err = parse_number(text, UINT64_MAX, &value);

	(void)field;
	if (!err)
		purge_vmap_area_lazy(fs->m);
	return err;
}

static void get_tracing_on(struct fs *fs, size_t field, GString *out)
{
	(void)field;
	g_string_append(out, trace_is_on(fs->m) ? "1\n" : "0\n");
}

static int set_tracing_on(struct fs *fs, size_t field, const char *text)
{
	bool on;
	int err = parse_bool(text, &on);

	(void)field;
	if (!err)
		trace_set_on(fs->m, on);
	return err;
}

/* Here the field is the type of an event, or NR_TRACE_TYPES for all; X: some are on. */
static void get_trace_enable(struct fs *fs, size_t field, GString *out)
{
	unsigned on = 0;

	if (field < NR_TRACE_TYPES)
		on = trace_enabled(fs->m, (enum trace_type)field) ? NR_TRACE_TYPES : 0;
	for (unsigned i = 0; field == NR_TRACE_TYPES && i < NR_TRACE_TYPES; i++)
		on += trace_enabled(fs->m, (enum trace_type)i);
	g_string_append(out, !on ? "0\n" : on == NR_TRACE_TYPES ? "1\n" : "X\n");
}

static int set_trace_enable(struct fs *fs, size_t field, const char *text)
{
	bool on;
	int err = parse_bool(text, &on);

	for (unsigned i = 0; !err && i < NR_TRACE_TYPES; i++)
		if (field == i || field == NR_TRACE_TYPES)
			trace_enable(fs->m, (enum trace_type)i, on);
	return err;
}

/* All there are, the one in force in brackets. */
static void get_policy(struct fs *fs, size_t field, GString *out)
{
	enum vm_policy now = vmalloc_policy(fs->m);

	(void)field;
	for (unsigned i = 0; i < NR_VM_POLICIES; i++)
		g_string_append_printf(out, i == now ? "%s[%s]" : "%s%s", i ? " " : "",
				       vm_policy_name(i));
	g_string_append_c(out, '\n');
}

static int set_policy(struct fs *fs, size_t field, const char *text)
{
	enum vm_policy policy;
	int err = vm_policy_parse(text, &policy);

	(void)field;
	return err ? err : vmalloc_set_policy(fs->m, policy);
}

static void get_map_width(struct fs *fs, size_t field, GString *out)
{
	(void)field;
	g_string_append_printf(out, "%u\n", fs->options.map_width);
}

static int set_map_width(struct fs *fs, size_t field, const char *text)
{
	uint64_t value;
	int err = parse_number(text, MAP_WIDTH_MAX, &value);

	(void)field;
	if (!err && value < MAP_WIDTH_MIN)
		err = -EINVAL;
	if (!err)
		fs->options.map_width = (unsigned)value;
	return err;
}

static void get_map_ascii(struct fs *fs, size_t field, GString *out)
{
	(void)field;
	g_string_append(out, fs->options.map_ascii ? "1\n" : "0\n");
}

static int set_map_ascii(struct fs *fs, size_t field, const char *text)
{
	bool value;
	int err = parse_bool(text, &value);

	(void)field;
	if (!err)
		fs->options.map_ascii = value;
	return err;
}

static const struct knob_type knob_ulong = { get_ulong, set_ulong };
static const struct knob_type knob_hex = { get_hex, set_ulong };
static const struct knob_type knob_u32 = { get_u32, set_u32 };
static const struct knob_type knob_int = { get_int, set_int };
static const struct knob_type knob_yes_no = { get_yes_no, set_bool };
static const struct knob_type knob_0_1 = { get_0_1, set_bool };
static const struct knob_type knob_depth = { get_ulong, set_depth };
static const struct knob_type knob_probability = { get_ulong, set_probability };
static const struct knob_type knob_nth = { get_nth, set_nth };
static const struct knob_type knob_counter = { get_ulong, NULL };
static const struct knob_type knob_check = { get_check, NULL };
static const struct knob_type knob_lazy_max = { get_lazy_max, set_lazy_max };
static const struct knob_type knob_nr_lazy = { get_nr_lazy, NULL };
static const struct knob_type knob_purge = { NULL, set_purge };
static const struct knob_type knob_map_width = { get_map_width, set_map_width };
static const struct knob_type knob_map_ascii = { get_map_ascii, set_map_ascii };
static const struct knob_type knob_tracing_on = { get_tracing_on, set_tracing_on };
static const struct knob_type knob_trace_enable = { get_trace_enable, set_trace_enable };
static const struct knob_type knob_vfree = { NULL, set_vfree };
static const struct knob_type knob_policy = { get_policy, set_policy };

/* What opens of a knob share between their reads. */
struct knob_open {
	GBytes *text; /* under the node's lock */
};

static int knob_open(struct fs *fs, struct node *node, struct fuse_file_info *fi)
{
	const struct knob_type *type = node->fixed->knob;
	bool reads = (fi->flags & O_ACCMODE) != O_WRONLY;
	bool writes = (fi->flags & O_ACCMODE) != O_RDONLY || fi->flags & O_TRUNC;

	(void)fs;
	if ((reads && !type->get) || (writes && !type->set))
		return -EACCES;
	fi->fh = (uintptr_t)g_new0(struct knob_open, 1);
	return 0;
}

static void knob_release(struct fs *fs, struct node *node, struct fuse_file_info *fi)
{
	struct knob_open *open = (void *)(uintptr_t)fi->fh;

	(void)fs;
	/* Whoever answered the last reader may be about to let go of the lock. */
	pthread_rwlock_wrlock(&node->lock);
	g_clear_pointer(&open->text, g_bytes_unref);
	pthread_rwlock_unlock(&node->lock);
	g_free(open);
}

static GBytes *knob_text(struct fs *fs, const struct fixed_file *row)
{
	GString *text = g_string_new(NULL);

	row->knob->get(fs, row->field, text);
	return g_string_free_to_bytes(text);
}

static void knob_read(struct fs *fs, fuse_req_t req, struct node *node, size_t count, uint64_t off,
		      struct fuse_file_info *fi)
{
	struct knob_open *open = (void *)(uintptr_t)fi->fh;
	GBytes *fresh = off ? NULL : knob_text(fs, node->fixed);
	const char *data = NULL;
	gsize size = 0;
	GBytes *text;

	pthread_rwlock_wrlock(&node->lock);
	if (fresh) {
		g_clear_pointer(&open->text, g_bytes_unref);
		open->text = g_bytes_ref(fresh);
	}
	text = open->text ? g_bytes_ref(open->text) : NULL;
	pthread_rwlock_unlock(&node->lock);

	if (text)
		data = g_bytes_get_data(text, &size);
	if (off >= size)
		fuse_reply_buf(req, NULL, 0);
	else
		fuse_reply_buf(req, data + off, MIN(count, size - off));
	g_clear_pointer(&text, g_bytes_unref);
	g_clear_pointer(&fresh, g_bytes_unref);
}

static ssize_t knob_pwrite(struct fs *fs, struct node *node, const void *buf, size_t count,
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
	err = node->fixed->knob->set(fs, node->fixed->field, text);
	if (err)
		return err;
	pthread_rwlock_wrlock(&node->lock);
	node_modified(node);
	pthread_rwlock_unlock(&node->lock);
	return (ssize_t)count;
}

/* O_TRUNC and truncate(2) to 0 come before a write, and have nothing to do. */
static int knob_resize(struct fs *fs, struct node *node, uint64_t size)
{
	(void)fs;
	if (!node->fixed->knob->set)
		return -EPERM;
	return size ? -EINVAL : 0;
}

/* 0 like all that is made up on reading. */
static void knob_size(struct fs *fs, struct node *node, struct stat *st)
{
	(void)fs;
	(void)node;
	(void)st;
}

const struct file_ops knob_ops = {
	.direct_io = true,
	.open = knob_open,
	.release = knob_release,
	.read = knob_read,
	.pwrite = knob_pwrite,
	.resize = knob_resize,
	.size = knob_size,
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
