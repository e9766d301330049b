/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What became of the files and areas of a machine, as text.
 */
#include <inttypes.h>

#include "info/image_changes.h"
#include "info/info_report.h"
#include "show/show.h"

void info_put_fates(GString *out, unsigned fates)
{
	bool first = true;

	for (unsigned i = 0; i < NR_FATES; i++) {
		if (!(fates & 1u << i))
			continue;
		g_string_append_printf(out, "%s%s", first ? "" : ",", image_fate_words[i]);
		first = false;
	}
}

/* "2 came, 1 moved: 300 bytes differ in 2 pages" */
static void put_fate_counts(GString *out, const GArray *changes)
{
	guint count[NR_FATES] = { 0 };
	uint64_t bytes = 0, pages = 0;
	bool first = true;

	for (guint i = 0; i < changes->len; i++) {
		const struct image_change *c = &g_array_index(changes, struct image_change, i);

		for (unsigned k = 0; k < NR_FATES; k++)
			count[k] += c->fates >> k & 1;
		bytes += c->bytes;
		pages += c->pages;
	}
	g_string_append(out, "\nfiles and areas, from the first image to the last: ");
	for (unsigned k = 0; k < NR_FATES; k++) {
		if (!count[k])
			continue;
		g_string_append_printf(out, "%s%u %s", first ? "" : ", ", count[k],
				       1u << k == FATE_BYTES ? "with other bytes"
							     : image_fate_words[k]);
		first = false;
	}
	if (bytes)
		g_string_append_printf(out, " (%" PRIu64 " %s in %" PRIu64 " %s)", bytes,
				       bytes == 1 ? "byte" : "bytes", pages,
				       pages == 1 ? "page" : "pages");
	g_string_append(out, first ? "nothing has changed\n" : "\n");
}

static void put_size_or_dash(GString *out, bool there, uint64_t size)
{
	if (there)
		g_string_append_printf(out, " %13" PRIu64, size);
	else
		g_string_append_printf(out, " %13s", "-");
}

static void put_image_change(GString *out, const struct image_change *c)
{
	g_autoptr(GString) words = g_string_new(NULL);
	uint64_t addr = c->to_addr ? c->to_addr : c->from_addr;

	info_put_fates(words, c->fates);
	g_string_append_printf(out, "%-16s", words->str);
	put_size_or_dash(out, !(c->fates & FATE_CAME), c->from_size);
	put_size_or_dash(out, !(c->fates & FATE_WENT), c->to_size);
	if (addr)
		g_string_append_printf(out, "  0x%0*" PRIx64 "  ", kernel_address_digits(addr),
				       addr);
	else
		g_string_append_printf(out, "  %18s  ", "-");
	show_escape(out, c->name);
	if (c->was) {
		g_string_append(out, ", was ");
		show_escape(out, c->was);
	}
	if (c->fates & (FATE_MOVED | FATE_ANEW) && c->from_addr && c->from_addr != addr)
		g_string_append_printf(out, ", was at 0x%0*" PRIx64,
				       kernel_address_digits(c->from_addr), c->from_addr);
	if (c->bytes)
		g_string_append_printf(out,
				       ": %" PRIu64 " %s in %" PRIu64
				       " %s, the first at offset %" PRIu64,
				       c->bytes, c->bytes == 1 ? "byte" : "bytes", c->pages,
				       c->pages == 1 ? "page" : "pages", c->first);
	g_string_append_c(out, '\n');
}

void info_put_image_changes(GString *out, const struct info_options *o, const GArray *changes)
{
	guint n = info_rows(o, changes->len);

	put_fate_counts(out, changes);
	if (!changes->len)
		return;
	g_string_append_printf(out, "%-16s %13s %13s  %-18s  %s\n", "change", "size", "size now",
			       "address", "name");
	for (guint i = 0; i < n; i++)
		put_image_change(out, &g_array_index(changes, struct image_change, i));
	if (n < changes->len)
		g_string_append_printf(out, "  ... and %u more; --top=0 shows all\n",
				       changes->len - n);
}
