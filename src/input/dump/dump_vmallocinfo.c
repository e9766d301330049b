/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * /proc/vmallocinfo as that kernel would have printed it, and the frames that
 * an area names.
 */
#include <errno.h>
#include <inttypes.h>

#include "input/dump/dump.h"

/* The kernel's flags, which are other bits than ours. */
#define DUMP_VM_UNINITIALIZED 0x20u
static const struct {
	uint64_t flag;
	const char *word;
} words[] = {
	{ 0x1, "ioremap" }, { 0x1000, "sparse" }, { 0x2, "vmalloc" },
	{ 0x4, "vmap" },    { 0x8, "user" },	  { 0x10, "dma-coherent" },
};

#define FRAMES_AT_ONCE 512
#define NODES_MAX 1024

/* The first frame of each node, and how many: struct pglist_data. */
struct memory_node {
	uint64_t start;
	uint64_t frames;
};

/*
 * VMCOREINFO says where the nodes are.  What it does not say, or the dump does not
 * have, is a machine of one node.
 */
static unsigned read_memory_nodes(struct dump *d, struct memory_node *node)
{
	uint64_t table, len, start, spanned;
	unsigned nr = 0;

	if (!dump_file_symbol(d->file, "node_data", &table) ||
	    !dump_file_length(d->file, "node_data", &len) ||
	    !dump_file_offset(d->file, "pglist_data.node_start_pfn", &start) ||
	    !dump_file_offset(d->file, "pglist_data.node_spanned_pages", &spanned))
		return 1;
	for (uint64_t i = 0; i < len && i < NODES_MAX; i++) {
		uint64_t at;

		node[i] = (struct memory_node){ 0 };
		if (!memory_u64(&d->memory, table + i * sizeof(at), &at) || !at)
			continue;
		if (memory_u64(&d->memory, at + start, &node[i].start) &&
		    memory_u64(&d->memory, at + spanned, &node[i].frames))
			nr = (unsigned)i + 1;
	}
	return nr ? nr : 1;
}

int dump_area_frames(struct dump *d, const struct dump_area *a, uint64_t *pfn, char **error)
{
	for (uint32_t done = 0; done < a->nr_pages;) {
		uint64_t page[FRAMES_AT_ONCE];
		uint32_t n = MIN(a->nr_pages - done, FRAMES_AT_ONCE);

		if (!memory_read(&d->memory, a->pages + done * sizeof(*page), page,
				 n * sizeof(*page))) {
			*error = g_strdup_printf(
				"the frames of the area at 0x%" PRIx64 " cannot be read", a->start);
			return -EINVAL;
		}
		for (uint32_t i = 0; i < n; i++)
			pfn[done + i] = (page[i] - d->vmemmap) / d->types.page_size;
		done += n;
	}
	return 0;
}

static int count_nodes(struct dump *d, const struct dump_area *a, const struct memory_node *node,
		       unsigned nr, uint32_t *count, char **error)
{
	g_autofree uint64_t *pfn = g_try_new(uint64_t, a->nr_pages);
	int err;

	if (!pfn) {
		*error = g_strdup("the host has no memory for an area's frames");
		return -ENOMEM;
	}
	err = dump_area_frames(d, a, pfn, error);
	if (err)
		return err;
	for (uint32_t i = 0; i < a->nr_pages; i++)
		for (unsigned n = 0; n < nr; n++)
			count[n] +=
				pfn[i] >= node[n].start && pfn[i] - node[n].start < node[n].frames;
	return 0;
}

static int put_nodes(struct dump *d, const struct dump_area *a, const struct memory_node *node,
		     unsigned nr, GString *out, char **error)
{
	g_autofree uint32_t *count = g_new0(uint32_t, nr);
	int err;

	/* One node has them all, and nobody needs to look. */
	if (nr == 1) {
		g_string_append_printf(out, " N0=%" PRIu32, a->nr_pages);
		return 0;
	}
	err = count_nodes(d, a, node, nr, count, error);
	for (unsigned n = 0; !err && n < nr; n++)
		if (count[n])
			g_string_append_printf(out, " N%u=%" PRIu32, n, count[n]);
	return err;
}

static bool in_window(const struct dump_window *w, uint64_t addr)
{
	return addr >= w->start && addr < w->end;
}

static int put_area(struct dump *d, const struct dump_area *a, const struct memory_node *node,
		    unsigned nr, GString *out, char **error)
{
	if (a->caller) {
		g_string_append_c(out, ' ');
		dump_put_symbol(d, a->caller, out);
	}
	if (a->nr_pages)
		g_string_append_printf(out, " pages=%" PRIu32, a->nr_pages);
	if (a->phys)
		g_string_append_printf(out, " phys=0x%016" PRIx64, a->phys);
	for (gsize i = 0; i < G_N_ELEMENTS(words); i++)
		if (a->flags & words[i].flag)
			g_string_append_printf(out, " %s", words[i].word);
	if (in_window(&d->vmalloc, a->pages))
		g_string_append(out, " vpages");
	if (!a->nr_pages || a->flags & DUMP_VM_UNINITIALIZED)
		return 0;
	return put_nodes(d, a, node, nr, out, error);
}

int dump_vmallocinfo(struct dump *d, GString *out, char **error)
{
	g_autofree struct memory_node *node = g_new0(struct memory_node, NODES_MAX);
	unsigned nr = read_memory_nodes(d, node);
	int err = 0;

	for (guint i = 0; !err && i < d->areas->len; i++) {
		const struct dump_area *a = dump_area(d, i);

		if (a->kind == DUMP_POOLED)
			continue;
		g_string_append_printf(out, "0x%016" PRIx64 "-0x%016" PRIx64 " %7" PRIu64, a->start,
				       a->start + a->size, a->size);
		if (a->kind == DUMP_MAP_RAM)
			g_string_append(out, " vm_map_ram");
		else if (a->kind == DUMP_UNPURGED)
			g_string_append(out, " unpurged vm_area");
		else
			err = put_area(d, a, node, nr, out, error);
		g_string_append_c(out, '\n');
	}
	return err;
}
