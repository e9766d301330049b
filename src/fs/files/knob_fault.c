/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Knobs of fault injection that are more than a member: probability counts
 * anew when it is set, and fail-nth is part of a word.
 */
#include <stddef.h>

#include "fs/files/files.h"
#include "fs/files/knob.h"
#include "fs/files/knob_number.h"
#include "fs/inode/mount.h"

static void get_probability(const struct fault_attr *attr, GString *out)
{
	g_string_append_printf(out, "%lu\n", (unsigned long)attr->probability);
}

static int set_probability(struct machine *m, struct fault_attr *attr, const char *text)
{
	uint64_t value;
	int err = parse_number(text, UINT64_MAX, &value);

	if (!err)
		fault_set_probability(m, attr, value);
	return err;
}

static void get_nth(const struct fault_attr *attr, GString *out)
{
	g_string_append_printf(out, "%lu\n", (unsigned long)fault_nth(attr));
}

static int set_nth(struct machine *m, struct fault_attr *attr, const char *text)
{
	uint64_t value;
	int err = parse_number(text, UINT32_MAX, &value);

	if (!err)
		fault_set_nth(m, attr, value);
	return err;
}

static const struct fault_row *fault_row(const struct knob_row *row)
{
	return (const struct fault_row *)row;
}

static struct fault_attr *fault_attr(struct machine *m, const struct fault_row *row)
{
	return (void *)((char *)m + row->offset);
}

static void get_fault(struct fs *fs, const struct knob_row *row, GString *out)
{
	fault_row(row)->get(fault_attr(fs->m, fault_row(row)), out);
}

static int set_fault(struct fs *fs, const struct knob_row *row, const char *text)
{
	return fault_row(row)->set(fs->m, fault_attr(fs->m, fault_row(row)), text);
}

const struct knob_kind fault_kind = { get_fault, set_fault };

#define FAULT(attr, name, get_, set_)                                                              \
	{                                                                                          \
		.knob = { { "sys/kernel/debug/" #attr "/" name, 0600, &knob_ops }, &fault_kind },  \
		.get = (get_), .set = (set_), .offset = offsetof(struct machine, attr),            \
	}

const struct fault_row fault_rows[] = {
	FAULT(fail_page_alloc, "probability", get_probability, set_probability),
	FAULT(fail_page_alloc, "fail-nth", get_nth, set_nth),
	FAULT(failslab, "probability", get_probability, set_probability),
	FAULT(failslab, "fail-nth", get_nth, set_nth),
};

const size_t nr_fault_rows = G_N_ELEMENTS(fault_rows);
