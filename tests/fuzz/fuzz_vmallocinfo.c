/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A saved vmallocinfo: each line for input/parse.h, the whole for load_file().
 *
 * A machine that refuses a layout is as empty as before and says why.  One that
 * takes it is sound, and what its own vmallocinfo says then is a layout again,
 * which a second machine takes and says the very same of.
 */
#include <glib.h>

#include "fuzz_file.h"
#include "fuzz_machine.h"
#include "input/load.h"
#include "input/parse.h"
#include "show/show.h"

#define MEMORY (UINT64_C(16) << 20)

static struct machine *boot(unsigned nodes)
{
	struct machine_config config = MACHINE_CONFIG_DEFAULT;
	struct machine *m;

	config.memory = MEMORY;
	config.nodes = nodes;
	FUZZ_ASSERT(!machine_boot(&config, &m));
	FUZZ_ASSERT(!vmalloc_init(m));
	return m;
}

static void shut_down(struct machine *m)
{
	fuzz_check_machine(m, false);
	vmalloc_exit(m);
	machine_destroy(m);
}

static void one_line(void *arg, char *line, size_t len)
{
	uint64_t *areas = arg;

	if (len && line[len - 1] == '\r') /* as load_file() does */
		len--;
	for (unsigned nodes = 1; nodes <= 3; nodes += 2) {
		struct saved_line saved;
		char *error = saved_line_parse(line, len, nodes, &saved);
		uint64_t sum = 0;

		if (error) {
			FUZZ_ASSERT(*error && !strchr(error, '\n'));
			g_free(error);
			continue;
		}
		FUZZ_ASSERT(saved.size && !(saved.size & ~PAGE_MASK) && !(saved.addr & ~PAGE_MASK));
		FUZZ_ASSERT(saved.addr + saved.size - 1 > saved.addr);
		FUZZ_ASSERT(saved.nr_pages <= saved.size >> PAGE_SHIFT);
		FUZZ_ASSERT(!saved.caller || (saved.caller >= line &&
					      saved.caller + saved.caller_len <= line + len));
		for (unsigned i = 0; i < nodes; i++)
			sum += saved.node_pages[i];
		FUZZ_ASSERT(!saved.nodes || sum == saved.nr_pages);
		if (nodes == 1 && saved.kind == SAVED_AREA)
			++*areas;
	}
}

/*
 * Loads it; what the machine's own vmallocinfo says then, or NULL.  With nth the
 * machine's nth block of memory for descriptors is refused.
 */
static GBytes *load(const void *data, size_t size, unsigned nodes, uint64_t nth, uint64_t *areas)
{
	struct machine *m = boot(nodes);
	uint64_t free_frames = nr_free_pages(m);
	uint64_t blocks = m->kmalloc_live;
	GBytes *text = NULL;
	char *error = NULL;
	int err;

	fault_set_nth(m, &m->failslab, nth);
	err = load_file(m, fuzz_file(data, size), &error);
	fault_set_nth(m, &m->failslab, 0);
	*areas = fuzz_areas(m);
	if (err) {
		FUZZ_ASSERT(err < 0 && error && *error && !strchr(error, '\n'));
		FUZZ_ASSERT(!*areas);
		FUZZ_ASSERT(m->kmalloc_live == blocks);
		/* Page tables stay, as in Linux. */
		FUZZ_ASSERT(nr_free_pages(m) + m->nr_table_frames >= free_frames);
		g_free(error);
	} else {
		FUZZ_ASSERT(!error && *areas);
		text = show_vmallocinfo(m);
	}
	shut_down(m);
	return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint64_t lines = 0, areas, again;
	GBytes *first, *second;

	fuzz_lines(data, size, 0, one_line, &lines);

	/* Two nodes, and a failure on the way if there are so many areas. */
	first = load(data, size, 2, 1 + size % 64, &areas);
	if (first) {
		FUZZ_ASSERT(areas == lines);
		g_bytes_unref(first);
	}
	/* With one node it does not matter which frames were left. */
	first = load(data, size, 1, 0, &areas);
	if (first) {
		second = load(g_bytes_get_data(first, NULL), g_bytes_get_size(first), 1, 0, &again);
		FUZZ_ASSERT(second && again == areas);
		FUZZ_ASSERT(g_bytes_equal(first, second));
		g_bytes_unref(second);
		g_bytes_unref(first);
	}
	return 0;
}
