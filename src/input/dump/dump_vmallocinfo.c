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

/*
 * VMCOREINFO says where the nodes are.  Where it does not, or the dump lacks them, the
 * machine counts as one of a single node.
 */
static void read_memory_nodes(struct dump *d)
{
	uint64_t table, len, start, spanned;

	d->node = g_new0(struct dump_node, NODES_MAX);
	d->nr_nodes = 1;
	if (!dump_file_symbol(d->file, "node_data", &table) ||
	    !dump_file_length(d->file, "node_data", &len) ||
	    !dump_file_offset(d->file, "pglist_data.node_start_pfn", &start) ||
	    !dump_file_offset(d->file, "pglist_data.node_spanned_pages", &spanned))
		return;
	for (uint64_t i = 0; i < len && i < NODES_MAX; i++) {
		struct dump_node *node = &d->node[i];
		uint64_t at;

		if (memory_u64(&d->memory, table + i * sizeof(at), &at) && at &&
		    memory_u64(&d->memory, at + start, &node->start) &&
		    memory_u64(&d->memory, at + spanned, &node->frames))
			d->nr_nodes = (unsigned)i + 1;
	}
}

static int count_nodes(struct dump *d, const struct dump_area *a, uint32_t *count, char **error)
{
	uint64_t pfn[FRAMES_AT_ONCE];

	for (uint32_t done = 0; done < a->nr_pages; done += FRAMES_AT_ONCE) {
		uint32_t n = MIN(a->nr_pages - done, FRAMES_AT_ONCE);
		int err = dump_area_frames(d, a, done, n, pfn, error);

		if (err)
			return err;
		for (uint32_t i = 0; i < n; i++)
			for (unsigned nid = 0; nid < d->nr_nodes; nid++)
				count[nid] += pfn[i] >= d->node[nid].start &&
					      pfn[i] - d->node[nid].start < d->node[nid].frames;
	}
	return 0;
}

unsigned dump_node_of(struct dump *d, uint64_t pfn)
{
	if (!d->node)
		read_memory_nodes(d);
	for (unsigned nid = 0; nid < d->nr_nodes; nid++)
		if (pfn >= d->node[nid].start && pfn - d->node[nid].start < d->node[nid].frames)
			return nid;
	return 0;
}

static int put_nodes(struct dump *d, const struct dump_area *a, GString *out, char **error)
{
	g_autofree uint32_t *count = NULL;
	int err;

	if (!d->node)
		read_memory_nodes(d);
	/* A single node has all pages: no array has to be read. */
	if (d->nr_nodes == 1) {
		g_string_append_printf(out, " N0=%" PRIu32, a->nr_pages);
		return 0;
	}
	count = g_new0(uint32_t, d->nr_nodes);
	err = count_nodes(d, a, count, error);
	for (unsigned nid = 0; !err && nid < d->nr_nodes; nid++)
		if (count[nid])
			g_string_append_printf(out, " N%u=%" PRIu32, nid, count[nid]);
	return err;
}

static bool in_window(const struct dump_window *w, uint64_t addr)
{
	return addr >= w->start && addr < w->end;
}

static int put_area(struct dump *d, const struct dump_area *a, GString *out, char **error)
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
	if (!a->nr_pages || a->flags & DUMP_VM_UNINITIALIZED || a->kind == DUMP_RUN)
		return 0;
	return put_nodes(d, a, out, error);
}

int dump_put_words(struct dump *d, const struct dump_area *a, GString *out, char **error)
{
	switch (a->kind) {
	case DUMP_MAP_RAM:
		g_string_append(out, " vm_map_ram");
		return 0;
	case DUMP_UNPURGED:
	case DUMP_POOLED:
		g_string_append(out, " unpurged vm_area");
		return 0;
	default:
		return put_area(d, a, out, error);
	}
}

int dump_vmallocinfo(struct dump *d, GString *out, char **error)
{
	int err = 0;

	for (guint i = 0; !err && i < d->areas->len; i++) {
		const struct dump_area *a = dump_area(d, i);

		if (a->kind == DUMP_POOLED)
			continue;
		g_string_append_printf(out, "0x%016" PRIx64 "-0x%016" PRIx64 " %7" PRIu64, a->start,
				       a->start + a->size, a->size);
		err = dump_put_words(d, a, out, error);
		g_string_append_c(out, '\n');
	}
	return err;
}
