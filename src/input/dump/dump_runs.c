/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All tables of the kernel's half are walked.  They may hold anything: entries that
 * lead nowhere, tables that contain themselves.  So the walk goes no deeper than there
 * are levels, and reads no more tables than the file could have.
 */
#include <errno.h>
#include <inttypes.h>

#include "input/dump/dump_runs.h"
#include "input/dump/dump_segments.h"
#include "input/dump/dump_tables.h"

#define DUMP_VM_IOREMAP 0x1u
#define DUMP_VM_NO_GUARD 0x40u
#define PAGE_BYTES UINT64_C(4096)

#define RUN_MAX (UINT64_C(1) << 40) /* so that its pages can be counted */

/* Enough to map two TiB page by page. */
#define TABLES_MAX (UINT64_C(1) << 20)

struct finding {
	struct dump *d;
	GArray *segments;
	bool has_direct;
	uint64_t direct; /* where physical address 0 is in the direct map */
	struct dump_area run;
	uint64_t next_phys; /* of a device's run: where it goes on */
};

bool dump_names_no_list(const struct dump_file *f)
{
	static const char *const names[] = { "vmap_area_list", "vmlist", "kallsyms_names",
					     "_stext" };
	uint64_t addr;

	for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
		if (dump_file_symbol(f, names[i], &addr))
			return false;
	return true;
}

/* Memory is what the dump has by its physical address. */
static const struct dump_segment *segment_with_phys(const GArray *segments, uint64_t phys)
{
	for (guint i = 0; i < segments->len; i++) {
		const struct dump_segment *s = &g_array_index(segments, struct dump_segment, i);

		if (s->has_phys && phys - s->phys < s->size)
			return s;
	}
	return NULL;
}

void dump_runs_place(struct dump *d)
{
	g_autoptr(GArray) segments = dump_file_segments(d->file);

	/* The first one without physical addresses, as proc/kcore of Linux has them in order. */
	for (guint i = 0; i < segments->len; i++) {
		const struct dump_segment *s = &g_array_index(segments, struct dump_segment, i);
		uint64_t last = (s->start + s->size - 1) | (PAGE_BYTES - 1);

		if (s->has_phys || s->start % PAGE_BYTES || last == UINT64_MAX)
			continue;
		d->vmalloc = (struct dump_window){ s->start, last + 1, s->size % PAGE_BYTES == 0 };
		return;
	}
}

static void keep_run(struct finding *f)
{
	if (f->run.size)
		g_array_append_val(f->d->areas, f->run);
	f->run.size = 0;
}

static bool continues_run(const struct finding *f, uint64_t addr, uint64_t phys, bool memory)
{
	const struct dump_area *run = &f->run;

	if (!run->size || addr != run->start + run->size || addr == f->d->vmalloc.end ||
	    run->size >= RUN_MAX)
		return false;
	if (memory)
		return !run->phys;
	return run->phys && phys == f->next_phys;
}

static void add_leaf(struct finding *f, uint64_t addr, uint64_t phys, uint64_t size)
{
	bool memory = segment_with_phys(f->segments, phys) != NULL;

	if (f->has_direct && addr - phys == f->direct)
		return;
	if (!continues_run(f, addr, phys, memory)) {
		keep_run(f);
		f->run = (struct dump_area){ .kind = DUMP_RUN, .start = addr };
		f->run.flags = DUMP_VM_NO_GUARD | (memory ? 0 : DUMP_VM_IOREMAP);
		f->run.phys = memory ? 0 : phys;
	}
	f->run.size += size;
	f->run.nr_pages += memory ? (uint32_t)(size / PAGE_BYTES) : 0;
	f->next_phys = phys + size;
}

static void find_direct_map(struct finding *f)
{
	uint64_t most = 0;

	for (guint i = 0; i < f->segments->len; i++) {
		const struct dump_segment *s = &g_array_index(f->segments, struct dump_segment, i);

		if (!s->has_phys || s->start == DUMP_NO_ADDRESS || s->size <= most)
			continue;
		most = s->size;
		f->has_direct = true;
		f->direct = s->start - s->phys;
	}
}

static void take_leaf(void *arg, const struct dump_leaf *leaf)
{
	add_leaf(arg, leaf->addr, leaf->phys, UINT64_C(1) << leaf->shift);
}

int dump_runs_read(struct dump *d, char **error)
{
	struct finding f = { .d = d, .segments = dump_file_segments(d->file) };
	bool is_32bit = d->levels == DUMP_PAE_LEVELS;
	uint64_t first = is_32bit ? 0 : UINT64_MAX << (11 + 9 * d->levels);
	uint64_t tables = MIN(dump_file_pages(d->file), TABLES_MAX);
	uint64_t missing = 0;
	int err = 0;

	if (!d->levels || !d->top_table) {
		*error = g_strdup("it names no list of areas, and " DUMP_NOT_WALKED);
		err = -EINVAL;
	} else {
		find_direct_map(&f);
		err = dump_leaves(d, first, is_32bit ? UINT32_MAX : UINT64_MAX, tables, take_leaf,
				  &f, &missing);
		keep_run(&f);
	}
	if (err == -ELOOP) {
		*error = g_strdup("its page tables lead in circles: they are damaged");
		err = -EINVAL;
	} else if (!err && missing) {
		*error = g_strdup_printf("%" PRIu64 " of its page tables cannot be read: the dump "
					 "is cut off, or was made without them",
					 missing);
		err = -EINVAL;
	}
	g_array_unref(f.segments);
	return err;
}
