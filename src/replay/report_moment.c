/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The machines of the runs are what they were at that moment, since the replay ended
 * there.
 */
#include <inttypes.h>

#include "replay/report_moment.h"
#include "replay/run_holes.h"
#include "show/show.h"

static GArray *moment_holes(const struct replay *r, const struct run *run)
{
	if (!run->window_last)
		return run_holes(run->m, r->window_start, r->window_end);
	return run_holes(run->m, run->window_start, run->window_last);
}

GString *moment_layout(const struct run *run)
{
	struct machine *machines[] = { run->m, run->aside };
	GString *out = g_string_new(NULL);

	for (unsigned i = 0; i < G_N_ELEMENTS(machines) && machines[i]; i++) {
		g_autoptr(GBytes) text = show_vmallocinfo(machines[i]);
		gsize len;
		const char *bytes = g_bytes_get_data(text, &len);

		g_string_append_len(out, bytes, (gssize)len);
	}
	return out;
}

static void add_moment(const struct replay *r, const struct run *run, bool areas, GString *out)
{
	g_autoptr(GArray) holes = moment_holes(r, run);

	g_string_append_printf(out, "\n%s after event %" PRIu64 ": %u hole%s in the window\n",
			       run_name(run), r->events, holes->len, holes->len == 1 ? "" : "s");
	for (guint i = 0; i < holes->len; i++)
		run_hole_append(out, &g_array_index(holes, struct run_hole, i));
	if (areas) {
		g_autoptr(GString) layout = moment_layout(run);

		g_string_append_c(out, '\n');
		g_string_append_len(out, layout->str, (gssize)layout->len);
	}
}

void report_moment_table(const struct replay *r, bool areas, GString *out)
{
	for (unsigned i = 0; r->config.at && i < r->nr_runs; i++)
		add_moment(r, &r->run[i], areas, out);
}

void report_moment_json(const struct replay *r, unsigned run, GString *out)
{
	g_autoptr(GArray) holes = NULL;

	if (!r->config.at)
		return;
	holes = moment_holes(r, &r->run[run]);
	g_string_append(out, ",\n\t\t\t\"window_holes\": [");
	for (guint i = 0; i < holes->len; i++) {
		const struct run_hole *hole = &g_array_index(holes, struct run_hole, i);

		g_string_append_printf(out, "%s[\"0x%0*" PRIx64 "\", %" PRIu64 "]", i ? ", " : "",
				       kernel_address_digits(hole->start), hole->start, hole->size);
	}
	g_string_append_c(out, ']');
}
