/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sys/kernel/mm/vmalloc/callers: who uses the address space, a caller a line.
 *
 *	217088 3 50 135168 load_module
 *
 * BYTES of address space, guards included, AREAS, PAGES (frames that they own), the
 * bytes of the LARGEST area, and the CALLER without its offset, so that all places
 * in a function are one.  The caller that has the most bytes comes first.  A file
 * counts under the function that its directory stands for, and a page array with
 * the area that it serves.
 */
#include "show/digits.h"
#include "show/show.h"
#include "show/snapshot.h"
#include "show/words.h"

struct caller_sum {
	char *name;
	uint64_t bytes, areas, pages, largest;
};

/* The caller of an area (for g_free). */
static char *caller_of_record(const struct snapshot *s, const struct area_record *a)
{
	const char *name = s->names->str + a->name, *end;

	if (a->name == NO_NAME)
		return g_strdup("[none]");
	end = memchr(name, a->symbol ? '+' : '/', a->name_len);
	if (end && end > name)
		return g_strndup(name, (gsize)(end - name));
	return a->symbol ? g_strndup(name, a->name_len) : g_strdup("vmalloc");
}

static void clear_caller(gpointer sum)
{
	g_free(((struct caller_sum *)sum)->name);
}

static gint most_used_first(gconstpointer a, gconstpointer b)
{
	const struct caller_sum *x = a, *y = b;

	if (x->bytes != y->bytes)
		return x->bytes > y->bytes ? -1 : 1;
	return strcmp(x->name, y->name);
}

static void add_record(GArray *sums, GHashTable *by_name, const struct snapshot *s,
		       const struct area_record *a)
{
	struct caller_sum new = { .name = caller_of_record(s, a) };
	gpointer index = g_hash_table_lookup(by_name, new.name);
	struct caller_sum *sum;

	if (index) {
		g_free(new.name);
	} else {
		g_array_append_val(sums, new);
		index = GUINT_TO_POINTER(sums->len);
		g_hash_table_insert(by_name, new.name, index);
	}
	sum = &g_array_index(sums, struct caller_sum, GPOINTER_TO_UINT(index) - 1);
	sum->bytes += a->size;
	sum->areas++;
	sum->pages += a->nr_pages;
	sum->largest = MAX(sum->largest, a->size);
}

static void put_caller_line(GString *out, const struct caller_sum *sum)
{
	const uint64_t numbers[] = { sum->bytes, sum->areas, sum->pages, sum->largest };
	char *p = text_room(out, G_N_ELEMENTS(numbers) * (DEC_MAX + 1));

	for (size_t i = 0; i < G_N_ELEMENTS(numbers); i++) {
		p = put_dec(p, numbers[i]);
		*p++ = ' ';
	}
	text_end(out, p);
	show_escape(out, sum->name);
	g_string_append_c(out, '\n');
}

GBytes *show_callers(struct machine *m)
{
	g_autoptr(GArray) sums = g_array_new(FALSE, FALSE, sizeof(struct caller_sum));
	g_autoptr(GHashTable) by_name = g_hash_table_new(g_str_hash, g_str_equal);
	GString *out = g_string_new(NULL);
	struct snapshot s;

	g_array_set_clear_func(sums, clear_caller);
	snapshot_init(&s, m);
	for (guint i = 0; i < s.areas->len; i++)
		add_record(sums, by_name, &s, snapshot_area(&s, i));
	snapshot_deinit(&s);
	g_array_sort(sums, most_used_first);
	for (guint i = 0; i < sums->len; i++)
		put_caller_line(out, &g_array_index(sums, struct caller_sum, i));
	return g_string_free_to_bytes(out);
}
