/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files as bytes.  Each directory has its attributes and, in their order, the files
 * that users made in it; a file that is always there is written down only if its
 * attributes were changed.  A new kind of file, and a new member of struct inode that
 * shall outlive a mount, have to be saved here.
 */
#include <errno.h>
#include <string.h>

#include <vmallocfs/vmalloc.h>

#include "fs/files/files.h"
#include "fs/files/files_state.h"
#include "fs/inode/dir.h"
#include "fs/inode/inode.h"
#include "input/image/image_files.h"

static const struct file_ops *const kinds[NR_SAVED_KINDS] = {
	[SAVED_AREA] = &area_ops,
	[SAVED_USER] = &user_ops,
	[SAVED_IOREMAP] = &ioremap_ops,
	[SAVED_VMAP] = &vmap_ops,
	[SAVED_RESERVED] = &reserved_ops,
	[SAVED_LOADED] = &loaded_ops,
	[SAVED_LOADED_BARE] = &loaded_bare_ops,
};

static unsigned saved_kind(const struct inode *inode)
{
	unsigned i = 0;

	while (i < G_N_ELEMENTS(kinds) && kinds[i] != inode->ops)
		i++;
	return i;
}

/* A file that a user made, or that came with a layout. */
static bool is_users(const struct inode *inode)
{
	return !inode_is_dir(inode) && !inode->fixed && saved_kind(inode) < G_N_ELEMENTS(kinds);
}

/* --- saving ------------------------------------------------------------------------------- */

static void put_time(struct state_out *o, int64_t time)
{
	struct timespec t = inode_timespec(time);

	state_put_signed(o, t.tv_sec);
	state_put(o, (uint64_t)t.tv_nsec);
}

static void put_owner(struct state_out *o, const struct inode *inode)
{
	state_put(o, inode->mode & 07777);
	state_put(o, inode->uid);
	state_put(o, inode->gid);
}

static void put_times(struct state_out *o, const struct inode *inode)
{
	put_time(o, inode->atime);
	put_time(o, inode->mtime);
	put_time(o, inode->ctime);
}

static void put_users_file(struct state_out *o, const struct inode *inode)
{
	state_put(o, saved_kind(inode));
	state_put_string(o, inode->name);
	put_owner(o, inode);
	put_times(o, inode);
	state_put(o, inode->size);
	state_put(o, inode->addr);
	state_put(o, inode_phys(inode));
}

/* One that has other attributes than those it had when the tree was made. */
static bool is_changed(const struct fs *fs, const struct inode *inode)
{
	return inode->fixed && ((inode->mode & 07777) != inode->fixed->mode ||
				inode->uid != fs->config.uid || inode->gid != fs->config.gid);
}

static void put_dir_files(const struct fs *fs, struct state_out *o, const struct inode *dir)
{
	uint64_t position;
	uint64_t users = 0, changed = 0;
	const struct inode *inode;

	for (size_t at = dir_seek(dir, 0); (inode = dir_entry(dir, &at, &position)); at++) {
		users += is_users(inode);
		changed += is_changed(fs, inode);
	}
	state_put(o, users);
	for (size_t at = dir_seek(dir, 0); (inode = dir_entry(dir, &at, &position)); at++)
		if (is_users(inode))
			put_users_file(o, inode);
	state_put(o, changed);
	for (size_t at = dir_seek(dir, 0); (inode = dir_entry(dir, &at, &position)); at++) {
		if (is_changed(fs, inode)) {
			state_put_string(o, inode->name);
			put_owner(o, inode);
		}
	}
}

/* A directory and those below it, each with its path. */
static void put_dir(const struct fs *fs, struct state_out *o, const struct inode *dir,
		    const char *path)
{
	uint64_t position;
	const struct inode *inode;

	state_put_string(o, path);
	put_owner(o, dir);
	put_times(o, dir);
	put_dir_files(fs, o, dir);
	for (size_t at = dir_seek(dir, 0); (inode = dir_entry(dir, &at, &position)); at++) {
		if (inode_is_dir(inode)) {
			g_autofree char *below =
				g_strconcat(path, *path ? "/" : "", inode->name, NULL);

			put_dir(fs, o, inode, below);
		}
	}
}

static uint64_t count_dirs(const struct inode *dir)
{
	uint64_t position;
	uint64_t n = 1;
	const struct inode *inode;

	for (size_t at = dir_seek(dir, 0); (inode = dir_entry(dir, &at, &position)); at++)
		if (inode_is_dir(inode))
			n += count_dirs(inode);
	return n;
}

/* Its name is gone, an open keeps its area. */
static bool is_nameless(const struct inode *inode)
{
	return inode->unlinked && !inode->gone && inode->addr && !inode_is_dir(inode) &&
	       !inode->fixed;
}

static void put_nameless(const struct fs *fs, struct state_out *o)
{
	const struct inode *inode;
	uint64_t id = 0;
	uint64_t n = 0;

	while ((inode = ids_next(&fs->ids, &id)))
		n += is_nameless(inode);
	state_put(o, n);
	id = 0;
	while ((inode = ids_next(&fs->ids, &id))) {
		if (is_nameless(inode)) {
			state_put(o, inode->addr);
			state_put(o, inode_phys(inode));
		}
	}
}

void files_save(struct fs *fs, struct state_out *o)
{
	state_put(o, fs->options.map_width);
	state_put(o, fs->options.map_ascii);
	state_put(o, count_dirs(fs->root));
	put_dir(fs, o, fs->root, "");
	put_nameless(fs, o);
}

/* --- loading ------------------------------------------------------------------------------ */

struct files_loader {
	struct fs *fs;
	struct state_in *in;
	GHashTable *areas; /* addresses that files have */
	bool no_memory;	   /* the host had none for a file; nothing is read from then on */
	struct inode *dir; /* the one whose files come, or NULL */
	struct saved_attributes dir_attr;
};

static void load_owner(struct inode *inode, const struct saved_attributes *attr)
{
	inode->mode = (uint16_t)((inode->mode & S_IFMT) | attr->mode);
	inode->uid = attr->uid;
	inode->gid = attr->gid;
}

static void load_times(struct inode *inode, const struct saved_attributes *attr)
{
	inode->atime = inode_time(&attr->atime);
	inode->mtime = inode_time(&attr->mtime);
	inode->ctime = inode_time(&attr->ctime);
}

static struct inode *find_dir(struct fs *fs, const char *path)
{
	g_auto(GStrv) names = g_strsplit(path, "/", -1);
	struct inode *dir = fs->root;

	for (char **name = names; *name && dir && *path; name++) {
		dir = dir_find(dir, *name);
		if (dir && !inode_is_dir(dir))
			dir = NULL;
	}
	return dir;
}

struct area_look {
	unsigned flags;
	uint64_t payload;
	paddr_t phys;
};

static void look_at_area(void *arg, const struct vm_struct *area)
{
	struct area_look *look = arg;

	look->flags = area->flags;
	look->payload = area->size - (area->flags & VM_NO_GUARD ? 0 : PAGE_SIZE);
	look->phys = area->phys_addr;
}

/* Whether the file can be what it says, with the area at its address. */
static void check_file_area(struct files_loader *l, const struct inode *inode)
{
	struct machine *m = l->fs->m;
	struct area_look look = { 0 };
	vaddr_t start = inode->addr & PAGE_MASK;
	bool found = inode->addr && vmlist_with(m, start, look_at_area, &look);

	if (l->in->wrong)
		return;
	if (!inode->addr != !inode->size || !inode->addr != !found)
		state_wrong(l->in, "a file of an area that is not there");
	else if (found && (inode->size > look.payload ||
			   (inode->addr != start && inode->ops != &ioremap_ops)))
		state_wrong(l->in, "a file that is larger than its area");
	else if (found && ((inode->ops == &vmap_ops) != !!(look.flags & VM_MAP) &&
			   inode->ops != &loaded_bare_ops))
		state_wrong(l->in, "a file of another kind than its area");
	else if (found && inode->ops == &ioremap_ops &&
		 (!(look.flags & VM_IOREMAP) || look.phys != inode_phys(inode)))
		state_wrong(l->in, "a file of another device range than its area");
	else if (found && !g_hash_table_add(l->areas, (gpointer)(uintptr_t)start))
		state_wrong(l->in, "two files of one area");
}

/* A file of the directory: one of a layout is there already. */
static struct inode *get_inode(struct files_loader *l, struct inode *dir, unsigned kind,
			       const char *name)
{
	struct fs *fs = l->fs;
	struct inode *inode = dir_find(dir, name);

	if (inode && !inode->fixed && inode->ops == kinds[kind] && dir->kind->fixed_names)
		return inode;
	if (inode || !dir->kind || !dir->kind->ops || dir->kind->fixed_names) {
		state_wrong(l->in, "a file where none can be, or another one is");
		return NULL;
	}
	if (kinds[kind] != dir->kind->ops &&
	    !(kinds[kind] == &reserved_ops && (dir->kind->alloc || dir->kind->alloc_node))) {
		state_wrong(l->in, "a file of another kind than its directory's");
		return NULL;
	}
	inode = inode_new(fs, kinds[kind], S_IFREG, 0, 0);
	if (inode && dir_insert(dir, inode, name)) {
		inode_drop(fs, inode);
		inode = NULL;
	}
	if (!inode) {
		l->no_memory = true;
		state_wrong(l->in, "no memory");
		return NULL;
	}
	inode->kind = dir->kind;
	inode->nid = dir->nid;
	inode->nheld = 0; /* its name keeps it */
	return inode;
}

static void load_map_options(void *arg, uint64_t width, bool ascii)
{
	struct files_loader *l = arg;

	if (width > MAP_WIDTH_MAX || width < MAP_WIDTH_MIN)
		state_wrong(l->in, "a map of a width that cannot be");
	l->fs->options.map_width = (unsigned)width;
	l->fs->options.map_ascii = ascii;
}

/* Making files has changed the directory's times. */
static void finish_dir(struct files_loader *l)
{
	if (l->dir)
		load_times(l->dir, &l->dir_attr);
	l->dir = NULL;
}

static void load_dir(void *arg, const char *path, const struct saved_attributes *attr)
{
	struct files_loader *l = arg;

	finish_dir(l);
	l->dir = find_dir(l->fs, path);
	l->dir_attr = *attr;
	if (l->dir)
		load_owner(l->dir, attr);
	else
		state_wrong(l->in, "a directory that is not there");
}

static void load_saved_file(void *arg, const struct saved_file *file)
{
	struct files_loader *l = arg;
	struct inode *inode = get_inode(l, l->dir, file->kind, file->name);

	if (!inode)
		return;
	load_owner(inode, &file->attr);
	load_times(inode, &file->attr);
	inode->size = file->size;
	inode->addr = file->addr;
	if (inode->ops->more)
		inode->more->phys = file->phys;
	check_file_area(l, inode);
	/* What is wrong with it must not be freed with it. */
	if (l->in->wrong) {
		inode->gone = true;
		inode->addr = 0;
		inode->size = 0;
	}
}

static void load_changed(void *arg, const char *name, const struct saved_attributes *attr)
{
	struct files_loader *l = arg;
	struct inode *inode = dir_find(l->dir, name);

	if (inode && inode->fixed)
		load_owner(inode, attr);
	else
		state_wrong(l->in, "a file that is always there, and is not");
}

/* As the last close would have done it. */
static void drop_nameless(void *arg, uint64_t addr, uint64_t phys)
{
	struct files_loader *l = arg;
	struct machine *m = l->fs->m;
	struct area_look look = { 0 };

	finish_dir(l);
	if (!vmlist_with(m, addr & PAGE_MASK, look_at_area, &look) ||
	    g_hash_table_contains(l->areas, (gpointer)(uintptr_t)(addr & PAGE_MASK))) {
		state_wrong(l->in, "a file without a name and without an area");
	} else if (look.flags & VM_IOREMAP) {
		iounmap(m, addr);
		io_release(m, phys);
	} else if (look.flags & VM_MAP) {
		vunmap(m, addr);
	} else {
		vfree(m, addr);
	}
}

int files_load(struct fs *fs, struct state_in *in)
{
	static const struct saved_files_fns fns = {
		.map = load_map_options,
		.dir = load_dir,
		.file = load_saved_file,
		.changed = load_changed,
		.nameless = drop_nameless,
	};
	struct files_loader l = { .fs = fs, .in = in, .areas = g_hash_table_new(NULL, NULL) };
	uint64_t made = fs->nr_inodes;
	int err = image_read_files(in, &fns, &l);

	finish_dir(&l);
	g_hash_table_unref(l.areas);
	fs->max_inodes = MAX(fs->max_inodes, fs->nr_inodes - made);
	return l.no_memory ? -ENOMEM : err;
}
