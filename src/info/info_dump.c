/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Answers out of the page tables of a dump.
 */
#include "info/info_dump.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include <vmallocfs/machine.h>

#include "input/dump/dump_verify.h"
#include "input/listing.h"
#include "input/listing_line.h"
#include "input/size.h"

#define DUMP_PAGE UINT64_C(4096)
#define DUMP_PHYS_BITS 52
#define DIFFERENCES_MAX 100 /* that are named */
#define PAGE_LINES_MAX (UINT64_C(1) << 20)

struct answering {
	struct dump *d;
	const struct listing *l;
	GPtrArray *listed; /* struct listed of each area of the dump, or NULL */
	GString *out;
	guint64 named; /* differences */
};

static int parse_address(const char *option, const char *word, guint64 *ret, char **error)
{
	const char *end;

	if (!word)
		return 0;
	end = word + strlen(word);
	if (listing_address(word, end, ret) == end || negative_address(word, ret) == end)
		return 0;
	*error = g_strdup_printf("%s=%s is not an address; give one in hexadecimal, as in "
				 "%s=0xffffc90000155000",
				 option, word, option);
	return -EINVAL;
}

int info_dump_parse(struct info_dump_asked *a, char **error)
{
	int err = parse_address("--pages", a->pages_word, &a->pages, error);

	return err ? err : parse_address("--translate", a->translate_word, &a->translate, error);
}

/* The listing has the areas by address, the dump in the kernel's order. */
static void find_listed(struct answering *q)
{
	q->listed = g_ptr_array_new();
	g_ptr_array_set_size(q->listed, (gint)q->d->areas->len);
	for (guint i = 0; i < q->l->areas->len; i++) {
		struct listed *a = listing_area(q->l, i);

		g_ptr_array_index(q->listed, a->line - 1) = a;
	}
}

static const char *caller_name(const struct answering *q, guint area)
{
	const struct listed *a = g_ptr_array_index(q->listed, area);
	const char *name = a ? listing_name(q->l, a->caller) : NULL;

	if (name)
		return name;
	return a ? listed_kind_name(q->l, a) : "?";
}

/* The area that has an address, freed ranges included. False: none has it. */
static bool area_at(const struct answering *q, uint64_t addr, guint *ret)
{
	for (guint i = 0; i < q->d->areas->len; i++) {
		const struct dump_area *a = dump_area(q->d, i);

		if (addr - a->start >= a->size)
			continue;
		*ret = i;
		return true;
	}
	return false;
}

static void put_area_head(const struct answering *q, guint area)
{
	const struct dump_area *a = dump_area(q->d, area);

	g_string_append_printf(q->out, "0x%0*" PRIx64 "-0x%0*" PRIx64 " %" PRIu64 " %s",
			       kernel_address_digits(a->start), a->start,
			       kernel_address_digits(a->start), a->start + a->size, a->size,
			       caller_name(q, area));
	if (a->nr_pages)
		g_string_append_printf(q->out, " pages=%" PRIu32, a->nr_pages);
}

static const char *leaf_size(const struct dump_walk *w)
{
	return w->shift == 12 ? "4K" : w->shift == 21 ? "2M" : "1G";
}

static const char *access_of(const struct dump_walk *w)
{
	static const char *const words[] = { "r-", "rw", "r-x", "rwx" };

	return words[w->writable + 2 * w->executable];
}

/* A line for a page, or for up to n of them that nothing maps. Returns how many. */
static uint64_t put_dump_page(struct answering *q, const struct dump_area *a, uint64_t page,
			      uint64_t n)
{
	uint64_t at = a->start + page * DUMP_PAGE;
	uint64_t done;
	struct dump_walk w;

	dump_walk(q->d, at, &w);
	g_string_append_printf(q->out, "%8" PRIu64 " 0x%0*" PRIx64 " ", page,
			       kernel_address_digits(at), at);
	if (!w.problem) {
		g_string_append_printf(q->out, "0x%016" PRIx64 " %s %s\n", w.phys, leaf_size(&w),
				       access_of(&w));
		return 1;
	}
	done = MIN(n, dump_walk_rest(&w, at) / DUMP_PAGE);
	g_string_append(q->out, w.problem);
	if (done > 1)
		g_string_append_printf(q->out, ", for %" PRIu64 " pages", done);
	g_string_append_c(q->out, '\n');
	return done;
}

static int put_area_pages(struct answering *q, uint64_t addr, char **error)
{
	const struct dump_area *a;
	uint64_t pages, lines = 0;
	guint area;

	if (!area_at(q, addr, &area)) {
		*error = g_strdup_printf("no area has the address 0x%" PRIx64, addr);
		return -ENOENT;
	}
	a = dump_area(q->d, area);
	pages = a->size / DUMP_PAGE;
	put_area_head(q, area);
	g_string_append(q->out, "\n    page address            physical           leaf\n");
	for (uint64_t page = 0; page < pages; page += put_dump_page(q, a, page, pages - page)) {
		if (++lines <= PAGE_LINES_MAX)
			continue;
		g_string_append_printf(q->out, "... and %" PRIu64 " more\n", pages - page);
		break;
	}
	return 0;
}

static int put_translation(struct answering *q, uint64_t addr, char **error)
{
	struct dump_walk w;
	guint area;

	dump_walk(q->d, addr, &w);
	g_string_append_printf(q->out, "0x%0*" PRIx64 "\n", kernel_address_digits(addr), addr);
	for (unsigned i = 0; i < w.nr; i++)
		g_string_append_printf(q->out, "  %s 0x%016" PRIx64 "\n", dump_level_name(&w, i),
				       w.entry[i]);
	if (!w.problem)
		g_string_append_printf(q->out, "  physical 0x%016" PRIx64 ", leaf of %s, %s\n",
				       w.phys, leaf_size(&w), access_of(&w));
	if (area_at(q, addr, &area)) {
		g_string_append(q->out, "  area ");
		put_area_head(q, area);
		g_string_append_printf(q->out, ", page %" PRIu64 "\n",
				       (addr - dump_area(q->d, area)->start) / DUMP_PAGE);
	} else {
		g_string_append(q->out, "  in no area\n");
	}
	if (!w.problem)
		return 0;
	*error = g_strdup_printf("0x%" PRIx64 ": %s", addr, w.problem);
	return -EFAULT;
}

static void put_difference(void *arg, const struct dump_difference *diff)
{
	struct answering *q = arg;
	const struct dump_area *a = dump_area(q->d, diff->area);

	if (q->named++ >= DIFFERENCES_MAX)
		return;
	g_string_append_printf(
		q->out, "0x%0*" PRIx64 " page %" PRIu64 " of %s: ", kernel_address_digits(a->start),
		a->start + diff->page * DUMP_PAGE, diff->page, caller_name(q, diff->area));
	if (diff->unlisted)
		g_string_append(q->out, "the area has no such page");
	else if (diff->want >> DUMP_PHYS_BITS)
		g_string_append(q->out, "the area names no frame");
	else
		g_string_append_printf(q->out, "the area says 0x%" PRIx64, diff->want);
	if (diff->walk->problem)
		g_string_append_printf(q->out, ", the page tables: %s\n", diff->walk->problem);
	else
		g_string_append_printf(q->out, ", the page tables say 0x%" PRIx64 "\n",
				       diff->walk->phys);
}

static int put_verified(struct answering *q, char **error)
{
	struct dump_verified v;
	int err = dump_verify(q->d, put_difference, q, &v, error);

	if (err)
		return err;
	if (v.differences > DIFFERENCES_MAX)
		g_string_append_printf(q->out, "... and %" PRIu64 " more\n",
				       v.differences - DIFFERENCES_MAX);
	if (v.unknown)
		g_string_append_printf(q->out,
				       "%" PRIu64 " pages not compared: the dump left out which "
				       "frames their areas have\n",
				       v.unknown);
	g_string_append_printf(q->out,
			       "%" PRIu64 " pages of %" PRIu64 " areas compared with the page "
			       "tables: %" PRIu64 " differences\n",
			       v.pages, v.areas, v.differences);
	if (!v.differences)
		return 0;
	*error = g_strdup(
		"pages and page tables differ: the dump is torn, or that kernel was broken");
	return -EINVAL;
}

int info_dump_answer(const struct info_dump_asked *a, const struct listing *l, GString *out,
		     char **error)
{
	struct answering q = { l->dump, l, NULL, out, 0 };
	int err = 0;

	if (!l->dump) {
		*error =
			g_strdup("--pages, --translate and --verify need a crash dump, and this is "
				 "a list");
		return -EINVAL;
	}
	find_listed(&q);
	if (a->pages_word)
		err = put_area_pages(&q, a->pages, error);
	if (!err && a->translate_word)
		err = put_translation(&q, a->translate, error);
	if (!err && a->verify)
		err = put_verified(&q, error);
	g_ptr_array_unref(q.listed);
	return err;
}
