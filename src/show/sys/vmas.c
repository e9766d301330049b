/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The maps of users, a line for each:
 *
 *	ID START END PGOFF FLAGS PGD FILE
 *	1 0x00007f0000000000 0x00007f0000004000 0 reserved 0x000000000100d000 vmalloc_user/u
 *
 * FILE is - if the area is gone: the map still has its frames.
 */
#include <string.h>
#include <vmallocfs/vmalloc.h>

#include "show/growth.h"
#include "show/show.h"
#include "show/words.h"

struct user_map {
	struct vma vma;
	char *file;
};

static void add_map(void *arg, const struct vma *vma)
{
	struct user_map map = { .vma = *vma };

	g_array_append_val((GArray *)arg, map);
}

/* Frames carry the tag of their area. */
static void name_maps(void *arg, const struct vm_struct *area)
{
	const GArray *maps = arg;

	for (guint i = 0; area->caller && i < maps->len; i++) {
		struct user_map *map = &g_array_index(maps, struct user_map, i);

		if (map->vma.tag == area->tag && map->vma.nr_frames)
			map->file = g_strdup(area->caller);
	}
}

#define LINE_ROOM 160 /* without the name */

static void add_map_line(GString *out, const struct machine *m, const struct user_map *map)
{
	const struct vma *vma = &map->vma;

	g_string_append_printf(out, "%lu 0x%0*lx 0x%0*lx %lu %s 0x%016lx ", (unsigned long)vma->id,
			       address_digits(m), (unsigned long)vma->vm_start, address_digits(m),
			       (unsigned long)vma->vm_end, (unsigned long)vma->pgoff,
			       vma->vm_flags & VM_RESERVED ? "reserved" : "-",
			       (unsigned long)vma->pgd);
	if (map->file)
		show_escape(out, map->file);
	else
		g_string_append_c(out, '-');
	g_string_append_c(out, '\n');
}

GBytes *show_vmas(struct machine *m)
{
	g_autoptr(GArray) maps = g_array_new(FALSE, FALSE, sizeof(struct user_map));
	g_autoptr(GString) out = g_string_new(NULL);
	bool ok = true;

	vma_for_each(m, add_map, maps);
	if (maps->len)
		vmlist_for_each(m, name_maps, maps);
	for (guint i = 0; i < maps->len; i++) {
		struct user_map *map = &g_array_index(maps, struct user_map, i);

		ok = ok && text_reserve(out, LINE_ROOM + (map->file ? 4 * strlen(map->file) : 1));
		if (ok)
			add_map_line(out, m, map);
		g_free(map->file);
	}
	return text_finish(g_steal_pointer(&out), ok);
}
