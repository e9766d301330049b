/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * map.html: a page that draws the address space and keeps itself current.
 *
 *	head	markup and style, up to the element for the data
 *	data	one JSON object, made here from one look at the machine
 *	tail	the scripts that draw it
 *	blanks	see pad()
 *
 * Head and tail are the sources in page/, put into the program when it is
 * built.  A page that is open reads the file again and again in a hidden frame
 * (page/live.js), so the data comes before the scripts: the frame needs no more.
 *
 * The object begins with "made", the host's time in milliseconds, from which the page
 * knows a saved copy.  It has "machine", "figures" and "spaces" as in status.json, and
 *
 *	areas	as in status.json, each with its kind, its frames and its walk; where there
 *		are more than BLOCKS_MAX, neighbours become one "block" each
 *	lazy	ranges that were freed and not purged
 *	pooled	ranges that are kept in pools
 *	callers	who uses the address space, as in status.json; the largest alone
 *	zones	with their free blocks of each order
 *	use	whose the frames are
 *	history	the last events of the address space, see page_history.c
 *
 * The size of the page is bounded whatever the machine has: by BLOCKS_MAX, and
 * by what one area may take.
 */
#include "show/json.h"
#include "show/page/page_history.h"
#include "show/picture/layout.h"
#include "show/proc/zones.h"
#include "show/show.h"
#include "map_html_page.h"

#define BLOCKS_MAX 2048 /* areas and blocks in a page */
#define BREAKS_MAX 512	/* those of them that begin after a wide hole */
#define LAZY_MAX 1024	/* lazy ranges in a page, and as many pooled ones */
#define RUNS_MAX 8	/* runs of frames that an area's details list */
#define PAGES_MAX 1024	/* pages that are looked at for these runs */
#define PAGES_AT_ONCE 64
#define CALLERS_SHOWN 32 /* callers that a page can light up */
#define NAME_SHOWN 300	 /* bytes; no file has more, a restored caller may have 8000 */
#define PAD 16384

/* --- an area's details ------------------------------------------------------ */

/* Neighbouring pages on neighbouring frames; absent pages are a run as well. */
struct pte_run {
	uint64_t pfn;
	uint64_t pages;
	bool absent;
};

struct runs {
	struct pte_run run[RUNS_MAX];
	unsigned n;
	uint64_t pages; /* that all runs have */
	bool full;
};

static void runs_add(struct runs *r, uint64_t pfn, bool absent)
{
	struct pte_run *last = r->n ? &r->run[r->n - 1] : NULL;

	if (last && last->absent == absent && (absent || last->pfn + last->pages == pfn)) {
		last->pages++;
	} else if (r->n < RUNS_MAX) {
		r->run[r->n++] = (struct pte_run){ .pfn = pfn, .pages = 1, .absent = absent };
	} else {
		r->full = true;
		return;
	}
	r->pages++;
}

static void runs_of(struct runs *r, struct machine *m, vaddr_t addr, uint64_t pages)
{
	unsigned char *host[PAGES_AT_ONCE];
	enum fault fault = FAULT_NONE;

	*r = (struct runs){ 0 };
	while (r->pages < pages && !r->full && fault == FAULT_NONE) {
		size_t want = MIN(pages - r->pages, PAGES_AT_ONCE);
		size_t n = pgtable_run(m, m->cr3, addr + (r->pages << PAGE_SHIFT), want,
				       ACCESS_READ, host, &fault);

		for (size_t i = 0; i < n && !r->full; i++)
			runs_add(r, host[i] ? (uint64_t)(host[i] - m->ram) >> PAGE_SHIFT : 0,
				 !host[i]);
		if (!n)
			break;
	}
}

#define RUNS_ROOM (64 + RUNS_MAX * (2 * JSON_NUMBER_MAX + 6))

/* "runs": [[first frame or null, pages], ...], "runs_end": pages that these are */
static void add_runs(GString *out, struct machine *m, vaddr_t addr, uint64_t pages)
{
	struct runs r;
	char *p = text_room(out, RUNS_ROOM);

	runs_of(&r, m, addr, MIN(pages, PAGES_MAX));
	p = put_str(p, ", \"runs\": [");
	for (unsigned i = 0; i < r.n; i++) {
		p = put_str(p, i ? ", [" : "[");
		p = r.run[i].absent ? put_str(p, "null") : put_json_number(p, r.run[i].pfn);
		p = put_json_number(put_str(p, ", "), r.run[i].pages);
		*p++ = ']';
	}
	p = put_json_number(put_str(p, "], \"runs_end\": "), r.pages);
	text_end(out, p);
}

#define WALK_ROOM (160 + PG_LEVELS * (2 * JSON_ADDR_MAX + 6))

/*
 * "walk": [[where an entry stands, the entry], ...] from the PGD down, as far as
 * a CPU would come; "fault" says why it ends before the page.
 */
static void add_walk(GString *out, struct machine *m, vaddr_t addr)
{
	paddr_t table = m->cr3 & PTE_PFN_MASK;
	struct translation t;
	char *p = text_room(out, WALK_ROOM);

	p = put_str(p, ", \"walk\": [");
	for (int level = (int)m->top_level; level >= PG_LEVEL_PTE; level--) {
		paddr_t at = table + level_index((enum pg_level)level, addr) * sizeof(pte_t);
		pte_t entry;

		if (phys_read(m, &entry, at, sizeof(entry)) != sizeof(entry))
			break;
		p = put_json_addr(put_str(p, level == (int)m->top_level ? "[" : ", ["), at);
		p = put_json_addr(put_str(p, ", "), entry);
		*p++ = ']';
		if (!(entry & _PAGE_PRESENT) || entry & _PAGE_PSE || !pfn_valid(m, pte_pfn(entry)))
			break;
		table = entry & PTE_PFN_MASK;
	}
	*p++ = ']';
	if (pgtable_walk(m, m->cr3, addr, ACCESS_READ, &t) != FAULT_NONE) {
		p = put_str(put_str(p, ", \"fault\": \""), fault_name(t.fault));
		*p++ = '"';
	}
	text_end(out, p);
}

static void add_page_area(GString *out, struct machine *m, const struct snapshot *s,
			  const struct area_record *a)
{
	struct area_record shown = *a;
	char *p;

	shown.name_len = MIN(a->name_len, NAME_SHOWN);
	json_area(out, s, &shown);
	p = text_room(out, 64 + JSON_NUMBER_MAX);
	p = put_str(put_str(p, ", \"kind\": \""), segment_kind_name(area_kind(a)));
	p = put_json_number(put_str(p, "\", \"mapped\": "), area_mapped(a, m));
	text_end(out, p);
	if (!(a->flags & VM_IOREMAP))
		add_runs(out, m, a->addr, (a->size - record_guard(a)) >> PAGE_SHIFT);
	add_walk(out, m, a->addr);
}

/* ", "caller": N": where it is in the page's list, if it is there. */
static void add_area_caller(GString *out, guint caller)
{
	if (caller < CALLERS_SHOWN)
		g_string_append_printf(out, ", \"caller\": %u", caller);
}

/* --- neighbours as one block ------------------------------------------------ */

static uint64_t gap_before(const struct snapshot *s, guint i)
{
	const struct area_record *a = snapshot_area(s, i - 1);

	return snapshot_area(s, i)->addr - (a->addr + a->size);
}

/* A power of two that at most BREAKS_MAX gaps reach. */
static uint64_t wide_gap(const struct snapshot *s)
{
	uint64_t gaps[65] = { 0 };
	uint64_t n = 0;
	unsigned bits = 64;

	for (guint i = 1; i < s->areas->len; i++)
		gaps[fls64(gap_before(s, i))]++;
	while (bits && n + gaps[bits] <= BREAKS_MAX)
		n += gaps[bits--];
	return bits >= 64 ? UINT64_MAX : UINT64_C(1) << bits;
}

/* One past the last area of the block that begins with area i. */
static guint block_end(const struct snapshot *s, guint i, guint areas, uint64_t wide)
{
	guint end = i + 1;

	while (end < s->areas->len && end - i < areas && gap_before(s, end) < wide)
		end++;
	return end;
}

static void add_name(GString *out, const char *key, const struct snapshot *s,
		     const struct area_record *a)
{
	size_t len = a->name == NO_NAME ? 0 : MIN(a->name_len, NAME_SHOWN);
	char *p = text_room(out, 32 + JSON_NAME_FACTOR * len);

	p = put_str(put_str(put_str(p, ", \""), key), "\": \"");
	if (len)
		p = put_json_name(p, s->names->str + a->name, len);
	*p++ = '"';
	text_end(out, p);
}

/* ", "kinds": {"vmalloc": 20, "ioremap": 5}": how many areas of each. */
static void add_block_kinds(GString *out, const struct snapshot *s, guint from, guint to)
{
	guint nr[NR_SEGMENT_KINDS] = { 0 };
	const char *comma = "";

	for (guint i = from; i < to; i++)
		nr[area_kind(snapshot_area(s, i))]++;
	g_string_append(out, ", \"kinds\": {");
	for (unsigned kind = 0; kind < NR_SEGMENT_KINDS; kind++) {
		if (!nr[kind])
			continue;
		g_string_append_printf(out, "%s\"%s\": %u", comma, segment_kind_name(kind),
				       nr[kind]);
		comma = ", ";
	}
	g_string_append_c(out, '}');
}

/* What a page shows of several areas: sums instead of details. */
static void add_block(GString *out, const struct snapshot *s, guint from, guint to)
{
	const struct area_record *first = snapshot_area(s, from);
	const struct area_record *last = snapshot_area(s, to - 1);
	uint64_t size = 0, guards = 0, pages = 0;
	unsigned flags = 0;
	char *p;

	for (guint i = from; i < to; i++) {
		const struct area_record *a = snapshot_area(s, i);

		size += a->size;
		guards += record_guard(a);
		pages += a->nr_pages;
		flags |= a->flags;
	}
	p = text_room(out, 512);
	p = put_json_vaddr(put_str(p, "\"start\": "), first->addr);
	p = put_json_vaddr(put_str(p, ", \"end\": "), last->addr + last->size);
	p = put_json_number(put_str(p, ", \"size\": "), last->addr + last->size - first->addr);
	p = put_json_number(put_str(p, ", \"areas\": "), to - from);
	p = put_json_number(put_str(p, ", \"busy\": "), size);
	p = put_json_number(put_str(p, ", \"guards\": "), guards);
	p = put_json_number(put_str(p, ", \"pages\": "), pages);
	p = put_str(p, flags & VM_IOREMAP ? ", \"flags\": [\"ioremap\"]" : ", \"flags\": []");
	text_end(out, p);
	add_name(out, "first", s, first);
	add_name(out, "last", s, last);
}

/* Those callers of the page's list that have an area in the block. */
static void add_block_callers(GString *out, const struct caller_sums *callers, guint from, guint to)
{
	bool has[CALLERS_SHOWN] = { false };
	const char *comma = "";

	for (guint i = from; i < to; i++) {
		guint caller = caller_of_area(callers, i);

		if (caller < CALLERS_SHOWN)
			has[caller] = true;
	}
	g_string_append(out, ", \"callers\": [");
	for (unsigned i = 0; i < CALLERS_SHOWN; i++) {
		if (!has[i])
			continue;
		g_string_append_printf(out, "%s%u", comma, i);
		comma = ", ";
	}
	g_string_append_c(out, ']');
}

/* More than an area or a block takes, without what it has on each node. */
#define ENTRY_ROOM (2048 + RUNS_ROOM + WALK_ROOM + 2 * JSON_NAME_FACTOR * NAME_SHOWN)

/* False: the host has no memory for them; so below. */
static bool add_areas(GString *out, struct machine *m, const struct snapshot *s,
		      const struct caller_sums *callers)
{
	guint n = s->areas->len;
	guint each = 1; /* areas in a block */
	uint64_t wide = 0;

	if (n > BLOCKS_MAX) {
		/* That many blocks end because they are full; some more end at a wide gap. */
		each = n / (BLOCKS_MAX - BREAKS_MAX - 1) + 1;
		wide = wide_gap(s);
	}
	g_string_append(out, "\"areas\": [");
	for (guint i = 0; i < n;) {
		guint end = block_end(s, i, each, wide);

		if (!text_reserve(out, ENTRY_ROOM + (JSON_NUMBER_MAX + 2) * s->nr_nodes))
			return false;
		g_string_append(out, i ? ",\n{" : "\n{");
		if (end == i + 1) {
			add_page_area(out, m, s, snapshot_area(s, i));
			add_area_caller(out, caller_of_area(callers, i));
		} else {
			add_block(out, s, i, end);
			add_block_kinds(out, s, i, end);
			add_block_callers(out, callers, i, end);
		}
		g_string_append_c(out, '}');
		i = end;
	}
	g_string_append(out, "]");
	return true;
}

static bool freed_ranges(const struct snapshot *s, bool pooled, struct records *ret)
{
	for (guint i = 0; i < s->lazy->len; i++) {
		const struct lazy_record *r = snapshot_lazy(s, i);

		if (r->pooled == pooled && !records_add(ret, r, sizeof(*r)))
			return false;
	}
	return true;
}

static void add_page_ranges(GString *out, const struct records *ranges)
{
	guint n = ranges->len;
	guint each = n / LAZY_MAX + 1;

	for (guint i = 0; i < n; i += each) {
		guint end = MIN(i + each, n);
		const struct lazy_record *last =
			&g_array_index(ranges, struct lazy_record, end - 1);
		struct lazy_record r = g_array_index(ranges, struct lazy_record, i);

		r.size = last->addr + last->size - r.addr;
		g_string_append(out, i ? ",\n{" : "\n{");
		json_lazy(out, &r);
		g_string_append_printf(out, ", \"ranges\": %u}", end - i);
	}
}

static bool add_page_freed(GString *out, const char *key, const struct snapshot *s, bool pooled)
{
	struct records ranges[1] = { { 0 } };
	bool ok = freed_ranges(s, pooled, ranges) && text_reserve(out, LAZY_MAX * JSON_RANGE_MAX);

	g_string_append_printf(out, "\"%s\": [", key);
	if (ok)
		add_page_ranges(out, ranges);
	g_string_append(out, "]");
	records_free(ranges);
	return ok;
}

/* The callers that use most; and how many others there are. */
static void add_page_callers(GString *out, const struct caller_sums *callers)
{
	guint n = MIN(callers->sum->len, CALLERS_SHOWN);

	g_string_append(out, "\"callers\": [");
	for (guint i = 0; i < n; i++) {
		g_string_append(out, i ? ",\n{" : "\n{");
		json_caller(out, caller_sum_at(callers, i), NAME_SHOWN);
		g_string_append_c(out, '}');
	}
	g_string_append_printf(out, "],\n\"callers_more\": %u", callers->sum->len - n);
}

/* --- frames ----------------------------------------------------------------- */

static void add_zones(GString *out, struct machine *m)
{
	const char *comma = "";
	struct zone_info z;

	g_string_append(out, "\"zones\": [");
	for (unsigned i = 0; i < nr_zones(m); i++) {
		if (!zone_by_number(m, i, &z))
			continue;
		g_string_append_printf(
			out,
			"%s\n{\"node\": %u, \"name\": \"%s\", \"start\": %" G_GUINT64_FORMAT
			", \"end\": %" G_GUINT64_FORMAT ", \"managed\": %" G_GUINT64_FORMAT
			", \"free\": %" G_GUINT64_FORMAT ", \"tables\": %" G_GUINT64_FORMAT
			", \"blocks\": [",
			comma, z.node, z.name, z.start_pfn, z.end_pfn, z.managed, z.free, z.tables);
		for (unsigned order = 0; order < MAX_ORDER; order++)
			g_string_append_printf(out, "%s%" G_GUINT64_FORMAT, order ? ", " : "",
					       z.nr_free[order]);
		g_string_append(out, "]}");
		comma = ",";
	}
	g_string_append(out, "]");
}

static void add_use(GString *out, const struct machine *m, const struct snapshot *s)
{
	uint64_t pages = 0, arrays = 0;
	char *p = text_room(out, 256);

	for (guint i = 0; i < s->areas->len; i++) {
		const struct area_record *a = snapshot_area(s, i);

		*(a->depth ? &arrays : &pages) += a->nr_pages;
	}
	p = put_json_number(put_str(p, "\"use\": {\"areas\": "), pages);
	p = put_json_number(put_str(p, ", \"arrays\": "), arrays);
	p = put_json_number(put_str(p, ", \"tables\": "), m->nr_table_frames);
	*p++ = '}';
	text_end(out, p);
}

/* --- the page --------------------------------------------------------------- */

/*
 * A browser opens the file, which makes the text, and then asks for the size,
 * which may be that of a newer and shorter one.  What it leaves off at the end
 * shall be nothing but blanks.
 */
static void pad(GString *out)
{
	gsize len = out->len;
	gsize end = (len + PAD / 4 + PAD - 1) / PAD * PAD;

	g_string_set_size(out, end);
	memset(out->str + len, ' ', end - len);
	out->str[end - 1] = '\n';
}

GBytes *show_map_html(struct machine *m)
{
	GString *out;
	struct snapshot s;
	struct figures f;
	struct caller_sums callers;
	bool ok;

	snapshot_init(&s, m);
	figures_compute(&f, &s, m);
	caller_sums_init(&callers, &s);
	out = g_string_sized_new(sizeof(page_head) + sizeof(page_tail) + 4 * PAD);

	g_string_append_len(out, page_head, sizeof(page_head) - 1);
	/* The page looks for the time at this place, before it reads the rest. */
	g_string_append_printf(out, "{\"made\": %" G_GINT64_FORMAT ",\n", g_get_real_time() / 1000);
	json_head(out, m, &f, &s);
	g_string_append(out, ",\n");
	ok = !s.failed && !callers.failed && add_areas(out, m, &s, &callers);
	g_string_append(out, ",\n");
	add_page_callers(out, &callers);
	g_string_append(out, ",\n");
	ok = ok && add_page_freed(out, "lazy", &s, false);
	g_string_append(out, ",\n");
	ok = ok && add_page_freed(out, "pooled", &s, true);
	g_string_append(out, ",\n");
	add_zones(out, m);
	g_string_append(out, ",\n");
	add_use(out, m, &s);
	g_string_append(out, ",\n");
	add_page_history(out, m);
	g_string_append(out, "}\n");
	g_string_append_len(out, page_tail, sizeof(page_tail) - 1);
	pad(out);

	caller_sums_deinit(&callers);
	snapshot_deinit(&s);
	return text_finish(out, ok);
}
