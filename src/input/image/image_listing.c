/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An image as a listing: its areas with the callers that proc/vmallocinfo gives them,
 * the ranges that wait, and the windows.  No machine is booted, and no frame is read.
 *
 * A page array counts for its area: it has the caller of the area whose array it is.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include <vmallocfs/vmalloc.h>

#include "input/dump/dump.h"
#include "input/image/image_listing.h"
#include "input/image/image_parts.h"
#include "input/listing_said.h"

/* A page array, until all areas are there. */
struct array_area {
	guint index; /* among the areas */
	uint64_t of; /* where the area starts whose array it is */
};

struct image_lister {
	struct listing *l;
	unsigned nodes;
	GString *text;
	GArray *arrays;	     /* struct array_area */
	GHashTable *by_addr; /* index + 1 of areas, if there are arrays */
};

static uint32_t name_number(struct listing *l, const char *s, size_t len)
{
	return len ? listing_names_add(&l->names, s, len) : LISTING_UNNAMED;
}

/* "symbol+0x0/0x8 [module]" as a caller and a module, which parsers of vmallocinfo see too. */
static void take_symbol(struct listing *l, const struct vm_saved_area *area, struct listed *ret)
{
	const char *blank = memchr(area->caller, ' ', area->caller_len);
	size_t len = blank ? (size_t)(blank - area->caller) : area->caller_len;

	ret->caller = name_number(l, area->caller, len);
	if (area->caller_len > len + 3 && blank[1] == '[')
		ret->module = name_number(l, blank + 2, area->caller_len - len - 3);
}

/* As vmallocinfo writes a name: a blank or a control character would end it. */
static void put_plain_name(GString *out, const char *name, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)name[i];

		if (c > ' ' && c != '\\' && c != 0x7f)
			g_string_append_c(out, (char)c);
		else
			g_string_append_printf(out, "\\%03o", c);
	}
}

/* A file's name looks like a symbol of the size that was asked for. */
static void take_caller(struct image_lister *r, const struct vm_saved_area *area,
			struct listed *ret)
{
	if (!area->caller_len) {
		if (area->flags & VM_SYMBOL)
			return;
		g_string_printf(r->text, "0x%0*" PRIx64, kernel_address_digits(area->addr),
				area->addr);
	} else if (area->flags & VM_SYMBOL) {
		take_symbol(r->l, area, ret);
		return;
	} else {
		g_string_truncate(r->text, 0);
		put_plain_name(r->text, area->caller, area->caller_len);
		g_string_append_printf(r->text, "+0x0/0x%" PRIx64, area->requested_size);
	}
	ret->caller = name_number(r->l, r->text->str, r->text->len);
}

static void take_words(struct image_lister *r, const struct vm_saved_area *area, struct listed *ret)
{
	g_string_truncate(r->text, 0);
	for (size_t i = 0; i < NR_VM_FLAG_WORDS; i++) {
		if (!(area->flags & vm_flag_words[i].flag))
			continue;
		if (r->text->len)
			g_string_append_c(r->text, ' ');
		g_string_append(r->text, vm_flag_words[i].word);
	}
	ret->words = name_number(r->l, r->text->str, r->text->len);
}

static void take_node_pages(struct image_lister *r, const struct vm_saved_area *area,
			    struct listed *ret)
{
	for (unsigned i = 0; i < r->nodes; i++) {
		struct listed_node node = {
			.node = i,
			.pages = r->nodes > 1 ? area->node_pages[i] : area->nr_pages,
		};

		if (!node.pages)
			continue;
		g_array_append_val(r->l->nodes, node);
		ret->nr_nodes++;
	}
}

static void list_saved_area(void *arg, const struct vm_saved_area *area)
{
	struct image_lister *r = arg;
	struct listed a = {
		.start = area->addr,
		.size = area->size,
		.pages = area->nr_pages,
		.phys = area->phys_addr,
		.line = r->l->areas->len + 1,
		.caller = LISTING_UNNAMED,
		.module = LISTING_UNNAMED,
		.first_node = r->l->nodes->len,
		.flags = (uint16_t)(area->flags & ~(VM_MAP_RAM | VM_LENT | VM_SYMBOL)),
		.kind = area->flags & VM_MAP_RAM ? LISTED_MAP_RAM : LISTED_AREA,
		.has_pages = area->nr_pages != 0,
		.has_phys = area->phys_addr != 0,
	};
	struct array_area array = { r->l->areas->len, area->array_of };

	take_caller(r, area, &a);
	take_words(r, area, &a);
	take_node_pages(r, area, &a);
	if (array.of)
		g_array_append_val(r->arrays, array);
	g_array_append_val(r->l->areas, a);
}

static void list_saved_freed(void *arg, vaddr_t addr, uint64_t size, bool pooled)
{
	struct image_lister *r = arg;
	struct listed a = {
		.start = addr,
		.size = size,
		.line = r->l->areas->len + 1,
		.caller = LISTING_UNNAMED,
		.module = LISTING_UNNAMED,
		.words = name_number(r->l, "unpurged vm_area", 16),
		.first_node = r->l->nodes->len,
		.kind = LISTED_UNPURGED,
		.pooled = pooled,
	};

	g_array_append_val(r->l->areas, a);
}

/* Gives each page array the caller of its area, when all areas are known. */
static void find_owners(struct image_lister *r)
{
	struct listing *l = r->l;

	for (guint i = 0; i < l->areas->len; i++)
		g_hash_table_insert(r->by_addr, &listing_area(l, i)->start,
				    GUINT_TO_POINTER(i + 1));
	for (unsigned depth = 0; depth < VM_ARRAY_DEPTH_MAX; depth++) {
		for (guint i = 0; i < r->arrays->len; i++) {
			const struct array_area *array =
				&g_array_index(r->arrays, struct array_area, i);
			gpointer owner = g_hash_table_lookup(r->by_addr, &array->of);

			if (owner)
				listing_area(l, array->index)->caller =
					listing_area(l, GPOINTER_TO_UINT(owner) - 1)->caller;
		}
	}
}

static int list_parts(struct image_lister *r, char **error)
{
	static const struct vm_saved_fns fns = { list_saved_area, list_saved_freed };
	struct image *img = r->l->image;
	struct state_in in = img->part[PART_SPAC];
	int err = vmalloc_list_saved(&in, img->config.nodes, MAX(img->config.cpus, 1), &fns, r);

	if (err)
		*error = image_wrong(img, "SPAC", &in);
	else if (r->arrays->len)
		find_owners(r);
	return err;
}

static struct said_range window_of(vaddr_t start, vaddr_t end)
{
	return (struct said_range){ start, (end + 1) & PAGE_MASK, end & 1 };
}

static void take_image_windows(struct listing *l, const struct listing_options *o)
{
	const struct machine_config *c = &l->image->config;
	struct listing_said said = { 0 };

	said.vmalloc[SAID_IMAGE] = window_of(c->vmalloc_start, c->vmalloc_end);
	said.modules[SAID_IMAGE] = window_of(c->modules_start, c->modules_end);
	listing_choose_windows(l, o, &said);
	listing_said_deinit(&said);
}

static int make_image_listing(struct listing *l, const struct listing_options *o, char **error)
{
	const struct arch *arch = machine_arch(l->image->config.arch);
	struct image_lister r = {
		.l = l,
		.nodes = l->image->config.nodes,
		.text = g_string_new(NULL),
		.arrays = g_array_new(FALSE, FALSE, sizeof(struct array_area)),
		.by_addr = g_hash_table_new(g_int64_hash, g_int64_equal),
	};
	int err = list_parts(&r, error);

	g_string_free(r.text, TRUE);
	g_array_unref(r.arrays);
	g_hash_table_unref(r.by_addr);
	if (err)
		return err;
	l->wide = !arch_is_32bit(arch);
	l->arch = arch->name;
	l->kernel = g_strdup("image of a vmallocfs");
	l->strict = o->strict;
	listing_sort_known(l);
	take_image_windows(l, o);
	if (o->strict)
		*error = listing_not_strict(l);
	return *error ? -EINVAL : 0;
}

int image_listing_read(const char *path, const struct listing_options *o, struct listing **ret,
		       char **error)
{
	g_autofree char *what = NULL, *title = NULL;
	struct listing *l;
	struct image *img;
	int err;

	if (!image_is_one(path))
		return -ENOEXEC;
	err = image_open(path, o->progress, &img, &what);
	if (err == -ENOEXEC)
		return err;
	title = listing_title(path);
	if (err) {
		*error = g_strdup_printf("%s: %s", title, what);
		return err;
	}
	l = listing_new(path);
	l->image = img;
	err = make_image_listing(l, o, &what);
	if (err)
		*error = g_strdup_printf("%s: %s", title, what);
	else if (o->memory && dump_supported)
		err = dump_open(path, o->progress, &l->dump, error);
	if (err)
		listing_free(l);
	else
		*ret = l;
	return err;
}
