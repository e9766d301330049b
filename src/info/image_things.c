/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Areas come first, by ascending address; then each file finds its own.
 */
#include <errno.h>

#include <vmallocfs/state.h>
#include <vmallocfs/vmalloc.h>

#include "info/image_things.h"
#include "input/image/image.h"
#include "input/image/image_files.h"

struct collector {
	GArray *things;
	guint nr_areas;
	GString *dir; /* the path of the directory whose files come, with its slash */
};

static void clear_thing(void *thing)
{
	g_free(((struct image_thing *)thing)->name);
}

static void collect_area(void *arg, const struct vm_saved_area *a)
{
	struct collector *c = arg;
	uint64_t guard = a->flags & VM_NO_GUARD ? 0 : PAGE_SIZE;
	struct image_thing t = {
		.name = a->caller ? g_strndup(a->caller, a->caller_len) : g_strdup("[none]"),
		.tag = a->tag,
		.addr = a->addr,
		.size = a->requested_size,
		.pages = (a->size - MIN(guard, a->size)) >> PAGE_SHIFT,
		.has_bytes = !(a->flags & VM_IOREMAP) && !a->array_of,
		.array_of = a->array_of,
	};

	g_array_append_val(c->things, t);
}

static void ignore_freed(void *arg, vaddr_t addr, uint64_t size, bool pooled)
{
	(void)arg;
	(void)addr;
	(void)size;
	(void)pooled;
}

/* The area that starts at an address, or NULL. */
static struct image_thing *thing_at(const struct collector *c, uint64_t addr)
{
	guint low = 0, high = c->nr_areas;

	while (low < high) {
		guint mid = low + (high - low) / 2;
		struct image_thing *t = &g_array_index(c->things, struct image_thing, mid);

		if (t->addr == addr)
			return t;
		if (t->addr < addr)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}

static void collect_dir(void *arg, const char *path, const struct saved_attributes *attr)
{
	struct collector *c = arg;

	(void)attr;
	g_string_assign(c->dir, path);
	if (*path)
		g_string_append_c(c->dir, '/');
}

static void collect_file(void *arg, const struct saved_file *file)
{
	struct collector *c = arg;
	struct image_thing *t = file->addr ? thing_at(c, file->addr & PAGE_MASK) : NULL;
	struct image_thing new = { .file = true, .size = file->size };

	if (t) {
		t->file = true;
		t->size = file->size;
		g_free(t->name);
		t->name = g_strconcat(c->dir->str, file->name, NULL);
		return;
	}
	new.name = g_strconcat(c->dir->str, file->name, NULL);
	g_array_append_val(c->things, new);
}

/* "[pages:a]", when the names of files are known. */
static void name_arrays(const struct collector *c)
{
	for (guint i = 0; i < c->nr_areas; i++) {
		struct image_thing *t = &g_array_index(c->things, struct image_thing, i);
		const struct image_thing *owner = t;
		unsigned depth = 0;

		while (owner && owner->array_of && depth < VM_ARRAY_DEPTH_MAX) {
			owner = thing_at(c, owner->array_of);
			depth++;
		}
		if (!depth || !owner)
			continue;
		g_free(t->name);
		t->name = g_strdup_printf("[pages:%s]", owner->name);
	}
}

int info_image_things(const struct image *img, GArray **ret, char **error)
{
	static const struct vm_saved_fns areas = { collect_area, ignore_freed };
	static const struct saved_files_fns files = { .dir = collect_dir, .file = collect_file };
	const struct machine_config *config = image_config(img);
	struct collector c = {
		.things = g_array_new(FALSE, FALSE, sizeof(struct image_thing)),
		.dir = g_string_new(NULL),
	};
	struct state_in in;
	int err;

	g_array_set_clear_func(c.things, clear_thing);
	image_space(img, &in);
	err = vmalloc_list_saved(&in, config->nodes, config->cpus, &areas, &c);
	if (err) {
		*error = image_wrong(img, "SPAC", &in);
		goto out;
	}
	c.nr_areas = c.things->len;
	image_files(img, &in);
	err = image_read_files(&in, &files, &c);
	if (err)
		*error = image_wrong(img, "FILE", &in);
	else
		name_arrays(&c);
out:
	g_string_free(c.dir, TRUE);
	if (err)
		g_array_unref(c.things);
	else
		*ret = c.things;
	return err;
}
