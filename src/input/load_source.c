/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which frames the dump has is known without reading them: it has a map of them.
 */
#include "input/load_source.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

struct load_source {
	struct machine *m;
	struct dump_file *file;
	bool strict;
	uint64_t *theirs; /* by our pfn: the dump's, plus one */
	uint64_t present;
	uint64_t left_out;
};

struct load_source *load_source_new(struct machine *m, struct dump_file *file, bool strict)
{
	struct load_source *s = g_new0(struct load_source, 1);

	s->theirs = g_try_new0(uint64_t, m->nr_frames);
	if (!s->theirs) {
		g_free(s);
		return NULL;
	}
	s->m = m;
	s->strict = strict;
	s->file = dump_file_ref(file);
	return s;
}

void load_source_free(struct load_source *s)
{
	dump_file_close(s->file);
	g_free(s->theirs);
	g_free(s);
}

void load_source_add(struct load_source *s, pfn_t pfn, uint64_t theirs)
{
	s->theirs[pfn] = theirs + 1;
}

/* Called under the machine's lock: libkdumpfile is not for two threads at once. */
static int read_theirs(void *arg, pfn_t pfn, void *to)
{
	struct load_source *s = arg;
	uint64_t theirs = s->theirs[pfn] - 1;

	if (dump_file_has(s->file, theirs) &&
	    dump_file_read_physical(s->file, theirs << PAGE_SHIFT, to, PAGE_SIZE))
		return 0;
	if (printk_ratelimit(s->m))
		printk(s->m, KERN_WARNING, "load: the dump does not have frame %llx, read as %llx",
		       (unsigned long long)theirs, (unsigned long long)pfn);
	memset(to, 0, PAGE_SIZE);
	return s->strict ? -EIO : 0;
}

static void release_source(void *arg)
{
	load_source_free(arg);
}

/* A frame that the dump left out is zeros as it is. */
static void mark_frame(struct load_source *s, pfn_t pfn)
{
	bool present = dump_file_has(s->file, s->theirs[pfn] - 1);

	s->present += present;
	s->left_out += !present;
	if (present || s->strict)
		page_set_unread(s->m, pfn);
}

void load_source_attach(struct load_source *s)
{
	struct machine *m = s->m;

	for (pfn_t pfn = 0; pfn < m->nr_frames; pfn++)
		if (s->theirs[pfn] && atomic_load(&pfn_to_page(m, pfn)->_refcount))
			mark_frame(s, pfn);
	m->source = (struct frame_source){ read_theirs, release_source, s };
	printk(m, KERN_INFO,
	       "load: %llu pages have the bytes of the dump, %llu were left out of it and %s",
	       (unsigned long long)s->present, (unsigned long long)s->left_out,
	       s->strict ? "cannot be read" : "read as zeros");
}
