/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the tree looks like before any user makes a file: three tables, and those
 * of the knobs.
 *
 * A new directory of areas is one row of dir_kinds.  A new file that is always
 * there is one row of text_rows, of other_files, or of the tables of knobs
 * (knob.h).  Directories on the way to one are made.
 */
#include <string.h>

#include "fs/files/files.h"
#include "fs/files/knob.h"
#include "fs/files/set_event.h"
#include "fs/files/text.h"
#include "fs/inode/dir.h"
#include "fs/inode/inode.h"
#include "fs/start/tree.h"
#include "show/show.h"
#include <vmallocfs/vmalloc.h>

static const struct dir_kind dir_kinds[] = {
	{ "", .alloc = vmalloc, .ops = &area_ops },
	{ "vmalloc_user", .alloc = vmalloc_user, .ops = &user_ops },
	{ "vmalloc_32", .alloc = vmalloc_32, .ops = &area_ops },
	{ "vmalloc_32_user", .alloc = vmalloc_32_user, .ops = &user_ops },
	{ "vmalloc_exec", .alloc = vmalloc_exec, .ops = &area_ops },
	{ "module_alloc", .alloc = module_alloc, .ops = &area_ops },
	{ "vmalloc_node", .alloc_node = vmalloc_node, .ops = &area_ops, .each_node = true },
	{ "ioremap", .ops = &ioremap_ops },
	{ "vmap", .ops = &vmap_ops, .link_only = true },
	{ "sys/kernel/debug", .mode = 0700 },
	{ "sys/kernel/tracing", .mode = 0700 },
	{ "sys/kernel/tracing/events", .mode = 0750 },
	{ "sys/kernel/tracing/per_cpu", .mode = 0750 },
	{ "sys/kernel/tracing/events/vmalloc", .mode = 0750 },
	{ TRACE_EVENT_DIR "alloc_vmap_area", .mode = 0750 },
	{ TRACE_EVENT_DIR "purge_vmap_area_lazy", .mode = 0750 },
	{ TRACE_EVENT_DIR "free_vmap_area_noflush", .mode = 0750 },
};

/* Directories in which nothing can be made. */
static const struct dir_kind bare_dir = { .path = NULL };

/* The one that is there with nowindows. */
#define STATUS 0

static const struct text_row text_rows[] = {
	[STATUS] = { { "status", 0444, &text_ops }, .show = show_status, .sized = true },
	{ { "map.txt", 0444, &text_ops }, .show_with = show_map_txt, .sized = true, .zones = true },
	{ { "map.svg", 0444, &text_ops }, .show_with = show_map_svg, .sized = true, .zones = true },
	{ { "status.json", 0444, &text_ops }, .show = show_status_json, .sized = true },
	{ { "map.html", 0444, &text_ops }, .show = show_map_html, .sized = true, .uncached = true },
	{ { "sys/kernel/mm/vmalloc/callers", 0444, &text_ops }, .show = show_callers },
	{ { "sys/kernel/mm/vmalloc/history", 0444, &text_ops }, .show = show_history },
	{ { "sys/kernel/mm/vmalloc/holes", 0444, &text_ops }, .show = show_holes },
	{ { "sys/kernel/mm/vmalloc/pools", 0444, &text_ops }, .show = show_pools },
	{ { "sys/kernel/mm/vmalloc/vmas", 0400, &text_ops }, .show = show_vmas, .uncached = true },
	{ { "proc/vmallocinfo", 0400, &text_ops }, .show = show_vmallocinfo },
	{ { "proc/kmsg", 0400, &log_ops }, .show = show_kmsg, .sized = true },
	{ { "proc/vmlinux", 0444, &text_ops },
	  .show = show_vmlinux,
	  .sized = true,
	  .exists = show_vmlinux_exists },
	{ { "proc/iomem", 0444, &text_ops }, .show = show_iomem },
	{ { "proc/meminfo", 0444, &text_ops }, .show = show_meminfo, .uncached = true },
	{ { "proc/buddyinfo", 0444, &text_ops }, .show = show_buddyinfo, .uncached = true },
	{ { "proc/pagetypeinfo", 0400, &text_ops }, .show = show_pagetypeinfo, .uncached = true },
	{ { "proc/zoneinfo", 0444, &text_ops }, .show = show_zoneinfo, .uncached = true },
	{ { "sys/kernel/debug/page_tables/kernel", 0400, &text_ops },
	  .show = show_ptdump,
	  .uncached = true },
	{ { "sys/kernel/debug/page_tables/current_kernel", 0400, &text_ops },
	  .show = show_ptdump_current,
	  .uncached = true },
	{ { "sys/kernel/debug/extfrag/extfrag_index", 0444, &text_ops },
	  .show = show_extfrag_index,
	  .uncached = true },
	{ { "sys/kernel/debug/extfrag/unusable_index", 0444, &text_ops },
	  .show = show_unusable_index,
	  .uncached = true },
	{ { "sys/kernel/tracing/trace", 0640, &clear_ops },
	  .show = show_trace,
	  .uncached = true,
	  .clear = trace_clear },
	{ { "sys/kernel/tracing/available_events", 0440, &text_ops },
	  .show = show_available_events },
	{ { "sys/kernel/tracing/set_event", 0640, &clear_ops },
	  .show = show_set_event,
	  .uncached = true,
	  .clear = set_event_clear,
	  .write = set_event_write },
	{ { TRACE_EVENT_DIR "alloc_vmap_area/format", 0440, &text_ops },
	  .show = show_format_alloc_vmap_area },
	{ { TRACE_EVENT_DIR "purge_vmap_area_lazy/format", 0440, &text_ops },
	  .show = show_format_purge_vmap_area_lazy },
	{ { TRACE_EVENT_DIR "free_vmap_area_noflush/format", 0440, &text_ops },
	  .show = show_format_free_vmap_area_noflush },
};

#define NODE_DIR "sys/devices/system/node/node"

/* What each NUMA node has, below its directory. */
static const struct text_row node_rows[] = {
	{ { "meminfo", 0444, &text_ops }, .show_of = show_node_meminfo, .uncached = true },
	{ { "numastat", 0444, &text_ops }, .show_of = show_node_numastat },
	{ { "distance", 0444, &text_ops }, .show_of = show_node_distance },
	{ { "cpulist", 0444, &text_ops }, .show_of = show_node_cpulist },
	{ { "cpumap", 0444, &text_ops }, .show_of = show_node_cpumap },
};

#define CPU_TRACE_DIR "sys/kernel/tracing/per_cpu/cpu"

/* What each processor has. */
static const struct text_row cpu_trace_rows[] = {
	{ { "trace", 0640, &clear_ops },
	  .show_of = show_cpu_trace,
	  .uncached = true,
	  .clear_of = trace_clear_of },
	{ { "trace_pipe", 0440, &pipe_ops }, .show = NULL },
};

#define CPU_DIR "sys/devices/system/cpu/cpu"

static const struct text_row cpu_rows[] = {
	{ { "tlb", 0400, &text_ops }, .show_of = show_tlb, .uncached = true },
};

#define CPU_DEV_DIR "dev/cpu/"

static const struct text_row cpu_dev_rows[] = {
	{ { "mem", 0600, &cpu_mem_ops }, .show = NULL },
	{ { "user", 0600, &cpu_user_ops }, .show = NULL },
};

static const struct fixed_file other_files[] = {
	{ "ctl", 0600, &ctl_ops },
	{ "proc/kcore", 0400, &kcore_ops },
	{ "proc/vmcore", 0400, &vmcore_ops },
	{ "sys/kernel/tracing/trace_pipe", 0440, &pipe_ops },
	{ "dev/mem", 0600, &mem_ops },
	{ "dev/kmem", 0600, &kmem_ops },
};

/* All of these give NULL or false if the host has no memory, or would pass its limit. */

static struct inode *make_dir(struct fs *fs, const struct dir_kind *kind)
{
	struct inode *dir = inode_new(fs, NULL, S_IFDIR | 0755, fs->config.uid, fs->config.gid);

	if (dir)
		dir->kind = kind;
	return dir;
}

/* A new directory in `dir`. */
static struct inode *make_dir_in(struct fs *fs, struct inode *dir, const char *name,
				 const struct dir_kind *kind)
{
	struct inode *made = make_dir(fs, kind);

	return made && !dir_insert(dir, made, name) ? made : NULL;
}

/* The directory at path, made with its parents where it is missing. */
static struct inode *dir_at(struct fs *fs, const char *path)
{
	g_auto(GStrv) names = g_strsplit(path, "/", -1);
	struct inode *dir = fs->root;

	for (char **name = names; dir && *name; name++) {
		struct inode *next = dir_find(dir, *name);

		dir = next ? next : make_dir_in(fs, dir, *name, &bare_dir);
	}
	return dir;
}

static bool build_dir(struct fs *fs, const struct dir_kind *kind)
{
	struct inode *dir = dir_at(fs, kind->path);

	if (!dir)
		return false;
	if (kind->mode)
		dir->mode = S_IFDIR | kind->mode;
	if (!kind->each_node) {
		dir->kind = kind;
		return true;
	}
	for (unsigned nid = 0; nid < fs->m->nr_nodes; nid++) {
		g_autofree char *name = g_strdup_printf("%u", nid);
		struct inode *sub = make_dir_in(fs, dir, name, kind);

		if (!sub)
			return false;
		sub->nid = (int16_t)nid;
	}
	return true;
}

static struct inode *tree_file_at(struct fs *fs, const struct fixed_file *row, const char *path)
{
	g_autofree char *parent = g_path_get_dirname(path);
	g_autofree char *name = g_path_get_basename(path);
	struct inode *dir = strcmp(parent, ".") ? dir_at(fs, parent) : fs->root;
	struct inode *inode =
		inode_new(fs, row->ops, S_IFREG | row->mode, fs->config.uid, fs->config.gid);

	if (!dir || !inode || dir_insert(dir, inode, name))
		return NULL;
	inode->fixed = row;
	return inode;
}

static struct inode *tree_file(struct fs *fs, const struct fixed_file *row)
{
	return tree_file_at(fs, row, row->path);
}

static bool build_file(struct fs *fs, const struct fixed_file *row)
{
	return tree_file(fs, row) != NULL;
}

static bool build_text(struct fs *fs, const struct text_row *row)
{
	struct inode *inode = tree_file(fs, &row->file);

	if (inode)
		text_add(fs, inode);
	return inode != NULL;
}

/* The file of one of n things; `path` is where. */
static bool build_one(struct fs *fs, const struct text_row *row, const char *path, unsigned nr)
{
	struct inode *inode = tree_file_at(fs, &row->file, path);

	if (!inode)
		return false;
	inode->nid = (int16_t)nr;
	if (row->show_of)
		text_add(fs, inode);
	return true;
}

/* The same files for each of n things: dir and its number is the directory of one. */
static bool build_each(struct fs *fs, const char *dir, unsigned n, const struct text_row *rows,
		       size_t nr_rows)
{
	bool ok = true;

	for (unsigned nr = 0; nr < n; nr++) {
		for (size_t i = 0; ok && i < nr_rows; i++) {
			g_autofree char *path =
				g_strdup_printf("%s%u/%s", dir, nr, rows[i].file.path);

			ok = build_one(fs, &rows[i], path, nr);
		}
	}
	return ok;
}

static bool build_files(struct fs *fs)
{
	bool ok = true;

	for (size_t i = 0; ok && i < G_N_ELEMENTS(text_rows); i++)
		if (!text_rows[i].exists || text_rows[i].exists(fs->m))
			ok = build_text(fs, &text_rows[i]);
	for (size_t i = 0; ok && i < G_N_ELEMENTS(other_files); i++)
		ok = build_file(fs, &other_files[i]);
	return ok && knobs_for_each(build_file, fs);
}

bool tree_build(struct fs *fs)
{
	bool ok;

	fs->root = make_dir(fs, &bare_dir);
	ok = fs->root != NULL;
	for (size_t i = 0; ok && i < G_N_ELEMENTS(dir_kinds); i++)
		if (dir_kinds[i].ops || !fs->config.nowindows)
			ok = build_dir(fs, &dir_kinds[i]);
	if (ok && fs->config.nowindows)
		return build_text(fs, &text_rows[STATUS]);
	return ok && build_files(fs) &&
	       build_each(fs, NODE_DIR, fs->m->nr_nodes, node_rows, G_N_ELEMENTS(node_rows)) &&
	       build_each(fs, CPU_DIR, fs->m->nr_cpus, cpu_rows, G_N_ELEMENTS(cpu_rows)) &&
	       build_each(fs, CPU_DEV_DIR, fs->m->nr_cpus, cpu_dev_rows,
			  G_N_ELEMENTS(cpu_dev_rows)) &&
	       build_each(fs, CPU_TRACE_DIR, fs->m->nr_cpus, cpu_trace_rows,
			  G_N_ELEMENTS(cpu_trace_rows));
}
