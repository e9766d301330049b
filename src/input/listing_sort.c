/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From records in the order of the file to areas in the order of addresses.
 *
 *	hidden	  if most addresses are placeholders, the listing is hidden; else the
 *		  few records that have them are passed over
 *	machines  if no single kernel has all of the addresses, the larger part stays
 *	overlaps  the area that comes first in the file stays
 *	guards	  which areas end in a page that is never mapped
 */
#include <inttypes.h>
#include <string.h>

#include <vmallocfs/vmalloc.h>

#include "input/listing_said.h"

#define QUOTE_MAX 60

static void clear_quote(void *quote)
{
	g_free(((struct listing_quote *)quote)->text);
}

GArray *listing_quotes_new(void)
{
	GArray *quotes = g_array_new(FALSE, FALSE, sizeof(struct listing_quote));

	g_array_set_clear_func(quotes, clear_quote);
	return quotes;
}

void listing_quote(GArray *quotes, uint64_t line, uint64_t other, const char *text, size_t len)
{
	struct listing_quote q = { line, other, NULL };
	GString *s;

	if (quotes->len >= LISTING_QUOTES)
		return;
	s = g_string_sized_new(QUOTE_MAX);
	for (size_t i = 0; i < MIN(len, QUOTE_MAX); i++)
		g_string_append_c(s, text[i] >= ' ' && text[i] <= '~' ? text[i] : '?');
	if (len > QUOTE_MAX)
		g_string_append(s, "...");
	q.text = g_string_free(s, FALSE);
	g_array_append_val(quotes, q);
}

static gint by_line(gconstpointer a, gconstpointer b)
{
	const struct listing_quote *x = a, *y = b;

	return (x->line > y->line) - (x->line < y->line);
}

/* Keeps the areas for which `stays` returns true. */
static guint filter(struct listing *l,
		    bool (*stays)(const struct listing *, const struct listed *, int), int arg)
{
	guint n = 0, gone;

	for (guint i = 0; i < l->areas->len; i++) {
		const struct listed *a = listing_area(l, i);

		if (stays(l, a, arg))
			*listing_area(l, n++) = *a;
	}
	gone = l->areas->len - n;
	g_array_set_size(l->areas, n);
	return gone;
}

static bool is_undamaged(const struct listing *l, const struct listed *a, int unused)
{
	(void)l;
	(void)unused;
	return !a->hidden;
}

static void decide_hidden(struct listing *l, GArray *hidden)
{
	guint n = 0, damaged;

	for (guint i = 0; i < l->areas->len; i++)
		n += listing_area(l, i)->hidden;
	if (n > l->areas->len - n) {
		l->hidden = true;
		return;
	}
	damaged = filter(l, is_undamaged, 0);
	l->passed_over += damaged;
	if (!damaged)
		return;
	for (guint i = 0; i < hidden->len; i++) {
		struct listing_quote *q = &g_array_index(hidden, struct listing_quote, i);

		g_array_append_val(l->passed, *q);
		q->text = NULL; /* the other array owns it now */
	}
	g_array_sort(l->passed, by_line);
	if (l->passed->len > LISTING_QUOTES)
		g_array_set_size(l->passed, LISTING_QUOTES);
}

/* Ranges of addresses that one kernel has its areas in. */
enum family {
	FAMILY_ANY,   /* areas of many kernels lie there */
	FAMILY_32,    /* 32 bits */
	FAMILY_X86,   /* x86-64 with four levels */
	FAMILY_ARM48, /* arm64 with 48 bits; its code may lie among x86-64's */
	FAMILY_39,    /* arm64 and riscv64 with 39 bits */
	FAMILY_5,     /* five levels: x86-64, riscv64 */
	FAMILY_OTHER, /* s390, ppc64, mips64, sparc64 */
};
#define NR_FAMILIES 7

static const struct {
	uint64_t from;
	enum family family;
} families[] = {
	{ UINT64_C(0xffffffff00000000), FAMILY_ANY },
	{ UINT64_C(0xffffff8000000000), FAMILY_39 },
	{ UINT64_C(0xfffffb8000000000), FAMILY_ANY },
	{ UINT64_C(0xffff888000000000), FAMILY_X86 },
	{ UINT64_C(0xffff000000000000), FAMILY_ARM48 },
	{ UINT64_C(0xff00000000000000), FAMILY_5 },
	{ UINT64_C(0x0000000100000000), FAMILY_OTHER },
	{ 0, FAMILY_32 },
};

static enum family family_of(const struct listed *a)
{
	size_t i = 0;

	while (a->start < families[i].from)
		i++;
	return families[i].family;
}

static bool is_of_family(const struct listing *l, const struct listed *a, int family)
{
	enum family f = family_of(a);

	(void)l;
	return f == (enum family)family ||
	       (f == FAMILY_ANY && family != FAMILY_32 && family != FAMILY_OTHER);
}

static bool is_of_arm48(const struct listing *l, const struct listed *a, int unused)
{
	(void)unused;
	return family_of(a) == FAMILY_X86 || is_of_family(l, a, FAMILY_ARM48);
}

static void drop_other_machines(struct listing *l)
{
	guint count[NR_FAMILIES] = { 0 };
	bool x86_data = false;
	enum family largest = FAMILY_ANY;

	for (guint i = 0; i < l->areas->len; i++) {
		const struct listed *a = listing_area(l, i);
		enum family f = family_of(a);

		count[f]++;
		if (f == FAMILY_X86 && !(listed_roles(l, a) & (NAME_CODE | NAME_STATIC)))
			x86_data = true;
	}
	for (enum family f = FAMILY_32; f < NR_FAMILIES; f++)
		if (count[f] > count[largest] || (largest == FAMILY_ANY && count[f]))
			largest = f;
	if (count[FAMILY_ARM48] && !x86_data && (largest == FAMILY_ARM48 || largest == FAMILY_X86))
		l->elsewhere = filter(l, is_of_arm48, 0);
	else
		l->elsewhere = filter(l, is_of_family, (int)largest);
	l->wide = largest != FAMILY_32;
}

static gint by_address(gconstpointer a, gconstpointer b)
{
	const struct listed *x = a, *y = b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	return (x->line > y->line) - (x->line < y->line);
}

static bool is_sorted(const struct listing *l)
{
	for (guint i = 1; i < l->areas->len; i++)
		if (listing_area(l, i - 1)->start > listing_area(l, i)->start)
			return false;
	return true;
}

static void note_overlap(struct listing *l, struct listed *a, const struct listed *first)
{
	g_autofree char *text =
		g_strdup_printf("0x%" PRIx64 "-0x%" PRIx64 " and 0x%" PRIx64 "-0x%" PRIx64,
				first->start, listed_end(first), a->start, listed_end(a));

	a->overlaps = true;
	l->nr_overlaps++;
	if (l->overlaps->len < LISTING_QUOTES)
		listing_quote(l->overlaps, a->line, first->line, text, strlen(text));
}

static gint compare_starts(gconstpointer a, gconstpointer b, gpointer unused)
{
	const struct listed *x = a, *y = b;

	(void)unused;
	return (x->start > y->start) - (x->start < y->start);
}

static gint by_file_order(gconstpointer a, gconstpointer b)
{
	const struct listed *x = *(struct listed *const *)a, *y = *(struct listed *const *)b;

	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	return compare_starts(x, y, NULL);
}

/* Which of the disjoint areas in `kept` overlaps a, or NULL: the last that starts before its end. */
static const struct listed *met_by(GSequence *kept, const struct listed *a)
{
	struct listed end = { .start = listed_end(a) };
	GSequenceIter *it = g_sequence_search(kept, &end, compare_starts, NULL);

	while (!g_sequence_iter_is_begin(it)) {
		const struct listed *before;

		it = g_sequence_iter_prev(it);
		before = g_sequence_get(it);
		if (before->start < end.start)
			return listed_end(before) > a->start ? before : NULL;
	}
	return NULL;
}

/* Areas [from, to) overlap in a chain. Those that come first in the file stay. */
static void settle(struct listing *l, guint from, guint to)
{
	g_autoptr(GPtrArray) order = g_ptr_array_new();
	GSequence *kept = g_sequence_new(NULL);

	for (guint i = from; i < to; i++)
		g_ptr_array_add(order, listing_area(l, i));
	g_ptr_array_sort(order, by_file_order);
	for (guint i = 0; i < order->len; i++) {
		struct listed *a = g_ptr_array_index(order, i);
		const struct listed *first = met_by(kept, a);

		if (first)
			note_overlap(l, a, first);
		else
			g_sequence_insert_sorted(kept, a, compare_starts, NULL);
	}
	g_sequence_free(kept);
}

static void settle_overlaps(struct listing *l)
{
	guint from = 0;
	uint64_t end = 0;

	for (guint i = 0; i < l->areas->len; i++) {
		const struct listed *a = listing_area(l, i);

		if (a->start >= end) {
			if (i - from > 1)
				settle(l, from, i);
			from = i;
		}
		end = MAX(end, listed_end(a));
	}
	if (l->areas->len - from > 1)
		settle(l, from, l->areas->len);
}

/*
 * Most areas have pages=N and are N + 1 pages long, which tells how large a page of
 * that kernel was.
 */
static void find_page_size(struct listing *l)
{
	static const unsigned shifts[] = { 12, 13, 14, 16 };
	guint votes[G_N_ELEMENTS(shifts)] = { 0 };
	size_t best = 0;

	for (guint i = 0; i < l->areas->len; i++) {
		const struct listed *a = listing_area(l, i);

		for (size_t k = 0; a->has_pages && k < G_N_ELEMENTS(shifts); k++)
			votes[k] += a->pages < UINT32_MAX && a->size == (a->pages + 1) << shifts[k];
	}
	for (size_t k = 1; k < G_N_ELEMENTS(shifts); k++)
		if (votes[k] > votes[best])
			best = k;
	l->page_shift = shifts[best];
}

static bool has_guard(const struct listing *l, const struct listed *a)
{
	uint64_t pages = a->size >> l->page_shift;

	if (a->kind != LISTED_AREA || pages < 2)
		return false;
	if (a->flags & VM_NO_GUARD || (a->has_pages && a->pages >= pages))
		return false;
	return !(listed_roles(l, a) & (NAME_STATIC | NAME_PERCPU));
}

static void count_areas(struct listing *l)
{
	for (guint i = 0; i < l->areas->len; i++) {
		struct listed *a = listing_area(l, i);

		a->guard = has_guard(l, a);
		l->nr_areas += a->kind != LISTED_UNPURGED;
		l->nr_map_ram += a->kind == LISTED_MAP_RAM;
		l->nr_unpurged += a->kind == LISTED_UNPURGED;
		l->nr_pooled += a->pooled;
		l->no_guard += a->kind == LISTED_AREA && !a->guard;
	}
}

static void put_in_order(struct listing *l)
{
	if (!is_sorted(l))
		g_array_sort(l->areas, by_address);
	settle_overlaps(l);
}

void listing_sort_known(struct listing *l)
{
	l->page_shift = PAGE_SHIFT;
	put_in_order(l);
	count_areas(l);
}

void listing_sort(struct listing *l, GArray *hidden)
{
	decide_hidden(l, hidden);
	if (!l->hidden) {
		drop_other_machines(l);
		put_in_order(l);
	}
	find_page_size(l);
	count_areas(l);
}
