/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Booting with a saved vmallocinfo, load_file().
 *
 * A machine that refuses a layout is as empty as before and says why.  One that
 * takes it is sound, and what its own vmallocinfo says then is a layout again,
 * which a second machine takes and says the very same of.
 */
#include <glib.h>

#include "fuzz_file.h"
#include "fuzz_machine.h"
#include "input/load.h"
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
		FUZZ_ASSERT(!*areas && !vmalloc_nr_lazy(m));
		/* The array of what waits stays once it is there. */
		FUZZ_ASSERT(m->kmalloc_live <= blocks + 1);
		/* Page tables stay, as in Linux. */
		FUZZ_ASSERT(nr_free_pages(m) + m->nr_table_frames >= free_frames);
		g_free(error);
	} else {
		FUZZ_ASSERT(!error);
		text = show_vmallocinfo(m);
	}
	shut_down(m);
	return text;
}

static bool is_ascii(GBytes *text)
{
	gsize len;
	const char *p = g_bytes_get_data(text, &len);

	for (gsize i = 0; i < len; i++)
		if ((unsigned char)p[i] >= 0x80)
			return false;
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint64_t areas, again;
	GBytes *first, *second;

	/* Two nodes, and a failure on the way if there are so many areas. */
	first = load(data, size, 2, 1 + size % 64, &areas);
	if (first)
		g_bytes_unref(first);
	/* With one node it does not matter which frames were left. */
	first = load(data, size, 1, 0, &areas);
	if (!first)
		return 0;
	/* Only where areas were loaded, and no caller has a letter beyond ASCII. */
	if (g_bytes_get_size(first) && is_ascii(first)) {
		second = load(g_bytes_get_data(first, NULL), g_bytes_get_size(first), 1, 0, &again);
		FUZZ_ASSERT(second && again == areas);
		FUZZ_ASSERT(g_bytes_equal(first, second));
		g_bytes_unref(second);
	}
	g_bytes_unref(first);
	return 0;
}
