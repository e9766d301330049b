/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What changed between two listings, by groups.  A leak is the first line.
 */
#include <string.h>

#include "info/info.h"

static int64_t growth(const struct info_change *c)
{
	return (int64_t)(c->to_bytes - c->from_bytes);
}

static gint most_growth_first(gconstpointer a, gconstpointer b)
{
	const struct info_change *x = a, *y = b;

	if (growth(x) != growth(y))
		return growth(x) > growth(y) ? -1 : 1;
	return strcmp(x->name, y->name);
}

/* Adds the groups of one side; those of the other side are in `changes` already. */
static void take_groups(const struct info *info, bool is_to, GArray *changes, GHashTable *by_name)
{
	for (guint i = 0; i < info->groups->len; i++) {
		const struct info_group *g = &g_array_index(info->groups, struct info_group, i);
		gpointer index = g_hash_table_lookup(by_name, g->name);
		struct info_change *c;

		if (!index) {
			struct info_change new = { .name = g->name };

			g_array_append_val(changes, new);
			index = GUINT_TO_POINTER(changes->len);
			g_hash_table_insert(by_name, g->name, index);
		}
		c = &g_array_index(changes, struct info_change, GPOINTER_TO_UINT(index) - 1);
		*(is_to ? &c->to_bytes : &c->from_bytes) = g->bytes;
		*(is_to ? &c->to_areas : &c->from_areas) = g->areas;
	}
}

GArray *info_changes(const struct info *from, const struct info *to)
{
	g_autoptr(GArray) all = g_array_new(FALSE, FALSE, sizeof(struct info_change));
	g_autoptr(GHashTable) by_name = g_hash_table_new(g_str_hash, g_str_equal);
	GArray *changes = g_array_new(FALSE, FALSE, sizeof(struct info_change));

	take_groups(from, false, all, by_name);
	take_groups(to, true, all, by_name);
	for (guint i = 0; i < all->len; i++) {
		const struct info_change *c = &g_array_index(all, struct info_change, i);

		if (c->from_bytes != c->to_bytes || c->from_areas != c->to_areas)
			g_array_append_val(changes, *c);
	}
	g_array_sort(changes, most_growth_first);
	return changes;
}

const char *info_change_word(const struct info_change *c)
{
	if (!c->from_areas)
		return "new";
	if (!c->to_areas)
		return "gone";
	return growth(c) >= 0 ? "grown" : "shrunk";
}
