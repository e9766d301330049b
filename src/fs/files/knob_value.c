/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Values of knobs: how each kind of them is read and written.  Most are members
 * of struct machine, at the offset `field`.
 */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "fs/files/files.h"
#include "fs/files/knob.h"

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

/* One entry of a table may be wrong for millions of pages: nobody reads all of that. */
#define CHECK_LINES 1000

struct findings {
	GString *out;
	unsigned lines;
};

static void add_finding(void *arg, const char *line)
{
	struct findings *f = arg;

	if (f->lines++ < CHECK_LINES)
		g_string_append_printf(f->out, "%s\n", line);
}

static void get_check(struct fs *fs, size_t field, GString *out)
{
	struct findings f = { .out = out };
	unsigned errors;

	(void)field;
	pthread_rwlock_wrlock(&fs->gather_lock);
	errors = machine_check(fs->m, add_finding, &f);
	pthread_rwlock_unlock(&fs->gather_lock);
	if (!errors)
		g_string_append(out, "ok\n");
	else if (errors > CHECK_LINES)
		g_string_append_printf(out, "and %u more\n", errors - CHECK_LINES);
}

static int set_vfree(struct fs *fs, size_t field, const char *text)
{
	struct inode *inode = NULL;
	uint64_t addr;
	int err = parse_number(text, UINT64_MAX, &addr);

	(void)field;
	if (!err)
		err = vfree_by_address(fs, addr, &inode);
	if (inode) {
		/* Attributes alone: this waits for no other request. */
		fuse_lowlevel_notify_inval_inode(fs->se, inode_id(fs, inode), -1, 0);
		inode_drop(fs, inode);
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

const struct knob_type knob_ulong = { get_ulong, set_ulong };
const struct knob_type knob_hex = { get_hex, set_ulong };
const struct knob_type knob_u32 = { get_u32, set_u32 };
const struct knob_type knob_int = { get_int, set_int };
const struct knob_type knob_yes_no = { get_yes_no, set_bool };
const struct knob_type knob_0_1 = { get_0_1, set_bool };
const struct knob_type knob_depth = { get_ulong, set_depth };
const struct knob_type knob_probability = { get_ulong, set_probability };
const struct knob_type knob_nth = { get_nth, set_nth };
const struct knob_type knob_counter = { get_ulong, NULL };
const struct knob_type knob_check = { get_check, NULL };
const struct knob_type knob_lazy_max = { get_lazy_max, set_lazy_max };
const struct knob_type knob_nr_lazy = { get_nr_lazy, NULL };
const struct knob_type knob_purge = { NULL, set_purge };
const struct knob_type knob_map_width = { get_map_width, set_map_width };
const struct knob_type knob_map_ascii = { get_map_ascii, set_map_ascii };
const struct knob_type knob_tracing_on = { get_tracing_on, set_tracing_on };
const struct knob_type knob_trace_enable = { get_trace_enable, set_trace_enable };
const struct knob_type knob_vfree = { NULL, set_vfree };
const struct knob_type knob_policy = { get_policy, set_policy };
