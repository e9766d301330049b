/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * status: the vmlist for people and scripts.
 *
 *	key: value		figures.h says what each one counts
 *	...
 *	<empty line>
 *	START-END ...		a column header
 *	0xffffc90000000000-0xffffc90000011000    69632    16 vmalloc              a
 *
 * The first word of a value is what a script wants, in plain bytes where it is
 * a size; what follows it is for people.  An area that is not a file has a name
 * in brackets: [pages:a] is the page array of a, [caller] an area of a
 * restored layout.  Names are the last column and one word each.
 */
#include "show/counters.h"
#include "show/digits.h"
#include "show/figures.h"
#include "show/show.h"
#include "show/words.h"

#define HEADER_MAX 4096
#define FLAGS_WIDTH 20

static char *put_bytes_and_size(char *p, uint64_t v)
{
	p = put_str(put_dec(p, v), " (");
	return put_str(put_size(p, v), ")");
}

static char *put_frames(char *p, uint64_t n)
{
	p = put_str(put_dec(p, n), " (");
	return put_str(put_size(p, n << PAGE_SHIFT), ")");
}

static char *put_machine_key(char *p, struct machine *m)
{
	p = put_str(put_str(p, "machine: "), m->arch->name);
	p = put_str(p, ", memory ");
	p = put_size(p, m->ram_size);
	p = put_str(p, ", nodes ");
	p = put_dec(p, m->nr_nodes);
	if (m->nr_cpus > 1) {
		p = put_str(p, ", processors ");
		p = put_dec(p, m->nr_cpus);
	}
	if (m->crashed)
		p = put_str(p, ", crashed");
	p = put_str(p, "\ncr3: ");
	p = put_addr(p, m->cr3);
	*p++ = '\n';
	return p;
}

static char *put_freed(char *p, uint64_t bytes, uint64_t ranges)
{
	p = put_bytes_and_size(p, bytes);
	if (!ranges)
		return p;
	p = put_dec(put_str(p, " in "), ranges);
	return put_str(p, ranges == 1 ? " freed range" : " freed ranges");
}

/* "\nPREFIXkey: " */
static char *put_status_key(char *p, const char *prefix, const char *key)
{
	*p++ = '\n';
	return put_str(put_str(put_str(p, prefix), key), ": ");
}

/* What is used and free in a space; its keys begin with the prefix. */
static char *put_space_keys(char *p, const struct figures *f, const char *prefix)
{
	p = put_bytes_and_size(put_status_key(p, prefix, "mapped"), f->mapped);
	p = put_bytes_and_size(put_status_key(p, prefix, "unmapped"), f->unmapped);
	p = put_bytes_and_size(put_status_key(p, prefix, "guards"), f->guards);
	p = put_freed(put_status_key(p, prefix, "lazy"), f->lazy, f->lazy_ranges);
	p = put_freed(put_status_key(p, prefix, "pooled"), f->pooled, f->pooled_ranges);
	p = put_dec(put_status_key(p, prefix, "holes"), f->holes);
	p = put_bytes_and_size(put_status_key(p, prefix, "free"), f->free);
	p = put_bytes_and_size(put_status_key(p, prefix, "largest_hole"), f->largest_hole);
	if (f->largest_hole) {
		p = put_str(p, " at ");
		p = put_vaddr(p, f->largest_at);
	}
	p = put_fraction(put_status_key(p, prefix, "fragmentation"),
			 fragmentation(f->largest_hole, f->free));
	p = put_fraction(put_status_key(p, prefix, "span_fragmentation"),
			 fragmentation(f->span_largest, f->span_free));
	p = put_fraction(put_status_key(p, prefix, "unusable_index"),
			 unusable_share(f->unusable, f->free));
	p = put_size(put_str(p, " ("), f->unusable);
	p = put_dec(put_str(p, " in "), f->unusable_holes);
	p = put_str(p, f->unusable_holes == 1 ? " hole" : " holes");
	p = put_dec(put_str(p, " too small for "), f->unusable_pages);
	return put_str(p, f->unusable_pages == 1 ? " page)" : " pages)");
}

static char *put_window_keys(char *p, const struct figures *f, const struct machine *m)
{
	uint64_t window = vmalloc_window_size(m);

	p = put_str(p, "vmalloc: ");
	p = put_range(p, m->vmalloc_start, window);
	*p++ = ' ';
	p = put_bytes_and_size(p, window);
	p = put_str(p, "\nareas: ");
	p = put_dec(p, f->areas);
	if (f->outside) {
		p = put_str(p, " (");
		p = put_dec(p, f->outside);
		p = put_str(p, " outside all spaces, listed but in none of the figures)");
	}
	p = put_space_keys(p, f, "");
	p = put_dec(put_status_key(p, "", "failures"), vm_space_failures(m, VM_SPACE_VMALLOC));
	*p++ = '\n';
	return p;
}

/* The same of the space of the modules, if there is one. */
static char *put_modules_keys(char *p, const struct snapshot *s, const struct machine *m)
{
	static const char prefix[] = "modules_";
	struct vm_space space;
	struct figures f;

	if (!vm_space(m, VM_SPACE_MODULES, &space))
		return p;
	figures_of_space(&f, s, m, VM_SPACE_MODULES);
	p = put_range(put_str(p, "modules: "), space.start, space.end - space.start);
	*p++ = ' ';
	p = put_bytes_and_size(p, space.end - space.start);
	p = put_dec(put_status_key(p, prefix, "areas"), f.areas);
	p = put_space_keys(p, &f, prefix);
	p = put_dec(put_status_key(p, prefix, "failures"), vm_space_failures(m, VM_SPACE_MODULES));
	*p++ = '\n';
	return p;
}

static char *put_memory(char *p, struct machine *m)
{
	p = put_str(p, "frames: ");
	p = put_frames(p, m->nr_frames);
	p = put_str(p, "\nfree_frames: ");
	p = put_frames(p, nr_free_pages(m));
	p = put_str(p, "\npage_table_frames: ");
	p = put_frames(p, m->nr_table_frames);
	p = put_str(p, "\nhost_memory: ");
	p = put_bytes_and_size(p, m->host_used);
	p = put_str(p, "\nhost_limit: ");
	p = put_bytes_and_size(p, m->host_limit);
	p = put_str(p, "\npolicy: ");
	p = put_str(p, vm_policy_name(vmalloc_policy(m)));
	*p++ = '\n';
	return p;
}

static char *put_counters(char *p, const struct machine *m)
{
	for (size_t i = 0; i < NR_COUNTERS; i++) {
		p = put_str(put_str(p, counters[i].name), ": ");
		p = put_dec(p, counter_value(m, &counters[i]));
		*p++ = '\n';
	}
	return p;
}

static char *put_columns(char *p)
{
	return put_str(p, "\nSTART-END                                 SIZE PAGES FLAGS"
			  "                NAME\n");
}

/* The most bytes that a line takes, without its name. */
#define LINE_ROOM (RANGE_MAX + 2 * (DEC_MAX + 1) + FLAGS_WIDTH + FLAG_WORDS_MAX + 8)

static bool add_status_line(GString *out, const struct snapshot *s, const struct area_record *a)
{
	size_t room = LINE_ROOM + area_name_max(a);
	char *flags, *p;

	if (!text_reserve(out, room))
		return false;
	p = text_room(out, room);
	p = put_range(p, a->addr, a->size);
	*p++ = ' ';
	p = put_dec_wide(p, a->size, 8);
	*p++ = ' ';
	p = put_dec_wide(p, a->nr_pages, 5);
	flags = p;
	p = put_flags(p, a->flags, ',');
	if (p == flags)
		p = put_str(p, " -");
	*flags = ' ';
	while (p < flags + 1 + FLAGS_WIDTH)
		*p++ = ' ';
	*p++ = ' ';
	p = put_area_name(p, s, a);
	*p++ = '\n';
	text_end(out, p);
	return true;
}

GBytes *show_status(struct machine *m)
{
	GString *out = g_string_sized_new(HEADER_MAX + 2048);
	struct snapshot s;
	struct figures f;
	char *p = text_room(out, HEADER_MAX);
	bool ok;

	snapshot_init(&s, m);
	figures_compute(&f, &s, m);

	p = put_machine_key(p, m);
	p = put_window_keys(p, &f, m);
	p = put_modules_keys(p, &s, m);
	p = put_memory(p, m);
	p = put_counters(p, m);
	p = put_columns(p);
	text_end(out, p);
	ok = !s.failed;
	for (guint i = 0; ok && i < s.areas->len; i++)
		ok = add_status_line(out, &s, snapshot_area(&s, i));

	snapshot_deinit(&s);
	return text_finish(out, ok);
}
