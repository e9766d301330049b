/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Knobs that are members of struct machine: how each type of member is read and
 * written.
 */
#include "fs/files/knob.h"
#include "fs/files/knob_number.h"
#include "fs/inode/mount.h"

static void get_ulong(const void *member, GString *out)
{
	g_string_append_printf(out, "%lu\n", (unsigned long)*(const _Atomic uint64_t *)member);
}

static int set_ulong(void *member, const char *text)
{
	uint64_t value;
	int err = parse_number(text, UINT64_MAX, &value);

	if (!err)
		*(_Atomic uint64_t *)member = value;
	return err;
}

static void get_hex(const void *member, GString *out)
{
	g_string_append_printf(out, "0x%016lx\n", (unsigned long)*(const _Atomic uint64_t *)member);
}

static int set_hex(void *member, const char *text)
{
	uint64_t value;
	int err = parse_knob_address(text, &value);

	if (!err)
		*(_Atomic uint64_t *)member = value;
	return err;
}

static void get_u32(const void *member, GString *out)
{
	g_string_append_printf(out, "%u\n", *(const _Atomic uint32_t *)member);
}

static int set_u32(void *member, const char *text)
{
	uint64_t value;
	int err = parse_number(text, UINT32_MAX, &value);

	if (!err)
		*(_Atomic uint32_t *)member = (uint32_t)value;
	return err;
}

static void get_int(const void *member, GString *out)
{
	g_string_append_printf(out, "%d\n", *(const _Atomic int32_t *)member);
}

static int set_int(void *member, const char *text)
{
	bool negative = *text == '-' && g_ascii_isdigit(text[1]);
	uint64_t value;
	int err = parse_number(text + negative, INT32_MAX, &value);

	if (!err)
		*(_Atomic int32_t *)member = negative ? -(int32_t)value : (int32_t)value;
	return err;
}

static int set_bool(void *member, const char *text)
{
	bool value;
	int err = parse_bool(text, &value);

	if (!err)
		*(_Atomic bool *)member = value;
	return err;
}

/* As debugfs has it. */
static void get_yes_no(const void *member, GString *out)
{
	g_string_append(out, *(const _Atomic bool *)member ? "Y\n" : "N\n");
}

/* As sysfs has it. */
static void get_0_1(const void *member, GString *out)
{
	g_string_append(out, *(const _Atomic bool *)member ? "1\n" : "0\n");
}

/* More is cut, as in Linux. */
static int set_depth(void *member, const char *text)
{
	uint64_t value;
	int err = parse_number(text, UINT64_MAX, &value);

	if (!err)
		*(_Atomic uint64_t *)member = MIN(value, STACKTRACE_DEPTH_MAX);
	return err;
}

const struct member_type member_ulong = { get_ulong, set_ulong };
const struct member_type member_hex = { get_hex, set_hex };
const struct member_type member_u32 = { get_u32, set_u32 };
const struct member_type member_int = { get_int, set_int };
const struct member_type member_yes_no = { get_yes_no, set_bool };
const struct member_type member_0_1 = { get_0_1, set_bool };
const struct member_type member_depth = { get_ulong, set_depth };
const struct member_type member_counter = { get_ulong, NULL };

static const struct member_row *member_row(const struct knob_row *row)
{
	return (const struct member_row *)row;
}

static void get_member(struct fs *fs, const struct knob_row *row, GString *out)
{
	member_row(row)->type->get((char *)fs->m + member_row(row)->offset, out);
}

static int set_member(struct fs *fs, const struct knob_row *row, const char *text)
{
	return member_row(row)->type->set((char *)fs->m + member_row(row)->offset, text);
}

const struct knob_kind member_kind = { get_member, set_member };
