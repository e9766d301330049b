/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Knobs that functions read and write, and those that switch events of tracing.
 */
#include <errno.h>
#include <string.h>

#include "fs/ctl/vfree.h"
#include "fs/files/files.h"
#include "fs/files/knob.h"
#include "fs/files/knob_number.h"
#include "fs/inode/inode.h"
#include "fs/requests/handover.h"
#include "input/size.h"
#include "show/show.h"
#include <vmallocfs/history.h>
#include <vmallocfs/vmalloc.h>

/* One entry of a table may be wrong for millions of pages: no person reads all of that. */
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

static void get_check(struct fs *fs, GString *out)
{
	struct findings f = { .out = out };
	unsigned errors;

	loop_may_take_long();
	fs_gather_lock(fs);
	errors = machine_check(fs->m, add_finding, &f);
	fs_gather_unlock(fs);
	if (!errors)
		g_string_append(out, "ok\n");
	else if (errors > CHECK_LINES)
		g_string_append_printf(out, "and %u more\n", errors - CHECK_LINES);
}

static int set_vfree(struct fs *fs, const char *text)
{
	struct inode *inode = NULL;
	uint64_t addr;
	int err = parse_knob_address(text, &addr);

	loop_may_take_long();
	if (!err)
		err = vfree_by_address(fs, addr, &inode);
	if (inode) {
		/* Attributes alone: this waits for no other request. */
		fuse_lowlevel_notify_inval_inode(fs->se, inode->id, -1, 0);
		inode_drop(fs, inode);
	}
	return err;
}

static void get_lazy_max(struct fs *fs, GString *out)
{
	g_string_append_printf(out, "%lu\n", (unsigned long)vmalloc_lazy_max(fs->m));
}

static int set_lazy_max(struct fs *fs, const char *text)
{
	uint64_t pages;
	int err = parse_number(text, UINT64_MAX, &pages);

	if (!err)
		vmalloc_set_lazy_max(fs->m, pages);
	return err;
}

static void get_unusable(struct fs *fs, GString *out)
{
	g_string_append_printf(out, "%lu\n", (unsigned long)vmalloc_unusable_pages(fs->m));
}

static int set_unusable(struct fs *fs, const char *text)
{
	uint64_t pages;
	int err = parse_number(text, UINT64_MAX, &pages);

	if (!err)
		vmalloc_set_unusable_pages(fs->m, pages);
	return err;
}

static void get_nr_lazy(struct fs *fs, GString *out)
{
	g_string_append_printf(out, "%lu\n", (unsigned long)vmalloc_nr_lazy(fs->m));
}

/* Any number will do; 1 is customary. */
static int set_purge(struct fs *fs, const char *text)
{
	uint64_t value;
	int err = parse_number(text, UINT64_MAX, &value);

	loop_may_take_long();
	if (!err) {
		purge_vmap_area_lazy(fs->m);
		pages_give_back(fs->m, true);
	}
	return err;
}

static void get_tracing_on(struct fs *fs, GString *out)
{
	g_string_append(out, trace_is_on(fs->m) ? "1\n" : "0\n");
}

static int set_tracing_on(struct fs *fs, const char *text)
{
	bool on;
	int err = parse_bool(text, &on);

	if (!err)
		trace_set_on(fs->m, on);
	return err;
}

static void get_buffer_size(struct fs *fs, GString *out)
{
	size_t bytes = trace_size(fs->m) * sizeof(struct trace_event);

	g_string_append_printf(out, "%zu\n", bytes >> 10);
}

/* Room for so many KiB of events, rounded up. */
static int set_buffer_size(struct fs *fs, const char *text)
{
	const uint64_t event = sizeof(struct trace_event);
	uint64_t kb;
	int err = parse_number(text, TRACE_EVENTS_MAX * event >> 10, &kb);

	loop_may_take_long();
	return err ? err : trace_resize(fs->m, ((kb << 10) + event - 1) / event);
}

/* All there are, the one in force in brackets. */
static void get_policy(struct fs *fs, GString *out)
{
	enum vm_policy now = vmalloc_policy(fs->m);

	for (unsigned i = 0; i < NR_VM_POLICIES; i++)
		g_string_append_printf(out, i == now ? "%s[%s]" : "%s%s", i ? " " : "",
				       vm_policy_name(i));
	g_string_append_c(out, '\n');
}

static int set_policy(struct fs *fs, const char *text)
{
	enum vm_policy policy;
	int err = vm_policy_parse(text, &policy);

	loop_may_take_long();
	return err ? err : vmalloc_set_policy(fs->m, policy);
}

static void get_history(struct fs *fs, GString *out)
{
	g_string_append_printf(out, "%zu\n", vmalloc_history(fs->m));
}

static int set_history(struct fs *fs, const char *text)
{
	uint64_t events;
	int err = parse_number(text, HISTORY_EVENTS_MAX, &events);

	loop_may_take_long();
	return err ? err : vmalloc_set_history(fs->m, events);
}

static void get_cpu(struct fs *fs, GString *out)
{
	g_string_append_printf(out, "%u\n", fs->m->cpu);
}

static int set_cpu(struct fs *fs, const char *text)
{
	uint64_t cpu;
	int err = parse_number(text, fs->m->nr_cpus - 1, &cpu);

	if (!err)
		fs->m->cpu = (unsigned)cpu;
	return err;
}

static void get_nr_pooled(struct fs *fs, GString *out)
{
	g_string_append_printf(out, "%lu\n", (unsigned long)vmalloc_nr_pooled(fs->m));
}

/* The last question, answered anew. */
static void get_enough(struct fs *fs, GString *out)
{
	struct show_question question;
	int err;

	loop_may_take_long();
	handover_lock(&fs->texts_lock);
	question = fs->question;
	pthread_mutex_unlock(&fs->texts_lock);
	if (!question.size) {
		g_string_append(out, "no question yet: write SIZE [ALIGN] [SPACE] to this file\n");
		return;
	}
	err = show_enough(out, fs->m, &question);
	if (err)
		g_string_append_printf(out, "no answer: %s\n", g_strerror(-err));
}

static bool parse_space(const struct machine *m, const char *name, enum vm_space_id *ret)
{
	struct vm_space space;

	for (unsigned i = 0; i < NR_VM_SPACES; i++) {
		*ret = (enum vm_space_id)i;
		if (vm_space(m, *ret, &space) && !strcmp(name, space.name))
			return true;
	}
	return false;
}

/* SIZE [ALIGN] [SPACE]: sizes as people write them, the name of a space. */
static int parse_question(const struct machine *m, const char *text, struct show_question *ret)
{
	g_auto(GStrv) words = g_strsplit(text, " ", -1);
	unsigned next = 1;

	*ret = (struct show_question){ .space = VM_SPACE_VMALLOC };
	if (!words[0] || !size_parse(words[0], &ret->size) || !ret->size ||
	    ret->size > UINT64_MAX - 2 * PAGE_SIZE)
		return -EINVAL;
	if (words[next] && size_parse(words[next], &ret->align)) {
		if (!ret->align || ret->align & (ret->align - 1))
			return -EINVAL;
		next++;
	}
	if (words[next] && parse_space(m, words[next], &ret->space))
		next++;
	return words[next] ? -EINVAL : 0;
}

static int set_enough(struct fs *fs, const char *text)
{
	struct show_question question;
	int err = parse_question(fs->m, text, &question);

	if (err)
		return err;
	handover_lock(&fs->texts_lock);
	fs->question = question;
	pthread_mutex_unlock(&fs->texts_lock);
	return 0;
}

static void get_flush_ceiling(struct fs *fs, GString *out)
{
	g_string_append_printf(out, "%lu\n", (unsigned long)fs->m->tlb_single_page_flush_ceiling);
}

static int set_flush_ceiling(struct fs *fs, const char *text)
{
	uint64_t pages;
	int err = parse_number(text, UINT64_MAX, &pages);

	if (!err)
		vmalloc_set_flush_ceiling(fs->m, pages);
	return err;
}

static void get_stale(struct fs *fs, GString *out)
{
	g_string_append_printf(out, "%lu\n", (unsigned long)cpus_stale(fs->m));
}

static void get_map_width(struct fs *fs, GString *out)
{
	g_string_append_printf(out, "%u\n", fs->options.map_width);
}

static int set_map_width(struct fs *fs, const char *text)
{
	uint64_t value;
	int err = parse_number(text, MAP_WIDTH_MAX, &value);

	if (!err && value < MAP_WIDTH_MIN)
		err = -EINVAL;
	if (!err)
		fs->options.map_width = (unsigned)value;
	return err;
}

static void get_map_ascii(struct fs *fs, GString *out)
{
	g_string_append(out, fs->options.map_ascii ? "1\n" : "0\n");
}

static int set_map_ascii(struct fs *fs, const char *text)
{
	bool value;
	int err = parse_bool(text, &value);

	if (!err)
		fs->options.map_ascii = value;
	return err;
}

static const struct call_row *call_row(const struct knob_row *row)
{
	return (const struct call_row *)row;
}

static void get_by_call(struct fs *fs, const struct knob_row *row, GString *out)
{
	call_row(row)->get(fs, out);
}

static int set_by_call(struct fs *fs, const struct knob_row *row, const char *text)
{
	return call_row(row)->set(fs, text);
}

const struct knob_kind call_kind = { get_by_call, set_by_call };

#define CALL(path, mode, get_, set_)                                                               \
	{                                                                                          \
		.knob = { { path, mode, &knob_ops }, &call_kind }, .get = (get_), .set = (set_),   \
	}
#define VMALLOC(name, mode, get, set) CALL("sys/kernel/mm/vmalloc/" name, mode, get, set)

const struct call_row call_rows[] = {
	VMALLOC("lazy_max_pages", 0644, get_lazy_max, set_lazy_max),
	VMALLOC("nr_lazy", 0444, get_nr_lazy, NULL),
	VMALLOC("nr_pooled", 0444, get_nr_pooled, NULL),
	VMALLOC("history_events", 0644, get_history, set_history),
	VMALLOC("cpu", 0644, get_cpu, set_cpu),
	VMALLOC("tlb_stale", 0444, get_stale, NULL),
	CALL("sys/kernel/debug/x86/tlb_single_page_flush_ceiling", 0600, get_flush_ceiling,
	     set_flush_ceiling),
	VMALLOC("purge", 0200, NULL, set_purge),
	VMALLOC("unusable_pages", 0644, get_unusable, set_unusable),
	VMALLOC("map_width", 0644, get_map_width, set_map_width),
	VMALLOC("map_ascii", 0644, get_map_ascii, set_map_ascii),
	VMALLOC("policy", 0644, get_policy, set_policy),
	VMALLOC("enough", 0644, get_enough, set_enough),
	VMALLOC("vfree", 0200, NULL, set_vfree),
	/* It stops the machine for as long as it takes: not for every user. */
	VMALLOC("check", 0400, get_check, NULL),
	CALL("sys/kernel/tracing/tracing_on", 0644, get_tracing_on, set_tracing_on),
	CALL("sys/kernel/tracing/buffer_size_kb", 0640, get_buffer_size, set_buffer_size),
};

const size_t nr_call_rows = G_N_ELEMENTS(call_rows);

static const struct event_row *event_row(const struct knob_row *row)
{
	return (const struct event_row *)row;
}

/* X: some of them are on, and some off. */
static void get_event(struct fs *fs, const struct knob_row *row, GString *out)
{
	enum trace_type first = event_row(row)->first;
	enum trace_type last = event_row(row)->last;
	unsigned on = 0;

	for (unsigned i = first; i <= last; i++)
		on += trace_enabled(fs->m, (enum trace_type)i);
	g_string_append(out, !on ? "0\n" : on == last - first + 1 ? "1\n" : "X\n");
}

static int switch_event(struct fs *fs, const struct knob_row *row, const char *text)
{
	bool on;
	int err = parse_bool(text, &on);

	for (unsigned i = event_row(row)->first; !err && i <= event_row(row)->last; i++)
		trace_enable(fs->m, (enum trace_type)i, on);
	return err;
}

const struct knob_kind event_kind = { get_event, switch_event };

#define EVENT(name, first_, last_)                                                                 \
	{                                                                                          \
		.knob = { { TRACE_EVENT_DIR name, 0640, &knob_ops }, &event_kind },                \
		.first = (first_), .last = (last_),                                                \
	}

const struct event_row event_rows[] = {
	EVENT("enable", 0, NR_TRACE_TYPES - 1),
	EVENT("alloc_vmap_area/enable", TRACE_ALLOC_VMAP_AREA, TRACE_ALLOC_VMAP_AREA),
	EVENT("purge_vmap_area_lazy/enable", TRACE_PURGE_VMAP_AREA_LAZY,
	      TRACE_PURGE_VMAP_AREA_LAZY),
	EVENT("free_vmap_area_noflush/enable", TRACE_FREE_VMAP_AREA_NOFLUSH,
	      TRACE_FREE_VMAP_AREA_NOFLUSH),
};

const size_t nr_event_rows = G_N_ELEMENTS(event_rows);
