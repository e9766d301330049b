/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A whole replay: any bytes as a trace, plain, gzip or zstd, whole or cut off.
 *
 * The trace runs as it stands, then strictly, and then under all policies in a
 * window of four megabytes, so that placements fail.  Whatever it says, the
 * machines are sound after it, and the figures agree with each other.
 */
#include <errno.h>

#include <glib.h>

#include "fuzz_file.h"
#include "fuzz_machine.h"
#include "replay/side_by_side.h"
#include "replay/report.h"

/* No more and no fewer areas than the run knows places of. */
static void check_places(const struct run *run)
{
	uint64_t places = 0;

	for (guint slot = 0; slot < run->places->len; slot++)
		places += g_array_index(run->places, vaddr_t, slot) != 0;
	FUZZ_ASSERT(places == fuzz_areas(run->m) + (run->aside ? fuzz_areas(run->aside) : 0));
}

static void check_run(const struct replay *r, const struct run *run)
{
	const struct run_figures *f = &run->figures;

	fuzz_check_machine(run->m, true);
	if (run->aside)
		fuzz_check_machine(run->aside, true);
	check_places(run);
	FUZZ_ASSERT(f->events <= r->events);
	FUZZ_ASSERT(f->placed + f->failed == f->searches);
	FUZZ_ASSERT(f->same <= f->compared && f->compared <= f->searches);
	FUZZ_ASSERT(f->failed_alone <= f->failed && f->placed_alone <= f->placed);
	FUZZ_ASSERT(f->frag_max >= 0 && f->frag_max <= 1);
	FUZZ_ASSERT(f->frag_sum <= (double)f->events);
	FUZZ_ASSERT(f->span.largest <= f->span.free);
	FUZZ_ASSERT(f->span.busy + f->span.free == f->span.end - f->span.start);
	FUZZ_ASSERT(f->peak_busy >= f->span.busy);
	FUZZ_ASSERT(f->peak_span >= f->span.end - f->span.start);
}

static void check_report(const struct replay *r, enum report_format format)
{
	g_autoptr(GString) text = replay_report(r, &(struct report_options){ .format = format });

	FUZZ_ASSERT(text->len && text->str[text->len - 1] == '\n');
	FUZZ_ASSERT(g_utf8_validate(text->str, (gssize)text->len, NULL));
}

/* The pictures; the one of the end may put back what the trace has freed. */
static void draw(struct replay *r)
{
	const struct timeline *lines[NR_VM_POLICIES];
	GString *timeline;

	for (unsigned i = 0; i < r->nr_runs; i++)
		lines[i] = r->run[i].timeline;
	timeline = timeline_svg(lines, r->nr_runs, r->began);
	g_string_free(timeline, TRUE);
	g_bytes_unref(replay_map_svg(r));
	for (unsigned i = 0; i < r->nr_runs; i++)
		check_run(r, &r->run[i]);
}

static void run(const uint8_t *data, size_t size, const struct replay_config *config)
{
	struct replay *r;
	struct input *in;
	char *error = NULL;
	int err;

	FUZZ_ASSERT(!replay_create(config, &r, &error));
	err = input_open(fuzz_file(data, size), &in, &error);
	FUZZ_ASSERT(!err == !error);
	if (err) {
		FUZZ_ASSERT(err == -EINVAL); /* of a kind that is refused */
		g_free(error);
		replay_destroy(r);
		return;
	}
	err = replay_input(r, in, NULL, NULL, &error);
	FUZZ_ASSERT(!err == !error);
	/* It has no event; or, with strict, a bad line. */
	FUZZ_ASSERT(!err || err == -ENODATA || (config->strict && err == -EINVAL));
	g_free(error);
	input_close(in);
	for (unsigned i = 0; i < r->nr_runs; i++)
		check_run(r, &r->run[i]);
	if (!err)
		for (unsigned f = REPORT_TABLE; f <= REPORT_JSON; f++)
			check_report(r, (enum report_format)f);
	if (!err && config->map)
		draw(r);
	replay_destroy(r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct replay_config config = { .machine = MACHINE_CONFIG_DEFAULT };

	config.machine.memory = UINT64_C(4) << 20;
	run(data, size, &config);
	config.strict = true;
	run(data, size, &config);

	config.strict = false;
	config.machine.vmalloc_size = UINT64_C(4) << 20;
	config.clip = true;
	config.timeline = true;
	config.map = (size & 6) == 2; /* a quarter: pictures take longer than replays */
	config.has_lazy = size & 1;
	config.lazy = 64;
	for (unsigned i = 0; i < NR_VM_POLICIES; i++)
		config.policy[config.nr_policies++] = (enum vm_policy)i;
	run(data, size, &config);
	return 0;
}
