/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Beginning with a saved layout.
 *
 * The layout is read by a machine of its own, which is large enough and then
 * goes.  Its areas become ranges of address space in the machines of the runs,
 * without frames, each known by its address: a kernel's trace may free it.
 */
#include <errno.h>

#include "input/load.h"
#include "replay/replay.h"

/* What such a machine may have: it takes no host memory but for page tables and descriptors. */
static const uint64_t memories[] = {
	UINT64_C(1) << 30,
	UINT64_C(1) << 34,
	UINT64_C(1) << 38,
	UINT64_C(1) << 42,
};

/* What a run's machine has to know of an area. */
#define KEPT_FLAGS (VM_IOREMAP | VM_ALLOC | VM_MAP | VM_USERMAP | VM_NO_GUARD | VM_SYMBOL)

struct saved_areas {
	GArray *steps;	    /* struct step */
	GPtrArray *callers; /* a name or NULL for each */
};

static void save_area(void *arg, const struct vm_struct *area)
{
	struct saved_areas *saved = arg;
	struct step s = {
		.type = STEP_PLACE,
		.owner = NO_SLOT,
		.root = NO_SLOT,
		.array = NO_SLOT,
		.restored = true,
		.flags = area->flags & KEPT_FLAGS,
		.addr = area->addr,
		.size = area->size,
		.aside = area->addr >= TEXT_START,
	};

	g_array_append_val(saved->steps, s);
	g_ptr_array_add(saved->callers, g_strdup(area->caller));
}

static int read_layout(const char *path, uint64_t memory, struct saved_areas *saved, char **error)
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
		err = load_file(m, path, error);
	else
		*error = g_strdup("the host is out of memory");
	if (!err)
		vmlist_for_each(m, save_area, saved);
	vmalloc_exit(m);
	machine_destroy(m);
	return err;
}

/* For pictures; an area whose name there is no memory for goes without. */
static void name_areas(struct replay *r, const struct saved_areas *saved)
{
	for (guint i = 0; i < saved->steps->len; i++) {
		const struct step *s = &g_array_index(saved->steps, struct step, i);

		for (unsigned k = 0; k < r->nr_runs; k++)
			vm_set_caller(s->aside ? r->run[k].aside : r->run[k].m, s->addr,
				      g_ptr_array_index(saved->callers, i));
	}
}

int replay_load(struct replay *r, const char *path, char **error)
{
	g_autoptr(GArray) steps = g_array_new(FALSE, FALSE, sizeof(struct step));
	g_autoptr(GPtrArray) callers = g_ptr_array_new_with_free_func(g_free);
	struct saved_areas saved = { steps, callers };
	int err = -ENOMEM;

	for (size_t i = 0; i < G_N_ELEMENTS(memories) && err == -ENOMEM; i++) {
		g_clear_pointer(error, g_free);
		err = read_layout(path, memories[i], &saved, error);
	}
	if (err)
		return err;
	for (guint i = 0; i < steps->len; i++) {
		const struct step *area = &g_array_index(steps, struct step, i);
		struct live *l = live_add(&r->live, NULL, area->addr);
		struct step *s = replay_step(r, STEP_PLACE, l->slot);

		l->size = area->size - (area->flags & VM_NO_GUARD ? 0 : PAGE_SIZE);
		*s = *area;
		s->slot = l->slot;
	}
	replay_flush(r);
	r->loaded = steps->len;
	if (r->err) {
		*error = g_strdup_printf("%s: its areas cannot be made: %s", path,
					 g_strerror(-r->err));
		return r->err;
	}
	name_areas(r, &saved);
	for (unsigned i = 0; i < r->nr_runs; i++)
		run_begin(&r->run[i]);
	return 0;
}
