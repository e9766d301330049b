/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the commands of ctl do: the same as the operations on files.
 *
 *	vmalloc ioremap	create, truncate	resize		truncate
 *	vmap		ln			vfree free	rm
 *	get_vm_area alloc	no other way to make such a file
 *
 * A command that fails leaves nothing behind.
 *
 * Requests of the kernel hold the nodes they name.  Here nobody does, so each
 * node is kept by a lookup of our own while a command is at it.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "fs/coherence.h"
#include "fs/ctl.h"
#include "fs/files.h"
#include "fs/knob.h"
#include "fs/names.h"
#include "fs/ops.h"

/* As touch makes them below the umask that most people have. */
#define FILE_MODE 0644

__attribute__((format(printf, 3, 4))) static int fail(struct ctl_run *run, int err, const char *fmt,
						      ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(run->why, sizeof(run->why), fmt, ap);
	va_end(ap);
	return err;
}

/* --- what the kernel has to hear -------------------------------------------- */

static void add_stale(struct ctl_run *run, fuse_ino_t dir, fuse_ino_t id, const char *name)
{
	struct stale stale = { .dir = dir, .id = id, .name = g_strdup(name) };

	if (!run->stale)
		run->stale = stale_new();
	g_array_append_val(run->stale, stale);
}

/* Attributes alone: this waits for no page and no lock. */
static void forget_attributes(struct fs *fs, struct node *node)
{
	bool known;

	pthread_mutex_lock(&fs->tree_lock);
	known = node == fs->root || node->nlookup;
	pthread_mutex_unlock(&fs->tree_lock);
	if (known)
		fuse_lowlevel_notify_inval_inode(fs->se, node_id(fs, node), -1, 0);
}

static void flush_dirs(struct ctl_run *run)
{
	while (run->nr_dirs)
		forget_attributes(run->fs, run->dirs[--run->nr_dirs]);
}

static void dir_changed(struct ctl_run *run, struct node *dir)
{
	for (unsigned i = 0; i < run->nr_dirs; i++)
		if (run->dirs[i] == dir)
			return;
	if (run->nr_dirs == CTL_DIRS)
		flush_dirs(run);
	run->dirs[run->nr_dirs++] = dir;
}

/* Size and times of a file changed, of which we hold one lookup. */
static void file_changed(struct ctl_run *run, struct node *node)
{
	struct fs *fs = run->fs;
	bool known;

	pthread_mutex_lock(&fs->tree_lock);
	known = node->nlookup > 1;
	pthread_mutex_unlock(&fs->tree_lock);
	if (!known)
		return;
	if (node->ops->direct_io)
		fuse_lowlevel_notify_inval_inode(fs->se, node_id(fs, node), -1, 0);
	else /* its pages as well */
		add_stale(run, 0, node_id(fs, node), NULL);
}

void ctl_run_init(struct ctl_run *run, struct fs *fs, uid_t uid, gid_t gid)
{
	*run = (struct ctl_run){ .fs = fs, .uid = uid, .gid = gid };
}

GArray *ctl_run_deinit(struct ctl_run *run)
{
	flush_dirs(run);
	texts_announce(run->fs);
	return run->stale;
}

/* --- names ------------------------------------------------------------------- */

/*
 * The directory a path leads to, and the name in it.  A path without a
 * directory is in `home`, or the root.  0, -ENOENT, -ENOTDIR, -EINVAL,
 * -ENAMETOOLONG.
 */
static int find_dir(struct ctl_run *run, char *path, const char *home, struct node **dir,
		    const char **name)
{
	struct fs *fs = run->fs;
	struct node *node = fs->root;
	char *slash;
	int err = 0;

	pthread_mutex_lock(&fs->tree_lock);
	if (home && !strchr(path, '/'))
		node = dir_find(node, home);
	while (!err && (slash = strchr(path, '/'))) {
		*slash = '\0';
		node = dir_find(node, path);
		*slash = '/';
		if (!node)
			err = -ENOENT;
		else if (!node_is_dir(node))
			err = -ENOTDIR;
		path = slash + 1;
	}
	pthread_mutex_unlock(&fs->tree_lock);
	if (err)
		return err;
	if (!*path || !strcmp(path, ".") || !strcmp(path, ".."))
		return fail(run, -EINVAL, "not the name of a file");
	*dir = node;
	*name = path;
	return name_too_long(path) ? -ENAMETOOLONG : 0;
}

/* The file at a path, with a lookup more.  Fixed files are EPERM. */
static int find_file(struct ctl_run *run, char *path, struct node **ret)
{
	struct fs *fs = run->fs;
	const char *name;
	struct node *dir;
	struct node *node;
	int err = find_dir(run, path, NULL, &dir, &name);

	if (err)
		return err;
	pthread_mutex_lock(&fs->tree_lock);
	node = dir_find(dir, name);
	if (!node)
		err = -ENOENT;
	else if (node_is_dir(node))
		err = -EISDIR;
	else if (node->fixed)
		err = -EPERM;
	else
		node->nlookup++;
	pthread_mutex_unlock(&fs->tree_lock);
	*ret = node;
	return err;
}

static void remove_name(struct ctl_run *run, struct node *dir, const char *name,
			const struct name_gone *gone)
{
	dir_changed(run, dir);
	if (gone->known)
		add_stale(run, node_id(run->fs, dir), gone->id, name);
	if (gone->open) /* link count and ctime */
		add_stale(run, 0, gone->id, NULL);
}

static int unlink_file(struct ctl_run *run, struct node *dir, const char *name)
{
	struct name_gone gone;
	int err = name_remove(run->fs, dir, name, &gone);

	if (!err)
		remove_name(run, dir, name, &gone);
	return err;
}

/* --- commands ------------------------------------------------------------------ */

typedef int place_fn(struct ctl_run *run, struct command *c, struct node *node);

/*
 * Makes a file and has `place` give it its area, the node's lock held for
 * writing.  ops and home: see name_make() and find_dir().
 */
static int make_file(struct ctl_run *run, struct command *c, const char *home,
		     const struct file_ops *ops, place_fn *place)
{
	const struct name_owner owner = { .mode = FILE_MODE, .uid = run->uid, .gid = run->gid };
	struct fs *fs = run->fs;
	const char *name;
	struct node *node;
	struct node *dir;
	int err;

	if (!c->size)
		return fail(run, -EINVAL, "a size of 0 makes no area");
	err = find_dir(run, c->name, home, &dir, &name);
	if (!err && home && strcmp(dir->kind->path ? dir->kind->path : "", home))
		err = -EPERM;
	if (!err)
		err = name_make(fs, dir, name, &owner, ops, true, &node);
	if (err)
		return err;
	dir_changed(run, dir);
	pthread_rwlock_wrlock(&node->lock);
	err = place(run, c, node);
	pthread_rwlock_unlock(&node->lock);
	if (err)
		unlink_file(run, dir, name);
	node_forget(fs, node, 1);
	return err;
}

static int place_size(struct ctl_run *run, struct command *c, struct node *node)
{
	return node->ops->resize(run->fs, node, c->size);
}

static int run_vmalloc(struct ctl_run *run, struct command *c)
{
	return make_file(run, c, NULL, NULL, place_size);
}

static int run_ioremap(struct ctl_run *run, struct command *c)
{
	return make_file(run, c, "ioremap", NULL, place_size);
}

/*
 * A window anywhere in kernel space, but where the direct map and the vmemmap
 * are: those are no area's, though no area says so.
 */
static bool window_is_taken(const struct machine *m, vaddr_t start, vaddr_t end)
{
	return start < UINT64_C(0xffff800000000000) ||
	       (start < PAGE_OFFSET + PAGE_ALIGN(m->ram_size) && end >= PAGE_OFFSET) ||
	       (start < VMEMMAP_START + m->nr_frames * 64 && end >= VMEMMAP_START);
}

static int place_reserved(struct ctl_run *run, struct command *c, struct node *node)
{
	const struct machine *m = run->fs->m;
	const struct area_place place = {
		.size = c->size,
		.align = c->align,
		.start = c->has_window ? c->start : m->vmalloc_start,
		.end = c->has_window ? c->end : m->vmalloc_end,
	};
	int err;

	if (window_is_taken(m, place.start, place.end))
		return fail(run, -EINVAL, "a window that is not free for areas");
	err = area_reserve(run->fs, node, &place);
	if (err || !c->has_offset || node->addr - m->vmalloc_start == c->addr)
		return err;
	return fail(run, -EADDRNOTAVAIL,
		    "it goes to 0x%" PRIx64 ", and the recording says 0x%" PRIx64,
		    node->addr - m->vmalloc_start, c->addr);
}

static int run_get_vm_area(struct ctl_run *run, struct command *c)
{
	return make_file(run, c, NULL, &reserved_ops, place_reserved);
}

static int run_vfree(struct ctl_run *run, struct command *c)
{
	const char *name;
	struct node *node;
	struct node *dir;
	int err;

	if (c->name) {
		err = find_dir(run, c->name, NULL, &dir, &name);
		return err ? err : unlink_file(run, dir, name);
	}
	err = vfree_by_address(run->fs, c->addr, &node);
	if (node) {
		file_changed(run, node);
		node_forget(run->fs, node, 1);
	}
	return err;
}

static int run_resize(struct ctl_run *run, struct command *c)
{
	struct node *node;
	int err;

	if (c->size > INT64_MAX)
		return -EFBIG;
	err = find_file(run, c->name, &node);
	if (err)
		return err;
	pthread_rwlock_wrlock(&node->lock);
	err = set_size(run->fs, node, (off_t)c->size, !run->uid);
	pthread_rwlock_unlock(&node->lock);
	file_changed(run, node);
	node_forget(run->fs, node, 1);
	return err;
}

/* Frames of several files, each with a reference. */
struct gathered {
	struct page **pages;
	uint64_t n;
	uint64_t room;
	struct vmap_file file; /* the first one's attributes */
};

static void gathered_deinit(struct fs *fs, struct gathered *g)
{
	while (g->n)
		put_page(fs->m, g->pages[--g->n]);
	g_free(g->pages);
}

static int make_room(struct gathered *g, uint64_t n)
{
	struct page **pages;

	if (n <= g->room - g->n)
		return 0;
	n = MAX(g->n + n, g->room * 2);
	pages = g_try_renew(struct page *, g->pages, n);
	if (!pages)
		return -ENOMEM;
	g->pages = pages;
	g->room = n;
	return 0;
}

/* Node's lock held: it keeps the frames until they have references of ours. */
static int gather_pages(struct ctl_run *run, struct node *node, const struct command_source *source,
			struct gathered *g)
{
	struct machine *m = run->fs->m;
	uint64_t count = PAGE_ALIGN(node->size) >> PAGE_SHIFT;
	uint64_t last = source->last == UINT64_MAX ? count - 1 : source->last;
	uint64_t n;
	int err;

	if (node->gone)
		return -ESTALE;
	if (!node->addr || node->phys)
		return fail(run, -EINVAL, "%.40s has no frames", source->name);
	if (last >= count || source->first > last)
		return fail(run, -EINVAL, "%.40s has no more than %" PRIu64 " pages", source->name,
			    count);
	n = last - source->first + 1;
	if (n > m->nr_frames - g->n)
		return -ENOMEM;
	err = make_room(g, n);
	if (!err)
		err = vm_area_pages(m, node->addr, source->first, n, g->pages + g->n);
	if (err)
		return err;
	for (uint64_t i = 0; i < n; i++)
		get_page(g->pages[g->n + i]);
	if (!g->n)
		g->file = (struct vmap_file){ .mode = node->mode,
					      .uid = node->uid,
					      .gid = node->gid };
	g->n += n;
	/* Bytes behind the end of the last file are not the new one's either. */
	g->file.size = g->n << PAGE_SHIFT;
	if (last == count - 1)
		g->file.size -= PAGE_ALIGN(node->size) - node->size;
	return 0;
}

static int gather(struct ctl_run *run, struct command *c, struct gathered *g)
{
	struct command_source source;
	const char *why;
	struct node *node;
	int more;

	while ((more = command_next_source(c, &source, &why)) > 0) {
		int err = find_file(run, source.name, &node);

		if (err)
			return run->why[0]
				       ? err
				       : fail(run, err, "%.40s: %s", source.name, g_strerror(-err));
		pthread_rwlock_rdlock(&node->lock);
		err = gather_pages(run, node, &source, g);
		pthread_rwlock_unlock(&node->lock);
		node_forget(run->fs, node, 1);
		if (err)
			return err;
	}
	return more < 0 ? fail(run, more, "%s", why) : 0;
}

static int run_vmap(struct ctl_run *run, struct command *c)
{
	struct fs *fs = run->fs;
	struct gathered g = { .n = 0 };
	g_autofree char *caller = NULL;
	const char *name;
	struct node *node;
	struct node *dir;
	int err = find_dir(run, c->name, "vmap", &dir, &name);

	if (err)
		return err;
	if (!dir->kind->link_only)
		return -EPERM;
	pthread_mutex_lock(&fs->tree_lock);
	if (dir_find(dir, name))
		err = -EEXIST;
	pthread_mutex_unlock(&fs->tree_lock);
	pthread_rwlock_rdlock(&fs->gather_lock);
	if (!err)
		err = gather(run, c, &g);
	if (!err) {
		caller = g_strconcat(dir->kind->path, "/", name, NULL);
		err = vmap_pages(fs, g.pages, &g.file, dir->kind, caller, &node);
	}
	gathered_deinit(fs, &g);
	pthread_rwlock_unlock(&fs->gather_lock);
	if (err)
		return err;
	err = name_add(fs, dir, name, node);
	if (err) {
		node_free(fs, node);
		return err;
	}
	dir_changed(run, dir);
	node_forget(fs, node, 1);
	return 0;
}

static int run_purge(struct ctl_run *run, struct command *c)
{
	(void)c;
	purge_vmap_area_lazy(run->fs->m);
	return 0;
}

/* All files below a directory, in the order of their names' coming. */
static void empty_dir(struct ctl_run *run, struct node *dir)
{
	struct fs *fs = run->fs;
	uint64_t position = 0;

	for (;;) {
		g_autofree char *name = NULL;
		struct node *node;
		bool is_dir;

		pthread_mutex_lock(&fs->tree_lock);
		do
			node = dir_next(dir, position, &position);
		while (node && node->fixed);
		is_dir = node && node_is_dir(node);
		if (node && !is_dir)
			name = g_strdup(node->name);
		pthread_mutex_unlock(&fs->tree_lock);
		if (!node)
			return;
		if (is_dir) /* which stays for ever */
			empty_dir(run, node);
		else /* if it is another one by now, that one goes; if it is none, good */
			unlink_file(run, dir, name);
	}
}

static int run_reset(struct ctl_run *run, struct command *c)
{
	(void)c;
	empty_dir(run, run->fs->root);
	purge_vmap_area_lazy(run->fs->m);
	return 0;
}

static int run_policy(struct ctl_run *run, struct command *c)
{
	enum vm_policy policy;

	if (vm_policy_parse(c->name, &policy))
		return fail(run, -EINVAL, "no such policy");
	return vmalloc_set_policy(run->fs->m, policy);
}

static int run_nothing(struct ctl_run *run, struct command *c)
{
	(void)run;
	(void)c;
	return 0;
}

int ctl_run(struct ctl_run *run, struct command *c)
{
	static int (*const commands[])(struct ctl_run *, struct command *) = {
		[COMMAND_NONE] = run_nothing,
		[COMMAND_VMALLOC] = run_vmalloc,
		[COMMAND_VFREE] = run_vfree,
		[COMMAND_RESIZE] = run_resize,
		[COMMAND_GET_VM_AREA] = run_get_vm_area,
		[COMMAND_IOREMAP] = run_ioremap,
		[COMMAND_VMAP] = run_vmap,
		[COMMAND_PURGE] = run_purge,
		[COMMAND_RESET] = run_reset,
		[COMMAND_POLICY] = run_policy,
		[COMMAND_ALLOC] = run_get_vm_area,
		[COMMAND_FREE] = run_vfree,
	};

	run->why[0] = '\0';
	return commands[c->type](run, c);
}
