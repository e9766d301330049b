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
 *
 * The hash table is chains of inodes.  A table that the host has no memory for stays
 * as it is, with longer chains; only a new slot and a new name can fail.
 */
#include <errno.h>
#include <string.h>

#include "fs/inode/counted.h"
#include "fs/inode/dir.h"
#include "fs/inode/inode.h"

/* 1 and 2 are "." and "..". */
#define FIRST_POSITION 3

#define FEW_CHAINS 8

struct slot {
	uint64_t position;
	struct inode *inode; /* NULL: removed */
};

struct dir {
	struct machine *m;
	struct inode **chains; /* a power of two of them; the first ones are few[] */
	size_t nr_chains;
	struct inode *few[FEW_CHAINS];
	struct slot *slots;
	size_t nr_slots, slots_room;
	uint64_t next_position;
	size_t live;
	unsigned subdirs;
};

struct dir *dir_new(struct machine *m)
{
	struct dir *dir = counted_alloc(m, sizeof(*dir));

	if (!dir)
		return NULL;
	dir->m = m;
	dir->chains = dir->few;
	dir->nr_chains = FEW_CHAINS;
	dir->next_position = FIRST_POSITION;
	return dir;
}

void dir_free(struct dir *dir)
{
	struct machine *m = dir->m;

	if (dir->chains != dir->few)
		counted_free(m, dir->chains);
	counted_free(m, dir->slots);
	counted_free(m, dir);
}

/* --- names --------------------------------------------------------------------- */

/* Memory for a long name. False: the host has none. */
static bool name_memory(struct machine *m, const char *name, char **ret)
{
	*ret = NULL;
	return strlen(name) < sizeof(((struct inode *)0)->short_name) ||
	       (*ret = counted_strdup(m, name));
}

/* Gives it a name, which is `copy` if that is there, and short otherwise. */
static void set_name(struct inode *inode, const char *name, char *copy)
{
	inode->name = copy ? copy : strcpy(inode->short_name, name);
}

void dir_free_name(struct machine *m, struct inode *inode)
{
	if (inode->name != inode->short_name)
		counted_free(m, inode->name);
	inode->name = NULL;
}

/* --- by name ------------------------------------------------------------------- */

/* FNV-1a; its upper half is the better one. */
static uint32_t hash_of_name(const char *name)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (; *name; name++)
		h = (h ^ (unsigned char)*name) * UINT64_C(0x100000001b3);
	return (uint32_t)(h >> 32);
}

static struct inode **chain_of(const struct dir *d, uint32_t hash)
{
	return &d->chains[hash & (d->nr_chains - 1)];
}

static void chain_add(struct dir *d, struct inode *inode)
{
	struct inode **chain;

	inode->name_hash = hash_of_name(inode->name);
	chain = chain_of(d, inode->name_hash);
	inode->next_name = *chain;
	*chain = inode;
}

static void chain_remove(struct dir *d, struct inode *inode)
{
	struct inode **at = chain_of(d, inode->name_hash);

	while (*at != inode)
		at = &(*at)->next_name;
	*at = inode->next_name;
}

static void grow_chains(struct dir *d)
{
	size_t n = 2 * d->nr_chains;
	struct inode **more = counted_alloc(d->m, n * sizeof(*more));
	struct inode **old = d->chains;
	size_t nr_old = d->nr_chains;

	if (!more)
		return;
	d->chains = more;
	d->nr_chains = n;
	for (size_t i = 0; i < nr_old; i++)
		for (struct inode *inode = old[i], *next; inode; inode = next) {
			struct inode **chain = chain_of(d, inode->name_hash);

			next = inode->next_name;
			inode->next_name = *chain;
			*chain = inode;
		}
	if (old != d->few)
		counted_free(d->m, old);
}

struct inode *dir_find(const struct inode *dir, const char *name)
{
	uint32_t hash = hash_of_name(name);
	struct inode *inode = *chain_of(dir->dir, hash);

	while (inode && (inode->name_hash != hash || strcmp(inode->name, name)))
		inode = inode->next_name;
	return inode;
}

/* --- in order -------------------------------------------------------------------- */

int dir_insert(struct inode *dir, struct inode *inode, const char *name)
{
	struct dir *d = dir->dir;
	void *slots =
		counted_grow(d->m, d->slots, d->nr_slots + 1, sizeof(struct slot), &d->slots_room);
	char *copy;

	if (!slots)
		return -ENOMEM;
	d->slots = slots;
	if (d->nr_slots == UINT32_MAX || !name_memory(d->m, name, &copy))
		return -ENOMEM;
	if (d->live >= d->nr_chains)
		grow_chains(d);
	inode->parent = dir;
	set_name(inode, name, copy);
	inode->unlinked = false;
	inode->slot = (uint32_t)d->nr_slots;
	d->slots[d->nr_slots++] = (struct slot){ d->next_position++, inode };
	chain_add(d, inode);
	d->live++;
	d->subdirs += inode_is_dir(inode);
	return 0;
}

static void squeeze(struct dir *d)
{
	struct slot *slots = d->slots;
	size_t used = 0;

	for (size_t i = 0; i < d->nr_slots; i++) {
		if (!slots[i].inode)
			continue;
		slots[i].inode->slot = (uint32_t)used;
		slots[used++] = slots[i];
	}
	d->nr_slots = used;
}

void dir_remove(struct inode *inode)
{
	struct dir *d = inode->parent->dir;

	chain_remove(d, inode);
	d->slots[inode->slot].inode = NULL;
	d->live--;
	inode->unlinked = true;

	while (d->nr_slots && !d->slots[d->nr_slots - 1].inode)
		d->nr_slots--;
	if (d->nr_slots > 64 && d->live < d->nr_slots / 2)
		squeeze(d);
}

int dir_rename(struct inode *inode, const char *newname, struct inode *replaced)
{
	struct dir *d = inode->parent->dir;
	char *copy;

	if (!name_memory(d->m, newname, &copy))
		return -ENOMEM;
	if (replaced)
		dir_remove(replaced);
	chain_remove(d, inode);
	dir_free_name(d->m, inode);
	set_name(inode, newname, copy);
	chain_add(d, inode);
	return 0;
}

void dir_exchange(struct inode *a, struct inode *b)
{
	struct dir *d = a->parent->dir;
	char *a_long = a->name == a->short_name ? NULL : a->name;
	char *b_long = b->name == b->short_name ? NULL : b->name;
	char a_short[sizeof(a->short_name)];

	chain_remove(d, a);
	chain_remove(d, b);
	memcpy(a_short, a->short_name, sizeof(a_short));
	set_name(a, b->short_name, b_long);
	set_name(b, a_short, a_long);
	chain_add(d, a);
	chain_add(d, b);
}

size_t dir_seek(const struct inode *dir, uint64_t after)
{
	const struct slot *slots = dir->dir->slots;
	size_t low = 0;
	size_t high = dir->dir->nr_slots;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (slots[mid].position <= after)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

struct inode *dir_entry(const struct inode *dir, size_t *at, uint64_t *position)
{
	const struct dir *d = dir->dir;

	for (; *at < d->nr_slots; ++*at) {
		const struct slot *slot = &d->slots[*at];

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
