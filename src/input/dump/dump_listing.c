/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The areas of a dump, as if the kernel had listed them itself.
 *
 * What it would have printed of an area goes through the reader of listings,
 * word for word, so that a dump and the /proc/vmallocinfo of its moment are one
 * and the same to whatever comes after.  A dump knows more than the text in two
 * points: whether an area has a guard page, and which ranges are in pools.
 */
#include <errno.h>
#include <string.h>

#include <vmallocfs/vmalloc.h>

#include "input/dump/dump.h"
#include "input/dump/dump_listing.h"
#include "input/listing_line.h"
#include "input/listing_said.h"

#define DUMP_VM_NO_GUARD 0x40u

struct dump_reader {
	struct dump *d;
	struct listing *l;
	GString *text;
	GString *words;
};

static uint32_t intern_name(struct dump_reader *r, const char *s, size_t len)
{
	return s && len ? listing_names_add(&r->l->names, s, len) : LISTING_UNNAMED;
}

static enum listed_kind kind_of(const struct dump_area *a)
{
	static const enum listed_kind kinds[] = {
		[DUMP_AREA] = LISTED_AREA,	   [DUMP_MAP_RAM] = LISTED_MAP_RAM,
		[DUMP_UNPURGED] = LISTED_UNPURGED, [DUMP_POOLED] = LISTED_UNPURGED,
		[DUMP_RUN] = LISTED_AREA,
	};

	return kinds[a->kind];
}

static int list_area(struct dump_reader *r, guint i, char **error)
{
	const struct dump_area *a = dump_area(r->d, i);
	struct listing *l = r->l;
	struct listing_tail tail;
	struct listed listed = {
		.start = a->start,
		.size = a->size,
		.line = i + 1,
		.first_node = l->nodes->len,
		.kind = (uint8_t)kind_of(a),
		.pooled = a->kind == DUMP_POOLED,
	};
	int err;

	g_string_truncate(r->text, 0);
	err = dump_put_words(r->d, a, r->text, error);
	if (err)
		return err;
	listing_parse_tail(r->text->str, r->text->str + r->text->len, &tail, r->words, l->nodes);
	listed.nr_nodes = l->nodes->len - listed.first_node;
	listed.pages = tail.pages;
	listed.phys = tail.phys;
	listed.has_pages = tail.has_pages;
	listed.has_phys = tail.has_phys;
	listed.flags = (uint16_t)(tail.flags | (a->flags & DUMP_VM_NO_GUARD ? VM_NO_GUARD : 0));
	listed.caller = intern_name(r, tail.caller, tail.caller_len);
	listed.module = intern_name(r, tail.module, tail.module_len);
	listed.words = intern_name(r, r->words->str, r->words->len);
	g_array_append_val(l->areas, listed);
	return 0;
}

static int list_areas(struct dump_reader *r, char **error)
{
	int err = 0;

	for (guint i = 0; !err && i < r->d->areas->len; i++)
		err = list_area(r, i, error);
	if (err || r->l->areas->len)
		return err;
	*error = g_strdup("its list of areas is empty; is the dump from before the kernel was up?");
	return -EINVAL;
}

static void choose_windows(struct dump_reader *r, const struct listing_options *o)
{
	const struct dump_window *vmalloc = &r->d->vmalloc, *modules = &r->d->module_space;
	struct listing_said said = { 0 };
	bool x86 = r->d->levels != 0;

	/* On x86 the kernel's own VMALLOC_END is the last byte, and MODULES_END is not. */
	said.vmalloc[SAID_DUMP] =
		(struct said_range){ vmalloc->start, vmalloc->end, x86 && !vmalloc->last_used };
	said.modules[SAID_DUMP] = (struct said_range){ modules->start, modules->end, false };
	listing_choose_windows(r->l, o, &said);
	listing_said_deinit(&said);
}

static int make_listing(struct dump_reader *r, const struct listing_options *o, char **error)
{
	g_autoptr(GArray) hidden = listing_quotes_new();
	int err = list_areas(r, error);

	if (err)
		return err;
	listing_sort(r->l, hidden);
	choose_windows(r, o);
	r->l->kernel = g_strdup_printf("Linux %s", dump_release(r->d));
	r->l->runs = r->d->runs;
	r->l->strict = o->strict;
	if (o->strict)
		*error = listing_not_strict(r->l);
	return *error ? -EINVAL : 0;
}

int dump_listing_read(const char *path, const struct listing_options *o, struct listing **ret,
		      char **error)
{
	g_autofree char *what = NULL, *title = NULL;
	struct dump_reader r = { 0 };
	int err = dump_open(path, o->progress, &r.d, error);

	if (err)
		return err;
	r.l = listing_new(path);
	r.l->dump = r.d;
	r.text = g_string_new(NULL);
	r.words = g_string_new(NULL);
	err = make_listing(&r, o, &what);
	g_string_free(r.text, TRUE);
	g_string_free(r.words, TRUE);
	if (!err) {
		*ret = r.l;
		return 0;
	}
	listing_free(r.l);
	title = listing_title(path);
	*error = g_strdup_printf("%s: %s", title, what);
	return err;
}
