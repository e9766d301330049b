/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Areas get tags from a counter of 24 bits, so an area of the same tag in both images is
 * the same area, moved, resized or renamed, unless 16 million others were made in between.
 * What is left is matched by the names of files.  Bytes are compared page by page, where
 * the page tables of each image have the pages.
 */
#include <errno.h>
#include <string.h>

#include <vmallocfs/page.h>

#include "info/image_changes.h"
#include "info/image_things.h"
#include "input/image/image.h"
#include "input/image/image_pages.h"
#include "input/listing.h"

const char *const image_fate_words[NR_FATES] = {
	"came", "went", "anew", "renamed", "moved", "grew", "shrank", "bytes",
};

struct image_side {
	const struct listing *l;
	GArray *things;
	struct image_pages *pages;
};

struct image_comparison {
	struct image_side from, to;
	GArray *changes;
	char *error; /* without the file's name */
	const struct image_side *wrong;
};

static struct image_thing *thing(const struct image_side *side, guint i)
{
	return &g_array_index(side->things, struct image_thing, i);
}

/* --- bytes ----------------------------------------------------------------------------- */

/* A page's bytes; what is not there or not in the image counts as zeros. */
static int read_page_at(struct image_comparison *c, struct image_side *side, uint64_t addr,
			struct image_page *page, unsigned char *buf)
{
	int err = image_page_at(side->pages, addr, page, &c->error);

	c->wrong = side;
	if (err)
		return err;
	if (page->state != IMAGE_PAGE_BYTES) {
		memset(buf, 0, PAGE_SIZE);
		return 0;
	}
	if (image_page_read(side->pages, page, buf))
		return 0;
	c->error = g_strdup("the image cannot be read any more");
	return -EIO;
}

static void note_bytes(struct image_change *change, uint64_t offset, const unsigned char *a,
		       const unsigned char *b)
{
	uint64_t n = 0;

	if (!memcmp(a, b, PAGE_SIZE))
		return;
	for (uint64_t i = 0; i < PAGE_SIZE; i++) {
		if (a[i] == b[i])
			continue;
		if (!change->bytes && !n)
			change->first = offset + i;
		n++;
	}
	change->bytes += n;
	change->pages++;
	change->fates |= FATE_BYTES;
}

static int compare_bytes(struct image_comparison *c, const struct image_thing *from,
			 const struct image_thing *to, struct image_change *change)
{
	static const uint64_t one = 1;
	unsigned char a[PAGE_SIZE], b[PAGE_SIZE];
	uint64_t pages = MIN(from->pages, to->pages);
	int err;

	if (!from->has_bytes || !to->has_bytes)
		return 0;
	for (uint64_t i = 0; i < pages;) {
		struct image_page x, y;

		err = read_page_at(c, &c->from, from->addr + (i << PAGE_SHIFT), &x, a);
		if (!err)
			err = read_page_at(c, &c->to, to->addr + (i << PAGE_SHIFT), &y, b);
		if (err)
			return err;
		if (x.state == IMAGE_PAGE_BYTES || y.state == IMAGE_PAGE_BYTES)
			note_bytes(change, i << PAGE_SHIFT, a, b);
		i += MAX(MIN(x.same, y.same), one);
	}
	return 0;
}

/* --- files and areas ----------------------------------------------------------------------- */

static void add_image_change(struct image_comparison *c, const struct image_thing *from,
			     const struct image_thing *to, const struct image_change *found)
{
	struct image_change change = *found;
	const struct image_thing *now = to ? to : from;

	if (!change.fates)
		return;
	change.name = g_strdup(now->name);
	change.was = change.fates & FATE_RENAMED ? g_strdup(from->name) : NULL;
	change.file = now->file;
	change.from_addr = from ? from->addr : 0;
	change.from_size = from ? from->size : 0;
	change.to_addr = to ? to->addr : 0;
	change.to_size = to ? to->size : 0;
	g_array_append_val(c->changes, change);
}

/* The same area in both. */
static int compare_area(struct image_comparison *c, struct image_thing *from,
			struct image_thing *to)
{
	struct image_change change = { 0 };
	int err = compare_bytes(c, from, to, &change);

	from->matched = true;
	to->matched = true;
	if (strcmp(from->name, to->name))
		change.fates |= FATE_RENAMED;
	if (from->addr != to->addr)
		change.fates |= FATE_MOVED;
	if (from->size != to->size)
		change.fates |= from->size < to->size ? FATE_GREW : FATE_SHRANK;
	add_image_change(c, from, to, &change);
	return err;
}

static int match_areas(struct image_comparison *c)
{
	g_autoptr(GHashTable) by_tag = g_hash_table_new(NULL, NULL);
	int err = 0;

	for (guint i = 0; i < c->from.things->len; i++)
		if (thing(&c->from, i)->tag)
			g_hash_table_insert(by_tag, GUINT_TO_POINTER(thing(&c->from, i)->tag),
					    thing(&c->from, i));
	for (guint i = 0; i < c->to.things->len && !err; i++) {
		struct image_thing *to = thing(&c->to, i);
		struct image_thing *from = NULL;

		if (to->tag)
			from = g_hash_table_lookup(by_tag, GUINT_TO_POINTER(to->tag));
		if (from && !from->matched)
			err = compare_area(c, from, to);
	}
	return err;
}

/* Files without an area in one of the two, or with another one. */
static void match_names(struct image_comparison *c)
{
	g_autoptr(GHashTable) by_name = g_hash_table_new(g_str_hash, g_str_equal);

	for (guint i = 0; i < c->from.things->len; i++) {
		struct image_thing *from = thing(&c->from, i);

		if (!from->matched && from->file)
			g_hash_table_insert(by_name, from->name, from);
	}
	for (guint i = 0; i < c->to.things->len; i++) {
		struct image_thing *to = thing(&c->to, i), *from = NULL;
		struct image_change change = { .fates = FATE_CAME };

		if (to->matched)
			continue;
		if (to->file)
			from = g_hash_table_lookup(by_name, to->name);
		if (from && !from->matched) {
			from->matched = true;
			change.fates = from->tag || to->tag ? FATE_ANEW : 0;
		} else {
			from = NULL;
		}
		add_image_change(c, from, to, &change);
	}
	for (guint i = 0; i < c->from.things->len; i++) {
		const struct image_change change = { .fates = FATE_WENT };

		if (!thing(&c->from, i)->matched)
			add_image_change(c, thing(&c->from, i), NULL, &change);
	}
}

static gint change_order(gconstpointer a, gconstpointer b)
{
	const struct image_change *x = a, *y = b;
	uint64_t at = x->to_addr ? x->to_addr : x->from_addr;
	uint64_t other = y->to_addr ? y->to_addr : y->from_addr;

	if (at != other)
		return at < other ? -1 : 1;
	if (x->fates != y->fates)
		return x->fates > y->fates ? -1 : 1; /* what went before what came */
	return strcmp(x->name, y->name);
}

static void clear_image_change(void *change)
{
	g_free(((struct image_change *)change)->name);
	g_free(((struct image_change *)change)->was);
}

static int open_side(struct image_comparison *c, struct image_side *side)
{
	int err = info_image_things(side->l->image, &side->things, &c->error);

	c->wrong = side;
	return err ? err : image_pages_open(side->l->image, &side->pages, &c->error);
}

static void close_side(struct image_side *side)
{
	image_pages_close(side->pages);
	if (side->things)
		g_array_unref(side->things);
}

int info_image_changes(const struct listing *from, const struct listing *to, GArray **ret,
		       char **error)
{
	struct image_comparison c = {
		.from.l = from,
		.to.l = to,
		.changes = g_array_new(FALSE, FALSE, sizeof(struct image_change)),
	};
	int err = open_side(&c, &c.from);

	g_array_set_clear_func(c.changes, clear_image_change);
	if (!err)
		err = open_side(&c, &c.to);
	if (!err)
		err = match_areas(&c);
	if (err) {
		g_autofree char *title = listing_title(c.wrong->l->path);

		*error = g_strdup_printf("%s: %s", title, c.error);
		g_array_unref(c.changes);
	} else {
		match_names(&c);
		g_array_sort(c.changes, change_order);
		*ret = c.changes;
	}
	g_free(c.error);
	close_side(&c.from);
	close_side(&c.to);
	return err;
}
