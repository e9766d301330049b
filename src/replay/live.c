/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names, addresses and slots.
 */
#include <string.h>

#include "replay/live.h"

static guint hash_name(const char *name)
{
	guint hash = 2166136261u;

	for (; *name; name++)
		hash = (hash ^ (unsigned char)*name) * 16777619u;
	return hash;
}

/* Addresses differ in bits 12 to 45. */
static guint hash_addr(uint64_t addr)
{
	return (guint)((addr * UINT64_C(0x9e3779b97f4a7c15)) >> 32);
}

static guint live_hash(gconstpointer key)
{
	return ((const struct live *)key)->hash;
}

static gboolean live_equal(gconstpointer a, gconstpointer b)
{
	const struct live *x = a, *y = b;

	if (x->hash != y->hash || !x->name != !y->name)
		return FALSE;
	return x->name ? !strcmp(x->name, y->name) : x->addr == y->addr;
}

void live_table_init(struct live_table *t, bool keep_gone)
{
	*t = (struct live_table){
		.set = g_hash_table_new(live_hash, live_equal),
		.free_slots = g_array_new(FALSE, FALSE, sizeof(uint32_t)),
		.gone = keep_gone ? g_ptr_array_new_with_free_func(g_free) : NULL,
	};
}

void live_table_deinit(struct live_table *t)
{
	live_drain(t, NULL, NULL);
	g_hash_table_unref(t->set);
	g_array_unref(t->free_slots);
	if (t->gone)
		g_ptr_array_unref(t->gone);
}

static uint32_t take_slot(struct live_table *t)
{
	uint32_t slot;

	/* From here on another area may have the slot of one that is gone. */
	if (t->gone)
		g_ptr_array_set_size(t->gone, 0);
	if (!t->free_slots->len)
		return t->nr_slots++;
	slot = g_array_index(t->free_slots, uint32_t, t->free_slots->len - 1);
	g_array_set_size(t->free_slots, t->free_slots->len - 1);
	return slot;
}

struct live *live_find(const struct live_table *t, const char *name, uint64_t addr)
{
	struct live key = { .name = name, .addr = addr };

	key.hash = name ? hash_name(name) : hash_addr(addr);
	return g_hash_table_lookup(t->set, &key);
}

struct live *live_add(struct live_table *t, const char *name, uint64_t addr)
{
	size_t len = name ? strlen(name) + 1 : 0;
	struct live *l = g_malloc(sizeof(*l) + len);

	*l = (struct live){
		.name = name ? l->text : NULL,
		.addr = addr,
		.hash = name ? hash_name(name) : hash_addr(addr),
		.slot = take_slot(t),
	};
	if (name)
		memcpy(l->text, name, len);
	g_hash_table_add(t->set, l);
	t->most = MAX(t->most, g_hash_table_size(t->set));
	return l;
}

struct live *live_add_array(struct live_table *t)
{
	struct live *l = g_new(struct live, 1);

	*l = (struct live){ .slot = take_slot(t) };
	return l;
}

void live_remove_array(struct live_table *t, struct live *l)
{
	g_array_append_val(t->free_slots, l->slot);
	if (t->gone)
		g_ptr_array_add(t->gone, l);
	else
		g_free(l);
}

void live_remove(struct live_table *t, struct live *l)
{
	g_hash_table_remove(t->set, l);
	live_remove_array(t, l);
}

void live_each(const struct live_table *t, live_fn *fn, void *arg)
{
	GHashTableIter iter;
	gpointer key;

	g_hash_table_iter_init(&iter, t->set);
	while (g_hash_table_iter_next(&iter, &key, NULL))
		fn(arg, key);
}

void live_drain(struct live_table *t, live_fn *fn, void *arg)
{
	GHashTableIter iter;
	gpointer key;

	g_hash_table_iter_init(&iter, t->set);
	while (g_hash_table_iter_next(&iter, &key, NULL)) {
		struct live *l = key;

		g_hash_table_iter_steal(&iter);
		while (l) {
			struct live *array = l->array;

			if (fn)
				fn(arg, l);
			live_remove_array(t, l);
			l = array;
		}
	}
}
