/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Questions to a listing: about one of its areas, and about the listing itself.
 */
#include "input/listing.h"

#include <inttypes.h>
#include <string.h>
#include <vmallocfs/vmalloc.h>

#include "input/dump/dump.h"
#include "input/image/image.h"
#include "input/listing_line.h"
#include "input/listing_said.h"
#include "input/size.h"

struct listing *listing_new(const char *path)
{
	struct listing *l = g_new0(struct listing, 1);

	l->path = g_strdup(path);
	l->areas = g_array_new(FALSE, FALSE, sizeof(struct listed));
	l->nodes = g_array_new(FALSE, FALSE, sizeof(struct listed_node));
	listing_names_init(&l->names);
	l->passed = listing_quotes_new();
	l->overlaps = listing_quotes_new();
	l->failures = g_array_new(FALSE, FALSE, sizeof(struct listing_failure));
	return l;
}

void listing_free(struct listing *l)
{
	if (!l)
		return;
	g_free(l->path);
	g_array_unref(l->areas);
	g_array_unref(l->nodes);
	listing_names_deinit(&l->names);
	g_array_unref(l->passed);
	g_array_unref(l->overlaps);
	g_array_unref(l->failures);
	g_free(l->vmalloc.from);
	g_free(l->modules.from);
	g_free(l->kernel);
	dump_close(l->dump);
	image_close(l->image);
	g_free(l);
}

const char *listed_kind_name(const struct listing *l, const struct listed *a)
{
	static const struct {
		unsigned flag;
		const char *name;
	} kinds[] = {
		{ VM_IOREMAP, "ioremap" },	     { VM_ALLOC, "vmalloc" }, { VM_MAP, "vmap" },
		{ VM_DMA_COHERENT, "dma-coherent" }, { VM_SPARSE, "sparse" },
	};
	if (a->kind == LISTED_UNPURGED)
		return a->pooled ? "pooled" : "unpurged";
	if (a->kind == LISTED_MAP_RAM)
		return "vm_map_ram";
	for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++)
		if (a->flags & kinds[i].flag)
			return kinds[i].name;
	return a->words != LISTING_UNNAMED &&
			       listing_named(&l->names, a->words)->roles & NAME_STATIC
		       ? "lowmem"
		       : "other";
}

uint64_t listed_mapped(const struct listing *l, const struct listed *a)
{
	uint64_t page = UINT64_C(1) << l->page_shift;
	uint64_t most = a->size - (a->guard ? page : 0);

	if (a->kind == LISTED_UNPURGED)
		return 0;
	if (a->has_pages && a->pages < most >> l->page_shift)
		return a->pages << l->page_shift;
	return most;
}

char *listing_title(const char *path)
{
	char *title = g_strdup(strcmp(path, "-") ? path : "standard input");

	for (char *p = title; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = '?';
	return title;
}

char *listing_not_strict(const struct listing *l)
{
	const struct listing_quote *q;

	if (l->problem)
		return g_strdup(l->problem);
	if (l->hidden)
		return g_strdup("its addresses are hashed or hidden");
	if (l->passed_over) {
		q = &g_array_index(l->passed, struct listing_quote, 0);
		return g_strdup_printf("line %" PRIu64 " is not understood: '%s'", q->line,
				       q->text);
	}
	if (l->nr_overlaps) {
		q = &g_array_index(l->overlaps, struct listing_quote, 0);
		return g_strdup_printf("lines %" PRIu64 " and %" PRIu64 ": their areas overlap",
				       q->other, q->line);
	}
	if (l->elsewhere)
		return g_strdup_printf("%" PRIu64 " of its areas are of another machine",
				       l->elsewhere);
	if (l->elided)
		return g_strdup("lines were left out of it (...)");
	return NULL;
}

static bool meets_window(const struct listing_window *w, const struct listed *a)
{
	return a->start < w->end && listed_end(a) > w->start;
}

const struct listing_window *listing_window_of(const struct listing *l, const struct listed *a)
{
	if (l->hidden)
		return NULL;
	if (meets_window(&l->modules, a) &&
	    !(a->start >= l->vmalloc.start && a->start < l->vmalloc.end))
		return &l->modules;
	return meets_window(&l->vmalloc, a) ? &l->vmalloc : NULL;
}

/* One end of a window: as listings have it, or as a shell prints it. */
static const char *end_of_window(const char *p, const char *end, uint64_t *ret)
{
	return *p == '-' ? negative_address(p, ret) : listing_address(p, end, ret);
}

bool listing_parse_window(const char *word, struct listing_window *window, uint64_t *size)
{
	const char *end = word + strlen(word);
	uint64_t start, last;
	const char *p;

	if (size && size_parse(word, size))
		return *size && !(*size & ~PAGE_MASK);
	p = end_of_window(word, end, &start);
	if (!p || *p != '-' || end_of_window(p + 1, end, &last) != end)
		return false;
	*window = (struct listing_window){ .start = start, .end = last };
	if ((last & ~PAGE_MASK) == PAGE_SIZE - 1) {
		window->end = last + 1;
		window->last_unused = true;
	}
	return start && !((start | window->end) & ~PAGE_MASK) && window->end > start &&
	       window->end <= -PAGE_SIZE;
}

static void summarize_quotes(GString *out, const GArray *quotes)
{
	for (guint i = 0; i < quotes->len; i++) {
		const struct listing_quote *q = &g_array_index(quotes, struct listing_quote, i);

		g_string_append(out, i ? ", " : " (");
		if (q->other)
			g_string_append_printf(out, "lines %" PRIu64 " and %" PRIu64 ": %s",
					       q->other, q->line, q->text);
		else
			g_string_append_printf(out, "line %" PRIu64 ": '%s'", q->line, q->text);
	}
	if (quotes->len)
		g_string_append_c(out, ')');
}

static void put_count(GString *out, uint64_t n, const char *one, const char *many)
{
	g_string_append_printf(out, "%" PRIu64 " %s", n, n == 1 ? one : many);
}

static void put_window(GString *out, const struct listing *l, const char *name,
		       const struct listing_window *w)
{
	int digits = l->wide ? 16 : 8;

	if (w->end)
		g_string_append_printf(out, "; %s 0x%0*" PRIx64 "-0x%0*" PRIx64 " from %s", name,
				       digits, w->start, digits, w->end, w->from);
}

/* "330 vmalloc, 48 ioremap": the kinds, in the order of their first areas. */
static void summarize_kinds(GString *out, const struct listing *l)
{
	const char *names[16];
	guint counts[16], n = 0, k;

	for (guint i = 0; i < l->areas->len; i++) {
		const struct listed *a = listing_area(l, i);
		const char *name = listed_kind_name(l, a);

		if (a->kind == LISTED_UNPURGED)
			continue;
		for (k = 0; k < n && names[k] != name; k++)
			;
		if (k == n) {
			names[n] = name;
			counts[n++] = 0;
		}
		counts[k]++;
	}
	for (k = 0; k < n; k++)
		g_string_append_printf(out, "%s%u %s", k ? ", " : " (", counts[k], names[k]);
	if (n)
		g_string_append_c(out, ')');
}

static void summarize_failures(GString *out, const struct listing *l)
{
	if (!l->nr_failures)
		return;
	g_string_append(out, "; ");
	put_count(out, l->nr_failures, "failed allocation in its log",
		  "failed allocations in its log");
	for (guint i = 0; i < MIN(l->failures->len, LISTING_QUOTES); i++)
		g_string_append_printf(out, "%s%" PRIu64, i ? ", " : " (bytes: ",
				       g_array_index(l->failures, struct listing_failure, i).size);
	g_string_append_c(out, ')');
}

static void put_losses(GString *out, const struct listing *l)
{
	if (l->passed_over) {
		g_string_append(out, "; ");
		put_count(out, l->passed_over, "line passed over", "lines passed over");
		summarize_quotes(out, l->passed);
	}
	if (l->nr_overlaps) {
		g_string_append(out, "; ");
		put_count(out, l->nr_overlaps, "range left out because it overlaps an earlier one",
			  "ranges left out because they overlap earlier ones");
		summarize_quotes(out, l->overlaps);
	}
	if (l->elsewhere) {
		g_string_append(out, "; ");
		put_count(out, l->elsewhere, "area of another machine left out",
			  "areas of another machine left out");
	}
	if (l->elided)
		g_string_append(out, "; lines are missing where it says ...");
	if (l->problem)
		g_string_append_printf(out, "; %s", l->problem);
}

void listing_summary(const struct listing *l, GString *out)
{
	if (l->kernel)
		g_string_append(out, l->kernel);
	else
		put_count(out, l->lines, "line", "lines");
	g_string_append(out, ": ");
	put_count(out, l->nr_areas, l->runs ? "run of mapped pages" : "area",
		  l->runs ? "runs of mapped pages" : "areas");
	summarize_kinds(out, l);
	if (l->nr_unpurged) {
		g_string_append(out, ", ");
		put_count(out, l->nr_unpurged, "freed range that waits for a purge",
			  "freed ranges that wait for a purge");
		if (l->nr_pooled)
			g_string_append_printf(out, " (%" PRIu64 " of them in pools)",
					       l->nr_pooled);
	}
	if (l->no_guard) {
		g_string_append(out, ", ");
		put_count(out, l->no_guard, "area without a guard page",
			  "areas without a guard page");
	}
	if (l->runs)
		g_string_append(out, "; it names no list of areas, so its page tables were read, "
				     "which have no names");
	summarize_failures(out, l);
	put_losses(out, l);
	if (l->hidden)
		g_string_append(out, "; the addresses are hashed or hidden: save it again as root "
				     "with kernel.kptr_restrict=1, or boot with no_hash_pointers");
	put_window(out, l, "vmalloc", &l->vmalloc);
	put_window(out, l, "modules", &l->modules);
	if (l->unfit)
		g_string_append_printf(out, "; these windows are not taken: %s", l->unfit);
}
