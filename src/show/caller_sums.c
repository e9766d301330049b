/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Adding areas up by their callers.
 */
#include <string.h>

#include "show/caller_sums.h"

char *caller_of_name(const char *name, size_t len, bool symbol)
{
	const char *end = memchr(name, symbol ? '+' : '/', len);

	if (end && end > name)
		return g_strndup(name, (gsize)(end - name));
	return symbol ? g_strndup(name, len) : g_strdup("vmalloc");
}

static void clear_caller(gpointer sum)
{
	g_free(((struct caller_sum *)sum)->name);
}

void caller_sums_begin(struct caller_sums *c)
{
	c->sum = g_array_new(FALSE, FALSE, sizeof(struct caller_sum));
	*c->of_area = (struct records){ 0 };
	c->failed = false;
	c->by_name = g_hash_table_new(g_str_hash, g_str_equal);
}

/* The index in sum of the caller with that name, which may be new. */
static guint caller_index(struct caller_sums *c, const char *name)
{
	gpointer found = g_hash_table_lookup(c->by_name, name);
	struct caller_sum new = { 0 };

	if (found)
		return GPOINTER_TO_UINT(found) - 1;
	new.name = g_strdup(name);
	g_array_append_val(c->sum, new);
	g_hash_table_insert(c->by_name, new.name, GUINT_TO_POINTER(c->sum->len));
	return c->sum->len - 1;
}

void caller_sums_add(struct caller_sums *c, const char *caller, uint64_t bytes, uint64_t pages)
{
	guint at = caller_index(c, caller);
	struct caller_sum *sum = &g_array_index(c->sum, struct caller_sum, at);

	sum->bytes += bytes;
	sum->areas++;
	sum->pages += pages;
	sum->largest = MAX(sum->largest, bytes);
	c->failed |= !records_add(c->of_area, &at, sizeof(at));
}

static gint most_used_first(gconstpointer a, gconstpointer b, gpointer sums)
{
	const struct caller_sum *x = &g_array_index((GArray *)sums, struct caller_sum, *(guint *)a);
	const struct caller_sum *y = &g_array_index((GArray *)sums, struct caller_sum, *(guint *)b);

	if (x->bytes != y->bytes)
		return x->bytes > y->bytes ? -1 : 1;
	return strcmp(x->name, y->name);
}

/* Tells each area where its caller went. */
void caller_sums_sort(struct caller_sums *c)
{
	GArray *sorted = g_array_sized_new(FALSE, FALSE, sizeof(struct caller_sum), c->sum->len);
	g_autofree guint *order = g_new(guint, c->sum->len);
	g_autofree guint *place = g_new(guint, c->sum->len);

	for (guint i = 0; i < c->sum->len; i++)
		order[i] = i;
	g_qsort_with_data(order, (gint)c->sum->len, sizeof(guint), most_used_first, c->sum);
	for (guint i = 0; i < c->sum->len; i++) {
		g_array_append_val(sorted, *caller_sum_at(c, order[i]));
		place[order[i]] = i;
	}
	for (guint i = 0; i < c->of_area->len; i++)
		g_array_index(c->of_area, guint, i) = place[caller_of_area(c, i)];
	g_array_unref(c->sum); /* the names live on in the sorted array */
	g_array_set_clear_func(sorted, clear_caller);
	c->sum = sorted;
	g_clear_pointer(&c->by_name, g_hash_table_unref);
}

void caller_sums_init(struct caller_sums *c, const struct snapshot *s)
{
	caller_sums_begin(c);
	for (guint i = 0; i < s->areas->len; i++) {
		const struct area_record *a = snapshot_area(s, i);
		g_autofree char *caller = NULL;

		if (a->name != NO_NAME)
			caller = caller_of_name(s->names->str + a->name, a->name_len, a->symbol);
		caller_sums_add(c, caller ? caller : NO_CALLER, a->size, a->nr_pages);
	}
	caller_sums_sort(c);
}

void caller_sums_deinit(struct caller_sums *c)
{
	g_array_unref(c->sum);
	records_free(c->of_area);
}
