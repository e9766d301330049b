/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All knobs: the rows of those that are members of the machine, and the way over
 * the rows of every kind, to all of them or to one by its name.
 */
#include <stddef.h>
#include <string.h>

#include "fs/files/files.h"
#include "fs/files/knob.h"
#include "fs/inode/mount.h"

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
	VALUE("tlb_hits", 0444, member_counter, tlb_hits),
	VALUE("tlb_misses", 0444, member_counter, tlb_misses),
	VALUE("tlb_fills", 0444, member_counter, tlb_fills),
	VALUE("tlb_flushes", 0444, member_counter, tlb_flushes),
	VALUE("tlb_shootdowns", 0444, member_counter, tlb_shootdowns),
	MEMBER("proc/sys/kernel/panic_on_oops", 0644, member_0_1, panic_on_oops),
	VALUE("nr_flush_cache_vmap", 0444, member_counter, nr_flush_cache_vmap),
	VALUE("nr_flush_cache_vunmap", 0444, member_counter, nr_flush_cache_vunmap),
	VALUE("nr_warn", 0444, member_counter, nr_warn),
	VALUE("nr_bad_page", 0444, member_counter, nr_bad_page),
	VALUE("nr_page_table_frames", 0444, member_counter, nr_table_frames),
};

/* All knobs in a row; NULL after the last one. */
static const struct knob_row *knob_number(size_t i)
{
	if (i < G_N_ELEMENTS(member_rows))
		return &member_rows[i].knob;
	i -= G_N_ELEMENTS(member_rows);
	if (i < nr_fault_rows)
		return &fault_rows[i].knob;
	i -= nr_fault_rows;
	if (i < nr_call_rows)
		return &call_rows[i].knob;
	i -= nr_call_rows;
	if (i < nr_event_rows)
		return &event_rows[i].knob;
	i -= nr_event_rows;
	return i < nr_tlb_rows ? &tlb_rows[i].knob : NULL;
}

bool knobs_for_each(bool (*visit)(struct fs *fs, const struct fixed_file *file), struct fs *fs)
{
	const struct knob_row *row;

	for (size_t i = 0; (row = knob_number(i)); i++)
		if (!visit(fs, &row->file))
			return false;
	return true;
}

const char *knob_name(const char *path)
{
	static const char *const dirs[] = { "sys/kernel/mm/vmalloc/", "sys/kernel/debug/",
					    "sys/kernel/tracing/" };

	for (size_t i = 0; i < G_N_ELEMENTS(dirs); i++)
		if (g_str_has_prefix(path, dirs[i]))
			return path + strlen(dirs[i]);
	return path;
}

const struct knob_row *knob_by_name(const char *name)
{
	const struct knob_row *row;

	for (size_t i = 0; (row = knob_number(i)); i++)
		if (!strcmp(knob_name(row->file.path), name))
			return row;
	return NULL;
}
