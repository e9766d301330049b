/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Beginning with a saved layout.
 *
 * The layout is read by a machine of its own, which is large enough and then
 * goes.  Its areas become ranges of address space in the machines of the runs,
 * without frames, each known by its address: a kernel's trace may free it.
 */
#include <errno.h>

#include "replay/replay.h"
#include "show/show.h"

/* What such a machine may have: it takes no host memory but for page tables and descriptors. */
static const uint64_t memories[] = {
	UINT64_C(1) << 30,
	UINT64_C(1) << 34,
	UINT64_C(1) << 38,
	UINT64_C(1) << 42,
};

static void add_area(void *arg, const struct vm_struct *area)
{
	GArray *areas = arg;
	struct step s = {
		.type = STEP_PLACE,
		.owner = NO_SLOT,
		.restored = true,
		.no_guard = area->flags & VM_NO_GUARD,
		.addr = area->addr,
		.size = area->size,
		.aside = area->addr >= TEXT_START,
	};

	g_array_append_val(areas, s);
}

static int read_layout(const char *path, uint64_t memory, GArray *areas, char **error)
{
	struct machine_config c = MACHINE_CONFIG_DEFAULT;
	struct machine *m;
	int err;

	c.memory = memory;
	c.init_on_alloc = false;
	err = machine_boot(&c, &m);
	if (err) {
		*error = g_strdup_printf("%s: no machine for this layout: %s", path,
					 g_strerror(-err));
		return err;
	}
	err = vmalloc_init(m);
	if (!err)
		err = show_load(m, path, error);
	else
		*error = g_strdup("the host is out of memory");
	if (!err)
		vmlist_for_each(m, add_area, areas);
	vmalloc_exit(m);
	machine_destroy(m);
	return err;
}

int replay_load(struct replay *r, const char *path, char **error)
{
	g_autoptr(GArray) areas = g_array_new(FALSE, FALSE, sizeof(struct step));
	int err = -ENOMEM;

	for (size_t i = 0; i < G_N_ELEMENTS(memories) && err == -ENOMEM; i++) {
		g_clear_pointer(error, g_free);
		err = read_layout(path, memories[i], areas, error);
	}
	if (err)
		return err;
	for (guint i = 0; i < areas->len; i++) {
		const struct step *area = &g_array_index(areas, struct step, i);
		struct live *l = live_add(&r->live, NULL, area->addr);

		l->size = area->size - (area->no_guard ? 0 : PAGE_SIZE);
		replay_restore(r, area, l->slot);
	}
	replay_flush(r);
	r->loaded = areas->len;
	if (r->err)
		*error = g_strdup_printf("%s: its areas cannot be made: %s", path,
					 g_strerror(-r->err));
	return r->err;
}
