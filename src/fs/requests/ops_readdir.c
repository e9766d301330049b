/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading directories, plainly and with the attributes of each entry.
 *
 * Attributes need an inode's lock, which comes before the tree lock: so entries
 * are collected under the tree lock with a lookup counted for each, and filled
 * in after it was dropped.
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

/* An entry takes at least this much; it bounds how many are collected. */
#define ENTRY_MIN 32
#define ENTRY_PLUS_MIN 160

struct entry {
	struct inode *inode; /* with a lookup counted; NULL: name and type will do */
	char *name;
	uint64_t position;
	ino_t ino;
	mode_t type;
};

static void entry_clear(void *p)
{
	struct entry *entry = p;

	g_free(entry->name);
}

/* Tree lock held. */
static void collect_entry(GArray *entries, const struct inode *inode, const char *name,
			  uint64_t position, struct inode *counted)
{
	struct entry entry = {
		.inode = counted,
		.name = g_strdup(name),
		.position = position,
		.ino = inode->ino,
		.type = inode_is_dir(inode) ? S_IFDIR : S_IFREG,
	};

	if (counted)
		counted->nlookup++;
	g_array_append_val(entries, entry);
}

/* Entries after position `after`, at most max, "." and ".." among them. */
static GArray *collect(struct fs *fs, const struct inode *dir, uint64_t after, guint max, bool plus)
{
	GArray *entries = g_array_sized_new(FALSE, FALSE, sizeof(struct entry), max);
	struct inode *inode;

	g_array_set_clear_func(entries, entry_clear);
	pthread_mutex_lock(&fs->tree_lock);
	if (after < POSITION_DOT)
		collect_entry(entries, dir, ".", POSITION_DOT, NULL);
	if (after < POSITION_DOTDOT)
		collect_entry(entries, dir->parent ? dir->parent : dir, "..", POSITION_DOTDOT,
			      NULL);
	while (entries->len < max && (inode = dir_next(dir, after, &after)))
		/* What changes by itself, as the size of a text, is asked for when it is wanted. */
		collect_entry(entries, inode, inode->name, after,
			      plus && attr_timeout(inode) > 0 ? inode : NULL);
	pthread_mutex_unlock(&fs->tree_lock);
	return entries;
}

/* Takes back the lookups of the entries from `first` to before `end`. */
static void forget_entries(struct fs *fs, const GArray *entries, guint first, guint end)
{
	for (guint i = first; i < end; i++) {
		struct inode *inode = g_array_index(entries, struct entry, i).inode;

		if (inode)
			inode_forget(fs, inode, 1);
	}
}

static void reply_entries(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off, bool plus)
{
	struct fs *fs = op_fs(req);
	g_autofree char *buf = g_malloc(size);
	g_autoptr(GArray) entries =
		collect(fs, inode_of(fs, ino), (uint64_t)off,
			(guint)(size / (plus ? ENTRY_PLUS_MIN : ENTRY_MIN)) + 1, plus);
	size_t used = 0;
	guint i;

	for (i = 0; i < entries->len; i++) {
		const struct entry *entry = &g_array_index(entries, struct entry, i);
		struct fuse_entry_param e = { .attr.st_ino = entry->ino,
					      .attr.st_mode = entry->type };
		size_t need;

		if (entry->inode)
			fill_entry(fs, entry->inode, &e);
		need = plus ? fuse_add_direntry_plus(req, buf + used, size - used, entry->name, &e,
						     (off_t)entry->position)
			    : fuse_add_direntry(req, buf + used, size - used, entry->name, &e.attr,
						(off_t)entry->position);
		if (need > size - used)
			break;
		used += need;
	}
	forget_entries(fs, entries, i, entries->len);
	if (reply_buf(req, buf, used))
		forget_entries(fs, entries, 0, i);
}

void op_readdir(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off, struct fuse_file_info *fi)
{
	(void)fi;
	reply_entries(req, ino, size, off, false);
}

void op_readdirplus(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
		    struct fuse_file_info *fi)
{
	(void)fi;
	reply_entries(req, ino, size, off, true);
}
