/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An area of a layout has no file that made it, so it gets one when the machine
 * is mounted.  The core knows the area by VM_SYMBOL, and keeps the caller that it
 * came with: in listings nothing of its file is seen.
 */
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "fs/files/files.h"
#include "fs/files/loaded.h"
#include "fs/inode/dir.h"
#include "fs/inode/inode.h"
#include <vmallocfs/vmalloc.h>

static const struct dir_kind loaded_kind = { "loaded", .fixed_names = true };

/* These bytes are memory of a kernel, which root alone may read. */
#define LOADED_MODE 0600

/* "0xADDR-SYMBOL": of the caller what precedes its offset; a name has no slash. */
static void loaded_name(const struct vm_struct *area, char *name, size_t len)
{
	int n = snprintf(name, len, "0x%0*" PRIx64, kernel_address_digits(area->addr), area->addr);
	size_t symbol = area->caller ? strcspn(area->caller, "+ ") : 0;

	if (!symbol)
		return;
	snprintf(name + n, len - (size_t)n, "-%.*s", (int)MIN(symbol, NAME_MAX - (size_t)n - 1),
		 area->caller);
	for (char *p = name; *p; p++)
		if (*p == '/' || (unsigned char)*p <= ' ' || *p == 0x7f)
			*p = '_';
}

void loaded_path(const struct vm_struct *area, char *path, size_t len)
{
	char name[NAME_MAX + 1];

	loaded_name(area, name, sizeof(name));
	snprintf(path, len, "%s/%s", loaded_kind.path, name);
}

/* The areas of the layout.  None comes or goes before the machine is mounted. */
struct loaded_areas {
	const struct vm_struct **area;
	size_t n, room;
};

static void note_loaded(void *arg, const struct vm_struct *area)
{
	struct loaded_areas *areas = arg;

	if (area->flags & VM_SYMBOL && !area->array_of && areas->n < areas->room)
		areas->area[areas->n++] = area;
}

static bool make_loaded(struct fs *fs, struct inode *dir, const struct vm_struct *area)
{
	const struct file_ops *ops =
		area->nr_pages || area->flags & VM_LENT ? &loaded_ops : &loaded_bare_ops;
	char name[NAME_MAX + 1];
	struct inode *inode =
		inode_new(fs, ops, S_IFREG | LOADED_MODE, fs->config.uid, fs->config.gid);

	if (!inode)
		return false;
	loaded_name(area, name, sizeof(name));
	if (dir_insert(dir, inode, name))
		return false;
	inode->kind = &loaded_kind;
	inode->addr = area->addr;
	inode->size = area->requested_size;
	inode->nheld = 0; /* its name keeps it */
	return true;
}

bool loaded_build(struct fs *fs)
{
	struct loaded_areas areas = { .room = vmlist_count(fs->m) };
	struct inode *dir;
	bool ok = true;

	areas.area = g_try_new(const struct vm_struct *, areas.room);
	if (!areas.area)
		return !areas.room;
	vmlist_for_each(fs->m, note_loaded, &areas);
	if (areas.n) {
		dir = inode_new(fs, NULL, S_IFDIR | 0755, fs->config.uid, fs->config.gid);
		ok = dir && !dir_insert(fs->root, dir, loaded_kind.path);
		if (ok)
			dir->kind = &loaded_kind;
		fs->nr_fixed++;
	}
	for (size_t i = 0; ok && i < areas.n; i++)
		ok = make_loaded(fs, dir, areas.area[i]);
	fs->max_inodes += areas.n;
	g_free(areas.area);
	return ok;
}
