/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The report for people.  A terminal gets bars and colours, a file plain text.
 */
#include <inttypes.h>
#include <string.h>

#include "info/info_report.h"
#include "show/figures.h"
#include "show/show.h"

#define BOLD "\033[1m"
#define FAINT "\033[2m"
#define BLUE "\033[34m"
#define YELLOW "\033[33m"
#define PLAIN "\033[0m"

#define BAR_WIDTH 24
#define SPACE_BAR_WIDTH 60

struct sheet {
	GString *out;
	const struct info_options *o;
	bool terminal;
};

static void text_title(struct sheet *p, const char *text)
{
	g_string_append_printf(p->out, "%s%s%s\n", p->terminal ? BOLD : "", text,
			       p->terminal ? PLAIN : "");
}

static unsigned cells_of(uint64_t part, uint64_t whole, unsigned width)
{
	unsigned n = whole ? (unsigned)((double)part / (double)whole * width + 0.5) : 0;

	return part && !n ? 1 : MIN(n, width);
}

static void put_cells(GString *out, const char *color, const char *cell, unsigned n)
{
	g_string_append(out, color);
	while (n--)
		g_string_append(out, cell);
	g_string_append(out, PLAIN);
}

/* Used, waiting, free. */
static void put_space_bar(struct sheet *p, const struct info_space *s)
{
	uint64_t size = s->window->end - s->window->start;
	unsigned used = cells_of(s->bytes, size, SPACE_BAR_WIDTH);
	unsigned waiting = cells_of(s->waiting_bytes, size, SPACE_BAR_WIDTH - used);

	if (!p->terminal)
		return;
	g_string_append(p->out, "  ");
	put_cells(p->out, BLUE, "\u2588", used);
	put_cells(p->out, YELLOW, "\u2592", waiting);
	put_cells(p->out, FAINT, "\u00b7", SPACE_BAR_WIDTH - used - waiting);
	g_string_append_c(p->out, '\n');
}

static void put_holes_line(struct sheet *p, const struct listing *l, const char *title,
			   const struct info_holes *h)
{
	g_string_append_printf(p->out, "  %-8s %7s %16" PRIu64 "  in %u %s", title,
			       info_size(h->free).s, h->free, h->hole->len,
			       h->hole->len == 1 ? "hole" : "holes");
	if (h->largest.size)
		g_string_append_printf(p->out, ", the largest %s (%" PRIu64 ") at " ADDR_FMT,
				       info_size(h->largest.size).s, h->largest.size,
				       ADDR_ARG(l, h->largest.start));
	if (h->unusable)
		g_string_append_printf(p->out, "; %s (%.4f) in holes too small for %d pages",
				       info_size(h->unusable).s,
				       unusable_share(h->unusable, h->free) / 10000.0,
				       UNUSABLE_PAGES);
	g_string_append_c(p->out, '\n');
}

static void text_space(struct sheet *p, const struct listing *l, const struct info_space *s)
{
	const struct listing_window *w = s->window;
	g_autofree char *title =
		g_strdup_printf("%s " ADDR_FMT "-" ADDR_FMT "  %s", s->name, ADDR_ARG(l, w->start),
				ADDR_ARG(l, w->end), info_size(w->end - w->start).s);

	text_title(p, title);
	put_space_bar(p, s);
	g_string_append_printf(p->out, "  %-8s %s\n", "window", w->from);
	g_string_append_printf(p->out,
			       "  %-8s %7s %16" PRIu64 "  in %" PRIu64
			       " %s, %s of it guard pages\n",
			       "used", info_size(s->bytes).s, s->bytes, s->areas,
			       s->areas == 1 ? "area" : "areas", info_size(s->guards).s);
	if (s->waiting)
		g_string_append_printf(p->out,
				       "  %-8s %7s %16" PRIu64 "  in %" PRIu64
				       " freed ranges that wait for a purge\n",
				       "waiting", info_size(s->waiting_bytes).s, s->waiting_bytes,
				       s->waiting);
	put_holes_line(p, l, "free", &s->holes);
	if (s->waiting)
		put_holes_line(p, l, "purged", &s->purged);
}

static void put_outside(struct sheet *p, const struct info *info)
{
	if (info->outside)
		g_string_append_printf(p->out,
				       "outside of both: %" PRIu64 " %s, %" PRIu64 " bytes\n",
				       info->outside, info->outside == 1 ? "area" : "areas",
				       info->outside_bytes);
}

/* The bar before a row's name, on a terminal. */
static void put_bar(struct sheet *p, uint64_t part, uint64_t whole)
{
	unsigned n = cells_of(part, whole, BAR_WIDTH);

	if (!p->terminal)
		return;
	put_cells(p->out, BLUE, "\u2588", n);
	g_string_append_printf(p->out, "%*s", (int)(BAR_WIDTH - n + 2), "");
}

static void put_more(struct sheet *p, guint shown, guint all)
{
	if (shown < all)
		g_string_append_printf(p->out, "  ... and %u more; --top=0 shows all\n",
				       all - shown);
}

/* True if a group has areas outside of the vmalloc window. */
static bool has_other_spaces(const struct info *info)
{
	for (guint i = 0; i < info->groups->len; i++) {
		const struct info_group *g = &g_array_index(info->groups, struct info_group, i);

		if (info->nr_spaces && g->bytes != g->vmalloc_bytes)
			return true;
	}
	return false;
}

static void text_groups(struct sheet *p, const struct info *info)
{
	guint n = info_rows(p->o, info->groups->len);
	bool others = has_other_spaces(info);
	g_autofree char *title =
		g_strdup_printf("%14s %7s %9s %12s%s  %*sby %s", "bytes", "areas", "pages",
				"largest", others ? "   in vmalloc" : "",
				p->terminal ? BAR_WIDTH + 2 : 0, "", p->o->by_word);

	g_string_append_c(p->out, '\n');
	text_title(p, title);
	for (guint i = 0; i < n; i++) {
		const struct info_group *g = &g_array_index(info->groups, struct info_group, i);
		const struct info_group *first = &g_array_index(info->groups, struct info_group, 0);

		g_string_append_printf(p->out, "%14" PRIu64 " %7" PRIu64 " %9" PRIu64 " %12" PRIu64,
				       g->bytes, g->areas, g->pages, g->largest);
		if (others)
			g_string_append_printf(p->out, " %12" PRIu64, g->vmalloc_bytes);
		g_string_append(p->out, "  ");
		put_bar(p, g->bytes, first->bytes);
		show_escape(p->out, g->name);
		g_string_append_c(p->out, '\n');
	}
	put_more(p, n, info->groups->len);
}

static void text_holes(struct sheet *p, const struct info *info)
{
	for (unsigned i = 0; i < info->nr_spaces; i++) {
		const struct info_space *s = &info->space[i];
		g_autofree char *title = g_strdup_printf("%14s  holes of %s", "bytes", s->name);

		g_string_append_c(p->out, '\n');
		text_title(p, title);
		for (guint k = 0; k < s->holes.hole->len; k++) {
			const struct info_hole *h =
				&g_array_index(s->holes.hole, struct info_hole, k);

			g_string_append_printf(p->out, "%14" PRIu64 "  " ADDR_FMT "-" ADDR_FMT "\n",
					       h->size, ADDR_ARG(info->l, h->start),
					       ADDR_ARG(info->l, h->start + h->size));
		}
	}
}

/* Answers the failures in the listing's log as --enough would. */
static void text_failures(struct sheet *p, const struct info *info)
{
	uint64_t page = UINT64_C(1) << info->l->page_shift, last = 0;

	for (guint i = 0; i < info->l->failures->len; i++) {
		const struct listing_failure *f =
			&g_array_index(info->l->failures, struct listing_failure, i);
		struct info_request request = { .size = f->size };
		struct info_answer answer;

		if (f->with_guard && f->size > page)
			request.size -= page;
		if (request.size == last || info_ask(info, &request, &answer))
			continue;
		last = request.size;
		g_string_append_printf(p->out,
				       "\nline %" PRIu64 ": the kernel failed for %" PRIu64
				       " bytes%s.",
				       f->line, f->size, f->with_guard ? " with the guard" : "");
		info_put_answer(p->out, info, &answer);
	}
}

static void text_file(struct sheet *p, const struct info_report *r, unsigned i)
{
	const struct info *info = &r->info[i];
	const struct listing *l = info->l;

	if (l->hidden)
		g_string_append(
			p->out,
			"The addresses are hashed or hidden: who uses the space can be told, "
			"where it is free cannot.\n");
	else if (l->arch)
		g_string_append_printf(p->out, "machine: %s, pages of %s\n", l->arch,
				       info_size(UINT64_C(1) << l->page_shift).s);
	for (unsigned k = 0; k < info->nr_spaces; k++)
		text_space(p, l, &info->space[k]);
	put_outside(p, info);
	text_groups(p, info);
	if (p->o->holes)
		text_holes(p, info);
	if (r->enough && r->enough[i].space)
		info_put_answer(p->out, info, &r->enough[i]);
	if (r->next && r->next[i].space)
		info_put_next(p->out, info, &r->next[i]);
	if (!r->enough)
		text_failures(p, info);
}

/* A row for each file. */
static void text_series(struct sheet *p, const struct info_report *r)
{
	text_title(p, "         used   areas      waiting         free      largest   holes  file");
	for (unsigned i = 0; i < r->n; i++) {
		const struct info *info = &r->info[i];
		const struct info_space *s = &info->space[0];

		if (info->nr_spaces)
			g_string_append_printf(p->out,
					       "%13" PRIu64 " %7" PRIu64 " %12" PRIu64 " %12" PRIu64
					       " %12" PRIu64 " %7u  ",
					       s->bytes, s->areas, s->waiting_bytes, s->holes.free,
					       s->holes.largest.size, s->holes.hole->len);
		else
			g_string_append(p->out, "addresses are hidden  ");
		show_escape(p->out, info->l->path);
		g_string_append_c(p->out, '\n');
	}
}

static void text_changes(struct sheet *p, const struct info_report *r)
{
	g_autoptr(GArray) changes = info_changes(&r->info[0], &r->info[r->n - 1]);
	guint n = info_rows(p->o, changes->len);
	g_autofree char *title = g_strdup_printf("%14s %9s %14s  %-7s by %s", "bytes", "areas",
						 "bytes now", "", p->o->by_word);

	g_string_append(p->out, "\nfrom the first file to the last:\n");
	if (!changes->len) {
		g_string_append(p->out, "nothing has changed\n");
		return;
	}
	text_title(p, title);
	for (guint i = 0; i < n; i++) {
		const struct info_change *c = &g_array_index(changes, struct info_change, i);

		g_string_append_printf(p->out, "%+14" PRId64 " %+9" PRId64 " %14" PRIu64 "  %-7s ",
				       (int64_t)(c->to_bytes - c->from_bytes),
				       (int64_t)(c->to_areas - c->from_areas), c->to_bytes,
				       info_change_word(c));
		show_escape(p->out, c->name);
		g_string_append_c(p->out, '\n');
	}
	put_more(p, n, changes->len);
}

void info_text(const struct info_report *r, bool terminal, GString *out)
{
	struct sheet sheet = { .out = out, .o = r->o, .terminal = terminal };

	if (r->n == 1) {
		text_file(&sheet, r, 0);
		return;
	}
	text_series(&sheet, r);
	text_changes(&sheet, r);
	if (r->image_changes)
		info_put_image_changes(out, r->o, r->image_changes);
	for (unsigned i = 0; i < r->n; i++) {
		if (r->enough && r->enough[i].space) {
			g_string_append_printf(out, "\n%s:", r->info[i].l->path);
			info_put_answer(out, &r->info[i], &r->enough[i]);
		}
		if (r->next && r->next[i].space) {
			g_string_append_printf(out, "\n%s:", r->info[i].l->path);
			info_put_next(out, &r->info[i], &r->next[i]);
		}
	}
}
