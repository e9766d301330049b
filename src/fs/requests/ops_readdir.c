/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading directories, plainly and with the attributes of each entry.
 *
 * Plain entries are names and numbers: they are written into the reply under the
 * tree lock.  Attributes need an inode's lock, which comes before the tree lock: so
 * these entries are copied under the tree lock with a lookup counted for each, and
 * filled in after it was dropped.
 */
#include <errno.h>
#include <string.h>

#include "fs/inode/dir.h"
#include "fs/inode/inode.h"
#include "fs/requests/entry.h"
#include "fs/requests/ops.h"
#include "fs/requests/reply.h"

/* Positions of the two entries that every directory has. */
#define POSITION_DOT 1
#define POSITION_DOTDOT 2

/* An entry with attributes takes at least this much; it bounds how many are copied. */
#define ENTRY_PLUS_MIN 160

/* A place in a directory. */
struct dir_walk {
	const struct inode *dir;
	size_t at;
	uint64_t position; /* of the last entry; "." and ".." are the first two */
};

/* What a walk comes to. */
struct walk_entry {
	struct inode *inode;
	const char *name; /* under the tree lock */
	uint64_t position;
};

static struct dir_walk walk_from(const struct inode *dir, uint64_t after)
{
	return (struct dir_walk){ .dir = dir, .at = dir_seek(dir, after), .position = after };
}

/* False at the end. Tree lock held, also since walk_from(). */
static bool walk_next(struct dir_walk *walk, struct walk_entry *ret)
{
	const struct inode *dir = walk->dir;

	if (walk->position < POSITION_DOT) {
		*ret = (struct walk_entry){ (struct inode *)dir, ".", POSITION_DOT };
	} else if (walk->position < POSITION_DOTDOT) {
		*ret = (struct walk_entry){ dir->parent ? dir->parent : (struct inode *)dir, "..",
					    POSITION_DOTDOT };
	} else {
		ret->inode = dir_entry(dir, &walk->at, &ret->position);
		if (!ret->inode)
			return false;
		ret->name = ret->inode->name;
		walk->at++;
	}
	walk->position = ret->position;
	return true;
}

static mode_t type_of(const struct inode *inode)
{
	return inode_is_dir(inode) ? S_IFDIR : S_IFREG;
}

void op_readdir(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off, struct fuse_file_info *fi)
{
	struct fs *fs = op_fs(req);
	g_autofree char *buf = g_try_malloc(size);
	struct walk_entry entry;
	struct dir_walk walk;
	size_t used = 0;

	(void)fi;
	if (!buf) {
		reply_err(req, ENOMEM);
		return;
	}
	handover_lock(&fs->tree_lock);
	walk = walk_from(inode_of(fs, ino), (uint64_t)off);
	while (walk_next(&walk, &entry)) {
		const struct stat st = { .st_ino = entry.inode->ino,
					 .st_mode = type_of(entry.inode) };
		size_t need = fuse_add_direntry(req, buf + used, size - used, entry.name, &st,
						(off_t)entry.position);

		if (need > size - used)
			break;
		used += need;
	}
	pthread_mutex_unlock(&fs->tree_lock);
	reply_buf(req, buf, used);
}

/* An entry as it was under the tree lock. */
struct entry_copy {
	struct inode *counted; /* with a lookup counted; NULL: name and type will do */
	const char *name;
	uint64_t position;
	ino_t ino;
	mode_t type;
};

/* Entries that are copied for one reply, and the names of all of them. */
struct entry_copies {
	struct entry_copy *entries;
	char *names;
	size_t n;
	size_t max;
	size_t room; /* bytes of names */
};

/* False if the host has no memory. */
static bool copies_init(struct entry_copies *c, size_t size)
{
	c->n = 0;
	c->max = size / ENTRY_PLUS_MIN + 1;
	c->entries = g_try_new(struct entry_copy, c->max);
	c->names = g_try_malloc(size);
	c->room = size;
	return c->entries && c->names;
}

static void copies_deinit(struct entry_copies *c)
{
	g_free(c->entries);
	g_free(c->names);
}

/* As many as the reply can have. */
static void copy_entries(struct fs *fs, const struct inode *dir, uint64_t after,
			 struct entry_copies *c)
{
	char *names = c->names;
	struct walk_entry entry;
	struct dir_walk walk;

	handover_lock(&fs->tree_lock);
	walk = walk_from(dir, after);
	while (c->n < c->max && walk_next(&walk, &entry)) {
		size_t len = strlen(entry.name) + 1;
		/* What changes by itself, as the size of a text, is asked for when it is wanted. */
		bool whole = entry.position > POSITION_DOTDOT && attr_timeout(entry.inode) > 0;

		if (len > (size_t)(c->names + c->room - names))
			break;
		c->entries[c->n++] = (struct entry_copy){
			.counted = whole ? entry.inode : NULL,
			.name = memcpy(names, entry.name, len),
			.position = entry.position,
			.ino = entry.inode->ino,
			.type = type_of(entry.inode),
		};
		names += len;
		if (whole)
			entry.inode->nlookup++;
	}
	pthread_mutex_unlock(&fs->tree_lock);
}

/* Takes back the lookups of the entries from `first` to before `end`. */
static void forget_entries(struct fs *fs, const struct entry_copies *c, size_t first, size_t end)
{
	for (size_t i = first; i < end; i++)
		if (c->entries[i].counted)
			inode_forget(fs, c->entries[i].counted, 1);
}

static void reply_copies(fuse_req_t req, struct entry_copies *c, char *buf, size_t size)
{
	struct fs *fs = op_fs(req);
	size_t used = 0;
	size_t i;

	for (i = 0; i < c->n; i++) {
		const struct entry_copy *entry = &c->entries[i];
		struct fuse_entry_param e = { .attr.st_ino = entry->ino,
					      .attr.st_mode = entry->type };
		size_t need;

		if (entry->counted)
			fill_entry(fs, entry->counted, &e);
		need = fuse_add_direntry_plus(req, buf + used, size - used, entry->name, &e,
					      (off_t)entry->position);
		if (need > size - used)
			break;
		used += need;
	}
	forget_entries(fs, c, i, c->n);
	if (reply_buf(req, buf, used))
		forget_entries(fs, c, 0, i);
}

void op_readdirplus(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
		    struct fuse_file_info *fi)
{
	struct fs *fs = op_fs(req);
	g_autofree char *buf = g_try_malloc(size);
	struct entry_copies copies;

	(void)fi;
	if (!copies_init(&copies, size) || !buf) {
		reply_err(req, ENOMEM);
	} else {
		copy_entries(fs, inode_of(fs, ino), (uint64_t)off, &copies);
		reply_copies(req, &copies, buf, size);
	}
	copies_deinit(&copies);
}
