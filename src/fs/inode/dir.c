/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Directory entries: by name through a hash table, in order through a list of
 * slots.
 *
 *	slots:	[3 a] [4 -] [5 b] [6 -] [9 c]		next_position = 10
 *		position of the entry, and its inode; "-" was removed
 *
 * Positions only ascend.  readdir says "after position 5" and a binary search
 * finds the place, no matter what came and went.  Removed slots are squeezed
 * out when they are the majority, and dropped at once at the end of the list,
 * so that making and removing one file again and again costs nothing.
 */
#include <string.h>

#include "fs/inode/dir.h"
#include "fs/inode/inode.h"

/* 1 and 2 are "." and "..". */
#define FIRST_POSITION 3

struct slot {
	uint64_t position;
	struct inode *inode; /* NULL: removed */
};

struct dir {
	GHashTable *names; /* name -> inode; the name is the inode's own */
	GArray *slots;
	uint64_t next_position;
	size_t live;
	unsigned subdirs;
};

struct dir *dir_new(void)
{
	struct dir *dir = g_new0(struct dir, 1);

	dir->names = g_hash_table_new(g_str_hash, g_str_equal);
	dir->slots = g_array_new(FALSE, FALSE, sizeof(struct slot));
	dir->next_position = FIRST_POSITION;
	return dir;
}

void dir_free(struct dir *dir)
{
	g_hash_table_unref(dir->names);
	g_array_unref(dir->slots);
	g_free(dir);
}

struct inode *dir_find(const struct inode *dir, const char *name)
{
	return g_hash_table_lookup(dir->dir->names, name);
}

void dir_insert(struct inode *dir, struct inode *inode, const char *name)
{
	struct dir *d = dir->dir;
	struct slot slot = { .position = d->next_position++, .inode = inode };

	inode->parent = dir;
	inode->name = g_strdup(name);
	inode->unlinked = false;
	inode->slot = d->slots->len;
	g_array_append_val(d->slots, slot);
	g_hash_table_insert(d->names, inode->name, inode);
	d->live++;
	d->subdirs += inode_is_dir(inode);
}

static void squeeze(struct dir *d)
{
	struct slot *slots = (struct slot *)(void *)d->slots->data;
	guint used = 0;

	for (guint i = 0; i < d->slots->len; i++) {
		if (!slots[i].inode)
			continue;
		slots[i].inode->slot = used;
		slots[used++] = slots[i];
	}
	g_array_set_size(d->slots, used);
}

void dir_remove(struct inode *inode)
{
	struct dir *d = inode->parent->dir;
	GArray *slots = d->slots;

	g_hash_table_remove(d->names, inode->name);
	g_array_index(slots, struct slot, inode->slot).inode = NULL;
	d->live--;
	inode->unlinked = true;

	while (slots->len && !g_array_index(slots, struct slot, slots->len - 1).inode)
		g_array_set_size(slots, slots->len - 1);
	if (slots->len > 64 && d->live < slots->len / 2)
		squeeze(d);
}

void dir_rename(struct inode *inode, const char *newname)
{
	GHashTable *names = inode->parent->dir->names;

	g_hash_table_remove(names, inode->name);
	g_free(inode->name);
	inode->name = g_strdup(newname);
	g_hash_table_insert(names, inode->name, inode);
}

void dir_exchange(struct inode *a, struct inode *b)
{
	GHashTable *names = a->parent->dir->names;
	char *name = a->name;

	a->name = b->name;
	b->name = name;
	g_hash_table_replace(names, a->name, a);
	g_hash_table_replace(names, b->name, b);
}

size_t dir_seek(const struct inode *dir, uint64_t after)
{
	const GArray *slots = dir->dir->slots;
	guint low = 0;
	guint high = slots->len;

	while (low < high) {
		guint mid = low + (high - low) / 2;

		if (g_array_index(slots, struct slot, mid).position <= after)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

struct inode *dir_entry(const struct inode *dir, size_t *at, uint64_t *position)
{
	const GArray *slots = dir->dir->slots;

	for (; *at < slots->len; ++*at) {
		const struct slot *slot = &g_array_index(slots, struct slot, *at);

		if (slot->inode) {
			*position = slot->position;
			return slot->inode;
		}
	}
	return NULL;
}

struct inode *dir_next(const struct inode *dir, uint64_t after, uint64_t *ret)
{
	size_t at = dir_seek(dir, after);

	return dir_entry(dir, &at, ret);
}

unsigned dir_nlink(const struct inode *dir)
{
	return 2 + dir->dir->subdirs;
}
