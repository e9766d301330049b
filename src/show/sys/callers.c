/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sys/kernel/mm/vmalloc/callers: who uses the address space, a caller a line.
 *
 *	217088 3 50 135168 load_module
 *
 * BYTES of address space, guards included, AREAS, PAGES (frames that they own), the
 * bytes of the LARGEST area, and the CALLER.  The caller that has the most bytes
 * comes first.
 */
#include "show/caller_sums.h"
#include "show/digits.h"
#include "show/show.h"
#include "show/words.h"

#define LINE_ROOM (4 * (DEC_MAX + 1) + 1) /* without the name */

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
	GString *out = g_string_new(NULL);
	struct caller_sums callers;
	struct snapshot s;
	bool ok;

	snapshot_init(&s, m);
	caller_sums_init(&callers, &s);
	snapshot_deinit(&s);
	ok = !s.failed && !callers.failed;
	for (guint i = 0; ok && i < callers.sum->len; i++) {
		const struct caller_sum *sum = caller_sum_at(&callers, i);

		ok = text_reserve(out, LINE_ROOM + 4 * strlen(sum->name));
		if (ok)
			put_caller_line(out, sum);
	}
	caller_sums_deinit(&callers);
	return text_finish(out, ok);
}
