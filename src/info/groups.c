/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who uses the space: sums over areas that have a caller, module, kind or size in
 * common.  A caller counts without its offset, so all places in a function are one.
 */
#include <inttypes.h>
#include <string.h>

#include "info/info.h"

/* The symbol of "symbol+0x1/0x2", for g_free.  A file's name, in its place, may have a '+'. */
static char *symbol_of(const char *caller)
{
	const char *plus = strrchr(caller, '+');

	return plus && plus > caller ? g_strndup(caller, (gsize)(plus - caller)) : g_strdup(caller);
}

/* A name in brackets for an area without a caller. */
static char *no_caller(const struct listing *l, const struct listed *a)
{
	if (a->kind == LISTED_UNPURGED)
		return g_strdup("[unpurged]");
	if (a->kind == LISTED_MAP_RAM)
		return g_strdup("[vm_map_ram]");
	(void)l;
	return g_strdup("[none]");
}

static char *name_of(const struct listing *l, const struct listed *a, enum info_by by)
{
	const char *caller = listing_name(l, a->caller), *module = listing_name(l, a->module);

	switch (by) {
	case BY_MODULE:
		if (!caller)
			return no_caller(l, a);
		return g_strdup(module ? module : "[kernel]");
	case BY_KIND:
		return g_strdup(listed_kind_name(l, a));
	case BY_SIZE:
		return g_strdup_printf("%" PRIu64, a->size);
	case BY_CALLER:
		break;
	}
	return caller ? symbol_of(caller) : no_caller(l, a);
}

static void add(struct info_group *g, const struct info *info, const struct listed *a)
{
	g->bytes += a->size;
	g->areas++;
	g->pages += a->pages;
	g->largest = MAX(g->largest, a->size);
	if (listing_window_of(info->l, a) == &info->l->vmalloc) {
		g->vmalloc_bytes += a->size;
		g->vmalloc_areas++;
	}
}

static gint most_bytes_first(gconstpointer a, gconstpointer b)
{
	const struct info_group *x = a, *y = b;

	if (x->bytes != y->bytes)
		return x->bytes > y->bytes ? -1 : 1;
	return strcmp(x->name, y->name);
}

static void clear_group(void *group)
{
	g_free(((struct info_group *)group)->name);
}

/*
 * Identifies a group before its name is computed: areas with the same key are in
 * one group, and there are few keys.
 */
static uint64_t key_of(const struct listed *a, enum info_by by)
{
	switch (by) {
	case BY_MODULE:
		return a->caller == LISTING_UNNAMED ? UINT64_MAX - a->kind : a->module;
	case BY_KIND:
		return (uint64_t)a->words << 2 | a->kind;
	case BY_SIZE:
		return a->size;
	case BY_CALLER:
		break;
	}
	return a->caller == LISTING_UNNAMED ? UINT64_MAX - a->kind : a->caller;
}

/* The index of the group with a's name, which may be new. */
static guint group_of(const struct info *info, const struct listed *a, enum info_by by,
		      GArray *groups, GHashTable *by_name)
{
	struct info_group new = { .name = name_of(info->l, a, by) };
	gpointer index = g_hash_table_lookup(by_name, new.name);

	if (index) {
		g_free(new.name);
		return GPOINTER_TO_UINT(index) - 1;
	}
	g_array_append_val(groups, new);
	g_hash_table_insert(by_name, new.name, GUINT_TO_POINTER(groups->len));
	return groups->len - 1;
}

GArray *info_group_by(const struct info *info, enum info_by by)
{
	GArray *groups = g_array_new(FALSE, FALSE, sizeof(struct info_group));
	g_autoptr(GHashTable) by_name = g_hash_table_new(g_str_hash, g_str_equal);
	g_autoptr(GHashTable) by_key =
		g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);

	g_array_set_clear_func(groups, clear_group);
	for (guint i = 0; i < info->l->areas->len; i++) {
		const struct listed *a = listing_area(info->l, i);
		gint64 key = (gint64)key_of(a, by);
		gpointer index;

		if (a->overlaps)
			continue;
		index = g_hash_table_lookup(by_key, &key);
		if (!index) {
			index = GUINT_TO_POINTER(group_of(info, a, by, groups, by_name) + 1);
			g_hash_table_insert(
				by_key, memcpy(g_malloc(sizeof(key)), &key, sizeof(key)), index);
		}
		add(&g_array_index(groups, struct info_group, GPOINTER_TO_UINT(index) - 1), info,
		    a);
	}
	g_array_sort(groups, most_bytes_first);
	return groups;
}
