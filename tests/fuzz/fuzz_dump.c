/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The readers of a crash dump: of the kernel's types, of its symbols, and of its lists of
 * areas.  The first byte says which of them gets the others.
 *
 * Whatever the bytes are, a reader ends, and either has a result or one line that says
 * why not.  It never has more areas than it may, so that a list which is linked from many
 * places does not fill the host's memory.
 */
#include "fuzz.h"

#include <errno.h>
#include <glib.h>

#include "input/dump/dump.h"
#include "input/dump/kernel_areas.h"

#define BASE UINT64_C(0xffffffff81000000)

struct bytes {
	const uint8_t *data;
	size_t size;
};

/* Memory comes in whole pages: zeros follow the bytes. */
static bool read_bytes(void *arg, uint64_t addr, void *buf, size_t len)
{
	const struct bytes *b = arg;
	uint64_t at = addr - BASE, end = (b->size + 4095) & ~UINT64_C(4095);

	if (addr < BASE || at > end || len > end - at)
		return false;
	memset(buf, 0, len);
	if (at < b->size)
		memcpy(buf, b->data + at, MIN(len, b->size - at));
	return true;
}

/* What err and *error must be. */
static void check_error(int err, char *error)
{
	FUZZ_ASSERT(err == 0 || err == -EINVAL || err == -ENOMEM);
	FUZZ_ASSERT(!err == !error);
	FUZZ_ASSERT(!error || (*error && !strchr(error, '\n')));
	g_free(error);
}

static void types(struct bytes *b)
{
	struct kernel_types t;
	char *error = NULL;
	int err = kernel_types_read(&t, b->data, (uint32_t)b->size, &error);

	check_error(err, error);
}

static void symbols(struct bytes *b)
{
	const struct dump_memory mem = { read_bytes, b };
	const struct kallsyms_place place = {
		.token_index = BASE,
		.token_table = BASE + 0x200,
		.num_syms = BASE + 0x400,
		.relative_base = BASE + 0x408,
		.offsets = BASE + 0x410,
		.names = BASE + 0x450,
		.known = "_stext",
		.known_addr = BASE,
	};
	struct kallsyms_hit hit;
	struct kallsyms k;
	char *error = NULL;
	uint64_t addr;
	int err = kallsyms_init(&k, &mem, &place, &error);

	check_error(err, error);
	if (err)
		return;
	FUZZ_ASSERT(k.nr <= b->size && kallsyms_find(&k, "_stext", &addr));
	for (uint32_t i = 0; i < k.nr; i++)
		if (kallsyms_lookup(&k, k.addr[i], &hit))
			FUZZ_ASSERT(strlen(hit.name) <= 512);
	kallsyms_deinit(&k);
}

/*
 *	0	vmap_nodes, a pointer	8	nr_vmap_nodes
 *	where it points to, nodes of 64 bytes: busy, lazy, and two pools
 */
static void areas(struct bytes *b)
{
	static const char names[] = "vmap_nodes\0nr_vmap_nodes";
	uint64_t addr[] = { BASE, BASE + 8 };
	uint32_t name[] = { 0, sizeof("vmap_nodes") };
	struct dump d = {
		.memory = { read_bytes, b },
		.symbols = { .nr = 2,
			     .addr = addr,
			     .name = name,
			     .names = g_string_new_len(names, sizeof(names)) },
		.types = { .va_end = 8,
			   .va_list = 16,
			   .va_vm = 32,
			   .vm_addr = 0,
			   .vm_size = 8,
			   .vm_flags = 16,
			   .vm_pages = 24,
			   .vm_nr_pages = 32,
			   .vm_phys_addr = 40,
			   .vm_caller = 48,
			   .node_size = 64,
			   .node_lazy = 16,
			   .node_pool = 32,
			   .pool_size = 16,
			   .nr_pools = 2 },
		.areas = g_array_new(FALSE, FALSE, sizeof(struct dump_area)),
		.areas_max = b->size / 32,
	};
	char *error = NULL;
	int err = kernel_areas_read(&d, &error);

	check_error(err, error);
	FUZZ_ASSERT(d.areas->len <= d.areas_max);
	for (guint i = 0; i < d.areas->len; i++)
		FUZZ_ASSERT(dump_area(&d, i)->size &&
			    dump_area(&d, i)->nr_pages <= dump_area(&d, i)->size / 4096);
	g_array_unref(d.areas);
	g_string_free(d.symbols.names, TRUE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const readers[])(struct bytes *) = { types, symbols, areas };
	struct bytes b = { data + 1, size - 1 };

	if (size)
		readers[data[0] % 3](&b);
	return 0;
}
